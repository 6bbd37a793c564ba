/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CPU use from two samples. The older one is at least SPAN_NS before the newer, so that two readers in a row
 * do not make each other's figures coarse; samples of what is gone are forgotten.
 */
#include <pthread.h>

#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/kubelet/stats.h"

#define SPAN_NS (10 * NS_PER_S)
#define NODE    "/"

struct sample {
    int64_t at_ns, nano_cores;
    uint64_t cpu_ns;
    bool seen;
};
struct stats_rates {
    pthread_mutex_t lock; /* samples */
    struct map *samples;  /* container id, or NODE */
};

struct stats_rates *stats_rates_new(void)
{
    struct stats_rates *r = new0(struct stats_rates);
    r->samples = map_new(free);
    pthread_mutex_init(&r->lock, NULL);
    return r;
}

void stats_rates_free(struct stats_rates *r)
{
    if (!r)
        return;
    map_free(r->samples);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static int64_t rate_of(struct stats_rates *r, const char *key, int64_t at_ns, uint64_t cpu_ns)
{
    struct sample *s = map_get(r->samples, key);
    if (!s) {
        s = new0(struct sample);
        *s = (struct sample){at_ns, -1, cpu_ns, true};
        map_set(r->samples, key, s);
        return -1;
    }
    int64_t span_ns = at_ns - s->at_ns;
    s->seen = true;
    if (span_ns < NS_PER_S || cpu_ns < s->cpu_ns)
        return s->nano_cores;
    int64_t rate = (int64_t)((double)(cpu_ns - s->cpu_ns) / (double)span_ns * (double)NS_PER_S);
    if (span_ns >= SPAN_NS)
        *s = (struct sample){at_ns, rate, cpu_ns, true};
    return rate;
}

static void forget_unseen(struct stats_rates *r)
{
    size_t cursor = 0;
    const char *key;
    void *value;
    while (map_next(r->samples, &cursor, &key, &value)) {
        struct sample *s = value;
        bool seen = s->seen;
        s->seen = false;
        if (!seen)
            map_remove(r->samples, key);
    }
}

void stats_rates_fill(struct stats_rates *r, struct stats *stats)
{
    pthread_mutex_lock(&r->lock);
    stats->nano_cores = rate_of(r, NODE, stats->sampled_ns, stats->cpu_ns);
    for (size_t i = 0; i < stats->count; i++) {
        struct stats_container *c = &stats->containers[i];
        c->nano_cores = c->sampled_ns ? rate_of(r, c->id, c->sampled_ns, c->cpu_ns) : -1;
    }
    forget_unseen(r);
    pthread_mutex_unlock(&r->lock);
}
