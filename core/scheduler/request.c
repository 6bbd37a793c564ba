/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a pod for scheduling. */
#include "core/scheduler/request.h"

#include "core/api/object.h"
#include "core/api/pod-resources.h"
#include "core/base/memory.h"

#define DEFAULT_CPU_MILLI    100
#define DEFAULT_MEMORY_BYTES (INT64_C(200) * 1024 * 1024)

static void set_amount(struct pod_request *r, const struct resource_amount *a,
                       struct extended_amount *extended)
{
    struct demand *d = &r->demand;
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

/* What the scores take a container for that requests nothing. */
static void add_scored_defaults(struct pod_request *r, const struct json *containers)
{
    json_for_each (c, containers) {
        const struct json *requests = json_at(c, "resources.requests");
        r->containers_count++;
        r->demand.scored_cpu += json_get(requests, "cpu") ? 0 : DEFAULT_CPU_MILLI;
        r->demand.scored_memory += json_get(requests, "memory") ? 0 : DEFAULT_MEMORY_BYTES;
    }
}

static void fill_amounts(struct pod_request *r)
{
    struct resource_list requests = {0};
    pod_resources(r->arena, r->pod, "requests", &requests);
    struct extended_amount *extended = arena_alloc0(r->arena, (requests.count + 1) * sizeof(*extended));
    for (unsigned i = 0; i < requests.count; i++)
        set_amount(r, &requests.items[i], extended);
    r->demand.extended = extended;
    r->demand.amounts[AMOUNT_PODS] = 1;
    r->demand.scored_cpu = r->demand.amounts[AMOUNT_CPU];
    r->demand.scored_memory = r->demand.amounts[AMOUNT_MEMORY];
    add_scored_defaults(r, json_at(r->pod, "spec.containers"));
}

static void add_ports(struct pod_request *r, struct host_port *ports, const struct json *containers)
{
    json_for_each (c, containers) {
        json_for_each (p, json_get(c, "ports")) {
            int64_t port = json_integer_or(json_get(p, "hostPort"), 0);
            const char *ip = json_string_or(json_get(p, "hostIP"), "");
            if (port < 1 || port > 65535)
                continue;
            ports[r->demand.ports_count++] =
                (struct host_port){intern(slice_of(*ip ? ip : "0.0.0.0")), (uint16_t)port,
                                   (uint8_t)json_string_or(json_get(p, "protocol"), "TCP")[0]};
        }
    }
}

static void fill_ports(struct pod_request *r)
{
    unsigned most = 0;
    const struct json *spec = json_get(r->pod, "spec");
    json_for_each (c, json_get(spec, "containers"))
        most += json_count(json_get(c, "ports"));
    json_for_each (c, json_get(spec, "initContainers"))
        most += json_count(json_get(c, "ports"));
    struct host_port *ports = arena_alloc0(r->arena, (most + 1) * sizeof(*ports));
    add_ports(r, ports, json_get(spec, "containers"));
    json_for_each (c, json_get(spec, "initContainers")) {
        if (container_is_sidecar(c)) {
            struct json one = *c, list = {.type = JSON_ARRAY, .first = &one, .last = &one, .size = 1};
            one.next = NULL;
            add_ports(r, ports, &list);
        }
    }
    r->demand.ports = ports;
}

static void fill_tolerations(struct pod_request *r)
{
    const struct json *list = json_at(r->pod, "spec.tolerations");
    r->tolerations = arena_alloc0(r->arena, (json_count(list) + 1) * sizeof(*r->tolerations));
    json_for_each (t, list) {
        const char *effect = json_string_or(json_get(t, "effect"), "");
        r->tolerations[r->tolerations_count++] = (struct toleration){
            .key = json_string_or(json_get(t, "key"), ""),
            .value = json_string_or(json_get(t, "value"), ""),
            .exists = strcmp(json_string_or(json_get(t, "operator"), "Equal"), "Exists") == 0,
            .effect = !*effect                                  ? 0
                      : strcmp(effect, "NoExecute") == 0        ? 'E'
                      : strcmp(effect, "PreferNoSchedule") == 0 ? 'P'
                                                                : 'S',
        };
    }
}

/* "nginx" is kept by nodes as "docker.io/library/nginx:latest"; only the tag is added here, since runtimes
 * differ in the rest. */
static const char *image_name(struct pod_request *r, const char *image)
{
    const char *slash = strrchr(image, '/');
    bool tagged = strchr(slash ? slash : image, ':') || strchr(image, '@');
    return intern(slice_of(tagged ? image : arena_printf(r->arena, "%s:latest", image)));
}

static void fill_images(struct pod_request *r)
{
    const struct json *containers = json_at(r->pod, "spec.containers");
    r->images = arena_alloc0(r->arena, (json_count(containers) + 1) * sizeof(*r->images));
    json_for_each (c, containers) {
        const char *image = json_string(json_get(c, "image"));
        if (image && *image)
            r->images[r->images_count++] = image_name(r, image);
    }
}

void pod_request_fill(struct pod_request *r, struct arena *arena, const struct json *pod, const char *key)
{
    const struct json *spec = json_get(pod, "spec"), *affinity = json_at(spec, "affinity.nodeAffinity");
    *r = (struct pod_request){
        .arena = arena,
        .pod = pod,
        .key = key,
        .name = object_name(pod),
        .namespace_ = object_namespace(pod),
        .uid = object_uid(pod),
        .scheduler = json_string_or(json_get(spec, "schedulerName"), "default-scheduler"),
        .node_name = json_string_or(json_get(spec, "nodeName"), ""),
        .priority = (int32_t)json_integer_or(json_get(spec, "priority"), 0),
        .node_selector = json_get(spec, "nodeSelector"),
        .required_terms =
            json_at(affinity, "requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms"),
        .preferred_terms = json_get(affinity, "preferredDuringSchedulingIgnoredDuringExecution"),
    };
    fill_amounts(r);
    fill_ports(r);
    fill_tolerations(r);
    fill_images(r);
}

bool pod_is_gated(const struct json *pod)
{
    return json_count(json_at(pod, "spec.schedulingGates")) > 0;
}

bool tolerates(const struct pod_request *r, const struct taint *taint)
{
    for (unsigned i = 0; i < r->tolerations_count; i++) {
        const struct toleration *t = &r->tolerations[i];
        if (t->effect && t->effect != taint->effect)
            continue;
        if (*t->key && strcmp(t->key, taint->key) != 0)
            continue;
        if (t->exists || strcmp(t->value, taint->value) == 0)
            return true;
    }
    return false;
}
