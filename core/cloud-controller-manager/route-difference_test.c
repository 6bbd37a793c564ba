/* SPDX-License-Identifier: Apache-2.0 */
/* Which routes are made and which are removed. */
#include "core/cloud-controller-manager/route-difference.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/base/memory.h"

static struct arena arena;

static struct json *parse(const char *text)
{
    struct json *value = NULL;
    char *copy = arena_strdup(&arena, text);
    for (char *c = copy; *c; c++)
        *c = (char)(*c == '\'' ? '"' : *c);
    assert_int_equal(json_parse(&arena, slice_of(copy), &value, NULL), 0);
    return value;
}

#define CLUSTER "10.0.0.0/8, fd00::/48"
#define ROUTES  4
static const struct {
    const char *what;
    const char *own, *foreign, *unknown; /* pod CIDRs of the node of that name; NULL: no such node */
    struct cloud_route there[ROUTES];
    const char *create, *remove; /* "node cidr", each with a comma */
} cases[] = {
    {"new", "['10.1.0.0/24','fd00::/64']", NULL, NULL, {{0}}, "own 10.1.0.0/24,own fd00::/64,", ""},
    {"as it is", "['10.1.0.0/24']", NULL, NULL, {{"r", "own", "10.1.0.0/24"}}, "", ""},
    {"written otherwise", "['fd00:0:0:0:0::/64']", NULL, NULL, {{"r", "own", "fd00::/64"}}, "", ""},
    {"no CIDRs yet", "[]", NULL, NULL, {{0}}, "", ""},
    {"outside of the cluster's", "['192.168.0.0/24']", NULL, NULL, {{"r", "gone", "192.168.1.0/24"}}, "", ""},
    {"around the cluster's", "[]", NULL, NULL, {{"r", "gone", "0.0.0.0/0"}}, "", ""},
    {"others' nodes are others' business", NULL, "['10.1.0.0/24']", "['10.2.0.0/24']", {{0}}, "", ""},
    {"routes that others made to their nodes stay, and what may be somebody's",
     NULL,
     "['10.1.0.0/24']",
     "['10.2.0.0/24']",
     {{"r", "foreign", "10.1.0.0/24"}, {"s", "unknown", "10.8.0.0/24"}},
     "",
     ""},
    {"another's or nobody's node has another block",
     NULL,
     "['10.1.0.0/24']",
     NULL,
     {{"r", "foreign", "10.9.0.0/24"}},
     "",
     "foreign 10.9.0.0/24,"},
    {"a node that is gone", NULL, NULL, NULL, {{"r", "gone", "10.1.0.0/24"}}, "", "gone 10.1.0.0/24,"},
    {"the whole of the cluster's block",
     "[]",
     NULL,
     NULL,
     {{"r", "gone", "10.0.0.0/8"}},
     "",
     "gone 10.0.0.0/8,"},
    {"a node has another block",
     "['10.2.0.0/24']",
     NULL,
     NULL,
     {{"r", "own", "10.1.0.0/24"}},
     "own 10.2.0.0/24,",
     "own 10.1.0.0/24,"},
    {"a block has another node",
     "['10.1.0.0/24']",
     NULL,
     NULL,
     {{"r", "gone", "10.1.0.0/24"}},
     "own 10.1.0.0/24,",
     "gone 10.1.0.0/24,"},
    {"a blackhole",
     "['10.1.0.0/24']",
     NULL,
     NULL,
     {{"r", NULL, "10.1.0.0/24", NULL, true}, {"s", NULL, "192.168.1.0/24", NULL, true}},
     "own 10.1.0.0/24,",
     "- 10.1.0.0/24,"},
    {"to who knows where", NULL, NULL, NULL, {{"r", NULL, "10.1.0.0/24"}}, "", ""},
};

static const char *text_of(const struct cloud_routes *routes)
{
    const char *text = "";
    for (size_t i = 0; i < routes->count; i++)
        text = arena_printf(&arena, "%s%s %s,", text,
                            routes->list[i].node_name ? routes->list[i].node_name : "-",
                            routes->list[i].destination);
    return text;
}

static void add_node(struct owned_node *nodes, size_t *count, const char *name, const char *cidrs,
                     enum node_owner owner)
{
    if (cidrs)
        nodes[(*count)++] =
            (struct owned_node){parse(arena_printf(&arena, "{'spec':{'podCIDRs':%s}}", cidrs)), name, owner};
}

static void test_difference(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct owned_node nodes[3];
        struct route_difference d;
        size_t count = 0, there = 0;
        add_node(nodes, &count, "foreign", cases[i].foreign, NODE_FOREIGN);
        add_node(nodes, &count, "own", cases[i].own, NODE_OWN);
        add_node(nodes, &count, "unknown", cases[i].unknown, NODE_UNKNOWN);
        while (there < ROUTES && cases[i].there[there].destination)
            there++;
        struct cloud_routes routes = {(struct cloud_route *)(uintptr_t)cases[i].there, there};
        route_compare(&arena, CLUSTER, nodes, count, &routes, &d);
        if (strcmp(text_of(&d.create), cases[i].create) != 0 ||
            strcmp(text_of(&d.remove), cases[i].remove) != 0)
            fail_msg("%s: create %s remove %s", cases[i].what, text_of(&d.create), text_of(&d.remove));
    }
}

static void test_cluster_cidr(void **state)
{
    static const struct {
        const char *text;
        bool right;
    } texts[] = {{"10.0.0.0/8", true},
                 {"10.0.0.0/8,fd00::/48", true},
                 {"fd00::/48,10.0.0.0/8", true},
                 {"", false},
                 {"10.0.0.0", false},
                 {"10.0.0.0/8,11.0.0.0/8", false},
                 {"10.0.0.0/33", false},
                 {"10.0.0.0/8,", false},
                 {"fd00::/48,fd01::/48", false}};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        if ((route_check_cluster_cidr(texts[i].text, NULL) == 0) != texts[i].right)
            fail_msg("%s", texts[i].text);
}

static void test_wanted(void **state)
{
    assert_true(route_is_wanted(CLUSTER, parse("{'spec':{'podCIDR':'10.1.0.0/24'}}")));
    assert_true(route_is_wanted(CLUSTER, parse("{'spec':{'podCIDRs':['192.168.0.0/24','fd00::/64']}}")));
    assert_false(route_is_wanted(CLUSTER, parse("{'spec':{'podCIDRs':['192.168.0.0/24']}}")));
    assert_false(route_is_wanted(CLUSTER, parse("{'spec':{}}")));
}

static int done(void **state)
{
    arena_done(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_difference), cmocka_unit_test(test_cluster_cidr),
                                       cmocka_unit_test(test_wanted)};
    return cmocka_run_group_tests(tests, NULL, done);
}
