/* SPDX-License-Identifier: Apache-2.0 */
/* LimitRanger: defaults for containers that say nothing, and the least, the most and the ratio that a
 * namespace allows ("Limit Ranges"). */
#include "core/api/object.h"
#include "core/api/pod-resources.h"
#include "core/apiserver/admission-steps.h"
#include "core/base/memory.h"

static const struct resource *limit_ranges(void)
{
    return RESOURCE("", "v1", "limitranges");
}

/* Calls visit for each limit of the wanted type in the namespace. */
typedef int limit_function(struct admission_attributes *a, const struct json *limit, void *context,
                           struct error *err);

static int each_limit(struct admission_attributes *a, const char *type, limit_function *visit, void *context,
                      struct error *err)
{
    struct object **all = NULL;
    size_t count = registry_list(a->registry, limit_ranges(), a->namespace_, &all);
    int result = 0;
    for (size_t i = 0; i < count; i++) {
        struct json *range = result == 0 ? object_parse(all[i], limit_ranges(), &a->request->arena) : NULL;
        json_for_each (limit, json_at(range, "spec.limits")) {
            if (result == 0 && strcmp(json_string_or(json_get(limit, "type"), ""), type) == 0)
                result = visit(a, limit, context, err);
        }
        object_unref(all[i]);
    }
    free(all);
    return result;
}

/* Adds what the container does not say; the names of what was added go to `added`. */
static void merge_missing(struct arena *arena, struct json *container, const char *path,
                          const struct json *defaults, struct buffer *added)
{
    json_for_each (amount, defaults) {
        struct json *have = json_ensure(arena, container, path, JSON_OBJECT);
        if (json_get(have, amount->key))
            continue;
        json_set(arena, have, amount->key, json_copy(arena, amount));
        buffer_printf(added, "%s%s", added->size ? ", " : "", amount->key);
    }
}

/* Who looks at the pod later shall know where its resources come from. */
static void note(struct buffer *notes, const struct buffer *added, const char *what, const char *kind,
                 const struct json *container)
{
    if (added->size)
        buffer_printf(notes, "%s%s %s for %s %s", notes->size ? "; " : "", added->data, what, kind,
                      json_string_or(json_get(container, "name"), ""));
}

static int fill_defaults(struct admission_attributes *a, const struct json *limit, void *context,
                         struct error *err)
{
    static const struct {
        const char *list, *kind;
    } lists[] = {{"containers", "container"}, {"initContainers", "init container"}};
    struct arena *arena = &a->request->arena;
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        json_for_each (container, json_get(json_get(a->object, "spec"), lists[i].list)) {
            _cleanup_(buffer_done) struct buffer limits = BUFFER_INIT, requests = BUFFER_INIT;
            merge_missing(arena, container, "resources.limits", json_get(limit, "default"), &limits);
            merge_missing(arena, container, "resources.requests", json_get(limit, "defaultRequest"),
                          &requests);
            note(context, &requests, "request", lists[i].kind, container);
            note(context, &limits, "limit", lists[i].kind, container);
        }
    return 0;
}

static int mutate(struct admission_attributes *a, struct error *err)
{
    _cleanup_(buffer_done) struct buffer notes = BUFFER_INIT;
    if (a->operation != ADMIT_CREATE || !admission_is(a, "", "pods"))
        return 0;
    if (each_limit(a, "Container", fill_defaults, &notes, err) < 0)
        return -1;
    if (notes.size)
        object_set_annotation(&a->request->arena, a->object, "kubernetes.io/limit-ranger",
                              arena_printf(&a->request->arena, "LimitRanger plugin set: %s", notes.data));
    return 0;
}

/* What is measured: a container, a pod as a whole, a claim. */
struct measured {
    const char *what; /* "Container", "Pod", "PersistentVolumeClaim" */
    struct resource_list requests, limits;
};

static const char *show(struct arena *arena, const struct quantity *q)
{
    char text[QUANTITY_TEXT_MAX];
    quantity_format(q, text);
    return arena_strdup(arena, text);
}

static int check_minimum(struct admission_attributes *a, const struct measured *m, const struct json *amount,
                         struct error *err)
{
    struct quantity least;
    const struct quantity *request = resource_list_find((struct resource_list *)&m->requests, amount->key);
    if (!quantity_parse(json_slice(amount), &least))
        return 0;
    if (!request)
        return admission_forbid(a, err, "minimum %s usage per %s is %s.  No request is specified",
                                amount->key, m->what, show(&a->request->arena, &least));
    if (quantity_compare(request, &least) < 0)
        return admission_forbid(a, err, "minimum %s usage per %s is %s, but request is %s", amount->key,
                                m->what, show(&a->request->arena, &least), show(&a->request->arena, request));
    return 0;
}

