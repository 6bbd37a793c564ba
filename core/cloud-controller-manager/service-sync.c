/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is done about one Service by its cloud: claim it, ensure or update its load balancer, or remove that
 * and let the Service go. Workers of the cloud's queue.
 */
#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/cloud-controller-manager/service-controller.h"
#include "core/cloud-controller-manager/service-status.h"

#define CONFLICT_MS 100 /* somebody else wrote to the Service: the informer has it soon */
#define BEHIND_MS   20  /* our own write is not in the picture yet */
#define NOT_YET_MS  200 /* the cloud learns what it gave out */
#define BUSY_MS     1000
#define PENDING_MS  5000
#define INVALID_MS                                                                                           \
    600000 /* a wrong Service: its change is waited for; this is for what changes in the cloud */
#define NODES_UNSURE_MS 5000  /* of some it is not known whose they are: looked at again, … */
#define NODES_GRACE_MS  60000 /* … and waited for so long after the start */
#define SHOW_TRIES_MAX  5
#define WRITE_STATUS    "update load balancer status"

struct sync {
    struct balancer *balancer;
    struct service_controller *controller;
    struct service_record *record;
    const char *key;
    struct arena arena;
    struct json *service;
    bool dirty; /* ensure() is, or stays, due */
};

/* ---- Writing to the Service ---- */

static const struct resource *services(void)
{
    return RESOURCE("", "v1", "services");
}

static void note_written(struct sync *s, const struct json *answer)
{
    uint64_t revision;
    if (parse_u64(slice_of(object_resource_version(answer)), UINT64_MAX, &revision))
        s->record->written = MAX(s->record->written, revision);
}

/* NULL patch: nothing to do. What came of it is the Service from now on. */
static int write_service(struct sync *s, const char *sub, const struct json *patch, struct error *err)
{
    struct json *answer = NULL;
    if (!patch)
        return 0;
    if (client_patch(s->controller->context->client, services(), object_namespace(s->service),
                     object_name(s->service), sub, PATCH_MERGE, patch, &s->arena, &answer, err) < 0)
        return -1;
    note_written(s, answer);
    s->service = answer;
    return 0;
}

/* A write that failed: it went meanwhile, or changed, or the server has a reason. */
static int64_t write_failed(struct sync *s, const char *what, const struct error *err)
{
    s->dirty = true;
    if (err->code == ERR_NOT_FOUND || err->code == ERR_CONFLICT)
        return err->code == ERR_NOT_FOUND ? 0 : CONFLICT_MS;
    event_record(s->controller->events, s->service, NULL, "Warning", "SyncLoadBalancerFailed",
                 "Error syncing load balancer: failed to %s: %s", what, err->message);
    return -1;
}

static int claim(struct sync *s, struct error *err)
{
    const char *cloud = s->balancer->provider->name;
    if (!service_is_claimed(s->service, cloud) &&
        write_service(s, NULL, service_claim_patch(&s->arena, s->service, cloud), err) < 0)
        return -1;
    service_record_set_holder(s->controller, s->record, s->balancer->index);
    return 0;
}

/* Known to hold nothing before the Service can go, or its end would look like an accident. So it stays when
 * that could not be written, since the load balancer is gone: as long as the Service says otherwise, it is
 * believed, and should the answer alone have been lost, it is anybody's. */
static int release(struct sync *s, struct error *err)
{
    service_record_set_holder(s->controller, s->record, SERVICE_NO_CLOUD);
    if (write_service(s, NULL, service_release_patch(&s->arena, s->service), err) == 0 ||
        err->code == ERR_NOT_FOUND)
        return 0;
    return -1;
}

/* ---- Asking the cloud ---- */

static void tell(struct sync *s, const char *type, const char *reason, const char *message)
{
    event_record(s->controller->events, s->service, NULL, type, reason, "%s", message);
}

/* Once for all the calls that an operation may take. */
static void announce(struct sync *s, const char *reason, const char *message)
{
    if (!s->record->announced)
        tell(s, "Normal", reason, message);
    s->record->announced = true;
}

