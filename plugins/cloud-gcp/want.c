/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a Service: see want.h. An annotation is a row; a value that none of us knows is refused, so that a
 * slip of the pen is no public load balancer. */
#include "plugins/cloud-gcp/want.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOURCE_RANGES    "service.beta.kubernetes.io/load-balancer-source-ranges"
#define NODE_HEALTH_PORT 10256 /* kube-proxy's */

struct reading {
    struct gcp *g;
    const struct keelson_call *call;
    const struct keelson_object *service;
    struct want *w;
};

static enum keelson_status wrong(const struct reading *r, const char *what, const char *value,
                                 const char *why)
{
    return r->g->host->fail(r->call, KEELSON_INVALID, "%s \"%s\": %s", what, value, why);
}

/* "" if it is absent. */
static enum keelson_status read_text(const struct reading *r, const char *path, char *ret, size_t size)
{
    struct keelson_bytes text = object_text(r->g, r->service, path);
    if (text.size >= size || memchr(text.data, '\0', text.size))
        return r->g->host->fail(r->call, KEELSON_INVALID, "%s is longer than %zu bytes", path, size - 1);
    memcpy(ret, text.data, text.size);
    ret[text.size] = '\0';
    return KEELSON_OK;
}

static bool is_one_of(const char *text, const char *a, const char *b)
{
    return strcmp(text, a) == 0 || strcmp(text, b) == 0;
}

