/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs: how pods are counted, what ends a job, and what a job says about failures and success. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/harness.h"

#define PODS     "/api/v1/pods"
#define NS       "/namespaces/ns/"
#define JOB      "/apis/batch/v1" NS "jobs/j"
#define INDEX    "batch.kubernetes.io/job-completion-index"
#define FAILURES "batch.kubernetes.io/job-index-failure-count"
#define NEW_JOB(more)                                                                                        \
    "{'apiVersion':'batch/v1','kind':'Job','metadata':{'name':'j','namespace':'ns'},"                        \
    "'spec':{'selector':{'matchLabels':{'a':'j'}},'template':{'metadata':{'labels':{'a':'j'}},"              \
    "'spec':{'restartPolicy':'Never','containers':[{'name':'c','image':'v1'}]}}" more "}}"

static int setup(void **state)
{
    static const struct controller *const rows[] = {&controller_job, &controller_ttl_after_finished, NULL};
    struct harness *h = harness_new(state);
    harness_start(h, rows);
    return 0;
}

/* --- looking --- */

static int64_t number(struct harness *h, const char *at)
{
    return harness_integer(h, JOB, at);
}

static bool job_is(struct harness *h, const char *condition)
{
    return object_condition_is(harness_get(h, JOB), condition, "True");
}

static const char *reason(struct harness *h, const char *condition)
{
    return json_string_or(json_get(object_condition(harness_get(h, JOB), condition), "reason"), "");
}

static const char *text(struct harness *h, const char *at)
{
    return json_string_or(json_at(harness_get(h, JOB), at), "");
}

static struct json *nth(struct harness *h, uint32_t n)
{
    return json_element(fake_api_list(h->api, &h->arena, PODS), n);
}

/* The pod of an index that has not ended; NULL: there is none. */
static struct json *working(struct harness *h, const char *index)
{
    json_for_each (pod, fake_api_list(h->api, &h->arena, PODS)) {
        const char *its = object_annotation(pod, INDEX);
        if (its && !strcmp(its, index) && pod_is_active(pod))
            return pod;
    }
    return NULL;
}

static uint32_t with_finalizers(struct harness *h)
{
    uint32_t count = 0;
    json_for_each (pod, fake_api_list(h->api, &h->arena, PODS))
        count += json_count(json_at(pod, "metadata.finalizers"));
    return count;
}

/* --- doing --- */

static void end_pod(struct harness *h, const struct json *pod, const char *phase, const char *more)
{
    assert_non_null(pod);
    _cleanup_free_ char *path = xasprintf("/api/v1" NS "pods/%s/status", object_name(pod));
    _cleanup_free_ char *patch = xasprintf("{'status':{'phase':'%s'%s}}", phase, more);
    fake_api_patch(h->api, path, patch);
}

#define EXIT(code, at)                                                                                       \
    ",'containerStatuses':[{'name':'c','state':{'terminated':{'exitCode':" code ",'finishedAt':'" at "'}}}]"
#define LONG_AGO "2020-01-01T00:00:00Z"

static void request(struct harness *h, const char *method, const char *path)
{
    struct transport *t = fake_api_transport(h->api);
    struct transport_request r = {.method = method, .target = path};
    struct http_client_response response;
    t->request(t, &r, &response, NULL);
    buffer_done(&response.body);
}

static void create(struct harness *h, const char *job)
{
    fake_api_create(h->api, &h->arena, job);
}

/* --- counting --- */

static void each_pod_counts_once(void **state)
{
    struct harness *h = *state;
    create(h, NEW_JOB(",'completions':3,'parallelism':2"));
    HARNESS_WAIT(h, harness_count(h, PODS) == 2);
    harness_settle(h);
    assert_int_equal(harness_count(h, PODS), 2);
    end_pod(h, nth(h, 0), "Succeeded", "");
    HARNESS_WAIT(h, harness_count(h, PODS) == 3 && number(h, "status.succeeded") == 1);
    end_pod(h, nth(h, 1), "Succeeded", "");
    end_pod(h, nth(h, 2), "Succeeded", "");
    HARNESS_WAIT(h, job_is(h, "Complete"));
    assert_int_equal(number(h, "status.succeeded"), 3); /* all are counted when it is said to be over */
    assert_true(job_is(h, "SuccessCriteriaMet"));
    assert_int_equal(with_finalizers(h), 0);
    harness_settle(h);
    assert_int_equal(number(h, "status.succeeded"), 3);
    assert_int_equal(harness_count(h, PODS), 3);
}

