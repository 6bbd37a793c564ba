/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "core/base/memory.h"
#include "core/scheduler/filter.h"
#include "core/scheduler/preempt.h"
#include "core/scheduler/resize.h"

/* A cluster of nodes given as JSON, and a pod; which node is picked, or what is said. */
struct fixture {
    struct arena arena;
    struct cluster cluster;
    struct profile profile;
    struct diagnosis diagnosis; /* of the last pod that found no node */
    struct victims victims;     /* of the last preemption */
};

static void begin(struct fixture *f)
{
    *f = (struct fixture){0};
    cluster_init(&f->cluster);
    profile_init(&f->profile, "default-scheduler");
}

static void end(struct fixture *f)
{
    cluster_done(&f->cluster);
    profile_done(&f->profile);
    arena_done(&f->arena);
}

static struct json *parse(struct fixture *f, const char *text)
{
    struct json *value = NULL;
    assert_int_equal(json_parse(&f->arena, slice_of(text), &value, NULL), 0);
    return value;
}

static void set_node(struct fixture *f, const char *name, const char *spec, const char *labels,
                     const char *amounts)
{
    struct node_facts facts;
    char *text = xasprintf("{\"metadata\":{\"name\":\"%s\",\"labels\":{%s}},\"spec\":{%s},\"status\":{"
                           "\"allocatable\":{%s}}}",
                           name, labels, spec, amounts);
    node_facts_read(&facts, parse(f, text));
    cluster_set_node(&f->cluster, name, &facts);
    free(text);
}

static void add_node(struct fixture *f, const char *name, const char *spec, const char *labels)
{
    set_node(f, name, spec, labels,
             "\"cpu\":\"2\",\"memory\":\"4Gi\",\"pods\":\"3\",\"example.com/gpu\":\"1\"");
}

static struct pod *add_pod(struct fixture *f, const char *key, const char *metadata, const char *spec)
{
    char *text = xasprintf("{\"metadata\":{\"namespace\":\"d\"%s},\"spec\":{%s}}", metadata, spec);
    struct pod *p = cluster_add_pod(&f->cluster, key, key, pod_class_of(parse(f, text)));
    free(text);
    return p;
}

static struct pod *place_labelled(struct fixture *f, const char *key, const char *node, const char *labels,
                                  const char *spec)
{
    char *metadata = xasprintf(",\"labels\":{%s}", labels);
    struct pod *p = add_pod(f, key, metadata, spec);
    cluster_place(&f->cluster, p, node);
    free(metadata);
    return p;
}

static struct pod *place(struct fixture *f, const char *key, const char *node, const char *spec)
{
    return place_labelled(f, key, node, "", spec);
}

static const char *decide_for(struct fixture *f, struct pod *p, const char **ret_why)
{
    bool keep;
    struct cycle c = cycle_of(&f->cluster, &f->profile, p->class, p, &f->arena);
    struct node *n = cycle_decide(&c);
    if (n)
        return n->name;
    cycle_explain(&c, &f->diagnosis);
    *ret_why = f->diagnosis.text;
    if (f->cluster.nodes_count == 0)
        return NULL;
    const char *why = preempt(&c, &f->diagnosis, NULL, &f->victims, &keep);
    if (!f->victims.node)
        *ret_why = arena_printf(&f->arena, "%s preemption: %s", f->diagnosis.text, why);
    return NULL;
}

static const char *decide_labelled(struct fixture *f, const char *labels, const char *spec,
                                   const char **ret_why)
{
    char *metadata = xasprintf(",\"labels\":{%s}", labels);
    struct pod *p = add_pod(f, "d/p", metadata, spec);
    const char *node = decide_for(f, p, ret_why);
    cluster_remove_pod(&f->cluster, p);
    free(metadata);
    return node;
}

static const char *decide(struct fixture *f, const char *spec, const char **ret_why)
{
    return decide_labelled(f, "", spec, ret_why);
}

#define NOT_HELPFUL " preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling."
#define NO_VICTIMS  " preemption: 0/1 nodes are available: 1 No preemption victims found for incoming pod."
#define ONE_CPU                                                                                              \
    "\"containers\":[{\"name\":\"a\",\"resources\":{\"requests\":{\"cpu\":\"1\",\"memory\":\"1Gi\"}}}]"

