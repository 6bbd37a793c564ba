/* SPDX-License-Identifier: Apache-2.0 */
/* Counting what ended: each pod once, whatever happens between the steps. */
#include "core/base/memory.h"
#include "core/controller-manager/job.h"

#define UNCOUNTED_MAX 500 /* pods that the status names at once */

/* --- what a pod is --- */

bool job_pod_succeeded(const struct json *pod)
{
    return slice_is(json_slice(json_at(pod, "status.phase")), "Succeeded");
}

static bool only_failed_are_replaced(const struct json *job)
{
    return slice_is(json_slice(json_at(job, "spec.podReplacementPolicy")), "Failed") ||
           !json_is_absent(json_at(job, "spec.podFailurePolicy"));
}

bool job_pod_failed(const struct job_sync *s, const struct json *pod)
{
    if (slice_is(json_slice(json_at(pod, "status.phase")), "Failed"))
        return true;
    return !only_failed_are_replaced(s->job) && object_is_deleted(pod) && !job_pod_succeeded(pod);
}

static bool is_listed(const struct json *list, const char *uid)
{
    json_for_each (one, list)
        if (slice_is(json_slice(one), uid))
            return true;
    return false;
}

static bool is_named(const struct job_sync *s, const char *which, const struct json *pod)
{
    return is_listed(json_get(json_get(s->status, "uncountedTerminatedPods"), which), object_uid(pod));
}

/* Still to be counted, by itself or with those that the status names already. */
static bool is_uncounted(const struct job_sync *s, const struct json *pod)
{
    return object_has_finalizer(pod, JOB_FINALIZER) && !is_named(s, "succeeded", pod) &&
           !is_named(s, "failed", pod);
}

/* --- counting, without changing anything --- */

static bool failure_counts(struct job_sync *s, const struct json *pod)
{
    return job_failure_of(s, pod, NULL) != FAILURE_IGNORED;
}

/* The index has failed for good, by its last pod. */
static bool index_is_lost(struct job_sync *s, const struct json *pod)
{
    enum pod_failure failure = job_failure_of(s, pod, NULL);
    return failure == FAILURE_ENDS_INDEX ||
           (failure != FAILURE_IGNORED && job_index_failures(pod, ANNOTATION_FAILURES) >= s->limit_per_index);
}

static void count_indexes(struct job_sync *s)
{
    int64_t index;
    s->done = index_set_new(&s->arena, s->completions);
    s->lost = index_set_new(&s->arena, s->completions);
    index_set_parse(&s->done, json_string_or(json_get(s->status, "completedIndexes"), ""));
    index_set_parse(&s->lost, json_string_or(json_get(s->status, "failedIndexes"), ""));
    for (size_t i = 0; i < s->claimed.count; i++) {
        const struct json *pod = s->claimed.items[i];
        if (!object_has_finalizer(pod, JOB_FINALIZER) || !job_index_of(s, pod, &index))
            continue;
        if (job_pod_succeeded(pod))
            index_set_add(&s->done, index);
        else if (s->limit_per_index >= 0 && job_pod_failed(s, pod) && index_is_lost(s, pod))
            index_set_add(&s->lost, index);
    }
    s->succeeded = index_set_count(&s->done);
}

static int64_t all_failures(const struct json *pod)
{
    return job_index_failures(pod, ANNOTATION_FAILURES) + job_index_failures(pod, ANNOTATION_IGNORED);
}

/* The next pod of an index carries on its count of failures: until there is one, the last failed pod is kept,
 * as nothing else knows that count. */
static void hold_last_failed(struct job_sync *s)
{
    int64_t index;
    s->held = arena_alloc0(&s->arena, (size_t)(s->completions + 1) * sizeof(struct json *));
    for (size_t i = 0; i < s->claimed.count; i++) {
        struct json *pod = s->claimed.items[i];
        if (!job_pod_failed(s, pod) || !object_has_finalizer(pod, JOB_FINALIZER) ||
            !job_index_of(s, pod, &index) || index_set_has(&s->done, index) || index_set_has(&s->lost, index))
            continue;
        if (!s->held[index] || all_failures(pod) > all_failures(s->held[index]))
            s->held[index] = pod;
    }
    for (size_t i = 0; i < s->active_count; i++)
        if (job_index_of(s, s->active[i], &index))
            s->held[index] = NULL;
}

