/* SPDX-License-Identifier: Apache-2.0 */
/* Transactions: compares and operations as etcd's messages, on the caller's stack. */
#include "plugins/store-etcd/etcd.h"

#define ITEMS_MAX 128 /* also etcd's default limit */

struct txn_message {
    Etcd__TxnRequest request;
    Etcd__Compare compares[ITEMS_MAX], *compare_list[ITEMS_MAX];
    Etcd__RequestOp ops[ITEMS_MAX], *op_list[ITEMS_MAX];
    union {
        Etcd__PutRequest put;
        Etcd__DeleteRangeRequest delete;
    } bodies[ITEMS_MAX];
    int64_t leases[ITEMS_MAX];
};

static enum keelson_status op_check(struct etcd *etcd, const struct keelson_call *call,
                                    const struct keelson_txn *txn, uint32_t at)
{
    const struct keelson_op *op = KEELSON_AT(txn->ops, txn->op_size, at);
    if (op->type != KEELSON_OP_PUT && op->type != KEELSON_OP_DELETE)
        return etcd->host->fail(call, KEELSON_INVALID, "operation %d is unknown", (int)op->type);
    if (op->key.size == 0)
        return etcd->host->fail(call, KEELSON_INVALID, "a key is empty");
    if (op->ttl_s < 0 || op->ttl_s > INT32_MAX)
        return etcd->host->fail(call, KEELSON_INVALID, "a time to live of %lld s is out of range",
                                (long long)op->ttl_s);
    for (uint32_t i = 0; i < at; i++) {
        if (bytes_compare(KEELSON_AT(txn->ops, txn->op_size, i)->key, op->key) == 0)
            return etcd->host->fail(call, KEELSON_INVALID, "two operations on %.*s", (int)op->key.size,
                                    op->key.data);
    }
    return KEELSON_OK;
}

static enum keelson_status txn_check(struct etcd *etcd, const struct keelson_call *call,
                                     const struct keelson_txn *txn)
{
    enum keelson_status status = KEELSON_OK;
    if (txn->ops_count > ITEMS_MAX || txn->compares_count > ITEMS_MAX)
        return etcd->host->fail(call, KEELSON_INVALID, "a transaction has at most %d compares and operations",
                                ITEMS_MAX);
    if ((txn->ops_count && txn->op_size < sizeof(struct keelson_op)) ||
        (txn->compares_count && txn->compare_size < sizeof(struct keelson_compare)))
        return etcd->host->fail(call, KEELSON_INVALID, "the size of an operation or compare is missing");
    for (uint32_t i = 0; i < txn->ops_count && status == KEELSON_OK; i++)
        status = op_check(etcd, call, txn, i);
    return status;
}

static void compares_fill(struct txn_message *message, const struct keelson_txn *txn)
{
    for (uint32_t i = 0; i < txn->compares_count; i++) {
        const struct keelson_compare *from = KEELSON_AT(txn->compares, txn->compare_size, i);
        Etcd__Compare *compare = &message->compares[i];
        etcd__compare__init(compare); /* result EQUAL is zero */
        compare->target = ETCD__COMPARE__TARGET__MOD;
        compare->key = data_of(from->key);
        compare->target_union_case = ETCD__COMPARE__TARGET_UNION_MOD_REVISION;
        compare->mod_revision = from->mod_revision;
        message->compare_list[i] = compare;
    }
    message->request.compare = message->compare_list;
    message->request.n_compare = txn->compares_count;
}

static void ops_fill(struct txn_message *message, const struct keelson_txn *txn)
{
    for (uint32_t i = 0; i < txn->ops_count; i++) {
        const struct keelson_op *from = KEELSON_AT(txn->ops, txn->op_size, i);
        Etcd__RequestOp *op = &message->ops[i];
        etcd__request_op__init(op);
        if (from->type == KEELSON_OP_PUT) {
            Etcd__PutRequest *put = &message->bodies[i].put;
            etcd__put_request__init(put);
            put->key = data_of(from->key);
            put->value = data_of(from->value);
            put->lease = message->leases[i];
            op->request_case = ETCD__REQUEST_OP__REQUEST_REQUEST_PUT;
            op->request_put = put;
        } else {
            Etcd__DeleteRangeRequest *delete = &message->bodies[i].delete;
            etcd__delete_range_request__init(delete);
            delete->key = data_of(from->key);
            op->request_case = ETCD__REQUEST_OP__REQUEST_REQUEST_DELETE_RANGE;
            op->request_delete_range = delete;
        }
        message->op_list[i] = op;
    }
    message->request.success = message->op_list;
    message->request.n_success = txn->ops_count;
}

