/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Eviction: a deletion that PodDisruptionBudgets may refuse (API concepts, "API-initiated eviction"). A
 * budget pays by compare-and-write on its status before the pod goes, so two evictions cannot spend the same
 * disruption.
 */
#include "core/api/object.h"
#include "core/api/selector.h"
#include "core/apiserver/body.h"
#include "core/apiserver/handlers.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/base/clock.h"
#include "core/base/memory.h"

struct eviction {
    struct api_request *r;
    const struct json *document;
    struct json *pod;
    const char *name;
};

static bool selects(const struct json *budget, const struct json *pod)
{
    struct selector *s = NULL;
    bool matches = selector_from_json(json_at(budget, "spec.selector"), &s, NULL) == 0 &&
                   selector_matches(s, json_at(pod, "metadata.labels"));
    selector_free(s);
    return matches;
}

static int too_many(const char *cause, struct error *err)
{
    error_set(err, ERR_TOO_MANY_REQUESTS,
              "Cannot evict pod as it would violate the pod's disruption budget.");
    error_add_cause(err, "DisruptionBudget", "", "%s", cause);
    return -1;
}

/* Takes one disruption. */
static int pay(void *context, struct arena *arena, const struct json *current, struct json **ret_new,
               struct error *err)
{
    const struct eviction *e = context;
    char now[TIME_TEXT_MAX];
    const char *name = object_name(current);
    int64_t allowed = json_integer_at(current, "status.disruptionsAllowed", 0);
    if (json_integer_at(current, "status.observedGeneration", 0) < object_generation(current)) {
        too_many(
            arena_printf(arena, "The disruption budget %s is still being processed by the server.", name),
            err);
        err->retry_after_s = 10;
        return -1;
    }
    if (allowed <= 0)
        return too_many(
            arena_printf(arena, "The disruption budget %s needs %lld healthy pods and has %lld currently",
                         name, (long long)json_integer_at(current, "status.desiredHealthy", 0),
                         (long long)json_integer_at(current, "status.currentHealthy", 0)),
            err);
    *ret_new = json_copy(arena, current);
    struct json *status = json_ensure(arena, *ret_new, "status", JSON_OBJECT);
    json_set_int(arena, status, "disruptionsAllowed", allowed - 1);
    time_format(clock_realtime_ns(), now);
    json_set_string(arena, json_ensure(arena, status, "disruptedPods", JSON_OBJECT), e->name, now);
    return 0;
}

/* Pods that have ended or never started need no budget; unready ones only when the policy says so or enough
 * healthy ones are left. */
static bool needs_budget(const struct eviction *e, const struct json *budget)
{
    if (pod_is_terminal(e->pod) || object_is_deleted(e->pod) ||
        !strcmp(json_string_or(json_at(e->pod, "status.phase"), ""), "Pending"))
        return false;
    if (pod_is_ready(e->pod))
        return true;
    if (!strcmp(json_string_or(json_at(budget, "spec.unhealthyPodEvictionPolicy"), ""), "AlwaysAllow"))
        return false;
    int64_t healthy = json_integer_at(budget, "status.currentHealthy", 0),
            desired = json_integer_at(budget, "status.desiredHealthy", 0);
    return !(healthy >= desired && desired > 0);
}

static int spend(struct eviction *e, struct error *err)
{
    struct api_request *r = e->r, self;
    const struct resource *budgets = RESOURCE("policy", "v1", "poddisruptionbudgets");
    struct object **list;
    struct json *chosen = NULL;
    unsigned matching = 0;
    size_t count = registry_list(r->server->registry, budgets, r->namespace_, &list);
    for (size_t i = 0; i < count; i++) {
        struct json *budget = object_parse(list[i], budgets, &r->arena);
        if (selects(budget, e->pod)) {
            chosen = budget;
            matching++;
        }
        object_unref(list[i]);
    }
    free(list);
    if (matching > 1)
        return error_set(err, ERR_INTERNAL,
                         "This pod has more than one PodDisruptionBudget, which the eviction subresource "
                         "does not support.");
    if (!chosen || !needs_budget(e, chosen))
        return 0;
    registry_self(&self);
    self.dry_run = r->dry_run;
    int status = registry_update(r->server->registry, &self, budgets, r->namespace_, object_name(chosen),
                                 "status", pay, e, NULL, err);
    registry_self_done(&self);
    return status;
}

static int mark(void *context, struct arena *arena, const struct json *current, struct json **ret_new,
                struct error *err)
{
    const struct eviction *e = context;
    if (strcmp(object_uid(current), object_uid(e->pod)) != 0)
        return registry_not_found(RESOURCE("", "v1", "pods"), e->name, err);
    *ret_new = json_copy(arena, current);
    json_remove(json_get(*ret_new, "metadata"), "resourceVersion");
    object_set_condition(arena, *ret_new, "DisruptionTarget", "True", "EvictionByEvictionAPI",
                         "Eviction API: evicting");
    return 0;
}

/* What the pod fails of is said on it, for those who count its failure. A precondition on its version then
 * means the version that this makes. */
static int tell(struct eviction *e, const char **resource_version, struct error *err)
{
    struct api_request *r = e->r, self;
    struct json *marked;
    if (*resource_version && strcmp(*resource_version, object_resource_version(e->pod)) != 0)
        return 0; /* the deletion will say so */
    registry_self(&self);
    int status = registry_update(r->server->registry, &self, RESOURCE("", "v1", "pods"), r->namespace_,
                                 e->name, "status", mark, e, &marked, err);
    if (status == 0 && *resource_version)
        *resource_version = arena_strdup(&r->arena, object_resource_version(marked));
    registry_self_done(&self);
    return status;
}

static int evict(struct eviction *e, struct error *err)
{
    struct api_request *r = e->r;
    const struct resource *pods = RESOURCE("", "v1", "pods");
    const struct json *options = json_get(e->document, "deleteOptions");
    const char *resource_version = json_string_at(options, "preconditions.resourceVersion");
    struct object *deleted;
    bool gone;
    if (registry_get(r->server->registry, pods, r->namespace_, e->name, &r->arena, &e->pod, err) < 0)
        return -1;
    json_for_each (item, json_get(options, "dryRun"))
        r->dry_run = r->dry_run || json_slice(item).size;
    r->grace_period_s = json_integer_at(options, "gracePeriodSeconds", -1);
    if (spend(e, err) < 0 || (!r->dry_run && tell(e, &resource_version, err) < 0) ||
        registry_delete_object(r->server->registry, r, pods, r->namespace_, e->name,
                               json_string_at(options, "preconditions.uid"), resource_version, &deleted,
                               &gone, err) < 0)
        return -1;
    object_unref(deleted);
    return 0;
}

static void work(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct json *document;
    struct eviction e = {.r = r, .name = r->name};
    if (body_decode(r, "policy", "v1", "Eviction", &document, &err) < 0) {
        respond_error(r, &err);
        return;
    }
    e.document = document;
    if (*object_name(document) && strcmp(object_name(document), r->name) != 0)
        error_set(&err, ERR_BAD_REQUEST, "name in URL does not match name in Eviction object");
    else if (evict(&e, &err) == 0) {
        respond_success(r, 201, NULL, NULL, NULL);
        return;
    }
    respond_error(r, &err);
}

void handle_eviction(struct api_request *r)
{
    server_work(r, work, true);
}
