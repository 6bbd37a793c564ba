/* SPDX-License-Identifier: Apache-2.0 */
/* One address never has two users that did not agree, whatever is taken and given back. */
#include "plugins/cloud-onprem/allocator.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct address_range range(const char *text)
{
    struct address_range r = {0};
    assert_null(address_range_parse(text, strlen(text), &r));
    return r;
}

static struct address one(const char *text)
{
    return range(text).first;
}

static void assert_found(const struct allocator *a, const char *in, bool skip_ends, const struct claim *claim,
                         const char *wanted)
{
    char text[ADDRESS_TEXT_MAX] = "none";
    struct address found;
    struct address_range r = range(in);
    if (allocator_find(a, &r, skip_ends, claim, &found))
        address_format(&found, text);
    assert_string_equal(text, wanted);
}

static void take(struct allocator *a, const char *address, const struct claim *claim)
{
    struct address at = one(address);
    char why[256] = "";
    if (!allocator_may_take(a, &at, claim, why, sizeof(why)))
        fail_msg("%s: %s", address, why);
    assert_true(allocator_take(a, &at, claim));
}

static const struct claim_port http[] = {{'T', 80}}, dns[] = {{'U', 53}, {'T', 53}}, https[] = {{'T', 443}};
static const struct claim web = {
    .uid = "1", .name = "ns/web", .policy = "Cluster", .ports = http, .ports_count = 1};

static void test_lowest_free(void **state)
{
    struct allocator *a = allocator_new();
    struct claim other = web;
    assert_found(a, "10.0.0.254-10.0.1.2", false, &web, "10.0.0.254");
    take(a, "10.0.0.254", &web);
    other.uid = "2";
    assert_found(a, "10.0.0.254-10.0.1.2", true, &other, "10.0.1.1");
    assert_found(a, "10.0.0.254-10.0.1.2", false, &other, "10.0.0.255");
    take(a, "10.0.1.1", &other);
    take(a, "10.0.1.2", &other);
    assert_found(a, "10.0.0.254-10.0.1.2", true, &other, "none");
    assert_found(a, "fd00::ff/128", true, &other, "fd00::ff");
    allocator_release(a, "1", NULL, 0);
    assert_found(a, "10.0.0.254-10.0.1.2", true, &other, "10.0.0.254");
    assert_found(a, "255.255.255.255", true, &other, "none");
    allocator_free(a);
}

static void test_sharing(void **state)
{
    static const struct {
        struct claim claim;
        const char *why; /* NULL: it may */
    } cases[] = {
        {{"2", "ns/two", "key", "Cluster", dns, 2}, NULL},
        {{"2", "ns/two", "key", "Cluster", http, 1}, "ns/first shares it, and has TCP port 80"},
        {{"2", "ns/two", "other", "Cluster", dns, 2}, "ns/first has it, and shares it under another key"},
        {{"2", "ns/two", NULL, "Cluster", dns, 2}, "ns/first has it"},
        {{"2", "ns/two", "key", "Local {}", dns, 2},
         "ns/first shares it, but its externalTrafficPolicy, or with Local its selector, is another"},
        {{"1", "ns/first", NULL, "Local {}", http, 1}, NULL},
    };
    const struct claim first = {"1", "ns/first", "key", "Cluster", http, 1};
    struct address at = one("10.0.0.5");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char why[256] = "";
        struct allocator *a = allocator_new();
        take(a, "10.0.0.5", &first);
        bool may = allocator_may_take(a, &at, &cases[i].claim, why, sizeof(why));
        assert_int_equal(may, !cases[i].why);
        assert_string_equal(why, cases[i].why ? cases[i].why : "");
        assert_found(a, "10.0.0.5-10.0.0.6", false, &cases[i].claim,
                     may && cases[i].claim.sharing_key ? "10.0.0.5" : "10.0.0.6");
        allocator_free(a);
    }
}

/* A Service that stops to share with others beside it may not stay. */
static void test_a_change_is_seen(void **state)
{
    struct claim first = {"1", "ns/first", "key", "Cluster", http, 1},
                 second = {"2", "ns/second", "key", "Cluster", dns, 2};
    struct allocator *a = allocator_new();
    struct address at = one("10.0.0.5");
    char why[256];
    take(a, "10.0.0.5", &first);
    take(a, "10.0.0.5", &second);
    second.ports = http, second.ports_count = 1;
    assert_false(allocator_may_take(a, &at, &second, why, sizeof(why)));
    second.ports = https;
    take(a, "10.0.0.5", &second);
    second.uid = "3", second.ports = dns;
    take(a, "10.0.0.5", &second);
    allocator_free(a);
}

static void test_release(void **state)
{
    struct allocator *a = allocator_new();
    struct address held[4], keep = one("10.0.0.6");
    struct address_range all = range("10.0.0.0/24");
    struct claim second = {"2", "ns/second", NULL, "Cluster", dns, 2};
    take(a, "10.0.0.5", &web);
    take(a, "10.0.0.6", &web);
    take(a, "10.0.0.7", &second);
    assert_int_equal(allocator_used(a, &all), 3);
    allocator_release(a, "1", &keep, 1);
    assert_int_equal(allocator_held(a, "1", held, 4), 1);
    assert_int_equal(address_compare(&held[0], &keep), 0);
    allocator_release(a, "nobody", NULL, 0);
    allocator_release(a, "1", NULL, 0);
    assert_int_equal(allocator_used(a, &all), 1);
    allocator_free(a);
}

/* Against a plain table: 64 claims take and give back 40 addresses. */
static void test_no_address_twice(void **state)
{
    struct allocator *a = allocator_new();
    struct address_range pool = range("10.0.0.0-10.0.0.39");
    char uids[64][8];
    uint32_t seed = 1;
    for (unsigned round = 0; round < 20000; round++) {
        seed = seed * 1664525 + 1013904223;
        unsigned who = seed >> 16 & 63;
        struct claim claim = web;
        struct address at;
        snprintf(uids[who], sizeof(uids[who]), "u%u", who);
        claim.uid = uids[who];
        if (seed >> 30 == 0)
            allocator_release(a, claim.uid, NULL, 0);
        else if (allocator_held(a, claim.uid, &at, 1) == 0 && allocator_find(a, &pool, false, &claim, &at))
            assert_true(allocator_take(a, &at, &claim));
    }
    unsigned held = 0;
    for (unsigned who = 0; who < 64; who++) {
        struct address at[2];
        snprintf(uids[who], sizeof(uids[who]), "u%u", who);
        uint32_t count = allocator_held(a, uids[who], at, 2);
        assert_true(count < 2);
        held += count;
    }
    assert_int_equal(allocator_used(a, &pool), held); /* as many addresses as holders */
    allocator_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lowest_free),      cmocka_unit_test(test_sharing),
        cmocka_unit_test(test_a_change_is_seen), cmocka_unit_test(test_release),
        cmocka_unit_test(test_no_address_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
