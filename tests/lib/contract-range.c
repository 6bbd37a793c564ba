/* SPDX-License-Identifier: Apache-2.0 */
/* Reads: ranges, limits, bytes of all kinds, and the past. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/contract.h"

/* The keys and values of a range as one text: "a=1 b=2". */
static const char *listed(struct contract *contract, const char *from, const char *to, int64_t revision,
                          int64_t limit, uint32_t flags, struct keelson_range_result *ret)
{
    static char out[4096];
    struct fixture_list list = {0};
    size_t at = 0;
    enum keelson_status status =
        fixture_range(&contract->store, text(from), text(to), revision, limit, flags, &list);
    if (status != KEELSON_OK)
        snprintf(out, sizeof(out), "status %d", (int)status);
    else
        out[0] = '\0';
    for (size_t i = 0; i < list.count && at < sizeof(out) - 1; i++)
        at += (size_t)snprintf(out + at, sizeof(out) - at, "%s%s%s%s", i ? " " : "",
                               strrchr(list.items[i].key, '/') + 1, list.items[i].value_size ? "=" : "",
                               list.items[i].value);
    if (ret)
        *ret = list.result;
    fixture_list_done(&list);
    return out;
}

static bool same(const char *got, const char *wanted)
{
    if (strcmp(got, wanted) != 0)
        fprintf(stderr, "# got \"%s\", wanted \"%s\"\n", got, wanted);
    return strcmp(got, wanted) == 0;
}

void case_range(struct contract *contract)
{
    struct keelson_range_result result;
    const char *keys[] = {"/range/c", "/range/a", "/range/bb", "/range/b", "/range/d"};
    int64_t newest = 0;
    for (size_t i = 0; i < 5; i++)
        newest = fixture_put_text(&contract->store, keys[i], "v");
    CHECK(contract, same(listed(contract, "/range/", "/range0", 0, 0, 0, &result), "a=v b=v bb=v c=v d=v"));
    CHECK(contract, result.revision == newest && result.count == 5 && !result.more);
    CHECK(contract, same(listed(contract, "/range/b", "/range/c", 0, 0, 0, &result), "b=v bb=v"));
    CHECK(contract, result.count == 2);
    CHECK(contract, same(listed(contract, "/range/b", "", 0, 0, 0, &result), "b=v") && result.count == 1);
    CHECK(contract, same(listed(contract, "/range/x", "", 0, 0, 0, &result), "") && result.count == 0);
    CHECK(contract, result.revision == newest);
    CHECK(contract, same(listed(contract, "/range/", "/range0", 0, 2, 0, &result), "a=v b=v"));
    CHECK(contract, result.more && result.count == 5);
    CHECK(contract, same(listed(contract, "/range/", "/range0", 0, 5, 0, &result), "a=v b=v bb=v c=v d=v"));
    CHECK(contract, !result.more && result.count == 5);
    CHECK(contract,
          same(listed(contract, "/range/", "/range0", 0, 0, KEELSON_RANGE_KEYS_ONLY, &result), "a b bb c d"));
    CHECK(contract,
          same(listed(contract, "/range/", "/range0", 0, 0, KEELSON_RANGE_COUNT_ONLY, &result), ""));
    CHECK(contract, result.count == 5 && !result.more);
    CHECK(contract,
          same(listed(contract, "/range/c", "/range/b", 0, 0, 0, &result), "") && result.count == 0);
    CHECK(contract,
          same(listed(contract, "/range/b", "/range/b", 0, 0, 0, &result), "") && result.count == 0);

    struct fixture_list list = {.stop_after = 3};
    CHECK(contract,
          fixture_range(&contract->store, text("/range/"), text("/range0"), 0, 0, 0, &list) == KEELSON_OK &&
              list.count == 3);
    fixture_list_done(&list);
}

static void bytes_roundtrip(struct contract *contract, struct keelson_bytes key, struct keelson_bytes value)
{
    const struct keelson_op op = {.type = KEELSON_OP_PUT, .key = key, .value = value};
    const struct keelson_txn txn = {.size = sizeof(txn), .ops = &op, .op_size = sizeof(op), .ops_count = 1};
    struct keelson_txn_result result = {.size = sizeof(result)};
    struct keelson_call call = fixture_call(30000);
    struct fixture_list list = {0};
    CHECK(contract, contract->store.store->txn(contract->store.instance, &call, &txn, &result) == KEELSON_OK);
    CHECK(contract, fixture_range(&contract->store, key, (struct keelson_bytes){NULL, 0}, 0, 0, 0, &list) ==
                        KEELSON_OK);
    CHECK(contract, list.count == 1 && list.items[0].key_size == key.size &&
                        memcmp(list.items[0].key, key.data, key.size) == 0);
    CHECK(contract, list.count == 1 && list.items[0].value_size == value.size &&
                        (value.size == 0 || memcmp(list.items[0].value, value.data, value.size) == 0));
    fixture_list_done(&list);
}

