/* SPDX-License-Identifier: Apache-2.0 */
/* Evaluates transactions into one SQLite transaction; batch.h says who sees what. */
#include "plugins/store-sqlite/batch.h"

#include <assert.h>

#include "plugins/store-sqlite/memory.h"
#include "plugins/store-sqlite/value.h"

#define SLOTS_FIRST    256
#define SLOTS_KEPT_MAX 8192

struct batch *batch_new(struct store *store)
{
    struct batch *batch = memory_new(sizeof(*batch));
    batch->store = store;
    batch->slots_size = SLOTS_FIRST;
    batch->slots = memory_new(batch->slots_size * sizeof(*batch->slots));
    batch->revision = store->revision;
    return batch;
}

void batch_free(struct batch *batch)
{
    if (!batch)
        return;
    batch_clear(batch);
    free(batch->events);
    free(batch->entries);
    free(batch->expires_ms);
    free(batch->dropped);
    free(batch->slots);
    free(batch);
}

/* FNV-1a over eight bytes at a time: the keys share long prefixes and come from the API server, not from an
 * attacker who could choose collisions (the table lives for one batch). */
static uint64_t key_hash(struct keelson_bytes key)
{
    uint64_t hash = 0xcbf29ce484222325u ^ key.size;
    for (size_t i = 0; i < key.size; i += 8) {
        uint64_t word = 0;
        memcpy(&word, key.data + i, key.size - i < 8 ? key.size - i : 8);
        hash = (hash ^ word) * 0x9e3779b97f4a7c15u;
        hash ^= hash >> 29;
    }
    return hash;
}

static uint32_t *slot_find(struct batch *batch, struct keelson_bytes key)
{
    size_t mask = batch->slots_size - 1;
    for (size_t i = key_hash(key) & mask;; i = (i + 1) & mask) {
        uint32_t *slot = &batch->slots[i];
        if (*slot == 0 || bytes_compare(batch->events[*slot - 1].key, key) == 0)
            return slot;
    }
}

static void slots_grow(struct batch *batch)
{
    free(batch->slots);
    batch->slots_size *= 2;
    batch->slots = memory_new(batch->slots_size * sizeof(*batch->slots));
    for (size_t i = 0; i < batch->count; i++)
        *slot_find(batch, batch->events[i].key) = (uint32_t)(i + 1);
}

/* The key's state with the batch's changes; NULL when absent. */
static struct entry *current_find(struct batch *batch, struct keelson_bytes key)
{
    uint32_t slot = batch->count ? *slot_find(batch, key) : 0;
    return slot ? batch->entries[slot - 1] : index_find(&batch->store->index, key);
}

static void change_room(struct batch *batch)
{
    size_t needed = batch->count + 1, capacity = batch->capacity;
    batch->events = memory_grow(batch->events, &batch->capacity, needed, sizeof(*batch->events));
    if (batch->capacity != capacity) {
        batch->entries = memory_check(realloc(batch->entries, batch->capacity * sizeof(*batch->entries)));
        batch->expires_ms =
            memory_check(realloc(batch->expires_ms, batch->capacity * sizeof(*batch->expires_ms)));
    }
    if (needed * 2 > batch->slots_size)
        slots_grow(batch);
}

static void change_add(struct batch *batch, const struct keelson_kv *event, struct entry *entry,
                       int64_t expires_ms)
{
    change_room(batch);
    batch->events[batch->count] = *event;
    batch->entries[batch->count] = entry;
    batch->expires_ms[batch->count] = expires_ms;
    batch->count++;
    *slot_find(batch, event->key) = (uint32_t)batch->count;
}

static int transaction_open(struct batch *batch)
{
    if (batch->open)
        return SQLITE_OK;
    int code = connection_step(&batch->store->writer.connection, STATEMENT_BEGIN_WRITE);
    batch->open = code == SQLITE_OK;
    return code;
}

struct row {
    int64_t id, previous, create_revision, version, expires_ms;
    struct keelson_bytes key, value;
};

static int row_insert(struct batch *batch, const struct row *row)
{
    struct connection *connection = &batch->store->writer.connection;
    int code = transaction_open(batch);
    if (code != SQLITE_OK)
        return code;
    sqlite3_stmt *log = connection_statement(connection, STATEMENT_LOG_INSERT);
    if (!log)
        return sqlite3_extended_errcode(connection->db);
    sqlite3_bind_int64(log, 1, row->id);
    sqlite3_bind_blob(log, 2, row->key.data, (int)row->key.size, SQLITE_STATIC);
    sqlite3_bind_int64(log, 3, row->previous);
    sqlite3_bind_int64(log, 4, row->create_revision);
    sqlite3_bind_int64(log, 5, row->version);
    sqlite3_bind_int64(log, 6, row->expires_ms);
    sqlite3_bind_int64(log, 7, (int64_t)row->value.size);
    code = connection_step(connection, STATEMENT_LOG_INSERT);
    return code == SQLITE_OK && row->version != 0 ? value_insert(connection, row->id, row->value) : code;
}

static int change_put(struct batch *batch, const struct keelson_op *op, int64_t id)
{
    struct entry *old = current_find(batch, op->key);
    struct row row = {.id = id, .key = op->key, .value = op->value};
    row.previous = old ? old->id : 0;
    row.create_revision = old ? old->create_revision : ID_REVISION(id);
    row.version = old ? (int64_t)old->version + 1 : 1;
    row.expires_ms = op->ttl_s ? store_clock_ms(batch->store) + op->ttl_s * 1000 : 0;
    int code = row_insert(batch, &row);
    if (code != SQLITE_OK)
        return code;
    struct entry *entry = entry_new(op->key);
    entry->id = id;
    entry->create_revision = row.create_revision;
    entry->version = (uint32_t)row.version;
    entry->value_size = (uint32_t)op->value.size;
    const struct keelson_kv event = {.size = sizeof(event),
                                     .key = op->key,
                                     .value = op->value,
                                     .create_revision = row.create_revision,
                                     .mod_revision = ID_REVISION(id),
                                     .version = row.version,
                                     .lease_ttl_s = op->ttl_s};
    change_add(batch, &event, entry, row.expires_ms);
    return SQLITE_OK;
}

