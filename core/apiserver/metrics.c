/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request counters. A row is found by a small binary key, so counting costs a hash and a short lock; text is
 * made when somebody asks for it. Nothing of a key is a client's text, so clients cannot make rows.
 */
#include "core/apiserver/metrics.h"

#include <pthread.h>
#include <stdio.h>

#include "core/base/map.h"
#include "core/base/memory.h"

/* Upper bounds in milliseconds; the last is infinity. */
static const int64_t bucket_ms[] = {5,    25,    50,    100,   200,   400,   600,  800,
                                    1000, 1250,  1500,  2000,  3000,  4000,  5000, 6000,
                                    8000, 10000, 15000, 20000, 30000, 45000, 60000};
enum { BUCKETS = ARRAY_SIZE(bucket_ms) + 1, STATUSES_MAX = 12 };

struct row_key {
    const struct resource *resource; /* NULL: not a resource */
    const struct resource_sub *sub;
    const char *verb, *scope; /* of the tables below */
    uint64_t dry_run;
};
struct metrics_row {
    struct row_key key;
    int64_t sum_ns;
    uint64_t buckets[BUCKETS];
    struct {
        int status;
        uint64_t count;
    } statuses[STATUSES_MAX]; /* the last one also counts what finds no place */
    unsigned statuses_count;
};
struct metrics {
    pthread_mutex_t lock; /* guards rows and their counters */
    struct map *rows;
};

struct metrics *metrics_new(void)
{
    struct metrics *m = new0(struct metrics);
    pthread_mutex_init(&m->lock, NULL);
    m->rows = map_new(free);
    return m;
}

void metrics_free(struct metrics *m)
{
    if (!m)
        return;
    map_free(m->rows);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

/* How upstream's metrics call the verbs. */
static const char *verb_of(const struct api_request *r)
{
    static const struct {
        const char *verb, *shown;
    } verbs[] = {
        {"get", "GET"},    {"list", "LIST"},   {"watch", "WATCH"},   {"create", "POST"},
        {"update", "PUT"}, {"patch", "PATCH"}, {"delete", "DELETE"}, {"deletecollection", "DELETECOLLECTION"},
        {"post", "POST"},  {"put", "PUT"},     {"head", "HEAD"},     {"options", "OPTIONS"},
    };
    static const char *const connecting[] = {"exec", "attach", "portforward", "proxy"};
    for (size_t i = 0; r->resource && i < ARRAY_SIZE(connecting); i++)
        if (!strcmp(r->subresource, connecting[i]))
            return "CONNECT";
    for (size_t i = 0; r->verb && i < ARRAY_SIZE(verbs); i++)
        if (!strcmp(r->verb, verbs[i].verb))
            return verbs[i].shown;
    return "other";
}

static const char *scope_of(const struct api_request *r)
{
    if (!r->is_resource)
        return "";
    if (*r->name || !strcmp(r->verb, "create"))
        return "resource";
    return *r->namespace_ ? "namespace" : "cluster";
}

static struct row_key key_of(const struct api_request *r)
{
    return (struct row_key){
        .resource = r->resource,
        .sub = r->resource && *r->subresource ? resource_sub_find(r->resource, r->subresource) : NULL,
        .verb = verb_of(r),
        .scope = scope_of(r),
        .dry_run = r->dry_run,
    };
}

struct metrics_row *metrics_row(struct metrics *m, const struct api_request *r)
{
    if (!m)
        return NULL;
    struct row_key key = key_of(r);
    struct slice slice = {(const char *)&key, sizeof(key)};
    pthread_mutex_lock(&m->lock);
    struct metrics_row *row = map_get_slice(m->rows, slice);
    if (!row) {
        row = new0(struct metrics_row);
        row->key = key;
        map_set_slice(m->rows, slice, row);
    }
    pthread_mutex_unlock(&m->lock);
    return row;
}

static void count_status(struct metrics_row *row, int status)
{
    unsigned i = 0;
    while (i < row->statuses_count && row->statuses[i].status != status)
        i++;
    if (i == row->statuses_count && i < STATUSES_MAX)
        row->statuses[row->statuses_count++].status = status;
    row->statuses[MIN(i, STATUSES_MAX - 1)].count++;
}

void metrics_count(struct metrics *m, struct metrics_row *row, int status, int64_t duration_ns)
{
    unsigned bucket = 0;
    if (!row)
        return;
    while (bucket < ARRAY_SIZE(bucket_ms) && duration_ns > bucket_ms[bucket] * 1000000)
        bucket++;
    pthread_mutex_lock(&m->lock);
    count_status(row, status);
    row->sum_ns += duration_ns;
    row->buckets[bucket]++;
    pthread_mutex_unlock(&m->lock);
}

static void write_labels(struct buffer *out, const struct metrics_row *row)
{
    const struct resource *r = row->key.resource;
    buffer_printf(out,
                  "component=\"apiserver\",dry_run=\"%s\",group=\"%s\",resource=\"%s\",scope=\"%s\","
                  "subresource=\"%s\",verb=\"%s\",version=\"%s\"",
                  row->key.dry_run ? "All" : "", r ? r->group : "", r ? r->plural : "", row->key.scope,
                  row->key.sub ? row->key.sub->name : "", row->key.verb, r ? r->version : "");
}

static void write_total(struct buffer *out, const struct metrics_row *row, const char *name)
{
    for (unsigned i = 0; i < row->statuses_count; i++) {
        buffer_printf(out, "%s{code=\"%d\",", name, row->statuses[i].status);
        write_labels(out, row);
        buffer_printf(out, "} %llu\n", (unsigned long long)row->statuses[i].count);
    }
}

static void write_histogram(struct buffer *out, const struct metrics_row *row, const char *name)
{
    uint64_t below = 0;
    for (unsigned i = 0; i < BUCKETS; i++) {
        below += row->buckets[i];
        buffer_printf(out, "%s_bucket{", name);
        write_labels(out, row);
        if (i < ARRAY_SIZE(bucket_ms))
            buffer_printf(out, ",le=\"%g\"} %llu\n", (double)bucket_ms[i] / 1000, (unsigned long long)below);
        else
            buffer_printf(out, ",le=\"+Inf\"} %llu\n", (unsigned long long)below);
    }
    buffer_printf(out, "%s_sum{", name);
    write_labels(out, row);
    buffer_printf(out, "} %.9f\n%s_count{", (double)row->sum_ns / 1e9, name);
    write_labels(out, row);
    buffer_printf(out, "} %llu\n", (unsigned long long)below);
}

static const struct family {
    const char *name, *type, *help;
    void (*write)(struct buffer *out, const struct metrics_row *row, const char *name);
} families[] = {
    {"apiserver_request_total", "counter", "Requests by what they asked for and how they were answered.",
     write_total},
    {"apiserver_request_duration_seconds", "histogram", "How long requests took.", write_histogram},
    {"apiserver_request_sli_duration_seconds", "histogram",
     "How long requests took, without what others than this server did (nothing here).", write_histogram},
};

void metrics_write(struct metrics *m, struct buffer *out)
{
    pthread_mutex_lock(&m->lock);
    for (size_t i = 0; i < ARRAY_SIZE(families); i++) {
        const struct family *f = &families[i];
        size_t cursor = 0;
        void *row;
        buffer_printf(out, "# HELP %s %s\n# TYPE %s %s\n", f->name, f->help, f->name, f->type);
        while (map_next(m->rows, &cursor, NULL, &row))
            f->write(out, row, f->name);
    }
    pthread_mutex_unlock(&m->lock);
}
