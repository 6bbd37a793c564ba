/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One open store: what its threads share.
 *
 *   callers   txn: put a request into the queue and sleep; txn_begin: the same without the sleep; range:
 * index and a pooled read connection; watch: replay the log, then sleep while the writer calls the sink
 *   writer    the only one that changes database, index and revision: takes all queued requests, runs them in
 *             one SQLite transaction, syncs once, publishes to the index, calls the watches' sinks, tells the
 *             callers (writer.c)
 *   late      takes requests whose deadline passed out of the queue (queue.c)
 *   keeper    copies the write-ahead log back into the database, finds what compaction may drop, and asks the
 *             writer to drop it in slices (keeper.c)
 *
 * Order of locks: watches_lock, then index_lock. queue_lock and readers_lock are taken alone.
 */
#ifndef STORE_SQLITE_STORE_H
#define STORE_SQLITE_STORE_H

#include <keelson/store.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

#include "plugins/store-sqlite/database.h"
#include "plugins/store-sqlite/expiry.h"
#include "plugins/store-sqlite/index.h"
#include "plugins/store-sqlite/reserve.h"

#define STORE_KEY_BYTES_MAX 4096
#define STORE_TXN_ITEMS_MAX 128

struct settings {
    char *path;
    int64_t value_bytes_max;
    int64_t writer_cache_bytes, reader_cache_bytes;
    int64_t readers;       /* read connections at most */
    int64_t reserve_bytes; /* see reserve.h; 0: none */
    int64_t wal_bytes; /* the write-ahead log is copied back when it is longer, and than a part of the file */
};

enum request_type {
    REQUEST_TXN,
    REQUEST_COMPACT, /* `revision` becomes the compact revision */
    REQUEST_DROP,    /* delete rows `ids`, as many as time allows, which sets `count`; with the last of them
                        all garbage up to `revision` is gone */
    REQUEST_VACUUM,  /* give `count` free pages back to the file system */
    REQUEST_CHECKPOINT, /* copy the rest of the write-ahead log, so that it starts anew */
};

/* What a caller asks of the writer. */
struct request {
    struct request *next;
    enum request_type type;
    int64_t deadline_ns; /* CLOCK_MONOTONIC; passes in the queue: KEELSON_TIMEOUT, and nothing happened */
    const struct keelson_txn *txn;
    int64_t revision;
    const int64_t *ids;
    size_t count;
    struct keelson_txn_result result;
    struct failure failure; /* status KEELSON_OK: done */
    /* [writer or late] Has been dealt with; the request is the receiver's again, who may release it. */
    void (*finish)(struct request *request);
    void *context;
};

struct queue {
    struct request *first, **last;
};

struct writer {
    struct connection connection;
    pthread_t thread;
    struct batch *batch;
    int64_t reserved_revision; /* below it revisions may be used without a sync; see writer.c */
    bool wal_unsigned;         /* the write-ahead log begins anew: the next batch is to say whose it is */
    int64_t progress_ms;       /* when watches without events last heard of a revision */
    bool failed; /* a sync failed: what reached the disk is unknown, so nothing more is written */
};

struct keeper {
    struct connection connection;
    pthread_t thread;
    _Atomic int64_t wal_bytes_goal; /* a longer write-ahead log is to be copied back */
    pthread_mutex_t lock;           /* protects what follows */
    pthread_cond_t wake;
    bool stop, checkpoint, compact;
    int64_t dropped_revision; /* garbage up to here is gone from the database; keeper thread only */
};

struct watch;
struct store {
    const struct keelson_host *host;
    void *token;
    struct settings settings;
    int lock_fd;             /* flock on <path>.lock: one process */
    int64_t boot;            /* tells a reboot of the machine from a restart of the process */
    int64_t clock_offset_ms; /* of store_clock_ms from CLOCK_BOOTTIME */

    pthread_mutex_t queue_lock; /* protects what follows */
    pthread_cond_t queue_filled;
    struct queue transactions, chores;
    bool stop;
    pthread_t late;
    pthread_cond_t late_wake;
    int64_t late_ns; /* when it looks at the queues next, unless woken; CLOCK_MONOTONIC */

