/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration and objects as a plugin reads them through the host's table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#include "core/api/json.h"
#include "core/base/arena.h"
#include "core/base/memory.h"
#include "core/plugin/test-host.h"

static const char settings[] = "text = \"a word\";\n"
                               "number = 42; big = 5000000000L; negative = -1; ratio = 1.5;\n"
                               "yes = true;\n"
                               "api = { endpoint = \"https://x\"; port = 443;\n"
                               "  deep = { key = \"value\"; }; };\n"
                               "zones = ( \"a\", \"b\", 3 );\n"
                               "ports = [ 1, 2 ];\n"
                               "nodes = ( { name = \"n1\"; },\n"
                               "          { name = 5; } );\n"
                               "empty = ();\n";

enum reading { TEXT, INTEGER, BOOLEAN, LENGTH, MEMBER0 };
static const struct config_case {
    enum reading reading;
    const char *path;
    enum keelson_status status;
    const char *text; /* what is read; with KEELSON_INVALID what is said */
    int64_t number;
} config_cases[] = {
    {TEXT, "text", KEELSON_OK, "a word", 0},
    {TEXT, "api.endpoint", KEELSON_OK, "https://x", 0},
    {TEXT, "api.deep.key", KEELSON_OK, "value", 0},
    {TEXT, "zones.[1]", KEELSON_OK, "b", 0},
    {TEXT, "nothing", KEELSON_NOT_FOUND, NULL, 0},
    {TEXT, "api.nothing", KEELSON_NOT_FOUND, NULL, 0},
    {TEXT, "text.below", KEELSON_NOT_FOUND, NULL, 0},
    {TEXT, "number", KEELSON_INVALID, "configuration:2: setting \"number\" is not a string", 0},
    {TEXT, "api", KEELSON_INVALID, "configuration:4: setting \"api\" is not a string", 0},
    {INTEGER, "number", KEELSON_OK, NULL, 42},
    {INTEGER, "big", KEELSON_OK, NULL, 5000000000},
    {INTEGER, "negative", KEELSON_OK, NULL, -1},
    {INTEGER, "api.port", KEELSON_OK, NULL, 443},
    {INTEGER, "nothing", KEELSON_NOT_FOUND, NULL, 0},
    {INTEGER, "ratio", KEELSON_INVALID, "configuration:2: setting \"ratio\" is not a whole number", 0},
    {INTEGER, "text", KEELSON_INVALID, "configuration:1: setting \"text\" is not a whole number", 0},
    {BOOLEAN, "yes", KEELSON_OK, NULL, 1},
    {BOOLEAN, "number", KEELSON_INVALID, "configuration:2: setting \"number\" is not true or false", 0},
    {BOOLEAN, "nothing", KEELSON_NOT_FOUND, NULL, 0},
    {LENGTH, "zones", KEELSON_OK, NULL, 3},
    {LENGTH, "ports", KEELSON_OK, NULL, 2},
    {LENGTH, "empty", KEELSON_OK, NULL, 0},
    {LENGTH, "nothing", KEELSON_NOT_FOUND, NULL, 0},
    {LENGTH, "text", KEELSON_INVALID, "configuration:1: setting \"text\" is not a list", 0},
    {MEMBER0, "", KEELSON_OK, "text", 0},
    {MEMBER0, NULL, KEELSON_OK, "text", 0},
    {MEMBER0, "api", KEELSON_OK, "endpoint", 0},
    {MEMBER0, "nothing", KEELSON_NOT_FOUND, NULL, 0},
    {MEMBER0, "zones", KEELSON_INVALID, "configuration:6: setting \"zones\" is not a group", 0},
};

struct config_read {
    const struct keelson_host *host;
    const struct keelson_config *group;
    const struct config_case *what;
    const char *text;
    int64_t number;
};

static enum keelson_status read_config(void *handle, const struct keelson_call *call, void *arguments)
{
    struct config_read *r = arguments;
    const struct keelson_host *h = r->host;
    enum keelson_status status = KEELSON_FAILED;
    int boolean = 0;
    uint32_t length = 0;
    switch (r->what->reading) {
    case TEXT:
        return h->config_string(call, r->group, r->what->path, &r->text);
    case INTEGER:
        return h->config_integer(call, r->group, r->what->path, &r->number);
    case BOOLEAN:
        status = h->config_boolean(call, r->group, r->what->path, &boolean);
        r->number = boolean;
        return status;
    case LENGTH:
        status = h->config_length(call, r->group, r->what->path, &length);
        r->number = length;
        return status;
    case MEMBER0:
        return h->config_member(call, r->group, r->what->path, 0, &r->text);
    }
    return status;
}

