# SPDX-License-Identifier: Apache-2.0
"""One cluster over AWS (two regions and two accounts, in moto), Google Cloud (gcp_fake) and a site of one's own: each cloud as an object that has machines, holds load
balancers and knows what in it is somebody else's; and cloud-controller-manager over all of them. The build folder is the first argument of the program
that imports this."""
import json
import os
import shutil
import subprocess
import sys
import urllib.request

import aws_account
import apiserver
import gcp_scenario
from gcp_scenario import BASE, P, REGION, ZONES, build, fake, work

for needed in ("plugins/cloud-aws/.libs/cloud-aws.so", "plugins/cloud-onprem/.libs/cloud-onprem.so", "cloud-controller-manager", "kube-apiserver"):
    if not os.path.exists(f"{build}/{needed}"):
        print(f"{needed} is not built")
        sys.exit(77)

CLUSTER = "blue"
TAINT = "node.cloudprovider.kubernetes.io/uninitialized"
TYPE, ZONE, REGION_LABEL = "node.kubernetes.io/instance-type", "topology.kubernetes.io/zone", "topology.kubernetes.io/region"


class Machine:
    """What a node must come to say of itself. provider_id: what its kubelet says; None: nothing, so that the clouds are asked whose it is."""

    def __init__(self, name, address, right_id, labels, says_id):
        self.name, self.address, self.right_id, self.labels = name, address, right_id, labels
        self.provider_id = right_id if says_id else None
        self.pod_cidr = None


class Cloud:
    """routes: {pod CIDR: machine's name} as the cloud has them now, None where it makes none."""

    def __init__(self, name):
        self.name, self.machines = name, {}

    def add(self, machine):
        self.machines[machine.name] = machine

    def entry(self):
        return f'{{ name = "{self.name}"; file = "{build}/plugins/{self.plugin}/.libs/{self.plugin}.so"; config = {{ {self.config()} }}; }}'

    def routes(self):
        return None


class Amazon(Cloud):
    """A region of an account. Every third node is not called by its instance's DNS name, and brings its provider ID."""

    plugin = "cloud-aws"

    def __init__(self, name, region, server, key, count, owner=aws_account.FIRST_ACCOUNT, **more):
        super().__init__(name)
        self.region, self.owner = region, owner
        self.account = aws_account.Account(server, key, region, CLUSTER, **more)
        self.door = aws_account.Door(server.port)
        self.instances = {}
        self.launch(count)
        self.make_foreign()
        self.before = self.account.holdings()
        self.foreign_routes = self.account.routes(self.account.foreign_table)

    def config(self):
        return aws_account.config_for(self.door.url, self.account.key, self.region, f'timeout = 2000; account = "{self.owner}";')

    def launch(self, count):
        """More machines; their names."""
        made = []
        for n, subnet in enumerate(self.account.public):
            share = count // 2 if n else count - count // 2
            made += self.account.run(share, CLUSTER, subnet) if share else []
        for i in made:
            zone, odd = i["Placement"]["AvailabilityZone"], len(self.instances) % 3 == 0
            m = Machine(f"{self.name}-{len(self.instances)}" if odd else i["PrivateDnsName"], i["PrivateIpAddress"], f"aws:///{zone}/{i['InstanceId']}",
                        {ZONE: zone, REGION_LABEL: self.region, TYPE: "t3.medium", "aws.keelson.io/account": self.owner}, odd)
            self.instances[m.name] = i["InstanceId"]
            self.add(m)
        return list(self.machines)[-len(made):]

    def end(self, names):
        self.account.ec2.terminate_instances(InstanceIds=[self.instances[n] for n in names])
        for n in names:
            del self.machines[n]

    def make_foreign(self):
        a = self.account
        a.run(1, "green")
        a.run(1)
        group = a.elb.create_target_group(Name="theirs", Protocol="TCP", Port=80, VpcId=a.vpc)["TargetGroups"][0]["TargetGroupArn"]
        balancer = a.elb.create_load_balancer(Name="theirs", Subnets=a.public, Type="network", Scheme="internet-facing",
                                              Tags=[{"Key": "kubernetes.io/cluster/green", "Value": "owned"}])["LoadBalancers"][0]["LoadBalancerArn"]
        a.elb.create_listener(LoadBalancerArn=balancer, Protocol="TCP", Port=80, DefaultActions=[{"Type": "forward", "TargetGroupArn": group}])

    def check_foreign(self):
        now = self.account.holdings()
        for kind in ("balancers", "groups"):
            assert now[kind]["theirs"] == self.before[kind]["theirs"], (self.name, kind, now[kind]["theirs"])
        assert now["security"]["others"] == self.before["security"]["others"], (self.name, now["security"])
        assert self.account.routes(self.account.foreign_table) == self.foreign_routes

    def balancers(self):
        """{"namespace/name": (hostname, ports, names of the machines behind it)}"""
        elb, names = self.account.elb, {i: n for n, i in self.instances.items()}
        found = {}
        listed = elb.describe_load_balancers()["LoadBalancers"]
        for at in range(0, len(listed), 20):
            some = {b["LoadBalancerArn"]: b for b in listed[at:at + 20]}
            for d in elb.describe_tags(ResourceArns=list(some))["TagDescriptions"]:
                tags = {t["Key"]: t["Value"] for t in d["Tags"]}
                if f"kubernetes.io/cluster/{CLUSTER}" not in tags:
                    continue
                service, arn = tags["kubernetes.io/service-name"], d["ResourceArn"]
                assert service not in found, f"two load balancers for {service}"
                listeners = {item["Port"]: item["DefaultActions"][0]["TargetGroupArn"] for item in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]}
                behind = [{names[t["Target"]["Id"]] for t in elb.describe_target_health(TargetGroupArn=g)["TargetHealthDescriptions"]} for g in listeners.values()]
                found[service] = some[arn]["DNSName"], sorted(listeners), set.intersection(*behind) if behind else set()
        return found

    def left_over(self):
        now = self.account.holdings()
        return None if now == self.before else {kind: sorted(set(now[kind]) - set(self.before[kind])) for kind in now} | {"security": now["security"]}

    def routes(self):
        names = {i: n for n, i in self.instances.items()}
        return {cidr: names.get(instance, instance) for cidr, instance, gateway in self.account.routes(self.account.table) if cidr and instance and not gateway}

    def requests(self):
        return len(self.door.actions)


