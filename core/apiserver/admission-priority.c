/* SPDX-License-Identifier: Apache-2.0 */
/* Priority: a pod's priorityClassName becomes the number and the preemption policy that the scheduler reads;
 * there is one default class at most. */
#include "core/api/object.h"
#include "core/apiserver/admission-steps.h"
#include "core/base/memory.h"

static const struct resource *classes(void)
{
    return RESOURCE("scheduling.k8s.io", "v1", "priorityclasses");
}

/* The class with globalDefault; of several, which an earlier server may have let in, the lowest. In the
 * arena; NULL when there is none. */
static struct json *default_class(struct admission_attributes *a, const char *except)
{
    struct object **all = NULL;
    struct json *best = NULL;
    size_t count = registry_list(a->registry, classes(), NULL, &all);
    for (size_t i = 0; i < count; i++) {
        struct json *class = object_parse(all[i], classes(), &a->request->arena);
        bool counts = json_boolean_at(class, "globalDefault", false) &&
                      !(except && strcmp(object_name(class), except) == 0);
        if (counts && (!best || json_integer_at(class, "value", 0) < json_integer_at(best, "value", 0)))
            best = class;
        object_unref(all[i]);
    }
    free(all);
    return best;
}

static int find_class(struct admission_attributes *a, struct json *spec, struct json **ret, struct error *err)
{
    const char *name = json_string_or(json_get(spec, "priorityClassName"), "");
    if (!*name) {
        *ret = default_class(a, NULL);
        if (*ret)
            json_set_string(&a->request->arena, spec, "priorityClassName", object_name(*ret));
        return 0;
    }
    if (registry_get(a->registry, classes(), NULL, name, &a->request->arena, ret, NULL) < 0)
        return admission_forbid(a, err, "no PriorityClass with name %s was found", name);
    return 0;
}

/* An update may leave out what was decided when the pod was made. */
static void keep(struct arena *arena, struct json *spec, const struct json *old, const char *member)
{
    const struct json *was = json_get(old, member);
    if (json_is_absent(json_get(spec, member)) && !json_is_absent(was))
        json_set(arena, spec, member, json_copy(arena, was));
}

static int admit_pod(struct admission_attributes *a, struct error *err)
{
    struct arena *arena = &a->request->arena;
    struct json *spec = json_get(a->object, "spec"), *class = NULL;
    if (!spec)
        return 0;
    if (a->operation == ADMIT_UPDATE) {
        keep(arena, spec, json_get(a->old_object, "spec"), "priority");
        keep(arena, spec, json_get(a->old_object, "spec"), "preemptionPolicy");
        return 0;
    }
    if (find_class(a, spec, &class, err) < 0)
        return -1;
    int64_t value = json_integer_at(class, "value", 0);
    const struct json *given = json_get(spec, "priority");
    if (!json_is_absent(given) && json_integer_or(given, 0) != value)
        return admission_forbid(
            a, err,
            "the integer value of priority (%lld) must not be provided in pod spec; priority admission "
            "controller computed %lld from the given PriorityClass name",
            (long long)json_integer_or(given, 0), (long long)value);
    json_set_int(arena, spec, "priority", value);
    const char *policy = json_string_or(json_get(class, "preemptionPolicy"), "PreemptLowerPriority");
    const char *own = json_string(json_get(spec, "preemptionPolicy"));
    if (own && strcmp(own, policy) != 0)
        return admission_forbid(a, err,
                                "the string value of PreemptionPolicy (%s) must not be provided in pod spec; "
                                "priority admission controller computed %s from the given PriorityClass name",
                                own, policy);
    json_set_string(arena, spec, "preemptionPolicy", policy);
    return 0;
}

static int mutate(struct admission_attributes *a, struct error *err)
{
    return admission_is(a, "", "pods") ? admit_pod(a, err) : 0;
}

static int validate(struct admission_attributes *a, struct error *err)
{
    if (!admission_is(a, "scheduling.k8s.io", "priorityclasses") ||
        !json_boolean_at(a->object, "globalDefault", false))
        return 0;
    struct json *other = default_class(a, a->name);
    if (!other)
        return 0;
    return admission_forbid(a, err,
                            "PriorityClass %s is already marked as default. Only one default can exist",
                            object_name(other));
}

const struct admission_step admission_priority = {
    .name = "Priority",
    .operations = ADMIT_CREATE | ADMIT_UPDATE,
    .mutate = mutate,
    .validate = validate,
};
