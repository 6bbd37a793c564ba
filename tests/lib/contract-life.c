/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of keys and history in time: expiry, compaction, snapshots, closing and opening. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/contract.h"

static int64_t put_ttl(struct contract *contract, const char *key, int64_t ttl_s)
{
    const struct keelson_op op = {
        .type = KEELSON_OP_PUT, .key = text(key), .value = text("v"), .ttl_s = ttl_s};
    const struct keelson_txn txn = {.size = sizeof(txn), .ops = &op, .op_size = sizeof(op), .ops_count = 1};
    struct keelson_txn_result result = {.size = sizeof(result)};
    struct keelson_call call = fixture_call(30000);
    enum keelson_status status = contract->store.store->txn(contract->store.instance, &call, &txn, &result);
    return status == KEELSON_OK ? result.revision : -(int64_t)status;
}

void case_expiry(struct contract *contract)
{
    struct fixture_store *store = &contract->store;
    struct fixture_list list = {0};
    struct watcher watcher;
    int64_t before = fixture_revision(store);
    watcher_start(&watcher, store, text("/expiry/"), text("/expiry0"), before);
    CHECK(contract, put_ttl(contract, "/expiry/soon", 2) > 0);
    CHECK(contract, put_ttl(contract, "/expiry/kept", 2) > 0);
    CHECK(contract, put_ttl(contract, "/expiry/late", 1000) > 0);
    CHECK(contract, put_ttl(contract, "/expiry/kept", 1000) > 0); /* another put, another time */
    CHECK(contract, put_ttl(contract, "/expiry/plain", 2) > 0);
    CHECK(contract, fixture_put_text(store, "/expiry/plain", "v") > 0); /* and without: for ever */
    CHECK(contract,
          fixture_get(store, "/expiry/late", 0, &list) &&
              list.items[0].lease_ttl_s > 900 && /* stores may share leases: a little longer is fine */
              list.items[0].lease_ttl_s <= 1100);
    fixture_list_done(&list);
    CHECK(contract, fixture_get(store, "/expiry/plain", 0, &list) && list.items[0].lease_ttl_s == 0);
    fixture_list_done(&list);
    CHECK(contract, fixture_get(store, "/expiry/soon", 0, &list));
    fixture_list_done(&list);
    CHECK(contract, watcher_wait_count(&watcher, 7));
    CHECK(contract, watcher.count == 7 && strcmp(watcher.events[6].key, "/expiry/soon") == 0 &&
                        watcher.events[6].version == 0 && watcher.events[6].mod_revision > before + 6);
    CHECK(contract, fixture_range(store, text("/expiry/"), text("/expiry0"), 0, 0, 0, &list) == KEELSON_OK &&
                        list.count == 3);
    CHECK(contract, list.result.revision == watcher.progress);
    fixture_list_done(&list);
    watcher_stop(&watcher);
    CHECK(contract, watcher.fault[0] == '\0');
    watcher_done(&watcher);
}

static enum keelson_status compact(struct contract *contract, int64_t revision)
{
    struct keelson_call call = fixture_call(30000);
    return contract->store.store->compact(contract->store.instance, &call, revision);
}

static enum keelson_status range_status(struct contract *contract, int64_t revision, size_t *ret_count)
{
    struct fixture_list list = {0};
    enum keelson_status status =
        fixture_range(&contract->store, text("/compact/"), text("/compact0"), revision, 0, 0, &list);
    *ret_count = list.count;
    fixture_list_done(&list);
    return status;
}

void case_compact(struct contract *contract)
{
    struct fixture_store *store = &contract->store;
    int64_t before = fixture_revision(store), middle = 0, end = 0;
    char key[64];
    size_t count;
    for (int i = 0; i < 300; i++) {
        snprintf(key, sizeof(key), "/compact/%d", i % 30);
        end = i % 10 == 9 ? fixture_delete(store, key) : fixture_put_text(store, key, "value");
        middle = i == 149 ? end : middle;
    }
    CHECK(contract, compact(contract, end + 10) == KEELSON_INVALID);
    CHECK(contract, range_status(contract, before + 5, &count) == KEELSON_OK);
    CHECK(contract, compact(contract, middle) == KEELSON_OK);
    CHECK(contract, compact(contract, middle) == KEELSON_OK); /* it is so already */
    for (int wait = 0; wait < 2; wait++) {                    /* at once, and when the rows are really gone */
        CHECK(contract, range_status(contract, before + 5, &count) == KEELSON_COMPACTED);
        CHECK(contract, range_status(contract, middle - 1, &count) == KEELSON_COMPACTED);
        CHECK(contract, range_status(contract, middle, &count) == KEELSON_OK && count == 27);
        CHECK(contract, range_status(contract, middle + 5, &count) == KEELSON_OK && count == 27);
        CHECK(contract, range_status(contract, 0, &count) == KEELSON_OK && count == 27);
        fixture_sleep_ms(300);
    }
    struct watcher old, later;
    watcher_start(&old, store, text("/compact/"), text("/compact0"), before);
    CHECK(contract, watcher_join(&old) == KEELSON_COMPACTED);
    CHECK(contract, old.count == 0 && old.error[0] != '\0');
    watcher_start(&later, store, text("/compact/"), text("/compact0"), middle);
    CHECK(contract, watcher_wait_progress(&later, end));
    CHECK(contract, later.count == (size_t)(end - middle));
    CHECK(contract, watcher_stop(&later) == KEELSON_CANCELLED && later.fault[0] == '\0');
    struct keelson_call call = fixture_call(30000);
    struct keelson_store_status status = {.size = sizeof(status)};
    CHECK(contract,
          store->store->status(store->instance, &call, &status) == KEELSON_OK && status.revision == end);
    watcher_done(&old);
    watcher_done(&later);
}

