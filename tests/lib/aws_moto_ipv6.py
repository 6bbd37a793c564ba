# SPDX-License-Identifier: Apache-2.0
"""For aws_moto.py: what AWS asks of load balancers and target groups with IPv6, none of which moto does."""
import ipaddress

from moto.ec2.models.elastic_network_interfaces import NetworkInterface
from moto.ec2.models.subnets import Subnet
from moto.elbv2 import models, responses
from moto.elbv2.exceptions import ELBClientError

Backend, Response = models.ELBv2Backend, responses.ELBV2Response


def refuse(why):
    raise ELBClientError("InvalidConfigurationRequest", why)


def check_subnets(backend, kind, subnets):
    for subnet in subnets if kind == "dualstack" else []:
        if not backend.ec2_backend.get_subnet(subnet).ipv6_cidr_block_associations:
            raise ELBClientError("InvalidSubnet", f"The subnet '{subnet}' must have an associated IPv6 CIDR block")


def leads_to_ipv6(backend, actions):
    data = [getattr(a, "data", a) for a in actions]
    arns = [g["TargetGroupArn"] for d in data for g in d.get("ForwardConfig", {}).get("TargetGroups", [])] + [d["TargetGroupArn"] for d in data if d.get("TargetGroupArn")]
    return any(arn in backend.target_groups and backend.target_groups[arn].ip_address_type == "ipv6" for arn in arns)


def check_listener(backend, balancer, protocol, actions):
    if not leads_to_ipv6(backend, actions):
        return
    if balancer.ip_address_type != "dualstack":
        refuse("A target group of IPv6 needs a dualstack load balancer")
    if "UDP" in protocol and getattr(balancer, "enable_prefix_for_ipv6_source_nat", "off") != "on":
        refuse("A UDP listener with a target group of IPv6 needs a prefix for source NAT")


def create_load_balancer(self, name, security_groups, subnet_ids, subnet_mappings=None, **more):
    check_subnets(self, more.get("ip_address_type"), [m["SubnetId"] for m in subnet_mappings or []] or subnet_ids)
    return plain_create(self, name, security_groups, subnet_ids, subnet_mappings, **more)


def set_ip_address_type(self, arn, ip_type):
    balancer = self.load_balancers[arn]
    check_subnets(self, ip_type, [s.id for s in balancer.subnets])
    if ip_type == "ipv4" and any(leads_to_ipv6(self, item.default_actions) for item in balancer.listeners.values()):
        refuse("A listener forwards to a target group of IPv6")
    plain_set_type(self, arn, ip_type)


def create_listener(self, load_balancer_arn, protocol, port, ssl_policy, certificate, actions, **more):
    if load_balancer_arn in self.load_balancers:
        check_listener(self, self.load_balancers[load_balancer_arn], protocol, actions)
    return plain_create_listener(self, load_balancer_arn, protocol, port, ssl_policy, certificate, actions, **more)


def modify_listener(self, arn, port=None, protocol=None, ssl_policy=None, certificates=None, actions=None):
    listener = self.describe_listeners(None, [arn])[0]
    check_listener(self, self.load_balancers[listener.load_balancer_arn], protocol or listener.protocol, actions or [])
    return plain_modify_listener(self, arn, port, protocol, ssl_policy, certificates, actions)


def keeping_prefix(plain):
    """Of requests that may turn the prefix on."""
    def respond(self):
        result, wanted = plain(self), self._get_param("EnablePrefixForIpv6SourceNat")
        for balancer in self.elbv2_backend.load_balancers.values():
            if wanted and (balancer.arn == self._get_param("LoadBalancerArn") or balancer.name == self._get_param("Name")):
                if balancer.ip_address_type != "dualstack":
                    refuse("A prefix for source NAT needs a dualstack load balancer")
                balancer.enable_prefix_for_ipv6_source_nat = wanted
        return result
    return respond


def check_zone(self, group, target):
    """It is said of addresses outside of the VPC's subnets, and of no others."""
    address, zone = ipaddress.ip_address(target["Id"]), target.get("AvailabilityZone")
    subnets = [s for s in self.ec2_backend.describe_subnets() if s.vpc_id == group.vpc_id]
    ranges = [s.cidr_block for s in subnets] + [a["ipv6CidrBlock"] for s in subnets for a in s.ipv6_cidr_block_associations.values()]
    inside = any(address in ipaddress.ip_network(r) for r in ranges)
    if inside and zone == "all":
        raise ELBClientError("ValidationError", f"The IP address '{address}' is within the VPC, and cannot have its Availability Zone overridden to 'all'")
    if not inside and not zone:
        raise ELBClientError("ValidationError", f"The Availability Zone is required for IP address '{address}' because it is not in the VPC")


def register_targets(self, target_group_arn, instances):
    group = self.target_groups.get(target_group_arn)
    for target in instances if group else []:
        six = group.ip_address_type == "ipv6"
        if group.target_type == "ip" and (":" in target["Id"]) != six:
            raise ELBClientError("ValidationError", f"The IP address '{target['Id']}' is not a valid {'IPv6' if six else 'IPv4'} address")
        if group.target_type == "ip":
            check_zone(self, group, target)
        if group.target_type == "instance" and six and not any(n.ipv6_addresses for n in self.ec2_backend.get_instance(target["Id"]).nics.values()):
            raise ELBClientError("InvalidTarget", f"The instance '{target['Id']}' has no primary IPv6 address")
    return plain_register(self, target_group_arn, instances)


plain_create, Backend.create_load_balancer = Backend.create_load_balancer, create_load_balancer
plain_set_type, Backend.set_ip_address_type = Backend.set_ip_address_type, set_ip_address_type
plain_create_listener, Backend.create_listener = Backend.create_listener, create_listener
plain_modify_listener, Backend.modify_listener = Backend.modify_listener, modify_listener
plain_register, Backend.register_targets = Backend.register_targets, register_targets
Response.create_load_balancer, Response.set_subnets = keeping_prefix(Response.create_load_balancer), keeping_prefix(Response.set_subnets)
models.FakeLoadBalancer.enable_prefix_for_ipv6_source_nat = "off"
NetworkInterface.instance_ipv6_address_list = property(lambda self: [{"Ipv6Address": a, "IsPrimaryIpv6": n == 0} for n, a in enumerate(self.ipv6_addresses)])
Subnet.ipv6_cidr_block_association_set = property(lambda self: [a for a in self.ipv6_cidr_block_associations.values() if a["ipv6CidrBlockState"]["State"] == "associated"])
