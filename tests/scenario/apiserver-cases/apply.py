# SPDX-License-Identifier: Apache-2.0
"""Server-side apply: fields have owners, whoever wants what another owns is told, and what nobody wants any more goes."""
import json

from apiserver import refused


def container(name, **more):
    return {"name": name, "image": "example.com/i:1", **more}


def deployment(ns, *containers, labels=None, **spec):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d", "namespace": ns, **({"labels": labels} if labels else {})},
            "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": list(containers)}}, **spec}}


def apply(s, path, body, manager="one", query="", **kw):
    return s.admin.patch(f"{path}?fieldManager={manager}{query}", json.dumps(body), "apply", **kw)


def owner(made, manager, operation="Apply"):
    """What the manager owns; None: nothing."""
    found = [e for e in made["metadata"].get("managedFields", []) if e["manager"] == manager and e["operation"] == operation]
    assert len(found) < 2, found
    return found[0]["fieldsV1"] if found else None


def case_apply_creates_and_owns(s):
    ns = s.namespace()
    path = f"/apis/apps/v1/namespaces/{ns}/deployments/d"
    wanted = deployment(ns, container("c1", ports=[{"containerPort": 80}]), container("c2"), labels={"x": "1", "y": "2"}, replicas=2)
    refused(422, s.admin.patch, path, json.dumps(wanted), "apply")
    refused(422, s.admin.patch, path + "?force=true", {"spec": {}})
    made = apply(s, path, wanted)
    assert made["metadata"]["generation"] == 1 and made["spec"]["strategy"]["type"] == "RollingUpdate"
    fields = owner(made, "one")
    assert fields["f:metadata"] == {"f:labels": {"f:x": {}, "f:y": {}}} and "f:status" not in fields
    assert set(fields["f:spec"]) == {"f:replicas", "f:selector", "f:template"}
    c1 = fields["f:spec"]["f:template"]["f:spec"]["f:containers"]['k:{"name":"c1"}']
    assert c1 == {".": {}, "f:name": {}, "f:image": {}, "f:ports": {'k:{"containerPort":80,"protocol":"TCP"}': {".": {}, "f:containerPort": {}}}}, c1
    assert apply(s, path, wanted) == made, "applied again, nothing changes"
    # what is not wanted any more goes, with what had been defaulted in it; what has no owner stays
    wanted = deployment(ns, container("c1"), labels={"x": "1"})
    made = apply(s, path, wanted)
    assert made["metadata"]["labels"] == {"x": "1"} and made["spec"]["replicas"] == 1
    assert [c["name"] for c in made["spec"]["template"]["spec"]["containers"]] == ["c1"] and "ports" not in made["spec"]["template"]["spec"]["containers"][0]
    assert made["spec"]["template"]["spec"]["dnsPolicy"] == "ClusterFirst"


def case_apply_conflicts(s):
    ns = s.namespace()
    path = f"/apis/apps/v1/namespaces/{ns}/deployments/d"
    apply(s, path, deployment(ns, container("c1"), replicas=2))
    other = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"replicas": 5}}
    body = refused(409, apply, s, path, other, "two")
    assert body["reason"] == "Conflict" and body["message"] == 'Apply failed with 1 conflict: conflict with "one" using apps/v1: .spec.replicas', body
    assert body["details"]["causes"] == [{"reason": "FieldManagerConflict", "message": 'conflict with "one" using apps/v1', "field": ".spec.replicas"}]
    assert s.admin.get(path)["spec"]["replicas"] == 2
    # the same value is owned by both; by force it is taken
    other["spec"]["replicas"] = 2
    made = apply(s, path, other, "two")
    assert owner(made, "two") == {"f:spec": {"f:replicas": {}}} and "f:replicas" in owner(made, "one")["f:spec"]
    other["spec"]["replicas"] = 5
    refused(409, apply, s, path, other, "two")
    made = apply(s, path, other, "two", "&force=true")
    assert made["spec"]["replicas"] == 5 and "f:replicas" not in owner(made, "one")["f:spec"]
    # an element of another's list, and its image
    body = refused(409, apply, s, path, deployment(ns, container("c1", image="two"), container("c3"), replicas=6), "three")
    assert {c["field"] for c in body["details"]["causes"]} == {".spec.replicas", '.spec.template.spec.containers[name="c1"].image'}, body
    made = apply(s, path, deployment(ns, container("c3"), container("c1")), "three")
    assert [c["name"] for c in made["spec"]["template"]["spec"]["containers"]] == ["c3", "c1"]
    # the first one gives up its container: it stays, as it is the third's too
    made = apply(s, path, deployment(ns, container("c3")), "one")
    assert [c["name"] for c in made["spec"]["template"]["spec"]["containers"]] == ["c3", "c1"]


