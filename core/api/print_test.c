/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as kubectl shows them: an object in, the cells out; and that every kind's columns and cells agree.
 */
#include "core/api/print.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/memory.h"

/* All ages below are counted up to here. */
#define NOW  "2026-01-01T01:00:00Z"
#define META "\"metadata\":{\"name\":\"x\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\"}"
#define DELETED                                                                                              \
    "\"metadata\":{\"name\":\"x\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\",\"deletionTimestamp\":"     \
    "\"" NOW "\"}"
#define SPEC1 "\"spec\":{\"containers\":[{\"name\":\"c\"}],\"nodeName\":\"n1\"}"
#define SPEC2 "\"spec\":{\"containers\":[{\"name\":\"c\"},{\"name\":\"d\"}]}"
#define INITS                                                                                                \
    "\"spec\":{\"initContainers\":[{\"name\":\"i\"},{\"name\":\"s\",\"restartPolicy\":\"Always\"}],"         \
    "\"containers\":[{\"name\":\"c\"}]}"

struct table_case {
    const char *group, *kind, *object, *cells;
};

static const struct table_case pods[] = {
    {"", "Pod",
     "{" META "," SPEC1 ",\"status\":{\"phase\":\"Running\",\"podIPs\":[{\"ip\":\"10.0.0.1\"}],"
     "\"containerStatuses\":[{\"name\":\"c\","
     "\"ready\":true,\"restartCount\":3,\"state\":{\"running\":{}},\"lastState\":{\"terminated\":{"
     "\"finishedAt\":\"2026-01-01T00:55:00Z\"}}}]}}",
     "[\"x\",\"1/1\",\"Running\",\"3 (5m ago)\",\"60m\",\"10.0.0.1\",\"n1\",\"<none>\",\"<none>\"]"},
    {"", "Pod", "{" META "," SPEC2 ",\"status\":{\"phase\":\"Pending\"}}",
     "[\"x\",\"0/2\",\"Pending\",\"0\",\"60m\",\"<none>\",\"<none>\",\"<none>\",\"<none>\"]"},
    {"", "Pod",
     "{" META "," SPEC1
     ",\"status\":{\"phase\":\"Pending\",\"conditions\":[{\"type\":\"PodScheduled\",\"status\":\"False\","
     "\"reason\":\"SchedulingGated\"}],\"nominatedNodeName\":\"n9\"}}",
     "[\"x\",\"0/1\",\"SchedulingGated\",\"0\",\"60m\",\"<none>\",\"n1\",\"n9\",\"<none>\"]"},
    {"", "Pod",
     "{" META "," SPEC1
     ",\"status\":{\"phase\":\"Running\",\"containerStatuses\":[{\"name\":\"c\",\"restartCount\":7,"
     "\"state\":{\"waiting\":{\"reason\":\"CrashLoopBackOff\"}}}]}}",
     "[\"x\",\"0/1\",\"CrashLoopBackOff\",\"7\",\"60m\",\"<none>\",\"n1\",\"<none>\",\"<none>\"]"},
    {"", "Pod",
     "{" META "," SPEC1
     ",\"status\":{\"phase\":\"Succeeded\",\"containerStatuses\":[{\"name\":\"c\",\"state\":{\"terminated\":{"
     "\"reason\":\"Completed\",\"exitCode\":0}}}]}}",
     "[\"x\",\"0/1\",\"Completed\",\"0\",\"60m\",\"<none>\",\"n1\",\"<none>\",\"<none>\"]"},
    {"", "Pod",
     "{" META "," SPEC1
     ",\"status\":{\"phase\":\"Failed\",\"containerStatuses\":[{\"name\":\"c\",\"state\":{\"terminated\":{"
     "\"exitCode\":3}}}]}}",
     "[\"x\",\"0/1\",\"ExitCode:3\",\"0\",\"60m\",\"<none>\",\"n1\",\"<none>\",\"<none>\"]"},
    {"", "Pod",
     "{" META "," SPEC1
     ",\"status\":{\"phase\":\"Failed\",\"containerStatuses\":[{\"name\":\"c\",\"state\":{\"terminated\":{"
     "\"exitCode\":137,\"signal\":9}}}]}}",
     "[\"x\",\"0/1\",\"Signal:9\",\"0\",\"60m\",\"<none>\",\"n1\",\"<none>\",\"<none>\"]"},
    {"", "Pod", "{" META "," SPEC1 ",\"status\":{\"phase\":\"Failed\",\"reason\":\"Evicted\"}}",
     "[\"x\",\"0/1\",\"Evicted\",\"0\",\"60m\",\"<none>\",\"n1\",\"<none>\",\"<none>\"]"},
    /* The first container has the last word, and one that still runs keeps a pod from being completed. */
    {"", "Pod",
     "{" META "," SPEC2 ",\"status\":{\"phase\":\"Running\",\"containerStatuses\":[{\"name\":\"c\",\"state\":"
     "{\"waiting\":{\"reason\":"
     "\"ImagePullBackOff\"}}},{\"name\":\"d\",\"state\":{\"terminated\":{\"reason\":\"Error\"}}}]}}",
     "[\"x\",\"0/2\",\"ImagePullBackOff\",\"0\",\"60m\",\"<none>\",\"<none>\",\"<none>\",\"<none>\"]"},
    {"", "Pod",
     "{" META "," SPEC2
     ",\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}],"
     "\"containerStatuses\":[{\"name\":\"c\",\"ready\":true,\"state\":{\"running\":{}}},{\"name\":\"d\","
     "\"state\":{\"terminated\":{\"reason\":"
     "\"Completed\"}}}]}}",
     "[\"x\",\"1/2\",\"Running\",\"0\",\"60m\",\"<none>\",\"<none>\",\"<none>\",\"<none>\"]"},
    {"", "Pod",
     "{" META "," SPEC2 ",\"status\":{\"phase\":\"Running\",\"containerStatuses\":[{\"name\":\"c\",\"ready\":"
     "true,\"state\":{\"running\":"
     "{}}},{\"name\":\"d\",\"state\":{\"terminated\":{\"reason\":\"Completed\"}}}]}}",
     "[\"x\",\"1/2\",\"NotReady\",\"0\",\"60m\",\"<none>\",\"<none>\",\"<none>\",\"<none>\"]"},
    {"", "Pod", "{" DELETED "," SPEC1 ",\"status\":{\"phase\":\"Running\"}}",
     "[\"x\",\"0/1\",\"Terminating\",\"0\",\"60m\",\"<none>\",\"n1\",\"<none>\",\"<none>\"]"},
    {"", "Pod", "{" DELETED "," SPEC1 ",\"status\":{\"phase\":\"Running\",\"reason\":\"NodeLost\"}}",
     "[\"x\",\"0/1\",\"Unknown\",\"0\",\"60m\",\"<none>\",\"n1\",\"<none>\",\"<none>\"]"},
    {"", "Pod", "{" DELETED "," SPEC1 ",\"status\":{\"phase\":\"Succeeded\"}}",
     "[\"x\",\"0/1\",\"Succeeded\",\"0\",\"60m\",\"<none>\",\"n1\",\"<none>\",\"<none>\"]"},
    /* Init containers. */
    {"", "Pod",
     "{" META "," INITS ",\"status\":{\"phase\":\"Pending\",\"initContainerStatuses\":[{\"name\":\"i\","
     "\"state\":{\"running\":{}}},"
     "{\"name\":\"s\",\"state\":{\"waiting\":{\"reason\":\"PodInitializing\"}}}],\"containerStatuses\":[{"
     "\"name\":\"c\",\"state\":{\"waiting\":{"
     "\"reason\":\"PodInitializing\"}}}]}}",
     "[\"x\",\"0/2\",\"Init:0/2\",\"0\",\"60m\",\"<none>\",\"<none>\",\"<none>\",\"<none>\"]"},
    {"", "Pod",
     "{" META "," INITS ",\"status\":{\"phase\":\"Pending\",\"initContainerStatuses\":[{\"name\":\"i\","
     "\"restartCount\":2,\"state\":{"
     "\"waiting\":{\"reason\":\"CrashLoopBackOff\"}},\"lastState\":{\"terminated\":{\"finishedAt\":\"2026-01-"
     "01T00:59:50Z\"}}}]}}",
     "[\"x\",\"0/2\",\"Init:CrashLoopBackOff\",\"2 (10s "
     "ago)\",\"60m\",\"<none>\",\"<none>\",\"<none>\",\"<none>\"]"},
    {"", "Pod",
     "{" META "," INITS ",\"status\":{\"phase\":\"Pending\",\"initContainerStatuses\":[{\"name\":\"i\","
     "\"state\":{\"terminated\":{"
     "\"exitCode\":1}}}]}}",
     "[\"x\",\"0/2\",\"Init:ExitCode:1\",\"0\",\"60m\",\"<none>\",\"<none>\",\"<none>\",\"<none>\"]"},
    {"", "Pod",
     "{" META "," INITS ",\"status\":{\"phase\":\"Pending\",\"initContainerStatuses\":[{\"name\":\"i\","
     "\"state\":{\"terminated\":{"
     "\"exitCode\":1,\"reason\":\"Error\"}}}]}}",
     "[\"x\",\"0/2\",\"Init:Error\",\"0\",\"60m\",\"<none>\",\"<none>\",\"<none>\",\"<none>\"]"},
    {"", "Pod",
     "{" META "," INITS ",\"status\":{\"phase\":\"Pending\",\"initContainerStatuses\":[{\"name\":\"i\","
     "\"state\":{\"terminated\":{"
     "\"exitCode\":0}}},{\"name\":\"s\",\"state\":{\"waiting\":{\"reason\":\"PodInitializing\"}}}]}}",
     "[\"x\",\"0/2\",\"Init:1/2\",\"0\",\"60m\",\"<none>\",\"<none>\",\"<none>\",\"<none>\"]"},
    /* A sidecar that runs counts as a container, and its restarts are kept when those of other init
       containers are forgotten. */
    {"", "Pod",
     "{" META "," INITS ",\"status\":{\"phase\":\"Running\",\"initContainerStatuses\":[{\"name\":\"i\","
     "\"restartCount\":5,\"state\":{"
     "\"terminated\":{\"exitCode\":0}}},{\"name\":\"s\",\"started\":true,\"ready\":true,\"restartCount\":1,"
     "\"state\":{\"running\":{}}}],"
     "\"containerStatuses\":[{\"name\":\"c\",\"ready\":true,\"restartCount\":1,\"state\":{\"running\":{}}}]}"
     "}",
     "[\"x\",\"2/2\",\"Running\",\"2\",\"60m\",\"<none>\",\"<none>\",\"<none>\",\"<none>\"]"},
    {"", "Pod",
     "{" META ",\"spec\":{\"containers\":[{}],\"readinessGates\":[{\"conditionType\":\"a\"},{"
     "\"conditionType\":\"b\"}]},\"status\":{"
     "\"phase\":\"Running\",\"conditions\":[{\"type\":\"a\",\"status\":\"True\"}]}}",
     "[\"x\",\"0/1\",\"Running\",\"0\",\"60m\",\"<none>\",\"<none>\",\"<none>\",\"1/2\"]"},
    {"", "Pod", "{}", "[\"\",\"0/0\",\"\",\"0\",\"<unknown>\",\"<none>\",\"<none>\",\"<none>\",\"<none>\"]"},
};

