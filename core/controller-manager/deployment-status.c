/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a deployment's status says: counts, whether enough is available, and whether the rollout gets on.
 * Progress is any count that got better; none within the deadline makes the rollout count as stuck, though it
 * goes on.
 */
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/deployment.h"

static struct json *find(const struct json *status, const char *type)
{
    json_for_each (condition, json_get(status, "conditions"))
        if (!strcmp(json_string_or(json_get(condition, "type"), ""), type))
            return condition;
    return NULL;
}

static bool is(const struct json *condition, const char *key, const char *value)
{
    return !strcmp(json_string_or(json_get(condition, key), ""), value);
}

static void remove_condition(struct json *status, const char *type)
{
    struct json *condition = find(status, type);
    if (condition)
        json_remove_node(json_get(status, "conditions"), condition);
}

bool deployment_set_condition(struct arena *arena, struct json *status, const char *type, const char *value,
                              const char *reason, const char *message)
{
    char now[TIME_TEXT_MAX];
    struct json *old = find(status, type);
    if (old && is(old, "status", value) && is(old, "reason", reason))
        return false;
    time_format(clock_realtime_ns(), now);
    const char *since =
        old && is(old, "status", value) ? json_string(json_get(old, "lastTransitionTime")) : NULL;
    remove_condition(status, type);
    struct json *condition =
        json_append(arena, json_ensure(arena, status, "conditions", JSON_ARRAY), json_new_object(arena));
    json_set_string(arena, condition, "type", type);
    json_set_string(arena, condition, "status", value);
    json_set_string(arena, condition, "lastUpdateTime", now);
    json_set_string(arena, condition, "lastTransitionTime", since ? since : now);
    json_set_string(arena, condition, "reason", reason);
    json_set_string(arena, condition, "message", message);
    return true;
}

int deployment_send_status(struct deployment_sync *s, struct error *err)
{
    struct json *answer = NULL;
    if (client_update(s->c->client, s->c->resource, "status", s->deployment, &s->arena, &answer, err) < 0)
        return -1;
    s->deployment = answer;
    return 0;
}

/* --- counts --- */

static int64_t sum(const struct deployment_sync *s, const char *field)
{
    int64_t total = 0;
    for (size_t i = 0; i < s->all.count; i++)
        total += set_count_of(s->all.items[i], field);
    return total;
}

/* Counts of nothing are left out, as the API writes them. */
static void set_or_omit(struct arena *arena, struct json *status, const char *key, int64_t value)
{
    if (value)
        json_set_int(arena, status, key, value);
    else
        json_remove(status, key);
}

static struct json *new_status(struct deployment_sync *s)
{
    struct arena *a = &s->arena;
    struct json *old = json_get(s->deployment, "status");
    struct json *status = old ? json_copy(a, old) : json_new_object(a);
    int64_t available = sum(s, "availableReplicas");
    set_or_omit(a, status, "observedGeneration", object_generation(s->deployment));
    set_or_omit(a, status, "replicas", sum(s, "replicas"));
    set_or_omit(a, status, "updatedReplicas", s->new_set ? set_count_of(s->new_set, "replicas") : 0);
    set_or_omit(a, status, "readyReplicas", sum(s, "readyReplicas"));
    set_or_omit(a, status, "availableReplicas", available);
    set_or_omit(a, status, "unavailableReplicas", MAX(sets_replicas(s, true) - available, INT64_C(0)));
    json_set_int(a, status, "terminatingReplicas", sum(s, "terminatingReplicas"));
    if (available >= deployment_replicas(s->deployment) - deployment_max_unavailable(s->deployment))
        deployment_set_condition(a, status, "Available", "True", "MinimumReplicasAvailable",
                                 "Deployment has minimum availability.");
    else
        deployment_set_condition(a, status, "Available", "False", "MinimumReplicasUnavailable",
                                 "Deployment does not have minimum availability.");
    return status;
}

static int64_t count(const struct json *status, const char *key)
{
    return json_integer_or(json_get(status, key), 0);
}

bool deployment_is_complete(const struct json *deployment, const struct json *status)
{
    int64_t size = deployment_replicas(deployment);
    return count(status, "updatedReplicas") == size && count(status, "replicas") == size &&
           count(status, "availableReplicas") == size &&
           count(status, "observedGeneration") >= object_generation(deployment);
}

static int write_if_changed(struct deployment_sync *s, struct json *status, struct error *err)
{
    if (json_equal_semantic(status, json_get(s->deployment, "status")))
        return 0;
    json_set(&s->arena, s->deployment, "status", status);
    return deployment_send_status(s, err);
}

int deployment_write_status(struct deployment_sync *s, struct error *err)
{
    return write_if_changed(s, new_status(s), err);
}

/* --- progress --- */

static bool got_on(const struct json *old, const struct json *status)
{
    return count(status, "updatedReplicas") > count(old, "updatedReplicas") ||
           count(status, "replicas") - count(status, "updatedReplicas") <
               count(old, "replicas") - count(old, "updatedReplicas") ||
           count(status, "readyReplicas") > count(old, "readyReplicas") ||
           count(status, "availableReplicas") > count(old, "availableReplicas");
}

