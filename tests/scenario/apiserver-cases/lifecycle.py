# SPDX-License-Identifier: Apache-2.0
"""The life of one object of every kind that is stored, as the conformance suite leads it: found by discovery, created (dry first), read in each form, watched,
patched in each way, replaced, its status read and written, deleted as one of a labelled collection."""
from apiserver import refused, wait_for

POD = {"containers": [{"name": "c", "image": "example.com/i:1"}]}
LABELS = {"app": "life"}
TEMPLATE = {"metadata": {"labels": LABELS}, "spec": POD}
JOB = {"template": {"spec": {**POD, "restartPolicy": "Never"}}}
WORKLOAD = {"selector": {"matchLabels": LABELS}, "template": TEMPLATE}
WEBHOOK = {"name": "a.example.com", "clientConfig": {"url": "https://example.com/"}, "sideEffects": "None", "admissionReviewVersions": ["v1"],
           "namespaceSelector": {"matchLabels": {"no": "such"}}, "rules": []}
MATCH = {"resourceRules": [{"apiGroups": ["example.com"], "apiVersions": ["v1"], "operations": ["CREATE"], "resources": ["things"]}]}
MUTATION = {"matchConstraints": MATCH, "reinvocationPolicy": "Never", "failurePolicy": "Ignore",
            "mutations": [{"patchType": "ApplyConfiguration", "applyConfiguration": {"expression": "Object{}"}}]}
