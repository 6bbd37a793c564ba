/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The service controller: load balancers for Services of type LoadBalancer, by several clouds at once. Here
 * are its notes of changes, its desk, and its start and end; service-sync.c does what is to be done. Services
 * that had their load balancer when we started are looked through one after the other, and not all at once.
 */
#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/cloud-controller-manager/service-change.h"
#include "core/cloud-controller-manager/service-controller.h"

#define BACK_OFF_MS     5000 /* as upstream */
#define BACK_OFF_MAX_MS 300000
#define START_PACE_MS   250 /* between Services that were there, for each cloud */
#define NODES_SETTLE_MS 500 /* nodes that come together are one change */

/* ---- Records ---- */

static void record_free(void *value)
{
    struct service_record *r = value;
    cached_unref(r->gone);
    service_call_unref(r->late);
    free(r);
}

/* Under the lock. What a Service says when it is first seen is believed: should it go by force before it was
 * looked at, its load balancer is known all the same. */
static struct service_record *record_at(struct service_controller *c, const char *key,
                                        const struct json *service)
{
    struct service_record *r = map_get(c->records, key);
    if (!r) {
        r = new0(struct service_record);
        r->holder = service_holder(&c->clouds, service);
        map_set(c->records, key, r);
    }
    return r;
}

struct service_record *service_record_take(struct service_controller *c, const char *key, bool *ret_dirty,
                                           bool *ret_busy)
{
    pthread_mutex_lock(&c->lock);
    struct service_record *r = map_get(c->records, key);
    *ret_busy = r && r->busy;
    if (r && !r->busy) {
        r->busy = true;
        *ret_dirty = r->dirty;
        r->dirty = false;
    }
    pthread_mutex_unlock(&c->lock);
    return *ret_busy ? NULL : r;
}

void service_record_give_back(struct service_controller *c, struct service_record *r, bool dirty)
{
    pthread_mutex_lock(&c->lock);
    r->busy = false;
    r->dirty |= dirty;
    pthread_mutex_unlock(&c->lock);
}

void service_record_set_holder(struct service_controller *c, struct service_record *r, int holder)
{
    pthread_mutex_lock(&c->lock);
    r->holder = holder;
    pthread_mutex_unlock(&c->lock);
}

void service_desk_add(struct service_controller *c, const char *key)
{
    pthread_mutex_lock(&c->lock);
    if (!c->stopping)
        workqueue_add(c->desk, key);
    pthread_mutex_unlock(&c->lock);
}

/* ---- Notes of changes ---- */

/* Has, had or wants a load balancer of anybody's. */
static bool is_of_interest(const struct json *service)
{
    return strcmp(json_string_or(json_at(service, "spec.type"), ""), "LoadBalancer") == 0 ||
           object_has_finalizer(service, SERVICE_FINALIZER) ||
           object_annotation(service, SERVICE_ANNOTATION_HOLDER);
}

static void note(struct service_controller *c, const char *key, const struct json *service)
{
    pthread_mutex_lock(&c->lock);
    struct service_record *r = record_at(c, key, service);
    r->dirty = true;
    r->paced = !atomic_load(&c->begun);
    pthread_mutex_unlock(&c->lock);
    workqueue_add(c->desk, key);
}

/* Went without our having let it go: the finalizer was taken away by force, and the load balancer is there.
 */
static void note_gone(struct service_controller *c, struct cached *old)
{
    pthread_mutex_lock(&c->lock);
    struct service_record *r = map_get(c->records, cached_key(old));
    if (r && r->holder != SERVICE_NO_CLOUD && !r->gone)
        r->gone = cached_ref(old);
    pthread_mutex_unlock(&c->lock);
    if (r)
        workqueue_add(c->desk, cached_key(old));
}

