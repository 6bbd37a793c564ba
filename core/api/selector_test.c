/* SPDX-License-Identifier: Apache-2.0 */
/* Selectors: what the grammar takes, which labels match, the canonical text, and the words of each refusal.
 */
#include "core/api/selector.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/base/memory.h"

static struct json *parse(struct arena *arena, const char *text)
{
    struct json *value;
    assert_int_equal(json_parse(arena, slice_of(text), &value, NULL), 0);
    return value;
}

static void query_matches(void **state)
{
    static const struct {
        const char *query, *labels;
        bool matches;
    } cases[] = {
        {"", "{}", true},
        {"  ", "{\"x\":\"y\"}", true},
        {"", "null", true},
        {"x=y", "{\"x\":\"y\"}", true},
        {"x==y", "{\"x\":\"y\"}", true},
        {" x = y ", "{\"x\":\"y\"}", true},
        {"x=y", "{\"x\":\"z\"}", false},
        {"x=y", "{}", false},
        {"x=y", "null", false},
        {"x=y,z=w", "{\"x\":\"y\",\"z\":\"w\"}", true},
        {"x=y,z=w", "{\"x\":\"y\"}", false},
        {"x=", "{\"x\":\"\"}", true},
        {"x=", "{}", false},
        {"x=,z=w", "{\"x\":\"\",\"z\":\"w\"}", true},
        {"x!=y", "{\"x\":\"z\"}", true},
        {"x!=y", "{}", true},
        {"x!=y", "{\"x\":\"y\"}", false},
        {"x", "{\"x\":\"\"}", true},
        {"x", "{}", false},
        {"!x", "{}", true},
        {"! x", "{\"x\":\"\"}", false},
        {"x in (a,b)", "{\"x\":\"b\"}", true},
        {"x in(a,b)", "{\"x\":\"a\"}", true},
        {"x in (a,b)", "{\"x\":\"c\"}", false},
        {"x in (a,b)", "{}", false},
        {"x in ()", "{\"x\":\"\"}", true},
        {"x in (,a)", "{\"x\":\"\"}", true},
        {"x in (a,)", "{\"x\":\"\"}", true},
        {"x in (a,,b)", "{\"x\":\"\"}", true},
        {"x notin (a,b)", "{\"x\":\"c\"}", true},
        {"x notin (a,b)", "{}", true},
        {"x notin (a,b)", "{\"x\":\"a\"}", false},
        {"x>1", "{\"x\":\"2\"}", true},
        {"x>1", "{\"x\":\"1\"}", false},
        {"x>1", "{\"x\":\"many\"}", false},
        {"x<7", "{\"x\":\"6\"}", true},
        {"x<7", "{}", false},
        {"in in (in,notin)", "{\"in\":\"notin\"}", true},
        {"notin=in", "{\"notin\":\"in\"}", true},
        {"example.com/a in (b),!c,d", "{\"example.com/a\":\"b\",\"d\":\"\"}", true},
        {"\tx\n=\ry", "{\"x\":\"y\"}", true},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(arena_done) struct arena arena = ARENA_INIT;
        struct selector *s;
        if (selector_parse(slice_of(cases[i].query), &s, NULL))
            fail_msg("%s does not parse", cases[i].query);
        if (selector_matches(s, parse(&arena, cases[i].labels)) != cases[i].matches)
            fail_msg("%s on %s", cases[i].query, cases[i].labels);
        selector_free(s);
    }
}

