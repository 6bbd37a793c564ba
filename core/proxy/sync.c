/* SPDX-License-Identifier: Apache-2.0 */
/* Informers' copies into wishes, wishes into transactions; see sync.h. */
#include "core/proxy/sync.h"

#include <stdio.h>

#include "core/api/object.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/proxy/kernel.h"

#define NODE_OWNER "the node" /* no service's key: it has a space */
#define TABLE      "kube-proxy"
#define FIRST_HOOK "nat-prerouting" /* a chain of ours that is never empty */
#define LOOKS_MAX  3

const char *sync_table(enum proxy_family family)
{
    return family == PROXY_IPV4 ? "ip " TABLE : "ip6 " TABLE;
}

static int check_nodeport_addresses(const struct flag_list *list, struct error *err)
{
    for (size_t i = 0; i < list->count; i++)
        if (strcmp(list->items[i], "primary") != 0 && cidr_family(list->items[i]) == PROXY_FAMILIES)
            return error_set(err, ERR_BAD_REQUEST,
                             "--nodeport-addresses: \"%s\" is neither a CIDR nor \"primary\"",
                             list->items[i]);
    return 0;
}

int sync_init(struct sync *s, const struct proxy_options *options, const char *node_name,
              bool (*healthy)(void *context), void *context, struct error *err)
{
    if (local_check(options, err) < 0 || check_nodeport_addresses(&options->nodeport_addresses, err) < 0)
        return -1;
    *s = (struct sync){.options = options, .node_name = xstrdup(node_name), .zone = xstrdup("")};
    s->rules.masquerade_all = options->masquerade_all;
    s->rules.masquerade_mark = UINT32_C(1) << options->masquerade_bit;
    s->contested = map_new(NULL);
    s->unserved_here = map_new(NULL);
    s->health_ports = health_ports_new(healthy, context);
    for (int f = 0; f < PROXY_FAMILIES; f++) {
        s->items[f] = items_new();
        s->usable[f] = true;
    }
    return 0;
}

void sync_done(struct sync *s)
{
    for (int f = 0; f < PROXY_FAMILIES; f++) {
        items_free(s->items[f]);
        free(s->node_ips[f]);
    }
    map_free(s->contested);
    map_free(s->unserved_here);
    health_ports_free(s->health_ports);
    kernel_nft_free(&s->nft);
    local_done(&s->local);
    free(s->node_name);
    free(s->zone);
    *s = (struct sync){0};
}

static void give_up(struct sync *s, const char *key)
{
    for (int f = 0; f < PROXY_FAMILIES; f++)
        items_replace(s->items[f], key, NULL);
    map_remove(s->contested, key);
    map_remove(s->unserved_here, key);
    health_ports_set(s->health_ports, key, 0, 0);
}

/* A value of the map, for what is a set of flags. */
static void *flags_value(uintptr_t flags)
{
    return (void *)flags;
}

static uintptr_t unserved_here(const struct service *service)
{
    uintptr_t flags = 0;
    for (unsigned i = 0; service->served && service->in_family && i < service->ports_count; i++)
        if (service->ports[i].everywhere.count && !service->ports[i].here.count)
            flags |= (service->internal_local ? UNSERVED_INTERNAL : 0u) |
                     (service->external_local ? UNSERVED_EXTERNAL : 0u);
    return flags;
}

size_t sync_unserved_here(const struct sync *s, int flag)
{
    size_t cursor = 0, count = 0;
    const char *key;
    void *value;
    while (map_next(s->unserved_here, &cursor, &key, &value))
        count += ((uintptr_t)value & (uintptr_t)flag) != 0;
    return count;
}

static void note_contested(struct sync *s, const char *key, bool contested)
{
    if (contested && !map_has(s->contested, key)) {
        log_warning("service %s: another service holds one of its addresses or ports; the rest is served",
                    key);
        map_set(s->contested, key, s);
    } else if (!contested) {
        map_remove(s->contested, key);
    }
}

