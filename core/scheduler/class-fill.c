/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a pod for scheduling: what it asks for, what it tolerates, what it brings along. */
#include "core/api/object.h"
#include "core/api/pod-resources.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/scheduler/class-private.h"

/* What the scores take a container for that requests nothing (upstream's): 100m and 200Mi. */
static struct resource_amount scored_defaults[] = {
    {"cpu", {.nano = (quantity_nano)100 * 1000000, .format = QUANTITY_DECIMAL_SI}},
    {"memory", {.nano = (quantity_nano)200 * 1024 * 1024 * 1000000000, .format = QUANTITY_BINARY_SI}},
};

static void set_amount(struct demand *d, const struct resource_amount *a, struct extended_amount *extended)
{
    if (strcmp(a->name, "cpu") == 0)
        d->amounts[AMOUNT_CPU] = quantity_milli_value(&a->amount);
    else if (strcmp(a->name, "memory") == 0)
        d->amounts[AMOUNT_MEMORY] = quantity_value(&a->amount);
    else if (strcmp(a->name, "ephemeral-storage") == 0)
        d->amounts[AMOUNT_STORAGE] = quantity_value(&a->amount);
    else if (a->amount.nano != 0)
        extended[d->extended_count++] =
            (struct extended_amount){intern(slice_of(a->name)), quantity_value(&a->amount)};
}

static void fill_amounts(struct pod_class *c, const struct json *pod)
{
    const struct resource_list defaults = {scored_defaults, ARRAY_SIZE(scored_defaults), 0};
    struct resource_list requests = {0}, scored = {0};
    pod_resources(&c->arena, pod, "requests", &requests);
    pod_resources_or(&c->arena, pod, "requests", &defaults, &scored);
    struct extended_amount *extended =
        arena_alloc0(&c->arena, (requests.count + 1) * sizeof(struct extended_amount));
    for (unsigned i = 0; i < requests.count; i++)
        set_amount(&c->demand, &requests.items[i], extended);
    c->demand.extended = extended;
    c->demand.amounts[AMOUNT_PODS] = 1;
    const struct quantity *cpu = resource_list_find(&scored, "cpu"),
                          *memory = resource_list_find(&scored, "memory");
    c->demand.scored_cpu = cpu ? quantity_milli_value(cpu) : 0;
    c->demand.scored_memory = memory ? quantity_value(memory) : 0;
}

static void add_ports(struct demand *d, struct host_port *ports, const struct json *container)
{
    json_for_each (p, json_get(container, "ports")) {
        int64_t port = json_integer_or(json_get(p, "hostPort"), 0);
        const char *ip = json_string_or(json_get(p, "hostIP"), "");
        if (port >= 1 && port <= 65535)
            ports[d->ports_count++] =
                (struct host_port){intern(slice_of(*ip ? ip : "0.0.0.0")), (uint16_t)port,
                                   (uint8_t)json_string_or(json_get(p, "protocol"), "TCP")[0]};
    }
}

static void fill_ports(struct pod_class *c, const struct json *spec)
{
    unsigned most = 0;
    json_for_each (container, json_get(spec, "containers"))
        most += json_count(json_get(container, "ports"));
    json_for_each (container, json_get(spec, "initContainers"))
        most += json_count(json_get(container, "ports"));
    struct host_port *ports = arena_alloc0(&c->arena, (most + 1) * sizeof(*ports));
    json_for_each (container, json_get(spec, "containers"))
        add_ports(&c->demand, ports, container);
    json_for_each (container, json_get(spec, "initContainers")) {
        if (container_is_sidecar(container))
            add_ports(&c->demand, ports, container);
    }
    c->demand.ports = ports;
}

char taint_effect(const char *text)
{
    return strcmp(text, "NoExecute") == 0 ? 'E' : strcmp(text, "PreferNoSchedule") == 0 ? 'P' : 'S';
}

