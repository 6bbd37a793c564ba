/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Load balancers in the clouds of the simulation. Two clouds make one in several requests, between which the
 * daemon may die, a request may fail, and an answer may be lost after its work was done; it comes and goes
 * slowly in one of them. The third hands out addresses of a pool, in memory only: the Services' status is its
 * record, and who has forgotten must be told.
 */
#include <stdio.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "tests/sim/sim.h"

#define SLOW_MS   20000
#define POOL_SIZE 40u

struct sim_balancer *sim_balancer_find(const struct sim_cloud *c, const char *uid)
{
    for (size_t i = 0; i < c->balancers_count; i++)
        if (strcmp(c->balancers[i]->uid, uid) == 0)
            return c->balancers[i];
    return NULL;
}

static struct sim_balancer *add(struct sim_cloud *c, const char *uid)
{
    struct sim_balancer *b = new0(struct sim_balancer);
    snprintf(b->uid, sizeof(b->uid), "%s", uid);
    c->balancers = xgrow(c->balancers, &c->balancers_room, c->balancers_count + 1, sizeof(*c->balancers));
    c->balancers[c->balancers_count++] = b;
    return b;
}

static void balancer_free(struct sim_balancer *b)
{
    free(b->nodes);
    free(b->shape);
    free(b);
}

void sim_balancer_drop(struct sim_cloud *c, const char *uid)
{
    for (size_t i = 0; i < c->balancers_count; i++)
        if (strcmp(c->balancers[i]->uid, uid) == 0) {
            balancer_free(c->balancers[i]);
            c->balancers[i] = c->balancers[--c->balancers_count];
            return;
        }
}

void sim_balancers_forget(struct sim_cloud *c)
{
    while (c->balancers_count > 0)
        balancer_free(c->balancers[--c->balancers_count]);
}

/* ---- What is asked for ---- */

const char *sim_service_shape(struct arena *arena, const struct json *service)
{
    static const char *const paths[] = {"spec.ports", "spec.externalTrafficPolicy", "spec.sessionAffinity",
                                        "metadata.annotations[example.com/option]"};
    struct buffer text = BUFFER_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
        const struct json *value = json_at(service, paths[i]);
        if (value)
            json_write(&text, value);
        buffer_append_char(&text, ' ');
    }
    const char *shape = arena_strdup(arena, text.data);
    buffer_done(&text);
    return shape;
}

static const char *names_of(struct arena *arena, const struct keelson_object *const *nodes, uint32_t count)
{
    const char *names = "";
    for (uint32_t i = 0; i < count; i++)
        names = arena_printf(arena, "%s%s ", names, object_name(nodes[i]->json));
    return names;
}

static enum keelson_status put(const struct sim_balancer *b, const struct keelson_load_balancer_sink *sink)
{
    const struct keelson_ingress ingress = {.ip = b->address, .ip_mode = "VIP"};
    const struct keelson_load_balancer said = {
        .size = sizeof(said), .ingress_count = 1, .ingress_size = sizeof(ingress), .ingress = &ingress};
    sink->put(sink, &said);
    return KEELSON_OK;
}

/* ---- One at a time for each Service ---- */

#define IN_FLIGHT_MAX 16u
static struct {
    const struct sim_cloud *cloud;
    const char *uid;
} in_flight[IN_FLIGHT_MAX];
static unsigned in_flight_count;

static void begin(const struct sim_cloud *c, const struct json *service, const char *what)
{
    log_debug("sim: %lld ms: %s: %s %s (%s)", (long long)(clock_monotonic_ns() / NS_PER_MS), c->name, what,
              object_name(service), object_uid(service));
    require(in_flight_count < IN_FLIGHT_MAX);
    for (unsigned i = 0; i < in_flight_count; i++)
        if (in_flight[i].cloud == c && strcmp(in_flight[i].uid, object_uid(service)) == 0)
            sim_fail("%s is asked about %s while it is at work on it", c->name, object_name(service));
    in_flight[in_flight_count].cloud = c;
    in_flight[in_flight_count++].uid = object_uid(service);
}

static enum keelson_status end(enum keelson_status status)
{
    in_flight_count--; /* calls are in each other */
    return status;
}

/* ---- Made in steps ---- */

struct wish {
    const char *uid, *nodes, *shape;
};

static bool lacks_group(const struct sim_balancer *b, const struct wish *w)
{
    return !(b->parts & PART_GROUP);
}

static void make_group(const struct sim_cloud *c, struct sim_balancer *b, const struct wish *w)
{
    b->parts |= PART_GROUP;
}

static bool lacks_front(const struct sim_balancer *b, const struct wish *w)
{
    return !(b->parts & PART_FRONT);
}

static void make_front(const struct sim_cloud *c, struct sim_balancer *b, const struct wish *w)
{
    static unsigned made;
    made++;
    snprintf(b->address, sizeof(b->address), "198.%u.%u.%u", 18 + c->index, made / 256 % 256, made % 256);
    b->parts |= PART_FRONT;
    b->ready_ns = clock_monotonic_ns() + (c->slow ? (int64_t)sim_random(SLOW_MS) * NS_PER_MS : 0);
}

