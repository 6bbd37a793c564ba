/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services of type LoadBalancer as passthrough Network Load Balancers: a forwarding rule to a backend service
 * of the region, whose back ends are the cluster's instance groups, with a health check and two firewall
 * rules.
 *
 * ensure() reads what is there, and makes one change after the other, from what is referred to towards what
 * refers. Each step finds by name what an earlier run, which may have been killed, has left; so it is right
 * after a crash between any two requests. What cannot be changed in place is made anew, from the forwarding
 * rule down; the load balancer's address is reserved while that goes on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/cloud-gcp/api.h"
#include "plugins/cloud-gcp/groups.h"
#include "plugins/cloud-gcp/project.h"
#include "plugins/cloud-gcp/resource.h"
#include "plugins/cloud-gcp/want.h"

/* What is there of a load balancer; NULL: absent. */
struct there {
    json_object *rule, *service, *check, *address, *firewall, *health_firewall;
};

static void there_done(struct there *t)
{
    json_object_put(t->rule);
    json_object_put(t->service);
    json_object_put(t->check);
    json_object_put(t->address);
    json_object_put(t->firewall);
    json_object_put(t->health_firewall);
}

static enum keelson_status read_there(struct gcp *g, const struct keelson_call *call, const struct want *w,
                                      struct there *t)
{
    const struct {
        const struct resource_kind *kind;
        const char *name;
        json_object **ret;
    } rows[] = {
        {&resource_forwarding_rule, w->name, &t->rule},
        {&resource_backend_service, w->name, &t->service},
        {&resource_health_check, w->name, &t->check},
        {&resource_address, w->address_name, &t->address},
        {&resource_firewall, w->firewall, &t->firewall},
        {&resource_firewall, w->health_name, &t->health_firewall},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        TRY(resource_read(g, call, rows[i].kind, rows[i].name, w->uid, rows[i].ret));
    return KEELSON_OK;
}

/* The address that the Service asks for, if it does. */
static enum keelson_status read_asked_address(struct gcp *g, const struct keelson_call *call, struct want *w)
{
    _cleanup_text_ char *path = NULL;
    _cleanup_document_ json_object *address = NULL;
    if (!*w->reserved)
        return KEELSON_OK;
    path = resource_path(g, &resource_address, w->reserved);
    if (!path)
        return g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
    enum keelson_status status = api_get(g, call, path, NULL, &address);
    if (status == KEELSON_NOT_FOUND)
        return g->host->fail(call, KEELSON_INVALID,
                             "networking.gke.io/load-balancer-ip-addresses: the region has no address \"%s\"",
                             w->reserved);
    TRY(status);
    const char *ip = document_text(address, "address");
    if (!ip || strlen(ip) >= sizeof(w->ip) || strchr(ip, ':'))
        return g->host->fail(call, KEELSON_INVALID,
                             "networking.gke.io/load-balancer-ip-addresses: \"%s\" is no IPv4 address",
                             w->reserved);
    memcpy(w->ip, ip, strlen(ip) + 1);
    return KEELSON_OK;
}

/* Would a rule of another scheme, tier or subnetwork have it? Then the address cannot stay. */
static bool can_keep_address(const struct gcp *g, const struct want *w, json_object *rule)
{
    _cleanup_document_ json_object *want = want_forwarding_rule(g, w, NULL);
    static const char *const members[] = {"loadBalancingScheme", "networkTier", "subnetwork"};
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        json_object *wanted = NULL, *held = NULL;
        json_object_object_get_ex(rule, members[i], &held);
        if (json_object_object_get_ex(want, members[i], &wanted) && !document_covers(held, wanted))
            return false;
    }
    return document_text(rule, "IPAddress") != NULL;
}

/* The address that the rule is to have; NULL: any. */
static const char *choose_address(const struct gcp *g, const struct want *w, const struct there *t)
{
    if (*w->ip)
        return w->ip;
    if (t->rule)
        return can_keep_address(g, w, t->rule) ? document_text(t->rule, "IPAddress") : NULL;
    if (t->address && document_text(t->address, "address")) {
        _cleanup_document_ json_object *want = want_address(g, w, document_text(t->address, "address"));
        return resource_must_replace(&resource_address, t->address, want)
                   ? NULL
                   : document_text(t->address, "address");
    }
    return NULL;
}

struct holder {
    const char *own;
    bool is_own, is_other;
};

