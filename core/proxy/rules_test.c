/* SPDX-License-Identifier: Apache-2.0 */
/* Services and slices into nft commands: what stands in the kernel, and what a change sends. */
#include "core/proxy/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/base/memory.h"

#define TABLE "ip t"

struct fixture {
    struct arena arena;
    struct items *items;
    struct rules_options options;
    struct buffer script;
    bool all; /* of the last put */
};

/* Single quotes for double ones. */
static struct json *parse(struct arena *arena, const char *text)
{
    struct json *value = NULL;
    char *copy = arena_strdup(arena, text);
    for (char *c = copy; *c; c++)
        *c = (char)(*c == '\'' ? '"' : *c);
    assert_int_equal(json_parse(arena, slice_of(copy), &value, NULL), 0);
    return value;
}

static int setup(void **state)
{
    struct fixture *f = new0(struct fixture);
    f->items = items_new();
    f->options.masquerade_mark = 0x4000;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    items_free(f->items);
    buffer_done(&f->script);
    arena_done(&f->arena);
    free(f);
    return 0;
}

/* Puts the service in and returns the commands of the change. */
static const char *put(struct fixture *f, const char *service, const char *const *slices, size_t count)
{
    struct wishes wishes = {0};
    struct service read;
    struct json *parsed[8], *document = parse(&f->arena, service);
    for (size_t i = 0; i < count; i++)
        parsed[i] = parse(&f->arena, slices[i]);
    service_read(&wishes.arena, document, parsed, count, PROXY_IPV4, "here", "zone-a", &read);
    rules_for_service(&f->options, PROXY_IPV4, &read, &wishes);
    f->all = items_replace(f->items, read.name, &wishes);
    wishes_done(&wishes);
    buffer_clear(&f->script);
    items_script(f->items, TABLE, &f->script);
    items_applied(f->items);
    return f->script.data ? f->script.data : "";
}

#define WEB(spec, status)                                                                                    \
    "{'metadata':{'namespace':'d','name':'web'},'spec':{'clusterIP':'10.0.0.1','clusterIPs':['10.0.0.1']"    \
    "," spec "'ports':[{'port':80,'protocol':'TCP','nodePort':30080}]},'status':{" status "}}"
#define SLICE_OF(endpoints)                                                                                  \
    "{'addressType':'IPv4','ports':[{'name':'','port':8080,'protocol':'TCP'}],'endpoints':[" endpoints "]}"
#define EP(ip, node, conditions)                                                                             \
    "{'addresses':['" ip "'],'nodeName':'" node "','conditions':{" conditions "}}"
#define READY  "'ready':true"
#define ENDING "'ready':false,'serving':true,'terminating':true"
#define GONE   "'ready':false,'serving':false,'terminating':true"

static const char *put_web(struct fixture *f, const char *service, const char *slice)
{
    return put(f, service, &slice, slice ? 1 : 0);
}

static void assert_has(const char *script, const char *part)
{
    if (!strstr(script, part))
        fail_msg("no \"%s\" in:\n%s", part, script);
}

static void assert_lacks(const char *script, const char *part)
{
    if (strstr(script, part))
        fail_msg("\"%s\" in:\n%s", part, script);
}

static void test_cluster_ip(void **state)
{
    struct fixture *f = *state;
    const char *s =
        put_web(f, WEB("", ""), SLICE_OF(EP("10.1.0.2", "here", READY) "," EP("10.1.0.1", "there", READY)));
    assert_has(s, "add element ip t cluster-ips { 10.0.0.1 }\n");
    assert_has(s, "10.0.0.1 . tcp . 80 : goto b-2");
    assert_has(s, "10.0.0.1 . tcp . 80 . 0 : 10.1.0.1 . 8080");
    assert_has(s, "10.0.0.1 . tcp . 80 . 1 : 10.1.0.2 . 8080");
    assert_has(
        s,
        "add rule ip t b-2 meta l4proto { tcp, udp, sctp } dnat ip to ip daddr . meta l4proto . th dport . "
        "numgen random mod 2 map @endpoints\n");
    assert_has(s, "tcp . 30080 : goto xnb-2");
    assert_has(s, "add element ip t hairpin { 10.1.0.2 . 10.1.0.2 }\n");
    assert_string_equal(
        put_web(f, WEB("", ""), SLICE_OF(EP("10.1.0.2", "here", READY) "," EP("10.1.0.1", "there", READY))),
        "");
}

