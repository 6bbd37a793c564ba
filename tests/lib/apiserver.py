# SPDX-License-Identifier: Apache-2.0
"""An API server of our build on a temporary folder, and a small HTTPS client for it: what scenario tests stand on."""
import http.client
import json
import os
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.parse

here = os.path.dirname(os.path.abspath(__file__))


class Failure(Exception):
    """An answer that is a Status failure."""

    def __init__(self, status, body):
        super().__init__(f"{status}: {body.get('message', body) if isinstance(body, dict) else body}")
        self.status = status
        self.body = body


class Client:
    """Requests with one client certificate. A new connection a thread. A request whose answer is lost is sent a second time, if `attempts` is not 1."""

    attempts = 2

    def __init__(self, url, ca, cert=None, key=None, token=None):
        self.host = urllib.parse.urlsplit(url).netloc
        self.context = ssl.create_default_context(cafile=ca)
        self.token = token
        if cert:
            self.context.load_cert_chain(cert, key)
        self.local = threading.local()

    def connect(self, timeout=30):
        return http.client.HTTPSConnection(self.host, context=self.context, timeout=timeout)

    def raw(self, method, path, body=None, headers=None):
        """(status, headers, bytes)"""
        headers = dict(headers or {})
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        for attempt in range(self.attempts):
            connection = getattr(self.local, "connection", None) or self.connect()
            self.local.connection = connection
            try:
                connection.request(method, path, body=body, headers=headers)
                answer = connection.getresponse()
                return answer.status, answer.headers, answer.read()
            except (http.client.HTTPException, OSError):
                connection.close()
                self.local.connection = None
                if attempt + 1 == self.attempts:
                    raise

    def call(self, method, path, body=None, content_type="application/json", accept="application/json", headers=None):
        headers = {"Accept": accept, **(headers or {})}
        if body is not None:
            headers["Content-Type"] = content_type
            if not isinstance(body, (bytes, str)):
                body = json.dumps(body)
        status, _, data = self.raw(method, path, body, headers)
        try:
            parsed = json.loads(data) if data else None
        except ValueError:
            parsed = data.decode(errors="replace")
        if status >= 400:
            raise Failure(status, parsed)
        return parsed

    def get(self, path, **kw):
        return self.call("GET", path, **kw)

    def post(self, path, body, **kw):
        return self.call("POST", path, body, **kw)

    def put(self, path, body, **kw):
        return self.call("PUT", path, body, **kw)

    def delete(self, path, body=None, **kw):
        return self.call("DELETE", path, body, **kw)

    def patch(self, path, body, kind="merge", **kw):
        types = {"merge": "application/merge-patch+json", "json": "application/json-patch+json",
                 "strategic": "application/strategic-merge-patch+json", "apply": "application/apply-patch+yaml"}
        return self.call("PATCH", path, body, content_type=types[kind], **kw)

    def watch(self, path, **kw):
        return Watch(self, path, **kw)


class Watch:
    """Events of one watch, read by a thread; next() waits for one."""

    def __init__(self, client, path, accept="application/json"):
        self.connection = client.connect(timeout=None)
        self.connection.request("GET", path, headers={"Accept": accept})
        self.socket = self.connection.sock
        self.answer = self.connection.getresponse()
        self.status = self.answer.status
        self.events = []
        self.ended = False
        self.changed = threading.Condition()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        try:
            for line in self.answer:
                with self.changed:
                    self.events.append(json.loads(line))
                    self.changed.notify_all()
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass
        with self.changed:
            self.ended = True
            self.changed.notify_all()

    def next(self, timeout=10):
        with self.changed:
            if not self.changed.wait_for(lambda: self.events or self.ended, timeout):
                raise AssertionError("no watch event came")
            return self.events.pop(0) if self.events else None

    def close(self):
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


class Server:
    """tests/lib/run-apiserver as an object."""

    count = 0

    def __init__(self, build, flags=()):
        self.build = build
        self.dir = tempfile.mkdtemp(prefix="keelson-apiserver-")
        self.env = {**os.environ, "KEELSON_BUILD": build}
        self.flags = list(flags)
        self.run("start", self.dir, "--", *self.flags)
        self.url = self.file("url")
        self.admin = self.client("admin")

    def run(self, *args):
        return subprocess.run([os.path.join(here, "run-apiserver"), *args], env=self.env, check=True, stdout=subprocess.PIPE).stdout.decode().strip()

    def file(self, name):
        with open(os.path.join(self.dir, name), encoding="utf-8", errors="replace") as f:
            return f.read().strip()

    def path(self, name):
        return os.path.join(self.dir, name)

    def client(self, name):
        return Client(self.url, self.path("ca.crt"), self.path(name + ".crt"), self.path(name + ".key"))

    def user(self, name, *groups):
        self.run("user", self.dir, name, *groups)
        return self.client(name)

    def token(self, token):
        return Client(self.url, self.path("ca.crt"), token=token)

    def anonymous(self):
        return Client(self.url, self.path("ca.crt"))

    def namespace(self):
        """A new one with its default service account, since no controllers run."""
        Server.count += 1
        name = f"test-{Server.count}"
        self.admin.post("/api/v1/namespaces", {"metadata": {"name": name}})
        self.admin.post(f"/api/v1/namespaces/{name}/serviceaccounts", {"metadata": {"name": "default"}})
        return name

    def kubectl(self, version, *args, stdin=None, check=True):
        program = f"/usr/lib/google-cloud-sdk/bin/kubectl.{version}"
        done = subprocess.run([program, "--kubeconfig", self.path("admin.conf"), "--cache-dir", self.path("cache-" + version), *args],
                              input=stdin, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60, text=True)
        if check and done.returncode:
            raise AssertionError(f"kubectl {' '.join(args)}: exit {done.returncode}\n{done.stdout}")
        return done.stdout

    def pid(self):
        return int(self.file("pid"))

    def alive(self):
        """A process that ended and that nobody waited for counts as ended."""
        try:
            with open(f"/proc/{self.pid()}/stat", encoding="utf-8", errors="replace") as f:
                return f.read().rsplit(")", 1)[1].split()[0] not in "ZX"
        except OSError:
            return False

    def log(self):
        return self.file("log")

    def kill(self):
        self.run("stop", self.dir, "KILL")

    def restart(self):
        self.run("restart", self.dir, "--", *self.flags)

    def stop(self):
        """0 when it ended as it should."""
        try:
            self.run("stop", self.dir)
        except subprocess.CalledProcessError:
            return 1
        log = self.log()
        return 1 if any(word in log for word in ("ERROR: AddressSanitizer", "runtime error:", "LeakSanitizer", "WARNING: ThreadSanitizer")) else 0

    def remove(self):
        if self.alive():
            self.run("stop", self.dir, "KILL")
        if not os.environ.get("KEEP"):
            shutil.rmtree(self.dir, ignore_errors=True)


def wait_for(what, timeout=10):
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        value = what()
        if value:
            return value
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def refused(status, function, *args, **kw):
    """The Status of a request that must be refused with this code."""
    try:
        function(*args, **kw)
    except Failure as failure:
        assert failure.status == status, f"expected {status}, got {failure}"
        assert isinstance(failure.body, dict) and failure.body.get("kind") == "Status", failure.body
        return failure.body
    raise AssertionError(f"expected {status}, but it was accepted")
