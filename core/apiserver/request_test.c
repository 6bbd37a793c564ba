/* SPDX-License-Identifier: Apache-2.0 */
/* What paths and queries mean, continue tokens, and the plan of a list. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

#include "core/apiserver/continue.h"
#include "core/apiserver/list.h"
#include "core/apiserver/request.h"
#include "core/base/memory.h"

static void done(struct api_request *r)
{
    arena_done(&r->arena);
    buffer_done(&r->warnings);
}

static void test_paths(void **state)
{
    static const struct {
        const char *method, *path, *query;
        const char *verb, *group, *version, *namespace_, *plural, *name, *sub, *subpath;
    } cases[] = {
        {"GET", "/api/v1/pods", "", "list", "", "v1", "", "pods", "", "", ""},
        {"GET", "/api/v1/namespaces/a/pods/b", "", "get", "", "v1", "a", "pods", "b", "", ""},
        {"GET", "/api/v1/namespaces/a/pods", "watch=true", "watch", "", "v1", "a", "pods", "", "", ""},
        {"GET", "/api/v1/namespaces/a/pods", "watch=0", "list", "", "v1", "a", "pods", "", "", ""},
        {"GET", "/api/v1/namespaces/a/pods/b", "watch=true", "get", "", "v1", "a", "pods", "b", "", ""},
        {"GET", "/api/v1/watch/namespaces/a/pods/b", "", "watch", "", "v1", "a", "pods", "b", "", ""},
        {"POST", "/apis/apps/v1/namespaces/a/deployments", "", "create", "apps", "v1", "a", "deployments", "",
         "", ""},
        {"PUT", "/apis/apps/v1/namespaces/a/deployments/d/scale", "", "update", "apps", "v1", "a",
         "deployments", "d", "scale", ""},
        {"PATCH", "/api/v1/nodes/n/status", "", "patch", "", "v1", "", "nodes", "n", "status", ""},
        {"DELETE", "/api/v1/namespaces/a/pods", "", "deletecollection", "", "v1", "a", "pods", "", "", ""},
        {"DELETE", "/api/v1/namespaces/a", "", "delete", "", "v1", "a", "namespaces", "a", "", ""},
        {"PUT", "/api/v1/namespaces/a/finalize", "", "update", "", "v1", "a", "namespaces", "a", "finalize",
         ""},
        {"GET", "/api/v1/namespaces/a/pods/b/proxy/x/y", "", "get", "", "v1", "a", "pods", "b", "proxy",
         "/x/y"},
        {"GET", "/api/v1/namespaces/a/pods", "fieldSelector=metadata.name%3Dq", "list", "", "v1", "a", "pods",
         "q", "", ""},
        {"GET", "/api", "", "get", "", "", "", "", "", "", ""},
        {"GET", "/apis/apps/v1", "", "get", "", "", "", "", "", "", ""},
        {"HEAD", "/healthz", "", "head", "", "", "", "", "", "", ""},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct api_request r = {0};
        assert_int_equal(
            api_request_parse(&r, cases[i].method, slice_of(cases[i].path), slice_of(cases[i].query), NULL),
            0);
        assert_string_equal(r.verb, cases[i].verb);
        assert_string_equal(r.group, cases[i].group);
        assert_string_equal(r.version, cases[i].version);
        assert_string_equal(r.namespace_, cases[i].namespace_);
        assert_string_equal(r.plural, cases[i].plural);
        assert_string_equal(r.name, cases[i].name);
        assert_string_equal(r.subresource, cases[i].sub);
        if (*cases[i].subpath)
            assert_string_equal(r.subpath, cases[i].subpath);
        assert_int_equal(r.is_resource, *cases[i].plural != '\0');
        done(&r);
    }
}

static void test_bad_requests(void **state)
{
    static const struct {
        const char *path, *query;
        enum error_code code;
    } cases[] = {
        {"/api/v1/%zz", "", ERR_BAD_REQUEST},
        {"/api/v1/%00", "", ERR_BAD_REQUEST},
        {"/api/v1/%ff", "", ERR_BAD_REQUEST},
        {"/api/v1/pods", "limit=x", ERR_BAD_REQUEST},
        {"/api/v1/pods", "labelSelector=%ff", ERR_BAD_REQUEST},
        {"/api/v1/pods", "timeoutSeconds=9223372036854775808", ERR_BAD_REQUEST},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct api_request r = {0};
        _cleanup_(error_done) struct error err = ERROR_INIT;
        assert_int_equal(
            api_request_parse(&r, "GET", slice_of(cases[i].path), slice_of(cases[i].query), &err), -1);
        assert_int_equal(err.code, cases[i].code);
        done(&r);
    }
    struct api_request r = {0};
    _cleanup_(error_done) struct error err = ERROR_INIT;
    assert_int_equal(
        api_request_parse(&r, "POST", SLICE("/api/v1/namespaces/a/pods"), SLICE("dryRun=Some"), &err), -1);
    assert_int_equal(err.code, ERR_INVALID);
    done(&r);
}

static void test_options(void **state)
{
    struct api_request r = {0};
    assert_int_equal(
        api_request_parse(&r, "DELETE", SLICE("/api/v1/namespaces/a/pods/b"),
                          SLICE("gracePeriodSeconds=5&propagationPolicy=Orphan&dryRun=All&x=%2Bq+z&empty"),
                          NULL),
        0);
    assert_int_equal(r.grace_period_s, 5);
    assert_string_equal(r.propagation_policy, "Orphan");
    assert_true(r.dry_run);
    assert_string_equal(api_request_query(&r, "x"), "+q z");
    assert_string_equal(api_request_query(&r, "empty"), "");
    assert_null(api_request_query(&r, "absent"));
    done(&r);
}

static void test_continue_tokens(void **state)
{
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    struct continue_token token;
    char *text = continue_encode(&arena, 42, SLICE("ns/name"));
    assert_int_equal(continue_decode(&arena, text, &token, NULL), 0);
    assert_int_equal(token.revision, 42);
    assert_int_equal(token.start.size, 8);
    assert_memory_equal(token.start.data, "ns/name", 8);
    static const char *const bad[] = {
        "",
        "%%%",
        "e30",                                                         /* {} */
        "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiIvLi4vIn0", /* start "/../" */
        "eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MCwic3RhcnQiOiJhIn0",     /* rv 0 */
        "eyJ2IjoidjkiLCJydiI6MSwic3RhcnQiOiJhIn0",                     /* v9 */
    };
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        assert_int_equal(continue_decode(&arena, bad[i], &token, &err), -1);
        assert_int_equal(err.code, ERR_BAD_REQUEST);
    }
}

