/* SPDX-License-Identifier: Apache-2.0 */
/* Asking clouds; see provider.h. The arguments of a call own copies of the nodes and are counted, since a
 * call that hangs outlives the one who asked. */
#include "core/cloud-controller-manager/provider.h"

#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/memory.h"

struct question {
    atomic_uint refs;
    struct arena arena;
    const struct provider *provider;
    uint32_t count;
    struct keelson_object **nodes;
    enum keelson_owns *owns;
    struct provider_metadata *metadata;
    bool *known; /* there is metadata */
};

static struct question *question_new(const struct provider *p, const struct json *const *nodes,
                                     uint32_t count)
{
    struct question *q = new0(struct question);
    atomic_init(&q->refs, 2);
    q->provider = p;
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

static int ask(const struct question *q, const char *operation, plugin_function *function, struct error *err)
{
    struct plugin_call_options options = {
        .operation = operation, .timeout_ms = PROVIDER_TIMEOUT_MS, .cancel_fd = q->provider->cancel_fd};
    return plugin_call(q->provider->instance, &options, function, (void *)(uintptr_t)q, question_unref, err);
}

static enum keelson_status ask_owns(void *handle, const struct keelson_call *call, void *argument)
{
    struct question *q = argument;
    return q->provider->cloud->owns(handle, call, nodes_of(q), q->count, q->owns);
}

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

static int take_report(const struct keelson_instance_sink *sink, const struct keelson_instance_report *r)
{
    struct question *q = sink->context;
    struct arena *a = &q->arena;
    if (!KEELSON_HAS(r, labels) || r->node >= q->count)
        return 0;
    struct provider_metadata *m = &q->metadata[r->node];
    *m = (struct provider_metadata){
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
    q->known[r->node] = r->provider_id || r->addresses_count;
    return 0;
}

static enum keelson_status ask_metadata(void *handle, const struct keelson_call *call, void *argument)
{
    struct question *q = argument;
    const struct keelson_instance_sink sink = {.size = sizeof(sink), .put = take_report, .context = q};
    return q->provider->instances->describe(handle, call, nodes_of(q), q->count, KEELSON_WANT_METADATA,
                                            &sink);
}

static int provider_init(struct provider *p, struct plugin_instance *instance, struct error *err)
{
    p->instance = instance;
    p->name = plugin_instance_name(instance);
    p->cloud = plugin_instance_interface(instance, KEELSON_CLOUD_1);
    p->instances = plugin_instance_interface(instance, KEELSON_CLOUD_INSTANCES_1);
    if (!p->cloud)
        return error_set(err, ERR_BAD_REQUEST, "plugin %s does not offer %s", p->name, KEELSON_CLOUD_1);
    p->scheme = p->cloud->scheme(plugin_instance_handle(instance));
    if (!p->scheme || !*p->scheme)
        return error_set(err, ERR_BAD_REQUEST, "plugin %s: its provider IDs have no scheme", p->name);
    return 0;
}

int providers_init(struct providers *p, struct plugin_host *host, struct error *err)
{
    *p = (struct providers){.count = plugin_host_count(host), .cancel_fd = eventfd(0, EFD_CLOEXEC)};
    require(p->cancel_fd >= 0);
    p->list = newa0(struct provider, p->count + 1);
    for (unsigned i = 0; i < p->count; i++) {
        p->list[i].index = i;
        p->list[i].cancel_fd = p->cancel_fd;
        if (provider_init(&p->list[i], plugin_host_instance(host, i), err) < 0) {
            providers_done(p);
            return -1;
        }
    }
    return 0;
}

void providers_cancel(struct providers *p)
{
    if (p->list)
        eventfd_write(p->cancel_fd, 1);
}

void providers_done(struct providers *p)
{
    if (p->list)
        close(p->cancel_fd);
    free(p->list);
    *p = (struct providers){0};
}

static bool has_scheme(const char *provider_id, const char *scheme)
{
    size_t size = strlen(scheme);
    return strncmp(provider_id, scheme, size) == 0 && strncmp(provider_id + size, "://", 3) == 0;
}

const struct provider *provider_by_scheme(const struct providers *p, const char *provider_id)
{
    const struct provider *found = NULL;
    for (unsigned i = 0; i < p->count; i++) {
        if (!has_scheme(provider_id, p->list[i].scheme))
            continue;
        if (found)
            return NULL;
        found = &p->list[i];
    }
    return found;
}

/* What one provider says of those that are not decided yet; a failure leaves them unknown. */
static void ask_provider(const struct provider *p, const struct json *const *nodes, const uint32_t *indexes,
                         uint32_t count, struct owner *ret)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct question *q = question_new(p, nodes, count);
    bool answered = count > 0 && ask(q, "owns", ask_owns, &err) == 0;
    if (count > 0 && !answered)
        log_warning("%s", err.message);
    for (uint32_t i = 0; i < count; i++) {
        enum keelson_owns owns = answered ? q->owns[i] : KEELSON_OWNS_UNKNOWN;
        ret[indexes[i]] = (struct owner){owns == KEELSON_OWNS_YES  ? OWNERSHIP_FOUND
                                         : owns == KEELSON_OWNS_NO ? OWNERSHIP_NOBODY
                                                                   : OWNERSHIP_UNKNOWN,
                                         p};
    }
    if (count == 0)
        question_unref(q); /* nobody called */
    question_unref(q);
}

void providers_ask(const struct providers *p, const struct json *const *nodes, uint32_t count,
                   struct owner *ret)
{
    const struct json **some = newa0(const struct json *, count + 1);
    uint32_t *indexes = newa0(uint32_t, count + 1);
    for (uint32_t i = 0; i < count; i++)
        ret[i] = (struct owner){OWNERSHIP_NOBODY, NULL};
    for (unsigned n = 0; n < p->count; n++) {
        uint32_t undecided = 0;
        for (uint32_t i = 0; i < count; i++) {
            const char *id = json_string_or(json_at(nodes[i], "spec.providerID"), "");
            if (ret[i].ownership != OWNERSHIP_NOBODY || (*id && !has_scheme(id, p->list[n].scheme)))
                continue;
            some[undecided] = nodes[i];
            indexes[undecided++] = i;
        }
        ask_provider(&p->list[n], some, indexes, undecided, ret);
    }
    free(some);
    free(indexes);
}

void provider_metadata_copy(struct arena *arena, const struct provider_metadata *from,
                            struct provider_metadata *to)
{
    *to = (struct provider_metadata){
        .provider_id = copy(arena, from->provider_id),
        .instance_type = copy(arena, from->instance_type),
        .zone = copy(arena, from->zone),
        .region = copy(arena, from->region),
        .addresses = json_copy(arena, from->addresses),
        .labels = json_copy(arena, from->labels),
    };
}

int provider_describe(const struct provider *p, const struct json *const *nodes, uint32_t count,
                      struct arena *arena, struct provider_metadata *ret, bool *ret_known, struct error *err)
{
    if (!p->instances)
        return error_set(err, ERR_METHOD_NOT_ALLOWED, "plugin %s does not offer %s", p->name,
                         KEELSON_CLOUD_INSTANCES_1);
    struct question *q = question_new(p, nodes, count);
    int result = ask(q, "instances.describe", ask_metadata, err);
    for (uint32_t i = 0; result == 0 && i < count; i++) {
        ret_known[i] = q->known[i];
        if (q->known[i])
            provider_metadata_copy(arena, &q->metadata[i], &ret[i]);
    }
    question_unref(q);
    return result;
}
