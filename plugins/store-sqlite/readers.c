/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A few read connections, opened when first needed. SQLite's readers neither wait for the writer nor hold it
 * up; more of them than processors only cost page cache.
 */
#include "plugins/store-sqlite/memory.h"
#include "plugins/store-sqlite/store.h"

static struct connection *reader_open(struct store *store, struct failure *failure)
{
    struct connection *reader = memory_new(sizeof(*reader));
    if (connection_open(reader, store->settings.path, store->settings.reader_cache_bytes, failure) ==
        KEELSON_OK)
        return reader;
    free(reader);
    return NULL;
}

struct connection *reader_take(struct store *store, struct failure *failure)
{
    pthread_mutex_lock(&store->readers_lock);
    while (!store->readers && store->readers_open == store->settings.readers)
        pthread_cond_wait(&store->reader_free, &store->readers_lock);
    struct connection *reader = store->readers;
    if (reader)
        store->readers = reader->next;
    else
        store->readers_open++;
    pthread_mutex_unlock(&store->readers_lock);
    if (reader)
        return reader;
    reader = reader_open(store, failure);
    if (!reader) {
        pthread_mutex_lock(&store->readers_lock);
        store->readers_open--;
        pthread_cond_signal(&store->reader_free);
        pthread_mutex_unlock(&store->readers_lock);
    }
    return reader;
}

void reader_give(struct store *store, struct connection *reader)
{
    pthread_mutex_lock(&store->readers_lock);
    reader->next = store->readers;
    store->readers = reader;
    pthread_cond_signal(&store->reader_free);
    pthread_mutex_unlock(&store->readers_lock);
}

void readers_done(struct store *store)
{
    while (store->readers) {
        struct connection *reader = store->readers;
        store->readers = reader->next;
        connection_done(reader);
        free(reader);
    }
}
