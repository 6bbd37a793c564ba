/* SPDX-License-Identifier: Apache-2.0 */
/* A pod's resources as a whole, and the QoS class that follows from them. */
#include "core/api/pod-resources.h"

#include "core/base/memory.h"

struct quantity *resource_list_find(struct resource_list *l, const char *name)
{
    for (unsigned i = 0; i < l->count; i++)
        if (strcmp(l->items[i].name, name) == 0)
            return &l->items[i].amount;
    return NULL;
}

static struct quantity *find_or_make(struct arena *arena, struct resource_list *l, const char *name)
{
    struct quantity *found = resource_list_find(l, name);
    if (found)
        return found;
    if (l->count == l->capacity) {
        unsigned capacity = MAX(l->capacity * 2, 4u);
        struct resource_amount *items = arena_alloc(arena, capacity * sizeof(*items));
        if (l->count)
            memcpy(items, l->items, l->count * sizeof(*items));
        l->items = items;
        l->capacity = capacity;
    }
    l->items[l->count] = (struct resource_amount){.name = name};
    return &l->items[l->count++].amount;
}

void resource_list_add(struct arena *arena, struct resource_list *l, const char *name,
                       const struct quantity *amount)
{
    quantity_add(find_or_make(arena, l, name), amount);
}

void resource_list_set(struct arena *arena, struct resource_list *l, const char *name,
                       const struct quantity *amount)
{
    *find_or_make(arena, l, name) = *amount;
}

void resource_list_add_json(struct arena *arena, struct resource_list *l, const struct json *amounts)
{
    struct quantity q;
    json_for_each (amount, amounts) {
        if (quantity_parse(json_slice(amount), &q))
            resource_list_add(arena, l, amount->key, &q);
    }
}

static void add_list(struct arena *arena, struct resource_list *to, const struct resource_list *from)
{
    for (unsigned i = 0; i < from->count; i++)
        resource_list_add(arena, to, from->items[i].name, &from->items[i].amount);
}

/* Each amount becomes the larger of the two. */
static void raise_to(struct arena *arena, struct resource_list *to, const struct resource_list *from)
{
    for (unsigned i = 0; i < from->count; i++) {
        const struct quantity *have = resource_list_find(to, from->items[i].name);
        if (!have || quantity_compare(have, &from->items[i].amount) < 0)
            resource_list_set(arena, to, from->items[i].name, &from->items[i].amount);
    }
}

bool container_is_sidecar(const struct json *init_container)
{
    const char *policy = json_string(json_get(init_container, "restartPolicy"));
    return policy && strcmp(policy, "Always") == 0;
}

/* missing NULL: what a container does not name counts for nothing. */
static void add_container(struct arena *arena, struct resource_list *to, const struct json *container,
                          const char *what, const struct resource_list *missing)
{
    const struct json *amounts = json_get(json_get(container, "resources"), what);
    resource_list_add_json(arena, to, amounts);
    for (unsigned i = 0; missing && i < missing->count; i++)
        if (!json_get(amounts, missing->items[i].name))
            resource_list_add(arena, to, missing->items[i].name, &missing->items[i].amount);
}

/* While an init container runs, so do the sidecars before it; the main containers run beside all sidecars. */
static void add_containers(struct arena *arena, const struct json *spec, const char *what,
                           const struct resource_list *missing, struct resource_list *out)
{
    struct resource_list sidecars = {0}, peak = {0};
    json_for_each (container, json_get(spec, "containers"))
        add_container(arena, out, container, what, missing);
    json_for_each (init, json_get(spec, "initContainers")) {
        if (container_is_sidecar(init)) {
            add_container(arena, &sidecars, init, what, missing);
            raise_to(arena, &peak, &sidecars);
            continue;
        }
        struct resource_list now = {0};
        add_list(arena, &now, &sidecars);
        add_container(arena, &now, init, what, missing);
        raise_to(arena, &peak, &now);
    }
    add_list(arena, out, &sidecars);
    raise_to(arena, out, &peak);
}

void pod_resources(struct arena *arena, const struct json *pod, const char *what, struct resource_list *out)
{
    pod_resources_or(arena, pod, what, NULL, out);
}

void pod_resources_or(struct arena *arena, const struct json *pod, const char *what,
                      const struct resource_list *missing, struct resource_list *out)
{
    const struct json *spec = json_get(pod, "spec");
    add_containers(arena, spec, what, missing, out);
    json_for_each (amount, json_get(json_get(spec, "resources"), what)) {
        struct quantity q;
        if (quantity_parse(json_slice(amount), &q))
            resource_list_set(arena, out, amount->key, &q);
    }
    bool limits = strcmp(what, "limits") == 0;
    json_for_each (amount, json_get(spec, "overhead")) {
        struct quantity q;
        if (quantity_parse(json_slice(amount), &q) && (!limits || resource_list_find(out, amount->key)))
            resource_list_add(arena, out, amount->key, &q);
    }
}

struct qos {
    bool any, all_limited;
};

static const char *const qos_resources[] = {"cpu", "memory"};

static bool amount_of(const struct json *amounts, const char *name, struct quantity *ret)
{
    return quantity_parse(json_slice(json_get(amounts, name)), ret) && ret->nano != 0;
}

/* Guaranteed means: for cpu and memory a limit, and a request that is equal to it. */
static void look_at_resources(const struct json *resources, struct qos *q)
{
    for (size_t i = 0; i < ARRAY_SIZE(qos_resources); i++) {
        struct quantity request, limit;
        bool requested = amount_of(json_get(resources, "requests"), qos_resources[i], &request);
        bool limited = amount_of(json_get(resources, "limits"), qos_resources[i], &limit);
        q->any = q->any || requested || limited;
        if (!limited || (requested && quantity_compare(&request, &limit) != 0))
            q->all_limited = false;
    }
}

const char *pod_qos_class(const struct json *pod)
{
    struct qos q = {.all_limited = true};
    const struct json *spec = json_get(pod, "spec");
    if (json_count(json_get(spec, "resources")) > 0) {
        look_at_resources(json_get(spec, "resources"), &q);
    } else {
        json_for_each (container, json_get(spec, "containers"))
            look_at_resources(json_get(container, "resources"), &q);
        json_for_each (init, json_get(spec, "initContainers"))
            look_at_resources(json_get(init, "resources"), &q);
    }
    return !q.any ? "BestEffort" : q.all_limited ? "Guaranteed" : "Burstable";
}