static void check_config(struct plugin_instance *i, const struct config_case *c)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    const struct test_account *account = plugin_instance_handle(i);
    struct config_read r = {test_table(i), account->config, c, NULL, 0};
    int result = test_call(i, read_config, &r, &err);
    assert_int_equal(result, c->status == KEELSON_OK ? 0 : -1);
    if (c->status == KEELSON_INVALID) {
        _cleanup_free_ char *wanted = xasprintf("plugin x: test: %s", c->text);
        assert_int_equal(err.code, ERR_BAD_REQUEST);
        assert_string_equal(err.message, wanted);
    } else if (c->status == KEELSON_NOT_FOUND) {
        assert_int_equal(err.code, ERR_NOT_FOUND);
        assert_null(r.text);
    } else if (c->text) {
        assert_string_equal(r.text, c->text);
    } else {
        assert_true(r.number == c->number);
    }
}

static void test_config(void **state)
{
    struct plugin_instance *i = test_load(*state, "x", "test-parallel", settings);
    for (size_t n = 0; n < ARRAY_SIZE(config_cases); n++)
        check_config(i, &config_cases[n]);
}

static enum keelson_status walk_lists(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct keelson_host *h = arguments;
    const struct keelson_config *all = ((struct test_account *)handle)->config, *element = NULL;
    const char *text = NULL, *member = NULL;
    int64_t number = 0;
    assert_int_equal(h->config_element(call, all, "zones", 0, &element), KEELSON_OK);
    assert_int_equal(h->config_string(call, element, "", &text), KEELSON_OK);
    assert_string_equal(text, "a");
    assert_int_equal(h->config_element(call, all, "ports", 1, &element), KEELSON_OK);
    assert_int_equal(h->config_integer(call, element, "", &number), KEELSON_OK);
    assert_int_equal(number, 2);
    assert_int_equal(h->config_element(call, all, "zones", 3, &element), KEELSON_NOT_FOUND);
    assert_int_equal(h->config_element(call, all, "none", 0, &element), KEELSON_NOT_FOUND);
    assert_int_equal(h->config_element(call, all, "text", 0, &element), KEELSON_INVALID);
    assert_int_equal(h->config_element(call, all, "nodes", 0, &element), KEELSON_OK);
    assert_int_equal(h->config_string(call, element, "name", &text), KEELSON_OK);
    assert_string_equal(text, "n1");
    assert_int_equal(h->config_member(call, element, "", 0, &member), KEELSON_OK);
    assert_string_equal(member, "name");
    assert_int_equal(h->config_member(call, element, "", 1, &member), KEELSON_NOT_FOUND);
    assert_string_equal(h->config_where(all, "api.port"), "configuration:4");
    assert_string_equal(h->config_where(all, "no such"), h->config_where(all, ""));
    assert_int_equal(h->config_element(call, all, "nodes", 1, &element), KEELSON_OK);
    assert_string_equal(h->config_where(element, "name"), "configuration:9");
    return h->config_string(call, element, "name", &text);
}

static void test_lists(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_instance *i = test_load(*state, "x", "test-parallel", settings);
    assert_int_equal(test_call(i, walk_lists, (void *)test_table(i), &err), -1);
    assert_string_equal(err.message, "plugin x: test: configuration:9: setting \"name\" is not a string");
}

static enum keelson_status read_nothing(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct keelson_host *h = arguments;
    const struct keelson_config *element = NULL;
    const char *text = "untouched";
    int64_t number = 7;
    uint32_t length = 7;
    int boolean = 7;
    assert_null(((struct test_account *)handle)->config);
    assert_int_equal(h->config_string(call, NULL, "a", &text), KEELSON_NOT_FOUND);
    assert_int_equal(h->config_integer(call, NULL, "a", &number), KEELSON_NOT_FOUND);
    assert_int_equal(h->config_boolean(call, NULL, "a", &boolean), KEELSON_NOT_FOUND);
    assert_int_equal(h->config_length(call, NULL, "a", &length), KEELSON_NOT_FOUND);
    assert_int_equal(h->config_element(call, NULL, "a", 0, &element), KEELSON_NOT_FOUND);
    assert_int_equal(h->config_member(call, NULL, "", 0, &text), KEELSON_NOT_FOUND);
    assert_non_null(h->config_where(NULL, "a"));
    assert_string_equal(text, "untouched");
    assert_true(number == 7 && length == 7 && boolean == 7);
    return KEELSON_OK;
}

/* No config group in the entry. */
static void test_no_config(void **state)
{
    struct plugin_instance *i = test_load(*state, "x", "test-parallel", NULL);
    assert_int_equal(test_call(i, read_nothing, (void *)test_table(i), NULL), 0);
}

static const char node[] =
    "{\"metadata\":{\"name\":\"n1\",\"labels\":{\"topology.kubernetes.io/zone\":\"eu\",\"a\":\"\"},"
    "\"empty\":{}},\"spec\":{\"unschedulable\":true,\"weight\":1.5,\"none\":null,"
    "\"ports\":[{\"port\":80},{\"port\":443}],\"words\":[\"x\",\"y\"]}}";

