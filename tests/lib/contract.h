/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store contract: what <keelson/store.h> promises, as cases that any store plugin must pass. One store is
 * open while the cases run, in order; each works under a key prefix of its own and with revisions relative to
 * where it began.
 */
#ifndef TESTS_LIB_CONTRACT_H
#define TESTS_LIB_CONTRACT_H

#include "tests/lib/store-fixture.h"
#include "tests/lib/store-watcher.h"

struct etcd_server;

struct contract {
    const char *file; /* the plugin */
    char dir[256];    /* for states, ours to fill */
    struct fixture_settings settings;
    struct fixture_store store;
    struct etcd_server *server; /* NULL: the plugin keeps the state itself */
    uint64_t seed;
    int crash_s; /* how long to inject crashes */
    bool failed; /* the case that runs */
};

/* Notes a broken promise; the case goes on. */
void contract_check(struct contract *contract, bool holds, const char *file, int line, const char *what);
#define CHECK(contract_, condition_)                                                                         \
    contract_check((contract_), (condition_), __FILE__, __LINE__, #condition_)

struct contract_case {
    const char *name;
    void (*run)(struct contract *contract);
};

void case_compare(struct contract *contract);
void case_revisions(struct contract *contract);
void case_many_operations(struct contract *contract);
void case_bad_requests(struct contract *contract);
void case_deadline(struct contract *contract);
void case_begin(struct contract *contract);
void case_begin_in_vain(struct contract *contract);
void case_relaxed(struct contract *contract);
void case_concurrent_writers(struct contract *contract);
void case_range(struct contract *contract);
void case_bytes(struct contract *contract);
void case_past(struct contract *contract);
void case_past_pages(struct contract *contract);
void case_watch_live(struct contract *contract);
void case_watch_history(struct contract *contract);
void case_watch_batches(struct contract *contract);
void case_watch_range(struct contract *contract);
void case_watch_end(struct contract *contract);
void case_watch_under_load(struct contract *contract);
void case_watch_before_return(struct contract *contract);
void case_expiry(struct contract *contract);
void case_compact(struct contract *contract);
void case_compact_under_load(struct contract *contract);
void case_snapshot(struct contract *contract);
void case_reopen(struct contract *contract);
void case_crash(struct contract *contract);

/* Opens the contract's store again where it was. */
bool contract_reopen(struct contract *contract);

#endif
