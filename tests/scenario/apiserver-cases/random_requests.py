# SPDX-License-Identifier: Apache-2.0
"""Random requests, half right and half wrong: whatever comes, the server answers with a Status and lives. SEED and REQUESTS may be given."""
import json
import os
import random

KINDS = ["/api/v1/namespaces/{ns}/configmaps", "/api/v1/namespaces/{ns}/pods", "/api/v1/namespaces/{ns}/services", "/apis/apps/v1/namespaces/{ns}/deployments",
         "/api/v1/namespaces", "/api/v1/nodes", "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles", "/api/v1/namespaces/{ns}/secrets",
         "/apis/autoscaling/v1/namespaces/{ns}/horizontalpodautoscalers", "/apis/events.k8s.io/v1/namespaces/{ns}/events", "/api/v1/namespaces/{ns}/serviceaccounts",
         "/apis/certificates.k8s.io/v1/certificatesigningrequests", "/apis/resource.k8s.io/v1beta1/namespaces/{ns}/resourceclaims",
         "/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", "/api/v1/namespaces/{ns}/resourcequotas", "/api/v1/namespaces/{ns}/limitranges",
         "/api/v1/namespaces/{ns}/persistentvolumeclaims", "/apis/batch/v1/namespaces/{ns}/jobs", "/apis/coordination.k8s.io/v1/namespaces/{ns}/leases",
         "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "/apis/authentication.k8s.io/v1/tokenreviews"]
SUBS = [""] * 6 + ["/status", "/scale", "/binding", "/eviction", "/token", "/log", "/exec", "/finalize", "/approval", "/ephemeralcontainers", "/resize", "/proxy/x"]
NAMES = ["a", "a", "a", "b", "..%2f", "x" * 300, "a%00"]
POD = {"containers": [{"name": "c", "image": "i", "env": [{"name": "E", "value": "v"}], "resources": {"requests": {"cpu": "1"}}}], "volumes": [{"name": "v", "emptyDir": {}}]}
OBJECTS = [{"data": {"k": "v"}}, {"spec": POD}, {"spec": {"ports": [{"port": 80}], "type": "NodePort"}},
           {"spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": POD}}},
           {"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}]}, {"spec": {"token": "x"}},
           {"spec": {"scaleTargetRef": {"kind": "D", "name": "d"}, "maxReplicas": 5}}, {"target": {"kind": "Node", "name": "n"}}, {"spec": {"hard": {"pods": "1"}}},
           {"metadata": {"name": "a", "finalizers": ["a/b"], "ownerReferences": [{"uid": "u", "name": "n", "kind": "K", "apiVersion": "v1"}]}},
           {"gracePeriodSeconds": 0, "propagationPolicy": "Foreground"}, {"spec": {"limits": [{"type": "Container", "max": {"cpu": "1"}}]}}]
VALUES = [None, 0, -1, 1e400, 2 ** 63, "", [], {}, "x" * 300, True, "\0", "a/b", "..", [None], {"a": None}, [[]], "None", 1.5, {"$patch": "delete"},
          {"$retainKeys": ["x"]}, "10.96.0.5"]
MEMBERS = ["name", "labels", "annotations", "spec", "status", "metadata", "finalizers", "ownerReferences", "uid", "resourceVersion", "x", "$patch", "clusterIPs",
           "ipFamilies", "generateName", "namespace", "deletionTimestamp", "apiVersion", "kind", "containers", "selector", "template"]
QUERIES = ["dryRun=All", "fieldValidation=Strict", "fieldValidation=Ignore", "limit=1", "limit=2&continue=abc", "watch=1&timeoutSeconds=1", "labelSelector=a%3Db",
           "fieldSelector=metadata.name%3Da", "resourceVersion=1", "resourceVersion=0", "resourceVersion=3&resourceVersionMatch=Exact", "gracePeriodSeconds=0",
           "propagationPolicy=Orphan", "pretty=1", "fieldManager=m", "fieldManager=m", "fieldManager=n&force=true", "fieldManager=m&dryRun=All", "labelSelector=%00", "x" * 20000]
ACCEPTS = ["application/json", "application/json;as=Table;v=v1;g=meta.k8s.io", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io",
           "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io", "application/vnd.kubernetes.protobuf", "*/*", "text/html", "", ";;;,=,"]
TYPES = ["application/json", "application/json-patch+json", "application/merge-patch+json", "application/strategic-merge-patch+json", "application/yaml",
         "application/vnd.kubernetes.protobuf", "text/plain", "application/apply-patch+yaml"]
PATHS = ["", "/", "/metadata", "/metadata/labels", "/metadata/labels/x", "/spec", "/spec/containers/0", "/spec/containers/-", "/data/k", "/~1", "/~2", "/kind"]


def copy(value):
    return json.loads(json.dumps(value))


def mutate(dice, document):
    document = copy(document)
    document.setdefault("metadata", {"name": "a"})
    for _ in range(dice.choice([0, 0, 1, 1, 2, 5])):
        at, trail = document, []
        while isinstance(at, (dict, list)) and at and dice.random() < 0.8:
            key = dice.choice(list(at)) if isinstance(at, dict) else dice.randrange(len(at))
            trail.append((at, key))
            at = at[key]
        if not trail:
            return copy(dice.choice(VALUES))
        container, key = dice.choice(trail)
        turn = dice.random()
        if turn < 0.5:
            container[key] = copy(dice.choice(VALUES))
        elif turn < 0.7 and isinstance(container, dict):
            container.pop(key, None)
        elif isinstance(container, dict):
            container[dice.choice(MEMBERS)] = copy(dice.choice(VALUES))
    return document


def json_patch(dice):
    return [{"op": dice.choice(["add", "remove", "replace", "move", "copy", "test"]), "path": dice.choice(PATHS), "from": dice.choice(PATHS), "value": dice.choice(VALUES)}
            for _ in range(dice.randrange(4))]


def body_of(dice, content_type):
    data = json.dumps(json_patch(dice) if "json-patch" in content_type else mutate(dice, dice.choice(OBJECTS))).encode()
    if dice.random() < 0.1:
        data = bytearray(data)
        for _ in range(3):
            data[dice.randrange(len(data))] = dice.randrange(256)
    return bytes(data)


def case_random_requests(s):
    seed = int(os.environ.get("SEED", random.randrange(1 << 30)))
    print(f"SEED={seed}", flush=True)
    dice = random.Random(seed)
    ns = s.namespace()
    for _ in range(int(os.environ.get("REQUESTS", 2000))):
        method = dice.choice(["GET", "POST", "PUT", "PATCH", "PATCH", "DELETE", "POST", "PUT"])
        path = dice.choice(KINDS).format(ns=ns)
        if method != "POST" or dice.random() < 0.2:
            path += "/" + dice.choice(NAMES) + dice.choice(SUBS)
        if dice.random() < 0.5:
            path += "?" + dice.choice(QUERIES)
        content_type = dice.choice(TYPES) if method == "PATCH" or dice.random() < 0.1 else "application/json"
        body = body_of(dice, content_type) if method != "GET" else None
        status, _, answer = s.admin.raw(method, path, body, {"Content-Type": content_type, "Accept": dice.choice(ACCEPTS)})
        what = f"{method} {path[:200]} {content_type} {body and body[:500]}: {status} {answer[:500]}"
        assert status < 500 or (status == 503 and "/proxy" in path) or status == 504, what
        if status >= 400:
            assert json.loads(answer)["kind"] == "Status", what
    for item in s.admin.get("/api/v1/nodes")["items"]:
        s.admin.raw("DELETE", "/api/v1/nodes/" + item["metadata"]["name"])
