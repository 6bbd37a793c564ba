/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a Service and its EndpointSlices; see service.h. Which endpoints are usable follows the service
 * networking documentation: ready ones, of those the ones that are meant for this node or zone; when none is
 * ready, those that serve while terminating. Addresses become their one canonical text, since they are keys
 * in the kernel: two spellings of one address would be refused there. */
#include "core/proxy/service.h"

#include <arpa/inet.h>
#include <strings.h>

#include "core/api/object.h"
#include "core/base/memory.h"
#include "core/base/number.h"

enum proxy_family address_family(const char *address)
{
    unsigned char raw[16];
    if (inet_pton(AF_INET, address, raw) == 1)
        return PROXY_IPV4;
    return inet_pton(AF_INET6, address, raw) == 1 ? PROXY_IPV6 : PROXY_FAMILIES;
}

enum proxy_family cidr_family(const char *cidr)
{
    char address[64];
    const char *slash = strchr(cidr, '/');
    if (!slash || slash - cidr >= (ptrdiff_t)sizeof(address))
        return PROXY_FAMILIES;
    memcpy(address, cidr, (size_t)(slash - cidr));
    address[slash - cidr] = '\0';
    return strspn(slash + 1, "0123456789") == strlen(slash + 1) && slash[1] ? address_family(address)
                                                                            : PROXY_FAMILIES;
}

/* The address in its canonical text; NULL unless it is of the family. */
static const char *canonical_address(struct arena *arena, const char *text, enum proxy_family family)
{
    unsigned char raw[16];
    char out[INET6_ADDRSTRLEN];
    int domain = family == PROXY_IPV4 ? AF_INET : AF_INET6;
    if (inet_pton(domain, text, raw) != 1 || !inet_ntop(domain, raw, out, sizeof(out)))
        return NULL;
    return arena_strdup(arena, out);
}

/* "10.0.0.5/8", perhaps with blanks around it, as "10.0.0.0/8". */
static const char *canonical_cidr(struct arena *arena, const char *text, enum proxy_family family)
{
    unsigned char raw[16] = {0};
    char out[INET6_ADDRSTRLEN];
    uint64_t bits = 0;
    struct slice rest = slice_trim(slice_of(text));
    struct slice address = slice_cut(&rest, '/');
    int domain = family == PROXY_IPV4 ? AF_INET : AF_INET6;
    if (!rest.data || !parse_u64(rest, family == PROXY_IPV4 ? 32 : 128, &bits) ||
        inet_pton(domain, arena_strndup(arena, address.data, address.size), raw) != 1)
        return NULL;
    for (unsigned bit = (unsigned)bits; bit < 128; bit++)
        raw[bit / 8] &= (unsigned char)~(0x80 >> bit % 8);
    inet_ntop(domain, raw, out, sizeof(out));
    return arena_printf(arena, "%s/%u", out, (unsigned)bits);
}

typedef const char *canonical(struct arena *arena, const char *text, enum proxy_family family);

/* The texts of an array that belong to the family; each element's `member`, or itself when that is NULL. */
static const char **addresses_of(struct arena *arena, const struct json *array, const char *member,
                                 canonical *of_family, enum proxy_family family)
{
    const char **list = arena_alloc(arena, (json_count(array) + 1) * sizeof(*list));
    size_t count = 0;
    json_for_each (it, array) {
        const char *text = json_string(member ? json_get(it, member) : it);
        if (text && strcmp(json_string_or(json_get(it, "ipMode"), "VIP"), "Proxy") != 0)
            list[count] = of_family(arena, text, family);
        else
            list[count] = NULL;
        count += list[count] != NULL;
    }
    list[count] = NULL;
    return list;
}

static int compare(const void *a, const void *b)
{
    const struct backend *x = a, *y = b;
    int order = strcmp(x->address, y->address);
    return order ? order : (int)x->port - (int)y->port;
}

static void tidy(struct backends *b)
{
    unsigned kept = 0;
    if (b->count)
        qsort(b->list, b->count, sizeof(*b->list), compare);
    for (unsigned i = 0; i < b->count; i++)
        if (kept == 0 || compare(&b->list[kept - 1], &b->list[i]) != 0)
            b->list[kept++] = b->list[i];
    b->count = kept;
}