static const struct {
    const char *name, *node_spec, *labels, *pod_spec;
    const char *why; /* NULL: the node will do */
    unsigned wakes;
} filter_cases[] = {
    {"plain", "", "", ONE_CPU, NULL, 0},
    {"cordoned", "\"unschedulable\":true", "", ONE_CPU,
     "0/1 nodes are available: 1 node(s) were unschedulable." NOT_HELPFUL, WAKE_NODE_TAINTS},
    {"cordoned but tolerated", "\"unschedulable\":true", "",
     "\"tolerations\":[{\"operator\":\"Exists\"}]," ONE_CPU, NULL, 0},
    {"taint", "\"taints\":[{\"key\":\"k\",\"value\":\"v\",\"effect\":\"NoSchedule\"}]", "", ONE_CPU,
     "0/1 nodes are available: 1 node(s) had untolerated taint(s)." NOT_HELPFUL, WAKE_NODE_TAINTS},
    {"taint tolerated", "\"taints\":[{\"key\":\"k\",\"value\":\"v\",\"effect\":\"NoSchedule\"}]", "",
     "\"tolerations\":[{\"key\":\"k\",\"value\":\"v\",\"effect\":\"NoSchedule\"}]," ONE_CPU, NULL, 0},
    {"taint with another value", "\"taints\":[{\"key\":\"k\",\"value\":\"v\",\"effect\":\"NoExecute\"}]", "",
     "\"tolerations\":[{\"key\":\"k\",\"value\":\"w\"}]," ONE_CPU,
     "0/1 nodes are available: 1 node(s) had untolerated taint(s)." NOT_HELPFUL, WAKE_NODE_TAINTS},
    {"prefer only", "\"taints\":[{\"key\":\"k\",\"effect\":\"PreferNoSchedule\"}]", "", ONE_CPU, NULL, 0},
    {"selector", "", "\"disk\":\"ssd\"", "\"nodeSelector\":{\"disk\":\"ssd\"}," ONE_CPU, NULL, 0},
    {"selector misses", "", "\"disk\":\"hdd\"", "\"nodeSelector\":{\"disk\":\"ssd\"}," ONE_CPU,
     "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector." NOT_HELPFUL,
     WAKE_NODE_LABELS},
    {"affinity Gt", "", "\"gen\":\"7\"",
     "\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{"
     "\"nodeSelectorTerms\":[{\"matchExpressions\":[{\"key\":\"gen\",\"operator\":\"Gt\",\"values\":"
     "[\"6\"]}]}]}}}," ONE_CPU,
     NULL, 0},
    {"affinity to a name", "", "",
     "\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{"
     "\"nodeSelectorTerms\":[{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"In\",\"values\":"
     "[\"other\"]}]}]}}}," ONE_CPU,
     "0/1 nodes are available: 1 node(s) didn't satisfy plugin(s) [NodeAffinity]." NOT_HELPFUL,
     WAKE_NODE_LABELS},
    {"too much cpu", "", "", "\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"3\"}}}]",
     "0/1 nodes are available: 1 Insufficient cpu." NOT_HELPFUL, WAKE_POD_GONE},
    {"init container counts by its peak", "", "",
     "\"initContainers\":[{\"resources\":{\"requests\":{\"memory\":\"5Gi\"}}}]," ONE_CPU,
     "0/1 nodes are available: 1 Insufficient memory." NOT_HELPFUL, WAKE_POD_GONE},
    {"a sidecar adds to the containers", "", "",
     "\"initContainers\":[{\"restartPolicy\":\"Always\",\"resources\":{\"requests\":{\"cpu\":\"1500m\"}}}]"
     "," ONE_CPU,
     "0/1 nodes are available: 1 Insufficient cpu." NOT_HELPFUL, WAKE_POD_GONE},
    {"overhead counts", "", "", "\"overhead\":{\"cpu\":\"1500m\"}," ONE_CPU,
     "0/1 nodes are available: 1 Insufficient cpu." NOT_HELPFUL, WAKE_POD_GONE},
    {"extended", "", "", "\"containers\":[{\"resources\":{\"requests\":{\"example.com/gpu\":\"2\"}}}]",
     "0/1 nodes are available: 1 Insufficient example.com/gpu." NOT_HELPFUL, WAKE_POD_GONE},
    {"host port taken", "", "", "\"containers\":[{\"ports\":[{\"hostPort\":80,\"hostIP\":\"10.0.0.1\"}]}]",
     "0/1 nodes are available: 1 node(s) didn't have free ports for the requested pod ports." NO_VICTIMS,
     WAKE_POD_GONE},
    {"host port of another protocol", "", "",
     "\"containers\":[{\"ports\":[{\"hostPort\":80,\"protocol\":\"UDP\"}]}]", NULL, 0},
};

