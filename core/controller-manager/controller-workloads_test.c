/* SPDX-License-Identifier: Apache-2.0 */
/* Daemon sets, stateful sets, cron jobs and disruption budgets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/harness.h"

#define PODS   "/api/v1/pods"
#define NS     "/namespaces/ns/"
#define POD(n) "/api/v1" NS "pods/" n
#define DS     "/apis/apps/v1" NS "daemonsets/d"
#define STS    "/apis/apps/v1" NS "statefulsets/s"
#define BUDGET "/apis/policy/v1" NS "poddisruptionbudgets/b"
#define TEMPLATE(labels, image)                                                                              \
    "'template':{'metadata':{'labels':{" labels                                                              \
    "}},'spec':{'restartPolicy':'Never','containers':[{'name':'c','image':'" image "'}]}}"

static int setup(void **state)
{
    static const struct controller *const rows[] = {&controller_daemonset,  &controller_statefulset,
                                                    &controller_job,        &controller_cronjob,
                                                    &controller_disruption, NULL};
    struct harness *h = harness_new(state);
    fake_api_create(h->api, &h->arena,
                    "{'apiVersion':'v1','kind':'Node','metadata':{'name':'n1','labels':{'disk':'ssd'}}}");
    fake_api_create(h->api, &h->arena, "{'apiVersion':'v1','kind':'Node','metadata':{'name':'n2'}}");
    harness_start(h, rows);
    return 0;
}

static void set_phase(struct harness *h, const char *name, const char *phase)
{
    _cleanup_free_ char *path = xasprintf("/api/v1" NS "pods/%s/status", name);
    _cleanup_free_ char *patch = xasprintf("{'status':{'phase':'%s'}}", phase);
    fake_api_patch(h->api, path, patch);
}

static void a_daemon_stands_on_every_node_that_fits(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena,
                    "{'apiVersion':'apps/"
                    "v1','kind':'DaemonSet','metadata':{'name':'d','namespace':'ns'},'spec':{'selector':{'"
                    "matchLabels':{'a':'d'}}," TEMPLATE("'a':'d'", "v1") "}}");
    HARNESS_WAIT(h, (harness_run_pods(h), harness_integer(h, DS, "status.numberAvailable") == 2));
    assert_int_equal(harness_integer(h, DS, "status.desiredNumberScheduled"), 2);
    const struct json *pod = json_element(fake_api_list(h->api, &h->arena, PODS), 0);
    assert_non_null(
        json_string_at(pod, "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution."
                            "nodeSelectorTerms[0].matchFields[0].values[0]"));
    assert_non_null(object_label(pod, "controller-revision-hash"));
    fake_api_create(h->api, &h->arena,
                    "{'apiVersion':'v1','kind':'Node','metadata':{'name':'n3'},'spec':{'taints':[{'key':'"
                    "node.kubernetes.io/not-ready','effect':'NoExecute'}]}}");
    fake_api_create(h->api, &h->arena,
                    "{'apiVersion':'v1','kind':'Node','metadata':{'name':'n4'},'spec':{'taints':[{'key':'"
                    "mine','effect':'NoSchedule'}]}}");
    HARNESS_WAIT(h, (harness_run_pods(h), harness_integer(h, DS, "status.numberAvailable") == 3));
    fake_api_delete(h->api, "/api/v1/nodes/n3", NULL);
    HARNESS_WAIT(h, harness_count(h, PODS) == 2);
    fake_api_patch(h->api, DS,
                   "{'spec':{'template':{'spec':{'nodeSelector':{'disk':'ssd'},'containers':[{'name':'c','"
                   "image':'v2'}]}}}}");
    HARNESS_WAIT(h, (harness_run_pods(h), harness_integer(h, DS, "status.updatedNumberScheduled") == 1 &&
                                              harness_integer(h, DS, "status.desiredNumberScheduled") == 1));
    assert_int_equal(harness_count(h, "/apis/apps/v1/controllerrevisions"), 2);
}

static void daemons_are_replaced_one_after_the_other(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena,
                    "{'apiVersion':'apps/"
                    "v1','kind':'DaemonSet','metadata':{'name':'d','namespace':'ns'},'spec':{'selector':{'"
                    "matchLabels':{'a':'d'}}," TEMPLATE("'a':'d'", "v1") "}}");
    HARNESS_WAIT(h, (harness_run_pods(h), harness_integer(h, DS, "status.numberAvailable") == 2));
    fake_api_patch(h->api, DS, "{'spec':{'template':{'spec':{'containers':[{'name':'c','image':'v2'}]}}}}");
    harness_settle(h); /* the new one is not ready: the other old one stays */
    int64_t ready = 0;
    json_for_each (pod, fake_api_list(h->api, &h->arena, PODS))
        ready += pod_is_ready(pod);
    assert_int_equal(ready, 1);
    HARNESS_WAIT(h, (harness_run_pods(h), harness_integer(h, DS, "status.updatedNumberScheduled") == 2));
}

