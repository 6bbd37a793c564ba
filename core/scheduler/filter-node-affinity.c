/* SPDX-License-Identifier: Apache-2.0 */
/* NodeAffinity: nodeSelector and required node affinity. Terms that all name nodes leave only those to be
 * looked at, which makes a daemon set's pod cheap in a large cluster. */
#include "core/scheduler/filter.h"

static bool listed(const struct json *values, const char *name)
{
    json_for_each (v, values) {
        if (json_string(v) && strcmp(json_string(v), name) == 0)
            return true;
    }
    return false;
}

static bool names_node(const struct json *field)
{
    return strcmp(json_string_or(json_get(field, "key"), ""), "metadata.name") == 0 &&
           strcmp(json_string_or(json_get(field, "operator"), ""), "In") == 0;
}

/* The first requirement of the term that names nodes; NULL: it names none. */
static const struct json *naming(const struct json *term)
{
    json_for_each (field, json_get(term, "matchFields")) {
        if (names_node(field))
            return field;
    }
    return NULL;
}

static bool all_name(const struct json *term, const char *name)
{
    json_for_each (field, json_get(term, "matchFields")) {
        if (names_node(field) && !listed(json_get(field, "values"), name))
            return false;
    }
    return true;
}

static void pin(struct cycle *c, const char **names, const char *name)
{
    for (unsigned i = 0; i < c->pinned_count; i++)
        if (strcmp(names[i], name) == 0)
            return;
    names[c->pinned_count++] = name;
}

static enum outlook pin_nodes(struct cycle *c)
{
    size_t most = 0;
    json_for_each (term, c->class->required_terms) {
        const struct json *field = naming(term);
        if (!field)
            return OUTLOOK_CHECK;
        most += json_count(json_get(field, "values"));
    }
    const char **names = arena_alloc(c->arena, (most + 1) * sizeof(*names));
    c->pinned = names;
    json_for_each (term, c->class->required_terms) {
        json_for_each (value, json_get(naming(term), "values")) {
            if (json_string(value) && all_name(term, json_string(value)))
                pin(c, names, json_string(value));
        }
    }
    c->refused = c->pinned_count ? NULL : "pod affinity terms conflict";
    return c->pinned_count ? OUTLOOK_CHECK : OUTLOOK_REFUSE;
}

static enum outlook prepare(struct cycle *c)
{
    if (json_count(c->class->required_terms))
        return pin_nodes(c);
    return c->class->node_selector || c->class->required_terms ? OUTLOOK_CHECK : OUTLOOK_SKIP;
}

static enum verdict check(const struct cycle *c, const struct node *n, struct reasons *reasons)
{
    if (node_selected(c->class, n))
        return VERDICT_FITS;
    reasons_add(reasons, "node(s) didn't match Pod's node affinity/selector");
    return VERDICT_UNRESOLVABLE;
}

static bool helps(const struct cycle *c, const struct event *e)
{
    return filter_accepts_node(&filter_node_affinity, c, e);
}

const struct filter filter_node_affinity = {.name = "NodeAffinity",
                                            .prepare = prepare,
                                            .check = check,
                                            .wakes = WAKE_NODE_ADDED | WAKE_NODE_LABELS,
                                            .helps = helps};