class Google(Cloud):
    plugin = "cloud-gcp"

    def __init__(self, name, count):
        super().__init__(name)
        self.made = 0
        fake("put", BASE)
        self.launch(count)
        self.make_foreign()
        gcp_scenario.new_token()
        self.before = fake("state")

    def config(self):
        return gcp_scenario.config(request_timeout_seconds=2)

    def launch(self, count):
        made, names = {}, []
        for n in range(self.made, self.made + count):
            node, zone, address = f"gcp-{n}", ZONES[n % 2], f"10.10.{1 + n // 200}.{10 + n % 200}"
            made.update(dict([gcp_scenario.instance(node, zone, ip=address)]))
            self.add(Machine(node, address, f"gce://p1/{zone}/{node}", {ZONE: zone, REGION_LABEL: REGION, TYPE: "e2-standard-4"}, n % 3 == 0))
            names.append(node)
        self.made += count
        fake("put", made)
        return names

    def end(self, names):
        fake("drop", [f"{P}/zones/{self.machines.pop(n).labels[ZONE]}/instances/{n}" for n in names])

    def make_foreign(self):
        where = f"{P}/regions/{REGION}"
        link = lambda path: f"https://www.googleapis.com/compute/v1/{path}"
        fake("put", dict([gcp_scenario.instance("theirs", ip="10.10.9.9")]))
        fake("put", {f"{P}/zones/{ZONES[0]}/instanceGroups/theirs": {"network": link(f"{P}/global/networks/default")},
                     f"{where}/healthChecks/theirs": {"type": "TCP"},
                     f"{P}/global/firewalls/theirs": {"network": link(f"{P}/global/networks/default"), "allowed": [{"IPProtocol": "tcp"}]},
                     f"{P}/global/routes/theirs": {"network": link(f"{P}/global/networks/default"), "destRange": "10.128.9.0/24", "priority": 5, "nextHopIp": "10.10.9.9"}})
        fake("put", {f"{where}/backendServices/theirs": {"protocol": "TCP", "loadBalancingScheme": "EXTERNAL", "healthChecks": [link(f"{where}/healthChecks/theirs")],
                                                         "backends": [{"group": link(f"{P}/zones/{ZONES[0]}/instanceGroups/theirs"), "balancingMode": "CONNECTION"}]}})
        fake("put", {f"{where}/forwardingRules/theirs": {"IPAddress": "203.0.113.9", "IPProtocol": "TCP", "ports": ["80"], "loadBalancingScheme": "EXTERNAL",
                                                         "backendService": link(f"{where}/backendServices/theirs")}})

    def check_foreign(self):
        now = fake("state")["resources"]
        for path, value in self.before["resources"].items():
            if path.endswith("/theirs"):
                assert now.get(path) == value, (path, now.get(path))

    def balancers(self):
        state = fake("state")
        resources, found = state["resources"], {}
        for path, rule in resources.items():
            if "/forwardingRules/" not in path or path.endswith("/theirs"):
                continue
            service = json.loads(rule["description"])["service"]
            assert service not in found, f"two forwarding rules for {service}"
            backend = resources[gcp_path(rule["backendService"])]
            behind = [m.split("/")[-1] for b in backend.get("backends", []) for m in state["members"].get(gcp_path(b["group"]), []) if m in resources]
            found[service] = rule["IPAddress"], sorted(int(p) for p in rule["ports"]), set(behind)
        return found

    def left_over(self):
        now = [p for p in fake("state")["resources"] if "/instances/" not in p]
        return sorted(set(now) - set(self.before["resources"])) or None

    def routes(self):
        found = {}
        for path, r in fake("state")["resources"].items():
            if "/routes/" in path and not path.endswith("/theirs"):
                found[r["destRange"]] = r["nextHopInstance"].split("/")[-1]
        return found

    def requests(self):
        return sum(fake("calls")["calls"].values())


