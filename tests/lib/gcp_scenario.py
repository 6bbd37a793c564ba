# SPDX-License-Identifier: Apache-2.0
"""What the scenarios of the Google plugin share: the fake as a process, the plugin in a host as another, a small project, and Nodes and Services. The
build folder is the first argument of the program that imports this."""
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

from cloud_calls import Driver

build = os.path.abspath(sys.argv[1])
top = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PLUGIN = f"{build}/plugins/cloud-gcp/.libs/cloud-gcp.so"
CHANGE = "^(POST|PATCH|DELETE|PUT) /compute/(?!.*(listInstances|/wait))"
UNVERIFIED = ssl._create_unverified_context()
P, REGION = "projects/p1", "europe-west1"
if not os.path.exists(PLUGIN) or not os.path.exists(f"{build}/tests/lib/cloud-calls"):
    print(f"{PLUGIN} or tests/lib/cloud-calls is not built")
    sys.exit(77)
work = tempfile.mkdtemp(prefix="gcp-")
drivers = []


def fail(*said):
    raise SystemExit("FAIL: " + " ".join(str(s) for s in said))


def expect(what, got, wanted):
    if got != wanted:
        fail(f"{what}: {json.dumps(got, indent=1, default=sorted)}\nwanted: {json.dumps(wanted, indent=1, default=sorted)}")


