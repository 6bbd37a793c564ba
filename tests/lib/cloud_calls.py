# SPDX-License-Identifier: Apache-2.0
"""A cloud plugin in the real plugin host (tests/lib/cloud-calls.c), as an object of Python."""
import json
import os
import subprocess
import tempfile
import time

AGAIN = {"PENDING", "UNAVAILABLE", "TIMEOUT", "THROTTLED", "CONFLICT", "NOT_CALLED", "FAILED"}


class Driver:
    def __init__(self, build, plugin, config, work, cluster="kubernetes", env=None, inherited=os.environ):
        handle, path = tempfile.mkstemp(dir=work, suffix=".conf")
        with open(handle, "w", encoding="utf-8") as f:
            f.write(config)
        self.log = open(f"{work}/driver.log", "a", encoding="utf-8")
        self.process = subprocess.Popen([f"{build}/tests/lib/cloud-calls", plugin, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                                        env={**inherited, "DRIVER_STATE_DIR": f"{work}/state", "DRIVER_CLUSTER": cluster, **(env or {})}, text=True)

    def send(self, call):
        self.process.stdin.write(json.dumps(call) + "\n")
        self.process.stdin.flush()

    def receive(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"FAIL: the plugin's process ended: {self.process.wait()}")
        return json.loads(line)

    def call(self, name, **arguments):
        self.send({"call": name, **arguments})
        return self.receive()

    def call_raw(self, line):
        self.send(line)
        return self.receive()

    def batch(self, calls):
        self.send({"batch": calls})
        return self.receive()

    def begin(self, name, **arguments):
        """A call that goes on while others are made, until end()."""
        self.send({"begin": {"call": name, **arguments}})
        self.receive()

    def end(self):
        self.send({"end": True})
        return self.receive()

    def until_ok(self, name, seconds=60, **arguments):
        """As a controller does: again while that may help."""
        end = time.monotonic() + seconds
        while True:
            answer = self.call(name, **arguments)
            if answer["status"] == "OK":
                return answer
            if answer["status"] not in AGAIN or time.monotonic() > end:
                raise SystemExit(f"FAIL: {name}: {answer}")
            time.sleep(0.1)

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.log.close()

    def close(self):
        self.process.stdin.close()
        code = self.process.wait(30)
        self.log.close()
        if code != 0:
            raise SystemExit(f"FAIL: the plugin's process ended with {code}")