static struct service_call *ask(struct sync *s, enum service_operation operation, struct node_set *nodes,
                                int *ret_result, struct error *err)
{
    struct balancer *b = s->balancer;
    struct service_call *call =
        service_call_new(b->provider, b->functions, operation, s->service, nodes, s->controller->events);
    if (balancer_keeps_no_record(b))
        service_call_bind(call, atomic_load(&b->told));
    *ret_result = service_call_run(call, err);
    unsigned result = *ret_result == 0                  ? SERVICE_SYNC_OK
                      : err->code == ERR_SERVER_TIMEOUT ? SERVICE_SYNC_PENDING
                                                        : SERVICE_SYNC_FAILED;
    atomic_fetch_add(&b->calls[operation][result], 1);
    if (*ret_result < 0 && service_call_is_late(call, err)) {
        s->record->late = call;
        return NULL;
    }
    return call;
}

/* What a call that came to no result means for the key. */
static int64_t call_failed(struct sync *s, const char *reason, const char *what, const struct error *err)
{
    s->dirty = true;
    if (err->code == ERR_SERVER_TIMEOUT) {
        log_debug("service %s: %s", s->key, err->message);
        return err->retry_after_s ? (int64_t)err->retry_after_s * 1000 : PENDING_MS;
    }
    if (err->code == ERR_CANCELLED)
        return -1;
    event_record(s->controller->events, s->service, NULL, "Warning", reason, "%s: %s", what, err->message);
    return err->code == ERR_BAD_REQUEST || err->code == ERR_METHOD_NOT_ALLOWED ? INVALID_MS : -1;
}

/* ---- The status ---- */

static bool is_ours_to_ensure(struct sync *s, const struct json *service)
{
    struct service_plan plan = service_plan(&s->controller->clouds, service, s->record->holder, &s->arena);
    return plan.task == SERVICE_ENSURE && plan.cloud == s->balancer->index;
}

/* After a conflict: the Service as it is now, if it is still the same and still ours. */
static int reread(struct sync *s, struct error *err)
{
    struct json *now = NULL;
    error_done(err);
    *err = ERROR_INIT;
    if (client_get(s->controller->context->client, services(), object_namespace(s->service),
                   object_name(s->service), &s->arena, &now, err) < 0)
        return -1;
    if (strcmp(object_uid(now), object_uid(s->service)) != 0 || !is_ours_to_ensure(s, now))
        return error_set(err, ERR_CONFLICT, "service %s is another one now", s->key);
    s->service = now;
    return 0;
}

/* Of the version that was looked at: what follows is decided by that, too. */
static int write_status(struct sync *s, struct json *patch, struct error *err)
{
    if (patch)
        json_set_string(&s->arena, json_ensure(&s->arena, patch, "metadata", JSON_OBJECT), "resourceVersion",
                        object_resource_version(s->service));
    return write_service(s, "status", patch, err);
}

/* What the cloud made took a while, in which the Service may have become another controller's, whose
 * status is not to be overwritten. */
static int show(struct sync *s, const struct json *ingress, struct error *err)
{
    for (unsigned tries = 1;; tries++) {
        if (write_status(s, service_status_patch(&s->arena, s->service, ingress), err) == 0)
            return 0;
        if (err->code != ERR_CONFLICT || tries == SHOW_TRIES_MAX || reread(s, err) < 0)
            return -1;
    }
}

/* Where it is the only record it is written even if it seems to be clear, since the answer to what we wrote
 * into it may have been lost. */
static int clear_status(struct sync *s, struct error *err)
{
    if (service_is_anothers(&s->controller->clouds, s->service))
        return 0;
    struct json *patch = service_status_patch(&s->arena, s->service, NULL);
    if (!patch && balancer_keeps_no_record(s->balancer))
        patch = json_new_object(&s->arena);
    return write_status(s, patch, err);
}

/* ---- The operations ---- */

static int64_t remove_it(struct sync *s, struct error *err)
{
    int result;
    announce(s, "DeletingLoadBalancer", "Deleting load balancer");
    service_call_unref(ask(s, SERVICE_CALL_REMOVE, NULL, &result, err));
    if (result < 0)
        return call_failed(s, "SyncLoadBalancerFailed",
                           "Error syncing load balancer: failed to delete load balancer", err);
    s->record->ensured = s->record->announced = false;
    return 0;
}

/* The status is cleared before the Service is let go, which is looked at no more then. Where it is the only
 * record of an address it goes first of all, or the address might be another's when it is read again. */
