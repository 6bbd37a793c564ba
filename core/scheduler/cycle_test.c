/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "core/base/memory.h"
#include "core/scheduler/scheduler.h"

/* A cluster of nodes given as JSON, and a pod; which node is picked, or what is said. */
struct fixture {
    struct arena arena;
    struct cluster cluster;
};

static struct json *parse(struct fixture *f, const char *text)
{
    struct json *value = NULL;
    assert_int_equal(json_parse(&f->arena, slice_of(text), &value, NULL), 0);
    return value;
}

static void add_node(struct fixture *f, const char *name, const char *spec, const char *labels)
{
    char text[1024];
    snprintf(text, sizeof(text),
             "{\"metadata\":{\"name\":\"%s\",\"labels\":{%s}},\"spec\":{%s},\"status\":{\"allocatable\":{"
             "\"cpu\":\"2\",\"memory\":\"4Gi\",\"pods\":\"3\",\"example.com/gpu\":\"1\"}}}",
             name, labels, spec);
    cluster_set_node(&f->cluster, parse(f, text));
}

static const char *decide(struct fixture *f, const char *spec, const char **ret_why, unsigned *ret_wakes)
{
    char *text = xasprintf("{\"metadata\":{\"name\":\"p\",\"namespace\":\"d\"},\"spec\":{%s}}", spec);
    struct pod_request r;
    pod_request_fill(&r, &f->arena, parse(f, text), "d/p");
    free(text);
    struct node *n = cycle_decide(&f->cluster, &r, 0);
    if (!n)
        *ret_why = cycle_explain(&f->cluster, &r, ret_wakes);
    return n ? n->name : NULL;
}

static void place(struct fixture *f, const char *key, const char *node, const char *spec)
{
    char *text = xasprintf("{\"metadata\":{\"name\":\"x\",\"namespace\":\"d\"},\"spec\":{%s}}", spec);
    struct pod_request r;
    pod_request_fill(&r, &f->arena, parse(f, text), key);
    free(text);
    cluster_place(&f->cluster, key, node, &r.demand, false);
}

#define ONE_CPU                                                                                              \
    "\"containers\":[{\"name\":\"a\",\"resources\":{\"requests\":{\"cpu\":\"1\",\"memory\":\"1Gi\"}}}]"

