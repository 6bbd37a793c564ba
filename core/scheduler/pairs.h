/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers by topology key and value ("zone", "eu-1"), for one cycle: texts are borrowed, memory is the
 * arena's. */
#ifndef KEELSON_SCHEDULER_PAIRS_H
#define KEELSON_SCHEDULER_PAIRS_H

#include <stdint.h>

#include "core/base/arena.h"

struct pair {
    const char *key, *value; /* key NULL: a free slot */
    uint64_t hash;
    int64_t number;
};
struct pairs {
    struct arena *arena;
    struct pair *slots;
    unsigned capacity, count;
};
/* The number of the pair, 0 when it is new; valid until the next call. */
int64_t *pairs_at(struct pairs *p, const char *key, const char *value);
int64_t *pairs_find(const struct pairs *p, const char *key, const char *value); /* NULL when absent */
int64_t pairs_get(const struct pairs *p, const char *key, const char *value);   /* 0 when absent */
/* The next one after *cursor, which starts at 0; NULL at the end. */
const struct pair *pairs_next(const struct pairs *p, unsigned *cursor);

#endif
