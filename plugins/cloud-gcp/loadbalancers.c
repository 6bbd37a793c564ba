/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Services of type LoadBalancer as passthrough Network Load Balancers: for each family of addresses a
 * forwarding rule (half.h) to a backend service of the region, whose back ends are the cluster's instance
 * groups, with a health check.
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
#include "plugins/cloud-gcp/half.h"
#include "plugins/cloud-gcp/project.h"
#include "plugins/cloud-gcp/resource.h"

#define BARRED_MAX 50 /* instances in one call */

/* The address resources that the Service asks for, if it does. */
static enum keelson_status read_asked_address(struct gcp *g, const struct keelson_call *call, struct want *w,
                                              const char *name)
{
    static const char annotation[] = "networking.gke.io/load-balancer-ip-addresses";
    _cleanup_text_ char *path = resource_path(g, &resource_address, name);
    _cleanup_document_ json_object *address = NULL;
    if (!path)
        return g->host->fail(call, KEELSON_EXHAUSTED, "no memory");
    enum keelson_status status = api_get(g, call, path, NULL, &address);
    if (status == KEELSON_NOT_FOUND)
        return g->host->fail(call, KEELSON_INVALID, "%s: the region has no address \"%s\"", annotation, name);
    TRY(status);
    const char *ip = document_text(address, "address");
    bool v6 = ip && strchr(ip, ':');
    struct want_half *half = &w->half[v6 ? WANT_V6 : WANT_V4];
    if (!ip || strcspn(ip, "/") + sizeof("/96") > sizeof(half->ip))
        return g->host->fail(call, KEELSON_INVALID, "%s: \"%s\" is no address", annotation, name);
    if (!half->wanted || *half->ip)
        return g->host->fail(call, KEELSON_INVALID, "%s: \"%s\" is %s, %s", annotation, name, ip,
                             half->wanted ? "and there is another one of its family"
                                          : "which is not of the Service's ipFamilies");
    const char *type = document_text(address, "addressType"), *tier = document_text(address, "networkTier");
    if ((type && strcmp(type, w->internal ? "INTERNAL" : "EXTERNAL") != 0) ||
        (tier && w->tier && strcmp(tier, w->tier) != 0))
        return g->host->fail(call, KEELSON_INVALID, "%s: \"%s\" is of another type or tier: %s %s",
                             annotation, name, type ? type : "", tier ? tier : "");
    snprintf(half->ip, sizeof(half->ip), "%.*s%s", (int)strcspn(ip, "/"), ip, v6 ? "/96" : "");
    return KEELSON_OK;
}

static void balancing_done(struct balancing *b)
{
    for (size_t f = 0; f < WANT_FAMILIES; f++)
        half_done(&b->half[f]);
}

/* What both halves lead to, as it is there; NULL: absent. */
struct behind {
    json_object *service, *check;
};

static void behind_done(struct behind *t)
{
    json_object_put(t->service);
    json_object_put(t->check);
}

static enum keelson_status read_behind(struct balancing *b, struct behind *t)
{
    TRY(resource_read(b->g, b->call, &resource_backend_service, b->w->name, b->w->uid, &t->service));
    return resource_read(b->g, b->call, &resource_health_check, b->w->name, b->w->uid, &t->check);
}

/* Halves that are not wanted go, and what cannot become what is wanted, from the forwarding rules on. */
static enum keelson_status take_down(struct balancing *b, struct behind *t, json_object *want)
{
    bool new_service = t->service && resource_must_replace(&resource_backend_service, t->service, want);
    for (size_t f = 0; f < WANT_FAMILIES; f++)
        if (b->w->half[f].wanted)
            TRY(half_check(b, f, new_service));
    for (size_t f = 0; f < WANT_FAMILIES; f++) {
        if (b->w->half[f].wanted)
            TRY(half_take_down(b, f, new_service));
        else if (!half_is_empty(&b->half[f]))
            TRY(half_remove(b, f));
    }
    if (!new_service)
        return KEELSON_OK;
    TRY(resource_delete(b->g, b->call, &resource_backend_service, b->w->name));
    json_object_put(t->service);
    t->service = NULL;
    return KEELSON_OK;
}

/* Google refuses the groups as back ends over one of their instances that is in another load-balanced group,
 * and names it. That one goes out, so that the others are served. */
static enum keelson_status settle_service(struct gcp *g, const struct keelson_call *call, json_object *have,
                                          json_object *want)
{
    struct api_refusal before = {""};
    for (unsigned barred = 0;; barred++) {
        struct api_refusal refusal = {""};
        enum keelson_status status =
            resource_settle_refusable(g, call, &resource_backend_service, have, want, &refusal);
        bool is_new = *refusal.instance && strcmp(refusal.instance, before.instance) != 0;
        if (status != KEELSON_CONFLICT || !is_new || barred == BARRED_MAX)
            return status;
        TRY(groups_bar(g, call, refusal.instance));
        before = refusal;
    }
}

static uint32_t count_ours(const struct machine_id *ids, uint32_t count)
{
    uint32_t ours = 0;
    for (uint32_t i = 0; i < count; i++)
        ours += !ids[i].foreign && !ids[i].by_name;
    return ours;
}

