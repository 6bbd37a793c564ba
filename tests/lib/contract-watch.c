/* SPDX-License-Identifier: Apache-2.0 */
/* Watches: live, from history, over the seam between the two, and their end. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/contract.h"

static bool event_is(const struct watcher *watcher, size_t at, const char *key, const char *value,
                     int64_t revision, int64_t version)
{
    if (at >= watcher->count)
        return false;
    const struct watched_event *event = &watcher->events[at];
    return strcmp(event->key, key) == 0 && strcmp(event->value, value) == 0 &&
           event->mod_revision == revision && event->version == version;
}

static void watcher_end(struct contract *contract, struct watcher *watcher)
{
    CHECK(contract, watcher_stop(watcher) == KEELSON_CANCELLED);
    if (watcher->fault[0])
        fprintf(stderr, "# watch: %s\n", watcher->fault);
    CHECK(contract, watcher->fault[0] == '\0');
    watcher_done(watcher);
}

void case_watch_live(struct contract *contract)
{
    struct fixture_store *store = &contract->store;
    struct watcher watcher;
    int64_t before = fixture_revision(store);
    watcher_start(&watcher, store, text("/live/"), text("/live0"), before);
    CHECK(contract, watcher.ready && !watcher.ended);
    int64_t r1 = fixture_put_text(store, "/live/a", "1");
    int64_t r2 = fixture_put_text(store, "/live/a", "2");
    int64_t r3 = fixture_delete(store, "/live/a");
    CHECK(contract, watcher_wait_progress(&watcher, r3));
    CHECK(contract, watcher.count == 3);
    CHECK(contract, event_is(&watcher, 0, "/live/a", "1", r1, 1));
    CHECK(contract, event_is(&watcher, 1, "/live/a", "2", r2, 2));
    CHECK(contract, event_is(&watcher, 2, "/live/a", "", r3, 0));
    CHECK(contract, watcher.count == 3 && watcher.events[0].create_revision == r1 &&
                        watcher.events[1].create_revision == r1);
    watcher_end(contract, &watcher);
}

void case_watch_history(struct contract *contract)
{
    struct fixture_store *store = &contract->store;
    int64_t revisions[40], before = fixture_revision(store);
    for (int i = 0; i < 40; i++)
        revisions[i] =
            i % 4 == 3 ? fixture_delete(store, "/history/a") : fixture_put_text(store, "/history/a", "v");
    for (int start = 0; start <= 40; start += 13) {
        struct watcher watcher;
        int64_t from = start ? revisions[start - 1] : before;
        watcher_start(&watcher, store, text("/history/a"), (struct keelson_bytes){NULL, 0}, from);
        CHECK(contract, watcher_wait_count(&watcher, (size_t)(40 - start)));
        CHECK(contract, watcher.count == (size_t)(40 - start));
        for (int i = start; i < 40 && watcher.count == (size_t)(40 - start); i++)
            CHECK(contract, event_is(&watcher, (size_t)(i - start), "/history/a", i % 4 == 3 ? "" : "v",
                                     revisions[i], (i + 1) % 4));
        watcher_end(contract, &watcher);
    }
    /* From a revision that is still to come: earlier changes are not delivered. */
    struct watcher watcher;
    watcher_start(&watcher, store, text("/history/"), text("/history0"), revisions[39] + 2);
    fixture_put_text(store, "/history/b", "1");
    fixture_put_text(store, "/history/b", "2");
    int64_t wanted = fixture_put_text(store, "/history/b", "3");
    CHECK(contract, watcher_wait_count(&watcher, 1));
    CHECK(contract, event_is(&watcher, 0, "/history/b", "3", wanted, 3));
    watcher_end(contract, &watcher);
}

void case_watch_batches(struct contract *contract)
{
    enum { KEYS = 100, TXNS = 5 };
    static char keys[KEYS][32], value[20000];
    struct keelson_op ops[KEYS];
    struct watcher live, history;
    int64_t before = fixture_revision(&contract->store), last = 0;
    memset(value, 'v', sizeof(value));
    watcher_start(&live, &contract->store, text("/batches/"), text("/batches0"), before);
    for (int n = 0; n < TXNS; n++) {
        struct keelson_call call = fixture_call(30000);
        const struct keelson_txn txn = {
            .size = sizeof(txn), .ops = ops, .op_size = sizeof(*ops), .ops_count = KEYS};
        struct keelson_txn_result result = {.size = sizeof(result)};
        for (int i = 0; i < KEYS; i++) {
            snprintf(keys[i], sizeof(keys[i]), i % 7 ? "/batches/%d" : "/elsewhere/%d", i);
            ops[i] = (struct keelson_op){
                .type = KEELSON_OP_PUT, .key = text(keys[i]), .value = {value, n == 2 ? 12000 : 10}};
        }
        CHECK(contract,
              contract->store.store->txn(contract->store.instance, &call, &txn, &result) == KEELSON_OK);
        last = result.revision;
    }
    watcher_start(&history, &contract->store, text("/batches/"), text("/batches0"), before);
    CHECK(contract, watcher_wait_progress(&live, last) && watcher_wait_progress(&history, last));
    size_t each = KEYS - (KEYS + 6) / 7;
    CHECK(contract, live.count == each * TXNS && history.count == each * TXNS);
    for (size_t i = 0; i < live.count && i < history.count; i++)
        CHECK(contract, strcmp(live.events[i].key, history.events[i].key) == 0 &&
                            live.events[i].mod_revision == before + 1 + (int64_t)(i / each));
    watcher_end(contract, &live);
    watcher_end(contract, &history);
}