def case_apply_and_update(s):
    """Who writes without applying owns what he changed."""
    ns = s.namespace()
    path = f"/apis/apps/v1/namespaces/{ns}/deployments/d"
    apply(s, path, deployment(ns, container("c1"), replicas=2))
    made = s.admin.patch(path + "?fieldManager=hand", {"spec": {"replicas": 3}, "metadata": {"labels": {"l": "1"}}})
    assert owner(made, "hand", "Update") == {"f:metadata": {"f:labels": {".": {}, "f:l": {}}}, "f:spec": {"f:replicas": {}}}
    assert "f:replicas" not in owner(made, "one")["f:spec"]
    made["metadata"]["labels"]["l"] = "2"
    made = s.admin.put(path, made, headers={"User-Agent": "prog/1.0 (x)"})
    assert owner(made, "hand", "Update")["f:metadata"] == {"f:labels": {}} and owner(made, "prog", "Update") == {"f:metadata": {"f:labels": {"f:l": {}}}}
    made = s.admin.patch(path + "/status?fieldManager=ctl", {"status": {"replicas": 3}})
    entry = [e for e in made["metadata"]["managedFields"] if e["manager"] == "ctl"][0]
    assert entry["subresource"] == "status" and entry["fieldsV1"] == {"f:status": {"f:replicas": {}}}
    body = refused(409, apply, s, path, deployment(ns, container("c1"), replicas=2))
    assert 'conflict with "hand" using apps/v1 at ' in body["message"], body
    # a status is applied through its own path; what the object itself says of it is not taken
    status = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "status": {"readyReplicas": 1}}
    made = apply(s, path + "/status", status, "st")
    assert made["status"]["readyReplicas"] == 1 and made["status"]["replicas"] == 3
    refused(404, apply, s, path.replace("/d", "/none") + "/status", {**status, "metadata": {"name": "none"}}, "st")


def case_apply_to_what_was_there(s):
    ns = s.namespace()
    base = f"/api/v1/namespaces/{ns}/configmaps"
    s.admin.post(base, {"metadata": {"name": "c"}, "data": {"a": "1", "b": "2"}})
    wanted = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"a": "5", "c": "3"}}
    assert 'conflict with "before-first-apply"' in refused(409, apply, s, base + "/c", wanted)["message"]
    assert "managedFields" not in s.admin.get(base + "/c")["metadata"]
    assert apply(s, base + "/c", wanted, "one", "&force=true&dryRun=All")["data"] == {"a": "5", "b": "2", "c": "3"}
    assert s.admin.get(base + "/c")["data"]["a"] == "1"
    made = apply(s, base + "/c", wanted, "one", "&force=true")
    assert made["data"] == {"a": "5", "b": "2", "c": "3"} and owner(made, "before-first-apply", "Update") == {"f:data": {"f:b": {}}}
    # kubectl's own client-side applies are no conflict for it
    last = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "k"}, "data": {"a": "1"}}
    s.admin.post(base, {**last, "metadata": {"name": "k", "annotations": {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(last)}}})
    assert apply(s, base + "/k", {**last, "data": {"a": "2"}}, "kubectl")["data"] == {"a": "2"}
    # YAML, and what is no configuration
    assert s.admin.patch(base + "/yy?fieldManager=one", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yy}\ndata: {a: b}\n", "apply")["data"] == {"a": "b"}
    for body in ("data: {}", "apiVersion: v1\nkind: Secret\n", "[]", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other}\n",
                 "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: yy, managedFields: [{manager: x}]}\n"):
        refused(400, s.admin.patch, base + "/yy?fieldManager=one", body, "apply")
    # who may not create cannot apply to what is not there
    reader = s.user("applier")
    s.admin.post(f"/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/roles", {"metadata": {"name": "p"}, "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["patch"]}]})
    s.admin.post(f"/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/rolebindings", {
        "metadata": {"name": "p"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "p"}, "subjects": [{"kind": "User", "name": "applier"}]})
    text = json.dumps({**last, "metadata": {"name": "new"}})
    assert "cannot create resource" in refused(403, reader.patch, base + "/new?fieldManager=x", text, "apply")["message"]
    assert reader.patch(base + "/yy?fieldManager=one", json.dumps({**last, "metadata": {"name": "yy"}}), "apply")["data"] == {"a": "1"}


def case_apply_long_lists(s):
    """Thousands of elements in another order: found by their keys, not by looking at all of them for each."""
    ns = s.namespace()
    path = f"/api/v1/namespaces/{ns}/podtemplates/t"
    env = [{"name": f"E{i}", "value": str(i)} for i in range(4000)]
    wanted = {"apiVersion": "v1", "kind": "PodTemplate", "metadata": {"name": "t"}, "template": {"spec": {"containers": [container("c", env=env)]}}}
    apply(s, path, wanted)
    wanted["template"]["spec"]["containers"][0]["env"] = env[:0:-1]
    made = apply(s, path, wanted)
    assert made["template"]["spec"]["containers"][0]["env"] == env[:0:-1]
