/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a cloud about nodes. The arguments of a call own copies of the nodes and are counted, since a call
 * that hangs outlives the one who asked. */
#include <stdatomic.h>

#include "core/base/memory.h"
#include "core/cloud-controller-manager/provider.h"

struct question {
    atomic_uint refs;
    struct arena arena;
    const struct keelson_cloud_v1 *cloud;
    const struct keelson_cloud_instances_v1 *instances;
    uint32_t count, want;
    struct keelson_object **nodes;
    enum keelson_owns *owns;
    struct provider_metadata *metadata;
    bool *known; /* something was said of it */
};

static struct question *question_new(const struct provider *p, const struct json *const *nodes,
                                     uint32_t count)
{
    struct question *q = new0(struct question);
    atomic_init(&q->refs, 2);
    q->cloud = p->cloud;
    q->instances = p->instances;
    q->count = count;
    q->nodes = arena_alloc0(&q->arena, count * sizeof(*q->nodes));
    q->owns = arena_alloc0(&q->arena, count * sizeof(*q->owns));
    q->metadata = arena_alloc0(&q->arena, count * sizeof(*q->metadata));
    q->known = arena_alloc0(&q->arena, count * sizeof(*q->known));
    for (uint32_t i = 0; i < count; i++)
        q->nodes[i] = plugin_object_new(json_copy(&q->arena, nodes[i]));
    return q;
}

static void question_unref(void *argument)
{
    struct question *q = argument;
    if (atomic_fetch_sub(&q->refs, 1) > 1)
        return;
    for (uint32_t i = 0; i < q->count; i++)
        plugin_object_free(q->nodes[i]);
    arena_done(&q->arena);
    free(q);
}

static const struct keelson_object *const *nodes_of(const struct question *q)
{
    return (const struct keelson_object *const *)q->nodes;
}

/* Events go to the node if the question is about one alone. */
static int ask(const struct provider *p, struct question *q, const char *operation, plugin_function *function,
               const struct json *const *nodes, struct event_recorder *events, struct error *err)
{
    const struct provider_call call = {.operation = operation,
                                       .function = function,
                                       .arguments = q,
                                       .free_arguments = question_unref,
                                       .events = events,
                                       .object = q->count == 1 ? nodes[0] : NULL};
    return provider_call(p, &call, err);
}

/* ---- Whose they are ---- */

static enum keelson_status ask_owns(void *handle, const struct keelson_call *call, void *argument)
{
    struct question *q = argument;
    return q->cloud->owns(handle, call, nodes_of(q), q->count, q->owns);
}

int provider_owns(const struct provider *p, const struct json *const *nodes, uint32_t count,
                  struct event_recorder *events, enum keelson_owns *ret, struct error *err)
{
    struct question *q = question_new(p, nodes, count);
    int result = ask(p, q, "owns", ask_owns, nodes, events, err);
    for (uint32_t i = 0; result == 0 && i < count; i++)
        ret[i] = q->owns[i] == KEELSON_OWNS_YES || q->owns[i] == KEELSON_OWNS_NO ? q->owns[i]
                                                                                 : KEELSON_OWNS_UNKNOWN;
    question_unref(q);
    return result;
}

/* ---- What they are ---- */

static const char *type_names[] = {
    [KEELSON_ADDRESS_HOSTNAME] = "Hostname",        [KEELSON_ADDRESS_INTERNAL_IP] = "InternalIP",
    [KEELSON_ADDRESS_EXTERNAL_IP] = "ExternalIP",   [KEELSON_ADDRESS_INTERNAL_DNS] = "InternalDNS",
    [KEELSON_ADDRESS_EXTERNAL_DNS] = "ExternalDNS",
};

static const char *copy(struct arena *arena, const char *text)
{
    return text && *text ? arena_strdup(arena, text) : NULL;
}

static void take_addresses(struct arena *a, const struct keelson_instance_report *r, struct json *list)
{
    if (!KEELSON_SPANS(r->address_size, struct keelson_node_address, address))
        return;
    for (uint32_t i = 0; i < r->addresses_count; i++) {
        const struct keelson_node_address *from = KEELSON_AT(r->addresses, r->address_size, i);
        unsigned type = (unsigned)from->type;
        if (type >= ARRAY_SIZE(type_names) || !type_names[type] || !from->address)
            continue;
        struct json *address = json_append(a, list, json_new_object(a));
        json_set_string(a, address, "type", type_names[type]);
        json_set_string(a, address, "address", from->address);
    }
}

static enum keelson_instance_state state_of(const struct keelson_instance_report *r)
{
    return r->state == KEELSON_INSTANCE_RUNNING || r->state == KEELSON_INSTANCE_SHUT_DOWN ||
                   r->state == KEELSON_INSTANCE_GONE
               ? r->state
               : KEELSON_INSTANCE_UNKNOWN;
}

static int take_report(const struct keelson_instance_sink *sink, const struct keelson_instance_report *r)
{
    struct question *q = sink->context;
    struct arena *a = &q->arena;
    if (!KEELSON_HAS(r, labels) || r->node >= q->count)
        return 0;
    struct provider_metadata *m = &q->metadata[r->node];
    bool contradicts = q->known[r->node] && m->state != state_of(r);
    *m = (struct provider_metadata){
        .state = contradicts ? KEELSON_INSTANCE_UNKNOWN : state_of(r),
        .evidence = copy(a, r->evidence),
        .provider_id = copy(a, r->provider_id),
        .instance_type = copy(a, r->instance_type),
        .zone = copy(a, r->zone),
        .region = copy(a, r->region),
        .addresses = json_new_array(a),
        .labels = json_new_object(a),
    };
    take_addresses(a, r, m->addresses);
    for (uint32_t i = 0; i < r->labels.count; i++)
        if (r->labels.items[i].key && r->labels.items[i].value)
            json_set_string(a, m->labels, r->labels.items[i].key, r->labels.items[i].value);
    q->known[r->node] = true;
    return 0;
}

static enum keelson_status ask_reports(void *handle, const struct keelson_call *call, void *argument)
{
    struct question *q = argument;
    const struct keelson_instance_sink sink = {.size = sizeof(sink), .put = take_report, .context = q};
    return q->instances->describe(handle, call, nodes_of(q), q->count, q->want, &sink);
}

void provider_metadata_copy(struct arena *arena, const struct provider_metadata *from,
                            struct provider_metadata *to)
{
    *to = (struct provider_metadata){
        .state = from->state,
        .evidence = copy(arena, from->evidence),
        .provider_id = copy(arena, from->provider_id),
        .instance_type = copy(arena, from->instance_type),
        .zone = copy(arena, from->zone),
        .region = copy(arena, from->region),
        .addresses = json_copy(arena, from->addresses),
        .labels = json_copy(arena, from->labels),
    };
}

int provider_describe(const struct provider *p, const struct json *const *nodes, uint32_t count,
                      uint32_t want, struct event_recorder *events, struct arena *arena,
                      struct provider_metadata *ret, bool *ret_known, struct error *err)
{
    if (!p->instances)
        return error_set(err, ERR_METHOD_NOT_ALLOWED, "plugin %s does not offer %s", p->name,
                         KEELSON_CLOUD_INSTANCES_1);
    struct question *q = question_new(p, nodes, count);
    q->want = want;
    int result = ask(p, q, "instances.describe", ask_reports, nodes, events, err);
    for (uint32_t i = 0; result == 0 && i < count; i++) {
        ret_known[i] = q->known[i];
        if (q->known[i])
            provider_metadata_copy(arena, &q->metadata[i], &ret[i]);
    }
    question_unref(q);
    return result;
}