static void a_pod_that_vanishes_was_counted_first(void **state)
{
    struct harness *h = *state;
    create(h, NEW_JOB(",'completions':1,'parallelism':1"));
    HARNESS_WAIT(h, harness_count(h, PODS) == 1);
    _cleanup_free_ char *path = xasprintf("/api/v1" NS "pods/%s", object_name(nth(h, 0)));
    end_pod(h, nth(h, 0), "Succeeded", "");
    request(h, "DELETE", path);
    HARNESS_WAIT(h, job_is(h, "Complete"));
    HARNESS_WAIT(h, number(h, "status.succeeded") == 1 && harness_count(h, PODS) == 0);
}

static void a_deleted_pod_is_replaced(void **state)
{
    struct harness *h = *state;
    create(h, NEW_JOB(""));
    HARNESS_WAIT(h, harness_count(h, PODS) == 1);
    _cleanup_free_ char *name = xstrdup(object_name(nth(h, 0)));
    _cleanup_free_ char *path = xasprintf("/api/v1" NS "pods/%s", name);
    request(h, "DELETE", path);
    HARNESS_WAIT(h, harness_count(h, PODS) == 1 && strcmp(object_name(nth(h, 0)), name) != 0);
    HARNESS_WAIT(h, number(h, "status.failed") == 1);
}

static void pods_that_outlive_their_job_are_let_go(void **state)
{
    struct harness *h = *state;
    create(h, NEW_JOB(",'parallelism':2,'completions':2"));
    HARNESS_WAIT(h, with_finalizers(h) == 2);
    harness_settle(h);
    request(h, "DELETE", JOB);
    HARNESS_WAIT(h, with_finalizers(h) == 0);
    assert_int_equal(harness_count(h, PODS), 2);
}

static void an_orphan_is_let_go(void **state)
{
    struct harness *h = *state;
    create(h, "{'apiVersion':'v1','kind':'Pod','metadata':{'name':'p','namespace':'ns',"
              "'finalizers':['batch.kubernetes.io/job-tracking']}}");
    HARNESS_WAIT(h, with_finalizers(h) == 0);
}

/* --- what ends a job --- */

static void too_many_failures_end_it(void **state)
{
    struct harness *h = *state;
    create(h, NEW_JOB(",'parallelism':2,'completions':2,'backoffLimit':0"));
    HARNESS_WAIT(h, harness_count(h, PODS) == 2);
    end_pod(h, nth(h, 0), "Failed", "");
    HARNESS_WAIT(h, job_is(h, "Failed"));
    assert_string_equal(reason(h, "Failed"), "BackoffLimitExceeded");
    assert_string_equal(reason(h, "FailureTarget"), "BackoffLimitExceeded");
    assert_int_equal(number(h, "status.failed"), 2); /* the other one failed with it */
    HARNESS_WAIT(h, harness_count(h, PODS) == 1);    /* the one that ended stays to be looked at */
}

static void a_suspended_job_has_no_pods(void **state)
{
    struct harness *h = *state;
    create(h, NEW_JOB(",'parallelism':3,'completions':3,'backoffLimit':1"));
    HARNESS_WAIT(h, harness_count(h, PODS) == 3);
    fake_api_patch(h->api, JOB, "{'spec':{'suspend':true}}");
    HARNESS_WAIT(h, harness_count(h, PODS) == 0 && job_is(h, "Suspended"));
    assert_int_equal(number(h, "status.failed"), 0); /* they did not fail */
    fake_api_patch(h->api, JOB, "{'spec':{'suspend':false}}");
    HARNESS_WAIT(h, harness_count(h, PODS) == 3 && !job_is(h, "Suspended"));
    assert_false(job_is(h, "FailureTarget"));
}

static void time_runs_out(void **state)
{
    struct harness *h = *state;
    create(h, NEW_JOB(",'activeDeadlineSeconds':1"));
    HARNESS_WAIT(h, job_is(h, "Failed"));
    assert_string_equal(reason(h, "Failed"), "DeadlineExceeded");
}

/* --- indexes --- */

