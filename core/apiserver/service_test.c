/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers out of ranges, addresses as numbers, and what a service gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include "core/apiserver/service-allocate.h"
#include "core/base/memory.h"

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

static void test_dual_stack(void **state)
{
    static const struct {
        const char *spec;
        const char *families; /* NULL: refused */
        unsigned addresses;
    } cases[] = {
        {"{\"ports\":[{\"port\":80}]}", "IPv4", 1},
        {"{\"ipFamilyPolicy\":\"PreferDualStack\"}", "IPv4,IPv6", 2},
        {"{\"ipFamilyPolicy\":\"RequireDualStack\",\"ipFamilies\":[\"IPv6\"]}", "IPv6,IPv4", 2},
        {"{\"ipFamilies\":[\"IPv6\"]}", "IPv6", 1},
        {"{\"clusterIP\":\"fd00::7\"}", "IPv6", 1},
        {"{\"clusterIPs\":[\"10.0.0.7\",\"fd00::8\"]}", "IPv4,IPv6", 2},
        {"{\"clusterIP\":\"10.0.0.9\",\"clusterIPs\":[\"10.0.0.8\"]}", NULL, 0},
        {"{\"ipFamilyPolicy\":\"SingleStack\",\"ipFamilies\":[\"IPv4\",\"IPv6\"]}", NULL, 0},
        {"{\"clusterIP\":\"nonsense\"}", NULL, 0},
        {"{\"clusterIP\":\"None\",\"selector\":{\"a\":\"b\"}}", "IPv4", 1},
    };
    struct service_ranges s;
    assert_int_equal(service_ranges_init(&s, "10.0.0.0/24,fd00::/112", "30000-32767", NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct api_request r = {0};
        struct json *spec;
        struct buffer families = BUFFER_INIT;
        assert_int_equal(json_parse(&r.arena, slice_of(cases[i].spec), &spec, NULL), 0);
        struct json *service = json_new_object(&r.arena);
        json_set(&r.arena, service, "spec", spec);
        _cleanup_(error_done) struct error err = ERROR_INIT;
        int status = service_allocate_addresses(&s, &r, service, NULL, &err);
        assert_int_equal(status, cases[i].families ? 0 : -1);
        if (status == 0) {
            json_for_each (family, json_get(spec, "ipFamilies"))
                buffer_printf(&families, "%s%s", families.size ? "," : "", json_string(family));
            assert_string_equal(families.data, cases[i].families);
            assert_int_equal(json_count(json_get(spec, "clusterIPs")), cases[i].addresses);
        } else {
            assert_int_equal(err.code, ERR_INVALID);
        }
        service_settle(&s, &r, false);
        buffer_done(&families);
        arena_done(&r.arena);
    }
    service_ranges_done(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_allocator),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_dual_stack),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
