/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers out of ranges, addresses as numbers, and what a service gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include "core/apiserver/service-allocate.h"
#include "core/base/memory.h"

#define IPS  "'clusterIP':'10.0.0.7','clusterIPs':['10.0.0.7','fd00::8']"
#define BOTH "'ipFamilies':['IPv4','IPv6']"
#define DUAL "{'ipFamilyPolicy':'PreferDualStack'," IPS "," BOTH "}"

static void test_allocator(void **state)
{
    struct allocator *a = allocator_new(32, 16);
    int one, two;
    uint32_t number;
    assert_true(allocator_claim(a, &one, 5));
    assert_false(allocator_claim(a, &two, 5));
    allocator_settle(a, &two, false);
    assert_false(allocator_claim(a, &two, 5)); /* another's claim stays */
    allocator_settle(a, &one, false);
    assert_true(allocator_claim(a, &two, 5));
    allocator_settle(a, &two, true);
    assert_false(allocator_claim(a, &one, 5));
    allocator_release(a, 5);
    assert_int_equal(allocator_used(a), 0);
    for (unsigned i = 0; i < 16; i++) {
        assert_true(allocator_claim_any(a, &one, &number));
        assert_true(number >= 16); /* the reserved part is given last */
    }
    for (unsigned i = 0; i < 16; i++)
        assert_true(allocator_claim_any(a, &one, &number) && number < 16);
    assert_false(allocator_claim_any(a, &one, &number));
    assert_false(allocator_claim(a, &one, 99));
    allocator_free(a);
}

static void test_ranges(void **state)
{
    struct service_ranges s;
    char text[ADDRESS_TEXT_MAX];
    uint32_t number;
    assert_int_equal(service_ranges_init(&s, "10.96.5.0/12,fd00::/112", "30000-32767", NULL), 0);
    assert_true(range_number(&s.addresses[0], SLICE("10.96.0.1"), &number));
    assert_int_equal(number, 1);
    assert_true(range_number(&s.addresses[0], SLICE("10.111.255.255"), &number));
    assert_false(range_number(&s.addresses[0], SLICE("10.112.0.0"), &number));
    assert_false(range_number(&s.addresses[0], SLICE("fd00::1"), &number));
    assert_true(range_number(&s.addresses[1], SLICE("fd00::beef"), &number));
    assert_int_equal(number, 0xbeef);
    range_address(&s.addresses[0], 0x1234, text);
    assert_string_equal(text, "10.96.18.52");
    range_address(&s.addresses[1], 10, text);
    assert_string_equal(text, "fd00::a");
    service_ranges_done(&s);
    static const char *const bad[] = {"",
                                      "10.0.0.0",
                                      "10.0.0.0/33",
                                      "10.0.0.0/32",
                                      "x/8",
                                      "10.0.0.0/24,10.1.0.0/24",
                                      "10.0.0.0/24,fd00::/112,fd01::/112"};
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        assert_int_equal(service_ranges_init(&s, bad[i], "30000-32767", NULL), -1);
        service_ranges_done(&s);
    }
    assert_int_equal(service_ranges_init(&s, "10.0.0.0/24", "40000-30000", NULL), -1);
    service_ranges_done(&s);
}

/* old: what the service was, NULL: it is new. wrong: what a refusal says, with no families then. */
static const struct {
    const char *old, *spec, *families, *wrong;
    unsigned addresses;
} families_cases[] = {
    {NULL, "{'ports':[{'port':80}]}", "IPv4", NULL, 1},
    {NULL, "{'ipFamilyPolicy':'PreferDualStack'}", "IPv4,IPv6", NULL, 2},
    {NULL, "{'ipFamilyPolicy':'RequireDualStack','ipFamilies':['IPv6']}", "IPv6,IPv4", NULL, 2},
    {NULL, "{'ipFamilies':['IPv6']}", "IPv6", NULL, 1},
    {NULL, "{'clusterIP':'fd00::7'}", "IPv6", NULL, 1},
    {NULL, "{'ipFamilyPolicy':'PreferDualStack','clusterIPs':['fd00::8','10.0.0.7']}", "IPv6,IPv4", NULL, 2},
    {NULL, "{'clusterIP':'None','selector':{'a':'b'}}", "IPv4", NULL, 1},
    {NULL, "{'clusterIP':'None'}", "IPv4,IPv6", NULL, 1},
    {NULL, "{'clusterIP':'None','ipFamilies':['IPv6']}", "IPv6,IPv4", NULL, 1},
    {NULL, "{'clusterIP':'None','ipFamilyPolicy':'SingleStack'}", "IPv4", NULL, 1},
    {NULL, "{'clusterIP':'10.0.0.9','clusterIPs':['10.0.0.8']}", NULL, "first value must match", 0},
    {NULL, "{'clusterIPs':['10.0.0.7','fd00::8']}", NULL, "when multiple cluster IPs are specified", 0},
    {NULL, "{'ipFamilies':['IPv4','IPv6']}", NULL, "when multiple IP families are specified", 0},
    {NULL, "{'clusterIP':'nonsense'}", NULL, "must be a valid IP address", 0},
    {NULL, "{'clusterIPs':['None','10.0.0.7']}", NULL, "'None' must be the first and only value", 0},
    {NULL, "{'ipFamilyPolicy':'PreferDualStack','clusterIPs':['10.0.0.7','10.0.0.8']}", NULL,
     "no more than one IP for each", 0},
    {NULL, "{'clusterIP':'10.0.0.7','ipFamilies':['IPv6']}", NULL, "expected an IPv6 value", 0},
    {"{'type':'ExternalName'}", "{'clusterIP':'10.0.0.7'}", "IPv4", NULL, 1},
    {DUAL, "{'ipFamilyPolicy':'SingleStack'," IPS "," BOTH "}", "IPv4", NULL, 1},
    {DUAL, "{'ipFamilyPolicy':'SingleStack','clusterIPs':['10.0.0.7']," BOTH "}", "IPv4", NULL, 1},
    {DUAL, "{'ipFamilyPolicy':'SingleStack'," IPS ",'ipFamilies':['IPv4']}", "IPv4", NULL, 1},
    {DUAL, "{'ipFamilyPolicy':'RequireDualStack','clusterIPs':['10.0.0.7']," BOTH "}", NULL,
     "must be 'SingleStack' to release the secondary cluster IP", 0},
    {DUAL, "{'ipFamilyPolicy':'PreferDualStack'," IPS ",'ipFamilies':['IPv4']}", NULL,
     "must be 'SingleStack' to release the secondary IP family", 0},
    {DUAL, "{'ipFamilyPolicy':'PreferDualStack'," IPS ",'ipFamilies':['IPv6','IPv4']}", NULL,
     "expected an IPv6 value", 0},
    {"{'ipFamilyPolicy':'SingleStack','clusterIPs':['10.0.0.7'],'ipFamilies':['IPv4']}",
     "{'ipFamilyPolicy':'PreferDualStack','clusterIPs':['10.0.0.7'],'ipFamilies':['IPv4']}", "IPv4,IPv6",
     NULL, 2},
    {"{'ipFamilyPolicy':'PreferDualStack','clusterIPs':['10.0.0.7'],'ipFamilies':['IPv4']}",
     "{'ipFamilyPolicy':'PreferDualStack','clusterIPs':['10.0.0.7'],'ipFamilies':['IPv4']}", "IPv4", NULL, 1},
};