static void filters_say_why(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(filter_cases); i++) {
        struct fixture f;
        const char *why = NULL;
        begin(&f);
        add_node(&f, "n1", filter_cases[i].node_spec, filter_cases[i].labels);
        place(&f, "d/web", "n1", "\"containers\":[{\"ports\":[{\"hostPort\":80}]}]");
        const char *node = decide(&f, filter_cases[i].pod_spec, &why);
        if (!filter_cases[i].why) {
            assert_non_null(node);
        } else {
            assert_null(node);
            assert_string_equal(why, filter_cases[i].why);
            assert_true(f.diagnosis.wakes & filter_cases[i].wakes);
        }
        end(&f);
    }
}

static void reasons_are_counted_per_node(void **state)
{
    struct fixture f;
    const char *why = NULL;
    begin(&f);
    add_node(&f, "a", "\"unschedulable\":true", "");
    add_node(&f, "b", "", "");
    add_node(&f, "c", "", "");
    assert_null(decide(&f, "\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"8\"}}}]", &why));
    assert_string_equal(
        why,
        "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu. preemption: 0/3 nodes "
        "are available: 3 Preemption is not helpful for scheduling.");
    end(&f);
}

static void an_empty_cluster_says_so(void **state)
{
    struct fixture f;
    const char *why = NULL;
    begin(&f);
    assert_null(decide(&f, ONE_CPU, &why));
    assert_string_equal(why, "no nodes available to schedule pods");
    assert_int_equal(f.diagnosis.wakes, WAKE_NODE_ADDED);
    end(&f);
}

static void the_emptier_node_wins(void **state)
{
    struct fixture f;
    const char *why = NULL;
    begin(&f);
    add_node(&f, "full", "", "");
    add_node(&f, "empty", "", "");
    place(&f, "d/one", "full", ONE_CPU);
    assert_string_equal(decide(&f, ONE_CPU, &why), "empty");
    cluster_remove_pod(&f.cluster, cluster_pod(&f.cluster, "d/one"));
    place(&f, "d/two", "empty", ONE_CPU);
    assert_string_equal(decide(&f, ONE_CPU, &why), "full");
    end(&f);
}

static void a_preferred_node_wins(void **state)
{
    struct fixture f;
    const char *why = NULL;
    begin(&f);
    add_node(&f, "a", "", "\"zone\":\"x\"");
    add_node(&f, "b", "", "\"zone\":\"y\"");
    const char *spec = "\"affinity\":{\"nodeAffinity\":{\"preferredDuringSchedulingIgnoredDuringExecution\":["
                       "{\"weight\":10,\"preference\":{\"matchExpressions\":[{\"key\":\"zone\","
                       "\"operator\":\"In\",\"values\":[\"y\"]}]}}]}}," ONE_CPU;
    for (int i = 0; i < 10; i++)
        assert_string_equal(decide(&f, spec, &why), "b");
    end(&f);
}

static void places_fill_up_and_come_back(void **state)
{
    struct fixture f;
    const char *why = NULL;
    begin(&f);
    add_node(&f, "n", "", "");
    place(&f, "d/1", "n", "\"containers\":[{}]");
    place(&f, "d/2", "n", "\"containers\":[{}]");
    place(&f, "d/3", "n", "\"containers\":[{}]");
    assert_null(decide(&f, "\"containers\":[{}]", &why));
    assert_string_equal(why, "0/1 nodes are available: 1 Too many pods." NO_VICTIMS);
    cluster_remove_pod(&f.cluster, cluster_pod(&f.cluster, "d/2"));
    assert_string_equal(decide(&f, "\"containers\":[{}]", &why), "n");
    end(&f);
}

