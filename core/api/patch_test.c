/* SPDX-License-Identifier: Apache-2.0 */
/* The three kinds of patch: what comes out, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>
#include <stdio.h>

#include "core/api/patch.h"
#include "core/base/memory.h"

struct patch_case {
    const char *original, *patch, *want; /* want NULL: refused */
    enum error_code code;
};

static void check(enum patch_type kind, const struct schema_type *type, const struct patch_case *cases,
                  size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct arena arena = ARENA_INIT;
        struct buffer out = BUFFER_INIT, before = BUFFER_INIT, after = BUFFER_INIT;
        struct error err = ERROR_INIT;
        struct json *original, *result = NULL;
        assert_int_equal(json_parse(&arena, slice_of(cases[i].original), &original, NULL), 0);
        json_write(&before, original);
        int status = patch_apply(&arena, kind, type, original, slice_of(cases[i].patch), &result, &err);
        json_write(&after, original);
        assert_string_equal(before.data, after.data);
        if ((status == 0) != (cases[i].want != NULL))
            fail_msg("%s: %s", cases[i].patch, status ? err.message : "accepted");
        assert_int_equal(err.code, cases[i].code);
        if (status == 0) {
            json_write(&out, result);
            if (strcmp(out.data, cases[i].want) != 0)
                fail_msg("%s: %s, expected %s", cases[i].patch, out.data, cases[i].want);
        }
        error_done(&err);
        buffer_done(&out);
        buffer_done(&before);
        buffer_done(&after);
        arena_done(&arena);
    }
}

#define REFUSED     NULL, ERR_INVALID
#define BAD_REQUEST NULL, ERR_BAD_REQUEST

static void json_patches(void **state)
{
    static const struct patch_case cases[] = {
        {"{\"a\":1}", "[]", "{\"a\":1}"},
        {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b\",\"value\":[1]}]", "{\"a\":1,\"b\":[1]}"},
        {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a\",\"value\":null}]", "{\"a\":null}"},
        {"{\"a\":[1,2]}",
         "[{\"op\":\"add\",\"path\":\"/a/1\",\"value\":5},{\"op\":\"add\",\"path\":\"/a/-\",\"value\":6}]",
         "{\"a\":[1,5,2,6]}"},
        {"{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/2\",\"value\":3}]", "{\"a\":[1,2,3]}"},
        {"{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/3\",\"value\":3}]", REFUSED},
        {"{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/x\",\"value\":3}]", REFUSED},
        {"{\"a\":[1,2]}", "[{\"op\":\"add\",\"path\":\"/a/01\",\"value\":3}]", REFUSED},
        {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b/c\",\"value\":3}]", REFUSED},
        {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/a/c\",\"value\":3}]", REFUSED},
        {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"a\",\"value\":3}]", REFUSED},
        {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"/b\"}]", BAD_REQUEST},
        {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"\",\"value\":{\"b\":2}}]", "{\"b\":2}"},
        {"{\"a\":1}", "[{\"op\":\"add\",\"path\":\"\",\"value\":[]}]", BAD_REQUEST},
        {"{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"\"}]", BAD_REQUEST},
        {"{\"a/b\":1,\"c~d\":2,\"\":3}",
         "[{\"op\":\"replace\",\"path\":\"/a~1b\",\"value\":5},{\"op\":\"remove\",\"path\":\"/"
         "c~0d\"},{\"op\":\"remove\",\"path\":\"/\"}]",
         "{\"a/b\":5}"},
        {"{\"a\":{\"b\":1,\"c\":2}}", "[{\"op\":\"remove\",\"path\":\"/a/b\"}]", "{\"a\":{\"c\":2}}"},
        {"{\"a\":[1,2,3]}", "[{\"op\":\"remove\",\"path\":\"/a/1\"}]", "{\"a\":[1,3]}"},
        {"{\"a\":1}", "[{\"op\":\"remove\",\"path\":\"/b\"}]", REFUSED},
        {"{\"a\":[1]}", "[{\"op\":\"remove\",\"path\":\"/a/-\"}]", REFUSED},
        {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/a\",\"value\":{\"b\":1}}]", "{\"a\":{\"b\":1}}"},
        {"{\"a\":1}", "[{\"op\":\"replace\",\"path\":\"/b\",\"value\":1}]", REFUSED},
        {"{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1.0},{\"op\":\"remove\",\"path\":\"/a\"}]",
         "{}"},
        {"{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":2}]", REFUSED},
        {"{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/b\",\"value\":2}]", REFUSED},
        {"{\"a\":1}", "[{\"op\":\"test\",\"path\":\"/b\",\"value\":null}]", "{\"a\":1}"},
        {"{\"a\":{\"x\":1}}",
         "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/b\"},{\"op\":\"remove\",\"path\":\"/b/x\"}]",
         "{\"a\":{\"x\":1},\"b\":{}}"},
        {"{\"a\":{\"x\":1},\"b\":[]}", "[{\"op\":\"move\",\"from\":\"/a/x\",\"path\":\"/b/0\"}]",
         "{\"a\":{},\"b\":[1]}"},
        {"{\"a\":[1,2,3]}", "[{\"op\":\"move\",\"from\":\"/a/0\",\"path\":\"/a/2\"}]", "{\"a\":[2,3,1]}"},
        {"{\"a\":{\"x\":1}}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/x\"}]", REFUSED},
        {"{\"a\":1}", "[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a\"}]", "{\"a\":1}"},
        {"{\"a\":1}", "[{\"op\":\"move\",\"from\":\"/b\",\"path\":\"/a\"}]", REFUSED},
        {"{\"a\":1}", "[{\"op\":\"copy\",\"path\":\"/a\"}]", BAD_REQUEST},
        {"{\"a\":1}", "[{\"op\":\"frob\",\"path\":\"/a\"}]", BAD_REQUEST},
        {"{\"a\":1}", "[{\"path\":\"/a\"}]", BAD_REQUEST},
        {"{\"a\":1}", "[5]", BAD_REQUEST},
        {"{\"a\":1}", "{\"a\":2}", BAD_REQUEST},
        {"{\"a\":1}", "[", BAD_REQUEST},
    };

    check(PATCH_JSON, NULL, cases, ARRAY_SIZE(cases));
}