static struct json *new_service(struct arena *arena, const char *text)
{
    struct json *spec, *service = json_new_object(arena);
    char *quoted = arena_strdup(arena, text);
    for (char *c = quoted; *c; c++)
        if (*c == '\'')
            *c = '"';
    assert_int_equal(json_parse(arena, slice_of(quoted), &spec, NULL), 0);
    json_set(arena, service, "spec", spec);
    return service;
}

static void check_families(struct service_ranges *s, size_t i)
{
    struct api_request r = {0};
    struct json *service = new_service(&r.arena, families_cases[i].spec),
                *old = families_cases[i].old ? new_service(&r.arena, families_cases[i].old) : NULL;
    const struct json *spec = json_get(service, "spec");
    const char *wrong = families_cases[i].wrong;
    struct buffer families = BUFFER_INIT;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (wrong) {
        assert_int_equal(service_allocate_addresses(s, &r, service, old, &err), -1);
        assert_int_equal(err.code, ERR_INVALID);
        if (!strstr(err.message, wrong))
            fail_msg("%s: %s", families_cases[i].spec, err.message);
    } else {
        assert_int_equal(service_allocate_addresses(s, &r, service, old, NULL), 0);
        json_for_each (family, json_get(spec, "ipFamilies"))
            buffer_printf(&families, "%s%s", families.size ? "," : "", json_string(family));
        assert_string_equal(families.data, families_cases[i].families);
        assert_int_equal(json_count(json_get(spec, "clusterIPs")), families_cases[i].addresses);
    }
    service_settle(s, &r, false);
    buffer_done(&families);
    arena_done(&r.arena);
}

static void test_dual_stack(void **state)
{
    struct service_ranges s;
    assert_int_equal(service_ranges_init(&s, "10.0.0.0/24,fd00::/112", "30000-32767", NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(families_cases); i++)
        check_families(&s, i);
    service_ranges_done(&s);
}

/* One that takes what there is keeps both when the cluster has one family only, and others are told. */
static void test_single_stack(void **state)
{
    struct service_ranges s;
    struct api_request r = {0};
    _cleanup_(error_done) struct error err = ERROR_INIT;
    assert_int_equal(service_ranges_init(&s, "10.0.0.0/24", "30000-32767", NULL), 0);
    struct json *old = new_service(&r.arena, DUAL), *service = new_service(&r.arena, DUAL);
    assert_int_equal(service_allocate_addresses(&s, &r, service, old, NULL), 0);
    assert_true(json_equal(service, old));
    service = new_service(&r.arena, "{'clusterIP':'fd00::7'}");
    assert_int_equal(service_allocate_addresses(&s, &r, service, NULL, &err), -1);
    assert_non_null(
        strstr(err.message, "spec.clusterIPs[0]: Invalid value: \"fd00::7\": IPv6 is not configured"));
    service = new_service(&r.arena, "{'ipFamilyPolicy':'RequireDualStack'}");
    assert_int_equal(service_allocate_addresses(&s, &r, service, NULL, NULL), -1);
    service = new_service(&r.arena, "{'clusterIP':'None'}");
    assert_int_equal(service_allocate_addresses(&s, &r, service, NULL, NULL), 0);
    assert_int_equal(json_count(json_at(service, "spec.ipFamilies")), 2);
    service_settle(&s, &r, false);
    service_ranges_done(&s);
    arena_done(&r.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocator),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_dual_stack),
        cmocka_unit_test(test_single_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
