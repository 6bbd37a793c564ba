/* SPDX-License-Identifier: Apache-2.0 */
/* The garbage collector: objects whose owners are gone go too, in the way in which the owner was deleted: in
 * the background, before it, or not at all. */
#include "core/base/memory.h"
#include "core/controller-manager/garbage.h"

/* The first complete answer starts the attempts; so does the third incomplete one, when a part of the server
 * stays away. */
static int64_t resync(void *self, const char *key, struct error *err)
{
    struct garbage *c = self;
    int rc = garbage_resync(c, err);
    if (rc == 0 || ++c->incomplete >= 3)
        workqueue_start(c->attempts);
    return rc;
}

static void *start(struct manager *m, struct controller_run *run)
{
    const struct manager_options *o = manager_options(m);
    if (!o->enable_garbage_collector)
        return NULL;
    struct garbage *c = new0(struct garbage);
    c->client = manager_client(m);
    pthread_mutex_init(&c->lock, NULL);
    c->attempts = controller_queue("garbage", o->concurrent_gc_syncs, garbage_attempt, c);
    c->resync = controller_queue("garbage-resync", 1, resync, c);
    garbage_monitor_shared(c, run);
    return c;
}

static void begin(void *self)
{
    struct garbage *c = self;
    workqueue_add(c->resync, "resync");
    workqueue_start(c->resync);
}

static void stop(void *self)
{
    struct garbage *c = self;
    workqueue_free(c->resync);
    for (size_t i = 0; i < c->monitors_count; i++)
        if (c->monitors[i]->informer)
            informer_stop(c->monitors[i]->informer);
    workqueue_free(c->attempts);
    garbage_monitors_free(c);
    garbage_graph_done(&c->graph);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

const struct controller controller_garbage = {
    .name = "garbage-collector-controller",
    .alias = "garbagecollector",
    .account = "generic-garbage-collector",
    .start = start,
    .begin = begin,
    .stop = stop,
};
