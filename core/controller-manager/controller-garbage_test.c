/* SPDX-License-Identifier: Apache-2.0 */
/* The garbage collector: each way to delete an owner, and what must never be deleted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/harness.h"

static const struct controller *const rows[] = {&controller_garbage, NULL};

#define SETS      "/apis/apps/v1/namespaces/ns/replicasets/"
#define POD(name) "/api/v1/namespaces/ns/pods/" name

static char *make_set(struct harness *h, const char *name, const char *owners)
{
    _cleanup_free_ char *text =
        xasprintf("{'apiVersion':'apps/"
                  "v1','kind':'ReplicaSet','metadata':{'name':'%s','namespace':'ns','ownerReferences':[%s]}}",
                  name, owners);
    return xstrdup(object_uid(fake_api_create(h->api, &h->arena, text)));
}

static void make_pod(struct harness *h, const char *name, const char *owners)
{
    _cleanup_free_ char *text = xasprintf(
        "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'%s','namespace':'ns','ownerReferences':[%s]}}",
        name, owners);
    fake_api_create(h->api, &h->arena, text);
}

static char *owner(const char *name, const char *uid, bool blocks)
{
    return xasprintf(
        "{'apiVersion':'apps/"
        "v1','kind':'ReplicaSet','name':'%s','uid':'%s','controller':true,'blockOwnerDeletion':%s}",
        name, uid, blocks ? "true" : "false");
}

static void dependents_of_a_deleted_owner_go(void **state)
{
    struct harness *h = *state;
    _cleanup_free_ char *uid = make_set(h, "a", ""), *ref = owner("a", uid, true);
    make_pod(h, "p1", ref);
    make_pod(h, "p2", ref);
    make_pod(h, "other", "");
    harness_start(h, rows);
    harness_settle(h);
    assert_int_equal(harness_count(h, "/api/v1/pods"), 3);
    fake_api_delete(h->api, SETS "a", "Background");
    HARNESS_WAIT(h, harness_count(h, "/api/v1/pods") == 1);
    assert_non_null(harness_get(h, POD("other")));
}

static void dependents_of_what_was_never_there_go(void **state)
{
    struct harness *h = *state;
    _cleanup_free_ char *ref = owner("ghost", "no-such-uid", true);
    make_pod(h, "p1", ref);
    harness_start(h, rows);
    HARNESS_WAIT(h, harness_count(h, "/api/v1/pods") == 0);
}

static void another_owner_of_that_name_does_not_count(void **state)
{
    struct harness *h = *state;
    _cleanup_free_ char *uid = make_set(h, "a", ""), *ref = owner("a", "its-former-uid", true);
    make_pod(h, "p1", ref);
    harness_start(h, rows);
    HARNESS_WAIT(h, harness_count(h, "/api/v1/pods") == 0);
    assert_non_null(harness_get(h, SETS "a"));
    assert_true(uid[0]);
}

static void an_owner_in_another_namespace_does_not_count(void **state)
{
    struct harness *h = *state;
    _cleanup_free_ char *uid = make_set(h, "a", ""), *ref = owner("a", uid, true);
    make_pod(h, "mine", ref);
    harness_start(h, rows);
    _cleanup_free_ char *text =
        xasprintf("{'apiVersion':'v1','kind':'Pod','metadata':{'name':'far','namespace':'other',"
                  "'ownerReferences':[%s]}}",
                  ref);
    fake_api_create(h->api, &h->arena, text);
    HARNESS_WAIT(h, !harness_get(h, "/api/v1/namespaces/other/pods/far"));
    harness_settle(h);
    assert_non_null(harness_get(h, POD("mine")));
    assert_non_null(harness_get(h, SETS "a"));
}

static void a_second_owner_keeps_it(void **state)
{
    struct harness *h = *state;
    _cleanup_free_ char *a = make_set(h, "a", ""), *b = make_set(h, "b", "");
    _cleanup_free_ char *ref_a = owner("a", a, false), *ref_b = owner("b", b, false);
    _cleanup_free_ char *both = xasprintf("%s,%s", ref_a, ref_b);
    make_pod(h, "p", both);
    harness_start(h, rows);
    fake_api_delete(h->api, SETS "a", "Background");
    HARNESS_WAIT(h, json_count(json_at(harness_get(h, POD("p")), "metadata.ownerReferences")) == 1);
    assert_string_equal(json_string_at(harness_get(h, POD("p")), "metadata.ownerReferences[0].uid"), b);
}

static void errors_are_not_absence(void **state)
{
    struct harness *h = *state;
    _cleanup_free_ char *ref = owner("ghost", "no-such-uid", true);
    make_pod(h, "p1", ref);
    fake_api_fail(h->api, "GET " SETS, 500, "InternalError");
    harness_start(h, rows);
    harness_settle(h);
    assert_int_equal(harness_count(h, "/api/v1/pods"), 1);
    fake_api_fail(h->api, NULL, 0, NULL);
    HARNESS_WAIT(h, harness_count(h, "/api/v1/pods") == 0);
}

static void unknown_kinds_are_left_alone(void **state)
{
    struct harness *h = *state;
    make_pod(h, "p1", "{'apiVersion':'example.com/v1','kind':'Strange','name':'x','uid':'y'}");
    harness_start(h, rows);
    harness_settle(h);
    assert_int_equal(harness_count(h, "/api/v1/pods"), 1);
}

static void foreground_waits_for_those_that_block(void **state)
{
    struct harness *h = *state;
    _cleanup_free_ char *uid = make_set(h, "a", ""), *ref = owner("a", uid, true);
    make_pod(h, "p1", ref);
    make_pod(h, "p2", ref);
    fake_api_patch(h->api, POD("p1"), "{'metadata':{'finalizers':['a/b']}}");
    harness_start(h, rows);
    fake_api_delete(h->api, SETS "a", "Foreground");
    HARNESS_WAIT(h, harness_count(h, "/api/v1/pods") == 1 && object_is_deleted(harness_get(h, POD("p1"))));
    harness_settle(h);
    assert_non_null(harness_get(h, SETS "a"));
    fake_api_patch(h->api, POD("p1"), "{'metadata':{'finalizers':null}}");
    HARNESS_WAIT(h, !harness_get(h, SETS "a"));
}

static void foreground_goes_through_levels(void **state)
{
    struct harness *h = *state;
    _cleanup_free_ char *a = make_set(h, "a", ""), *ref_a = owner("a", a, true);
    _cleanup_free_ char *b = make_set(h, "b", ref_a), *ref_b = owner("b", b, true);
    make_pod(h, "p", ref_b);
    harness_start(h, rows);
    fake_api_delete(h->api, SETS "a", "Foreground");
    HARNESS_WAIT(h, !harness_get(h, SETS "a") && !harness_get(h, SETS "b") && !harness_get(h, POD("p")));
}

static void orphaned_dependents_stay(void **state)
{
    struct harness *h = *state;
    _cleanup_free_ char *uid = make_set(h, "a", ""), *ref = owner("a", uid, true);
    make_pod(h, "p1", ref);
    make_pod(h, "p2", ref);
    harness_start(h, rows);
    fake_api_delete(h->api, SETS "a", "Orphan");
    HARNESS_WAIT(h, !harness_get(h, SETS "a"));
    harness_settle(h);
    assert_int_equal(harness_count(h, "/api/v1/pods"), 2);
    assert_int_equal(json_count(json_at(harness_get(h, POD("p1")), "metadata.ownerReferences")), 0);
}

static void a_circle_that_is_deleted_ends(void **state)
{
    struct harness *h = *state;
    _cleanup_free_ char *a = make_set(h, "a", ""), *ref_a = owner("a", a, true);
    _cleanup_free_ char *b = make_set(h, "b", ref_a), *ref_b = owner("b", b, true);
    _cleanup_free_ char *patch = xasprintf("{'metadata':{'ownerReferences':[%s]}}", ref_b);
    fake_api_patch(h->api, SETS "a", patch);
    harness_start(h, rows);
    fake_api_delete(h->api, SETS "a", "Foreground");
    HARNESS_WAIT(h, !harness_get(h, SETS "a") && !harness_get(h, SETS "b"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, harness_setup, harness_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(dependents_of_a_deleted_owner_go),
        TEST(dependents_of_what_was_never_there_go),
        TEST(another_owner_of_that_name_does_not_count),
        TEST(an_owner_in_another_namespace_does_not_count),
        TEST(a_second_owner_keeps_it),
        TEST(errors_are_not_absence),
        TEST(unknown_kinds_are_left_alone),
        TEST(foreground_waits_for_those_that_block),
        TEST(foreground_goes_through_levels),
        TEST(orphaned_dependents_stay),
        TEST(a_circle_that_is_deleted_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
