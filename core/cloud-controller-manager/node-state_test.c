/* SPDX-License-Identifier: Apache-2.0 */
/* What metadata makes of a node. */
#include "core/cloud-controller-manager/node-state.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/api/object.h"
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

static struct provider_metadata metadata(const char *addresses)
{
    return (struct provider_metadata){.provider_id = "c://n",
                                      .instance_type = "big",
                                      .zone = "z",
                                      .region = "r",
                                      .addresses = parse(addresses),
                                      .labels = parse("{'disk':'ssd'}")};
}

#define NEW_NODE                                                                                             \
    "{'metadata':{'name':'n'},'spec':{'taints':[{'key':'node.cloudprovider.kubernetes.io/uninitialized',"    \
    "'effect':'NoSchedule'},{'key':'mine','effect':'NoSchedule'}]}}"

static void test_set_up(void **state)
{
    struct provider_metadata m = metadata("[]");
    struct json *node = parse(NEW_NODE);
    assert_true(node_needs_setup(node));
    assert_true(node_set_up(&arena, node, &m));
    assert_false(node_needs_setup(node));
    assert_string_equal(json_string_at(node, "spec.providerID"), "c://n");
    assert_int_equal(json_count(json_at(node, "spec.taints")), 1);
    static const char *const labels[][2] = {{"node.kubernetes.io/instance-type", "big"},
                                            {"beta.kubernetes.io/instance-type", "big"},
                                            {"topology.kubernetes.io/zone", "z"},
                                            {"failure-domain.beta.kubernetes.io/zone", "z"},
                                            {"topology.kubernetes.io/region", "r"},
                                            {"failure-domain.beta.kubernetes.io/region", "r"},
                                            {"disk", "ssd"}};
    for (size_t i = 0; i < ARRAY_SIZE(labels); i++)
        assert_string_equal(object_label(node, labels[i][0]), labels[i][1]);
    assert_false(node_set_up(&arena, node, &m));
}

static void test_provider_id_stays(void **state)
{
    struct provider_metadata m = metadata("[]");
    struct json *node = parse("{'metadata':{'name':'n'},'spec':{'providerID':'c://other','taints':[{'key':"
                              "'node.cloudprovider.kubernetes.io/uninitialized'}]}}");
    assert_true(node_needs_setup(node));
    assert_true(node_set_up(&arena, node, &m));
    assert_string_equal(json_string_at(node, "spec.providerID"), "c://other");
    assert_null(json_at(node, "spec.taints"));
}

