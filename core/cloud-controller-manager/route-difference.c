/* SPDX-License-Identifier: Apache-2.0 */
/* Routes that are missing and routes that are too many; see route-difference.h. */
#include "core/cloud-controller-manager/route-difference.h"

#include <arpa/inet.h>

#include "core/api/names.h"
#include "core/base/memory.h"
#include "core/base/number.h"

/* ---- CIDRs ---- */

struct block {
    int family;
    unsigned char address[16];
    uint64_t prefix;
};

static bool parse_block(const char *text, struct block *ret)
{
    struct slice rest = slice_of(text), address = slice_cut(&rest, '/');
    char copy[INET6_ADDRSTRLEN];
    if (!rest.data || address.size >= sizeof(copy))
        return false;
    memcpy(copy, address.data, address.size);
    copy[address.size] = '\0';
    *ret = (struct block){.family = strchr(copy, ':') ? AF_INET6 : AF_INET};
    return inet_pton(ret->family, copy, ret->address) == 1 &&
           parse_u64(rest, ret->family == AF_INET6 ? 128 : 32, &ret->prefix);
}

bool route_same_cidr(const char *a, const char *b)
{
    struct block x, y;
    if (!parse_block(a, &x) || !parse_block(b, &y))
        return false;
    return x.family == y.family && x.prefix == y.prefix &&
           memcmp(x.address, y.address, sizeof(x.address)) == 0;
}

/* Is the block one of the cluster's, or within one? */
static bool is_responsible(const char *cluster_cidr, const char *destination)
{
    struct slice rest = slice_of(cluster_cidr);
    while (rest.data) {
        struct slice one = slice_trim(slice_cut(&rest, ','));
        _cleanup_free_ char *block = xstrndup(one.data, one.size);
        if (route_same_cidr(block, destination) || cidr_is_within(slice_of(destination), one))
            return true;
    }
    return false;
}

int route_check_cluster_cidr(const char *cluster_cidr, struct error *err)
{
    struct slice rest = slice_of(cluster_cidr);
    unsigned count[2] = {0};
    while (rest.data) {
        struct slice one = slice_trim(slice_cut(&rest, ','));
        _cleanup_free_ char *text = xstrndup(one.data, one.size);
        struct block block;
        if (name_check_cidr(one) || !parse_block(text, &block))
            return error_set(err, ERR_BAD_REQUEST, "--cluster-cidr: \"%s\" is no CIDR", text);
        if (++count[block.family == AF_INET6] > 1)
            return error_set(err, ERR_BAD_REQUEST, "--cluster-cidr: more than one CIDR of a family");
    }
    return 0;
}

/* ---- Nodes ---- */

const char *route_pod_cidr(const struct json *node, uint32_t i)
{
    const struct json *list = json_at(node, "spec.podCIDRs");
    if (json_count(list))
        return json_string(json_element(list, i));
    return i == 0 ? json_string(json_at(node, "spec.podCIDR")) : NULL;
}

bool route_is_wanted(const char *cluster_cidr, const struct json *node)
{
    const char *cidr;
    for (uint32_t i = 0; (cidr = route_pod_cidr(node, i)); i++)
        if (is_responsible(cluster_cidr, cidr))
            return true;
    return false;
}

static bool has_block(const struct json *node, const char *destination)
{
    const char *cidr;
    for (uint32_t i = 0; (cidr = route_pod_cidr(node, i)); i++)
        if (route_same_cidr(cidr, destination))
            return true;
    return false;
}

static const struct owned_node *find_node(const struct owned_node *nodes, size_t count, const char *name)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = strcmp(nodes[middle].name, name);
        if (order == 0)
            return &nodes[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* ---- The difference ---- */

static bool must_go(const struct owned_node *nodes, size_t count, const struct cloud_route *r)
{
    if (r->blackhole)
        return true;
    const struct owned_node *target = r->node_name ? find_node(nodes, count, r->node_name) : NULL;
    if (!target)
        return r->node_name != NULL; /* of a route to who knows where nothing is known */
    return target->owner != NODE_UNKNOWN && !has_block(target->node, r->destination);
}

static bool is_there(const struct cloud_routes *there, const char *node_name, const char *cidr)
{
    for (size_t i = 0; i < there->count; i++) {
        const struct cloud_route *r = &there->list[i];
        if (!r->blackhole && r->node_name && strcmp(r->node_name, node_name) == 0 &&
            route_same_cidr(r->destination, cidr))
            return true;
    }
    return false;
}

static void add(struct arena *arena, struct cloud_routes *to, size_t room, const struct cloud_route *r)
{
    if (!to->list)
        to->list = arena_alloc0(arena, room * sizeof(*to->list));
    require(to->count < room);
    to->list[to->count++] = *r;
}

static size_t count_blocks(const struct owned_node *nodes, size_t count)
{
    size_t blocks = 0;
    for (size_t i = 0; i < count; i++)
        for (uint32_t n = 0; route_pod_cidr(nodes[i].node, n); n++)
            blocks++;
    return blocks;
}

void route_compare(struct arena *arena, const char *cluster_cidr, const struct owned_node *nodes,
                   size_t nodes_count, const struct cloud_routes *there, struct route_difference *ret)
{
    const char *cidr;
    size_t blocks = count_blocks(nodes, nodes_count);
    *ret = (struct route_difference){0};
    for (size_t i = 0; i < there->count; i++)
        if (is_responsible(cluster_cidr, there->list[i].destination) &&
            must_go(nodes, nodes_count, &there->list[i]))
            add(arena, &ret->remove, there->count, &there->list[i]);
    for (size_t i = 0; i < nodes_count; i++) {
        const struct owned_node *n = &nodes[i];
        if (n->owner != NODE_OWN)
            continue;
        for (uint32_t k = 0; (cidr = route_pod_cidr(n->node, k)); k++)
            if (is_responsible(cluster_cidr, cidr) && !is_there(there, n->name, cidr))
                add(arena, &ret->create, blocks,
                    &(struct cloud_route){.node_name = n->name, .destination = cidr, .node = n->node});
    }
}