/* Each operation doubles the document: refused long before memory or the stack run out. */
static void json_patch_bombs(void **state)
{
    static const char *const operations[] = {
        "{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/-\"}",
        "{\"op\":\"copy\",\"from\":\"\",\"path\":\"/b\"}",
    };

    for (size_t i = 0; i < ARRAY_SIZE(operations); i++) {
        struct arena arena = ARENA_INIT;
        struct buffer patch = BUFFER_INIT;
        struct json *original, *result;
        assert_int_equal(json_parse(&arena, SLICE("{\"a\":[[1,2,3]]}"), &original, NULL), 0);
        for (int n = 0; n < 2000; n++)
            buffer_printf(&patch, "%s%s", n ? "," : "[", operations[i]);
        buffer_append_char(&patch, ']');
        assert_int_equal(patch_apply(&arena, PATCH_JSON, NULL, original,
                                     (struct slice){patch.data, patch.size}, &result, NULL),
                         -1);
        assert_true(arena.total < ((size_t)64 << 20));
        buffer_done(&patch);
        arena_done(&arena);
    }
}

static void merge_patches(void **state)
{
    static const struct patch_case cases[] = {
        {"{\"a\":\"b\"}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"b\":\"c\"}", "{\"a\":\"b\",\"b\":\"c\"}"},
        {"{\"a\":\"b\",\"b\":\"c\"}", "{\"a\":null}", "{\"b\":\"c\"}"},
        {"{\"a\":\"b\"}", "{\"a\":null}", "{}"},
        {"{\"a\":[\"b\"]}", "{\"a\":\"c\"}", "{\"a\":\"c\"}"},
        {"{\"a\":\"c\"}", "{\"a\":[\"b\"]}", "{\"a\":[\"b\"]}"},
        {"{\"a\":{\"b\":\"c\"}}", "{\"a\":{\"b\":\"d\",\"c\":null}}", "{\"a\":{\"b\":\"d\"}}"},
        {"{\"a\":[{\"b\":\"c\"}]}", "{\"a\":[1]}", "{\"a\":[1]}"},
        {"{\"e\":null}", "{\"a\":1}", "{\"e\":null,\"a\":1}"},
        {"{}", "{\"a\":{\"bb\":{\"ccc\":null}}}", "{\"a\":{\"bb\":{}}}"},
        {"{\"a\":1}", "{\"a\":{\"b\":null,\"c\":[null]}}", "{\"a\":{\"c\":[null]}}"},
        {"{\"a\":1,\"b\":2,\"c\":3}", "{\"a\":null,\"c\":null,\"d\":null}", "{\"b\":2}"},
        {"{\"a\":1}", "[]", BAD_REQUEST},
        {"{\"a\":1}", "null", BAD_REQUEST},
        {"{\"a\":1}", "{", BAD_REQUEST},
    };

    check(PATCH_MERGE, NULL, cases, ARRAY_SIZE(cases));
}