#define TEMPLATE                                                                                             \
    "\"template\":{\"spec\":{\"containers\":[{\"name\":\"a\",\"image\":\"i:1\"},{\"name\":\"b\",\"image\":"  \
    "\"j\"}]}}"
#define APP "\"selector\":{\"matchLabels\":{\"app\":\"w\"}}"

static const struct table_case kinds[] = {
    {"", "Node",
     "{\"metadata\":{\"name\":\"n\",\"creationTimestamp\":\"2025-12-30T00:00:00Z\",\"labels\":{\"node-role."
     "kubernetes.io/worker\":\"\","
     "\"node-role.kubernetes.io/control-plane\":\"\",\"kubernetes.io/"
     "role\":\"x\"}},\"spec\":{\"unschedulable\":true},\"status\":{\"conditions\":[{"
     "\"type\":\"Ready\",\"status\":\"True\"}],\"addresses\":[{\"type\":\"Hostname\",\"address\":\"h\"},{"
     "\"type\":\"InternalIP\",\"address\":"
     "\"10.0.0.1\"}],\"nodeInfo\":{\"kubeletVersion\":\"v1.36.0\",\"osImage\":\"Debian\",\"kernelVersion\":"
     "\"6.1\"}}}",
     "[\"n\",\"Ready,SchedulingDisabled\",\"control-plane,worker,x\",\"2d1h\",\"v1.36.0\",\"10.0.0.1\",\"<"
     "none>\",\"Debian\",\"6.1\",\"<unknown>\"]"},
    {"", "Node", "{" META ",\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"Unknown\"}]}}",
     "[\"x\",\"NotReady\",\"<none>\",\"60m\",\"\",\"<none>\",\"<none>\",\"<unknown>\",\"<unknown>\",\"<"
     "unknown>\"]"},
    {"", "Node", "{" META "}",
     "[\"x\",\"Unknown\",\"<none>\",\"60m\",\"\",\"<none>\",\"<none>\",\"<unknown>\",\"<unknown>\",\"<"
     "unknown>\"]"},
    {"apps", "Deployment",
     "{" META ",\"spec\":{\"replicas\":3," APP "," TEMPLATE
     "},\"status\":{\"readyReplicas\":1,\"updatedReplicas\":2}}",
     "[\"x\",\"1/3\",2,0,\"60m\",\"a,b\",\"i:1,j\",\"app=w\"]"},
    {"apps", "ReplicaSet",
     "{" META ",\"spec\":{\"replicas\":3," APP "," TEMPLATE "},\"status\":{\"replicas\":2}}",
     "[\"x\",3,2,0,\"60m\",\"a,b\",\"i:1,j\",\"app=w\"]"},
    {"", "ReplicationController",
     "{" META ",\"spec\":{\"replicas\":1,\"selector\":{\"b\":\"2\",\"a\":\"1\"}}}",
     "[\"x\",1,0,0,\"60m\",\"\",\"\",\"a=1,b=2\"]"},
    {"apps", "StatefulSet", "{" META ",\"spec\":{\"replicas\":1," TEMPLATE "}}",
     "[\"x\",\"0/1\",\"60m\",\"a,b\",\"i:1,j\"]"},
    {"apps", "DaemonSet",
     "{" META ",\"spec\":{" APP "},\"status\":{\"desiredNumberScheduled\":4,\"numberReady\":3}}",
     "[\"x\",4,0,3,0,0,\"<none>\",\"60m\",\"\",\"\",\"app=w\"]"},
    {"apps", "ControllerRevision",
     "{\"metadata\":{\"name\":\"r\",\"ownerReferences\":[{\"apiVersion\":\"apps/"
     "v1\",\"kind\":\"StatefulSet\",\"name\":"
     "\"w\",\"controller\":true}]},\"revision\":2}",
     "[\"r\",\"statefulset.apps/w\",2,\"<unknown>\"]"},
    {"policy", "PodDisruptionBudget",
     "{" META ",\"spec\":{\"minAvailable\":2},\"status\":{\"disruptionsAllowed\":1}}",
     "[\"x\",\"2\",\"N/A\",1,\"60m\"]"},
    {"policy", "PodDisruptionBudget", "{" META ",\"spec\":{\"maxUnavailable\":\"25%\"}}",
     "[\"x\",\"N/A\",\"25%\",0,\"60m\"]"},
    {"autoscaling", "Scale", "{" META ",\"spec\":{\"replicas\":2}}", "[\"x\",2,0,\"60m\"]"},
    {"batch", "Job",
     "{" META ",\"spec\":{\"completions\":3},\"status\":{\"succeeded\":3,\"startTime\":\"2026-01-01T00:00:"
     "00Z\",\"completionTime\":"
     "\"2026-01-01T00:00:07Z\",\"conditions\":[{\"type\":\"Complete\",\"status\":\"True\"}]}}",
     "[\"x\",\"Complete\",\"3/3\",\"7s\",\"60m\",\"\",\"\",\"<none>\"]"},
    {"batch", "Job",
     "{" META ",\"spec\":{\"parallelism\":2},\"status\":{\"startTime\":\"2026-01-01T00:59:00Z\"}}",
     "[\"x\",\"Running\",\"0/1 of 2\",\"60s\",\"60m\",\"\",\"\",\"<none>\"]"},
    {"batch", "CronJob",
     "{" META ",\"spec\":{\"schedule\":\"* * * * "
     "*\",\"suspend\":false},\"status\":{\"active\":[{}],\"lastScheduleTime\":"
     "\"2026-01-01T00:59:00Z\"}}",
     "[\"x\",\"* * * * *\",\"<none>\",\"False\",1,\"60s\",\"60m\",\"\",\"\",\"<none>\"]"},
    {"", "Service",
     "{" META ",\"spec\":{\"type\":\"ClusterIP\",\"clusterIPs\":[\"10.0.0.1\"],\"ports\":[{\"port\":80,"
     "\"protocol\":\"TCP\"},{\"port\":"
     "53,\"protocol\":\"UDP\"}],\"selector\":{\"a\":\"b\"}}}",
     "[\"x\",\"ClusterIP\",\"10.0.0.1\",\"<none>\",\"80/TCP,53/UDP\",\"60m\",\"a=b\"]"},
    {"", "Service",
     "{" META ",\"spec\":{\"type\":\"LoadBalancer\",\"clusterIP\":\"10.0.0.1\",\"ports\":[{\"port\":80,"
     "\"nodePort\":30080,\"protocol\":"
     "\"TCP\"}]}}",
     "[\"x\",\"LoadBalancer\",\"10.0.0.1\",\"<pending>\",\"80:30080/TCP\",\"60m\",\"<none>\"]"},
    {"", "Service",
     "{" META ",\"spec\":{\"type\":\"LoadBalancer\",\"externalIPs\":[\"9.9.9.9\"]},\"status\":{"
     "\"loadBalancer\":{\"ingress\":[{\"ip\":"
     "\"2.2.2.2\"},{\"hostname\":\"h.example.com\"},{\"ip\":\"1.1.1.1\"}]}}}",
     "[\"x\",\"LoadBalancer\",\"<none>\",\"1.1.1.1,2.2.2.2,h.example.com,9.9.9.9\",\"<none>\",\"60m\",\"<"
     "none>\"]"},
    {"", "Service", "{" META ",\"spec\":{\"type\":\"ExternalName\",\"externalName\":\"e.com\"}}",
     "[\"x\",\"ExternalName\",\"<none>\",\"e.com\",\"<none>\",\"60m\",\"<none>\"]"},
    {"", "Endpoints",
     "{" META ",\"subsets\":[{\"addresses\":[{\"ip\":\"1.1.1.1\"},{\"ip\":\"fd00::1\"}],\"ports\":[{\"port\":"
     "80},{\"port\":443}]}]}",
     "[\"x\",\"1.1.1.1:80,[fd00::1]:80,1.1.1.1:443 + 1 more...\",\"60m\"]"},
    {"", "Endpoints", "{" META ",\"subsets\":[{\"addresses\":[{\"ip\":\"1.1.1.1\"}]}]}",
     "[\"x\",\"1.1.1.1\",\"60m\"]"},
    {"", "Endpoints", "{" META "}", "[\"x\",\"<none>\",\"60m\"]"},
    {"discovery.k8s.io", "EndpointSlice",
     "{" META ",\"addressType\":\"IPv4\",\"ports\":[{\"port\":80},{\"name\":\"all\"},{}],\"endpoints\":[{"
     "\"addresses\":[\"1.1.1.1\"]},{\"addresses\":[\"1.1.1.2\"]}]}",
     "[\"x\",\"IPv4\",\"80,all,*\",\"1.1.1.1,1.1.1.2\",\"60m\"]"},
    {"discovery.k8s.io", "EndpointSlice", "{" META "}", "[\"x\",\"\",\"<unset>\",\"<unset>\",\"60m\"]"},
    {"networking.k8s.io", "Ingress",
     "{" META
     ",\"spec\":{\"ingressClassName\":\"c\",\"tls\":[{}],\"rules\":[{\"host\":\"a\"},{\"host\":\"b\"},{},{"
     "\"host\":\"c\"},{\"host\":\"d\"}]},\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"1.1.1.1\"}]}}}",
     "[\"x\",\"c\",\"a,b,c + 2 more...\",\"1.1.1.1\",\"80, 443\",\"60m\"]"},
    {"networking.k8s.io", "Ingress", "{" META "}", "[\"x\",\"<none>\",\"*\",\"\",\"80\",\"60m\"]"},
    {"networking.k8s.io", "IngressClass",
     "{" META
     ",\"spec\":{\"controller\":\"c\",\"parameters\":{\"apiGroup\":\"g\",\"kind\":\"K\",\"name\":\"n\"}}}",
     "[\"x\",\"c\",\"K.g/n\",\"60m\"]"},
    {"networking.k8s.io", "NetworkPolicy", "{" META ",\"spec\":{\"podSelector\":{}}}",
     "[\"x\",\"<none>\",\"60m\"]"},
    {"networking.k8s.io", "IPAddress",
     "{" META
     ",\"spec\":{\"parentRef\":{\"resource\":\"services\",\"namespace\":\"default\",\"name\":\"k\"}}}",
     "[\"x\",\"services/default/k\"]"},
    {"networking.k8s.io", "ServiceCIDR", "{" META ",\"spec\":{\"cidrs\":[\"10.0.0.0/16\",\"fd00::/112\"]}}",
     "[\"x\",\"10.0.0.0/16,fd00::/112\",\"60m\"]"},
    {"", "Event",
     "{\"metadata\":{\"name\":\"e\"},\"type\":\"Normal\",\"reason\":\"R\",\"message\":\" m "
     "\\n\",\"involvedObject\":{\"kind\":\"Pod\",\"name\":"
     "\"p\",\"fieldPath\":\"f\"},\"source\":{\"component\":\"kubelet\",\"host\":\"n\"},\"firstTimestamp\":"
     "\"2026-01-01T00:00:00Z\",\"lastTimestamp\":"
     "\"2026-01-01T00:59:30Z\",\"count\":4}",
     "[\"30s\",\"Normal\",\"R\",\"pod/p\",\"f\",\"kubelet, n\",\"m\",\"60m\",4,\"e\"]"},
    {"", "Event",
     "{\"metadata\":{\"name\":\"e\"},\"firstTimestamp\":null,\"eventTime\":\"2026-01-01T00:59:00.000000Z\","
     "\"reportingComponent\":\"s\","
     "\"reportingInstance\":\"i\",\"series\":{\"count\":9,\"lastObservedTime\":\"2026-01-01T00:59:59."
     "000000Z\"}}",
     "[\"1s\",\"\",\"\",\"\",\"\",\"s, i\",\"\",\"60s\",9,\"e\"]"},
    {"events.k8s.io", "Event",
     "{\"metadata\":{\"name\":\"e\"},\"note\":\"n\",\"regarding\":{\"kind\":\"Node\",\"name\":\"a\"},"
     "\"eventTime\":"
     "\"2026-01-01T00:59:00.000000Z\",\"reportingController\":\"c\"}",
     "[\"60s\",\"\",\"\",\"node/a\",\"\",\"c\",\"n\",\"60s\",1,\"e\"]"},
    {"", "Namespace", "{" META ",\"status\":{\"phase\":\"Active\"}}", "[\"x\",\"Active\",\"60m\"]"},
    {"", "ConfigMap", "{" META ",\"data\":{\"a\":\"\"},\"binaryData\":{\"b\":\"\"}}", "[\"x\",2,\"60m\"]"},
    {"", "Secret", "{" META ",\"type\":\"Opaque\",\"data\":{\"a\":\"\"}}", "[\"x\",\"Opaque\",1,\"60m\"]"},
    {"", "ServiceAccount", "{" META "}", "[\"x\",\"60m\"]"},
    {"", "ResourceQuota",
     "{" META
     ",\"status\":{\"hard\":{\"pods\":\"9\",\"limits.cpu\":\"2\",\"cpu\":\"1\"},\"used\":{\"pods\":\"3\"}}}",
     "[\"x\",\"cpu: 0/1, pods: 3/9\",\"limits.cpu: 0/2\",\"60m\"]"},
    {"", "ResourceQuota", "{" META "}", "[\"x\",\"\",\"\",\"60m\"]"},
    {"", "LimitRange", "{" META "}", "[\"x\",\"2026-01-01T00:00:00Z\"]"},
    {"unknown.example.com", "Widget", "{" META "}", "[\"x\",\"2026-01-01T00:00:00Z\"]"},
    {"", "Status", "{\"status\":\"Failure\",\"reason\":\"NotFound\",\"message\":\"m\"}",
     "[\"Failure\",\"NotFound\",\"m\"]"},
    {"rbac.authorization.k8s.io", "RoleBinding",
     "{" META ",\"roleRef\":{\"kind\":\"Role\",\"name\":\"r\"},\"subjects\":[{\"kind\":\"User\",\"name\":"
     "\"u\"},{\"kind\":\"User\",\"name\":\"v\"},{\"kind\":\"ServiceAccount\",\"name\":\"s\",\"namespace\":"
     "\"ns\"}]}",
     "[\"x\",\"Role/r\",\"60m\",\"u, v\",\"\",\"ns/s\"]"},
    {"", "PersistentVolume",
     "{" META ",\"spec\":{\"capacity\":{\"storage\":\"1Gi\"},\"accessModes\":[\"ReadWriteMany\","
     "\"ReadWriteOnce\"],\"claimRef\":{"
     "\"namespace\":\"ns\",\"name\":\"c\"},\"storageClassName\":\"s\",\"persistentVolumeReclaimPolicy\":"
     "\"Delete\",\"volumeMode\":\"Block\"},"
     "\"status\":{\"phase\":\"Bound\"}}",
     "[\"x\",\"1Gi\",\"RWO,RWX\",\"Delete\",\"Bound\",\"ns/c\",\"s\",\"<unset>\",\"\",\"60m\",\"Block\"]"},
    {"", "PersistentVolumeClaim",
     "{" META ",\"spec\":{\"accessModes\":[\"ReadWriteOnce\"],\"storageClassName\":\"s\"},\"status\":{"
     "\"phase\":\"Pending\"}}",
     "[\"x\",\"Pending\",\"\",\"\",\"\",\"s\",\"<unset>\",\"60m\",\"<unset>\"]"},
    {"", "PersistentVolumeClaim",
     "{" DELETED ",\"spec\":{\"volumeName\":\"v\"},\"status\":{\"phase\":\"Bound\",\"accessModes\":["
     "\"ReadWriteOncePod\"],"
     "\"capacity\":{\"storage\":\"2Gi\"}}}",
     "[\"x\",\"Terminating\",\"v\",\"2Gi\",\"RWOP\",\"\",\"<unset>\",\"60m\",\"<unset>\"]"},
    {"storage.k8s.io", "StorageClass",
     "{\"metadata\":{\"name\":\"s\",\"annotations\":{\"storageclass.kubernetes.io/"
     "is-default-class\":\"true\"}},"
     "\"provisioner\":\"p\",\"allowVolumeExpansion\":true}",
     "[\"s (default)\",\"p\",\"Delete\",\"Immediate\",true,\"<unknown>\"]"},
    {"storage.k8s.io", "CSIDriver",
     "{" META ",\"spec\":{\"volumeLifecycleModes\":[\"Persistent\",\"Ephemeral\"]}}",
     "[\"x\",true,false,false,\"<unset>\",false,\"Persistent,Ephemeral\",\"60m\"]"},
    {"storage.k8s.io", "CSINode", "{" META ",\"spec\":{\"drivers\":[{},{}]}}", "[\"x\",2,\"60m\"]"},
    {"storage.k8s.io", "VolumeAttachment",
     "{" META ",\"spec\":{\"attacher\":\"a\",\"nodeName\":\"n\",\"source\":{\"persistentVolumeName\":\"v\"}},"
     "\"status\":{\"attached\":true}}",
     "[\"x\",\"a\",\"v\",\"n\",true,\"60m\"]"},
    {"scheduling.k8s.io", "PriorityClass", "{" META ",\"value\":1000,\"preemptionPolicy\":\"Never\"}",
     "[\"x\",1000,false,\"60m\",\"Never\"]"},
    {"flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration",
     "{" META ",\"spec\":{\"type\":\"Limited\",\"limited\":{"
     "\"nominalConcurrencyShares\":30,\"limitResponse\":{\"queuing\":{\"queues\":64,\"handSize\":6,"
     "\"queueLengthLimit\":50}}}}}",
     "[\"x\",\"Limited\",30,64,6,50,\"60m\"]"},
    {"flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration",
     "{" META ",\"spec\":{\"type\":\"Exempt\"}}",
     "[\"x\",\"Exempt\",\"<none>\",\"<none>\",\"<none>\",\"<none>\",\"60m\"]"},
    {"flowcontrol.apiserver.k8s.io", "FlowSchema",
     "{" META ",\"spec\":{\"matchingPrecedence\":9,\"priorityLevelConfiguration\":{\"name\":\"l\"},"
     "\"distinguisherMethod\":{\"type\":\"ByUser\"}},\"status\":{\"conditions\":[{\"type\":\"Dangling\","
     "\"status\":\"False\"}]}}",
     "[\"x\",\"l\",9,\"ByUser\",\"60m\",\"False\"]"},
    {"admissionregistration.k8s.io", "ValidatingWebhookConfiguration", "{" META ",\"webhooks\":[{}]}",
     "[\"x\",1,\"60m\"]"},
    {"admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding",
     "{" META ",\"spec\":{\"policyName\":\"p\",\"paramRef\":{\"name\":\"n\"}}}",
     "[\"x\",\"p\",\"*/n\",\"60m\"]"},
    {"coordination.k8s.io", "Lease", "{" META ",\"spec\":{\"holderIdentity\":\"h\"}}",
     "[\"x\",\"h\",\"60m\"]"},
    {"resource.k8s.io", "ResourceClaim", "{" META ",\"status\":{\"allocation\":{},\"reservedFor\":[{}]}}",
     "[\"x\",\"allocated,reserved\",\"60m\"]"},
    {"resource.k8s.io", "ResourceClaim", "{" META "}", "[\"x\",\"pending\",\"60m\"]"},
    {"certificates.k8s.io", "CertificateSigningRequest",
     "{" META ",\"spec\":{\"signerName\":\"s\",\"username\":\"u\",\"expirationSeconds\":3600},"
     "\"status\":{\"certificate\":\"YQ==\",\"conditions\":[{\"type\":\"Approved\",\"status\":\"True\"}]}}",
     "[\"x\",\"60m\",\"s\",\"u\",\"60m\",\"Approved,Issued\"]"},
    {"autoscaling", "HorizontalPodAutoscaler",
     "{" META ",\"spec\":{\"scaleTargetRef\":{\"kind\":\"Deployment\",\"name\":\"w\"},\"maxReplicas\":5,"
     "\"metrics\":[{\"type\":\"Resource\",\"resource\":{\"name\":\"cpu\",\"target\":{\"averageUtilization\":"
     "80}}},{\"type\":\"Pods\",\"pods\":{"
     "\"target\":{\"averageValue\":\"10\"}}},{\"type\":\"External\"}]},\"status\":{\"currentReplicas\":2,"
     "\"currentMetrics\":[{\"type\":\"Resource\","
     "\"resource\":{\"name\":\"cpu\",\"current\":{\"averageUtilization\":55}}}]}}",
     "[\"x\",\"Deployment/w\",\"cpu: 55%/80%, <unknown>/10 + 1 more...\",\"<unset>\",5,2,\"60m\"]"},
    {"autoscaling", "HorizontalPodAutoscaler",
     "{" META ",\"spec\":{\"minReplicas\":1,\"maxReplicas\":5,\"targetCPUUtilizationPercentage\":50}}",
     "[\"x\",\"/\",\"cpu: <unknown>/50%\",\"1\",5,0,\"60m\"]"},
    {"apiregistration.k8s.io", "APIService",
     "{" META ",\"spec\":{\"service\":{\"namespace\":\"ns\",\"name\":\"s\"}},\"status\":{\"conditions\":[{"
     "\"type\":\"Available\",\"status\":\"False\",\"reason\":\"Gone\"}]}}",
     "[\"x\",\"ns/s\",\"False (Gone)\",\"60m\"]"},
};

