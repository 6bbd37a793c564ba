/* SPDX-License-Identifier: Apache-2.0 */
/* Metadata, owners, finalizers and conditions of an object. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/memory.h"

static int64_t now_ns;

static int64_t test_clock(void)
{
    return now_ns;
}

static struct json *parse(struct arena *arena, const char *text)
{
    struct json *value = NULL;

    assert_int_equal(json_parse(arena, slice_of(text), &value, NULL), 0);
    return value;
}

static void metadata(void **state)
{
    struct arena arena = ARENA_INIT;
    struct json *o = parse(
        &arena, "{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"metadata\":{\"name\":\"a\",\"namespace\":\"b\","
                "\"uid\":\"u\","
                "\"resourceVersion\":\"7\",\"generation\":3,\"creationTimestamp\":\"1970-01-01T00:01:00Z\","
                "\"labels\":{\"x.y/z\":\"1\"}}}");

    assert_string_equal(object_name(o), "a");
    assert_string_equal(object_namespace(o), "b");
    assert_string_equal(object_uid(o), "u");
    assert_string_equal(object_resource_version(o), "7");
    assert_string_equal(object_kind(o), "Pod");
    assert_string_equal(object_api_version(o), "v1");
    assert_int_equal(object_generation(o), 3);
    assert_int_equal(object_created_ns(o), 60 * NS_PER_S);
    assert_false(object_is_deleted(o));
    assert_string_equal(object_label(o, "x.y/z"), "1");
    assert_null(object_label(o, "x"));
    assert_null(object_annotation(o, "x"));
    assert_string_equal(object_key(&arena, o), "b/a");
    assert_string_equal(object_name(NULL), "");
    assert_int_equal(object_created_ns(NULL), 0);

    object_set_annotation(&arena, o, "k", "v");
    assert_string_equal(object_annotation(o, "k"), "v");
    object_set_label(&arena, o, "x.y/z", NULL);
    assert_null(json_at(o, "metadata.labels"));
    object_set_label(&arena, o, "absent", NULL);
    assert_null(json_at(o, "metadata.labels"));
    arena_done(&arena);
}

static void finalizers(void **state)
{
    struct arena arena = ARENA_INIT;
    struct json *o = object_new(&arena, "v1", "Node", NULL, "n");

    assert_string_equal(object_key(&arena, o), "n");
    assert_false(object_has_finalizer(o, "f"));
    object_remove_finalizer(o, "f");
    object_add_finalizer(&arena, o, "f");
    object_add_finalizer(&arena, o, "f");
    object_add_finalizer(&arena, o, "g");
    assert_int_equal(json_count(json_at(o, "metadata.finalizers")), 2);
    object_remove_finalizer(o, "f");
    assert_false(object_has_finalizer(o, "f"));
    assert_true(object_has_finalizer(o, "g"));
    object_remove_finalizer(o, "g");
    assert_null(json_at(o, "metadata.finalizers"));
    arena_done(&arena);
}

static void owners(void **state)
{
    struct arena arena = ARENA_INIT;
    struct json *owner = object_new(&arena, "apps/v1", "ReplicaSet", "b", "rs");
    struct json *pod = object_new(&arena, "v1", "Pod", "b", "p");

    assert_false(object_is_controlled_by(pod, owner));
    json_set_string(&arena, json_get(owner, "metadata"), "uid", "u1");
    struct json *list = json_ensure(&arena, pod, "metadata.ownerReferences", JSON_ARRAY);
    json_set_string(&arena, json_append(&arena, list, json_new_object(&arena)), "uid", "other");
    assert_null(object_controller(pod));
    json_append(&arena, list, object_owner_reference(&arena, owner, "apps/v1", "ReplicaSet"));
    assert_true(object_is_controlled_by(pod, owner));
    assert_string_equal(json_string_at(object_controller(pod), "kind"), "ReplicaSet");
    assert_true(json_boolean_at(object_controller(pod), "blockOwnerDeletion", false));
    arena_done(&arena);
}

static void conditions(void **state)
{
    static const struct clock_source source = {test_clock, test_clock};
    struct arena arena = ARENA_INIT;
    struct json *o = object_new(&arena, "v1", "Pod", "b", "p");

    clock_set_source(&source);
    now_ns = 60 * NS_PER_S;
    assert_true(object_set_condition(&arena, o, "Ready", "False", "Waiting", "m"));
    now_ns = 120 * NS_PER_S;
    assert_false(object_set_condition(&arena, o, "Ready", "False", "Waiting", "m"));
    assert_true(object_set_condition(&arena, o, "Ready", "False", "Other", NULL));
    assert_string_equal(json_string_at(object_condition(o, "Ready"), "lastTransitionTime"),
                        "1970-01-01T00:01:00Z");
    assert_null(json_get(object_condition(o, "Ready"), "message"));
    assert_false(pod_is_ready(o));
    assert_true(object_set_condition(&arena, o, "Ready", "True", "Other", NULL));
    assert_string_equal(json_string_at(object_condition(o, "Ready"), "lastTransitionTime"),
                        "1970-01-01T00:02:00Z");
    assert_true(pod_is_ready(o));
    assert_true(pod_is_active(o));
    json_set_string(&arena, json_get(o, "status"), "phase", "Failed");
    assert_true(pod_is_terminal(o));
    assert_false(pod_is_active(o));
    clock_set_source(NULL);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metadata),
        cmocka_unit_test(finalizers),
        cmocka_unit_test(owners),
        cmocka_unit_test(conditions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
