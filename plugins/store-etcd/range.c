/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reads. A long range is fetched in pages of one revision, so that neither side ever holds all of it; the
 * pages' size follows the size of what is in them.
 */
#include <stdlib.h>
#include <string.h>

#include "plugins/store-etcd/etcd.h"

#define PAGE_KEYS_FIRST  256
#define PAGE_KEYS_MAX    8192
#define PAGE_BYTES_SMALL (1 << 20)
#define PAGE_BYTES_LARGE (4 << 20)

struct read {
    struct etcd *etcd;
    const struct keelson_call *call;
    const struct keelson_range *range;
    const struct keelson_kv_sink *sink;
    struct keelson_range_result *ret;
    int64_t put;       /* keys passed on so far */
    int64_t page_keys; /* of the next page */
    bool end;          /* the sink wants no more */
    struct failure failure;
};

static const char first_key[1]; /* etcd knows no empty key; this is the lowest that can exist */

static enum keelson_status page_fetch(struct read *read, struct keelson_bytes from, Etcd__RangeResponse **ret)
{
    const struct keelson_range *range = read->range;
    Etcd__RangeRequest request = ETCD__RANGE_REQUEST__INIT;
    int64_t left = range->limit ? range->limit - read->put : INT64_MAX;
    request.key = data_of(from);
    request.range_end = data_of(range->to);
    request.limit = left < read->page_keys ? left : read->page_keys;
    request.revision = read->put ? read->ret->revision : range->revision;
    request.keys_only = (range->flags & KEELSON_RANGE_KEYS_ONLY) != 0;
    request.count_only = (range->flags & KEELSON_RANGE_COUNT_ONLY) != 0;
    return cluster_call(read->etcd, read->call->deadline_ns, read->call->cancel_fd, "/etcdserverpb.KV/Range",
                        CALL_REPEATABLE, &request, &etcd__range_response__descriptor, ret, &read->failure);
}

static void page_put(struct read *read, const Etcd__RangeResponse *page)
{
    size_t bytes = 0;
    for (size_t i = 0; i < page->n_kvs && !read->end; i++) {
        const struct keelson_kv kv =
            kv_of(read->etcd, page->kvs[i], read->call->deadline_ns, read->call->cancel_fd);
        bytes += kv.key.size + kv.value.size;
        read->end = read->sink->put(read->sink, &kv) != 0;
        read->put++;
    }
    if (bytes > PAGE_BYTES_LARGE && read->page_keys > 1)
        read->page_keys /= 2;
    else if (bytes < PAGE_BYTES_SMALL && read->page_keys < PAGE_KEYS_MAX)
        read->page_keys *= 2;
}

/* The first page tells revision and count of the whole. */
static void result_set(struct read *read, const Etcd__RangeResponse *page)
{
    const struct keelson_range *range = read->range;
    if (read->put > 0)
        return;
    read->ret->revision = range->revision ? range->revision : header_revision(read->etcd, page->header);
    read->ret->count = page->count;
    read->ret->more =
        !(range->flags & KEELSON_RANGE_COUNT_ONLY) && range->limit > 0 && page->count > range->limit;
}

/* The key right behind the page's last one. */
static struct keelson_bytes next_key(const Etcd__RangeResponse *page, char **buffer)
{
    const ProtobufCBinaryData *last = &page->kvs[page->n_kvs - 1]->key;
    *buffer = realloc(*buffer, last->len + 1);
    if (!*buffer)
        abort();
    memcpy(*buffer, last->data, last->len);
    (*buffer)[last->len] = '\0';
    return (struct keelson_bytes){*buffer, last->len + 1};
}

static enum keelson_status pages_read(struct read *read, struct keelson_bytes from)
{
    char *buffer = NULL;
    bool more = true;
    enum keelson_status status = KEELSON_OK;
    while (more && status == KEELSON_OK) {
        Etcd__RangeResponse *page;
        status = page_fetch(read, from, &page);
        if (status == KEELSON_EXHAUSTED && read->page_keys > 1) { /* more than a message may hold */
            read->page_keys /= 2;
            status = KEELSON_OK;
            continue;
        }
        if (status != KEELSON_OK)
            break;
        result_set(read, page);
        page_put(read, page);
        more = page->more && page->n_kvs > 0 && !read->end &&
               (read->range->limit == 0 || read->put < read->range->limit);
        if (more)
            from = next_key(page, &buffer);
        etcd__range_response__free_unpacked(page, NULL);
    }
    free(buffer);
    return status;
}

static enum keelson_status nothing_read(struct read *read)
{
    read->ret->count = 0;
    read->ret->more = 0;
    read->ret->revision = read->range->revision;
    if (read->range->revision)
        return KEELSON_OK;
    return cluster_revision(read->etcd, read->call->deadline_ns, read->call->cancel_fd, &read->ret->revision,
                            &read->failure);
}

enum keelson_status etcd_range(void *instance, const struct keelson_call *call,
                               const struct keelson_range *range, const struct keelson_kv_sink *sink,
                               struct keelson_range_result *ret)
{
    struct etcd *etcd = instance;
    struct read read = {
        .etcd = etcd, .call = call, .range = range, .sink = sink, .ret = ret, .page_keys = PAGE_KEYS_FIRST};
    struct keelson_bytes from = range->from;
    if (range->limit < 0 || range->revision < 0)
        return etcd->host->fail(call, KEELSON_INVALID, "limit %lld, revision %lld: negative",
                                (long long)range->limit, (long long)range->revision);
    if (from.size == 0 && range->to.size > 0)
        from = (struct keelson_bytes){first_key, sizeof(first_key)};
    /* etcd takes an end of one NUL byte for "all", and one before the start for a mistake. */
    bool nothing = from.size == 0 || (range->to.size > 0 && bytes_compare(from, range->to) >= 0);
    enum keelson_status status = nothing ? nothing_read(&read) : pages_read(&read, from);
    return status == KEELSON_OK ? status : etcd->host->fail(call, status, "%s", read.failure.message);
}
