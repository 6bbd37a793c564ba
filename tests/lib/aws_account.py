# SPDX-License-Identifier: Apache-2.0
"""AWS on the loopback: moto (aws_moto.py), which checks signatures and permissions, behind a door that counts requests, loses answers and injects faults,
and an account with a network and instances in it. What AWS holds is looked at with boto3, never through the plugin. Who imports this is started anew with a
Python that has moto, or ends with 77 where there is none."""
import http.client
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time
import traceback
import urllib.parse

PYENV = "/root/.pyenv/shims"
FIRST_ACCOUNT = "123456789012"
try:
    import boto3
    import moto  # noqa: F401
except ImportError:
    if os.path.exists(f"{PYENV}/python3") and not os.environ.get("AWS_MOTO_AGAIN"):
        os.environ["AWS_MOTO_AGAIN"] = "1"
        os.execv(f"{PYENV}/python3", [f"{PYENV}/python3", *sys.argv])
    print("moto and boto3 are not installed here")
    sys.exit(77)
import botocore.config


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Moto:
    """The server's process. IAM is set up by the first four actions, without authentication (Account does them); from then on each request is checked."""

    def __init__(self, log):
        self.port, self.log, self.looked = free_port(), log, 0
        env = {**os.environ, "INITIAL_NO_AUTH_ACTION_COUNT": "4", "MOTO_EC2_LOAD_DEFAULT_AMIS": "false"}
        server = os.path.join(os.path.dirname(os.path.abspath(__file__)), "aws_moto.py")
        with open(log, "w", encoding="utf-8") as out:
            self.process = subprocess.Popen([sys.executable, server, "-H", "127.0.0.1", "-p", str(self.port)], stdout=out, stderr=out, env=env)
        end = time.monotonic() + 120
        while not self.listens():
            if self.process.poll() is not None or time.monotonic() > end:
                raise SystemExit("FAIL: moto does not listen")
            time.sleep(0.05)

    def listens(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def client(self, service, region, key=("first", "first"), **config):
        return boto3.client(service, region_name=region, endpoint_url=f"http://127.0.0.1:{self.port}", aws_access_key_id=key[0], aws_secret_access_key=key[1],
                            config=botocore.config.Config(retries={"max_attempts": 0}, **config))

    def make_user(self, iam, name, policy):
        """Its key."""
        iam.create_user(UserName=name)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        arn = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(policy))["Policy"]["Arn"]
        iam.attach_user_policy(UserName=name, PolicyArn=arn)
        return key["AccessKeyId"], key["SecretAccessKey"]

    def make_key(self, region, account=FIRST_ACCOUNT):
        """Of a user of this account who may do everything. Its four actions are made without authentication."""
        allow = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
        iam = self.client("iam", region)
        iam.meta.events.register("before-sign.iam.*", lambda request, **more: request.headers.add_header("x-moto-account-id", account))
        if account != FIRST_ACCOUNT:
            self.forgo_authentication(4)
        return self.make_user(iam, "admin", allow)

    def forgo_authentication(self, actions):
        c = http.client.HTTPConnection("127.0.0.1", self.port)
        c.request("POST", "/moto-api/reset-auth", str(actions), {"Content-Type": "text/plain"})
        assert c.getresponse().status == 200

    def refused(self):
        """The requests that were not as AWS's models have them, since the last look."""
        with open(self.log, encoding="utf-8", errors="replace") as f:
            f.seek(self.looked)
            lines = [line for line in f.readlines() if line.startswith("REFUSED")]
            self.looked = f.tell()
            return lines