static const struct {
    const char *name, *node_spec, *labels, *pod_spec;
    const char *why; /* NULL: the node will do */
    unsigned wakes;
} filter_cases[] = {
    {"plain", "", "", ONE_CPU, NULL, 0},
    {"cordoned", "\"unschedulable\":true", "", ONE_CPU,
     "0/1 nodes are available: 1 node(s) were unschedulable.", WAKE_NODE_TAINTS},
    {"cordoned but tolerated", "\"unschedulable\":true", "",
     "\"tolerations\":[{\"operator\":\"Exists\"}]," ONE_CPU, NULL, 0},
    {"taint", "\"taints\":[{\"key\":\"k\",\"value\":\"v\",\"effect\":\"NoSchedule\"}]", "", ONE_CPU,
     "0/1 nodes are available: 1 node(s) had untolerated taint {k: v}.", WAKE_NODE_TAINTS},
    {"taint tolerated", "\"taints\":[{\"key\":\"k\",\"value\":\"v\",\"effect\":\"NoSchedule\"}]", "",
     "\"tolerations\":[{\"key\":\"k\",\"value\":\"v\",\"effect\":\"NoSchedule\"}]," ONE_CPU, NULL, 0},
    {"taint with another value", "\"taints\":[{\"key\":\"k\",\"value\":\"v\",\"effect\":\"NoExecute\"}]", "",
     "\"tolerations\":[{\"key\":\"k\",\"value\":\"w\"}]," ONE_CPU,
     "0/1 nodes are available: 1 node(s) had untolerated taint {k: v}.", WAKE_NODE_TAINTS},
    {"prefer only", "\"taints\":[{\"key\":\"k\",\"effect\":\"PreferNoSchedule\"}]", "", ONE_CPU, NULL, 0},
    {"selector", "", "\"disk\":\"ssd\"", "\"nodeSelector\":{\"disk\":\"ssd\"}," ONE_CPU, NULL, 0},
    {"selector misses", "", "\"disk\":\"hdd\"", "\"nodeSelector\":{\"disk\":\"ssd\"}," ONE_CPU,
     "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.", WAKE_NODE_LABELS},
    {"affinity Gt", "", "\"gen\":\"7\"",
     "\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{"
     "\"nodeSelectorTerms\":[{\"matchExpressions\":[{\"key\":\"gen\",\"operator\":\"Gt\",\"values\":"
     "[\"6\"]}]}]}}}," ONE_CPU,
     NULL, 0},
    {"affinity to a name", "", "",
     "\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{"
     "\"nodeSelectorTerms\":[{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"In\",\"values\":"
     "[\"other\"]}]}]}}}," ONE_CPU,
     "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.", WAKE_NODE_LABELS},
    {"too much cpu", "", "", "\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"3\"}}}]",
     "0/1 nodes are available: 1 Insufficient cpu.", WAKE_POD_GONE},
    {"init container counts by its peak", "", "",
     "\"initContainers\":[{\"resources\":{\"requests\":{\"memory\":\"5Gi\"}}}]," ONE_CPU,
     "0/1 nodes are available: 1 Insufficient memory.", WAKE_POD_GONE},
    {"a sidecar adds to the containers", "", "",
     "\"initContainers\":[{\"restartPolicy\":\"Always\",\"resources\":{\"requests\":{\"cpu\":\"1500m\"}}}]"
     "," ONE_CPU,
     "0/1 nodes are available: 1 Insufficient cpu.", WAKE_POD_GONE},
    {"overhead counts", "", "", "\"overhead\":{\"cpu\":\"1500m\"}," ONE_CPU,
     "0/1 nodes are available: 1 Insufficient cpu.", WAKE_POD_GONE},
    {"extended", "", "", "\"containers\":[{\"resources\":{\"requests\":{\"example.com/gpu\":\"2\"}}}]",
     "0/1 nodes are available: 1 Insufficient example.com/gpu.", WAKE_POD_GONE},
    {"host port taken", "", "", "\"containers\":[{\"ports\":[{\"hostPort\":80,\"hostIP\":\"10.0.0.1\"}]}]",
     "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports.", WAKE_POD_GONE},
    {"host port of another protocol", "", "",
     "\"containers\":[{\"ports\":[{\"hostPort\":80,\"protocol\":\"UDP\"}]}]", NULL, 0},
};

static void filters_say_why(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(filter_cases); i++) {
        struct fixture f = {0};
        const char *why = NULL;
        unsigned wakes = 0;
        cluster_init(&f.cluster);
        add_node(&f, "n1", filter_cases[i].node_spec, filter_cases[i].labels);
        place(&f, "d/web", "n1", "\"containers\":[{\"ports\":[{\"hostPort\":80}]}]");
        const char *node = decide(&f, filter_cases[i].pod_spec, &why, &wakes);
        if (!filter_cases[i].why) {
            assert_non_null(node);
        } else {
            assert_null(node);
            assert_string_equal(why, filter_cases[i].why);
            assert_true(wakes & filter_cases[i].wakes);
        }
        cluster_done(&f.cluster);
        arena_done(&f.arena);
    }
}

static void reasons_are_counted_per_node(void **state)
{
    struct fixture f = {0};
    const char *why = NULL;
    unsigned wakes;
    cluster_init(&f.cluster);
    add_node(&f, "a", "\"unschedulable\":true", "");
    add_node(&f, "b", "", "");
    add_node(&f, "c", "", "");
    assert_null(decide(&f, "\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"8\"}}}]", &why, &wakes));
    assert_string_equal(why, "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu.");
    cluster_done(&f.cluster);
    arena_done(&f.arena);
}

