/* SPDX-License-Identifier: Apache-2.0 */
/* Expectations: a number of creations and a set of uids to go, per owner. Deletions are known by uid, so that
 * one that is seen twice (marked, then gone) counts once. */
#include "core/controller-manager/expectations.h"

#include <pthread.h>

#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/base/memory.h"

#define EXPIRES_NS (300 * NS_PER_S)

struct expected {
    int64_t creations;
    struct map *deletions; /* NULL: none */
    int64_t since_ns;
};

struct expectations {
    pthread_mutex_t lock;
    struct map *owners;
};

static void expected_free(void *value)
{
    struct expected *x = value;
    map_free(x->deletions);
    free(x);
}

struct expectations *expectations_new(void)
{
    struct expectations *e = new0(struct expectations);
    pthread_mutex_init(&e->lock, NULL);
    e->owners = map_new(expected_free);
    return e;
}

void expectations_free(struct expectations *e)
{
    if (!e)
        return;
    map_free(e->owners);
    pthread_mutex_destroy(&e->lock);
    free(e);
}

static struct expected *expected_of(struct expectations *e, const char *key)
{
    struct expected *x = map_get(e->owners, key);
    if (!x) {
        x = new0(struct expected);
        map_set(e->owners, key, x);
    }
    x->since_ns = clock_monotonic_ns();
    return x;
}

static bool met(const struct expected *x)
{
    return x->creations <= 0 && (!x->deletions || map_count(x->deletions) == 0);
}

static void forget_if_met(struct expectations *e, const char *key, const struct expected *x)
{
    if (met(x))
        map_remove(e->owners, key);
}

void expectations_expect_creations(struct expectations *e, const char *key, int64_t count)
{
    pthread_mutex_lock(&e->lock);
    expected_of(e, key)->creations = count;
    pthread_mutex_unlock(&e->lock);
}

void expectations_expect_deletion(struct expectations *e, const char *key, const char *uid)
{
    static char present;
    pthread_mutex_lock(&e->lock);
    struct expected *x = expected_of(e, key);
    if (!x->deletions)
        x->deletions = map_new(NULL);
    map_set(x->deletions, uid, &present);
    pthread_mutex_unlock(&e->lock);
}

void expectations_creation_observed(struct expectations *e, const char *key, int64_t count)
{
    pthread_mutex_lock(&e->lock);
    struct expected *x = map_get(e->owners, key);
    if (x) {
        x->creations -= count;
        forget_if_met(e, key, x);
    }
    pthread_mutex_unlock(&e->lock);
}

void expectations_deletion_observed(struct expectations *e, const char *key, const char *uid)
{
    pthread_mutex_lock(&e->lock);
    struct expected *x = map_get(e->owners, key);
    if (x && x->deletions) {
        map_remove(x->deletions, uid);
        forget_if_met(e, key, x);
    }
    pthread_mutex_unlock(&e->lock);
}

bool expectations_satisfied(struct expectations *e, const char *key)
{
    pthread_mutex_lock(&e->lock);
    struct expected *x = map_get(e->owners, key);
    bool satisfied = !x || met(x) || clock_monotonic_ns() - x->since_ns > EXPIRES_NS;
    if (x && satisfied)
        map_remove(e->owners, key);
    pthread_mutex_unlock(&e->lock);
    return satisfied;
}

void expectations_forget(struct expectations *e, const char *key)
{
    pthread_mutex_lock(&e->lock);
    map_remove(e->owners, key);
    pthread_mutex_unlock(&e->lock);
}
