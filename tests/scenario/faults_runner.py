# SPDX-License-Identifier: Apache-2.0
"""What the fault and limit scenarios share: running the case_* functions of a program, and an API server that is expected not to start."""
import os
import signal
import subprocess
import sys
import time
import traceback

here = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(here, "..", "lib"))
import apiserver  # noqa: E402


class Skip(Exception):
    """A case that cannot run here; the text says why."""


def build_folder(*programs):
    """The build folder of the command line, absolute; exit 77 when it lacks one of these programs."""
    build = os.path.abspath(sys.argv[1])
    for program in programs:
        if not os.path.exists(os.path.join(build, program)):
            print(f"{build}/{program} is missing")
            sys.exit(77)
    return build


def run(cases, *args):
    """Runs case_NAME(*args) of a program's globals, or those named on the command line; the exit status."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # what was started is ended by `finally`
    wanted = sys.argv[2:]
    unknown = [name for name in wanted if f"case_{name}" not in cases]
    if unknown:
        print(f"there is no case {', '.join(unknown)}")
        return 2
    passed = failed = 0
    for name, case in list(cases.items()):
        if not name.startswith("case_") or (wanted and name[5:] not in wanted):
            continue
        began = time.monotonic()
        try:
            case(*args)
            passed += 1
            print(f"ok   {name[5:]} ({time.monotonic() - began:.1f} s)", flush=True)
        except Skip as why:
            print(f"skip {name[5:]}: {why}", flush=True)
        except Exception:
            failed += 1
            print(f"FAIL {name[5:]}", flush=True)
            traceback.print_exc(file=sys.stdout)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def refuses_to_start(server, *flags, env=None):
    """Starts the server of a stopped `server`, which must end by itself with an error; returns what it said."""
    flag_list = [f"--{name}={server.path(value)}" for name, value in (
        ("tls-cert-file", "server.crt"), ("tls-private-key-file", "server.key"), ("client-ca-file", "ca.crt"),
        ("service-account-signing-key-file", "sa.key"), ("service-account-key-file", "sa.pub"), ("data-dir", "data"))]
    command = [os.path.join(server.build, "kube-apiserver"), "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1",
               "--secure-port=" + server.file("port"), "--service-account-issuer=https://kubernetes.default.svc",
               "--service-cluster-ip-range=10.96.0.0/16", "--plugin-dir=" + os.path.join(server.build, "plugins/store-sqlite/.libs"),
               "--allow-unowned-plugins", *flag_list, *flags]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **(env or {})})
    try:
        output = process.communicate(timeout=20)[0].decode(errors="replace")
    except subprocess.TimeoutExpired:
        process.kill()
        raise AssertionError("it started: " + process.communicate()[0].decode(errors="replace")) from None
    assert process.returncode > 0, f"exit status {process.returncode}: {output}"
    return output


def map_of(name, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}


def revision(thing):
    return int(thing["metadata"]["resourceVersion"])
