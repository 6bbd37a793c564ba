/* SPDX-License-Identifier: Apache-2.0 */
/* Types and fields are found; documents are decoded by them: what is kept, changed, reported and refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>

#include "core/api/schema.h"
#include "core/api/schema/types.h"
#include "core/base/memory.h"

/* Every row is found by its name, and names a type where it needs one. */
static void tables(void **state)
{
#define ROW_OF_TYPES(type_) &type_,
    static const struct schema_type *const all[] = {SCHEMA_TYPES(ROW_OF_TYPES)};
    unsigned fields = 0;

    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        assert_ptr_equal(schema_find(all[i]->name), all[i]);
        for (uint16_t f = 0; f < all[i]->fields_count; f++) {
            const struct schema_field *field = &all[i]->fields[f];
            assert_ptr_equal(schema_field(all[i], slice_of(field->name)), field);
            if ((field->kind == SCHEMA_OBJECT) != (field->type != NULL))
                fail_msg("%s.%s", all[i]->name, field->name);
            if ((field->list == SCHEMA_LIST_MAP) != (field->merge_keys != NULL))
                fail_msg("%s.%s", all[i]->name, field->name);
            fields++;
        }
    }
    assert_true(ARRAY_SIZE(all) > 750);
    assert_true(fields > 3100);
    assert_null(schema_find("io.k8s.api.core.v1.Pood"));
    assert_null(schema_find(""));
}

static void lookup(void **state)
{
    const struct schema_type *pod = schema_find_kind("", "v1", "Pod");

    assert_non_null(pod);
    assert_string_equal(pod->name, "io.k8s.api.core.v1.Pod");
    assert_ptr_equal(schema_field(pod, SLICE("spec"))->type, schema_find("io.k8s.api.core.v1.PodSpec"));
    assert_null(schema_field(pod, SLICE("sped")));
    assert_null(schema_field(pod, SLICE("")));
    assert_null(schema_field(pod, SLICE("spec\0")));
    assert_null(
        schema_field(schema_find("io.k8s.api.apiserverinternal.v1alpha1.StorageVersionSpec"), SLICE("a")));
    assert_null(schema_find_kind("apps", "v1", "Pod"));
    assert_null(schema_find_kind("apps", "v2", "Deployment"));
    assert_string_equal(schema_find_kind("apps", "v1", "Deployment")->kind, "Deployment");
    assert_non_null(schema_find_kind("apps", "v1", "DeleteOptions"));
    assert_non_null(schema_find_kind("meta.k8s.io", "v1", "PartialObjectMetadata"));
}

struct decode_case {
    const char *kind, *text, *want;
};

