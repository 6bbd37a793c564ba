/* SPDX-License-Identifier: Apache-2.0 */
/* What upstream's defaulting fills in, from rows and from hooks; twice is the same as once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>

#include "core/api/schema.h"
#include "core/api/schema/types.h"
#include "core/base/memory.h"

struct default_case {
    const char *group, *version, *kind, *text, *want;
};

#define CONTAINER_REST                                                                                       \
    "\"resources\":{},\"terminationMessagePath\":\"/dev/"                                                    \
    "termination-log\",\"terminationMessagePolicy\":\"File\",\"imagePullPolicy\":"
#define POD_SPEC_REST                                                                                        \
    "\"restartPolicy\":\"Always\",\"terminationGracePeriodSeconds\":30,\"dnsPolicy\":\"ClusterFirst\","      \
    "\"securityContext\":{},"                                                                                \
    "\"schedulerName\":\"default-scheduler\""

static const struct default_case cases[] = {
    {"", "v1", "Pod", "{\"spec\":{\"containers\":[{\"image\":\"a\",\"resources\":{}}]}}",
     "{\"spec\":{\"containers\":[{\"image\":\"a\"," CONTAINER_REST "\"Always\"}]," POD_SPEC_REST
     ",\"enableServiceLinks\":true},\"status\":{}}"},
    {"", "v1", "Pod",
     "{\"spec\":{\"serviceAccount\":\"x\",\"restartPolicy\":\"Never\",\"terminationGracePeriodSeconds\":0}}",
     "{\"spec\":{\"serviceAccount\":\"x\",\"serviceAccountName\":\"x\",\"restartPolicy\":\"Never\","
     "\"terminationGracePeriodSeconds\":0,"
     "\"dnsPolicy\":\"ClusterFirst\",\"securityContext\":{},\"schedulerName\":\"default-scheduler\","
     "\"enableServiceLinks\":true},\"status\":{}}"},
    {"", "v1", "PodTemplate",
     "{\"template\":{\"spec\":{\"hostNetwork\":true,\"volumes\":[{\"name\":\"a\"},{\"name\":\"b\",\"secret\":"
     "{\"secretName\":\"s\"}},"
     "{\"name\":\"c\",\"hostPath\":{\"path\":\"/\"}}],\"containers\":[{\"image\":\"r:5000/"
     "a:1\",\"resources\":{\"limits\":{\"cpu\":\"1\"}},"
     "\"ports\":[{\"containerPort\":80}],\"livenessProbe\":{\"httpGet\":{\"port\":1},\"timeoutSeconds\":0,"
     "\"periodSeconds\":3}}]}}}",
     "{\"template\":{\"spec\":{\"hostNetwork\":true,\"volumes\":[{\"name\":\"a\",\"emptyDir\":{}},{\"name\":"
     "\"b\",\"secret\":{\"secretName\":\"s\","
     "\"defaultMode\":420}},{\"name\":\"c\",\"hostPath\":{\"path\":\"/"
     "\",\"type\":\"\"}}],\"containers\":[{\"image\":\"r:5000/a:1\",\"resources\":"
     "{\"limits\":{\"cpu\":\"1\"}},\"ports\":[{\"containerPort\":80,\"protocol\":\"TCP\"}],\"livenessProbe\":"
     "{\"httpGet\":{\"port\":1,\"path\":\"/\","
     "\"scheme\":\"HTTP\"},\"timeoutSeconds\":1,\"periodSeconds\":3,\"successThreshold\":1,"
     "\"failureThreshold\":3},\"terminationMessagePath\":"
     "\"/dev/"
     "termination-log\",\"terminationMessagePolicy\":\"File\",\"imagePullPolicy\":\"IfNotPresent\"}]"
     "," POD_SPEC_REST "}}}"},
    {"", "v1", "Pod",
     "{\"spec\":{\"hostNetwork\":true,\"containers\":[{\"image\":\"a:latest\",\"resources\":{\"limits\":{"
     "\"cpu\":\"1\",\"memory\":\"1Gi\"},"
     "\"requests\":{\"cpu\":\"100m\"}},\"ports\":[{\"containerPort\":80}]}]}}",
     "{\"spec\":{\"hostNetwork\":true,\"containers\":[{\"image\":\"a:latest\",\"resources\":{\"limits\":{"
     "\"cpu\":\"1\",\"memory\":\"1Gi\"},"
     "\"requests\":{\"cpu\":\"100m\",\"memory\":\"1Gi\"}},\"ports\":[{\"containerPort\":80,\"protocol\":"
     "\"TCP\",\"hostPort\":80}],"
     "\"terminationMessagePath\":\"/dev/"
     "termination-log\",\"terminationMessagePolicy\":\"File\",\"imagePullPolicy\":\"Always\"}]," POD_SPEC_REST
     ",\"enableServiceLinks\":true},\"status\":{}}"},
    {"", "v1", "Service",
     "{\"spec\":{\"ports\":[{\"port\":80},{\"port\":81,\"targetPort\":\"x\",\"protocol\":\"UDP\"}]}}",
     "{\"spec\":{\"ports\":[{\"port\":80,\"protocol\":\"TCP\",\"targetPort\":80},{\"port\":81,\"targetPort\":"
     "\"x\",\"protocol\":\"UDP\"}],"
     "\"type\":\"ClusterIP\",\"sessionAffinity\":\"None\",\"internalTrafficPolicy\":\"Cluster\"},\"status\":{"
     "\"loadBalancer\":{}"
     "}}"},
    {"", "v1", "Service",
     "{\"spec\":{\"type\":\"ClusterIP\",\"sessionAffinity\":\"None\",\"sessionAffinityConfig\":{\"clientIP\":"
     "{"
     "\"timeoutSeconds\":5}}}}",
     "{\"spec\":{\"type\":\"ClusterIP\",\"sessionAffinity\":\"None\",\"internalTrafficPolicy\":\"Cluster\"},"
     "\"status\":{\"loadBalancer\":{}}}"},
    {"", "v1", "Service", "{\"spec\":{\"type\":\"LoadBalancer\",\"sessionAffinity\":\"ClientIP\"}}",
     "{\"spec\":{\"type\":\"LoadBalancer\",\"sessionAffinity\":\"ClientIP\",\"sessionAffinityConfig\":{"
     "\"clientIP\":{\"timeoutSeconds\":10800}},"
     "\"externalTrafficPolicy\":\"Cluster\",\"internalTrafficPolicy\":\"Cluster\","
     "\"allocateLoadBalancerNodePorts\":true},\"status\":{\"loadBalancer\":{}}}"},
    {"", "v1", "Service", "{\"spec\":{\"type\":\"ExternalName\",\"externalName\":\"x\"}}",
     "{\"spec\":{\"type\":\"ExternalName\",\"externalName\":\"x\",\"sessionAffinity\":\"None\"},"
     "\"status\":{\"loadBalancer\":{}}}"},
    {"", "v1", "Namespace", "{\"metadata\":{\"name\":\"x\"}}",
     "{\"metadata\":{\"name\":\"x\",\"labels\":{\"kubernetes.io/"
     "metadata.name\":\"x\"}},\"spec\":{},\"status\":{\"phase\":\"Active\"}}"},
    {"", "v1", "Secret", "{}", "{\"type\":\"Opaque\"}"},
    {"", "v1", "Node", "{\"status\":{\"capacity\":{\"cpu\":\"1\"}}}",
     "{\"status\":{\"capacity\":{\"cpu\":\"1\"},\"allocatable\":{\"cpu\":\"1\"}},\"spec\":{}}"},
    {"", "v1", "PersistentVolumeClaim", "{\"spec\":{}}",
     "{\"spec\":{\"volumeMode\":\"Filesystem\"},\"status\":{\"phase\":\"Pending\"}}"},
    {"", "v1", "LimitRange",
     "{\"spec\":{\"limits\":[{\"type\":\"Container\",\"max\":{\"cpu\":\"2\"},\"min\":{\"cpu\":\"1\","
     "\"memory\":\"1Mi\"}}]}}",
     "{\"spec\":{\"limits\":[{\"type\":\"Container\",\"max\":{\"cpu\":\"2\"},\"min\":{\"cpu\":\"1\","
     "\"memory\":\"1Mi\"},\"default\":{\"cpu\":\"2\"},"
     "\"defaultRequest\":{\"cpu\":\"2\",\"memory\":\"1Mi\"}}]}}"},
    {"apps", "v1", "Deployment", "{\"spec\":{\"replicas\":0}}",
     "{\"spec\":{\"replicas\":0,\"strategy\":{\"type\":\"RollingUpdate\",\"rollingUpdate\":{"
     "\"maxUnavailable\":\"25%\",\"maxSurge\":\"25%\"}},"
     "\"revisionHistoryLimit\":10,\"progressDeadlineSeconds\":600},\"status\":{}}"},
    {"apps", "v1", "Deployment", "{\"spec\":{\"strategy\":{\"type\":\"Recreate\"}}}",
     "{\"spec\":{\"strategy\":{\"type\":\"Recreate\"},\"replicas\":1,\"revisionHistoryLimit\":10,"
     "\"progressDeadlineSeconds\":600},\"status\":{}}"},
    {"apps", "v1", "DaemonSet", "{\"spec\":{}}",
     "{\"spec\":{\"updateStrategy\":{\"type\":\"RollingUpdate\",\"rollingUpdate\":{\"maxUnavailable\":1,"
     "\"maxSurge\":0}},\"revisionHistoryLimit\":10},\"status\":{\"currentNumberScheduled\":0,"
     "\"numberMisscheduled\":0,\"desiredNumberScheduled\":0,\"numberReady\":0}}"},
    {"apps", "v1", "StatefulSet", "{\"spec\":{}}",
     "{\"spec\":{\"replicas\":1,\"podManagementPolicy\":\"OrderedReady\",\"updateStrategy\":{\"type\":"
     "\"RollingUpdate\",\"rollingUpdate\":"
     "{\"partition\":0}},\"revisionHistoryLimit\":10,\"persistentVolumeClaimRetentionPolicy\":{"
     "\"whenDeleted\":\"Retain\",\"whenScaled\":\"Retain\"}},\"status\":{\"replicas\":0}}"},
    {"batch", "v1", "Job", "{\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}}}}}",
     "{\"spec\":{\"template\":{\"metadata\":{\"labels\":{\"a\":\"b\"}}},\"completions\":1,\"parallelism\":1,"
     "\"backoffLimit\":6,\"completionMode\":"
     "\"NonIndexed\",\"suspend\":false,\"podReplacementPolicy\":\"TerminatingOrFailed\"},\"metadata\":{"
     "\"labels\":{\"a\":\"b\"}},\"status\":{}}"},
    {"batch", "v1", "CronJob", "{\"spec\":{\"jobTemplate\":{\"spec\":{}}}}",
     "{\"spec\":{\"jobTemplate\":{\"spec\":{}},\"concurrencyPolicy\":\"Allow\",\"suspend\":false,"
     "\"successfulJobsHistoryLimit\":3,"
     "\"failedJobsHistoryLimit\":1},\"status\":{}}"},
    {"networking.k8s.io", "v1", "NetworkPolicy",
     "{\"spec\":{\"podSelector\":{},\"egress\":[{\"ports\":[{\"port\":1}]}]}}",
     "{\"spec\":{\"podSelector\":{},\"egress\":[{\"ports\":[{\"port\":1,\"protocol\":\"TCP\"}]}],"
     "\"policyTypes\":[\"Ingress\",\"Egress\"]}}"},
    {"rbac.authorization.k8s.io", "v1", "RoleBinding",
     "{\"subjects\":[{\"kind\":\"User\",\"name\":\"a\"},{\"kind\":\"ServiceAccount\",\"name\":\"b\"}],"
     "\"roleRef\":{\"kind\":\"Role\",\"name\":\"c\"}}",
     "{\"subjects\":[{\"kind\":\"User\",\"name\":\"a\",\"apiGroup\":\"rbac.authorization.k8s.io\"},{\"kind\":"
     "\"ServiceAccount\",\"name\":\"b\"}],"
     "\"roleRef\":{\"kind\":\"Role\",\"name\":\"c\",\"apiGroup\":\"rbac.authorization.k8s.io\"}}"},
    {"storage.k8s.io", "v1", "StorageClass", "{\"provisioner\":\"p\"}",
     "{\"provisioner\":\"p\",\"reclaimPolicy\":\"Delete\",\"volumeBindingMode\":\"Immediate\"}"},
    {"apiextensions.k8s.io", "v1", "CustomResourceDefinition", "{\"spec\":{\"names\":{\"kind\":\"FooBar\"}}}",
     "{\"spec\":{\"names\":{\"kind\":\"FooBar\",\"singular\":\"foobar\",\"listKind\":\"FooBarList\"},"
     "\"conversion\":{\"strategy\":\"None\"}},\"status\":{}}"},
    {"", "v1", "Pod", "{\"spec\":5}", "{\"spec\":5,\"status\":{}}"},
};

static void assert_written(const struct json *value, const char *want)
{
    struct buffer out = BUFFER_INIT;

    json_write(&out, value);
    assert_string_equal(out.data, want);
    buffer_done(&out);
}

static void defaults(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        const struct schema_type *type = schema_find_kind(cases[i].group, cases[i].version, cases[i].kind);
        struct json *value, *want;
        struct buffer out = BUFFER_INIT;
        assert_int_equal(json_parse(&arena, slice_of(cases[i].text), &value, NULL), 0);
        assert_int_equal(json_parse(&arena, slice_of(cases[i].want), &want, NULL), 0);
        schema_default(&arena, type, value);
        json_write(&out, value);
        if (!json_equal(value, want))
            assert_string_equal(out.data, cases[i].want);
        schema_default(&arena, type, value);
        assert_written(value, out.data);
        buffer_done(&out);
        arena_done(&arena);
    }
}

static void pull_policies(void **state)
{
    static const struct {
        const char *image, *policy;
    } images[] = {
        {"a", "Always"},          {"a:latest", "Always"},           {"a:1", "IfNotPresent"},
        {"r:5000/a", "Always"},   {"r:5000/a:2", "IfNotPresent"},   {"a@sha256:00", "IfNotPresent"},
        {"x/y:latest", "Always"}, {"a:latest@sha256:00", "Always"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(images); i++) {
        struct arena arena = ARENA_INIT;
        struct json *container = json_new_object(&arena);
        json_set_string(&arena, container, "image", images[i].image);
        schema_default(&arena, schema_find("io.k8s.api.core.v1.Container"), container);
        if (!slice_is(json_slice(json_get(container, "imagePullPolicy")), images[i].policy))
            fail_msg("%s", images[i].image);
        arena_done(&arena);
    }
}

/* Every default in the tables is JSON of the field's type, and among the values that the field may have. */
static void rows_are_right(void **state)
{
#define ROW_OF_TYPES(type_) &type_,
    static const struct schema_type *const all[] = {SCHEMA_TYPES(ROW_OF_TYPES)};
    struct arena arena = ARENA_INIT;

    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        struct json *value = json_new_object(&arena);
        struct error err = ERROR_INIT;
        schema_default(&arena, all[i], value);
        if (schema_prune(&arena, all[i], value, SCHEMA_STRICT, NULL, &err) < 0)
            fail_msg("%s: %s", all[i]->name, err.message);
    }
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults),
        cmocka_unit_test(pull_policies),
        cmocka_unit_test(rows_are_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
