/* SPDX-License-Identifier: Apache-2.0 */
/* Defaults of pods, containers and volumes that follow from other fields. */
#include "core/api/schema/hooks.h"

static bool is_unset(const struct json *object, const char *key)
{
    const struct json *value = json_get(object, key);

    return json_is_absent(value) || (value->type == JSON_STRING && value->size == 0);
}

/* "latest", also when neither a tag nor a digest is there. The tag stands behind the last slash: a registry
 * may have a port. */
static bool image_is_latest(struct slice image)
{
    const char *slash = memrchr(image.data, '/', image.size);
    struct slice name = image, digest;

    if (slash) {
        name.size -= (size_t)(slash + 1 - name.data);
        name.data = slash + 1;
    }
    digest = name;
    name = slice_cut(&digest, '@');
    slice_cut(&name, ':');
    return name.data ? slice_is(name, "latest") : !digest.data;
}

static void default_pull_policy(struct arena *arena, struct json *object, const char *image_key,
                                const char *policy_key)
{
    if (is_unset(object, policy_key))
        json_set_string(arena, object, policy_key,
                        image_is_latest(json_slice(json_get(object, image_key))) ? "Always" : "IfNotPresent");
}

void default_container(struct arena *arena, struct json *object)
{
    default_pull_policy(arena, object, "image", "imagePullPolicy");
}

void default_volume(struct arena *arena, struct json *object)
{
    bool has_source = false;

    json_for_each (it, object)
        has_source = has_source || it->type == JSON_OBJECT;
    if (!has_source)
        json_set_object(arena, object, "emptyDir");
    struct json *image = json_get(object, "image");
    if (image)
        default_pull_policy(arena, image, "reference", "pullPolicy");
}

/* What is limited and not requested is requested as far as it is limited. */
static void default_requests(struct arena *arena, struct json *resources)
{
    json_for_each (limit, json_get(resources, "limits")) {
        struct json *requests = json_ensure(arena, resources, "requests", JSON_OBJECT);
        struct slice name = {limit->key, limit->key_size};
        if (!json_get_slice(requests, name))
            json_set_slice(arena, requests, name, json_copy(arena, limit));
    }
}

static void default_host_ports(struct arena *arena, struct json *container)
{
    json_for_each (port, json_get(container, "ports"))
        if (json_integer_at(port, "hostPort", 0) == 0 && json_integer_at(port, "containerPort", 0))
            json_set_int(arena, port, "hostPort", json_integer_at(port, "containerPort", 0));
}

static void default_containers(struct arena *arena, const struct json *spec, const char *list)
{
    bool host_network = json_boolean_at(spec, "hostNetwork", false);

    json_for_each (container, json_get(spec, list)) {
        default_requests(arena, json_get(container, "resources"));
        if (host_network)
            default_host_ports(arena, container);
    }
}

static bool is_requested(const struct json *spec, const char *list, struct slice name)
{
    json_for_each (container, json_get(spec, list))
        if (json_get_slice(json_at(container, "resources.requests"), name))
            return true;
    return false;
}

/* Requests of the pod as a whole, as far as no container says more. */
static void default_pod_requests(struct arena *arena, struct json *spec)
{
    struct json *resources = json_get(spec, "resources");

    json_for_each (limit, json_get(resources, "limits")) {
        struct slice name = {limit->key, limit->key_size};
        struct json *requests = json_ensure(arena, resources, "requests", JSON_OBJECT);
        if (!json_get_slice(requests, name) && !is_requested(spec, "containers", name) &&
            !is_requested(spec, "initContainers", name))
            json_set_slice(arena, requests, name, json_copy(arena, limit));
    }
}

/* Of pods only, not of templates. */
void default_pod(struct arena *arena, struct json *object)
{
    struct json *spec = json_get(object, "spec");

    if (!json_is(spec, JSON_OBJECT))
        return;
    default_containers(arena, spec, "containers");
    default_containers(arena, spec, "initContainers");
    default_pod_requests(arena, spec);
    if (json_is_absent(json_get(spec, "enableServiceLinks")))
        json_set_bool(arena, spec, "enableServiceLinks", true);
}

/* The old name of the field always says the same. */
void default_pod_spec(struct arena *arena, struct json *object)
{
    const char *name = json_string_at(object, "serviceAccountName");

    if (!name || !*name)
        name = json_string_at(object, "serviceAccount");
    if (!name || !*name)
        return;
    json_set_string(arena, object, "serviceAccountName", name);
    json_set_string(arena, object, "serviceAccount", name);
}
