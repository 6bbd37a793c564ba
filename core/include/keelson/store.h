/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state store: revisioned keys, in etcd's v3 data model (etcd documentation, "Data model" and "KV API guarantees").
 *
 * One counter, the revision, grows by one with every transaction that changes something; a key remembers at which
 * revision it was created and last modified, and how often since (version). Keys and values are bytes. The API server
 * keeps objects under /registry/<resource>/<namespace>/<name>, or /registry/<group>/<resource>/… where upstream does.
 *
 * Promises of every store, which tests/lib/store-contract checks:
 *   - A transaction that returned KEELSON_OK is durable: it survives kill -9 and power loss.
 *   - A transaction that returned KEELSON_TIMEOUT, KEELSON_UNAVAILABLE or KEELSON_CANCELLED may have happened or not, but as a whole.
 *      Every other failure means that nothing changed.
 *   - Revisions never go back, not even after a crash, and are never used twice.
 *   - get and range with revision 0 are linearizable: they see all transactions that returned before.
 *   - A watch delivers every change after `from_revision`, once, in order of revision; changes of one transaction come in one
 *      batch. Nothing is skipped: if the store no longer has the history it fails with KEELSON_COMPACTED.
 *   - When a disk is full, transactions fail with KEELSON_EXHAUSTED; reads and watches go on.
 */
#ifndef KEELSON_STORE_H
#define KEELSON_STORE_H

#include <keelson/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KEELSON_STORE_1 "keelson.store/1"

struct keelson_kv {
    uint32_t size;
    uint32_t reserved;
    struct keelson_bytes key, value;
    int64_t create_revision, mod_revision, version; /* version 0: deleted (in events); also an array's element */
    int64_t lease_ttl_s;                            /* seconds left to live, 0: no TTL */
};

/* Receives key-values; copies what it keeps. A return other than 0 ends the call early with KEELSON_OK. */
struct keelson_kv_sink {
    uint32_t size;
    uint32_t reserved;
    int (*put)(const struct keelson_kv_sink *sink, const struct keelson_kv *kv);
    void *context;
};

struct keelson_range {
    uint32_t size;
    uint32_t flags;
    struct keelson_bytes from, to; /* [from, to) in byte order; to empty: only the key `from` */
    int64_t revision;              /* 0: now; else the state as of that revision, KEELSON_COMPACTED if gone,
                                      KEELSON_INVALID if it lies in the future */
    int64_t limit;                 /* 0: all */
};
#define KEELSON_RANGE_KEYS_ONLY  1u
#define KEELSON_RANGE_COUNT_ONLY 2u /* nothing is put */

struct keelson_range_result {
    uint32_t size;
    uint32_t more;    /* 1: the limit cut it off */
    int64_t revision; /* of the state that was read: the store's newest when range.revision was 0 */
    int64_t count;    /* keys in the range, beyond the limit too */
};

/* Compare-and-write. All compares hold: all writes happen, under one revision; else none. */
struct keelson_compare { /* an array's element */
    struct keelson_bytes key;
    int64_t mod_revision; /* 0: absent */
};
enum keelson_op_type KEELSON_U32 { KEELSON_OP_PUT = 1, KEELSON_OP_DELETE = 2 /* of one key; absent is no error */ };
struct keelson_op { /* an array's element */
    enum keelson_op_type type;
    uint32_t reserved;
    struct keelson_bytes key, value;
    int64_t ttl_s; /* PUT: deleted by the store after so many seconds without another put; 0: never */
};
struct keelson_txn {
    uint32_t size;
    uint32_t flags;
    const struct keelson_compare *compares;
    const struct keelson_op *ops;
    uint32_t compares_count, compare_size; /* at most 128 of each; no two ops on one key, no empty key: else KEELSON_INVALID */
    uint32_t ops_count, op_size;
};
/* The write renews something whose loss nobody acted on (a Lease's renewTime): it may be acknowledged once it is in the
 * operating system's hands, without an fsync of its own. It must never be lost alone while a later one is kept. */
