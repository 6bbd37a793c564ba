/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Freshness. When nobody else writes to the store the cache is never behind an acknowledged write, so "most
 * recent" is what it holds. Otherwise the store is asked for its newest revision, and the cache waits for
 * that, as upstream's consistent reads from the watch cache do.
 */
#include "core/apiserver/read.h"

#include "core/apiserver/registry-write.h"
#include "core/apiserver/server.h"
#include "core/base/number.h"

enum { READ_WAIT_MS = 3000 };

int read_revision(const char *text, uint64_t *ret, struct error *err)
{
    *ret = 0;
    if (!text || !*text || parse_u64(slice_of(text), UINT64_MAX, ret))
        return 0;
    return error_set(err, ERR_BAD_REQUEST,
                     "Invalid value: \"%s\": strconv.ParseUint: parsing \"%s\": invalid syntax", text, text);
}

int read_too_large(uint64_t wanted, uint64_t current, struct error *err)
{
    error_set(err, ERR_TIMEOUT, "Too large resource version: %llu, current: %llu", (unsigned long long)wanted,
              (unsigned long long)current);
    error_add_cause(err, "ResourceVersionTooLarge", "", "Too large resource version");
    if (err)
        err->retry_after_s = 1;
    return -1;
}

static bool most_recent(const struct api_request *r)
{
    return !r->resource_version || !*r->resource_version;
}

bool read_is_ready(const struct api_request *r)
{
    uint64_t wanted;
    struct registry *g = r->server->registry;
    if (most_recent(r))
        return store_is_exclusive(g->store);
    return read_revision(r->resource_version, &wanted, NULL) == 0 && wanted <= caches_revision(g->caches);
}

int read_wait(struct api_request *r, struct error *err)
{
    struct registry *g = r->server->registry;
    struct keelson_store_status status;
    uint64_t wanted;
    if (read_revision(r->resource_version, &wanted, err) < 0)
        return -1;
    if (most_recent(r)) {
        if (store_status(g->store, &status, err) < 0)
            return -1;
        wanted = (uint64_t)status.revision;
    }
    if (caches_wait(g->caches, wanted, READ_WAIT_MS))
        return 0;
    return read_too_large(wanted, caches_revision(g->caches), err);
}