static int check_maximum(struct admission_attributes *a, const struct measured *m, const struct json *amount,
                         struct error *err)
{
    struct quantity most;
    bool claim = strcmp(m->what, "PersistentVolumeClaim") == 0;
    const struct quantity *limit =
        resource_list_find((struct resource_list *)(claim ? &m->requests : &m->limits), amount->key);
    if (!quantity_parse(json_slice(amount), &most))
        return 0;
    if (!limit)
        return admission_forbid(a, err, "maximum %s usage per %s is %s.  No limit is specified", amount->key,
                                m->what, show(&a->request->arena, &most));
    if (quantity_compare(limit, &most) > 0)
        return admission_forbid(a, err, "maximum %s usage per %s is %s, but %s is %s", amount->key, m->what,
                                show(&a->request->arena, &most), claim ? "request" : "limit",
                                show(&a->request->arena, limit));
    return 0;
}

static int check_ratio(struct admission_attributes *a, const struct measured *m, const struct json *amount,
                       struct error *err)
{
    struct quantity most;
    const struct quantity *limit = resource_list_find((struct resource_list *)&m->limits, amount->key),
                          *request = resource_list_find((struct resource_list *)&m->requests, amount->key);
    if (!quantity_parse(json_slice(amount), &most))
        return 0;
    if (!request || !limit || request->nano == 0)
        return admission_forbid(
            a, err, "%s max limit to request ratio per %s is %s, but no request is specified or request is 0",
            amount->key, m->what, show(&a->request->arena, &most));
    double ratio = (double)limit->nano / (double)request->nano;
    if (ratio > (double)most.nano / 1e9)
        return admission_forbid(a, err,
                                "%s max limit to request ratio per %s is %s, but provided ratio is %f",
                                amount->key, m->what, show(&a->request->arena, &most), ratio);
    return 0;
}

static int check_limit(struct admission_attributes *a, const struct json *limit, void *context,
                       struct error *err)
{
    const struct measured *m = context;
    json_for_each (amount, json_get(limit, "min")) {
        if (check_minimum(a, m, amount, err) < 0)
            return -1;
    }
    json_for_each (amount, json_get(limit, "max")) {
        if (check_maximum(a, m, amount, err) < 0)
            return -1;
    }
    json_for_each (amount, json_get(limit, "maxLimitRequestRatio")) {
        if (check_ratio(a, m, amount, err) < 0)
            return -1;
    }
    return 0;
}

static int check_containers(struct admission_attributes *a, const struct json *containers, struct error *err)
{
    json_for_each (container, containers) {
        struct measured m = {.what = "Container"};
        resource_list_add_json(&a->request->arena, &m.requests, json_at(container, "resources.requests"));
        resource_list_add_json(&a->request->arena, &m.limits, json_at(container, "resources.limits"));
        if (each_limit(a, "Container", check_limit, &m, err) < 0)
            return -1;
    }
    return 0;
}

static int check_pod(struct admission_attributes *a, struct error *err)
{
    struct measured m = {.what = "Pod"};
    if (check_containers(a, json_at(a->object, "spec.containers"), err) < 0 ||
        check_containers(a, json_at(a->object, "spec.initContainers"), err) < 0)
        return -1;
    pod_resources(&a->request->arena, a->object, "requests", &m.requests);
    pod_resources(&a->request->arena, a->object, "limits", &m.limits);
    return each_limit(a, "Pod", check_limit, &m, err);
}

static int validate(struct admission_attributes *a, struct error *err)
{
    if (a->operation == ADMIT_CREATE && admission_is(a, "", "pods"))
        return check_pod(a, err);
    if (!admission_is(a, "", "persistentvolumeclaims"))
        return 0;
    struct measured m = {.what = "PersistentVolumeClaim"};
    resource_list_add_json(&a->request->arena, &m.requests, json_at(a->object, "spec.resources.requests"));
    return each_limit(a, "PersistentVolumeClaim", check_limit, &m, err);
}

const struct admission_step admission_limit_ranger = {
    .name = "LimitRanger",
    .operations = ADMIT_CREATE | ADMIT_UPDATE,
    .mutate = mutate,
    .validate = validate,
};
