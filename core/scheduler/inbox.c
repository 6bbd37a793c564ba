/* SPDX-License-Identifier: Apache-2.0 */
/* A list under a lock that is held for a few instructions; the reader takes the whole list at once. */
#include "core/scheduler/inbox.h"

#include <stdlib.h>
#include <time.h>

void inbox_init(struct inbox *i)
{
    pthread_condattr_t attributes;
    pthread_mutex_init(&i->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&i->changed, &attributes);
    pthread_condattr_destroy(&attributes);
    i->first = NULL;
    i->last = &i->first;
    i->waiting = false;
    atomic_init(&i->stopped, false);
    atomic_init(&i->filled, false);
}

void inbox_done(struct inbox *i)
{
    inbox_apply(i, NULL);
    pthread_cond_destroy(&i->changed);
    pthread_mutex_destroy(&i->lock);
}

void inbox_post(struct inbox *i, struct note *n)
{
    n->next = NULL;
    pthread_mutex_lock(&i->lock);
    *i->last = n;
    i->last = &n->next;
    atomic_store_explicit(&i->filled, true, memory_order_relaxed);
    if (i->waiting)
        pthread_cond_signal(&i->changed);
    pthread_mutex_unlock(&i->lock);
}

static struct note *take_all(struct inbox *i)
{
    if (!atomic_load_explicit(&i->filled, memory_order_relaxed))
        return NULL;
    pthread_mutex_lock(&i->lock);
    struct note *all = i->first;
    i->first = NULL;
    i->last = &i->first;
    atomic_store_explicit(&i->filled, false, memory_order_relaxed);
    pthread_mutex_unlock(&i->lock);
    return all;
}

void inbox_apply(struct inbox *i, struct scheduler *s)
{
    for (struct note *n = take_all(i), *next; n; n = next) {
        next = n->next;
        n->apply(s, n);
        free(n);
    }
}

bool inbox_wait(struct inbox *i, int64_t until_ms)
{
    const struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};
    int rc = 0;
    pthread_mutex_lock(&i->lock);
    i->waiting = true;
    while (!i->first && !atomic_load(&i->stopped) && rc == 0)
        rc = until_ms == INT64_MAX ? pthread_cond_wait(&i->changed, &i->lock)
                                   : pthread_cond_timedwait(&i->changed, &i->lock, &until);
    i->waiting = false;
    bool go_on = !atomic_load(&i->stopped);
    pthread_mutex_unlock(&i->lock);
    return go_on;
}

void inbox_stop(struct inbox *i)
{
    pthread_mutex_lock(&i->lock);
    atomic_store(&i->stopped, true);
    pthread_cond_broadcast(&i->changed);
    pthread_mutex_unlock(&i->lock);
}

bool inbox_stopped(const struct inbox *i)
{
    return atomic_load_explicit(&i->stopped, memory_order_relaxed);
}
