# SPDX-License-Identifier: Apache-2.0
"""Some members of one etcd on loopback ports and a folder of their own, to be killed, paused and asked through etcd's JSON gateway."""
import base64
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from apiserver import wait_for


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Member:
    def __init__(self, directory, number):
        self.name, self.directory = f"m{number}", directory
        self.url, self.peer = (f"http://127.0.0.1:{free_port()}" for _ in range(2))
        self.process = None

    def start(self, cluster, state="existing"):
        with open(f"{self.directory}/{self.name}.log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                ["etcd", "--name", self.name, "--data-dir", f"{self.directory}/{self.name}", "--listen-client-urls", self.url,
                 "--advertise-client-urls", self.url, "--listen-peer-urls", self.peer, "--initial-advertise-peer-urls", self.peer,
                 "--initial-cluster", cluster, "--initial-cluster-state", state, "--log-level=warn", "--heartbeat-interval=100",
                 "--election-timeout=1000"], stdout=log, stderr=log)

    def kill(self):
        """kill -9; a member that was paused goes too."""
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None

    def pause(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def call(self, path, timeout=5, **body):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            return json.load(answer)

    def status(self):
        """None when it does not answer."""
        try:
            return self.call("/v3/maintenance/status", timeout=1)
        except (OSError, ValueError, urllib.error.URLError):
            return None

    def leads(self):
        status = self.status()
        return bool(status) and status.get("leader") == status["header"]["member_id"]


class Etcd:
    def __init__(self, count=3):
        self.directory = tempfile.mkdtemp(prefix="keelson-etcd-")
        self.members = [Member(self.directory, i) for i in range(count)]
        self.cluster = ",".join(f"{m.name}={m.peer}" for m in self.members)
        for member in self.members:
            member.start(self.cluster, "new")
        self.leader()

    def urls(self):
        return ",".join(m.url for m in self.members)

    def leader(self, timeout=60):
        """The member that leads, once one does."""
        return wait_for(lambda: next((m for m in self.members if m.process and m.leads()), None), timeout)

    def followers(self):
        leader = self.leader()
        return [m for m in self.members if m is not leader]

    def restart(self, member):
        member.start(self.cluster)

    def revision(self):
        key = base64.b64encode(b"/").decode()
        return int(self.leader().call("/v3/kv/range", key=key, count_only=True)["header"]["revision"])

    def settle(self):
        """Until all members answer."""
        wait_for(lambda: all(m.status() for m in self.members), 60)

    def remove(self):
        for member in self.members:
            member.kill()
        if not os.environ.get("KEEP"):
            time.sleep(0.1)
            shutil.rmtree(self.directory, ignore_errors=True)
