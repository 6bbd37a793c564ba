/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions: compares, revisions and versions, all or nothing, many writers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/contract.h"

static enum keelson_status txn(struct contract *contract, const struct keelson_compare *compares,
                               uint32_t compares_count, const struct keelson_op *ops, uint32_t ops_count,
                               struct keelson_txn_result *ret)
{
    struct keelson_call call = fixture_call(30000);
    const struct keelson_txn request = {.size = sizeof(request),
                                        .compares = compares,
                                        .compare_size = sizeof(*compares),
                                        .compares_count = compares_count,
                                        .ops = ops,
                                        .op_size = sizeof(*ops),
                                        .ops_count = ops_count};
    ret->size = sizeof(*ret);
    return contract->store.store->txn(contract->store.instance, &call, &request, ret);
}

static bool value_is(struct contract *contract, const char *key, const char *value)
{
    struct fixture_list list = {0};
    bool same = fixture_get(&contract->store, key, 0, &list)
                    ? value && strcmp(list.items[0].value, value) == 0
                    : !value;
    fixture_list_done(&list);
    return same;
}

void case_compare(struct contract *contract)
{
    struct fixture_store *store = &contract->store;
    int64_t created = fixture_put(store, "/compare/a", text("1"), 0);
    CHECK(contract, created >= 2); /* even the first write of a new store */
    CHECK(contract, fixture_put(store, "/compare/a", text("2"), 0) == 0);
    CHECK(contract, fixture_revision(store) == created);
    CHECK(contract, value_is(contract, "/compare/a", "1"));
    int64_t updated = fixture_put(store, "/compare/a", text("3"), created);
    CHECK(contract, updated == created + 1);
    CHECK(contract, fixture_put(store, "/compare/a", text("4"), created) == 0);
    CHECK(contract, fixture_put(store, "/compare/absent", text("5"), updated) == 0);
    CHECK(contract, value_is(contract, "/compare/a", "3") && value_is(contract, "/compare/absent", NULL));

    /* One of two compares fails: nothing of two writes happens. */
    struct keelson_txn_result result;
    const struct keelson_op ops[] = {{.type = KEELSON_OP_PUT, .key = text("/compare/b"), .value = text("b")},
                                     {.type = KEELSON_OP_DELETE, .key = text("/compare/a")}};
    struct keelson_compare compares[] = {{text("/compare/a"), updated}, {text("/compare/b"), 1}};
    CHECK(contract, txn(contract, compares, 2, ops, 2, &result) == KEELSON_OK && !result.succeeded);
    CHECK(contract, result.revision == updated);
    CHECK(contract, value_is(contract, "/compare/a", "3") && value_is(contract, "/compare/b", NULL));
    compares[1].mod_revision = 0;
    CHECK(contract, txn(contract, compares, 2, ops, 2, &result) == KEELSON_OK && result.succeeded);
    CHECK(contract, result.revision == updated + 1);
    CHECK(contract, value_is(contract, "/compare/a", NULL) && value_is(contract, "/compare/b", "b"));
    CHECK(contract, fixture_put(store, "/compare/a", text("6"), 0) == updated + 2); /* deleted is absent */
}

static bool kv_is(struct contract *contract, const char *key, int64_t created, int64_t modified,
                  int64_t version)
{
    struct fixture_list list = {0};
    bool same = fixture_get(&contract->store, key, 0, &list) && list.items[0].create_revision == created &&
                list.items[0].mod_revision == modified && list.items[0].version == version;
    fixture_list_done(&list);
    return same;
}

void case_revisions(struct contract *contract)
{
    struct fixture_store *store = &contract->store;
    int64_t first = fixture_put_text(store, "/revisions/a", "1");
    CHECK(contract, kv_is(contract, "/revisions/a", first, first, 1));
    int64_t second = fixture_put_text(store, "/revisions/a", "1"); /* the same value is a change */
    CHECK(contract, second == first + 1);
    CHECK(contract, kv_is(contract, "/revisions/a", first, second, 2));
    CHECK(contract, fixture_delete(store, "/revisions/a") == second + 1);
    CHECK(contract, fixture_delete(store, "/revisions/a") == second + 1); /* no change, no revision */
    CHECK(contract, fixture_revision(store) == second + 1);
    int64_t again = fixture_put_text(store, "/revisions/a", "2");
    CHECK(contract, again == second + 2);
    CHECK(contract, kv_is(contract, "/revisions/a", again, again, 1));
    struct keelson_txn_result result;
    CHECK(contract, txn(contract, NULL, 0, NULL, 0, &result) == KEELSON_OK && result.succeeded &&
                        result.revision == again);
}

void case_many_operations(struct contract *contract)
{
    enum { COUNT = 128 };
    static char keys[COUNT][32];
    struct keelson_op ops[COUNT];
    struct keelson_compare compares[COUNT];
    struct keelson_txn_result result;
    struct fixture_list list = {0};
    for (int i = 0; i < COUNT; i++) {
        snprintf(keys[i], sizeof(keys[i]), "/many/%03d", i);
        ops[i] = (struct keelson_op){.type = KEELSON_OP_PUT, .key = text(keys[i]), .value = text(keys[i])};
        compares[i] = (struct keelson_compare){text(keys[i]), 0};
    }
    int64_t before = fixture_revision(&contract->store);
    CHECK(contract, txn(contract, compares, COUNT, ops, COUNT, &result) == KEELSON_OK && result.succeeded);
    CHECK(contract, result.revision == before + 1);
    CHECK(contract,
          fixture_range(&contract->store, text("/many/"), text("/many0"), 0, 0, 0, &list) == KEELSON_OK);
    CHECK(contract, list.count == COUNT && list.items[0].mod_revision == before + 1 &&
                        list.items[COUNT - 1].mod_revision == before + 1);
    for (int i = 0; i < COUNT; i++)
        ops[i].type = KEELSON_OP_DELETE;
    CHECK(contract,
          txn(contract, NULL, 0, ops, COUNT, &result) == KEELSON_OK && result.revision == before + 2);
    fixture_list_done(&list);
    CHECK(contract,
          fixture_range(&contract->store, text("/many/"), text("/many0"), 0, 0, 0, &list) == KEELSON_OK &&
              list.count == 0);
    fixture_list_done(&list);
}

