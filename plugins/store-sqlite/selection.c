/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Picks the keys of a range; selection.h. The state at an old revision R is: the live keys that were not
 * touched after R, plus, for each key that was, what its first change after R superseded. The work grows with
 * the number of changes since R, which is small for the reads that happen (the next page of a list).
 */
#include "plugins/store-sqlite/selection.h"

#include "plugins/store-sqlite/memory.h"

void selection_done(struct selection *selection)
{
    free(selection->items);
    free(selection->keys);
}

void selection_add(struct selection *selection, const struct selected *item, struct keelson_bytes key)
{
    selection->items =
        memory_grow(selection->items, &selection->capacity, selection->count + 1, sizeof(*selection->items));
    selection->keys =
        memory_grow(selection->keys, &selection->keys_capacity, selection->keys_size + key.size, 1);
    struct selected *added = &selection->items[selection->count++];
    *added = *item;
    added->key_at = selection->keys_size;
    added->key_size = (uint32_t)key.size;
    memcpy(selection->keys + selection->keys_size, key.data, key.size);
    selection->keys_size += key.size;
}

static void entry_select(struct selection *selection, const struct store *store, const struct entry *entry)
{
    const struct selected item = {.id = entry->id,
                                  .create_revision = entry->create_revision,
                                  .version = entry->version,
                                  .expires_ms = expiry_of(&store->expiry, entry),
                                  .value_size = entry->value_size};
    selection_add(selection, &item, entry_key(entry));
}

/* The next entry of the range, NULL when it ends. */
static const struct entry *range_next(struct index_cursor *cursor, const struct keelson_range *range)
{
    const struct entry *entry = index_next(cursor);
    return entry && bytes_in_range(entry_key(entry), range->from, range->to) ? entry : NULL;
}

void selection_pick(struct selection *selection, const struct store *store, const struct keelson_range *range)
{
    const struct entry *entry;
    selection->total = (int64_t)index_count(&store->index, range->from, range->to);
    if (range->flags & KEELSON_RANGE_COUNT_ONLY)
        return;
    struct index_cursor cursor = index_seek(&store->index, range->from);
    while ((range->limit == 0 || (int64_t)selection->count < range->limit) &&
           (entry = range_next(&cursor, range)))
        entry_select(selection, store, entry);
}

void selection_pick_unchanged(struct selection *selection, const struct store *store,
                              const struct keelson_range *range)
{
    const struct entry *entry;
    struct index_cursor cursor = index_seek(&store->index, range->from);
    while ((entry = range_next(&cursor, range))) {
        if (ID_REVISION(entry->id) > range->revision)
            continue;
        selection->total++;
        /* More than the limit is never needed from here: these come in order of key. */
        if (range->limit == 0 || (int64_t)selection->count < range->limit)
            entry_select(selection, store, entry);
    }
}

/* Changes after the revision, as (key, id, previous). */
static int changes_read(struct selection *changes, struct connection *reader,
                        const struct keelson_range *range, int64_t newest)
{
    sqlite3_stmt *statement = connection_statement(reader, STATEMENT_LOG_RANGE);
    int code;
    if (!statement)
        return sqlite3_extended_errcode(reader->db);
    sqlite3_bind_int64(statement, 1, ID_OF(range->revision + 1));
    sqlite3_bind_int64(statement, 2, ID_END(newest));
    while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
        struct keelson_bytes key = column_bytes(statement, LOG_KEY);
        if (!bytes_in_range(key, range->from, range->to))
            continue;
        /* `version` carries the superseded row's id until that row is read. */
        const struct selected item = {.id = sqlite3_column_int64(statement, LOG_ID),
                                      .version = sqlite3_column_int64(statement, LOG_PREVIOUS)};
        selection_add(changes, &item, key);
    }
    sqlite3_reset(statement);
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

static int row_read(struct connection *reader, int64_t id, struct selected *ret)
{
    sqlite3_stmt *statement = connection_statement(reader, STATEMENT_ROW);
    if (!statement)
        return sqlite3_extended_errcode(reader->db);
    sqlite3_bind_int64(statement, 1, id);
    int code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        ret->id = id;
        ret->create_revision = sqlite3_column_int64(statement, LOG_CREATE_REVISION);
        ret->version = sqlite3_column_int64(statement, LOG_VERSION);
        ret->expires_ms = sqlite3_column_int64(statement, LOG_EXPIRES_MS);
        ret->value_size = (uint32_t)sqlite3_column_int64(statement, LOG_SIZE);
    }
    sqlite3_reset(statement);
    return code == SQLITE_ROW ? SQLITE_OK : code == SQLITE_DONE ? SQLITE_CORRUPT : code;
}

static int selected_compare(const void *a, const void *b, void *selection)
{
    const struct selected *x = a, *y = b;
    int order = bytes_compare(selected_key(selection, x), selected_key(selection, y));
    return order ? order : (x->id > y->id) - (x->id < y->id);
}

static void selection_sort(struct selection *selection)
{
    if (selection->count > 1)
        qsort_r(selection->items, selection->count, sizeof(selection->items[0]), selected_compare, selection);
}

static int superseded_add(struct selection *selection, const struct selection *changes,
                          struct connection *reader)
{
    int code = SQLITE_OK;
    for (size_t i = 0; i < changes->count && code == SQLITE_OK; i++) {
        struct selected item = changes->items[i];
        struct keelson_bytes key = selected_key(changes, &item);
        bool first = i == 0 || bytes_compare(selected_key(changes, &changes->items[i - 1]), key) != 0;
        if (!first || item.version == 0)
            continue;
        code = row_read(reader, item.version, &item);
        if (code == SQLITE_OK)
            selection_add(selection, &item, key);
        selection->total++;
    }
    return code;
}

enum keelson_status selection_pick_changed(struct selection *selection, struct connection *reader,
                                           const struct keelson_range *range, int64_t newest,
                                           const char *path, struct failure *failure)
{
    struct selection changes = {0};
    int code = changes_read(&changes, reader, range, newest);
    selection_sort(&changes);
    if (code == SQLITE_OK)
        code = superseded_add(selection, &changes, reader);
    selection_done(&changes);
    if (code != SQLITE_OK)
        return failure_sqlite(failure, reader, code, path, "reading the log");
    selection_sort(selection);
    if (range->limit > 0 && (int64_t)selection->count > range->limit)
        selection->count = (size_t)range->limit;
    return KEELSON_OK;
}
