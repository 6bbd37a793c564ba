/* SPDX-License-Identifier: Apache-2.0 */
/* One look at the node: containers and their usage by the runtime plugin, the node's own by /proc. */
#include "core/kubelet/stats.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/kubelet/runtime.h"

#define CALL_MS        10000
#define CONTAINERS_MAX 10000u

struct collecting {
    const struct keelson_runtime_v1 *table;
    struct arena *arena;
    struct stats *stats;
    struct map *places; /* id → 1 + index */
    size_t capacity;
};

static const char *pair_of(const struct keelson_pairs *pairs, const char *key)
{
    for (uint32_t i = 0; i < pairs->count; i++)
        if (strcmp(pairs->items[i].key, key) == 0)
            return pairs->items[i].value;
    return "";
}

static int put_container(const struct keelson_container_sink *sink, const struct keelson_container *c)
{
    struct collecting *g = sink->context;
    struct stats *s = g->stats;
    if (c->state != KEELSON_CONTAINER_RUNNING || s->count == CONTAINERS_MAX)
        return 0;
    if (s->count == g->capacity) {
        g->capacity = MAX(g->capacity * 2, 32);
        struct stats_container *grown = arena_alloc0(g->arena, g->capacity * sizeof(*grown));
        if (s->count)
            memcpy(grown, s->containers, s->count * sizeof(*grown));
        s->containers = grown;
    }
    s->containers[s->count++] = (struct stats_container){
        .id = arena_strdup(g->arena, c->id),
        .name = arena_strdup(g->arena, pair_of(&c->labels, LABEL_CONTAINER_NAME)),
        .pod = arena_strdup(g->arena, pair_of(&c->labels, LABEL_POD_NAME)),
        .namespace_ = arena_strdup(g->arena, pair_of(&c->labels, LABEL_POD_NAMESPACE)),
        .uid = arena_strdup(g->arena, pair_of(&c->labels, LABEL_POD_UID)),
        .image = arena_strdup(g->arena, c->image ? c->image : ""),
        .created_ns = c->created_at_ns,
    };
    return 0;
}

static int put_usage(const struct keelson_usage_sink *sink, const struct keelson_usage *u)
{
    struct collecting *g = sink->context;
    size_t place = (size_t)(uintptr_t)map_get(g->places, u->container_id);
    if (!place)
        return 0;
    struct stats_container *c = &g->stats->containers[place - 1];
    c->sampled_ns = u->timestamp_ns > 0 ? u->timestamp_ns : clock_realtime_ns();
    c->cpu_ns = u->cpu_nanoseconds;
    c->memory_working_set_bytes = u->memory_working_set_bytes;
    c->memory_usage_bytes = u->memory_usage_bytes;
    c->memory_rss_bytes = u->memory_rss_bytes;
    c->page_faults = u->memory_page_faults;
    c->major_page_faults = u->memory_major_page_faults;
    c->writable_bytes = u->writable_layer_bytes;
    c->writable_inodes = u->writable_layer_inodes;
    return 0;
}

static enum keelson_status ask_list(void *handle, const struct keelson_call *call, void *arguments)
{
    struct collecting *g = arguments;
    struct keelson_container_sink sink = {.size = sizeof(sink), .put = put_container, .context = g};
    return g->table->container_list(handle, call, &sink);
}

static enum keelson_status ask_usage(void *handle, const struct keelson_call *call, void *arguments)
{
    struct collecting *g = arguments;
    struct keelson_usage_sink sink = {.size = sizeof(sink), .put = put_usage, .context = g};
    return g->table->container_usage(handle, call, &sink);
}

static int compare_containers(const void *a, const void *b)
{
    const struct stats_container *x = a, *y = b;
    int order = strcmp(x->uid, y->uid);
    return order ? order : strcmp(x->name, y->name);
}

/* The number behind "\nname" in a file of /proc. */
static uint64_t number_after(const struct buffer *text, const char *name)
{
    const char *at = text->data ? strstr(text->data, name) : NULL;
    return at ? strtoull(at + strlen(name), NULL, 10) : 0;
}

/* "cpu  user nice system idle iowait irq softirq steal …", in ticks: all but idle and iowait. */
static uint64_t cpu_ticks(const struct buffer *text)
{
    uint64_t sum = 0;
    char *at = text->size > 4 ? text->data + 4 : NULL;
    for (int i = 0; at && i < 8; i++) {
        uint64_t ticks = strtoull(at, &at, 10);
        sum += i == 3 || i == 4 ? 0 : ticks;
    }
    return sum;
}

static void look_at_node(struct stats *s)
{
    _cleanup_(buffer_done) struct buffer stat = BUFFER_INIT, memory = BUFFER_INIT;
    file_read("/proc/stat", 16u << 20, &stat, NULL);
    file_read("/proc/meminfo", 1u << 20, &memory, NULL);
    uint64_t total = number_after(&memory, "MemTotal:") << 10, free_bytes = number_after(&memory, "MemFree:")
                                                                            << 10;
    uint64_t inactive = number_after(&memory, "Inactive(file):") << 10;
    s->sampled_ns = clock_realtime_ns();
    s->started_ns = (int64_t)number_after(&stat, "\nbtime ") * NS_PER_S;
    s->cpu_ns = cpu_ticks(&stat) * (uint64_t)(NS_PER_S / sysconf(_SC_CLK_TCK));
    s->memory_usage_bytes = total - MIN(total, free_bytes);
    s->memory_working_set_bytes = s->memory_usage_bytes - MIN(s->memory_usage_bytes, inactive);
    s->memory_available_bytes = total - s->memory_working_set_bytes;
}

int stats_collect(struct plugin_instance *runtime, const struct keelson_runtime_v1 *table,
                  struct arena *arena, struct stats *ret, struct error *err)
{
    struct plugin_call_options list = {.operation = "runtime.container_list", .timeout_ms = CALL_MS};
    struct plugin_call_options usage = {.operation = "runtime.container_usage", .timeout_ms = CALL_MS};
    struct collecting g = {.table = table, .arena = arena, .stats = ret};
    *ret = (struct stats){0};
    look_at_node(ret);
    if (!runtime || !table)
        return 0;
    if (plugin_call_here(runtime, &list, ask_list, &g, err) < 0)
        return -1;
    if (ret->count)
        qsort(ret->containers, ret->count, sizeof(*ret->containers), compare_containers);
    g.places = map_new(NULL);
    for (size_t i = 0; i < ret->count; i++)
        map_set(g.places, ret->containers[i].id, (void *)(uintptr_t)(i + 1));
    int rc = plugin_call_here(runtime, &usage, ask_usage, &g, err);
    map_free(g.places);
    return rc;
}