static void note_change(struct service_controller *c, struct cached *old, struct cached *new_,
                        const struct json *service)
{
    struct arena arena = ARENA_INIT;
    struct service_change change;
    const struct json *was = cached_parse(old, &arena);
    if (strcmp(object_uid(was), object_uid(service)) != 0)
        note_gone(c, old);
    if ((is_of_interest(was) || is_of_interest(service)) &&
        service_has_changed(was, service, &arena, &change)) {
        if (change.reason &&
            service_plan(&c->clouds, service, SERVICE_NO_CLOUD, &arena).task != SERVICE_LEAVE)
            event_record(c->events, service, NULL, "Normal", change.reason, "%s", change.message);
        note(c, cached_key(new_), service);
    }
    arena_done(&arena);
}

static void service_changed(void *context, struct cached *old, struct cached *new_,
                            const struct json *service)
{
    if (!new_)
        note_gone(context, old);
    else if (old)
        note_change(context, old, new_, service);
    else if (is_of_interest(service))
        note(context, cached_key(new_), service);
}

static bool node_matters(struct cached *old, struct cached *new_, const struct json *node)
{
    if (!old || !new_)
        return true;
    struct arena arena = ARENA_INIT;
    bool matters = service_node_has_changed(cached_parse(old, &arena), node);
    arena_done(&arena);
    return matters;
}

static void nodes_have_changed(struct service_controller *c)
{
    for (unsigned i = 0; i < c->clouds.count; i++)
        if (c->balancers[i].functions) {
            node_source_changed(c->balancers[i].nodes);
            workqueue_add_after(c->balancers[i].queue, NODES_KEY, NODES_SETTLE_MS);
        }
}

static void node_changed(void *context, struct cached *old, struct cached *new_, const struct json *node)
{
    if (node_matters(old, new_, node))
        nodes_have_changed(context);
}

static void owner_changed(void *context, const char *node)
{
    nodes_have_changed(context);
}

/* ---- The desk ---- */

/* Where the next of those that stand is put. One that has its place already keeps it, or each refresh would
 * put all further off. */
static int64_t pace_ms(struct balancer *b, struct service_record *r)
{
    int64_t now = clock_monotonic_ms();
    if (r->place_ms <= now) {
        r->place_ms = MAX(b->next_start_ms, now);
        b->next_start_ms = r->place_ms + START_PACE_MS;
    }
    return r->place_ms - now;
}

static void forward(struct service_controller *c, const char *key, struct service_record *r,
                    const struct json *service, const struct service_plan *plan, bool paced)
{
    struct balancer *b = &c->balancers[plan->cloud];
    bool stands = plan->task == SERVICE_ENSURE && service_is_claimed(service, b->provider->name);
    workqueue_add_after(b->queue, key, r && paced && stands ? pace_ms(b, r) : 0);
}

/* Nothing of it is known or wanted any more. */
static void forget(struct service_controller *c, const char *key)
{
    pthread_mutex_lock(&c->lock);
    const struct service_record *r = map_get(c->records, key);
    if (r && !r->busy && !r->late && r->holder == SERVICE_NO_CLOUD)
        map_remove(c->records, key);
    pthread_mutex_unlock(&c->lock);
}

static void look_at(struct service_controller *c, const char *key, struct service_record *r,
                    const struct json *service, int holder, bool paced, struct arena *arena)
{
    struct service_plan plan = service_plan(&c->clouds, service, holder, arena);
    if (plan.task == SERVICE_LEAVE)
        forget(c, key);
    else if (plan.task == SERVICE_REFUSE)
        event_record(c->events, service, NULL, "Warning", "SyncLoadBalancerFailed",
                     "Error syncing load balancer: %s", plan.why);
    else
        forward(c, key, r, service, &plan, paced);
}

static int64_t desk_reconcile(void *context, const char *key, struct error *err)
{
    struct service_controller *c = context;
    int gone_from = SERVICE_NO_CLOUD, holder = SERVICE_NO_CLOUD;
    bool paced = false;
    pthread_mutex_lock(&c->lock);
    struct service_record *r = map_get(c->records, key);
    if (r) {
        holder = r->holder;
        gone_from = r->gone ? r->holder : SERVICE_NO_CLOUD;
        paced = r->paced;
        r->paced = false;
    }
    pthread_mutex_unlock(&c->lock);
    struct arena arena = ARENA_INIT;
    struct cached *cached = informer_get(c->context->services, key);
    if (gone_from != SERVICE_NO_CLOUD)
        workqueue_add(c->balancers[gone_from].queue, key);
    else if (cached)
        look_at(c, key, r, cached_parse(cached, &arena), holder, paced, &arena);
    else
        forget(c, key);
    cached_unref(cached);
    arena_done(&arena);
    return 0;
}