static enum keelson_status see_holder(void *context, json_object *address)
{
    struct holder *h = context;
    const char *name = document_text(address, "name");
    h->is_own |= name && strcmp(name, h->own) == 0;
    h->is_other |= name && strcmp(name, h->own) != 0;
    return KEELSON_OK;
}

/* A reservation failed. If that is because somebody else has reserved the address, it needs no holding; if an
 * earlier call of ours has, it will be there. */
static enum keelson_status look_for_holder(struct gcp *g, const struct keelson_call *call,
                                           const struct want *w, const char *ip, enum keelson_status failed)
{
    char path[128], filter[96];
    struct holder h = {.own = w->address_name};
    snprintf(path, sizeof(path), "regions/%s/addresses", g->settings.region);
    snprintf(filter, sizeof(filter), "(address = \"%s\")", ip);
    TRY(api_list(g, call,
                 &(struct api_list){
                     .method = "GET", .path = path, .filter = filter, .visit = see_holder, .context = &h}));
    if (h.is_other)
        return KEELSON_OK;
    return g->host->fail(call, h.is_own ? KEELSON_PENDING : failed, "the address %s cannot be reserved yet",
                         ip);
}

/* Reserves the rule's address before the rule goes. */
static enum keelson_status hold_address(struct gcp *g, const struct keelson_call *call, const struct want *w,
                                        const struct there *t, const char *ip)
{
    const char *held = document_text(t->address, "address"), *now = document_text(t->rule, "IPAddress");
    if (!ip || !now || strcmp(ip, now) != 0 || (held && strcmp(held, ip) == 0))
        return KEELSON_OK;
    if (t->address)
        TRY(resource_delete(g, call, &resource_address, w->address_name));
    _cleanup_document_ json_object *want = want_address(g, w, ip);
    enum keelson_status status = resource_settle(g, call, &resource_address, NULL, want);
    bool is_taken = status == KEELSON_PENDING || status == KEELSON_INVALID || status == KEELSON_CONFLICT;
    return is_taken ? look_for_holder(g, call, w, ip, status) : status;
}

struct ensuring {
    struct gcp *g;
    const struct keelson_call *call;
    struct want *w;
    struct there *t;
    const char *ip;
};

/* Takes down, from the rule on, what must be made anew. */
static enum keelson_status take_down(struct ensuring *e, json_object *service)
{
    struct gcp *g = e->g;
    struct there *t = e->t;
    _cleanup_document_ json_object *rule = want_forwarding_rule(g, e->w, e->ip);
    bool new_service = t->service && resource_must_replace(&resource_backend_service, t->service, service);
    bool new_rule =
        t->rule && (new_service || resource_must_replace(&resource_forwarding_rule, t->rule, rule));
    if (new_rule) {
        TRY(hold_address(g, e->call, e->w, t, e->ip));
        TRY(resource_delete(g, e->call, &resource_forwarding_rule, e->w->name));
    }
    if (new_service)
        TRY(resource_delete(g, e->call, &resource_backend_service, e->w->name));
    if (new_service) {
        json_object_put(t->service);
        t->service = NULL;
    }
    if (new_rule) {
        if (e->ip && e->ip != e->w->ip) /* it stands in what is let go */
            snprintf(e->w->ip, sizeof(e->w->ip), "%s", e->ip);
        e->ip = e->ip ? e->w->ip : NULL;
        json_object_put(t->rule);
        t->rule = NULL;
    }
    return KEELSON_OK;
}

/* The rule, and what Google says of it. */
static enum keelson_status settle_rule(struct ensuring *e)
{
    _cleanup_document_ json_object *want = want_forwarding_rule(e->g, e->w, e->ip);
    TRY(resource_settle(e->g, e->call, &resource_forwarding_rule, e->t->rule, want));
    if (e->t->rule)
        return KEELSON_OK;
    TRY(resource_read(e->g, e->call, &resource_forwarding_rule, e->w->name, e->w->uid, &e->t->rule));
    if (e->t->rule && document_text(e->t->rule, "IPAddress"))
        return KEELSON_OK;
    e->g->host->retry_after(e->call, 1000);
    return e->g->host->fail(e->call, KEELSON_PENDING, "the forwarding rule has no address yet");
}

/* Now that the rule has the address, the reservation may go; Google may say that it is in use, and then it
 * goes with the load balancer. */
