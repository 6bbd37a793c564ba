/* SPDX-License-Identifier: Apache-2.0 */
/* The pool: every job runs once, in order, on no more threads than allowed; a full queue is told. */
#include "core/base/workers.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/base/memory.h"

/* Jobs wait at a gate until the test opens it. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned inside, inside_max, passed;
    bool open;
};
#define GATE_INIT                                                                                            \
    {                                                                                                        \
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER                               \
    }

static void gate_job(void *arg)
{
    struct gate *g = arg;

    pthread_mutex_lock(&g->lock);
    g->inside++;
    g->inside_max = MAX(g->inside_max, g->inside);
    pthread_cond_broadcast(&g->changed);
    while (!g->open)
        pthread_cond_wait(&g->changed, &g->lock);
    g->inside--;
    g->passed++;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

static void gate_await_inside(struct gate *g, unsigned count)
{
    pthread_mutex_lock(&g->lock);
    while (g->inside < count)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void gate_await_passed(struct gate *g, unsigned count)
{
    pthread_mutex_lock(&g->lock);
    while (g->passed < count)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void gate_open(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->open = true;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

static atomic_uint counted;

static void count_job(void *arg)
{
    atomic_fetch_add(&counted, 1);
}

static void test_all_jobs_run(void **state)
{
    struct workers *w = workers_new(&(struct workers_config){.name = "test", .threads_max = 4});

    atomic_store(&counted, 0);
    for (int i = 0; i < 50000; i++)
        assert_true(workers_submit(w, count_job, NULL));
    workers_free(w);
    assert_int_equal(atomic_load(&counted), 50000);
}

static void test_never_used(void **state)
{
    workers_free(workers_new(&(struct workers_config){.name = "a name that is too long", .threads_max = 4}));
    workers_free(NULL);
}

static unsigned order[1000], order_count;

static void order_job(void *arg)
{
    order[order_count++] = *(unsigned *)arg;
}

static void test_order(void **state)
{
    struct workers *w = workers_new(&(struct workers_config){.threads_max = 1});
    unsigned numbers[1000];

    order_count = 0;
    for (unsigned i = 0; i < 1000; i++) {
        numbers[i] = i;
        assert_true(workers_submit(w, order_job, &numbers[i]));
    }
    workers_free(w);
    assert_int_equal(order_count, 1000);
    for (unsigned i = 0; i < 1000; i++)
        assert_int_equal(order[i], i);
}

static void test_threads_are_bounded(void **state)
{
    struct workers *w = workers_new(&(struct workers_config){.threads_max = 3});
    struct gate g = GATE_INIT;

    for (int i = 0; i < 20; i++)
        assert_true(workers_submit(w, gate_job, &g));
    gate_await_inside(&g, 3);
    gate_open(&g);
    workers_free(w);
    assert_int_equal(g.passed, 20);
    assert_int_equal(g.inside_max, 3);
}

/* A job that blocks must not keep one behind it from a thread that is free. */
static void test_blocked_jobs_do_not_starve(void **state)
{
    struct workers *w = workers_new(&(struct workers_config){.threads_max = 8});

    for (int round = 0; round < 200; round++) {
        struct gate g = GATE_INIT;

        for (unsigned i = 1; i <= 8; i++)
            assert_true(workers_submit(w, gate_job, &g));
        gate_await_inside(&g, 8);
        gate_open(&g);
        gate_await_passed(&g, 8);
    }
    workers_free(w);
}

static void test_full_queue(void **state)
{
    struct workers *w = workers_new(&(struct workers_config){.threads_max = 1, .queue_max = 2});
    struct gate g = GATE_INIT;

    assert_true(workers_submit(w, gate_job, &g));
    gate_await_inside(&g, 1);
    assert_true(workers_submit(w, gate_job, &g));
    assert_true(workers_submit(w, gate_job, &g));
    assert_false(workers_submit(w, gate_job, &g));
    gate_open(&g);
    gate_await_passed(&g, 3);
    assert_true(workers_submit(w, gate_job, &g));
    workers_free(w);
    assert_int_equal(g.passed, 4);
}

struct chain {
    struct workers *workers;
    atomic_uint left;
};

static void chain_job(void *arg)
{
    struct chain *c = arg;

    if (atomic_fetch_sub(&c->left, 1) > 1)
        require(workers_submit(c->workers, chain_job, c));
}

static void test_jobs_submit_jobs(void **state)
{
    struct chain c = {.workers = workers_new(&(struct workers_config){.threads_max = 2}), .left = 2000};

    assert_true(workers_submit(c.workers, chain_job, &c));
    workers_free(c.workers);
    assert_int_equal(c.left, 0);
}

static void *submit_many(void *arg)
{
    for (int i = 0; i < 2000; i++) {
        while (!workers_submit(arg, count_job, NULL))
            sched_yield();
        if (i % 100 == 0)
            usleep(1000);
    }
    return NULL;
}

/* Threads end, are started and take jobs all at the same time: the idle time is as short as can be. */
static void test_threads_come_and_go(void **state)
{
    struct workers *w =
        workers_new(&(struct workers_config){.threads_max = 4, .queue_max = 16, .idle_ms = 1});
    unsigned long threads[3];

    atomic_store(&counted, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(thread_start("submitter", 0, submit_many, w, &threads[i]), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    workers_free(w);
    assert_int_equal(atomic_load(&counted), 6000);
}

struct seen {
    char name[16];
    size_t stack_bytes;
    bool blocked;
};

static void *look_around(void *arg)
{
    struct seen *seen = arg;
    pthread_attr_t attr;
    sigset_t mask;

    pthread_getname_np(pthread_self(), seen->name, sizeof(seen->name));
    pthread_getattr_np(pthread_self(), &attr);
    pthread_attr_getstacksize(&attr, &seen->stack_bytes);
    pthread_attr_destroy(&attr);
    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    seen->blocked = sigismember(&mask, SIGTERM) && sigismember(&mask, SIGUSR1);
    return seen;
}

static void test_thread(void **state)
{
    struct seen seen = {0};
    unsigned long thread;
    void *result;

    assert_int_equal(thread_start("a-name-of-more-than-15", 512 << 10, look_around, &seen, &thread), 0);
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_ptr_equal(result, &seen);
    assert_string_equal(seen.name, "a-name-of-more-");
    assert_true(seen.stack_bytes >= 512 << 10);
    assert_true(seen.blocked);
}

static void *open_gate(void *arg)
{
    gate_job(arg);
    return NULL;
}

static void test_detached_thread(void **state)
{
    static struct gate g = GATE_INIT;

    g.open = true;
    assert_int_equal(thread_start(NULL, 1, open_gate, &g, NULL), 0);
    gate_await_passed(&g, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_jobs_run),
        cmocka_unit_test(test_never_used),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_threads_are_bounded),
        cmocka_unit_test(test_blocked_jobs_do_not_starve),
        cmocka_unit_test(test_full_queue),
        cmocka_unit_test(test_jobs_submit_jobs),
        cmocka_unit_test(test_threads_come_and_go),
        cmocka_unit_test(test_thread),
        cmocka_unit_test(test_detached_thread),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
