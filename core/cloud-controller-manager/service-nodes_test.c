/* SPDX-License-Identifier: Apache-2.0 */
/* Which nodes stand behind load balancers, and which changes of a node matter. */
#include "core/cloud-controller-manager/service-nodes.h"

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

#define ID                  "'spec':{'providerID':'c://n'}"
#define EXCLUDED            "'labels':{'node.kubernetes.io/exclude-from-external-load-balancers':''}"
#define GOING               "'deletionTimestamp':'t'"
#define NOT_READY           "'status':{'conditions':[{'type':'Ready','status':'False'}]}"
#define OFF                 "'spec':{'providerID':'c://n','taints':[{'key':'node.cloudprovider.kubernetes.io/shutdown'}]}"
#define MACHINE(uuid, boot) "'status':{'nodeInfo':{'systemUUID':'" uuid "','bootID':'" boot "'}}"
#define TAINTED             "'spec':{'providerID':'c://n','taints':[{'key':'ToBeDeletedByClusterAutoscaler'}]}"

static void test_serves(void **state)
{
    static const struct {
        const char *node;
        bool serves;
    } cases[] = {
        {"{" ID "}", true},
        {"{" ID "," NOT_READY "}", true},
        {"{'spec':{'providerID':'c://n','unschedulable':true,'taints':[{'key':'other'}]}}", true},
        {"{'metadata':{'labels':{'node-role.kubernetes.io/control-plane':''}}," ID "}", true},
        {"{}", false},
        {"{'metadata':{" EXCLUDED "}," ID "}", false},
        {"{'metadata':{" GOING "}," ID "}", false},
        {"{" TAINTED "}", false},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (service_node_serves(parse(cases[i].node)) != cases[i].serves)
            fail_msg("%s", cases[i].node);
}

static void test_changes(void **state)
{
    static const struct {
        const char *old, *now;
        bool matters;
    } cases[] = {
        {"{" ID "}", "{" ID "}", false},
        {"{" ID "}", "{" ID "," NOT_READY "}", false},
        {"{" ID "}", "{" TAINTED "}", false},
        {"{" TAINTED "}", "{" ID "}", true},
        {"{" ID "}", "{" OFF "}", false}, /* its targets stay */
        {"{" OFF "}", "{" ID "}", true},  /* a cloud may have left it out meanwhile */
        {"{" ID "}", "{'metadata':{'labels':{'a':'b'}}," ID "}", false},
        {"{" ID "}", "{'metadata':{" EXCLUDED "}," ID "}", true},
        {"{'metadata':{" EXCLUDED "}," ID "," NOT_READY "}", "{" ID "," NOT_READY "}", true},
        {"{" ID "}", "{'metadata':{" GOING "}," ID "}", true},
        {"{}", "{" ID "}", true},
        {"{" ID "," MACHINE("1", "1") "}", "{" ID "," MACHINE("1", "2") "}", false},
        {"{" ID "," MACHINE("1", "1") "}", "{" ID "," MACHINE("2", "2") "}", true},
        {"{" ID "}", "{" ID ",'status':{'addresses':[{'type':'InternalIP','address':'1.1.1.1'}]}}", true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
        if (service_node_has_changed(parse(cases[i].old), parse(cases[i].now)) != cases[i].matters)
            fail_msg("%s to %s", cases[i].old, cases[i].now);
}

static int done(void **state)
{
    arena_done(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_serves), cmocka_unit_test(test_changes)};
    return cmocka_run_group_tests(tests, NULL, done);
}
