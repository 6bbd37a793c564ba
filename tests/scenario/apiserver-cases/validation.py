# SPDX-License-Identifier: Apache-2.0
"""What is wrong with an object is told field by field, and nothing is changed. A row: what is wrong, and what a cause must say: the end of a field's path, or words
of the message; None: nothing is wrong."""
from apiserver import Failure

POD = {"containers": [{"name": "c", "image": "i"}]}
P = [{"port": 80}]
NEW_EVENT = {"regarding": {"namespace": "{ns}"}, "eventTime": "2026-01-02T03:04:05.000006Z", "reportingController": "a.b/c", "reportingInstance": "x", "action": "a",
             "reason": "r", "type": "Normal"}


def pod(spec=None, **container):
    return {"containers": [{"name": "c", "image": "i", **container}], **(spec or {})}


def vol(**source):
    return pod({"volumes": [{"name": "v", **source}]})


def svc(**spec):
    return {"spec": spec}


def without(row, member):
    return {k: v for k, v in row.items() if k != member}


PODS = [
    (pod(restartPolicy="X"), "spec.containers[0].restartPolicy"),
    (pod(env=[{"name": "A", "valueFrom": {"resourceFieldRef": {"resource": "foo"}}}]), "spec.containers[0].env[0].valueFrom.resourceFieldRef.resource"),
    (pod(env=[{"name": "A", "valueFrom": {"configMapKeyRef": {"key": "a"}}}]), "spec.containers[0].env[0].valueFrom.configMapKeyRef.name"),
    (pod(env=[{"name": "A", "valueFrom": {"secretKeyRef": {"key": "a"}}}]), "spec.containers[0].env[0].valueFrom.secretKeyRef.name"),
    (pod(env=[{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['a b']"}}}]), "spec.containers[0].env[0].valueFrom.fieldRef"),
    (pod(env=[{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels"}}}]), "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath"),
    (pod(envFrom=[{"prefix": "a=b", "configMapRef": {"name": "x"}}]), "spec.containers[0].envFrom[0].prefix"),
    (pod(envFrom=[{"configMapRef": {"name": "X_"}}]), "spec.containers[0].envFrom[0].configMapRef.name"),
    (pod(readinessProbe={"httpGet": {"port": 80, "httpHeaders": [{"name": "a b", "value": "x"}]}}), "spec.containers[0].readinessProbe.httpGet.httpHeaders"),
    (pod(readinessProbe={"httpGet": {"port": 80, "scheme": "FTP"}}), "spec.containers[0].readinessProbe.httpGet.scheme"),
    (pod(readinessProbe={"exec": {}}), "spec.containers[0].readinessProbe.exec.command"),
    (pod(lifecycle={"preStop": {"sleep": {"seconds": -1}}}), "spec.containers[0].lifecycle.preStop.sleep"),
    (pod({"volumes": [{"name": "v", "emptyDir": {}}]}, volumeMounts=[{"name": "v", "mountPath": "/a", "mountPropagation": "Bidirectional"}]), "spec.containers[0].volumeMounts[0].mountPropagation"),
    (pod({"volumes": [{"name": "v", "emptyDir": {}}]}, volumeMounts=[{"name": "v", "mountPath": "/a", "recursiveReadOnly": "Enabled"}]), "spec.containers[0].volumeMounts[0].recursiveReadOnly"),
    (pod({"volumes": [{"name": "v", "emptyDir": {}}]}, volumeMounts=[{"name": "v"}]), "spec.containers[0].volumeMounts[0].mountPath"),
    (pod({"volumes": [{"name": "v", "emptyDir": {}}]}, volumeDevices=[{"name": "v", "devicePath": "/dev/x"}]), "spec.containers[0].volumeDevices[0].name"),
    (pod(securityContext={"seccompProfile": {"type": "Localhost"}}), "spec.containers[0].securityContext.seccompProfile.localhostProfile"),
    (pod(securityContext={"seccompProfile": {"type": "RuntimeDefault", "localhostProfile": "a"}}), "spec.containers[0].securityContext.seccompProfile.localhostProfile"),
    (pod(securityContext={"runAsUser": -1}), "spec.containers[0].securityContext.runAsUser"),
    (pod(securityContext={"procMount": "Foo"}), "spec.containers[0].securityContext.procMount"),
    (pod(resources={"limits": {"hugepages-2Mi": "4Mi"}}), "spec.containers[0].resources"),
    (pod(resources={"limits": {"x.y/z": "1.5"}}), "spec.containers[0].resources.limits[x.y/z]"),
    (pod(resizePolicy=[{"resourceName": "foo", "restartPolicy": "NotRequired"}]), "spec.containers[0].resizePolicy[0].resourceName"),
    (pod(imagePullPolicy="X"), "spec.containers[0].imagePullPolicy"),
    (pod(terminationMessagePolicy="X"), "spec.containers[0].terminationMessagePolicy"),
    (pod(ports=[{"containerPort": 1, "hostPort": 70000}]), "spec.containers[0].ports[0].hostPort"),
    (pod(ports=[{"containerPort": 1, "name": "abcdefghijklmnopq"}]), "spec.containers[0].ports[0].name"),
    (pod({"nodeSelector": {"a b": "c"}}), "spec.nodeSelector"),
    (pod({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}}}), "nodeSelectorTerms"),
    (pod({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a b", "operator": "Exists"}]}]}}}}), "matchExpressions[0].key"),
    (pod({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchFields": [{"key": "metadata.foo", "operator": "In", "values": ["a"]}]}]}}}}), "matchFields[0].key"),
    (pod({"affinity": {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 101, "preference": {}}]}}}), "weight"),
    (pod({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": ""}]}}}), "topologyKey"),
    (pod({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "a", "namespaces": ["A_"]}]}}}), "namespaces"),
    (pod({"affinity": {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "a", "labelSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}}]}}}), "values"),
    (pod({"tolerations": [{"key": "a", "operator": "Equal", "value": "a b"}]}), "spec.tolerations[0]"),
    (pod({"tolerations": [{"key": "a", "operator": "Foo"}]}), "spec.tolerations[0].operator"),
    (pod({"topologySpreadConstraints": [{"maxSkew": 0, "topologyKey": "a", "whenUnsatisfiable": "DoNotSchedule"}]}), "maxSkew"),
    (pod({"securityContext": {"sysctls": [{"name": "a b", "value": "1"}]}}), "spec.securityContext.sysctls[0].name"),
    (pod({"securityContext": {"sysctls": [{"name": "kernel.shm", "value": "1"}, {"name": "kernel.shm", "value": "1"}]}}), "spec.securityContext.sysctls[1].name"),
    (pod({"securityContext": {"supplementalGroups": [-1]}}), "spec.securityContext.supplementalGroups[0]"),
    (pod({"securityContext": {"fsGroupChangePolicy": "x"}}), "spec.securityContext.fsGroupChangePolicy"),
    (pod({"dnsConfig": {"nameservers": ["x"]}}), "spec.dnsConfig.nameservers[0]"),
    (pod({"dnsConfig": {"searches": ["a b"]}}), "spec.dnsConfig.searches[0]"),
    (pod({"dnsConfig": {"options": [{"value": "x"}]}}), "spec.dnsConfig.options[0]"),
    (pod({"hostAliases": [{"ip": "x", "hostnames": ["a"]}]}), "spec.hostAliases[0].ip"),
    (pod({"hostAliases": [{"ip": "1.2.3.4", "hostnames": ["a b"]}]}), "spec.hostAliases[0].hostnames"),
    (pod({"hostname": "a.b"}), "spec.hostname"),
    (pod({"subdomain": "a.b"}), "spec.subdomain"),
    (pod({"activeDeadlineSeconds": 0}), "spec.activeDeadlineSeconds"),
    (pod({"overhead": {"foo": "1"}}), "spec.overhead"),
    (pod({"readinessGates": [{"conditionType": "a b"}]}), "spec.readinessGates[0].conditionType"),
    (pod({"os": {"name": "x"}}), "spec.os"),
    (pod({"initContainers": [{"name": "c", "image": "i"}]}), "spec"),
    (pod({"initContainers": [{"name": "d", "image": "i", "lifecycle": {"preStop": {"exec": {"command": ["a"]}}}}]}), "spec.initContainers[0].lifecycle"),
    (pod({"schedulingGates": [{"name": "a b"}]}), "spec.schedulingGates[0]"),
    (pod({"hostUsers": False, "hostNetwork": True}), "spec.hostNetwork"),
    (pod({"resources": {"limits": {"foo": "1"}}}), "spec.resources.limits[foo]"),
    (pod({"restartPolicy": ""}), None),
    (pod({"ephemeralContainers": [{"name": "e", "image": "i"}]}), "spec.ephemeralContainers"),
    (vol(hostPath={}), "spec.volumes[0].hostPath.path"),
    (vol(hostPath={"path": "/a", "type": "Foo"}), "spec.volumes[0].hostPath.type"),
    (vol(emptyDir={"sizeLimit": "-1"}), "spec.volumes[0].emptyDir.sizeLimit"),
    (vol(nfs={"server": "a"}), "spec.volumes[0].nfs.path"),
    (vol(nfs={"server": "a", "path": "x"}), "spec.volumes[0].nfs.path"),
    (vol(secret={"secretName": "a", "defaultMode": 1000}), "spec.volumes[0].secret.defaultMode"),
    (vol(secret={"secretName": "a", "items": [{"key": "k"}]}), "spec.volumes[0].secret.items[0].path"),
    (vol(secret={"secretName": "a", "items": [{"key": "k", "path": "p", "mode": 1000}]}), "spec.volumes[0].secret.items[0].mode"),
    (vol(configMap={"name": "a", "items": [{"path": "k"}]}), "spec.volumes[0].configMap.items[0].key"),
    (vol(configMap={}), "spec.volumes[0].configMap.name"),
    (vol(downwardAPI={"items": [{"path": "a"}]}), "spec.volumes[0].downwardAPI"),
    (vol(downwardAPI={"items": [{"path": "a", "fieldRef": {"fieldPath": "status.podIP"}}]}), "spec.volumes[0].downwardAPI.items[0].fieldRef.fieldPath"),
    (vol(downwardAPI={"items": [{"path": "a", "resourceFieldRef": {"resource": "limits.cpu"}}]}), "spec.volumes[0].downwardAPI.items[0].resourceFieldRef.containerName"),
    (vol(downwardAPI={"items": [{"path": "/a", "fieldRef": {"fieldPath": "metadata.name"}}]}), "spec.volumes[0].downwardAPI.items[0].path"),
    (vol(projected={"sources": [{"serviceAccountToken": {"expirationSeconds": 10, "path": "t"}}]}), "spec.volumes[0].projected.sources[0].serviceAccountToken.expirationSeconds"),
    (vol(projected={"sources": [{"serviceAccountToken": {}}]}), "spec.volumes[0].projected.sources[0].serviceAccountToken.path"),
    (vol(projected={"sources": [{"secret": {"name": "a", "items": [{"key": "a", "path": "p"}]}}, {"configMap": {"name": "a", "items": [{"key": "a", "path": "p"}]}}]}), "spec.volumes[0].projected"),
    (vol(projected={"sources": [{"secret": {}}]}), "spec.volumes[0].projected.sources[0].secret.name"),
    (vol(persistentVolumeClaim={}), "spec.volumes[0].persistentVolumeClaim.claimName"),
    (vol(csi={}), "spec.volumes[0].csi.driver"),
    (vol(ephemeral={}), "spec.volumes[0].ephemeral.volumeClaimTemplate"),
    (vol(image={"reference": ""}), "spec.volumes[0].image.reference"),
    ({"volumes": [{"emptyDir": {}}], **pod()}, "spec.volumes[0].name"),
    ({"volumes": [{"name": "A_", "emptyDir": {}}], **pod()}, "spec.volumes[0].name"),
]
N = "/api/v1/namespaces/{ns}"
S, C, Q, L = N + "/services", N + "/configmaps", N + "/resourcequotas", N + "/limitranges"
R = "/apis/rbac.authorization.k8s.io/v1/namespaces/{ns}/"
W = "/apis/apps/v1/namespaces/{ns}/"
B = "/apis/batch/v1/namespaces/{ns}/"
H = "/apis/autoscaling/v2/namespaces/{ns}/horizontalpodautoscalers"
I = "/apis/networking.k8s.io/v1/namespaces/{ns}/"
E = "/apis/events.k8s.io/v1/namespaces/{ns}/events"
F = "/apis/flowcontrol.apiserver.k8s.io/v1/"
T = {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec": POD}}
JP = {**POD, "restartPolicy": "Never"}
OBJECTS = [
    (S, svc(ports=P, sessionAffinity="ClientIP", sessionAffinityConfig={"clientIP": {"timeoutSeconds": 0}}), "timeoutSeconds"),
    (S, svc(ports=P, sessionAffinity="Foo"), "sessionAffinity"),
    (S, svc(ports=P, externalIPs=["127.0.0.1"]), "externalIPs[0]"),
    (S, svc(ports=P, externalIPs=["x"]), "externalIPs[0]"),
    (S, svc(ports=[{"port": 80, "appProtocol": "a b"}]), "appProtocol"),
    (S, svc(ports=[{"port": 80, "protocol": "FOO"}]), "protocol"),
    (S, svc(ports=[{"port": 80, "targetPort": "x_"}]), "targetPort"),
    (S, svc(ports=[{"port": 80, "name": "A"}]), "ports[0].name"),
    (S, svc(ports=P, clusterIP="1.2.3.4"), "spec.clusterIPs"),
    (S, svc(ports=P, type="NodePort", clusterIP="None"), "clusterIP"),
    (S, svc(ports=[{"port": 80, "nodePort": 10}], type="NodePort"), "spec.ports[0].nodePort"),
    (S, svc(ports=P, trafficDistribution="Foo"), "trafficDistribution"),
    (S, svc(ports=P, internalTrafficPolicy="Foo"), "internalTrafficPolicy"),
    (S, svc(ports=P, ipFamilies=["IPv6"]), "spec.ipFamilies"),
    (S, svc(ports=P, ipFamilyPolicy="RequireDualStack"), "ipFamil"),
    (S, svc(ports=P, selector={"a b": "c"}), "selector"),
    (S, svc(ports=P, type="LoadBalancer", loadBalancerClass="a b"), "loadBalancerClass"),
    (S, svc(ports=P, type="ClusterIP", loadBalancerClass="a.b/c"), "loadBalancerClass"),
    (S, svc(type="ExternalName", externalName="a_b"), "externalName"),
    (S, svc(ports=P), "metadata.name", "A"),
    (S, svc(ports=P), "metadata.name", "a.b"),
    (C, {"metadata": {"name": "x", "labels": {"a": "b c"}}}, "metadata.labels"),
    (C, {"metadata": {"name": "x", "ownerReferences": [{"apiVersion": "v1", "kind": "Event", "name": "a", "uid": "b"}]}}, "metadata.ownerReferences[0]"),
    (C, {"metadata": {"name": "x", "ownerReferences": [{"apiVersion": "v1", "kind": "A", "name": "a", "uid": "b", "controller": True}, {"apiVersion": "v1", "kind": "A", "name": "a", "uid": "c", "controller": True}]}}, "metadata.ownerReferences"),
    (C, {"metadata": {"name": "x", "finalizers": ["foregroundDeletion", "orphan"]}}, "metadata.finalizers"),
    (C, {"metadata": {"generateName": "A_"}}, "metadata.generateName"),
    (C, {"metadata": {"name": "a"*254}}, "metadata.name"),
    (C, {"data": {"a"*254: "b"}}, "data["),
    (C, {"data": {"a": "b"}, "binaryData": {"a": "YQ=="}}, "data[a]"),
    (C, {"data": {"a": "x"*(1<<20)+"y"}}, "Too long"),
    (C, {"metadata": {"name": "x", "annotations": {"a": "x"*(256*1024)}}}, "metadata.annotations"),
    (N+"/secrets", {"type": "kubernetes.io/tls"}, "data[tls.crt]"),
    (N+"/secrets", {"type": "kubernetes.io/dockerconfigjson", "data": {".dockerconfigjson": "YQ=="}}, "data[.dockerconfigjson]"),
    (N+"/secrets", {"type": "kubernetes.io/basic-auth"}, "data[username]"),
    (N+"/secrets", {"type": "kubernetes.io/service-account-token"}, "metadata.annotations[kubernetes.io/service-account.name]"),
    (Q, {"spec": {"hard": {"pods": "1.5"}}}, "spec.hard[pods]"),
    (Q, {"spec": {"hard": {"foo": "1"}}}, "spec.hard[foo]"),
    (Q, {"spec": {"hard": {"pods": "-1"}}}, "spec.hard[pods]"),
    (Q, {"spec": {"hard": {"pods": "1"}, "scopes": ["Foo"]}}, "spec.scopes"),
    (Q, {"spec": {"hard": {"services": "1"}, "scopes": ["BestEffort"]}}, "spec.scopes"),
    (Q, {"spec": {"hard": {"pods": "1"}, "scopes": ["BestEffort", "NotBestEffort"]}}, "spec.scopes"),
    (Q, {"spec": {"hard": {"pods": "1"}, "scopeSelector": {"matchExpressions": [{"scopeName": "PriorityClass", "operator": "In"}]}}}, "spec.scopeSelector.matchExpressions"),
    (Q, {"spec": {"hard": {"count/deployments.apps": "1", "requests.nvidia.com/gpu": "1", "limits.cpu": "1", "services.nodeports": "1", "gold.storageclass.storage.k8s.io/requests.storage": "1"}}}, None),
    (L, {"spec": {"limits": [{"type": "Foo bar"}]}}, "spec.limits[0].type"),
    (L, {"spec": {"limits": [{"type": "Container"}, {"type": "Container"}]}}, "spec.limits[1].type"),
    (L, {"spec": {"limits": [{"type": "PersistentVolumeClaim"}]}}, "spec.limits[0]"),
    (L, {"spec": {"limits": [{"type": "Container", "maxLimitRequestRatio": {"cpu": "0.5"}}]}}, "maxLimitRequestRatio[cpu]"),
    ("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", {"spec": {"minAvailable": -1}}, "spec.minAvailable"),
    ("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", {"spec": {"minAvailable": "101%"}}, "spec.minAvailable"),
    ("/apis/policy/v1/namespaces/{ns}/poddisruptionbudgets", {"spec": {"selector": {"matchExpressions": [{"key": "a", "operator": "X"}]}}}, "operator"),
    (R+"roles", {"rules": [{"verbs": ["get"], "resources": ["pods"]}]}, "rules[0].apiGroups"),
    (R+"rolebindings", {"roleRef": {"kind": "Foo", "name": "a"}}, "roleRef.kind"),
    (R+"rolebindings", {"roleRef": {"kind": "Role", "name": "a", "apiGroup": "foo"}}, "roleRef.apiGroup"),
    (R+"rolebindings", {"roleRef": {"kind": "Role", "name": "a"}, "subjects": [{"kind": "ServiceAccount", "name": "A_", "namespace": "x"}]}, "subjects[0].name"),
    ("/apis/rbac.authorization.k8s.io/v1/clusterroles", {"rules": [{"verbs": ["get"], "nonResourceURLs": ["/a"], "resources": ["x"]}]}, "rules[0].nonResourceURLs"),
    ("/apis/rbac.authorization.k8s.io/v1/clusterroles", {"aggregationRule": {"clusterRoleSelectors": []}}, "aggregationRule"),
    (W+"deployments", {"spec": {**T, "strategy": {"rollingUpdate": {"maxSurge": "x"}}}}, "maxSurge"),
    (W+"deployments", {"spec": {**T, "strategy": {"rollingUpdate": {"maxUnavailable": "200%"}}}}, "maxUnavailable"),
    (W+"deployments", {"spec": {"template": T["template"]}}, "spec.selector"),
    (W+"deployments", {"spec": {**T, "template": {"metadata": {"labels": {"a": "b"}}, "spec": {}}}}, "spec.template.spec.containers"),
    (W+"statefulsets", {"spec": {**T, "updateStrategy": {"type": "OnDelete", "rollingUpdate": {"partition": 1}}}}, "spec.updateStrategy.rollingUpdate"),
    (W+"statefulsets", {"spec": {**T, "ordinals": {"start": -1}}}, "spec.ordinals.start"),
    (W+"daemonsets", {"spec": {**T, "updateStrategy": {"rollingUpdate": {"maxSurge": 1, "maxUnavailable": 1}}}}, "maxSurge"),
    (W+"controllerrevisions", {"revision": -1, "data": {}}, "revision"),
    (B+"jobs", {"spec": {"template": {"spec": POD}}}, "spec.template.spec.restartPolicy"),
    (B+"jobs", {"spec": {"template": {"spec": JP}, "manualSelector": True}}, "spec.selector"),
    (B+"jobs", {"spec": {"template": {"spec": JP}, "backoffLimitPerIndex": 1}}, "spec.backoffLimitPerIndex"),
    (B+"jobs", {"spec": {"template": {"spec": JP}, "podFailurePolicy": {"rules": [{"action": "FailJob", "onExitCodes": {"operator": "In", "values": [0]}}]}}}, "values"),
    (B+"jobs", {"spec": {"template": {"spec": JP}, "podFailurePolicy": {"rules": [{"action": "FailJob"}]}}}, "rules[0]"),
    (B+"jobs", {"spec": {"template": {"spec": JP}, "successPolicy": {"rules": [{"succeededCount": 1}]}}}, "successPolicy"),
    (B+"jobs", {"spec": {"template": {"spec": JP}, "managedBy": "foo"}}, "spec.managedBy"),
    (B+"cronjobs", {"spec": {"schedule": "* * * * *", "timeZone": "Foo/Bar", "jobTemplate": {"spec": {"template": {"spec": JP}}}}}, "spec.timeZone"),
    (B+"cronjobs", {"spec": {"schedule": "* * * * *", "concurrencyPolicy": "Foo", "jobTemplate": {"spec": {"template": {"spec": JP}}}}}, "spec.concurrencyPolicy"),
    (B+"cronjobs", {"spec": {"schedule": "* * * * *", "startingDeadlineSeconds": -1, "jobTemplate": {"spec": {"template": {"spec": JP}}}}}, "spec.startingDeadlineSeconds"),
    (H, {"spec": {"maxReplicas": 1}}, "spec.scaleTargetRef"),
    (H, {"spec": {"maxReplicas": 0, "scaleTargetRef": {"kind": "A", "name": "a"}}}, "spec.maxReplicas"),
    (H, {"spec": {"maxReplicas": 1, "minReplicas": 0, "scaleTargetRef": {"kind": "A", "name": "a"}}}, "spec.minReplicas"),
    (I+"ingresses", {"spec": {"rules": [{"host": "1.2.3.4"}]}}, "spec.rules[0].host"),
    (I+"ingresses", {"spec": {"rules": [{"host": "*.a_b"}]}}, "spec.rules[0].host"),
    (I+"ingresses", {"spec": {"rules": [{"http": {"paths": [{"path": "/a//b", "pathType": "Exact", "backend": {"service": {"name": "s", "port": {"number": 80}}}}]}}]}}, "path"),
    (I+"ingresses", {"spec": {"defaultBackend": {"service": {"name": "S_", "port": {"number": 80}}}}}, "name"),
    (I+"ingresses", {"spec": {"tls": [{"hosts": ["a_b"]}], "defaultBackend": {"service": {"name": "s", "port": {"number": 80}}}}}, "tls[0].hosts[0]"),
    (I+"networkpolicies", {"spec": {"podSelector": {}, "policyTypes": ["Foo"]}}, "spec.policyTypes[0]"),
    (I+"networkpolicies", {"spec": {"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "x"}}]}]}}, "ipBlock.cidr"),
    (I+"networkpolicies", {"spec": {"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/8"]}}]}]}}, "except[0]"),
    ("/apis/networking.k8s.io/v1/ingressclasses", {"spec": {"controller": "a b"}}, "spec.controller"),
    (N+"/persistentvolumeclaims", {"spec": {"resources": {"requests": {"storage": "1Gi"}}}}, "spec.accessModes"),
    (N+"/persistentvolumeclaims", {"spec": {"accessModes": ["ReadWriteOnce"], "volumeMode": "Foo", "resources": {"requests": {"storage": "1Gi"}}}}, "spec.volumeMode"),
    (N+"/persistentvolumeclaims", {"spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "A_", "resources": {"requests": {"storage": "1Gi"}}}}, "spec.storageClassName"),
    ("/api/v1/persistentvolumes", {"spec": {"capacity": {"storage": "1Gi"}, "hostPath": {"path": "/a"}}}, "spec.accessModes"),
    ("/api/v1/persistentvolumes", {"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"]}}, "spec: Required"),
    ("/api/v1/persistentvolumes", {"spec": {"accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/a"}}}, "spec.capacity"),
    ("/api/v1/persistentvolumes", {"spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "local": {"path": "/a"}}}, "spec.nodeAffinity"),
    ("/api/v1/nodes", {"metadata": {"name": "A_"}}, "metadata.name"),
    ("/api/v1/namespaces", {"metadata": {"name": "a.b"}}, "metadata.name"),
    ("/apis/scheduling.k8s.io/v1/priorityclasses", {"value": 1}, "metadata.name", "system-foo"),
    ("/apis/scheduling.k8s.io/v1/priorityclasses", {"value": 1, "preemptionPolicy": "x"}, "preemptionPolicy"),
    ("/apis/node.k8s.io/v1/runtimeclasses", {"handler": "A_"}, "handler"),
    ("/apis/storage.k8s.io/v1/storageclasses", {"provisioner": "A_"}, "provisioner"),
    ("/apis/storage.k8s.io/v1/storageclasses", {"provisioner": "a.b", "reclaimPolicy": "Foo"}, "reclaimPolicy"),
    ("/apis/coordination.k8s.io/v1/namespaces/{ns}/leases", {"spec": {"leaseDurationSeconds": 0}}, "spec.leaseDurationSeconds"),
    ("/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices", {"endpoints": []}, "addressType"),
    ("/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices", {"addressType": "IPv4", "endpoints": [{"addresses": ["1.2.3.4"], "hostname": "a_b"}]}, "hostname"),
    ("/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices", {"addressType": "IPv4", "endpoints": [], "ports": [{"name": "A"}, {"name": "a"}, {"name": "a"}]}, "ports[0].name"),
    ("/apis/discovery.k8s.io/v1/namespaces/{ns}/endpointslices", {"addressType": "IPv4", "endpoints": [], "ports": [{"name": "a"}, {"name": "a"}]}, "ports[1]"),
    (N+"/endpoints", {"subsets": [{"addresses": [{"ip": "1.2.3.4"}], "ports": [{"port": 0}]}]}, "port"),
    (N+"/endpoints", {"subsets": [{"addresses": [{"ip": "1.2.3.4", "hostname": "a_"}], "ports": [{"port": 1}]}]}, "hostname"),
    (N+"/events", {"involvedObject": {"namespace": "other"}}, "involvedObject.namespace"),
    (E, NEW_EVENT, None),
    (E, without(NEW_EVENT, "eventTime"), "eventTime"),
    (E, without(NEW_EVENT, "reportingController"), "reportingController"),
    (E, without(NEW_EVENT, "action"), "action"),
    (E, without(NEW_EVENT, "reason"), "reason"),
    (E, {**NEW_EVENT, "type": "Foo"}, "type"),
    (E, {**NEW_EVENT, "note": "x"*1025}, "note"),
    (N+"/serviceaccounts", {}, "metadata.name", "A_"),
    (F+"flowschemas", {"spec": {"priorityLevelConfiguration": {"name": "a"}, "matchingPrecedence": 20000}}, "spec.matchingPrecedence"),
    (F+"prioritylevelconfigurations", {"spec": {"type": "Limited", "limited": {"nominalConcurrencyShares": 1, "limitResponse": {"type": "Queue"}}}}, None),
]


def fill(value, ns):
    if isinstance(value, dict):
        return {k: fill(v, ns) for k, v in value.items()}
    if isinstance(value, list):
        return [fill(v, ns) for v in value]
    return ns if value == "{ns}" else value


def check(s, path, body, want):
    """What differs from what the row says; None: nothing."""
    try:
        s.admin.post(path + "?dryRun=All", body)
    except Failure as failure:
        causes = [c.get("field", "") + ": " + c["message"] for c in (failure.body.get("details") or {}).get("causes", [])]
        if want is None or failure.status != 422 or failure.body["reason"] != "Invalid" or not any(want in c for c in causes):
            return f"{want}: {failure}"
        return None
    return want and f"accepted, though {want}"


def case_pod_validation(s):
    ns = s.namespace()
    wrong = [check(s, f"/api/v1/namespaces/{ns}/pods", {"metadata": {"name": "p"}, "spec": spec}, want) for spec, want in PODS]
    assert not any(wrong), "\n".join(filter(None, wrong))


def case_object_validation(s):
    ns = s.namespace()
    wrong = []
    for path, body, want, *name in OBJECTS:
        body = {"metadata": {"name": name[0] if name else "x"}, **fill(body, ns)}
        wrong.append(check(s, path.replace("{ns}", ns), body, want))
    assert not any(wrong), "\n".join(filter(None, wrong))
