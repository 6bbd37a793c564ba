/* SPDX-License-Identifier: Apache-2.0 */
/* Services into sets, maps and chains; see rules.h. Chains: b-N picks one of N, r-N one of the N on this
 * node; cb-N is the way of a cluster IP when some of it is to be masqueraded, xb-N that of an address from
 * outside, l-N-M the same for policy Local with M of the N on this node. Node ports, whose frontends have no
 * address, have nb-N and so on. */
#include "core/proxy/rules.h"

#include <arpa/inet.h>
#include <stdio.h>

#include "core/base/memory.h"

#define PICKS_IN_BLOCK 16
#define LOCAL_FROM     32768 /* where the numbers of a frontend's local endpoints begin */
#define TRANSPORTS     "meta l4proto { tcp, udp, sctp } "

struct making {
    const struct rules_options *options;
    enum proxy_family family;
    const char *ip; /* "ip", "ip6" */
    const struct service *service;
    const struct service_port *port;
    struct wishes *out;
};
/* One address and port that clients use. */
struct frontend {
    const char *address; /* NULL: a node port */
    uint16_t port;
};
enum way { WAY_CLUSTER, WAY_OUTSIDE };

static const char *mark(const struct making *m)
{
    return arena_printf(&m->out->arena, "meta mark set meta mark | %#x", m->options->masquerade_mark);
}

/* The element's key in maps: "10.0.0.1 . tcp . 80", or "tcp . 30080". */
static const char *frontend_key(const struct making *m, const struct frontend *f)
{
    struct arena *a = &m->out->arena;
    return f->address ? arena_printf(a, "%s . %s . %u", f->address, m->port->protocol, f->port)
                      : arena_printf(a, "%s . %u", m->port->protocol, f->port);
}

/* The chain "one of count", of the frontend's own numbers ("b"), or of those of its local endpoints ("r");
 * its name. A block of chains comes at once, since new ones are dear. */
static const char *pick_chain(const struct making *m, bool nodeport, bool local, unsigned count)
{
    struct arena *a = &m->out->arena;
    const char *name = arena_printf(a, "%s%s", nodeport ? "n" : "", local ? "r" : "b");
    unsigned first = (count - 1) / PICKS_IN_BLOCK * PICKS_IN_BLOCK + 1;
    const char *offset = local ? arena_printf(a, " offset %u", LOCAL_FROM) : "";
    struct buffer rules = BUFFER_INIT;
    for (unsigned n = first; n < first + PICKS_IN_BLOCK; n++)
        buffer_printf(&rules,
                      "%s-%u " TRANSPORTS
                      "dnat %s to %s%smeta l4proto . th dport . numgen random mod %u%s map @%s\n",
                      name, n, m->ip, nodeport ? "" : m->ip, nodeport ? "" : " daddr . ", n, offset,
                      nodeport ? "nodeport-endpoints" : "endpoints");
    wishes_add(m->out, ITEM_PICK, arena_printf(a, "%s-%u", name, first), rules.data);
    buffer_done(&rules);
    return arena_printf(a, "%s-%u", name, count);
}

/* With policy Local, those within the cluster still reach all endpoints. */
static const char *within_cluster(const struct making *m, const char *everywhere)
{
    const char *local = m->options->local[m->family];
    struct arena *a = &m->out->arena;
    const char *pods = local ? arena_printf(a, "%s goto %s\n", local, everywhere) : "";
    return arena_printf(a, "%sfib saddr type local %s goto %s\n", pods, mark(m), everywhere);
}

static void want_chain(const struct making *m, const char *name, const char *rules)
{
    wishes_add(m->out, ITEM_CHAIN, name, rules);
}

/* The shared chain for so many endpoints; its name. */
static const char *shared_chain(const struct making *m, bool nodeport, enum way way)
{
    struct arena *a = &m->out->arena;
    unsigned all = m->port->everywhere.count, here = m->port->here.count;
    const char *n = nodeport ? "n" : "", *name;
    const char *pick =
        pick_chain(m, nodeport, false, way == WAY_CLUSTER && m->service->internal_local ? here : all);
    if (way == WAY_CLUSTER)
        return pick;
    if (!m->service->external_local) {
        name = arena_printf(a, "x%s", pick);
        want_chain(m, name, arena_printf(a, "%s\ngoto %s", mark(m), pick));
    } else {
        const char *local = here ? arena_printf(a, "goto %s", pick_chain(m, nodeport, true, here)) : "";
        name = arena_printf(a, "l%s-%u-%u", n, all, here);
        want_chain(m, name, arena_printf(a, "%s%s", within_cluster(m, pick), local));
    }
    return name;
}

static void want_picks(const struct making *m, const struct frontend *f, const struct backends *b,
                       unsigned from)
{
    for (unsigned i = 0; i < b->count; i++)
        wishes_add(m->out, f->address ? ITEM_ENDPOINT : ITEM_NODEPORT_ENDPOINT,
                   arena_printf(&m->out->arena, "%s . %u", frontend_key(m, f), from + i),
                   arena_printf(&m->out->arena, "%s . %u", b->list[i].address, b->list[i].port));
}

