/* SPDX-License-Identifier: Apache-2.0 */
/* The feed: one range and then one watch over /registry/ that keeps all caches up to date, and the compaction
 * of the store's history. */
#ifndef KEELSON_APISERVER_CACHE_FEED_H
#define KEELSON_APISERVER_CACHE_FEED_H

#include "core/apiserver/cache.h"
#include "core/apiserver/store.h"

struct feed;
/* Loads everything, then follows on a thread of its own. Blocks until the caches are full. */
int feed_start(struct caches *caches, struct store *store, struct feed **ret, struct error *err);
/* Whether the watch is in place. */
bool feed_healthy(const struct feed *feed);
/* Stops the watch and waits for it. */
void feed_stop(struct feed *feed);

/* The object behind a value of the store; revision set. Resets the arena. ERR_BAD_REQUEST when it cannot be
 * read. */
int feed_decode(const struct cache *c, struct arena *arena, struct slice key, const struct keelson_kv *kv,
                struct object **ret, struct error *err);

#endif