static int64_t remove_and_release(struct sync *s, struct error *err)
{
    bool is_record = balancer_keeps_no_record(s->balancer);
    if (is_record && clear_status(s, err) < 0)
        return write_failed(s, WRITE_STATUS, err);
    int64_t result = remove_it(s, err);
    if (result != 0)
        return result;
    if (!is_record && !object_is_deleted(s->service) && clear_status(s, err) < 0)
        return write_failed(s, WRITE_STATUS, err);
    if (release(s, err) < 0)
        return write_failed(s, "remove load balancer cleanup finalizer", err);
    tell(s, "Normal", "DeletedLoadBalancer", "Deleted load balancer");
    s->dirty = true;                         /* should another cloud come next; … */
    service_desk_add(s->controller, s->key); /* … nobody else says so when it had been let go before */
    return 0;
}

/* The Service went, or was made anew under its name, with its load balancer there. */
static int64_t remove_of_gone(struct sync *s, struct error *err)
{
    struct service_record *r = s->record;
    s->service = cached_parse(r->gone, &s->arena);
    int64_t result = remove_it(s, err);
    if (result != 0)
        return result;
    pthread_mutex_lock(&s->controller->lock);
    cached_unref(TAKE_PTR(r->gone));
    r->holder = SERVICE_NO_CLOUD;
    pthread_mutex_unlock(&s->controller->lock);
    s->dirty = true;
    service_desk_add(s->controller, s->key);
    return 0;
}

static void nodes_are_set(struct sync *s, const struct node_set *nodes)
{
    s->record->ensured = true;
    s->record->announced = false;
    s->record->nodes_signature = nodes->signature;
}

static void warn_of_no_nodes(struct sync *s, const struct node_set *nodes)
{
    if (nodes->count == 0)
        tell(s, "Warning", "UnAvailableLoadBalancer", "There are no available nodes for LoadBalancer");
}

static int64_t not_yet(struct sync *s)
{
    s->dirty = true;
    return NOT_YET_MS;
}

static int64_t ensure_now(struct sync *s, struct node_set *nodes, struct error *err)
{
    int result;
    if (!balancer_has_learned(s->balancer)) /* it was opened anew a moment ago */
        return not_yet(s);
    announce(s, "EnsuringLoadBalancer", "Ensuring load balancer");
    warn_of_no_nodes(s, nodes);
    struct service_call *call = ask(s, SERVICE_CALL_ENSURE, nodes, &result, err);
    if (result < 0) {
        service_call_unref(call);
        return !balancer_has_learned(s->balancer)
                   ? not_yet(s)
                   : call_failed(s, "SyncLoadBalancerFailed",
                                 "Error syncing load balancer: failed to ensure load balancer", err);
    }
    nodes_are_set(s, nodes);
    const struct json *ingress = json_copy(&s->arena, service_call_ingress(call));
    service_call_unref(call);
    tell(s, "Normal", "EnsuredLoadBalancer", "Ensured load balancer");
    return show(s, ingress, err) < 0 ? write_failed(s, WRITE_STATUS, err) : 0;
}

static int64_t ensure(struct sync *s, struct node_set *nodes, struct error *err)
{
    atomic_fetch_add(&s->balancer->ensuring, 1); /* before it is looked whether it has learned */
    int64_t result = ensure_now(s, nodes, err);
    atomic_fetch_sub(&s->balancer->ensuring, 1);
    return result;
}

/* Only nodes came or went. A load balancer that is not there (any more) is made. */
static int64_t update(struct sync *s, struct node_set *nodes, struct error *err)
{
    int result;
    service_call_unref(ask(s, SERVICE_CALL_UPDATE, nodes, &result, err));
    if (result < 0 && err->code == ERR_NOT_FOUND)
        return ensure(s, nodes, err);
    if (result < 0) {
        int64_t again =
            call_failed(s, "UpdateLoadBalancerFailed", "Error updating load balancer with new hosts", err);
        s->dirty = false; /* the nodes' signature tells that it is due */
        return again;
    }
    nodes_are_set(s, nodes);
    warn_of_no_nodes(s, nodes);
    if (nodes->count)
        tell(s, "Normal", "UpdatedLoadBalancer", "Updated load balancer with new hosts");
    return 0;
}

/* A set that lacks nodes of which it is not known yet whose they are must not take them away from a load
 * balancer that has them, as it would at a start; those that come later are no reason to wait. */
