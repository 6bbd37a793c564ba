/* SPDX-License-Identifier: Apache-2.0 */
/* spec.podFailurePolicy and spec.successPolicy: the first rule that fits counts. */
#include "core/controller-manager/job.h"

/* --- failed pods --- */

static bool value_listed(const struct json *values, int64_t value)
{
    json_for_each (one, values)
        if (json_integer_or(one, -1) == value)
            return true;
    return false;
}

/* A container that ended with a code that the requirement names; one that ended well is never meant. */
static const struct json *find_exit(const struct json *statuses, const struct json *requirement)
{
    const char *only = json_string_at(requirement, "containerName");
    bool in = slice_is(json_slice(json_get(requirement, "operator")), "In");
    json_for_each (status, statuses) {
        const struct json *ended = json_at(status, "state.terminated");
        int64_t code = json_integer_at(ended, "exitCode", 0);
        if (ended && code != 0 && (!only || slice_is(json_slice(json_get(status, "name")), only)) &&
            value_listed(json_get(requirement, "values"), code) == in)
            return status;
    }
    return NULL;
}

static const struct json *match_exit(const struct json *pod, const struct json *requirement)
{
    if (json_is_absent(requirement))
        return NULL;
    const struct json *found = find_exit(json_at(pod, "status.containerStatuses"), requirement);
    return found ? found : find_exit(json_at(pod, "status.initContainerStatuses"), requirement);
}

static const struct json *match_condition(const struct json *pod, const struct json *patterns)
{
    json_for_each (condition, json_at(pod, "status.conditions"))
        json_for_each (pattern, patterns)
            if (slice_equal(json_slice(json_get(condition, "type")), json_slice(json_get(pattern, "type"))) &&
                !strcmp(json_string_or(json_get(condition, "status"), ""),
                        json_string_or(json_get(pattern, "status"), "True")))
                return condition;
    return NULL;
}

static enum pod_failure action_of(const struct json *rule)
{
    static const struct {
        const char *action;
        enum pod_failure failure;
    } actions[] = {{"Ignore", FAILURE_IGNORED},
                   {"FailJob", FAILURE_ENDS_JOB},
                   {"FailIndex", FAILURE_ENDS_INDEX},
                   {"Count", FAILURE_COUNTS}};
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++)
        if (slice_is(json_slice(json_get(rule, "action")), actions[i].action))
            return actions[i].failure;
    return FAILURE_COUNTS;
}

static char *tell(struct job_sync *s, const struct json *pod, const struct json *exited,
                  const struct json *condition, int64_t rule)
{
    const char *namespace_ = object_namespace(pod), *name = object_name(pod);
    if (exited)
        return arena_printf(
            &s->arena,
            "Container %s for pod %s/%s failed with exit code %lld matching FailJob rule at index %lld",
            json_string_or(json_get(exited, "name"), ""), namespace_, name,
            (long long)json_integer_at(exited, "state.terminated.exitCode", 0), (long long)rule);
    return arena_printf(&s->arena, "Pod %s/%s has condition %s matching FailJob rule at index %lld",
                        namespace_, name, json_string_or(json_get(condition, "type"), ""), (long long)rule);
}

enum pod_failure job_failure_of(struct job_sync *s, const struct json *pod, const char **ret_why)
{
    int64_t at = 0;
    json_for_each (rule, json_at(s->job, "spec.podFailurePolicy.rules")) {
        const struct json *exited = match_exit(pod, json_get(rule, "onExitCodes"));
        const struct json *condition = match_condition(pod, json_get(rule, "onPodConditions"));
        if (exited || condition) {
            enum pod_failure failure = action_of(rule);
            if (failure == FAILURE_ENDS_JOB && ret_why)
                *ret_why = tell(s, pod, exited, condition, at);
            return failure;
        }
        at++;
    }
    return FAILURE_COUNTS;
}

/* --- success --- */

static bool rule_is_met(struct job_sync *s, const struct json *rule)
{
    const struct json *count = json_get(rule, "succeededCount");
    const char *named = json_string_at(rule, "succeededIndexes");
    if (!named)
        return !json_is_absent(count) && index_set_count(&s->done) >= json_integer_or(count, 0);
    struct index_set wanted = index_set_new(&s->arena, s->completions);
    index_set_parse(&wanted, named);
    int64_t have = 0;
    for (int64_t i = 0; i < s->completions; i++)
        have += index_set_has(&wanted, i) && index_set_has(&s->done, i);
    return have >= (json_is_absent(count) ? index_set_count(&wanted) : json_integer_or(count, 0));
}

const char *job_success_rule(struct job_sync *s)
{
    int64_t at = 0;
    json_for_each (rule, json_at(s->job, "spec.successPolicy.rules")) {
        if (rule_is_met(s, rule))
            return arena_printf(&s->arena, "Matched rules at index %lld", (long long)at);
        at++;
    }
    return NULL;
}
