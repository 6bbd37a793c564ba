/* SPDX-License-Identifier: Apache-2.0 */
/* Requests about one pod. */
#include "core/scheduler/pod-job.h"

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/memory.h"

void pod_job_init(struct pod_job *j, struct scheduler *s, const struct pod *p)
{
    *j = (struct pod_job){.scheduler = s, .key = xstrdup(p->key), .uid = xstrdup(p->uid)};
    j->name = j->key + (p->name - p->key);
    j->namespace_ = (struct slice){j->key, (size_t)(j->name - j->key) - (j->name > j->key)};
    j->profile = config_profile_index(s->config, p->class->scheduler);
    j->events = s->events[j->profile];
}

void pod_job_done(struct pod_job *j)
{
    free(j->key);
    free(j->uid);
}

const char *pod_job_namespace(const struct pod_job *j, struct arena *arena)
{
    return arena_strndup(arena, j->namespace_.data, j->namespace_.size);
}

struct json *pod_job_reference(const struct pod_job *j, struct arena *arena)
{
    struct json *pod = object_new(arena, "v1", "Pod", pod_job_namespace(j, arena), j->name);
    json_set_string(arena, json_get(pod, "metadata"), "uid", j->uid);
    return pod;
}

int pod_job_patch_status(const struct pod_job *j, struct json *status, struct arena *arena, struct error *err)
{
    struct json *patch = json_new_object(arena), *answer = NULL;
    json_set_string(arena, json_set_object(arena, patch, "metadata"), "uid", j->uid);
    json_set(arena, patch, "status", status);
    return client_patch(j->scheduler->client, RESOURCE("", "v1", "pods"), pod_job_namespace(j, arena),
                        j->name, "status", PATCH_STRATEGIC, patch, arena, &answer, err);
}

void pod_job_set_condition(struct json *status, struct arena *arena, const char *type, const char *state,
                           const char *reason, const char *message, bool moved)
{
    char now[TIME_TEXT_MAX];
    struct json *conditions = json_ensure(arena, status, "conditions", JSON_ARRAY);
    struct json *condition = json_append(arena, conditions, json_new_object(arena));
    json_set_string(arena, condition, "type", type);
    json_set_string(arena, condition, "status", state);
    json_set_string(arena, condition, "reason", reason);
    json_set_string(arena, condition, "message", message);
    if (moved) {
        time_format(clock_realtime_ns(), now);
        json_set_string(arena, condition, "lastTransitionTime", now);
    }
}
