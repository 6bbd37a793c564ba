/* SPDX-License-Identifier: Apache-2.0 */
/* Deployments and replica sets together, as users see them: scale, roll, pause, undo, recreate, clean up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/harness.h"

#define WEB  "/apis/apps/v1/namespaces/ns/deployments/web"
#define SETS "/apis/apps/v1/replicasets"
#define PODS "/api/v1/pods"
#define NEW_WEB(replicas, image, more)                                                                       \
    "{'apiVersion':'apps/"                                                                                   \
    "v1','kind':'Deployment','metadata':{'name':'web','namespace':'ns','annotations':{'note':'x'}},"         \
    "'spec':{'replicas':" replicas ",'progressDeadlineSeconds':600,'revisionHistoryLimit':10,"               \
    "'selector':{'matchLabels':{'app':'web'}},'strategy':{'type':'RollingUpdate','rollingUpdate':{'"         \
    "maxSurge':1,"                                                                                           \
    "'maxUnavailable':0}},'template':{'metadata':{'labels':{'app':'web'}},'spec':{'containers':[{'name':'c'" \
    ",'image':'" image "'}]}}" more "}}"

static int setup(void **state)
{
    static const struct controller *const rows[] = {&controller_deployment, &controller_replicaset, NULL};
    struct harness *h = harness_new(state);
    harness_start(h, rows);
    return 0;
}

static bool progressed(struct harness *h, const char *reason)
{
    const struct json *d = harness_get(h, WEB), *c = object_condition(d, "Progressing");
    return json_integer_at(d, "status.observedGeneration", 0) == object_generation(d) &&
           !strcmp(json_string_or(json_get(c, "reason"), ""), reason);
}

/* Pods run as they come, until the deployment says that it is done. */
static void run_until_done(struct harness *h)
{
    HARNESS_WAIT(h, (harness_run_pods(h), progressed(h, "NewReplicaSetAvailable")));
}

static struct json *set_of_image(struct harness *h, const char *image)
{
    json_for_each (set, fake_api_list(h->api, &h->arena, SETS))
        if (!strcmp(json_string_at(set, "spec.template.spec.containers[0].image"), image))
            return set;
    return NULL;
}

static int64_t status_of(struct harness *h, const char *field)
{
    return json_integer_or(json_get(json_get(harness_get(h, WEB), "status"), field), 0);
}

static void a_deployment_becomes_pods(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena, NEW_WEB("3", "v1", ""));
    run_until_done(h);
    struct json *set = set_of_image(h, "v1"), *deployment = harness_get(h, WEB);
    const char *hash = object_label(set, "pod-template-hash");
    assert_non_null(hash);
    assert_string_equal(object_name(set), arena_printf(&h->arena, "web-%s", hash));
    assert_string_equal(json_string_at(set, "spec.selector.matchLabels.pod-template-hash"), hash);
    assert_string_equal(object_annotation(set, "deployment.kubernetes.io/revision"), "1");
    assert_string_equal(object_annotation(set, "deployment.kubernetes.io/max-replicas"), "4");
    assert_string_equal(object_annotation(set, "note"), "x");
    assert_string_equal(object_annotation(deployment, "deployment.kubernetes.io/revision"), "1");
    assert_true(object_is_controlled_by(set, deployment));
    assert_int_equal(harness_count(h, PODS), 3);
    struct json *pod = json_element(fake_api_list(h->api, &h->arena, PODS), 0);
    assert_true(object_is_controlled_by(pod, set));
    assert_string_equal(object_label(pod, "pod-template-hash"), hash);
    assert_true(object_condition_is(deployment, "Available", "True"));
    assert_int_equal(status_of(h, "readyReplicas"), 3);
    assert_int_equal(status_of(h, "updatedReplicas"), 3);
    assert_int_equal(status_of(h, "unavailableReplicas"), 0);
}

static void it_scales_both_ways(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena, NEW_WEB("2", "v1", ""));
    run_until_done(h);
    fake_api_patch(h->api, WEB, "{'spec':{'replicas':20}}");
    HARNESS_WAIT(h, (harness_run_pods(h), status_of(h, "availableReplicas") == 20));
    fake_api_patch(h->api, WEB, "{'spec':{'replicas':1}}");
    HARNESS_WAIT(h, status_of(h, "replicas") == 1);
    assert_int_equal(harness_count(h, PODS), 1);
    assert_int_equal(harness_count(h, SETS), 1);
}

