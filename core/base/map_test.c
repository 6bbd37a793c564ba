/* SPDX-License-Identifier: Apache-2.0 */
/* Maps: against a plain array as the model, ownership, walking with removal, and the hashes. */
#include "core/base/map.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include "core/base/memory.h"

static unsigned released;

static void release(void *value)
{
    released++;
    free(value);
}

static void test_set_get(void **state)
{
    _cleanup_(cleanup_map_free) struct map *m = map_new(NULL);
    int a, b;

    assert_null(map_get(m, "a"));
    assert_false(map_has(m, "a"));
    assert_false(map_remove(m, "a"));
    map_set(m, "a", &a);
    map_set(m, "b", NULL);
    assert_ptr_equal(map_get(m, "a"), &a);
    assert_true(map_has(m, "b"));
    assert_null(map_get(m, "b"));
    map_set(m, "a", &b);
    assert_ptr_equal(map_get(m, "a"), &b);
    assert_int_equal(map_count(m), 2);
    assert_true(map_remove(m, "a"));
    assert_false(map_remove(m, "a"));
    assert_int_equal(map_count(m), 1);
}

static void test_keys_are_bytes(void **state)
{
    _cleanup_(cleanup_map_free) struct map *m = map_new(NULL);
    int a, b, c;

    map_set_slice(m, (struct slice){"x\0y", 3}, &a);
    map_set_slice(m, (struct slice){"x\0z", 3}, &b);
    map_set_slice(m, (struct slice){0}, &c);
    assert_ptr_equal(map_get_slice(m, (struct slice){"x\0y", 3}), &a);
    assert_ptr_equal(map_get_slice(m, (struct slice){"x\0z", 3}), &b);
    assert_ptr_equal(map_get(m, ""), &c);
    assert_null(map_get(m, "x"));
}

static void test_ownership(void **state)
{
    struct map *m = map_new(release);
    char *value = xstrdup("1");

    released = 0;
    map_set(m, "a", value);
    map_set(m, "a", value);
    assert_int_equal(released, 0);
    map_set(m, "a", xstrdup("2"));
    assert_int_equal(released, 1);
    char *taken = map_take(m, "a");
    assert_string_equal(taken, "2");
    free(taken);
    assert_null(map_take(m, "a"));
    map_set(m, "b", xstrdup("3"));
    assert_true(map_remove(m, "b"));
    assert_int_equal(released, 2);
    map_set(m, "c", xstrdup("4"));
    map_set(m, "d", xstrdup("5"));
    map_clear(m);
    assert_int_equal(released, 4);
    assert_int_equal(map_count(m), 0);
    map_set(m, "e", xstrdup("6"));
    map_free(m);
    assert_int_equal(released, 5);
    map_free(NULL);
}

#define MODEL_KEYS 700

static void model_check(const struct map *m, char *const present[])
{
    size_t count = 0, cursor = 0, walked = 0;
    const char *key;
    void *value;

    for (int i = 0; i < MODEL_KEYS; i++) {
        char name[32];

        snprintf(name, sizeof(name), "default/pod-%d", i);
        assert_ptr_equal(map_get(m, name), present[i]);
        assert_int_equal(map_has(m, name), present[i] != NULL);
        count += present[i] != NULL;
    }
    assert_int_equal(map_count(m), count);
    while (map_next(m, &cursor, &key, &value)) {
        assert_ptr_equal(map_get(m, key), value);
        walked++;
    }
    assert_int_equal(walked, count);
}

static void test_against_a_model(void **state)
{
    _cleanup_(cleanup_map_free) struct map *m = map_new(NULL);
    char *present[MODEL_KEYS] = {0};
    uint64_t x = 88172645463325252u;

    for (int step = 0; step < 60000; step++) {
        char name[32];

        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        unsigned i = x % MODEL_KEYS, phase = (unsigned)step / 10000;
        bool adds = (x >> 32) % 8 < (phase % 2 ? 1 : 6);

        snprintf(name, sizeof(name), "default/pod-%u", i);
        if (adds) {
            present[i] = (char *)m + step;
            map_set(m, name, present[i]);
        } else {
            assert_int_equal(map_remove(m, name), present[i] != NULL);
            present[i] = NULL;
        }
        if (step % 3000 == 0)
            model_check(m, present);
    }
    model_check(m, present);
}

static void test_remove_while_walking(void **state)
{
    _cleanup_(cleanup_map_free) struct map *m = map_new(release);
    size_t cursor = 0, seen = 0;
    const char *key;
    void *value;

    for (int i = 0; i < 1000; i++)
        map_set(m, (char[]){(char)('a' + i / 100), (char)('a' + i / 10 % 10), (char)('a' + i % 10), 0},
                xmalloc(1));
    released = 0;
    for (; map_next(m, &cursor, &key, &value); seen++)
        if (key[2] != 'a') {
            _cleanup_free_ char *copy = xstrdup(key);

            assert_true(map_remove(m, copy));
        }
    assert_int_equal(seen, 1000);
    assert_int_equal(released, 900);
    assert_int_equal(map_count(m), 100);
    cursor = 0;
    while (map_next(m, &cursor, &key, NULL))
        assert_int_equal(key[2], 'a');
}

/* Adding and removing for ever must not let removed places pile up. */
static void test_churn_ends(void **state)
{
    _cleanup_(cleanup_map_free) struct map *m = map_new(NULL);

    for (int i = 0; i < 200000; i++) {
        char name[16];

        snprintf(name, sizeof(name), "%d", i);
        map_set(m, name, m);
        if (i >= 5) {
            snprintf(name, sizeof(name), "%d", i - 5);
            assert_true(map_remove(m, name));
        }
    }
    assert_int_equal(map_count(m), 5);
}

static void test_hashes(void **state)
{
    assert_int_equal(hash_fnv32a("", 0), 0x811c9dc5);
    assert_int_equal(hash_fnv32a("foobar", 6), 0xbf9cf968);
    assert_true(hash_fnv64a("foobar", 6) == UINT64_C(0x85944171f73967e8));
    assert_true(hash_bytes("abcdefgh1", 9) == hash_bytes("abcdefgh1", 9));
    assert_true(hash_bytes("abcdefgh1", 9) != hash_bytes("abcdefgh2", 9));
    assert_true(hash_bytes("a", 1) != hash_bytes("a\0", 2));
    assert_true(hash_bytes("", 0) != hash_bytes("\0", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_set_get),
        cmocka_unit_test(test_keys_are_bytes),
        cmocka_unit_test(test_ownership),
        cmocka_unit_test(test_against_a_model),
        cmocka_unit_test(test_remove_while_walking),
        cmocka_unit_test(test_churn_ends),
        cmocka_unit_test(test_hashes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
