/* SPDX-License-Identifier: Apache-2.0 */
/* See route-names.h. A cloud's route table holds at most some thousands of routes, so a list will do. */
#include <pthread.h>

#include "plugins/cloud-aws/route-names.h"

struct pair {
    char *instance, *node;
};
struct route_names {
    pthread_mutex_t lock; /* below */
    struct pair *items;
    size_t count;
};

struct route_names *route_names_new(void)
{
    struct route_names *n = mem_alloc(1, sizeof(*n));
    pthread_mutex_init(&n->lock, NULL);
    return n;
}

static void pair_done(struct pair *p)
{
    free(p->instance);
    free(p->node);
}

void route_names_free(struct route_names *n)
{
    for (size_t i = 0; i < n->count; i++)
        pair_done(&n->items[i]);
    free(n->items);
    pthread_mutex_destroy(&n->lock);
    free(n);
}

/* Under the lock. */
static struct pair *find(const struct route_names *n, const char *instance)
{
    for (size_t i = 0; i < n->count; i++)
        if (strcmp(n->items[i].instance, instance) == 0)
            return &n->items[i];
    return NULL;
}

void route_names_learn(struct route_names *n, const char *instance, const char *node)
{
    pthread_mutex_lock(&n->lock);
    struct pair *p = find(n, instance);
    if (!p) {
        n->items = mem_grow(n->items, n->count + 1, sizeof(*n->items));
        p = &n->items[n->count++];
        *p = (struct pair){.instance = mem_str(instance)};
    }
    free(p->node);
    p->node = mem_str(node);
    pthread_mutex_unlock(&n->lock);
}

char *route_names_find(struct route_names *n, const char *instance)
{
    pthread_mutex_lock(&n->lock);
    const struct pair *p = find(n, instance);
    char *node = p ? mem_str(p->node) : NULL;
    pthread_mutex_unlock(&n->lock);
    return node;
}

void route_names_keep(struct route_names *n, const struct texts *instances)
{
    size_t kept = 0;
    pthread_mutex_lock(&n->lock);
    for (size_t i = 0; i < n->count; i++) {
        if (texts_has(instances, n->items[i].instance))
            n->items[kept++] = n->items[i];
        else
            pair_done(&n->items[i]);
    }
    n->count = kept;
    pthread_mutex_unlock(&n->lock);
}
