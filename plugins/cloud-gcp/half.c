/* SPDX-License-Identifier: Apache-2.0 */
/* See half.h. */
#include "plugins/cloud-gcp/half.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "plugins/cloud-gcp/api.h"
#include "plugins/cloud-gcp/resource.h"

void half_done(struct half *h)
{
    json_object_put(h->rule);
    json_object_put(h->address);
    json_object_put(h->firewall);
    json_object_put(h->health_firewall);
}

bool half_is_empty(const struct half *h)
{
    return !h->rule && !h->address && !h->firewall && !h->health_firewall;
}

/* What it consists of, in the order of its removal: the first two are not looked for where the family was
 * never wanted, so they go first. */
struct part {
    const struct resource_kind *kind;
    const char *name;
    json_object **there;
};
#define PARTS 4
static void parts_of(struct balancing *b, enum want_family family, struct part ret[PARTS])
{
    const struct want_half *want = &b->w->half[family];
    struct half *h = &b->half[family];
    ret[0] = (struct part){&resource_firewall, want->firewall, &h->firewall};
    ret[1] = (struct part){&resource_firewall, want->health_name, &h->health_firewall};
    ret[2] = (struct part){&resource_forwarding_rule, want->rule, &h->rule};
    ret[3] = (struct part){&resource_address, want->address, &h->address};
}

static enum keelson_status read_parts(struct balancing *b, enum want_family family, size_t first)
{
    struct part parts[PARTS];
    parts_of(b, family, parts);
    for (size_t i = first; i < PARTS; i++)
        if (!*parts[i].there)
            TRY(resource_read(b->g, b->call, parts[i].kind, parts[i].name, b->w->uid, parts[i].there));
    return KEELSON_OK;
}

enum keelson_status half_read(struct balancing *b, enum want_family family)
{
    return read_parts(b, family, 0);
}

enum keelson_status half_read_needed(struct balancing *b, enum want_family family)
{
    return read_parts(b, family, b->w->half[family].wanted ? 0 : 2);
}

enum keelson_status half_remove(struct balancing *b, enum want_family family)
{
    struct part parts[PARTS];
    parts_of(b, family, parts);
    for (size_t i = 0; i < PARTS; i++) {
        TRY(resource_remove(b->g, b->call, parts[i].kind, parts[i].name, b->w->uid));
        json_object_put(*parts[i].there);
        *parts[i].there = NULL;
    }
    return KEELSON_OK;
}

/* The address */

/* Would a rule of another scheme, tier or subnetwork have it? Then the address cannot stay. */
static bool can_keep_address(const struct balancing *b, enum want_family family)
{
    json_object *rule = b->half[family].rule;
    _cleanup_document_ json_object *want = want_forwarding_rule(b->g, b->w, family, NULL);
    static const char *const members[] = {"loadBalancingScheme", "networkTier", "subnetwork"};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        json_object *wanted = NULL, *held = NULL;
        json_object_object_get_ex(rule, members[i], &held);
        if (json_object_object_get_ex(want, members[i], &wanted) && !document_covers(held, wanted))
            return false;
    }
    return document_text(rule, "IPAddress") != NULL;
}

/* Is what stands there of another subnetwork than the rule is to have? */
static bool is_elsewhere(json_object *held, json_object *rule)
{
    json_object *wanted = NULL, *there = NULL;
    return json_object_object_get_ex(rule, "subnetwork", &wanted) &&
           json_object_object_get_ex(held, "subnetwork", &there) && !document_covers(there, wanted);
}

/* The reservation's, as a forwarding rule takes it. false: it holds none that would do. */
static bool take_reserved(struct balancing *b, enum want_family family)
{
    struct half *h = &b->half[family];
    const char *held = document_text(h->address, "address");
    if (!held)
        return false;
    _cleanup_document_ json_object *want = want_address(b->g, b->w, family, held),
                                   *rule = want_forwarding_rule(b->g, b->w, family, NULL);
    if (resource_must_replace(&resource_address, h->address, want) || is_elsewhere(h->address, rule))
        return false;
    snprintf(h->ip, sizeof(h->ip), "%s%s", held, family == WANT_V6 && !strchr(held, '/') ? "/96" : "");
    return true;
}

static void choose_address(struct balancing *b, enum want_family family)
{
    struct half *h = &b->half[family];
    h->held = h->address != NULL;
    if (*b->w->half[family].ip)
        snprintf(h->ip, sizeof(h->ip), "%s", b->w->half[family].ip);
    else if (h->rule && can_keep_address(b, family))
        snprintf(h->ip, sizeof(h->ip), "%s", document_text(h->rule, "IPAddress"));
    else if (h->rule || !take_reserved(b, family))
        h->ip[0] = '\0';
}

/* Without the prefix length that IPv6 has at some places. */
static bool same_address(const char *a, const char *b)
{
    char texts[2][INET6_ADDRSTRLEN];
    unsigned char raw[2][16] = {{0}};
    const char *given[2] = {a, b};
    for (size_t i = 0; i < 2; i++) {
        snprintf(texts[i], sizeof(texts[i]), "%.*s", (int)strcspn(given[i], "/"), given[i]);
        if (inet_pton(strchr(texts[i], ':') ? AF_INET6 : AF_INET, texts[i], raw[i]) != 1)
            return false;
    }
    return memcmp(raw[0], raw[1], sizeof(raw[0])) == 0;
}