/* Session affinity: each endpoint has a set of the clients that it served lately, and a chain that keeps it.
 */
static const char *affinity_endpoint(const struct making *m, const struct backend *b)
{
    struct arena *a = &m->out->arena;
    const struct service *s = m->service;
    const char *what = arena_printf(a, "%s %s %u %s %u %lld", s->name, m->port->protocol, m->port->port,
                                    b->address, b->port, (long long)s->affinity_s);
    const char *id = arena_printf(a, "%016llx", (unsigned long long)hash_fnv64a(what, strlen(what)));
    const char *type = m->family == PROXY_IPV4 ? "ipv4_addr" : "ipv6_addr";
    const char *to = m->family == PROXY_IPV4 ? arena_printf(a, "%s:%u", b->address, b->port)
                                             : arena_printf(a, "[%s]:%u", b->address, b->port);
    wishes_add(m->out, ITEM_SET, arena_printf(a, "s-%s", id),
               arena_printf(a, "{ type %s; size 65536; flags dynamic,timeout; timeout %llds; }", type,
                            (long long)s->affinity_s));
    want_chain(
        m, arena_printf(a, "e-%s", id),
        arena_printf(a, "update @s-%s { %s saddr }\n" TRANSPORTS "dnat %s to %s", id, m->ip, m->ip, to));
    return id;
}

/* The chain of one service port that looks for the client's endpoint, then picks one. */
static const char *affinity_group(const struct making *m, const struct backends *b, const char *letter)
{
    struct arena *a = &m->out->arena;
    struct buffer rules = BUFFER_INIT, picks = BUFFER_INIT;
    for (unsigned i = 0; i < b->count; i++) {
        const char *id = affinity_endpoint(m, &b->list[i]);
        buffer_printf(&rules, "%s saddr @s-%s goto e-%s\n", m->ip, id, id);
        buffer_printf(&picks, "%s%u : goto e-%s", i ? ", " : "", i, id);
    }
    if (b->count)
        buffer_printf(&rules, "numgen random mod %u vmap { %s }", b->count, picks.data);
    const char *what = arena_printf(a, "%s %s %u", m->service->name, m->port->protocol, m->port->port);
    const char *name =
        arena_printf(a, "%s-%016llx", letter, (unsigned long long)hash_fnv64a(what, strlen(what)));
    want_chain(m, name, rules.data ? rules.data : "");
    buffer_done(&rules);
    buffer_done(&picks);
    return name;
}

static const char *affinity_chain(const struct making *m, enum way way)
{
    struct arena *a = &m->out->arena;
    bool local = way == WAY_CLUSTER ? m->service->internal_local : m->service->external_local;
    const char *here = local ? affinity_group(m, &m->port->here, "gl") : NULL;
    const char *all = way == WAY_CLUSTER && local ? here : affinity_group(m, &m->port->everywhere, "g");
    if (way == WAY_CLUSTER)
        return all;
    const char *name = arena_printf(a, "x%s", all);
    if (!local)
        want_chain(m, name, arena_printf(a, "%s\ngoto %s", mark(m), all));
    else
        want_chain(m, name, arena_printf(a, "%sgoto %s", within_cluster(m, all), here));
    return name;
}

/* Bookkeeping for UDP, whose connections outlive their endpoints. */
static void want_flows(const struct making *m, const struct frontend *f)
{
    struct arena *a = &m->out->arena;
    const char *key = arena_printf(a, "%s %u", f->address ? f->address : "*", f->port);
    const struct backends *lists[] = {&m->port->everywhere, &m->port->here};
    if (strcmp(m->port->protocol, "udp") != 0)
        return;
    wishes_add(m->out, ITEM_FLOW, key, "");
    for (size_t l = 0; l < ARRAY_SIZE(lists); l++)
        for (unsigned i = 0; i < lists[l]->count; i++)
            wishes_add(m->out, ITEM_FLOW,
                       arena_printf(a, "%s %s %u", key, lists[l]->list[i].address, lists[l]->list[i].port),
                       "");
}

/* Nobody serves it: refused when there is no endpoint at all, silently dropped when there is one elsewhere,
 * since then a load balancer is to look for another node. */
static void want_refusal(const struct making *m, const struct frontend *f, bool elsewhere)
{
    wishes_add(m->out, f->address ? ITEM_UNSERVED : ITEM_UNSERVED_NODEPORT, frontend_key(m, f),
               elsewhere ? "drop" : "goto refuse");
}

static void want_frontend(const struct making *m, const struct frontend *f, enum way way)
{
    const struct service_port *p = m->port;
    bool inner = way == WAY_CLUSTER, local = inner ? m->service->internal_local : m->service->external_local;
    bool any = inner && local ? p->here.count > 0 : p->everywhere.count > 0;
    want_flows(m, f);
    if (!any || (local && !p->here.count))
        want_refusal(m, f, p->everywhere.count > 0);
    if (!any)
        return;
    const char *chain = m->service->affinity_s ? affinity_chain(m, way) : shared_chain(m, !f->address, way);
    wishes_add(m->out, f->address ? ITEM_SERVICE : ITEM_NODEPORT, frontend_key(m, f),
               arena_printf(&m->out->arena, "goto %s", chain));
    if (m->service->affinity_s)
        return;
    want_picks(m, f, inner && local ? &p->here : &p->everywhere, 0);
    if (!inner && local)
        want_picks(m, f, &p->here, LOCAL_FROM);
}

