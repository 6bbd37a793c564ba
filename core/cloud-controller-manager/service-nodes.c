/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes behind load balancers; see service-nodes.h. */
#include "core/cloud-controller-manager/service-nodes.h"

#include <pthread.h>

#include "core/api/object.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/cloud-controller-manager/node-state.h"

#define LABEL_EXCLUDED      "node.kubernetes.io/exclude-from-external-load-balancers"
#define TAINT_TO_BE_DELETED "ToBeDeletedByClusterAutoscaler"

static const char *provider_id(const struct json *node)
{
    return json_string_or(json_at(node, "spec.providerID"), "");
}

/* A machine that is made anew under its name may be in no load balancer any more. */
static const char *machine(const struct json *node)
{
    return json_string_or(json_at(node, "status.nodeInfo.systemUUID"), "");
}

static bool is_included(const struct json *node)
{
    return !object_label(node, LABEL_EXCLUDED) && !object_is_deleted(node);
}

bool service_node_serves(const struct json *node)
{
    json_for_each (t, json_at(node, "spec.taints"))
        if (strcmp(json_string_or(json_get(t, "key"), ""), TAINT_TO_BE_DELETED) == 0)
            return false;
    return is_included(node) && *provider_id(node);
}

bool service_node_has_changed(const struct json *old, const struct json *now)
{
    return is_included(old) != is_included(now) || (node_is_shut_down(old) && !node_is_shut_down(now)) ||
           (service_node_serves(now) && !service_node_serves(old)) ||
           strcmp(provider_id(old), provider_id(now)) != 0 || strcmp(machine(old), machine(now)) != 0 ||
           !json_equal_semantic(json_at(old, "status.addresses"), json_at(now, "status.addresses"));
}

/* ---- Sets ---- */

static void write_signature(struct buffer *out, const struct owned_node *n)
{
    buffer_printf(out, "%s\n%s\n%s\n%d\n", n->name, provider_id(n->node), machine(n->node),
                  node_is_shut_down(n->node));
    json_write(out, json_at(n->node, "status.addresses"));
    buffer_append_char(out, '\n');
}

struct node_source {
    struct informer *nodes;
    struct owners *owners;
    const struct provider *provider;
    bool reaches_all;
    atomic_uint_fast64_t changes;
    pthread_mutex_t lock; /* below */
    struct node_set *set; /* NULL: none was made yet */
    uint64_t set_changes; /* how many there had been when it was begun */
};

struct node_source *node_source_new(struct informer *nodes, struct owners *owners,
                                    const struct provider *provider, bool reaches_all)
{
    struct node_source *s = new0(struct node_source);
    s->nodes = nodes;
    s->owners = owners;
    s->provider = provider;
    s->reaches_all = reaches_all;
    atomic_init(&s->changes, 1);
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

static struct node_set *node_set_new(const struct node_source *source)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    struct node_set *s = new0(struct node_set);
    size_t count, unknown;
    struct owned_node *list =
        owned_nodes_list(source->nodes, source->owners, source->provider, &s->arena, &count, &unknown);
    atomic_init(&s->refs, 1);
    s->complete = source->reaches_all || unknown == 0;
    s->objects = arena_alloc0(&s->arena, (count + 1) * sizeof(*s->objects));
    for (size_t i = 0; i < count; i++) {
        if (!service_node_serves(list[i].node) || (!source->reaches_all && list[i].owner != NODE_OWN))
            continue;
        write_signature(&text, &list[i]);
        s->objects[s->count++] = plugin_object_new(list[i].node);
    }
    s->signature = hash_fnv64a(text.size ? text.data : "", text.size);
    return s;
}

struct node_set *node_set_ref(struct node_set *s)
{
    atomic_fetch_add(&s->refs, 1);
    return s;
}

void node_set_unref(struct node_set *s)
{
    if (!s || atomic_fetch_sub(&s->refs, 1) > 1)
        return;
    for (uint32_t i = 0; i < s->count; i++)
        plugin_object_free(s->objects[i]);
    arena_done(&s->arena);
    free(s);
}

void node_source_free(struct node_source *s)
{
    if (!s)
        return;
    node_set_unref(s->set);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

void node_source_changed(struct node_source *s)
{
    atomic_fetch_add(&s->changes, 1);
}

static struct node_set *current(struct node_source *s, uint64_t changes)
{
    pthread_mutex_lock(&s->lock);
    struct node_set *set = s->set && s->set_changes >= changes ? node_set_ref(s->set) : NULL;
    pthread_mutex_unlock(&s->lock);
    return set;
}

/* Nodes are read without the lock; of two who make a set at once the later one's stays. */
struct node_set *node_source_set(struct node_source *s)
{
    uint64_t changes = atomic_load(&s->changes);
    struct node_set *set = current(s, changes), *before = NULL;
    if (set)
        return set;
    set = node_set_new(s);
    pthread_mutex_lock(&s->lock);
    if (!s->set || s->set_changes <= changes) {
        before = s->set;
        s->set = node_set_ref(set);
        s->set_changes = changes;
    }
    pthread_mutex_unlock(&s->lock);
    node_set_unref(before);
    return set;
}
