# SPDX-License-Identifier: Apache-2.0
"""aws_moto.py -H HOST -p PORT: moto's server, with what AWS does and moto does not where it matters here: requests that are not as the service's model has them
are refused (aws_model.py), load balancers stand in subnets and at addresses, and change them as AWS lets them, TLS listeners and the codes of health checks
are modified, policies look at tags."""
import fnmatch
import html
import inspect
import sys

import aws_model
import moto.server
import werkzeug.exceptions
from moto.core import responses as core
from moto.ec2.models import ec2_backends
from moto.ec2.responses import EC2Response
from moto.elbv2 import models, responses
from moto.elbv2.exceptions import ELBClientError
from moto.iam import access_control

# --- where a load balancer stands ---


class Zone:
    def __init__(self, subnet, mapping):
        self.subnet_id, self.zone_name = subnet.id, subnet.availability_zone
        fixed = {k: mapping[k] for k in ("AllocationId", "PrivateIPv4Address") if k in mapping}
        self.load_balancer_addresses = [fixed] if fixed else []


models.FakeLoadBalancer.mappings = {}
models.FakeLoadBalancer.availability_zones = property(lambda self: [Zone(s, self.mappings.get(s.id, {})) for s in self.subnets])


def check_addresses(backend, mappings, but=None):
    taken = {m.get("AllocationId") for b in backend.load_balancers.values() if b is not but for m in b.mappings.values()}
    for m in mappings:
        allocation = m.get("AllocationId")
        if allocation and allocation not in {a.allocation_id for a in backend.ec2_backend.describe_addresses([], [], {})}:
            raise ELBClientError("AllocationIdNotFound", f"The allocation IDs '{allocation}' do not exist")
        if allocation in taken - {None}:
            raise ELBClientError("ResourceInUse", "The allocation IDs are not available for use")


def create_load_balancer(self, name, security_groups, subnet_ids, subnet_mappings=None, **more):
    check_addresses(self, subnet_mappings or [])
    made = plain_create(self, name, security_groups, subnet_ids, subnet_mappings, **more)
    made.mappings = {m["SubnetId"]: m for m in subnet_mappings or []}
    if made.type == "network":
        made.attrs = dict(BALANCER_ATTRIBUTES)
    associate(self)
    return made


def associate(backend):
    """Elastic IPs say that they are taken while a load balancer has them."""
    taken = {m.get("AllocationId") for b in backend.load_balancers.values() for m in b.mappings.values()}
    for address in backend.ec2_backend.describe_addresses([], [], {}):
        if address.allocation_id in taken:
            address.association_id = "eipassoc-of-a-load-balancer"
        elif address.association_id == "eipassoc-of-a-load-balancer":
            address.association_id = None


def delete_load_balancer(self, arn):
    plain_delete(self, arn)
    associate(self)


def set_subnets(self, arn, subnets, subnet_mappings):
    balancer = self.load_balancers[arn]
    mappings = [{"SubnetId": s} for s in subnets] + subnet_mappings
    now = {z.zone_name: (z.subnet_id, balancer.mappings.get(z.subnet_id, {})) for z in balancer.availability_zones}
    chosen = [self.ec2_backend.get_subnet(m["SubnetId"]) for m in mappings]
    if not chosen or len({s.availability_zone for s in chosen}) < len(chosen):
        raise ELBClientError("InvalidConfigurationRequest", "One subnet for each of one or more Availability Zones")
    check_addresses(self, mappings, but=balancer)
    for subnet, mapping in zip(chosen, mappings):
        before = now.get(subnet.availability_zone)
        if before and before[0] != subnet.id:
            raise ELBClientError("InvalidConfigurationRequest", "You cannot specify an additional subnet from an Availability Zone that is already associated")
        if before and {k: v for k, v in before[1].items() if v} != {k: v for k, v in mapping.items() if v} and before[1]:
            raise ELBClientError("InvalidConfigurationRequest", "The addresses of a subnet that is enabled cannot be changed")
    balancer.subnets = chosen
    balancer.mappings = {m["SubnetId"]: m for m in mappings}
    associate(self)
    return balancer.availability_zones


plain_create = models.ELBv2Backend.create_load_balancer
plain_delete = models.ELBv2Backend.delete_load_balancer
models.ELBv2Backend.delete_load_balancer = delete_load_balancer
models.ELBv2Backend.create_load_balancer = create_load_balancer
models.ELBv2Backend.set_subnets = set_subnets


# --- rules of a security group: all of a request, or none ---

def authorize(self):
    group = self.ec2_backend.get_security_group_from_id(self._get_param("GroupId"))
    before = list(group.ingress_rules)
    try:
        return plain_authorize(self)
    except Exception:
        group.ingress_rules[:] = before
        raise


plain_authorize = EC2Response.authorize_security_group_ingress
EC2Response.authorize_security_group_ingress = authorize

