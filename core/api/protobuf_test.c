/* SPDX-License-Identifier: Apache-2.0 */
/* Documents to protobuf and back: exact bytes for each kind of value, every type there and back, and input
 * that is broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/api/protobuf.h"
#include "core/api/schema/types.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"

static struct json *parse(struct arena *arena, const char *text)
{
    struct json *value = NULL;

    assert_int_equal(json_parse(arena, slice_of(text), &value, NULL), 0);
    return value;
}

static const struct {
    const char *type, *json, *hex;
} cases[] = {
    {"core.v1.ObjectReference", "{\"kind\":\"a\",\"name\":\"bc\"}",
     "0a0161"
     "1a026263"},
    {"core.v1.ConfigMap", "{\"data\":{\"k\":\"v\",\"e\":\"\"},\"binaryData\":{\"b\":\"AP8=\"}}",
     "1206"
     "0a016b"
     "120176"
     "1205"
     "0a0165"
     "1200"
     "1a07"
     "0a0162"
     "120200ff"},
    {"core.v1.ResourceRequirements", "{\"limits\":{\"cpu\":\"100m\"}}",
     "0a0d"
     "0a03637075"
     "1206"
     "0a043130306d"},
    {"core.v1.ContainerPort", "{\"containerPort\":8080,\"hostPort\":-1}",
     "10ffffffffffffffffff01"
     "18903f"},
    {"core.v1.SecurityContext", "{\"privileged\":true,\"runAsNonRoot\":false}",
     "1001"
     "2800"},
    {"meta.v1.ObjectMeta", "{\"creationTimestamp\":\"1970-01-01T00:02:05Z\",\"finalizers\":[\"a\",\"b\"]}",
     "4204"
     "087d"
     "1000"
     "720161"
     "720162"},
    {"coordination.v1.LeaseSpec", "{\"renewTime\":\"1970-01-01T00:00:01.500000Z\"}",
     "2208"
     "0801"
     "1080cab5ee01"},
    {"core.v1.TCPSocketAction", "{\"port\":80}",
     "0a06"
     "0800"
     "1050"
     "1a00"},
    {"core.v1.TCPSocketAction", "{\"port\":\"x\"}",
     "0a07"
     "0801"
     "1000"
     "1a0178"},
    /* the source is a message in the volume, the selector's name one in the selector */
    {"core.v1.Volume", "{\"name\":\"v\",\"emptyDir\":{\"medium\":\"m\"}}",
     "0a0176"
     "1205"
     "1203"
     "0a016d"},
    {"core.v1.SecretKeySelector", "{\"name\":\"s\",\"key\":\"k\"}",
     "0a03"
     "0a0173"
     "12016b"},
    {"core.v1.Probe", "{\"exec\":{\"command\":[\"a\"]},\"periodSeconds\":3}",
     "0a05"
     "0a03"
     "0a0161"
     "2003"},
    {"admissionregistration.v1.NamedRuleWithOperations",
     "{\"resourceNames\":[\"n\"],\"operations\":[\"*\"],\"apiGroups\":[\"g\"],\"scope\":\"*\"}",
     "0a016e"
     "120b"
     "0a012a"
     "1206"
     "0a0167"
     "22012a"},
    {"meta.v1.ManagedFieldsEntry", "{\"fieldsV1\":{\"f:a\":{}}}",
     "3a0c"
     "0a0a"
     "7b22663a61223a7b7d7d"},
    {"authentication.v1.UserInfo", "{\"extra\":{\"k\":[\"a\",\"b\"]}}",
     "220b"
     "0a016b"
     "1206"
     "0a0161"
     "0a0162"},
    {"core.v1.PodSecurityContext", "{\"supplementalGroups\":[1,2]}",
     "2001"
     "2002"},
};

static const struct schema_type *find_type(const char *name)
{
    char full[200];

    snprintf(full, sizeof(full),
             strncmp(name, "meta.", 5) == 0 ? "io.k8s.apimachinery.pkg.apis.%s" : "io.k8s.api.%s", name);
    const struct schema_type *type = schema_find(full);
    assert_non_null(type);
    return type;
}

static void exact_bytes(void **state)
{
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        struct buffer out = BUFFER_INIT, hex = BUFFER_INIT, text = BUFFER_INIT;
        const struct schema_type *type = find_type(cases[i].type);
        struct json *back;
        assert_int_equal(schema_to_protobuf(type, parse(&arena, cases[i].json), &out, NULL), 0);
        hex_encode(&hex, out.data, out.size);
        if (strcmp(hex.data, cases[i].hex) != 0)
            fail_msg("%s: %s, expected %s", cases[i].json, hex.data, cases[i].hex);
        assert_int_equal(schema_from_protobuf(&arena, type, (struct slice){out.data, out.size}, &back, NULL),
                         0);
        json_write(&text, back);
        if (!json_equal(back, parse(&arena, cases[i].json)))
            assert_string_equal(text.data, cases[i].json);
        buffer_done(&out);
        buffer_done(&hex);
        buffer_done(&text);
        arena_done(&arena);
    }
}