#define NEW_DS(more)                                                                                         \
    "{'apiVersion':'apps/v1','kind':'DaemonSet','metadata':{'name':'d','namespace':'ns'},'spec':{'selector'" \
    ":{'matchLabels':{'a':'d'}}," TEMPLATE("'a':'d'", "v1") more "}}"

static uint32_t count_images(struct harness *h, const char *image)
{
    uint32_t count = 0;
    json_for_each (pod, fake_api_list(h->api, &h->arena, PODS))
        count += slice_is(json_slice(json_at(pod, "spec.containers[0].image")), image);
    return count;
}

static void a_new_daemon_may_stand_beside_the_old_one(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena,
                    NEW_DS(",'updateStrategy':{'type':'RollingUpdate','rollingUpdate':{'maxSurge':1,"
                           "'maxUnavailable':0}}"));
    HARNESS_WAIT(h, (harness_run_pods(h), harness_integer(h, DS, "status.numberAvailable") == 2));
    fake_api_patch(h->api, DS, "{'spec':{'template':{'spec':{'containers':[{'name':'c','image':'v2'}]}}}}");
    HARNESS_WAIT(h, count_images(h, "v2") == 1);
    harness_settle(h); /* it is not ready: both old ones stay, and no other comes */
    assert_int_equal(count_images(h, "v1"), 2);
    assert_int_equal(count_images(h, "v2"), 1);
    HARNESS_WAIT(h, (harness_run_pods(h), count_images(h, "v1") == 0 && count_images(h, "v2") == 2));
}

static void a_failed_daemon_is_replaced_at_once_and_then_later(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena, NEW_DS(""));
    HARNESS_WAIT(h, harness_count(h, PODS) == 2);
    for (int i = 0; i < 2; i++) {
        struct json *pod = json_element(fake_api_list(h->api, &h->arena, PODS), 0);
        _cleanup_free_ char *name = xstrdup(object_name(pod));
        _cleanup_free_ char *path = xasprintf("/api/v1" NS "pods/%s", name);
        set_phase(h, name, "Failed");
        HARNESS_WAIT(h, !harness_get(h, path) && harness_count(h, PODS) == 2);
    }
}

/* "" while there is no such pod: it may go between two looks. */
static const char *image_of(const struct json *pod)
{
    return json_string_or(json_at(pod, "spec.containers[0].image"), "");
}