static void count_pod(struct job_sync *s, struct json *pod)
{
    s->terminating += object_is_deleted(pod) && !pod_is_terminal(pod);
    if (pod_is_active(pod)) {
        s->active[s->active_count++] = pod;
        s->ready += pod_is_ready(pod);
    } else if (is_uncounted(s, pod) && job_pod_succeeded(pod)) {
        s->succeeded++;
    } else if (is_uncounted(s, pod) && job_pod_failed(s, pod)) {
        s->failed += failure_counts(s, pod);
    }
}

void job_count(struct job_sync *s)
{
    const struct json *uncounted = json_get(s->status, "uncountedTerminatedPods");
    s->active = arena_alloc(&s->arena, (s->claimed.count + 1) * sizeof(struct json *));
    s->succeeded = json_integer_at(s->status, "succeeded", 0) + json_count(json_get(uncounted, "succeeded"));
    s->failed = json_integer_at(s->status, "failed", 0) + json_count(json_get(uncounted, "failed"));
    for (size_t i = 0; i < s->claimed.count; i++)
        count_pod(s, s->claimed.items[i]);
    if (s->indexed)
        count_indexes(s);
    if (s->indexed && s->limit_per_index >= 0)
        hold_last_failed(s);
}

/* --- the status --- */

static struct json *uncounted(struct job_sync *s, const char *which)
{
    struct json *list = json_ensure(&s->arena, s->status, "uncountedTerminatedPods", JSON_OBJECT);
    return json_ensure(&s->arena, list, which, JSON_ARRAY);
}

static const struct json *find_pod(const struct job_sync *s, struct slice uid)
{
    for (size_t i = 0; i < s->claimed.count; i++)
        if (slice_is(uid, object_uid(s->claimed.items[i])))
            return s->claimed.items[i];
    return NULL;
}

/* Those whose pods are gone, or bear no finalizer any more, become numbers. */
static void count_released(struct job_sync *s, const char *which)
{
    struct json *list = uncounted(s, which);
    int64_t count = 0;
    for (struct json *one = list->first, *next; one; one = next) {
        next = one->next;
        const struct json *pod = find_pod(s, json_slice(one));
        if (pod && object_has_finalizer(pod, JOB_FINALIZER))
            continue;
        json_remove_node(list, one);
        count++;
        s->changed = true;
    }
    if (count)
        json_set_int(&s->arena, s->status, which, json_integer_at(s->status, which, 0) + count);
}

static void note_text(struct job_sync *s, const char *key, const char *text)
{
    if (strcmp(json_string_or(json_get(s->status, key), ""), text) == 0)
        return;
    json_set_string(&s->arena, s->status, key, text[0] ? text : NULL);
    s->changed = true;
}

static void note_indexes(struct job_sync *s)
{
    int64_t count = index_set_count(&s->done);
    note_text(s, "completedIndexes", index_set_text(&s->done, &s->arena));
    if (s->limit_per_index >= 0 && (index_set_count(&s->lost) || json_get(s->status, "failedIndexes")))
        note_text(s, "failedIndexes", index_set_text(&s->lost, &s->arena));
    if (json_integer_at(s->status, "succeeded", 0) == count)
        return;
    json_set_int(&s->arena, s->status, "succeeded", count);
    s->changed = true;
}

static int write_status(struct job_sync *s, struct error *err)
{
    struct json *answer = NULL;
    if (!s->changed)
        return 0;
    if (client_update(s->c->client, s->c->resource, "status", s->job, &s->arena, &answer, err) < 0)
        return -1;
    own_writes_note(s->c->writes, s->key, answer);
    json_set(&s->arena, json_get(s->job, "metadata"), "resourceVersion",
             json_copy(&s->arena, json_at(answer, "metadata.resourceVersion")));
    s->changed = false;
    return 0;
}