/* At no time fewer are available, or more there, than the strategy allows. */
static void a_rollout_keeps_within_bounds(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena, NEW_WEB("4", "v1", ""));
    run_until_done(h);
    fake_api_patch(h->api, WEB, "{'spec':{'template':{'spec':{'containers':[{'name':'c','image':'v2'}]}}}}");
    for (bool done = false; !done;) {
        harness_pause(h);
        int64_t specs = 0, ready = 0;
        json_for_each (set, fake_api_list(h->api, &h->arena, SETS))
            specs += json_integer_at(set, "spec.replicas", 0);
        json_for_each (pod, fake_api_list(h->api, &h->arena, PODS))
            ready += pod_is_ready(pod);
        assert_in_range(specs, 4, 5);
        assert_true(ready >= 4);
        harness_run_pods(h);
        done = harness_count(h, SETS) == 2 && progressed(h, "NewReplicaSetAvailable");
    }
    assert_int_equal(json_integer_at(set_of_image(h, "v1"), "spec.replicas", 9), 0);
    assert_int_equal(json_integer_at(set_of_image(h, "v2"), "spec.replicas", 0), 4);
    assert_string_equal(object_annotation(harness_get(h, WEB), "deployment.kubernetes.io/revision"), "2");
}

static void an_undone_rollout_takes_the_former_set(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena, NEW_WEB("2", "v1", ""));
    run_until_done(h);
    fake_api_patch(h->api, WEB, "{'spec':{'template':{'spec':{'containers':[{'name':'c','image':'v2'}]}}}}");
    HARNESS_WAIT(
        h, (harness_run_pods(h), harness_count(h, SETS) == 2 && progressed(h, "NewReplicaSetAvailable")));
    fake_api_patch(h->api, WEB, "{'spec':{'template':{'spec':{'containers':[{'name':'c','image':'v1'}]}}}}");
    HARNESS_WAIT(
        h, (harness_run_pods(h), json_integer_at(set_of_image(h, "v1"), "status.availableReplicas", 0) == 2));
    assert_int_equal(harness_count(h, SETS), 2);
    struct json *set = set_of_image(h, "v1");
    assert_string_equal(object_annotation(set, "deployment.kubernetes.io/revision"), "3");
    assert_string_equal(object_annotation(set, "deployment.kubernetes.io/revision-history"), "1");
    HARNESS_WAIT(h,
                 !strcmp(object_annotation(harness_get(h, WEB), "deployment.kubernetes.io/revision"), "3"));
}

static void a_paused_rollout_scales_in_proportion(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena, NEW_WEB("10", "v1", ""));
    run_until_done(h);
    fake_api_patch(h->api, WEB,
                   "{'spec':{'strategy':{'rollingUpdate':{'maxSurge':3,'maxUnavailable':2}},"
                   "'template':{'spec':{'containers':[{'name':'c','image':'v2'}]}}}}");
    HARNESS_WAIT(h, json_integer_at(set_of_image(h, "v1"), "spec.replicas", 0) == 8 &&
                        json_integer_at(set_of_image(h, "v2"), "spec.replicas", 0) == 5);
    fake_api_patch(h->api, WEB, "{'spec':{'paused':true}}");
    HARNESS_WAIT(h, progressed(h, "DeploymentPaused"));
    fake_api_patch(h->api, WEB, "{'spec':{'replicas':15}}");
    /* 18 are allowed, 13 are there: the larger set gets 3 of 5, the other 2 */
    HARNESS_WAIT(h, json_integer_at(set_of_image(h, "v1"), "spec.replicas", 0) == 11 &&
                        json_integer_at(set_of_image(h, "v2"), "spec.replicas", 0) == 7);
    fake_api_patch(h->api, WEB, "{'spec':{'paused':false}}");
    run_until_done(h);
    assert_int_equal(json_integer_at(set_of_image(h, "v2"), "spec.replicas", 0), 15);
}

