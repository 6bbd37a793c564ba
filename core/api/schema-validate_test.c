/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with an object, field by field, in upstream's words; and that what is right passes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>

#include "core/api/schema.h"
#include "core/base/memory.h"

struct validate_case {
    const char *group, *kind, *text,
        *want; /* "field: message" a line, the start of it; NULL: nothing is wrong */
};

#define META   "\"metadata\":{\"name\":\"x\",\"namespace\":\"d\"}"
#define GLOBAL "\"metadata\":{\"name\":\"x\"}"
/* A pod with this in its spec, and with this in its container. */
#define POD(spec)       "{" META ",\"spec\":{" spec "}}"
#define CONTAINER(more) POD("\"containers\":[{\"name\":\"a\",\"image\":\"i\"" more "}]")
#define OTHER_CONTAINER "\"containers\":[{\"name\":\"a\",\"image\":\"i\"}]"
#define TEMPLATE(labels, more)                                                                               \
    "\"template\":{\"metadata\":{\"labels\":" labels "},\"spec\":{" OTHER_CONTAINER more "}}"
#define SELECTOR       "\"selector\":{\"matchLabels\":{\"a\":\"b\"}}"
#define RIGHT_TEMPLATE SELECTOR "," TEMPLATE("{\"a\":\"b\"}", "")

