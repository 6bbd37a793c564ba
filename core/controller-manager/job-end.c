/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a job is over. That it will be is said at once (FailureTarget, SuccessCriteriaMet), so that the reason
 * survives the pods that gave it; that it is (Failed, Complete), when no pod works any more and all are
 * counted.
 */
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/job.h"

bool job_condition_is_true(const struct json *job, const char *type)
{
    return object_condition_is(job, type, "True");
}

void job_set_condition(struct job_sync *s, const char *type, const char *status, const char *reason,
                       const char *message)
{
    char now[TIME_TEXT_MAX];
    if (!object_set_condition(&s->arena, s->job, type, status, reason, message))
        return;
    time_format(clock_realtime_ns(), now);
    json_set_string(&s->arena, object_condition(s->job, type), "lastProbeTime", now);
    s->changed = true;
}

static bool end(struct job_sync *s, const char *type, const char *reason, const char *message)
{
    s->end.type = type;
    s->end.reason = reason;
    s->end.message = message;
    return true;
}

/* --- what went wrong --- */

/* Said in an earlier sync: it stays. */
static bool ended_before(struct job_sync *s)
{
    static const char *const types[] = {"SuccessCriteriaMet", "FailureTarget"};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
        const struct json *said = object_condition(s->job, types[i]);
        if (said && job_condition_is_true(s->job, types[i]))
            return end(s, types[i], json_string_or(json_get(said, "reason"), ""),
                       json_string_or(json_get(said, "message"), ""));
    }
    return false;
}

static bool failed_by_policy(struct job_sync *s)
{
    for (size_t i = 0; i < s->claimed.count; i++) {
        const char *why = NULL;
        const struct json *pod = s->claimed.items[i];
        if (job_pod_failed(s, pod) && job_failure_of(s, pod, &why) == FAILURE_ENDS_JOB)
            return end(s, "FailureTarget", "PodFailurePolicy", why);
    }
    return false;
}

static int64_t restarts_in(const struct json *statuses)
{
    int64_t count = 0;
    json_for_each (status, statuses)
        count += json_integer_or(json_get(status, "restartCount"), 0);
    return count;
}

/* Pods that are restarted in place do not fail: their restarts count. */
static bool over_restarts(const struct job_sync *s, int64_t limit)
{
    int64_t count = 0;
    if (!slice_is(json_slice(json_at(s->job, "spec.template.spec.restartPolicy")), "OnFailure"))
        return false;
    for (size_t i = 0; i < s->active_count; i++)
        count += restarts_in(json_at(s->active[i], "status.initContainerStatuses")) +
                 restarts_in(json_at(s->active[i], "status.containerStatuses"));
    return limit == 0 ? count > 0 : count >= limit;
}

static bool over_backoff_limit(struct job_sync *s)
{
    int64_t limit = json_integer_at(s->job, "spec.backoffLimit", s->limit_per_index >= 0 ? INT32_MAX : 6);
    if (s->failed <= limit && !over_restarts(s, limit))
        return false;
    return end(s, "FailureTarget", "BackoffLimitExceeded", "Job has reached the specified backoff limit");
}

static bool past_deadline(struct job_sync *s)
{
    int64_t seconds = json_integer_at(s->job, "spec.activeDeadlineSeconds", -1), since = 0;
    if (seconds < 0 || json_boolean_at(s->job, "spec.suspend", false) ||
        !time_parse(json_slice(json_get(s->status, "startTime")), &since))
        return false;
    int64_t left_ns = since + seconds * NS_PER_S - clock_realtime_ns();
    if (left_ns <= 0)
        return end(s, "FailureTarget", "DeadlineExceeded", "Job was active longer than specified deadline");
    s->again_ms = left_ns / NS_PER_MS + 1;
    return false;
}

static bool lost_indexes(struct job_sync *s)
{
    int64_t lost = index_set_count(&s->lost), most = json_integer_at(s->job, "spec.maxFailedIndexes", -1);
    if (s->limit_per_index < 0 || lost == 0)
        return false;
    if (most >= 0 && lost > most)
        return end(s, "FailureTarget", "MaxFailedIndexesExceeded",
                   "Job has exceeded the specified maximal number of failed indexes");
    if (lost + index_set_count(&s->done) >= s->completions)
        return end(s, "FailureTarget", "FailedIndexes", "Job has failed indexes");
    return false;
}

void job_decide(struct job_sync *s)
{
    if (ended_before(s) || failed_by_policy(s) || over_backoff_limit(s) || past_deadline(s) ||
        lost_indexes(s))
        return;
    const char *rule = s->indexed ? job_success_rule(s) : NULL;
    if (rule)
        end(s, "SuccessCriteriaMet", "SuccessPolicy", rule);
}

/* --- success --- */

void job_decide_complete(struct job_sync *s)
{
    bool enough = s->completions >= 0 ? s->succeeded >= s->completions : s->succeeded > 0;
    if (enough && s->active_count == 0)
        end(s, "SuccessCriteriaMet", "CompletionsReached", "Reached expected number of succeeded pods");
}

/* --- saying so --- */

void job_announce_end(struct job_sync *s)
{
    if (!s->end.type || job_condition_is_true(s->job, s->end.type))
        return;
    job_set_condition(s, s->end.type, "True", s->end.reason, s->end.message);
    if (!strcmp(s->end.type, "FailureTarget"))
        event_record(s->c->control.events, s->job, NULL, "Warning", s->end.reason, "%s", s->end.message);
}

static bool all_counted(const struct job_sync *s)
{
    const struct json *uncounted = json_get(s->status, "uncountedTerminatedPods");
    return json_count(json_get(uncounted, "succeeded")) + json_count(json_get(uncounted, "failed")) == 0;
}

void job_conclude(struct job_sync *s)
{
    char now[TIME_TEXT_MAX];
    if (!s->end.type || s->blind || s->active_count || s->terminating || !all_counted(s))
        return;
    if (!strcmp(s->end.type, "FailureTarget")) {
        job_set_condition(s, "Failed", "True", s->end.reason, s->end.message);
        return;
    }
    time_format(clock_realtime_ns(), now);
    json_set_string(&s->arena, s->status, "completionTime", now);
    job_set_condition(s, "Complete", "True", s->end.reason, s->end.message);
    event_record(s->c->control.events, s->job, NULL, "Normal", "Completed", "Job completed");
}
