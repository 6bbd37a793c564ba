# SPDX-License-Identifier: Apache-2.0
"""The life of plain objects: create, read, update, patch, delete, and what is refused on the way."""
import concurrent.futures

from apiserver import Failure, refused


def config_maps(ns):
    return f"/api/v1/namespaces/{ns}/configmaps"


def case_create_and_read(s):
    base = config_maps(s.namespace())
    made = s.admin.post(base, {"metadata": {"name": "a", "labels": {"x": "y"}}, "data": {"k": "v"}})
    assert made["kind"] == "ConfigMap" and made["apiVersion"] == "v1"
    assert made["metadata"]["uid"] and made["metadata"]["creationTimestamp"] and int(made["metadata"]["resourceVersion"]) > 0
    assert s.admin.get(base + "/a") == made
    body = refused(409, s.admin.post, base, {"metadata": {"name": "a"}})
    assert body["reason"] == "AlreadyExists" and body["details"]["kind"] == "configmaps" and body["message"] == 'configmaps "a" already exists'
    body = refused(404, s.admin.get, base + "/b")
    assert body["reason"] == "NotFound" and body["message"] == 'configmaps "b" not found' and body["details"]["name"] == "b"


def case_generate_name(s):
    base = config_maps(s.namespace())
    names = {s.admin.post(base, {"metadata": {"generateName": "gen-"}})["metadata"]["name"] for _ in range(20)}
    assert len(names) == 20 and all(n.startswith("gen-") and len(n) == 9 for n in names)
    body = refused(422, s.admin.post, base, {"metadata": {}})
    assert "name or generateName is required" in body["message"]


