# SPDX-License-Identifier: Apache-2.0
"""python3 -m gcp_fake --port N --state FILE [--cert PEM]: Google Cloud on the loopback, as far as a cluster's load balancers, nodes and routes need it.

Serves Compute Engine (/compute/v1/…), the token endpoint (/token), the metadata server (/computeMetadata/v1/…), the token exchange (/v1/token) and the
impersonation of service accounts. What a test does to it goes to /fake/…, as JSON: `put` and `drop` things behind the API's back, `settings`, `faults`, and
reads of `state`, `calls` and `drift` (what does not fit Google's own model of its API, see model.py, and what
Google would not serve); `snapshot` and `restore` keep a state by a name. A fault is {"match": regular expression over "METHOD path", "kind": one of
ANSWERED or BROKEN, "skip": n, "count": n, "hold": bool}: with `hold`, the operation that was begun goes on until `release`."""
import argparse
import http.server
import json
import re
import ssl
import sys
import threading
import time
import urllib.parse

from .auth import Auth
from .compute import SCOPE, Compute
from .fields import Refused, invalid
from .iam import needed
from .model import Model

ANSWERED = {"429": (429, "rateLimitExceeded"), "403": (403, "rateLimitExceeded"), "500": (500, "backendError"), "503": (503, "backendError"),
            "quota": (403, "quotaExceeded"), "401": (401, "authError"), "denied": (403, "forbidden")}
BROKEN = {"hang", "truncated", "malformed", "drip", "drop-before", "drop-after", "not-json", "wrong-type", "unreachable-zone"}