static const struct {
    const char *path;
    enum keelson_status string, integer, boolean, length;
    const char *text;
    int64_t number; /* of whichever is right */
} object_cases[] = {
#define NO   KEELSON_INVALID
#define GONE KEELSON_NOT_FOUND, KEELSON_NOT_FOUND, KEELSON_NOT_FOUND, KEELSON_NOT_FOUND
    {"metadata.name", KEELSON_OK, NO, NO, NO, "n1", 0},
    {"metadata.labels[topology.kubernetes.io/zone]", KEELSON_OK, NO, NO, NO, "eu", 0},
    {"metadata.labels.a", KEELSON_OK, NO, NO, NO, "", 0},
    {"metadata[name]", KEELSON_OK, NO, NO, NO, "n1", 0},
    {"spec.ports[1].port", NO, KEELSON_OK, NO, NO, NULL, 443},
    {"spec[ports][0][port]", NO, KEELSON_OK, NO, NO, NULL, 80},
    {"spec.unschedulable", NO, NO, KEELSON_OK, NO, NULL, 1},
    {"spec.words[1]", KEELSON_OK, NO, NO, NO, "y", 0},
    {"spec.words", NO, NO, NO, KEELSON_OK, NULL, 2},
    {"metadata.labels", NO, NO, NO, KEELSON_OK, NULL, 2},
    {"metadata.empty", NO, NO, NO, KEELSON_OK, NULL, 0},
    {"", NO, NO, NO, KEELSON_OK, NULL, 2},
    {"spec.weight", NO, NO, NO, NO, NULL, 0},
    {"spec.ports[2].port", GONE, NULL, 0},
    {"spec.ports[-1]", GONE, NULL, 0},
    {"spec.ports[x]", GONE, NULL, 0},
    {"spec.ports[99999999999999999999]", GONE, NULL, 0},
    {"spec.nothing", GONE, NULL, 0},
    {"metadata.name.below", GONE, NULL, 0},
    {"metadata.labels.topology.kubernetes.io/zone", GONE, NULL, 0},
    {"spec.ports[1", NO, NO, NO, KEELSON_OK, NULL, 1}, /* a bracket that is not closed ends with the path */
    {"[", GONE, NULL, 0},
    {"..", GONE, NULL, 0},
#undef NO
#undef GONE
};

static void test_objects(void **state)
{
    _cleanup_(arena_done) struct arena arena = {0};
    struct json *document = NULL;
    const struct keelson_host *h = test_table(test_load(*state, "x", "test-parallel", NULL));
    assert_int_equal(json_parse(&arena, slice_of(node), &document, NULL), 0);
    struct keelson_object *object = plugin_object_new(document);
    for (size_t n = 0; n < ARRAY_SIZE(object_cases); n++) {
        const char *path = object_cases[n].path;
        struct keelson_bytes text = {NULL, 0};
        int64_t number = 0;
        int boolean = 0;
        uint32_t length = 0;
        if (h->object_string(object, path, &text) != object_cases[n].string ||
            h->object_integer(object, path, &number) != object_cases[n].integer ||
            h->object_boolean(object, path, &boolean) != object_cases[n].boolean ||
            h->object_length(object, path, &length) != object_cases[n].length)
            fail_msg("%s: another status", path);
        assert_int_equal(number + boolean + length, object_cases[n].number);
        if (object_cases[n].text) {
            assert_int_equal(text.size, strlen(object_cases[n].text));
            assert_memory_equal(text.data, object_cases[n].text, text.size);
        }
    }
    plugin_object_free(object);
}

static void test_members(void **state)
{
    static const struct {
        const char *path, *key, *value;
        uint32_t index;
    } cases[] = {
        {"metadata.labels", "topology.kubernetes.io/zone", "eu", 0},
        {"metadata.labels", "a", "", 1},
        {"spec", "unschedulable", "true", 0},
        {"spec", "ports", "[{\"port\":80},{\"port\":443}]", 3},
    };
    _cleanup_(arena_done) struct arena arena = {0};
    struct json *document = NULL;
    const struct keelson_host *h = test_table(test_load(*state, "x", "test-parallel", NULL));
    assert_int_equal(json_parse(&arena, slice_of(node), &document, NULL), 0);
    struct keelson_object *object = plugin_object_new(document);
    struct keelson_bytes key, value;
    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        assert_int_equal(h->object_member(object, cases[n].path, cases[n].index, &key, &value), KEELSON_OK);
        assert_int_equal(key.size, strlen(cases[n].key));
        assert_memory_equal(key.data, cases[n].key, key.size);
        assert_int_equal(value.size, strlen(cases[n].value));
        assert_memory_equal(value.data, cases[n].value, value.size);
    }
    assert_int_equal(h->object_member(object, "metadata.labels", 2, &key, &value), KEELSON_NOT_FOUND);
    assert_int_equal(h->object_member(object, "none", 0, &key, &value), KEELSON_NOT_FOUND);
    assert_int_equal(h->object_member(object, "spec.words", 0, &key, &value), KEELSON_INVALID);
    plugin_object_free(object);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_config), CASE(test_lists), CASE(test_no_config), CASE(test_objects), CASE(test_members),
    };
    return cmocka_run_group_tests(tests, test_group_start, test_group_end);
}
