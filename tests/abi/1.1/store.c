/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A store plugin as somebody built it when ABI 1.1 came out: against the frozen headers beside it and nothing
 * else. It keeps one key in memory, and begins transactions without waiting. Never edited.
 */
#include <keelson/store.h>

KEELSON_PLUGIN(KEELSON_KIND_STORE, "frozen-begin", "1.1.0");

static const struct keelson_host *host;
static struct {
    int64_t revision;
    char key[16], value[16];
    struct keelson_kv kv;
} kept = {.revision = 10};

static struct keelson_bytes keep(char *place, struct keelson_bytes bytes)
{
    memcpy(place, bytes.data, bytes.size);
    return (struct keelson_bytes){place, bytes.size};
}

static enum keelson_status range(void *instance, const struct keelson_call *call,
                                 const struct keelson_range *range, const struct keelson_kv_sink *sink,
                                 struct keelson_range_result *ret)
{
    ret->revision = kept.revision;
    ret->count = kept.kv.size != 0;
    if (kept.kv.size)
        sink->put(sink, &kept.kv);
    return KEELSON_OK;
}

static enum keelson_status txn(void *instance, const struct keelson_call *call, const struct keelson_txn *txn,
                               struct keelson_txn_result *ret)
{
    const struct keelson_op *op = KEELSON_AT(txn->ops, txn->op_size, 0);
    if (txn->ops_count != 1 || op->key.size > sizeof(kept.key) || op->value.size > sizeof(kept.value))
        return host->fail(call, KEELSON_INVALID, "one small key");
    ret->succeeded = 1;
    ret->revision = ++kept.revision;
    kept.kv = (struct keelson_kv){.size = sizeof(kept.kv),
                                  .key = keep(kept.key, op->key),
                                  .value = keep(kept.value, op->value),
                                  .create_revision = kept.revision,
                                  .mod_revision = kept.revision,
                                  .version = 1};
    return KEELSON_OK;
}

/* A value of "no" is refused by the sink, not by the call. */
static enum keelson_status txn_begin(void *instance, const struct keelson_call *call,
                                     const struct keelson_txn *begun, const struct keelson_txn_sink *sink)
{
    const struct keelson_op *op = KEELSON_AT(begun->ops, begun->op_size, 0);
    struct keelson_txn_result result = {.size = sizeof(result)};
    if (op->value.size == 2 && memcmp(op->value.data, "no", 2) == 0) {
        sink->done(sink, KEELSON_EXHAUSTED, NULL, "no room for no");
        return KEELSON_OK;
    }
    enum keelson_status status = txn(instance, call, begun, &result);
    if (status == KEELSON_OK)
        sink->done(sink, KEELSON_OK, &result, NULL);
    return status;
}

static enum keelson_status watch(void *instance, const struct keelson_call *call,
                                 const struct keelson_watch *watch, const struct keelson_event_sink *sink)
{
    return KEELSON_COMPACTED;
}

static enum keelson_status compact(void *instance, const struct keelson_call *call, int64_t revision)
{
    return KEELSON_OK;
}

static enum keelson_status status(void *instance, const struct keelson_call *call,
                                  struct keelson_store_status *ret)
{
    ret->revision = kept.revision;
    ret->flags = KEELSON_STORE_EXCLUSIVE;
    return KEELSON_OK;
}

static enum keelson_status snapshot(void *instance, const struct keelson_call *call, const char *path)
{
    return KEELSON_UNSUPPORTED;
}

static const struct keelson_store_v1 store = {.size = sizeof(store),
                                              .range = range,
                                              .txn = txn,
                                              .watch = watch,
                                              .compact = compact,
                                              .status = status,
                                              .snapshot = snapshot,
                                              .txn_begin = txn_begin};

static enum keelson_status open_store(const struct keelson_call *call, const struct keelson_instance *instance,
                                      void **ret)
{
    *ret = &kept;
    return KEELSON_OK;
}

static void close_store(void *instance)
{
}

static const void *interface(void *instance, const char *name)
{
    return strcmp(name, KEELSON_STORE_1) == 0 ? &store : NULL;
}

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    static const struct keelson_plugin plugin = {.size = sizeof(plugin),
                                                 .threading = KEELSON_THREADS_SERIAL,
                                                 .description = "a store of ABI 1.1",
                                                 .open = open_store,
                                                 .close = close_store,
                                                 .interface = interface};
    host = given;
    return &plugin;
}
