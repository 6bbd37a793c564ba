/* SPDX-License-Identifier: Apache-2.0 */
/* See node-set.h. */
#include "plugins/cloud-gcp/node-set.h"

#include <stdlib.h>
#include <string.h>

static int by_place(const void *a, const void *b)
{
    const struct node *x = a, *y = b;
    int order = strcmp(x->zone, y->zone);
    return order ? order : strcmp(x->name, y->name);
}

static int by_all(const void *a, const void *b)
{
    int order = by_place(a, b);
    return order ? order : strcmp(((const struct node *)a)->uuid, ((const struct node *)b)->uuid);
}

/* Sorted, each place once. */
static void tidy(struct node_set *set)
{
    uint32_t kept = 0;
    if (set->count)
        qsort(set->nodes, set->count, sizeof(set->nodes[0]), by_all);
    for (uint32_t i = 0; i < set->count; i++)
        if (kept == 0 || by_place(&set->nodes[kept - 1], &set->nodes[i]) != 0)
            set->nodes[kept++] = set->nodes[i];
    set->count = kept;
}

static struct node_set *set_new(size_t capacity)
{
    struct node_set *set = calloc(1, sizeof(*set) + capacity * sizeof(set->nodes[0]));
    if (set)
        set->refs = 1;
    return set;
}

struct node_set *node_set_of(const struct machine_id *nodes, uint32_t count)
{
    struct node_set *set = set_new(count);
    for (uint32_t i = 0; set && i < count; i++) {
        if (nodes[i].foreign || nodes[i].by_name)
            continue;
        struct node *n = &set->nodes[set->count++];
        memcpy(n->zone, nodes[i].zone, NAME_SIZE);
        memcpy(n->name, nodes[i].name, NAME_SIZE);
        memcpy(n->uuid, nodes[i].uuid, UUID_SIZE);
    }
    if (set)
        tidy(set);
    return set;
}

struct node_set *node_set_union(const struct node_set *const *sets, size_t count)
{
    size_t capacity = 0;
    for (size_t i = 0; i < count; i++)
        capacity += sets[i]->count;
    struct node_set *all = set_new(capacity);
    for (size_t i = 0; all && i < count; i++) {
        memcpy(all->nodes + all->count, sets[i]->nodes, sets[i]->count * sizeof(all->nodes[0]));
        all->count += sets[i]->count;
    }
    if (all)
        tidy(all);
    return all;
}

bool node_set_same(const struct node_set *a, const struct node_set *b)
{
    return a->count == b->count && memcmp(a->nodes, b->nodes, a->count * sizeof(a->nodes[0])) == 0;
}

const struct node *node_find(const struct node *nodes, uint32_t count, const struct node *key)
{
    return count ? bsearch(key, nodes, count, sizeof(*key), by_place) : NULL;
}

uint32_t node_set_zone_end(const struct node_set *set, uint32_t from)
{
    uint32_t end = from;
    while (end < set->count && strcmp(set->nodes[end].zone, set->nodes[from].zone) == 0)
        end++;
    return end;
}

/* FNV-1a, stirred, since names of a pool differ in their last letters only. */
static uint64_t rank(const struct node *n)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *c = n->name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    hash = (hash ^ (hash >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    return hash ^ (hash >> 33);
}

static int by_rank(const void *a, const void *b)
{
    uint64_t x = rank(a), y = rank(b);
    return x != y ? (x > y) - (x < y) : by_place(a, b);
}

void node_set_thin(struct node_set *set, uint32_t zone_max)
{
    uint32_t kept = 0;
    for (uint32_t from = 0, end; from < set->count; from = end) {
        end = node_set_zone_end(set, from);
        uint32_t count = end - from < zone_max ? end - from : zone_max;
        if (end - from > zone_max)
            qsort(set->nodes + from, end - from, sizeof(set->nodes[0]), by_rank);
        memmove(set->nodes + kept, set->nodes + from, count * sizeof(set->nodes[0]));
        kept += count;
    }
    set->count = kept;
    tidy(set);
}
