# SPDX-License-Identifier: Apache-2.0
"""Behaviour that belongs to one kind: pods, services, namespaces, secrets, nodes, leases, events, budgets."""
from apiserver import refused

POD = {"containers": [{"name": "c", "image": "example.com/i:1"}]}


def case_pods(s):
    ns = s.namespace()
    base = f"/api/v1/namespaces/{ns}/pods"
    pod = s.admin.post(base, {"metadata": {"name": "p"}, "spec": POD, "status": {"phase": "Running"}})
    assert pod["status"] == {"phase": "Pending", "qosClass": "BestEffort"} and pod["metadata"]["generation"] == 1
    assert pod["spec"]["serviceAccountName"] == "default" and pod["spec"]["schedulerName"] == "default-scheduler"
    assert any(v["name"].startswith("kube-api-access-") for v in pod["spec"]["volumes"])
    body = refused(422, s.admin.patch, base + "/p", {"spec": {"hostNetwork": True}})
    assert "pod updates may not change fields other than" in body["message"], body
    assert s.admin.patch(base + "/p", {"spec": {"containers": [{"name": "c", "image": "two"}]}}, "strategic")["spec"]["containers"][0]["image"] == "two"
    for spec, field in (({"containers": []}, "spec.containers"), ({"containers": [{"name": "c"}]}, "image"),
                        ({"containers": [{"name": "c", "image": "i", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}]}, "volumeMounts[0].name"),
                        ({"containers": [{"name": "c", "image": "i"}, {"name": "c", "image": "i"}]}, "spec.containers[1].name"),
                        ({"containers": [{"name": "c", "image": "i", "resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}}]}, "requests")):
        body = refused(422, s.admin.post, base, {"metadata": {"name": "bad"}, "spec": spec})
        assert body["reason"] == "Invalid" and field in body["message"], body["message"]
        assert body["details"]["kind"] == "Pod" and body["details"]["causes"]


def case_pod_changes(s):
    """What of a pod's spec may change: images, longer tolerations; and once, which status a new object has."""
    ns = s.namespace()
    base = f"/api/v1/namespaces/{ns}/pods"
    spec = {**POD, "tolerations": [{"key": "a", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 5}]}
    pod = s.admin.post(base, {"metadata": {"name": "p"}, "spec": spec})
    pod["spec"]["tolerations"][0]["tolerationSeconds"] = 50
    pod["spec"]["tolerations"].append({"key": "b", "operator": "Exists"})
    pod = s.admin.put(base + "/p", pod)
    assert pod["spec"]["tolerations"][0]["tolerationSeconds"] == 50
    pod["spec"]["tolerations"][0]["key"] = "c"
    assert "existing toleration can not be modified" in refused(422, s.admin.put, base + "/p", pod)["message"]
    body = refused(422, s.admin.patch, base + "/p", [{"op": "add", "path": "/spec/containers/-", "value": {"name": "d", "image": "i"}}], "json")
    assert [c["message"] for c in body["details"]["causes"]] == ["Forbidden: pod updates may not add or remove containers"]
    workload = {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": POD}}
    for plural, status in (("replicasets", {"replicas": 0}), ("deployments", {}), ("daemonsets", {
            "currentNumberScheduled": 0, "numberMisscheduled": 0, "desiredNumberScheduled": 0, "numberReady": 0})):
        one = f"/apis/apps/v1/namespaces/{ns}/{plural}"
        assert s.admin.post(one, {"metadata": {"name": "w"}, "spec": workload, "status": {"replicas": 7}})["status"] == status
        body = refused(422, s.admin.patch, one + "/w", {"spec": {"selector": {"matchLabels": {"a": "c"}}, "template": {"metadata": {"labels": {"a": "c"}}}}})
        assert [(c["field"], c["message"]) for c in body["details"]["causes"]] == [
            ("spec.selector", 'Invalid value: {"matchLabels":{"a":"c"}}: field is immutable')], body


def case_pod_update_keeps_its_priority(s):
    base = f"/api/v1/namespaces/{s.namespace()}/pods"
    made = s.admin.post(base, {"metadata": {"name": "p"}, "spec": {"priorityClassName": "system-node-critical", "containers": [{"name": "c", "image": "i"}]}})
    assert made["spec"]["priority"] == 2000001000 and made["spec"]["preemptionPolicy"] == "PreemptLowerPriority"
    del made["spec"]["priority"], made["spec"]["preemptionPolicy"]
    made["metadata"]["labels"] = {"a": "b"}
    after = s.admin.put(base + "/p", made)
    assert after["spec"]["priority"] == 2000001000 and after["metadata"]["labels"] == {"a": "b"}


def case_limit_ranger_notes_what_it_gave(s):
    ns = s.namespace()
    s.admin.post(f"/api/v1/namespaces/{ns}/limitranges", {"metadata": {"name": "l"}, "spec": {"limits": [
        {"type": "Container", "default": {"cpu": "200m"}, "defaultRequest": {"cpu": "100m", "memory": "10Mi"}}]}})
    made = s.admin.post(f"/api/v1/namespaces/{ns}/pods", {"metadata": {"name": "p"}, "spec": {"containers": [
        {"name": "c", "image": "i"}, {"name": "d", "image": "i", "resources": {"requests": {"cpu": "50m", "memory": "5Mi"}, "limits": {"cpu": "60m"}}}]}})
    assert made["metadata"]["annotations"]["kubernetes.io/limit-ranger"] == \
        "LimitRanger plugin set: cpu, memory request for container c; cpu limit for container c", made["metadata"]


def case_binding_and_deletion(s):
    ns = s.namespace()
    base = f"/api/v1/namespaces/{ns}/pods"
    s.admin.post(base, {"metadata": {"name": "p"}, "spec": POD})
    assert s.admin.delete(base + "/p")["kind"] == "Pod"
    refused(404, s.admin.get, base + "/p")
    s.admin.post(base, {"metadata": {"name": "p"}, "spec": POD})
    refused(422, s.admin.post, base + "/p/binding", {"target": {"kind": "Node"}})
    assert s.admin.post(base + "/p/binding", {"metadata": {"name": "p"}, "target": {"kind": "Node", "name": "n1"}})["status"] == "Success"
    body = refused(409, s.admin.post, base + "/p/binding", {"target": {"kind": "Node", "name": "n2"}})
    assert 'already assigned to node "n1"' in body["message"]
    pod = s.admin.get(base + "/p")
    assert pod["spec"]["nodeName"] == "n1" and pod["status"]["conditions"][0]["type"] == "PodScheduled"
    pod = s.admin.delete(base + "/p", {"gracePeriodSeconds": 20})
    assert pod["metadata"]["deletionGracePeriodSeconds"] == 20
    assert s.admin.delete(base + "/p")["metadata"]["deletionTimestamp"] == pod["metadata"]["deletionTimestamp"]
    shorter = s.admin.delete(base + "/p", {"gracePeriodSeconds": 5})
    assert shorter["metadata"]["deletionGracePeriodSeconds"] == 5 and shorter["metadata"]["deletionTimestamp"] < pod["metadata"]["deletionTimestamp"]
    refused(409, s.admin.delete, base + "/p", {"gracePeriodSeconds": 0, "preconditions": {"uid": "another"}})
    s.admin.delete(base + "/p", {"gracePeriodSeconds": 0, "preconditions": {"uid": pod["metadata"]["uid"]}})
    refused(404, s.admin.get, base + "/p")


def case_pod_status_and_ephemeral(s):
    ns = s.namespace()
    base = f"/api/v1/namespaces/{ns}/pods"
    s.admin.post(base, {"metadata": {"name": "p"}, "spec": POD})
    pod = s.admin.patch(base + "/p/status", {"status": {"phase": "Running", "podIP": "10.0.0.9"}, "spec": {"nodeName": "x"}})
    assert pod["status"]["phase"] == "Running" and pod["status"]["qosClass"] == "BestEffort" and "nodeName" not in pod["spec"]
    pod = s.admin.patch(base + "/p/ephemeralcontainers", {"spec": {"ephemeralContainers": [{"name": "debug", "image": "i"}]}}, "strategic")
    assert pod["spec"]["ephemeralContainers"][0]["name"] == "debug" and pod["status"]["phase"] == "Running"
    pods = s.admin.get(f"/api/v1/pods?fieldSelector=status.podIP%3D10.0.0.9,metadata.namespace%3D{ns}")
    assert [p["metadata"]["name"] for p in pods["items"]] == ["p"]


def case_eviction(s):
    ns = s.namespace()
    base = f"/api/v1/namespaces/{ns}/pods"
    labels = {"app": "a"}
    for name in ("p", "q"):
        s.admin.post(base, {"metadata": {"name": name, "labels": labels}, "spec": POD})
        s.admin.patch(f"{base}/{name}/status", {"status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}]}})
    pdb = f"/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets"
    s.admin.post(pdb, {"metadata": {"name": "b"}, "spec": {"minAvailable": 1, "selector": {"matchLabels": labels}}})
    body = refused(429, s.admin.post, base + "/p/eviction", {"metadata": {"name": "p"}})
    assert "disruption budget" in body["message"]
    s.admin.patch(pdb + "/b/status", {"status": {"observedGeneration": 1, "disruptionsAllowed": 1, "currentHealthy": 2, "desiredHealthy": 1, "expectedPods": 2}})
    assert s.admin.post(base + "/p/eviction", {"metadata": {"name": "p"}})["status"] == "Success"
    refused(404, s.admin.get, base + "/p")
    refused(429, s.admin.post, base + "/q/eviction", {"metadata": {"name": "q"}})
    assert s.admin.get(pdb + "/b")["status"]["disruptionsAllowed"] == 0
    # what has a node stays for its kubelet, and says why it goes; the older version of the same kind is taken too
    s.admin.post(base, {"metadata": {"name": "r"}, "spec": {**POD, "nodeName": "n"}})
    s.admin.post(base + "/r/eviction?dryRun=All", {"metadata": {"name": "r"}})
    assert "deletionTimestamp" not in s.admin.get(base + "/r")["metadata"]
    version = s.admin.get(base + "/r")["metadata"]["resourceVersion"]
    refused(409, s.admin.post, base + "/r/eviction", {"metadata": {"name": "r"}, "deleteOptions": {"preconditions": {"resourceVersion": "1"}}})
    s.admin.post(base + "/r/eviction", {"apiVersion": "policy/v1beta1", "kind": "Eviction", "metadata": {"name": "r"},
                                        "deleteOptions": {"preconditions": {"resourceVersion": version}}})
    gone = s.admin.get(base + "/r")
    assert gone["metadata"]["deletionGracePeriodSeconds"] == 30
    assert [c["reason"] for c in gone["status"]["conditions"] if c["type"] == "DisruptionTarget"] == ["EvictionByEvictionAPI"]


def case_services(s):
    ns = s.namespace()
    base = f"/api/v1/namespaces/{ns}/services"
    web = s.admin.post(base, {"metadata": {"name": "web"}, "spec": {"type": "NodePort", "selector": {"a": "b"}, "ports": [{"port": 80}]}})
    spec = web["spec"]
    assert spec["clusterIP"].startswith("10.96.") and spec["clusterIPs"] == [spec["clusterIP"]] and spec["ipFamilies"] == ["IPv4"]
    assert spec["ports"][0]["targetPort"] == 80 and 30000 <= spec["ports"][0]["nodePort"] <= 32767 and spec["ipFamilyPolicy"] == "SingleStack"
    body = refused(422, s.admin.post, base, {"metadata": {"name": "x"}, "spec": {"clusterIP": spec["clusterIP"], "ports": [{"port": 80}]}})
    assert "provided IP is already allocated" in body["message"]
    body = refused(422, s.admin.post, base, {"metadata": {"name": "x"}, "spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": spec["ports"][0]["nodePort"]}]}})
    assert "provided port is already allocated" in body["message"]
    refused(422, s.admin.post, base, {"metadata": {"name": "x"}, "spec": {"clusterIP": "192.168.1.1", "ports": [{"port": 80}]}})
    refused(422, s.admin.post, base, {"metadata": {"name": "x"}, "spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": 80}]}})
    refused(422, s.admin.patch, base + "/web", {"spec": {"clusterIP": "10.96.77.77", "clusterIPs": ["10.96.77.77"]}})
    kept = s.admin.put(base + "/web", {"metadata": {"name": "web"}, "spec": {"type": "NodePort", "selector": {"a": "c"}, "ports": [{"port": 80}]}})
    assert kept["spec"]["clusterIP"] == spec["clusterIP"] and kept["spec"]["ports"][0]["nodePort"] == spec["ports"][0]["nodePort"]
    plain = s.admin.patch(base + "/web", {"spec": {"type": "ClusterIP"}})
    assert "nodePort" not in plain["spec"]["ports"][0]
    s.admin.post(base, {"metadata": {"name": "again"}, "spec": {"type": "NodePort", "ports": [{"port": 80, "nodePort": spec["ports"][0]["nodePort"]}]}})
    s.admin.delete(base + "/web")
    s.admin.post(base, {"metadata": {"name": "reuse"}, "spec": {"clusterIP": spec["clusterIP"], "ports": [{"port": 80}]}})
    headless = s.admin.post(base, {"metadata": {"name": "headless"}, "spec": {"clusterIP": "None", "selector": {"a": "b"}}})
    assert headless["spec"]["clusterIPs"] == ["None"]
    external = s.admin.post(base, {"metadata": {"name": "ext"}, "spec": {"type": "ExternalName", "externalName": "example.com"}})
    assert "clusterIP" not in external["spec"]
    both = s.admin.post(base, {"metadata": {"name": "dns"}, "spec": {"type": "NodePort", "ports": [
        {"name": "u", "port": 53, "protocol": "UDP"}, {"name": "t", "port": 53, "protocol": "TCP"}]}})
    assert both["spec"]["ports"][0]["nodePort"] == both["spec"]["ports"][1]["nodePort"]
    refused(422, s.admin.post, base + "?dryRun=All", {"metadata": {"name": "UPPER"}, "spec": {"ports": [{"port": 80}]}})


def case_service_changes(s):
    """What a service may change and what it may not, and what goes with a type that it leaves."""
    ns = s.namespace()
    base = f"/api/v1/namespaces/{ns}/services"
    ports = [{"name": "x", "port": 80}, {"name": "y", "port": 81}]
    spec = {"type": "LoadBalancer", "loadBalancerClass": "a.b/c", "externalTrafficPolicy": "Local", "selector": {"a": "b"}, "ports": ports}

    def patch(**changes):
        return s.admin.patch(base + "/web", {"spec": changes})

    def refused_for(message, **changes):
        body = refused(422, patch, **changes)
        assert message in body["message"], body["message"]

    def status(ingress, message=None):
        body = {"status": {"loadBalancer": {"ingress": [ingress]}}}
        if not message:
            return s.admin.patch(base + "/web/status", body)["status"]["loadBalancer"]
        answer = refused(422, s.admin.patch, base + "/web/status", body)
        assert message in answer["message"], answer["message"]

    web = s.admin.post(base, {"metadata": {"name": "web"}, "spec": spec, "status": {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}})
    assert web["status"] == {"loadBalancer": {}}, web["status"]
    refused_for("spec.loadBalancerClass: Invalid value: \"d.e/f\": may not change once set", loadBalancerClass="d.e/f")
    refused_for("spec.loadBalancerClass: Invalid value: \"null\": may not change once set", loadBalancerClass=None)
    other = 30000 + (web["spec"]["healthCheckNodePort"] + 1) % 2000
    refused_for("spec.healthCheckNodePort: Forbidden: field is immutable", healthCheckNodePort=other)
    assert patch(healthCheckNodePort=0)["spec"]["healthCheckNodePort"] == web["spec"]["healthCheckNodePort"]
    refused_for("spec.clusterIPs[0]: Invalid value", ipFamilies=["IPv6"])
    refused_for("spec.clusterIPs[0]: Invalid value", clusterIP="10.96.77.77")

    numbers = {p["name"]: p["nodePort"] for p in web["spec"]["ports"]}
    moved = s.admin.put(base + "/web", {"metadata": {"name": "web"}, "spec": {**spec, "ports": [{"name": "y", "port": 80}, {"name": "x", "port": 8080}]}})
    assert {p["name"]: p["nodePort"] for p in moved["spec"]["ports"]} == numbers, (moved, numbers)
    taken = s.admin.put(base + "/web", {"metadata": {"name": "web"}, "spec": {**spec, "ports": [{"name": "x", "port": 80}, {"name": "z", "port": 81, "nodePort": numbers["x"]}]}})
    assert taken["spec"]["ports"][1]["nodePort"] == numbers["x"] != taken["spec"]["ports"][0]["nodePort"], taken

    status({"ip": "nonsense"}, "status.loadBalancer.ingress[0].ip: Invalid value")
    status({"ip": "1.2.3.4", "ipMode": "X"}, "status.loadBalancer.ingress[0].ipMode: Unsupported value: \"X\": supported values: \"Proxy\", \"VIP\"")
    status({"hostname": "a.b", "ipMode": "VIP"}, "status.loadBalancer.ingress[0].ipMode: Forbidden: may not be specified when `ip` is not set")
    status({"hostname": "1.2.3.4"}, "must be a DNS name, not an IP address")
    status({"hostname": "a_b"}, "status.loadBalancer.ingress[0].hostname: Invalid value")
    assert status({"hostname": "a.b"}) == {"ingress": [{"hostname": "a.b"}]}
    assert status({"ip": "1.2.3.4"}) == {"ingress": [{"ip": "1.2.3.4", "ipMode": "VIP"}]}

    assert patch(allocateLoadBalancerNodePorts=False)["spec"]["ports"][1]["nodePort"] == numbers["x"]
    plain = patch(type="ClusterIP")
    assert plain["status"] == {"loadBalancer": {}} and not any("nodePort" in p for p in plain["spec"]["ports"]), plain
    assert not plain["spec"].keys() & {"loadBalancerClass", "healthCheckNodePort", "externalTrafficPolicy", "allocateLoadBalancerNodePorts"}, plain
    status({"ip": "1.2.3.4"}, "status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'")
    assert patch(type="LoadBalancer", loadBalancerClass="d.e/f")["spec"]["clusterIP"] == web["spec"]["clusterIP"]
    alias = patch(type="ExternalName", externalName="a.b")["spec"]
    assert not alias.keys() & {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"}, alias
    for member, value in (("clusterIP", "10.96.77.77"), ("ipFamilies", ["IPv4"]), ("ipFamilyPolicy", "SingleStack")):
        refused_for("may not be set for ExternalName services", **{member: value})


def case_kubernetes_service(s):
    assert s.admin.get("/api/v1/namespaces/default/services/kubernetes")["spec"]["clusterIP"] == "10.96.0.1"
    endpoints = s.admin.get("/api/v1/namespaces/default/endpoints/kubernetes")
    assert endpoints["subsets"][0]["addresses"][0]["ip"] == "127.0.0.1"
    assert s.admin.get("/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes")["endpoints"][0]["addresses"] == ["127.0.0.1"]


def case_namespaces(s):
    name = "life-" + s.namespace()
    made = s.admin.post("/api/v1/namespaces", {"metadata": {"name": name}})
    assert made["status"]["phase"] == "Active" and made["spec"]["finalizers"] == ["kubernetes"]
    assert made["metadata"]["labels"]["kubernetes.io/metadata.name"] == name
    s.admin.post(f"/api/v1/namespaces/{name}/configmaps", {"metadata": {"name": "a"}})
    gone = s.admin.delete("/api/v1/namespaces/" + name)
    assert gone["status"]["phase"] == "Terminating" and gone["metadata"]["deletionTimestamp"]
    body = refused(403, s.admin.post, f"/api/v1/namespaces/{name}/configmaps", {"metadata": {"name": "b"}})
    assert "being terminated" in body["message"], body
    current = s.admin.get("/api/v1/namespaces/" + name)
    current["spec"]["finalizers"] = []
    s.admin.put(f"/api/v1/namespaces/{name}/finalize", current)
    refused(404, s.admin.get, "/api/v1/namespaces/" + name)
    refused(404, s.admin.post, "/api/v1/namespaces/nowhere/configmaps", {"metadata": {"name": "b"}})
    for forever in ("default", "kube-system", "kube-public"):
        refused(403, s.admin.delete, "/api/v1/namespaces/" + forever)


def case_secrets(s):
    base = f"/api/v1/namespaces/{s.namespace()}/secrets"
    made = s.admin.post(base, {"metadata": {"name": "a"}, "stringData": {"k": "hello"}})
    assert made["data"] == {"k": "aGVsbG8="} and "stringData" not in made and made["type"] == "Opaque"
    refused(422, s.admin.post, base, {"metadata": {"name": "t"}, "type": "kubernetes.io/tls", "data": {}})
    refused(400, s.admin.post, base, {"metadata": {"name": "t"}, "data": {"k": "not base64!"}})
    refused(422, s.admin.patch, base + "/a", {"type": "example.com/other"})
    s.admin.patch(base + "/a", {"immutable": True})
    refused(422, s.admin.patch, base + "/a", {"data": {"k": "eHg="}})
    assert [i["metadata"]["name"] for i in s.admin.get(base + "?fieldSelector=type%3DOpaque")["items"]] == ["a"]


def case_nodes(s):
    node = s.admin.post("/api/v1/nodes", {"metadata": {"name": "node-a"}, "spec": {"podCIDR": "10.1.0.0/24", "podCIDRs": ["10.1.0.0/24"]}, "status": {"capacity": {"cpu": "4000m"}}})
    assert node["status"]["capacity"]["cpu"] == "4"
    refused(422, s.admin.patch, "/api/v1/nodes/node-a", {"spec": {"podCIDR": "10.2.0.0/24", "podCIDRs": ["10.2.0.0/24"]}})
    s.admin.patch("/api/v1/nodes/node-a", {"spec": {"unschedulable": True}})
    assert [n["metadata"]["name"] for n in s.admin.get("/api/v1/nodes?fieldSelector=spec.unschedulable%3Dtrue")["items"]] == ["node-a"]
    assert "node-a" not in [n["metadata"]["name"] for n in s.admin.get("/api/v1/nodes?fieldSelector=spec.unschedulable%3Dfalse")["items"]]
    s.admin.delete("/api/v1/nodes/node-a")


def case_node_changes(s):
    """Pod ranges by their old name and their new one, what is given once, and what may not be twice."""
    path = "/api/v1/nodes/node-b"
    for given in ({"podCIDR": "10.1.0.0/24"}, {"podCIDRs": ["10.1.0.0/24"]}, {"podCIDR": "10.1.0.0/24", "podCIDRs": ["10.9.0.0/24"]}):
        node = s.admin.post("/api/v1/nodes?dryRun=All", {"metadata": {"name": "node-b"}, "spec": given})
        assert node["spec"] == {"podCIDR": "10.1.0.0/24", "podCIDRs": ["10.1.0.0/24"]}, node["spec"]
    body = refused(422, s.admin.post, "/api/v1/nodes", {"metadata": {"name": "node-b"}, "spec": {"podCIDRs": ["10.1.0.0/24", "10.2.0.0/24"]}})
    assert "may specify no more than one CIDR for each IP family" in body["message"], body
    s.admin.post("/api/v1/nodes", {"metadata": {"name": "node-b"}, "spec": {}})
    s.admin.patch(path, {"spec": {"podCIDRs": ["10.1.0.0/24", "fd00::/64"], "providerID": "a://1"}})
    for spec in ({"podCIDR": "10.2.0.0/24"}, {"podCIDRs": ["10.1.0.0/24"]}, {"podCIDRs": ["10.1.0.0/24", "fd01::/64"]}):
        body = refused(422, s.admin.patch, path, {"spec": spec})
        assert 'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid' in body["message"], body
    for other in ("a://2", None):
        body = refused(422, s.admin.patch, path, {"spec": {"providerID": other}})
        assert 'spec.providerID: Forbidden: node updates may not change providerID except from "" to valid' in body["message"], body
    twice = [{"type": "InternalIP", "address": "10.0.0.1"}, {"type": "ExternalIP", "address": "10.0.0.1"}, {"type": "InternalIP", "address": "10.0.0.1"}]
    body = refused(422, s.admin.patch, path + "/status", {"status": {"addresses": twice}})
    assert "status.addresses[2]: Duplicate value" in body["message"], body
    s.admin.patch(path + "/status", {"status": {"addresses": twice[:2]}})
    s.admin.delete(path)


def case_leases(s):
    base = f"/apis/coordination.k8s.io/v1/namespaces/{s.namespace()}/leases"
    lease = s.admin.post(base, {"metadata": {"name": "l"}, "spec": {"holderIdentity": "a", "renewTime": "2026-01-01T00:00:00.000000Z", "leaseDurationSeconds": 40}})
    lease["spec"]["renewTime"] = "2026-01-01T00:00:10.000000Z"
    renewed = s.admin.put(base + "/l", lease)
    assert int(renewed["metadata"]["resourceVersion"]) > int(lease["metadata"]["resourceVersion"])
    refused(409, s.admin.put, base + "/l", lease)
    assert s.admin.put(base + "/new", {"metadata": {"name": "new"}, "spec": {}})["metadata"]["uid"]


def case_events_of_both_groups(s):
    ns = s.namespace()
    core = f"/api/v1/namespaces/{ns}/events"
    s.admin.post(core, {"metadata": {"name": "e1"}, "involvedObject": {"kind": "Pod", "namespace": ns, "name": "p"}, "reason": "Started", "type": "Normal",
                        "source": {"component": "kubelet"}, "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:00:00Z", "message": "hello"})
    assert len(s.admin.get(core + "?fieldSelector=involvedObject.name%3Dp,reason%3DStarted,source%3Dkubelet")["items"]) == 1
    refused(422, s.admin.post, core, {"metadata": {"name": "e2"}, "involvedObject": {"namespace": "elsewhere"}})
    other = s.admin.get(f"/apis/events.k8s.io/v1/namespaces/{ns}/events/e1")
    assert other["apiVersion"] == "events.k8s.io/v1" and other["note"] == "hello" and other["regarding"]["name"] == "p", other


def case_tokens_and_reviews(s):
    ns = s.namespace()
    request = s.admin.post(f"/api/v1/namespaces/{ns}/serviceaccounts/default/token", {"spec": {"expirationSeconds": 3600}})
    token = request["status"]["token"]
    review = s.admin.post("/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {"token": token}})
    assert review["status"]["authenticated"] and review["status"]["user"]["username"] == f"system:serviceaccount:{ns}:default"
    forged = token[:-6] + ("aaaaaa" if not token.endswith("aaaaaa") else "bbbbbb")
    assert not s.admin.post("/apis/authentication.k8s.io/v1/tokenreviews", {"spec": {"token": forged}})["status"].get("authenticated")
    account = s.token(token)
    body = refused(403, account.get, f"/api/v1/namespaces/{ns}/configmaps")
    assert body["message"] == f'configmaps is forbidden: User "system:serviceaccount:{ns}:default" cannot list resource "configmaps" in API group "" in the namespace "{ns}"'
    refused(401, s.token(forged).get, "/api/v1/nodes")
    refused(403, s.anonymous().get, "/api/v1/nodes")
    assert s.anonymous().raw("GET", "/healthz")[2] == b"ok"
    who = account.post("/apis/authentication.k8s.io/v1/selfsubjectreviews", {})
    assert who["status"]["userInfo"]["username"].endswith(":default")
    answer = s.admin.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {"spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}})
    assert answer["status"]["allowed"] is True
    answer = account.post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", {"spec": {"resourceAttributes": {"verb": "get", "resource": "pods"}}})
    assert not answer["status"].get("allowed")


def case_rbac(s):
    ns = s.namespace()
    base = f"/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}"
    jane = s.user("jane", "devs")
    refused(403, jane.get, f"/api/v1/namespaces/{ns}/configmaps")
    s.admin.post(base + "/roles", {"metadata": {"name": "r"}, "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list"]},
                                                                        {"apiGroups": ["rbac.authorization.k8s.io"], "resources": ["roles"], "verbs": ["create"]}]})
    s.admin.post(base + "/rolebindings", {"metadata": {"name": "b"}, "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "r"},
                                          "subjects": [{"kind": "Group", "name": "devs", "apiGroup": "rbac.authorization.k8s.io"}]})
    assert jane.get(f"/api/v1/namespaces/{ns}/configmaps")["items"] == []
    refused(403, jane.get, "/api/v1/namespaces/default/configmaps")
    refused(403, jane.post, base + "/roles", {"metadata": {"name": "more"}, "rules": [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get"]}]})
    jane.post(base + "/roles", {"metadata": {"name": "less"}, "rules": [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}]})
    refused(422, s.admin.patch, base + "/rolebindings/b", {"roleRef": {"name": "other"}})
    assert s.admin.get("/apis/rbac.authorization.k8s.io/v1/clusterroles/system:node")["rules"]


def case_autoscalers_of_both_versions(s):
    ns = s.namespace()
    v1, v2 = (f"/apis/autoscaling/{v}/namespaces/{ns}/horizontalpodautoscalers" for v in ("v1", "v2"))
    s.admin.post(v1, {"metadata": {"name": "h"}, "spec": {"scaleTargetRef": {"kind": "Deployment", "name": "d", "apiVersion": "apps/v1"}, "maxReplicas": 5,
                                                          "targetCPUUtilizationPercentage": 60}})
    new = s.admin.get(v2 + "/h")
    assert new["apiVersion"] == "autoscaling/v2" and new["spec"]["metrics"][0]["resource"]["target"]["averageUtilization"] == 60, new
    assert s.admin.get(v1)["items"][0]["spec"]["targetCPUUtilizationPercentage"] == 60
    w = s.admin.watch(v1 + "?watch=1&resourceVersion=" + new["metadata"]["resourceVersion"])
    s.admin.patch(v2 + "/h", {"spec": {"maxReplicas": 6}})
    event = w.next()
    assert event["object"]["apiVersion"] == "autoscaling/v1" and event["object"]["spec"]["targetCPUUtilizationPercentage"] == 60
    w.close()


def case_certificate_requests(s):
    base = "/apis/certificates.k8s.io/v1/certificatesigningrequests"
    spec = {"request": "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K", "signerName": "example.com/s", "usages": ["client auth"], "username": "somebody-else"}
    made = s.admin.post(base, {"metadata": {"name": "c"}, "spec": spec})
    assert made["spec"]["username"] == "admin" and "system:masters" in made["spec"]["groups"]
    made["status"] = {"conditions": [{"type": "Approved", "status": "True", "reason": "r", "message": "m"}], "certificate": "eHg="}
    approved = s.admin.put(base + "/c/approval", made)
    assert approved["status"]["conditions"][0]["type"] == "Approved" and "certificate" not in approved["status"]
    approved["status"]["conditions"] = []
    refused(422, s.admin.put, base + "/c/approval", approved)
    s.admin.delete(base + "/c")


def case_volume_claims(s):
    base = f"/api/v1/namespaces/{s.namespace()}/persistentvolumeclaims"
    made = s.admin.post(base, {"metadata": {"name": "v"}, "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}})
    assert made["status"]["phase"] == "Pending"
    s.admin.patch(base + "/v", {"spec": {"resources": {"requests": {"storage": "2Gi"}}}})
    refused(422, s.admin.patch, base + "/v", {"spec": {"accessModes": ["ReadWriteMany"]}})
    assert s.admin.patch(base + "/v", {"spec": {"volumeName": "pv1"}})["spec"]["volumeName"] == "pv1"
    refused(422, s.admin.patch, base + "/v", {"spec": {"volumeName": "pv2"}})


def case_component_statuses(s):
    items = s.admin.get("/api/v1/componentstatuses")["items"]
    assert items[0]["metadata"]["name"] == "etcd-0" and items[0]["conditions"][0]["status"] == "True"
    refused(404, s.admin.get, "/api/v1/componentstatuses/none")