static void take_service(struct sync *s, const char *key, const struct json *service,
                         struct json *const *slices, size_t count)
{
    bool all = true;
    unsigned ready_here = 0;
    uint16_t health_port = 0;
    uintptr_t unserved = 0;
    for (int f = 0; f < PROXY_FAMILIES; f++) {
        struct wishes wishes = {0};
        struct service read;
        service_read(&wishes.arena, service, slices, count, (enum proxy_family)f, s->node_name, s->zone,
                     &read);
        rules_for_service(&s->rules, (enum proxy_family)f, &read, &wishes);
        all = items_replace(s->items[f], key, &wishes) && all;
        ready_here += read.in_family ? read.ready_here : 0;
        health_port = read.health_port;
        unserved |= unserved_here(&read);
        wishes_done(&wishes);
    }
    health_ports_set(s->health_ports, key, health_port, ready_here);
    if (unserved)
        map_set(s->unserved_here, key, flags_value(unserved));
    else
        map_remove(s->unserved_here, key);
    note_contested(s, key, !all);
}

void sync_service(struct sync *s, const struct proxy_informers *from, const char *key)
{
    struct cached *service = informer_get(from->services, key), **list = NULL;
    if (!service) {
        give_up(s, key);
        return;
    }
    struct arena arena = ARENA_INIT;
    size_t count = informer_list_index(from->slices, key, &list);
    struct json **slices = arena_alloc(&arena, (count + 1) * sizeof(*slices));
    for (size_t i = 0; i < count; i++)
        slices[i] = cached_parse(list[i], &arena);
    take_service(s, key, cached_parse(service, &arena), slices, count);
    cached_list_free(list, count);
    cached_unref(service);
    arena_done(&arena);
}

void sync_contested(struct sync *s, const struct proxy_informers *from)
{
    size_t cursor = 0, count = 0;
    const char *key;
    void *value;
    char **keys = newa0(char *, map_count(s->contested) + 1);
    while (map_next(s->contested, &cursor, &key, &value))
        keys[count++] = xstrdup(key);
    for (size_t i = 0; i < count; i++) {
        sync_service(s, from, keys[i]);
        free(keys[i]);
    }
    free(keys);
}

/* What --nodeport-addresses says: CIDRs, or the node's own addresses ("primary", the default); all when those
 * are not known (yet). */
static size_t nodeport_cidrs(const struct sync *s, const struct json *node, enum proxy_family family,
                             struct arena *arena, const char **out)
{
    const struct flag_list *flags = &s->options->nodeport_addresses;
    size_t count = 0;
    bool primary = flags->count == 0;
    for (size_t i = 0; i < flags->count; i++) {
        primary = primary || strcmp(flags->items[i], "primary") == 0;
        if (cidr_family(flags->items[i]) == family)
            out[count++] = flags->items[i];
    }
    json_for_each (a, primary ? json_at(node, "status.addresses") : NULL) {
        const char *address = json_string_or(json_get(a, "address"), "");
        if (address_family(address) == family)
            out[count++] = arena_printf(arena, "%s/%u", address, family == PROXY_IPV4 ? 32u : 128u);
    }
    if (count == 0 && primary)
        out[count++] = family == PROXY_IPV4 ? "0.0.0.0/0" : "::/0";
    return count;
}

static bool replace_text(char **place, const char *text)
{
    if (*place ? text && strcmp(*place, text) == 0 : !text)
        return false;
    free(*place);
    *place = text ? xstrdup(text) : NULL;
    return true;
}

/* The node's address of the family, as upstream chooses it: the first internal one, else the first external.
 */