static void indexes_are_each_done(void **state)
{
    struct harness *h = *state;
    create(h, NEW_JOB(",'completions':3,'parallelism':3,'completionMode':'Indexed'"));
    HARNESS_WAIT(h, harness_count(h, PODS) == 3);
    assert_true(working(h, "0") && working(h, "1") && working(h, "2"));
    assert_string_equal(json_string_at(working(h, "1"), "spec.hostname"), "j-1");
    for (uint32_t i = 0; i < 3; i++)
        end_pod(h, nth(h, i), "Succeeded", "");
    HARNESS_WAIT(h, job_is(h, "Complete"));
    assert_string_equal(text(h, "status.completedIndexes"), "0-2");
    assert_int_equal(number(h, "status.succeeded"), 3);
    assert_int_equal(with_finalizers(h), 0);
}

static void an_index_fails_for_itself(void **state)
{
    struct harness *h = *state;
    create(h,
           NEW_JOB(",'completions':2,'parallelism':2,'completionMode':'Indexed','backoffLimitPerIndex':1"));
    HARNESS_WAIT(h, harness_count(h, PODS) == 2);
    assert_string_equal(object_annotation(working(h, "0"), FAILURES), "0");
    end_pod(h, working(h, "0"), "Failed", EXIT("1", LONG_AGO));
    HARNESS_WAIT(h, working(h, "0"));
    assert_string_equal(object_annotation(working(h, "0"), FAILURES), "1");
    end_pod(h, working(h, "0"), "Failed", EXIT("1", LONG_AGO));
    HARNESS_WAIT(h, !strcmp(text(h, "status.failedIndexes"), "0"));
    assert_false(job_is(h, "Failed")); /* the other one goes on */
    end_pod(h, working(h, "1"), "Succeeded", "");
    HARNESS_WAIT(h, job_is(h, "Failed"));
    assert_string_equal(reason(h, "Failed"), "FailedIndexes");
    assert_int_equal(number(h, "status.failed"), 2);
    assert_int_equal(number(h, "status.succeeded"), 1);
    assert_string_equal(text(h, "status.completedIndexes"), "1");
    assert_int_equal(harness_count(h, PODS), 3);
    assert_int_equal(with_finalizers(h), 0);
}

static void too_many_failed_indexes_end_it(void **state)
{
    struct harness *h = *state;
    create(h, NEW_JOB(",'completions':4,'parallelism':2,'completionMode':'Indexed','backoffLimitPerIndex':0,"
                      "'maxFailedIndexes':0"));
    HARNESS_WAIT(h, harness_count(h, PODS) == 2);
    end_pod(h, working(h, "1"), "Failed", "");
    HARNESS_WAIT(h, job_is(h, "Failed"));
    assert_string_equal(reason(h, "Failed"), "MaxFailedIndexesExceeded");
    assert_string_equal(text(h, "status.failedIndexes"), "1");
}

/* --- policies --- */

#define ON_EXIT(action, codes) "{'action':'" action "','onExitCodes':{'operator':'In','values':[" codes "]}}"

static void a_failure_may_end_the_job_at_once(void **state)
{
    struct harness *h = *state;
    create(h, NEW_JOB(",'completions':2,'parallelism':2,'podFailurePolicy':{'rules':[" ON_EXIT("FailJob",
                                                                                               "42") "]}"));
    HARNESS_WAIT(h, harness_count(h, PODS) == 2);
    _cleanup_free_ char *why =
        xasprintf("Container c for pod ns/%s failed with exit code 42 matching FailJob rule at index 0",
                  object_name(nth(h, 0)));
    end_pod(h, nth(h, 0), "Failed", EXIT("42", LONG_AGO));
    HARNESS_WAIT(h, job_is(h, "Failed"));
    assert_string_equal(reason(h, "Failed"), "PodFailurePolicy");
    assert_string_equal(json_string_at(object_condition(harness_get(h, JOB), "Failed"), "message"), why);
}

static void a_failure_may_be_ignored(void **state)
{
    struct harness *h = *state;
    create(h, NEW_JOB(",'backoffLimit':0,'podFailurePolicy':{'rules':[{'action':'Ignore','onPodConditions':["
                      "{'type':'DisruptionTarget','status':'True'}]}]}"));
    HARNESS_WAIT(h, harness_count(h, PODS) == 1);
    end_pod(h, nth(h, 0), "Failed",
            EXIT("137", LONG_AGO) ",'conditions':[{'type':'DisruptionTarget','status':'True'}]");
    HARNESS_WAIT(h, harness_count(h, PODS) == 2);
    end_pod(h, nth(h, 1), "Succeeded", "");
    HARNESS_WAIT(h, job_is(h, "Complete"));
    assert_int_equal(number(h, "status.failed"), 0);
    assert_int_equal(with_finalizers(h), 0);
}