static void an_empty_cluster_says_so(void **state)
{
    struct fixture f = {0};
    const char *why = NULL;
    unsigned wakes = 0;
    cluster_init(&f.cluster);
    assert_null(decide(&f, ONE_CPU, &why, &wakes));
    assert_string_equal(why, "no nodes available to schedule pods");
    assert_int_equal(wakes, WAKE_NODE_ADDED);
    cluster_done(&f.cluster);
    arena_done(&f.arena);
}

static void the_emptier_node_wins(void **state)
{
    struct fixture f = {0};
    const char *why = NULL;
    unsigned wakes;
    cluster_init(&f.cluster);
    add_node(&f, "full", "", "");
    add_node(&f, "empty", "", "");
    place(&f, "d/one", "full", ONE_CPU);
    assert_string_equal(decide(&f, ONE_CPU, &why, &wakes), "empty");
    cluster_forget(&f.cluster, "d/one");
    place(&f, "d/two", "empty", ONE_CPU);
    assert_string_equal(decide(&f, ONE_CPU, &why, &wakes), "full");
    cluster_done(&f.cluster);
    arena_done(&f.arena);
}

static void a_preferred_node_wins(void **state)
{
    struct fixture f = {0};
    const char *why = NULL;
    unsigned wakes;
    cluster_init(&f.cluster);
    add_node(&f, "a", "", "\"zone\":\"x\"");
    add_node(&f, "b", "", "\"zone\":\"y\"");
    const char *spec = "\"affinity\":{\"nodeAffinity\":{\"preferredDuringSchedulingIgnoredDuringExecution\":["
                       "{\"weight\":10,\"preference\":{\"matchExpressions\":[{\"key\":\"zone\","
                       "\"operator\":\"In\",\"values\":[\"y\"]}]}}]}}," ONE_CPU;
    for (int i = 0; i < 10; i++)
        assert_string_equal(decide(&f, spec, &why, &wakes), "b");
    cluster_done(&f.cluster);
    arena_done(&f.arena);
}

static void places_fill_up_and_come_back(void **state)
{
    struct fixture f = {0};
    const char *why = NULL;
    unsigned wakes;
    cluster_init(&f.cluster);
    add_node(&f, "n", "", "");
    place(&f, "d/1", "n", "\"containers\":[{}]");
    place(&f, "d/2", "n", "\"containers\":[{}]");
    place(&f, "d/3", "n", "\"containers\":[{}]");
    assert_null(decide(&f, "\"containers\":[{}]", &why, &wakes));
    assert_string_equal(why, "0/1 nodes are available: 1 Too many pods.");
    assert_true(cluster_forget(&f.cluster, "d/2"));
    assert_false(cluster_forget(&f.cluster, "d/2"));
    assert_string_equal(decide(&f, "\"containers\":[{}]", &why, &wakes), "n");
    cluster_done(&f.cluster);
    arena_done(&f.arena);
}

static void a_removed_node_takes_no_more(void **state)
{
    struct fixture f = {0};
    const char *why = NULL;
    unsigned wakes;
    cluster_init(&f.cluster);
    add_node(&f, "a", "", "");
    add_node(&f, "b", "", "");
    place(&f, "d/1", "a", ONE_CPU);
    cluster_remove_node(&f.cluster, "a");
    assert_string_equal(decide(&f, ONE_CPU, &why, &wakes), "b");
    add_node(&f, "a", "", "");
    assert_int_equal(cluster_pod(&f.cluster, "d/1")->node->used[AMOUNT_CPU], 1000);
    cluster_done(&f.cluster);
    arena_done(&f.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(filters_say_why),
        cmocka_unit_test(reasons_are_counted_per_node),
        cmocka_unit_test(an_empty_cluster_says_so),
        cmocka_unit_test(the_emptier_node_wins),
        cmocka_unit_test(a_preferred_node_wins),
        cmocka_unit_test(places_fill_up_and_come_back),
        cmocka_unit_test(a_removed_node_takes_no_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