static void merge_large_maps(void **state)
{
    struct arena arena = ARENA_INIT;
    struct json *original = json_new_object(&arena), *patch = json_new_object(&arena), *result;
    struct buffer text = BUFFER_INIT;
    char key[16];

    for (int i = 0; i < 500; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        json_set_int(&arena, original, key, i);
        snprintf(key, sizeof(key), "k%d", i * 2);
        json_set(&arena, patch, key, i % 2 ? json_new_null(&arena) : json_new_int(&arena, -i));
    }
    json_write(&text, patch);
    assert_int_equal(
        patch_apply(&arena, PATCH_MERGE, NULL, original, (struct slice){text.data, text.size}, &result, NULL),
        0);
    assert_int_equal(json_count(result), 500 - 125 + 125);
    assert_int_equal(json_integer_at(result, "k4", 0), -2);
    assert_null(json_get(result, "k2"));
    assert_int_equal(json_integer_at(result, "k3", 0), 3);
    assert_int_equal(json_integer_at(result, "k996", 0), -498);
    buffer_done(&text);
    arena_done(&arena);
}

static void strategic_pod_spec(void **state)
{
    static const struct patch_case cases[] = {
        /* lists of objects, by their merge key */
        {"{\"containers\":[{\"name\":\"a\",\"image\":\"1\"},{\"name\":\"b\",\"image\":\"2\"}]}",
         "{\"containers\":[{\"name\":\"b\",\"image\":\"3\"}]}",
         "{\"containers\":[{\"name\":\"a\",\"image\":\"1\"},{\"name\":\"b\",\"image\":\"3\"}]}"},
        {"{\"containers\":[{\"name\":\"a\"}]}",
         "{\"containers\":[{\"name\":\"b\",\"x\":null,\"$patch\":\"merge\"}]}", BAD_REQUEST},
        {"{\"containers\":[{\"name\":\"a\"}]}", "{\"containers\":[{\"name\":\"b\",\"x\":null}]}",
         "{\"containers\":[{\"name\":\"b\"},{\"name\":\"a\"}]}"},
        {"{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}",
         "{\"containers\":[{\"name\":\"a\",\"$patch\":\"delete\"}]}", "{\"containers\":[{\"name\":\"b\"}]}"},
        {"{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}",
         "{\"containers\":[{\"$patch\":\"replace\"},{\"name\":\"c\"}]}",
         "{\"containers\":[{\"name\":\"c\"}]}"},
        {"{\"containers\":[{\"name\":\"a\"}]}", "{\"containers\":[{\"image\":\"x\"}]}", BAD_REQUEST},
        {"{\"containers\":[{\"name\":\"a\"}]}", "{\"containers\":null}", "{}"},
        {"{\"containers\":[{\"name\":\"a\"}]}", "{\"containers\":[]}", "{\"containers\":[{\"name\":\"a\"}]}"},
        {"{}",
         "{\"containers\":[{\"name\":\"a\",\"image\":null,\"resources\":{\"$patch\":\"merge\",\"limits\":"
         "null}}]}",
         "{\"containers\":[{\"name\":\"a\",\"resources\":{}}]}"},
        /* nested ones, and a key that is not a name */
        {"{\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"X\",\"value\":\"1\"}],\"ports\":[{"
         "\"containerPort\":80,\"name\":\"w\"}]}]}",
         "{\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"Y\",\"value\":\"2\"},{\"name\":\"X\","
         "\"value\":null,\"valueFrom\":{}}],"
         "\"ports\":[{\"containerPort\":80,\"name\":\"v\"},{\"containerPort\":81}]}]}",
         "{\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"Y\",\"value\":\"2\"},{\"name\":\"X\","
         "\"valueFrom\":{}}],"
         "\"ports\":[{\"containerPort\":80,\"name\":\"v\"},{\"containerPort\":81}]}]}"},
        /* atomic lists and scalars are replaced */
        {"{\"tolerations\":[{\"key\":\"a\"}],\"nodeName\":\"x\"}",
         "{\"tolerations\":[{\"key\":\"b\"}],\"nodeName\":\"y\"}",
         "{\"tolerations\":[{\"key\":\"b\"}],\"nodeName\":\"y\"}"},
        {"{\"nodeSelector\":{\"a\":\"1\",\"b\":\"2\"}}", "{\"nodeSelector\":{\"a\":null,\"c\":\"3\"}}",
         "{\"nodeSelector\":{\"b\":\"2\",\"c\":\"3\"}}"},
        {"{\"nodeSelector\":{\"a\":\"1\"}}", "{\"nodeSelector\":{\"$patch\":\"replace\",\"c\":\"3\"}}",
         "{\"nodeSelector\":{\"c\":\"3\"}}"},
        {"{\"nodeSelector\":{\"a\":\"1\"}}", "{\"nodeSelector\":{\"$patch\":\"delete\"}}",
         "{\"nodeSelector\":{}}"},
        {"{\"nodeSelector\":{\"a\":\"1\"}}", "{\"nodeSelector\":{\"$patch\":\"frob\"}}", BAD_REQUEST},
        /* order */
        {"{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"},{\"name\":\"c\"}]}",
         "{\"$setElementOrder/containers\":[{\"name\":\"c\"},{\"name\":\"a\"}]}",
         "{\"containers\":[{\"name\":\"b\"},{\"name\":\"c\"},{\"name\":\"a\"}]}"},
        {"{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}",
         "{\"$setElementOrder/"
         "containers\":[{\"name\":\"n\"},{\"name\":\"b\"},{\"name\":\"a\"}],\"containers\":[{\"name\":\"n\","
         "\"image\":\"i\"}]}",
         "{\"containers\":[{\"name\":\"n\",\"image\":\"i\"},{\"name\":\"b\"},{\"name\":\"a\"}]}"},
        {"{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}",
         "{\"$setElementOrder/"
         "containers\":[{\"name\":\"a\"},{\"name\":\"b\"}],\"containers\":[{\"name\":\"b\"},{\"name\":\"a\"}]"
         "}",
         BAD_REQUEST},
        {"{\"containers\":[{\"name\":\"a\"},{\"name\":\"b\"}]}",
         "{\"$setElementOrder/"
         "containers\":[{\"name\":\"b\"}],\"containers\":[{\"name\":\"a\",\"$patch\":\"delete\"}]}",
         "{\"containers\":[{\"name\":\"b\"}]}"},
        /* retainKeys */
        {"{\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}]}",
         "{\"volumes\":[{\"$retainKeys\":[\"name\",\"secret\"],\"name\":\"v\",\"secret\":{\"secretName\":"
         "\"s\"}}]}",
         "{\"volumes\":[{\"name\":\"v\",\"secret\":{\"secretName\":\"s\"}}]}"},
        {"{\"volumes\":[{\"name\":\"v\",\"emptyDir\":{}}]}",
         "{\"volumes\":[{\"$retainKeys\":[\"name\"],\"name\":\"v\",\"secret\":{}}]}", BAD_REQUEST},
        {"{\"volumes\":[{\"name\":\"v\"}]}", "{\"volumes\":[{\"$retainKeys\":5,\"name\":\"v\"}]}",
         BAD_REQUEST},
        {"{\"a\":1}", "[]", BAD_REQUEST},
    };

    check(PATCH_STRATEGIC, schema_find("io.k8s.api.core.v1.PodSpec"), cases, ARRAY_SIZE(cases));
}