/* 2: ready; 1: serving while it ends; 0: not usable. Absent conditions count as upstream's API says: ready is
 * true, serving is ready, terminating is false. */
static int usable(const struct json *endpoint)
{
    const struct json *c = json_get(endpoint, "conditions");
    bool ready = json_boolean_or(json_get(c, "ready"), true);
    bool serving = json_boolean_or(json_get(c, "serving"), ready);
    return ready ? 2 : serving && json_boolean_or(json_get(c, "terminating"), false) ? 1 : 0;
}

static uint16_t port_in_slice(const struct json *slice, const char *name, const char *protocol)
{
    json_for_each (p, json_get(slice, "ports"))
        if (strcmp(json_string_or(json_get(p, "name"), ""), name) == 0 &&
            strcmp(json_string_or(json_get(p, "protocol"), "TCP"), protocol) == 0)
            return (uint16_t)json_integer_or(json_get(p, "port"), 0);
    return 0;
}

struct reading {
    struct arena *arena;
    struct json *const *slices;
    size_t count;
    enum proxy_family family;
    const char *node, *zone;
};
/* Which endpoints a port uses: all, or those that are meant for our zone or our node. */
enum hints { HINTS_NONE, HINTS_ZONE, HINTS_NODE };
static const char *const hint_paths[] = {[HINTS_ZONE] = "hints.forZones", [HINTS_NODE] = "hints.forNodes"};

static bool of_family(const struct json *slice, enum proxy_family family)
{
    return strcmp(json_string_or(json_get(slice, "addressType"), ""),
                  family == PROXY_IPV4 ? "IPv4" : "IPv6") == 0;
}

static bool hinted(const struct reading *r, const struct json *endpoint, enum hints kind)
{
    const char *own = kind == HINTS_NODE ? r->node : r->zone;
    json_for_each (it, json_at(endpoint, hint_paths[kind]))
        if (strcmp(json_string_or(json_get(it, "name"), ""), own) == 0)
            return true;
    return false;
}

/* Hints of a kind hold when every ready endpoint of the port has some, and one is for us. */
static bool hints_hold(const struct reading *r, const char *name, const char *protocol, enum hints kind)
{
    bool ours = false;
    for (size_t i = 0; i < r->count; i++) {
        if (!of_family(r->slices[i], r->family) || !port_in_slice(r->slices[i], name, protocol))
            continue;
        json_for_each (e, json_get(r->slices[i], "endpoints")) {
            if (usable(e) != 2)
                continue;
            if (json_count(json_at(e, hint_paths[kind])) == 0)
                return false;
            ours = ours || hinted(r, e, kind);
        }
    }
    return ours;
}

static enum hints hints_of(const struct reading *r, const char *name, const char *protocol)
{
    if (hints_hold(r, name, protocol, HINTS_NODE))
        return HINTS_NODE;
    return *r->zone && hints_hold(r, name, protocol, HINTS_ZONE) ? HINTS_ZONE : HINTS_NONE;
}

/* Those of exactly that usability. */
static struct backends collect(const struct reading *r, const char *name, const char *protocol,
                               bool only_here, int usability, enum hints hints)
{
    struct backends b = {0};
    size_t capacity = 0;
    for (size_t i = 0; i < r->count; i++)
        capacity += json_count(json_get(r->slices[i], "endpoints"));
    b.list = arena_alloc(r->arena, (capacity + 1) * sizeof(*b.list));
    for (size_t i = 0; i < r->count; i++) {
        uint16_t port = port_in_slice(r->slices[i], name, protocol);
        if (!port || !of_family(r->slices[i], r->family))
            continue;
        json_for_each (e, json_get(r->slices[i], "endpoints")) {
            const char *address =
                canonical_address(r->arena, json_string_or(json_at(e, "addresses[0]"), ""), r->family);
            bool local = strcmp(json_string_or(json_get(e, "nodeName"), ""), r->node) == 0;
            if (address && usable(e) == usability && (local || !only_here) &&
                (hints == HINTS_NONE || hinted(r, e, hints)))
                b.list[b.count++] = (struct backend){address, port, local};
        }
    }
    tidy(&b);
    return b;
}