/* The key must exist. */
static int change_delete(struct batch *batch, struct keelson_bytes key, int64_t id)
{
    const struct row row = {.id = id, .previous = current_find(batch, key)->id, .key = key};
    int code = row_insert(batch, &row);
    if (code != SQLITE_OK)
        return code;
    const struct keelson_kv event = {.size = sizeof(event), .key = key, .mod_revision = ID_REVISION(id)};
    change_add(batch, &event, NULL, 0);
    return SQLITE_OK;
}

static bool compares_hold(struct batch *batch, const struct keelson_txn *txn)
{
    for (uint32_t i = 0; i < txn->compares_count; i++) {
        const struct keelson_compare *compare = KEELSON_AT(txn->compares, txn->compare_size, i);
        const struct entry *entry = current_find(batch, compare->key);
        if ((entry ? ID_REVISION(entry->id) : 0) != compare->mod_revision)
            return false;
    }
    return true;
}

bool batch_txn(struct batch *batch, const struct keelson_txn *txn, struct keelson_txn_result *ret,
               int *ret_code)
{
    int64_t revision = batch->revision + 1, sub = 0;
    *ret_code = SQLITE_OK;
    ret->succeeded = compares_hold(batch, txn);
    for (uint32_t i = 0; ret->succeeded && i < txn->ops_count && *ret_code == SQLITE_OK; i++) {
        const struct keelson_op *op = KEELSON_AT(txn->ops, txn->op_size, i);
        if (op->type == KEELSON_OP_PUT)
            *ret_code = change_put(batch, op, ID_OF(revision) | sub++);
        else if (current_find(batch, op->key))
            *ret_code = change_delete(batch, op->key, ID_OF(revision) | sub++);
    }
    if (sub > 0)
        batch->revision = revision;
    ret->revision = batch->revision;
    return *ret_code == SQLITE_OK;
}

bool batch_expire(struct batch *batch, int64_t now_ms, unsigned limit, int *ret_code)
{
    const struct expiry *expiry = &batch->store->expiry;
    *ret_code = SQLITE_OK;
    /* The heap changes only in batch_publish, and its order says nothing beyond the first element: walk down
     * the branches that are due. Slot i's children are later than i. */
    size_t stack[64], depth = 0;
    if (expiry->count > 0)
        stack[depth++] = 0;
    while (depth > 0 && limit > 0 && *ret_code == SQLITE_OK) {
        size_t at = stack[--depth];
        const struct expiry_element *element = &expiry->heap[at];
        if (element->expires_ms > now_ms)
            continue;
        if (current_find(batch, entry_key(element->entry)) == element->entry) {
            *ret_code = change_delete(batch, entry_key(element->entry), ID_OF(batch->revision + 1));
            batch->revision++;
            limit--;
        }
        for (size_t child = 2 * at + 1; child <= 2 * at + 2; child++) {
            if (child < expiry->count && depth < sizeof(stack) / sizeof(stack[0]))
                stack[depth++] = child;
        }
    }
    return *ret_code == SQLITE_OK;
}

int batch_commit(struct batch *batch)
{
    if (!batch->open)
        return SQLITE_OK;
    int code = connection_step(&batch->store->writer.connection, STATEMENT_COMMIT);
    if (code == SQLITE_OK)
        batch->open = false;
    return code;
}

void batch_rollback(struct batch *batch)
{
    struct connection *connection = &batch->store->writer.connection;
    if (!sqlite3_get_autocommit(connection->db))
        connection_step(connection, STATEMENT_ROLLBACK);
    batch->open = false;
    for (size_t i = 0; i < batch->count; i++)
        free(batch->entries[i]);
    batch->revision = batch->store->revision;
    batch_clear(batch);
}

static void entry_drop(struct batch *batch, struct entry *entry)
{
    if (!entry)
        return;
    expiry_remove(&batch->store->expiry, entry);
    batch->dropped = memory_grow(batch->dropped, &batch->dropped_capacity, batch->dropped_count + 1,
                                 sizeof(*batch->dropped));
    batch->dropped[batch->dropped_count++] = entry;
}

void batch_publish(struct batch *batch)
{
    struct store *store = batch->store;
    pthread_rwlock_wrlock(&store->index_lock);
    for (size_t i = 0; i < batch->count; i++) {
        struct entry *entry = batch->entries[i];
        if (!entry) {
            entry_drop(batch, index_remove(&store->index, batch->events[i].key));
            continue;
        }
        entry_drop(batch, index_put(&store->index, entry));
        if (batch->expires_ms[i])
            expiry_add(&store->expiry, entry, batch->expires_ms[i]);
    }
    store->revision = batch->revision;
    pthread_rwlock_unlock(&store->index_lock);
}

void batch_clear(struct batch *batch)
{
    assert(!batch->open);
    for (size_t i = 0; i < batch->dropped_count; i++)
        free(batch->dropped[i]);
    batch->dropped_count = 0;
    if (batch->slots_size > SLOTS_KEPT_MAX) {
        free(batch->slots);
        batch->slots_size = SLOTS_FIRST;
        batch->slots = memory_new(batch->slots_size * sizeof(*batch->slots));
    } else if (batch->count > 0) {
        memset(batch->slots, 0, batch->slots_size * sizeof(*batch->slots));
    }
    batch->count = 0;
}