static void test_addresses(void **state)
{
    static const struct {
        const char *node, *cloud, *wanted; /* wanted NULL: an error; "": no change */
    } cases[] = {
        {"{'metadata':{}}", "[{'type':'InternalIP','address':'10.0.0.1'}]",
         "[{'type':'InternalIP','address':'10.0.0.1'}]"},
        {"{'metadata':{},'status':{'addresses':[{'type':'Hostname','address':'h'},{'type':'InternalIP','"
         "address':'1.1.1.1'}]}}",
         "[{'type':'InternalIP','address':'10.0.0.1'}]",
         "[{'type':'InternalIP','address':'10.0.0.1'},{'type':'Hostname','address':'h'}]"},
        {"{'metadata':{},'status':{'addresses':[{'type':'InternalIP','address':'10.0.0.1'}]}}",
         "[{'type':'InternalIP','address':'10.0.0.1'}]", ""},
        {"{'metadata':{},'status':{'addresses':[{'type':'InternalIP','address':'10.0.0.1'}]}}", "[]", ""},
        {"{'metadata':{'annotations':{'alpha.kubernetes.io/provided-node-ip':'10.0.0.2'}}}",
         "[{'type':'InternalIP','address':'10.0.0.1'},{'type':'InternalIP','address':'10.0.0.2'},{'type':'"
         "ExternalIP','address':'9.9.9.9'}]",
         "[{'type':'InternalIP','address':'10.0.0.2'},{'type':'ExternalIP','address':'9.9.9.9'}]"},
        {"{'metadata':{'annotations':{'alpha.kubernetes.io/provided-node-ip':'fd00::2,10.0.0.2'}}}",
         "[{'type':'InternalIP','address':'10.0.0.1'},{'type':'InternalIP','address':'10.0.0.2'},{'type':'"
         "InternalIP','address':'fd00::1'},{'type':'InternalIP','address':'fd00::2'},{'type':'ExternalIP',"
         "'address':'9.9.9.9'},{'type':'ExternalIP','address':'9.9.9.8'}]",
         "[{'type':'InternalIP','address':'fd00::2'},{'type':'InternalIP','address':'10.0.0.2'},{'type':'"
         "ExternalIP','address':'9.9.9.9'},{'type':'ExternalIP','address':'9.9.9.8'}]"},
        {"{'metadata':{'annotations':{'alpha.kubernetes.io/provided-node-ip':'10.0.0.1'}}}",
         "[{'type':'InternalIP','address':'10.0.0.1'},{'type':'ExternalIP','address':'10.0.0.1'},{'type':'"
         "ExternalIP','address':'9.9.9.9'}]",
         "[{'type':'InternalIP','address':'10.0.0.1'},{'type':'ExternalIP','address':'10.0.0.1'}]"},
        {"{'metadata':{'annotations':{'alpha.kubernetes.io/provided-node-ip':'10.0.0.1,fd00::9'}}}",
         "[{'type':'InternalIP','address':'10.0.0.1'},{'type':'InternalIP','address':'fd00::1'}]", NULL},
        {"{'metadata':{'annotations':{'alpha.kubernetes.io/provided-node-ip':'10.0.0.9'}}}",
         "[{'type':'InternalIP','address':'10.0.0.1'}]", NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct json *node = parse(cases[i].node);
        struct provider_metadata m = metadata(cases[i].cloud);
        bool changed = false;
        int result = node_set_addresses(&arena, node, &m, &changed, NULL);
        assert_int_equal(result, cases[i].wanted ? 0 : -1);
        assert_int_equal(changed, cases[i].wanted && *cases[i].wanted);
        if (changed)
            assert_true(json_equal(json_at(node, "status.addresses"), parse(cases[i].wanted)));
    }
}

static void test_owner(void **state)
{
    struct json *node = parse("{'metadata':{}}");
    assert_true(node_set_owner(&arena, node, "east"));
    assert_false(node_set_owner(&arena, node, "east"));
    assert_string_equal(object_annotation(node, "keelson.io/cloud"), "east");
}

static void test_shut_down(void **state)
{
    struct json *node = parse("{'spec':{'taints':[{'key':'mine','effect':'NoSchedule'}]}}");
    assert_true(node_set_shut_down(&arena, node, true));
    assert_true(node_is_shut_down(node));
    assert_false(node_set_shut_down(&arena, node, true));
    assert_true(
        json_equal(json_at(node, "spec.taints[1]"),
                   parse("{'key':'node.cloudprovider.kubernetes.io/shutdown','effect':'NoSchedule'}")));
    assert_true(node_set_shut_down(&arena, node, false));
    assert_false(node_set_shut_down(&arena, node, false));
    assert_int_equal(json_count(json_at(node, "spec.taints")), 1);
}

static void test_labels_follow_the_cloud(void **state)
{
    static const struct {
        const char *former, *now, *node, *wanted; /* wanted NULL: no change */
    } cases[] = {
        {"{'a':'1'}", "{'a':'2'}", "{'a':'1'}", "{'a':'2'}"},
        {"{'a':'1'}", "{'a':'1'}", "{'a':'by hand'}", NULL},
        {NULL, "{'a':'1'}", "{'a':'by hand'}", NULL},
        {NULL, "{'a':'1','b':'2'}", "{'b':'by hand'}", "{'a':'1','b':'by hand'}"},
        {"{}", "{'a':'1'}", "{}", "{'a':'1'}"},
        {"{}", "{}", "{'topology.kubernetes.io/zone':'z'}",
         "{'topology.kubernetes.io/zone':'z','failure-domain.beta.kubernetes.io/zone':'z'}"},
        {"{}", "{}", "{'failure-domain.beta.kubernetes.io/zone':'z'}", NULL},
        {NULL, "{}",
         "{'topology.kubernetes.io/region':'r','failure-domain.beta.kubernetes.io/region':'other'}",
         "{'topology.kubernetes.io/region':'r','failure-domain.beta.kubernetes.io/region':'r'}"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct json *node = parse("{'metadata':{}}");
        json_set(&arena, json_get(node, "metadata"), "labels", parse(cases[i].node));
        bool changed = node_update_labels(&arena, node, parse(cases[i].now),
                                          cases[i].former ? parse(cases[i].former) : NULL);
        assert_int_equal(changed, cases[i].wanted != NULL);
        assert_true(json_equal(json_at(node, "metadata.labels"),
                               parse(cases[i].wanted ? cases[i].wanted : cases[i].node)));
    }
}

static void test_schemes(void **state)
{
    const struct provider gce = {.scheme = "gce"};
    assert_true(provider_has_scheme(&gce, "gce://a/b"));
    assert_false(provider_has_scheme(&gce, "gcex://a"));
    assert_false(provider_has_scheme(&gce, "gc://a"));
    assert_false(provider_has_scheme(&gce, "gce"));
    assert_false(provider_has_scheme(&gce, ""));
}

static int done(void **state)
{
    arena_done(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_up),    cmocka_unit_test(test_provider_id_stays),
        cmocka_unit_test(test_addresses), cmocka_unit_test(test_owner),
        cmocka_unit_test(test_shut_down), cmocka_unit_test(test_labels_follow_the_cloud),
        cmocka_unit_test(test_schemes),
    };
    return cmocka_run_group_tests(tests, NULL, done);
}