static enum keelson_status leases_fill(struct etcd *etcd, const struct keelson_call *call,
                                       const struct keelson_txn *txn, struct txn_message *message,
                                       struct failure *failure)
{
    enum keelson_status status = KEELSON_OK;
    for (uint32_t i = 0; i < txn->ops_count && status == KEELSON_OK; i++) {
        const struct keelson_op *op = KEELSON_AT(txn->ops, txn->op_size, i);
        message->leases[i] = 0;
        if (op->type == KEELSON_OP_PUT && op->ttl_s > 0)
            status = lease_take(etcd, call, op->ttl_s, &message->leases[i], failure);
    }
    return status;
}

/*
 * A server whose quota is just being reached applies a put and answers that there is no space all the same;
 * later ones it refuses before. Which of the two it was shows in a key that we put: if it has not changed
 * since before we sent, we were refused.
 */
static enum keelson_status no_space_explain(struct etcd *etcd, const struct keelson_call *call,
                                            const struct keelson_txn *txn, int64_t seen_before,
                                            struct failure *failure)
{
    Etcd__RangeRequest request = ETCD__RANGE_REQUEST__INIT;
    Etcd__RangeResponse *response;
    struct failure ignored;
    uint32_t at = 0;
    while (at < txn->ops_count && KEELSON_AT(txn->ops, txn->op_size, at)->type != KEELSON_OP_PUT)
        at++;
    if (at == txn->ops_count)
        return failure->status = KEELSON_UNAVAILABLE;
    request.key = data_of(KEELSON_AT(txn->ops, txn->op_size, at)->key);
    request.keys_only = 1;
    if (cluster_call(etcd, call->deadline_ns, call->cancel_fd, "/etcdserverpb.KV/Range", CALL_REPEATABLE,
                     &request, &etcd__range_response__descriptor, &response, &ignored) != KEELSON_OK)
        return failure->status = KEELSON_UNAVAILABLE;
    bool unchanged = response->n_kvs == 0 || response->kvs[0]->mod_revision <= seen_before;
    etcd__range_response__free_unpacked(response, NULL);
    return failure->status = unchanged ? KEELSON_EXHAUSTED : KEELSON_UNAVAILABLE;
}

static enum keelson_status txn_send(struct etcd *etcd, const struct keelson_call *call,
                                    const struct keelson_txn *txn, struct keelson_txn_result *ret,
                                    struct failure *failure)
{
    struct txn_message message;
    Etcd__TxnResponse *response;
    etcd__txn_request__init(&message.request);
    enum keelson_status status = leases_fill(etcd, call, txn, &message, failure);
    if (status != KEELSON_OK)
        return status;
    compares_fill(&message, txn);
    ops_fill(&message, txn);
    int64_t seen_before = atomic_load(&etcd->revision_seen);
    status = cluster_call(etcd, call->deadline_ns, call->cancel_fd, "/etcdserverpb.KV/Txn", 0,
                          &message.request, &etcd__txn_response__descriptor, &response, failure);
    for (uint32_t i = 0; status == KEELSON_NOT_FOUND && i < txn->ops_count; i++)
        lease_forget(etcd, message.leases[i]);
    if (status == KEELSON_EXHAUSTED)
        return no_space_explain(etcd, call, txn, seen_before, failure);
    if (status != KEELSON_OK)
        return status;
    ret->succeeded = response->succeeded != 0;
    ret->revision = header_revision(etcd, response->header);
    etcd__txn_response__free_unpacked(response, NULL);
    return KEELSON_OK;
}

enum keelson_status etcd_txn(void *instance, const struct keelson_call *call, const struct keelson_txn *txn,
                             struct keelson_txn_result *ret)
{
    struct etcd *etcd = instance;
    struct failure failure;
    enum keelson_status status = txn_check(etcd, call, txn);
    if (status != KEELSON_OK)
        return status;
    status = txn_send(etcd, call, txn, ret, &failure);
    if (status ==
        KEELSON_NOT_FOUND) /* a lease ended under us; nothing was written, and the next one is new */
        status = txn_send(etcd, call, txn, ret, &failure);
    return status == KEELSON_OK ? status : etcd->host->fail(call, status, "%s", failure.message);
}