#define KEELSON_TXN_RELAXED 1u
struct keelson_txn_result {
    uint32_t size;
    uint32_t succeeded; /* 0: a compare did not hold */
    int64_t revision;   /* the transaction's, or the newest if nothing changed */
};

struct keelson_watch {
    uint32_t size;
    uint32_t flags;                /* 0 */
    struct keelson_bytes from, to; /* [from, to) in byte order; to empty: only the key `from` */
    int64_t from_revision;         /* changes after it */
};
struct keelson_event_sink {
    uint32_t size;
    uint32_t reserved;
    /* Events of one transaction, or of several whole ones, in order. An event is the key-value as it is after it; version 0: a delete, with the delete's
     * mod_revision and no value. Returns other than 0 to end the watch. Must not block for long and must not call into the store. `progress` is the revision up to
     * which the receiver now knows everything; count may be 0 (progress only). Called from any thread, one at a time per watch. */
    int (*events)(const struct keelson_event_sink *sink, const struct keelson_kv *events, uint32_t event_size, uint32_t count,
                  int64_t progress);
    void *context;
};

struct keelson_store_status {
    uint32_t size;
    uint32_t flags;
    int64_t revision, compact_revision;
    int64_t size_bytes;      /* on disk */
    int64_t size_used_bytes; /* of it, live data */
    char version[64];        /* of the backend, NUL-terminated */
};
/* Nobody else writes to this store while it is open, and every watch gets a transaction's events before the transaction returns
 * to its caller: a cache that is fed by a watch is never behind an acknowledged write. */
#define KEELSON_STORE_EXCLUSIVE 1u

/* Since 1.1. Hears how a transaction that was begun ended. */
struct keelson_txn_sink {
    uint32_t size;
    uint32_t reserved;
    /* Called once, from any thread. result: NULL unless status is KEELSON_OK. message: why not; may be NULL. Must not block and must not
     * call into the store. */
    void (*done)(const struct keelson_txn_sink *sink, enum keelson_status status, const struct keelson_txn_result *result,
                 const char *message);
    void *context;
};

struct keelson_store_v1 {
    uint32_t size;
    uint32_t reserved;
    enum keelson_status (*range)(void *instance, const struct keelson_call *call, const struct keelson_range *range,
                                 const struct keelson_kv_sink *sink, struct keelson_range_result *ret);
    enum keelson_status (*txn)(void *instance, const struct keelson_call *call, const struct keelson_txn *txn,
                               struct keelson_txn_result *ret);
    /* Long-running: returns when cancelled (KEELSON_CANCELLED), when the sink ends it (KEELSON_OK) or when it cannot go on.
     * Delivers changes with revision > from_revision of keys in [from, to). `ready` style progress: at least one
     * events() call (count may be 0) is made as soon as the watch is in place. */
    enum keelson_status (*watch)(void *instance, const struct keelson_call *call, const struct keelson_watch *watch,
                                 const struct keelson_event_sink *sink);
    /* Forgets history older than revision. Never stalls writers for more than some milliseconds at a time. */
    enum keelson_status (*compact)(void *instance, const struct keelson_call *call, int64_t revision);
    enum keelson_status (*status)(void *instance, const struct keelson_call *call, struct keelson_store_status *ret);
    /* A consistent copy in the store's own file format, at `path`, which must not exist. */
    enum keelson_status (*snapshot)(void *instance, const struct keelson_call *call, const char *path);

    /* Since 1.1: look for it with KEELSON_HAS. May be NULL. */

    /* As txn, with all that is promised of it, but does not wait: KEELSON_OK says that the transaction was begun, and sink->done
     * will say how it ended, soon after the deadline at the latest; done may run before this returns. With any other status
     * nothing was begun and done is not called. txn, what it points to, and the sink stay valid until done is called; `call` is
     * over when this returns. For hosts with many writes at once, who would need a thread for each. */
    enum keelson_status (*txn_begin)(void *instance, const struct keelson_call *call, const struct keelson_txn *txn,
                                     const struct keelson_txn_sink *sink);
};

#ifdef __cplusplus
}
#endif
#endif
