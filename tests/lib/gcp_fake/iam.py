# SPDX-License-Identifier: Apache-2.0
"""Which permissions of IAM a request to Compute Engine needs."""
NAMES = {"backendServices": "regionBackendServices", "healthChecks": "regionHealthChecks"}
VERBS = {"POST": "create", "PATCH": "update", "PUT": "update", "DELETE": "delete"}
# What is needed besides, for a change to a thing of this collection.
BESIDES = {
    "firewalls": ["networks.updatePolicy"],
    "routes": ["networks.updatePolicy"],
}
# What a body refers to: field, and the permission to use that.
USES = {
    "backendServices": [("backends", "instanceGroups.use"), ("healthChecks", "regionHealthChecks.useReadOnly")],
    "forwardingRules": [("backendService", "regionBackendServices.use"), ("subnetwork", "subnetworks.use")],
    "addresses": [("subnetwork", "subnetworks.use")],
    "routes": [("nextHopInstance", "instances.use")],
}


def internal(collection, value):
    """Internal addresses have permissions of their own."""
    return "Internal" if collection == "addresses" and (value or {}).get("addressType") == "INTERNAL" else ""


def needed(method, path, value, held, reserved=None):
    """value: the body, as a dict; held: what stands at the path, if anything; reserved: the address resource that the body takes."""
    parts = path.split("/")
    if "operations" in parts:
        return [f"compute.{parts[2].rstrip('s') if parts[2] != 'global' else 'global'}Operations.get"]
    if parts[-1] in ("addInstances", "removeInstances"):
        return ["compute.instanceGroups.update", "compute.instances.use"]
    if parts[-1] == "listInstances":
        return ["compute.instanceGroups.list"]
    listed = len(parts) % 2 == (1 if parts[2] in ("zones", "regions") else 0)
    collection = parts[-1] if method == "POST" or listed else parts[-2]
    name = NAMES.get(collection, collection)
    if method == "GET":
        return [f"compute.{name}.{'list' if listed else 'get'}"]
    verb = VERBS[method] + internal(collection, held if method == "DELETE" else value)
    found = [f"{name}.{verb}", *BESIDES.get(collection, [])]
    found += [permission for field, permission in USES.get(collection, []) if (value or {}).get(field)]
    if reserved:
        found.append("addresses.use" + internal("addresses", reserved))
    return [f"compute.{permission}" for permission in found]