static const char *lower(struct arena *arena, const char *protocol)
{
    char *text = arena_strdup(arena, protocol);
    for (char *c = text; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    return text;
}

static void read_port(const struct reading *r, const struct json *port, struct service_port *ret)
{
    const char *name = json_string_or(json_get(port, "name"), "");
    const char *protocol = json_string_or(json_get(port, "protocol"), "TCP");
    ret->protocol = lower(r->arena, protocol);
    ret->port = (uint16_t)json_integer_or(json_get(port, "port"), 0);
    ret->node_port = (uint16_t)json_integer_or(json_get(port, "nodePort"), 0);
    ret->everywhere = collect(r, name, protocol, false, 2, hints_of(r, name, protocol));
    if (!ret->everywhere.count)
        ret->everywhere = collect(r, name, protocol, false, 1, HINTS_NONE);
    ret->here = collect(r, name, protocol, true, 2, HINTS_NONE);
    ret->ready_here = ret->here.count;
    if (!ret->here.count)
        ret->here = collect(r, name, protocol, true, 1, HINTS_NONE);
}

static bool is_served(const struct json *service)
{
    const char *ip = json_string_or(json_at(service, "spec.clusterIP"), "");
    return *ip && strcmp(ip, "None") != 0 &&
           !object_label(service, "service.kubernetes.io/service-proxy-name") &&
           strcmp(json_string_or(json_at(service, "spec.type"), ""), "ExternalName") != 0;
}

static const char **cluster_ips(struct arena *arena, const struct json *spec, enum proxy_family family)
{
    const struct json *all = json_get(spec, "clusterIPs");
    if (json_count(all))
        return addresses_of(arena, all, NULL, canonical_address, family);
    const char **one = arena_alloc0(arena, 2 * sizeof(*one));
    one[0] = canonical_address(arena, json_string_or(json_get(spec, "clusterIP"), ""), family);
    return one;
}

void service_read(struct arena *arena, const struct json *service, struct json *const *slices,
                  size_t slices_count, enum proxy_family family, const char *node, const char *zone,
                  struct service *ret)
{
    const struct json *spec = json_get(service, "spec");
    struct reading r = {arena, slices, slices_count, family, node, zone};
    *ret = (struct service){.name = object_key(arena, service), .served = is_served(service)};
    ret->internal_local = strcmp(json_string_or(json_get(spec, "internalTrafficPolicy"), ""), "Local") == 0;
    ret->external_local = strcmp(json_string_or(json_get(spec, "externalTrafficPolicy"), ""), "Local") == 0;
    if (strcmp(json_string_or(json_get(spec, "sessionAffinity"), ""), "ClientIP") == 0)
        ret->affinity_s = json_integer_at(spec, "sessionAffinityConfig.clientIP.timeoutSeconds", 10800);
    ret->cluster_ips = cluster_ips(arena, spec, family);
    ret->in_family = ret->cluster_ips[0] != NULL;
    ret->external_ips = addresses_of(arena, json_get(spec, "externalIPs"), NULL, canonical_address, family);
    ret->balancer_ips =
        addresses_of(arena, json_at(service, "status.loadBalancer.ingress"), "ip", canonical_address, family);
    const struct json *ranges = json_get(spec, "loadBalancerSourceRanges");
    ret->source_ranges = addresses_of(arena, ranges, NULL, canonical_cidr, family);
    ret->restricted = json_count(ranges) > 0;
    const struct json *ports = json_get(spec, "ports");
    ret->ports = arena_alloc0(arena, (json_count(ports) + 1) * sizeof(*ret->ports));
    json_for_each (p, ports) {
        struct service_port *read = &ret->ports[ret->ports_count++];
        read_port(&r, p, read);
        ret->ready_here = MAX(ret->ready_here, read->ready_here);
    }
    if (ret->served && ret->external_local &&
        strcmp(json_string_or(json_get(spec, "type"), ""), "LoadBalancer") == 0)
        ret->health_port = (uint16_t)json_integer_or(json_get(spec, "healthCheckNodePort"), 0);
}