def gcp_path(link):
    return link.split("/compute/v1/")[-1]


class Site(Cloud):
    """Machines of one's own: what is in the inventory is there."""

    plugin = "cloud-onprem"

    def __init__(self, name, count):
        super().__init__(name)
        self.launch(count)

    def config(self):
        listed = ", ".join(f'{{ name = "site-[{first}-{last}]"; addresses = [ "10.50.0.{{n}}" ]; zone = "rack{{n}}"; instance_type = "r630"; }}'
                           for first, last in ranges(int(n.split("-")[1]) for n in self.machines))
        return (f'region = "home"; adopt_unlisted = false; nodes = ( {listed} );'
                'pools = ( { name = "lan"; addresses = [ "10.60.0.0-10.60.0.99" ]; } );')

    def launch(self, count):
        first = max((int(n.split("-")[1]) for n in self.machines), default=0) + 1
        names = [f"site-{n}" for n in range(first, first + count)]
        for n, name in enumerate(names, first):
            self.add(Machine(name, f"10.50.0.{n}", f"onprem://{name}", {ZONE: f"rack{n}", REGION_LABEL: "home", TYPE: "r630"}, n % 3 == 0))
        return names

    def end(self, names):
        for n in names:
            del self.machines[n]

    def check_foreign(self):
        pass

    def balancers(self):
        """What the Services' status says: there is no other record."""
        found, whose = {}, {}
        for s in cluster.services():
            if s["metadata"].get("annotations", {}).get("keelson.io/load-balancer-provider") == self.name:
                key = f"{s['metadata']['namespace']}/{s['metadata']['name']}"
                for address in ingress_of(s):
                    assert address.startswith("10.60.0.") and address not in whose, f"{address} is of {key} and {whose.get(address)}"
                    whose[address] = key
                    found[key] = address, sorted(p["port"] for p in s["spec"]["ports"]), set(self.machines)
        return found

    def left_over(self):
        return None

    def requests(self):
        return 0


def ranges(numbers):
    found = []
    for n in sorted(numbers):
        if found and found[-1][1] == n - 1:
            found[-1][1] = n
        else:
            found.append([n, n])
    return found


def ingress_of(service):
    return [i.get("ip") or i["hostname"] for i in service["status"].get("loadBalancer", {}).get("ingress", [])]