static const char *node_ip_of(const struct json *node, enum proxy_family family)
{
    static const char *const types[] = {"InternalIP", "ExternalIP"};
    for (size_t t = 0; t < ARRAY_SIZE(types); t++)
        json_for_each (a, json_at(node, "status.addresses")) {
            const char *address = json_string_or(json_get(a, "address"), "");
            if (strcmp(json_string_or(json_get(a, "type"), ""), types[t]) == 0 &&
                address_family(address) == family)
                return address;
        }
    return NULL;
}

/* What rules are made of beside services; true when that changed. */
static bool note_node(struct sync *s, const struct json *node)
{
    const char *zone = object_label(node, "topology.kubernetes.io/zone");
    bool changed = replace_text(&s->zone, zone ? zone : "");
    struct local local;
    local_of(s->options, node, &local);
    if (!local_equal(&local, &s->local)) {
        changed = true;
        sync_reload(s); /* it stands in the frame, too */
    }
    local_done(&s->local);
    s->local = local;
    for (int f = 0; f < PROXY_FAMILIES; f++) {
        changed = replace_text(&s->node_ips[f], node_ip_of(node, (enum proxy_family)f)) || changed;
        s->rules.node_ip[f] = s->node_ips[f];
        s->rules.local[f] = s->local.is[f];
        s->rules.not_local[f] = s->local.is_not[f];
    }
    return changed;
}

bool sync_node(struct sync *s, const struct proxy_informers *from)
{
    struct wishes wishes = {0};
    struct cached *cached = informer_get(from->node, s->node_name);
    struct json *node = cached ? cached_parse(cached, &wishes.arena) : NULL;
    size_t most = s->options->nodeport_addresses.count + json_count(json_at(node, "status.addresses")) + 1;
    const char **cidrs = arena_alloc(&wishes.arena, most * sizeof(*cidrs));
    for (int f = 0; f < PROXY_FAMILIES; f++) {
        wishes.count = 0;
        size_t count = nodeport_cidrs(s, node, (enum proxy_family)f, &wishes.arena, cidrs);
        rules_disjoint(cidrs, &count);
        for (size_t i = 0; i < count; i++)
            wishes_add(&wishes, ITEM_NODE_ADDRESS, cidrs[i], "");
        items_replace(s->items[f], NODE_OWNER, &wishes);
    }
    bool changed = note_node(s, node);
    wishes_done(&wishes);
    cached_unref(cached);
    return changed;
}

/* A connection to one of our UDP frontends is stale when its backend is none of the frontend's any more. An
 * address that no service has may still be a node port's. */
static bool flow_is_stale(void *context, const struct flow *flow)
{
    const struct items *items = context;
    char key[160];
    bool translated = strcmp(flow->frontend, flow->backend) != 0 || flow->frontend_port != flow->backend_port;
    const char *frontend = flow->frontend;
    snprintf(key, sizeof(key), "%s %u", frontend, flow->frontend_port);
    if (!items_has(items, ITEM_FLOW, key, true)) {
        frontend = "*";
        snprintf(key, sizeof(key), "* %u", flow->frontend_port);
        if (!translated || !items_has(items, ITEM_FLOW, key, true))
            return false;
    }
    snprintf(key, sizeof(key), "%s %u %s %u", frontend, flow->frontend_port, flow->backend,
             flow->backend_port);
    return !items_has(items, ITEM_FLOW, key, false);
}

static void clear_flows(struct sync *s, enum proxy_family family)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    unsigned cleared = 0;
    if (kernel_clear_flows(family, flow_is_stale, s->items[family], &cleared, &err) < 0)
        log_warning("stale UDP connections stay: %s", err.message);
    else if (cleared)
        log_debug("cleared %u stale UDP connections", cleared);
    s->flows_cleared += cleared;
}

struct clients {
    const struct items *items;
    const char *table;
    struct buffer *out;
};

static void keep_client(void *context, const char *set, const char *element)
{
    const struct clients *c = context;
    if (items_has(c->items, ITEM_SET, set, false))
        buffer_printf(c->out, "add element %s %s { %s }\n", c->table, set, element);
}

