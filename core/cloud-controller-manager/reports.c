/* SPDX-License-Identifier: Apache-2.0 */
/* See reports.h. Answers are kept by node name, each in an arena of its own; the lock is not held while the
 * cloud is asked. */
#include "core/cloud-controller-manager/reports.h"

#include <pthread.h>

#include "core/base/clock.h"
#include "core/base/map.h"
#include "core/base/memory.h"

#define FAILURE_HOLDS_MS 1000 /* nodes that fail together come back together, and need one question */

struct report {
    uint64_t number; /* of its kind: one that was forgotten and wanted again is another */
    struct arena arena;
    struct provider_metadata metadata;
    int64_t taken_ns; /* 0: never asked, or too old */
    bool known;       /* the cloud said what it is */
    struct arena labels_arena;
    struct json *labels; /* that the node was given; NULL: not known */
};
struct reports {
    const struct provider *provider;
    int64_t fresh_ns;
    reports_read_node *read_node;
    struct event_recorder *events;
    void *context;
    pthread_mutex_t lock; /* below */
    pthread_cond_t answered;
    bool asking;
    struct map *all; /* node name → struct report */
    uint64_t numbers;
    struct error failure;
    int64_t failed_ns; /* 0: the last question was answered */
};

static void report_free(void *value)
{
    struct report *report = value;
    arena_done(&report->arena);
    arena_done(&report->labels_arena);
    free(report);
}

struct reports *reports_new(const struct provider *provider, int64_t fresh_ms, reports_read_node *read_node,
                            struct event_recorder *events, void *context)
{
    struct reports *r = new0(struct reports);
    r->provider = provider;
    r->fresh_ns = fresh_ms * NS_PER_MS;
    r->read_node = read_node;
    r->events = events;
    r->context = context;
    r->all = map_new(report_free);
    pthread_mutex_init(&r->lock, NULL);
    pthread_cond_init(&r->answered, NULL);
    return r;
}

void reports_free(struct reports *r)
{
    if (!r)
        return;
    map_free(r->all);
    error_done(&r->failure);
    pthread_cond_destroy(&r->answered);
    pthread_mutex_destroy(&r->lock);
    free(r);
}

static struct report *report_at(struct reports *r, const char *name)
{
    struct report *report = map_get(r->all, name);
    if (!report) {
        report = new0(struct report);
        report->number = ++r->numbers;
        map_set(r->all, name, report);
    }
    return report;
}

void reports_want(struct reports *r, const char *name)
{
    pthread_mutex_lock(&r->lock);
    report_at(r, name);
    pthread_mutex_unlock(&r->lock);
}

void reports_forget(struct reports *r, const char *name)
{
    pthread_mutex_lock(&r->lock);
    map_remove(r->all, name);
    pthread_mutex_unlock(&r->lock);
}

void reports_expire(struct reports *r)
{
    size_t cursor = 0;
    void *value;
    pthread_mutex_lock(&r->lock);
    while (map_next(r->all, &cursor, NULL, &value))
        ((struct report *)value)->taken_ns = 0;
    pthread_mutex_unlock(&r->lock);
}

static bool is_fresh(const struct reports *r, const struct report *report)
{
    return report && report->taken_ns && clock_monotonic_ns() - report->taken_ns < r->fresh_ns;
}

/* ---- Asking ---- */

struct batch {
    struct arena arena;
    uint32_t count;
    const char *names[KEELSON_CLOUD_NODES_MAX];
    uint64_t numbers[KEELSON_CLOUD_NODES_MAX];
    const struct json *nodes[KEELSON_CLOUD_NODES_MAX];
    struct provider_metadata metadata[KEELSON_CLOUD_NODES_MAX];
    bool known[KEELSON_CLOUD_NODES_MAX];
};

static void take_name(struct batch *b, const char *name, const struct report *report)
{
    b->numbers[b->count] = report->number;
    b->names[b->count++] = arena_strdup(&b->arena, name);
}

/* Under the lock. The node that is asked for comes first, so that it is never left out. */
static void collect_names(struct reports *r, const char *name, struct batch *b)
{
    size_t cursor = 0;
    const char *key;
    void *value;
    take_name(b, name, report_at(r, name));
    while (b->count < KEELSON_CLOUD_NODES_MAX && map_next(r->all, &cursor, &key, &value))
        if (!is_fresh(r, value) && strcmp(key, name) != 0)
            take_name(b, key, value);
}

