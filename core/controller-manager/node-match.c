/* SPDX-License-Identifier: Apache-2.0 */
/* Node selectors: terms are alternatives, what a term says has to hold together. */
#include "core/controller-manager/node-match.h"

#include "core/base/memory.h"
#include "core/base/number.h"

static bool value_in(const struct json *values, const char *value)
{
    json_for_each (one, values)
        if (slice_is(json_slice(one), value))
            return true;
    return false;
}

static bool compare_number(const struct json *values, const char *value, bool greater)
{
    int64_t a, b;
    if (!value || !parse_i64(slice_of(value), INT64_MIN, INT64_MAX, &a) ||
        !parse_i64(json_slice(json_element(values, 0)), INT64_MIN, INT64_MAX, &b))
        return false;
    return greater ? a > b : a < b;
}

static bool requirement_holds(const struct json *requirement, const char *value)
{
    struct slice operator_ = json_slice(json_get(requirement, "operator"));
    const struct json *values = json_get(requirement, "values");
    if (slice_is(operator_, "In"))
        return value && value_in(values, value);
    if (slice_is(operator_, "NotIn"))
        return !value || !value_in(values, value);
    if (slice_is(operator_, "Exists"))
        return value != NULL;
    if (slice_is(operator_, "DoesNotExist"))
        return value == NULL;
    if (slice_is(operator_, "Gt") || slice_is(operator_, "Lt"))
        return compare_number(values, value, slice_is(operator_, "Gt"));
    return false;
}

static bool term_matches(const struct json *term, const struct json *node)
{
    const struct json *expressions = json_get(term, "matchExpressions"),
                      *fields = json_get(term, "matchFields");
    if (json_count(expressions) + json_count(fields) == 0)
        return false;
    json_for_each (requirement, expressions)
        if (!requirement_holds(requirement,
                               object_label(node, json_string_or(json_get(requirement, "key"), ""))))
            return false;
    json_for_each (requirement, fields)
        if (!slice_is(json_slice(json_get(requirement, "key")), "metadata.name") ||
            !requirement_holds(requirement, object_name(node)))
            return false;
    return true;
}

bool node_matches_affinity(const struct json *pod_spec, const struct json *node)
{
    const struct json *required =
        json_at(pod_spec, "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution");
    json_for_each (label, json_get(pod_spec, "nodeSelector")) {
        const char *value = object_label(node, label->key);
        if (!value || strcmp(value, json_string_or(label, "")) != 0)
            return false;
    }
    if (json_is_absent(required))
        return true;
    json_for_each (term, json_get(required, "nodeSelectorTerms"))
        if (term_matches(term, node))
            return true;
    return false;
}

bool toleration_tolerates(const struct json *toleration, const struct json *taint)
{
    struct slice effect = json_slice(json_get(toleration, "effect")),
                 key = json_slice(json_get(toleration, "key"));
    if (effect.size && !slice_equal(effect, json_slice(json_get(taint, "effect"))))
        return false;
    if (key.size && !slice_equal(key, json_slice(json_get(taint, "key"))))
        return false;
    if (slice_is(json_slice(json_get(toleration, "operator")), "Exists"))
        return true;
    return key.size &&
           slice_equal(json_slice(json_get(toleration, "value")), json_slice(json_get(taint, "value")));
}

bool node_taints_tolerated(const struct json *tolerations, const struct json *node, const char *effect)
{
    json_for_each (taint, json_at(node, "spec.taints")) {
        bool tolerated = !slice_is(json_slice(json_get(taint, "effect")), effect);
        json_for_each (toleration, tolerations)
            tolerated = tolerated || toleration_tolerates(toleration, taint);
        if (!tolerated)
            return false;
    }
    return true;
}
