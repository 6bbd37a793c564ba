# SPDX-License-Identifier: Apache-2.0
"""Compute Engine's resources and operations, kept in a file, so that the fake may be killed and started again. A change is an operation: the answer comes
at once, what it does comes when the operation is done. Until then the thing cannot be used or changed (resourceNotReady), its name is taken, and of half of
the names a GET does not find it yet."""
import copy
import hashlib
import ipaddress
import json
import os
import re
import time
import uuid
import zlib

from .fields import FIELDS, INSTANCES, NEEDED, Refused, check, invalid

FOREVER = 1e12
KEPT_OPERATIONS = 50
GROUP_MAX = 1000  # instances in an instance group
PLAIN_MAX = 250  # back ends that an internal backend service distributes to without subsetting
LINK = "https://www.googleapis.com/compute/v1/"
SCOPE = {"instances": "zones", "instanceGroups": "zones", "networks": "global", "firewalls": "global", "routes": "global", "subnetworks": "regions",
         "healthChecks": "regions", "backendServices": "regions", "forwardingRules": "regions", "addresses": "regions"}
KIND = {"instances": "instance", "instanceGroups": "instanceGroup", "networks": "network", "firewalls": "firewall", "routes": "route", "subnetworks": "subnetwork",
        "healthChecks": "healthCheck", "backendServices": "backendService", "forwardingRules": "forwardingRule", "addresses": "address", "zones": "zone", "regions": "region", "projects": "project"}
PATCHABLE = {"healthChecks", "backendServices", "firewalls", "forwardingRules"}
FINGERPRINTED = {"backendServices", "forwardingRules"}
# What a resource refers to: field, and of which collection.
REFERENCES = {
    "backendServices": [("healthChecks", "healthChecks"), ("backends", "instanceGroups"), ("network", "networks")],
    "forwardingRules": [("backendService", "backendServices"), ("network", "networks"), ("subnetwork", "subnetworks")],
    "addresses": [("subnetwork", "subnetworks")],
    "firewalls": [("network", "networks")],
    "routes": [("network", "networks"), ("nextHopInstance", "instances")],
    "instanceGroups": [("network", "networks")],
}


def path_of(link):
    """projects/… of a full or a partial link."""
    path = re.sub(r"^https?://[^/]+/compute/v1/", "", link)
    if not path.startswith("projects/"):
        raise invalid(f"Invalid value: '{link}'. The URL is malformed.")
    return path


def bare(address):
    """Without a prefix length, to be compared."""
    return ipaddress.ip_address(address.split("/")[0])


def long_form(number):
    """An IPv6 address with all its zeros, as Google writes it."""
    return ":".join(f"{int(part, 16):x}" for part in ipaddress.IPv6Address(number).exploded.split(":"))


def links_in(value, field):
    held = value.get(field)
    if held is None:
        return []
    if isinstance(held, list):
        return [item["group"] if isinstance(item, dict) else item for item in held]
    return [held]


def subsetted(service):
    return service.get("subsetting", {}).get("policy", "NONE") != "NONE"


def not_found(path):
    return Refused(404, "notFound", f"The resource '{path}' was not found")