static void recreate_waits_for_the_last_old_pod(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena, NEW_WEB("2", "v1", ""));
    fake_api_patch(h->api, WEB, "{'spec':{'strategy':{'type':'Recreate','rollingUpdate':null}}}");
    run_until_done(h);
    /* a finalizer keeps one old pod */
    struct json *pod = json_element(fake_api_list(h->api, &h->arena, PODS), 0);
    char *path = xasprintf("/api/v1/namespaces/ns/pods/%s", object_name(pod));
    fake_api_patch(h->api, path, "{'metadata':{'finalizers':['a/b']}}");
    fake_api_patch(h->api, WEB, "{'spec':{'template':{'spec':{'containers':[{'name':'c','image':'v2'}]}}}}");
    HARNESS_WAIT(h, harness_count(h, PODS) == 1);
    for (int i = 0; i < 20; i++)
        harness_pause(h);
    assert_null(set_of_image(h, "v2"));
    fake_api_patch(h->api, path, "{'metadata':{'finalizers':null}}");
    HARNESS_WAIT(
        h, (harness_run_pods(h), json_integer_at(set_of_image(h, "v2"), "status.availableReplicas", 0) == 2));
    free(path);
}

static void old_sets_beyond_the_limit_go(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena, NEW_WEB("1", "v0", ""));
    fake_api_patch(h->api, WEB, "{'spec':{'revisionHistoryLimit':2}}");
    run_until_done(h);
    for (int i = 1; i < 5; i++) {
        _cleanup_free_ char *patch =
            xasprintf("{'spec':{'template':{'spec':{'containers':[{'name':'c','image':'v%d'}]}}}}", i);
        fake_api_patch(h->api, WEB, patch);
        _cleanup_free_ char *image = xasprintf("v%d", i);
        HARNESS_WAIT(
            h, (harness_run_pods(h), set_of_image(h, image) && progressed(h, "NewReplicaSetAvailable")));
    }
    HARNESS_WAIT(h, harness_count(h, SETS) == 3);
    assert_non_null(set_of_image(h, "v2"));
    assert_null(set_of_image(h, "v1"));
}

static void failures_show_in_the_conditions(void **state)
{
    struct harness *h = *state;
    fake_api_fail(h->api, "POST /api/v1/namespaces/ns/pods", 403, "Forbidden");
    fake_api_create(h->api, &h->arena, NEW_WEB("2", "v1", ""));
    HARNESS_WAIT(h, object_condition_is(harness_get(h, WEB), "ReplicaFailure", "True"));
    assert_true(fake_api_count(h->api, "POST /api/v1/namespaces/ns/pods") < 12); /* not all at once */
    fake_api_fail(h->api, NULL, 0, NULL);
    run_until_done(h);
    HARNESS_WAIT(h, !object_condition(harness_get(h, WEB), "ReplicaFailure"));
}

static void a_missed_deadline_is_told(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena, NEW_WEB("1", "v1", ""));
    fake_api_patch(h->api, WEB, "{'spec':{'progressDeadlineSeconds':1}}");
    HARNESS_WAIT(h, progressed(h, "ProgressDeadlineExceeded"));
    assert_true(object_condition_is(harness_get(h, WEB), "Progressing", "False"));
    run_until_done(h);
}

static void orphans_are_adopted_and_strangers_released(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena, NEW_WEB("1", "v1", ""));
    run_until_done(h);
    struct json *pod = json_element(fake_api_list(h->api, &h->arena, PODS), 0);
    _cleanup_free_ char *path = xasprintf("/api/v1/namespaces/ns/pods/%s", object_name(pod));
    fake_api_patch(h->api, path, "{'metadata':{'labels':{'app':'other'}}}");
    HARNESS_WAIT(h, harness_count(h, PODS) == 2 && !object_controller(harness_get(h, path)));
    HARNESS_WAIT(h, (harness_run_pods(h), status_of(h, "replicas") == 1));
    fake_api_patch(h->api, WEB, "{'spec':{'replicas':2}}");
    fake_api_patch(h->api, path, "{'metadata':{'labels':{'app':'web'}}}");
    HARNESS_WAIT(h, (harness_run_pods(h), status_of(h, "availableReplicas") == 2));
    HARNESS_WAIT(h, object_controller(harness_get(h, path)) || harness_count(h, PODS) >= 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, harness_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_deployment_becomes_pods),
        TEST(it_scales_both_ways),
        TEST(a_rollout_keeps_within_bounds),
        TEST(an_undone_rollout_takes_the_former_set),
        TEST(a_paused_rollout_scales_in_proportion),
        TEST(recreate_waits_for_the_last_old_pod),
        TEST(old_sets_beyond_the_limit_go),
        TEST(failures_show_in_the_conditions),
        TEST(a_missed_deadline_is_told),
        TEST(orphans_are_adopted_and_strangers_released),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