static void members_come_in_order_and_keep_their_names(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena,
                    "{'apiVersion':'apps/"
                    "v1','kind':'StatefulSet','metadata':{'name':'s','namespace':'ns'},'spec':{'serviceName':"
                    "'svc','replicas':3,'selector':{'matchLabels':{'a':'s'}}," TEMPLATE(
                        "'a':'s'", "v1") ",'volumeClaimTemplates':[{'metadata':{'name':'data'}}]}}");
    HARNESS_WAIT(h, harness_get(h, POD("s-0")));
    harness_settle(h);
    assert_null(harness_get(h, POD("s-1")));
    struct json *pod = harness_get(h, POD("s-0"));
    assert_string_equal(json_string_at(pod, "spec.hostname"), "s-0");
    assert_string_equal(json_string_at(pod, "spec.subdomain"), "svc");
    assert_string_equal(json_string_at(pod, "spec.volumes[0].persistentVolumeClaim.claimName"), "data-s-0");
    assert_string_equal(object_label(pod, "apps.kubernetes.io/pod-index"), "0");
    HARNESS_WAIT(h, (harness_run_pods(h), harness_integer(h, STS, "status.availableReplicas") == 3));
    assert_int_equal(harness_count(h, "/api/v1/persistentvolumeclaims"), 3);
    fake_api_patch(h->api, STS, "{'spec':{'template':{'spec':{'containers':[{'name':'c','image':'v2'}]}}}}");
    HARNESS_WAIT(h, !strcmp(image_of(harness_get(h, POD("s-2"))), "v2"));
    harness_settle(h);
    assert_string_equal(json_string_at(harness_get(h, POD("s-1")), "spec.containers[0].image"), "v1");
    HARNESS_WAIT(h, (harness_run_pods(h), harness_integer(h, STS, "status.updatedReplicas") == 3));
    HARNESS_WAIT(
        h, (harness_run_pods(h), !strcmp(json_string_at(harness_get(h, STS), "status.currentRevision"),
                                         json_string_at(harness_get(h, STS), "status.updateRevision"))));
    fake_api_patch(h->api, STS, "{'spec':{'replicas':1}}");
    HARNESS_WAIT(h, harness_integer(h, STS, "status.replicas") == 1);
    assert_non_null(harness_get(h, POD("s-0")));
    assert_int_equal(harness_count(h, "/api/v1/persistentvolumeclaims"), 3); /* claims stay */
}

static void parallel_members_do_not_wait(void **state)
{
    struct harness *h = *state;
    fake_api_create(
        h->api, &h->arena,
        "{'apiVersion':'apps/"
        "v1','kind':'StatefulSet','metadata':{'name':'s','namespace':'ns'},'spec':{'podManagementPolicy':'"
        "Parallel','replicas':3,'selector':{'matchLabels':{'a':'s'}}," TEMPLATE("'a':'s'", "v1") "}}");
    HARNESS_WAIT(h, harness_count(h, PODS) == 3);
}

static const char *nth_pod(struct harness *h, uint32_t n)
{
    return object_name(json_element(fake_api_list(h->api, &h->arena, PODS), n));
}

static void set_ready(struct harness *h, const char *name, const char *ready)
{
    _cleanup_free_ char *path = xasprintf("/api/v1" NS "pods/%s/status", name);
    _cleanup_free_ char *patch =
        xasprintf("{'status':{'phase':'Running','conditions':[{'type':'Ready','status':'%s'}]}}", ready);
    fake_api_patch(h->api, path, patch);
}

#define NEW_STS(more)                                                                                        \
    "{'apiVersion':'apps/v1','kind':'StatefulSet','metadata':{'name':'s','namespace':'ns'},'spec':{"         \
    "'replicas':3,'selector':{'matchLabels':{'a':'s'}}," TEMPLATE("'a':'s'", "v1") more "}}"

static void an_unwell_set_does_not_shrink(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena, NEW_STS(""));
    HARNESS_WAIT(h, (harness_run_pods(h), harness_integer(h, STS, "status.availableReplicas") == 3));
    set_ready(h, "s-0", "False");
    set_ready(h, "s-2", "False");
    HARNESS_WAIT(h, harness_integer(h, STS, "status.readyReplicas") == 1);
    fake_api_patch(h->api, STS, "{'spec':{'replicas':0}}");
    HARNESS_WAIT(h, harness_integer(h, STS, "status.observedGeneration") == 2);
    harness_settle(h);
    assert_int_equal(harness_count(h, PODS), 3);
    set_ready(h, "s-2", "True"); /* s-0 alone is unwell: what stands above it may go, and it last */
    HARNESS_WAIT(h, harness_count(h, PODS) == 0);
}

