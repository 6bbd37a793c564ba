/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shared informers, and what is cut off each resource's objects before they are kept: what no controller
 * reads. Since they are cut, they are never written back; controllers write patches, or what they read live.
 */
#include "core/controller-manager/informers.h"

#include "core/base/memory.h"
#include "core/controller-manager/controller.h"

static void remove_all(struct json *object, const char *const *keys)
{
    for (; object && *keys; keys++)
        json_remove(object, *keys);
}

static void trim_containers(struct json *containers)
{
    static const char *const unused[] = {"command",
                                         "args",
                                         "env",
                                         "envFrom",
                                         "volumeMounts",
                                         "volumeDevices",
                                         "livenessProbe",
                                         "readinessProbe",
                                         "startupProbe",
                                         "lifecycle",
                                         "image",
                                         "imagePullPolicy",
                                         "securityContext",
                                         "terminationMessagePath",
                                         "terminationMessagePolicy",
                                         "workingDir",
                                         NULL};
    json_for_each (container, containers)
        remove_all(container, unused);
}

static void trim_statuses(struct json *statuses)
{
    static const char *const unused[] = {"image", "imageID",   "containerID", "volumeMounts",
                                         "user",  "lastState", NULL};
    json_for_each (status, statuses)
        remove_all(status, unused);
}

static void trim_pod(struct json *pod)
{
    static const char *const unused[] = {"securityContext",
                                         "imagePullSecrets",
                                         "dnsPolicy",
                                         "dnsConfig",
                                         "hostAliases",
                                         "schedulerName",
                                         "enableServiceLinks",
                                         "ephemeralContainers",
                                         "serviceAccount",
                                         "runtimeClassName",
                                         NULL};
    struct json *spec = json_get(pod, "spec"), *status = json_get(pod, "status");
    remove_all(spec, unused);
    trim_containers(json_get(spec, "containers"));
    trim_containers(json_get(spec, "initContainers"));
    trim_statuses(json_get(status, "containerStatuses"));
    trim_statuses(json_get(status, "initContainerStatuses"));
    json_remove(status, "ephemeralContainerStatuses");
}

static void trim_node(struct json *node)
{
    static const char *const unused[] = {"images", "nodeInfo", "daemonEndpoints", "volumesInUse", NULL};
    remove_all(json_get(node, "status"), unused);
}

static void trim_config_map(struct json *map)
{
    json_remove(map, "binaryData");
    if (strcmp(object_name(map), "kube-root-ca.crt") != 0)
        json_remove(map, "data");
}

static void trim_secret(struct json *secret)
{
    if (strcmp(json_string_or(json_get(secret, "type"), ""), "kubernetes.io/service-account-token") != 0)
        json_remove(secret, "data");
}

static const struct {
    const char *group, *plural;
    void (*trim)(struct json *object);
} trims[] = {
    {"", "pods", trim_pod},
    {"", "nodes", trim_node},
    {"", "configmaps", trim_config_map},
    {"", "secrets", trim_secret},
};

/* --- indexes --- */

static void index_by_controller(const struct json *document, struct buffer *out)
{
    const struct json *owner = object_controller(document);
    if (owner)
        buffer_printf(out, INDEX_OWNER "%s", json_string_or(json_get(owner, "uid"), ""));
    else
        buffer_printf(out, INDEX_ORPHAN "%s", object_namespace(document));
}

static bool index_any(const struct json *document, struct buffer *out)
{
    index_by_controller(document, out);
    return true;
}

static bool index_pod(const struct json *pod, struct buffer *out)
{
    index_by_controller(pod, out);
    buffer_append_char(out, 0);
    buffer_printf(out, INDEX_NODE "%s", json_string_or(json_at(pod, "spec.nodeName"), ""));
    return true;
}

/* --- the set --- */

struct shared {
    const struct resource *resource;
    struct informer *informer;
    bool metadata_only;
};

struct informers {
    struct client *client;
    struct shared *list;
    size_t count, capacity;
};

struct informers *informers_new(struct client *client)
{
    struct informers *s = new0(struct informers);
    s->client = client;
    return s;
}

static struct informer *make(struct informers *s, const struct resource *r, bool metadata_only)
{
    struct informer_config config = {.client = s->client, .resource = r, .metadata_only = metadata_only};
    if (!metadata_only) {
        config.index = !r->group[0] && !strcmp(r->plural, "pods") ? index_pod : index_any;
        for (size_t i = 0; i < ARRAY_SIZE(trims); i++)
            if (!strcmp(trims[i].group, r->group) && !strcmp(trims[i].plural, r->plural))
                config.trim = trims[i].trim;
    }
    return informer_new(&config);
}

static bool same_resource(const struct resource *a, const struct resource *b)
{
    return !strcmp(a->group, b->group) && !strcmp(a->version, b->version) && !strcmp(a->plural, b->plural);
}

struct informer *informers_get(struct informers *s, const struct resource *r, bool metadata_only)
{
    for (size_t i = 0; i < s->count; i++)
        if (same_resource(s->list[i].resource, r)) {
            require(metadata_only || !s->list[i].metadata_only);
            return s->list[i].informer;
        }
    s->list = xgrow(s->list, &s->capacity, s->count + 1, sizeof(struct shared));
    s->list[s->count] = (struct shared){r, make(s, r, metadata_only), metadata_only};
    return s->list[s->count++].informer;
}

void informers_start(struct informers *s)
{
    for (size_t i = 0; i < s->count; i++)
        informer_start(s->list[i].informer);
}

void informers_stop(struct informers *s)
{
    for (size_t i = 0; i < s->count; i++)
        informer_stop(s->list[i].informer);
}

void informers_free(struct informers *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++)
        informer_free(s->list[i].informer);
    free(s->list);
    free(s);
}
