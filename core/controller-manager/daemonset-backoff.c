/* SPDX-License-Identifier: Apache-2.0 */
/* Daemons that fail on a node, again and again: the first is replaced at once, the next ones later and later,
 * so that a set and a kubelet that refuses its pods do not keep each other busy. Kept in memory only. */
#include <pthread.h>

#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/controller-manager/daemonset.h"

#define DELAY_MIN_MS 1000
#define DELAY_MAX_MS (15 * 60 * 1000)

struct daemon_backoffs {
    pthread_mutex_t lock;
    struct map *places; /* struct backoff by "uid of the set/node" */
};
struct backoff {
    int64_t last_ms, delay_ms;
};

struct daemon_backoffs *daemon_backoffs_new(void)
{
    struct daemon_backoffs *b = new0(struct daemon_backoffs);
    pthread_mutex_init(&b->lock, NULL);
    b->places = map_new(free);
    return b;
}

void daemon_backoffs_free(struct daemon_backoffs *b)
{
    map_free(b->places);
    pthread_mutex_destroy(&b->lock);
    free(b);
}

/* Under the lock. */
static int64_t take_turn(struct daemon_backoffs *b, const char *place)
{
    int64_t now = clock_monotonic_ms();
    struct backoff *known = map_get(b->places, place);
    if (known && now - known->last_ms < known->delay_ms)
        return known->delay_ms - (now - known->last_ms);
    if (!known) {
        known = new0(struct backoff);
        map_set(b->places, place, known);
    }
    bool calm = !known->delay_ms || now - known->last_ms > 2 * DELAY_MAX_MS;
    known->delay_ms = calm ? DELAY_MIN_MS : MIN(known->delay_ms * 2, (int64_t)DELAY_MAX_MS);
    known->last_ms = now;
    return 0;
}

int64_t daemon_backoff_ms(struct daemon_backoffs *b, const char *set_uid, const char *node)
{
    _cleanup_free_ char *place = xasprintf("%s/%s", set_uid, node);
    pthread_mutex_lock(&b->lock);
    int64_t left_ms = take_turn(b, place);
    pthread_mutex_unlock(&b->lock);
    return left_ms;
}

void daemon_backoffs_forget(struct daemon_backoffs *b, const char *set_uid)
{
    const char *place;
    size_t cursor = 0, size = strlen(set_uid);
    pthread_mutex_lock(&b->lock);
    while (map_next(b->places, &cursor, &place, NULL))
        if (!strncmp(place, set_uid, size) && place[size] == '/')
            map_remove(b->places, place);
    pthread_mutex_unlock(&b->lock);
}