static void several_members_may_be_replaced_at_once(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena,
                    NEW_STS(",'podManagementPolicy':'Parallel','updateStrategy':{'type':'RollingUpdate',"
                            "'rollingUpdate':{'maxUnavailable':2}}"));
    HARNESS_WAIT(h, (harness_run_pods(h), harness_integer(h, STS, "status.availableReplicas") == 3));
    fake_api_patch(h->api, STS, "{'spec':{'template':{'spec':{'containers':[{'name':'c','image':'v2'}]}}}}");
    HARNESS_WAIT(h, !strcmp(image_of(harness_get(h, POD("s-2"))), "v2") &&
                        !strcmp(image_of(harness_get(h, POD("s-1"))), "v2"));
    harness_settle(h);
    assert_string_equal(image_of(harness_get(h, POD("s-0"))), "v1");
    HARNESS_WAIT(h, (harness_run_pods(h), harness_integer(h, STS, "status.updatedReplicas") == 3));
}

static const char *owner_of_claim(struct harness *h, const char *path)
{
    return json_string_or(json_at(harness_get(h, path), "metadata.ownerReferences[0].kind"), "");
}

static void claims_go_as_the_policy_says(void **state)
{
    struct harness *h = *state;
    fake_api_create(
        h->api, &h->arena,
        NEW_STS(",'volumeClaimTemplates':[{'metadata':{'name':'data'}}],"
                "'persistentVolumeClaimRetentionPolicy':{'whenDeleted':'Delete','whenScaled':'Delete'}"));
    HARNESS_WAIT(h, (harness_run_pods(h), harness_integer(h, STS, "status.availableReplicas") == 3));
    assert_string_equal(owner_of_claim(h, "/api/v1" NS "persistentvolumeclaims/data-s-2"), "StatefulSet");
    fake_api_patch(h->api, POD("s-2"), "{'metadata':{'finalizers':['a/b']}}");
    fake_api_patch(h->api, STS, "{'spec':{'replicas':2}}");
    HARNESS_WAIT(h, object_is_deleted(harness_get(h, POD("s-2"))));
    assert_string_equal(owner_of_claim(h, "/api/v1" NS "persistentvolumeclaims/data-s-2"), "Pod");
    fake_api_patch(
        h->api, STS,
        "{'spec':{'persistentVolumeClaimRetentionPolicy':{'whenDeleted':'Retain','whenScaled':'Retain'}}}");
    HARNESS_WAIT(h, !owner_of_claim(h, "/api/v1" NS "persistentvolumeclaims/data-s-1")[0] &&
                        !owner_of_claim(h, "/api/v1" NS "persistentvolumeclaims/data-s-2")[0]);
}

static void a_failed_member_is_made_anew(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena, NEW_STS(""));
    HARNESS_WAIT(h, harness_get(h, POD("s-0")));
    _cleanup_free_ char *uid = xstrdup(object_uid(harness_get(h, POD("s-0"))));
    fake_api_patch(h->api, POD("s-0") "/status", "{'status':{'phase':'Failed'}}");
    HARNESS_WAIT(h, harness_get(h, POD("s-0")) && strcmp(object_uid(harness_get(h, POD("s-0"))), uid) != 0);
}