static void check_cells(const struct table_case *cases, size_t count)
{
    int64_t now;
    assert_true(time_parse(SLICE(NOW), &now));
    for (size_t i = 0; i < count; i++) {
        _cleanup_(arena_done) struct arena arena = ARENA_INIT;
        _cleanup_(buffer_done) struct buffer cells = BUFFER_INIT;
        struct json *object;
        if (json_parse(&arena, slice_of(cases[i].object), &object, NULL))
            fail_msg("%s does not parse", cases[i].object);
        print_cells_of(cases[i].group, cases[i].kind, object, now, &cells);
        if (strcmp(cells.data, cases[i].cells))
            fail_msg("%s\n got %s\nwant %s", cases[i].object, cells.data, cases[i].cells);
    }
}

static void pod_cells(void **state)
{
    check_cells(pods, ARRAY_SIZE(pods));
}

static void other_cells(void **state)
{
    check_cells(kinds, ARRAY_SIZE(kinds));
}

/* Definitions are valid JSON, as many as cells, with the types that clients know; names of the first column
 * bear the format that kubectl looks for. */
static void columns_agree(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
        _cleanup_(arena_done) struct arena arena = ARENA_INIT;
        _cleanup_(buffer_done) struct buffer columns = BUFFER_INIT, cells = BUFFER_INIT;
        struct json *definitions, *values;
        print_columns_of(kinds[i].group, kinds[i].kind, &columns);
        print_cells_of(kinds[i].group, kinds[i].kind, NULL, 0, &cells);
        assert_int_equal(json_parse(&arena, slice_of(columns.data), &definitions, NULL), 0);
        assert_int_equal(json_parse(&arena, slice_of(cells.data), &values, NULL), 0);
        assert_int_equal(json_count(definitions), json_count(values));
        json_for_each (it, definitions) {
            const char *type = json_string(json_get(it, "type"));
            assert_true(type && strstr("string integer boolean date", type));
            assert_int_not_equal(json_slice(json_get(it, "name")).size, 0);
            assert_in_range(json_integer_or(json_get(it, "priority"), -1), 0, 1);
        }
    }
    _cleanup_(buffer_done) struct buffer columns = BUFFER_INIT;
    print_columns_of("", "Namespace", &columns);
    assert_string_equal(columns.data, "[{\"name\":\"Name\",\"type\":\"string\",\"format\":\"name\","
                                      "\"description\":\"metadata.name\",\"priority\":0},"
                                      "{\"name\":\"Status\",\"type\":\"string\",\"format\":\"\","
                                      "\"description\":\"status.phase\",\"priority\":0},"
                                      "{\"name\":\"Age\",\"type\":\"string\",\"format\":\"\",\"description\":"
                                      "\"metadata.creationTimestamp\",\"priority\":0}]");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(pod_cells),
        cmocka_unit_test(other_cells),
        cmocka_unit_test(columns_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
