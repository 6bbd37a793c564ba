/* SPDX-License-Identifier: Apache-2.0 */
/* The weights are the same on every machine and in every release, and spread addresses evenly. */
#include "core/announce/elect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NODES 8

static unsigned heaviest(const struct address *a, unsigned nodes)
{
    unsigned best = 0;
    uint64_t most = 0;
    for (unsigned i = 0; i < nodes; i++) {
        char name[16];
        snprintf(name, sizeof(name), "node-%u", i);
        uint64_t weight = elect_weight(a, name);
        if (weight >= most) {
            best = i;
            most = weight;
        }
    }
    return best;
}

static void test_spread(void **state)
{
    unsigned of[NODES] = {0}, moved = 0;
    struct address a = {.family = 4, .raw = {10, 0, 0, 0}};
    for (unsigned i = 0; i < 2048; i++, address_next(&a)) {
        unsigned best = heaviest(&a, NODES);
        of[best]++;
        moved += best != NODES - 1 && heaviest(&a, NODES - 1) != best;
    }
    for (unsigned i = 0; i < NODES; i++)
        if (of[i] < 180 || of[i] > 340)
            fail_msg("node %u has %u of 2048", i, of[i]);
    assert_int_equal(moved, 0); /* without the last node only its own addresses move */
}

/* Nodes of different releases must agree: these may never change. */
static void test_fixed(void **state)
{
    struct address a = {.family = 4, .raw = {10, 0, 0, 1}}, b = {.family = 6, .raw = {0xfd, [15] = 1}};
    assert_int_equal(elect_weight(&a, "node-1"), UINT64_C(0x94520bfe1b1714c));
    assert_int_equal(elect_weight(&b, "node-1"), UINT64_C(0xa6dbde13528ab4df));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_spread), cmocka_unit_test(test_fixed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
