/* SPDX-License-Identifier: Apache-2.0 */
/* Sets of fields, and what is done with them, over the rows of real types. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "core/api/fields.h"
#include "core/base/memory.h"

static struct json *parsed(struct arena *arena, const char *text)
{
    struct json *value;

    assert_int_equal(json_parse(arena, slice_of(text), &value, NULL), 0);
    return value;
}

static void assert_set(struct arena *arena, const struct json *set, const char *want)
{
    struct buffer text = BUFFER_INIT;
    struct json *encoded = fields_encode(arena, set);

    json_write(&text, encoded);
    if (!json_equal(encoded, parsed(arena, want)))
        assert_string_equal(text.data, want);
    buffer_done(&text);
}

#define POD_ROWS schema_find_kind("", "v1", "Pod")

static void sets_of_objects(void **state)
{
    static const struct {
        const char *text, *set;
    } cases[] = {
        {"{}", "{}"},
        {"{\"spec\":{\"nodeName\":\"n\",\"containers\":[]}}", "{\"f:spec\":{\"f:nodeName\":{}}}"},
        /* an empty struct, a map, atomic lists and maps */
        {"{\"metadata\":{\"labels\":{\"a\":\"b\"},\"annotations\":{}},\"spec\":{\"securityContext\":{},"
         "\"nodeSelector\":{\"a\":\"b\"},\"tolerations\":[{\"key\":\"a\"}]}}",
         "{\"f:metadata\":{\"f:labels\":{\"f:a\":{}},\"f:annotations\":{}},\"f:spec\":{\"f:securityContext\":"
         "{},\"f:nodeSelector\":{},\"f:tolerations\":{}}}"},
        /* elements by key, by two keys of which one has a default, and by value */
        {"{\"metadata\":{\"finalizers\":[\"a/b\"]},\"spec\":{\"containers\":[{\"name\":\"c\",\"ports\":[{"
         "\"containerPort\":80}]}]}}",
         "{\"f:metadata\":{\"f:finalizers\":{\"v:\\\"a/b\\\"\":{}}},\"f:spec\":{\"f:containers\":{\"k:{"
         "\\\"name\\\":\\\"c\\\"}\":{\".\":{},\"f:name\":{},\"f:ports\":{\"k:{\\\"containerPort\\\":80,"
         "\\\"protocol\\\":\\\"TCP\\\"}\":{\".\":{},\"f:containerPort\":{}}}}}}}"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        struct json *set = fields_of(&arena, POD_ROWS, parsed(&arena, cases[i].text));
        assert_set(&arena, set, cases[i].set);
        assert_set(&arena, fields_decode(&arena, fields_encode(&arena, set)), cases[i].set);
        arena_done(&arena);
    }
}

static void algebra(void **state)
{
    struct arena arena = ARENA_INIT;
    struct json *a = fields_decode(&arena, parsed(&arena, "{\"f:a\":{},\"f:b\":{\".\":{},\"f:c\":{}}}")),
                *b = fields_decode(&arena, parsed(&arena, "{\"f:b\":{\"f:c\":{},\"f:d\":{}}}"));

    assert_set(&arena, fields_union(&arena, a, b), "{\"f:a\":{},\"f:b\":{\".\":{},\"f:c\":{},\"f:d\":{}}}");
    assert_set(&arena, fields_intersection(&arena, a, b), "{\"f:b\":{\"f:c\":{}}}");
    assert_set(&arena, fields_difference(&arena, a, b), "{\"f:a\":{},\"f:b\":{}}");
    assert_true(fields_are_empty(fields_difference(&arena, a, a)));
    arena_done(&arena);
}

static void append_path(void *context, const char *path)
{
    buffer_printf(context, "%s;", path);
}

static void paths(void **state)
{
    struct arena arena = ARENA_INIT;
    struct buffer text = BUFFER_INIT;
    const char *set = "{\"f:spec\":{\"f:x\":{\"k:{\\\"a\\\":1,\\\"b\\\":\\\"c\\\"}\":{\".\":{},\"f:y\":{}},"
                      "\"v:\\\"z\\\"\":{}}}}";

    fields_each(fields_decode(&arena, parsed(&arena, set)), append_path, &text);
    assert_string_equal(text.data, ".spec.x[a=1,b=\"c\"];.spec.x[a=1,b=\"c\"].y;.spec.x[=\"z\"];");
    buffer_done(&text);
    arena_done(&arena);
}

