/* SPDX-License-Identifier: Apache-2.0 */
/* What containers may ask about their pod. */
#include "core/kubelet/field-ref.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "core/base/memory.h"

static const char pod_text[] = "{\"metadata\":{\"name\":\"web\",\"namespace\":\"shop\",\"uid\":\"u-1\","
                               "\"labels\":{\"tier\":\"front\",\"app.kubernetes.io/name\":\"web\"},"
                               "\"annotations\":{\"note\":\"a \\\"b\\\"\\nc\\\\\"}},"
                               "\"spec\":{\"nodeName\":\"n1\",\"serviceAccountName\":\"robot\"},"
                               "\"status\":{\"podIP\":\"10.0.0.7\",\"hostIP\":\"192.0.2.1\",\"podIPs\":[{"
                               "\"ip\":\"10.0.0.7\"},{\"ip\":\"fd00::7\"}]}}";

static const struct {
    const char *path, *value; /* NULL: refused */
} fields[] = {
    {"metadata.name", "web"},
    {"metadata.namespace", "shop"},
    {"metadata.uid", "u-1"},
    {"metadata.labels", "app.kubernetes.io/name=\"web\"\ntier=\"front\""},
    {"metadata.labels['tier']", "front"},
    {"metadata.labels['app.kubernetes.io/name']", "web"},
    {"metadata.labels['none']", ""},
    {"metadata.annotations", "note=\"a \\\"b\\\"\\nc\\\\\""},
    {"metadata.annotations['note']", "a \"b\"\nc\\"},
    {"spec.nodeName", "n1"},
    {"spec.serviceAccountName", "robot"},
    {"status.podIP", "10.0.0.7"},
    {"status.podIPs", "10.0.0.7,fd00::7"},
    {"status.hostIP", "192.0.2.1"},
    {"status.hostIPs", ""},
    {"spec.hostname", NULL},
    {"metadata.labels[tier]", NULL},
    {"", NULL},
};

static void test_fields(void **state)
{
    struct arena arena = ARENA_INIT;
    struct json *pod;
    assert_int_equal(json_parse(&arena, SLICE(pod_text), &pod, NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        const char *value = NULL;
        int rc = field_ref_value(&arena, pod, fields[i].path, &value, &err);
        if (fields[i].value) {
            assert_int_equal(rc, 0);
            assert_string_equal(value, fields[i].value);
        } else {
            assert_int_equal(rc, -1);
            assert_int_equal(err.code, ERR_BAD_REQUEST);
        }
    }
    arena_done(&arena);
}

static const char container_text[] = "{\"name\":\"c\",\"resources\":{\"limits\":{\"cpu\":\"1500m\"},"
                                     "\"requests\":{\"memory\":\"100Mi\",\"ephemeral-storage\":\"1G\"}}}";

static const struct {
    const char *resource, *divisor, *value;
} resources[] = {
    {"limits.cpu", NULL, "2"},         {"limits.cpu", "1m", "1500"},
    {"limits.cpu", "0", "2"},          {"limits.memory", "1Gi", "8"}, /* the node's */
    {"requests.memory", "1Mi", "100"}, {"requests.memory", "1Gi", "1"},
    {"requests.cpu", "1m", "0"},       {"requests.ephemeral-storage", "1M", "1000"},
    {"limits.gpu", NULL, NULL},        {"cpu", NULL, NULL},
};

static void test_resources(void **state)
{
    struct arena arena = ARENA_INIT;
    struct json *container;
    assert_int_equal(json_parse(&arena, SLICE(container_text), &container, NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(resources); i++) {
        const char *value = NULL;
        int rc = resource_field_ref_value(&arena, container, resources[i].resource, resources[i].divisor,
                                          4000, INT64_C(8) << 30, &value, NULL);
        assert_int_equal(rc, resources[i].value ? 0 : -1);
        if (resources[i].value)
            assert_string_equal(value, resources[i].value);
    }
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_fields), cmocka_unit_test(test_resources)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