/* --- finalizers --- */

static bool may_release(const struct job_sync *s, const struct json *pod)
{
    int64_t index;
    if (object_is_deleted(s->job) || s->end.type || job_pod_succeeded(pod))
        return true;
    return job_pod_failed(s, pod) && !(s->held && job_index_of(s, pod, &index) && s->held[index] == pod);
}

/* Which list names the pod; NULL: it is let go without being counted. When a job fails, those that still work
 * fail with it. */
static const char *list_for(struct job_sync *s, const struct json *pod)
{
    int64_t index;
    bool fails = s->end.type && !strcmp(s->end.type, "FailureTarget");
    if (s->indexed && !job_index_of(s, pod, &index))
        return NULL;
    if (job_pod_succeeded(pod))
        return s->indexed ? NULL : "succeeded"; /* an index counts by itself */
    return (fails || job_pod_failed(s, pod)) && failure_counts(s, pod) ? "failed" : NULL;
}

/* Names what ended, and collects all that may lose their finalizer. */
static size_t name_ended(struct job_sync *s, struct json **ret)
{
    size_t count = 0;
    for (size_t i = 0; i < s->claimed.count; i++) {
        struct json *pod = s->claimed.items[i];
        if (!object_has_finalizer(pod, JOB_FINALIZER) || !may_release(s, pod))
            continue;
        const char *which = is_uncounted(s, pod) ? list_for(s, pod) : NULL;
        if (which &&
            json_count(uncounted(s, "succeeded")) + json_count(uncounted(s, "failed")) >= UNCOUNTED_MAX) {
            s->blind = true; /* the others' turn comes, before anything is concluded */
            s->again_ms = 1;
            break;
        }
        if (which) {
            json_append_string(&s->arena, uncounted(s, which), object_uid(pod));
            s->changed = true;
        }
        ret[count++] = pod;
    }
    return count;
}

int job_release_pod(const struct job_sync *s, struct json *pod, struct error *err)
{
    struct error one = ERROR_INIT;
    struct arena arena = ARENA_INIT;
    struct json *patch = json_new_object(&arena), *metadata = json_set_object(&arena, patch, "metadata");
    json_set_string(&arena, metadata, "uid", object_uid(pod));
    json_append_string(&arena, json_set_array(&arena, metadata, "$deleteFromPrimitiveList/finalizers"),
                       JOB_FINALIZER);
    expectations_expect_deletion(s->c->released, s->key, object_uid(pod));
    int rc = client_patch(s->c->client, s->c->control.pods, object_namespace(pod), object_name(pod), NULL,
                          PATCH_STRATEGIC, patch, &arena, NULL, &one);
    bool gone = rc < 0 && one.code == ERR_NOT_FOUND;
    if (rc < 0)
        expectations_deletion_observed(s->c->released, s->key, object_uid(pod));
    if (rc < 0 && !gone)
        error_move(err, &one);
    else
        object_remove_finalizer(pod, JOB_FINALIZER);
    error_done(&one);
    arena_done(&arena);
    return gone ? 0 : rc;
}

int job_settle(struct job_sync *s, struct error *err)
{
    struct json **ended = arena_alloc(&s->arena, (s->claimed.count + 1) * sizeof(struct json *));
    int result = 0;
    count_released(s, "succeeded");
    count_released(s, "failed");
    if (s->indexed)
        note_indexes(s);
    size_t count = name_ended(s, ended);
    if (count)
        job_announce_end(s); /* before the first pod goes, so that the reason is not lost with it */
    if (count && write_status(s, err) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (job_release_pod(s, ended[i], err) < 0)
            result = -1;
    count_released(s, "succeeded");
    count_released(s, "failed");
    if (s->indexed)
        note_indexes(s);
    job_announce_end(s);
    job_conclude(s);
    return write_status(s, err) < 0 ? -1 : result;
}