static void changes(void **state)
{
    struct arena arena = ARENA_INIT;
    struct fields_change change;
    struct json *old = parsed(&arena, "{\"metadata\":{\"labels\":{\"a\":\"1\",\"b\":\"2\"}},\"spec\":{"
                                      "\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}"),
                *new =
                    parsed(&arena, "{\"metadata\":{\"labels\":{\"a\":\"3\"},\"annotations\":{\"x\":\"y\"}},"
                                   "\"spec\":{\"containers\":[{\"name\":\"d\"},{\"name\":\"c\",\"image\":"
                                   "\"j\"}]}}");

    fields_compare(&arena, POD_ROWS, old, new, &change);
    assert_set(&arena, change.modified,
               "{\"f:metadata\":{\"f:labels\":{\"f:a\":{}}},\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":"
               "\\\"c\\\"}\":{\"f:image\":{}}}}}");
    assert_set(&arena, change.removed, "{\"f:metadata\":{\"f:labels\":{\"f:b\":{}}}}");
    assert_set(&arena, change.added,
               "{\"f:metadata\":{\"f:annotations\":{\".\":{},\"f:x\":{}}},\"f:spec\":{\"f:containers\":{\"k:{"
               "\\\"name\\\":\\\"d\\\"}\":{\".\":{},\"f:name\":{}}}}}");
    arena_done(&arena);
}

#define CONTAINERS(list) "{\"spec\":{\"containers\":[" list "]}}"

static void merges(void **state)
{
    static const struct {
        const char *object, *config, *want;
    } cases[] = {
        {"{\"spec\":{\"nodeName\":\"n\"}}", "{\"spec\":{\"hostname\":\"h\"}}",
         "{\"spec\":{\"nodeName\":\"n\",\"hostname\":\"h\"}}"},
        {"{\"spec\":{\"tolerations\":[{\"key\":\"a\"}]}}", "{\"spec\":{\"tolerations\":[{\"key\":\"b\"}]}}",
         "{\"spec\":{\"tolerations\":[{\"key\":\"b\"}]}}"},
        {CONTAINERS("{\"name\":\"a\",\"image\":\"1\"},{\"name\":\"b\"}"),
         CONTAINERS("{\"name\":\"a\",\"tty\":true}"),
         CONTAINERS("{\"name\":\"a\",\"image\":\"1\",\"tty\":true},{\"name\":\"b\"}")},
        /* the configuration's order, and the others where they stood */
        {CONTAINERS("{\"name\":\"x\"},{\"name\":\"a\"},{\"name\":\"y\"},{\"name\":\"b\"},{\"name\":\"z\"}"),
         CONTAINERS("{\"name\":\"b\"},{\"name\":\"n\"},{\"name\":\"a\"}"),
         CONTAINERS("{\"name\":\"x\"},{\"name\":\"y\"},{\"name\":\"b\"},{\"name\":\"n\"},{\"name\":\"a\"},{"
                    "\"name\":\"z\"}")},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        struct buffer text = BUFFER_INIT;
        struct json *object = parsed(&arena, cases[i].object);
        fields_merge(&arena, POD_ROWS, object, parsed(&arena, cases[i].config));
        json_write(&text, object);
        assert_string_equal(text.data, cases[i].want);
        buffer_done(&text);
        arena_done(&arena);
    }
}

static void prunes(void **state)
{
    static const struct {
        const char *object, *last, *kept, *want;
    } cases[] = {
        /* a struct goes with what was defaulted in it; what was never owned stays */
        {"{\"spec\":{\"nodeName\":\"n\",\"hostname\":\"h\",\"securityContext\":{\"runAsUser\":1,\"fsGroup\":"
         "2}}}",
         "{\"f:spec\":{\"f:hostname\":{},\"f:securityContext\":{\"f:runAsUser\":{}}}}",
         "{\"f:spec\":{\"f:nodeName\":{}}}", "{\"spec\":{\"nodeName\":\"n\"}}"},
        {CONTAINERS("{\"name\":\"a\",\"image\":\"1\"},{\"name\":\"b\"}"),
         "{\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":\\\"a\\\"}\":{\".\":{},\"f:image\":{}},\"k:{"
         "\\\"name\\\":\\\"b\\\"}\":{\".\":{}}}}}",
         "{\"f:spec\":{\"f:containers\":{\"k:{\\\"name\\\":\\\"a\\\"}\":{\".\":{}}}}}",
         CONTAINERS("{\"name\":\"a\"}")},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        struct buffer text = BUFFER_INIT;
        struct json *object = parsed(&arena, cases[i].object);
        fields_prune(&arena, POD_ROWS, object, fields_decode(&arena, parsed(&arena, cases[i].last)),
                     fields_decode(&arena, parsed(&arena, cases[i].kept)));
        json_write(&text, object);
        assert_string_equal(text.data, cases[i].want);
        buffer_done(&text);
        arena_done(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_of_objects), cmocka_unit_test(algebra), cmocka_unit_test(paths),
        cmocka_unit_test(changes),         cmocka_unit_test(merges),  cmocka_unit_test(prunes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
