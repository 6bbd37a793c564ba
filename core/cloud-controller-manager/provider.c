/* SPDX-License-Identifier: Apache-2.0 */
/* Asking clouds; see provider.h. The arguments of a call own a copy of the node and are counted, since a call
 * that hangs outlives the one who asked. */
#include "core/cloud-controller-manager/provider.h"

#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/memory.h"

struct question {
    atomic_uint refs;
    struct arena arena;
    struct keelson_object *node;
    const struct provider *provider;
    enum keelson_owns owns;
    struct provider_metadata metadata;
    bool answered;
};

static struct question *question_new(const struct provider *p, const struct json *node)
{
    struct question *q = new0(struct question);
    atomic_init(&q->refs, 2);
    q->provider = p;
    q->node = plugin_object_new(json_copy(&q->arena, node));
    return q;
}

static void question_unref(void *argument)
{
    struct question *q = argument;
    if (atomic_fetch_sub(&q->refs, 1) > 1)
        return;
    plugin_object_free(q->node);
    arena_done(&q->arena);
    free(q);
}

static enum keelson_status ask_owns(void *handle, const struct keelson_call *call, void *argument)
{
    struct question *q = argument;
    const struct keelson_object *nodes[] = {q->node};
    return q->provider->cloud->owns(handle, call, nodes, 1, &q->owns);
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
    if (!KEELSON_HAS(r, labels) || r->node != 0)
        return 0;
    q->metadata = (struct provider_metadata){
        .provider_id = copy(a, r->provider_id),
        .instance_type = copy(a, r->instance_type),
        .zone = copy(a, r->zone),
        .region = copy(a, r->region),
        .addresses = json_new_array(a),
        .labels = json_new_object(a),
    };
    take_addresses(a, r, q->metadata.addresses);
    for (uint32_t i = 0; i < r->labels.count; i++)
        if (r->labels.items[i].key && r->labels.items[i].value)
            json_set_string(a, q->metadata.labels, r->labels.items[i].key, r->labels.items[i].value);
    q->answered = true;
    return 0;
}

static enum keelson_status ask_metadata(void *handle, const struct keelson_call *call, void *argument)
{
    struct question *q = argument;
    const struct keelson_object *nodes[] = {q->node};
    struct keelson_instance_sink sink = {.size = sizeof(sink), .put = take_report, .context = q};
    return q->provider->instances->describe(handle, call, nodes, 1, KEELSON_WANT_METADATA, &sink);
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

struct provider *provider_by_scheme(const struct providers *p, const char *provider_id)
{
    struct provider *found = NULL;
    for (unsigned i = 0; i < p->count; i++) {
        if (!has_scheme(provider_id, p->list[i].scheme))
            continue;
        if (found)
            return NULL;
        found = &p->list[i];
    }
    return found;
}

static enum keelson_owns ask_one(struct provider *p, const struct json *node)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct question *q = question_new(p, node);
    struct plugin_call_options options = {
        .operation = "owns", .timeout_ms = PROVIDER_TIMEOUT_MS, .cancel_fd = p->cancel_fd};
    enum keelson_owns owns = KEELSON_OWNS_UNKNOWN;
    if (plugin_call(p->instance, &options, ask_owns, q, question_unref, &err) == 0)
        owns = q->owns;
    else
        log_warning("%s", err.message);
    question_unref(q);
    return owns;
}

enum ownership provider_ask(const struct providers *p, const struct json *node, struct provider **ret)
{
    const char *id = json_string_or(json_at(node, "spec.providerID"), "");
    for (unsigned i = 0; i < p->count; i++) {
        if (*id && !has_scheme(id, p->list[i].scheme))
            continue;
        enum keelson_owns owns = ask_one(&p->list[i], node);
        if (owns == KEELSON_OWNS_YES) {
            *ret = &p->list[i];
            return OWNERSHIP_FOUND;
        }
        if (owns != KEELSON_OWNS_NO)
            return OWNERSHIP_UNKNOWN;
    }
    return OWNERSHIP_NOBODY;
}

static void copy_metadata(struct arena *arena, const struct provider_metadata *from,
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

int provider_metadata(struct provider *p, const struct json *node, struct arena *arena,
                      struct provider_metadata *ret, struct error *err)
{
    if (!p->instances)
        return error_set(err, ERR_METHOD_NOT_ALLOWED, "plugin %s does not offer %s", p->name,
                         KEELSON_CLOUD_INSTANCES_1);
    struct question *q = question_new(p, node);
    struct plugin_call_options options = {
        .operation = "instances.describe", .timeout_ms = PROVIDER_TIMEOUT_MS, .cancel_fd = p->cancel_fd};
    int result = plugin_call(p->instance, &options, ask_metadata, q, question_unref, err);
    if (result == 0 && !q->answered)
        result = error_set(err, ERR_INTERNAL, "plugin %s: its cloud knows nothing of this node", p->name);
    if (result == 0)
        copy_metadata(arena, &q->metadata, ret);
    question_unref(q);
    return result;
}