def case_unacceptable_answers(s):
    """A client that could not read the answer is refused before anything happens."""
    ns = s.namespace()
    base, table = f"/api/v1/namespaces/{ns}/configmaps", "application/json;as=Table;v=v1;g=meta.k8s.io"
    for accept in ("text/html", "application/json;as=Nonsense;v=v1;g=meta.k8s.io"):
        assert refused(406, s.admin.post, base, {"metadata": {"name": "a"}}, accept=accept)["reason"] == "NotAcceptable"
    refused(404, s.admin.get, base + "/a")
    assert s.admin.post(base, {"metadata": {"name": "a"}}, accept=table)["kind"] == "Table"
    refused(406, s.admin.delete, base + "/a", accept="text/html")
    s.admin.get(base + "/a")
    # A review has no table form, which a client must be told.
    review = {"spec": {"resourceAttributes": {"verb": "get", "resource": "pods", "namespace": ns}}}
    refused(406, s.admin.post, "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review, accept=table)
    assert s.admin.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", review, accept=table + ",application/json")["status"]["allowed"]


def case_update_and_conflict(s):
    base = config_maps(s.namespace())
    made = s.admin.post(base, {"metadata": {"name": "a"}, "data": {"k": "1"}})
    made["data"]["k"] = "2"
    changed = s.admin.put(base + "/a", made)
    assert int(changed["metadata"]["resourceVersion"]) > int(made["metadata"]["resourceVersion"])
    assert changed["metadata"]["uid"] == made["metadata"]["uid"]
    body = refused(409, s.admin.put, base + "/a", made)
    assert body["reason"] == "Conflict"
    assert body["message"] == ('Operation cannot be fulfilled on configmaps "a": the object has been modified; '
                               "please apply your changes to the latest version and try again")
    same = s.admin.put(base + "/a", changed)
    assert same["metadata"]["resourceVersion"] == changed["metadata"]["resourceVersion"], "no change, no revision"
    del changed["metadata"]["resourceVersion"]
    changed["data"]["k"] = "3"
    assert s.admin.put(base + "/a", changed)["data"] == {"k": "3"}
    refused(404, s.admin.put, base + "/none", {"metadata": {"name": "none"}})
    refused(400, s.admin.put, base + "/a", {"metadata": {"name": "b"}})
    body = refused(409, s.admin.put, base + "/a", {"metadata": {"name": "a", "uid": "not-mine"}})
    assert "Precondition failed: UID in precondition" in body["message"]


def case_many_at_once(s):
    """Who meets others on one object: a patch is decided again on what they made of it, of equal creates and deletes one wins."""
    base = config_maps(s.namespace())
    clients = 12

    def outcomes(one):
        def attempt(n):
            try:
                one(n)
                return 200
            except Failure as failure:
                return failure.status

        with concurrent.futures.ThreadPoolExecutor(clients) as pool:
            return sorted(pool.map(attempt, range(clients)))

    def patch_often(n):
        for turn in range(8):
            made = s.admin.patch(base + "/shared", {"data": {f"k{n}": str(turn)}})
            assert made["data"][f"k{n}"] == str(turn), made

    assert outcomes(lambda n: s.admin.post(base, {"metadata": {"name": "shared"}})) == [200] + [409] * (clients - 1)
    assert outcomes(patch_often) == [200] * clients
    shared = s.admin.get(base + "/shared")
    assert shared["data"] == {f"k{n}": "7" for n in range(clients)}, shared
    assert outcomes(lambda n: s.admin.put(base + "/shared", {**shared, "data": {"n": str(n)}})) == [200] + [409] * (clients - 1)
    assert outcomes(lambda n: s.admin.post(base, {"metadata": {"generateName": "g-"}})) == [200] * clients
    assert outcomes(lambda n: s.admin.delete(base + "/shared")) == [200] + [404] * (clients - 1)


def case_patches(s):
    base = config_maps(s.namespace())
    s.admin.post(base, {"metadata": {"name": "a"}, "data": {"k": "1", "l": "2"}})
    assert s.admin.patch(base + "/a", {"data": {"k": None, "m": "3"}})["data"] == {"l": "2", "m": "3"}
    assert s.admin.patch(base + "/a", [{"op": "add", "path": "/data/n", "value": "4"}, {"op": "remove", "path": "/data/l"}], "json")["data"] == {"m": "3", "n": "4"}
    assert s.admin.patch(base + "/a", {"metadata": {"labels": {"x": "y"}}}, "strategic")["metadata"]["labels"] == {"x": "y"}
    refused(422, s.admin.patch, base + "/a", [{"op": "test", "path": "/data/n", "value": "no"}], "json")
    refused(415, s.admin.call, "PATCH", base + "/a", b"{}", content_type="text/plain")
    refused(400, s.admin.patch, base + "/a", b"{nonsense")
    refused(409, s.admin.patch, base + "/a", {"metadata": {"resourceVersion": "1"}, "data": {"z": "1"}})
    deployment = {"metadata": {"name": "d"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {
        "metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "one"}, {"name": "e", "image": "two"}]}}}}
    apps = base.replace("/api/v1", "/apis/apps/v1").replace("configmaps", "deployments")
    s.admin.post(apps, deployment)
    patched = s.admin.patch(apps + "/d", {"spec": {"template": {"spec": {"containers": [{"name": "e", "image": "three"}]}}}}, "strategic")
    assert [c["image"] for c in patched["spec"]["template"]["spec"]["containers"]] == ["three", "one"] or \
        [c["image"] for c in patched["spec"]["template"]["spec"]["containers"]] == ["one", "three"]
    assert patched["metadata"]["generation"] == 2


def case_delete(s):
    base = config_maps(s.namespace())
    made = s.admin.post(base, {"metadata": {"name": "a"}})
    body = s.admin.delete(base + "/a")
    assert body["kind"] == "Status" and body["status"] == "Success" and body["details"]["uid"] == made["metadata"]["uid"]
    refused(404, s.admin.get, base + "/a")
    refused(404, s.admin.delete, base + "/a")
    s.admin.post(base, {"metadata": {"name": "a"}})
    refused(409, s.admin.delete, base + "/a", {"preconditions": {"uid": "wrong"}})
    refused(409, s.admin.delete, base + "/a", {"preconditions": {"resourceVersion": "1"}})
    refused(422, s.admin.delete, base + "/a", {"propagationPolicy": "Sideways"})
    s.admin.get(base + "/a")


def case_finalizers(s):
    base = config_maps(s.namespace())
    s.admin.post(base, {"metadata": {"name": "a", "finalizers": ["example.com/hold"]}})
    gone = s.admin.delete(base + "/a")
    assert gone["kind"] == "ConfigMap" and gone["metadata"]["deletionTimestamp"] and gone["metadata"]["deletionGracePeriodSeconds"] == 0
    refused(422, s.admin.patch, base + "/a", {"metadata": {"finalizers": ["example.com/hold", "example.com/more"]}})
    s.admin.patch(base + "/a", {"metadata": {"finalizers": None}})
    refused(404, s.admin.get, base + "/a")
    s.admin.post(base, {"metadata": {"name": "b"}})
    kept = s.admin.delete(base + "/b", {"propagationPolicy": "Foreground"})
    assert kept["metadata"]["finalizers"] == ["foregroundDeletion"]
    s.admin.post(base, {"metadata": {"name": "c"}})
    assert s.admin.delete(base + "/c", {"orphanDependents": True})["metadata"]["finalizers"] == ["orphan"]


def case_delete_collection(s):
    base = config_maps(s.namespace())
    for i in range(5):
        s.admin.post(base, {"metadata": {"name": f"c{i}", "labels": {"odd": str(i % 2)}}})
    s.admin.delete(base + "?labelSelector=odd%3D1")
    assert [i["metadata"]["name"] for i in s.admin.get(base)["items"]] == ["c0", "c2", "c4"]


def case_dry_run(s):
    base = config_maps(s.namespace())
    made = s.admin.post(base + "?dryRun=All", {"metadata": {"name": "a"}})
    assert made["metadata"]["uid"] and "resourceVersion" not in made["metadata"], made
    refused(404, s.admin.get, base + "/a")
    s.admin.post(base, {"metadata": {"name": "a"}, "data": {"k": "1"}})
    assert s.admin.patch(base + "/a?dryRun=All", {"data": {"k": "2"}})["data"] == {"k": "2"}
    s.admin.delete(base + "/a?dryRun=All")
    assert s.admin.get(base + "/a")["data"] == {"k": "1"}
    refused(422, s.admin.post, base + "?dryRun=Maybe", {"metadata": {"name": "b"}})


def case_field_validation(s):
    base = config_maps(s.namespace())
    body = refused(400, s.admin.post, base + "?fieldValidation=Strict", {"metadata": {"name": "a"}, "dat": {}})
    assert 'unknown field "dat"' in body["message"], body
    status, headers, _ = s.admin.raw("POST", base, '{"metadata":{"name":"a"},"dat":{}}', {"Content-Type": "application/json"})
    assert status == 201 and 'unknown field' in headers["Warning"]
    status, headers, _ = s.admin.raw("POST", base + "?fieldValidation=Ignore", '{"metadata":{"name":"b"},"dat":{}}', {"Content-Type": "application/json"})
    assert status == 201 and headers["Warning"] is None
    refused(422, s.admin.post, base + "?fieldValidation=Never", {"metadata": {"name": "c"}})


def case_bad_bodies(s):
    base = config_maps(s.namespace())
    refused(400, s.admin.post, base, b"{")
    refused(400, s.admin.post, base, b"")
    refused(400, s.admin.post, base, b"[]")
    refused(400, s.admin.post, base, b"[" * 10000)
    refused(400, s.admin.post, base, b'{"metadata":{"name":"a"},"data":{"k":"\xff\xfe"}}')
    refused(400, s.admin.post, base, {"metadata": {"name": "a"}, "data": {"k": 1}})
    refused(400, s.admin.post, base, {"metadata": {"name": "a"}, "data": "text"})
    refused(400, s.admin.post, base, {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": "a"}})
    refused(400, s.admin.post, base, {"kind": "ConfigMap", "apiVersion": "v2", "metadata": {"name": "a"}})
    refused(400, s.admin.post, base, {"metadata": {"name": "a", "namespace": "elsewhere"}})
    refused(400, s.admin.post, base, {"metadata": {"name": "a", "resourceVersion": "5"}})
    refused(415, s.admin.call, "POST", base, b"x", content_type="text/plain")
    refused(406, s.admin.get, base, accept="text/html")
    refused(422, s.admin.post, base, {"metadata": {"name": "Not A Name"}})
    refused(422, s.admin.post, base, {"metadata": {"name": "a", "labels": {"bad key!": "x"}}})
    refused(422, s.admin.post, base, {"metadata": {"name": "a"}, "data": {"x": "y" * 1100000}})
    refused(413, s.admin.post, base, b" " * (10 << 20))
    assert s.admin.get(base)["items"] == []
    yaml = "metadata:\n  name: yy\ndata:\n  k: 'v'\n"
    assert s.admin.call("POST", base, yaml, content_type="application/yaml")["data"] == {"k": "v"}
    refused(400, s.admin.call, "POST", base, "a: [", content_type="application/yaml")


def case_bad_addresses(s):
    ns = s.namespace()
    refused(404, s.admin.get, "/api/v1/namespaces/x/nothings")
    refused(404, s.admin.get, "/apis/no.such.group/v1/things")
    refused(404, s.admin.get, "/api/v7/pods")
    refused(404, s.admin.get, f"/api/v1/namespaces/{ns}/nodes")
    refused(404, s.admin.get, f"/api/v1/namespaces/{ns}/configmaps/a/status")
    refused(405, s.admin.post, "/api/v1/configmaps", {"metadata": {"name": "a"}})
    refused(405, s.admin.call, "DELETE", "/api/v1/namespaces")
    refused(400, s.admin.get, f"/api/v1/namespaces/{ns}/configmaps?limit=many")
    refused(400, s.admin.get, f"/api/v1/namespaces/{ns}/configmaps?labelSelector=a%3D%3D%3Db")
    refused(400, s.admin.get, f"/api/v1/namespaces/{ns}/configmaps?fieldSelector=data.k%3Dx")
    for path in ("/api/v1/namespaces/%zz/configmaps", "/api/v1/%00", "/api/v1/namespaces/a%ff/configmaps"):
        try:
            s.admin.get(path)
            raise AssertionError(path)
        except Failure as failure:
            assert failure.status == 400, failure


def case_status_is_apart(s):
    base = f"/apis/apps/v1/namespaces/{s.namespace()}/deployments"
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    made = s.admin.post(base, {"metadata": {"name": "d"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template}, "status": {"replicas": 7}})
    assert made["metadata"]["generation"] == 1 and "replicas" not in made.get("status", {})
    made["status"] = {"replicas": 3}
    made["spec"]["replicas"] = 5
    changed = s.admin.put(base + "/d/status", made)
    assert changed["status"]["replicas"] == 3 and changed["spec"]["replicas"] == 1 and changed["metadata"]["generation"] == 1
    changed["status"]["replicas"] = 9
    changed["spec"]["replicas"] = 5
    changed = s.admin.put(base + "/d", changed)
    assert changed["status"]["replicas"] == 3 and changed["spec"]["replicas"] == 5 and changed["metadata"]["generation"] == 2


def case_scale(s):
    base = f"/apis/apps/v1/namespaces/{s.namespace()}/deployments"
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    s.admin.post(base, {"metadata": {"name": "d"}, "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": template}})
    scale = s.admin.get(base + "/d/scale")
    assert scale["kind"] == "Scale" and scale["spec"]["replicas"] == 1 and scale["status"]["selector"] == "a=b"
    scale["spec"]["replicas"] = 4
    assert s.admin.put(base + "/d/scale", scale)["spec"]["replicas"] == 4
    assert s.admin.patch(base + "/d/scale", {"spec": {"replicas": 2}})["spec"]["replicas"] == 2
    assert s.admin.get(base + "/d")["spec"]["replicas"] == 2
    refused(422, s.admin.patch, base + "/d/scale", {"spec": {"replicas": -1}})


def case_survives_kill(s):
    base = config_maps(s.namespace())
    made = [s.admin.post(base, {"metadata": {"name": f"c{i}"}, "data": {"k": str(i)}}) for i in range(20)]
    s.kill()
    s.restart()
    for object_ in made:
        assert s.admin.get(f"{base}/{object_['metadata']['name']}") == object_
    more = s.admin.post(base, {"metadata": {"name": "more"}})
    assert int(more["metadata"]["resourceVersion"]) > int(made[-1]["metadata"]["resourceVersion"])