/* Nodes that are gone by now are not asked about. */
static void read_nodes(struct reports *r, struct batch *b)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < b->count; i++) {
        const struct json *node = r->read_node(r->context, b->names[i], &b->arena);
        if (!node)
            continue;
        b->names[kept] = b->names[i];
        b->numbers[kept] = b->numbers[i];
        b->nodes[kept++] = node;
    }
    b->count = kept;
}

static bool says_what_it_is(const struct batch *b, uint32_t i)
{
    return b->known[i] && (b->metadata[i].provider_id || json_count(b->metadata[i].addresses));
}

/* Under the lock. The answer about a node that went meanwhile is none about one that came under its name. */
static void keep_answers(struct reports *r, const struct batch *b)
{
    int64_t now = clock_monotonic_ns();
    for (uint32_t i = 0; i < b->count; i++) {
        struct report *report = map_get(r->all, b->names[i]);
        if (!report || report->number != b->numbers[i])
            continue;
        arena_done(&report->arena);
        report->arena = ARENA_INIT;
        report->taken_ns = now;
        report->known = says_what_it_is(b, i);
        if (report->known)
            provider_metadata_copy(&report->arena, &b->metadata[i], &report->metadata);
    }
}

/* Lets the lock go while the cloud is asked. */
static void ask(struct reports *r, const char *name)
{
    struct error err = ERROR_INIT;
    struct batch *b = new0(struct batch);
    collect_names(r, name, b);
    r->asking = true;
    pthread_mutex_unlock(&r->lock);
    read_nodes(r, b);
    int result = b->count ? provider_describe(r->provider, b->nodes, b->count, KEELSON_WANT_METADATA,
                                              r->events, &b->arena, b->metadata, b->known, &err)
                          : 0;
    pthread_mutex_lock(&r->lock);
    error_move(&r->failure, &err);
    r->failed_ns = result < 0 ? clock_monotonic_ns() : 0;
    if (result == 0)
        keep_answers(r, b);
    r->asking = false;
    pthread_cond_broadcast(&r->answered);
    arena_done(&b->arena);
    free(b);
}

static bool has_just_failed(const struct reports *r)
{
    return r->failed_ns && clock_monotonic_ns() - r->failed_ns < FAILURE_HOLDS_MS * NS_PER_MS;
}

int reports_get(struct reports *r, const char *name, struct arena *arena, struct provider_metadata *ret,
                struct error *err)
{
    int result = 0;
    pthread_mutex_lock(&r->lock);
    while (r->asking)
        pthread_cond_wait(&r->answered, &r->lock);
    report_at(r, name);
    if (!is_fresh(r, map_get(r->all, name)) && !has_just_failed(r))
        ask(r, name);
    struct report *report = map_get(r->all, name);
    if (is_fresh(r, report) && report->known) {
        provider_metadata_copy(arena, &report->metadata, ret);
    } else if (is_fresh(r, report)) {
        report->taken_ns = 0; /* its back-off decides when it is asked about again */
        result =
            error_set(err, ERR_NOT_FOUND, "plugin %s knows nothing of node \"%s\"", r->provider->name, name);
    } else if (has_just_failed(r)) {
        if (err)
            error_copy(err, &r->failure);
        result = -1;
    } else {
        result = error_set(err, ERR_NOT_FOUND, "node \"%s\" is gone, or another one", name);
    }
    pthread_mutex_unlock(&r->lock);
    return result;
}

void reports_keep_labels(struct reports *r, const char *name, const struct json *labels)
{
    pthread_mutex_lock(&r->lock);
    struct report *report = map_get(r->all, name);
    if (report) {
        arena_done(&report->labels_arena);
        report->labels_arena = ARENA_INIT;
        report->labels = json_copy(&report->labels_arena, labels);
    }
    pthread_mutex_unlock(&r->lock);
}

struct json *reports_kept_labels(struct reports *r, const char *name, struct arena *arena)
{
    pthread_mutex_lock(&r->lock);
    const struct report *report = map_get(r->all, name);
    struct json *labels = report && report->labels ? json_copy(arena, report->labels) : NULL;
    pthread_mutex_unlock(&r->lock);
    return labels;
}