void case_bytes(struct contract *contract)
{
    static const size_t sizes[] = {0, 1, 1000, 4096, 5000, 65536, 1000000};
    static char value[1000000];
    struct fixture_list list = {0};
    uint64_t state = contract->seed;
    for (size_t i = 0; i < sizeof(value); i++)
        value[i] = (char)fixture_random(&state);
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        bytes_roundtrip(contract, (struct keelson_bytes){"/bytes/\0\xff\x01", 10},
                        (struct keelson_bytes){value, sizes[i]});
    bytes_roundtrip(contract, (struct keelson_bytes){"/bytes/\0", 8}, text("nul"));
    bytes_roundtrip(contract, (struct keelson_bytes){"/bytes/\xff\xff", 9}, text("high"));
    CHECK(contract,
          fixture_range(&contract->store, text("/bytes/"), text("/bytes0"), 0, 0, 0, &list) == KEELSON_OK);
    CHECK(contract, list.count == 3 && list.items[0].key_size == 8 && list.items[1].key_size == 10 &&
                        list.items[2].key_size == 9);
    fixture_list_done(&list);
}

void case_past(struct contract *contract)
{
    struct fixture_store *store = &contract->store;
    struct keelson_range_result result;
    int64_t empty = fixture_revision(store);
    int64_t r1 = fixture_put_text(store, "/past/a", "1");
    int64_t r2 = fixture_put_text(store, "/past/b", "1");
    int64_t r3 = fixture_put_text(store, "/past/a", "2");
    int64_t r4 = fixture_delete(store, "/past/a");
    int64_t r5 = fixture_put_text(store, "/past/c", "1");
    int64_t r6 = fixture_put_text(store, "/past/a", "3");
    int64_t r7 = fixture_put_text(store, "/past/a", "4");
    const struct {
        int64_t revision;
        const char *state;
    } rows[] = {{empty, ""}, {r1, "a=1"},     {r2, "a=1 b=1"},     {r3, "a=2 b=1"},
                {r4, "b=1"}, {r5, "b=1 c=1"}, {r6, "a=3 b=1 c=1"}, {r7, "a=4 b=1 c=1"}};
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        CHECK(contract,
              same(listed(contract, "/past/", "/past0", rows[i].revision, 0, 0, &result), rows[i].state));
        CHECK(contract, result.revision == rows[i].revision);
    }
    CHECK(contract, same(listed(contract, "/past/a", "", r3, 0, 0, NULL), "a=2"));
    CHECK(contract, same(listed(contract, "/past/a", "", r4, 0, 0, NULL), ""));
    CHECK(contract, same(listed(contract, "/past/", "/past0", r3, 0, KEELSON_RANGE_KEYS_ONLY, NULL), "a b"));
    CHECK(contract,
          same(listed(contract, "/past/", "/past0", r3, 0, KEELSON_RANGE_COUNT_ONLY, &result), "") &&
              result.count == 2);
    CHECK(contract,
          same(listed(contract, "/past/", "/past0", r7 + 1, 0, 0, NULL), "status 4")); /* KEELSON_INVALID */
    struct fixture_list list = {0};
    CHECK(contract, fixture_get(store, "/past/a", r3, &list) && list.items[0].version == 2 &&
                        list.items[0].create_revision == r1 && list.items[0].mod_revision == r3);
    fixture_list_done(&list);
}

/* A list in pages at one revision is the list as it was, whatever is written between the pages. */
void case_past_pages(struct contract *contract)
{
    enum { KEYS = 200, PAGE = 7 };
    struct fixture_store *store = &contract->store;
    char key[64], next[64] = "/pages/";
    for (int i = 0; i < KEYS; i++) {
        snprintf(key, sizeof(key), "/pages/%03d", i);
        fixture_put_text(store, key, "old");
    }
    int64_t revision = fixture_revision(store), seen = 0;
    for (int page = 0; page < 2 * KEYS / PAGE; page++) {
        struct fixture_list list = {0};
        CHECK(contract,
              fixture_range(store, text(next), text("/pages0"), revision, PAGE, 0, &list) == KEELSON_OK);
        CHECK(contract, list.result.count == KEYS - seen && list.result.more == (list.result.count > PAGE));
        for (size_t i = 0; i < list.count; i++, seen++) {
            snprintf(key, sizeof(key), "/pages/%03d", (int)seen);
            CHECK(contract, strcmp(list.items[i].key, key) == 0 && strcmp(list.items[i].value, "old") == 0);
        }
        if (list.count > 0)
            snprintf(next, sizeof(next), "%s0",
                     list.items[list.count - 1].key); /* behind it, before its successor */
        fixture_list_done(&list);
        for (int i = page % 3; i < KEYS; i += 29) {
            snprintf(key, sizeof(key), "/pages/%03d", i);
            CHECK(contract,
                  (page % 2 ? fixture_delete(store, key) : fixture_put_text(store, key, "new")) > 0);
            snprintf(key, sizeof(key), "/pages/%03d-%d", i, page);
            CHECK(contract, fixture_put_text(store, key, "new") > 0);
        }
    }
    CHECK(contract, seen == KEYS);
}