static void query_text(void **state)
{
    static const struct {
        const char *query, *text;
    } cases[] = {
        {"", ""},
        {"z=1,a==2", "a==2,z=1"},
        {"x in (c,a,b,a)", "x in (a,b,c)"},
        {"x in ()", "x in ()"},
        {"x notin (b)", "x notin (b)"},
        {" ! x , y ", "!x,y"},
        {"x != y", "x!=y"},
        {"x > 1,x<5", "x>1,x<5"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct selector *s;
        assert_int_equal(selector_parse(slice_of(cases[i].query), &s, NULL), 0);
        _cleanup_free_ char *text = selector_text(s);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(selector_is_everything(s), !*cases[i].query);
        selector_free(s);
    }
}

static void query_refused(void **state)
{
    static const struct {
        const char *query, *message;
    } cases[] = {
        {",", "found ',', expected: !, identifier, or 'end of string'"},
        {"=x", "found '=', expected: !, identifier, or 'end of string'"},
        {"x,", "found '', expected: identifier after ','"},
        {"x,,y", "found ',', expected: identifier after ','"},
        {"x=a b", "found 'b', expected: ',' or 'end of string'"},
        {"x=a||y=b", "values[0][x]: Invalid value: \"a||y\""},
        {"x in a", "unable to parse requirement: found 'a' expected: '('"},
        {"x in (a", "unable to parse requirement: found '', expected: ',' or ')'"},
        {"x in (a b)", "unable to parse requirement: found 'b', expected: ',' or ')'"},
        {"x in (=)", "unable to parse requirement: found '=', expected: ',', ')' or identifier"},
        {"x ! y", "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt"},
        {"x y", "unable to parse requirement: found 'y', expected: in, notin, =, ==, !=, gt, lt"},
        {"!x=a", "found '=', expected: ',' or 'end of string'"},
        {"!", "unable to parse requirement: found '', expected: identifier"},
        {"x==!y", "unable to parse requirement: found '!', expected: identifier"},
        {"x===y", "unable to parse requirement: found '=', expected: identifier"},
        {"x>a", "values[0]: Invalid value: \"a\": for 'Gt', 'Lt' operators, the value must be an integer"},
        {"x<-1", "values[0][x]: Invalid value: \"-1\": a valid label must be"},
        {"a/b/c=d",
         "unable to parse requirement: <nil>: Invalid value: \"a/b/c\": a qualified name must consist of"},
        {"x=a_", "unable to parse requirement: values[0][x]: Invalid value: \"a_\": a valid label must be"},
        {"x in (a_,b_)", "unable to parse requirement: [values[0][x]: Invalid value: \"a_\""},
        {"\x01=b", "Invalid value: \"\\x01\""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct selector *s;
        if (!selector_parse(slice_of(cases[i].query), &s, &err))
            fail_msg("\"%s\" should be refused", cases[i].query);
        assert_int_equal(err.code, ERR_BAD_REQUEST);
        if (!strstr(err.message, cases[i].message))
            fail_msg("\"%s\": %s", cases[i].query, err.message);
    }
}

static void object_selectors(void **state)
{
    static const struct {
        const char *selector, *text; /* text NULL: selects nothing */
        const char *wrong;
    } cases[] = {
        {"null", NULL},
        {"{}", ""},
        {"{\"matchLabels\":{\"b\":\"2\",\"a\":\"1\"}}", "a=1,b=2"},
        {"{\"matchLabels\":{\"a\":\"1\"},\"matchExpressions\":[{\"key\":\"c\",\"operator\":\"In\",\"values\":"
         "[\"y\",\"x\"]}]}",
         "a=1,c in (x,y)"},
        {"{\"matchExpressions\":[{\"key\":\"c\",\"operator\":\"NotIn\",\"values\":[\"x\"]}]}", "c notin (x)"},
        {"{\"matchExpressions\":[{\"key\":\"c\",\"operator\":\"Exists\"}]}", "c"},
        {"{\"matchExpressions\":[{\"key\":\"c\",\"operator\":\"DoesNotExist\",\"values\":[]}]}", "!c"},
        {"{\"matchExpressions\":[{\"key\":\"c\",\"operator\":\"Gt\",\"values\":[\"1\"]}]}", NULL,
         "\"Gt\" is not a valid label selector operator"},
        {"{\"matchExpressions\":[{\"key\":\"c\",\"operator\":\"In\"}]}", NULL,
         "values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty"},
        {"{\"matchExpressions\":[{\"key\":\"c\",\"operator\":\"Exists\",\"values\":[\"x\"]}]}", NULL,
         "values: Invalid value: [\"x\"]: values set must be empty for exists and does not exist"},
        {"{\"matchLabels\":{\"a b\":\"1\",\"c\":\"_\"}}", NULL,
         "[key: Invalid value: \"a b\": name part must consist of"},
        {"{\"matchExpressions\":[{}]}", NULL, "\"\" is not a valid label selector operator"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(arena_done) struct arena arena = ARENA_INIT;
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct selector *s = NULL;
        int r = selector_from_json(parse(&arena, cases[i].selector), &s, &err);
        assert_int_equal(r, cases[i].wrong ? -1 : 0);
        if (r) {
            assert_int_equal(err.code, ERR_INVALID);
            if (!strstr(err.message, cases[i].wrong))
                fail_msg("%s: %s", cases[i].selector, err.message);
            continue;
        }
        _cleanup_free_ char *text = selector_text(s);
        assert_string_equal(text, cases[i].text ? cases[i].text : "");
        assert_int_equal(selector_matches(s, NULL),
                         cases[i].text &&
                             (!*cases[i].text || *cases[i].text == '!' || strstr(text, "notin")));
        selector_free(s);
    }
}

static void map_selectors(void **state)
{
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    struct json *labels = parse(&arena, "{\"app\":\"web\",\"tier\":\"front\"}");
    struct selector *s = selector_from_map(parse(&arena, "{\"app\":\"web\"}"));
    assert_true(selector_matches(s, labels));
    assert_false(selector_matches(s, parse(&arena, "{\"app\":\"db\"}")));
    selector_free(s);
    s = selector_from_map(parse(&arena, "{}"));
    assert_false(selector_matches(s, labels));
    assert_false(selector_is_everything(s));
    selector_free(s);
    s = selector_from_map(NULL);
    assert_false(selector_matches(s, labels));
    selector_free(s);
    selector_free(NULL);
}

static void field_terms(void **state)
{
    static const char *const pod = "{\"metadata\":{\"name\":\"a,b=c\\\\d\"},\"spec\":{\"nodeName\":\"n1\","
                                   "\"hostNetwork\":true},\"n\":7}";
    static const struct {
        const char *query;
        bool matches;
    } cases[] = {
        {"", true},
        {"spec.nodeName=n1", true},
        {"spec.nodeName==n1", true},
        {"spec.nodeName!=n1", false},
        {"spec.nodeName=n2", false},
        {"spec.nodeName!=n2,spec.hostNetwork=true", true},
        {"spec.nodeName=n1,,", true},
        {"status.phase=", true},
        {"status.phase!=", false},
        {"status.phase!=Failed", true},
        {"metadata.name=a\\,b\\=c\\\\d", true},
        {"n=7", true},
        {"n=8", false},
        {"spec.hostNetwork=false", false},
    };
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    struct json *object = parse(&arena, pod);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct field_selector *s;
        assert_int_equal(field_selector_parse(slice_of(cases[i].query), &s, NULL), 0);
        if (field_selector_matches(s, object) != cases[i].matches)
            fail_msg("%s", cases[i].query);
        field_selector_free(s);
    }
}

static void field_terms_refused(void **state)
{
    static const struct {
        const char *query, *message;
    } cases[] = {
        {"name", "invalid selector: 'name'; can't understand 'name'"},
        {"a=b,c", "invalid selector: 'a=b,c'; can't understand 'c'"},
        {"a=b=c", "invalid field selector: unescaped character in value: 61"},
        {"a=b\\n", "invalid field selector: invalid escape sequence: \\n"},
        {"a=b\\", "invalid field selector: invalid escape sequence: \\"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct field_selector *s;
        assert_int_equal(field_selector_parse(slice_of(cases[i].query), &s, &err), -1);
        assert_int_equal(err.code, ERR_BAD_REQUEST);
        assert_string_equal(err.message, cases[i].message);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(query_matches),       cmocka_unit_test(query_text),
        cmocka_unit_test(query_refused),       cmocka_unit_test(object_selectors),
        cmocka_unit_test(map_selectors),       cmocka_unit_test(field_terms),
        cmocka_unit_test(field_terms_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