class Door(http.server.ThreadingHTTPServer):
    """Hands requests to moto; before() may answer itself (a tuple of status, headers, body), or break the connection ("cut" before the request is
    carried out, "lose" its answer, "truncate", "drip", "hang")."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port):
        super().__init__(("127.0.0.1", 0), Handler)
        self.backend = port
        self.before = lambda action: None
        self.actions, self.dates, self.ended = [], [], []
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], (OSError, http.client.HTTPException)):  # connections that broke are what this is for
            traceback.print_exc()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # headers and body are two packets: 40 ms else

    def log_message(self, *args):
        pass

    def carry_out(self, body):
        c = http.client.HTTPConnection("127.0.0.1", self.server.backend)
        c.putrequest("POST", self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            c.putheader(name, value)
        c.endheaders(body)
        r = c.getresponse()
        return r.status, {k: v for k, v in r.getheaders() if k.lower() not in ("transfer-encoding", "content-length", "connection", "server")}, r.read()

    def drop(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def do_POST(self):
        try:
            return self.hand_over()
        finally:
            self.server.ended.append(None)

    def hand_over(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        self.server.last = dict(urllib.parse.parse_qsl(body.decode()))
        self.server.authorization = self.headers.get("authorization", "")
        action = self.server.last.get("Action", "")
        self.server.actions.append(action)
        self.server.dates.append(self.headers.get("x-amz-date", ""))
        fault = self.server.before(action)
        if fault == "cut":
            return self.drop()
        if fault == "hang":
            self.rfile.read(1)
            return self.drop()
        status, headers, answer = fault if isinstance(fault, tuple) else self.carry_out(body)
        if fault == "lose":
            return self.drop()
        self.send_response_only(status)
        for name, value in {"date": self.date_time_string(), **{k.lower(): v for k, v in headers.items()}}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        if fault == "truncate":
            self.wfile.write(answer[: len(answer) // 2])
            return self.drop()
        if fault == "drip":
            for byte in answer:
                self.wfile.write(bytes([byte]))
                time.sleep(0.05)
            return None
        self.wfile.write(answer)
        return None


class Account:
    """A region's VPC with two public subnets and a private one, a route table and the nodes' security group, tagged as the cluster's, and others that are not."""

    def __init__(self, server, key, region, cluster, net="10.1"):
        self.key, self.region, self.cluster, self.net = key, region, cluster, net
        self.ec2, self.elb = (server.client(s, region, key) for s in ("ec2", "elbv2"))
        self.make_network()

    def tag_cluster(self, *ids, cluster=None):
        self.ec2.create_tags(Resources=list(ids), Tags=[{"Key": f"kubernetes.io/cluster/{cluster or self.cluster}", "Value": "owned"}])

    def make_network(self):
        ec2 = self.ec2
        vpc = ec2.create_vpc(CidrBlock=f"{self.net}.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]
        self.vpc, six = vpc["VpcId"], vpc["Ipv6CidrBlockAssociationSet"][0]["Ipv6CidrBlock"].replace("00::/56", "")
        gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)
        make = lambda n, zone: ec2.create_subnet(VpcId=self.vpc, CidrBlock=f"{self.net}.{n}.0/24", Ipv6CidrBlock=f"{six}{n:02x}::/64", AvailabilityZone=self.region + zone)["Subnet"]["SubnetId"]
        self.public = [make(0, "a"), make(1, "b")]
        self.private = [make(2, "a")]
        self.tag_cluster(*self.public, *self.private)
        ec2.create_tags(Resources=self.public, Tags=[{"Key": "kubernetes.io/role/elb", "Value": "1"}])
        ec2.create_tags(Resources=self.private, Tags=[{"Key": "kubernetes.io/role/internal-elb", "Value": "1"}])
        self.table = ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.foreign_table = ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"]
        self.tag_cluster(self.table)
        ec2.create_route(RouteTableId=self.table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
        self.node_group = ec2.create_security_group(GroupName="nodes", Description="nodes", VpcId=self.vpc)["GroupId"]
        self.foreign_group = ec2.create_security_group(GroupName="others", Description="others", VpcId=self.vpc)["GroupId"]
        self.tag_cluster(self.node_group)

    def run(self, count, cluster=None, subnet=None, **more):
        """So many instances, with that cluster's tag."""
        made = self.ec2.run_instances(ImageId="ami-12c6146b", InstanceType="t3.medium", MinCount=count, MaxCount=count, SubnetId=subnet or self.public[0],
                                      SecurityGroupIds=[self.node_group], **more)["Instances"]
        if cluster:
            self.tag_cluster(*[i["InstanceId"] for i in made], cluster=cluster)
        return made

    def routes(self, table):
        listed = self.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
        return sorted((r.get("DestinationCidrBlock") or r["DestinationIpv6CidrBlock"], r.get("InstanceId"), r.get("GatewayId")) for r in listed)

    def holdings(self):
        """All that AWS holds of load balancers, without ARNs and IDs, so that two states can be compared."""
        elb, ec2 = self.elb, self.ec2
        groups = {g["TargetGroupArn"]: g for g in elb.describe_target_groups()["TargetGroups"]}
        tags = lambda arn: {t["Key"]: t["Value"] for t in elb.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"]}
        security = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [self.vpc]}])["SecurityGroups"]
        names = {g["GroupId"]: g["GroupName"] for g in security}
        out = {"balancers": {}, "groups": {}, "security": {g["GroupName"]: rules(g, names) for g in security}}
        for b in elb.describe_load_balancers()["LoadBalancers"]:
            arn = b["LoadBalancerArn"]
            listeners = {}
            for item in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
                attributes = {a["Key"]: a["Value"] for a in elb.describe_listener_attributes(ListenerArn=item["ListenerArn"])["Attributes"]}
                listeners[item["Port"]] = (item["Protocol"], groups[item["DefaultActions"][0]["TargetGroupArn"]]["TargetGroupName"],
                                           [c["CertificateArn"] for c in item.get("Certificates", [])], attributes.get("tcp.idle_timeout.seconds"))
            attributes = {a["Key"]: a["Value"] for a in elb.describe_load_balancer_attributes(LoadBalancerArn=arn)["Attributes"]}
            assert b["LoadBalancerName"] not in out["balancers"], "two load balancers of one name"
            out["balancers"][b["LoadBalancerName"]] = {
                "type": b["Type"], "scheme": b["Scheme"], "ip": b["IpAddressType"], "zones": sorted(z["SubnetId"] for z in b["AvailabilityZones"]),
                "security": sorted(names[g] for g in b.get("SecurityGroups", [])), "listeners": listeners, "tags": tags(arn), "attributes": attributes}
        for arn, g in groups.items():
            targets = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
            attributes = {a["Key"]: a["Value"] for a in elb.describe_target_group_attributes(TargetGroupArn=arn)["Attributes"]}
            assert g["TargetGroupName"] not in out["groups"], "two target groups of one name"
            out["groups"][g["TargetGroupName"]] = {
                **{k: g.get(k) for k in ("Protocol", "Port", "VpcId", "TargetType", "IpAddressType", "HealthCheckProtocol", "HealthCheckPort", "HealthCheckPath",
                                         "HealthCheckIntervalSeconds", "HealthyThresholdCount", "UnhealthyThresholdCount")},
                "targets": sorted((t["Target"]["Id"], t["Target"]["Port"]) for t in targets), "tags": tags(arn), "attributes": attributes}
        return out


def rules(group, names):
    out = []
    for p in group["IpPermissions"]:
        sources = [r["CidrIp"] for r in p["IpRanges"]] + [r["CidrIpv6"] for r in p["Ipv6Ranges"]] + [names.get(g["GroupId"], g["GroupId"]) for g in p["UserIdGroupPairs"]]
        out += [f"{p['IpProtocol']} {p.get('FromPort')}-{p.get('ToPort')} {s}" for s in sources]
    return sorted(out)


def config_for(url, key, region, more=""):
    return (f'region = "{region}"; allow_plain_http = true; endpoints = {{ ec2 = "{url}"; elasticloadbalancing = "{url}"; sts = "{url}"; }};'
            f' credentials = {{ access_key_id = "{key[0]}"; secret_access_key = "{key[1]}"; }}; requests_per_second = 1000; {more}')