static enum keelson_status release_address(struct ensuring *e)
{
    if (!e->t->address) {
        TRY(resource_read(e->g, e->call, &resource_address, e->w->address_name, e->w->uid, &e->t->address));
        if (!e->t->address)
            return KEELSON_OK;
    }
    enum keelson_status status = resource_delete(e->g, e->call, &resource_address, e->w->address_name);
    return status == KEELSON_CONFLICT ? KEELSON_OK : status;
}

/* The network may be another project's (a shared VPC), and its firewall rules are that project's to make. */
static void tell_firewall_needed(const struct ensuring *e, const char *ip)
{
    e->g->host->event(e->call, KEELSON_LOG_INFO, "FirewallRuleNeeded",
                      "%s is another project's network: it needs a rule that lets clients in to %s, and "
                      "health checks to port %u",
                      e->g->settings.network, ip, e->w->health_port);
}

static enum keelson_status settle_firewalls(struct ensuring *e)
{
    const char *ip = document_text(e->t->rule, "IPAddress");
    if (settings_network_is_foreign(&e->g->settings)) {
        tell_firewall_needed(e, ip);
        return KEELSON_OK;
    }
    struct {
        const char *name;
        json_object **have, *want;
    } rows[] = {
        {e->w->firewall, &e->t->firewall, want_firewall(e->g, e->w, ip)},
        {e->w->health_name, &e->t->health_firewall, want_health_firewall(e->g, e->w)},
    };
    enum keelson_status status = KEELSON_OK;
    for (size_t i = 0; i < 2; i++) {
        if (status == KEELSON_OK && *rows[i].have &&
            resource_must_replace(&resource_firewall, *rows[i].have, rows[i].want)) {
            status = resource_delete(e->g, e->call, &resource_firewall, rows[i].name);
            json_object_put(*rows[i].have);
            *rows[i].have = NULL;
        }
        if (status == KEELSON_OK)
            status = resource_settle(e->g, e->call, &resource_firewall, *rows[i].have, rows[i].want);
        json_object_put(rows[i].want);
    }
    return status;
}

static enum keelson_status settle_all(struct ensuring *e, json_object *backends)
{
    struct gcp *g = e->g;
    _cleanup_document_ json_object *check = want_health_check(e->w),
                                   *service = want_backend_service(g, e->w, backends);
    bool was_held = e->t->address != NULL, had_rule = e->t->rule != NULL;
    e->ip = choose_address(g, e->w, e->t);
    TRY(take_down(e, service));
    TRY(resource_settle(g, e->call, &resource_health_check, e->t->check, check));
    TRY(resource_settle(g, e->call, &resource_backend_service, e->t->service, service));
    bool made_anew = had_rule && !e->t->rule;
    TRY(settle_rule(e));
    TRY(settle_firewalls(e));
    return was_held || made_anew ? release_address(e) : KEELSON_OK;
}

static int put_ingress(json_object *rule, const struct keelson_load_balancer_sink *sink)
{
    const struct keelson_ingress ingress = {.ip = document_text(rule, "IPAddress"), .ip_mode = "VIP"};
    return sink->put(sink, &(struct keelson_load_balancer){.size = sizeof(struct keelson_load_balancer),
                                                           .ingress_count = ingress.ip != NULL,
                                                           .ingress_size = sizeof(ingress),
                                                           .ingress = &ingress});
}

static enum keelson_status ensure_wanted(struct gcp *g, const struct keelson_call *call, struct want *w,
                                         const struct keelson_object *const *nodes, uint32_t nodes_count,
                                         const struct keelson_load_balancer_sink *sink)
{
    _cleanup_(machine_ids_free) struct machine_id *ids = NULL;
    _cleanup_(there_done) struct there t = {0};
    TRY(machine_ids_of(g, call, nodes, nodes_count, &ids));
    TRY(read_asked_address(g, call, w));
    TRY(read_there(g, call, w, &t));
    TRY(groups_want(g, call, w->uid, ids, nodes_count));
    TRY(groups_sync(g, call));
    _cleanup_document_ json_object *backends = groups_backends(g, ids, nodes_count);
    TRY(settle_all(&(struct ensuring){g, call, w, &t, NULL}, backends));
    put_ingress(t.rule, sink);
    return KEELSON_OK;
}

