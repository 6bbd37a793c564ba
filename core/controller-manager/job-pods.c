/* SPDX-License-Identifier: Apache-2.0 */
/* Making a job's pods, and removing those that are too many. After failures the next pod waits, ten seconds
 * at first, twice as long each time, ten minutes at most; with a limit per index each index by itself. */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/job.h"

#define BURST           500
#define BACKOFF_MIN_NS  (10 * NS_PER_S)
#define BACKOFF_MAX_NS  (600 * NS_PER_S)
#define NAME_PREFIX_MAX 58 /* what the server keeps of a generateName */

/* --- removing --- */

/* Pending ones first, then those that are not ready, then the youngest. */
static int by_worth(const void *x, const void *y)
{
    const struct json *a = *(struct json *const *)x, *b = *(struct json *const *)y;
    bool a_runs = slice_is(json_slice(json_at(a, "status.phase")), "Running");
    bool b_runs = slice_is(json_slice(json_at(b, "status.phase")), "Running");
    if (a_runs != b_runs)
        return a_runs ? 1 : -1;
    if (pod_is_ready(a) != pod_is_ready(b))
        return pod_is_ready(a) ? 1 : -1;
    int64_t difference = object_created_ns(b) - object_created_ns(a);
    return difference ? (difference < 0 ? -1 : 1) : strcmp(object_uid(a), object_uid(b));
}

static int release_first(void *context, struct json *pod, struct error *err)
{
    return object_has_finalizer(pod, JOB_FINALIZER) ? job_release_pod(context, pod, err) : 0;
}

static struct pod_batch batch_of(const struct job_sync *s)
{
    return (struct pod_batch){&s->c->control, s->c->expectations, s->key, s->job};
}

/* The first so many of the active ones. uncounted: they lose their finalizer first, so that they never count
 * as failed. */
static int delete_first(struct job_sync *s, size_t count, bool uncounted, struct error *err)
{
    struct pod_batch batch = batch_of(s);
    bool *deleted = arena_alloc0(&s->arena, count + 1);
    count = MIN(count, (size_t)BURST);
    int rc = pods_delete(&batch, s->active, count, uncounted ? release_first : NULL, s, deleted, err);
    for (size_t i = 0; i < count; i++) {
        if (!deleted[i])
            continue;
        s->ready -= pod_is_ready(s->active[i]);
        s->terminating++;
        s->active_count--;
    }
    s->blind = s->blind || rc < 0 || s->active_count > 0;
    return rc;
}

int job_delete_active(struct job_sync *s, struct error *err)
{
    return delete_first(s, s->active_count, false, err);
}

/* --- making --- */

static void add_index_variable(struct arena *arena, struct json *container)
{
    json_for_each (variable, json_get(container, "env"))
        if (slice_is(json_slice(json_get(variable, "name")), "JOB_COMPLETION_INDEX"))
            return;
    struct json *env =
        json_append(arena, json_ensure(arena, container, "env", JSON_ARRAY), json_new_object(arena));
    json_set_string(arena, env, "name", "JOB_COMPLETION_INDEX");
    json_set_stringf(arena, json_ensure(arena, env, "valueFrom.fieldRef", JSON_OBJECT), "fieldPath",
                     "metadata.labels['%s']", LABEL_JOB_INDEX);
}

/* The index stays in the name, however long the job's is. */
static void set_name(struct arena *arena, struct json *pod, const char *job, const char *index)
{
    int room = NAME_PREFIX_MAX - (int)strlen(index) - 2;
    json_set_stringf(arena, json_get(pod, "metadata"), "generateName", "%.*s-%s-", room, job, index);
}

/* What the pod that it follows counted, and that pod itself. */
static void carry_failures(struct job_sync *s, struct arena *arena, struct json *pod, int64_t index)
{
    const struct json *before = s->held[index];
    int64_t failures = before ? job_index_failures(before, ANNOTATION_FAILURES) : 0;
    int64_t ignored = before ? job_index_failures(before, ANNOTATION_IGNORED) : 0;
    if (before && job_failure_of(s, before, NULL) == FAILURE_IGNORED)
        ignored++;
    else if (before)
        failures++;
    object_set_annotation(arena, pod, ANNOTATION_FAILURES, arena_printf(arena, "%lld", (long long)failures));
    if (ignored)
        object_set_annotation(arena, pod, ANNOTATION_IGNORED,
                              arena_printf(arena, "%lld", (long long)ignored));
}

static struct json *build_pod(struct job_sync *s, struct arena *arena, int64_t index)
{
    static const char *const lists[] = {"initContainers", "containers"};
    struct json *pod = pod_from_template(&s->c->control, arena, s->job, json_at(s->job, "spec.template"));
    struct json *spec = json_get(pod, "spec");
    object_add_finalizer(arena, pod, JOB_FINALIZER);
    if (index < 0)
        return pod;
    char *text = arena_printf(arena, "%lld", (long long)index);
    object_set_annotation(arena, pod, LABEL_JOB_INDEX, text);
    object_set_label(arena, pod, LABEL_JOB_INDEX, text);
    set_name(arena, pod, object_name(s->job), text);
    json_set_stringf(arena, spec, "hostname", "%s-%s", object_name(s->job), text);
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        json_for_each (container, json_get(spec, lists[i]))
            add_index_variable(arena, container);
    if (s->held)
        carry_failures(s, arena, pod, index);
    return pod;
}

