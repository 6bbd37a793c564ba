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

static void fill(const struct caches *caches, const struct commit *c, struct buffer *key,
                 struct buffer *value, struct keelson_compare *compare, struct keelson_op *op)
{
    store_key(key, caches, c);
    store_value(value, c);
    struct keelson_bytes k = {key->data, key->size}, v = {value->data, value->size};
    *compare = (struct keelson_compare){k, (int64_t)c->expected};
    *op = (struct keelson_op){c->object ? KEELSON_OP_PUT : KEELSON_OP_DELETE, 0, k, v, c->ttl_s};
}

static struct keelson_txn txn_of(const struct keelson_compare *compares, const struct keelson_op *ops,
                                 unsigned count)
{
    return (struct keelson_txn){.size = sizeof(struct keelson_txn),
                                .compares = compares,
                                .ops = ops,
                                .compares_count = count,
                                .compare_size = sizeof(*compares),
                                .ops_count = count,
                                .op_size = sizeof(*ops)};
}

int registry_commit_all(struct registry *g, const struct commit *commits, unsigned count,
                        uint64_t *ret_revision, struct error *err)
{
    struct buffer keys[COMMITS_MAX] = {0}, values[COMMITS_MAX] = {0};
    struct keelson_compare compares[COMMITS_MAX];
    struct keelson_op ops[COMMITS_MAX];
    struct keelson_txn_result result;
    require(count && count <= COMMITS_MAX);
    uint32_t flags = 0;
    for (unsigned i = 0; i < count; i++) {
        fill(g->caches, &commits[i], &keys[i], &values[i], &compares[i], &ops[i]);
        flags |= commits[i].relaxed ? KEELSON_TXN_RELAXED : 0;
    }
    struct keelson_txn txn = txn_of(compares, ops, count);
    txn.flags |= flags;
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

static void committed(struct store_begun *begun, int status, const struct keelson_txn_result *result,
                      struct error *err)
{
    struct pending_commit *p = container_of(begun, struct pending_commit, begun);
    buffer_done(&p->key);
    buffer_done(&p->value);
    p->done(p, status, result ? (uint64_t)result->revision : 0, err);
}

int registry_commit_begin(struct registry *g, const struct commit *commit, struct pending_commit *p,
                          struct error *err)
{
    p->key = p->value = BUFFER_INIT;
    fill(g->caches, commit, &p->key, &p->value, &p->compare, &p->op);
    p->txn = txn_of(&p->compare, &p->op, 1);
    p->txn.flags = commit->relaxed ? KEELSON_TXN_RELAXED : 0;
    p->begun.done = committed;
    if (store_txn_begin(g->store, &p->txn, &p->begun, err) == 0)
        return 0;
    buffer_done(&p->key);
    buffer_done(&p->value);
    return -1;
}