struct holder {
    const char *own, *ip;
    bool is_own, is_other;
};

static enum keelson_status see_holder(void *context, json_object *address)
{
    struct holder *h = context;
    const char *name = document_text(address, "name"), *held = document_text(address, "address");
    if (!held || !same_address(held, h->ip))
        return KEELSON_OK;
    h->is_own |= name && strcmp(name, h->own) == 0;
    h->is_other |= name && strcmp(name, h->own) != 0;
    return KEELSON_OK;
}

/* A reservation failed. If that is because somebody else has reserved the address, it needs no holding; if an
 * earlier call of ours has, it will be there. */
static enum keelson_status look_for_holder(struct balancing *b, enum want_family family,
                                           enum keelson_status failed)
{
    char path[128];
    struct holder h = {.own = b->w->half[family].address, .ip = b->half[family].ip};
    snprintf(path, sizeof(path), "regions/%s/addresses", b->g->settings.region);
    TRY(api_list(b->g, b->call,
                 &(struct api_list){.method = "GET", .path = path, .visit = see_holder, .context = &h}));
    if (h.is_other)
        return KEELSON_OK;
    return b->g->host->fail(b->call, h.is_own ? KEELSON_PENDING : failed,
                            "the address %s cannot be reserved yet", h.ip);
}

/* Reserves the rule's address before the rule goes. */
static enum keelson_status hold_address(struct balancing *b, enum want_family family)
{
    struct half *h = &b->half[family];
    const char *held = document_text(h->address, "address"), *now = document_text(h->rule, "IPAddress");
    if (!*h->ip || !now || !same_address(h->ip, now) || (held && same_address(held, h->ip)))
        return KEELSON_OK;
    if (h->address)
        TRY(resource_delete(b->g, b->call, &resource_address, b->w->half[family].address));
    _cleanup_document_ json_object *want = want_address(b->g, b->w, family, h->ip);
    enum keelson_status status = resource_settle(b->g, b->call, &resource_address, NULL, want);
    bool is_taken = status == KEELSON_PENDING || status == KEELSON_INVALID || status == KEELSON_CONFLICT;
    return is_taken ? look_for_holder(b, family, status) : status;
}

/* Now that the rule has the address, the reservation may go; Google may say that it is in use, and then it
 * goes with the load balancer. */
static enum keelson_status release_address(struct balancing *b, enum want_family family)
{
    struct half *h = &b->half[family];
    const char *name = b->w->half[family].address;
    if (!h->address)
        TRY(resource_read(b->g, b->call, &resource_address, name, b->w->uid, &h->address));
    if (!h->address)
        return KEELSON_OK;
    enum keelson_status status = resource_delete(b->g, b->call, &resource_address, name);
    return status == KEELSON_CONFLICT ? KEELSON_OK : status;
}

/* The forwarding rule */

/* Google's own words for a subnetwork without IPv6 name no field of a Service. */
static enum keelson_status check_subnetwork(struct balancing *b, enum want_family family)
{
    struct gcp *g = b->g;
    const char *name = want_subnetwork(g, b->w), *access = b->w->internal ? "INTERNAL" : "EXTERNAL";
    char path[400];
    _cleanup_document_ json_object *subnetwork = NULL;
    if (strchr(name, '/')) /* another project's, which we may not read */
        return KEELSON_OK;
    snprintf(path, sizeof(path), "regions/%s/subnetworks/%s", g->settings.region, name);
    enum keelson_status status = api_get(g, b->call, path, NULL, &subnetwork);
    if (status == KEELSON_NOT_FOUND)
        return g->host->fail(b->call, KEELSON_INVALID, "the region has no subnetwork \"%s\"", name);
    TRY(status);
    const char *held = document_text(subnetwork, "ipv6AccessType");
    if (family == WANT_V4 || (held && strcmp(held, access) == 0))
        return KEELSON_OK;
    return g->host->fail(
        b->call, KEELSON_INVALID,
        "spec.ipFamilies: IPv6 is asked for, and the subnetwork %s has an IPv6 access type of "
        "%s where %s is needed",
        name, held ? held : "none", access);
}

/* An external address has to be reserved, unless the load balancer has it. */
static enum keelson_status check_address(struct balancing *b, enum want_family family)
{
    char path[128];
    struct holder h = {.own = b->w->half[family].address, .ip = b->w->half[family].ip};
    const char *now = document_text(b->half[family].rule, "IPAddress");
    if (b->w->internal || !*h.ip || (now && same_address(now, h.ip)))
        return KEELSON_OK;
    snprintf(path, sizeof(path), "regions/%s/addresses", b->g->settings.region);
    TRY(api_list(b->g, b->call,
                 &(struct api_list){.method = "GET", .path = path, .visit = see_holder, .context = &h}));
    if (h.is_own || h.is_other)
        return KEELSON_OK;
    return b->g->host->fail(b->call, KEELSON_INVALID, "spec.loadBalancerIP: %s is not reserved in the region",
                            h.ip);
}