/* ---- Start and end ---- */

static void init_clouds(struct service_clouds *clouds, const struct providers *providers)
{
    *clouds = (struct service_clouds){.fallback = SERVICE_NO_CLOUD};
    clouds->list = newa0(struct service_cloud, providers->count + 1);
    clouds->count = providers->count;
    for (unsigned i = 0; i < providers->count; i++)
        clouds->list[i] = (struct service_cloud){
            .name = providers->list[i].name,
            .balances = plugin_instance_interface(providers->list[i].instance, KEELSON_CLOUD_LOADBALANCERS_1),
        };
}

static int read_clouds(struct service_clouds *clouds, const struct providers *providers,
                       const struct cloud_options *o, struct error *err)
{
    init_clouds(clouds, providers);
    if (service_clouds_read_classes(clouds, o->cloud_config, err) == 0 &&
        service_clouds_set_default(clouds, o->default_load_balancer_provider, err) == 0)
        return 0;
    service_clouds_done(clouds);
    return -1;
}

static int check(const struct providers *providers, const struct cloud_options *o, struct error *err)
{
    struct service_clouds clouds;
    if (o->concurrent_service_syncs < 1 || o->concurrent_service_syncs > 100)
        return error_set(err, ERR_BAD_REQUEST, "--concurrent-service-syncs must be from 1 to 100");
    if (read_clouds(&clouds, providers, o, err) < 0)
        return -1;
    service_clouds_done(&clouds);
    return 0;
}

static void balancer_init(struct service_controller *c, unsigned index)
{
    const struct cloud_context *context = c->context;
    struct balancer *b = &c->balancers[index];
    b->controller = c;
    b->index = (int)index;
    b->provider = &context->providers->list[index];
    b->functions = plugin_instance_interface(b->provider->instance, KEELSON_CLOUD_LOADBALANCERS_1);
    if (!b->functions)
        return;
    b->nodes = node_source_new(context->nodes, context->owners, b->provider,
                               b->functions->flags & KEELSON_LOADBALANCERS_REACH_ALL_NODES);
    b->queue_name = xasprintf("service-%s", b->provider->name);
    b->queue = workqueue_new(
        &(struct workqueue_config){.name = b->queue_name,
                                   .workers = (unsigned)context->options->concurrent_service_syncs,
                                   .base_delay_ms = BACK_OFF_MS,
                                   .max_delay_ms = BACK_OFF_MAX_MS,
                                   .reconcile = balancer_reconcile,
                                   .context = b});
}

static void say_default(const struct service_clouds *clouds)
{
    if (clouds->fallback == SERVICE_NO_CLOUD)
        log_info("load balancers: no default cloud; a class or an annotation chooses one");
    else
        log_info("load balancers: by cloud %s where nothing else is said",
                 clouds->list[clouds->fallback].name);
}

static void *start(const struct cloud_context *context, struct event_recorder *events)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct service_controller *c = new0(struct service_controller);
    if (read_clouds(&c->clouds, context->providers, context->options, &err) < 0) {
        log_error("%s", err.message); /* the file changed since the daemon checked it */
        free(c);
        return NULL;
    }
    c->context = context;
    c->events = events;
    c->records = map_new(record_free);
    pthread_mutex_init(&c->lock, NULL);
    c->desk = workqueue_new(&(struct workqueue_config){
        .name = "service", .workers = 1, .reconcile = desk_reconcile, .context = c});
    c->balancers = newa0(struct balancer, c->clouds.count + 1);
    for (unsigned i = 0; i < c->clouds.count; i++)
        balancer_init(c, i);
    say_default(&c->clouds);
    owners_add_handler(context->owners, owner_changed, c);
    informer_add_handler(context->nodes, &(struct informer_handler){.changed = node_changed, .context = c});
    informer_add_handler(context->services,
                         &(struct informer_handler){.changed = service_changed, .context = c});
    return c;
}

