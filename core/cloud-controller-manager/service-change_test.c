/* SPDX-License-Identifier: Apache-2.0 */
/* What of a Service its load balancer follows, and what its status is made to say. */
#include "core/cloud-controller-manager/service-change.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/base/memory.h"
#include "core/cloud-controller-manager/service-status.h"

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

static void test_changes(void **state)
{
    static const struct {
        const char *old, *now;
        bool changed;
        const char *reason, *message;
    } cases[] = {
        {"{'spec':{'type':'LoadBalancer'}}",
         "{'spec':{'type':'LoadBalancer'},'metadata':{'labels':{'a':'b'}}}", false, NULL, NULL},
        {"{'spec':{'selector':{'a':'b'}}}", "{'spec':{'selector':{'a':'c'}}}", false, NULL, NULL},
        {"{}", "{'status':{'loadBalancer':{'ingress':[{'ip':'1.1.1.1'}]}}}", false, NULL, NULL},
        {"{'status':{'loadBalancer':{'ingress':[{'ip':'1.1.1.1'}]}}}",
         "{'status':{'loadBalancer':{'ingress':[{'ip':'2.2.2.2'}]}}}", false, NULL, NULL},
        {"{'status':{'loadBalancer':{'ingress':[{'ip':'1.1.1.1'}]}}}", "{'status':{'loadBalancer':{}}}", true,
         NULL, NULL},
        {"{'spec':{'externalIPs':[]}}", "{'spec':{}}", false, NULL, NULL},
        {"{'spec':{'type':'ClusterIP'}}", "{'spec':{'type':'LoadBalancer'}}", true, "Type",
         "ClusterIP -> LoadBalancer"},
        {"{}", "{'metadata':{'deletionTimestamp':'t'}}", true, NULL, NULL},
        {"{'spec':{'loadBalancerSourceRanges':['1.0.0.0/8']}}",
         "{'spec':{'loadBalancerSourceRanges':['2.0.0.0/8']}}", true, "LoadBalancerSourceRanges",
         "[\"1.0.0.0/8\"] -> [\"2.0.0.0/8\"]"},
        {"{'spec':{'sessionAffinity':'None'}}", "{'spec':{'sessionAffinity':'ClientIP'}}", true, NULL, NULL},
        {"{}", "{'spec':{'sessionAffinityConfig':{'clientIP':{'timeoutSeconds':5}}}}", true, NULL, NULL},
        {"{}", "{'spec':{'loadBalancerIP':'1.1.1.1'}}", true, "LoadbalancerIP", " -> 1.1.1.1"},
        {"{'spec':{'externalIPs':['1.1.1.1']}}", "{'spec':{'externalIPs':['1.1.1.1','2.2.2.2']}}", true,
         "ExternalIP", "Count: 1 -> 2"},
        {"{'metadata':{'uid':'a'}}", "{'metadata':{'uid':'b'}}", true, "UID", "a -> b"},
        {"{'spec':{'externalTrafficPolicy':'Cluster'}}", "{'spec':{'externalTrafficPolicy':'Local'}}", true,
         "ExternalTrafficPolicy", "Cluster -> Local"},
        {"{}", "{'spec':{'healthCheckNodePort':30000}}", true, "HealthCheckNodePort", " -> 30000"},
        {"{'spec':{'ipFamilies':['IPv4']}}", "{'spec':{'ipFamilies':['IPv4','IPv6']}}", true, "IPFamilies",
         "Count: 1 -> 2"},
        {"{'spec':{'ports':[{'port':1}]}}", "{'spec':{'ports':[{'port':2}]}}", true, NULL, NULL},
        {"{'spec':{'ports':[{'port':1}]}}", "{'spec':{'ports':[{'port':1,'nodePort':30001}]}}", true, NULL,
         NULL},
        {"{'spec':{'ports':[{'port':1}]}}", "{'spec':{'ports':[{'port':1},{'port':2}]}}", true, NULL, NULL},
        {"{'spec':{'ports':[{'port':1,'targetPort':8}]}}",
         "{'spec':{'ports':[{'port':1,'targetPort':'web'}]}}", true, NULL, NULL},
        {"{}", "{'metadata':{'annotations':{'a':'b'}}}", true, NULL, NULL},
        {"{'metadata':{'annotations':{'a':'b'}}}", "{}", true, NULL, NULL},
        {"{'metadata':{'annotations':{'a':'b'}}}", "{'metadata':{'annotations':{'a':'c'}}}", true, NULL,
         NULL},
        /* our own claim is no news; its end is */
        {"{}",
         "{'metadata':{'annotations':{'keelson.io/load-balancer-provider':'a'},'finalizers':["
         "'service.kubernetes.io/load-balancer-cleanup']}}",
         false, NULL, NULL},
        {"{'metadata':{'annotations':{'keelson.io/load-balancer-provider':'a'}}}", "{}", true, NULL, NULL},
        {"{'metadata':{'finalizers':['service.kubernetes.io/load-balancer-cleanup']}}", "{}", true, NULL,
         NULL},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct service_change change;
        bool changed = service_has_changed(parse(cases[i].old), parse(cases[i].now), &arena, &change);
        if (changed != cases[i].changed)
            fail_msg("%s to %s: %d", cases[i].old, cases[i].now, changed);
        assert_int_equal(change.reason != NULL, cases[i].reason != NULL);
        if (cases[i].reason) {
            assert_string_equal(change.reason, cases[i].reason);
            assert_string_equal(change.message, cases[i].message);
        }
    }
}

static void test_status(void **state)
{
    static const struct keelson_ingress said[] = {
        {"1.1.1.1", NULL, NULL}, {NULL, "name.example", NULL}, {"", "", ""}, {"2.2.2.2", NULL, "Proxy"}};
    struct keelson_load_balancer balancer = {
        .size = sizeof(balancer), .ingress_count = 4, .ingress_size = sizeof(said[0]), .ingress = said};
    struct json *ingress = service_ingress(&arena, &balancer);
    assert_true(json_equal(ingress, parse("[{'ip':'1.1.1.1','ipMode':'VIP'},{'hostname':'name.example'},"
                                          "{'ip':'2.2.2.2','ipMode':'Proxy'}]")));
    balancer.ingress_size = 8; /* of a plugin that has shorter ones than we know of */
    assert_int_equal(json_count(service_ingress(&arena, &balancer)), 0);

    struct json *service = parse("{'metadata':{'uid':'u'},'status':{'loadBalancer':{}}}");
    assert_true(json_equal(
        service_status_patch(&arena, service, parse("[{'ip':'1.1.1.1'}]")),
        parse("{'metadata':{'uid':'u'},'status':{'loadBalancer':{'ingress':[{'ip':'1.1.1.1'}]}}}")));
    assert_null(service_status_patch(&arena, service, NULL));
    assert_null(service_status_patch(&arena, service, parse("[]")));
    service = parse(
        "{'metadata':{'uid':'u'},'status':{'loadBalancer':{'ingress':[{'ip':'1.1.1.1','ipMode':'VIP'}]}}}");
    assert_null(service_status_patch(&arena, service, parse("[{'ipMode':'VIP','ip':'1.1.1.1'}]")));
    assert_true(json_equal(service_status_patch(&arena, service, NULL),
                           parse("{'metadata':{'uid':'u'},'status':{'loadBalancer':{'ingress':null}}}")));
}

static int done(void **state)
{
    arena_done(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_changes), cmocka_unit_test(test_status)};
    return cmocka_run_group_tests(tests, NULL, done);
}
