/* SPDX-License-Identifier: Apache-2.0 */
/* What a pod says about other pods: affinity, anti-affinity, topology spread. */
#include "core/api/object.h"
#include "core/base/memory.h"
#include "core/scheduler/class-private.h"

/* The server checked selectors when they were written; one that is not understood chooses nothing. */
static struct selector *selector_of(const struct json *label_selector)
{
    struct selector *s = NULL;
    struct error err = ERROR_INIT;
    if (selector_from_json(label_selector, &s, &err) < 0)
        s = selector_from_map(NULL);
    error_done(&err);
    return s;
}

static void add_term(struct affinity_terms *list, const struct json *term, int64_t weight)
{
    const struct json *namespaces = json_get(term, "namespaceSelector");
    list->items[list->count++] = (struct affinity_term){
        .selector = selector_of(json_get(term, "labelSelector")),
        .namespace_selector = json_is_absent(namespaces) ? NULL : selector_of(namespaces),
        .namespaces = json_count(json_get(term, "namespaces")) ? json_get(term, "namespaces") : NULL,
        .topology_key = json_string_or(json_get(term, "topologyKey"), ""),
        .weight = weight,
    };
}

static void add_required(struct pod_class *c, struct affinity_terms *list, const struct json *affinity)
{
    const struct json *terms = json_get(affinity, "requiredDuringSchedulingIgnoredDuringExecution");
    list->items = arena_alloc0(&c->arena, (json_count(terms) + 1) * sizeof(*list->items));
    json_for_each (term, terms)
        add_term(list, term, 0);
}

static void add_preferred(struct affinity_terms *list, const struct json *affinity, int sign)
{
    json_for_each (term, json_get(affinity, "preferredDuringSchedulingIgnoredDuringExecution"))
        add_term(list, json_get(term, "podAffinityTerm"),
                 sign * json_integer_or(json_get(term, "weight"), 0));
}

static void fill_affinity(struct pod_class *c, const struct json *affinity)
{
    static const char preferred[] = "preferredDuringSchedulingIgnoredDuringExecution";
    const struct json *near = json_get(affinity, "podAffinity"), *far = json_get(affinity, "podAntiAffinity");
    add_required(c, &c->affinity, near);
    add_required(c, &c->anti_affinity, far);
    size_t count = json_count(json_get(near, preferred)) + json_count(json_get(far, preferred));
    c->preferred.items = arena_alloc0(&c->arena, (count + 1) * sizeof(*c->preferred.items));
    add_preferred(&c->preferred, near, 1);
    add_preferred(&c->preferred, far, -1);
}

/* matchLabelKeys: the pod's own value of each key must be the others' too. */
static const struct json *spread_selector(struct pod_class *c, const struct json *constraint)
{
    const struct json *selector = json_get(constraint, "labelSelector");
    if (json_count(json_get(constraint, "matchLabelKeys")) == 0 || json_is_absent(selector))
        return selector;
    struct json *joined = json_copy(&c->arena, selector);
    struct json *list = json_ensure(&c->arena, joined, "matchExpressions", JSON_ARRAY);
    json_for_each (key, json_get(constraint, "matchLabelKeys")) {
        const char *value = labels_get(&c->labels, json_string_or(key, ""));
        if (!value)
            continue;
        struct json *requirement = json_append(&c->arena, list, json_new_object(&c->arena));
        json_set_string(&c->arena, requirement, "key", json_string(key));
        json_set_string(&c->arena, requirement, "operator", "In");
        json_append_string(&c->arena, json_set_array(&c->arena, requirement, "values"), value);
    }
    return joined;
}

static void fill_spread(struct pod_class *c, const struct json *constraints)
{
    c->spread = arena_alloc0(&c->arena, (json_count(constraints) + 1) * sizeof(*c->spread));
    json_for_each (constraint, constraints) {
        struct spread_constraint *s = &c->spread[c->spread_count++];
        const char *when = json_string_or(json_get(constraint, "whenUnsatisfiable"), "DoNotSchedule");
        *s = (struct spread_constraint){
            .selector = selector_of(spread_selector(c, constraint)),
            .topology_key = json_string_or(json_get(constraint, "topologyKey"), ""),
            .max_skew = json_integer_or(json_get(constraint, "maxSkew"), 1),
            .min_domains = json_integer_or(json_get(constraint, "minDomains"), 1),
            .hard = strcmp(when, "DoNotSchedule") == 0,
            .honor_affinity =
                strcmp(json_string_or(json_get(constraint, "nodeAffinityPolicy"), "Honor"), "Honor") == 0,
            .honor_taints =
                strcmp(json_string_or(json_get(constraint, "nodeTaintsPolicy"), "Ignore"), "Honor") == 0,
        };
        s->matches_self = labels_match(&c->labels, s->selector);
    }
}

/* Upstream's default constraints: a little by host, and less so by zone. */
static void spread_by_default(struct pod_class *c)
{
    static const struct spread_constraint defaults[] = {
        {.topology_key = "kubernetes.io/hostname", .max_skew = 3, .honor_affinity = true},
        {.topology_key = "topology.kubernetes.io/zone", .max_skew = 5, .honor_affinity = true},
    };
    c->spread = arena_alloc(&c->arena, sizeof(defaults));
    memcpy(c->spread, defaults, sizeof(defaults));
    c->spread_count = ARRAY_SIZE(defaults);
    c->spread_by_default = true;
}

void class_fill_terms(struct pod_class *c, const struct json *document)
{
    const struct json *spec = json_get(document, "spec");
    c->owner = json_string(json_get(document, "owner"));
    fill_affinity(c, json_get(spec, "affinity"));
    fill_spread(c, json_get(spec, "topologySpreadConstraints"));
    if (c->spread_count == 0 && c->owner)
        spread_by_default(c);
}

static bool chooses_namespace(const struct affinity_term *t, const char *own, const char *namespace_,
                              const struct labels *namespace_labels)
{
    json_for_each (n, t->namespaces) {
        if (strcmp(json_string_or(n, ""), namespace_) == 0)
            return true;
    }
    if (!t->namespaces && !t->namespace_selector)
        return strcmp(own, namespace_) == 0;
    static const struct labels none;
    return t->namespace_selector &&
           labels_match(namespace_labels ? namespace_labels : &none, t->namespace_selector);
}

bool affinity_term_chooses(const struct affinity_term *t, const char *own, const struct pod_class *other,
                           const struct labels *namespace_labels)
{
    return chooses_namespace(t, own, other->namespace_, namespace_labels) &&
           labels_match(&other->labels, t->selector);
}