static void test_change_sends_what_differs(void **state)
{
    struct fixture *f = *state;
    put_web(f, WEB("", ""), SLICE_OF(EP("10.1.0.1", "a", READY) "," EP("10.1.0.2", "a", READY)));
    const char *s =
        put_web(f, WEB("", ""), SLICE_OF(EP("10.1.0.1", "a", READY) "," EP("10.1.0.3", "a", READY)));
    assert_string_equal(s, "delete element ip t endpoints { 10.0.0.1 . tcp . 80 . 1 : 10.1.0.2 . 8080 }\n"
                           "delete element ip t nodeport-endpoints { tcp . 30080 . 1 : 10.1.0.2 . 8080 }\n"
                           "add element ip t endpoints { 10.0.0.1 . tcp . 80 . 1 : 10.1.0.3 . 8080 }\n"
                           "add element ip t nodeport-endpoints { tcp . 30080 . 1 : 10.1.0.3 . 8080 }\n");
    s = put_web(f, WEB("", ""), SLICE_OF(EP("10.1.0.1", "a", READY)));
    assert_lacks(s, "add chain ip t b-");
    assert_has(s, "add element ip t services { 10.0.0.1 . tcp . 80 : goto b-1 }\n");
}

static void test_nobody_serves(void **state)
{
    struct fixture *f = *state;
    const char *s = put_web(f, WEB("", ""), NULL);
    assert_has(s, "add element ip t unserved { 10.0.0.1 . tcp . 80 : goto refuse }\n");
    assert_has(s, "add element ip t unserved-nodeports { tcp . 30080 : goto refuse }\n");
    assert_lacks(s, "element ip t services");
    s = put_web(f, WEB("", ""), SLICE_OF(EP("10.1.0.1", "a", READY)));
    assert_has(s, "delete element ip t unserved { 10.0.0.1 . tcp . 80 : goto refuse }\n");
}

static void test_usable_endpoints(void **state)
{
    static const struct {
        const char *slice, *wanted; /* NULL: nobody serves */
    } cases[] = {
        {SLICE_OF(EP("10.1.0.1", "a", ENDING) "," EP("10.1.0.2", "a", READY)), ". 0 : 10.1.0.2"},
        {SLICE_OF(EP("10.1.0.1", "a", ENDING) "," EP("10.1.0.2", "a", GONE)), ". 0 : 10.1.0.1"},
        {SLICE_OF(EP("10.1.0.1", "a", GONE)), NULL},
        {SLICE_OF(EP("10.1.0.1", "a", "'ready':false")), NULL},
        {SLICE_OF("{'addresses':['10.1.0.1']}"), ". 0 : 10.1.0.1"},
        {SLICE_OF("{'addresses':['fd00::1']}"), NULL},
        {"{'addressType':'IPv4','ports':[{'name':'other','port':1}],'endpoints':[{'addresses':['10.1.0.1']}]"
         "}",
         NULL},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *s = put_web(f, WEB("", ""), cases[i].slice);
        assert_has(s, cases[i].wanted ? cases[i].wanted : "unserved { 10.0.0.1 . tcp . 80 : goto refuse }");
        items_replace(f->items, "d/web", NULL);
        items_applied(f->items);
    }
}