static bool has_other_nodes(const struct sim_balancer *b, const struct wish *w)
{
    return !b->nodes || strcmp(b->nodes, w->nodes) != 0;
}

static void set_nodes(const struct sim_cloud *c, struct sim_balancer *b, const struct wish *w)
{
    free(b->nodes);
    b->nodes = xstrdup(w->nodes);
}

static bool has_other_shape(const struct sim_balancer *b, const struct wish *w)
{
    return w->shape && (!b->shape || strcmp(b->shape, w->shape) != 0);
}

static void set_shape(const struct sim_cloud *c, struct sim_balancer *b, const struct wish *w)
{
    free(b->shape);
    b->shape = xstrdup(w->shape);
}

static const struct step {
    bool (*is_due)(const struct sim_balancer *b, const struct wish *w);
    void (*do_it)(const struct sim_cloud *c, struct sim_balancer *b, const struct wish *w);
} steps[] = {
    {lacks_group, make_group},
    {lacks_front, make_front},
    {has_other_nodes, set_nodes},
    {has_other_shape, set_shape},
};

/* One that is leaving is made anew when it has left. */
static enum keelson_status wait_for(struct sim_balancer *b)
{
    int64_t now = clock_monotonic_ns();
    if (!b->leaving_ns)
        return KEELSON_OK;
    if (now < b->leaving_ns)
        return KEELSON_PENDING;
    b->leaving_ns = 0;
    b->parts &= ~(unsigned)PART_FRONT;
    return KEELSON_OK;
}

static enum keelson_status make_right(struct sim_cloud *c, const struct wish *w)
{
    enum keelson_status status = sim_request(c); /* what is there? */
    struct sim_balancer *b = sim_balancer_find(c, w->uid);
    if (status == KEELSON_OK && b)
        status = wait_for(b);
    for (size_t i = 0; status == KEELSON_OK && i < ARRAY_SIZE(steps); i++) {
        if (b && !steps[i].is_due(b, w))
            continue;
        status = sim_request(c);
        if (status != KEELSON_OK)
            break;
        if (!b)
            b = add(c, w->uid);
        steps[i].do_it(c, b, w);
        if (sim_kill_chance > 0 && sim_chance(0.02))
            status = KEELSON_FAILED; /* done, and nobody heard of it */
    }
    return status == KEELSON_OK && clock_monotonic_ns() < b->ready_ns ? KEELSON_PENDING : status;
}

static enum keelson_status ensure_it(struct sim_cloud *c, const struct json *service,
                                     const struct keelson_object *const *nodes, uint32_t count,
                                     const struct keelson_load_balancer_sink *sink)
{
    struct arena arena = ARENA_INIT;
    sim_check_ensure(c, service, nodes, count);
    const struct wish w = {object_uid(service), names_of(&arena, nodes, count),
                           sim_service_shape(&arena, service)};
    enum keelson_status status = strcmp(c->foreign_uid, w.uid) == 0 ? KEELSON_CONFLICT : make_right(c, &w);
    arena_done(&arena);
    bool tells_nothing = c->mood == MOOD_LIES && sim_chance(0.3);
    return status == KEELSON_OK && !tells_nothing ? put(sim_balancer_find(c, w.uid), sink) : status;
}

static enum keelson_status ensure(void *handle, const struct keelson_call *call,
                                  const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t count,
                                  const struct keelson_load_balancer_sink *sink)
{
    begin(handle, service->json, "ensure");
    return end(ensure_it(handle, service->json, nodes, count, sink));
}

static enum keelson_status update_it(struct sim_cloud *c, const struct json *service,
                                     const struct keelson_object *const *nodes, uint32_t count)
{
    struct arena arena = ARENA_INIT;
    sim_check_ensure(c, service, nodes, count);
    const struct wish w = {object_uid(service), names_of(&arena, nodes, count), NULL};
    const struct sim_balancer *b = sim_balancer_find(c, w.uid);
    bool whole = b && b->parts == PART_ALL && !b->leaving_ns && (c->mood != MOOD_LIES || sim_chance(0.7));
    enum keelson_status status = whole ? make_right(c, &w) : KEELSON_NOT_FOUND;
    arena_done(&arena);
    return status;
}

static enum keelson_status update(void *handle, const struct keelson_call *call,
                                  const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t count)
{
    begin(handle, service->json, "update");
    return end(update_it(handle, service->json, nodes, count));
}

static enum keelson_status take_apart(struct sim_cloud *c, struct sim_balancer *b)
{
    enum keelson_status status = KEELSON_OK;
    if (b->parts & PART_FRONT) {
        status = sim_request(c);
        if (status == KEELSON_OK && c->slow && !b->leaving_ns)
            b->leaving_ns = clock_monotonic_ns() + (int64_t)sim_random(SLOW_MS) * NS_PER_MS;
        if (status == KEELSON_OK && clock_monotonic_ns() < b->leaving_ns)
            status = KEELSON_PENDING;
        if (status == KEELSON_OK) {
            b->parts &= ~(unsigned)PART_FRONT;
            b->leaving_ns = 0;
        }
    }
    if (status == KEELSON_OK)
        status = sim_request(c);
    if (status == KEELSON_OK)
        sim_balancer_drop(c, b->uid);
    return status;
}

