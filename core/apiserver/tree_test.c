/* SPDX-License-Identifier: Apache-2.0 */
/* The ordered set against a sorted array, with snapshots that must not change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include "core/apiserver/stored.h"
#include "core/apiserver/tree.h"
#include "core/base/memory.h"
#include "core/base/random.h"

enum { KEYS = 3000 };

static struct object *make(unsigned number, uint64_t revision)
{
    char key[16];
    int size = snprintf(key, sizeof(key), "ns/%05u", number);
    struct object *o = xcalloc(1, sizeof(*o) + 64);
    atomic_init(&o->refs, 1);
    o->key_size = (uint16_t)size;
    o->revision = revision;
    memcpy(o->data, key, (size_t)size + 1);
    return o;
}

static struct slice key_of(char out[16], unsigned number)
{
    return (struct slice){out, (size_t)snprintf(out, 16, "ns/%05u", number)};
}

/* What the tree must hold: the revision of each number, 0 for absent. */
static void check(const struct tree *root, const uint64_t *model)
{
    struct tree_cursor cursor;
    size_t count = 0;
    tree_seek(&cursor, root, SLICE(""));
    for (unsigned i = 0; i < KEYS; i++) {
        char text[16];
        struct object *found = tree_get(root, key_of(text, i));
        assert_int_equal(tree_rank(root, key_of(text, i)), count);
        assert_int_equal(found ? found->revision : 0, model[i]);
        if (!model[i])
            continue;
        struct object *next = tree_next(&cursor);
        assert_ptr_equal(next, found);
        count++;
    }
    assert_null(tree_next(&cursor));
    assert_int_equal(tree_count(root), count);
}

static void test_random_changes(void **state)
{
    static uint64_t model[KEYS], then[KEYS];
    struct tree *root = NULL, *snapshot = NULL;
    memset(model, 0, sizeof(model));
    random_set_seed(7);
    for (uint64_t step = 1; step <= 40000; step++) {
        unsigned number = (unsigned)random_below(KEYS);
        char text[16];
        bool grow = (step / 8000) % 2 == 0;
        if (random_below(10) < (grow ? 7u : 3u)) {
            struct object *old = tree_put(&root, make(number, step));
            assert_int_equal(old ? old->revision : 0, model[number]);
            object_unref(old);
            model[number] = step;
        } else {
            struct object *old = tree_remove(&root, key_of(text, number));
            assert_int_equal(old ? old->revision : 0, model[number]);
            object_unref(old);
            model[number] = 0;
        }
        if (step % 5000 == 0) {
            check(root, model);
            if (snapshot)
                check(snapshot, then);
            tree_unref(snapshot);
            snapshot = tree_ref(root);
            memcpy(then, model, sizeof(then));
        }
    }
    tree_unref(root);
    check(snapshot, then);
    tree_unref(snapshot);
    random_set_seed(0);
}

static void test_in_order_and_empty(void **state)
{
    static uint64_t model[KEYS];
    struct tree *root = NULL;
    for (unsigned i = 0; i < KEYS; i++) {
        assert_null(tree_put(&root, make(i, i + 1)));
        model[i] = i + 1;
    }
    check(root, model);
    for (unsigned i = 0; i < KEYS; i++) {
        char text[16];
        object_unref(tree_remove(&root, key_of(text, i)));
    }
    assert_null(root);
    assert_null(tree_remove(&root, SLICE("ns/00001")));
    assert_int_equal(tree_count(root), 0);
}

static void test_seek(void **state)
{
    struct tree *root = NULL;
    struct tree_cursor cursor;
    for (unsigned i = 0; i < 500; i++)
        tree_put(&root, make(i * 2, 1));
    for (unsigned i = 0; i < 999; i++) {
        char text[16];
        tree_seek(&cursor, root, key_of(text, i));
        struct object *found = tree_next(&cursor);
        assert_non_null(found);
        assert_true(slice_equal(stored_key(found), key_of(text, (i + 1) / 2 * 2)));
    }
    tree_seek(&cursor, root, SLICE("nt"));
    assert_null(tree_next(&cursor));
    tree_unref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_changes),
        cmocka_unit_test(test_in_order_and_empty),
        cmocka_unit_test(test_seek),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
