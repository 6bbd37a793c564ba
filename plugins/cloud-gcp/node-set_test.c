/* SPDX-License-Identifier: Apache-2.0 */
#include "plugins/cloud-gcp/node-set.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NODES_MAX 2000

/* So many nodes of one pool, over so many zones, without the one at `lacking`. */
static struct node_set *pool(uint32_t count, uint32_t zones, uint32_t lacking)
{
    struct machine_id *ids = calloc(NODES_MAX, sizeof(*ids));
    uint32_t made = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (i == lacking)
            continue;
        snprintf(ids[made].zone, NAME_SIZE, "zone-%c", (char)('a' + i % zones));
        snprintf(ids[made++].name, NAME_SIZE, "pool-1-node-%04u", i);
    }
    struct node_set *set = node_set_of(ids, made);
    free(ids);
    return set;
}

static uint32_t in_common(const struct node_set *a, const struct node_set *b)
{
    uint32_t common = 0;
    for (uint32_t i = 0; i < a->count; i++)
        common += node_find(b->nodes, b->count, &a->nodes[i]) != NULL;
    return common;
}

static void test_sets(void **state)
{
    const struct machine_id ids[] = {{.zone = "b", .name = "n2"},    {.zone = "a", .name = "n1"},
                                     {.zone = "b", .name = "n2"},    {.foreign = true},
                                     {.by_name = true, .name = "x"}, {.zone = "b", .name = "n1"}};
    struct node_set *set = node_set_of(ids, 6), *one = node_set_of(ids, 1);
    assert_int_equal(set->count, 3);
    assert_string_equal(set->nodes[0].zone, "a");
    assert_int_equal(node_set_zone_end(set, 0), 1);
    assert_int_equal(node_set_zone_end(set, 1), 3);
    struct node_set *both = node_set_union((const struct node_set *[]){one, set}, 2);
    assert_true(node_set_same(both, set));
    assert_false(node_set_same(one, set));
    const struct machine_id anew = {.zone = "b", .name = "n2", .uuid = "another"};
    struct node_set *other = node_set_of(&anew, 1);
    assert_false(node_set_same(one, other));
    assert_non_null(node_find(other->nodes, 1, &one->nodes[0]));
    struct node_set *mixed = node_set_union((const struct node_set *[]){one, other}, 2);
    assert_int_equal(mixed->count, 1);
    free(other);
    free(mixed);
    free(set);
    free(one);
    free(both);
}

static void test_few_are_left_alone(void **state)
{
    struct node_set *set = pool(30, 3, NODES_MAX), *thin = pool(30, 3, NODES_MAX);
    node_set_thin(thin, 10);
    assert_true(node_set_same(set, thin));
    free(set);
    free(thin);
}

/* Whichever node goes or comes, the others stay what they are, and each zone stays full. */
static void test_little_changes(void **state)
{
    struct node_set *before = pool(NODES_MAX, 2, NODES_MAX);
    node_set_thin(before, 250);
    assert_int_equal(before->count, 500);
    assert_int_equal(node_set_zone_end(before, 0), 250);
    for (uint32_t gone = 0; gone < NODES_MAX; gone += 7) {
        struct node_set *after = pool(NODES_MAX, 2, gone);
        node_set_thin(after, 250);
        assert_int_equal(after->count, 500);
        assert_true(in_common(before, after) >= 499);
        free(after);
    }
    free(before);
}

/* Not the first by name: those are of the oldest pool, and are replaced together. */
static void test_chosen_from_all_over(void **state)
{
    struct node_set *set = pool(1000, 1, NODES_MAX);
    uint32_t early = 0;
    node_set_thin(set, 500);
    for (uint32_t i = 0; i < set->count; i++)
        early += strcmp(set->nodes[i].name, "pool-1-node-0500") < 0;
    assert_in_range(early, 200, 300);
    free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sets), cmocka_unit_test(test_few_are_left_alone),
                                       cmocka_unit_test(test_little_changes),
                                       cmocka_unit_test(test_chosen_from_all_over)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