/* A load balancer's address may be one of this machine's, too; what the machine then sends to it comes from
 * that very address, and is let through when the node itself would be. */
static void want_source_ranges(const struct making *m, const struct frontend *f)
{
    const char *key = frontend_key(m, f), *node_ip = m->options->node_ip[m->family];
    const char *const *ranges = m->service->source_ranges;
    size_t count = 0, given = 0;
    if (!m->service->restricted)
        return;
    while (ranges[given])
        given++;
    const char **allowed = arena_alloc(&m->out->arena, (given + 1) * sizeof(*allowed));
    bool from_node = false;
    for (; count < given; count++) {
        allowed[count] = ranges[count];
        from_node = from_node || (node_ip && rules_within(node_ip, ranges[count]));
    }
    if (from_node)
        allowed[count++] = f->address;
    rules_disjoint(allowed, &count);
    wishes_add(m->out, ITEM_RESTRICTED, key, "");
    for (size_t i = 0; i < count; i++)
        wishes_add(m->out, ITEM_SOURCE, arena_printf(&m->out->arena, "%s . %s", key, allowed[i]), "");
}

static void want_port(const struct making *m)
{
    const struct service *s = m->service;
    struct frontend f = {.port = m->port->port};
    for (size_t i = 0; s->cluster_ips[i]; i++) {
        f.address = s->cluster_ips[i];
        want_frontend(m, &f, WAY_CLUSTER);
    }
    for (size_t i = 0; s->external_ips[i]; i++) {
        f.address = s->external_ips[i];
        want_frontend(m, &f, WAY_OUTSIDE);
    }
    for (size_t i = 0; s->balancer_ips[i]; i++) {
        f.address = s->balancer_ips[i];
        want_frontend(m, &f, WAY_OUTSIDE);
        want_source_ranges(m, &f);
    }
    if (m->port->node_port)
        want_frontend(m, &(struct frontend){NULL, m->port->node_port}, WAY_OUTSIDE);
    for (unsigned i = 0; i < m->port->everywhere.count; i++)
        if (m->port->everywhere.list[i].local)
            wishes_add(m->out, ITEM_HAIRPIN,
                       arena_printf(&m->out->arena, "%s . %s", m->port->everywhere.list[i].address,
                                    m->port->everywhere.list[i].address),
                       "");
}

void rules_for_service(const struct rules_options *options, enum proxy_family family,
                       const struct service *service, struct wishes *out)
{
    struct making m = {options, family, family == PROXY_IPV4 ? "ip" : "ip6", service, NULL, out};
    if (!service->served || !service->in_family)
        return;
    for (size_t i = 0; service->cluster_ips[i]; i++)
        wishes_add(out, ITEM_CLUSTER_IP, service->cluster_ips[i], "");
    for (unsigned i = 0; i < service->ports_count; i++) {
        m.port = &service->ports[i];
        want_port(&m);
    }
}

struct prefix {
    unsigned char raw[16];
    unsigned bits;
};

/* "10.0.0.0/8", or one address. */
static void prefix_parse(const char *cidr, struct prefix *ret)
{
    char address[64] = "";
    int parts = sscanf(cidr, "%63[^/]/%u", address, &ret->bits);
    bool ipv4 = inet_pton(AF_INET, address, ret->raw) == 1;
    if (!ipv4)
        inet_pton(AF_INET6, address, ret->raw);
    if (parts < 2)
        ret->bits = ipv4 ? 32 : 128;
}

static bool prefix_within(const struct prefix *inner, const struct prefix *outer)
{
    if (outer->bits > inner->bits)
        return false;
    unsigned whole = outer->bits / 8, rest = outer->bits % 8;
    if (memcmp(inner->raw, outer->raw, whole) != 0)
        return false;
    return rest == 0 || (inner->raw[whole] ^ outer->raw[whole]) >> (8 - rest) == 0;
}

bool rules_within(const char *inner, const char *outer)
{
    struct prefix i = {0}, o = {0};
    prefix_parse(inner, &i);
    prefix_parse(outer, &o);
    return prefix_within(&i, &o);
}

void rules_disjoint(const char **cidrs, size_t *count)
{
    size_t kept = 0;
    for (size_t i = 0; i < *count; i++) {
        struct prefix one = {0}, other = {0};
        bool within = false;
        prefix_parse(cidrs[i], &one);
        for (size_t j = 0; j < *count && !within; j++) {
            other = (struct prefix){0};
            if (j == i || !cidrs[j])
                continue;
            prefix_parse(cidrs[j], &other);
            within = prefix_within(&one, &other) && (other.bits < one.bits || j < i);
        }
        if (!within)
            cidrs[kept++] = cidrs[i];
    }
    *count = kept;
}
