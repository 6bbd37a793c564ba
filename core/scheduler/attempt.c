/* SPDX-License-Identifier: Apache-2.0 */
/* One attempt to place a pod: what a cycle decided becomes a binding, or a report and perhaps a preemption.
 */
#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/scheduler/scheduler.h"

/* Less urgent ones that were promised a place on the node must look for another. */
static void take_promises_back(struct scheduler *s, const struct pod *p, struct node *n)
{
    list_for_each_safe (it, &n->nominated) {
        struct pod *other = list_entry(it, struct pod, nomination);
        if (other->class->priority >= p->class->priority)
            continue;
        cluster_nominate(&s->cluster, other, NULL);
        queue_activate(&s->queue, &other->queue);
    }
}

/* Returns the whole text of why the pod waits. */
static const char *try_preemption(struct scheduler *s, struct cycle *c, struct pod *p,
                                  const struct diagnosis *d)
{
    struct victims victims;
    bool keep;
    const char *why = preempt(c, d, s->informers[WATCH_BUDGETS], &victims, &keep);
    metrics_preemption(&s->metrics, victims.count);
    if (victims.node) {
        take_promises_back(s, p, victims.node);
        cluster_nominate(&s->cluster, p, victims.node->name);
        evict_submit(s, p, &victims);
        return d->text;
    }
    if (!keep)
        cluster_nominate(&s->cluster, p, NULL);
    return arena_printf(c->arena, "%s preemption: %s", d->text, why);
}

void failure_done(struct failure *f)
{
    pod_class_unref(f->class);
    free(f->text);
    *f = (struct failure){0};
}

/* Only what would be the same for the next pod is worth remembering: no promise was made or had. */
static void remember(struct scheduler *s, const struct pod *p, const struct diagnosis *d, const char *text)
{
    failure_done(&s->failure);
    if (!p->nominated)
        s->failure = (struct failure){.class = pod_class_ref(p->class),
                                      .version = s->cluster.version,
                                      .text = xstrdup(text),
                                      .wakes = d->wakes,
                                      .rejecters = d->rejecters};
}

static bool fails_as_before(const struct scheduler *s, const struct pod *p)
{
    return s->failure.class == p->class && s->failure.version == s->cluster.version && !p->nominated &&
           !p->nominated_told;
}

static void fail_as_before(struct scheduler *s, struct pod *p)
{
    const struct failure *f = &s->failure;
    queue_sleep(&s->queue, &p->queue, f->wakes, f->rejecters);
    report_submit(s, p, &(struct report){"Unschedulable", f->text, NULL});
}

static void fail(struct scheduler *s, struct cycle *c, struct pod *p)
{
    struct diagnosis d;
    cycle_explain(c, &d);
    const char *text = d.text;
    if (s->cluster.nodes_count && c->profile->preempts)
        text = try_preemption(s, c, p, &d);
    else
        cluster_nominate(&s->cluster, p, NULL);
    queue_sleep(&s->queue, &p->queue, d.wakes, d.rejecters);
    remember(s, p, &d, text);
    const char *promised = p->nominated ? p->nominated->name : "";
    bool known = nomination_hash(promised) == p->nominated_told;
    report_submit(s, p, &(struct report){"Unschedulable", text, known ? NULL : promised});
}

static void decide(struct scheduler *s, struct pod *p, int64_t began_ns)
{
    struct arena arena = ARENA_INIT;
    struct cycle c = cycle_of(&s->cluster, picture_profile(s, p->class), p->class, p, &arena);
    struct node *n = cycle_decide(&c), *promised = p->nominated;
    metrics_algorithm(&s->metrics, clock_monotonic_ns() - began_ns);
    if (n) {
        bool freed = promised && promised != n && promised->present;
        cluster_place(&s->cluster, p, n->name);
        p->assumed = true;
        bind_submit(s, p, began_ns);
        if (freed) /* the place that was kept for it */
            picture_tell(s, &(struct event){.wakes = WAKE_POD_GONE, .pod = p, .node = promised});
    } else {
        fail(s, &c, p);
    }
    arena_done(&arena);
}

void attempt_run(struct scheduler *s, struct pod *p)
{
    int64_t began_ns = clock_monotonic_ns();
    if (fails_as_before(s, p))
        fail_as_before(s, p);
    else
        decide(s, p, began_ns);
    if (!p->node)
        metrics_attempt(&s->metrics, config_profile_index(s->config, p->class->scheduler),
                        RESULT_UNSCHEDULABLE, clock_monotonic_ns() - began_ns);
}