/* Chooses the address, too. */
static bool is_to_go(struct balancing *b, enum want_family family, bool new_service)
{
    struct half *h = &b->half[family];
    choose_address(b, family);
    _cleanup_document_ json_object *want = want_forwarding_rule(b->g, b->w, family, *h->ip ? h->ip : NULL);
    return h->rule && (new_service || resource_must_replace(&resource_forwarding_rule, h->rule, want));
}

enum keelson_status half_check(struct balancing *b, enum want_family family, bool new_service)
{
    if (!is_to_go(b, family, new_service))
        return KEELSON_OK;
    _cleanup_document_ json_object *want = want_forwarding_rule(b->g, b->w, family, NULL);
    if (json_object_object_get_ex(want, "subnetwork", NULL))
        TRY(check_subnetwork(b, family));
    return check_address(b, family);
}

enum keelson_status half_take_down(struct balancing *b, enum want_family family, bool new_service)
{
    struct half *h = &b->half[family];
    if (!is_to_go(b, family, new_service))
        return KEELSON_OK;
    TRY(hold_address(b, family));
    TRY(resource_delete(b->g, b->call, &resource_forwarding_rule, b->w->half[family].rule));
    json_object_put(h->rule);
    h->rule = NULL;
    h->made_anew = true;
    return KEELSON_OK;
}

/* The rule, and what Google says of it. */
static enum keelson_status settle_rule(struct balancing *b, enum want_family family)
{
    struct half *h = &b->half[family];
    const char *name = b->w->half[family].rule;
    _cleanup_document_ json_object *want = want_forwarding_rule(b->g, b->w, family, *h->ip ? h->ip : NULL);
    if (!h->rule && family == WANT_V6)
        TRY(check_subnetwork(b, family));
    TRY(resource_settle(b->g, b->call, &resource_forwarding_rule, h->rule, want));
    if (h->rule)
        return KEELSON_OK;
    TRY(resource_read(b->g, b->call, &resource_forwarding_rule, name, b->w->uid, &h->rule));
    if (h->rule && document_text(h->rule, "IPAddress"))
        return KEELSON_OK;
    b->g->host->retry_after(b->call, 1000);
    return b->g->host->fail(b->call, KEELSON_PENDING, "the forwarding rule has no address yet");
}

/* Firewall rules */

/* The network may be another project's (a shared VPC), and its firewall rules are that project's to make. */
static void tell_firewall_needed(const struct balancing *b, const char *ip)
{
    b->g->host->event(b->call, KEELSON_LOG_INFO, "FirewallRuleNeeded",
                      "%s is another project's network: it needs a rule that lets clients in to %s, and "
                      "health checks to port %u",
                      b->g->settings.network, ip, b->w->health_port);
}

/* want: NULL: none is to be. Takes it over. */
static enum keelson_status settle_firewall(struct balancing *b, const char *name, json_object **have,
                                           json_object *given)
{
    _cleanup_document_ json_object *want = given;
    if (*have && (!want || resource_must_replace(&resource_firewall, *have, want))) {
        TRY(resource_delete(b->g, b->call, &resource_firewall, name));
        json_object_put(*have);
        *have = NULL;
    }
    return want ? resource_settle(b->g, b->call, &resource_firewall, *have, want) : KEELSON_OK;
}

static enum keelson_status settle_firewalls(struct balancing *b, enum want_family family)
{
    struct half *h = &b->half[family];
    const struct want_half *want = &b->w->half[family];
    const char *ip = document_text(h->rule, "IPAddress");
    if (settings_network_is_foreign(&b->g->settings)) {
        tell_firewall_needed(b, ip);
        return KEELSON_OK;
    }
    bool anybody = document_length(want->ranges) > 0;
    TRY(settle_firewall(b, want->firewall, &h->firewall,
                        anybody ? want_firewall(b->g, b->w, family, ip) : NULL));
    return settle_firewall(b, want->health_name, &h->health_firewall,
                           want_health_firewall(b->g, b->w, family));
}

enum keelson_status half_settle(struct balancing *b, enum want_family family)
{
    const struct half *h = &b->half[family];
    TRY(settle_rule(b, family));
    TRY(settle_firewalls(b, family));
    return h->held || h->made_anew ? release_address(b, family) : KEELSON_OK;
}

bool half_ingress(const struct half *h, char *ret, size_t size)
{
    unsigned char raw[16];
    const char *ip = document_text(h->rule, "IPAddress");
    if (!ip || strcspn(ip, "/") >= size)
        return false;
    memcpy(ret, ip, strcspn(ip, "/"));
    ret[strcspn(ip, "/")] = '\0';
    if (inet_pton(AF_INET6, ret, raw) == 1) /* in short, as the API server writes it */
        inet_ntop(AF_INET6, raw, ret, (socklen_t)size);
    return true;
}
