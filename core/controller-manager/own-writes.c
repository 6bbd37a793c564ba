/* SPDX-License-Identifier: Apache-2.0 */
/* The last revision written for each key, kept until an informer is as new. */
#include "core/controller-manager/own-writes.h"

#include <pthread.h>

#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/base/number.h"

#define PATIENCE_MS 30000

struct own_write {
    uint64_t revision;
    int64_t since_ms;
};

struct own_writes {
    pthread_mutex_t lock;
    struct map *keys;
};

struct own_writes *own_writes_new(void)
{
    struct own_writes *w = new0(struct own_writes);
    pthread_mutex_init(&w->lock, NULL);
    w->keys = map_new(free);
    return w;
}

void own_writes_free(struct own_writes *w)
{
    if (!w)
        return;
    map_free(w->keys);
    pthread_mutex_destroy(&w->lock);
    free(w);
}

void own_writes_note(struct own_writes *w, const char *key, const struct json *written)
{
    uint64_t revision;
    if (!parse_u64(slice_of(object_resource_version(written)), UINT64_MAX, &revision))
        return;
    pthread_mutex_lock(&w->lock);
    struct own_write *o = map_get(w->keys, key);
    if (!o) {
        o = new0(struct own_write);
        map_set(w->keys, key, o);
    }
    o->revision = MAX(o->revision, revision);
    o->since_ms = clock_monotonic_ms();
    pthread_mutex_unlock(&w->lock);
}

bool own_writes_seen(struct own_writes *w, const char *key, const struct informer *i)
{
    pthread_mutex_lock(&w->lock);
    const struct own_write *o = map_get(w->keys, key);
    bool seen = !o || informer_revision(i) >= o->revision || clock_monotonic_ms() - o->since_ms > PATIENCE_MS;
    if (o && seen)
        map_remove(w->keys, key);
    pthread_mutex_unlock(&w->lock);
    return seen;
}