static void a_removed_node_takes_no_more(void **state)
{
    struct fixture f;
    const char *why = NULL;
    begin(&f);
    add_node(&f, "a", "", "");
    add_node(&f, "b", "", "");
    place(&f, "d/1", "a", ONE_CPU);
    cluster_remove_node(&f.cluster, "a");
    assert_string_equal(decide(&f, ONE_CPU, &why), "b");
    add_node(&f, "a", "", "");
    assert_int_equal(cluster_pod(&f.cluster, "d/1")->node->used[AMOUNT_CPU], 1000);
    end(&f);
}

static void all_that_a_node_lacks_is_told(void **state)
{
    struct fixture f;
    const char *why = NULL;
    begin(&f);
    add_node(&f, "n", "", "");
    place(&f, "d/1", "n", "\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"2\"}}}]");
    assert_null(decide(&f,
                       "\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"1\",\"memory\":\"8Gi\","
                       "\"example.com/fpga\":\"1\"}}}]",
                       &why));
    assert_string_equal(why,
                        "0/1 nodes are available: 1 Insufficient cpu, 1 Insufficient example.com/fpga, 1 "
                        "Insufficient memory." NOT_HELPFUL);
    end(&f);
}

static void an_unmentioned_request_counts_a_little(void **state)
{
    struct fixture f;
    begin(&f);
    struct pod *p =
        add_pod(&f, "d/p", "",
                "\"initContainers\":[{\"name\":\"i\"},{\"resources\":{\"requests\":{\"cpu\":"
                "\"350m\"}}}],\"containers\":[{},{\"resources\":{\"requests\":{\"cpu\":\"0\"}}}]");
    assert_int_equal(p->class->demand.amounts[AMOUNT_CPU], 350);
    assert_int_equal(p->class->demand.scored_cpu, 350); /* the peak of the init containers */
    assert_int_equal(p->class->demand.scored_memory, INT64_C(400) * 1024 * 1024);
    end(&f);
}

static void pods_of_a_template_share_their_class(void **state)
{
    struct fixture f;
    begin(&f);
    struct pod *a = add_pod(&f, "d/a", "", ONE_CPU), *b = add_pod(&f, "d/b", "", ONE_CPU),
               *c = add_pod(&f, "d/c", ",\"labels\":{\"x\":\"y\"}", ONE_CPU);
    assert_ptr_equal(a->class, b->class);
    assert_ptr_not_equal(a->class, c->class);
    end(&f);
}

static int64_t cpu_while_resized(struct fixture *f, const char *node, const char *pending)
{
    char *text =
        xasprintf("{\"metadata\":{\"namespace\":\"d\"},\"spec\":{%s\"containers\":[{\"name\":\"a\","
                  "\"resources\":{\"requests\":{\"cpu\":\"1\"}}}]},\"status\":{%s\"containerStatuses\":[{"
                  "\"name\":\"a\",\"allocatedResources\":{\"cpu\":\"500m\"},\"resources\":{\"requests\":{"
                  "\"cpu\":\"700m\"}}}]}}",
                  node, pending);
    struct json *pod = parse(f, text);
    resize_raise(pod);
    struct pod_class *class_ = pod_class_of(pod);
    int64_t cpu = class_->demand.amounts[AMOUNT_CPU];
    pod_class_unref(class_);
    free(text);
    return cpu;
}

static void a_pod_under_resize_counts_for_the_larger(void **state)
{
    struct fixture f;
    begin(&f);
    assert_int_equal(cpu_while_resized(&f, "\"nodeName\":\"n\",", ""), 1000);
    assert_int_equal(cpu_while_resized(&f, "\"nodeName\":\"n\",",
                                       "\"conditions\":[{\"type\":\"PodResizePending\",\"status\":\"True\","
                                       "\"reason\":\"Infeasible\"}],"),
                     700);
    assert_int_equal(cpu_while_resized(&f, "", ""), 1000);
    end(&f);
}

static void zones_take_turns(void **state)
{
    struct fixture f;
    static const char *const expected[] = {"a1", "b1", "a2", "a3"};
    begin(&f);
    add_node(&f, "a3", "", "\"topology.kubernetes.io/zone\":\"a\"");
    add_node(&f, "a1", "", "\"topology.kubernetes.io/zone\":\"a\"");
    add_node(&f, "a2", "", "\"topology.kubernetes.io/zone\":\"a\"");
    add_node(&f, "b1", "", "\"topology.kubernetes.io/zone\":\"b\"");
    cluster_order_nodes(&f.cluster);
    for (unsigned i = 0; i < ARRAY_SIZE(expected); i++) {
        assert_string_equal(f.cluster.nodes[i]->name, expected[i]);
        assert_int_equal(f.cluster.nodes[i]->index, i);
    }
    end(&f);
}

