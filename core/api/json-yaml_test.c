/* SPDX-License-Identifier: Apache-2.0 */
/* YAML as kubectl reads it: what plain scalars mean, blocks, anchors, merges; what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdint.h>

#include "core/api/json.h"
#include "core/base/memory.h"

static void meaning(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"a: 1\nb: x", "{\"a\":1,\"b\":\"x\"}"},
        {"{\"a\":[1,2.5]}", "{\"a\":[1,2.5]}"},
        {"{a: [1, b]}", "{\"a\":[1,\"b\"]}"},
        {"- 1\n- 0x1F\n- 010\n- 0o17\n- 0b11\n- -5\n- +7\n- 1_000\n", "[1,31,8,15,3,-5,7,1000]"},
        {"- 1.5\n- .5\n- 1e3\n- -2.5e-1\n- 1.\n", "[1.5,0.5,1000,-0.25,1]"},
        {"- y\n- Yes\n- on\n- TRUE\n- n\n- off\n- False\n", "[true,true,true,true,false,false,false]"},
        {"- ~\n- null\n-\n- NULL\n", "[null,null,null,null]"},
        {"- 'true'\n- \"1\"\n- !!str 5\n", "[\"true\",\"1\",\"5\"]"},
        {"- 2001-01-01\n- 1.2.3\n- 100m\n- 0x\n- 1e\n- 12:30\n- 08\n- 5Gi\n- +\n- .\n",
         "[\"2001-01-01\",\"1.2.3\",\"100m\",\"0x\",\"1e\",\"12:30\",8,\"5Gi\",\"+\",\".\"]"},
        {"99999999999999999999", "100000000000000000000"},
        {"1e999: -1e999\n", "{\"1e999\":\"-1e999\"}"}, /* no number of ours: text */
        {"a: |\n  x\n  y\nb: >-\n  x\n  y\n", "{\"a\":\"x\\ny\\n\",\"b\":\"x y\"}"},
        {"1: a\ntrue: b\n", "{\"1\":\"a\",\"true\":\"b\"}"},
        {"a: &x {b: 1}\nc: *x\n", "{\"a\":{\"b\":1},\"c\":{\"b\":1}}"},
        {"a: &x {b: 1, c: 2}\nd:\n  <<: *x\n  c: 3\n", "{\"a\":{\"b\":1,\"c\":2},\"d\":{\"c\":3,\"b\":1}}"},
        {"<<: [{a: 1}, {a: 2, b: 3}]\n", "{\"a\":1,\"b\":3}"},
        {"a: 1\nb: 2\na: 3\n", "{\"a\":3,\"b\":2}"},
        {"---\na: 1\n---\n", "{\"a\":1}"},
        {"# nothing\n", "null"},
        {"", "null"},
        {"a: \"\\u00e9\\n\"", "{\"a\":\"\xc3\xa9\\n\"}"},
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        struct buffer out = BUFFER_INIT;
        struct error err = ERROR_INIT;
        struct json *value;
        if (json_parse_yaml(&arena, slice_of(cases[i].text), &value, &err) < 0)
            fail_msg("%s: %s", cases[i].text, err.message);
        json_write(&out, value);
        assert_string_equal(out.data, cases[i].want);
        buffer_done(&out);
        arena_done(&arena);
    }
}

static void refused(void **state)
{
    static const char *const cases[] = {
        "a: [1",
        "a: b: c",
        "\ta: 1",
        "a: *x",
        "a: &x [*x]",
        "{[1]: 2}",
        "a: 1\n---\nb: 2\n",
        "? {a: 1}\n: 2",
        "a: \xff\xfe",
        "<<: 1",
        "<<: [1]",
        "\"a",

        "~: 1",
        "a: &a [x,x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c "
        "[*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
        "d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: "
        "[*e,*e,*e,*e,*e,*e,*e,*e,*e,*e]",
    };

    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct arena arena = ARENA_INIT;
        struct error err = ERROR_INIT;
        struct json *value;
        if (json_parse_yaml(&arena, slice_of(cases[i]), &value, &err) == 0)
            fail_msg("accepted: %s", cases[i]);
        assert_int_equal(err.code, ERR_BAD_REQUEST);
        error_done(&err);
        arena_done(&arena);
    }
}

static void too_deep(void **state)
{
    struct arena arena = ARENA_INIT;
    struct buffer text = BUFFER_INIT;
    struct json *value;

    for (int i = 0; i <= JSON_DEPTH_MAX; i++)
        buffer_append_str(&text, "- ");
    assert_int_equal(json_parse_yaml(&arena, (struct slice){text.data, text.size}, &value, NULL), -1);
    buffer_done(&text);
    arena_done(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(meaning),
        cmocka_unit_test(refused),
        cmocka_unit_test(too_deep),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
