/* SPDX-License-Identifier: Apache-2.0 */
/* JSON paths as custom resource definitions have them, and tables made with them. */
#include "core/api/jsonpath.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/api/print.h"
#include "core/base/clock.h"
#include "core/base/memory.h"

static const char *const object = "{\"metadata\":{\"name\":\"x\",\"creationTimestamp\":\"2026-01-01T00:00:"
                                  "00Z\",\"labels\":{\"app.kubernetes.io/name\":\"web\"}},"
                                  "\"spec\":{\"replicas\":3,\"ratio\":1.5,\"on\":true,\"nothing\":null,"
                                  "\"list\":[1,2,3,4,5],\"map\":{\"a\":\"b\"}},"
                                  "\"status\":{\"conditions\":[{\"type\":\"Old\",\"status\":\"False\",\"n\":"
                                  "1},{\"type\":\"Ready\",\"status\":\"True\",\"n\":2}]}}";

static bool gather(void *context, const struct json *value)
{
    struct buffer *out = context;
    if (out->size)
        buffer_append_char(out, ' ');
    json_write(out, value);
    return true;
}

static void finds(void **state)
{
    static const struct {
        const char *path, *found;
    } cases[] = {
        {".spec.replicas", "3"},
        {"{.spec.replicas}", "3"},
        {"$.spec.replicas", "3"},
        {".spec.absent", ""},
        {".spec.nothing", ""},
        {".spec.replicas.deeper", ""},
        {".metadata.labels['app\\.kubernetes\\.io/name']", "\"web\""},
        {".metadata.labels.app\\.kubernetes\\.io/name", "\"web\""},
        {".metadata.labels[\"app.kubernetes.io/name\"]", "\"web\""},
        {".spec.list[0]", "1"},
        {".spec.list[-1]", "5"},
        {".spec.list[9]", ""},
        {".spec.list[1:3]", "2 3"},
        {".spec.list[-2:]", "4 5"},
        {".spec.list[:2]", "1 2"},
        {".spec.list[::2]", "1 3 5"},
        {".spec.list[*]", "1 2 3 4 5"},
        {".spec.map.*", "\"b\""},
        {".spec.map[0]", ""},
        {".status.conditions[?(@.type==\"Ready\")].status", "\"True\""},
        {".status.conditions[?(@.type == 'Ready')].status", "\"True\""},
        {".status.conditions[?(@.type!='Ready')].status", "\"False\""},
        {".status.conditions[?(@.n>1)].type", "\"Ready\""},
        {".status.conditions[?(@.n<=1)].type", "\"Old\""},
        {".status.conditions[?(@.absent)].type", ""},
        {".status.conditions[?(@.n)].type", "\"Old\" \"Ready\""},
        {".status.conditions[*].status", "\"False\" \"True\""},
        {".status.conditions[?(@.type>1)].type", ""},
    };
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    struct json *root;
    assert_int_equal(json_parse(&arena, slice_of(object), &root, NULL), 0);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(buffer_done) struct buffer out = BUFFER_INIT;
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct jsonpath *path;
        if (jsonpath_parse(slice_of(cases[i].path), &path, &err))
            fail_msg("%s: %s", cases[i].path, err.message);
        jsonpath_each(path, root, gather, &out);
        if (strcmp(out.data ? out.data : "", cases[i].found))
            fail_msg("%s: got %s, want %s", cases[i].path, out.data ? out.data : "nothing", cases[i].found);
        jsonpath_free(path);
    }
}

static void refuses(void **state)
{
    static const char *const cases[] = {
        "",
        "spec",
        "{.spec",
        ".spec..x",
        ".spec[",
        ".spec[]",
        ".spec[x]",
        ".spec['x]",
        ".spec['x'",
        ".spec[1",
        ".spec[1:",
        ".spec[::0]",
        ".a[?(@.b=='c]",
        ".a[?(@.b==)]",
        ".a[?(@.b==1]",
        ".a[?(b==1)]",
        ".a[?(@.a[?(@.a[?(@.a[?(@.a[?(@.a)])])])])]",
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct jsonpath *path;
        if (!jsonpath_parse(slice_of(cases[i]), &path, &err))
            fail_msg("%s is taken", cases[i]);
        assert_int_equal(err.code, ERR_BAD_REQUEST);
        assert_non_null(strstr(err.message, "JSON path: at offset "));
    }
}

static void custom_tables(void **state)
{
    static const char *const columns =
        "[{\"name\":\"Replicas\",\"type\":\"integer\",\"jsonPath\":\".spec.replicas\",\"description\":\"How "
        "many.\"},"
        "{\"name\":\"On\",\"type\":\"boolean\",\"jsonPath\":\".spec.on\"},{\"name\":\"Ratio\",\"type\":"
        "\"number\",\"jsonPath\":\".spec.ratio\"},"
        "{\"name\":\"Map\",\"type\":\"string\",\"jsonPath\":\".spec.map\",\"priority\":1},{\"name\":\"None\","
        "\"type\":\"string\",\"jsonPath\":\".x\"},"
        "{\"name\":\"Wrong\",\"type\":\"integer\",\"jsonPath\":\".metadata.name\"},"
        "{\"name\":\"Ready\",\"type\":\"string\",\"jsonPath\":\".status.conditions[?(@.type==\\\"Ready\\\")]."
        "status\"},"
        "{\"name\":\"Age\",\"type\":\"date\",\"jsonPath\":\".metadata.creationTimestamp\"}]";
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    _cleanup_(buffer_done) struct buffer out = BUFFER_INIT;
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct json *root, *parsed;
    struct print_custom *custom;
    int64_t now;
    assert_true(time_parse(SLICE("2026-01-01T00:00:30Z"), &now));
    assert_int_equal(json_parse(&arena, slice_of(object), &root, NULL), 0);
    assert_int_equal(json_parse(&arena, slice_of(columns), &parsed, NULL), 0);
    assert_int_equal(print_custom_new(parsed, &custom, NULL), 0);
    print_custom_cells(custom, root, now, &out);
    assert_string_equal(out.data, "[\"x\",3,true,1.5,\"{\\\"a\\\":\\\"b\\\"}\",null,null,\"True\",\"30s\"]");
    buffer_clear(&out);
    print_custom_columns(custom, &out);
    assert_non_null(strstr(out.data, "{\"name\":\"Replicas\",\"type\":\"integer\",\"format\":\"\","
                                     "\"description\":\"How many.\",\"priority\":0}"));
    print_custom_free(custom);

    buffer_clear(&out);
    assert_int_equal(print_custom_new(NULL, &custom, NULL), 0);
    print_custom_cells(custom, root, now, &out);
    assert_string_equal(out.data, "[\"x\",\"30s\"]");
    print_custom_free(custom);

    assert_int_equal(json_parse(&arena, SLICE("[{\"jsonPath\":\".a\"},{\"jsonPath\":\"a\"}]"), &parsed, NULL),
                     0);
    assert_int_equal(print_custom_new(parsed, &custom, &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    assert_non_null(strstr(err.message, "additionalPrinterColumns[1].jsonPath: JSON path: at offset 0"));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds),
        cmocka_unit_test(refuses),
        cmocka_unit_test(custom_tables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