DEVICES = {"pool": {"name": "p", "generation": 1, "resourceSliceCount": 1}, "driver": "d.example.com", "nodeName": "n"}
# Kind: what it needs beside its name; two kinds of one name are told apart by their group and version.
OBJECTS = {
    "ConfigMap": {"data": {"a": "b"}},
    "Endpoints": {"subsets": [{"addresses": [{"ip": "10.1.2.3"}], "ports": [{"port": 80}]}]},
    "Event": {"involvedObject": {"namespace": "{ns}", "kind": "Pod", "name": "p"}, "reason": "Tested", "message": "m", "type": "Normal"},
    "events.k8s.io/v1/Event": {"regarding": {"namespace": "{ns}", "kind": "Pod", "name": "p"}, "reason": "Tested", "note": "m", "type": "Normal", "action": "Do",
                               "eventTime": "2026-01-02T03:04:05.000006Z", "reportingController": "example.com/test", "reportingInstance": "t-1"},
    "LimitRange": {"spec": {"limits": [{"type": "PersistentVolumeClaim", "max": {"storage": "1Gi"}}]}},
    "Namespace": {},
    "Node": {},
    "PersistentVolumeClaim": {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}},
    "PersistentVolume": {"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/tmp/x"}}},
    "Pod": {"spec": POD},
    "PodTemplate": {"template": TEMPLATE},
    "ReplicationController": {"spec": {"replicas": 1, "selector": LABELS, "template": TEMPLATE}},
    "ResourceQuota": {"spec": {"hard": {"persistentvolumeclaims": "100"}}},
    "Secret": {"data": {"a": "YQ=="}},
    "ServiceAccount": {},
    "Service": {"spec": {"ports": [{"port": 80}]}},
    "APIService": None,  # its name says its group and version; it would be asked for at once
    "ControllerRevision": {"revision": 1, "data": {"a": "b"}},
    "DaemonSet": {"spec": WORKLOAD},
    "Deployment": {"spec": WORKLOAD},
    "ReplicaSet": {"spec": WORKLOAD},
    "StatefulSet": {"spec": {**WORKLOAD, "serviceName": "s"}},
    "HorizontalPodAutoscaler": {"spec": {"scaleTargetRef": {"kind": "Deployment", "name": "d", "apiVersion": "apps/v1"}, "maxReplicas": 3}},
    "CronJob": {"spec": {"schedule": "*/5 * * * *", "jobTemplate": {"spec": JOB}}},
    "Job": {"spec": JOB},
    "CertificateSigningRequest": None,  # needs a request that was signed: its own case
    "ClusterTrustBundle": None,
    "PodCertificateRequest": None,
    "IngressClass": {"spec": {"controller": "example.com/c"}},
    "Ingress": {"spec": {"defaultBackend": {"service": {"name": "s", "port": {"number": 80}}}}},
    "IPAddress": None,  # named for an address that the server would have given
    "NetworkPolicy": {"spec": {"podSelector": {}}},
    "ServiceCIDR": {"spec": {"cidrs": ["10.77.0.0/24"]}},
    "PodDisruptionBudget": {"spec": {"minAvailable": 1, "selector": {"matchLabels": LABELS}}},
    "ClusterRoleBinding": {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"}, "subjects": [{"kind": "User", "name": "u"}]},
    "ClusterRole": {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]},
    "RoleBinding": {"roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"}, "subjects": [{"kind": "ServiceAccount", "name": "default", "namespace": "{ns}"}]},
    "Role": {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]},
    "CSIDriver": {"spec": {"attachRequired": False}},
    "CSINode": {"spec": {"drivers": []}},
    "CSIStorageCapacity": {"storageClassName": "c", "capacity": "1Gi", "nodeTopology": {}},
    "StorageClass": {"provisioner": "example.com/p"},
    "VolumeAttachment": {"spec": {"attacher": "example.com/a", "nodeName": "n", "source": {"persistentVolumeName": "v"}}},
    "VolumeAttributesClass": {"driverName": "example.com", "parameters": {"a": "b"}},
    "MutatingWebhookConfiguration": {"webhooks": [WEBHOOK]},
    "ValidatingWebhookConfiguration": {"webhooks": [WEBHOOK]},
    "ValidatingAdmissionPolicy": {"spec": {"matchConstraints": MATCH, "validations": [{"expression": "true"}]}},
    "ValidatingAdmissionPolicyBinding": {"spec": {"policyName": "p", "validationActions": ["Deny"]}},
    "MutatingAdmissionPolicy": {"spec": MUTATION},
    "MutatingAdmissionPolicyBinding": {"spec": {"policyName": "p"}},
    "CustomResourceDefinition": None,  # its own case
    "PriorityClass": {"value": 100},
    "PodGroup": None,
    "Workload": None,
    "Lease": {"spec": {"holderIdentity": "h", "leaseDurationSeconds": 10}},
    "LeaseCandidate": {"spec": {"leaseName": "l", "binaryVersion": "1.36.0", "emulationVersion": "1.36.0", "strategy": "OldestEmulationVersion"}},
    "RuntimeClass": {"handler": "runc"},
    "EndpointSlice": {"addressType": "IPv4", "endpoints": [{"addresses": ["10.1.2.3"]}], "ports": [{"port": 80, "name": ""}]},
    "DeviceClass": {"spec": {}},
    "ResourceClaim": {"spec": {}},
    "ResourceClaimTemplate": {"spec": {"spec": {}}},
    "ResourceSlice": {"spec": {**DEVICES, "devices": [{"name": "d"}]}},
    "resource.k8s.io/v1beta1/ResourceSlice": {"spec": {**DEVICES, "devices": [{"name": "d", "basic": {}}]}},
    "DeviceTaintRule": {"spec": {"taint": {"key": "example.com/k", "effect": "NoExecute"}}},
    "ResourcePoolStatusRequest": None,
    "FlowSchema": {"spec": {"priorityLevelConfiguration": {"name": "catch-all"}, "rules": [
        {"subjects": [{"kind": "User", "user": {"name": "nobody"}}], "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["/x"]}]}]}},
    "PriorityLevelConfiguration": {"spec": {"type": "Limited", "limited": {"nominalConcurrencyShares": 2, "limitResponse": {"type": "Reject"}}}},
    "StorageVersion": {"spec": {}},
    "StorageVersionMigration": {"spec": {"resource": {"group": "", "resource": "configmaps"}}},
}


def fill(value, ns):
    if isinstance(value, dict):
        return {k: fill(v, ns) for k, v in value.items()}
    if isinstance(value, list):
        return [fill(v, ns) for v in value]
    return ns if value == "{ns}" else value


def resources(s):
    """(groupVersion, resource) of all that can be created and listed, and the subresources of each."""
    found, subs = [], {}
    versions = ["/api/v1"] + [f"/apis/{v['groupVersion']}" for g in s.admin.get("/apis")["groups"] for v in g["versions"]]
    for path in versions:
        for r in s.admin.get(path)["resources"]:
            if "/" in r["name"]:
                resource, sub = r["name"].split("/", 1)
                subs.setdefault((path, resource), {})[sub] = r
            elif {"create", "list", "watch", "patch", "update"} <= set(r["verbs"]):
                found.append((path, r))
    return [(path, r, subs.get((path, r["name"]), {})) for path, r in found]


def object_of(path, kind, ns):
    version = path.removeprefix("/apis/").removeprefix("/api/")
    wanted = OBJECTS.get(f"{version}/{kind}", OBJECTS[kind])
    return None if wanted is None else {"apiVersion": version, "kind": kind, "metadata": {"name": f"life-{ns}", "labels": LABELS}, **fill(wanted, ns)}


def lead(s, path, r, subs, ns):
    """One life. Names are the namespace's, so that cluster-scoped objects of several runs differ."""
    new = object_of(path, r["kind"], ns)
    if new is None:
        return
    base = f"{path}/namespaces/{ns}/{r['name']}" if r["namespaced"] else f"{path}/{r['name']}"
    one, selector = f"{base}/{new['metadata']['name']}", "?labelSelector=app%3Dlife"
    start = s.admin.get(base)["metadata"]["resourceVersion"]
    watch = s.admin.watch(f"{base}{selector}&watch=1&resourceVersion={start}")
    dry = s.admin.post(base + "?dryRun=All&fieldValidation=Strict", new)
    assert dry["metadata"]["uid"], dry
    refused(404, s.admin.get, one)
    made = s.admin.post(base + "?fieldValidation=Strict", new)
    assert (made["kind"], made["apiVersion"]) == (new["kind"], new["apiVersion"]) and made["metadata"]["creationTimestamp"]
    assert refused(409, s.admin.post, base, new)["reason"] == "AlreadyExists"
    assert s.admin.get(one) == made
    listed = s.admin.get(base + selector)
    assert listed["kind"] == r["kind"] + "List" and [i["metadata"]["name"] for i in listed["items"]] == [new["metadata"]["name"]]
    forms(s, one, base + selector)
    patched = s.admin.patch(one, {"metadata": {"annotations": {"merged": "yes"}}})
    patched = s.admin.patch(one, [{"op": "add", "path": "/metadata/annotations/json", "value": "yes"}, {"op": "test", "path": "/metadata/annotations/merged", "value": "yes"}], "json")
    patched = s.admin.patch(one, {"metadata": {"annotations": {"strategic": "yes"}, "labels": {"more": "yes"}}}, "strategic")
    assert set(patched["metadata"]["annotations"]) >= {"merged", "json", "strategic"} and patched["metadata"]["labels"]["app"] == "life"
    assert patched["metadata"]["uid"] == made["metadata"]["uid"]
    patched["metadata"]["annotations"]["put"] = "yes"
    replaced = s.admin.put(one, patched)
    assert replaced["metadata"]["annotations"]["put"] == "yes"
    patched["metadata"]["annotations"]["put"] = "no"
    assert refused(409, s.admin.put, one, patched)["reason"] == "Conflict"
    status(s, one, subs, replaced)
    types = [wait_for(watch.next)["type"] for _ in range(5)]
    assert types == ["ADDED"] + ["MODIFIED"] * 4, types
    watch.close()
    remove(s, base, one, selector, r)


def forms(s, one, some):
    table = s.admin.get(some, accept="application/json;as=Table;v=v1;g=meta.k8s.io")
    assert table["kind"] == "Table" and len(table["rows"]) == 1, table
    assert len(table["columnDefinitions"]) == len(table["rows"][0]["cells"]) and table["rows"][0]["object"]["kind"] == "PartialObjectMetadata", table
    part = s.admin.get(one, accept="application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io")
    assert part["kind"] == "PartialObjectMetadata" and part["metadata"]["labels"]["app"] == "life", part
    for path in (one, some):
        code, headers, body = s.admin.raw("GET", path, headers={"Accept": "application/vnd.kubernetes.protobuf"})
        assert code == 200 and headers["Content-Type"] == "application/vnd.kubernetes.protobuf" and body[:4] == b"k8s\0", (code, body)


def status(s, one, subs, now):
    if "status" not in subs or "patch" not in subs["status"]["verbs"]:
        return
    got = s.admin.get(one + "/status")
    assert got["metadata"]["uid"] == now["metadata"]["uid"]
    changed = s.admin.patch(one + "/status", {"metadata": {"annotations": {"status": "yes"}}})
    assert changed["metadata"]["annotations"]["status"] == "yes"
    again = s.admin.put(one + "/status", changed)
    assert again["metadata"]["resourceVersion"] == changed["metadata"]["resourceVersion"], "nothing changed"


def remove(s, base, one, selector, r):
    if "deletecollection" not in r["verbs"]:
        s.admin.delete(one)
        return
    s.admin.delete(base + "?dryRun=All&" + selector[1:])
    s.admin.get(one)
    s.admin.delete(base + selector, {"gracePeriodSeconds": 0, "propagationPolicy": "Background"})
    if s.admin.get(base + selector)["items"]:
        s.admin.patch(one, {"metadata": {"finalizers": None}})  # PersistentVolumeClaims and such wait for a controller
    assert not s.admin.get(base + selector)["items"]


def case_every_kind_lives(s):
    ns = s.namespace()
    failed = []
    for path, r, subs in resources(s):
        try:
            lead(s, path, r, subs, ns)
        except Exception as e:  # all of them are told
            failed.append(f"{path} {r['name']}: {type(e).__name__} {e}")
    assert not failed, "\n".join(failed)
