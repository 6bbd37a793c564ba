/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes that fall silent, are not ready, come back; what becomes of their pods; and that one's own deafness
 * evicts nobody. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/harness.h"

#define NODE(name) "/api/v1/nodes/" name
#define POD(name)  "/api/v1/namespaces/ns/pods/" name

static int setup(void **state)
{
    struct harness *h = harness_new(state);
    h->options.node_monitor_grace_period = 300 * NS_PER_MS;
    h->options.node_monitor_period = 100 * NS_PER_MS;
    h->options.node_eviction_rate = 100;
    h->options.unhealthy_zone_threshold = 0.55;
    return 0;
}

static void make_node(struct harness *h, const char *name, const char *ready)
{
    _cleanup_free_ char *node = xasprintf("{'apiVersion':'v1','kind':'Node','metadata':{'name':'%s'},'status'"
                                          ":{'conditions':[{'type':'Ready','status':'%s',"
                                          "'reason':'KubeletReady'}]}}",
                                          name, ready);
    _cleanup_free_ char *lease =
        xasprintf("{'apiVersion':'coordination.k8s.io/"
                  "v1','kind':'Lease','metadata':{'name':'%s','namespace':'kube-node-lease'},"
                  "'spec':{'renewTime':'0'}}",
                  name);
    fake_api_create(h->api, &h->arena, node);
    fake_api_create(h->api, &h->arena, lease);
}

static void start(struct harness *h)
{
    static const struct controller *const rows[] = {&controller_node_lifecycle, &controller_taint_eviction,
                                                    NULL};
    harness_start(h, rows);
}

/* A kubelet's sign of life; goes into each waiting. */
static bool beat(struct harness *h, const char *name)
{
    static int count;
    _cleanup_free_ char *path =
        xasprintf("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/%s", name);
    _cleanup_free_ char *patch = xasprintf("{'spec':{'renewTime':'%d'}}", ++count);
    fake_api_patch(h->api, path, patch);
    return true;
}

static void make_pod(struct harness *h, const char *name, const char *node, const char *tolerations)
{
    _cleanup_free_ char *text =
        xasprintf("{'apiVersion':'v1','kind':'Pod','metadata':{'name':'%s','namespace':'ns'},'spec':{'"
                  "nodeName':'%s','tolerations':[%s]},"
                  "'status':{'phase':'Running','conditions':[{'type':'Ready','status':'True'}]}}",
                  name, node, tolerations);
    fake_api_create(h->api, &h->arena, text);
}

static const char *ready_of(struct harness *h, const char *path)
{
    return json_string_or(json_get(object_condition(harness_get(h, path), "Ready"), "status"), "");
}

static bool has_taint(struct harness *h, const char *path, const char *key, const char *effect)
{
    json_for_each (taint, json_at(harness_get(h, path), "spec.taints"))
        if (!strcmp(json_string_at(taint, "key"), key) && !strcmp(json_string_at(taint, "effect"), effect))
            return true;
    return false;
}

static void a_silent_node_is_unreachable(void **state)
{
    struct harness *h = *state;
    make_node(h, "a", "True");
    make_node(h, "b", "True");
    make_pod(h, "gone", "a", "");
    make_pod(h, "stays", "a",
             "{'key':'node.kubernetes.io/unreachable','operator':'Exists','effect':'NoExecute'}");
    make_pod(h, "other", "b", "");
    start(h);
    HARNESS_WAIT(h, beat(h, "b") && !strcmp(ready_of(h, NODE("a")), "Unknown"));
    assert_string_equal(json_string_at(object_condition(harness_get(h, NODE("a")), "Ready"), "reason"),
                        "NodeStatusUnknown");
    assert_string_equal(json_string_at(object_condition(harness_get(h, NODE("a")), "DiskPressure"), "reason"),
                        "NodeStatusNeverUpdated");
    HARNESS_WAIT(h, beat(h, "b") && has_taint(h, NODE("a"), "node.kubernetes.io/unreachable", "NoSchedule") &&
                        has_taint(h, NODE("a"), "node.kubernetes.io/unreachable", "NoExecute"));
    HARNESS_WAIT(h, beat(h, "b") && !harness_get(h, POD("gone")));
    HARNESS_WAIT(h, beat(h, "b") && !strcmp(ready_of(h, POD("stays")), "False"));
    assert_string_equal(ready_of(h, POD("other")), "True");
    assert_string_equal(ready_of(h, NODE("b")), "True");
    fake_api_patch(h->api, NODE("a") "/status",
                   "{'status':{'conditions':[{'type':'Ready','status':'True','lastHeartbeatTime':'x'}]}}");
    HARNESS_WAIT(h, beat(h, "b") && beat(h, "a") &&
                        json_count(json_at(harness_get(h, NODE("a")), "spec.taints")) == 0);
    assert_non_null(harness_get(h, POD("stays")));
}