static enum toleration_operator toleration_operator(const char *text)
{
    static const struct {
        const char *text;
        enum toleration_operator operator_;
    } rows[] = {{"Exists", TOLERATE_EXISTS}, {"Gt", TOLERATE_ABOVE}, {"Lt", TOLERATE_BELOW}};
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (strcmp(text, rows[i].text) == 0)
            return rows[i].operator_;
    return TOLERATE_EQUAL;
}

static void fill_tolerations(struct pod_class *c, const struct json *list)
{
    c->tolerations = arena_alloc0(&c->arena, (json_count(list) + 1) * sizeof(*c->tolerations));
    json_for_each (t, list) {
        const char *effect = json_string_or(json_get(t, "effect"), "");
        c->tolerations[c->tolerations_count++] = (struct toleration){
            .key = json_string_or(json_get(t, "key"), ""),
            .value = json_string_or(json_get(t, "value"), ""),
            .operator_ = toleration_operator(json_string_or(json_get(t, "operator"), "Equal")),
            .effect = *effect ? taint_effect(effect) : (char)0,
        };
    }
}

static void add_images(struct pod_class *c, const struct json *containers)
{
    json_for_each (container, containers) {
        const char *image = json_string_or(json_get(container, "image"), "");
        const char *slash = strrchr(image, '/'), *colon = strrchr(image, ':');
        bool tagged = colon && (!slash || colon > slash);
        const char *name = tagged ? image : arena_printf(&c->arena, "%s:latest", image);
        c->images[c->images_count++] = image_hash(slice_of(name));
    }
}

static void fill_images(struct pod_class *c, const struct json *spec)
{
    const struct json *inits = json_get(spec, "initContainers"), *main = json_get(spec, "containers");
    c->images = arena_alloc0(&c->arena, (json_count(inits) + json_count(main) + 1) * sizeof(*c->images));
    add_images(c, inits);
    add_images(c, main);
}

void class_fill(struct pod_class *c, const struct json *pod)
{
    const struct json *spec = json_get(pod, "spec"), *affinity = json_at(spec, "affinity.nodeAffinity");
    c->namespace_ = object_namespace(pod);
    c->scheduler = json_string_or(json_get(spec, "schedulerName"), "default-scheduler");
    c->priority = (int32_t)json_integer_or(json_get(spec, "priority"), 0);
    c->never_preempts = strcmp(json_string_or(json_get(spec, "preemptionPolicy"), ""), "Never") == 0;
    c->gated = json_count(json_get(spec, "schedulingGates")) > 0;
    c->node_selector = json_get(spec, "nodeSelector");
    c->required_terms = json_at(affinity, "requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms");
    c->preferred_terms = json_get(affinity, "preferredDuringSchedulingIgnoredDuringExecution");
    labels_read(&c->labels, json_at(pod, "metadata.labels"));
    fill_amounts(c, pod);
    fill_ports(c, spec);
    fill_tolerations(c, json_get(spec, "tolerations"));
    fill_images(c, spec);
    class_fill_terms(c, pod);
}

static bool value_tolerated(const struct toleration *t, const struct taint *taint)
{
    int64_t limit, have;
    if (t->operator_ == TOLERATE_EXISTS)
        return true;
    if (t->operator_ == TOLERATE_EQUAL)
        return strcmp(t->value, taint->value) == 0;
    if (!parse_i64(slice_of(t->value), INT64_MIN, INT64_MAX, &limit) ||
        !parse_i64(slice_of(taint->value), INT64_MIN, INT64_MAX, &have))
        return false;
    return t->operator_ == TOLERATE_ABOVE ? have > limit : have < limit;
}

bool tolerates(const struct pod_class *c, const struct taint *taint)
{
    for (unsigned i = 0; i < c->tolerations_count; i++) {
        const struct toleration *t = &c->tolerations[i];
        if (t->effect && t->effect != taint->effect)
            continue;
        if (*t->key && strcmp(t->key, taint->key) != 0)
            continue;
        if (value_tolerated(t, taint))
            return true;
    }
    return false;
}
