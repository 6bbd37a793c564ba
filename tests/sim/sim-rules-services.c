/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon may do about Services and their load balancers, and what must be so in the end. */
#include <stdio.h>

#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/cloud-controller-manager/service-choice.h"
#include "tests/sim/sim.h"

/* How long ago it may have been that a load balancer was to go: what the daemon knows may be so old, by a
 * call that hung and a picture that was late. */
#define LAG_NS (600 * NS_PER_S)

const char *sim_default_cloud;

static bool is_balanced(const struct json *service)
{
    return strcmp(json_string_or(json_at(service, "spec.type"), ""), "LoadBalancer") == 0;
}

static struct sim_cloud *cloud_of(const char *name)
{
    for (unsigned i = 0; name && i < SIM_CLOUDS; i++)
        if (strcmp(sim_clouds[i].name, name) == 0)
            return &sim_clouds[i];
    return NULL;
}

static struct sim_cloud *holder_of(const struct json *service)
{
    return cloud_of(object_annotation(service, SERVICE_ANNOTATION_HOLDER));
}

struct sim_cloud *sim_service_cloud(const struct json *service)
{
    const char *class_ = json_string_at(service, "spec.loadBalancerClass"),
               *wish = object_annotation(service, SERVICE_ANNOTATION_CLOUD);
    size_t prefix = strlen(SERVICE_CLASS_PREFIX);
    if (class_ && strcmp(class_, "example.com/fast") == 0)
        return cloud_of("east");
    if (class_)
        return strncmp(class_, SERVICE_CLASS_PREFIX, prefix) == 0 ? cloud_of(class_ + prefix) : NULL;
    if (wish && cloud_of(wish))
        return cloud_of(wish);
    if (wish || holder_of(service)) /* a slip of the pen moves nothing */
        return holder_of(service);
    return cloud_of(sim_default_cloud);
}

static bool is_to_have(const struct json *service, const struct sim_cloud *c)
{
    return is_balanced(service) && !object_is_deleted(service) && sim_service_cloud(service) == c;
}

static const char *address_of(const struct json *service)
{
    return json_string_or(json_at(service, "status.loadBalancer.ingress[0].ip"), "");
}

/* ---- When a cloud last had nothing to do with a Service ---- */

struct past {
    int64_t free_ns[SIM_CLOUDS], held_ns[SIM_CLOUDS];
};
static struct map *pasts; /* by uid */

void sim_service_was(const struct json *service)
{
    if (!pasts)
        pasts = map_new(free);
    struct past *past = map_get(pasts, object_uid(service));
    if (!past) {
        past = new0(struct past);
        map_set(pasts, object_uid(service), past);
    }
    for (unsigned i = 0; i < SIM_CLOUDS; i++) {
        if (!is_to_have(service, &sim_clouds[i]))
            past->free_ns[i] = clock_monotonic_ns();
        if (holder_of(service) == &sim_clouds[i])
            past->held_ns[i] = clock_monotonic_ns();
    }
}

/* One that is left to the default stays where it was, and whether it is there still the daemon may not know.
 */
static bool was_held_lately(const struct json *service, const struct sim_cloud *c)
{
    const struct past *past = pasts ? map_get(pasts, object_uid(service)) : NULL;
    return past && past->held_ns[c->index] && clock_monotonic_ns() - past->held_ns[c->index] < LAG_NS &&
           is_balanced(service) && !json_string_at(service, "spec.loadBalancerClass") &&
           !object_annotation(service, SERVICE_ANNOTATION_CLOUD);
}

static bool was_free_lately(const struct json *service, const struct sim_cloud *c)
{
    const struct past *past = pasts ? map_get(pasts, object_uid(service)) : NULL;
    return past && past->free_ns[c->index] && clock_monotonic_ns() - past->free_ns[c->index] < LAG_NS;
}

/* ---- Writes: rows, each says what is wrong or NULL ---- */

static const char *check_foreign_parts(const struct json *before, const struct json *after)
{
    static const char *const paths[] = {"spec", "metadata.labels", "metadata.deletionTimestamp",
                                        "metadata.annotations[" SERVICE_ANNOTATION_CLOUD "]",
                                        "metadata.annotations[example.com/option]"};
    for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
        if (!json_equal_semantic(json_at(before, paths[i]), json_at(after, paths[i])))
            return paths[i];
    return NULL;
}

static const char *check_claim(const struct json *before, const struct json *after)
{
    const struct sim_cloud *was = holder_of(before), *is = holder_of(after);
    if (!is || was == is)
        return NULL;
    if (was)
        return "it goes from cloud to cloud at once";
    if (!is_to_have(before, is) && !was_held_lately(before, is))
        return "it is claimed by a cloud that it is not for";
    return object_has_finalizer(after, SERVICE_FINALIZER) ? NULL : "it is claimed without a finalizer";
}

