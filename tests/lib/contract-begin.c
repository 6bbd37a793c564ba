/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions that are begun and not waited for: a store that offers them keeps the promises of those that
 * are. A store that does not passes. */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/contract.h"

enum { BEGUN = 200, WAIT_MS = 60000 };

struct begun {
    struct keelson_txn_sink sink;
    struct keelson_op op;
    struct keelson_compare compare;
    struct keelson_txn txn;
    char key[32];
    enum keelson_status status;
    struct keelson_txn_result result;
    unsigned told;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* of what the sinks write */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned told;

static void done(const struct keelson_txn_sink *sink, enum keelson_status status,
                 const struct keelson_txn_result *result, const char *message)
{
    struct begun *b = sink->context;
    pthread_mutex_lock(&lock);
    b->status = status;
    if (result)
        b->result = *result;
    b->told++;
    told++;
    pthread_cond_signal(&changed);
    pthread_mutex_unlock(&lock);
}

/* Puts under the key, if it is at that revision. */
static enum keelson_status begin(struct contract *contract, struct begun *b, const char *key,
                                 int64_t revision, int64_t timeout_ms)
{
    struct keelson_call call = fixture_call(timeout_ms);
    *b = (struct begun){.sink = {.size = sizeof(b->sink), .done = done, .context = b}};
    snprintf(b->key, sizeof(b->key), "%s", key);
    b->compare = (struct keelson_compare){text(b->key), revision};
    b->op = (struct keelson_op){.type = KEELSON_OP_PUT, .key = text(b->key), .value = text(b->key)};
    b->txn = (struct keelson_txn){.size = sizeof(b->txn),
                                  .compares = &b->compare,
                                  .ops = &b->op,
                                  .compares_count = 1,
                                  .compare_size = sizeof(b->compare),
                                  .ops_count = 1,
                                  .op_size = sizeof(b->op)};
    if (timeout_ms == 1)
        fixture_sleep_ms(5);
    return contract->store.store->txn_begin(contract->store.instance, &call, &b->txn, &b->sink);
}

static bool wait_told(unsigned count)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += WAIT_MS / 1000;
    pthread_mutex_lock(&lock);
    while (told < count && pthread_cond_timedwait(&changed, &lock, &until) == 0)
        ;
    bool all = told == count;
    pthread_mutex_unlock(&lock);
    return all;
}

static bool offers_it(const struct contract *contract)
{
    const struct keelson_store_v1 *store = contract->store.store;
    return KEELSON_HAS(store, txn_begin) && store->txn_begin;
}

void case_begin(struct contract *contract)
{
    static struct begun all[BEGUN];
    unsigned begun = 0;
    char key[32];
    if (!offers_it(contract))
        return;
    told = 0;
    int64_t before = fixture_revision(&contract->store);
    for (unsigned i = 0; i < BEGUN; i++) {
        snprintf(key, sizeof(key), "/begin/%03u", i);
        begun += begin(contract, &all[i], key, 0, 30000) == KEELSON_OK;
    }
    CHECK(contract, begun == BEGUN && wait_told(BEGUN));
    for (unsigned i = 0; i < BEGUN; i++) { /* one thread's happen in its order */
        CHECK(contract, all[i].told == 1 && all[i].status == KEELSON_OK && all[i].result.succeeded);
        CHECK(contract, all[i].result.revision == before + 1 + (int64_t)i);
    }
    struct fixture_list list = {0};
    CHECK(contract,
          fixture_range(&contract->store, text("/begin/"), text("/begin0"), 0, 0, 0, &list) == KEELSON_OK &&
              list.count == BEGUN);
    fixture_list_done(&list);
}

/* What it came to: refused at once, and never told of, or begun and told of. */
static enum keelson_status in_the_end(struct contract *contract, struct begun *b, const char *key,
                                      int64_t timeout_ms)
{
    unsigned before = told;
    enum keelson_status status = begin(contract, b, key, 0, timeout_ms);
    if (status == KEELSON_OK && wait_told(before + 1))
        return b->status;
    CHECK(contract, status != KEELSON_OK && told == before);
    return status;
}

void case_begin_in_vain(struct contract *contract)
{
    static struct begun refused, invalid, late;
    if (!offers_it(contract))
        return;
    told = 0;
    int64_t revision = fixture_put_text(&contract->store, "/vain/a", "1");
    CHECK(contract, begin(contract, &refused, "/vain/a", 0, 30000) == KEELSON_OK && wait_told(1));
    CHECK(contract, refused.status == KEELSON_OK && !refused.result.succeeded);
    CHECK(contract, in_the_end(contract, &invalid, "", 30000) == KEELSON_INVALID);
    enum keelson_status status = in_the_end(contract, &late, "/vain/late", 1);
    CHECK(contract, status == KEELSON_TIMEOUT || status == KEELSON_CANCELLED);
    CHECK(contract, fixture_revision(&contract->store) == revision);
    CHECK(contract, fixture_put_text(&contract->store, "/vain/b", "1") == revision + 1);
}