static const struct validate_case cases[] = {
    /* metadata */
    {"", "ConfigMap", "{" META "}", NULL},
    {"", "ConfigMap", "{\"metadata\":{\"namespace\":\"d\"}}",
     "metadata.name: Required value: name or generateName is required"},
    {"", "ConfigMap", "{\"metadata\":{\"name\":\"X_\",\"namespace\":\"d\"}}",
     "metadata.name: Invalid value: \"X_\": a lowercase RFC 1123 subdomain must consist of"},
    {"", "ConfigMap", "{\"metadata\":{\"name\":\"x\"}}", "metadata.namespace: Required value"},
    {"", "Node", "{" META "}", "metadata.namespace: Forbidden: not allowed on this type"},
    {"", "Service",
     "{\"metadata\":{\"name\":\"1x\",\"namespace\":\"d\"},\"spec\":{\"ports\":[{\"port\":1}]}}",
     "metadata.name: Invalid value: \"1x\": a DNS-1035 label"},
    {"rbac.authorization.k8s.io", "ClusterRole", "{\"metadata\":{\"name\":\"system:x\"}}", NULL},
    {"", "ConfigMap",
     "{\"metadata\":{\"name\":\"x\",\"namespace\":\"d\",\"labels\":{\"a b\":\"c\",\"d\":\"e f\"}}}",
     "metadata.labels: Invalid value: \"a b\": name part must consist of\nmetadata.labels: Invalid value: "
     "\"e f\": a valid label must be"},
    {"", "ConfigMap",
     "{\"metadata\":{\"name\":\"x\",\"namespace\":\"d\",\"annotations\":{\"a/b/c\":\"\",\"A.b/C\":\"\"}}}",
     "metadata.annotations: Invalid value: \"a/b/c\": a qualified name must consist of"},
    {"", "ConfigMap",
     "{\"metadata\":{\"name\":\"x\",\"namespace\":\"d\",\"finalizers\":[\"foo\",\"a.b/c\",\"orphan\"]}}",
     "metadata.finalizers: Invalid value: \"foo\": name is neither a standard finalizer name nor is it fully "
     "qualified"},
    {"", "ConfigMap",
     "{\"metadata\":{\"name\":\"x\",\"namespace\":\"d\",\"ownerReferences\":[{\"apiVersion\":\"v1\",\"kind\":"
     "\"Pod\",\"name\":\"p\",\"uid\":\"\"}]}}",
     "metadata.ownerReferences[0].uid: Invalid value: \"\": must not be empty"},
    /* pods */
    {"", "Pod", CONTAINER(""), NULL},
    {"", "Pod", POD(""), "spec.containers: Required value"},
    {"", "Pod", POD("\"containers\":[{}]"),
     "spec.containers[0].name: Required value\nspec.containers[0].image: Required value"},
    {"", "Pod", POD("\"containers\":[{\"name\":\"a\",\"image\":\"i\"},{\"name\":\"a\",\"image\":\"i\"}]"),
     "spec.containers[1].name: Duplicate value: \"a\""},
    {"", "Pod", POD("\"containers\":[{\"name\":\"A\",\"image\":\" i\"}]"),
     "spec.containers[0].name: Invalid value: \"A\": a lowercase RFC 1123 label\nspec.containers[0].image: "
     "Invalid value: \" i\": must not have leading or trailing whitespace"},
    {"", "Pod",
     POD(OTHER_CONTAINER ",\"restartPolicy\":\"Sometimes\",\"dnsPolicy\":\"None\","
                         "\"terminationGracePeriodSeconds\":-1,\"activeDeadlineSeconds\":0"),
     "spec.restartPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"OnFailure\", "
     "\"Never\"\n"
     "spec.terminationGracePeriodSeconds: Invalid value: -1: must be greater than or equal to 0\n"
     "spec.activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive\n"
     "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"},
    {"", "Pod",
     CONTAINER(",\"ports\":[{\"containerPort\":0},{\"containerPort\":70000,\"protocol\":\"X\"},{"
               "\"containerPort\":1,\"name\":\"a\"},{\"containerPort\":2,\"name\":\"a\"}]"),
     "spec.containers[0].ports[0].containerPort: Required value\nspec.containers[0].ports[1].containerPort: "
     "Invalid value: 70000: must be between 1 and 65535, inclusive\n"
     "spec.containers[0].ports[1].protocol: Unsupported value: \"X\": supported values: \"SCTP\", \"TCP\", "
     "\"UDP\"\nspec.containers[0].ports[3].name: Duplicate value: \"a\""},
    {"", "Pod",
     CONTAINER(",\"volumeMounts\":[{\"name\":\"v\",\"mountPath\":\"/a\"},{\"name\":\"w\",\"mountPath\":\"/"
               "a\",\"subPath\":\"../b\"}]"),
     "spec.containers[0].volumeMounts[0].name: Not found: \"v\"\nspec.containers[0].volumeMounts[1].name: "
     "Not found: \"w\"\n"
     "spec.containers[0].volumeMounts[1].mountPath: Invalid value: \"/a\": must be "
     "unique\nspec.containers[0].volumeMounts[1].subPath: Invalid value: \"../b\": must not contain '..'"},
    {"", "Pod",
     POD(OTHER_CONTAINER ",\"volumes\":[{\"name\":\"v\",\"emptyDir\":{},\"hostPath\":{\"path\":\"/a/../"
                         "b\"}},{\"name\":\"v\",\"secret\":{}}]"),
     "spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain "
     "'..'\nspec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type\n"
     "spec.volumes[1].secret.secretName: Required value\nspec.volumes[1].name: Duplicate value: \"v\""},
    {"", "Pod",
     CONTAINER(",\"env\":[{\"name\":\"A\",\"value\":\"1\",\"valueFrom\":{\"fieldRef\":{\"fieldPath\":\"spec."
               "foo\"}}},{\"name\":\"\"},{\"name\":\"B\",\"valueFrom\":{}}]"),
     "spec.containers[0].env[0].valueFrom.fieldRef.fieldPath: Unsupported value: \"spec.foo\": supported "
     "values: \"metadata.name\"\n"
     "spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not "
     "empty\n"
     "spec.containers[0].env[1].name: Required value\nspec.containers[0].env[2].valueFrom: Invalid value: "
     "\"\": must specify one of: `fieldRef`"},
    {"", "Pod",
     CONTAINER(",\"resources\":{\"requests\":{\"cpu\":\"2\",\"memory\":\"1Gi\",\"x.y/"
               "z\":\"1\",\"foo\":\"1\"},\"limits\":{\"cpu\":\"1\",\"memory\":\"-1\"}}"),
     "spec.containers[0].resources.limits[memory]: Invalid value: \"-1\": must be greater than or equal to "
     "0\n"
     "spec.containers[0].resources.requests[foo]: Invalid value: \"foo\": must be a standard resource for "
     "containers\n"
     "spec.containers[0].resources.requests: Invalid value: \"2\": must be less than or equal to cpu limit "
     "of 1\n"
     "spec.containers[0].resources.requests: Invalid value: \"1Gi\": must be less than or equal to memory "
     "limit of -1\n"
     "spec.containers[0].resources.limits: Required value: Limit must be set for non overcommitable "
     "resources"},
    {"", "Pod",
     CONTAINER(",\"livenessProbe\":{\"successThreshold\":2},\"readinessProbe\":{\"exec\":{\"command\":[\"a\"]"
               "},\"tcpSocket\":{\"port\":\"x_\"},\"periodSeconds\":-1}"),
     "spec.containers[0].livenessProbe: Required value: must specify a handler "
     "type\nspec.containers[0].livenessProbe.successThreshold: Invalid value: 2: must be 1\n"
     "spec.containers[0].readinessProbe.tcpSocket.port: Invalid value: \"x_\"\n"
     "spec.containers[0].readinessProbe.periodSeconds: Invalid value: -1: must be greater than or equal to "
     "0\n"
     "spec.containers[0].readinessProbe.tcpSocket: Forbidden: may not specify more than 1 handler type"},
    {"", "Pod",
     POD(OTHER_CONTAINER ",\"initContainers\":[{\"name\":\"b\",\"image\":\"i\",\"readinessProbe\":{\"exec\":{"
                         "\"command\":[\"a\"]}}}]"),
     "spec.initContainers[0].readinessProbe: Forbidden: may not be set for init containers without "
     "restartPolicy=Always"},
    {"", "Pod",
     POD(OTHER_CONTAINER ",\"tolerations\":[{\"operator\":\"Equal\"},{\"key\":\"a\",\"operator\":\"Exists\","
                         "\"value\":\"b\"},{\"key\":\"a\",\"tolerationSeconds\":5}]"),
     "spec.tolerations[0].operator: Invalid value: \"Equal\": operator must be Exists when `key` is "
     "empty\nspec.tolerations[1].operator: Invalid value: \"b\": value must be empty\n"
     "spec.tolerations[2].effect: Invalid value: \"\": effect must be 'NoExecute' when `tolerationSeconds` "
     "is set"},
    {"", "Pod",
     POD(OTHER_CONTAINER
         ",\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{"
         "\"nodeSelectorTerms\":[{\"matchExpressions\":"
         "[{\"key\":\"a\",\"operator\":\"In\"},{\"key\":\"a\",\"operator\":\"Exists\",\"values\":[\"b\"]}]}]}"
         "}}"),
     "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]."
     "matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'\n"
     "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]."
     "matchExpressions[1].values: Forbidden"},
    {"", "Pod", POD(OTHER_CONTAINER ",\"hostNetwork\":true"), NULL},
    {"", "Pod",
     POD("\"hostNetwork\":true,\"containers\":[{\"name\":\"a\",\"image\":\"i\",\"ports\":[{\"containerPort\":"
         "1,\"hostPort\":2}]},"
         "{\"name\":\"b\",\"image\":\"i\",\"ports\":[{\"containerPort\":2}]}]"),
     "spec.containers[0].ports[0].hostPort: Invalid value: 2: must match `containerPort` when `hostNetwork` "
     "is true\nspec.containers[1].ports[0].hostPort: Duplicate value: \"TCP//2\""},
    /* workloads */
    {"apps", "Deployment", "{" META ",\"spec\":{" RIGHT_TEMPLATE "}}", NULL},
    {"apps", "Deployment", "{" META ",\"spec\":{" TEMPLATE("{}", "") "}}", "spec.selector: Required value"},
    {"apps", "Deployment", "{" META ",\"spec\":{\"selector\":{}," TEMPLATE("{}", "") "}}",
     "spec.selector: Invalid value: {}: empty selector is invalid for deployment"},
    {"apps", "Deployment",
     "{" META ",\"spec\":{" SELECTOR "," TEMPLATE("{\"a\":\"c\"}", ",\"restartPolicy\":\"Never\"") "}}",
     "spec.template.metadata.labels: Invalid value: {\"a\":\"c\"}: `selector` does not match template "
     "`labels`\n"
     "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\""},
    {"apps", "Deployment",
     "{" META ",\"spec\":{" RIGHT_TEMPLATE
     ",\"replicas\":-1,\"strategy\":{\"rollingUpdate\":{\"maxUnavailable\":0,\"maxSurge\":\"0%\"}}}}",
     "spec.replicas: Invalid value: -1: must be greater than or equal to "
     "0\nspec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0"},
    {"apps", "Deployment",
     "{" META ",\"spec\":{" RIGHT_TEMPLATE
     ",\"strategy\":{\"type\":\"Recreate\",\"rollingUpdate\":{\"maxSurge\":\"x\"}}}}",
     "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'"},
    {"apps", "DaemonSet", "{" META ",\"spec\":{" RIGHT_TEMPLATE "}}", NULL},
    {"apps", "StatefulSet", "{" META ",\"spec\":{" RIGHT_TEMPLATE "}}", NULL},
    {"apps", "ReplicaSet", "{" META ",\"spec\":{" RIGHT_TEMPLATE "}}", NULL},
    {"", "ReplicationController", "{" META ",\"spec\":{" TEMPLATE("{\"a\":\"b\"}", "") "}}", NULL},
    {"", "ReplicationController",
     "{" META ",\"spec\":{\"selector\":{\"a\":\"c\"}," TEMPLATE("{\"a\":\"b\"}", "") "}}",
     "spec.template.metadata.labels: Invalid value: {\"a\":\"b\"}: `selector` does not match template "
     "`labels`"},
    {"batch", "Job", "{" META ",\"spec\":{" TEMPLATE("{}", ",\"restartPolicy\":\"Never\"") "}}", NULL},
    {"batch", "Job", "{" META ",\"spec\":{" TEMPLATE("{}", "") ",\"backoffLimit\":-1}}",
     "spec.backoffLimit: Invalid value: -1: must be greater than or equal to "
     "0\nspec.template.spec.restartPolicy: Unsupported value: \"Always\": supported values: \"Never\", "
     "\"OnFailure\""},
    {"batch", "CronJob",
     "{" META ",\"spec\":{\"schedule\":\"*/5 0-3 1,15 jan MON-FRI\",\"jobTemplate\":{\"spec\":{" TEMPLATE(
         "{}", ",\"restartPolicy\":\"Never\"") "}}}}",
     NULL},
    {"batch", "CronJob",
     "{" META ",\"spec\":{\"schedule\":\"61 * * * *\",\"jobTemplate\":{\"spec\":{" TEMPLATE(
         "{}", ",\"restartPolicy\":\"Never\"") "}}}}",
     "spec.schedule: Invalid value: \"61 * * * *\": not a cron schedule"},
    {"policy", "PodDisruptionBudget", "{" META ",\"spec\":{\"minAvailable\":1,\"maxUnavailable\":\"x%\"}}",
     "spec: Invalid value: {\"minAvailable\":1,\"maxUnavailable\":\"x%\"}: minAvailable and maxUnavailable "
     "cannot be both set\nspec.maxUnavailable: Invalid value: \"x%\": a valid percent string"},
    /* services */
    {"", "Service", "{" META ",\"spec\":{\"ports\":[{\"port\":80}],\"selector\":{\"a\":\"b\"}}}", NULL},
    {"", "Service", "{" META ",\"spec\":{}}", "spec.ports: Required value"},
    {"", "Service", "{" META ",\"spec\":{\"clusterIP\":\"None\"}}", NULL},
    {"", "Service",
     "{" META ",\"spec\":{\"ports\":[{\"port\":80},{\"port\":80,\"name\":\"a\",\"nodePort\":30000},{\"port\":"
     "0,\"name\":\"a\",\"targetPort\":70000}]}}",
     "spec.ports[2].port: Required value\nspec.ports[0].name: Required value\nspec.ports[1]: Duplicate "
     "value: {\"port\":80,\nspec.ports[1].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'\n"
     "spec.ports[2].name: Duplicate value: \"a\"\nspec.ports[2].targetPort: Invalid value: 70000: must be "
     "between 1 and 65535, inclusive"},
    {"", "Service", "{" META ",\"spec\":{\"type\":\"ExternalName\",\"externalName\":\"a.b.\"}}", NULL},
    {"", "Service", "{" META ",\"spec\":{\"type\":\"ExternalName\"}}", "spec.externalName: Required value"},
    {"", "Service",
     "{" META ",\"spec\":{\"type\":\"Foo\",\"clusterIP\":\"1.2.3\",\"ports\":[{\"port\":80}]}}",
     "spec.type: Unsupported value: \"Foo\": supported values: \"ClusterIP\", \"ExternalName\", "
     "\"LoadBalancer\", \"NodePort\"\nspec.clusterIP: Invalid value: \"1.2.3\": must be empty, 'None', or a "
     "valid IP address"},
    {"", "Service",
     "{" META ",\"spec\":{\"type\":\"LoadBalancer\",\"clusterIP\":\"None\",\"ports\":[{\"port\":80}]}}",
     "spec.clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for LoadBalancer services"},
    {"", "Service",
     "{" META ",\"spec\":{\"loadBalancerSourceRanges\":[\"1.2.3.0/"
     "40\"],\"externalTrafficPolicy\":\"Local\",\"ports\":[{\"port\":80}]}}",
     "spec.loadBalancerSourceRanges[0]: Invalid value: \"1.2.3.0/40\"\nspec.loadBalancerSourceRanges: "
     "Forbidden: may only be used when `type` is 'LoadBalancer'\n"
     "spec.externalTrafficPolicy: Invalid value: \"Local\": may only be set for externally-accessible "
     "services"},
    {"", "Endpoints",
     "{" META ",\"subsets\":[{\"addresses\":[{\"ip\":\"127.0.0.1\"}],\"ports\":[{\"port\":1}]},{\"ports\":[{"
     "\"port\":1}]}]}",
     "subsets[0].addresses[0].ip: Invalid value: \"127.0.0.1\": may not be in the loopback "
     "range\nsubsets[1]: Required value: must specify `addresses` or `notReadyAddresses`"},
    {"", "Endpoints",
     "{\"metadata\":{\"name\":\"kubernetes\",\"namespace\":\"default\"},\"subsets\":[{\"addresses\":[{\"ip\":"
     "\"127.0.0.1\"}]}]}",
     NULL},
    {"discovery.k8s.io", "EndpointSlice",
     "{" META ",\"addressType\":\"IPv4\",\"endpoints\":[{\"addresses\":[\"10.0.0.1\"]}]}", NULL},
    {"discovery.k8s.io", "EndpointSlice",
     "{" META ",\"addressType\":\"IPv4\",\"endpoints\":[{\"addresses\":[\"fd00::1\"]},{}]}",
     "endpoints[1].addresses: Required value\nendpoints[0].addresses[0]: Invalid value: \"fd00::1\": must be "
     "a valid IPv4 address"},
    {"networking.k8s.io", "Ingress",
     "{" META ",\"spec\":{\"rules\":[{\"http\":{\"paths\":[{\"path\":\"a\",\"pathType\":\"Prefix\","
     "\"backend\":{\"service\":{\"name\":\"s\",\"port\":{}}}}]}}]}}",
     "spec.rules[0].http.paths[0].backend.service.port: Required value: port name or number is "
     "required\nspec.rules[0].http.paths[0].path: Invalid value: \"a\": must be an absolute path"},
    {"networking.k8s.io", "NetworkPolicy",
     "{" META
     ",\"spec\":{\"podSelector\":{},\"ingress\":[{\"from\":[{}],\"ports\":[{\"port\":5,\"endPort\":4}]}]}}",
     "spec.ingress[0].from[0]: Required value: must specify a peer\nspec.ingress[0].ports[0].endPort: "
     "Invalid value: 4: must be greater than or equal to `port`"},
    /* the rest */
    {"", "ConfigMap", "{" META ",\"data\":{\"a b\":\"1\",\"c\":\"2\"},\"binaryData\":{\"c\":\"eA==\"}}",
     "data[a b]: Invalid value: \"a b\": a valid config key must consist of\ndata[c]: Invalid value: \"c\": "
     "duplicate of key present in binaryData"},
    {"", "Secret", "{" META ",\"type\":\"kubernetes.io/tls\",\"stringData\":{\"tls.crt\":\"x\"}}",
     "data[tls.key]: Required value"},
    {"", "PersistentVolumeClaim",
     "{" META
     ",\"spec\":{\"resources\":{\"requests\":{\"storage\":\"1Gi\"}},\"accessModes\":[\"ReadWriteOnce\"]}}",
     NULL},
    {"", "PersistentVolumeClaim", "{" META ",\"spec\":{\"accessModes\":[\"Foo\"]}}",
     "spec.accessModes[0]: Unsupported value: \"Foo\": supported values: \"ReadOnlyMany\", "
     "\"ReadWriteMany\", \"ReadWriteOnce\", \"ReadWriteOncePod\"\nspec.resources[storage]: Required value"},
    {"", "LimitRange",
     "{" META
     ",\"spec\":{\"limits\":[{\"type\":\"Container\",\"max\":{\"cpu\":\"1\"},\"min\":{\"cpu\":\"2\"}}]}}",
     "spec.limits[0].min[cpu]: Invalid value: \"2\": min value 2 is greater than max value "
     "1\nspec.limits[0].min[cpu]"},
    {"scheduling.k8s.io", "PriorityClass", "{" GLOBAL ",\"value\":2000000000}",
     "value: Forbidden: maximum allowed value of a user defined priority is 1000000000"},
    {"rbac.authorization.k8s.io", "Role",
     "{" META ",\"rules\":[{\"verbs\":[\"get\"],\"apiGroups\":[\"\"],\"resources\":[\"pods\"]},{\"verbs\":[],"
     "\"nonResourceURLs\":[\"/a\"]}]}",
     "rules[1].verbs: Required value\nrules[1].nonResourceURLs: Invalid value: [\"/a\"]: namespaced rules "
     "cannot apply to non-resource URLs"},
    {"rbac.authorization.k8s.io", "ClusterRoleBinding",
     "{" GLOBAL ",\"subjects\":[{\"kind\":\"ServiceAccount\",\"name\":\"a\"}],\"roleRef\":{\"kind\":\"Role\","
     "\"name\":\"r\"}}",
     "subjects[0].namespace: Required value\nroleRef.kind: Unsupported value: \"Role\": supported values: "
     "\"ClusterRole\""},
    {"apiextensions.k8s.io", "CustomResourceDefinition",
     "{" GLOBAL ",\"spec\":{\"group\":\"g.io\",\"scope\":\"Namespaced\",\"names\":{\"plural\":\"foos\","
     "\"kind\":\"Foo\"},\"versions\":[{\"name\":\"v1\",\"served\":true}]}}",
     "metadata.name: Invalid value: \"x\": must be "
     "spec.names.plural+\".\"+spec.group\nspec.versions[0].schema.openAPIV3Schema: Required value: schemas "
     "are required\nspec.versions: Invalid value"},
    {"coordination.k8s.io", "Lease", "{" META ",\"spec\":{\"leaseDurationSeconds\":0}}",
     "spec.leaseDurationSeconds: Invalid value: 0: must be greater than or equal to 1"},
    {"", "Node",
     "{" GLOBAL
     ",\"spec\":{\"taints\":[{\"key\":\"a\",\"effect\":\"Foo\"},{\"key\":\"a\",\"effect\":\"Foo\"}]}}",
     "spec.taints[0].effect: Unsupported value: \"Foo\": supported values: \"NoExecute\", \"NoSchedule\", "
     "\"PreferNoSchedule\"\nspec.taints[1].effect: Unsupported value: \"Foo\"\nspec.taints[1]: Duplicate "
     "value"},
};