struct making {
    struct job_sync *s;
    const int64_t *indexes; /* NULL: none */
};

static struct json *build_one(void *context, struct arena *arena, size_t i)
{
    const struct making *m = context;
    return build_pod(m->s, arena, m->indexes ? m->indexes[i] : -1);
}

static int create_pods(struct job_sync *s, const int64_t *indexes, size_t count, struct error *err)
{
    struct pod_batch batch = batch_of(s);
    struct making making = {s, indexes};
    size_t made = pods_create(&batch, count, build_one, &making, err);
    s->active_count += made;
    return made == count ? 0 : -1;
}

/* --- waiting after failures --- */

/* When the pod ended: its last container did; failing that, when it was deleted, or made. */
static int64_t ended_ns(const struct json *pod)
{
    int64_t ended = 0, at = 0;
    json_for_each (status, json_at(pod, "status.containerStatuses"))
        if (time_parse(json_slice(json_at(status, "state.terminated.finishedAt")), &at))
            ended = MAX(ended, at);
    if (!ended && time_parse(json_slice(json_at(pod, "metadata.deletionTimestamp")), &at))
        ended = at;
    return ended ? ended : object_created_ns(pod);
}

static int64_t left_ms(int64_t since_ns, int64_t failures)
{
    int64_t delay = BACKOFF_MIN_NS;
    for (int64_t i = 1; i < failures && delay < BACKOFF_MAX_NS; i++)
        delay *= 2;
    int64_t left = since_ns + MIN(delay, BACKOFF_MAX_NS) - clock_realtime_ns();
    return failures && left > 0 ? left / NS_PER_MS + 1 : 0;
}

/* By the failures since the latest success; 0: now. */
static int64_t backoff_left_ms(const struct job_sync *s)
{
    int64_t success = 0, latest = 0, count = 0;
    for (size_t i = 0; i < s->claimed.count; i++)
        if (job_pod_succeeded(s->claimed.items[i]))
            success = MAX(success, ended_ns(s->claimed.items[i]));
    for (size_t i = 0; i < s->claimed.count; i++) {
        const struct json *pod = s->claimed.items[i];
        if (!slice_is(json_slice(json_at(pod, "status.phase")), "Failed") || ended_ns(pod) < success)
            continue;
        latest = MAX(latest, ended_ns(pod));
        count++;
    }
    return left_ms(latest, count);
}

static void look_again(struct job_sync *s, int64_t in_ms)
{
    s->again_ms = s->again_ms ? MIN(s->again_ms, in_ms) : in_ms;
}

/* Keeps those indexes whose turn it is; the others' time is noted. */
static int64_t keep_due(struct job_sync *s, int64_t *indexes, int64_t count)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++) {
        const struct json *before = s->held[indexes[i]];
        int64_t failures = before ? 1 + job_index_failures(before, ANNOTATION_FAILURES) +
                                        job_index_failures(before, ANNOTATION_IGNORED)
                                  : 0;
        int64_t wait_ms = before ? left_ms(ended_ns(before), failures) : 0;
        if (wait_ms)
            look_again(s, wait_ms);
        else
            indexes[kept++] = indexes[i];
    }
    return kept;
}

/* --- towards parallelism --- */

static int64_t wanted_active(const struct job_sync *s)
{
    int64_t parallelism = json_integer_at(s->job, "spec.parallelism", 1);
    if (json_boolean_at(s->job, "spec.suspend", false))
        return 0;
    if (s->completions >= 0)
        return MIN(parallelism, MAX(s->completions - s->succeeded - index_set_count(&s->lost), INT64_C(0)));
    /* no number is said: once one succeeded, the others may end but none is added */
    return s->succeeded > 0 ? MIN((int64_t)s->active_count, parallelism) : parallelism;
}

/* Pods on their way out: where only failed ones are replaced, their place is not free yet. */
static int64_t lingering(const struct job_sync *s)
{
    int64_t count = 0;
    for (size_t i = 0; i < s->claimed.count; i++) {
        const struct json *pod = s->claimed.items[i];
        count += object_is_deleted(pod) && !pod_is_terminal(pod) && !job_pod_failed(s, pod);
    }
    return count;
}

static int add_pods(struct job_sync *s, int64_t count, struct error *err)
{
    int64_t wait_ms = s->held ? 0 : backoff_left_ms(s), *indexes = NULL;
    if (wait_ms > 0) {
        look_again(s, wait_ms);
        return 0;
    }
    if (s->indexed)
        indexes = job_free_indexes(s, &count);
    if (s->held)
        count = keep_due(s, indexes, count);
    return count > 0 ? create_pods(s, indexes, (size_t)count, err) : 0;
}

int job_manage(struct job_sync *s, struct error *err)
{
    int64_t wanted = wanted_active(s), have = (int64_t)s->active_count;
    if (have)
        qsort(s->active, s->active_count, sizeof(struct json *), by_worth);
    size_t surplus = s->indexed && have ? job_surplus_indexes(s) : 0;
    surplus = MAX(surplus, (size_t)MAX(have - wanted, INT64_C(0)));
    if (surplus)
        return delete_first(s, surplus, true, err);
    int64_t missing = MIN(wanted - have - lingering(s), (int64_t)BURST);
    return missing > 0 ? add_pods(s, missing, err) : 0;
}
