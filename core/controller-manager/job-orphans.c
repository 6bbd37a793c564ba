/* SPDX-License-Identifier: Apache-2.0 */
/* Pods that bear the job controller's finalizer and have no job any more: it was deleted, or they were taken
 * from it. Nobody will count them, so nothing need hold them. */
#include "core/base/memory.h"
#include "core/controller-manager/job.h"

char *job_owner_key(const struct json *pod, struct arena *arena)
{
    const struct json *owner = object_controller(pod);
    if (!owner || strcmp(json_string_or(json_get(owner, "kind"), ""), "Job") != 0)
        return NULL;
    return arena_printf(arena, "%s/%s", object_namespace(pod), json_string_or(json_get(owner, "name"), ""));
}

bool job_owner_is_there(struct jobs *c, const struct json *pod, const char *key)
{
    _cleanup_(cleanup_cached_unref) struct cached *job = informer_get(c->jobs, key);
    return job && !strcmp(job->uid, json_string_or(json_get(object_controller(pod), "uid"), ""));
}

/* A job of the namespace may adopt it. */
static bool is_wanted(struct jobs *c, const struct json *pod)
{
    _cleanup_(object_list_done) struct object_list list = objects_in(c->jobs, object_namespace(pod));
    struct arena arena = ARENA_INIT;
    bool wanted = false;
    for (size_t i = 0; i < list.count && !wanted; i++) {
        struct selector *selector = NULL;
        const struct json *job = cached_parse(list.cached[i], &arena);
        wanted = !object_is_deleted(job) && !job_condition_is_true(job, "Complete") &&
                 !job_condition_is_true(job, "Failed") &&
                 selector_from_json(json_at(job, "spec.selector"), &selector, NULL) == 0 &&
                 selector_matches(selector, json_at(pod, "metadata.labels"));
        selector_free(selector);
        arena_reset(&arena);
    }
    arena_done(&arena);
    return wanted;
}

/* 1: the job that controls the pod is there, 0: it is not; by a read of the server, since our picture of jobs
 * may be older than that of pods. */
static int owner_lives(struct jobs *c, const struct json *pod, struct arena *arena, struct error *err)
{
    const struct json *owner = object_controller(pod);
    struct json *live = NULL;
    struct error one = ERROR_INIT;
    int rc = client_get(c->client, c->resource, object_namespace(pod),
                        json_string_or(json_get(owner, "name"), ""), arena, &live, &one);
    bool gone = rc < 0 && one.code == ERR_NOT_FOUND;
    if (rc < 0 && !gone)
        error_move(err, &one);
    error_done(&one);
    if (rc < 0)
        return gone ? 0 : -1;
    return !strcmp(object_uid(live), json_string_or(json_get(owner, "uid"), ""));
}

static int let_go(struct jobs *c, const struct json *pod, struct arena *arena, struct error *err)
{
    struct error one = ERROR_INIT;
    struct json *patch = json_new_object(arena), *metadata = json_set_object(arena, patch, "metadata");
    json_set_string(arena, metadata, "uid", object_uid(pod));
    json_append_string(arena, json_set_array(arena, metadata, "$deleteFromPrimitiveList/finalizers"),
                       JOB_FINALIZER);
    int rc = client_patch(c->client, c->control.pods, object_namespace(pod), object_name(pod), NULL,
                          PATCH_STRATEGIC, patch, arena, NULL, &one);
    bool failed = rc < 0 && one.code != ERR_NOT_FOUND;
    if (failed)
        error_move(err, &one);
    error_done(&one);
    return failed ? -1 : 0;
}

static int sync_orphan(struct jobs *c, const char *key, struct arena *arena, struct error *err)
{
    const struct json *pod = object_cached_key(c->pods, key, arena);
    if (!pod || !object_has_finalizer(pod, JOB_FINALIZER))
        return 0;
    const char *owner = job_owner_key(pod, arena);
    if (!owner) /* another controller's pods are left to it */
        return object_controller(pod) || is_wanted(c, pod) ? 0 : let_go(c, pod, arena, err);
    if (job_owner_is_there(c, pod, owner))
        return 0;
    int lives = owner_lives(c, pod, arena, err);
    return lives ? MIN(lives, 0) : let_go(c, pod, arena, err);
}

int64_t job_release_orphan(void *self, const char *key, struct error *err)
{
    struct arena arena = ARENA_INIT;
    int rc = sync_orphan(self, key, &arena, err);
    arena_done(&arena);
    return rc;
}