static void strategic_metadata(void **state)
{
    static const struct patch_case cases[] = {
        {"{\"finalizers\":[\"a\",\"b\"]}", "{\"finalizers\":[\"c\",\"a\"]}",
         "{\"finalizers\":[\"c\",\"a\",\"b\"]}"},
        {"{\"finalizers\":[\"a\",\"b\",\"c\"]}", "{\"$deleteFromPrimitiveList/finalizers\":[\"b\",\"x\"]}",
         "{\"finalizers\":[\"a\",\"c\"]}"},
        {"{\"finalizers\":[\"a\",\"b\"]}",
         "{\"$deleteFromPrimitiveList/finalizers\":[\"a\"],\"$setElementOrder/"
         "finalizers\":[\"c\",\"b\"],\"finalizers\":[\"c\"]}",
         "{\"finalizers\":[\"c\",\"b\"]}"},
        {"{\"ownerReferences\":[{\"uid\":\"1\",\"name\":\"a\"}]}",
         "{\"ownerReferences\":[{\"uid\":\"1\",\"$patch\":\"delete\"},{\"uid\":\"2\",\"name\":\"b\"}]}",
         "{\"ownerReferences\":[{\"uid\":\"2\",\"name\":\"b\"}]}"},
        {"{\"labels\":{\"a\":\"1\"}}",
         "{\"labels\":{\"a\":null,\"b\":\"2\"},\"annotations\":{\"x\":\"y\",\"z\":null}}",
         "{\"labels\":{\"b\":\"2\"},\"annotations\":{\"x\":\"y\"}}"},
        {"{\"labels\":{\"a\":\"1\"}}", "{\"unknown\":{\"a\":1},\"labels\":[1]}",
         "{\"labels\":[1],\"unknown\":{\"a\":1}}"},
    };

    check(PATCH_STRATEGIC, schema_find("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"), cases,
          ARRAY_SIZE(cases));
}

static void strategic_needs_a_type(void **state)
{
    static const struct patch_case cases[] = {{"{}", "{}", NULL, ERR_UNSUPPORTED_MEDIA_TYPE}};

    check(PATCH_STRATEGIC, NULL, cases, ARRAY_SIZE(cases));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_patches),           cmocka_unit_test(json_patch_bombs),
        cmocka_unit_test(merge_patches),          cmocka_unit_test(merge_large_maps),
        cmocka_unit_test(strategic_pod_spec),     cmocka_unit_test(strategic_metadata),
        cmocka_unit_test(strategic_needs_a_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
