/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All that matters is gathered into one text; when the text is another one than last time, the plugin is
 * configured anew.
 */
#include "core/kubelet/node-network.h"

#include <keelson/network.h>
#include <stdio.h>

#include "core/api/object.h"
#include "core/base/log.h"
#include "core/base/memory.h"

#define CIDRS_MAX 4

struct network_look {
    struct kubelet *k;
    struct arena arena;
    struct buffer text;
    struct keelson_network_node node;
    struct keelson_network_peer *peers;
    struct keelson_network_status status;
    const struct keelson_network_v1 *table;
};

static enum keelson_status call_configure(void *handle, const struct keelson_call *call, void *arguments)
{
    struct network_look *l = arguments;
    return l->table->configure(handle, call, &l->node);
}

static enum keelson_status call_status(void *handle, const struct keelson_call *call, void *arguments)
{
    struct network_look *l = arguments;
    return l->table->status(handle, call, &l->status);
}

void node_network_trim(struct json *node)
{
    static const char *const status[] = {"capacity", "allocatable",     "conditions",   "nodeInfo",
                                         "images",   "daemonEndpoints", "volumesInUse", "volumesAttached",
                                         "config",   "runtimeHandlers", "features"};
    static const char *const metadata[] = {"labels", "annotations", "managedFields"};
    for (size_t i = 0; i < ARRAY_SIZE(status); i++)
        json_remove(json_get(node, "status"), status[i]);
    for (size_t i = 0; i < ARRAY_SIZE(metadata); i++)
        json_remove(json_get(node, "metadata"), metadata[i]);
    json_remove(json_get(node, "spec"), "taints");
}

static const char *const *pod_cidrs(struct network_look *l, const struct json *node, const char *fallback,
                                    uint32_t *ret_count)
{
    const char **out = arena_alloc0(&l->arena, (CIDRS_MAX + 1) * sizeof(*out)),
               *single = json_string_at(node, "spec.podCIDR");
    uint32_t count = 0;
    json_for_each (cidr, json_at(node, "spec.podCIDRs")) {
        if (count < CIDRS_MAX)
            out[count++] = json_string_or(cidr, "");
    }
    if (!count && single && single[0])
        out[count++] = single;
    if (!count && fallback[0])
        out[count++] = fallback;
    for (uint32_t i = 0; i < count; i++)
        buffer_printf(&l->text, "%s%s", i ? "," : "", out[i]);
    *ret_count = count;
    return out;
}

static const char *const *peer_addresses(struct network_look *l, const struct json *node, uint32_t *ret_count)
{
    const struct json *list = json_at(node, "status.addresses");
    const char **out = arena_alloc0(&l->arena, (json_count(list) + 1) * sizeof(*out));
    uint32_t count = 0;
    json_for_each (address, list) {
        if (strcmp(json_string_or(json_get(address, "type"), ""), "InternalIP") != 0)
            continue;
        out[count] = json_string_or(json_get(address, "address"), "");
        buffer_printf(&l->text, " %s", out[count++]);
    }
    *ret_count = count;
    return out;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(cached_key(*(struct cached *const *)a), cached_key(*(struct cached *const *)b));
}

/* In order of their names, so that the same nodes give the same text. */
static void add_peers(struct network_look *l)
{
    struct cached **all = NULL;
    size_t count = l->k->peers ? informer_list(l->k->peers, NULL, &all) : 0;
    if (count)
        qsort(all, count, sizeof(*all), by_key);
    l->peers = arena_alloc0(&l->arena, (count + 1) * sizeof(*l->peers));
    for (size_t i = 0; i < count; i++) {
        const struct json *node = cached_parse(all[i], &l->arena);
        struct keelson_network_peer *peer = &l->peers[l->node.peers_count];
        if (strcmp(object_name(node), l->k->config->node_name) == 0)
            continue;
        buffer_printf(&l->text, "\n%s ", object_name(node));
        peer->node_name = object_name(node);
        peer->pod_cidrs = pod_cidrs(l, node, "", &peer->pod_cidrs_count);
        peer->addresses = peer_addresses(l, node, &peer->addresses_count);
        l->node.peers_count += peer->pod_cidrs_count && peer->addresses_count;
    }
    cached_list_free(all, count);
    l->node.peers = l->peers;
    l->node.peer_size = sizeof(*l->peers);
}

static int configure(struct network_look *l, const char *cidrs, struct error *err)
{
    struct plugin_call_options options = {.operation = "network.configure"};
    struct error why = ERROR_INIT;
    if (plugin_call_here(l->k->network, &options, call_configure, l, err) < 0)
        return -1;
    if (runtime_set_pod_cidr(&l->k->runtime, cidrs, &why) < 0 && why.code != ERR_METHOD_NOT_ALLOWED)
        log_warning("telling the runtime the pod CIDR: %s", why.message);
    error_done(&why);
    log_info("the pod network is %s, with %u other nodes", cidrs, l->node.peers_count);
    return 0;
}

static void check_status(struct network_look *l, struct node_network *n, char message[NETWORK_MESSAGE_MAX])
{
    struct plugin_call_options options = {.operation = "network.status"};
    struct error err = ERROR_INIT;
    l->status = (struct keelson_network_status){.size = sizeof(l->status)};
    if (plugin_call_here(l->k->network, &options, call_status, l, &err) < 0)
        snprintf(message, NETWORK_MESSAGE_MAX, "%.290s", err.message);
    else if (!l->status.ready)
        snprintf(message, NETWORK_MESSAGE_MAX, "%.290s", l->status.message);
    /* What was made may have been taken away: it is made again next time. */
    if (message[0])
        free(TAKE_PTR(n->told));
    error_done(&err);
}

bool node_network_look(struct node_network *n, struct kubelet *k, const struct json *object,
                       char message[NETWORK_MESSAGE_MAX])
{
    struct network_look l = {.k = k};
    struct error err = ERROR_INIT;
    uint32_t addresses = 0;
    message[0] = 0;
    if (!k->network)
        return true;
    while (k->addresses[addresses])
        addresses++;
    l.table = plugin_instance_interface(k->network, KEELSON_NETWORK_1);
    l.node = (struct keelson_network_node){.size = sizeof(l.node),
                                           .node_name = k->config->node_name,
                                           .addresses = (const char *const *)k->addresses,
                                           .addresses_count = addresses};
    l.node.pod_cidrs = pod_cidrs(&l, object, k->config->pod_cidr, &l.node.pod_cidrs_count);
    const char *cidrs = arena_strdup(&l.arena, l.text.data ? l.text.data : "");
    add_peers(&l);
    if (!l.node.pod_cidrs_count) {
        snprintf(message, NETWORK_MESSAGE_MAX, "the node has no pod CIDR yet");
    } else if (n->told && strcmp(n->told, l.text.data) == 0) {
        check_status(&l, n, message);
    } else if (configure(&l, cidrs, &err) < 0) {
        snprintf(message, NETWORK_MESSAGE_MAX, "%.290s", err.message);
    } else {
        free(n->told);
        n->told = xstrdup(l.text.data);
    }
    error_done(&err);
    buffer_done(&l.text);
    arena_done(&l.arena);
    return message[0] == 0;
}

void node_network_done(struct node_network *n)
{
    free(TAKE_PTR(n->told));
}