static void a_pod_of_a_named_node_is_only_held_against_it(void **state)
{
    struct fixture f;
    const char *why = NULL;
    static const char spec[] =
        "\"affinity\":{\"nodeAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":{"
        "\"nodeSelectorTerms\":[{\"matchFields\":[{\"key\":\"metadata.name\",\"operator\":\"In\",\"values\":"
        "[\"b\"]}]}]}}}," ONE_CPU;
    begin(&f);
    add_node(&f, "a", "", "");
    add_node(&f, "b", "", "");
    add_node(&f, "c", "", "");
    assert_string_equal(decide(&f, spec, &why), "b");
    place(&f, "d/1", "b", ONE_CPU);
    place(&f, "d/2", "b", ONE_CPU);
    assert_null(decide(&f, spec, &why));
    assert_string_equal(why,
                        "0/3 nodes are available: 1 Insufficient cpu, 2 node(s) didn't satisfy plugin(s) "
                        "[NodeAffinity]. preemption: 0/3 nodes are available: 1 No preemption victims found "
                        "for incoming pod, 2 Preemption is not helpful for scheduling.");
    end(&f);
}

/* Nodes a1 and a2 in zone a, b1 in zone b. In a1 runs a pod with app=web, in b1 one that wants no app=db
 * near. */
#define TERM(key, app)                                                                                       \
    "{\"labelSelector\":{\"matchLabels\":{\"app\":\"" app "\"}},\"topologyKey\":\"" key "\"}"
#define NEAR(term)                                                                                           \
    "\"affinity\":{\"podAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[" term "]}},"
#define FAR(term)                                                                                            \
    "\"affinity\":{\"podAntiAffinity\":{\"requiredDuringSchedulingIgnoredDuringExecution\":[" term "]}},"
#define RATHER(kind, term)                                                                                   \
    "\"affinity\":{\"" kind "\":{\"preferredDuringSchedulingIgnoredDuringExecution\":[{\"weight\":100,"      \
    "\"podAffinityTerm\":" term "}]}},"
#define SPREAD(key, when, app)                                                                               \
    "\"topologySpreadConstraints\":[{\"maxSkew\":1,\"topologyKey\":\"" key                                   \
    "\",\"whenUnsatisfiable\":\"" when "\",\"labelSelector\":{\"matchLabels\":{\"app\":\"" app "\"}}}],"

static const struct {
    const char *name, *labels, *spec;
    const char *nodes; /* those that may be picked; NULL: why tells */
    const char *why;
} topology_cases[] = {
    {"near, by host", "", NEAR(TERM("host", "web")), "a1", NULL},
    {"near, by zone", "", NEAR(TERM("zone", "web")), "a1 a2", NULL},
    {"near nobody", "", NEAR(TERM("zone", "none")), NULL,
     "0/3 nodes are available: 3 node(s) didn't match pod affinity rules. preemption: 0/3 nodes are "
     "available: 3 "
     "Preemption is not helpful for scheduling."},
    {"the first of its kind", "\"app\":\"none\"", NEAR(TERM("zone", "none")), "a1 a2 b1", NULL},
    {"far, by zone", "", FAR(TERM("zone", "web")), "b1", NULL},
    {"far from both", "", FAR(TERM("zone", "web") "," TERM("zone", "lonely")), NULL,
     "0/3 nodes are available: 3 node(s) didn't match pod anti-affinity rules. preemption: 0/3 nodes are "
     "available: 3 No preemption victims found for incoming pod."},
    {"somebody wants none of it", "\"app\":\"db\"", "", "a1 a2", NULL},
    {"rather near", "", RATHER("podAffinity", TERM("host", "web")), "a1", NULL},
    {"rather far", "", RATHER("podAntiAffinity", TERM("zone", "web")), "b1", NULL},
    {"spread", "\"app\":\"web\"", SPREAD("zone", "DoNotSchedule", "web"), "b1", NULL},
    {"spread of others", "", SPREAD("zone", "DoNotSchedule", "web"), "a1 a2 b1", NULL},
    {"spread without the key", "", SPREAD("rack", "DoNotSchedule", "web"), NULL,
     "0/3 nodes are available: 3 node(s) didn't match pod topology spread constraints (missing required "
     "label). "
     "preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling."},
    {"rather spread", "\"app\":\"web\"", SPREAD("zone", "ScheduleAnyway", "web"), "b1", NULL},
};

static void topology_decides(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(topology_cases); i++) {
        struct fixture f;
        const char *why = NULL;
        begin(&f);
        add_node(&f, "a1", "", "\"host\":\"a1\",\"zone\":\"a\"");
        add_node(&f, "a2", "", "\"host\":\"a2\",\"zone\":\"a\"");
        add_node(&f, "b1", "", "\"host\":\"b1\",\"zone\":\"b\"");
        place_labelled(&f, "d/web", "a1", "\"app\":\"web\"", "\"containers\":[{}]");
        place_labelled(&f, "d/shy", "b1", "\"app\":\"lonely\"",
                       FAR(TERM("zone", "db")) "\"containers\":[{}]");
        char *spec = xasprintf("%s\"containers\":[{}]", topology_cases[i].spec);
        for (int round = 0; round < 8; round++) {
            const char *node = decide_labelled(&f, topology_cases[i].labels, spec, &why);
            if (topology_cases[i].nodes && (!node || !strstr(topology_cases[i].nodes, node)))
                fail_msg("%s: %s: %s", topology_cases[i].name, node ? node : "no node", why ? why : "");
            if (!topology_cases[i].nodes && (node || strcmp(why, topology_cases[i].why) != 0))
                fail_msg("%s: %s: %s", topology_cases[i].name, node ? node : "no node", why ? why : "");
        }
        free(spec);
        end(&f);
    }
}