static void decoded(void **state)
{
    static const struct decode_case cases[] = {
        {"Pod",
         "{\"kind\":\"Pod\",\"spec\":{\"nodeName\":null,\"foo\":1,\"containers\":[{\"name\":\"a\",\"bar\":{}}"
         "]}}",
         "{\"kind\":\"Pod\",\"spec\":{\"containers\":[{\"name\":\"a\"}]}}"},
        {"Pod",
         "{\"metadata\":{\"creationTimestamp\":\"2026-01-02T03:04:05.678+01:00\",\"labels\":{},"
         "\"annotations\":{\"a\":null}}}",
         "{\"metadata\":{\"creationTimestamp\":\"2026-01-02T02:04:05Z\",\"annotations\":{\"a\":\"\"}}}"},
        {"Pod",
         "{\"spec\":{\"containers\":[{\"resources\":{\"limits\":{\"cpu\":1.5,\"memory\":\"2048Mi\",\"x/"
         "y\":0,\"a\":\"0.5\",\"b\":\"500m\","
         "\"c\":1000}}}]}}",
         "{\"spec\":{\"containers\":[{\"resources\":{\"limits\":{\"cpu\":\"1500m\",\"memory\":\"2Gi\",\"x/"
         "y\":\"0\",\"a\":\"500m\",\"b\":\"500m\","
         "\"c\":\"1k\"}}}]}}"},
        {"Pod", "{\"spec\":{\"containers\":[null],\"imagePullSecrets\":[]},\"status\":{}}",
         "{\"spec\":{\"containers\":[{}]},\"status\":{}}"},
        {"Pod", "{\"spec\":{\"containers\":[]}}", "{\"spec\":{\"containers\":[]}}"},
        {"Service",
         "{\"spec\":{\"ports\":[{\"port\":80,\"targetPort\":\"http\"},{\"port\":81,\"targetPort\":8080}]}}",
         "{\"spec\":{\"ports\":[{\"port\":80,\"targetPort\":\"http\"},{\"port\":81,\"targetPort\":8080}]}}"},
        {"Secret", "{\"data\":{\"a\":\"eHg=\",\"b\":\"eH\\nh4\\n\",\"c\":null}}",
         "{\"data\":{\"a\":\"eHg=\",\"b\":\"eHh4\",\"c\":\"\"}}"},
        {"ConfigMap", "{\"data\":{\"a\":\"1\",\"a\":\"2\"}}", "{\"data\":{\"a\":\"2\"}}"},
        {"Pod",
         "{\"spec\":{\"hostNetwork\":false,\"nodeName\":\"\",\"priority\":0,\"automountServiceAccountToken\":"
         "false,\"containers\":[{\"name\":\"\"}]}}",
         "{\"spec\":{\"priority\":0,\"automountServiceAccountToken\":false,\"containers\":[{\"name\":\"\"}]}"
         "}"},
        {"PersistentVolumeClaim", "{\"spec\":{\"storageClassName\":\"\",\"volumeName\":\"\"}}",
         "{\"spec\":{\"storageClassName\":\"\"}}"},
        {"ReplicationController", "{\"spec\":{\"replicas\":0}}", "{\"spec\":{\"replicas\":0}}"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        struct buffer out = BUFFER_INIT;
        struct error err = ERROR_INIT;
        struct json *value;
        if (schema_decode(&arena, schema_find_kind("", "v1", cases[i].kind), slice_of(cases[i].text),
                          SCHEMA_IGNORE, &value, NULL, &err) < 0)
            fail_msg("%s: %s", cases[i].text, err.message);
        json_write(&out, value);
        assert_string_equal(out.data, cases[i].want);
        buffer_done(&out);
        arena_done(&arena);
    }
}

static void refused(void **state)
{
    static const struct decode_case cases[] = {
        {"Pod", "[]", "document: expected object, found an array"},
        {"Pod", "{\"spec\":[]}", "spec: expected object, found an array"},
        {"Pod", "{\"spec\":{\"containers\":{}}}", "spec.containers: expected array, found an object"},
        {"Pod", "{\"spec\":{\"containers\":[{\"image\":\"a\"},{\"image\":5}]}}",
         "spec.containers[1].image: expected string, found a number 5"},
        {"Pod", "{\"spec\":{\"priority\":\"1\"}}", "spec.priority: expected int32, found a string \"1\""},
        {"Pod", "{\"spec\":{\"priority\":1.5}}", "spec.priority: expected int32, found a number 1.5"},
        {"Pod", "{\"spec\":{\"priority\":2147483648}}",
         "spec.priority: expected int32, found a number 2147483648"},
        {"Pod", "{\"spec\":{\"hostNetwork\":\"true\"}}",
         "spec.hostNetwork: expected boolean, found a string \"true\""},
        {"Pod", "{\"metadata\":{\"labels\":{\"a\":1}}}",
         "metadata.labels.a: expected string, found a number 1"},
        {"Pod", "{\"metadata\":{\"creationTimestamp\":\"yesterday\"}}",
         "metadata.creationTimestamp: expected a time (RFC 3339), found a string \"yesterday\""},
        {"Pod", "{\"spec\":{\"overhead\":{\"cpu\":\"1x\"}}}", "spec.overhead.cpu: expected a quantity"},
        {"Service", "{\"spec\":{\"ports\":[{\"targetPort\":true}]}}",
         "spec.ports[0].targetPort: expected int32, found a boolean true"},
        {"Secret", "{\"data\":{\"a\":\"secret!\"}}", "data.a: expected base64, found a string"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        struct error err = ERROR_INIT;
        struct json *value;
        if (schema_decode(&arena, schema_find_kind("", "v1", cases[i].kind), slice_of(cases[i].text),
                          SCHEMA_IGNORE, &value, NULL, &err) == 0)
            fail_msg("accepted: %s", cases[i].text);
        assert_int_equal(err.code, ERR_BAD_REQUEST);
        if (strncmp(err.message, cases[i].want, strlen(cases[i].want)) != 0)
            fail_msg("%s, expected %s", err.message, cases[i].want);
        error_done(&err);
        arena_done(&arena);
    }
}

static void strictness(void **state)
{
    static const char text[] =
        "{\"spec\":{\"foo\":1,\"containers\":[{\"name\":\"a\",\"name\":\"b\",\"bar\":{\"x\":1}}]},"
        "\"metadata\":{\"labels\":{\"l\":\"1\",\"l\":\"2\"}}}";
    const struct schema_type *pod = schema_find_kind("", "v1", "Pod");
    struct arena arena = ARENA_INIT;
    struct buffer warnings = BUFFER_INIT;
    struct error err = ERROR_INIT;
    struct json *value;

    assert_int_equal(schema_decode(&arena, pod, SLICE(text), SCHEMA_STRICT, &value, NULL, &err), -1);
    assert_int_equal(err.code, ERR_BAD_REQUEST);
    assert_string_equal(
        err.message,
        "strict decoding error: unknown field \"spec.foo\", duplicate field \"spec.containers[0].name\", "
        "unknown field \"spec.containers[0].bar\", duplicate field \"metadata.labels.l\"");
    error_done(&err);
    assert_int_equal(schema_decode(&arena, pod, SLICE(text), SCHEMA_WARN, &value, &warnings, &err), 0);
    assert_string_equal(warnings.data,
                        "unknown field \"spec.foo\"\nduplicate field \"spec.containers[0].name\"\n"
                        "unknown field \"spec.containers[0].bar\"\nduplicate field \"metadata.labels.l\"");
    assert_string_equal(json_string_at(value, "spec.containers[0].name"), "b");
    assert_int_equal(
        schema_decode(&arena, pod, SLICE("{\"kind\":\"Pod\"}"), SCHEMA_STRICT, &value, NULL, &err), 0);
    buffer_done(&warnings);
    arena_done(&arena);
}

static void untyped(void **state)
{
    struct arena arena = ARENA_INIT;
    struct json *value;

    assert_int_equal(schema_decode(&arena, NULL, SLICE("{\"a\":null}"), SCHEMA_STRICT, &value, NULL, NULL),
                     0);
    assert_int_equal(value->size, 1);
    assert_int_equal(schema_decode(&arena, NULL, SLICE("[]"), SCHEMA_STRICT, &value, NULL, NULL), -1);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables),  cmocka_unit_test(lookup),     cmocka_unit_test(decoded),
        cmocka_unit_test(refused), cmocka_unit_test(strictness), cmocka_unit_test(untyped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
