/* SPDX-License-Identifier: Apache-2.0 */
/* What the informers told becomes the picture and the queue, and wakes those whom it helps. */
#include "core/base/memory.h"
#include "core/scheduler/scheduler.h"

const struct profile *picture_profile(const struct scheduler *s, const struct pod_class *class_)
{
    return config_profile(s->config, class_->scheduler);
}

/* --- waking --- */

struct hint {
    struct scheduler *scheduler;
    const struct event *event;
    struct arena arena;
    const struct pod_class *class; /* of the last that was asked about */
    uint64_t rejecters;
    bool answer;
};

static bool ask_filters(struct hint *h, const struct pod *p)
{
    struct cycle c =
        cycle_of(&h->scheduler->cluster, picture_profile(h->scheduler, p->class), p->class, p, &h->arena);
    for (unsigned f = 0; f < filters_count; f++)
        if ((p->queue.rejecters & (UINT64_C(1) << f)) && (filters[f]->wakes & h->event->wakes) &&
            (!filters[f]->helps || filters[f]->helps(&c, h->event)))
            return true;
    return p->queue.rejecters == 0;
}

/* Pods of one class, which fell asleep together, get one answer. */
static bool helps(void *context, struct queue_entry *e)
{
    struct hint *h = context;
    const struct pod *p = container_of(e, struct pod, queue);
    if (p == h->event->pod)
        return false;
    if (p->class != h->class || p->queue.rejecters != h->rejecters) {
        h->class = p->class;
        h->rejecters = p->queue.rejecters;
        h->answer = ask_filters(h, p);
    }
    return h->answer;
}

void picture_tell(struct scheduler *s, const struct event *e)
{
    struct hint h = {.scheduler = s, .event = e};
    if (e->wakes && queue_count(&s->queue, QUEUE_ASLEEP))
        queue_wake(&s->queue, e->wakes, helps, &h);
    arena_done(&h.arena);
}

/* --- pods --- */

static void pod_gone(struct scheduler *s, struct pod *p)
{
    struct node *left = p->node ? p->node : p->nominated;
    bool there = left && left->present; /* else it may go with its last pod */
    queue_remove(&s->queue, &p->queue);
    cluster_unplace(&s->cluster, p);
    cluster_nominate(&s->cluster, p, NULL);
    if (there)
        picture_tell(s, &(struct event){.wakes = WAKE_POD_GONE, .pod = p, .node = left});
    cluster_remove_pod(&s->cluster, p);
}

static void pod_runs(struct scheduler *s, struct pod *p, const struct pod_note *n, bool changed)
{
    bool same = p->node && strcmp(p->node->name, n->node) == 0;
    unsigned wakes = 0;
    queue_remove(&s->queue, &p->queue);
    if (p->node && !same)
        wakes |= WAKE_POD_GONE;
    if (!same)
        cluster_place(&s->cluster, p, n->node);
    if (!same || p->assumed)
        wakes |= WAKE_POD_PLACED;
    if (changed || p->leaving != n->leaving)
        wakes |= WAKE_POD_GONE | WAKE_POD_PLACED;
    p->assumed = false;
    s->cluster.version += p->leaving != n->leaving;
    p->leaving = n->leaving;
    p->evicted = p->evicted || n->evicted;
    p->started_ms = n->started_ms;
    picture_tell(s, &(struct event){.wakes = wakes, .pod = p, .node = p->node});
}

uint64_t nomination_hash(const char *node)
{
    return *node ? hash_fnv64a(node, strlen(node)) : 0;
}

/* Only a change counts: what we promised may not have reached the server when it told of something else. */
static void apply_nomination(struct scheduler *s, struct pod *p, const char *node)
{
    uint64_t told = nomination_hash(node);
    if (told != p->nominated_told)
        cluster_nominate(&s->cluster, p, node);
    p->nominated_told = told;
}

/* changed: it says something else of itself than before, and may have better luck now. */
static void pod_waits(struct scheduler *s, struct pod *p, const struct pod_note *n, bool changed)
{
    if (p->assumed)
        return; /* an older state than what we made of it */
    p->told = n->told;
    cluster_unplace(&s->cluster, p);
    apply_nomination(s, p, n->nominated);
    if (p->queue.place == QUEUE_NONE || (p->queue.place == QUEUE_GATED) != p->class->gated)
        queue_add(&s->queue, &p->queue, p->class->priority, p->class->gated);
    else if (changed)
        queue_activate(&s->queue, &p->queue);
}

void picture_apply_pod(struct scheduler *s, struct note *note)
{
    struct pod_note *n = container_of(note, struct pod_note, note);
    struct pod *p = s ? cluster_pod(&s->cluster, n->key) : NULL;
    if (!s) {
        pod_class_unref(n->class);
        return;
    }
    bool waits = n->class && !*n->node;
    if (p && (!n->class || strcmp(p->uid, n->uid) != 0 || (waits && n->leaving))) {
        pod_gone(s, p);
        p = NULL;
    }
    if (!n->class)
        return;
    /* Those of other schedulers, and those that are about to go, do not wait for us. */
    if (waits && (n->leaving || !picture_profile(s, n->class))) {
        pod_class_unref(n->class);
        return;
    }
    bool changed = p && p->class != n->class;
    if (!p)
        p = cluster_add_pod(&s->cluster, n->key, n->uid, n->class);
    else
        cluster_set_class(&s->cluster, p, n->class);
    if (waits)
        pod_waits(s, p, n, changed);
    else
        pod_runs(s, p, n, changed);
}

/* --- nodes and namespaces --- */

void picture_apply_node(struct scheduler *s, struct note *note)
{
    struct node_note *n = container_of(note, struct node_note, note);
    if (s && n->gone) {
        cluster_remove_node(&s->cluster, n->name);
        picture_tell(s, &(struct event){.wakes = WAKE_NODE_GONE});
    } else if (s) {
        unsigned wakes = cluster_set_node(&s->cluster, n->name, &n->facts);
        picture_tell(s, &(struct event){.wakes = wakes, .node = cluster_node(&s->cluster, n->name)});
    }
    node_facts_done(&n->facts);
}

void picture_apply_namespace(struct scheduler *s, struct note *note)
{
    struct namespace_note *n = container_of(note, struct namespace_note, note);
    if (s && n->gone)
        cluster_remove_namespace(&s->cluster, n->name);
    else if (s)
        cluster_set_namespace(&s->cluster, n->name, &n->labels);
    labels_done(&n->labels);
}
