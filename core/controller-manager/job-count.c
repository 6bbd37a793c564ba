/* SPDX-License-Identifier: Apache-2.0 */
/* Counting what ended: each pod once, whatever happens between the steps. */
#include "core/base/memory.h"
#include "core/controller-manager/job.h"

static bool succeeded(const struct json *pod)
{
    return slice_is(json_slice(json_at(pod, "status.phase")), "Succeeded");
}

static bool failed(const struct json *pod)
{
    return !succeeded(pod) &&
           (slice_is(json_slice(json_at(pod, "status.phase")), "Failed") || object_is_deleted(pod));
}

bool job_pod_ended(const struct json *pod)
{
    return succeeded(pod) || failed(pod);
}

static struct json *uncounted(struct job_sync *s, const char *which)
{
    struct json *list = json_ensure(&s->arena, s->status, "uncountedTerminatedPods", JSON_OBJECT);
    return json_ensure(&s->arena, list, which, JSON_ARRAY);
}

static bool is_listed(const struct json *list, const char *uid)
{
    json_for_each (one, list)
        if (slice_is(json_slice(one), uid))
            return true;
    return false;
}

static const struct json *find_pod(const struct job_sync *s, struct slice uid)
{
    for (size_t i = 0; i < s->claimed.count; i++)
        if (slice_is(uid, object_uid(s->claimed.items[i])))
            return s->claimed.items[i];
    return NULL;
}

static void add_to(struct job_sync *s, const char *counter, int64_t count)
{
    if (!count)
        return;
    json_set_int(&s->arena, s->status, counter, json_integer_or(json_get(s->status, counter), 0) + count);
    s->changed = true;
}

/* Those whose pods are gone, or bear no finalizer any more, become numbers. A succeeded pod of an Indexed job
 * counts by its index, which stands in the status already. */
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
    if (!s->indexed || strcmp(which, "succeeded") != 0)
        add_to(s, which, count);
}

static void name_ended(struct job_sync *s, const struct json *pod)
{
    const char *which = succeeded(pod) ? "succeeded" : "failed";
    int64_t index;
    if (!object_has_finalizer(pod, JOB_FINALIZER) || is_listed(uncounted(s, "succeeded"), object_uid(pod)) ||
        is_listed(uncounted(s, "failed"), object_uid(pod)))
        return;
    if (s->indexed && succeeded(pod)) {
        if (!job_index_of(pod, &index) || index >= s->completions)
            return;
        job_index_set_done(s, index);
    }
    json_append_string(&s->arena, uncounted(s, which), object_uid(pod));
    s->changed = true;
}

static void note_active(struct job_sync *s, struct json *pod)
{
    s->active[s->active_count++] = pod;
    s->ready += pod_is_ready(pod);
}

static void note_indexes(struct job_sync *s)
{
    char *text = job_indexes_text(s);
    int64_t count = job_indexes_count(s);
    if (strcmp(json_string_or(json_get(s->status, "completedIndexes"), ""), text) != 0)
        json_set_string(&s->arena, s->status, "completedIndexes", text[0] ? text : NULL);
    if (json_integer_or(json_get(s->status, "succeeded"), 0) != count) {
        json_set_int(&s->arena, s->status, "succeeded", count);
        s->changed = true;
    }
}

void job_count(struct job_sync *s)
{
    s->active = arena_alloc(&s->arena, (s->claimed.count + 1) * sizeof(struct json *));
    if (s->indexed)
        job_indexes_parse(s, json_string_or(json_get(s->status, "completedIndexes"), ""));
    count_released(s, "succeeded");
    count_released(s, "failed");
    for (size_t i = 0; i < s->claimed.count; i++) {
        struct json *pod = s->claimed.items[i];
        s->terminating += object_is_deleted(pod) && !pod_is_terminal(pod);
        if (job_pod_ended(pod))
            name_ended(s, pod);
        else
            note_active(s, pod);
    }
    if (s->indexed)
        note_indexes(s);
    s->succeeded = json_integer_or(json_get(s->status, "succeeded"), 0) +
                   (s->indexed ? 0 : json_count(uncounted(s, "succeeded")));
    s->failed = json_integer_or(json_get(s->status, "failed"), 0) + json_count(uncounted(s, "failed"));
}

int job_write_status(struct job_sync *s, struct error *err)
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

static int release(struct job_sync *s, struct json *pod, struct error *err)
{
    struct error one = ERROR_INIT;
    struct json *answer = NULL, *patch = json_new_object(&s->arena);
    struct json *metadata = json_set_object(&s->arena, patch, "metadata");
    json_set_string(&s->arena, metadata, "uid", object_uid(pod));
    json_append_string(&s->arena, json_set_array(&s->arena, metadata, "$deleteFromPrimitiveList/finalizers"),
                       JOB_FINALIZER);
    int rc = client_patch(s->c->client, s->c->control.pods, object_namespace(pod), object_name(pod), NULL,
                          PATCH_STRATEGIC, patch, &s->arena, &answer, &one);
    if (rc == 0)
        own_writes_note(s->c->pod_writes, s->key, answer);
    if (rc == 0 || one.code == ERR_NOT_FOUND) {
        object_remove_finalizer(pod, JOB_FINALIZER);
        rc = 0;
    } else {
        error_move(err, &one);
    }
    error_done(&one);
    return rc;
}

static bool job_is_over(const struct json *job)
{
    return object_condition_is(job, "Complete", "True") || object_condition_is(job, "Failed", "True");
}

int job_settle(struct job_sync *s, struct error *err)
{
    bool over = job_is_over(s->job);
    int result = 0;
    if (job_write_status(s, err) < 0)
        return -1;
    for (size_t i = 0; i < s->claimed.count; i++) {
        struct json *pod = s->claimed.items[i];
        bool named = is_listed(uncounted(s, "succeeded"), object_uid(pod)) ||
                     is_listed(uncounted(s, "failed"), object_uid(pod));
        if (object_has_finalizer(pod, JOB_FINALIZER) && (named || over) && release(s, pod, err) < 0)
            result = -1;
    }
    count_released(s, "succeeded");
    count_released(s, "failed");
    return result < 0 || job_write_status(s, err) < 0 ? -1 : 0;
}