struct churn {
    struct contract *contract;
    pthread_t thread;
    int number;
    atomic_bool *stop;
    int64_t failures;
};

static void *churn_main(void *argument)
{
    struct churn *churn = argument;
    char key[64], value[1024];
    memset(value, 'x', sizeof(value));
    for (unsigned i = 0; !atomic_load(churn->stop); i++) {
        snprintf(key, sizeof(key), "/churn/%d/%u", churn->number, i * 7 % 100);
        int64_t revision = i % 9 == 8 ? fixture_delete(&churn->contract->store, key)
                                      : fixture_put(&churn->contract->store, key,
                                                    (struct keelson_bytes){value, sizeof(value)}, -1);
        churn->failures += revision < 0;
    }
    return NULL;
}

/* Compaction again and again while writers write: nothing live is lost, and a watch in step sees everything.
 */
void case_compact_under_load(struct contract *contract)
{
    struct churn churns[4];
    atomic_bool stop = false;
    struct watcher watcher;
    struct fixture_list list = {0};
    watcher_start(&watcher, &contract->store, text("/churn/"), text("/churn0"),
                  fixture_revision(&contract->store));
    for (int i = 0; i < 4; i++) {
        churns[i] = (struct churn){.contract = contract, .number = i, .stop = &stop};
        pthread_create(&churns[i].thread, NULL, churn_main, &churns[i]);
    }
    for (int i = 0; i < 20; i++) {
        fixture_sleep_ms(50);
        CHECK(contract, compact(contract, fixture_revision(&contract->store)) == KEELSON_OK);
        CHECK(contract, fixture_range(&contract->store, text("/churn/"), text("/churn0"), 0, 0, 0, &list) ==
                            KEELSON_OK);
        for (size_t j = 0; j < list.count; j++)
            CHECK(contract, list.items[j].value_size == 1024);
        fixture_list_done(&list);
    }
    atomic_store(&stop, true);
    for (int i = 0; i < 4; i++) {
        pthread_join(churns[i].thread, NULL);
        CHECK(contract, churns[i].failures == 0);
    }
    CHECK(contract, watcher_wait_progress(&watcher, fixture_revision(&contract->store)));
    CHECK(contract, watcher_stop(&watcher) == KEELSON_CANCELLED && watcher.fault[0] == '\0');
    watcher_done(&watcher);
}

void case_snapshot(struct contract *contract)
{
    struct keelson_call call = fixture_call(60000);
    char path[512];
    struct stat st;
    snprintf(path, sizeof(path), "%s/snapshot-%d", contract->dir, (int)getpid());
    fixture_put_text(&contract->store, "/snapshot/a", "v");
    CHECK(contract, contract->store.store->snapshot(contract->store.instance, &call, path) == KEELSON_OK);
    CHECK(contract, stat(path, &st) == 0 && st.st_size > 0 && (st.st_mode & 0777) == 0600);
    CHECK(contract,
          contract->store.store->snapshot(contract->store.instance, &call, path) == KEELSON_ALREADY_EXISTS);
    unlink(path);
    CHECK(contract, contract->store.store->snapshot(contract->store.instance, &call, "/no/such/folder/x") !=
                        KEELSON_OK);
}

void case_reopen(struct contract *contract)
{
    struct fixture_list before = {0}, after = {0};
    struct keelson_bytes from = text("/"), to = text("0");
    int64_t last = fixture_put_text(&contract->store, "/reopen/a", "v");
    CHECK(contract, put_ttl(contract, "/reopen/b", 500) == last + 1);
    CHECK(contract, fixture_range(&contract->store, from, to, 0, 0, 0, &before) == KEELSON_OK);
    if (!contract_reopen(contract))
        return;
    CHECK(contract, fixture_range(&contract->store, from, to, 0, 0, 0, &after) == KEELSON_OK);
    CHECK(contract, before.count == after.count && before.result.revision == after.result.revision);
    for (size_t i = 0; i < before.count && i < after.count; i++) {
        const struct fixture_kv *x = &before.items[i], *y = &after.items[i];
        CHECK(contract, strcmp(x->key, y->key) == 0 && x->value_size == y->value_size &&
                            memcmp(x->value, y->value, x->value_size) == 0 &&
                            x->mod_revision == y->mod_revision && x->create_revision == y->create_revision &&
                            x->version == y->version);
        CHECK(contract, (x->lease_ttl_s != 0) == (y->lease_ttl_s != 0));
    }
    CHECK(contract, fixture_put_text(&contract->store, "/reopen/a", "w") == last + 2);
    fixture_list_done(&before);
    fixture_list_done(&after);

    /* The newest change was a delete, and compaction took all that was left of it. */
    CHECK(contract, fixture_delete(&contract->store, "/reopen/a") == last + 3);
    CHECK(contract, compact(contract, last + 3) == KEELSON_OK);
    fixture_sleep_ms(300);
    if (!contract_reopen(contract))
        return;
    CHECK(contract, fixture_revision(&contract->store) == last + 3);
    CHECK(contract, fixture_put_text(&contract->store, "/reopen/a", "x") == last + 4);
}