void case_watch_range(struct contract *contract)
{
    struct fixture_store *store = &contract->store;
    struct watcher one, some;
    int64_t before = fixture_revision(store);
    watcher_start(&one, store, text("/wrange/b"), (struct keelson_bytes){NULL, 0}, before);
    watcher_start(&some, store, text("/wrange/b"), text("/wrange/d"), before);
    const char *keys[] = {"/wrange/a", "/wrange/b", "/wrange/bb", "/wrange/c", "/wrange/d"};
    for (int i = 0; i < 5; i++)
        fixture_put_text(store, keys[i], "v");
    /* Progress passes over changes that are not for the watch. */
    CHECK(contract, watcher_wait_progress(&one, before + 5) && watcher_wait_progress(&some, before + 5));
    CHECK(contract, one.count == 1 && event_is(&one, 0, "/wrange/b", "v", before + 2, 1));
    CHECK(contract, some.count == 3 && event_is(&some, 0, "/wrange/b", "v", before + 2, 1) &&
                        event_is(&some, 1, "/wrange/bb", "v", before + 3, 1) &&
                        event_is(&some, 2, "/wrange/c", "v", before + 4, 1));
    watcher_end(contract, &one);
    watcher_end(contract, &some);
}

void case_watch_end(struct contract *contract)
{
    struct fixture_store *store = &contract->store;
    struct watcher live, history;
    int64_t before = fixture_revision(store);
    watcher_start_limited(&live, store, text("/end/"), text("/end0"), before, 2);
    for (int i = 0; i < 5; i++)
        fixture_put_text(store, "/end/a", "v");
    CHECK(contract, watcher_join(&live) == KEELSON_OK);
    CHECK(contract, live.count >= 2);
    watcher_start_limited(&history, store, text("/end/"), text("/end0"), before, 2);
    CHECK(contract, watcher_join(&history) == KEELSON_OK);
    CHECK(contract, history.count >= 2);
    watcher_done(&live);
    watcher_done(&history);
}

enum { LOAD_WRITERS = 4, LOAD_PUTS = 400, LOAD_WATCHES = 12 };
struct load_writer {
    struct contract *contract;
    pthread_t thread;
    int number;
    _Atomic int64_t *newest;
};

static void *load_main(void *argument)
{
    struct load_writer *writer = argument;
    char key[64];
    for (int i = 0; i < LOAD_PUTS; i++) {
        snprintf(key, sizeof(key), "/load/%d/%d", writer->number, i % 10);
        int64_t revision = i % 5 == 4 ? fixture_delete(&writer->contract->store, key)
                                      : fixture_put_text(&writer->contract->store, key, "some value");
        if (revision > 0)
            atomic_store(writer->newest, revision);
    }
    return NULL;
}

/* Watches begin at random points in the past while writers write; each must see every later change. */
void case_watch_under_load(struct contract *contract)
{
    struct load_writer writers[LOAD_WRITERS];
    static struct watcher watches[LOAD_WATCHES];
    struct watcher all;
    uint64_t random = contract->seed;
    int64_t before = fixture_revision(&contract->store);
    _Atomic int64_t newest = before;
    watcher_start(&all, &contract->store, text("/load/"), text("/load0"), before);
    for (int i = 0; i < LOAD_WRITERS; i++) {
        writers[i] = (struct load_writer){.contract = contract, .number = i, .newest = &newest};
        pthread_create(&writers[i].thread, NULL, load_main, &writers[i]);
    }
    for (int i = 0; i < LOAD_WATCHES; i++) {
        int64_t span = atomic_load(&newest) - before + 1;
        watcher_start(&watches[i], &contract->store, text("/load/"), text("/load0"),
                      before + (int64_t)(fixture_random(&random) % (uint64_t)span));
    }
    for (int i = 0; i < LOAD_WRITERS; i++)
        pthread_join(writers[i].thread, NULL);
    int64_t end = fixture_revision(&contract->store);
    CHECK(contract, watcher_wait_progress(&all, end));
    for (int i = 0; i < LOAD_WATCHES; i++) {
        CHECK(contract, watcher_wait_progress(&watches[i], end));
        size_t skip = 0;
        while (skip < all.count && all.events[skip].mod_revision <= watches[i].from_revision)
            skip++;
        CHECK(contract, watches[i].count == all.count - skip);
        for (size_t j = 0; j < watches[i].count && skip + j < all.count; j++)
            CHECK(contract, watches[i].events[j].mod_revision == all.events[skip + j].mod_revision &&
                                strcmp(watches[i].events[j].key, all.events[skip + j].key) == 0);
        watcher_end(contract, &watches[i]);
    }
    watcher_end(contract, &all);
}

/* KEELSON_STORE_EXCLUSIVE: whoever has seen the transaction return finds its event delivered. */
void case_watch_before_return(struct contract *contract)
{
    struct keelson_call call = fixture_call(30000);
    struct keelson_store_status status = {.size = sizeof(status)};
    struct watcher watcher;
    CHECK(contract, contract->store.store->status(contract->store.instance, &call, &status) == KEELSON_OK);
    if (!(status.flags & KEELSON_STORE_EXCLUSIVE))
        return;
    watcher_start(&watcher, &contract->store, text("/return/"), text("/return0"), status.revision);
    for (size_t i = 0; i < 200; i++) {
        int64_t revision = fixture_put_text(&contract->store, "/return/a", "v");
        pthread_mutex_lock(&watcher.lock);
        CHECK(contract, watcher.count == i + 1 && watcher.progress >= revision);
        pthread_mutex_unlock(&watcher.lock);
    }
    watcher_end(contract, &watcher);
}
