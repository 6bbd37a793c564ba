/* SPDX-License-Identifier: Apache-2.0 */
/* The index and the expiry heap against the simplest thing that could be right: an array. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "plugins/store-sqlite/expiry.h"
#include "plugins/store-sqlite/memory.h"

#define KEYS 3000

static uint32_t random_next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static struct keelson_bytes key_of(int number)
{
    static char keys[2][32];
    static int turn;
    turn = !turn;
    int size = snprintf(keys[turn], sizeof(keys[turn]), "/registry/%06d", number);
    return (struct keelson_bytes){keys[turn], (size_t)size};
}

static struct entry *entry_make(int number, int64_t id, uint32_t value_size)
{
    struct entry *entry = entry_new(key_of(number));
    entry->id = id;
    entry->value_size = value_size;
    return entry;
}

static void index_compare(const struct index *index, const int64_t *ids)
{
    struct index_cursor cursor = index_seek(index, (struct keelson_bytes){"", 0});
    size_t count = 0;
    for (int i = 0; i < KEYS; i++) {
        const struct entry *found = index_find(index, key_of(i));
        assert_int_equal(found ? found->id : 0, ids[i]);
        if (ids[i]) {
            assert_ptr_equal(index_next(&cursor), found);
            count++;
        }
    }
    assert_null(index_next(&cursor));
    assert_int_equal(index->count, count);
}

static void counts_compare(const struct index *index, const int64_t *ids, uint32_t *random)
{
    for (int n = 0; n < 50; n++) {
        int from = (int)(random_next(random) % KEYS), to = (int)(random_next(random) % KEYS);
        size_t count = 0;
        for (int i = from; i < to; i++)
            count += ids[i] != 0;
        assert_int_equal(index_count(index, key_of(from), key_of(to)), count);
        assert_int_equal(index_count(index, key_of(from), (struct keelson_bytes){NULL, 0}), ids[from] != 0);
    }
}

static void index_follows_an_array(void **state)
{
    struct index index = {0};
    static int64_t ids[KEYS];
    uint32_t random = 42;
    for (int step = 1; step <= 60000; step++) {
        int number = (int)(random_next(&random) % KEYS);
        bool removing = (step / 10000) % 2 ? random_next(&random) % 4 != 0 : random_next(&random) % 4 == 0;
        struct entry *old =
            removing ? index_remove(&index, key_of(number)) : index_put(&index, entry_make(number, step, 7));
        assert_int_equal(old ? old->id : 0, ids[number]);
        free(old);
        ids[number] = removing ? 0 : step;
        if (step % 5000 == 0) {
            index_compare(&index, ids);
            counts_compare(&index, ids, &random);
        }
    }
    assert_int_equal(index.live_bytes, (int64_t)index.count * (16 + 7));
    index_done(&index);
    assert_int_equal(index.count, 0);
}

static void index_in_order_and_backwards(void **state)
{
    for (int backwards = 0; backwards < 2; backwards++) {
        struct index index = {0};
        static int64_t ids[KEYS];
        for (int i = 0; i < KEYS; i++) {
            int number = backwards ? KEYS - 1 - i : i;
            assert_null(index_put(&index, entry_make(number, number + 1, 0)));
            ids[number] = number + 1;
        }
        index_compare(&index, ids);
        index_done(&index);
    }
}

static void expiry_gives_the_next(void **state)
{
    struct expiry expiry = {0};
    struct entry *entries[500];
    int64_t times[500];
    uint32_t random = 7;
    for (int i = 0; i < 500; i++) {
        entries[i] = entry_make(i, 1, 0);
        times[i] = 1 + random_next(&random) % 1000;
        expiry_add(&expiry, entries[i], times[i]);
    }
    for (int i = 0; i < 500; i += 3) { /* some are renewed, some go */
        expiry_remove(&expiry, entries[i]);
        times[i] = i % 2 ? 0 : 1 + random_next(&random) % 1000;
        if (times[i])
            expiry_add(&expiry, entries[i], times[i]);
    }
    for (int i = 0; i < 500; i++)
        assert_int_equal(expiry_of(&expiry, entries[i]), times[i]);
    int64_t last = 0;
    while (expiry.count > 0) {
        assert_true(expiry.heap[0].expires_ms >= last);
        last = expiry.heap[0].expires_ms;
        expiry_remove(&expiry, expiry.heap[0].entry);
    }
    expiry_remove(&expiry, entries[0]); /* none: nothing happens */
    for (int i = 0; i < 500; i++)
        free(entries[i]);
    expiry_done(&expiry);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(index_follows_an_array),
        cmocka_unit_test(index_in_order_and_backwards),
        cmocka_unit_test(expiry_gives_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