void case_bad_requests(struct contract *contract)
{
    struct keelson_op ops[129];
    struct keelson_txn_result result;
    int64_t before = fixture_revision(&contract->store);
    for (int i = 0; i < 129; i++)
        ops[i] = (struct keelson_op){.type = KEELSON_OP_PUT, .key = text("/bad/same"), .value = text("v")};
    CHECK(contract, txn(contract, NULL, 0, ops, 129, &result) == KEELSON_INVALID);
    CHECK(contract, txn(contract, NULL, 0, ops, 2, &result) == KEELSON_INVALID);
    ops[0].type = 9;
    CHECK(contract, txn(contract, NULL, 0, ops, 1, &result) == KEELSON_INVALID);
    ops[0] = (struct keelson_op){.type = KEELSON_OP_PUT, .key = text(""), .value = text("v")};
    CHECK(contract, txn(contract, NULL, 0, ops, 1, &result) == KEELSON_INVALID);
    CHECK(contract, fixture_error()[0] != '\0');
    CHECK(contract, fixture_revision(&contract->store) == before);
}

void case_deadline(struct contract *contract)
{
    const struct keelson_op op = {.type = KEELSON_OP_PUT, .key = text("/deadline/a"), .value = text("v")};
    const struct keelson_txn request = {
        .size = sizeof(request), .ops = &op, .op_size = sizeof(op), .ops_count = 1};
    struct keelson_txn_result result = {.size = sizeof(result)};
    struct keelson_call call = fixture_call(1);
    fixture_sleep_ms(5);
    enum keelson_status status =
        contract->store.store->txn(contract->store.instance, &call, &request, &result);
    CHECK(contract, status == KEELSON_TIMEOUT || status == KEELSON_CANCELLED);
    CHECK(contract, fixture_put_text(&contract->store, "/deadline/b", "v") > 0); /* nothing is stuck */
}

void case_relaxed(struct contract *contract)
{
    const struct keelson_op op = {.type = KEELSON_OP_PUT, .key = text("/relaxed/a"), .value = text("v")};
    const struct keelson_txn request = {.size = sizeof(request),
                                        .flags = KEELSON_TXN_RELAXED,
                                        .ops = &op,
                                        .op_size = sizeof(op),
                                        .ops_count = 1};
    struct keelson_txn_result result = {.size = sizeof(result)};
    struct keelson_call call = fixture_call(30000);
    for (int i = 0; i < 100; i++)
        CHECK(contract,
              contract->store.store->txn(contract->store.instance, &call, &request, &result) == KEELSON_OK);
    CHECK(contract, value_is(contract, "/relaxed/a", "v"));
    CHECK(contract, fixture_revision(&contract->store) == result.revision);
}

enum { WRITERS = 8, ROUNDS = 60 };
struct adder {
    struct contract *contract;
    pthread_t thread;
    int64_t revisions[ROUNDS];
    int failures;
};

/* Adds one to the number in a key that all threads share, by compare and write. */
static void *adder_main(void *argument)
{
    struct adder *adder = argument;
    for (int done = 0; done < ROUNDS;) {
        struct fixture_list list = {0};
        char number[32];
        bool exists = fixture_get(&adder->contract->store, "/writers/sum", 0, &list);
        snprintf(number, sizeof(number), "%ld", exists ? strtol(list.items[0].value, NULL, 10) + 1 : 1);
        int64_t revision = fixture_put(&adder->contract->store, "/writers/sum", text(number),
                                       exists ? list.items[0].mod_revision : 0);
        fixture_list_done(&list);
        if (revision < 0 && ++adder->failures > 10)
            break;
        if (revision > 0)
            adder->revisions[done++] = revision;
    }
    return NULL;
}

static int revision_compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

void case_concurrent_writers(struct contract *contract)
{
    static struct adder adders[WRITERS];
    static int64_t all[WRITERS * ROUNDS];
    char sum[32];
    for (int i = 0; i < WRITERS; i++) {
        adders[i] = (struct adder){.contract = contract};
        pthread_create(&adders[i].thread, NULL, adder_main, &adders[i]);
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(adders[i].thread, NULL);
        CHECK(contract, adders[i].failures == 0);
        memcpy(&all[i * ROUNDS], adders[i].revisions, sizeof(adders[i].revisions));
        for (int j = 1; j < ROUNDS; j++)
            CHECK(contract, adders[i].revisions[j] > adders[i].revisions[j - 1]);
    }
    snprintf(sum, sizeof(sum), "%d", WRITERS * ROUNDS);
    CHECK(contract, value_is(contract, "/writers/sum", sum));
    qsort(all, WRITERS * ROUNDS, sizeof(all[0]), revision_compare);
    for (int i = 1; i < WRITERS * ROUNDS; i++)
        CHECK(contract,
              all[i] == all[i - 1] + 1); /* nobody else wrote: no revision is used twice, none left out */
}