static struct json *sample(struct arena *arena, const struct schema_type *type, unsigned depth);

static struct json *sample_value(struct arena *arena, const struct schema_field *field, unsigned depth)
{
    static const char *const texts[] = {
        [SCHEMA_STRING] = "\"text\"",
        [SCHEMA_BYTES] = "\"AAEC\"",
        [SCHEMA_INT32] = "-5",
        [SCHEMA_INT64] = "9223372036854775807",
        [SCHEMA_DOUBLE] = "1.5",
        [SCHEMA_BOOL] = "true",
        [SCHEMA_QUANTITY] = "\"1500m\"",
        [SCHEMA_TIME] = "\"2026-01-02T03:04:05Z\"",
        [SCHEMA_MICRO_TIME] = "\"2026-01-02T03:04:05.678901Z\"",
        [SCHEMA_INT_OR_STRING] = "\"25%\"",
        [SCHEMA_RAW] = "{\"a\":[1,null]}",
        [SCHEMA_PROPS_OR_ARRAY] = "[{\"type\":\"x\"},{}]",
        [SCHEMA_PROPS_OR_BOOL] = "false",
        [SCHEMA_PROPS_OR_STRINGS] = "[\"a\",\"b\"]",
    };

    if (field->kind == SCHEMA_OBJECT)
        return sample(arena, field->type, depth + 1);
    return parse(arena, texts[field->kind]);
}

/* Every field that has a number, to a few levels. */
static struct json *sample(struct arena *arena, const struct schema_type *type, unsigned depth)
{
    struct json *object = json_new_object(arena);

    for (uint16_t i = 0; i < type->fields_count && depth < 4; i++) {
        const struct schema_field *field = &type->fields[i];
        if (!field->proto)
            continue;
        struct json *value = sample_value(arena, field, depth);
        if (field->shape == SCHEMA_LIST || field->shape == SCHEMA_MAP_OF_LISTS) {
            struct json *list = json_new_array(arena);
            json_append(arena, list, value);
            json_append(arena, list, json_copy(arena, value));
            value = list;
        }
        if (field->shape == SCHEMA_MAP || field->shape == SCHEMA_MAP_OF_LISTS) {
            struct json *map = json_new_object(arena);
            json_set(arena, map, "k.1/x", value);
            value = map;
        }
        json_set(arena, object, field->name, value);
    }
    return object;
}

static void every_type(void **state)
{
#define ROW_OF_TYPES(type_) &type_,
    static const struct schema_type *const all[] = {SCHEMA_TYPES(ROW_OF_TYPES)};

    for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
        struct arena arena = ARENA_INIT;
        struct buffer out = BUFFER_INIT;
        struct error err = ERROR_INIT;
        struct json *object = sample(&arena, all[i], 0), *back;
        if (schema_to_protobuf(all[i], object, &out, &err) < 0 ||
            schema_from_protobuf(&arena, all[i], (struct slice){out.data, out.size}, &back, &err) < 0)
            fail_msg("%s: %s", all[i]->name, err.message);
        if (!json_equal(object, back))
            fail_msg("%s", all[i]->name);
        buffer_done(&out);
        arena_done(&arena);
    }
}

static void schema_alternatives(void **state)
{
    static const char *const texts[] = {
        "{\"items\":{\"type\":\"a\"},\"additionalProperties\":{\"type\":\"b\"},\"dependencies\":{\"x\":{"
        "\"type\":\"c\"},\"y\":[\"d\"]},\"default\":5,\"enum\":[\"a\",1,null]}",
        "{\"items\":[{\"type\":\"a\"}],\"additionalProperties\":true,\"$ref\":\"r\",\"x-kubernetes-int-or-"
        "string\":true}",
    };

    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct arena arena = ARENA_INIT;
        struct buffer out = BUFFER_INIT;
        struct json *object = parse(&arena, texts[i]), *back;
        assert_int_equal(schema_to_protobuf(&apiextensions_v1_JSONSchemaProps, object, &out, NULL), 0);
        assert_int_equal(schema_from_protobuf(&arena, &apiextensions_v1_JSONSchemaProps,
                                              (struct slice){out.data, out.size}, &back, NULL),
                         0);
        assert_true(json_equal(object, back));
        buffer_done(&out);
        arena_done(&arena);
    }
}

