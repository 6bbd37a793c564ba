/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users of Services: they create, change and delete them, say by class or annotation which cloud is to serve
 * them and change their minds, write what cannot be, replace a Service by a file that knows nothing of its
 * finalizer (kubectl replace), and have one go by force.
 *
 * A load balancer whose Service was taken away by force is known to the running daemon alone: when that dies,
 * or has not heard of it yet, it is cleaned up by hand here. Nobody could find it.
 */
#include <stdio.h>

#include "core/base/memory.h"
#include "core/cloud-controller-manager/service-choice.h"
#include "tests/sim/sim.h"

#define SERVICES 16u
#define OPTION   "example.com/option"

static char stripped[SERVICES][32];   /* uids */
static char forced[4 * SERVICES][32]; /* went while the finalizer stood; the oldest are forgotten */
static unsigned forced_count;

static const char *key_of(struct arena *arena, unsigned i)
{
    return arena_printf(arena, "services/default/s%u", i);
}

static bool is_balanced(const struct json *service)
{
    return strcmp(json_string_or(json_at(service, "spec.type"), ""), "LoadBalancer") == 0;
}

static void set_wish(struct arena *a, struct json *service)
{
    static const char *const wishes[] = {NULL, NULL, "east", "west", "rack", "nowhere"};
    object_set_annotation(a, service, SERVICE_ANNOTATION_CLOUD, wishes[sim_random(ARRAY_SIZE(wishes))]);
}

static void set_class(struct arena *a, struct json *service)
{
    static const char *const classes[] = {NULL,
                                          NULL,
                                          NULL,
                                          "keelson.io/east",
                                          "keelson.io/west",
                                          "keelson.io/rack",
                                          "example.com/fast",
                                          "example.com/somebody"};
    const char *class_ = classes[sim_random(ARRAY_SIZE(classes))];
    json_set_string(a, json_get(service, "spec"), "loadBalancerClass", class_);
}

static void set_ports(struct arena *a, struct json *service)
{
    struct json *ports = json_set_array(a, json_get(service, "spec"), "ports");
    for (uint64_t left = 1 + sim_random(2); left > 0; left--) {
        struct json *port = json_append(a, ports, json_new_object(a));
        json_set_stringf(a, port, "name", "p%u", (unsigned)left);
        json_set_int(a, port, "port", 80 + (int64_t)sim_random(5));
        json_set_int(a, port, "nodePort", 30000 + (int64_t)sim_random(2767));
    }
}

static void create(struct arena *a, unsigned i)
{
    struct json *service = object_new(a, "v1", "Service", "default", arena_printf(a, "s%u", i));
    json_set_string(a, json_ensure(a, service, "spec", JSON_OBJECT), "type",
                    sim_chance(0.85) ? "LoadBalancer" : "ClusterIP");
    set_ports(a, service);
    set_wish(a, service);
    if (is_balanced(service))
        set_class(a, service);
    sim_api_put(key_of(a, i), service, a);
}

/* ---- What they change: each returns whether it did ---- */

static bool change_ports(struct arena *a, struct json *service, unsigned i)
{
    set_ports(a, service);
    return true;
}

static bool change_option(struct arena *a, struct json *service, unsigned i)
{
    object_set_annotation(a, service, OPTION, sim_chance(0.3) ? NULL : sim_chance(0.5) ? "a" : "b");
    return true;
}

static bool change_policy(struct arena *a, struct json *service, unsigned i)
{
    json_set_string(a, json_get(service, "spec"), "externalTrafficPolicy",
                    sim_chance(0.5) ? "Local" : "Cluster");
    return true;
}

/* A class may change with the type only, and with the type goes the status, as the API server has it. */
static bool change_type(struct arena *a, struct json *service, unsigned i)
{
    struct json *spec = json_get(service, "spec");
    bool was = is_balanced(service);
    json_set_string(a, spec, "type", was ? sim_chance(0.5) ? "NodePort" : "ClusterIP" : "LoadBalancer");
    json_remove(spec, "loadBalancerClass");
    if (was)
        json_remove(service, "status");
    else
        set_class(a, service);
    return true;
}

static bool change_wish(struct arena *a, struct json *service, unsigned i)
{
    set_wish(a, service);
    return true;
}

static bool label_it(struct arena *a, struct json *service, unsigned i)
{
    object_set_label(a, service, "team", sim_chance(0.5) ? "red" : "blue");
    return true;
}

static bool delete_it(struct arena *a, struct json *service, unsigned i)
{
    sim_api_delete(key_of(a, i));
    if (sim_chance(0.3) && !sim_api_get(a, key_of(a, i)))
        create(a, i);
    return false;
}