class Fake:
    def __init__(self, base, options):
        self.lock = threading.Lock()
        self.auth = Auth(base, options.token_lifetime)
        self.compute = Compute(options.state, options.delay)
        self.model = Model()
        self.faults, self.log, self.struck, self.snapshots = [], [], 0, {}
        self.given, self.used = None, set()

    def reset(self):
        """Nothing is there, and nothing is set."""
        self.faults, self.log, self.struck = [], [], 0
        self.given, self.used = None, set()
        self.auth.reset()
        self.compute.reset()

    def fault(self, line):
        for f in self.faults:
            if re.search(f["match"], line):
                if f.get("skip", 0) > 0:
                    f["skip"] -= 1
                    continue
                self.struck += 1
                f["count"] = f.get("count", 1) - 1
                if f["count"] <= 0:
                    self.faults.remove(f)
                return f
        return None

    def control(self, what, body):
        if what == "put":
            for path, value in body.items():
                self.compute.put(path, value)
            self.compute.save()
        elif what == "members":
            self.compute.members.update(body)
        elif what == "drop":
            for path in body:
                self.compute.resources.pop(path, None)
            for members in self.compute.members.values():  # an instance leaves its groups
                members[:] = [m for m in members if m not in body]
            self.compute.save()
        elif what == "settings":
            for key, value in body.items():
                target = self.auth if key in ("lifetime_s",) else self.compute
                if not hasattr(target, key):
                    raise invalid(f"no setting {key}")
                setattr(target, key, value)
        elif what == "faults":
            for f in body:
                if f["kind"] not in ANSWERED and f["kind"] not in BROKEN:
                    raise invalid(f"no fault {f['kind']}")
            self.faults, self.struck = list(body), 0
        elif what == "reset":
            self.reset()
        elif what == "snapshot":
            self.snapshots[body["name"]] = self.compute.kept()
        elif what == "restore":
            self.faults, self.struck = [], 0
            self.compute.keep(self.snapshots[body["name"]])
            self.compute.save()
        elif what == "release":
            self.compute.release()
        elif what == "permissions":
            self.given, used = body.get("given"), sorted(self.used)
            return {"used": used}
        elif what == "account":
            self.auth.add_account(body["email"], body["key_id"], body["public_key"])
        elif what == "subject":
            self.auth.subject_tokens[body["token"]] = body["audience"]
        elif what == "token":
            return {"token": self.auth.issue(body.get("scopes", ["https://www.googleapis.com/auth/compute"]), body.get("lifetime_s"))[0]}
        elif what == "revoke":
            self.auth.tokens.clear()
        elif what == "state":
            return {"resources": {p: self.compute.shown(p, r) for p, r in self.compute.resources.items()}, "members": self.compute.members,
                    "running": sum(o["status"] != "DONE" for o in self.compute.operations.values())}
        elif what == "drift":
            answer, self.model.drift = {"drift": [*self.model.drift, *self.compute.left_out()], "model": bool(self.model.methods)}, []
            return answer
        elif what == "struck":
            return {"struck": self.struck}
        elif what == "calls":
            answer, self.log = {"log": self.log}, []
            return answer
        else:
            raise Refused(404, "notFound", what)
        return {}

    def answer(self, method, url, headers, body):
        path, query = url.path, {k: v[0] for k, v in urllib.parse.parse_qs(url.query, keep_blank_values=True).items()}
        if path == "/token":
            return self.auth.grant(body)
        if path.startswith("/computeMetadata/v1/"):
            return self.auth.metadata(path[len("/computeMetadata/v1/"):], headers)
        if path == "/v1/token":
            return self.auth.exchange(body)
        m = re.fullmatch(r"/v1/projects/-/serviceAccounts/([^/:]+):generateAccessToken", path)
        if m:
            return self.auth.impersonate(m[1], headers, body)
        if path == "/subject-token":
            if headers.get("x-asked-by") != "keelson":
                raise Refused(403, "forbidden", "no X-Asked-By")
            return {"value": "subject-from-url"}
        if not path.startswith("/compute/v1/projects/"):
            raise Refused(404, "notFound", "no such API")
        self.auth.check(headers)
        path = urllib.parse.unquote(path[len("/compute/v1/"):])
        self.model.request(method, path, query, json.loads(body) if headers_are_json(body) else None)
        answer = self.compute_answer(method, path, query, body)
        self.model.answer(method, path, answer)
        return answer

    def compute_answer(self, method, path, query, body):
        c, parts = self.compute, path.split("/")
        c.settle()
        known = {"requestId", "filter", "maxResults", "pageToken", "returnPartialSuccess", "fields"}
        if set(query) - known:
            raise invalid(f"Invalid JSON payload received. Unknown name \"{(set(query) - known).pop()}\": Cannot bind query parameter.")
        if f"projects/{parts[1]}" not in c.resources:
            raise Refused(404, "notFound", f"The resource 'projects/{parts[1]}' was not found")
        self.permitted(method, path, body)
        if method == "GET":
            return self.read(path, parts, query)
        request = {"id": query.get("requestId"), "print": f"{method} {path} {body.decode()}"}
        if "operations" in parts and parts[-1] == "wait" and method == "POST":
            return self.wait(path[:-len("/wait")])
        if method == "POST" and parts[-1] == "listInstances":
            return c.list_members("/".join(parts[:-1]), query)
        again = c.repeated(request)
        if again:
            return again
        if method == "DELETE":
            return c.delete(path, request)
        if not headers_are_json(body):
            raise Refused(400, "parseError", "Parse Error")
        value = json.loads(body)
        if method == "POST" and parts[-1] in ("addInstances", "removeInstances"):
            return c.change_members("/".join(parts[:-1]), value, request, parts[-1] == "addInstances")
        if method == "POST" and parts[-1] in SCOPE and parts[2] == SCOPE[parts[-1]]:
            return c.insert(path, value, request)
        if method in ("PATCH", "PUT"):
            return c.patch(path, value, request, method == "PUT")
        raise Refused(404, "notFound", f"no method {method} {path}")

    def permitted(self, method, path, body):
        """Keeps account of the permissions that are used, and holds to those that are given, if a test says which."""
        value = json.loads(body) if body and headers_are_json(body) else {}
        reserved = self.compute.reserved(path, value.get("IPAddress")) if method == "POST" else None
        for permission in needed(method, path, value, self.compute.resources.get(path), reserved):
            self.used.add(permission)
            if self.given is not None and permission not in self.given:
                raise Refused(403, "forbidden", f"Required '{permission}' permission for '{path}'")

    def read(self, path, parts, query):
        c = self.compute
        if "operations" in parts:
            op = c.operations.get(path)
            if not op:
                raise Refused(404, "notFound", f"The resource '{path}' was not found")
            return c.shown_operation(op)
        if len(parts) == 4 and parts[2] == "aggregated" and parts[3] in SCOPE:
            return c.aggregated("/".join(parts[:2]), parts[3], query)
        if parts[-1] in SCOPE and parts[2] == SCOPE[parts[-1]] and len(parts) == (4 if parts[2] == "global" else 5):
            c.parent_exists(path)
            return c.list(path, query)
        if len(parts) == 3 and parts[2] in ("zones", "regions"):
            return c.list(path, query)
        if len(parts) == 2 or (len(parts) > 3 and (parts[2] in ("zones", "regions") and len(parts) == 4 or SCOPE.get(parts[-2]) == parts[2])):
            return c.get(path)
        raise Refused(404, "notFound", f"no method GET {path}")

    def wait(self, path):
        """Answers when the operation is done, or at its own pleasure before that."""
        op = self.compute.operations.get(path)
        if not op:
            raise Refused(404, "notFound", f"The resource '{path}' was not found")
        end = time.time() + self.compute.wait_max_s
        while op["status"] != "DONE" and time.time() < end:
            self.lock.release()
            time.sleep(0.005)
            self.lock.acquire()
            self.compute.settle()
            op = self.compute.operations.get(path, op)
        return self.compute.shown_operation(op)