static const char *check_release(const struct json *before, const struct json *after)
{
    if (!object_has_finalizer(before, SERVICE_FINALIZER) || object_has_finalizer(after, SERVICE_FINALIZER))
        return NULL;
    for (unsigned i = 0; i < SIM_CLOUDS; i++)
        if (sim_balancer_find(&sim_clouds[i], object_uid(before)))
            return "its finalizer goes before its load balancer";
    return object_is_deleted(before) || !*address_of(before)
               ? NULL
               : "it is let go, and still shows the address of what it had";
}

static const char *check_shown(const struct json *before, const struct json *after)
{
    const char *address = address_of(after);
    const struct sim_cloud *c = holder_of(after);
    if (!*address || strcmp(address, address_of(before)) == 0 || sim_user_stripped(object_uid(after)))
        return NULL;
    if (!c)
        return "it shows an address, and nobody holds it";
    const struct sim_balancer *b = sim_balancer_find(c, object_uid(after));
    if (c->pool)
        return *address_of(before) ? "its address changed" : NULL;
    return b && b->parts == PART_ALL && strcmp(b->address, address) == 0 ? NULL
                                                                         : "it shows an address of nothing";
}

static const char *check_alone(const struct json *before, const struct json *after)
{
    size_t cursor = 0;
    const char *key, *wrong = NULL;
    struct bytes *text;
    uint64_t revision;
    struct arena arena = ARENA_INIT;
    while (*address_of(after) && sim_api_next(&cursor, &key, &text, &revision)) {
        const struct json *other = strncmp(key, "services/", 9) == 0 ? sim_api_get(&arena, key) : NULL;
        if (other && strcmp(object_uid(other), object_uid(after)) != 0 &&
            strcmp(address_of(other), address_of(after)) == 0)
            wrong = "it shows an address that another one shows";
    }
    arena_done(&arena);
    return wrong;
}

typedef const char *service_rule(const struct json *before, const struct json *after);
static service_rule *const write_rules[] = {check_foreign_parts, check_claim, check_release};
static service_rule *const status_rules[] = {check_foreign_parts, check_shown, check_alone};

void sim_check_service(const struct json *before, const struct json *after, bool status)
{
    for (size_t i = 0; i < ARRAY_SIZE(write_rules); i++) {
        const char *wrong = (status ? status_rules : write_rules)[i](before, after);
        if (wrong)
            sim_fail("%s is written wrongly: %s", object_name(after), wrong);
    }
}

/* ---- Calls ---- */

static struct json *find_now(struct arena *arena, const struct json *service)
{
    struct json *now = sim_api_get(arena, arena_printf(arena, "services/default/%s", object_name(service)));
    return now && strcmp(object_uid(now), object_uid(service)) == 0 ? now : NULL;
}

static void check_claimed(const struct sim_cloud *c, const struct json *now, const struct json *service)
{
    if (sim_user_stripped(object_uid(service)))
        return;
    if (!now || !object_has_finalizer(now, SERVICE_FINALIZER) || holder_of(now) != c)
        sim_fail("%s makes a load balancer for %s, which is not claimed", c->name, object_name(service));
}

void sim_check_ensure(struct sim_cloud *c, const struct json *service,
                      const struct keelson_object *const *nodes, uint32_t count)
{
    struct arena arena = ARENA_INIT;
    check_claimed(c, find_now(&arena, service), service);
    if (!is_to_have(service, c))
        sim_fail("%s is to make a load balancer for %s, which is not its", c->name, object_name(service));
    for (unsigned i = 0; i < SIM_CLOUDS; i++)
        if (&sim_clouds[i] != c && sim_balancer_find(&sim_clouds[i], object_uid(service)))
            sim_fail("%s makes what %s has of %s", c->name, sim_clouds[i].name, object_name(service));
    for (uint32_t i = 0; i < count; i++) {
        struct sim_cloud *owner;
        sim_machine(object_name(nodes[i]->json), &owner);
        if (owner != c && !c->pool)
            sim_fail("%s is given %s's node %s", c->name, owner->name, object_name(nodes[i]->json));
    }
    arena_done(&arena);
}

void sim_check_remove(const struct sim_cloud *c, const struct json *service)
{
    struct arena arena = ARENA_INIT;
    const struct json *now = find_now(&arena, service);
    if (now && is_to_have(service, c))
        sim_fail("%s is to remove the load balancer of %s, which wants it", c->name, object_name(service));
    if (now && is_to_have(now, c) && !was_free_lately(service, c))
        sim_fail("%s is to remove the load balancer of %s by what was long ago", c->name,
                 object_name(service));
    arena_done(&arena);
}

/* Whoever hands out addresses must have been told of all that are given. */
void sim_check_addresses(const struct sim_cloud *c)
{
    size_t cursor = 0;
    const char *key;
    struct bytes *text;
    uint64_t revision;
    struct arena arena = ARENA_INIT;
    while (sim_api_next(&cursor, &key, &text, &revision)) {
        const struct json *s = strncmp(key, "services/", 9) == 0 ? sim_api_get(&arena, key) : NULL;
        if (s && holder_of(s) == c && *address_of(s) && !sim_balancer_find(c, object_uid(s)))
            sim_fail("%s gives out addresses, and was not told that %s has %s", c->name, object_name(s),
                     address_of(s));
    }
    arena_done(&arena);
}

