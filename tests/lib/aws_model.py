# SPDX-License-Identifier: Apache-2.0
"""What AWS takes: requests of its query APIs against the service models that botocore brings, as strictly as the services themselves, which moto is not. An
API version, names of parameters (lists and structures spelled as the protocol wants them), what has to be there, types, enumerations, lengths, ranges and
patterns; and a few limits that only the documents tell."""
import re

import botocore.loaders
import botocore.model

NAMES = {"ec2": "ec2", "elasticloadbalancing": "elbv2", "sts": "sts"}
# How many items a list takes, where the models do not say so.
LISTS_MAX = {"DescribeTags.ResourceArns": 20, "DescribeLoadBalancers.LoadBalancerArns": 20, "DescribeLoadBalancers.Names": 20}
FILTER_VALUES_MAX = 200
RANGES = {"DescribeInstances.MaxResults": (5, 1000)}
NAME = r"(?!internal-)[A-Za-z0-9](?:[A-Za-z0-9-]{0,30}[A-Za-z0-9])?"
TEXTS = {"CreateLoadBalancer.Name": NAME, "CreateTargetGroup.Name": NAME, "CreateSecurityGroup.Description": r"[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}",
         "CreateSecurityGroup.GroupName": r"(?!sg-)[A-Za-z0-9 ._\-:/()#,@\[\]+=&;{}!$*]{1,255}"}
PATTERNS = {r"\p{L}": r"\w", r"\p{Z}": r"\s", r"\p{N}": r"\d", r"\uD800\uDC00-\uDBFF\uDFFF": "\U00010000-\U0010ffff"}  # Java's, in Python's terms
models = {}


class Refused(Exception):
    def __init__(self, code, message):
        super().__init__(f"{code}: {message}")
        self.code, self.message = code, message


def model_of(service):
    if service not in models:
        models[service] = botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model(NAMES[service], "service-2"))
    return models[service]


class Check:
    """One request. EC2 has error codes of its own, and spells lists without a `member` between their name and the number."""

    def __init__(self, service, params):
        self.ec2, self.model, self.params = service == "ec2", model_of(service), params

    def refuse(self, path, value, constraint):
        if self.ec2:
            raise Refused("InvalidParameterValue", f"Value ({value}) for parameter {path} is invalid. {constraint}")
        raise Refused("ValidationError", f"1 validation error detected: Value '{value}' at '{path}' failed to satisfy constraint: {constraint}")

    def unknown(self, path):
        raise Refused("UnknownParameter", f"The parameter {path} is not recognized") if self.ec2 else Refused("ValidationError", f"{path} is no parameter")

    def missing(self, path):
        if self.ec2:
            raise Refused("MissingParameter", f"The request must contain the parameter {path}")
        self.refuse(path, "null", "Member must not be null")

    def run(self):
        rest = dict(self.params)
        self.action, version = rest.pop("Action", ""), rest.pop("Version", "")
        if self.action not in self.model.operation_names or version != self.model.api_version:
            raise Refused("InvalidAction", f"The action {self.action} is not valid for this web service, of version {version}")
        tree = {}
        for name, value in rest.items():
            at, parts = tree, name.split(".")
            for part in parts[:-1]:
                at = at.setdefault(part, {})
                if not isinstance(at, dict):
                    self.unknown(name)
            at[parts[-1]] = value
        shape = self.model.operation_model(self.action).input_shape
        if shape is None:
            return [self.unknown(name) for name in rest]
        return self.value(shape, tree, "", self.action)

    def wire_name(self, name, shape):
        if not self.ec2:
            return shape.serialization.get("name", name)
        said = shape.serialization.get("queryName")
        return said or (lambda n: n[0].upper() + n[1:])(shape.serialization.get("name", name))

    def value(self, shape, value, path, about):
        """about: where it stands in the model, for the limits."""
        kind = {"structure": self.structure, "list": self.list}.get(shape.type_name, self.scalar)
        if (kind == self.scalar) == isinstance(value, dict):
            self.unknown(path if not isinstance(value, dict) else f"{path}.{next(iter(value))}")
        kind(shape, value, path, about)

    def structure(self, shape, tree, path, about):
        members = {self.wire_name(n, s): (n, s) for n, s in shape.members.items()}
        for name, value in tree.items():
            here = f"{path}.{name}" if path else name
            if name not in members:
                self.unknown(here)
            self.value(members[name][1], value, here, f"{about}.{members[name][0]}")
        there = {members[name][0] for name in tree}
        for name in shape.required_members:
            if name not in there:
                self.missing(f"{path}.{name}" if path else name)

    def list(self, shape, tree, path, about):
        if not self.ec2 and not shape.serialization.get("flattened"):
            member = shape.member.serialization.get("name", "member")
            if set(tree) != {member} or not isinstance(tree[member], dict):
                self.unknown(f"{path}.{next(k for k in tree if k != member or not isinstance(tree[k], dict))}")
            tree, path = tree[member], f"{path}.{member}"
        for n, number in enumerate(sorted(tree, key=lambda k: int(k) if k.isdecimal() else 0), 1):
            if number != str(n):
                self.unknown(f"{path}.{number}")
            self.value(shape.member, tree[number], f"{path}.{n}", about)
        self.range(shape, len(tree), path, f"{len(tree)} items", LISTS_MAX.get(about))
        if self.ec2 and shape.member.name == "Filter" and sum(len(f.get("Value", {})) for f in tree.values()) > FILTER_VALUES_MAX:
            raise Refused("FilterLimitExceeded", f"The maximum number of filter values specified on a single call is {FILTER_VALUES_MAX}")

    def range(self, shape, number, path, value, limit=None):
        low, high = shape.metadata.get("min"), shape.metadata.get("max", limit)
        if (low is not None and number < low) or (high is not None and number > high):
            self.refuse(path, value, f"Member must be from {low} to {high}")

    def scalar(self, shape, value, path, about):
        kind, facts = shape.type_name, shape.metadata
        if kind in ("integer", "long"):
            if not re.fullmatch(r"-?\d+", value):
                self.refuse(path, value, "Member must be a number")
            self.range(shape, int(value), path, value)
            low, high = RANGES.get(about, (int(value),) * 2)
            if not low <= int(value) <= high:
                self.refuse(path, value, f"Member must be from {low} to {high}")
        elif kind == "boolean" and value not in ("true", "false"):
            self.refuse(path, value, "Member must be true or false")
        elif kind == "string":
            self.range(shape, len(value), path, value)
            if "enum" in facts and value not in facts["enum"]:
                self.refuse(path, value, f"Member must satisfy enum value set: {facts['enum']}")
            pattern = TEXTS.get(about, facts.get("pattern", ""))
            for java, python in PATTERNS.items():
                pattern = pattern.replace(java, python)
            if pattern and not re.fullmatch(pattern, value):
                self.refuse(path, value, f"Member must satisfy regular expression pattern: {pattern}")


def check(service, params):
    """Raises Refused for what the service would not take."""
    Check(service, params).run()
