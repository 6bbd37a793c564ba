/* SPDX-License-Identifier: Apache-2.0 */
/* Objects in another version, and back without loss. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>

#include "core/api/convert.h"
#include "core/base/memory.h"

static const struct {
    const char *from_group, *from_version, *plural, *to_group, *to_version, *text, *want;
} cases[] = {
    {"events.k8s.io", "v1", "events", "", "v1",
     "{\"apiVersion\":\"events.k8s.io/"
     "v1\",\"kind\":\"Event\",\"regarding\":{\"name\":\"a\"},\"note\":\"n\",\"reason\":\"r\","
     "\"reportingController\":\"c\",\"deprecatedCount\":2}",
     "{\"apiVersion\":\"v1\",\"kind\":\"Event\",\"involvedObject\":{\"name\":\"a\"},\"message\":\"n\","
     "\"reason\":\"r\",\"reportingComponent\":\"c\",\"count\":2}"},
    {"autoscaling", "v1", "horizontalpodautoscalers", "autoscaling", "v2",
     "{\"apiVersion\":\"autoscaling/"
     "v1\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"maxReplicas\":3,\"targetCPUUtilizationPercentage\":70},"
     "\"status\":{\"currentCPUUtilizationPercentage\":5}}",
     "{\"apiVersion\":\"autoscaling/"
     "v2\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"maxReplicas\":3,\"metrics\":[{\"type\":\"Resource\","
     "\"resource\":{\"name\":\"cpu\",\"target\":"
     "{\"type\":\"Utilization\",\"averageUtilization\":70}}}]},\"status\":{\"currentMetrics\":[{\"type\":"
     "\"Resource\",\"resource\":{\"name\":\"cpu\",\"current\":{\"averageUtilization\":5}}}]}}"},
    {"autoscaling", "v2", "horizontalpodautoscalers", "autoscaling", "v1",
     "{\"apiVersion\":\"autoscaling/"
     "v2\",\"metadata\":{\"name\":\"a\"},\"spec\":{\"metrics\":[{\"type\":\"Resource\",\"resource\":{"
     "\"name\":\"cpu\",\"target\":{\"type\":\"Utilization\","
     "\"averageUtilization\":70}}},{\"type\":\"Pods\"}],\"behavior\":{\"scaleUp\":{}}}}",
     "{\"apiVersion\":\"autoscaling/"
     "v1\",\"metadata\":{\"name\":\"a\",\"annotations\":{\"autoscaling.alpha.kubernetes.io/"
     "metrics\":\"[{\\\"type\\\":\\\"Pods\\\"}]\","
     "\"autoscaling.alpha.kubernetes.io/"
     "behavior\":\"{\\\"scaleUp\\\":{}}\"}},\"spec\":{\"targetCPUUtilizationPercentage\":70}}"},
    {"resource.k8s.io", "v1beta1", "resourceslices", "resource.k8s.io", "v1",
     "{\"apiVersion\":\"resource.k8s.io/"
     "v1beta1\",\"spec\":{\"devices\":[{\"name\":\"d\",\"basic\":{\"attributes\":{\"a\":{\"bool\":true}}}}]}"
     "}",
     "{\"apiVersion\":\"resource.k8s.io/"
     "v1\",\"spec\":{\"devices\":[{\"name\":\"d\",\"attributes\":{\"a\":{\"bool\":true}}}]}}"},
    {"resource.k8s.io", "v1beta1", "resourceclaims", "resource.k8s.io", "v1",
     "{\"apiVersion\":\"resource.k8s.io/"
     "v1beta1\",\"spec\":{\"devices\":{\"requests\":[{\"name\":\"r\",\"deviceClassName\":\"c\",\"count\":1},{"
     "\"name\":\"s\",\"firstAvailable\":[{}]}]}}}",
     "{\"apiVersion\":\"resource.k8s.io/"
     "v1\",\"spec\":{\"devices\":{\"requests\":[{\"name\":\"r\",\"exactly\":{\"deviceClassName\":\"c\","
     "\"count\":1}},{\"name\":\"s\",\"firstAvailable\":[{}]}]}}}"},
    {"resource.k8s.io", "v1beta1", "resourceclaimtemplates", "resource.k8s.io", "v1beta2",
     "{\"apiVersion\":\"resource.k8s.io/"
     "v1beta1\",\"spec\":{\"spec\":{\"devices\":{\"requests\":[{\"name\":\"r\",\"deviceClassName\":\"c\"}]}}}"
     "}",
     "{\"apiVersion\":\"resource.k8s.io/"
     "v1beta2\",\"spec\":{\"spec\":{\"devices\":{\"requests\":[{\"name\":\"r\",\"exactly\":{"
     "\"deviceClassName\":\"c\"}}]}}}}"},
    {"certificates.k8s.io", "v1alpha1", "clustertrustbundles", "certificates.k8s.io", "v1beta1",
     "{\"apiVersion\":\"certificates.k8s.io/v1alpha1\",\"spec\":{}}",
     "{\"apiVersion\":\"certificates.k8s.io/v1beta1\",\"spec\":{}}"},
};

static void assert_means(const struct json *value, const char *text)
{
    struct arena arena = ARENA_INIT;
    struct buffer out = BUFFER_INIT;
    struct json *want;

    assert_int_equal(json_parse(&arena, slice_of(text), &want, NULL), 0);
    json_write(&out, value);
    if (!json_equal(value, want))
        assert_string_equal(out.data, text);
    buffer_done(&out);
    arena_done(&arena);
}

static void there_and_back(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        const struct resource *from =
            resource_find(cases[i].from_group, cases[i].from_version, cases[i].plural);
        const struct resource *to = resource_find(cases[i].to_group, cases[i].to_version, cases[i].plural);
        struct json *object;
        assert_int_equal(json_parse(&arena, slice_of(cases[i].text), &object, NULL), 0);
        assert_int_equal(convert_object(&arena, from, to, object, NULL), 0);
        assert_means(object, cases[i].want);
        assert_int_equal(convert_object(&arena, to, from, object, NULL), 0);
        assert_means(object, cases[i].text);
        arena_done(&arena);
    }
}

/* What is stored in one version can be read in every other one of its prefix. */
static void every_version(void **state)
{
    size_t count;
    const struct resource *rows = resource_table(&count);

    for (size_t i = 0; i < count; i++) {
        struct arena arena = ARENA_INIT;
        struct json *object = json_new_object(&arena);
        if (rows[i].storage_prefix)
            assert_int_equal(convert_object(&arena, &rows[i], rows[i].storage, object, NULL), 0);
        arena_done(&arena);
    }
    assert_true(convert_is_relabel(RESOURCE("networking.k8s.io", "v1beta1", "ipaddresses"),
                                   RESOURCE("networking.k8s.io", "v1", "ipaddresses")));
    assert_true(convert_is_relabel(RESOURCE("", "v1", "pods"), RESOURCE("", "v1", "pods")));
    assert_false(convert_is_relabel(RESOURCE("", "v1", "events"), RESOURCE("events.k8s.io", "v1", "events")));
}

static void strangers(void **state)
{
    struct arena arena = ARENA_INIT;
    struct error err = ERROR_INIT;
    struct json *object = json_new_object(&arena);

    assert_int_equal(
        convert_object(&arena, RESOURCE("", "v1", "pods"), RESOURCE("", "v1", "nodes"), object, &err), -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    error_done(&err);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(every_version),
        cmocka_unit_test(strangers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
