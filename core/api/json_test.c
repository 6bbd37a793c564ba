/* SPDX-License-Identifier: Apache-2.0 */
/* Documents: what is read and refused, how it is written, how it changes, what is equal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>
#include <stdio.h>

#include "core/api/json.h"
#include "core/base/memory.h"

static struct json *parse(struct arena *arena, const char *text)
{
    struct json *value = NULL;
    _cleanup_(error_done) struct error err = ERROR_INIT;

    if (json_parse(arena, slice_of(text), &value, &err) < 0)
        fail_msg("%s: %s", text, err.message);
    return value;
}

static void assert_written(const struct json *value, const char *want)
{
    struct buffer out = BUFFER_INIT;

    json_write(&out, value);
    assert_string_equal(out.data, want);
    assert_int_equal(out.size, strlen(want));
    buffer_done(&out);
}

static void round_trip(void **state)
{
    static const struct {
        const char *text, *want; /* NULL: the same */
    } cases[] = {
        {"null", NULL},
        {" true ", "true"},
        {"false", NULL},
        {"\"\"", NULL},
        {"{}", NULL},
        {"[]", NULL},
        {"[ ]", "[]"},
        {" { } ", "{}"},
        {"[[],[[]],{}]", NULL},
        {"{\"a\":1,\"b\":[true,null,\"x\"],\"c\":{\"d\":{}}}", NULL},
        {"\t{\r\n \"a\" : [ 1 , 2 ] , \"b\" : \"c\" }\n", "{\"a\":[1,2],\"b\":\"c\"}"},
        {"0", NULL},
        {"-0", "0"},
        {"-1", NULL},
        {"9223372036854775807", NULL},
        {"-9223372036854775808", NULL},
        {"9223372036854775808", "9223372036854775808"},
        {"99999999999999999999", "100000000000000000000"},
        {"1.5", NULL},
        {"1e3", "1000"},
        {"-2.5E-3", "-0.0025"},
        {"0.1", NULL},
        {"1e21", "1e+21"},
        {"1.25e-7", "1.25e-7"},
        {"123456.789", NULL},
        {"0.30000000000000004", NULL},
        {"\"a\\\"b\\\\c\\/d\\b\\f\\n\\r\\t\"", "\"a\\\"b\\\\c/d\\b\\f\\n\\r\\t\""},
        {"\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\"", "\"A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
        {"\"\\u0000x\"", NULL},
        {"\"\\ud800\"", "\"\xef\xbf\xbd\""},
        {"\"\\ud800\\u0041\"", "\"\xef\xbf\xbd"
                               "A\""},
        {"\"\xc3\xa9 0123456789 0123456789\"", NULL},
        {"{\"\\u0061b\":\"0123456789abcdef0123456789\\nabcdef0123456789abcdef\"}",
         "{\"ab\":\"0123456789abcdef0123456789\\nabcdef0123456789abcdef\"}"},
        {"{\"a\":1,\"b\":2,\"a\":3}", "{\"b\":2,\"a\":3}"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        assert_written(parse(&arena, cases[i].text), cases[i].want ? cases[i].want : cases[i].text);
        arena_done(&arena);
    }
}

static void refused(void **state)
{
    static const char *const cases[] = {
        "",
        " ",
        "nul",
        "truex",
        "tru",
        "01",
        "-",
        "1.",
        ".5",
        "1e",
        "1e+",
        "+1",
        "0x10",
        "1e999",
        "\"",
        "\"a",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\",
        "\"a\nb\"",
        "{",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "{\"a\"",
        "{\"a\":",
        "{a:1}",
        "{\"a\":1,}",
        "{\"a\" 1}",
        "[1 2]",
        "[1}",
        "{\"a\":1]",
        "1 2",
        "{} x",
        "]",
        "}",
        ",",
        "NaN",
        "'a'",
        "\"\xff\"",
        "\"\xc0\x80\"",
        "\"\xed\xa0\x80\"",
        "\"0123456789abcdef\xe2\x82\"",
        "{\"\xff\":1}",
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        struct error err = ERROR_INIT;
        struct json *value = NULL;
        if (json_parse(&arena, slice_of(cases[i]), &value, &err) == 0)
            fail_msg("accepted: %s", cases[i]);
        assert_int_equal(err.code, ERR_BAD_REQUEST);
        assert_non_null(strstr(err.message, "offset"));
        assert_null(value);
        error_done(&err);
        arena_done(&arena);
    }
}

static void nul_byte_refused(void **state)
{
    struct arena arena = ARENA_INIT;
    struct json *value;

    assert_int_equal(json_parse(&arena, (struct slice){"\"a\0b\"", 5}, &value, NULL), -1);
    assert_int_equal(json_parse(&arena, (struct slice){"1\0", 2}, &value, NULL), -1);
    arena_done(&arena);
}

static void depth(void **state)
{
    for (int n = JSON_DEPTH_MAX; n <= JSON_DEPTH_MAX + 1; n++) {
        struct arena arena = ARENA_INIT;
        struct buffer text = BUFFER_INIT, out = BUFFER_INIT;
        struct json *value = NULL;
        for (int i = 0; i < n; i++)
            buffer_append_str(&text, i % 2 ? "[" : "{\"a\":");
        if (n % 2 == 1)
            buffer_append_str(&text, "1");
        for (int i = n - 1; i >= 0; i--)
            buffer_append_str(&text, i % 2 ? "]" : "}");
        int result = json_parse(&arena, (struct slice){text.data, text.size}, &value, NULL);
        assert_int_equal(result, n <= JSON_DEPTH_MAX ? 0 : -1);
        if (result == 0) {
            json_write(&out, value);
            assert_string_equal(out.data, text.data);
        }
        buffer_done(&text);
        buffer_done(&out);
        arena_done(&arena);
    }
}

/* Enough members for the table; every key twice. */
static void many_repeated(void **state)
{
    struct arena arena = ARENA_INIT;
    struct buffer text = BUFFER_INIT;

    for (int i = 0; i < 400; i++)
        buffer_printf(&text, "%s\"key%d\":%d", i ? "," : "{", i % 200, i);
    buffer_append_str(&text, "}");
    struct json *value = parse(&arena, text.data);
    assert_int_equal(value->size, 200);
    for (int i = 0; i < 200; i++) {
        char key[16];
        snprintf(key, sizeof(key), "key%d", i);
        struct json *member = json_get(value, key);
        assert_int_equal(json_integer_or(member, -1), i + 200);
        assert_int_equal(member->repeated, 1);
    }
    json_set_int(&arena, value, "last", 1);
    assert_int_equal(value->size, 201);
    buffer_done(&text);
    arena_done(&arena);
}

static void reading(void **state)
{
    struct arena arena = ARENA_INIT;
    struct json *v = parse(
        &arena,
        "{\"spec\":{\"containers\":[{\"image\":\"a\"},{\"image\":\"b\",\"n\":2.0,\"t\":true}]},\"x\":null}");

    assert_string_equal(json_string_at(v, "spec.containers[1].image"), "b");
    assert_int_equal(json_integer_at(v, "spec.containers[1].n", 0), 2);
    assert_true(json_boolean_at(v, "spec.containers[1].t", false));
    assert_null(json_at(v, "spec.containers[2].image"));
    assert_null(json_at(v, "spec.containers[x]"));
    assert_null(json_at(v, "spec.containers.image"));
    assert_null(json_at(v, "spec[0]"));
    assert_null(json_at(NULL, "a"));
    assert_ptr_equal(json_at(v, ""), v);
    assert_true(json_is_absent(json_get(v, "x")));
    assert_false(json_is_absent(json_get(v, "spec")));
    assert_string_equal(json_string_or(json_get(v, "spec"), "none"), "none");
    assert_int_equal(json_slice(NULL).size, 0);
    assert_int_equal(json_count(json_at(v, "spec.containers")), 2);
    assert_int_equal(json_count(json_at(v, "spec.containers[0].image")), 0);
    json_for_each (it, json_get(v, "x"))
        fail();
    assert_int_equal(json_integer_or(parse(&arena, "1.5"), 7), 7);
    assert_int_equal(json_integer_or(parse(&arena, "1e30"), 7), 7);
    arena_done(&arena);
}

static void changing(void **state)
{
    struct arena arena = ARENA_INIT;
    struct json *v = json_new_object(&arena);

    json_set_string(&arena, v, "a", "1");
    json_set_int(&arena, v, "b", 2);
    json_set_stringf(&arena, v, "c", "%d-%s", 3, "x");
    json_set_bool(&arena, v, "a", true);
    json_append_string(&arena, json_ensure(&arena, v, "d.e.f", JSON_ARRAY), "y");
    json_append(&arena, json_ensure(&arena, v, "d.e.f", JSON_ARRAY), json_new_null(&arena));
    json_insert(&arena, json_at(v, "d.e.f"), 0, json_new_double(&arena, 0.5));
    json_insert(&arena, json_at(v, "d.e.f"), 9, json_new_string(&arena, "z"));
    assert_written(v, "{\"a\":true,\"b\":2,\"c\":\"3-x\",\"d\":{\"e\":{\"f\":[0.5,\"y\",null,\"z\"]}}}");

    struct json *copy = json_copy(&arena, v);
    struct json *list = json_at(v, "d.e.f");
    json_remove_node(list, json_element(list, 3));
    json_remove_node(list, json_element(list, 0));
    json_append(&arena, list, json_new_bool(&arena, false));
    assert_true(json_remove(v, "a"));
    assert_false(json_remove(v, "a"));
    assert_null(json_set_string(&arena, v, "c", NULL));
    assert_written(v, "{\"b\":2,\"d\":{\"e\":{\"f\":[\"y\",null,false]}}}");
    json_replace(json_get(v, "d"), parse(&arena, "[1]"));
    json_set_object(&arena, v, "z");
    assert_written(v, "{\"b\":2,\"d\":[1],\"z\":{}}");
    assert_written(copy, "{\"a\":true,\"b\":2,\"c\":\"3-x\",\"d\":{\"e\":{\"f\":[0.5,\"y\",null,\"z\"]}}}");
    arena_done(&arena);
}

static void equality(void **state)
{
    static const struct {
        const char *a, *b;
        bool equal, semantic;
    } cases[] = {
        {"1", "1.0", true, true},
        {"1", "2", false, false},
        {"1", "1.5", false, false},
        {"9007199254740993", "9007199254740992.0", false, false},
        {"\"a\"", "\"a\"", true, true},
        {"\"a\"", "\"b\"", false, false},
        {"true", "false", false, false},
        {"true", "1", false, false},
        {"{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", true, true},
        {"{\"a\":1}", "{\"a\":1,\"b\":null}", false, true},
        {"{\"a\":1,\"b\":{}}", "{\"a\":1}", false, true},
        {"{\"a\":1,\"b\":[]}", "{\"a\":1,\"b\":{}}", false, true},
        {"{\"a\":{\"b\":[]}}", "{}", false, false},
        {"{\"a\":1}", "{\"a\":1,\"b\":0}", false, false},
        {"[1,2]", "[2,1]", false, false},
        {"[1,2]", "[1,2]", true, true},
        {"[]", "null", false, true},
        {"{\"a\":1,\"b\":1}", "{\"a\":1,\"c\":1}", false, false},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        struct json *a = parse(&arena, cases[i].a), *b = parse(&arena, cases[i].b);
        if (json_equal(a, b) != cases[i].equal || json_equal(b, a) != cases[i].equal)
            fail_msg("equal: %s %s", cases[i].a, cases[i].b);
        if (json_equal_semantic(a, b) != cases[i].semantic || json_equal_semantic(b, a) != cases[i].semantic)
            fail_msg("semantic: %s %s", cases[i].a, cases[i].b);
        arena_done(&arena);
    }
    assert_true(json_equal_semantic(NULL, NULL));
}

static void equality_of_large_maps(void **state)
{
    struct arena arena = ARENA_INIT;
    struct json *a = json_new_object(&arena), *b = json_new_object(&arena);
    char key[16];

    for (int i = 0; i < 300; i++) {
        snprintf(key, sizeof(key), "k%d", i);
        json_set_int(&arena, a, key, i);
        snprintf(key, sizeof(key), "k%d", 299 - i);
        json_set_int(&arena, b, key, 299 - i);
    }
    assert_true(json_equal(a, b));
    json_set_int(&arena, b, "k7", 8);
    assert_false(json_equal(a, b));
    assert_false(json_equal_semantic(a, b));
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip), cmocka_unit_test(refused),  cmocka_unit_test(nul_byte_refused),
        cmocka_unit_test(depth),      cmocka_unit_test(reading),  cmocka_unit_test(many_repeated),
        cmocka_unit_test(changing),   cmocka_unit_test(equality), cmocka_unit_test(equality_of_large_maps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
