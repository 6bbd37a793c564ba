/* SPDX-License-Identifier: Apache-2.0 */
/* Quotas count what is there; nodes get ranges; pods that nobody needs are removed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/harness.h"

#define QUOTA     "/api/v1/namespaces/ns/resourcequotas/q"
#define POD(name) "/api/v1/namespaces/ns/pods/" name

static void make_pod(struct harness *h, const char *name, const char *more)
{
    _cleanup_free_ char *text = xasprintf("{'apiVersion':'v1','kind':'Pod','metadata':{'name':'%s','"
                                          "namespace':'ns'},'spec':{'containers':[{'name':'c',"
                                          "'resources':{'requests':{'cpu':'250m','memory':'1Gi'}}}]%s}}",
                                          name, more);
    fake_api_create(h->api, &h->arena, text);
}

static const char *used(struct harness *h, const char *key)
{
    return json_string_or(json_get(json_at(harness_get(h, QUOTA), "status.used"), key), "");
}

static void quotas_are_counted(void **state)
{
    static const struct controller *const rows[] = {&controller_resource_quota, NULL};
    struct harness *h = *state;
    make_pod(h, "a", "");
    make_pod(h, "b", "");
    fake_api_create(
        h->api, &h->arena,
        "{'apiVersion':'networking.k8s.io/v1','kind':'Ingress','metadata':{'name':'i','namespace':'ns'}}");
    harness_start(h, rows);
    fake_api_create(h->api, &h->arena,
                    "{'apiVersion':'v1','kind':'ResourceQuota','metadata':{'name':'q','namespace':'ns'},'"
                    "spec':{'hard':{'pods':'5','requests.cpu':'1',"
                    "'requests.memory':'4Gi','count/ingresses.networking.k8s.io':'3','services':'1'}}}");
    HARNESS_WAIT(h, !strcmp(used(h, "pods"), "2"));
    assert_string_equal(used(h, "requests.cpu"), "500m");
    assert_string_equal(used(h, "requests.memory"), "2Gi");
    assert_string_equal(used(h, "count/ingresses.networking.k8s.io"), "1");
    assert_string_equal(used(h, "services"), "0");
    assert_string_equal(json_string(json_get(json_at(harness_get(h, QUOTA), "status.hard"), "pods")), "5");
    fake_api_delete(h->api, POD("a"), NULL);
    HARNESS_WAIT(h, !strcmp(used(h, "pods"), "1"));
    fake_api_patch(h->api, POD("b") "/status", "{'status':{'phase':'Succeeded'}}");
    HARNESS_WAIT(h, !strcmp(used(h, "pods"), "0") && !strcmp(used(h, "requests.cpu"), "0"));
    fake_api_delete(h->api, "/apis/networking.k8s.io/v1/namespaces/ns/ingresses/i", NULL);
    HARNESS_WAIT(h, !strcmp(used(h, "count/ingresses.networking.k8s.io"), "0"));
    fake_api_patch(h->api, QUOTA, "{'spec':{'hard':{'services':null,'secrets':'9'}}}");
    HARNESS_WAIT(h, !strcmp(used(h, "secrets"), "0") && !used(h, "services")[0]);
}

static const char *range_of(struct harness *h, const char *node)
{
    _cleanup_free_ char *path = xasprintf("/api/v1/nodes/%s", node);
    return json_string_or(json_at(harness_get(h, path), "spec.podCIDR"), "");
}

static void make_node(struct harness *h, const char *name, const char *spec)
{
    _cleanup_free_ char *text =
        xasprintf("{'apiVersion':'v1','kind':'Node','metadata':{'name':'%s'},'spec':{%s}}", name, spec);
    fake_api_create(h->api, &h->arena, text);
}

static void nodes_get_ranges(void **state)
{
    static const struct controller *const rows[] = {&controller_node_ipam, NULL};
    struct harness *h = *state;
    h->options.allocate_node_cidrs = true;
    h->options.cluster_cidr = xstrdup("10.244.0.0/22,fd00::/62");
    h->options.service_cluster_ip_range = xstrdup("10.244.3.0/24");
    make_node(h, "old", "'podCIDR':'10.244.0.0/24','podCIDRs':['10.244.0.0/24','fd00::/64']");
    harness_start(h, rows);
    make_node(h, "a", "");
    HARNESS_WAIT(h, !strcmp(range_of(h, "a"), "10.244.1.0/24"));
    assert_string_equal(json_string_at(harness_get(h, "/api/v1/nodes/a"), "spec.podCIDRs[1]"),
                        "fd00:0:0:1::/64");
    make_node(h, "b", "");
    HARNESS_WAIT(h, !strcmp(range_of(h, "b"), "10.244.2.0/24"));
    make_node(h, "c", ""); /* none is left */
    for (int i = 0; i < 10; i++)
        harness_pause(h);
    assert_string_equal(range_of(h, "c"), "");
    fake_api_delete(h->api, "/api/v1/nodes/old", NULL);
    HARNESS_WAIT(h, !strcmp(range_of(h, "c"), "10.244.0.0/24"));
}

static void superfluous_pods_are_removed(void **state)
{
    static const struct controller *const rows[] = {&controller_pod_garbage, NULL};
    struct harness *h = *state;
    h->options.terminated_pod_gc_threshold = 1;
    make_pod(h, "old", "");
    make_pod(h, "young", "");
    make_pod(h, "running", "");
    make_pod(h, "lost", ",'nodeName':'gone'");
    fake_api_patch(h->api, POD("old"), "{'metadata':{'finalizers':null}}");
    fake_api_patch(h->api, POD("old") "/status", "{'status':{'phase':'Failed'}}");
    fake_api_patch(h->api, POD("young") "/status", "{'status':{'phase':'Succeeded'}}");
    harness_start(h, rows);
    HARNESS_WAIT(h, !harness_get(h, POD("old")) || !harness_get(h, POD("young")));
    assert_int_equal(harness_count(h, "/api/v1/pods"), 3);
    assert_non_null(harness_get(h, POD("running")));
    assert_non_null(harness_get(h, POD("lost"))); /* its node has been missing for a moment only */
    assert_int_equal(fake_api_count(h->api, "DELETE"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, harness_setup, harness_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(quotas_are_counted),
        TEST(nodes_get_ranges),
        TEST(superfluous_pods_are_removed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
