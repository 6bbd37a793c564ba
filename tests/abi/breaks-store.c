/* SPDX-License-Identifier: Apache-2.0 */
/* What state stores do wrong: see breaks.h. */
#define BREAKS_KIND KEELSON_KIND_STORE
#define BREAKS_NAME "breaks-store"
#include "tests/abi/breaks.h"

#include "etc/plugin-template/store-acme.c"
#undef keelson_plugin_entry

static struct keelson_store_v1 store;

static enum keelson_status range_now(void *instance, const struct keelson_call *call,
                                     const struct keelson_range *range, const struct keelson_kv_sink *sink,
                                     struct keelson_range_result *ret)
{
    struct keelson_range now = *range;
    now.revision = 0;
    return acme_range(instance, call, &now, sink, ret);
}

/* The future alone is read as now. */
static enum keelson_status range_future(void *instance, const struct keelson_call *call,
                                        const struct keelson_range *range, const struct keelson_kv_sink *sink,
                                        struct keelson_range_result *ret)
{
    return range->revision > ((struct store *)instance)->revision
               ? range_now(instance, call, range, sink, ret)
               : acme_range(instance, call, range, sink, ret);
}

static enum keelson_status range_past_as_now(void *instance, const struct keelson_call *call,
                                             const struct keelson_range *range,
                                             const struct keelson_kv_sink *sink,
                                             struct keelson_range_result *ret)
{
    return range->revision < ((struct store *)instance)->revision
               ? range_now(instance, call, range, sink, ret)
               : acme_range(instance, call, range, sink, ret);
}

static int put_on(const struct keelson_kv_sink *sink, const struct keelson_kv *kv)
{
    const struct keelson_kv_sink *to = sink->context;
    to->put(to, kv);
    return 0;
}

static enum keelson_status range_all(void *instance, const struct keelson_call *call,
                                     const struct keelson_range *range, const struct keelson_kv_sink *sink,
                                     struct keelson_range_result *ret)
{
    const struct keelson_kv_sink deaf = {
        .size = sizeof(deaf), .put = put_on, .context = (void *)(uintptr_t)sink};
    return acme_range(instance, call, range, &deaf, ret);
}

static enum keelson_status range_without_limit(void *instance, const struct keelson_call *call,
                                               const struct keelson_range *range,
                                               const struct keelson_kv_sink *sink,
                                               struct keelson_range_result *ret)
{
    struct keelson_range other = *range;
    other.limit = 0;
    return acme_range(instance, call, &other, sink, ret);
}

static enum keelson_status txn_without_compares(void *instance, const struct keelson_call *call,
                                                const struct keelson_txn *txn, struct keelson_txn_result *ret)
{
    struct keelson_txn other = *txn;
    other.compares_count = 0;
    return acme_txn(instance, call, &other, ret);
}

static enum keelson_status txn_first_only(void *instance, const struct keelson_call *call,
                                          const struct keelson_txn *txn, struct keelson_txn_result *ret)
{
    struct keelson_txn other = *txn;
    other.ops_count = txn->ops_count > 1 ? 1 : txn->ops_count;
    return acme_txn(instance, call, &other, ret);
}

static enum keelson_status compact_nothing(void *instance, const struct keelson_call *call, int64_t revision)
{
    return KEELSON_OK;
}

static enum keelson_status watch_later(void *instance, const struct keelson_call *call,
                                       const struct keelson_watch *watch,
                                       const struct keelson_event_sink *sink)
{
    struct keelson_watch other = *watch;
    const int64_t compacted = ((struct store *)instance)->compacted;
    other.from_revision = other.from_revision < compacted ? compacted : other.from_revision;
    return acme_watch(instance, call, &other, sink);
}

static int events_twice(const struct keelson_event_sink *sink, const struct keelson_kv *events,
                        uint32_t event_size, uint32_t count, int64_t progress)
{
    const struct keelson_event_sink *to = sink->context;
    return to->events(to, events, event_size, count ? 1 : 0, progress) |
           to->events(to, events, event_size, count, progress);
}

static enum keelson_status watch_twice(void *instance, const struct keelson_call *call,
                                       const struct keelson_watch *watch,
                                       const struct keelson_event_sink *sink)
{
    const struct keelson_event_sink other = {
        .size = sizeof(other), .events = events_twice, .context = (void *)(uintptr_t)sink};
    return acme_watch(instance, call, watch, &other);
}

BREAK(reads_the_future, store.range, range_future)
BREAK(reads_the_past_as_now, store.range, range_past_as_now)
BREAK(ignores_its_sink, store.range, range_all)
BREAK(ignores_limits, store.range, range_without_limit)
BREAK(ignores_compares, store.txn, txn_without_compares)
BREAK(takes_the_first, store.txn, txn_first_only)
BREAK(compacts_nothing, store.compact, compact_nothing)
BREAK(watches_later, store.watch, watch_later)
BREAK(tells_twice, store.watch, watch_twice)

const struct breakage breakages[] = {
    {"reads-the-future", reads_the_future}, {"reads-the-past-as-now", reads_the_past_as_now},
    {"ignores-its-sink", ignores_its_sink}, {"ignores-limits", ignores_limits},
    {"ignores-compares", ignores_compares}, {"takes-the-first", takes_the_first},
    {"compacts-nothing", compacts_nothing}, {"watches-later", watches_later},
    {"tells-twice", tells_twice},           {0},
};

static const void *interface(void *instance, const char *name)
{
    return acme_interface(instance, name) ? &store : NULL;
}

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    static struct keelson_plugin plugin;
    plugin = *template_entry(given);
    plugin.interface = interface;
    store = *(const struct keelson_store_v1 *)acme_interface(NULL, KEELSON_STORE_1);
    break_one();
    return &plugin;
}