static int64_t deadline_ns(const struct deployment_sync *s, const struct json *progressing)
{
    int64_t since = 0;
    time_parse(json_slice(json_get(progressing, "lastUpdateTime")), &since);
    return since + json_integer_at(s->deployment, "spec.progressDeadlineSeconds", 600) * NS_PER_S;
}

static bool timed_out(const struct deployment_sync *s, const struct json *status)
{
    const struct json *progressing = find(status, "Progressing");
    if (!progressing || is(progressing, "reason", "NewReplicaSetAvailable"))
        return false;
    return is(progressing, "reason", "ProgressDeadlineExceeded") ||
           deadline_ns(s, progressing) < clock_realtime_ns();
}

static char *about(struct deployment_sync *s, const char *what)
{
    return s->new_set ? arena_printf(&s->arena, "ReplicaSet \"%s\" %s", object_name(s->new_set), what)
                      : arena_printf(&s->arena, "Deployment \"%s\" %s", object_name(s->deployment), what);
}

/* A new time of update even though status and reason are the same. */
static void renew_progress(struct deployment_sync *s, struct json *status)
{
    const struct json *old = find(status, "Progressing");
    const char *since =
        old && is(old, "status", "True") ? json_string(json_get(old, "lastTransitionTime")) : NULL;
    remove_condition(status, "Progressing");
    deployment_set_condition(&s->arena, status, "Progressing", "True", "ReplicaSetUpdated",
                             about(s, "is progressing."));
    if (since)
        json_set_string(&s->arena, find(status, "Progressing"), "lastTransitionTime", since);
}

static void set_progress(struct deployment_sync *s, struct json *status)
{
    const struct json *old = json_get(s->deployment, "status"), *progressing = find(old, "Progressing");
    if (!deployment_has_deadline(s->deployment)) {
        remove_condition(status, "Progressing");
        return;
    }
    bool done_before = count(status, "replicas") == count(status, "updatedReplicas") && progressing &&
                       is(progressing, "reason", "NewReplicaSetAvailable");
    if (done_before)
        return;
    if (deployment_is_complete(s->deployment, status))
        deployment_set_condition(&s->arena, status, "Progressing", "True", "NewReplicaSetAvailable",
                                 about(s, "has successfully progressed."));
    else if (got_on(old, status))
        renew_progress(s, status);
    else if (timed_out(s, status))
        deployment_set_condition(&s->arena, status, "Progressing", "False", "ProgressDeadlineExceeded",
                                 about(s, "has timed out progressing."));
}

static const struct json *set_failure(const struct json *set)
{
    const struct json *failure = set ? object_condition(set, "ReplicaFailure") : NULL;
    return failure;
}

/* A set that cannot make its pods: the new one's failure counts before an old one's. */
static void take_over_failure(struct deployment_sync *s, struct json *status)
{
    const struct json *failure = set_failure(s->new_set);
    for (size_t i = 0; i < s->all.count && !failure; i++)
        failure = set_failure(s->all.items[i]);
    if (failure)
        deployment_set_condition(&s->arena, status, "ReplicaFailure",
                                 json_string_or(json_get(failure, "status"), "True"),
                                 json_string_or(json_get(failure, "reason"), ""),
                                 json_string_or(json_get(failure, "message"), ""));
    else
        remove_condition(status, "ReplicaFailure");
}

/* When nothing changes any more, the deadline has to be noticed all the same. */
static void look_again_at_deadline(struct deployment_sync *s, const struct json *status)
{
    const struct json *progressing = find(status, "Progressing");
    if (!deployment_has_deadline(s->deployment) || !progressing ||
        deployment_is_complete(s->deployment, status) ||
        is(progressing, "reason", "ProgressDeadlineExceeded"))
        return;
    int64_t left_ns = deadline_ns(s, progressing) - clock_realtime_ns();
    s->again_ms = MAX(left_ns, INT64_C(0)) / NS_PER_MS + 1000;
}

int deployment_write_rollout_status(struct deployment_sync *s, struct error *err)
{
    struct json *status = new_status(s);
    set_progress(s, status);
    take_over_failure(s, status);
    if (write_if_changed(s, status, err) < 0)
        return -1;
    look_again_at_deadline(s, json_get(s->deployment, "status"));
    return 0;
}

int deployment_note_pause(struct deployment_sync *s, struct error *err)
{
    struct json *status = json_ensure(&s->arena, s->deployment, "status", JSON_OBJECT);
    const struct json *progressing = find(status, "Progressing");
    bool paused = json_boolean_at(s->deployment, "spec.paused", false);
    bool noted = progressing && is(progressing, "reason", "DeploymentPaused");
    if (!deployment_has_deadline(s->deployment) || paused == noted ||
        (progressing && is(progressing, "reason", "ProgressDeadlineExceeded")))
        return 0;
    if (paused)
        deployment_set_condition(&s->arena, status, "Progressing", "Unknown", "DeploymentPaused",
                                 "Deployment is paused");
    else
        deployment_set_condition(&s->arena, status, "Progressing", "Unknown", "DeploymentResumed",
                                 "Deployment is resumed");
    return deployment_send_status(s, err);
}