static void conditions_become_taints(void **state)
{
    static const struct {
        const char *condition, *status, *taint;
    } cases[] = {
        {"Ready", "False", "node.kubernetes.io/not-ready"},
        {"MemoryPressure", "True", "node.kubernetes.io/memory-pressure"},
        {"DiskPressure", "True", "node.kubernetes.io/disk-pressure"},
        {"PIDPressure", "True", "node.kubernetes.io/pid-pressure"},
        {"NetworkUnavailable", "True", "node.kubernetes.io/network-unavailable"},
    };
    struct harness *h = *state;
    h->options.node_monitor_grace_period = 3600 * NS_PER_S;
    make_node(h, "a", "True");
    make_node(h, "b", "True");
    fake_api_patch(h->api, NODE("a"),
                   "{'spec':{'taints':[{'key':'mine','effect':'NoSchedule'}],'unschedulable':true}}");
    start(h);
    HARNESS_WAIT(h, has_taint(h, NODE("a"), "node.kubernetes.io/unschedulable", "NoSchedule"));
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_free_ char *patch = xasprintf("{'status':{'conditions':[{'type':'%s','status':'%s'}]}}",
                                               cases[i].condition, cases[i].status);
        fake_api_patch(h->api, NODE("a") "/status", patch);
        HARNESS_WAIT(h, has_taint(h, NODE("a"), cases[i].taint, "NoSchedule"));
        if (i)
            assert_false(has_taint(h, NODE("a"), cases[i - 1].taint, "NoSchedule"));
    }
    assert_true(has_taint(h, NODE("a"), "mine", "NoSchedule"));
    fake_api_patch(h->api, NODE("a"), "{'spec':{'unschedulable':false}}");
    HARNESS_WAIT(h, !has_taint(h, NODE("a"), "node.kubernetes.io/unschedulable", "NoSchedule"));
}

static void when_all_are_down_nobody_is_evicted(void **state)
{
    struct harness *h = *state;
    make_node(h, "a", "True");
    make_node(h, "b", "True");
    make_pod(h, "p", "a", "");
    start(h);
    HARNESS_WAIT(h, !strcmp(ready_of(h, NODE("a")), "Unknown") && !strcmp(ready_of(h, NODE("b")), "Unknown"));
    HARNESS_WAIT(h, has_taint(h, NODE("a"), "node.kubernetes.io/unreachable", "NoSchedule"));
    for (int i = 0; i < 100; i++)
        harness_pause(h);
    assert_false(has_taint(h, NODE("a"), "node.kubernetes.io/unreachable", "NoExecute") &&
                 has_taint(h, NODE("b"), "node.kubernetes.io/unreachable", "NoExecute"));
}

static void a_node_that_cannot_be_read_is_not_judged(void **state)
{
    struct harness *h = *state;
    make_node(h, "a", "True");
    start(h);
    fake_api_fail(h->api, "GET /apis/coordination.k8s.io", 500, "InternalError");
    for (int i = 0; i < 250; i++)
        harness_pause(h);
    assert_string_equal(ready_of(h, NODE("a")), "True");
    fake_api_fail(h->api, NULL, 0, NULL);
    HARNESS_WAIT(h, !strcmp(ready_of(h, NODE("a")), "Unknown"));
}

static void tolerations_have_their_time(void **state)
{
    struct harness *h = *state;
    h->options.node_monitor_grace_period = 3600 * NS_PER_S;
    make_node(h, "a", "True");
    make_node(h, "b", "True");
    make_pod(h, "now", "a", "{'key':'x','operator':'Equal','value':'2'}");
    make_pod(h, "soon", "a", "{'key':'x','operator':'Exists','effect':'NoExecute','tolerationSeconds':1}");
    make_pod(h, "later", "a",
             "{'key':'x','operator':'Exists','effect':'NoExecute','tolerationSeconds':3600}");
    make_pod(h, "ever", "a", "{'operator':'Exists'}");
    make_pod(h, "equal", "a", "{'key':'x','value':'1','effect':'NoExecute'}");
    start(h);
    char now[TIME_TEXT_MAX];
    time_format(clock_realtime_ns(), now);
    _cleanup_free_ char *patch =
        xasprintf("{'spec':{'taints':[{'key':'x','value':'1','effect':'NoExecute','timeAdded':'%s'}]}}", now);
    fake_api_patch(h->api, NODE("a"), patch);
    HARNESS_WAIT(h, !harness_get(h, POD("now")));
    HARNESS_WAIT(h, !harness_get(h, POD("soon")));
    assert_non_null(harness_get(h, POD("later")));
    assert_non_null(harness_get(h, POD("ever")));
    assert_non_null(harness_get(h, POD("equal")));
}

/* kubectl does not say when it added a taint: then it counts from when it is seen, not from the pod's birth.
 */
static void undated_taints_count_from_now(void **state)
{
    struct harness *h = *state;
    h->options.node_monitor_grace_period = 3600 * NS_PER_S;
    make_node(h, "a", "True");
    fake_api_create(
        h->api, &h->arena,
        "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'old','namespace':'ns','creationTimestamp':"
        "'2020-01-01T00:00:00Z'},'spec':{'nodeName':'a','tolerations':[{'key':'x','operator':'Exists',"
        "'effect':'NoExecute','tolerationSeconds':3600}]}}");
    make_pod(h, "now", "a", "");
    make_pod(h, "soon", "a", "{'key':'x','operator':'Exists','effect':'NoExecute','tolerationSeconds':1}");
    start(h);
    fake_api_patch(h->api, NODE("a"), "{'spec':{'taints':[{'key':'x','effect':'NoExecute'}]}}");
    HARNESS_WAIT(h, !harness_get(h, POD("now")) && !harness_get(h, POD("soon")));
    assert_non_null(harness_get(h, POD("old")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, harness_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_silent_node_is_unreachable),        TEST(conditions_become_taints),
        TEST(when_all_are_down_nobody_is_evicted), TEST(a_node_that_cannot_be_read_is_not_judged),
        TEST(tolerations_have_their_time),         TEST(undated_taints_count_from_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
