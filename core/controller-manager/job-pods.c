/* SPDX-License-Identifier: Apache-2.0 */
/* Making a job's pods, and removing those that are too many. After failures the next pod waits, ten seconds
 * at first, twice as long each time, ten minutes at most. */
#include <stdlib.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/controller-manager/job.h"

#define BURST          500
#define BACKOFF_MIN_NS (10 * NS_PER_S)
#define BACKOFF_MAX_NS (600 * NS_PER_S)

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

int job_delete_active(struct job_sync *s, int64_t count, struct error *err)
{
    int result = 0;
    if (s->active_count)
        qsort(s->active, s->active_count, sizeof(struct json *), by_worth);
    count = MIN(count, (int64_t)s->active_count);
    for (int64_t i = 0; i < count; i++)
        expectations_expect_deletion(s->c->expectations, s->key, object_uid(s->active[i]));
    for (int64_t i = 0; i < count; i++) {
        struct error one = ERROR_INIT;
        if (pod_control_delete(&s->c->control, s->job, s->active[i], &one) < 0) {
            expectations_deletion_observed(s->c->expectations, s->key, object_uid(s->active[i]));
            if (one.code != ERR_NOT_FOUND) {
                error_move(err, &one);
                result = -1;
            }
        }
        error_done(&one);
    }
    return result;
}

/* --- making --- */

static struct json *build_pod(struct job_sync *s, struct arena *arena, int64_t index)
{
    struct json *pod = pod_from_template(&s->c->control, arena, s->job, json_at(s->job, "spec.template"));
    object_add_finalizer(arena, pod, JOB_FINALIZER);
    if (index < 0)
        return pod;
    char *text = arena_printf(arena, "%lld", (long long)index);
    object_set_annotation(arena, pod, LABEL_JOB_INDEX, text);
    object_set_label(arena, pod, LABEL_JOB_INDEX, text);
    struct json *spec = json_get(pod, "spec");
    json_set_stringf(arena, json_get(pod, "metadata"), "generateName", "%s-%s-", object_name(s->job), text);
    if (!json_slice(json_get(spec, "hostname")).size)
        json_set_stringf(arena, spec, "hostname", "%s-%s", object_name(s->job), text);
    static const char *const lists[] = {"initContainers", "containers"};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        json_for_each (container, json_get(spec, lists[i])) {
            struct json *env =
                json_append(arena, json_ensure(arena, container, "env", JSON_ARRAY), json_new_object(arena));
            json_set_string(arena, env, "name", "JOB_COMPLETION_INDEX");
            json_set_stringf(arena, json_ensure(arena, env, "valueFrom.fieldRef", JSON_OBJECT), "fieldPath",
                             "metadata.annotations['%s']", LABEL_JOB_INDEX);
        }
    return pod;
}

/* The lowest indexes that are neither done nor being worked on. */
static int64_t *free_indexes(struct job_sync *s, int64_t *count)
{
    int64_t *list = arena_alloc(&s->arena, (size_t)(*count + 1) * sizeof(int64_t)), found = 0, index;
    uint8_t *busy = arena_alloc0(&s->arena, (size_t)s->completions / 8 + 1);
    for (size_t i = 0; i < s->active_count; i++)
        if (job_index_of(s->active[i], &index) && index < s->completions)
            busy[index / 8] |= (uint8_t)(1u << index % 8);
    for (index = 0; index < s->completions && found < *count; index++)
        if (!job_index_is_done(s, index) && !(busy[index / 8] >> index % 8 & 1))
            list[found++] = index;
    *count = found;
    return list;
}

static int create_pods(struct job_sync *s, int64_t count, struct error *err)
{
    int64_t *indexes = s->indexed ? free_indexes(s, &count) : NULL;
    expectations_expect_creations(s->c->expectations, s->key, count);
    for (int64_t i = 0; i < count; i++) {
        struct arena one = ARENA_INIT;
        struct json *pod = build_pod(s, &one, indexes ? indexes[i] : -1);
        int rc = pod_control_create(&s->c->control, &one, s->job, pod, err);
        arena_done(&one);
        if (rc < 0) {
            expectations_creation_observed(s->c->expectations, s->key, count - i);
            return namespace_is_terminating(err) ? 0 : -1;
        }
        s->active_count++;
    }
    return 0;
}

/* How long after the latest failure; 0: now. */
static int64_t backoff_left_ms(const struct job_sync *s)
{
    int64_t latest = 0, count = 0, delay = BACKOFF_MIN_NS;
    for (size_t i = 0; i < s->claimed.count; i++) {
        int64_t ended = 0;
        if (!slice_is(json_slice(json_at(s->claimed.items[i], "status.phase")), "Failed"))
            continue;
        json_for_each (status, json_at(s->claimed.items[i], "status.containerStatuses")) {
            int64_t at = 0;
            if (time_parse(json_slice(json_at(status, "state.terminated.finishedAt")), &at))
                ended = MAX(ended, at);
        }
        latest = MAX(latest, ended ? ended : object_created_ns(s->claimed.items[i]));
        count++;
    }
    if (!count)
        return 0;
    for (int64_t i = 1; i < count && delay < BACKOFF_MAX_NS; i++)
        delay *= 2;
    int64_t left = latest + MIN(delay, BACKOFF_MAX_NS) - clock_realtime_ns();
    return left > 0 ? left / NS_PER_MS + 1 : 0;
}

static int64_t wanted_active(const struct job_sync *s)
{
    int64_t parallelism = json_integer_at(s->job, "spec.parallelism", 1);
    if (s->completions >= 0)
        return MIN(parallelism, MAX(s->completions - s->succeeded, INT64_C(0)));
    /* no number is said: once one succeeded, the others may end but none is added */
    return s->succeeded > 0 ? MIN((int64_t)s->active_count, parallelism) : parallelism;
}

int job_manage(struct job_sync *s, struct error *err)
{
    int64_t wanted = wanted_active(s), have = (int64_t)s->active_count;
    if (have > wanted)
        return job_delete_active(s, have - wanted, err);
    /* pods on their way out still work */
    int64_t missing = MIN(wanted - have - (int64_t)s->terminating, (int64_t)BURST);
    if (missing <= 0)
        return 0;
    int64_t wait_ms = backoff_left_ms(s);
    if (wait_ms > 0) {
        s->again_ms = s->again_ms ? MIN(s->again_ms, wait_ms) : wait_ms;
        return 0;
    }
    return create_pods(s, missing, err);
}
