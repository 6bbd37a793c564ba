/* SPDX-License-Identifier: Apache-2.0 */
/* Writing to the store: compare on the revision that the decision was made on, put or delete, and wait until
 * the cache shows it, so that whoever wrote can read it. */
#include "core/apiserver/registry-write.h"
#include "core/base/memory.h"

enum { COMMITS_MAX = 8, COMMIT_WAIT_MS = 10000 };

static void store_key(struct buffer *out, const struct caches *caches, const struct commit *c)
{
    buffer_printf(out, "%s%s/", caches_root(caches), c->cache->resource->storage_prefix);
    buffer_append_slice(out, c->key);
}

static void store_value(struct buffer *out, const struct commit *c)
{
    if (!c->object)
        return;
    stored_head(c->cache->resource, out);
    buffer_append_slice(out, stored_text(c->object));
}

int registry_commit_all(struct registry *g, const struct commit *commits, unsigned count,
                        uint64_t *ret_revision, struct error *err)
{
    struct buffer keys[COMMITS_MAX] = {0}, values[COMMITS_MAX] = {0};
    struct keelson_compare compares[COMMITS_MAX];
    struct keelson_op ops[COMMITS_MAX];
    struct keelson_txn txn = {.size = sizeof(txn),
                              .compares = compares,
                              .ops = ops,
                              .compares_count = count,
                              .compare_size = sizeof(*compares),
                              .ops_count = count,
                              .op_size = sizeof(*ops)};
    struct keelson_txn_result result;
    require(count && count <= COMMITS_MAX);
    for (unsigned i = 0; i < count; i++) {
        store_key(&keys[i], g->caches, &commits[i]);
        store_value(&values[i], &commits[i]);
        struct keelson_bytes key = {keys[i].data, keys[i].size}, value = {values[i].data, values[i].size};
        compares[i] = (struct keelson_compare){key, (int64_t)commits[i].expected};
        ops[i] = (struct keelson_op){commits[i].object ? KEELSON_OP_PUT : KEELSON_OP_DELETE, 0, key, value,
                                     commits[i].ttl_s};
        txn.flags |= commits[i].relaxed ? KEELSON_TXN_RELAXED : 0;
    }
    int status = store_txn(g->store, &txn, &result, err);
    for (unsigned i = 0; i < count; i++) {
        buffer_done(&keys[i]);
        buffer_done(&values[i]);
        if (status == 0 && commits[i].object)
            commits[i].object->revision = (uint64_t)result.revision;
    }
    if (result.revision > 0)
        caches_wait(g->caches, (uint64_t)result.revision, COMMIT_WAIT_MS);
    if (status == 0 && ret_revision)
        *ret_revision = (uint64_t)result.revision;
    return status;
}

int registry_commit(struct registry *g, const struct commit *commit, uint64_t *ret_revision,
                    struct error *err)
{
    return registry_commit_all(g, commit, 1, ret_revision, err);
}
