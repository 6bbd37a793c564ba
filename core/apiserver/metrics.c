/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Request counters. A row is found by a small binary key (resource row, subresource, verb, status), so
 * counting costs a hash and a short lock; text is made when somebody asks for it.
 */
#include "core/apiserver/metrics.h"

#include <pthread.h>
#include <stdio.h>

#include "core/base/map.h"
#include "core/base/memory.h"

/* Upper bounds in milliseconds; the last is infinity. */
static const int64_t bucket_ms[] = {5,    25,   50,   100,  200,  400,   600,   800,   1000,  1500,  2000,
                                    3000, 4000, 5000, 6000, 8000, 10000, 15000, 20000, 30000, 45000, 60000};
enum { BUCKETS = ARRAY_SIZE(bucket_ms) + 1 };

struct row_key {
    const struct resource *resource;
    const struct resource_sub *sub;
    char verb[16];
    int32_t status, scope; /* 'c'luster, 'n'amespace, 'r'esource */
};
struct row {
    struct row_key key;
    uint64_t count;
    int64_t sum_ns;
    uint64_t buckets[BUCKETS];
};
struct metrics {
    pthread_mutex_t lock; /* guards rows */
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

static struct row_key key_of(const struct api_request *r, int status)
{
    struct row_key key;
    memset(&key, 0, sizeof(key));
    key.resource = r->resource;
    key.sub = r->resource && *r->subresource ? resource_sub_find(r->resource, r->subresource) : NULL;
    snprintf(key.verb, sizeof(key.verb), "%s", r->verb ? r->verb : "");
    key.status = status;
    key.scope = r->name && *r->name ? 'r' : r->namespace_ && *r->namespace_ ? 'n' : 'c';
    return key;
}

void metrics_count(struct metrics *m, const struct api_request *r, int status, int64_t duration_ns)
{
    if (!m)
        return;
    struct row_key key = key_of(r, status);
    struct slice slice = {(const char *)&key, sizeof(key)};
    unsigned bucket = 0;
    while (bucket < ARRAY_SIZE(bucket_ms) && duration_ns > bucket_ms[bucket] * 1000000)
        bucket++;
    pthread_mutex_lock(&m->lock);
    struct row *row = map_get_slice(m->rows, slice);
    if (!row) {
        row = new0(struct row);
        row->key = key;
        map_set_slice(m->rows, slice, row);
    }
    row->count++;
    row->sum_ns += duration_ns;
    row->buckets[bucket]++;
    pthread_mutex_unlock(&m->lock);
}

static const char *scope_name(int scope)
{
    return scope == 'r' ? "resource" : scope == 'n' ? "namespace" : "cluster";
}

static void write_labels(struct buffer *out, const struct row *row)
{
    char verb[16];
    size_t i = 0;
    for (; row->key.verb[i]; i++)
        verb[i] = row->key.verb[i] >= 'a' && row->key.verb[i] <= 'z' ? (char)(row->key.verb[i] - 32)
                                                                     : row->key.verb[i];
    verb[i] = '\0';
    const struct resource *r = row->key.resource;
    buffer_printf(out,
                  "component=\"apiserver\",group=\"%s\",resource=\"%s\",scope=\"%s\",subresource=\"%s\",verb="
                  "\"%s\",version=\"%s\"",
                  r ? r->group : "", r ? r->plural : "", scope_name(row->key.scope),
                  row->key.sub ? row->key.sub->name : "", verb, r ? r->version : "");
}

static void write_histogram(struct buffer *out, const struct row *row)
{
    uint64_t below = 0;
    for (unsigned i = 0; i < BUCKETS; i++) {
        below += row->buckets[i];
        buffer_append_str(out, "apiserver_request_duration_seconds_bucket{");
        write_labels(out, row);
        if (i < ARRAY_SIZE(bucket_ms))
            buffer_printf(out, ",code=\"%d\",le=\"%g\"} %llu\n", row->key.status, (double)bucket_ms[i] / 1000,
                          (unsigned long long)below);
        else
            buffer_printf(out, ",code=\"%d\",le=\"+Inf\"} %llu\n", row->key.status,
                          (unsigned long long)below);
    }
    buffer_append_str(out, "apiserver_request_duration_seconds_sum{");
    write_labels(out, row);
    buffer_printf(out, ",code=\"%d\"} %.9f\napiserver_request_duration_seconds_count{", row->key.status,
                  (double)row->sum_ns / 1e9);
    write_labels(out, row);
    buffer_printf(out, ",code=\"%d\"} %llu\n", row->key.status, (unsigned long long)row->count);
}

void metrics_write(struct metrics *m, struct buffer *out)
{
    size_t cursor = 0;
    void *value;
    pthread_mutex_lock(&m->lock);
    buffer_append_str(out, "# TYPE apiserver_request_total counter\n");
    while (map_next(m->rows, &cursor, NULL, &value)) {
        const struct row *row = value;
        buffer_append_str(out, "apiserver_request_total{");
        write_labels(out, row);
        buffer_printf(out, ",code=\"%d\",dry_run=\"\"} %llu\n", row->key.status,
                      (unsigned long long)row->count);
    }
    buffer_append_str(out, "# TYPE apiserver_request_duration_seconds histogram\n");
    for (cursor = 0; map_next(m->rows, &cursor, NULL, &value);)
        write_histogram(out, value);
    pthread_mutex_unlock(&m->lock);
}