/* Nobody asked for it, but replicas of one set go to different places. */
static void replicas_are_spread_by_default(void **state)
{
    static const char owner[] =
        ",\"ownerReferences\":[{\"kind\":\"ReplicaSet\",\"uid\":\"u\",\"controller\":true}]";
    struct fixture f;
    const char *why = NULL;
    begin(&f);
    add_node(&f, "a", "", "\"kubernetes.io/hostname\":\"a\"");
    add_node(&f, "b", "", "\"kubernetes.io/hostname\":\"b\"");
    cluster_place(&f.cluster, add_pod(&f, "d/1", owner, "\"containers\":[{}]"), "a");
    cluster_place(&f.cluster, add_pod(&f, "d/other", "", ONE_CPU), "b"); /* b is the fuller one */
    for (int i = 0; i < 8; i++) {
        struct pod *p = add_pod(&f, "d/2", owner, "\"containers\":[{}]");
        assert_string_equal(decide_for(&f, p, &why), "b");
        cluster_remove_pod(&f.cluster, p);
    }
    end(&f);
}

#define PRIORITY(n) "\"priority\":" #n ","
#define TWO_CPU     "\"containers\":[{\"resources\":{\"requests\":{\"cpu\":\"2\"}}}]"

static void the_least_is_lost(void **state)
{
    struct fixture f;
    const char *why = NULL;
    begin(&f);
    add_node(&f, "a", "", "");
    add_node(&f, "b", "", "");
    add_node(&f, "c", "\"unschedulable\":true", "");
    place(&f, "d/a1", "a", PRIORITY(5) ONE_CPU);
    place(&f, "d/a2", "a", PRIORITY(1) ONE_CPU);
    place(&f, "d/b1", "b", PRIORITY(3) ONE_CPU);
    place(&f, "d/b2", "b", PRIORITY(2) ONE_CPU);
    assert_null(decide(&f, PRIORITY(10) ONE_CPU, &why)); /* one of them is enough: a2 is the least */
    assert_string_equal(f.victims.node->name, "a");
    assert_int_equal(f.victims.count, 1);
    assert_string_equal(f.victims.pods[0]->key, "d/a2");
    assert_null(decide(&f, PRIORITY(10) TWO_CPU, &why)); /* both go: b's most urgent is less so */
    assert_string_equal(f.victims.node->name, "b");
    assert_int_equal(f.victims.count, 2);
    assert_null(decide(&f, PRIORITY(2) TWO_CPU, &why));
    assert_null(f.victims.node);
    assert_string_equal(
        why, "0/3 nodes are available: 1 node(s) were unschedulable, 2 Insufficient cpu. preemption: "
             "0/3 nodes are available: 1 Insufficient cpu, 1 No preemption victims found for "
             "incoming pod, 1 Preemption is not helpful for scheduling.");
    /* everything is where it was */
    assert_int_equal(cluster_node(&f.cluster, "a")->used[AMOUNT_CPU], 2000);
    assert_int_equal(cluster_node(&f.cluster, "b")->used[AMOUNT_PODS], 2);
    end(&f);
}

