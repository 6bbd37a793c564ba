/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue in front of the writer. Callers sleep on a semaphore in their own request, so that a batch wakes
 * exactly whom it served. A caller whose deadline passes takes its request back if the writer has not begun
 * with it.
 */
#include "plugins/store-sqlite/queue.h"

#include <assert.h>
#include <errno.h>
#include <time.h>

#define BATCH_REQUESTS_MAX 1024
#define BATCH_BYTES_MAX    (8 << 20)
#define CLOCK_CHECK_MS     60000 /* CLOCK_MONOTONIC, by which we sleep, stands still while the machine does */

static struct timespec timespec_of(int64_t ns)
{
    return (struct timespec){.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
}

static void queue_append(struct queue *queue, struct request *request)
{
    request->next = NULL;
    *queue->last = request;
    queue->last = &request->next;
}

void queue_reset(struct queue *queue)
{
    queue->first = NULL;
    queue->last = &queue->first;
}

/* Takes the request out if the writer has not got it yet. */
static bool queue_give_up(struct store *store, struct queue *queue, struct request *request)
{
    pthread_mutex_lock(&store->queue_lock);
    bool waiting = !request->taken;
    if (waiting) {
        struct request **link = &queue->first;
        while (*link != request)
            link = &(*link)->next;
        *link = request->next;
        if (!*link)
            queue->last = link;
    }
    pthread_mutex_unlock(&store->queue_lock);
    return waiting;
}

static void wait_uninterrupted(sem_t *done)
{
    while (sem_wait(done) < 0)
        assert(errno == EINTR);
}

/* false: the deadline passed. */
static bool wait_until(sem_t *done, int64_t deadline_ns)
{
    struct timespec until = timespec_of(deadline_ns);
    while (sem_clockwait(done, CLOCK_MONOTONIC, &until) < 0) {
        if (errno != EINTR)
            return false;
    }
    return true;
}

enum keelson_status writer_submit(struct store *store, struct request *request, int64_t deadline_ns)
{
    struct queue *queue = request->type == REQUEST_TXN ? &store->transactions : &store->chores;
    sem_init(&request->done, 0, 0);
    request->taken = false;
    atomic_init(&request->finished, false);
    pthread_mutex_lock(&store->queue_lock);
    bool idle = !store->transactions.first && !store->chores.first;
    queue_append(queue, request);
    if (idle)
        pthread_cond_signal(&store->queue_filled);
    pthread_mutex_unlock(&store->queue_lock);

    if (deadline_ns == INT64_MAX) {
        wait_uninterrupted(&request->done);
    } else if (!wait_until(&request->done, deadline_ns)) {
        if (queue_give_up(store, queue, request)) {
            sem_destroy(&request->done);
            return failure_set(&request->failure, KEELSON_TIMEOUT,
                               "%s: the queue of writes did not move in time", store->settings.path);
        }
        wait_uninterrupted(&request->done);
    }
    bool finished = atomic_load_explicit(&request->finished, memory_order_acquire);
    assert(finished);
    sem_destroy(&request->done);
    return request->failure.status;
}

static size_t txn_bytes(const struct keelson_txn *txn)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < txn->ops_count; i++) {
        const struct keelson_op *op = KEELSON_AT(txn->ops, txn->op_size, i);
        bytes += op->key.size + op->value.size;
    }
    return bytes;
}

/* queue_lock held. */
static void transactions_take(struct store *store, struct work *work)
{
    struct request **link = &store->transactions.first;
    size_t bytes = 0;
    work->requests = *link;
    while (*link && work->count < BATCH_REQUESTS_MAX && bytes < BATCH_BYTES_MAX) {
        (*link)->taken = true;
        bytes += txn_bytes((*link)->txn);
        work->durable |= !((*link)->txn->flags & KEELSON_TXN_RELAXED);
        work->count++;
        link = &(*link)->next;
    }
    store->transactions.first = *link;
    *link = NULL;
    if (!store->transactions.first)
        queue_reset(&store->transactions);
}

/* queue_lock held. */
static void chore_take(struct store *store, struct work *work)
{
    work->chore = store->chores.first;
    if (!work->chore)
        return;
    work->chore->taken = true;
    store->chores.first = work->chore->next;
    if (!store->chores.first)
        queue_reset(&store->chores);
}

/* Until when there is nothing to do of itself; INT64_MAX: for ever. CLOCK_MONOTONIC. */
static int64_t idle_until_ns(const struct store *store, int64_t retry_ns)
{
    if (store->expiry.count == 0)
        return INT64_MAX;
    int64_t delay_ms = store->expiry.heap[0].expires_ms - store_clock_ms(store);
    delay_ms = delay_ms < 0 ? 0 : delay_ms > CLOCK_CHECK_MS ? CLOCK_CHECK_MS : delay_ms;
    int64_t until_ns = clock_monotonic_ns() + delay_ms * 1000000;
    return until_ns < retry_ns ? retry_ns : until_ns;
}

struct work queue_wait(struct store *store, int64_t retry_ns)
{
    struct work work = {0};
    int64_t until_ns = idle_until_ns(store, retry_ns);
    struct timespec until = timespec_of(until_ns == INT64_MAX ? 0 : until_ns);
    int waited = 0;
    pthread_mutex_lock(&store->queue_lock);
    while (!store->transactions.first && !store->chores.first && !store->stop && waited == 0) {
        if (until_ns == INT64_MAX)
            waited = pthread_cond_wait(&store->queue_filled, &store->queue_lock);
        else
            waited = pthread_cond_timedwait(&store->queue_filled, &store->queue_lock, &until);
    }
    transactions_take(store, &work);
    chore_take(store, &work);
    work.stop = store->stop;
    pthread_mutex_unlock(&store->queue_lock);
    return work;
}

void request_finish(struct request *request)
{
    atomic_store_explicit(&request->finished, true, memory_order_release);
    sem_post(&request->done);
}

bool queue_is_empty(struct store *store)
{
    pthread_mutex_lock(&store->queue_lock);
    bool empty = !store->transactions.first;
    pthread_mutex_unlock(&store->queue_lock);
    return empty;
}
