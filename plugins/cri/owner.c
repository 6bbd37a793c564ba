/* SPDX-License-Identifier: Apache-2.0 */
/* See owner.h: a hash table with chains, of the few hundred containers that a node runs. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/cri/owner.h"

enum { BUCKETS = 512, ID_BYTES = 68 };

struct owner {
    struct owner *next;
    char id[ID_BYTES], sandbox_id[ID_BYTES];
};

struct owners {
    pthread_mutex_t lock; /* guards the chains */
    struct owner *buckets[BUCKETS];
};

struct owners *owners_new(void)
{
    struct owners *owners = calloc(1, sizeof(*owners));
    if (owners)
        pthread_mutex_init(&owners->lock, NULL);
    return owners;
}

void owners_free(struct owners *owners)
{
    if (!owners)
        return;
    for (unsigned i = 0; i < BUCKETS; i++)
        for (struct owner *owner = owners->buckets[i], *next; owner; owner = next) {
            next = owner->next;
            free(owner);
        }
    pthread_mutex_destroy(&owners->lock);
    free(owners);
}

/* Where the entry is, or where it would be. */
static struct owner **owners_place(struct owners *owners, const char *id)
{
    uint32_t hash = 2166136261u;
    for (const char *c = id; *c; c++)
        hash = (hash ^ (uint8_t)*c) * 16777619u;
    struct owner **at = &owners->buckets[hash % BUCKETS];
    while (*at && strcmp((*at)->id, id) != 0)
        at = &(*at)->next;
    return at;
}

void owners_add(struct owners *owners, const char *id, const char *sandbox_id)
{
    if (strlen(id) >= ID_BYTES || strlen(sandbox_id) >= ID_BYTES)
        return; /* it is a cache: such ids are looked up each time */
    pthread_mutex_lock(&owners->lock);
    struct owner **at = owners_place(owners, id);
    if (!*at && (*at = calloc(1, sizeof(**at)))) {
        snprintf((*at)->id, ID_BYTES, "%s", id);
        snprintf((*at)->sandbox_id, ID_BYTES, "%s", sandbox_id);
    }
    pthread_mutex_unlock(&owners->lock);
}

void owners_remove(struct owners *owners, const char *id)
{
    pthread_mutex_lock(&owners->lock);
    struct owner **at = owners_place(owners, id), *found = *at;
    if (found)
        *at = found->next;
    pthread_mutex_unlock(&owners->lock);
    free(found);
}

bool owners_find(struct owners *owners, const char *id, char *ret_sandbox_id, size_t size)
{
    pthread_mutex_lock(&owners->lock);
    const struct owner *found = *owners_place(owners, id);
    if (found)
        snprintf(ret_sandbox_id, size, "%s", found->sandbox_id);
    pthread_mutex_unlock(&owners->lock);
    return found != NULL;
}