# --- attributes: those of Network Load Balancers, each with AWS's default, and no others ---

BALANCER_ATTRIBUTES = {"deletion_protection.enabled": "false", "load_balancing.cross_zone.enabled": "false", "access_logs.s3.enabled": "false", "access_logs.s3.bucket": "",
                       "access_logs.s3.prefix": "", "ipv6.deny_all_igw_traffic": "false", "zonal_shift.config.enabled": "false",
                       "dns_record.client_routing_policy": "any_availability_zone", "secondary_ips.auto_assigned.per_subnet": "0"}
HEALTH = "target_group_health.{}.minimum_healthy_targets.{}".format
GROUP_ATTRIBUTES = {"deregistration_delay.timeout_seconds": "300", "stickiness.enabled": "false", "stickiness.type": "source_ip", "proxy_protocol_v2.enabled": "false",
                    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration", HEALTH("dns_failover", "count"): "1", HEALTH("dns_failover", "percentage"): "off",
                    HEALTH("unhealthy_state_routing", "count"): "1", HEALTH("unhealthy_state_routing", "percentage"): "off",
                    "target_health_state.unhealthy.draining_interval_seconds": "0"}


def recognized(kind, keys, known):
    for key in keys:
        if key not in known:
            raise ELBClientError("ValidationError", f"{kind} attribute key '{key}' is not recognized")


def modify_balancer_attributes(self, arn, attrs):
    balancer = self.load_balancers.get(arn)
    if balancer is None or balancer.type != "network":
        return plain_modify_balancer_attributes(self, arn, attrs)
    recognized("Load balancer", attrs, BALANCER_ATTRIBUTES)
    balancer.attrs.update(attrs)
    return balancer.attrs