static enum keelson_status ensure(void *instance, const struct keelson_call *call,
                                  const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t nodes_count,
                                  const struct keelson_load_balancer_sink *sink)
{
    struct gcp *g _cleanup_project_ = project_enter(instance);
    struct want w;
    TRY(want_read(g, call, service, &w));
    enum keelson_status status = ensure_wanted(g, call, &w, nodes, nodes_count, sink);
    want_done(&w);
    if (status != KEELSON_OK)
        groups_doubt(g);
    return status == KEELSON_NOT_FOUND ? KEELSON_UNAVAILABLE : status; /* something went away meanwhile */
}

static enum keelson_status update_wanted(struct gcp *g, const struct keelson_call *call, const struct want *w,
                                         const struct keelson_object *const *nodes, uint32_t nodes_count)
{
    _cleanup_(machine_ids_free) struct machine_id *ids = NULL;
    _cleanup_document_ json_object *have = NULL, *backends = NULL, *service = NULL;
    TRY(machine_ids_of(g, call, nodes, nodes_count, &ids));
    TRY(resource_read(g, call, &resource_backend_service, w->name, w->uid, &have));
    if (!have)
        return g->host->fail(call, KEELSON_NOT_FOUND, "the backend service %s is not there", w->name);
    TRY(groups_want(g, call, w->uid, ids, nodes_count));
    TRY(groups_sync(g, call));
    backends = groups_backends(g, ids, nodes_count);
    service = want_backend_service(g, w, backends);
    return resource_settle(g, call, &resource_backend_service, have, service);
}

static enum keelson_status update(void *instance, const struct keelson_call *call,
                                  const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t nodes_count)
{
    struct gcp *g _cleanup_project_ = project_enter(instance);
    struct want w;
    TRY(want_read(g, call, service, &w));
    enum keelson_status status = update_wanted(g, call, &w, nodes, nodes_count);
    want_done(&w);
    if (status != KEELSON_OK)
        groups_doubt(g);
    return status;
}

/* What is left of one that was removed by half counts as a load balancer without an address, so that the rest
 * is removed, too. */
static enum keelson_status get_wanted(struct gcp *g, const struct keelson_call *call, const struct want *w,
                                      const struct keelson_load_balancer_sink *sink)
{
    _cleanup_(there_done) struct there t = {0};
    enum keelson_status status = resource_read(g, call, &resource_forwarding_rule, w->name, w->uid, &t.rule);
    if (status == KEELSON_OK && !t.rule)
        status = read_there(g, call, w, &t);
    if (status == KEELSON_CONFLICT)
        return g->host->fail(call, KEELSON_NOT_FOUND, "what has the load balancer's name is somebody else's");
    TRY(status);
    if (!t.rule && !t.service && !t.check && !t.address && !t.firewall && !t.health_firewall)
        return g->host->fail(call, KEELSON_NOT_FOUND, "no load balancer %s", w->name);
    put_ingress(t.rule, sink);
    return KEELSON_OK;
}

static enum keelson_status get(void *instance, const struct keelson_call *call,
                               const struct keelson_object *service,
                               const struct keelson_load_balancer_sink *sink)
{
    struct gcp *g _cleanup_project_ = project_enter(instance);
    struct want w;
    TRY(want_identify(g, call, service, &w));
    enum keelson_status status = get_wanted(g, call, &w, sink);
    want_done(&w);
    return status;
}

static enum keelson_status remove_wanted(struct gcp *g, const struct keelson_call *call, const struct want *w)
{
    const struct {
        const struct resource_kind *kind;
        const char *name;
    } rows[] = {
        {&resource_forwarding_rule, w->name}, {&resource_firewall, w->firewall},
        {&resource_backend_service, w->name}, {&resource_health_check, w->name},
        {&resource_firewall, w->health_name}, {&resource_address, w->address_name},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        TRY(resource_remove(g, call, rows[i].kind, rows[i].name, w->uid));
    return groups_forget(g, call, w->uid);
}

static enum keelson_status remove_load_balancer(void *instance, const struct keelson_call *call,
                                                const struct keelson_object *service)
{
    struct gcp *g _cleanup_project_ = project_enter(instance);
    struct want w;
    TRY(want_identify(g, call, service, &w));
    enum keelson_status status = remove_wanted(g, call, &w);
    want_done(&w);
    return status;
}

const struct keelson_cloud_loadbalancers_v1 gcp_loadbalancers = {.size = sizeof(gcp_loadbalancers),
                                                                 .get = get,
                                                                 .ensure = ensure,
                                                                 .update = update,
                                                                 .remove = remove_load_balancer};