class Compute:
    def __init__(self, file, delay_s):
        self.file, self.delay_first_s = file, delay_s
        self.reset()
        if os.path.exists(file):
            with open(file, encoding="utf-8") as f:
                self.keep(f.read())

    def reset(self):
        self.delay_s = self.delay_first_s
        self.wait_max_s = 120
        self.page_max = 500
        self.refuse_release = False  # addresses in use cannot be deleted
        self.operation_errors = []  # for the next changes: (pattern, code)
        self.resources, self.operations, self.requests, self.members = {}, {}, {}, {}
        self.next_id = 1

    def kept(self):
        """All that is there, as text."""
        return json.dumps([self.resources, self.operations, self.requests, self.members, self.next_id])

    def keep(self, text):
        self.resources, self.operations, self.requests, self.members, self.next_id = json.loads(text)

    def save(self):
        with open(self.file + ".new", "w", encoding="utf-8") as f:
            f.write(self.kept())
        os.rename(self.file + ".new", self.file)

    def hold(self):
        """What goes on now goes on until release()."""
        for op in self.operations.values():
            if op["status"] != "DONE":
                op["done_at"] = FOREVER

    def release(self):
        for op in self.operations.values():
            if op["done_at"] == FOREVER:
                op["done_at"] = 0
        self.settle()

    # What is there

    def settle(self):
        """Does what operations that are over have done."""
        now, done = time.time(), 0
        for op in sorted(self.operations.values(), key=lambda o: o["id"]):
            if op["status"] == "DONE" or op["done_at"] > now:
                continue
            op["status"], done = "DONE", done + 1
            path, effect = op["path"], op["effect"]
            if op.get("error"):
                if effect == "insert":
                    self.resources.pop(path, None)
                elif path in self.resources:
                    self.resources[path]["_busy"] = False
            elif effect == "delete":
                self.resources.pop(path, None)
                self.members.pop(path, None)
            elif path in self.resources:
                self.resources[path] = {**op["value"], "_busy": False}
                if op["members"] is not None:
                    self.members[path] = op["members"]
        if done:
            self.forget()
            self.save()

    def forget(self):
        """The operations that were done long ago, as Google does."""
        done = [path for path, op in self.operations.items() if op["status"] == "DONE"]
        for path in done[:-KEPT_OPERATIONS]:
            del self.operations[path]
        self.requests = {k: v for k, v in self.requests.items() if v[1] in self.operations}

    def seen(self, path):
        item = self.resources.get(path)
        if item is None or (item.get("_new") and item["_busy"] and zlib.crc32(path.encode()) % 2):
            raise not_found(path)
        return item

    def usable(self, link, collection):
        path = path_of(link)
        if path.split("/")[-2] != collection:
            raise invalid(f"'{link}' is no {collection}")
        item = self.resources.get(path)
        if item is None:
            raise not_found(path)
        if item["_busy"]:
            raise Refused(400, "resourceNotReady", f"The resource '{path}' is not ready")
        return item

    def users(self, path):
        """Who refers to it."""
        found = []
        for user, item in self.resources.items():
            for field, _ in REFERENCES.get(user.split("/")[-2], []):
                if any(path_of(link) == path for link in links_in(item, field)):
                    found.append(user)
        return found

    def shown(self, path, item):
        out = {k: v for k, v in item.items() if not k.startswith("_")}
        if path.split("/")[-2] == "addresses":
            out["users"] = [LINK + p for p, r in self.resources.items() if "/forwardingRules/" in p and r.get("IPAddress") and bare(r["IPAddress"]) == bare(item["address"])]
            out["status"] = "IN_USE" if out["users"] else "RESERVED"
        if path.split("/")[-2] == "instanceGroups":
            out["size"] = len(self.members.get(path, []))
        return out

    def put(self, path, value):
        """A thing that stands there at once: for tests."""
        self.resources[path] = {**self.stamped(path, value), "_busy": False}

    def stamped(self, path, value):
        collection, parts = path.split("/")[-2], path.split("/")
        out = {**value, "kind": "compute#" + KIND[collection], "id": str(self.next_id), "name": parts[-1], "selfLink": LINK + path,
               "creationTimestamp": "2026-01-01T00:00:00.000-07:00"}
        self.next_id += 1
        if len(parts) > 4 and parts[2] in ("zones", "regions"):
            out[parts[2][:-1]] = LINK + "/".join(parts[:4])
        return self.printed(collection, out)

    def printed(self, collection, value):
        if collection in FINGERPRINTED:
            kept = {k: v for k, v in value.items() if k != "fingerprint" and not k.startswith("_")}
            value["fingerprint"] = hashlib.sha256(json.dumps(kept, sort_keys=True).encode()).hexdigest()[:12] + "="
        return value

    # Reading

    def get(self, path):
        return self.shown(path, self.seen(path))

    def list(self, parent, query):
        collection = parent.split("/")[-1]
        prefix = parent + "/"
        found = []
        for path in sorted(self.resources):
            if path.startswith(prefix) and "/" not in path[len(prefix):]:
                try:
                    found.append(self.shown(path, self.seen(path)))
                except Refused:
                    continue
        page, token = self.page([i for i in found if self.matches(i, query)], query)
        return {"kind": f"compute#{KIND[collection]}List", "id": parent, "items": page, **token} if page else {"kind": f"compute#{KIND[collection]}List", "id": parent, **token}

    def aggregated(self, project, collection, query):
        scope = SCOPE[collection]
        found = []
        for path in sorted(self.resources):
            parts = path.split("/")
            if parts[:2] == project.split("/") and len(parts) == 6 and parts[2] == scope and parts[4] == collection:
                found.append(("/".join(parts[2:4]), self.shown(path, self.resources[path])))
        page, token = self.page([f for f in found if self.matches(f[1], query)], query)
        items = {}
        for path in self.resources:  # places without anything say so
            parts = path.split("/")
            if len(parts) == 4 and parts[2] == scope and parts[1] == project.split("/")[1]:
                items["/".join(parts[2:])] = {"warning": {"code": "NO_RESULTS_ON_PAGE", "message": "no results"}}
        for place, item in page:
            if "warning" in items.get(place, {"warning": 1}):
                items[place] = {collection: []}
            items[place][collection].append(item)
        return {"kind": f"compute#{KIND[collection]}AggregatedList", "items": items, **token}

    def page(self, found, query):
        size = query.get("maxResults", "500")
        if not re.fullmatch(r"\d+", size) or int(size) > 500:
            raise invalid(f"Invalid value for field 'maxResults': '{size}'")
        size = min(int(size), self.page_max)
        start = int(query.get("pageToken", "0"))
        token = {"nextPageToken": str(start + size)} if start + size < len(found) else {}
        return found[start:start + size], token

    @staticmethod
    def matches(item, query):
        text = query.get("filter")
        if not text:
            return True
        if len(text) > 8192:
            raise invalid("filter is too long")
        for term in text.split(" OR "):
            m = re.fullmatch(r"\(?(\w+) (=|:|eq) \"?([-a-z0-9.*]+)\"?\)?", term)
            if not m:
                raise invalid(f"Invalid value for field 'filter': '{text}'.")
            pattern = re.escape(m[3]).replace(r"\*", ".*") if m[2] != "eq" else m[3]
            if re.fullmatch(pattern, str(item.get(m[1], ""))):
                return True
        return False

    # Changing

    def operation(self, path, effect, value, members, request):
        name = f"operation-{int(time.time() * 1000)}-{self.next_id}-{uuid.uuid4().hex[:8]}"
        parts = path.split("/")
        where = "/".join(parts[:3]) if parts[2] == "global" else "/".join(parts[:4])
        error = next((e for e in self.operation_errors if re.search(e[0], f"{effect} {path}")), None)
        clash = value.pop("_clash", None) if value else None
        op = {"name": name, "id": self.next_id, "where": where, "path": path, "effect": effect, "value": value, "members": members, "status": "RUNNING",
              "done_at": time.time() + self.delay_s}
        if error:
            self.operation_errors.remove(error)
            op["error"] = error[1]
        if clash:
            op["error"], op["said"] = "INSTANCE_IN_MULTIPLE_LOAD_BALANCED_IGS", clash
        self.next_id += 1
        self.operations[f"{where}/operations/{name}"] = op
        if path in self.resources:
            self.resources[path]["_busy"] = True
        if request["id"]:
            self.requests[request["id"]] = [request["print"], f"{where}/operations/{name}"]
        self.save()
        return self.shown_operation(op)

    def shown_operation(self, op):
        out = {"kind": "compute#operation", "id": str(op["id"]), "name": op["name"], "operationType": op["effect"], "targetLink": LINK + op["path"], "status": op["status"],
               "progress": 100 if op["status"] == "DONE" else 0, "selfLink": f"{LINK}{op['where']}/operations/{op['name']}"}
        parts = op["where"].split("/")
        if parts[2] != "global":
            out[parts[2][:-1]] = LINK + op["where"]
        if op.get("error") and op["status"] == "DONE":
            out["error"] = {"errors": [{"code": op["error"], "message": op.get("said", f"{op['error']} happened to {op['path']}")}]}
            out["httpErrorStatusCode"], out["httpErrorMessage"] = (400, "BAD REQUEST") if "said" in op else (403, "FORBIDDEN")
        return out

    def repeated(self, request):
        """The operation of a request that was made before under this requestId."""
        if not request["id"]:
            return None
        try:
            if str(uuid.UUID(request["id"])) != request["id"] or uuid.UUID(request["id"]).int == 0:
                raise ValueError
        except ValueError:
            raise invalid(f"Invalid value for field 'requestId': '{request['id']}'") from None
        known = self.requests.get(request["id"])
        if known and known[0] != request["print"]:
            raise invalid("requestId was used for another request")
        return self.shown_operation(self.operations[known[1]]) if known else None

    def changeable(self, path):
        item = self.seen(path)
        if item["_busy"]:
            raise Refused(400, "resourceNotReady", f"The resource '{path}' is not ready")
        return item

    def insert(self, parent, body, request):
        collection = parent.split("/")[-1]
        if collection not in FIELDS:
            raise Refused(403, "forbidden", f"{collection} cannot be made here")
        check(body, FIELDS[collection], "resource")
        for field in NEEDED[collection]:
            if field not in body:
                raise Refused(400, "required", f"Required field '{field}' not specified")
        path = f"{parent}/{body['name']}"
        if path in self.resources:
            raise Refused(409, "alreadyExists", f"The resource '{path}' already exists")
        self.parent_exists(parent)
        value = self.completed(path, collection, copy.deepcopy(body))
        self.resources[path] = {**self.stamped(path, value), "_busy": True, "_new": True}
        value = {k: v for k, v in self.resources[path].items() if k not in ("_busy", "_new")}
        return self.operation(path, "insert", value, [] if collection == "instanceGroups" else None, request)

    def parent_exists(self, parent):
        parts = parent.split("/")
        if parts[2] in ("zones", "regions") and "/".join(parts[:4]) not in self.resources:
            raise invalid(f"Invalid value for field '{parts[2][:-1]}': '{parts[3]}'. Unknown {parts[2][:-1]}.")

    def delete(self, path, request):
        self.changeable(path)
        if path.split("/")[-2] not in FIELDS:
            raise Refused(403, "forbidden", "cannot be deleted here")
        users = self.users(path)
        if users:
            raise Refused(400, "resourceInUseByAnotherResource", f"The {path.split('/')[-2][:-1]} resource '{path}' is already being used by '{users[0]}'")
        if self.refuse_release and "/addresses/" in path and self.shown(path, self.resources[path])["users"]:
            raise Refused(400, "resourceInUseByAnotherResource", f"The address resource '{path}' is already being used")
        return self.operation(path, "delete", None, None, request)

    def patch(self, path, body, request, whole):
        collection = path.split("/")[-2]
        old = self.changeable(path)
        if collection not in PATCHABLE or (whole and collection == "forwardingRules"):
            raise Refused(405, "httpMethodNotAllowed", f"{collection} cannot be changed")
        check(body, FIELDS[collection], "resource")
        if collection in FINGERPRINTED and body.get("fingerprint") != old["fingerprint"]:
            if "fingerprint" not in body:
                raise Refused(400, "required", "Required field 'fingerprint' not specified")
            raise Refused(412, "conditionNotMet", "Supplied fingerprint does not match current metadata fingerprint.")
        fixed = {k: v for k, v in old.items() if k in ("id", "name", "selfLink", "creationTimestamp", "kind", "region", "zone")}
        value = {**({} if whole else {k: v for k, v in old.items() if not k.startswith("_")}), **copy.deepcopy(body), **fixed}
        if collection == "forwardingRules" and set(body) - {"fingerprint", "allowGlobalAccess", "networkTier", "name"}:
            raise invalid("only allowGlobalAccess can be changed")
        if collection == "backendServices":
            for field in ("loadBalancingScheme", "network", "protocol"):
                if value.get(field) != old.get(field):
                    raise invalid(f"'{field}' cannot be changed")
        value = self.printed(collection, self.completed(path, collection, value))
        return self.operation(path, "set", value, None, request)

    def change_members(self, path, body, request, add):
        self.changeable(path)
        check(body, INSTANCES, "resource")
        if not body.get("instances"):
            raise Refused(400, "required", "Required field 'instances' not specified")
        members = list(self.members.get(path, []))
        for given in body["instances"]:
            instance = path_of(given["instance"])
            if instance.split("/")[3] != path.split("/")[3]:
                raise invalid(f"'{instance}' is in another zone than the group")
            if add:
                self.usable(given["instance"], "instances")
                if instance in members:
                    raise Refused(400, "memberAlreadyExists", f"'{instance}' is already a member of '{path}'")
                self.check_subnetwork(members, instance)
                members.append(instance)
            elif instance in members:
                members.remove(instance)
            else:
                raise Refused(400, "memberNotFound", f"'{instance}' is not a member of '{path}'")
        if len(members) > GROUP_MAX:
            raise Refused(403, "limitExceeded", f"Exceeded limit 'INSTANCES_PER_INSTANCE_GROUP' on resource '{path}'. Limit: {GROUP_MAX}")
        clash = self.elsewhere(path, members) if self.is_balanced(path) else None
        if clash:
            raise Refused(400, "instanceInMultipleLoadBalancedIgs", clash)
        value = {k: v for k, v in self.resources[path].items() if k not in ("_busy", "_new")}
        return self.operation(path, "set", value, members, request)

    def check_subnetwork(self, members, instance):
        of = lambda path: (self.resources.get(path, {}).get("networkInterfaces") or [{}])[0].get("subnetwork")
        first = next((m for m in members if m in self.resources), instance)
        if of(first) != of(instance):
            raise Refused(400, "wrongSubnetwork", f"Resource '{instance}' is expected to be in the subnetwork '{of(first)}' but is in the subnetwork '{of(instance)}'.")

    def left_out(self):
        """Of backend services that get more instances than Google distributes to."""
        for path, service in self.resources.items():
            if "/backendServices/" in path and service["loadBalancingScheme"] == "INTERNAL" and not subsetted(service):
                count = sum(len(self.members.get(path_of(b["group"]), [])) for b in service.get("backends", []))
                if count > PLAIN_MAX:
                    yield f"{path}: {count} instances, and Google distributes to {PLAIN_MAX}"

    def is_balanced(self, group):
        return any("/backendServices/" in user for user in self.users(group))

    def elsewhere(self, group, members):
        """What is wrong if one of them is in another load-balanced group."""
        others = {m for other, held in self.members.items() if other != group and other in self.resources and self.is_balanced(other) for m in held}
        bad = next((m for m in members if m in others), None)
        return f"Validation failed for instance '{bad}': instance may belong to at most one load-balanced instance group." if bad else None

    def list_members(self, path, query):
        self.seen(path)
        alive = [m for m in self.members.get(path, []) if m in self.resources]
        page, token = self.page(alive, query)
        out = {"kind": "compute#instanceGroupsListInstances", "id": path, **token}
        if page:
            out["items"] = [{"instance": LINK + m, "status": self.resources[m].get("status", "RUNNING")} for m in page]
        return out

    # What Google fills in and holds to

    def completed(self, path, collection, value):
        for field, kind in REFERENCES.get(collection, []):
            for link in links_in(value, field):
                self.usable(link, kind)
        rule = getattr(self, f"complete_{collection}", None)
        if rule:
            rule(path, value)
        return value

    def complete_healthChecks(self, path, value):
        for field, default in (("checkIntervalSec", 5), ("timeoutSec", 5), ("healthyThreshold", 2), ("unhealthyThreshold", 2)):
            value.setdefault(field, default)
        if value["timeoutSec"] > value["checkIntervalSec"]:
            raise invalid("timeoutSec is greater than checkIntervalSec")
        if value["type"] == "HTTP":
            if "httpHealthCheck" not in value:
                raise invalid("no httpHealthCheck")
            value["httpHealthCheck"].setdefault("requestPath", "/")
            value["httpHealthCheck"].setdefault("proxyHeader", "NONE")

    def complete_backendServices(self, path, value):
        if len(value["healthChecks"]) != 1:
            raise invalid("exactly one health check is needed")
        if value["protocol"] not in ("TCP", "UDP", "UNSPECIFIED") or value["loadBalancingScheme"] not in ("EXTERNAL", "INTERNAL"):
            raise invalid("not a passthrough load balancer")
        if subsetted(value) and (value["loadBalancingScheme"] != "INTERNAL" or value.get("sessionAffinity", "NONE") != "NONE"):
            raise invalid("Invalid value for field 'resource.subsetting': it is for internal backend services without session affinity")
        region = path.split("/")[3]
        for backend in value.get("backends", []):
            if not path_of(backend["group"]).split("/")[3].startswith(region + "-"):
                raise invalid(f"'{backend['group']}' is in another region")
            if backend.setdefault("balancingMode", "CONNECTION") != "CONNECTION":
                raise invalid("balancingMode must be CONNECTION")
            backend["kind"] = "compute#backend"
        groups = [path_of(b["group"]) for b in value.get("backends", [])]
        clash = next(filter(None, (self.elsewhere(group, self.members.get(group, [])) for group in groups)), None)
        if clash:
            value["_clash"] = clash
        if len(set(groups)) != len(groups):
            raise invalid("a group stands there twice")
        for backend in value.get("backends", []):
            backend.pop("kind")
        value.setdefault("sessionAffinity", "NONE")
        value.setdefault("timeoutSec", 30)
        value.setdefault("connectionDraining", {"drainingTimeoutSec": 0})

    @staticmethod
    def one_family(value, field):
        """Google takes no rule for both families."""
        families = {ipaddress.ip_network(r).version for r in value.get(field, [])}
        if len(families) > 1:
            raise invalid(f"Invalid value for field 'resource.{field}': IPv4 and IPv6 ranges cannot stand in one rule")
        return families

    def complete_firewalls(self, path, value):
        if not value.get("allowed") and not value.get("denied"):
            raise invalid("neither allowed nor denied")
        value.setdefault("direction", "INGRESS")
        value.setdefault("priority", 1000)
        value.setdefault("disabled", False)
        if value["direction"] == "INGRESS" and not value.get("sourceTags"):
            value.setdefault("sourceRanges", ["0.0.0.0/0"])
        families = self.one_family(value, "sourceRanges") | self.one_family(value, "destinationRanges")
        if len(families) > 1:
            raise invalid("source and destination ranges must be of one family")

    def complete_routes(self, path, value):
        hops = [f for f in ("nextHopInstance", "nextHopIp", "nextHopGateway") if f in value]
        if len(hops) != 1:
            raise invalid("exactly one next hop is needed")

    def holder(self, address, region):
        """The address resource that reserves it."""
        return next((p for p, a in self.resources.items() if "/addresses/" in p and bare(a["address"]) == bare(address) and p.split("/")[3] == region), None)

    def reserved(self, path, address):
        """The reservation that a forwarding rule takes its address from."""
        held = self.holder(address, path.split("/")[3]) if isinstance(address, str) and re.fullmatch(r"[0-9a-f:./]+", address) else None
        return self.resources[held] if held else None

    def rule_with(self, address):
        return next((p for p, r in self.resources.items() if "/forwardingRules/" in p and r.get("IPAddress") and bare(r["IPAddress"]) == bare(address)), None)

    def v6_subnetwork(self, value, internal):
        """Where an IPv6 address comes from: the range of the subnetwork, which must be of the right access type."""
        if "subnetwork" not in value:
            raise Refused(400, "required", "Required field 'subnetwork' not specified: IPv6 needs one")
        subnetwork = self.resources[path_of(value["subnetwork"])]
        if subnetwork.get("stackType") not in ("IPV4_IPV6", "IPV6_ONLY") or subnetwork.get("ipv6AccessType") != ("INTERNAL" if internal else "EXTERNAL"):
            raise invalid(f"Invalid value for field 'resource.subnetwork': '{value['subnetwork']}'. The subnetwork does not have the IPv6 access type.")
        if not internal and value.get("networkTier", "PREMIUM") != "PREMIUM":
            raise invalid("IPv6 is of the PREMIUM tier only")
        return ipaddress.ip_network(subnetwork["ipv6CidrRange"])

    def free_address(self, value, internal):
        if value.get("ipVersion") == "IPV6":
            candidates = (long_form(int(self.v6_subnetwork(value, internal)[0]) + (0x80000000 + i << 32)) for i in range(1, 1000))
        else:
            network = ipaddress.ip_network(self.resources[path_of(value["subnetwork"])]["ipCidrRange"] if internal else "203.0.113.0/24")
            candidates = (str(a) for a in list(network.hosts())[20:])
        taken = {bare(a) for r in self.resources.values() for a in (r.get("IPAddress"), r.get("address")) if a}
        for address in candidates:
            if bare(address) not in taken:
                return address
        raise Refused(403, "quotaExceeded", "no address left")

    def complete_addresses(self, path, value):
        if value.get("address"):
            self.promote(path, value)
            return
        internal, v6 = value.setdefault("addressType", "EXTERNAL") == "INTERNAL", value.setdefault("ipVersion", "IPV4") == "IPV6"
        self.of_type(value, internal)
        if v6:
            self.v6_subnetwork(value, internal)
            if (value.get("ipv6EndpointType") == "NETLB") == internal:
                raise invalid("a new external IPv6 address for a load balancer has ipv6EndpointType NETLB")
            value["prefixLength"] = 96
        elif not internal and {"subnetwork", "prefixLength", "ipv6EndpointType"} & set(value):
            raise invalid("not for an external IPv4 address")
        value["address"] = self.free_address(value, internal)

    @staticmethod
    def of_type(value, internal):
        if internal and "subnetwork" not in value:
            raise Refused(400, "required", "Required field 'subnetwork' not specified")
        if internal and "networkTier" in value:
            raise invalid("an internal address has no tier")
        if not internal:
            value.setdefault("networkTier", "PREMIUM")

    def promote(self, path, value):
        """An address that is in use, or one of a subnetwork, becomes a reservation. Of IPv6 Google takes the length, and neither version nor endpoint type; of
        an external one no subnetwork."""
        region, given = path.split("/")[3], value["address"]
        internal, v6 = value.setdefault("addressType", "EXTERNAL") == "INTERNAL", ":" in given
        self.of_type(value, internal)
        if "/" in given or {"ipVersion", "ipv6EndpointType"} & set(value) or (value.get("prefixLength") == 96) != v6 or (not internal and "subnetwork" in value):
            raise invalid(f"Invalid value for field 'resource.address': '{given}'")
        if self.holder(given, region):
            raise Refused(409, "alreadyExists", f"{given} is reserved already") if internal else \
                Refused(412, "conditionNotMet", f"{given} is reserved already") if v6 else invalid(f"{given} is reserved already")
        rule = self.resources.get(self.rule_with(given) or "")
        if not internal and not rule:
            raise invalid(f"{given} is not in use by this project")
        if not internal and rule.get("networkTier") != value["networkTier"]:
            raise invalid("the tier is not that of the address")
        if v6 and not internal:
            value.update(subnetwork=rule["subnetwork"], ipv6EndpointType="NETLB")
        value["ipVersion"] = "IPV6" if v6 else "IPV4"
        if internal:
            subnetwork = self.resources[path_of(value["subnetwork"])]
            if ipaddress.ip_address(given) not in (self.v6_subnetwork(value, True) if v6 else ipaddress.ip_network(subnetwork["ipCidrRange"])):
                raise invalid(f"{given} is not in the subnetwork")
        value["address"] = str(ipaddress.ip_address(given))

    def complete_forwardingRules(self, path, value):
        service = self.resources[path_of(value["backendService"])]
        scheme, protocol = value["loadBalancingScheme"], value["IPProtocol"]
        if scheme != service["loadBalancingScheme"]:
            raise invalid("the backend service has another loadBalancingScheme")
        if service["protocol"] not in (("UNSPECIFIED",) if protocol == "L3_DEFAULT" else (protocol, "UNSPECIFIED")):
            raise invalid(f"IPProtocol {protocol} does not go with the backend service's {service['protocol']}")
        ways = [f for f in ("ports", "portRange", "allPorts") if value.get(f)]
        if len(ways) != 1 or (protocol == "L3_DEFAULT" and ways != ["allPorts"]):
            raise invalid(f"one of ports, portRange, allPorts is needed: {ways}")
        if len(value.get("ports", [])) > 5 or any("-" in p for p in value.get("ports", [])):
            raise invalid("at most five single ports")
        region, v6 = path.split("/")[3], value.setdefault("ipVersion", "IPV4") == "IPV6"
        if v6:
            self.v6_subnetwork(value, scheme == "INTERNAL")
        if scheme == "INTERNAL":
            if "subnetwork" not in value or "portRange" in value or "networkTier" in value:
                raise invalid("an internal rule needs a subnetwork, and neither portRange nor a tier")
        else:
            if value.get("allowGlobalAccess") or ("subnetwork" in value and not v6) or "network" in value:
                raise invalid("not for an external rule")
            value.setdefault("networkTier", "PREMIUM")
        given = value.get("IPAddress")
        if given and not re.fullmatch(r"[0-9a-f:.]+(/96)?", given):
            given = self.usable(given, "addresses")["address"]
        kept = given and given == self.resources.get(path, {}).get("IPAddress")
        if given and not kept and ((":" in given) != v6 or ("/96" in given) != (v6 and scheme == "EXTERNAL")):
            raise invalid(f"Invalid value for field 'resource.IPAddress': '{given}'. The IP version is another one, or an external IPv6 range is no /96.")
        if not given:
            value["IPAddress"] = self.free_address(value, scheme == "INTERNAL") + ("/96" if v6 else "")
        else:
            holder = self.holder(given, region)
            other = self.rule_with(given)
            if other and other != path:
                raise Refused(400, "resourceInUseByAnotherResource", f"{given} is in use by {other}")
            if holder and self.resources[holder]["_busy"]:
                raise Refused(400, "resourceNotReady", f"The resource '{holder}' is not ready")
            if not holder and scheme == "EXTERNAL" and other != path:
                raise invalid(f"Invalid value for field 'resource.IPAddress': '{given}'. The address is not reserved.")
            if holder and (self.resources[holder]["addressType"] != scheme or (scheme == "EXTERNAL" and self.resources[holder]["networkTier"] != value["networkTier"])):
                raise invalid("the address is of another type or tier")
            if holder and self.resources[holder].get("ipVersion", "IPV4") != value["ipVersion"]:
                raise invalid("the address is of another version")
            value["IPAddress"] = long_form(int(bare(given))) + "/96" if v6 else given
        if value.get("portRange") and "-" not in value["portRange"]:
            value["portRange"] = f"{value['portRange']}-{value['portRange']}"
        if not v6:
            del value["ipVersion"]  # it may be left out