def delete_balancer(self, arn):
    if arn in self.load_balancers and self.load_balancers[arn].attrs.get("deletion_protection.enabled") == "true":
        raise ELBClientError("OperationNotPermitted", f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled")
    return plain_delete_balancer(self, arn)


def create_target_group(self, name, **named):
    group = plain_create_group(self, name, **named)
    if group.protocol in ("TCP", "UDP", "TCP_UDP", "TLS"):
        udp = "UDP" in group.protocol
        group.attributes = {**GROUP_ATTRIBUTES, "preserve_client_ip.enabled": str(udp or group.target_type == "instance").lower(),
                            "deregistration_delay.connection_termination.enabled": str(udp).lower(),
                            "target_health_state.unhealthy.connection_termination.enabled": str(not udp).lower()}
    return group


def modify_group_attributes(self, target_group_arn, attributes):
    if target_group_arn in self.target_groups:
        recognized("Target group", attributes, self.target_groups[target_group_arn].attributes)
    return plain_modify_group_attributes(self, target_group_arn, attributes)


def describe_listener_attributes(self, listener_arn):
    listener = self.describe_listeners(load_balancer_arn=None, listener_arns=[listener_arn])[0]
    return listener.attributes if listener.protocol == "TCP" else {}


def modify_listener_attributes(self, listener_arn, attrs):
    recognized("Listener", [a["Key"] for a in attrs], describe_listener_attributes(self, listener_arn))
    return plain_modify_listener_attributes(self, listener_arn, attrs)


plain_delete_balancer, models.ELBv2Backend.delete_load_balancer = models.ELBv2Backend.delete_load_balancer, delete_balancer
plain_create_group, models.ELBv2Backend.create_target_group = models.ELBv2Backend.create_target_group, create_target_group
plain_modify_balancer_attributes = models.ELBv2Backend.modify_load_balancer_attributes
models.ELBv2Backend.modify_load_balancer_attributes = modify_balancer_attributes
plain_modify_group_attributes = models.ELBv2Backend.modify_target_group_attributes
models.ELBv2Backend.modify_target_group_attributes = modify_group_attributes
plain_modify_listener_attributes = models.ELBv2Backend.modify_listener_attributes
models.ELBv2Backend.describe_listener_attributes, models.ELBv2Backend.modify_listener_attributes = describe_listener_attributes, modify_listener_attributes


# --- changes that moto passes over, or refuses too early ---

TAGS_MAX = 50


def add_tags(self, resource_arns, tags):
    for arn in resource_arns:
        self._get_resource_by_arn(arn)
        if len({**self.tagging_service.get_tag_dict_for_resource(arn), **self.tagging_service.flatten_tag_list(tags)}) > TAGS_MAX:
            raise models.TooManyTagsError()
        self.tagging_service.tag_resource(arn, tags)



def modify_target_group(self, *args, **named):
    group = plain_modify_group(self, *args, **named)
    codes = inspect.signature(plain_modify_group).bind(self, *args, **named).arguments.get("http_codes")
    if group.health_check_protocol != "TCP":
        group.matcher = {"HttpCode": codes or "200-399"}
    return group


def modify_listener(self, arn, port=None, protocol=None, ssl_policy=None, certificates=None, actions=None):
    listener = plain_modify_listener(self, arn, port, protocol if protocol == "TCP" else None, ssl_policy, certificates, actions)
    if protocol == "TLS":
        listener.protocol = protocol
        default = certificates[0]["CertificateArn"]
        listener.certificate = default
        listener.certificates = [default, *(c for c in listener.certificates[1:] if c != default)]
    return listener


def respond_modify_listener(self):
    result = plain_respond(self)
    alpn = self._get_param("AlpnPolicy", None)
    if alpn is not None:
        self.elbv2_backend.describe_listeners(None, [self._get_param("ListenerArn")])[0].alpn_policy = alpn
    return result


plain_modify_group, plain_modify_listener = models.ELBv2Backend.modify_target_group, models.ELBv2Backend.modify_listener
plain_respond = responses.ELBV2Response.modify_listener
models.ELBv2Backend.modify_target_group, models.ELBv2Backend.modify_listener = modify_target_group, modify_listener
responses.ELBV2Response.modify_listener = respond_modify_listener
models.ELBv2Backend.add_tags = add_tags


# --- policies ---

TAGGING = {"CreateLoadBalancer": "elasticloadbalancing:AddTags", "CreateTargetGroup": "elasticloadbalancing:AddTags", "CreateSecurityGroup": "ec2:CreateTags"}


def request_tags(params):
    return {v for k, v in params.items() if (k.startswith("Tags.member.") or k.startswith("TagSpecification.1.Tag.") or k.startswith("Tag.")) and k.endswith(".Key")}


def resource_tags(request, params):
    """Of the thing that the request is about."""
    account, region = request.account_id, request._region
    if request._service == "ec2":
        thing = next((params[k] for k in ("GroupId", "RouteTableId", "InstanceId", "ResourceId.1") if k in params), None)
        return set(ec2_backends[account][region].tags.get(thing, {}))
    arn = next((params[k] for k in ("LoadBalancerArn", "TargetGroupArn", "ListenerArn", "ResourceArns.member.1") if k in params), "")
    return set(models.elbv2_backends[account][region].tagging_service.get_tag_dict_for_resource(arn))


def holds(condition, context):
    for operator, wanted in condition.items():
        for key, value in wanted.items():
            name, _, tag = key.partition("/")
            has = tag in context["tags"][name] if name in context["tags"] else key in context
            if operator == "Null" and (value == "true") == has:
                return False
            if operator == "StringEquals" and context.get(key) not in (value if isinstance(value, list) else [value]):
                return False
            assert operator in ("Null", "StringEquals"), operator
    return True


def check_action_permitted(self, resource):
    if self._service not in ("ec2", "elasticloadbalancing"):
        return plain_check(self, resource)
    params = {k: v[0] if isinstance(v, list) else v for k, v in self._data.items()}
    context = {"tags": {"aws:RequestTag": request_tags(params), "aws:ResourceTag": resource_tags(self, params)}}
    action = self._action.partition(":")[2]
    asked = [(self._action, context)]
    if action in TAGGING:
        asked.append((TAGGING[action], {**context, f"{self._service}:CreateAction": action}))
    statements = []
    for policy in self._access_key.collect_policies():
        document = access_control.IAMPolicy(policy)._policy_json
        statements += document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
    for wanted, what in asked:
        actions = lambda s: [s["Action"]] if isinstance(s["Action"], str) else s["Action"]
        if not any(any(fnmatch.fnmatchcase(wanted, a) for a in actions(s)) and holds(s.get("Condition", {}), what) for s in statements):
            print("not permitted:", wanted, params, what, flush=True)
            self._raise_access_denied()
    return None


plain_check = access_control.IAMRequestBase.check_action_permitted
access_control.IAMRequestBase.check_action_permitted = check_action_permitted


# --- requests that AWS does not take ---

def authenticate(self, resource):
    plain_authenticate(self, resource)
    params = {k: v[0] if isinstance(v, list) else v for k, v in self.data.items()}
    if self.service_name not in SERVICES or "Action" not in params:
        return
    try:
        aws_model.check(SERVICES[self.service_name], params)
    except aws_model.Refused as e:
        print("REFUSED", e, params, flush=True)
        refused = werkzeug.exceptions.BadRequest()
        refused.description = f"<R><Errors><Error><Code>{e.code}</Code><Message>{html.escape(e.message)}</Message></Error></Errors></R>"
        raise refused from e


SERVICES = {"ec2": "ec2", "elbv2": "elasticloadbalancing", "sts": "sts"}  # by moto's names
plain_authenticate = core.ActionAuthenticatorMixin._authenticate_and_authorize_normal_action
core.ActionAuthenticatorMixin._authenticate_and_authorize_normal_action = authenticate

import aws_moto_ipv6  # noqa: F401,E402  it changes further what was changed above

if __name__ == "__main__":
    moto.server.main(sys.argv[1:])
