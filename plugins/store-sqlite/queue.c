/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The queue in front of the writer. Who asks either goes on and is told by his request's `finish`, or sleeps
 * on a semaphore of his own, so that a batch wakes exactly whom it served.
 */
#include "plugins/store-sqlite/queue.h"

#include <assert.h>
#include <errno.h>
#include <semaphore.h>
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

void writer_submit(struct store *store, struct request *request)
{
    struct queue *queue = request->type == REQUEST_TXN ? &store->transactions : &store->chores;
    pthread_mutex_lock(&store->queue_lock);
    bool idle = !store->transactions.first && !store->chores.first;
    queue_append(queue, request);
    if (idle)
        pthread_cond_signal(&store->queue_filled);
    if (request->deadline_ns < store->late_ns) {
        store->late_ns = request->deadline_ns;
        pthread_cond_signal(&store->late_wake);
    }
    pthread_mutex_unlock(&store->queue_lock);
}

static void wake(struct request *request)
{
    sem_post(request->context);
}

enum keelson_status writer_do(struct store *store, struct request *request)
{
    sem_t done;
    sem_init(&done, 0, 0);
    request->finish = wake;
    request->context = &done;
    writer_submit(store, request);
    while (sem_wait(&done) < 0)
        assert(errno == EINTR);
    sem_destroy(&done);
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

bool queue_is_empty(struct store *store)
{
    pthread_mutex_lock(&store->queue_lock);
    bool empty = !store->transactions.first;
    pthread_mutex_unlock(&store->queue_lock);
    return empty;
}

/* queue_lock held. Moves those whose deadline has passed to the list *late, and notes when the next one's
 * does. */
static void late_take(struct store *store, struct queue *queue, int64_t now_ns, struct request **late)
{
    struct request **link = &queue->first;
    while (*link) {
        struct request *request = *link;
        if (request->deadline_ns > now_ns) {
            store->late_ns = request->deadline_ns < store->late_ns ? request->deadline_ns : store->late_ns;
            link = &request->next;
            continue;
        }
        *link = request->next;
        request->next = *late;
        *late = request;
    }
    queue->last = link;
}

static void late_finish(struct store *store, struct request *late)
{
    while (late) {
        struct request *next = late->next;
        failure_set(&late->failure, KEELSON_TIMEOUT, "%s: the queue of writes did not move in time",
                    store->settings.path);
        late->finish(late);
        late = next;
    }
}

void *late_main(void *argument)
{
    struct store *store = argument;
    pthread_mutex_lock(&store->queue_lock);
    while (!store->stop) {
        struct request *late = NULL;
        int64_t now_ns = clock_monotonic_ns();
        store->late_ns = INT64_MAX;
        late_take(store, &store->transactions, now_ns, &late);
        late_take(store, &store->chores, now_ns, &late);
        struct timespec until = timespec_of(store->late_ns);
        if (late) {
            pthread_mutex_unlock(&store->queue_lock);
            late_finish(store, late);
            pthread_mutex_lock(&store->queue_lock);
        } else if (store->late_ns == INT64_MAX) {
            pthread_cond_wait(&store->late_wake, &store->queue_lock);
        } else {
            pthread_cond_timedwait(&store->late_wake, &store->queue_lock, &until);
        }
    }
    pthread_mutex_unlock(&store->queue_lock);
    return NULL;
}
