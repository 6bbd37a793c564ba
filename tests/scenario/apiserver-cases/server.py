# SPDX-License-Identifier: Apache-2.0
"""Discovery, health, OpenAPI, metrics, and kubectl of several versions."""
import json

from apiserver import refused


def case_discovery(s):
    assert s.admin.get("/api")["versions"] == ["v1"]
    groups = {g["name"]: g for g in s.admin.get("/apis")["groups"]}
    assert groups["apps"]["preferredVersion"]["groupVersion"] == "apps/v1" and len(groups) > 15
    pods = {r["name"]: r for r in s.admin.get("/api/v1")["resources"]}
    assert pods["pods"]["shortNames"] == ["po"] and pods["pods"]["namespaced"] and "pods/log" in pods and pods["nodes"]["namespaced"] is False
    assert s.admin.get("/apis/apps")["kind"] == "APIGroup"
    refused(404, s.admin.get, "/apis/none")
    accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json"
    status, headers, body = s.admin.raw("GET", "/apis", headers={"Accept": accept})
    assert status == 200 and "as=APIGroupDiscoveryList" in headers["Content-Type"]
    items = json.loads(body)["items"]
    assert any(i["metadata"]["name"] == "apps" and i["versions"][0]["version"] == "v1" for i in items)
    status, _, _ = s.admin.raw("GET", "/apis", headers={"Accept": accept, "If-None-Match": headers["ETag"]})
    assert status == 304
    assert "/apis/apps/v1" in s.admin.get("/")["paths"]


def case_health_and_version(s):
    assert s.admin.get("/version")["major"] == "1"
    for path in ("/healthz", "/livez", "/readyz", "/readyz/ping"):
        status, _, body = s.admin.raw("GET", path)
        assert status == 200 and body == b"ok", path
    _, _, body = s.admin.raw("GET", "/readyz?verbose=1&exclude=etcd")
    assert b"[+]etcd excluded: ok" in body and b"readyz check passed" in body
    refused(404, s.admin.get, "/readyz/nothing")
    _, _, body = s.admin.raw("GET", "/metrics")
    assert b"apiserver_request_total{" in body and b"process_resident_memory_bytes" in body
    keys = s.anonymous().raw("GET", "/openid/v1/jwks")
    assert keys[0] in (200, 403)


def case_openapi(s):
    document = s.admin.get("/openapi/v2")
    assert document["swagger"] == "2.0" and "io.k8s.api.core.v1.Pod" in document["definitions"]
    index = s.admin.get("/openapi/v3")["paths"]
    apps = s.admin.get(index["apis/apps/v1"]["serverRelativeURL"])
    assert "io.k8s.api.apps.v1.Deployment" in apps["components"]["schemas"]
    refused(404, s.admin.get, "/openapi/v3/apis/none/v1")


MANIFEST = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: c, image: nginx, ports: [{containerPort: 80}], resources: {requests: {cpu: 100m}}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
"""


def case_kubectl(s):
    for version in ("1.33", "1.30", "1.27"):
        ns = s.namespace()
        k = lambda *args, **kw: s.kubectl(version, "-n", ns, *args, **kw)
        assert "deployment.apps/web created" in k("apply", "-f", "-", stdin=MANIFEST)
        assert "unchanged" in k("apply", "-f", "-", stdin=MANIFEST)
        assert "configured" in k("apply", "-f", "-", stdin=MANIFEST.replace("replicas: 2", "replicas: 3"))
        assert "0/3" in k("get", "deployment", "web")
        k("scale", "deployment", "web", "--replicas=5")
        assert k("get", "deployment", "web", "-o", "jsonpath={.spec.replicas}") == "5"
        k("create", "configmap", "cm", "--from-literal=a=b")
        k("create", "secret", "generic", "sec", "--from-literal=a=b")
        k("label", "configmap", "cm", "x=y")
        k("annotate", "configmap", "cm", "x=y")
        assert "a:" in k("describe", "configmap", "cm")
        assert "Replicas:" in k("describe", "deployment", "web")
        assert k("get", "cm", "-l", "x=y", "-o", "name").strip() == "configmap/cm"
        k("set", "image", "deployment/web", "c=nginx:2")
        assert k("get", "deployment", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}") == "nginx:2"
        assert "error" in k("apply", "-f", "-", stdin=MANIFEST.replace("replicas:", "replcas:"), check=False).lower()
        k("expose", "deployment", "web", "--name=exposed", "--port=80")
        k("create", "token", "default")
        assert "yes" in k("auth", "can-i", "create", "pods")
        assert "deployments" in k("api-resources", "--api-group=apps")
        assert "replicas" in k("explain", "deployment.spec")
        k("delete", "deployment,service,configmap,secret", "--all")
        assert "No resources" in k("get", "deployment,cm")
        k("delete", "--wait=false", "namespace", ns)