static void test_local_policies(void **state)
{
    struct fixture *f = *state;
    const char *both = SLICE_OF(EP("10.1.0.1", "here", READY) "," EP("10.1.0.2", "there", READY));
    f->options.local[PROXY_IPV4] = "ip saddr 10.1.0.0/16";
    const char *s = put_web(
        f, WEB("'externalTrafficPolicy':'Local',", "'loadBalancer':{'ingress':[{'ip':'5.6.7.8'}]}"), both);
    assert_has(s, "5.6.7.8 . tcp . 80 : goto l-2-1");
    assert_has(s, "5.6.7.8 . tcp . 80 . 32768 : 10.1.0.1 . 8080");
    assert_has(s, "add rule ip t l-2-1 ip saddr 10.1.0.0/16 goto b-2\n");
    assert_has(s, "add rule ip t l-2-1 fib saddr type local meta mark set meta mark | 0x4000 goto b-2\n");
    assert_has(s, "numgen random mod 1 offset 32768 map @endpoints\n");
    assert_has(s, "10.0.0.1 . tcp . 80 : goto b-2");
    s = put_web(f, WEB("'externalTrafficPolicy':'Local',", ""), SLICE_OF(EP("10.1.0.2", "there", READY)));
    assert_has(s, "tcp . 30080 : goto ln-1-0");
    assert_has(s, "add element ip t unserved-nodeports { tcp . 30080 : drop }\n");
    s = put_web(f, WEB("'internalTrafficPolicy':'Local',", ""), SLICE_OF(EP("10.1.0.2", "there", READY)));
    assert_has(s, "add element ip t unserved { 10.0.0.1 . tcp . 80 : drop }\n");
    assert_has(s, "delete element ip t services { 10.0.0.1 . tcp . 80 : goto b-1 }\n");
}

