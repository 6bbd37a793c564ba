/* SPDX-License-Identifier: Apache-2.0 */
/* Which nodes a pod chooses: nodeSelector and NodeSelectorTerms (core/v1), which are requirements on labels,
 * and on the node's name. */
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/scheduler/filter.h"

static bool listed(const struct json *values, const char *value)
{
    json_for_each (v, values) {
        if (json_string(v) && strcmp(json_string(v), value) == 0)
            return true;
    }
    return false;
}

static bool compare(const struct json *values, const char *value, bool greater)
{
    int64_t have, wanted;
    if (json_count(values) != 1 || !parse_i64(slice_of(value), INT64_MIN, INT64_MAX, &have) ||
        !parse_i64(json_slice(json_element(values, 0)), INT64_MIN, INT64_MAX, &wanted))
        return false;
    return greater ? have > wanted : have < wanted;
}

/* value NULL: the label is absent. */
static bool requirement_holds(const struct json *requirement, const char *value)
{
    const char *op = json_string_or(json_get(requirement, "operator"), "");
    const struct json *values = json_get(requirement, "values");
    if (strcmp(op, "In") == 0)
        return value && listed(values, value);
    if (strcmp(op, "NotIn") == 0)
        return !value || !listed(values, value);
    if (strcmp(op, "Exists") == 0)
        return value != NULL;
    if (strcmp(op, "DoesNotExist") == 0)
        return value == NULL;
    if (strcmp(op, "Gt") == 0 || strcmp(op, "Lt") == 0)
        return value && compare(values, value, op[0] == 'G');
    return false;
}

bool node_matches_term(const struct node *n, const struct json *term)
{
    const struct json *expressions = json_get(term, "matchExpressions"),
                      *fields = json_get(term, "matchFields");
    if (json_count(expressions) == 0 && json_count(fields) == 0)
        return false;
    json_for_each (e, expressions) {
        if (!requirement_holds(e, labels_get(&n->facts.labels, json_string_or(json_get(e, "key"), ""))))
            return false;
    }
    json_for_each (f, fields) {
        bool name = strcmp(json_string_or(json_get(f, "key"), ""), "metadata.name") == 0;
        if (!requirement_holds(f, name ? n->name : NULL))
            return false;
    }
    return true;
}

static bool any_term_matches(const struct json *terms, const struct node *n)
{
    json_for_each (term, terms) {
        if (node_matches_term(n, term))
            return true;
    }
    return false;
}

bool node_selected(const struct pod_class *c, const struct node *n)
{
    json_for_each (wanted, c->node_selector) {
        const char *have = labels_get(&n->facts.labels, wanted->key);
        if (!have || strcmp(have, json_string_or(wanted, "")) != 0)
            return false;
    }
    return !c->required_terms || any_term_matches(c->required_terms, n);
}
