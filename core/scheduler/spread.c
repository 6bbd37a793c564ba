/* SPDX-License-Identifier: Apache-2.0 */
/* Counting pods for topology spread. */
#include "core/scheduler/spread.h"

#include "core/base/memory.h"

struct spread_counts spread_counts_of(const struct cycle *c, bool hard)
{
    const struct pod_class *class_ = c->class;
    size_t most = class_->spread_count + 1;
    struct spread_counts s = {.constraints = arena_alloc(c->arena, most * sizeof(*s.constraints)),
                              .pairs = arena_alloc0(c->arena, most * sizeof(*s.pairs)),
                              .defaulted = class_->spread_by_default};
    for (unsigned i = 0; i < class_->spread_count; i++) {
        if (class_->spread[i].hard != hard)
            continue;
        s.pairs[s.count].arena = c->arena;
        s.constraints[s.count++] = &class_->spread[i];
    }
    return s;
}

bool spread_concerns(const struct pod_class *c, const struct spread_constraint *s,
                     const struct pod_class *other)
{
    if (!s->selector)
        return other->owner && strcmp(other->owner, c->owner) == 0;
    return strcmp(other->namespace_, c->namespace_) == 0 && labels_match(&other->labels, s->selector);
}

bool spread_node_has_keys(const struct spread_counts *s, const struct node *n)
{
    for (unsigned i = 0; !s->defaulted && i < s->count; i++)
        if (!labels_get(&n->facts.labels, s->constraints[i]->topology_key))
            return false;
    return true;
}

bool spread_node_counts(const struct cycle *c, const struct spread_constraint *s, const struct node *n)
{
    return (!s->honor_affinity || node_selected(c->class, n)) &&
           (!s->honor_taints || !node_repels(c->class, n));
}

unsigned spread_matching_pods(const struct cycle *c, const struct spread_constraint *s, const struct node *n)
{
    unsigned count = 0;
    const struct pod_class *last = NULL;
    bool matches = false;
    list_for_each (it, &n->pods) {
        const struct pod *p = list_entry(it, struct pod, on_node);
        if (p->class != last) {
            last = p->class;
            matches = spread_concerns(c->class, s, last);
        }
        count += matches && !p->leaving;
    }
    return count;
}