static void test_masquerade(void **state)
{
    static const struct {
        struct rules_options options;
        const char *rule; /* NULL: none */
    } cases[] = {
        {{.masquerade_mark = 0x4000}, NULL},
        {{.masquerade_mark = 0x4000, .not_local = {"ip saddr != 10.1.0.0/16", NULL}},
         "masquerade-cluster ip saddr != 10.1.0.0/16 meta mark set meta mark | 0x4000\n"},
        {{.masquerade_mark = 0x4000, .masquerade_all = true, .not_local = {"ip saddr != 10.1.0.0/16", NULL}},
         "masquerade-cluster  meta mark set meta mark | 0x4000\n"},
        {{.masquerade_mark = 2, .not_local = {"meta iifname != \"br0\"", NULL}},
         "masquerade-cluster meta iifname != \"br0\" meta mark set meta mark | 0x2\n"},
        {{.masquerade_mark = 2}, "meta mark & 0x2 != 0 meta mark set meta mark & 0xfffffffd masquerade"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        buffer_clear(&f->script);
        rules_base(&cases[i].options, PROXY_IPV4, TABLE, &f->script);
        assert_has(f->script.data,
                   "add rule ip t dispatch ip daddr . meta l4proto . th dport vmap @services\n");
        if (cases[i].rule)
            assert_has(f->script.data, cases[i].rule);
        else
            assert_lacks(f->script.data, "add rule ip t masquerade-cluster");
    }
    assert_has(put_web(f, WEB("'type':'NodePort',", ""), SLICE_OF(EP("10.1.0.1", "a", READY))),
               "add rule ip t xnb-1 meta mark set meta mark | 0x4000\nadd rule ip t xnb-1 goto nb-1\n");
}

#define HINTED(ip, zones, nodes)                                                                             \
    "{'addresses':['" ip "'],'nodeName':'x','conditions':{'ready':true},'hints':{'forZones':[" zones         \
    "],'forNodes':[" nodes "]}}"
#define NAMED(name) "{'name':'" name "'}"

static void test_hints(void **state)
{
    static const struct {
        const char *slice;
        const char *chosen, *left; /* left NULL: both are chosen */
    } cases[] = {
        {SLICE_OF(HINTED("10.1.0.1", NAMED("zone-a"), "") "," HINTED("10.1.0.2", NAMED("zone-b"), "")),
         "10.1.0.1", "10.1.0.2"},
        {SLICE_OF(HINTED("10.1.0.1", NAMED("zone-a"), "") "," EP("10.1.0.2", "x", READY)), "10.1.0.1", NULL},
        {SLICE_OF(HINTED("10.1.0.1", NAMED("zone-c"), "") "," HINTED("10.1.0.2", NAMED("zone-b"), "")),
         "10.1.0.1", NULL},
        {SLICE_OF(HINTED("10.1.0.1", NAMED("zone-a"), "") "," EP("10.1.0.2", "x", GONE)), "10.1.0.1",
         "10.1.0.2"},
        /* the node's hints come before the zone's, when they hold */
        {SLICE_OF(HINTED("10.1.0.1", NAMED("zone-b"), NAMED("here")) "," HINTED("10.1.0.2", NAMED("zone-a"),
                                                                                NAMED("there"))),
         "10.1.0.1", "10.1.0.2"},
        {SLICE_OF(HINTED("10.1.0.1", NAMED("zone-a"), NAMED("far")) "," HINTED("10.1.0.2", NAMED("zone-b"),
                                                                               NAMED("there"))),
         "10.1.0.1", "10.1.0.2"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        const char *s = put_web(f, WEB("", ""), cases[i].slice);
        assert_has(s, cases[i].chosen);
        if (cases[i].left)
            assert_lacks(s, cases[i].left);
        else
            assert_has(s, "10.1.0.2");
        items_replace(f->items, "d/web", NULL);
        items_applied(f->items);
    }
}

/* Another port of the service without hints does not take them from this one. */
static void test_hints_are_per_port(void **state)
{
    static const char service[] =
        "{'metadata':{'namespace':'d','name':'x'},'spec':{'clusterIP':'10.0.0.1','ports':[{'port':80},"
        "{'port':90,'name':'b'}]}}";
    static const char *const slices[] = {
        SLICE_OF(HINTED("10.1.0.1", NAMED("zone-a"), "") "," HINTED("10.1.0.2", NAMED("zone-b"), "")),
        "{'addressType':'IPv4','ports':[{'name':'b','port':9090}],'endpoints':[{'addresses':['10.1.0.3']}]}"};
    const char *s = put(*state, service, slices, 2);
    assert_has(s, "10.0.0.1 . tcp . 80 : goto b-1");
    assert_has(s, "10.0.0.1 . tcp . 90 . 0 : 10.1.0.3 . 9090");
}

/* A block of chains that only a new table can have is asked for once, and kept. */
static void test_pick_chains(void **state)
{
    struct fixture *f = *state;
    struct wishes wishes = {0};
    const char *slice = SLICE_OF(EP("10.1.0.1", "a", READY));
    put_web(f, WEB("", ""), slice);
    wishes_add(&wishes, ITEM_PICK, "b-17", "b-17 drop\n");
    items_replace(f->items, "other", &wishes);
    assert_true(items_need_new_table(f->items));
    items_applied(f->items);
    assert_false(items_need_new_table(f->items));
    items_replace(f->items, "other", NULL);
    assert_false(items_dirty(f->items));
    items_applied(f->items);
    items_replace(f->items, "other", &wishes);
    assert_false(items_need_new_table(f->items));
    items_replace(f->items, "other", NULL);
    items_applied(f->items);
    items_forget(f->items);
    const char *s = put_web(f, WEB("", ""), slice);
    assert_has(s, "add chain ip t b-16\n");
    assert_lacks(s, "b-17");
    wishes_done(&wishes);
}

static void test_affinity(void **state)
{
    struct fixture *f = *state;
    const char *sticky =
        WEB("'sessionAffinity':'ClientIP','sessionAffinityConfig':{'clientIP':{'timeoutSeconds':60}},", "");
    const char *s = put_web(f, sticky, SLICE_OF(EP("10.1.0.1", "a", READY) "," EP("10.1.0.2", "a", READY)));
    assert_has(s, "{ type ipv4_addr; size 65536; flags dynamic,timeout; timeout 60s; }\n");
    assert_has(s, "dnat ip to 10.1.0.1:8080\n");
    assert_has(s, "numgen random mod 2 vmap { 0 : goto e-");
    assert_lacks(s, "element ip t endpoints");
    s = put_web(f, sticky, SLICE_OF(EP("10.1.0.2", "a", READY)));
    assert_has(s, "delete set ip t s-");
    assert_lacks(s, "add set");
}

static void test_source_ranges(void **state)
{
    struct fixture *f = *state;
    const char *s = put_web(
        f,
        WEB("'loadBalancerSourceRanges':[' 10.0.0.7/8 ','10.2.0.0/16','10.0.0.0/8','1.2.3.4/32','fd00::/8'],",
            "'loadBalancer':{'ingress':[{'ip':'5.6.7.8'},{'ip':'5.6.7.9','ipMode':'Proxy'}]}"),
        SLICE_OF(EP("10.1.0.1", "a", READY)));
    assert_has(s, "add element ip t restricted { 5.6.7.8 . tcp . 80 }\n");
    assert_has(
        s, "add element ip t sources { 5.6.7.8 . tcp . 80 . 10.0.0.0/8, 5.6.7.8 . tcp . 80 . 1.2.3.4/32 }\n");
    assert_lacks(s, "5.6.7.9");
}

/* What the node itself sends to an address that it has, too, comes from that address. */
static void test_source_ranges_with_the_node(void **state)
{
    struct fixture *f = *state;
    const char *service =
        WEB("'loadBalancerSourceRanges':['10.0.0.0/8'],", "'loadBalancer':{'ingress':[{'ip':'5.6.7.8'}]}");
    f->options.node_ip[PROXY_IPV4] = "192.168.0.1";
    assert_lacks(put_web(f, service, SLICE_OF(EP("10.1.0.1", "a", READY))), ". 5.6.7.8 }");
    f->options.node_ip[PROXY_IPV4] = "10.9.0.1";
    assert_has(put_web(f, service, SLICE_OF(EP("10.1.0.1", "a", READY))),
               "add element ip t sources { 5.6.7.8 . tcp . 80 . 5.6.7.8 }\n");
}

/* Two spellings of an address are one key in the kernel, which takes it only once. */
static void test_spellings(void **state)
{
    struct fixture *f = *state;
    struct wishes wishes = {0};
    struct service read;
    struct json *slices[] = {parse(&f->arena, "{'addressType':'IPv6','ports':[{'port':8080}],'endpoints':[{'"
                                              "addresses':['fd01::0:1']},{'addresses':['FD01::1']}]}")};
    struct json *service = parse(
        &f->arena,
        "{'metadata':{'namespace':'d','name':'x'},'spec':{'clusterIP':'fd00::1','clusterIPs':['FD00:0::1'],"
        "'externalIPs':['fd02::0:9','fd02::9','10.0.0.1'],'ports':[{'port':80}]}}");
    service_read(&wishes.arena, service, slices, 1, PROXY_IPV6, "here", "", &read);
    rules_for_service(&f->options, PROXY_IPV6, &read, &wishes);
    assert_true(items_replace(f->items, "d/x", &wishes));
    buffer_clear(&f->script);
    items_script(f->items, "ip6 t", &f->script);
    assert_has(f->script.data, "fd00::1 . tcp . 80 : goto b-1, fd02::9 . tcp . 80 : goto xb-1 }\n");
    assert_has(f->script.data, "fd00::1 . tcp . 80 . 0 : fd01::1 . 8080");
    assert_lacks(f->script.data, "10.0.0.1");
    wishes_done(&wishes);
}

static void test_unserved_kinds(void **state)
{
    static const char *const services[] = {
        "{'metadata':{'namespace':'d','name':'x'},'spec':{'clusterIP':'None','ports':[{'port':80}]}}",
        "{'metadata':{'namespace':'d','name':'x'},'spec':{'type':'ExternalName','ports':[{'port':80}]}}",
        "{'metadata':{'namespace':'d','name':'x'},'spec':{'clusterIP':'fd00::1','clusterIPs':['fd00::1'],'"
        "ports':[{'port':80}]}}",
        "{'metadata':{'namespace':'d','name':'x','labels':{'service.kubernetes.io/service-proxy-name':'y'}},"
        "'spec':{'clusterIP':'10.0.0.1','ports':[{'port':80}]}}",
    };
    for (size_t i = 0; i < ARRAY_SIZE(services); i++)
        assert_string_equal(put_web(*state, services[i], SLICE_OF(EP("10.1.0.1", "a", READY))), "");
}

static void test_two_owners(void **state)
{
    struct fixture *f = *state;
    const char *first =
        "{'metadata':{'namespace':'d','name':'a'},'spec':{'clusterIP':'10.0.0.1','externalIPs':['9.9.9.9'],"
        "'ports':[{'port':80}]}}";
    const char *second =
        "{'metadata':{'namespace':'d','name':'b'},'spec':{'clusterIP':'10.0.0.2','externalIPs':['9.9.9.9'],"
        "'ports':[{'port':80}]}}";
    put_web(f, first, SLICE_OF(EP("10.1.0.1", "a", READY)));
    assert_true(f->all);
    const char *s = put_web(f, second, SLICE_OF(EP("10.1.0.2", "a", READY)));
    assert_false(f->all);
    assert_has(s, "10.0.0.2 . tcp . 80 : goto b-1");
    assert_lacks(s, "9.9.9.9");
    items_replace(f->items, "d/a", NULL);
    s = put_web(f, second, SLICE_OF(EP("10.1.0.2", "a", READY)));
    assert_true(f->all);
    assert_has(s, "9.9.9.9 . tcp . 80 . 0 : 10.1.0.2 . 8080");
}

static void test_forgotten_table(void **state)
{
    struct fixture *f = *state;
    const char *slice = SLICE_OF(EP("10.1.0.1", "a", READY));
    _cleanup_free_ char *before = xstrdup(put_web(f, WEB("", ""), slice));
    items_forget(f->items);
    assert_true(items_dirty(f->items));
    const char *s = put_web(f, WEB("", ""), slice);
    assert_int_equal(strlen(s), strlen(before));
    assert_lacks(s, "delete");
    assert_false(items_dirty(f->items));
}

static void test_removed_service_leaves_nothing(void **state)
{
    struct fixture *f = *state;
    put_web(f, WEB("'sessionAffinity':'ClientIP',", ""), SLICE_OF(EP("10.1.0.1", "a", READY)));
    items_replace(f->items, "d/web", NULL);
    items_applied(f->items);
    assert_int_equal(items_count(f->items), 0);
}

static void test_udp_flows(void **state)
{
    struct fixture *f = *state;
    const char *dns =
        "{'metadata':{'namespace':'d','name':'dns'},'spec':{'clusterIP':'10.0.0.53','ports':[{'port':53,"
        "'protocol':'UDP'}]}}";
    const char *slice = "{'addressType':'IPv4','ports':[{'port':5353,'protocol':'UDP'}],'endpoints':[{'"
                        "addresses':['10.1.0.1']}]}";
    put_web(f, dns, slice);
    assert_true(items_has(f->items, ITEM_FLOW, "10.0.0.53 53", false));
    assert_true(items_has(f->items, ITEM_FLOW, "10.0.0.53 53 10.1.0.1 5353", false));
    items_replace(f->items, "d/dns", NULL);
    assert_true(items_flows_dirty(f->items));
    assert_true(items_has(f->items, ITEM_FLOW, "10.0.0.53 53", true));
    assert_false(items_has(f->items, ITEM_FLOW, "10.0.0.53 53 10.1.0.1 5353", false));
}

static void test_families(void **state)
{
    assert_int_equal(address_family("10.0.0.1"), PROXY_IPV4);
    assert_int_equal(address_family("fd00::1"), PROXY_IPV6);
    assert_int_equal(address_family("x"), PROXY_FAMILIES);
    assert_int_equal(cidr_family("fd00::/8"), PROXY_IPV6);
    assert_int_equal(cidr_family("10.0.0.1"), PROXY_FAMILIES);
    assert_int_equal(cidr_family("10.0.0.0/x"), PROXY_FAMILIES);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_cluster_ip),
        CASE(test_change_sends_what_differs),
        CASE(test_nobody_serves),
        CASE(test_usable_endpoints),
        CASE(test_local_policies),
        CASE(test_masquerade),
        CASE(test_pick_chains),
        CASE(test_affinity),
        CASE(test_hints),
        CASE(test_hints_are_per_port),
        CASE(test_source_ranges),
        CASE(test_source_ranges_with_the_node),
        CASE(test_spellings),
        CASE(test_unserved_kinds),
        CASE(test_two_owners),
        CASE(test_forgotten_table),
        CASE(test_removed_service_leaves_nothing),
        CASE(test_udp_flows),
        cmocka_unit_test(test_families),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