static void a_failure_may_end_its_index(void **state)
{
    struct harness *h = *state;
    create(h, NEW_JOB(",'completions':2,'parallelism':2,'completionMode':'Indexed','backoffLimitPerIndex':3,"
                      "'podFailurePolicy':{'rules':[" ON_EXIT("FailIndex", "3,4") "]}"));
    HARNESS_WAIT(h, harness_count(h, PODS) == 2);
    end_pod(h, working(h, "1"), "Failed", EXIT("4", LONG_AGO));
    HARNESS_WAIT(h, !strcmp(text(h, "status.failedIndexes"), "1"));
    harness_settle(h);
    assert_null(working(h, "1"));
}

/* Where failed pods alone are replaced, one on its way out still counts as working. */
static void only_failed_pods_are_replaced(void **state)
{
    struct harness *h = *state;
    create(h, NEW_JOB(",'podReplacementPolicy':'Failed'"));
    HARNESS_WAIT(h, harness_count(h, PODS) == 1);
    _cleanup_free_ char *path = xasprintf("/api/v1" NS "pods/%s", object_name(nth(h, 0)));
    request(h, "DELETE", path);
    HARNESS_WAIT(h, number(h, "status.terminating") == 1);
    harness_settle(h);
    assert_int_equal(harness_count(h, PODS), 1);
    end_pod(h, nth(h, 0), "Failed", EXIT("143", LONG_AGO));
    HARNESS_WAIT(h, harness_count(h, PODS) == 1 && pod_is_active(nth(h, 0)));
}

static void some_indexes_may_be_enough(void **state)
{
    struct harness *h = *state;
    create(h, NEW_JOB(",'completions':4,'parallelism':4,'completionMode':'Indexed','successPolicy':{'rules':["
                      "{'succeededIndexes':'0-1','succeededCount':2},{'succeededIndexes':'3'}]}"));
    HARNESS_WAIT(h, harness_count(h, PODS) == 4);
    end_pod(h, working(h, "0"), "Succeeded", "");
    HARNESS_WAIT(h, number(h, "status.succeeded") == 1);
    harness_settle(h);
    assert_false(job_is(h, "SuccessCriteriaMet"));
    end_pod(h, working(h, "3"), "Succeeded", "");
    HARNESS_WAIT(h, job_is(h, "Complete"));
    assert_string_equal(reason(h, "SuccessCriteriaMet"), "SuccessPolicy");
    assert_string_equal(reason(h, "Complete"), "SuccessPolicy");
    assert_string_equal(json_string_at(object_condition(harness_get(h, JOB), "Complete"), "message"),
                        "Matched rules at index 1");
    HARNESS_WAIT(h, harness_count(h, PODS) == 2); /* those that worked are deleted */
}

static void finished_jobs_go_in_time(void **state)
{
    struct harness *h = *state;
    create(h, NEW_JOB(",'ttlSecondsAfterFinished':0"));
    HARNESS_WAIT(h, harness_count(h, PODS) == 1);
    end_pod(h, nth(h, 0), "Succeeded", "");
    HARNESS_WAIT(h, !harness_get(h, JOB) || object_is_deleted(harness_get(h, JOB)));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, harness_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_pod_counts_once),
        TEST(a_pod_that_vanishes_was_counted_first),
        TEST(a_deleted_pod_is_replaced),
        TEST(pods_that_outlive_their_job_are_let_go),
        TEST(an_orphan_is_let_go),
        TEST(too_many_failures_end_it),
        TEST(a_suspended_job_has_no_pods),
        TEST(time_runs_out),
        TEST(indexes_are_each_done),
        TEST(an_index_fails_for_itself),
        TEST(too_many_failed_indexes_end_it),
        TEST(a_failure_may_end_the_job_at_once),
        TEST(a_failure_may_be_ignored),
        TEST(a_failure_may_end_its_index),
        TEST(only_failed_pods_are_replaced),
        TEST(some_indexes_may_be_enough),
        TEST(finished_jobs_go_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