def headers_are_json(body):
    try:
        return isinstance(json.loads(body), dict)
    except ValueError:
        return False


def error_body(path, e):
    if path in ("/token", "/v1/token"):
        return {"error": e.reason, "error_description": e.message}
    return {"error": {"code": e.code, "message": e.message, "errors": [{"message": e.message, "domain": "global", "reason": e.reason}]}}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # head and body are two writes
    fake = None

    def log_message(self, *args):
        pass

    def any(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        url = urllib.parse.urlsplit(self.path)
        headers = {k.lower(): v for k, v in self.headers.items()}
        fake = self.fake
        if url.path.startswith("/fake/"):
            with fake.lock:
                fake.compute.settle()
                self.say(200, fake.control(url.path[len("/fake/"):], json.loads(body or b"{}")))
            return
        line = f"{self.command} {url.path}" + (f"?{url.query}" if url.query else "")
        with fake.lock:
            fake.log.append(line)
            fault = fake.fault(line)
            if fault and fault["kind"] == "drop-before":
                self.close_connection = True
                return
            code, answer = self.worked_out(url, headers, body, fault)
            if fault and fault.get("hold"):
                fake.compute.hold()
        self.spoilt(code, answer, fault["kind"] if fault else None)

    def worked_out(self, url, headers, body, fault):
        try:
            if fault and fault["kind"] in ANSWERED:
                code, reason = ANSWERED[fault["kind"]]
                raise Refused(code, reason, f"fault {fault['kind']}")
            answer = self.fake.answer(self.command, url, headers, body)
            if fault and fault["kind"] == "unreachable-zone":
                for place in answer.get("items", {}).values() if isinstance(answer.get("items"), dict) else [answer]:
                    for key in [k for k, v in place.items() if isinstance(v, list)]:
                        del place[key]
                    place["warning"] = {"code": "UNREACHABLE", "message": "the zone cannot be reached"}
            if fault and fault["kind"] == "wrong-type":
                answer = {**{k: v if k == "kind" else 7 for k, v in answer.items()}, "items": 7}
            return 200, answer
        except Refused as e:
            return e.code, error_body(url.path, e)

    def spoilt(self, code, answer, kind):
        if kind == "drop-after":
            self.close_connection = True
            return
        if kind == "hang":
            time.sleep(30)
            self.close_connection = True
            return
        text = json.dumps(answer).encode()
        if kind == "not-json":
            text = b"<html>Service</html>"
        if kind == "malformed":
            text = text[:len(text) // 2]
        self.send_response(code)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(text)))
        if code in (429, 503):
            self.send_header("Retry-After", "1")
        self.end_headers()
        if kind == "truncated":
            self.wfile.write(text[:len(text) // 2])
            self.close_connection = True
        elif kind == "drip":
            for i in range(0, len(text), 1 + len(text) // 20):
                self.wfile.write(text[i:i + 1 + len(text) // 20])
                self.wfile.flush()
                time.sleep(0.02)
        else:
            self.wfile.write(text)

    def say(self, code, answer):
        text = json.dumps(answer).encode()
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = any


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (ConnectionError, ssl.SSLError)):
            super().handle_error(request, client_address)


def main():
    arguments = argparse.ArgumentParser(prog="gcp_fake")
    arguments.add_argument("--port", type=int, required=True)
    arguments.add_argument("--state", required=True, help="the file that holds everything")
    arguments.add_argument("--cert", help="a PEM file with certificate and key: HTTPS")
    arguments.add_argument("--delay", type=float, default=0.03, help="how long an operation takes, in seconds")
    arguments.add_argument("--token-lifetime", type=int, default=3600)
    options = arguments.parse_args()
    base = f"{'https' if options.cert else 'http'}://127.0.0.1:{options.port}"
    Handler.fake = Fake(base, options)
    server = Server(("127.0.0.1", options.port), Handler)
    if options.cert:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(options.cert)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    server.serve_forever()


main()