static void envelopes(void **state)
{
    struct arena arena = ARENA_INIT;
    struct buffer out = BUFFER_INIT, hex = BUFFER_INIT;
    struct error err = ERROR_INIT;
    struct json *back;

    assert_int_equal(
        protobuf_write_object(parse(&arena, "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"type\":\"x\"}"),
                              &out, &err),
        0);
    hex_encode(&hex, out.data, out.size);
    assert_string_equal(hex.data, "6b387300"
                                  "0a0c"
                                  "0a027631"
                                  "1206536563726574"
                                  "1203"
                                  "1a0178"
                                  "1a00"
                                  "2200");
    assert_int_equal(protobuf_read_object(&arena, (struct slice){out.data, out.size}, &back, &err), 0);
    assert_true(
        json_equal(back, parse(&arena, "{\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"type\":\"x\"}")));
    assert_int_equal(protobuf_read_object(&arena, SLICE("{}"), &back, &err), -1);
    assert_int_equal(err.code, ERR_BAD_REQUEST);
    assert_int_equal(
        protobuf_write_object(parse(&arena, "{\"apiVersion\":\"a/v1\",\"kind\":\"Foo\"}"), &out, &err), -1);
    assert_int_equal(err.code, ERR_NOT_ACCEPTABLE);
    buffer_clear(&out);
    protobuf_seal(&out, "x.y/v1", "Foo", SLICE("m"));
    assert_int_equal(protobuf_read_object(&arena, (struct slice){out.data, out.size}, &back, &err), -1);
    assert_int_equal(err.code, ERR_UNSUPPORTED_MEDIA_TYPE);
    error_done(&err);
    buffer_done(&hex);
    buffer_done(&out);
    arena_done(&arena);
}

static void watch_frames(void **state)
{
    struct buffer out = BUFFER_INIT;
    struct arena arena = ARENA_INIT;
    struct json *event;

    protobuf_write_watch_event(&out, "ADDED", SLICE("\"sealed\""));
    assert_int_equal((unsigned char)out.data[3], out.size - 4);
    assert_int_equal(protobuf_read_object(&arena, (struct slice){out.data + 4, out.size - 4}, &event, NULL),
                     0);
    assert_string_equal(json_string_at(event, "type"), "ADDED");
    assert_string_equal(json_string_at(event, "object"), "sealed");
    buffer_done(&out);
    arena_done(&arena);
}

static void broken(void **state)
{
    static const char *const hexes[] = {"0a",
                                        "0a05",
                                        "0a0561",
                                        "07",
                                        "00",
                                        "ffffffffffffffffffff7f",
                                        "0b",
                                        "0a02",
                                        "1203"
                                        "0a0561",
                                        "0800",
                                        "1202"
                                        "0800",
                                        "1801" /* hostname in varint */};
    const struct schema_type *pod = schema_find("io.k8s.api.core.v1.Pod");

    for (size_t i = 0; i < ARRAY_SIZE(hexes); i++) {
        struct arena arena = ARENA_INIT;
        struct error err = ERROR_INIT;
        struct json *object;
        char data[64];
        size_t size = strlen(hexes[i]) / 2;
        for (size_t n = 0; n < size; n++) {
            char digits[3] = {hexes[i][n * 2], hexes[i][n * 2 + 1], 0};
            data[n] = (char)strtol(digits, NULL, 16);
        }
        if (schema_from_protobuf(&arena, pod, (struct slice){data, size}, &object, &err) == 0)
            fail_msg("accepted: %s", hexes[i]);
        assert_int_equal(err.code, ERR_BAD_REQUEST);
        error_done(&err);
        arena_done(&arena);
    }
}

/* Unknown numbers are skipped, whatever their wire type. */
static void unknown_fields(void **state)
{
    static const char data[] = "\xf8\x3f\x05"
                               "\xfa\x3f\x01x"
                               "\xf9\x3f\1\2\3\4\5\6\7\10"
                               "\xfd\x3f\1\2\3\4"
                               "\x0a\x00";
    struct arena arena = ARENA_INIT;
    struct json *object;

    assert_int_equal(
        schema_from_protobuf(&arena, schema_find("io.k8s.api.core.v1.Pod"), SLICE(data), &object, NULL), 0);
    assert_int_equal(json_count(object), 1);
    assert_int_equal(schema_from_protobuf(&arena, NULL, SLICE(data), &object, NULL), -1);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(exact_bytes),         cmocka_unit_test(every_type),
        cmocka_unit_test(schema_alternatives), cmocka_unit_test(envelopes),
        cmocka_unit_test(watch_frames),        cmocka_unit_test(broken),
        cmocka_unit_test(unknown_fields),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