/* What filters found out beforehand is found out anew without the victims. */
static void who_is_in_the_way_is_preempted(void **state)
{
    struct fixture f;
    const char *why = NULL;
    begin(&f);
    add_node(&f, "a1", "", "\"zone\":\"a\"");
    add_node(&f, "a2", "", "\"zone\":\"a\"");
    place_labelled(&f, "d/web", "a1", "\"app\":\"web\"", "\"containers\":[{}]");
    place(&f, "d/other", "a2", "\"containers\":[{}]");
    assert_null(decide(&f, PRIORITY(10) FAR(TERM("zone", "web")) "\"containers\":[{}]", &why));
    assert_string_equal(f.victims.node->name, "a1");
    assert_string_equal(f.victims.pods[0]->key, "d/web");
    assert_int_equal(f.victims.count, 1);
    end(&f);
}

static void who_never_preempts_says_so(void **state)
{
    struct fixture f;
    const char *why = NULL;
    begin(&f);
    add_node(&f, "a", "", "");
    place(&f, "d/a1", "a", TWO_CPU);
    assert_null(decide(&f, PRIORITY(10) "\"preemptionPolicy\":\"Never\"," ONE_CPU, &why));
    assert_string_equal(why, "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to "
                             "preemptionPolicy=Never.");
    end(&f);
}

static void a_promised_place_is_kept(void **state)
{
    struct fixture f;
    const char *why = NULL;
    begin(&f);
    add_node(&f, "a", "", "");
    struct pod *waiting = add_pod(&f, "d/waiting", "", PRIORITY(5) TWO_CPU);
    cluster_nominate(&f.cluster, waiting, "a");
    assert_null(decide(&f, PRIORITY(5) ONE_CPU, &why));
    assert_string_equal(decide(&f, PRIORITY(6) ONE_CPU, &why), "a"); /* who is more urgent does not care */
    assert_string_equal(decide_for(&f, waiting, &why), "a");
    cluster_nominate(&f.cluster, waiting, NULL);
    assert_string_equal(decide(&f, PRIORITY(5) ONE_CPU, &why), "a");
    end(&f);
}

static void who_waits_for_leaving_pods_takes_no_others(void **state)
{
    struct fixture f;
    const char *why = NULL;
    begin(&f);
    add_node(&f, "a", "", "");
    struct pod *victim = place(&f, "d/a1", "a", TWO_CPU),
               *waiting = add_pod(&f, "d/w", "", PRIORITY(5) ONE_CPU);
    victim->evicted = true;
    cluster_nominate(&f.cluster, waiting, "a");
    assert_null(decide_for(&f, waiting, &why));
    assert_string_equal(why, "0/1 nodes are available: 1 Insufficient cpu. preemption: not eligible due to a "
                             "terminating pod on the nominated node.");
    end(&f);
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
        cmocka_unit_test(all_that_a_node_lacks_is_told),
        cmocka_unit_test(an_unmentioned_request_counts_a_little),
        cmocka_unit_test(pods_of_a_template_share_their_class),
        cmocka_unit_test(a_pod_under_resize_counts_for_the_larger),
        cmocka_unit_test(zones_take_turns),
        cmocka_unit_test(a_pod_of_a_named_node_is_only_held_against_it),
        cmocka_unit_test(topology_decides),
        cmocka_unit_test(replicas_are_spread_by_default),
        cmocka_unit_test(the_least_is_lost),
        cmocka_unit_test(who_is_in_the_way_is_preempted),
        cmocka_unit_test(who_never_preempts_says_so),
        cmocka_unit_test(a_promised_place_is_kept),
        cmocka_unit_test(who_waits_for_leaving_pods_takes_no_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
