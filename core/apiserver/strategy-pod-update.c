/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Changes of a pod: what may change is copied from the old pod onto a copy of the new one; if a difference
 * remains, something else was changed (upstream's ValidatePodUpdate works likewise).
 */
#include "core/api/object.h"
#include "core/apiserver/strategy-pod.h"
#include "core/base/memory.h"

static struct json *copy_spec(struct arena *arena, const struct json *pod)
{
    const struct json *spec = json_get(pod, "spec");
    return spec ? json_copy(arena, spec) : json_new_object(arena);
}

static void restore(struct arena *arena, struct json *to, const struct json *from, const char *member)
{
    const struct json *value = json_get(from, member);
    if (value)
        json_set(arena, to, member, json_copy(arena, value));
    else
        json_remove(to, member);
}

/* One member of each container of a list, by position. */
static void restore_each(struct arena *arena, struct json *spec, const struct json *old, const char *list,
                         const char *member)
{
    const struct json *was = json_get(old, list);
    uint32_t i = 0;
    json_for_each (container, json_get(spec, list)) {
        const struct json *before = json_element(was, i++);
        if (before)
            restore(arena, container, before, member);
    }
}

static bool keeps_all(const struct json *list, const struct json *old,
                      bool (*same)(const struct json *a, const struct json *b))
{
    json_for_each (before, old) {
        bool found = false;
        json_for_each (now, list)
            found = found || same(now, before);
        if (!found)
            return false;
    }
    return true;
}

/* Whatever time they give. */
static bool same_toleration(const struct json *a, const struct json *b)
{
    static const char *const members[] = {"key", "operator", "value", "effect"};
    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        if (!json_equal_semantic(json_get(a, members[i]), json_get(b, members[i])))
            return false;
    }
    return true;
}

static unsigned forbid(const char *field, const char *why, struct error *err)
{
    error_add_cause(err, "FieldValueForbidden", field, "Forbidden: %s", why);
    return 1;
}

static unsigned check_deadline(const struct json *spec, const struct json *old, struct error *err)
{
    const struct json *now = json_get(spec, "activeDeadlineSeconds"),
                      *was = json_get(old, "activeDeadlineSeconds");
    if (json_is_absent(was) || (!json_is_absent(now) && json_integer_or(now, 0) <= json_integer_or(was, 0)))
        return 0;
    error_add_cause(err, "FieldValueInvalid", "spec.activeDeadlineSeconds",
                    "Invalid value: must be less than or equal to previous value");
    return 1;
}

/* Gates can be taken off, not put on; while one is on, the node selector and node affinity may be made
 * stricter, which is not checked further than that they were free to change. */
static unsigned check_gates(struct arena *arena, struct json *spec, const struct json *old, struct error *err)
{
    const struct json *now = json_get(spec, "schedulingGates"), *was = json_get(old, "schedulingGates");
    unsigned bad = 0, index = 0;
    json_for_each (gate, now) {
        bool found = false;
        json_for_each (before, was)
            found = found || json_equal(gate, before);
        if (!found)
            bad += forbid(arena_printf(arena, "spec.schedulingGates[%u].name", index),
                          arena_printf(arena, "only deletion is allowed, but found new scheduling gate '%s'",
                                       json_string_or(json_get(gate, "name"), "")),
                          err);
        index++;
    }
    if (json_count(was)) {
        restore(arena, spec, old, "nodeSelector");
        restore(arena, spec, old, "affinity");
    }
    restore(arena, spec, old, "schedulingGates");
    return bad;
}

static unsigned check_count(const struct json *spec, const struct json *old, const char *list,
                            struct error *err)
{
    if (json_count(json_get(spec, list)) == json_count(json_get(old, list)))
        return 0;
    error_add_cause(err, "FieldValueForbidden",
                    !strcmp(list, "containers") ? "spec.containers" : "spec.initContainers",
                    "Forbidden: pod updates may not add or remove containers");
    return 1;
}

static unsigned check_spec(struct arena *arena, const struct json *pod, const struct json *old,
                           struct error *err)
{
    struct json *spec = copy_spec(arena, pod);
    const struct json *was = json_get(old, "spec");
    unsigned bad = check_count(spec, was, "containers", err) + check_count(spec, was, "initContainers", err);
    if (bad)
        return bad;
    bad = check_deadline(spec, was, err);
    restore_each(arena, spec, was, "containers", "image");
    restore_each(arena, spec, was, "initContainers", "image");
    restore(arena, spec, was, "activeDeadlineSeconds");
    if (!keeps_all(json_get(spec, "tolerations"), json_get(was, "tolerations"), same_toleration))
        bad += forbid("spec.tolerations",
                      "existing toleration can not be modified except its tolerationSeconds", err);
    restore(arena, spec, was, "tolerations");
    if (json_integer_at(was, "terminationGracePeriodSeconds", 0) < 0)
        restore(arena, spec, was, "terminationGracePeriodSeconds");
    bad += check_gates(arena, spec, was, err);
    if (json_equal_semantic(spec, was))
        return bad;
    return bad + forbid("spec",
                        "pod updates may not change fields other than "
                        "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec."
                        "activeDeadlineSeconds`,`spec.tolerations` (only additions "
                        "to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set "
                        "to 1 if it was previously negative)",
                        err);
}

static unsigned check_ephemeral(struct arena *arena, const struct json *pod, const struct json *old,
                                struct error *err)
{
    struct json *spec = copy_spec(arena, pod);
    const struct json *was = json_get(old, "spec");
    unsigned bad = 0;
    if (!keeps_all(json_get(spec, "ephemeralContainers"), json_get(was, "ephemeralContainers"),
                   json_equal_semantic))
        bad += forbid("spec.ephemeralContainers",
                      "existing ephemeral containers may not be removed or changed", err);
    restore(arena, spec, was, "ephemeralContainers");
    if (!json_equal_semantic(spec, was))
        bad += forbid("spec", "pod updates through this subresource may only add ephemeral containers", err);
    return bad;
}

static unsigned check_resize(struct arena *arena, const struct json *pod, const struct json *old,
                             struct error *err)
{
    struct json *spec = copy_spec(arena, pod);
    const struct json *was = json_get(old, "spec");
    static const char *const lists[] = {"containers", "initContainers"};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        restore_each(arena, spec, was, lists[i], "resources");
        restore_each(arena, spec, was, lists[i], "resizePolicy");
    }
    restore(arena, spec, was, "resources");
    return json_equal_semantic(spec, was) ? 0
                                          : forbid("spec", "only cpu and memory resources are mutable", err);
}

unsigned pod_validate_update(struct arena *arena, const char *sub, const struct json *pod,
                             const struct json *old, struct error *err)
{
    if (!strcmp(sub, "ephemeralcontainers"))
        return check_ephemeral(arena, pod, old, err);
    if (!strcmp(sub, "resize"))
        return check_resize(arena, pod, old, err);
    if (!strcmp(sub, "binding"))
        return 0;
    if (strcmp(sub, "status") != 0)
        return check_spec(arena, pod, old, err);
    const char *was = json_string_or(json_at(old, "spec.nodeName"), ""),
               *now = json_string_or(json_at(pod, "spec.nodeName"), "");
    return strcmp(was, now) != 0 ? forbid("spec.nodeName", "may not be changed directly", err) : 0;
}
