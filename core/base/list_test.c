/* SPDX-License-Identifier: Apache-2.0 */
/* The intrusive list: order, removal, removal while walking. */
#include "core/base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

struct element {
    int number;
    struct list link;
};

static int digits_of(const struct list *head)
{
    int digits = 0;

    list_for_each (it, (struct list *)head)
        digits = digits * 10 + list_entry(it, struct element, link)->number;
    return digits;
}

static void test_order(void **state)
{
    struct element e[5] = {{.number = 1}, {.number = 2}, {.number = 3}, {.number = 4}, {.number = 5}};
    struct list head;

    list_init(&head);
    assert_true(list_empty(&head));
    list_append(&head, &e[1].link);
    list_append(&head, &e[2].link);
    list_prepend(&head, &e[0].link);
    list_insert_before(&e[2].link, &e[4].link);
    assert_false(list_empty(&head));
    assert_int_equal(digits_of(&head), 1253);
}

static void test_remove(void **state)
{
    struct element e[3] = {{.number = 1}, {.number = 2}, {.number = 3}};
    struct list head;

    list_init(&head);
    for (int i = 0; i < 3; i++)
        list_append(&head, &e[i].link);
    list_remove(&e[1].link);
    list_remove(&e[1].link);
    assert_int_equal(digits_of(&head), 13);
    list_append(&head, &e[1].link);
    assert_int_equal(digits_of(&head), 132);
    list_for_each_safe (it, &head)
        if (list_entry(it, struct element, link)->number != 3)
            list_remove(it);
    assert_int_equal(digits_of(&head), 3);
    list_remove(&e[2].link);
    assert_true(list_empty(&head));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_remove),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