static void test_list_plans(void **state)
{
    static const struct {
        const char *query;
        int code; /* 0: accepted */
        enum list_freshness freshness;
        uint64_t revision;
    } cases[] = {
        {"", 0, LIST_RECENT, 0},
        {"resourceVersion=0", 0, LIST_RECENT, 0},
        {"resourceVersion=7", 0, LIST_RECENT, 7},
        {"resourceVersion=7&limit=3", 0, LIST_EXACT, 7},
        {"resourceVersion=0&limit=3", 0, LIST_RECENT, 0},
        {"resourceVersion=7&resourceVersionMatch=Exact", 0, LIST_EXACT, 7},
        {"resourceVersion=7&resourceVersionMatch=NotOlderThan&limit=3", 0, LIST_RECENT, 7},
        {"resourceVersionMatch=Exact", ERR_INVALID, LIST_RECENT, 0},
        {"resourceVersion=0&resourceVersionMatch=Exact", ERR_INVALID, LIST_RECENT, 0},
        {"resourceVersion=7&resourceVersionMatch=Perhaps", ERR_INVALID, LIST_RECENT, 0},
        {"resourceVersion=-1", ERR_BAD_REQUEST, LIST_RECENT, 0},
        {"limit=-1", ERR_INVALID, LIST_RECENT, 0},
        {"continue=abc&resourceVersion=7", ERR_BAD_REQUEST, LIST_RECENT, 0},
        {"sendInitialEvents=true", ERR_INVALID, LIST_RECENT, 0},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct api_request r = {0};
        struct list_plan plan;
        _cleanup_(error_done) struct error err = ERROR_INIT;
        assert_int_equal(api_request_parse(&r, "GET", SLICE("/api/v1/pods"), slice_of(cases[i].query), NULL),
                         0);
        int status = list_plan(&r, &plan, &err);
        assert_int_equal(status < 0 ? (int)err.code : 0, cases[i].code);
        if (!status) {
            assert_int_equal(plan.freshness, cases[i].freshness);
            assert_int_equal(plan.revision, cases[i].revision);
        }
        done(&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_paths),      cmocka_unit_test(test_bad_requests),
        cmocka_unit_test(test_options),    cmocka_unit_test(test_continue_tokens),
        cmocka_unit_test(test_list_plans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
