/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kubelet may do (upstream's Node authorizer, "Using Node Authorization"): the rules of the role
 * system:node, but Secrets, ConfigMaps, claims, volumes and service account tokens only where a pod that is
 * bound to the node refers to them, pods only where they are bound to it, and its own Node and Lease. The
 * references are counted per node as pods come and go, so a question is two look-ups.
 */
#include "core/apiserver/authz-node.h"

#include <pthread.h>

#include "core/apiserver/authz-rbac.h"
#include "core/api/object.h"
#include "core/api/selector.h"
#include "core/base/map.h"
#include "core/base/memory.h"

#define NODE_USER_PREFIX "system:node:"

struct pod_references {
    char *node;
    char **keys; /* "secrets/ns/name"; NULL-terminated */
};

struct node_authz {
    struct registry *registry;
    struct rbac_rules *rules;
    pthread_rwlock_t lock; /* everything below */
    struct map *pods;      /* "ns/name" → struct pod_references */
    struct map *nodes;     /* node → map of key → count, as a pointer-sized integer */
};

/* Everything but the kinds that go by reference; as the facts' ClusterRole system:node has them. */
static const char node_rules[] =
    "[{\"verbs\":[\"create\"],\"apiGroups\":[\"authentication.k8s.io\"],\"resources\":[\"tokenreviews\"]},"
    "{\"verbs\":[\"create\"],\"apiGroups\":[\"authorization.k8s.io\"],\"resources\":["
    "\"localsubjectaccessreviews\",\"subjectaccessreviews\"]},"
    "{\"verbs\":[\"get\",\"list\",\"watch\"],\"apiGroups\":[\"\"],\"resources\":[\"services\"]},"
    "{\"verbs\":[\"create\",\"get\",\"list\",\"watch\"],\"apiGroups\":[\"\"],\"resources\":[\"nodes\"]},"
    "{\"verbs\":[\"patch\",\"update\"],\"apiGroups\":[\"\"],\"resources\":[\"nodes/status\"]},"
    "{\"verbs\":[\"patch\",\"update\"],\"apiGroups\":[\"\"],\"resources\":[\"nodes\"]},"
    "{\"verbs\":[\"create\",\"patch\",\"update\"],\"apiGroups\":[\"\",\"events.k8s.io\"],\"resources\":["
    "\"events\"]},"
    "{\"verbs\":[\"get\",\"list\",\"watch\"],\"apiGroups\":[\"\"],\"resources\":[\"pods\"]},"
    "{\"verbs\":[\"create\",\"delete\"],\"apiGroups\":[\"\"],\"resources\":[\"pods\"]},"
    "{\"verbs\":[\"patch\",\"update\"],\"apiGroups\":[\"\"],\"resources\":[\"pods/status\"]},"
    "{\"verbs\":[\"create\"],\"apiGroups\":[\"\"],\"resources\":[\"pods/eviction\"]},"
    "{\"verbs\":[\"get\"],\"apiGroups\":[\"\"],\"resources\":[\"endpoints\"]},"
    "{\"verbs\":[\"create\",\"get\",\"list\",\"watch\"],\"apiGroups\":[\"certificates.k8s.io\"],"
    "\"resources\":[\"certificatesigningrequests\"]},"
    "{\"verbs\":[\"get\",\"create\",\"update\",\"patch\",\"delete\"],\"apiGroups\":[\"coordination.k8s.io\"],"
    "\"resources\":[\"leases\"]},"
    "{\"verbs\":[\"get\"],\"apiGroups\":[\"storage.k8s.io\"],\"resources\":[\"volumeattachments\"]},"
    "{\"verbs\":[\"get\",\"list\",\"watch\"],\"apiGroups\":[\"storage.k8s.io\"],\"resources\":["
    "\"csidrivers\"]},"
    "{\"verbs\":[\"get\",\"create\",\"update\",\"patch\",\"delete\"],\"apiGroups\":[\"storage.k8s.io\"],"
    "\"resources\":[\"csinodes\"]},"
    "{\"verbs\":[\"get\",\"list\",\"watch\"],\"apiGroups\":[\"node.k8s.io\"],\"resources\":["
    "\"runtimeclasses\"]},"
    "{\"verbs\":[\"get\",\"list\",\"watch\",\"create\",\"update\",\"patch\",\"delete\",\"deletecollection\"],"
    "\"apiGroups\":[\"resource.k8s.io\"],\"resources\":[\"resourceslices\"]}]";

struct collector {
    struct map *seen; /* keys, once each */
    const char *namespace_;
};

static void collect(struct collector *c, const char *plural, const struct json *name)
{
    if (!json_string(name) || !*json_string(name))
        return;
    _cleanup_free_ char *key = xasprintf("%s/%s/%s", plural, c->namespace_, json_string(name));
    map_set(c->seen, key, c);
}

static void collect_containers(struct collector *c, const struct json *containers)
{
    json_for_each (container, containers) {
        json_for_each (env, json_get(container, "env")) {
            collect(c, "secrets", json_at(env, "valueFrom.secretKeyRef.name"));
            collect(c, "configmaps", json_at(env, "valueFrom.configMapKeyRef.name"));
        }
        json_for_each (from, json_get(container, "envFrom")) {
            collect(c, "secrets", json_at(from, "secretRef.name"));
            collect(c, "configmaps", json_at(from, "configMapRef.name"));
        }
    }
}

static void collect_volumes(struct collector *c, const struct json *pod, const struct json *volumes)
{
    static const struct {
        const char *plural, *path;
    } references[] = {
        {"secrets", "secret.secretName"},
        {"configmaps", "configMap.name"},
        {"persistentvolumeclaims", "persistentVolumeClaim.claimName"},
        {"secrets", "csi.nodePublishSecretRef.name"},
        {"secrets", "rbd.secretRef.name"},
        {"secrets", "cephfs.secretRef.name"},
        {"secrets", "iscsi.secretRef.name"},
    };
    json_for_each (volume, volumes) {
        for (size_t i = 0; i < ARRAY_SIZE(references); i++)
            collect(c, references[i].plural, json_at(volume, references[i].path));
        json_for_each (source, json_at(volume, "projected.sources")) {
            collect(c, "secrets", json_at(source, "secret.name"));
            collect(c, "configmaps", json_at(source, "configMap.name"));
        }
        if (json_get(volume, "ephemeral")) {
            struct arena arena = ARENA_INIT;
            const char *name = json_string_or(json_get(volume, "name"), "");
            collect(c, "persistentvolumeclaims", json_new_stringf(&arena, "%s-%s", object_name(pod), name));
            arena_done(&arena);
        }
    }
}

static struct pod_references *references_new(const struct json *pod, const char *node)
{
    struct collector c = {.seen = map_new(NULL), .namespace_ = object_namespace(pod)};
    const struct json *spec = json_get(pod, "spec");
    collect(&c, "serviceaccounts", json_get(spec, "serviceAccountName"));
    json_for_each (secret, json_get(spec, "imagePullSecrets"))
        collect(&c, "secrets", json_get(secret, "name"));
    collect_containers(&c, json_get(spec, "containers"));
    collect_containers(&c, json_get(spec, "initContainers"));
    collect_containers(&c, json_get(spec, "ephemeralContainers"));
    collect_volumes(&c, pod, json_get(spec, "volumes"));
    struct pod_references *p = new0(struct pod_references);
    size_t cursor = 0, n = 0;
    const char *key;
    p->node = xstrdup(node);
    p->keys = newa0(char *, map_count(c.seen) + 1);
    while (map_next(c.seen, &cursor, &key, NULL))
        p->keys[n++] = xstrdup(key);
    map_free(c.seen);
    return p;
}

static void references_free(void *argument)
{
    struct pod_references *p = argument;
    for (char **k = p->keys; *k; k++)
        free(*k);
    free(p->keys);
    free(p->node);
    free(p);
}

static void count(struct node_authz *n, const struct pod_references *p, intptr_t step)
{
    struct map *keys = map_get(n->nodes, p->node);
    if (!keys) {
        keys = map_new(NULL);
        map_set(n->nodes, p->node, keys);
    }
    for (char **k = p->keys; *k; k++) {
        intptr_t now = (intptr_t)map_get(keys, *k) + step;
        if (now > 0)
            map_set(keys, *k, (void *)now);
        else
            map_remove(keys, *k);
    }
    if (map_count(keys) == 0)
        map_remove(n->nodes, p->node);
}

static void pod_changed(void *context, const struct object *old, const struct object *new_)
{
    struct node_authz *n = context;
    struct arena arena = ARENA_INIT;
    const struct resource *pods = RESOURCE("", "v1", "pods");
    const struct object *o = new_ ? new_ : old;
    const struct json *pod = new_ ? object_parse(new_, pods, &arena) : NULL;
    const char *node = pod && !pod_is_terminal(pod) ? json_string_at(pod, "spec.nodeName") : NULL;
    struct pod_references *now = node && *node ? references_new(pod, node) : NULL;
    pthread_rwlock_wrlock(&n->lock);
    struct pod_references *before = map_take(n->pods, o->data);
    if (before) {
        count(n, before, -1);
        references_free(before);
    }
    if (now) {
        count(n, now, 1);
        map_set(n->pods, o->data, now);
    }
    pthread_rwlock_unlock(&n->lock);
    arena_done(&arena);
}

static void free_map(void *m)
{
    map_free(m);
}

struct node_authz *node_authz_new(struct registry *registry)
{
    struct node_authz *n = new0(struct node_authz);
    struct arena arena = ARENA_INIT;
    struct json *rules = NULL;
    require(json_parse(&arena, SLICE(node_rules), &rules, NULL) == 0);
    n->registry = registry;
    n->rules = rbac_rules_new(rules);
    pthread_rwlock_init(&n->lock, NULL);
    n->pods = map_new(references_free);
    n->nodes = map_new(free_map);
    arena_done(&arena);
    registry_subscribe(registry, RESOURCE("", "v1", "pods"), pod_changed, n);
    return n;
}

void node_authz_free(struct node_authz *n)
{
    if (!n)
        return;
    rbac_rules_unref(n->rules);
    map_free(n->pods);
    map_free(n->nodes);
    pthread_rwlock_destroy(&n->lock);
    free(n);
}

const char *node_authz_node_of(const struct user *user)
{
    if (strncmp(user->name, NODE_USER_PREFIX, strlen(NODE_USER_PREFIX)) != 0)
        return NULL;
    for (unsigned i = 0; i < user->groups_count; i++)
        if (strcmp(user->groups[i], "system:nodes") == 0)
            return user->name + strlen(NODE_USER_PREFIX);
    return NULL;
}

static bool is_referenced(struct node_authz *n, const char *node, const char *plural, const char *namespace_,
                          const char *name)
{
    _cleanup_free_ char *key = xasprintf("%s/%s/%s", plural, namespace_, name);
    pthread_rwlock_rdlock(&n->lock);
    const struct map *keys = map_get(n->nodes, node);
    bool referenced = keys && map_has(keys, key);
    pthread_rwlock_unlock(&n->lock);
    return referenced;
}

static bool is_read(const char *verb)
{
    return strcmp(verb, "get") == 0 || strcmp(verb, "list") == 0 || strcmp(verb, "watch") == 0;
}

/* A persistent volume is the node's when its claim is. */
static bool volume_is_referenced(struct node_authz *n, const char *node, const char *name)
{
    struct arena arena = ARENA_INIT;
    struct json *volume = NULL;
    bool referenced = false;
    if (registry_get(n->registry, RESOURCE("", "v1", "persistentvolumes"), NULL, name, &arena, &volume,
                     NULL) == 0)
        referenced = is_referenced(n, node, "persistentvolumeclaims",
                                   json_string_or(json_at(volume, "spec.claimRef.namespace"), ""),
                                   json_string_or(json_at(volume, "spec.claimRef.name"), ""));
    arena_done(&arena);
    return referenced;
}

/* Kinds that go by reference. *ret_handled: this question is one of them. */
static bool by_reference(struct node_authz *n, const char *node, const struct authz_attributes *a,
                         bool *ret_handled)
{
    *ret_handled = true;
    if (strcmp(a->group, "") == 0 &&
        (strcmp(a->plural, "secrets") == 0 || strcmp(a->plural, "configmaps") == 0))
        return is_read(a->verb) && *a->name && !*a->subresource &&
               is_referenced(n, node, a->plural, a->namespace_, a->name);
    if (strcmp(a->group, "") == 0 && strcmp(a->plural, "persistentvolumeclaims") == 0)
        return *a->name && is_referenced(n, node, a->plural, a->namespace_, a->name) &&
               (*a->subresource ? strcmp(a->subresource, "status") == 0 : strcmp(a->verb, "get") == 0);
    if (strcmp(a->group, "") == 0 && strcmp(a->plural, "persistentvolumes") == 0)
        return strcmp(a->verb, "get") == 0 && *a->name && volume_is_referenced(n, node, a->name);
    if (strcmp(a->group, "") == 0 && strcmp(a->plural, "serviceaccounts") == 0)
        return strcmp(*a->subresource ? a->verb : "", "create") == 0 &&
               strcmp(a->subresource, "token") == 0 &&
               is_referenced(n, node, a->plural, a->namespace_, a->name);
    *ret_handled = false;
    return false;
}

/* A node's own objects bear its name. What it reads of other nodes it needs for its routes. */
static bool is_own_name(const char *node, const struct authz_attributes *a)
{
    bool lease = strcmp(a->group, "coordination.k8s.io") == 0 && strcmp(a->plural, "leases") == 0;
    bool named =
        lease || strcmp(a->plural, "csinodes") == 0 || (strcmp(a->plural, "nodes") == 0 && !is_read(a->verb));
    if (lease && strcmp(a->namespace_, "kube-node-lease") != 0)
        return false;
    return !named || strcmp(a->verb, "create") == 0 || strcmp(a->name, node) == 0;
}

/* spec.nodeName=NODE is among what the selector wants. */
static bool selects_own_pods(const char *node, const char *text)
{
    struct field_selector *selector = NULL;
    bool found = false;
    if (!text || field_selector_parse(slice_of(text), &selector, NULL) < 0)
        return false;
    for (size_t i = 0; i < selector->count; i++) {
        const struct field_selector_term *t = &selector->terms[i];
        found = found || (!t->negate && !strcmp(t->field, "spec.nodeName") && !strcmp(t->value, node));
    }
    field_selector_free(selector);
    return found;
}

/* The pod is bound to the node, or is not there (any more), which may be told. */
static bool is_own_pod(struct node_authz *n, const char *node, const struct authz_attributes *a)
{
    struct arena arena = ARENA_INIT;
    struct json *pod = NULL;
    bool own = registry_get(n->registry, RESOURCE("", "v1", "pods"), a->namespace_, a->name, &arena, &pod,
                            NULL) < 0 ||
               strcmp(json_string_or(json_at(pod, "spec.nodeName"), ""), node) == 0;
    arena_done(&arena);
    return own;
}

static bool may_touch_pod(struct node_authz *n, const char *node, const struct authz_attributes *a)
{
    if (strcmp(a->plural, "pods") != 0 || *a->group)
        return true;
    if (strcmp(a->verb, "list") == 0 || strcmp(a->verb, "watch") == 0)
        return selects_own_pods(node, a->field_selector);
    return (strcmp(a->verb, "create") == 0 && !*a->subresource) || is_own_pod(n, node, a);
}

bool node_authz_allows(struct node_authz *n, const struct authz_attributes *a, const char **ret_reason)
{
    const char *node = node_authz_node_of(a->user);
    if (!node || !a->is_resource)
        return false;
    bool handled;
    bool allowed = by_reference(n, node, a, &handled);
    if (!handled)
        allowed = rbac_rules_allow(n->rules, a) && is_own_name(node, a) && may_touch_pod(n, node, a);
    if (ret_reason)
        *ret_reason = allowed ? "" : handled ? "no relationship found between node and this object" : "";
    return allowed;
}
