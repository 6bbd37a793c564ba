/* SPDX-License-Identifier: Apache-2.0 */
/* InterPodAffinity: the pod runs near those that it wants to be near, away from those that it wants to be
 * away from, and away from those that want to be away from it. */
#include "core/base/memory.h"
#include "core/scheduler/filter.h"
#include "core/scheduler/pairs.h"

struct affinity_state {
    struct pairs near;  /* pods that match all terms of affinity, by each term's topology */
    struct pairs far;   /* pods that match a term of anti-affinity */
    struct pairs repel; /* pods of whose anti-affinity a term matches this pod */
    bool lonely;        /* nobody matches the affinity, but the pod itself would: the first of its kind */
};

static bool chooses_all(const struct cycle *c, const struct affinity_terms *terms,
                        const struct pod_class *other)
{
    const struct labels *namespace_ = cluster_namespace(c->cluster, other->namespace_);
    for (unsigned i = 0; i < terms->count; i++)
        if (!affinity_term_chooses(&terms->items[i], c->class->namespace_, other, namespace_))
            return false;
    return terms->count > 0;
}

static void add(struct pairs *pairs, const struct affinity_term *term, const struct node *n, int64_t number)
{
    const char *value = labels_get(&n->facts.labels, term->topology_key);
    if (value && number)
        *pairs_at(pairs, term->topology_key, value) += number;
}

/* A run of pods of one class on one node. */
static void count_run(const struct cycle *c, struct affinity_state *s, const struct node *n,
                      const struct pod_class *other, int64_t number)
{
    const struct labels *namespace_ = cluster_namespace(c->cluster, other->namespace_);
    const struct affinity_terms *near = &c->class->affinity, *far = &c->class->anti_affinity;
    if (chooses_all(c, near, other))
        for (unsigned i = 0; i < near->count; i++)
            add(&s->near, &near->items[i], n, number);
    for (unsigned i = 0; i < far->count; i++)
        if (affinity_term_chooses(&far->items[i], c->class->namespace_, other, namespace_))
            add(&s->far, &far->items[i], n, number);
}

static void count_node(const struct cycle *c, struct affinity_state *s, const struct node *n)
{
    const struct pod_class *run = NULL;
    int64_t number = 0;
    list_for_each (it, &n->pods) {
        const struct pod *p = list_entry(it, struct pod, on_node);
        if (p->class != run && number)
            count_run(c, s, n, run, number);
        number = p->class == run ? number + 1 : 1;
        run = p->class;
    }
    if (number)
        count_run(c, s, n, run, number);
}

static void count_repelling(const struct cycle *c, struct affinity_state *s)
{
    const struct labels *namespace_ = cluster_namespace(c->cluster, c->class->namespace_);
    list_for_each (it, &c->cluster->affine) {
        const struct pod *p = list_entry(it, struct pod, affine);
        const struct affinity_terms *terms = &p->class->anti_affinity;
        for (unsigned i = 0; i < terms->count && p->node->present; i++)
            if (affinity_term_chooses(&terms->items[i], p->class->namespace_, c->class, namespace_))
                add(&s->repel, &terms->items[i], p->node, 1);
    }
}

static enum outlook prepare(struct cycle *c)
{
    bool own = c->class->affinity.count || c->class->anti_affinity.count;
    if (!own && list_empty(&c->cluster->affine))
        return OUTLOOK_SKIP;
    struct affinity_state *s = c->affinity = arena_alloc0(c->arena, sizeof(*s));
    s->near.arena = s->far.arena = s->repel.arena = c->arena;
    for (unsigned i = 0; own && i < c->cluster->nodes_count; i++)
        count_node(c, s, c->cluster->nodes[i]);
    count_repelling(c, s);
    s->lonely = s->near.count == 0 && chooses_all(c, &c->class->affinity, c->class);
    return own || s->repel.count ? OUTLOOK_CHECK : OUTLOOK_SKIP;
}

static bool near_enough(const struct cycle *c, const struct node *n)
{
    const struct affinity_terms *terms = &c->class->affinity;
    bool all = true;
    for (unsigned i = 0; i < terms->count; i++) {
        const char *value = labels_get(&n->facts.labels, terms->items[i].topology_key);
        if (!value)
            return false;
        all = all && pairs_get(&c->affinity->near, terms->items[i].topology_key, value) > 0;
    }
    return all || c->affinity->lonely;
}

static bool far_enough(const struct cycle *c, const struct node *n)
{
    const struct affinity_terms *terms = &c->class->anti_affinity;
    for (unsigned i = 0; i < terms->count; i++) {
        const char *value = labels_get(&n->facts.labels, terms->items[i].topology_key);
        if (value && pairs_get(&c->affinity->far, terms->items[i].topology_key, value) > 0)
            return false;
    }
    return true;
}

static bool repelled(const struct cycle *c, const struct node *n)
{
    const struct labels *labels = &n->facts.labels;
    for (unsigned i = 0; c->affinity->repel.count && i < labels->count; i++)
        if (pairs_get(&c->affinity->repel, labels->items[i].key, labels->items[i].value) > 0)
            return true;
    return false;
}

static enum verdict check(const struct cycle *c, const struct node *n, struct reasons *reasons)
{
    if (!near_enough(c, n)) {
        reasons_add(reasons, "node(s) didn't match pod affinity rules");
        return VERDICT_UNRESOLVABLE;
    }
    if (!far_enough(c, n)) {
        reasons_add(reasons, "node(s) didn't match pod anti-affinity rules");
        return VERDICT_RESOLVABLE;
    }
    if (repelled(c, n)) {
        reasons_add(reasons, "node(s) didn't satisfy existing pods anti-affinity rules");
        return VERDICT_RESOLVABLE;
    }
    return VERDICT_FITS;
}

/* One that came helps if it is wanted near; one that went, if it was in the way. */
static bool helps(const struct cycle *c, const struct event *e)
{
    if (!e->pod)
        return true;
    const struct pod_class *other = e->pod->class;
    if (chooses_all(c, &c->class->affinity, other))
        return true;
    const struct labels *namespace_ = cluster_namespace(c->cluster, other->namespace_),
                        *own = cluster_namespace(c->cluster, c->class->namespace_);
    for (unsigned i = 0; i < c->class->anti_affinity.count; i++)
        if (affinity_term_chooses(&c->class->anti_affinity.items[i], c->class->namespace_, other, namespace_))
            return true;
    for (unsigned i = 0; i < other->anti_affinity.count; i++)
        if (affinity_term_chooses(&other->anti_affinity.items[i], other->namespace_, c->class, own))
            return true;
    return false;
}

const struct filter filter_pod_affinity = {.name = "InterPodAffinity",
                                           .prepare = prepare,
                                           .check = check,
                                           .wakes = WAKE_NODE_ADDED | WAKE_NODE_LABELS | WAKE_POD_GONE |
                                                    WAKE_POD_PLACED,
                                           .helps = helps};