/* ---- The end ---- */

unsigned sim_services_held(const struct sim_cloud *c)
{
    size_t cursor = 0;
    const char *key;
    struct bytes *text;
    uint64_t revision;
    unsigned held = 0;
    struct arena arena = ARENA_INIT;
    while (sim_api_next(&cursor, &key, &text, &revision))
        held += strncmp(key, "services/", 9) == 0 && holder_of(sim_api_get(&arena, key)) == c;
    arena_done(&arena);
    return held;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names of the nodes that are to be behind a load balancer of the cloud. */
static const char *nodes_of(struct arena *arena, const struct sim_cloud *c)
{
    size_t cursor = 0, count = 0;
    const char *key, *names[256], *all = "";
    struct bytes *text;
    uint64_t revision;
    struct sim_cloud *owner;
    while (sim_api_next(&cursor, &key, &text, &revision)) {
        const struct json *node = strncmp(key, "nodes/", 6) == 0 ? sim_api_get(arena, key) : NULL;
        if (!node || object_label(node, "node.kubernetes.io/exclude-from-external-load-balancers") ||
            sim_machine(object_name(node), &owner)->state == KEELSON_INSTANCE_GONE || owner != c)
            continue;
        require(count < ARRAY_SIZE(names));
        names[count++] = object_name(node);
    }
    qsort(names, count, sizeof(names[0]), compare);
    for (size_t i = 0; i < count; i++)
        all = arena_printf(arena, "%s%s ", all, names[i]);
    return all;
}

static void check_whole(const struct sim_cloud *c, const struct json *service, struct arena *arena)
{
    const char *name = object_name(service), *nodes = nodes_of(arena, c);
    const struct sim_balancer *b = sim_balancer_find(c, object_uid(service));
    if (!b || b->parts != PART_ALL || b->leaving_ns)
        sim_fail("%s has no whole load balancer for %s in the end", c->name, name);
    if (strcmp(b->address, address_of(service)) != 0)
        sim_fail("%s shows \"%s\" and has %s in the end", name, address_of(service), b->address);
    if (strcmp(b->shape, sim_service_shape(arena, service)) != 0)
        sim_fail("%s of %s is made for %s in the end", name, c->name, b->shape);
    if (strcmp(b->nodes, nodes) != 0)
        sim_fail("%s of %s has the nodes\n%s, not\n%s in the end", name, c->name, b->nodes, nodes);
}

static void check_at_end(const struct json *service, struct arena *arena)
{
    const char *name = object_name(service);
    const struct sim_cloud *wanted = is_balanced(service) ? sim_service_cloud(service) : NULL;
    bool finalizer = object_has_finalizer(service, SERVICE_FINALIZER);
    if (object_is_deleted(service))
        sim_fail("%s is deleted, and still there in the end", name);
    if (holder_of(service) != wanted || finalizer != (wanted != NULL))
        sim_fail("%s is for %s, and held by %s in the end", name, wanted ? wanted->name : "nobody",
                 holder_of(service) ? holder_of(service)->name : "nobody");
    for (unsigned i = 0; i < SIM_CLOUDS; i++)
        if (&sim_clouds[i] != wanted && sim_balancer_find(&sim_clouds[i], object_uid(service)))
            sim_fail("%s still has a load balancer for %s", sim_clouds[i].name, name);
    if (!!*address_of(service) != !!wanted)
        sim_fail("%s shows \"%s\" in the end", name, address_of(service));
    if (wanted && !wanted->pool)
        check_whole(wanted, service, arena);
}

static void check_leaks(const struct sim_cloud *c)
{
    for (size_t i = 0; i < c->balancers_count; i++) {
        const char *key;
        struct bytes *text;
        uint64_t revision;
        size_t cursor = 0;
        bool known = false;
        struct arena arena = ARENA_INIT;
        while (!known && sim_api_next(&cursor, &key, &text, &revision))
            known = strcmp(object_uid(sim_api_get(&arena, key)), c->balancers[i]->uid) == 0;
        arena_done(&arena);
        if (!known)
            sim_fail("%s keeps the load balancer of %s, which is gone", c->name, c->balancers[i]->uid);
    }
}

void sim_check_services_end(void)
{
    size_t cursor = 0;
    const char *key;
    struct bytes *text;
    uint64_t revision;
    struct arena arena = ARENA_INIT;
    while (sim_api_next(&cursor, &key, &text, &revision))
        if (strncmp(key, "services/", 9) == 0)
            check_at_end(sim_api_get(&arena, key), &arena);
    for (unsigned i = 0; i < SIM_CLOUDS; i++)
        check_leaks(&sim_clouds[i]);
    if (*sim_queue_rest("service", false))
        sim_fail("a queue still has %s in the end", sim_queue_rest("service", false));
    arena_done(&arena);
    map_free(pasts);
    pasts = NULL;
}
