/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence, verdicts and the guard, second by second. */
#include "core/cloud-controller-manager/node-verdict.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/memory.h"

static const struct verdict_policy policy = {.confirm_ns = 10 * NS_PER_S,
                                             .interval_ns = 10 * NS_PER_S,
                                             .burst = 3,
                                             .percent_max = 50,
                                             .nodes_min = 3,
                                             .window_ns = 600 * NS_PER_S};

#define SAID_MAX 6
struct said {
    int at_s;
    char state; /* R(unning), S(hut down), G(one), ? */
};

static enum keelson_instance_state state_of(char letter)
{
    return letter == 'R'   ? KEELSON_INSTANCE_RUNNING
           : letter == 'S' ? KEELSON_INSTANCE_SHUT_DOWN
           : letter == 'G' ? KEELSON_INSTANCE_GONE
                           : KEELSON_INSTANCE_UNKNOWN;
}

static void test_verdicts(void **state)
{
    static const struct {
        struct said said[SAID_MAX]; /* ends with at_s 0 */
        struct node_facts facts;
        enum node_verdict wanted;
    } cases[] = {
        {{{0}}, {false, false}, NODE_STAYS},
        {{{1, 'G'}}, {false, false}, NODE_STAYS},
        {{{1, 'G'}, {2, 'G'}, {10, 'G'}}, {false, false}, NODE_STAYS},
        {{{1, 'G'}, {11, 'G'}}, {false, false}, NODE_GONE},
        {{{1, 'G'}, {11, 'G'}}, {true, false}, NODE_STAYS},
        {{{1, 'G'}, {11, 'G'}}, {true, true}, NODE_RUNS},
        {{{1, 'G'}, {5, 'R'}, {11, 'G'}}, {false, false}, NODE_STAYS},
        {{{1, 'G'}, {5, 'S'}, {11, 'G'}}, {false, false}, NODE_STAYS},
        {{{1, 'G'}, {5, '?'}, {11, 'G'}}, {false, false}, NODE_GONE},
        {{{1, 'G'}, {11, '?'}}, {false, false}, NODE_STAYS},
        {{{1, 'G'}, {700, 'G'}}, {false, false}, NODE_STAYS},
        {{{1, 'G'}, {11, 'G'}, {12, 'R'}}, {false, false}, NODE_STAYS},
        {{{1, '?'}, {20, '?'}}, {false, true}, NODE_STAYS},
        {{{1, 'S'}}, {false, false}, NODE_SHUT_DOWN},
        {{{1, 'S'}}, {false, true}, NODE_STAYS},
        {{{1, 'S'}, {2, '?'}}, {false, false}, NODE_SHUT_DOWN},
        {{{1, 'S'}}, {true, false}, NODE_STAYS},
        {{{1, 'S'}, {2, 'R'}}, {false, true}, NODE_RUNS},
        {{{0}}, {true, true}, NODE_RUNS},
        {{{1, 'S'}, {2, 'G'}, {12, 'G'}}, {false, true}, NODE_GONE},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct evidence e = {0};
        int64_t now = NS_PER_S;
        for (const struct said *s = cases[i].said; s < cases[i].said + SAID_MAX && s->at_s; s++) {
            now = s->at_s * NS_PER_S;
            evidence_take(&e, state_of(s->state), &policy, now, now);
        }
        if (node_verdict(cases[i].facts, &e, now) != cases[i].wanted)
            fail_msg("case %zu", i);
    }
}

static void test_old_evidence_is_none(void **state)
{
    struct evidence e = {0};
    evidence_take(&e, KEELSON_INSTANCE_GONE, &policy, NS_PER_S, NS_PER_S);
    evidence_take(&e, KEELSON_INSTANCE_GONE, &policy, 20 * NS_PER_S, 20 * NS_PER_S);
    const struct node_facts facts = {0};
    assert_int_equal(node_verdict(facts, &e, 600 * NS_PER_S), NODE_GONE);
    assert_int_equal(node_verdict(facts, &e, 700 * NS_PER_S), NODE_STAYS);
}

/* What was asked is as old as the question, however long the answer took. */
static void test_a_slow_answer_is_an_old_one(void **state)
{
    struct evidence e = {0};
    evidence_take(&e, KEELSON_INSTANCE_GONE, &policy, NS_PER_S, 5 * NS_PER_S);
    assert_true(evidence_says_gone(&e, 601 * NS_PER_S));
    assert_false(evidence_says_gone(&e, 602 * NS_PER_S));
    evidence_take(&e, KEELSON_INSTANCE_GONE, &policy, 600 * NS_PER_S, 602 * NS_PER_S);
    assert_false(e.proven);
}

static void test_a_slow_answer_proves_less(void **state)
{
    struct evidence e = {0};
    const struct node_facts facts = {0};
    evidence_take(&e, KEELSON_INSTANCE_GONE, &policy, NS_PER_S, 5 * NS_PER_S);
    evidence_take(&e, KEELSON_INSTANCE_GONE, &policy, 14 * NS_PER_S, 20 * NS_PER_S);
    assert_int_equal(node_verdict(facts, &e, 20 * NS_PER_S), NODE_STAYS);
    evidence_take(&e, KEELSON_INSTANCE_GONE, &policy, 15 * NS_PER_S, 21 * NS_PER_S);
    assert_int_equal(node_verdict(facts, &e, 21 * NS_PER_S), NODE_GONE);
}

static void test_rate(void **state)
{
    struct guard g = {0};
    int64_t now = 1000 * NS_PER_S;
    for (int i = 0; i < 3; i++)
        assert_int_equal(guard_take(&g, &policy, now), 0);
    int64_t wait = guard_take(&g, &policy, now);
    assert_in_range(wait, 9 * NS_PER_S, 11 * NS_PER_S);
    assert_true(guard_take(&g, &policy, now + 5 * NS_PER_S) > 0);
    assert_int_equal(guard_take(&g, &policy, now + wait + NS_PER_MS), 0);
    assert_true(guard_take(&g, &policy, now + wait + NS_PER_MS) > 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(guard_take(&g, &policy, now + 10000 * NS_PER_S), 0);
    assert_true(guard_take(&g, &policy, now + 10000 * NS_PER_S) > 0);
    guard_done(&g);
}

static void test_share(void **state)
{
    struct guard g = {0};
    const int64_t now = 1000 * NS_PER_S;
    assert_false(guard_is_frozen(&g, &policy, 4, 2, now)); /* half is not more than half */
    assert_true(guard_is_frozen(&g, &policy, 4, 3, now));
    assert_true(guard_is_frozen(&g, &policy, 3, 2, now));
    assert_false(guard_is_frozen(&g, &policy, 2, 2, now)); /* too few to tell */
    guard_removed(&g, now);
    guard_removed(&g, now);
    assert_true(guard_is_frozen(&g, &policy, 2, 1, now)); /* those that went count, too */
    assert_false(guard_is_frozen(&g, &policy, 2, 0, now));
    assert_false(guard_is_frozen(&g, &policy, 4, 1, now)); /* 3 of 6 */
    assert_false(guard_is_frozen(&g, &policy, 2, 1, now + 601 * NS_PER_S));
    guard_done(&g);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_old_evidence_is_none),
        cmocka_unit_test(test_a_slow_answer_is_an_old_one),
        cmocka_unit_test(test_a_slow_answer_proves_less),
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_share),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