static enum keelson_status remove_it(struct sim_cloud *c, const struct json *service)
{
    sim_check_remove(c, service);
    enum keelson_status status = sim_request(c);
    struct sim_balancer *b = status == KEELSON_OK ? sim_balancer_find(c, object_uid(service)) : NULL;
    return b ? take_apart(c, b) : status;
}

static enum keelson_status remove_call(void *handle, const struct keelson_call *call,
                                       const struct keelson_object *service)
{
    begin(handle, service->json, "remove");
    return end(remove_it(handle, service->json));
}

static enum keelson_status get(void *handle, const struct keelson_call *call,
                               const struct keelson_object *service,
                               const struct keelson_load_balancer_sink *sink)
{
    const struct sim_balancer *b = sim_balancer_find(handle, object_uid(service->json));
    return b && b->parts == PART_ALL ? put(b, sink) : KEELSON_NOT_FOUND;
}

const struct keelson_cloud_loadbalancers_v1 sim_balancers_table = {.size = sizeof(sim_balancers_table),
                                                                   .get = get,
                                                                   .ensure = ensure,
                                                                   .update = update,
                                                                   .remove = remove_call};

/* ---- Addresses of a pool ---- */

static bool is_free(const struct sim_cloud *c, const char *address)
{
    for (size_t i = 0; i < c->balancers_count; i++)
        if (strcmp(c->balancers[i]->address, address) == 0)
            return false;
    return true;
}

static struct sim_balancer *take(struct sim_cloud *c, const char *uid, const char *address)
{
    struct sim_balancer *b = add(c, uid);
    b->parts = PART_ALL;
    snprintf(b->address, sizeof(b->address), "%s", address);
    return b;
}

static const char *present(const struct json *service)
{
    return json_string_or(json_at(service, "status.loadBalancer.ingress[0].ip"), "");
}

static bool is_of_pool(const char *address)
{
    return strncmp(address, "192.0.2.", 8) == 0;
}

static enum keelson_status pool_get(void *handle, const struct keelson_call *call,
                                    const struct keelson_object *service,
                                    const struct keelson_load_balancer_sink *sink)
{
    struct sim_cloud *c = handle;
    const char *uid = object_uid(service->json), *address = present(service->json);
    const struct sim_balancer *b = sim_balancer_find(c, uid);
    if (!b && is_of_pool(address) && is_free(c, address))
        b = take(c, uid, address);
    return b ? put(b, sink) : KEELSON_NOT_FOUND;
}

static struct sim_balancer *take_any(struct sim_cloud *c, const struct json *service)
{
    char address[24];
    if (is_of_pool(present(service)) && is_free(c, present(service)))
        return take(c, object_uid(service), present(service));
    for (unsigned i = 1; i <= POOL_SIZE; i++) {
        snprintf(address, sizeof(address), "192.0.2.%u", i);
        if (is_free(c, address))
            return take(c, object_uid(service), address);
    }
    return NULL;
}

static enum keelson_status pool_ensure(void *handle, const struct keelson_call *call,
                                       const struct keelson_object *service,
                                       const struct keelson_object *const *nodes, uint32_t count,
                                       const struct keelson_load_balancer_sink *sink)
{
    struct sim_cloud *c = handle;
    begin(c, service->json, "ensure");
    sim_check_ensure(c, service->json, nodes, count);
    sim_check_addresses(c);
    const struct sim_balancer *b = sim_balancer_find(c, object_uid(service->json));
    if (!b)
        b = take_any(c, service->json);
    return end(b ? put(b, sink) : KEELSON_EXHAUSTED);
}

static enum keelson_status pool_update(void *handle, const struct keelson_call *call,
                                       const struct keelson_object *service,
                                       const struct keelson_object *const *nodes, uint32_t count)
{
    sim_check_ensure(handle, service->json, nodes, count);
    return KEELSON_OK;
}

static enum keelson_status pool_remove(void *handle, const struct keelson_call *call,
                                       const struct keelson_object *service)
{
    begin(handle, service->json, "remove");
    sim_check_remove(handle, service->json);
    sim_balancer_drop(handle, object_uid(service->json));
    return end(KEELSON_OK);
}

const struct keelson_cloud_loadbalancers_v1 sim_pool_table = {.size = sizeof(sim_pool_table),
                                                              .flags = KEELSON_LOADBALANCERS_REACH_ALL_NODES |
                                                                       KEELSON_LOADBALANCERS_RECORD_IS_STATUS,
                                                              .get = pool_get,
                                                              .ensure = pool_ensure,
                                                              .update = pool_update,
                                                              .remove = pool_remove};
