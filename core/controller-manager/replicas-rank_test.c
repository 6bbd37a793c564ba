/* SPDX-License-Identifier: Apache-2.0 */
/* Which pods go first; how hashes, expectations and percentages behave. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/deployment.h"
#include "core/controller-manager/replicas.h"
#include "core/controller-manager/template-hash.h"

static struct json *parse(struct arena *arena, const char *text)
{
    struct json *value = NULL;
    char *copy = arena_strdup(arena, text);
    for (char *p = copy; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    assert_int_equal(json_parse(arena, slice_of(copy), &value, NULL), 0);
    return value;
}

static struct json *pod(struct arena *arena, const char *name, const char *created, const char *more)
{
    return parse(arena, arena_printf(arena, "{'metadata':{'name':'%s','uid':'%s','creationTimestamp':'%s'%s",
                                     name, name, created, more));
}

#define READY(since)                                                                                         \
    "'status':{'phase':'Running','conditions':[{'type':'Ready','status':'True','lastTransitionTime':'" since \
    "'}]}}"
#define OLD "2026-01-01T00:00:00Z"

static void the_least_useful_go_first(void **state)
{
    struct arena arena = ARENA_INIT;
    int64_t now;
    assert_true(time_parse(slice_of("2026-02-01T00:00:00Z"), &now));
    /* in the expected order */
    const char *expected[] = {"unassigned", "pending", "unready",   "cheap",
                              "crowded",    "young",   "restarted", "good"};
    struct json *pods[] = {
        pod(&arena, "good", OLD, "},'spec':{'nodeName':'n1'}," READY(OLD)),
        pod(&arena, "restarted", OLD,
            "},'spec':{'nodeName':'n2'},'status':{'phase':'Running','containerStatuses':[{'restartCount':4}],"
            "'conditions':[{'type':'Ready','status':'True','lastTransitionTime':'" OLD "'}]}}"),
        pod(&arena, "young", "2026-01-31T23:59:00Z",
            "},'spec':{'nodeName':'n3'}," READY("2026-01-31T23:59:10Z")),
        pod(&arena, "crowded", OLD, "},'spec':{'nodeName':'crowd'}," READY(OLD)),
        pod(&arena, "cheap", OLD,
            ",'annotations':{'controller.kubernetes.io/"
            "pod-deletion-cost':'-5'}},'spec':{'nodeName':'n4'}," READY(OLD)),
        pod(&arena, "unready", OLD, "},'spec':{'nodeName':'n5'},'status':{'phase':'Running'}}"),
        pod(&arena, "pending", OLD, "},'spec':{'nodeName':'n6'},'status':{'phase':'Pending'}}"),
        pod(&arena, "unassigned", OLD, "},'status':{'phase':'Pending'}}"),
    };
    struct json *related_items[ARRAY_SIZE(pods) + 1];
    memcpy(related_items, pods, sizeof(pods));
    related_items[ARRAY_SIZE(pods)] = pod(&arena, "neighbour", OLD, "},'spec':{'nodeName':'crowd'}}");
    struct claimed related = {related_items, ARRAY_SIZE(related_items)};
    replicas_rank(pods, ARRAY_SIZE(pods), &related, now);
    for (size_t i = 0; i < ARRAY_SIZE(expected); i++)
        assert_string_equal(object_name(pods[i]), expected[i]);
    arena_done(&arena);
}

static void hashes_know_meaning_only(void **state)
{
    struct arena arena = ARENA_INIT;
    const char *same[] = {"{'a':1,'b':{'c':[1,2],'d':'x'}}", "{'b':{'d':'x','c':[1,2]},'a':1}",
                          "{'a':1,'b':{'c':[1,2],'d':'x','e':null,'f':{},'g':[]}}"};
    const char *other[] = {"{'a':2,'b':{'c':[1,2],'d':'x'}}", "{'a':1,'b':{'c':[2,1],'d':'x'}}", "{'a':1}"};
    char *first = template_hash(&arena, parse(&arena, same[0]), -1);
    for (size_t i = 0; i < ARRAY_SIZE(same); i++)
        assert_string_equal(template_hash(&arena, parse(&arena, same[i]), -1), first);
    for (size_t i = 0; i < ARRAY_SIZE(other); i++)
        assert_string_not_equal(template_hash(&arena, parse(&arena, other[i]), -1), first);
    assert_string_not_equal(template_hash(&arena, parse(&arena, same[0]), 0), first);
    assert_true(strspn(first, "bcdfghjklmnpqrstvwxz2456789") == strlen(first));
    arena_done(&arena);
}

static void percentages_are_rounded_as_told(void **state)
{
    static const struct {
        const char *value;
        int64_t total, up, down;
    } cases[] = {{"3", 10, 3, 3},     {"'25%'", 10, 3, 2},  {"'100%'", 7, 7, 7}, {"'0%'", 7, 0, 0},
                 {"'x'", 10, -1, -1}, {"'25'", 10, -1, -1}, {"null", 4, -1, -1}};
    struct arena arena = ARENA_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct json *value = parse(&arena, cases[i].value);
        assert_int_equal(int_or_percent(value, cases[i].total, true, -1), cases[i].up);
        assert_int_equal(int_or_percent(value, cases[i].total, false, -1), cases[i].down);
    }
    arena_done(&arena);
}

static void expectations_are_met_by_what_is_seen(void **state)
{
    struct expectations *e = expectations_new();
    assert_true(expectations_satisfied(e, "a"));
    expectations_expect_creations(e, "a", 2);
    assert_false(expectations_satisfied(e, "a"));
    assert_true(expectations_satisfied(e, "b"));
    expectations_creation_observed(e, "a", 1);
    assert_false(expectations_satisfied(e, "a"));
    expectations_creation_observed(e, "a", 1);
    assert_true(expectations_satisfied(e, "a"));
    expectations_expect_deletion(e, "a", "u1");
    expectations_expect_deletion(e, "a", "u2");
    expectations_deletion_observed(e, "a", "u1");
    expectations_deletion_observed(e, "a", "u1"); /* marked, then gone: once */
    expectations_deletion_observed(e, "a", "u9");
    assert_false(expectations_satisfied(e, "a"));
    expectations_deletion_observed(e, "a", "u2");
    assert_true(expectations_satisfied(e, "a"));
    expectations_expect_creations(e, "a", 1);
    expectations_forget(e, "a");
    assert_true(expectations_satisfied(e, "a"));
    expectations_free(e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_least_useful_go_first),
        cmocka_unit_test(hashes_know_meaning_only),
        cmocka_unit_test(percentages_are_rounded_as_told),
        cmocka_unit_test(expectations_are_met_by_what_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
