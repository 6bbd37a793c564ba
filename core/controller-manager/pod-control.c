/* SPDX-License-Identifier: Apache-2.0 */
/* Pods from templates, for all controllers that make pods. */
#include "core/controller-manager/pod-control.h"

#include "core/api/names.h"
#include "core/base/clock.h"
#include "core/base/memory.h"

char *resource_api_version_text(struct arena *arena, const struct resource *r)
{
    return arena_printf(arena, "%s%s%s", r->group, r->group[0] ? "/" : "", r->version);
}

static void copy_member(struct arena *arena, struct json *to, const struct json *from, const char *key)
{
    const struct json *value = json_get(from, key);
    if (!json_is_absent(value))
        json_set(arena, to, key, json_copy(arena, value));
}

struct json *pod_from_template(const struct pod_control *p, struct arena *arena, const struct json *owner,
                               const struct json *template_)
{
    const struct resource *r = p->owner_resource;
    struct json *pod = object_new(arena, "v1", "Pod", object_namespace(owner), NULL);
    struct json *metadata = json_ensure(arena, pod, "metadata", JSON_OBJECT);
    const struct json *from = json_get(template_, "metadata");
    char *prefix = arena_printf(arena, "%s-", object_name(owner));
    bool fits = !name_check_dns1123_subdomain((struct slice){prefix, strlen(prefix) - 1});
    json_set_string(arena, metadata, "generateName", fits ? prefix : object_name(owner));
    copy_member(arena, metadata, from, "labels");
    copy_member(arena, metadata, from, "annotations");
    copy_member(arena, metadata, from, "finalizers");
    json_append(arena, json_set_array(arena, metadata, "ownerReferences"),
                object_owner_reference(arena, owner, resource_api_version_text(arena, r), r->kind));
    copy_member(arena, pod, template_, "spec");
    return pod;
}

int pod_control_create(const struct pod_control *p, struct arena *arena, const struct json *owner,
                       const struct json *pod, struct error *err)
{
    struct json *made = NULL;
    if (client_create(p->client, p->pods, object_namespace(owner), pod, arena, &made, err) == 0) {
        event_record(p->events, owner, NULL, "Normal", "SuccessfulCreate", "Created pod: %s",
                     object_name(made));
        return 0;
    }
    if (!namespace_is_terminating(err) && err->code != ERR_CANCELLED)
        event_record(p->events, owner, NULL, "Warning", "FailedCreate", "Error creating: %s", err->message);
    return -1;
}

int pod_control_delete(const struct pod_control *p, const struct json *owner, const struct json *pod,
                       struct error *err)
{
    struct client_delete_options options = {.grace_period_s = -1, .uid = object_uid(pod)};
    if (client_delete(p->client, p->pods, object_namespace(pod), object_name(pod), &options, err) == 0) {
        event_record(p->events, owner, NULL, "Normal", "SuccessfulDelete", "Deleted pod: %s",
                     object_name(pod));
        return 0;
    }
    if (err->code != ERR_NOT_FOUND && err->code != ERR_CANCELLED)
        event_record(p->events, owner, NULL, "Warning", "FailedDelete", "Error deleting: %s", err->message);
    return -1;
}

int64_t pod_available_in_ms(const struct json *pod, int64_t min_ready_s, int64_t now_ns)
{
    const struct json *ready = object_condition(pod, "Ready");
    int64_t since = 0;
    if (strcmp(json_string_or(json_get(ready, "status"), ""), "True") != 0)
        return -1;
    if (min_ready_s <= 0)
        return 0;
    if (!time_parse(json_slice(json_get(ready, "lastTransitionTime")), &since))
        return min_ready_s * 1000;
    int64_t left_ns = since + min_ready_s * NS_PER_S - now_ns;
    return left_ns <= 0 ? 0 : left_ns / NS_PER_MS + 1;
}