    pthread_rwlock_t index_lock; /* protects what follows: the committed state */
    struct index index;
    struct expiry expiry;
    int64_t revision, compact_revision;

    pthread_mutex_t readers_lock; /* protects the pool */
    pthread_cond_t reader_free;
    struct connection *readers;
    int64_t readers_open;

    pthread_mutex_t
        watches_lock; /* protects the list and what is in the watches; held while sinks are called */
    struct watch *watches;
    int64_t delivered_revision;
    struct keelson_kv *picked; /* room for a watch's share of a batch; writer only */
    size_t picked_capacity;

    struct reserve reserve;
    struct writer writer;
    struct keeper keeper;
};

int64_t clock_monotonic_ns(void);
/* The clock of times to live: the time of day when the store was opened, and since then the time that passed.
 * Setting the machine's clock makes no key live longer or shorter. */
int64_t store_clock_ms(const struct store *store);
void store_clock_start(struct store *store);
/* At least 1; 0 for expires_ms 0: for ever. */
int64_t store_seconds_left(const struct store *store, int64_t expires_ms);
/* With all signals blocked and a small stack. 0, or an errno value. */
int thread_start(pthread_t *ret, void *(*function)(void *), void *argument);

/* Reads the log into index, expiry heap, revisions. Before the threads start. */
enum keelson_status store_load(struct store *store, struct failure *failure);

/* writer.c, and late with it; start after store_load; stop returns when the threads are gone. */
enum keelson_status writer_start(struct store *store, struct failure *failure);
void writer_stop(struct store *store);
/* queue.c. Queues a request whose `finish` is set, and returns: it may have been called by then. */
void writer_submit(struct store *store, struct request *request);
/* Queues and waits; `finish` is set here. */
enum keelson_status writer_do(struct store *store, struct request *request);

/* keeper.c. The writer speaks to the keeper before its thread starts and after it ended: init and done
 * enclose all threads. */
void keeper_init(struct keeper *keeper);
void keeper_done(struct keeper *keeper);
enum keelson_status keeper_start(struct store *store, struct failure *failure);
void keeper_stop(struct store *store);
void keeper_compact(struct store *store);                     /* [any thread] there is garbage to drop */
void keeper_wal_size(struct store *store, int64_t wal_bytes); /* [writer] after each commit */

/* readers.c: a read connection of the pool; waits for one. NULL with failure set when none can be opened. */
struct connection *reader_take(struct store *store, struct failure *failure);
void reader_give(struct store *store, struct connection *reader);
void readers_done(struct store *store);

/* watch.c: called by the writer between commit and the callers' wake-up. Events in order of revision. */
void watches_deliver(struct store *store, const struct keelson_kv *events, uint32_t count, int64_t revision);
/* Tells watches that had no events that they are up to date all the same. */
void watches_progress(struct store *store);

/* The interface functions, in range.c, txn.c, watch.c, compact.c, snapshot.c. */
enum keelson_status store_range(void *instance, const struct keelson_call *call,
                                const struct keelson_range *range, const struct keelson_kv_sink *sink,
                                struct keelson_range_result *ret);
enum keelson_status store_txn(void *instance, const struct keelson_call *call, const struct keelson_txn *txn,
                              struct keelson_txn_result *ret);
enum keelson_status store_txn_begin(void *instance, const struct keelson_call *call,
                                    const struct keelson_txn *txn, const struct keelson_txn_sink *sink);
enum keelson_status store_watch(void *instance, const struct keelson_call *call,
                                const struct keelson_watch *wanted, const struct keelson_event_sink *sink);
enum keelson_status store_compact(void *instance, const struct keelson_call *call, int64_t revision);
enum keelson_status store_status(void *instance, const struct keelson_call *call,
                                 struct keelson_store_status *ret);
enum keelson_status store_snapshot(void *instance, const struct keelson_call *call, const char *path);

#endif
