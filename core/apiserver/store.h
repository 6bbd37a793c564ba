/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state store as the API server sees it: <keelson/store.h> behind plain functions that return errors. All
 * of them block and must run on workers or on threads of their own, never on a loop. Keys are whole keys of
 * the store ("/registry/pods/default/x").
 */
#ifndef KEELSON_APISERVER_STORE_H
#define KEELSON_APISERVER_STORE_H

#include <keelson/store.h>
#include <stdbool.h>

#include "core/base/buffer.h"
#include "core/base/error.h"
#include "core/plugin/host.h"

struct store;
/* The instance must offer keelson.store/1 and outlive the store. */
int store_new(struct plugin_instance *instance, struct store **ret, struct error *err);
/* A store that is compiled in; for tests. */
struct store *store_new_direct(const struct keelson_store_v1 *table, void *handle);
void store_free(struct store *store);

/* See KEELSON_STORE_EXCLUSIVE: the cache is never behind. */
bool store_is_exclusive(const struct store *store);
int store_status(struct store *store, struct keelson_store_status *ret, struct error *err);

/* Keys in [from, to), `to` empty: the one key. put returns other than 0 to stop. */
struct store_range {
    struct slice from, to;
    int64_t revision, limit;
    unsigned flags;
    int (*put)(void *context, const struct keelson_kv *kv);
    void *context;
    int64_t timeout_ms; /* 0: a minute */
};
/* ERR_EXPIRED: the revision was compacted; ERR_BAD_REQUEST: it lies in the future. */
int store_range(struct store *store, const struct store_range *range, struct keelson_range_result *ret,
                struct error *err);
/* -1 also when a compare did not hold: ERR_CONFLICT, and ret->succeeded is 0. */
int store_txn(struct store *store, const struct keelson_txn *txn, struct keelson_txn_result *ret,
              struct error *err);
/* The same without waiting, if store_can_begin: `done` is called once, on any thread (maybe before this
 * returns), and must not block; status and *err are what store_txn would have returned. txn and *begun are
 * kept till then. -1: nothing was begun. */
struct store_begun {
    void (*done)(struct store_begun *begun, int status, const struct keelson_txn_result *result,
                 struct error *err);
    struct plugin_begun call; /* the store's */
    struct keelson_txn_sink sink;
};
bool store_can_begin(const struct store *store);
int store_txn_begin(struct store *store, const struct keelson_txn *txn, struct store_begun *begun,
                    struct error *err);
/* Returns when cancel_fd turns readable (ERR_CANCELLED) or the watch broke (ERR_EXPIRED, …). `events` as in
 * struct keelson_event_sink. */
struct store_watch {
    struct slice from, to;
    int64_t revision;
    int cancel_fd;
    int (*events)(void *context, const struct keelson_kv *events, uint32_t event_size, uint32_t count,
                  int64_t progress);
    void *context;
};
int store_watch(struct store *store, const struct store_watch *watch, struct error *err);
int store_compact(struct store *store, int64_t revision, struct error *err);
int store_snapshot(struct store *store, const char *path, struct error *err);

#endif