def wait_for(what, condition, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            fail(f"no {what} within {seconds} s")
        time.sleep(0.02)


class Fake:
    def __init__(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.start()

    def start(self, *flags):
        self.url = f"{'https' if flags else 'http'}://127.0.0.1:{self.port}"
        self.process = subprocess.Popen([sys.executable, "-m", "gcp_fake", f"--port={self.port}", f"--state={work}/fake.json", "--delay=0.02", *flags], cwd=f"{top}/tests/lib",
                                        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
        end = time.monotonic() + 30
        while True:
            try:
                return self("state")
            except OSError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def __call__(self, what, body=None):
        r = urllib.request.Request(f"{self.url}/fake/{what}", data=json.dumps(body or {}).encode(), method="POST")
        with urllib.request.urlopen(r, timeout=30, context=UNVERIFIED if self.url.startswith("https") else None) as answer:
            return json.load(answer)

    def ask(self, method, path, body):
        """As a client of Google's would; the status."""
        token = self("token")["token"]
        r = urllib.request.Request(f"{self.url}/compute/v1/{P}/{path}", data=json.dumps(body).encode() if body is not None else None, method=method,
                                   headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(r, timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as e:
            return e.code

    def changes(self):
        """The changing requests since the last look, and all of them."""
        log = self("calls")["log"]
        return [line for line in log if re.search(CHANGE, line)], log

    def resources(self):
        """What is there beside what the test began with, without what changes from run to run."""
        end = time.monotonic() + 20
        while True:
            state = self("state")
            if not state["running"]:
                break
            if time.monotonic() > end:
                fail("operations do not end")
            time.sleep(0.02)
        found = {}
        for path, value in state["resources"].items():
            if path not in BASE and path.split("/")[-2] not in ("instances",):
                found[path] = {k: v for k, v in value.items() if k not in ("id", "creationTimestamp", "fingerprint")}
        for path, members in state["members"].items():
            found[path + " members"] = sorted(members)
        return found


def instance(name, zone="europe-west1-b", status="RUNNING", ip="10.10.0.5", **more):
    return f"{P}/zones/{zone}/instances/{name}", {
        "status": status, "machineType": f"https://www.googleapis.com/compute/v1/{P}/zones/{zone}/machineTypes/e2-standard-4",
        "networkInterfaces": [{"networkIP": ip, "accessConfigs": [{"natIP": "198.51.100.7"}]}], **more}


ZONES = ["europe-west1-b", "europe-west1-c", "us-east1-b"]
BASE = {P: {}, **{f"{P}/zones/{z}": {"status": "UP"} for z in ZONES}, **{f"{P}/regions/{r}": {"status": "UP"} for r in ("europe-west1", "us-east1")},
        f"{P}/global/networks/default": {}, f"{P}/regions/{REGION}/subnetworks/default": {"ipCidrRange": "10.10.0.0/20"},
        f"{P}/regions/{REGION}/subnetworks/other": {"ipCidrRange": "10.11.0.0/20"},
        f"{P}/regions/{REGION}/subnetworks/six": {"ipCidrRange": "10.12.0.0/20", "stackType": "IPV4_IPV6", "ipv6AccessType": "EXTERNAL", "ipv6CidrRange": "2600:1900:4000:1::/64"},
        f"{P}/regions/{REGION}/subnetworks/six-inside": {"ipCidrRange": "10.13.0.0/20", "stackType": "IPV4_IPV6", "ipv6AccessType": "INTERNAL", "ipv6CidrRange": "fd20:0:0:1::/64"}}
NODES = [("n1", "europe-west1-b"), ("n2", "europe-west1-b"), ("n3", "europe-west1-c"), ("n4", "us-east1-b")]


def node(name, zone=None, project="p1", provider_id=None, uuid=None):
    provider_id = provider_id or (f"gce://{project}/{zone}/{name}" if zone else None)
    return {"apiVersion": "v1", "kind": "Node", "metadata": {"name": name}, "spec": {"providerID": provider_id} if provider_id else {},
            "status": {"nodeInfo": {"systemUUID": uuid}} if uuid else {}}


def service(name="web", ports=((80, "TCP"),), annotations=None, **spec):
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": "shop", "uid": f"00000000-0000-4000-8000-{abs(hash_of(name)):012x}", "annotations": annotations or {}},
            "spec": {"type": "LoadBalancer", "externalTrafficPolicy": "Cluster", "ports": [{"port": p, "protocol": q, "nodePort": 30000 + i} for i, (p, q) in enumerate(ports)], **spec}}


def hash_of(text):
    return sum(ord(c) * 131 ** i for i, c in enumerate(text)) % 2 ** 47


def config(**settings):
    given = {"project": "p1", "region": REGION, "subnetwork": "default", "endpoint": fake.url, "metadata_endpoint": fake.url, "token_file": f"{work}/token",
             "requests_per_second": 1000, "request_timeout_seconds": 3, "allow_plain": True, **settings}
    lines = []
    for key, value in given.items():
        if value is None:
            continue
        lines.append(f"{key} = {'true' if value is True else value if isinstance(value, int) else json.dumps(value)};")
    return "\n".join(lines)


def driver(cluster="kubernetes", env=None, **settings):
    d = Driver(build, PLUGIN, config(**settings), work, cluster, env)
    drivers.append(d)
    return d


def new_token():
    with open(f"{work}/token", "w", encoding="utf-8") as f:
        f.write(fake("token")["token"])


def fresh():
    """An empty project with four instances, and a new access token."""
    fake("reset")
    fake("put", BASE)
    fake("put", dict(instance(n, z, ip=f"10.10.0.{i + 10}") for i, (n, z) in enumerate(NODES)))
    new_token()


ALL = [node(n, z) for n, z in NODES]  # as the cluster's


def names(found):
    return sorted(f"{p.split('/')[-2]}" for p in found if not p.endswith("members"))


def only(found, collection):
    values = [v for p, v in found.items() if p.split("/")[-2] == collection and not p.endswith("members")]
    if len(values) != 1:
        fail(f"{len(values)} {collection}")
    return values[0]


def members(found):
    return sorted(m.split("/")[-1] for p, v in found.items() if p.endswith("members") for m in v)


def elsewhere(*nodes, zone="europe-west1-b"):
    """Somebody else's load balancer, over a group of these nodes."""
    group = f"{P}/zones/{zone}/instanceGroups/theirs"
    fake("put", {group: {}})
    fake("members", {group: [f"{P}/zones/{zone}/instances/{n}" for n in nodes]})
    fake("put", {f"{P}/regions/{REGION}/backendServices/theirs": {"protocol": "TCP", "loadBalancingScheme": "EXTERNAL", "healthChecks": [], "backends": [{"group": group}]}})


# The kinds of a load balancer for two families.
FULL_DUAL = ["backendServices", "firewalls", "firewalls", "firewalls", "firewalls", "forwardingRules", "forwardingRules", "healthChecks", "instanceGroups", "instanceGroups"]
FULL = ["backendServices", "firewalls", "firewalls", "forwardingRules", "healthChecks", "instanceGroups", "instanceGroups"]


fake = Fake()
has_model = fake("drift")["model"]  # Google's SDK is here


def run(tests):
    """Runs the test_NAME functions, or those whose names hold a word of the command line, each in a fresh project."""
    try:
        for name, test in list(tests.items()):
            if name.startswith("test_") and (len(sys.argv) < 3 or any(w in name for w in sys.argv[2:])):
                began = time.monotonic()
                fresh()
                test()
                expect("what does not fit Google's API", fake("drift")["drift"], [])
                print(f"ok: {name[5:]} ({time.monotonic() - began:.1f} s)", flush=True)
    except SystemExit:
        with open(f"{work}/driver.log", encoding="utf-8", errors="replace") as f:
            print("".join(f.readlines()[-20:]))
        raise
    finally:
        for d in drivers:
            if d.process.poll() is None:
                d.process.kill()
                d.process.wait()
        fake.kill()
        shutil.rmtree(work)
