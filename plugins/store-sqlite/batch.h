/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The writer's work in hand: the changes of several transactions, seen by the later ones of the same batch
 * and by nobody else until they are committed. Kept between batches, so that a batch allocates only the new
 * keys' entries. Writer thread only.
 */
#ifndef STORE_SQLITE_BATCH_H
#define STORE_SQLITE_BATCH_H

#include "plugins/store-sqlite/store.h"

struct batch {
    struct store *store;
    struct keelson_kv *events; /* one for each change, in order */
    struct entry **entries;    /* beside it: the key's new entry, NULL for a delete */
    int64_t *expires_ms;       /* beside it */
    size_t count, capacity;
    struct entry **dropped; /* taken out of the index; events may point into them until batch_clear */
    size_t dropped_count, dropped_capacity;
    uint32_t *slots; /* open hash table over the newest change of each key: position + 1 */
    size_t slots_size, slots_used;
    int64_t revision; /* with the changes of this batch */
    bool open;        /* a database transaction has begun */
};

struct batch *batch_new(struct store *store);
void batch_free(struct batch *batch);

/* Runs one transaction against the state with the batch's earlier ones. false: the database failed
 * (*ret_code), and the whole batch must be given up. */
bool batch_txn(struct batch *batch, const struct keelson_txn *txn, struct keelson_txn_result *ret,
               int *ret_code);
/* Deletes up to `limit` keys whose time has come, each under a revision of its own. */
bool batch_expire(struct batch *batch, int64_t now_ms, unsigned limit, int *ret_code);
int batch_commit(struct batch *batch);
void batch_rollback(struct batch *batch);
/* After a commit: makes the changes visible in index and revision. */
void batch_publish(struct batch *batch);
/* Forgets the changes; the events are no longer valid. */
void batch_clear(struct batch *batch);

#endif