static bool can_be_used(const struct sync *s, const struct node_set *nodes)
{
    bool starting = clock_monotonic_ms() - s->controller->begun_ms < NODES_GRACE_MS;
    return nodes->complete || (nodes->count && !starting);
}

static int64_t ensure_or_update(struct sync *s, struct error *err)
{
    int64_t result = 0;
    if (claim(s, err) < 0)
        return write_failed(s, "add load balancer cleanup finalizer", err);
    struct node_set *nodes = node_source_set(s->balancer->nodes);
    if (!can_be_used(s, nodes)) {
        result = NODES_UNSURE_MS;
    } else if (s->dirty || !s->record->ensured) {
        s->dirty = false;
        result = ensure(s, nodes, err);
    } else if (nodes->signature != s->record->nodes_signature) {
        result = update(s, nodes, err);
    }
    node_set_unref(nodes);
    return result;
}

static int64_t act(struct sync *s, struct error *err)
{
    struct service_controller *c = s->controller;
    if (s->record->gone)
        return s->record->holder == s->balancer->index ? remove_of_gone(s, err) : 0;
    _cleanup_(cleanup_cached_unref) struct cached *cached = informer_get(c->context->services, s->key);
    if (!cached)
        return 0;
    if (cached->revision < s->record->written)
        return BEHIND_MS;
    s->service = cached_parse(cached, &s->arena);
    struct service_plan plan = service_plan(&c->clouds, s->service, s->record->holder, &s->arena);
    if (plan.cloud == s->balancer->index && plan.task == SERVICE_ENSURE)
        return ensure_or_update(s, err);
    if (plan.cloud == s->balancer->index && plan.task == SERVICE_REMOVE)
        return remove_and_release(s, err);
    service_desk_add(c, s->key);
    return 0;
}

static int64_t reconcile_service(struct balancer *b, const char *key, struct error *err)
{
    struct sync s = {.balancer = b, .controller = b->controller, .key = key, .arena = ARENA_INIT};
    bool busy;
    if (!balancer_has_learned(b)) {
        workqueue_add(b->queue, LEARN_KEY);
        return NOT_YET_MS;
    }
    s.record = service_record_take(s.controller, key, &s.dirty, &busy);
    if (!s.record)
        return busy ? BUSY_MS : 0;
    bool was_dirty = s.dirty;
    /* A late call is waited for: what it does may still be on its way. */
    int64_t result = service_call_is_out(&s.record->late) ? BUSY_MS : act(&s, err);
    bool untouched = result == BUSY_MS || result == BEHIND_MS;
    bool waits = s.record->gone != NULL; /* for its next try, in its own time */
    service_record_give_back(s.controller, s.record, untouched ? was_dirty : s.dirty);
    _cleanup_(cleanup_cached_unref) struct cached *there = informer_get(s.controller->context->services, key);
    if (!there && !waits)
        service_desk_add(s.controller, key); /* which could not forget it while we had it */
    arena_done(&s.arena);
    return result;
}

/* ---- Nodes ---- */

/* Who has the cloud's load balancer with other nodes. One that waits for its next try gets them then, and one
 * that is being worked on looks again. */
static bool needs_nodes(const struct balancer *b, const struct service_record *r,
                        const struct node_set *nodes)
{
    return r->holder == b->index && (r->busy || (r->ensured && r->nodes_signature != nodes->signature));
}

static int64_t reconcile_nodes(struct balancer *b)
{
    struct service_controller *c = b->controller;
    struct node_set *nodes = node_source_set(b->nodes);
    size_t cursor = 0;
    const char *key;
    void *value;
    pthread_mutex_lock(&c->lock);
    while (map_next(c->records, &cursor, &key, &value))
        if (needs_nodes(b, value, nodes))
            workqueue_add(b->queue, key);
    pthread_mutex_unlock(&c->lock);
    node_set_unref(nodes);
    return 0;
}

int64_t balancer_reconcile(void *balancer, const char *key, struct error *err)
{
    if (strcmp(key, NODES_KEY) == 0)
        return reconcile_nodes(balancer);
    return strcmp(key, LEARN_KEY) == 0 ? balancer_learn(balancer, err)
                                       : reconcile_service(balancer, key, err);
}