static bool is_name(const char *text)
{
    return *text >= 'a' && *text <= 'z' && !text[strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

/* One function an annotation: false: the value is not known. */
static bool take_type(struct want *w, const char *value)
{
    w->internal = is_one_of(value, "Internal", "internal");
    return w->internal || strcmp(value, "External") == 0;
}

static bool take_tier(struct want *w, const char *value)
{
    w->tier = strcmp(value, "Standard") == 0 ? "STANDARD" : "PREMIUM";
    return is_one_of(value, "Standard", "Premium");
}

static bool take_global_access(struct want *w, const char *value)
{
    w->global_access = strcmp(value, "true") == 0;
    return is_one_of(value, "true", "false");
}

static bool take_subnetwork(struct want *w, const char *value)
{
    snprintf(w->subnetwork, sizeof(w->subnetwork), "%s", value);
    return is_name(value) && strlen(value) < 64;
}

/* One name, or two with a comma. */
static bool take_reserved(struct want *w, const char *value)
{
    char text[sizeof(w->reserved)], *rest = text, *name;
    snprintf(text, sizeof(text), "%s", value);
    for (size_t i = 0; (name = strsep(&rest, ",")) != NULL; i++) {
        name += strspn(name, " ");
        name[strcspn(name, " ")] = '\0';
        if (i == WANT_FAMILIES || !is_name(name) || strlen(name) >= sizeof(w->reserved[0]))
            return false;
        snprintf(w->reserved[i], sizeof(w->reserved[0]), "%s", name);
    }
    return strlen(value) < sizeof(text);
}

static bool take_backend_service_based(struct want *w, const char *value)
{
    return strcmp(value, "enabled") == 0; /* ours always are */
}

static const struct {
    const char *name;
    bool (*take)(struct want *w, const char *value);
    const char *known;
} annotations[] = {
    {"cloud.google.com/load-balancer-type", take_type,
     "expected Internal or External"}, /* the former name of the next */
    {"networking.gke.io/load-balancer-type", take_type, "expected Internal or External"},
    {"cloud.google.com/network-tier", take_tier, "expected Premium or Standard"},
    {"networking.gke.io/internal-load-balancer-allow-global-access", take_global_access,
     "expected true or false"},
    {"networking.gke.io/internal-load-balancer-subnet", take_subnetwork, "expected the name of a subnetwork"},
    {"networking.gke.io/load-balancer-subnet", take_subnetwork, "expected the name of a subnetwork"},
    {"networking.gke.io/load-balancer-ip-addresses", take_reserved,
     "expected the name of a reserved address, or of one of each family"},
    {"cloud.google.com/l4-rbs", take_backend_service_based, "expected enabled"},
};

static bool begins_with(struct keelson_bytes text, const char *prefix)
{
    return text.size >= strlen(prefix) && memcmp(text.data, prefix, strlen(prefix)) == 0;
}

static bool is_known(struct keelson_bytes name)
{
    for (size_t i = 0; i < sizeof(annotations) / sizeof(annotations[0]); i++)
        if (name.size == strlen(annotations[i].name) && begins_with(name, annotations[i].name))
            return true;
    return false;
}

/* A slip of the pen in a name, too. */
static void tell_unknown(const struct reading *r)
{
    struct keelson_bytes name, value;
    for (uint32_t i = 0;
         r->g->host->object_member(r->service, "metadata.annotations", i, &name, &value) == KEELSON_OK; i++)
        if ((begins_with(name, "networking.gke.io/load-balancer-") ||
             begins_with(name, "networking.gke.io/internal-load-balancer-")) &&
            !is_known(name))
            r->g->host->event(r->call, KEELSON_LOG_WARNING, "UnknownAnnotation", "annotation %.*s is ignored",
                              (int)name.size, name.data);
}

static enum keelson_status read_annotations(const struct reading *r)
{
    char path[160], value[300];
    tell_unknown(r);
    for (size_t i = 0; i < sizeof(annotations) / sizeof(annotations[0]); i++) {
        snprintf(path, sizeof(path), "metadata.annotations[%s]", annotations[i].name);
        TRY(read_text(r, path, value, sizeof(value)));
        if (*value && !annotations[i].take(r->w, value))
            return wrong(r, annotations[i].name, value, annotations[i].known);
    }
    if (r->w->internal && r->w->tier && strcmp(r->w->tier, "STANDARD") == 0)
        return wrong(r, "cloud.google.com/network-tier", "Standard", "an internal load balancer has no tier");
    if (!r->w->tier && !r->w->internal)
        r->w->tier = "PREMIUM";
    if (r->w->internal)
        r->w->tier = NULL;
    return KEELSON_OK;
}

static enum keelson_status read_port(const struct reading *r, uint32_t i)
{
    char path[64], protocol[16];
    int64_t number = 0;
    struct want_port *p = &r->w->ports[i];
    snprintf(path, sizeof(path), "spec.ports[%u].protocol", i);
    TRY(read_text(r, path, protocol, sizeof(protocol)));
    snprintf(path, sizeof(path), "spec.ports[%u].port", i);
    if (r->g->host->object_integer(r->service, path, &number) != KEELSON_OK || number < 1 || number > 65535)
        return r->g->host->fail(r->call, KEELSON_INVALID, "%s: not a port", path);
    p->port = (uint16_t)number;
    p->protocol = strcmp(protocol, "UDP") == 0 ? "UDP" : "TCP";
    if (*protocol && !is_one_of(protocol, "TCP", "UDP"))
        return r->g->host->fail(r->call, KEELSON_UNSUPPORTED,
                                "%s is %s: Google's network load balancers are for TCP and UDP", path,
                                protocol);
    return KEELSON_OK;
}

static enum keelson_status read_ports(const struct reading *r)
{
    uint32_t count = 0;
    r->g->host->object_length(r->service, "spec.ports", &count);
    if (count < 1 || count > WANT_PORTS_MAX)
        return r->g->host->fail(r->call, KEELSON_INVALID,
                                "spec.ports: %u ports; between 1 and %d can be served", count,
                                WANT_PORTS_MAX);
    for (uint32_t i = 0; i < count; i++)
        TRY(read_port(r, i));
    r->w->ports_count = count;
    return KEELSON_OK;
}

static void clear_host_bits(unsigned char *address, unsigned size, unsigned long bits)
{
    for (unsigned i = 0; i < size; i++) {
        unsigned long kept = bits > 8 * i ? bits - 8 * i : 0;
        if (kept < 8)
            address[i] &= (unsigned char)(0xff00 >> kept);
    }
}

/* Appends a range, with its host bits cleared, to those of its family. false: it is none. */
static bool add_range(struct want *w, const char *text)
{
    char address[INET6_ADDRSTRLEN + 8], range[sizeof(address) + 8], *end;
    unsigned char raw[16];
    const char *slash = strchr(text, '/');
    bool v6 = strchr(text, ':') != NULL;
    if (!slash || (size_t)(slash - text) >= sizeof(address) || slash[1] < '0' || slash[1] > '9')
        return false;
    memcpy(address, text, (size_t)(slash - text));
    address[slash - text] = '\0';
    unsigned long bits = strtoul(slash + 1, &end, 10);
    if (*end || bits > (v6 ? 128 : 32) || inet_pton(v6 ? AF_INET6 : AF_INET, address, raw) != 1)
        return false;
    clear_host_bits(raw, v6 ? 16 : 4, bits);
    inet_ntop(v6 ? AF_INET6 : AF_INET, raw, address, sizeof(address));
    snprintf(range, sizeof(range), "%s/%lu", address, bits);
    json_object *ranges = w->half[v6 ? WANT_V6 : WANT_V4].ranges;
    for (size_t i = 0; i < document_length(ranges); i++)
        if (strcmp(json_object_get_string(json_object_array_get_idx(ranges, i)), range) == 0)
            return true;
    json_object_array_add(ranges, json_object_new_string(range));
    return true;
}

/* Of the annotation, with commas. */
static enum keelson_status read_range_annotation(const struct reading *r, uint32_t *ret_count)
{
    char text[8192], *rest = text, *range;
    TRY(read_text(r, "metadata.annotations[" SOURCE_RANGES "]", text, sizeof(text)));
    while ((range = strsep(&rest, ",")) != NULL) {
        range += strspn(range, " \t");
        range[strcspn(range, " \t")] = '\0';
        if (!*range)
            continue;
        if (!add_range(r->w, range))
            return wrong(r, SOURCE_RANGES, range, "not a range of addresses");
        ++*ret_count;
    }
    return KEELSON_OK;
}

static enum keelson_status read_ranges(const struct reading *r)
{
    uint32_t count = 0;
    char path[64], range[64];
    r->g->host->object_length(r->service, "spec.loadBalancerSourceRanges", &count);
    for (uint32_t i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "spec.loadBalancerSourceRanges[%u]", i);
        TRY(read_text(r, path, range, sizeof(range)));
        if (!add_range(r->w, range))
            return wrong(r, path, range, "not a range of addresses");
    }
    if (count == 0)
        TRY(read_range_annotation(r, &count));
    if (count == 0)
        return add_range(r->w, "0.0.0.0/0") && add_range(r->w, "::/0") ? KEELSON_OK : KEELSON_FAILED;
    for (size_t f = 0; f < WANT_FAMILIES; f++)
        if (r->w->half[f].wanted && document_length(r->w->half[f].ranges) > 0)
            return KEELSON_OK;
    return r->g->host->fail(
        r->call, KEELSON_INVALID,
        "spec.loadBalancerSourceRanges: no range of the Service's ipFamilies is among them");
}

/* Before the ranges. Google gives no IPv6 address outside of a subnetwork, nor of the Standard tier. */
static enum keelson_status read_families(const struct reading *r)
{
    char family[8] = "", path[32];
    uint32_t count = 0;
    struct want_half *half = r->w->half;
    r->g->host->object_length(r->service, "spec.ipFamilies", &count);
    half[WANT_V4].wanted = count == 0;
    for (uint32_t i = 0; i < count; i++) {
        snprintf(path, sizeof(path), "spec.ipFamilies[%u]", i);
        TRY(read_text(r, path, family, sizeof(family)));
        if (!is_one_of(family, "IPv4", "IPv6"))
            return wrong(r, path, family, "expected IPv4 or IPv6");
        half[family[3] == '6' ? WANT_V6 : WANT_V4].wanted = true;
    }
    if (half[WANT_V6].wanted && r->w->tier && strcmp(r->w->tier, "STANDARD") == 0)
        return wrong(r, "cloud.google.com/network-tier", "Standard",
                     "spec.ipFamilies asks for IPv6, which is of the Premium tier only");
    if (half[WANT_V6].wanted && !want_subnetwork(r->g, r->w))
        return r->g->host->fail(
            r->call, KEELSON_INVALID,
            "spec.ipFamilies: an IPv6 address needs a subnetwork: in the configuration, or "
            "networking.gke.io/load-balancer-subnet");
    return KEELSON_OK;
}

static enum keelson_status read_address(const struct reading *r)
{
    unsigned char raw[16];
    char text[INET6_ADDRSTRLEN];
    struct want *w = r->w;
    TRY(read_text(r, "spec.loadBalancerIP", text, sizeof(text)));
    if (!*text)
        return KEELSON_OK;
    bool v6 = strchr(text, ':') != NULL;
    struct want_half *half = &w->half[v6 ? WANT_V6 : WANT_V4];
    if (inet_pton(v6 ? AF_INET6 : AF_INET, text, raw) != 1)
        return wrong(r, "spec.loadBalancerIP", text, "not an IP address");
    if (!half->wanted)
        return wrong(r, "spec.loadBalancerIP", text, "not of the Service's ipFamilies");
    if (*w->reserved[0])
        return wrong(r, "spec.loadBalancerIP", text,
                     "networking.gke.io/load-balancer-ip-addresses asks for another one");
    snprintf(half->ip, sizeof(half->ip), "%s%s", text, v6 ? "/96" : "");
    return KEELSON_OK;
}

static enum keelson_status read_health(const struct reading *r)
{
    char policy[16];
    int64_t port = 0;
    TRY(read_text(r, "spec.externalTrafficPolicy", policy, sizeof(policy)));
    r->w->health_port = NODE_HEALTH_PORT;
    r->w->health_path = "/healthz";
    if (strcmp(policy, "Local") != 0)
        return KEELSON_OK;
    if (r->g->host->object_integer(r->service, "spec.healthCheckNodePort", &port) != KEELSON_OK || port < 1 ||
        port > 65535)
        return r->g->host->fail(
            r->call, KEELSON_INVALID,
            "spec.healthCheckNodePort: not a port, which externalTrafficPolicy Local needs");
    r->w->health_port = (uint16_t)port;
    return KEELSON_OK;
}

static void name_after(char ret[RESOURCE_NAME_SIZE], const char *of, const char *suffix)
{
    snprintf(ret, RESOURCE_NAME_SIZE, "%.50s%s", of, suffix);
}

static bool name_halves(struct want *w)
{
    bool good = true;
    for (size_t f = 0; f < WANT_FAMILIES; f++) {
        struct want_half *h = &w->half[f];
        name_after(h->rule, w->name, f == WANT_V6 ? "-6" : "");
        name_after(h->firewall, h->rule, "-fw");
        name_after(h->health_name, h->rule, "-hc");
        name_after(h->address, h->rule, "-ip");
        h->ranges = json_object_new_array();
        good = good && h->ranges;
    }
    return good;
}

enum keelson_status want_identify(struct gcp *g, const struct keelson_call *call,
                                  const struct keelson_object *service, struct want *ret)
{
    struct want w = {0};
    const struct reading r = {g, call, service, &w};
    struct keelson_bytes namespace = object_text(g, service, "metadata.namespace"),
                         name = object_text(g, service, "metadata.name");
    TRY(read_text(&r, "metadata.uid", w.uid, sizeof(w.uid)));
    if (!*w.uid)
        return g->host->fail(call, KEELSON_INVALID, "metadata.uid: a Service has one");
    snprintf(w.whom, sizeof(w.whom), "%.*s/%.*s", (int)namespace.size, namespace.data, (int)name.size,
             name.data);
    identity_name(g, w.uid, w.name);
    bool good = name_halves(&w);
    w.description = identity_description(g, "service", w.whom, w.uid);
    if (!w.description || !good) {
        want_done(&w);
        return g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
    }
    *ret = w;
    return KEELSON_OK;
}

static enum keelson_status read_all(const struct reading *r)
{
    char affinity[16];
    TRY(read_annotations(r));
    TRY(read_ports(r));
    TRY(read_families(r));
    TRY(read_ranges(r));
    TRY(read_address(r));
    TRY(read_health(r));
    TRY(read_text(r, "spec.sessionAffinity", affinity, sizeof(affinity)));
    r->w->client_ip = strcmp(affinity, "ClientIP") == 0;
    if (r->w->internal && !want_subnetwork(r->g, r->w))
        return r->g->host->fail(r->call, KEELSON_INVALID,
                                "an internal load balancer needs a subnetwork: in the configuration, or "
                                "networking.gke.io/internal-load-balancer-subnet");
    return KEELSON_OK;
}

enum keelson_status want_read(struct gcp *g, const struct keelson_call *call,
                              const struct keelson_object *service, struct want *ret)
{
    struct want w;
    TRY(want_identify(g, call, service, &w));
    enum keelson_status status = read_all(&(struct reading){g, call, service, &w});
    if (status != KEELSON_OK) {
        want_done(&w);
        return status;
    }
    *ret = w;
    return KEELSON_OK;
}

void want_done(struct want *w)
{
    free(w->description);
    for (size_t f = 0; f < WANT_FAMILIES; f++)
        json_object_put(w->half[f].ranges);
}