class Cluster:
    """The API server, and nodes as their kubelets register them."""

    def __init__(self):
        self.server = apiserver.Server(build, ["--advertise-address=192.0.2.1", "--service-cluster-ip-range=10.96.0.0/16"])
        self.api = self.server.admin
        self.cidrs = 0

    def services(self):
        return [s for s in self.api.get("/api/v1/namespaces/lb/services")["items"] if s["spec"]["type"] == "LoadBalancer"]

    def nodes(self):
        return {n["metadata"]["name"]: n for n in self.api.get("/api/v1/nodes")["items"]}

    def register(self, machine):
        machine.pod_cidr = f"10.{128 + self.cidrs // 256}.{self.cidrs % 256}.0/24"
        self.cidrs += 1
        self.make_node(machine.name, machine.provider_id, machine.pod_cidr)

    def make_node(self, name, provider_id=None, pod_cidr=None):
        spec = {"taints": [{"key": TAINT, "value": "true", "effect": "NoSchedule"}]}
        if provider_id:
            spec["providerID"] = provider_id
        if pod_cidr:
            spec.update(podCIDR=pod_cidr, podCIDRs=[pod_cidr])
        labels = {"kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64"}
        self.api.post("/api/v1/nodes", {"metadata": {"name": name, "labels": labels}, "spec": spec,
                                        "status": {"conditions": [{"type": "Ready", "status": "True", "reason": "KubeletReady"}],
                                                   "addresses": [{"type": "Hostname", "address": name}],
                                                   "nodeInfo": {"systemUUID": "00000000-0000-0000-0000-000000000000"}}})

    def set_ready(self, names, ready):
        for name in names:
            self.api.patch(f"/api/v1/nodes/{name}/status", {"status": {"conditions": [{"type": "Ready", "status": "True" if ready else "Unknown"}]}})


class Manager:
    """cloud-controller-manager over the clouds."""

    def __init__(self, clouds, port, *flags):
        self.clouds, self.port, self.flags, self.process = clouds, port, flags, None
        self.url = f"http://127.0.0.1:{port}"

    def write_config(self):
        with open(f"{work}/cloud.conf.new", "w", encoding="utf-8") as f:
            f.write("plugins = (\n" + ",\n".join(c.entry() for c in self.clouds) + "\n);\n")
        os.rename(f"{work}/cloud.conf.new", f"{work}/cloud.conf")

    def start(self):
        self.write_config()
        environment = {**os.environ, "HOME": work, "AWS_EC2_METADATA_DISABLED": "true"}
        with open(f"{work}/ccm.log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen([f"{build}/cloud-controller-manager", f"--kubeconfig={cluster.server.path('admin.conf')}", f"--cloud-config={work}/cloud.conf",
                                             f"--secure-port={self.port}", f"--state-dir={work}/ccm", "--allow-unowned-plugins", "--leader-elect=false", f"--cluster-name={CLUSTER}",
                                             *self.flags], stdout=log, stderr=log, env=environment)

    def check(self):
        if self.process.poll() is not None:
            raise SystemExit(f"FAIL: cloud-controller-manager ended with {self.process.returncode}")

    def kill(self):
        self.process.kill()
        self.process.wait()

    def fetch(self, path):
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:
                return answer.read().decode()
        except OSError:
            return ""

    def metric(self, name, **labels):
        return sum(float(line.split()[-1]) for line in self.fetch("/metrics").splitlines()
                   if line.startswith(name) and all(f'{k}="{v}"' in line for k, v in labels.items()))

    def memory_mib(self):
        with open(f"/proc/{self.process.pid}/smaps_rollup", encoding="utf-8") as f:
            return next(int(line.split()[1]) for line in f if line.startswith("Pss:")) / 1024


def set_up(machine, node):
    """Whether the node is as its cloud has it."""
    addresses = [a["address"] for a in node.get("status", {}).get("addresses", [])]
    return (not any(t["key"] == TAINT for t in node["spec"].get("taints", [])) and node["spec"].get("providerID") == machine.right_id and machine.address in addresses
            and machine.labels.items() <= node["metadata"]["labels"].items())


cluster = None


def open_cluster(per_cloud, second_account=0):
    """The cluster and its clouds, with so many machines each (AWS: in two regions), and so many in the first of these regions in another account."""
    global cluster
    server = aws_account.Moto(f"{work}/moto.log")
    key = server.make_key("eu-central-1")
    west = per_cloud // 5
    clouds = [Amazon("aws-eu", "eu-central-1", server, key, per_cloud - west), Amazon("aws-us", "us-west-2", server, key, west), Google("gcp", per_cloud), Site("site", per_cloud)]
    if second_account:
        other = "222222222222"
        clouds.append(Amazon("aws-two", "eu-central-1", server, server.make_key("eu-central-1", other), second_account, other, net="10.2"))
    cluster = Cluster()
    cluster.api.post("/api/v1/namespaces", {"metadata": {"name": "lb"}})
    return server, clouds


def close_cluster(server, manager):
    if manager and manager.process and manager.process.poll() is None:
        manager.kill()
    if server:
        server.process.kill()
        server.process.wait()
    fake.kill()
    if cluster:
        cluster.server.remove()
    if not os.environ.get("KEEP"):
        shutil.rmtree(work, ignore_errors=True)