static void begin(void *self)
{
    struct service_controller *c = self;
    c->begun_ms = clock_monotonic_ms();
    atomic_store(&c->begun, true);
    workqueue_start(c->desk);
    for (unsigned i = 0; i < c->clouds.count; i++) {
        struct balancer *b = &c->balancers[i];
        if (!b->functions)
            continue;
        if (!balancer_has_learned(b))
            workqueue_add(b->queue, LEARN_KEY);
        workqueue_start(b->queue);
    }
}

/* What failed is tried again at once, what stands is looked through at leisure. */
static void refresh(void *self, const struct plugin_instance *instance)
{
    struct service_controller *c = self;
    size_t cursor = 0;
    const char *key;
    void *value;
    pthread_mutex_lock(&c->lock);
    while (map_next(c->records, &cursor, &key, &value)) {
        struct service_record *r = value;
        if (r->holder != SERVICE_NO_CLOUD && instance &&
            c->context->providers->list[r->holder].instance != instance)
            continue;
        r->dirty = r->paced = true;
        workqueue_add(c->desk, key);
    }
    pthread_mutex_unlock(&c->lock);
}

static void metrics(void *self, struct buffer *out)
{
    static const char *const operations[] = {"ensure", "update", "remove", "get"};
    static const char *const results[] = {"ok", "pending", "failed"};
    struct service_controller *c = self;
    unsigned *held = newa0(unsigned, c->clouds.count + 1);
    size_t cursor = 0;
    void *value;
    pthread_mutex_lock(&c->lock);
    while (map_next(c->records, &cursor, NULL, &value))
        if (((struct service_record *)value)->holder != SERVICE_NO_CLOUD)
            held[((struct service_record *)value)->holder]++;
    pthread_mutex_unlock(&c->lock);
    buffer_append_str(out, "# TYPE keelson_cloud_load_balancers gauge\n");
    for (unsigned i = 0; i < c->clouds.count; i++)
        if (c->balancers[i].functions)
            buffer_printf(out, "keelson_cloud_load_balancers{provider=\"%s\"} %u\n", c->clouds.list[i].name,
                          held[i]);
    buffer_append_str(out, "# TYPE keelson_cloud_load_balancer_syncs_total counter\n");
    for (unsigned i = 0; i < c->clouds.count; i++)
        for (size_t o = 0; c->balancers[i].functions && o < ARRAY_SIZE(operations); o++)
            for (size_t r = 0; r < ARRAY_SIZE(results); r++)
                buffer_printf(out,
                              "keelson_cloud_load_balancer_syncs_total{provider=\"%s\",operation=\"%s\","
                              "result=\"%s\"} %llu\n",
                              c->clouds.list[i].name, operations[o], results[r],
                              (unsigned long long)atomic_load(&c->balancers[i].calls[o][r]));
    free(held);
}

static void stop(void *self)
{
    struct service_controller *c = self;
    pthread_mutex_lock(&c->lock);
    c->stopping = true; /* the desk goes first, and the clouds' queues hand back to it */
    pthread_mutex_unlock(&c->lock);
    workqueue_free(c->desk);
    for (unsigned i = 0; i < c->clouds.count; i++)
        workqueue_free(c->balancers[i].queue);
    for (unsigned i = 0; i < c->clouds.count; i++) {
        node_source_free(c->balancers[i].nodes);
        service_call_unref(c->balancers[i].late);
        free(c->balancers[i].queue_name);
    }
    map_free(c->records);
    pthread_mutex_destroy(&c->lock);
    service_clouds_done(&c->clouds);
    free(c->balancers);
    free(c);
}

const struct cloud_controller controller_service = {
    .name = "service-lb-controller",
    .alias = "service",
    .component = "service-controller",
    .wants_services = true,
    .check = check,
    .start = start,
    .begin = begin,
    .refresh = refresh,
    .metrics = metrics,
    .stop = stop,
};
