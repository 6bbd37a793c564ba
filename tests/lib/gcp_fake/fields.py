# SPDX-License-Identifier: Apache-2.0
"""What may stand in a request body, resource by resource (Compute Engine v1). A body with another name, or another type, is refused as Google's
front end refuses it: 400, reason "invalid"."""
import ipaddress
import re

NAME = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?\Z")


class Refused(Exception):
    def __init__(self, code, reason, message):
        super().__init__(message)
        self.code, self.reason, self.message = code, reason, message


def invalid(message):
    return Refused(400, "invalid", message)


def text(value):
    return isinstance(value, str)


def boolean(value):
    return isinstance(value, bool)


def number(value):  # 64-bit integers may come as text
    return (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and re.fullmatch(r"-?\d+", value) is not None)


def name(value):
    return text(value) and NAME.match(value) is not None


def cidr(value):
    try:
        ipaddress.ip_network(value)  # host bits must be 0
        return text(value) and "/" in value
    except ValueError:
        return False


def ports(value):
    if not text(value) or not re.fullmatch(r"\d{1,5}(-\d{1,5})?", value):
        return False
    ends = [int(p) for p in value.split("-")]
    return all(0 <= p <= 65535 for p in ends) and ends == sorted(ends)


class OneOf(tuple):
    pass


def one_of(*words):
    return OneOf(words)


OUTPUT = object()  # Google sets it, and ignores what a caller says

COMMON = {"name": name, "description": text, "kind": text, "id": OUTPUT, "selfLink": OUTPUT, "creationTimestamp": OUTPUT, "region": OUTPUT, "zone": OUTPUT}
REST = {"host": text, "port": number, "portName": text, "portSpecification": one_of("USE_FIXED_PORT", "USE_NAMED_PORT", "USE_SERVING_PORT"),
        "proxyHeader": one_of("NONE", "PROXY_V1"), "requestPath": text, "response": text}
ALLOWED = [{"IPProtocol": text, "ports": [ports]}]
FIELDS = {
    "healthChecks": {**COMMON, "type": one_of("TCP", "SSL", "HTTP", "HTTPS", "HTTP2", "GRPC"), "checkIntervalSec": number, "timeoutSec": number,
                     "healthyThreshold": number, "unhealthyThreshold": number, "httpHealthCheck": REST, "logConfig": {"enable": boolean},
                     "tcpHealthCheck": {"port": number, "portName": text, "request": text, "response": text, "proxyHeader": text, "portSpecification": text}},
    "backendServices": {**COMMON, "backends": [{"group": text, "balancingMode": one_of("CONNECTION", "RATE", "UTILIZATION"), "description": text, "failover": boolean}],
                        "healthChecks": [text], "protocol": one_of("TCP", "UDP", "UNSPECIFIED", "HTTP", "HTTPS"), "fingerprint": text, "timeoutSec": number,
                        "loadBalancingScheme": one_of("EXTERNAL", "INTERNAL", "EXTERNAL_MANAGED", "INTERNAL_MANAGED"), "network": text,
                        "sessionAffinity": one_of("NONE", "CLIENT_IP", "CLIENT_IP_PROTO", "CLIENT_IP_PORT_PROTO", "CLIENT_IP_NO_DESTINATION"),
                        "subsetting": {"policy": one_of("NONE", "CONSISTENT_HASH_SUBSETTING")}, "connectionDraining": {"drainingTimeoutSec": number}, "logConfig": {"enable": boolean, "sampleRate": number}},
    "forwardingRules": {**COMMON, "IPAddress": text, "IPProtocol": one_of("TCP", "UDP", "L3_DEFAULT", "ESP", "AH", "SCTP", "ICMP"), "portRange": ports, "ports": [ports],
                        "allPorts": boolean, "loadBalancingScheme": one_of("EXTERNAL", "INTERNAL", "EXTERNAL_MANAGED", "INTERNAL_MANAGED"), "backendService": text,
                        "target": text, "network": text, "subnetwork": text, "networkTier": one_of("PREMIUM", "STANDARD"), "allowGlobalAccess": boolean,
                        "ipVersion": one_of("IPV4", "IPV6"), "fingerprint": text, "serviceLabel": text, "labels": dict, "isMirroringCollector": boolean},
    "addresses": {**COMMON, "address": text, "addressType": one_of("EXTERNAL", "INTERNAL"), "networkTier": one_of("PREMIUM", "STANDARD"), "subnetwork": text,
                  "network": text, "purpose": one_of("GCE_ENDPOINT", "SHARED_LOADBALANCER_VIP"), "ipVersion": one_of("IPV4", "IPV6"), "prefixLength": number,
                  "ipv6EndpointType": one_of("VM", "NETLB"), "status": OUTPUT, "users": OUTPUT},
    "firewalls": {**COMMON, "network": text, "priority": number, "direction": one_of("INGRESS", "EGRESS"), "sourceRanges": [cidr], "destinationRanges": [cidr],
                  "sourceTags": [name], "targetTags": [name], "allowed": ALLOWED, "denied": ALLOWED, "disabled": boolean, "logConfig": {"enable": boolean}},
    "routes": {**COMMON, "network": text, "destRange": cidr, "nextHopInstance": text, "nextHopIp": text, "nextHopGateway": text, "priority": number, "tags": [name],
               "nextHopNetwork": OUTPUT, "warnings": OUTPUT},
    "instanceGroups": {**COMMON, "network": text, "subnetwork": text, "namedPorts": [{"name": name, "port": number}], "size": OUTPUT, "fingerprint": OUTPUT},
}
NEEDED = {
    "healthChecks": ["name", "type"],
    "backendServices": ["name", "loadBalancingScheme", "protocol", "healthChecks"],
    "forwardingRules": ["name", "loadBalancingScheme", "IPProtocol", "backendService"],
    "addresses": ["name"],
    "firewalls": ["name", "network"],
    "routes": ["name", "network", "destRange", "priority"],
    "instanceGroups": ["name"],
}
INSTANCES = {"instances": [{"instance": text}]}


def check(value, rule, where):
    """Refuses what the rule does not allow."""
    if rule is OUTPUT:
        return
    if isinstance(rule, OneOf):
        if value not in rule:
            raise invalid(f"Invalid value for field '{where}': '{value}'. Must be one of {', '.join(rule)}")
    elif isinstance(rule, dict):
        if not isinstance(value, dict):
            raise invalid(f"Invalid value at '{where}': not an object")
        for key, item in value.items():
            if key not in rule:
                raise invalid(f"Invalid JSON payload received. Unknown name \"{key}\" at '{where}': Cannot find field.")
            check(item, rule[key], f"{where}.{key}")
    elif isinstance(rule, list):
        if not isinstance(value, list):
            raise invalid(f"Invalid value at '{where}': not an array")
        for i, item in enumerate(value):
            check(item, rule[0], f"{where}[{i}]")
    elif rule is dict:
        if not isinstance(value, dict) or not all(text(v) for v in value.values()):
            raise invalid(f"Invalid value at '{where}': not a map of text")
    elif not rule(value):
        raise invalid(f"Invalid value for field '{where}': '{value}'")