/* What any daemon would make of it without the claim is what the claim says. */
static bool is_plain(const struct json *service)
{
    const char *holder = object_annotation(service, SERVICE_ANNOTATION_HOLDER),
               *wish = object_annotation(service, SERVICE_ANNOTATION_CLOUD);
    const struct sim_cloud *c = sim_service_cloud(service);
    return holder && c && strcmp(c->name, holder) == 0 && is_balanced(service) &&
           object_has_finalizer(service, SERVICE_FINALIZER) &&
           (json_string_at(service, "spec.loadBalancerClass") || (wish && strcmp(wish, holder) == 0));
}

static bool replace_it(struct arena *a, struct json *service, unsigned i)
{
    if (!is_plain(service))
        return false;
    object_remove_finalizer(service, SERVICE_FINALIZER);
    object_set_annotation(a, service, SERVICE_ANNOTATION_HOLDER, NULL);
    snprintf(stripped[i], sizeof(stripped[i]), "%s", object_uid(service));
    return true;
}

static bool force_it(struct arena *a, struct json *service, unsigned i)
{
    if (object_has_finalizer(service, SERVICE_FINALIZER))
        snprintf(forced[forced_count++ % ARRAY_SIZE(forced)], sizeof(forced[0]), "%s", object_uid(service));
    json_remove(json_get(service, "metadata"), "finalizers");
    sim_api_put(key_of(a, i), service, a);
    sim_api_delete(key_of(a, i));
    if (!sim_daemon_has_listed())
        sim_users_mourn();
    if (sim_chance(0.5))
        create(a, i);
    return false;
}

static const struct deed {
    unsigned weight;
    bool when_deleted; /* also to what is being deleted */
    bool (*do_it)(struct arena *a, struct json *service, unsigned i);
} deeds[] = {
    {20, true, change_ports}, {10, true, change_option}, {10, false, change_policy},
    {20, false, change_type}, {20, true, change_wish},   {10, true, label_it},
    {20, false, delete_it},   {4, false, replace_it},    {2, true, force_it},
};

static const struct deed *choose(void)
{
    unsigned all = 0;
    for (size_t i = 0; i < ARRAY_SIZE(deeds); i++)
        all += deeds[i].weight;
    uint64_t at = sim_random(all);
    size_t i = 0;
    for (; at >= deeds[i].weight; i++)
        at -= deeds[i].weight;
    return &deeds[i];
}

bool sim_user_stripped(const char *uid)
{
    for (unsigned i = 0; i < SERVICES; i++)
        if (strcmp(stripped[i], uid) == 0)
            return true;
    for (size_t f = 0; f < ARRAY_SIZE(forced); f++)
        if (strcmp(forced[f], uid) == 0)
            return true;
    return false;
}

/* Nobody touches what was replaced until it is claimed again. */
static bool waits(const struct json *service, unsigned i)
{
    if (strcmp(stripped[i], object_uid(service)) != 0)
        return false;
    if (!object_has_finalizer(service, SERVICE_FINALIZER))
        return true;
    stripped[i][0] = '\0';
    return false;
}

void sim_user_acts(void)
{
    struct arena arena = ARENA_INIT;
    unsigned i = (unsigned)sim_random(SERVICES);
    struct json *service = sim_api_get(&arena, key_of(&arena, i));
    const struct deed *deed = choose();
    if (!service)
        create(&arena, i);
    else if (!waits(service, i) && (deed->when_deleted || !object_is_deleted(service)) &&
             deed->do_it(&arena, service, i))
        sim_api_put(key_of(&arena, i), service, &arena);
    arena_done(&arena);
}

void sim_users_mourn(void)
{
    for (size_t f = 0; f < ARRAY_SIZE(forced); f++)
        for (unsigned n = 0; *forced[f] && n < SIM_CLOUDS; n++)
            sim_balancer_drop(&sim_clouds[n], forced[f]);
}

void sim_users_heal(void)
{
    struct arena arena = ARENA_INIT;
    for (unsigned i = 0; i < SERVICES; i++) {
        struct json *service = sim_api_get(&arena, key_of(&arena, i));
        const char *wish = service ? object_annotation(service, SERVICE_ANNOTATION_CLOUD) : NULL;
        if (!wish || strcmp(wish, "nowhere") != 0)
            continue;
        object_set_annotation(&arena, service, SERVICE_ANNOTATION_CLOUD, "west");
        sim_api_put(key_of(&arena, i), service, &arena);
    }
    arena_done(&arena);
}