/* The clients whose endpoint the table that is there now remembers (session affinity), for the sets that the
 * new one has, too: an endpoint's set bears the same name in both. */
static void keep_clients(const struct items *items, enum proxy_family family, struct buffer *out)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct buffer found = BUFFER_INIT;
    struct clients c = {items, sync_table(family), &found};
    int failed = -1;
    for (int look = 0; failed && look < LOOKS_MAX; look++) { /* a change meanwhile interrupts it */
        error_done(&err);
        buffer_clear(&found);
        failed = kernel_passing_elements(family, TABLE, keep_client, &c, &err);
    }
    if (failed)
        log_warning("clients may change their endpoint: %s", err.message);
    else
        buffer_append(out, found.data, found.size);
    buffer_done(&found);
}

static void note_table(struct sync *s, enum proxy_family family)
{
    struct table_look look = {0};
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (kernel_table_look(family, TABLE, FIRST_HOOK, &look, &err) < 0)
        log_warning("%s", err.message);
    s->handles[family] = look.handle;
}

/* A new table takes the place of one that an earlier run left, in the same transaction: no moment without
 * rules. */
static int apply_family(struct sync *s, enum proxy_family family, struct error *err)
{
    struct items *items = s->items[family];
    struct buffer script = BUFFER_INIT;
    bool fresh = !s->in_kernel[family] || items_need_new_table(items);
    int failed = 0;
    if (fresh) {
        items_forget(items);
        buffer_printf(&script, "add table %s\ndelete table %s\n", sync_table(family), sync_table(family));
        rules_base(&s->rules, family, sync_table(family), &script);
    }
    if (fresh || items_dirty(items)) {
        items_script(items, sync_table(family), &script);
        if (fresh)
            keep_clients(items, family, &script);
        log_trace("nft:\n%s", script.data);
        failed = kernel_nft(&s->nft, script.data, err);
    }
    buffer_done(&script);
    s->in_kernel[family] = failed == 0;
    if (failed)
        return -1;
    if (fresh)
        note_table(s, family);
    if (items_flows_dirty(items))
        clear_flows(s, family);
    items_applied(items);
    return 0;
}

static bool family_intact(const struct sync *s, enum proxy_family family)
{
    struct table_look look = {0};
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (!s->usable[family] || !s->in_kernel[family])
        return true; /* nothing to lose */
    if (kernel_table_look(family, TABLE, FIRST_HOOK, &look, &err) < 0) {
        log_warning("%s", err.message);
        return true; /* that it could not be looked at says nothing */
    }
    return look.handle == s->handles[family] && look.rules > 0;
}

bool sync_intact(struct sync *s)
{
    struct table_look look = {0};
    if (kernel_table_look(PROXY_IPV4, NULL, NULL, &look, NULL) == 0 && look.generation == s->generation)
        return true;
    s->generation = look.generation;
    return family_intact(s, PROXY_IPV4) && family_intact(s, PROXY_IPV6);
}

int sync_apply(struct sync *s, struct error *err)
{
    int failed = apply_family(s, PROXY_IPV4, err);
    if (!s->usable[PROXY_IPV6])
        return failed;
    _cleanup_(error_done) struct error err6 = ERROR_INIT;
    if (apply_family(s, PROXY_IPV6, &err6) < 0) {
        if (!file_exists("/proc/net/if_inet6")) {
            log_info("no IPv6 on this machine: %s", err6.message);
            s->usable[PROXY_IPV6] = false;
        } else {
            error_move(err, &err6);
            failed = -1;
        }
    }
    return failed;
}

void sync_reload(struct sync *s)
{
    for (int f = 0; f < PROXY_FAMILIES; f++)
        s->in_kernel[f] = false;
}

size_t sync_count(const struct sync *s)
{
    return items_count(s->items[PROXY_IPV4]) + items_count(s->items[PROXY_IPV6]);
}
