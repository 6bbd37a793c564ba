/* SPDX-License-Identifier: Apache-2.0 */
/* Reading Google's answers, its errors, and links. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "plugins/cloud-gcp/api.h"

static json_object *parse(const char *text)
{
    return document_parse(text, strlen(text));
}

static void test_parse(void **state)
{
    static const char *const refused[] = {
        "", " ", "[]", "1", "null", "{", "{}x", "{} {}", "{\"a\":}", "{\"a\":\"\xff\"}", "<html>"};
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        json_object *o = parse(refused[i]);
        if (o)
            fail_msg("taken: %s", refused[i]);
    }
    _cleanup_document_ json_object *o = parse(" {\"a\": \"b\"}\r\n\t ");
    assert_string_equal(document_text(o, "a"), "b");
    char deep[2000];
    memset(deep, '[', sizeof(deep));
    memcpy(deep, "{\"a\":", 5);
    assert_null(document_parse(deep, sizeof(deep)));
}

static void test_types(void **state)
{
    _cleanup_document_ json_object *o =
        parse("{\"text\": \"t\", \"number\": 1, \"list\": [1, {}], \"object\": {}, \"null\": null}");
    assert_null(document_text(o, "number"));
    assert_null(document_text(o, "null"));
    assert_null(document_text(NULL, "text"));
    assert_null(document_text(document_array(o, "list"), "text"));
    assert_null(document_array(o, "object"));
    assert_null(document_object(o, "list"));
    assert_int_equal(document_length(document_array(o, "absent")), 0);
    assert_null(document_element(document_array(o, "list"), 0, json_type_object));
    assert_non_null(document_element(document_array(o, "list"), 1, json_type_object));
    assert_null(document_element(document_array(o, "list"), 2, json_type_object));
    assert_null(document_element(NULL, 0, json_type_object));
}

static void test_covers(void **state)
{
    static const struct {
        const char *have, *want;
        bool covered;
    } rows[] = {
        {"{}", "{}", true},
        {"{\"a\": 1, \"b\": 2}", "{\"a\": 1}", true},
        {"{\"a\": \"1\"}", "{\"a\": 1}", true},
        {"{}", "{\"a\": 1}", false},
        {"{}", "{\"a\": false}", true},
        {"{\"a\": true}", "{\"a\": false}", false},
        {"{\"a\": \"false\"}", "{\"a\": false}", false},
        {"{}", "{\"a\": []}", true},
        {"{\"a\": [1]}", "{\"a\": []}", false},
        {"{\"a\": [2, 1]}", "{\"a\": [1, 2]}", true},
        {"{\"a\": [2, 1, 3]}", "{\"a\": [1, 2]}", false},
        {"{\"a\": \"x\"}", "{\"a\": [\"x\"]}", false},
        {"{\"a\": {\"b\": 1, \"c\": 2}}", "{\"a\": {\"b\": 1}}", true},
        {"{\"a\": 1}", "{\"a\": {\"b\": 1}}", false},
        {"{\"a\": \"https://www.googleapis.com/compute/v1/projects/p/global/networks/n\"}",
         "{\"a\": \"projects/p/global/networks/n\"}", true},
        {"{\"a\": \"https://www.googleapis.com/compute/v1/projects/q/global/networks/n\"}",
         "{\"a\": \"projects/p/global/networks/n\"}", false},
        {"{\"a\": \"2600:1900:0:1:8000:0:0:0/96\"}", "{\"a\": \"2600:1900:0:1:8000::/96\"}", true},
        {"{\"a\": \"2600:1900:0:1:8000:0:0:0/96\"}", "{\"a\": \"2600:1900:0:1:8000::/64\"}", false},
        {"{\"a\": \"2600:1900:0:1:8000:0:0:0/96\"}", "{\"a\": \"2600:1900:0:1:8000::\"}", true},
        {"{\"a\": \"2600::1\"}", "{\"a\": \"2600::2\"}", false},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        _cleanup_document_ json_object *have = parse(rows[i].have), *want = parse(rows[i].want);
        if (document_covers(have, want) != rows[i].covered)
            fail_msg("%s covers %s: expected %d", rows[i].have, rows[i].want, rows[i].covered);
    }
}

static void test_links(void **state)
{
    char part[16];
    assert_true(
        link_part("https://h/compute/v1/projects/p/zones/z-1/instances/i", "zones", part, sizeof(part)));
    assert_string_equal(part, "z-1");
    assert_true(link_part("projects/p/zones/z", "zones", part, sizeof(part)));
    assert_string_equal(part, "z");
    assert_false(link_part("projects/zones", "zones", part, sizeof(part)));
    assert_false(link_part("projects/p/subzones/z", "zones", part, sizeof(part)));
    assert_false(link_part("projects/p/zones//x", "zones", part, sizeof(part)));
    assert_false(link_part("projects/p/zones/a-zone-with-a-long-name", "zones", part, sizeof(part)));
    assert_string_equal(link_last("a/b/c"), "c");
    assert_string_equal(link_last("c"), "c");
}

static void test_errors(void **state)
{
    assert_int_equal(api_status("notFound", 404), KEELSON_NOT_FOUND);
    assert_int_equal(api_status("RESOURCE_NOT_FOUND", 400), KEELSON_NOT_FOUND);
    assert_int_equal(api_status("rateLimitExceeded", 403), KEELSON_THROTTLED);
    assert_int_equal(api_status("RATE_LIMIT_EXCEEDED", 403), KEELSON_THROTTLED);
    assert_int_equal(api_status("quotaExceeded", 403), KEELSON_EXHAUSTED);
    assert_int_equal(api_status("RESOURCE_IN_USE_BY_ANOTHER_RESOURCE", 400), KEELSON_CONFLICT);
    assert_int_equal(api_status("resourceNotReady", 400), KEELSON_PENDING);
    assert_int_equal(api_status("conditionNotMet", 412), KEELSON_CONFLICT);
    assert_int_equal(api_status("new and strange", 403), KEELSON_DENIED);
    assert_int_equal(api_status(NULL, 401), KEELSON_DENIED);
    assert_int_equal(api_status(NULL, 404), KEELSON_NOT_FOUND);
    assert_int_equal(api_status(NULL, 429), KEELSON_THROTTLED);
    assert_int_equal(api_status(NULL, 502), KEELSON_UNAVAILABLE);
    assert_int_equal(api_status(NULL, 302), KEELSON_FAILED);
}

/* Google's words, as it sends them for a request and as it puts them in an operation. */
static void test_refused_instance(void **state)
{
    static const char said[] =
        "Validation failed for instance 'projects/p/zones/z/instances/n': instance may "
        "belong to at most one load-balanced instance group.";
    static const struct {
        const char *reason, *message, *instance;
        bool wrong_subnetwork;
    } cases[] = {
        {"INSTANCE_IN_MULTIPLE_LOAD_BALANCED_IGS", said, "projects/p/zones/z/instances/n", false},
        {"instanceInMultipleLoadBalancedIgs", said, "projects/p/zones/z/instances/n", false},
        {"invalid", said, "", false},
        {NULL, said, "", false},
        {"instanceInMultipleLoadBalancedIgs", NULL, "", false},
        {"instanceInMultipleLoadBalancedIgs", "in projects/p/zones/z, somewhere", "", false},
        {"wrongSubnetwork", said, "", true},
        {"WRONG_SUBNETWORK", NULL, "", true},
    };
    assert_int_equal(api_status("instanceInMultipleLoadBalancedIgs", 400), KEELSON_CONFLICT);
    assert_non_null(api_advice("INSTANCE_IN_MULTIPLE_LOAD_BALANCED_IGS"));
    assert_null(api_advice("invalid"));
    assert_null(api_advice(NULL));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct api_refusal refusal = {""};
        api_read_refusal(cases[i].reason, cases[i].message, &refusal);
        assert_string_equal(refusal.instance, cases[i].instance);
        assert_int_equal(refusal.wrong_subnetwork, cases[i].wrong_subnetwork);
    }
}

/* A name that no buffer of ours holds is none. */
static void test_refused_long_name(void **state)
{
    struct api_refusal refusal = {""};
    char said[512] = "'projects/p/zones/z/instances/";
    memset(said + strlen(said), 'n', 300);
    api_read_refusal("instanceInMultipleLoadBalancedIgs", said, &refusal);
    assert_string_equal(refusal.instance, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_covers),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_refused_instance),
        cmocka_unit_test(test_refused_long_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
