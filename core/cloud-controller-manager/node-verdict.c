/* SPDX-License-Identifier: Apache-2.0 */
/* Evidence, verdicts and the guard; see node-verdict.h. */
#include "core/cloud-controller-manager/node-verdict.h"

#include "core/base/memory.h"

bool evidence_says_gone(const struct evidence *e, int64_t now)
{
    return e->last_gone_ns && now - e->last_gone_ns <= EVIDENCE_HOLDS_NS;
}

void evidence_take(struct evidence *e, enum keelson_instance_state state, const struct verdict_policy *policy,
                   int64_t asked_ns, int64_t now)
{
    if (state == KEELSON_INSTANCE_UNKNOWN)
        return;
    e->last = state;
    if (state != KEELSON_INSTANCE_GONE) {
        *e = (struct evidence){.last = state};
        return;
    }
    if (!evidence_says_gone(e, now))
        *e = (struct evidence){.last = state, .first_gone_ns = now};
    e->last_gone_ns = asked_ns;
    e->proven = e->proven || asked_ns - e->first_gone_ns >= policy->confirm_ns;
}

enum node_verdict node_verdict(struct node_facts facts, const struct evidence *e, int64_t now)
{
    bool runs = facts.ready || e->last == KEELSON_INSTANCE_RUNNING;
    if (runs)
        return facts.tainted ? NODE_RUNS : NODE_STAYS;
    if (e->last == KEELSON_INSTANCE_SHUT_DOWN)
        return facts.tainted ? NODE_STAYS : NODE_SHUT_DOWN;
    return e->proven && evidence_says_gone(e, now) ? NODE_GONE : NODE_STAYS;
}

void guard_done(struct guard *g)
{
    free(g->removed_ns);
    *g = (struct guard){0};
}

static void forget_old(struct guard *g, int64_t since)
{
    unsigned old = 0;
    while (old < g->removed && g->removed_ns[old] < since)
        old++;
    g->removed -= old;
    if (old)
        memmove(g->removed_ns, g->removed_ns + old, g->removed * sizeof(*g->removed_ns));
}

bool guard_is_frozen(struct guard *g, const struct verdict_policy *policy, unsigned owned, unsigned gone,
                     int64_t now)
{
    forget_old(g, now - policy->window_ns);
    uint64_t all = (uint64_t)owned + g->removed, lost = (uint64_t)gone + g->removed;
    return gone && all >= policy->nodes_min && lost * 100 > all * policy->percent_max;
}

int64_t guard_take(struct guard *g, const struct verdict_policy *policy, int64_t now)
{
    double gained = g->filled_ns ? (double)(now - g->filled_ns) / (double)MAX(policy->interval_ns, 1)
                                 : (double)policy->burst;
    g->tokens = MIN(g->tokens + gained, (double)policy->burst);
    g->filled_ns = now;
    if (g->tokens < 1)
        return (int64_t)((1 - g->tokens) * (double)policy->interval_ns) + 1;
    g->tokens -= 1;
    return 0;
}

void guard_removed(struct guard *g, int64_t now)
{
    size_t capacity = g->capacity;
    g->removed_ns = xgrow(g->removed_ns, &capacity, g->removed + 1, sizeof(*g->removed_ns));
    g->capacity = (unsigned)capacity;
    g->removed_ns[g->removed++] = now;
}