static struct json *prepared(struct arena *arena, const struct validate_case *c,
                             const struct schema_type *type)
{
    struct error err = ERROR_INIT;
    struct json *object;

    if (schema_decode(arena, type, slice_of(c->text), SCHEMA_STRICT, &object, NULL, &err) < 0)
        fail_msg("%s: %s", c->text, err.message);
    schema_default(arena, type, object);
    return object;
}

static unsigned wrong; /* all of them are shown before the test fails */

static void check(const struct validate_case *c, const struct error *err)
{
    struct slice want = slice_of(c->want);
    struct buffer line = BUFFER_INIT;

    for (uint32_t i = 0; i < err->causes_count; i++) {
        struct slice expected = slice_cut(&want, '\n');
        buffer_clear(&line);
        buffer_printf(&line, "%s: %s", err->causes[i].field, err->causes[i].message);
        if (!expected.size || line.size < expected.size ||
            memcmp(line.data, expected.data, expected.size) != 0)
            wrong++, print_error("%s:\n%s, expected\n%.*s\n", c->text, line.data, SLICE_ARG(expected));
    }
    if (want.data)
        wrong++, print_error("%s: expected also %.*s\n", c->text, SLICE_ARG(want));
    buffer_done(&line);
}

static void validated(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        struct error err = ERROR_INIT;
        const char *version = strcmp(cases[i].group, "autoscaling") == 0 ? "v2" : "v1";
        const struct schema_type *type = schema_find_kind(cases[i].group, version, cases[i].kind);
        struct json *object = prepared(&arena, &cases[i], type);
        unsigned count = schema_validate(type, object, &err);
        assert_int_equal(count, err.causes_count);
        check(&cases[i], &err);
        error_done(&err);
        arena_done(&arena);
    }
    assert_int_equal(wrong, 0);
}