/* Which nodes get no traffic though all is made. KEELSON_CONFLICT: all of them. */
static enum keelson_status tell_left_out(struct gcp *g, const struct keelson_call *call, const struct want *w,
                                         const struct machine_id *ids, uint32_t count)
{
    uint32_t ours = count_ours(ids, count);
    if (want_is_crowded(w, ours))
        g->host->event(call, KEELSON_LOG_WARNING, "TooManyNodes",
                       "sessionAffinity ClientIP: an internal load balancer serves 250 nodes then, and there "
                       "are %u; without it all are served",
                       ours);
    return groups_tell_refused(g, call, ids, count);
}

/* All is read before the first change: what is somebody else's ends it before that. */
static enum keelson_status settle_all(struct balancing *b, const struct machine_id *ids, uint32_t count)
{
    struct gcp *g = b->g;
    _cleanup_(behind_done) struct behind t = {0};
    _cleanup_document_ json_object *backends = NULL, *service = NULL, *check = want_health_check(b->w);
    for (size_t f = 0; f < WANT_FAMILIES; f++)
        TRY(half_read_needed(b, f));
    TRY(read_behind(b, &t));
    TRY(groups_want(g, b->call, b->w->uid, ids, count));
    TRY(groups_sync(g, b->call));
    backends = groups_backends(g, ids, count);
    service = want_backend_service(g, b->w, backends, t.service, count_ours(ids, count));
    TRY(take_down(b, &t, service));
    TRY(resource_settle(g, b->call, &resource_health_check, t.check, check));
    TRY(settle_service(g, b->call, t.service, service));
    TRY(tell_left_out(g, b->call, b->w, ids, count));
    for (size_t f = 0; f < WANT_FAMILIES; f++)
        if (b->w->half[f].wanted)
            TRY(half_settle(b, f));
    return KEELSON_OK;
}

static void put_ingress(const struct balancing *b, const struct keelson_load_balancer_sink *sink)
{
    char texts[WANT_FAMILIES][WANT_ADDRESS_SIZE];
    struct keelson_ingress ingress[WANT_FAMILIES];
    uint32_t count = 0;
    for (size_t f = 0; f < WANT_FAMILIES; f++)
        if (half_ingress(&b->half[f], texts[f], sizeof(texts[f])))
            ingress[count++] = (struct keelson_ingress){.ip = texts[f], .ip_mode = "VIP"};
    sink->put(sink, &(struct keelson_load_balancer){.size = sizeof(struct keelson_load_balancer),
                                                    .ingress_count = count,
                                                    .ingress_size = sizeof(ingress[0]),
                                                    .ingress = ingress});
}

static enum keelson_status ensure_wanted(struct gcp *g, const struct keelson_call *call, struct want *w,
                                         const struct keelson_object *const *nodes, uint32_t nodes_count,
                                         const struct keelson_load_balancer_sink *sink)
{
    _cleanup_(machine_ids_free) struct machine_id *ids = NULL;
    _cleanup_(balancing_done) struct balancing b = {g, call, w, {{0}}};
    TRY(machine_ids_of(g, call, nodes, nodes_count, &ids));
    for (size_t i = 0; i < WANT_FAMILIES; i++)
        if (*w->reserved[i])
            TRY(read_asked_address(g, call, w, w->reserved[i]));
    TRY(settle_all(&b, ids, nodes_count));
    put_ingress(&b, sink);
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
    service = want_backend_service(g, w, backends, have, count_ours(ids, nodes_count));
    TRY(settle_service(g, call, have, service));
    return tell_left_out(g, call, w, ids, nodes_count);
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
static enum keelson_status look_for_rest(struct balancing *b, bool *ret)
{
    _cleanup_(behind_done) struct behind t = {0};
    TRY(read_behind(b, &t));
    *ret = t.service || t.check;
    for (size_t f = 0; f < WANT_FAMILIES; f++) {
        TRY(half_read(b, f));
        *ret = *ret || !half_is_empty(&b->half[f]);
    }
    return KEELSON_OK;
}

static enum keelson_status get_wanted(struct gcp *g, const struct keelson_call *call, struct want *w,
                                      const struct keelson_load_balancer_sink *sink)
{
    _cleanup_(balancing_done) struct balancing b = {g, call, w, {{0}}};
    enum keelson_status status = KEELSON_OK;
    bool found = false;
    for (size_t f = 0; status == KEELSON_OK && f < WANT_FAMILIES; f++) {
        status = resource_read(g, call, &resource_forwarding_rule, w->half[f].rule, w->uid, &b.half[f].rule);
        found = found || b.half[f].rule;
    }
    if (status == KEELSON_OK && !found)
        status = look_for_rest(&b, &found);
    if (status == KEELSON_CONFLICT)
        return g->host->fail(call, KEELSON_NOT_FOUND, "what has the load balancer's name is somebody else's");
    TRY(status);
    if (!found)
        return g->host->fail(call, KEELSON_NOT_FOUND, "no load balancer %s", w->name);
    put_ingress(&b, sink);
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

static enum keelson_status remove_wanted(struct gcp *g, const struct keelson_call *call, struct want *w)
{
    _cleanup_(balancing_done) struct balancing b = {g, call, w, {{0}}};
    for (size_t f = 0; f < WANT_FAMILIES; f++)
        TRY(half_remove(&b, f));
    TRY(resource_remove(g, call, &resource_backend_service, w->name, w->uid));
    TRY(resource_remove(g, call, &resource_health_check, w->name, w->uid));
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
