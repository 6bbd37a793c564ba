# SPDX-License-Identifier: Apache-2.0
"""For the scenarios of cloud-aws: the plugin in the real plugin host, and an account of AWS (aws_account.py) with instances of the cluster, of another and of
nobody. The build folder is the first argument of the program that imports this, and names of tests may follow it."""
import json
import os
import re
import shutil
import sys
import tempfile
import time

import aws_account  # it may start the program anew
import cloud_calls
from aws_account import Account, Door

source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
build = os.path.abspath(sys.argv[1])
plugin = f"{build}/plugins/cloud-aws/.libs/cloud-aws.so"
for needed in (plugin, f"{build}/tests/lib/cloud-calls"):
    if not os.path.exists(needed):
        print(f"{needed} is not built")
        sys.exit(77)
work = tempfile.mkdtemp(prefix="cloud-aws-")
children = []
REGION, CLUSTER = "eu-central-1", "blue"
TAG = f"kubernetes.io/cluster/{CLUSTER}"
OK, FAILED, NOT_FOUND, INVALID, UNAVAILABLE, DENIED, THROTTLED, TIMEOUT, CONFLICT, PENDING = (
    "OK", "FAILED", "NOT_FOUND", "INVALID", "UNAVAILABLE", "DENIED", "THROTTLED", "TIMEOUT", "CONFLICT", "PENDING")


def say(what):
    print("ok:", what, flush=True)


def same(got, wanted, what):
    if got != wanted:
        raise SystemExit(f"FAIL: {what}: {got!r}, not {wanted!r}")


def until(what, check, seconds=60):
    end = time.monotonic() + seconds
    while not check():
        if time.monotonic() > end:
            raise SystemExit(f"FAIL: {what}")
        time.sleep(0.05)


class Driver(cloud_calls.Driver):
    """A process with the plugin in it. A call that does not come to `status` ends the test (None: whatever it comes to)."""

    def __init__(self, config, cluster=CLUSTER, env=None):
        super().__init__(build, plugin, config, work, cluster, env, {"PATH": os.environ["PATH"], "HOME": work, "AWS_EC2_METADATA_DISABLED": "true"})
        children.append(self.process)

    def __call__(self, call, status=OK, **more):
        answer = self.call(call, **more)
        if status is not None and answer["status"] != status:
            raise SystemExit(f"FAIL: {call}: status {answer['status']}, not {status}: {answer['error']}")
        return answer


def node(name, provider_id=None, labels=None, uuid=None, ips=(), age=3600):
    created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - age))
    return {"metadata": {"name": name, "labels": labels or {}, "creationTimestamp": created}, "spec": {"providerID": provider_id} if provider_id else {},
            "status": {"nodeInfo": {"systemUUID": uuid or "x"}, "addresses": [{"type": "InternalIP", "address": ip} for ip in ips]}}


def service(uid="11111111-2222-3333-4444-555555555555", ports=((80, 30080, "TCP"),), annotations=None, name="web", **spec):
    return {"metadata": {"name": name, "namespace": "shop", "uid": uid,
                         "annotations": {f"service.beta.kubernetes.io/aws-load-balancer-{k}": v for k, v in (annotations or {}).items()}},
            "spec": {"type": "LoadBalancer", "ports": [{"name": f"p{p}", "port": p, "nodePort": n, "protocol": proto} for p, n, proto in ports], **spec}}


def documented_policy():
    """The one of docs/cloud-aws.md, for this cluster."""
    with open(f"{source}/docs/cloud-aws.md", encoding="utf-8") as f:
        text = re.search(r"```json\n(.*?)```", f.read(), re.S).group(1)
    return json.loads(text.replace("CLUSTER", CLUSTER))


class Cloud(Account):
    """What is in AWS: four instances of the cluster, one of another, one of nobody's; key is of the documented policy."""

    def __init__(self, server):
        self.server = server
        self.admin = server.make_key(REGION)
        super().__init__(server, self.admin, REGION, CLUSTER)
        self.iam = self.client("iam")
        self.key = server.make_user(self.iam, "keelson", documented_policy())
        self.instances = self.run(2, CLUSTER, Ipv6AddressCount=1) + self.run(2, CLUSTER, self.public[1])
        self.other = self.run(1, "green")[0]
        self.nobodys = self.run(1)[0]
        self.ended = self.run(1, CLUSTER)[0]
        self.nodes = [self.node_of(i) for i in self.instances]

    def client(self, service, **config):
        return self.server.client(service, REGION, self.admin, **config)

    def node_of(self, instance):
        zone = instance["Placement"]["AvailabilityZone"]
        addresses = [instance["PrivateIpAddress"], *(a["Ipv6Address"] for i in instance["NetworkInterfaces"] for a in i["Ipv6Addresses"])]
        return node(instance["PrivateDnsName"], f"aws:///{zone}/{instance['InstanceId']}", ips=addresses)


def config_for(url, key, more="cache = 0;"):
    """By itself without shared answers, since tests change things behind the plugin's back."""
    return aws_account.config_for(url, key, REGION, more)


def first(n, fault):
    """The first n requests meet with the fault."""
    left = [n]

    def before(action):
        left[0] -= 1
        return fault if left[0] >= 0 else None
    return before


def ec2_error(status, code, headers=None):
    body = f"<Response><Errors><Error><Code>{code}</Code><Message>said so</Message></Error></Errors><RequestID>r-1</RequestID></Response>"
    return status, {"content-type": "text/xml", **(headers or {})}, body.encode()


def elb_error(code):
    return 400, {"content-type": "text/xml"}, f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>said so</Message></Error></ErrorResponse>".encode()


def settled(d, call, **more):
    """Until it is no longer pending."""
    for _ in range(10):
        answer = d(call, status=None, **more)
        if answer["status"] != PENDING:
            same(answer["status"], OK, f"{call}: {answer['error']}")
            return answer
    raise SystemExit(f"FAIL: {call} stays pending")


def writes(actions):
    return [a for a in actions if not a.startswith("Describe")]


def run(tests):
    """Those that the command line names, or all. What AWS would not have taken fails in the end, whatever became of it."""
    try:
        server = aws_account.Moto(f"{work}/moto.log")
        children.append(server.process)
        cloud, door = Cloud(server), Door(server.port)
        for test in tests:
            door.before = lambda action: None
            if not sys.argv[2:] or test.__name__[5:] in sys.argv[2:]:
                test(cloud, door)
        same(server.refused(), [], "requests that are not as AWS's models have them")
    except BaseException:
        with open(f"{work}/moto.log", encoding="utf-8", errors="replace") as f:
            print("".join(line for line in f if line.startswith(("REFUSED", "not permitted"))))
        raise
    finally:
        for child in children:
            child.kill()
            child.wait()
        shutil.rmtree(work)
