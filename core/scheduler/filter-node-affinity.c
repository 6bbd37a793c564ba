/* SPDX-License-Identifier: Apache-2.0 */
/* NodeAffinity: nodeSelector and required node affinity. */
#include "core/scheduler/filter.h"
#include "core/scheduler/queue.h"

static bool selector_matches_node(const struct json *selector, const struct node *n)
{
    json_for_each (wanted, selector) {
        const char *have = node_label(n, wanted->key);
        if (!have || strcmp(have, json_string_or(wanted, "")) != 0)
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

static unsigned refuses(const struct pod_request *r, const struct node *n)
{
    if (r->node_selector && !selector_matches_node(r->node_selector, n))
        return 1;
    return r->required_terms && !any_term_matches(r->required_terms, n);
}

static const char *reason(const struct pod_request *r, const struct node *n, unsigned refusal)
{
    return "node(s) didn't match Pod's node affinity/selector";
}

const struct filter filter_node_affinity = {.name = "NodeAffinity",
                                            .refuses = refuses,
                                            .reason = reason,
                                            .wakes = WAKE_NODE_ADDED | WAKE_NODE_LABELS};