static void a_cron_job_makes_jobs(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena,
                    "{'apiVersion':'batch/"
                    "v1','kind':'CronJob','metadata':{'name':'c','namespace':'ns','creationTimestamp':'2020-"
                    "01-01T00:00:00Z'},'spec':{'schedule':'*/5 * * * *',"
                    "'jobTemplate':{'metadata':{'labels':{'x':'y'}},'spec':{'selector':{'matchLabels':{'a':'"
                    "j'}}," TEMPLATE("'a':'j'", "v1") "}}}}");
    HARNESS_WAIT(h, harness_count(h, "/apis/batch/v1/jobs") == 1);
    harness_settle(h);
    assert_int_equal(harness_count(h, "/apis/batch/v1/jobs"), 1);
    struct json *job = json_element(fake_api_list(h->api, &h->arena, "/apis/batch/v1/jobs"), 0);
    assert_string_equal(object_label(job, "x"), "y");
    assert_non_null(object_annotation(job, "batch.kubernetes.io/cronjob-scheduled-timestamp"));
    const struct json *cron = harness_get(h, "/apis/batch/v1" NS "cronjobs/c");
    assert_int_equal(json_count(json_at(cron, "status.active")), 1);
    assert_non_null(json_string_at(cron, "status.lastScheduleTime"));
    HARNESS_WAIT(h, harness_count(h, PODS) == 1);
    set_phase(h, nth_pod(h, 0), "Succeeded");
    HARNESS_WAIT(h,
                 json_count(json_at(harness_get(h, "/apis/batch/v1" NS "cronjobs/c"), "status.active")) == 0);
}

static void budgets_count_what_may_go(void **state)
{
    struct harness *h = *state;
    fake_api_create(h->api, &h->arena,
                    "{'apiVersion':'policy/"
                    "v1','kind':'PodDisruptionBudget','metadata':{'name':'b','namespace':'ns'},'spec':{'"
                    "maxUnavailable':1,'selector':{'matchLabels':{'a':'s'}}}}");
    fake_api_create(
        h->api, &h->arena,
        "{'apiVersion':'apps/"
        "v1','kind':'StatefulSet','metadata':{'name':'s','namespace':'ns'},'spec':{'podManagementPolicy':'"
        "Parallel','replicas':3,'selector':{'matchLabels':{'a':'s'}}," TEMPLATE("'a':'s'", "v1") "}}");
    HARNESS_WAIT(h, harness_integer(h, BUDGET, "status.expectedPods") == 3);
    assert_int_equal(harness_integer(h, BUDGET, "status.disruptionsAllowed"), 0);
    HARNESS_WAIT(h, (harness_run_pods(h), harness_integer(h, BUDGET, "status.disruptionsAllowed") == 1));
    assert_int_equal(harness_integer(h, BUDGET, "status.desiredHealthy"), 2);
    assert_true(object_condition_is(harness_get(h, BUDGET), "DisruptionAllowed", "True"));
    fake_api_patch(h->api, POD("s-1") "/status",
                   "{'status':{'conditions':[{'type':'Ready','status':'False'}]}}");
    HARNESS_WAIT(h, harness_integer(h, BUDGET, "status.disruptionsAllowed") == 0);
    fake_api_patch(h->api, BUDGET, "{'spec':{'maxUnavailable':null,'minAvailable':'50%'}}");
    HARNESS_WAIT(h, harness_integer(h, BUDGET, "status.desiredHealthy") == 2 &&
                        harness_integer(h, BUDGET, "status.observedGeneration") == 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, harness_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_daemon_stands_on_every_node_that_fits),
        TEST(daemons_are_replaced_one_after_the_other),
        TEST(a_new_daemon_may_stand_beside_the_old_one),
        TEST(a_failed_daemon_is_replaced_at_once_and_then_later),
        TEST(members_come_in_order_and_keep_their_names),
        TEST(parallel_members_do_not_wait),
        TEST(an_unwell_set_does_not_shrink),
        TEST(several_members_may_be_replaced_at_once),
        TEST(claims_go_as_the_policy_says),
        TEST(a_failed_member_is_made_anew),
        TEST(a_cron_job_makes_jobs),
        TEST(budgets_count_what_may_go),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
