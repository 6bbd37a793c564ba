/* SPDX-License-Identifier: Apache-2.0 */
/* Where pods may run: node selectors, affinity, tolerations, spreading. */
#include "core/api/names.h"
#include "core/api/schema/hooks.h"
#include "core/api/validate.h"
#include "core/base/memory.h"
#include "core/base/number.h"

/* Values of what is required must be able to be labels; what is only preferred may say anything. */
static void validate_term_values(struct validation *v, const struct json *term)
{
    uint32_t index = 0;

    json_for_each (it, json_get(term, "matchExpressions")) {
        struct validation_place here, values;
        validation_enter(v, &here, "matchExpressions", index++);
        validation_enter(v, &values, "values", 0);
        json_for_each (value, json_get(it, "values")) {
            const char *wrong = name_check_label_value(json_slice(value));
            if (wrong)
                validation_invalid(v, "", value, "%s", wrong);
            values.index++;
        }
        validation_leave(v);
        validation_leave(v);
    }
}

void validate_node_selector(struct validation *v, const struct json *object)
{
    uint32_t index = 0;

    json_for_each (it, json_get(object, "nodeSelectorTerms")) {
        struct validation_place here;
        validation_enter(v, &here, "nodeSelectorTerms", index++);
        validate_term_values(v, it);
        validation_leave(v);
    }
}

/* Of a node's fields only its name can be asked for. */
void validate_node_selector_term(struct validation *v, const struct json *object)
{
    uint32_t index = 0;

    json_for_each (it, json_get(object, "matchFields")) {
        struct validation_place here;
        bool compares = member_is(it, "operator", "In") || member_is(it, "operator", "NotIn");
        validation_enter(v, &here, "matchFields", index++);
        if (compares && json_count(json_get(it, "values")) > 1)
            validation_required(
                v, "values",
                "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
        if (!compares && member_has(it, "operator"))
            validation_invalid(v, "operator", json_get(it, "operator"), "not a valid selector operator");
        if (member_has(it, "key") && !member_is(it, "key", "metadata.name"))
            validation_invalid(v, "key", json_get(it, "key"), "not a valid field selector key");
        validation_leave(v);
    }
}

/* Keys whose values are taken from the pod's own labels, to select by or to leave out. */
void validate_pod_affinity_term(struct validation *v, const struct json *object)
{
    static const char *const lists[] = {"matchLabelKeys", "mismatchLabelKeys"};

    for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
        const struct json *keys = json_get(object, lists[i]);
        uint32_t index = 0;
        if (json_count(keys) && !json_is(json_get(object, "labelSelector"), JSON_OBJECT))
            validation_forbidden(v, lists[i], "must not be specified when labelSelector is not set");
        json_for_each (it, keys) {
            struct validation_place here;
            const char *wrong = name_check_qualified(json_slice(it));
            validation_enter(v, &here, lists[i], index++);
            if (wrong)
                validation_invalid(v, "", it, "%s", wrong);
            validation_leave(v);
        }
    }
}

void validate_toleration(struct validation *v, const struct json *object)
{
    const struct json *value = json_get(object, "value");
    bool exists = member_is(object, "operator", "Exists"),
         equal = member_is(object, "operator", "Equal") || !member_has(object, "operator");
    const char *wrong;
    int64_t number;

    if (!member_has(object, "key") && !exists)
        validation_invalid(
            v, "operator", json_get(object, "operator"),
            "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
    if (exists && member_has(object, "value"))
        validation_invalid(v, "operator", value, "value must be empty when `operator` is 'Exists'");
    else if (equal && (wrong = name_check_label_value(json_slice(value))))
        validation_invalid(v, "operator", value, "%s", wrong);
    else if ((member_is(object, "operator", "Gt") || member_is(object, "operator", "Lt")) &&
             !parse_i64(json_slice(value), INT64_MIN, INT64_MAX, &number))
        validation_invalid(v, "value", value, "must be a number when `operator` is 'Gt' or 'Lt'");
    if (member_has(object, "tolerationSeconds") && !member_is(object, "effect", "NoExecute"))
        validation_invalid(v, "effect", json_get(object, "effect"),
                           "effect must be 'NoExecute' when `tolerationSeconds` is set");
}

void validate_spreading(struct validation *v, const struct json *spec)
{
    const struct json *list = json_get(spec, "topologySpreadConstraints");
    uint32_t index = 0;

    json_for_each (it, list) {
        struct validation_place here;
        validation_enter(v, &here, "topologySpreadConstraints", index++);
        for (const struct json *before = list->first; before != it; before = before->next)
            if (json_equal(json_get(before, "topologyKey"), json_get(it, "topologyKey")) &&
                json_equal(json_get(before, "whenUnsatisfiable"), json_get(it, "whenUnsatisfiable"))) {
                validation_duplicate(v, "{topologyKey, whenUnsatisfiable}", json_get(it, "topologyKey"));
                break;
            }
        if (member_has(it, "minDomains") && !member_is(it, "whenUnsatisfiable", "DoNotSchedule"))
            validation_invalid(v, "minDomains", json_get(it, "minDomains"),
                               "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not %s",
                               json_string_or(json_get(it, "whenUnsatisfiable"), ""));
        validation_leave(v);
    }
}