static void many_causes(void **state)
{
    struct arena arena = ARENA_INIT;
    struct error err = ERROR_INIT;
    struct json *pod = json_new_object(&arena),
                *list = json_ensure(&arena, pod, "spec.containers", JSON_ARRAY);

    for (int i = 0; i < 300; i++)
        json_append(&arena, list, json_new_object(&arena));
    assert_true(schema_validate(schema_find_kind("", "v1", "Pod"), pod, &err) > 600);
    assert_true(err.causes_count <= 100);
    error_done(&err);
    arena_done(&arena);
}

static void immutable_fields(void **state)
{
    static const struct {
        const char *group, *kind, *old, *new, *want;
    } changes[] = {
        {"apps", "Deployment", "{\"spec\":{\"replicas\":1,\"selector\":{\"matchLabels\":{\"a\":\"b\"}}}}",
         "{\"spec\":{\"replicas\":2,\"selector\":{\"matchLabels\":{\"a\":\"b\"},\"matchExpressions\":[]}}}",
         NULL},
        {"apps", "Deployment", "{\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"b\"}}}}",
         "{\"spec\":{\"selector\":{\"matchLabels\":{\"a\":\"c\"}}}}", "spec.selector"},
        {"", "Secret", "{\"type\":\"a\"}", "{\"type\":\"b\"}", "type"},
        {"node.k8s.io", "RuntimeClass", "{\"handler\":\"a\"}", "{\"handler\":\"b\"}", "handler"},
        {"storage.k8s.io", "StorageClass", "{\"provisioner\":\"a\"}",
         "{\"provisioner\":\"a\",\"mountOptions\":[\"x\"]}", NULL},
    };

    for (size_t i = 0; i < ARRAY_SIZE(changes); i++) {
        struct arena arena = ARENA_INIT;
        struct error err = ERROR_INIT;
        struct json *old, *object;
        assert_int_equal(json_parse(&arena, slice_of(changes[i].old), &old, NULL), 0);
        assert_int_equal(json_parse(&arena, slice_of(changes[i].new), &object, NULL), 0);
        unsigned count = schema_validate_update(schema_find_kind(changes[i].group, "v1", changes[i].kind),
                                                old, object, &err);
        assert_int_equal(count, changes[i].want != NULL);
        if (count) {
            assert_string_equal(err.causes[0].field, changes[i].want);
            assert_non_null(strstr(err.causes[0].message, ": field is immutable"));
        }
        error_done(&err);
        arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(validated),
        cmocka_unit_test(many_causes),
        cmocka_unit_test(immutable_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
