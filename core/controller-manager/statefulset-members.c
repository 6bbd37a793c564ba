/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The steps of a stateful set. With OrderedReady one member at a time is made, in order, each only when the
 * one before is ready, and taken away in the opposite order; with Parallel all at once. An update goes from
 * the highest ordinal down, one member at a time (or maxUnavailable), and waits for each.
 */
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/deployment.h"
#include "core/controller-manager/statefulset.h"

bool member_is_available(struct stateful_sync *s, const struct json *pod)
{
    int64_t in_ms =
        pod_available_in_ms(pod, json_integer_at(s->set, "spec.minReadySeconds", 0), clock_realtime_ns());
    if (in_ms > 0 && (!s->again_ms || in_ms < s->again_ms))
        s->again_ms = in_ms;
    return in_ms == 0;
}

static bool is_running_and_ready(const struct json *pod)
{
    return pod && slice_is(json_slice(json_at(pod, "status.phase")), "Running") && pod_is_ready(pod);
}

static bool is_healthy(const struct json *pod)
{
    return is_running_and_ready(pod) && !object_is_deleted(pod);
}

static bool is_ordered(const struct json *set)
{
    return strcmp(json_string_or(json_at(set, "spec.podManagementPolicy"), "OrderedReady"), "OrderedReady") ==
           0;
}

static void tell(struct stateful_sync *s, const char *verb, const char *pod, const struct error *failed)
{
    bool create = !strcmp(verb, "create");
    struct event_recorder *events = s->c->control.events;
    if (!failed)
        event_record(events, s->set, NULL, "Normal", create ? "SuccessfulCreate" : "SuccessfulDelete",
                     "%s Pod %s in StatefulSet %s successful", verb, pod, object_name(s->set));
    else if (failed->code != ERR_CANCELLED)
        event_record(events, s->set, NULL, "Warning", create ? "FailedCreate" : "FailedDelete",
                     "%s Pod %s in StatefulSet %s failed error: %s", verb, pod, object_name(s->set),
                     failed->message);
}

static int create_member(struct stateful_sync *s, int64_t ordinal, struct error *err)
{
    struct json *pod = member_pod(s, ordinal);
    if (member_claims(s, ordinal, err) < 0)
        return -1;
    if (client_create(s->c->client, s->c->control.pods, object_namespace(s->set), pod, &s->arena, NULL, err) <
        0) {
        if (err->code != ERR_ALREADY_EXISTS && !namespace_is_terminating(err))
            tell(s, "create", object_name(pod), err);
        return -1;
    }
    tell(s, "create", object_name(pod), NULL);
    return 0;
}

static int delete_member(struct stateful_sync *s, const struct json *pod, struct error *err)
{
    struct error one = ERROR_INIT;
    struct client_delete_options options = {.grace_period_s = -1, .uid = object_uid(pod)};
    int rc = client_delete(s->c->client, s->c->control.pods, object_namespace(pod), object_name(pod),
                           &options, &one);
    if (rc == 0 || one.code == ERR_NOT_FOUND) {
        if (rc == 0)
            tell(s, "delete", object_name(pod), NULL);
        error_done(&one);
        return 0;
    }
    tell(s, "delete", object_name(pod), &one);
    error_move(err, &one);
    return -1;
}

static int replace_ended(struct stateful_sync *s, const struct json *pod, struct error *err)
{
    bool failed = slice_is(json_slice(json_at(pod, "status.phase")), "Failed");
    if (object_is_deleted(pod))
        return 0;
    event_record(s->c->control.events, s->set, NULL, failed ? "Warning" : "Normal",
                 failed ? "RecreatingFailedPod" : "RecreatingTerminatedPod",
                 "StatefulSet %s/%s is recreating %s Pod %s", object_namespace(s->set), object_name(s->set),
                 failed ? "failed" : "terminated", object_name(pod));
    return delete_member(s, pod, err);
}

/* 1: the member is as it shall be; 0: a step was taken or something has to be waited for. */
static int look_at_member(struct stateful_sync *s, struct member *m, struct error *err)
{
    if (member_keep_claims(s, m->ordinal, NULL, err) < 0)
        return -1;
    if (!m->pod)
        return create_member(s, m->ordinal, err);
    if (pod_is_terminal(m->pod))
        return replace_ended(s, m->pod, err);
    if (object_is_deleted(m->pod) || !is_running_and_ready(m->pod))
        return 0;
    return member_is_available(s, m->pod);
}

/* 1: all are there and well. */
static int make_members(struct stateful_sync *s, bool ordered, struct error *err)
{
    int all = 1;
    for (int64_t i = 0; i < s->count; i++) {
        int rc = look_at_member(s, &s->members[i], err);
        if (rc < 0)
            return -1;
        all = all && rc;
        if (!all && ordered)
            return 0;
    }
    return all;
}

static bool is_well(struct stateful_sync *s, const struct json *pod)
{
    return is_healthy(pod) && member_is_available(s, pod);
}

/* In order: one that is unwell goes only when none below it is unwell too, since something may be wrong with
 * all of them. */
static bool must_wait(struct stateful_sync *s, size_t at)
{
    if (is_well(s, s->condemned[at].pod))
        return false;
    for (size_t below = at + 1; below < s->condemned_count; below++)
        if (!is_well(s, s->condemned[below].pod))
            return true;
    return false;
}

static int remove_condemned(struct stateful_sync *s, bool ordered, struct error *err)
{
    for (size_t i = 0; i < s->condemned_count; i++) {
        struct json *pod = s->condemned[i].pod;
        if (member_keep_claims(s, s->condemned[i].ordinal, pod, err) < 0)
            return -1;
        if (ordered && (object_is_deleted(pod) || must_wait(s, i)))
            return 0;
        if (object_is_deleted(pod))
            continue;
        if (delete_member(s, pod, err) < 0)
            return -1;
        if (ordered)
            return 0;
    }
    return s->condemned_count == 0;
}

/* From the highest down to the partition: what is not of the new revision is replaced, so many at a time as
 * may be unavailable; those that are unwell above count. */
static int roll(struct stateful_sync *s, struct error *err)
{
    const struct json *strategy = json_at(s->set, "spec.updateStrategy");
    int64_t partition = json_integer_at(strategy, "rollingUpdate.partition", 0), waiting = 0;
    int64_t most =
        MAX(int_or_percent(json_at(strategy, "rollingUpdate.maxUnavailable"), s->count, true, 1), INT64_C(1));
    if (slice_is(json_slice(json_get(strategy, "type")), "OnDelete"))
        return 0;
    for (int64_t i = s->count; i-- > partition && waiting < most;) {
        struct json *pod = s->members[i].pod;
        bool old = pod && !member_has_revision(pod, s->update) && !object_is_deleted(pod);
        if (old && delete_member(s, pod, err) < 0)
            return -1;
        waiting += old || !is_well(s, pod);
    }
    return 0;
}

int members_step(struct stateful_sync *s, struct error *err)
{
    bool ordered = is_ordered(s->set);
    int made = make_members(s, ordered, err);
    if (made < 0)
        return -1;
    if (!made && ordered)
        return 0;
    int removed = remove_condemned(s, ordered, err);
    if (removed < 0)
        return -1;
    return !removed && ordered ? 0 : roll(s, err);
}
