/* SPDX-License-Identifier: Apache-2.0 */
/* The interface of <keelson/network.h> over a channel, function by function: the daemon's side, then the
 * child's. */
#include <keelson/network.h>

#include "core/base/memory.h"
#include "core/plugin/isolate.h"

enum { NETWORK_CONFIGURE, NETWORK_STATUS, NETWORK_TEARDOWN };

/* ---- configure ---- */

static void put_peer(struct buffer *out, const struct keelson_network_peer *peer)
{
    frame_put_text(out, peer->node_name);
    frame_put_texts(out, peer->addresses, peer->addresses_count);
    frame_put_texts(out, peer->pod_cidrs, peer->pod_cidrs_count);
}

static enum keelson_status configure(void *instance, const struct keelson_call *call,
                                     const struct keelson_network_node *node)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_network, NETWORK_CONFIGURE);
    frame_put_text(&c.out, node->node_name);
    frame_put_texts(&c.out, node->pod_cidrs, node->pod_cidrs_count);
    frame_put_texts(&c.out, node->cluster_cidrs, node->cluster_cidrs_count);
    frame_put_texts(&c.out, node->addresses, node->addresses_count);
    frame_put_u32(&c.out, node->peers_count);
    for (uint32_t i = 0; i < node->peers_count; i++)
        put_peer(&c.out, KEELSON_AT(node->peers, node->peer_size, i));
    return isolate_do(&c);
}

static struct keelson_network_peer get_peer(struct frame_reader *r)
{
    struct keelson_network_peer peer = {.node_name = frame_get_text(r)};
    peer.addresses = frame_get_texts(r, &peer.addresses_count);
    peer.pod_cidrs = frame_get_texts(r, &peer.pod_cidrs_count);
    return peer;
}

static enum keelson_status serve_configure(struct serving *s)
{
    struct frame_reader *r = &s->in;
    struct keelson_network_node node = {.size = sizeof(node),
                                        .peer_size = sizeof(struct keelson_network_peer)};
    node.node_name = frame_get_text(r);
    node.pod_cidrs = frame_get_texts(r, &node.pod_cidrs_count);
    node.cluster_cidrs = frame_get_texts(r, &node.cluster_cidrs_count);
    node.addresses = frame_get_texts(r, &node.addresses_count);
    node.peers_count = frame_get_count(r, 3 * sizeof(uint32_t));
    struct keelson_network_peer *peers = arena_alloc0(&s->arena, (node.peers_count + 1) * sizeof(*peers));
    for (uint32_t i = 0; i < node.peers_count; i++)
        peers[i] = get_peer(r);
    node.peers = peers;
    return frame_is_read(r)
               ? ((const struct keelson_network_v1 *)s->table)->configure(s->handle, s->call, &node)
               : KEELSON_INVALID;
}

/* ---- status ---- */

static void answer_status(struct frame_reader *r, void *context)
{
    struct keelson_network_status *ret = context;
    ret->ready = frame_get_u32(r);
    frame_get_array(r, ret->message, sizeof(ret->message));
}

static enum keelson_status status(void *instance, const struct keelson_call *call,
                                  struct keelson_network_status *ret)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_network, NETWORK_STATUS);
    c.answer = answer_status;
    c.context = ret;
    return isolate_do(&c);
}

static enum keelson_status serve_status(struct serving *s)
{
    struct keelson_network_status result = {.size = sizeof(result)};
    enum keelson_status answer =
        ((const struct keelson_network_v1 *)s->table)->status(s->handle, s->call, &result);
    frame_put_u32(&s->out, result.ready);
    frame_put_array(&s->out, result.message, sizeof(result.message));
    return answer;
}

/* ---- teardown ---- */

static enum keelson_status teardown(void *instance, const struct keelson_call *call)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_network, NETWORK_TEARDOWN);
    return isolate_do(&c);
}

static enum keelson_status serve_teardown(struct serving *s)
{
    return ((const struct keelson_network_v1 *)s->table)->teardown(s->handle, s->call);
}

static const struct keelson_network_v1 table = {
    .size = sizeof(table), .configure = configure, .status = status, .teardown = teardown};
static const struct isolate_function functions[] = {
    {"configure", serve_configure}, {"status", serve_status}, {"teardown", serve_teardown}};
const struct isolate_interface isolate_network = {KEELSON_NETWORK_1, &table, sizeof(table), functions,
                                                  ARRAY_SIZE(functions)};
