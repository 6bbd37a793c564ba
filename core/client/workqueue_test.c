/* SPDX-License-Identifier: Apache-2.0 */
/* What reconcilers rely on: once for many adds, never two at once on one key, nothing lost, failures come
 * back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/client/workqueue-metrics.h"
#include "core/client/workqueue.h"

struct probe {
    struct workqueue *queue;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    bool hold; /* reconciles wait */
    unsigned runs, inside, inside_most;
    int64_t results[8]; /* of the first runs; 0 afterwards */
    int64_t at_ms[8];
    uint32_t retry_after_s; /* of errors */
    atomic_uint inside_key[16];
    bool overlapped;
};

static int64_t reconcile(void *context, const char *key, struct error *err)
{
    struct probe *p = context;
    unsigned k = (unsigned)key[0] % 16;
    pthread_mutex_lock(&p->lock);
    unsigned run = p->runs++;
    p->inside++;
    p->inside_most = MAX(p->inside_most, p->inside);
    p->overlapped = p->overlapped || p->inside_key[k]++;
    if (run < 8)
        p->at_ms[run] = clock_monotonic_ms();
    pthread_cond_broadcast(&p->wake);
    while (p->hold)
        pthread_cond_wait(&p->wake, &p->lock);
    p->inside--;
    p->inside_key[k]--;
    int64_t result = run < 8 ? p->results[run] : 0;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    if (result < 0) {
        error_set(err, ERR_CONFLICT, "try again");
        err->retry_after_s = p->retry_after_s;
    }
    return result;
}

static struct probe *start(unsigned workers)
{
    struct probe *p = new0(struct probe);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    struct workqueue_config config = {
        .name = "test", .workers = workers, .reconcile = reconcile, .context = p, .base_delay_ms = 2};
    p->queue = workqueue_new(&config);
    return p;
}

static void finish(struct probe *p)
{
    workqueue_free(p->queue);
    pthread_mutex_destroy(&p->lock);
    pthread_cond_destroy(&p->wake);
    free(p);
}

static void wait_runs(struct probe *p, unsigned runs, unsigned inside)
{
    pthread_mutex_lock(&p->lock);
    while (p->runs < runs || p->inside != inside)
        pthread_cond_wait(&p->wake, &p->lock);
    pthread_mutex_unlock(&p->lock);
}

static void set_hold(struct probe *p, bool hold)
{
    pthread_mutex_lock(&p->lock);
    p->hold = hold;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
}

static void many_adds_are_one_run(void **state)
{
    struct probe *p = start(4);
    for (int i = 0; i < 100; i++)
        workqueue_add(p->queue, i % 2 ? "a" : "b");
    workqueue_start(p->queue);
    wait_runs(p, 2, 0);
    finish(p);
}

static void added_while_running_runs_once_more(void **state)
{
    struct probe *p = start(4);
    p->hold = true;
    workqueue_start(p->queue);
    workqueue_add(p->queue, "a");
    wait_runs(p, 1, 1);
    for (int i = 0; i < 10; i++)
        workqueue_add(p->queue, "a");
    workqueue_add(p->queue, "b"); /* another key does not wait */
    wait_runs(p, 2, 2);
    set_hold(p, false);
    wait_runs(p, 3, 0);
    usleep(20000);
    assert_int_equal(p->runs, 3);
    assert_false(p->overlapped);
    finish(p);
}

static void failures_come_back_later_and_later(void **state)
{
    struct probe *p = start(1);
    for (int i = 0; i < 5; i++)
        p->results[i] = -1;
    p->results[5] = 30;
    workqueue_start(p->queue);
    workqueue_add(p->queue, "a");
    wait_runs(p, 7, 0);
    for (int i = 0; i < 5; i++)
        assert_true(p->at_ms[i + 1] - p->at_ms[i] >= (2 << i) - 1);
    assert_true(p->at_ms[6] - p->at_ms[5] >= 29);
    finish(p);
}

static bool is_conflict(const struct error *err)
{
    return err->code == ERR_CONFLICT;
}

static void what_is_hopeless_is_not_tried_again(void **state)
{
    struct probe *p = start(1);
    workqueue_free(p->queue);
    struct workqueue_config config = {
        .name = "hopeless", .workers = 1, .reconcile = reconcile, .context = p, .hopeless = is_conflict};
    p->queue = workqueue_new(&config);
    p->results[0] = -1;
    workqueue_start(p->queue);
    workqueue_add(p->queue, "a");
    wait_runs(p, 1, 0);
    workqueue_add_after(p->queue, "b", 100); /* later than a's back-off would be over */
    wait_runs(p, 2, 0);
    assert_true(p->at_ms[1] - p->at_ms[0] >= 99);
    finish(p);
}

static void queues_are_counted(void **state)
{
    struct probe *p = start(2);
    struct buffer text = BUFFER_INIT;
    p->hold = true;
    p->results[0] = -1;
    workqueue_add(p->queue, "a");
    workqueue_add(p->queue, "b");
    workqueue_metrics(&text);
    assert_non_null(strstr(text.data, "workqueue_adds_total{name=\"test\"} 2\n"));
    assert_non_null(strstr(text.data, "workqueue_depth{name=\"test\"} 2\n"));
    workqueue_start(p->queue);
    set_hold(p, false);
    wait_runs(p, 3, 0);
    workqueue_free(TAKE_PTR(p->queue));
    buffer_clear(&text);
    workqueue_metrics(&text);
    assert_null(strstr(text.data, "{name=\"test\"}")); /* it is gone */
    buffer_done(&text);
    finish(p);
}

static void the_servers_wish_is_heeded(void **state)
{
    struct probe *p = start(1);
    p->results[0] = -1;
    p->retry_after_s = 1;
    workqueue_start(p->queue);
    workqueue_add(p->queue, "a");
    wait_runs(p, 2, 0);
    assert_true(p->at_ms[1] - p->at_ms[0] >= 990);
    finish(p);
}

static void the_earliest_delay_wins(void **state)
{
    struct probe *p = start(1);
    workqueue_start(p->queue);
    workqueue_add_after(p->queue, "a", 600000);
    workqueue_add_after(p->queue, "a", 20);
    workqueue_add_after(p->queue, "a", 600000);
    workqueue_add_after(p->queue, "b", 600000);
    wait_runs(p, 1, 0);
    finish(p);
}

static void a_delayed_key_does_not_wait_for_a_long_run(void **state)
{
    struct probe *p = start(2);
    p->hold = true;
    workqueue_start(p->queue);
    workqueue_add(p->queue, "a");
    wait_runs(p, 1, 1);
    workqueue_add_after(p->queue, "b", 5);
    wait_runs(p, 2, 2);
    set_hold(p, false);
    wait_runs(p, 2, 0);
    finish(p);
}

static void *add_many(void *arg)
{
    struct probe *p = arg;
    for (int i = 0; i < 20000; i++) {
        char key[2] = {(char)('a' + i % 13), 0};
        if (i % 7)
            workqueue_add(p->queue, key);
        else
            workqueue_add_after(p->queue, key, i % 3);
    }
    return NULL;
}

static void keys_never_overlap_under_load(void **state)
{
    struct probe *p = start(8);
    pthread_t threads[4];
    workqueue_start(p->queue);
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, add_many, p);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    wait_runs(p, 13, 0);
    pthread_mutex_lock(&p->lock);
    assert_false(p->overlapped);
    assert_true(p->inside_most <= 8);
    pthread_mutex_unlock(&p->lock);
    finish(p);
}

/* A clock that stands still until the test moves it. */
static _Atomic int64_t still_ns = INT64_C(1000) * NS_PER_S;
static int64_t still_clock(void)
{
    return still_ns;
}
static const struct clock_source still = {still_clock, still_clock};

#define CROWD 130u

static int64_t fail_once(void *context, const char *key, struct error *err)
{
    struct probe *p = context;
    pthread_mutex_lock(&p->lock);
    bool first = p->runs++ < CROWD;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    return first ? error_set(err, ERR_CONFLICT, "try again") : 0;
}

static void retries_of_all_are_limited(void **state)
{
    struct probe *p = new0(struct probe);
    pthread_mutex_init(&p->lock, NULL);
    pthread_cond_init(&p->wake, NULL);
    clock_set_source(&still);
    struct workqueue_config config = {
        .name = "test", .workers = 2, .reconcile = fail_once, .context = p, .base_delay_ms = 2};
    p->queue = workqueue_new(&config);
    for (unsigned i = 0; i < CROWD; i++) {
        char key[16];
        snprintf(key, sizeof(key), "%u", i);
        workqueue_add(p->queue, key);
    }
    workqueue_start(p->queue);
    wait_runs(p, CROWD, 0);
    still_ns += 50 * NS_PER_MS;
    wait_runs(p, CROWD + 100, 0); /* the burst */
    pthread_mutex_lock(&p->lock);
    assert_int_equal(p->runs, CROWD + 100);
    pthread_mutex_unlock(&p->lock);
    still_ns += 10 * NS_PER_S;
    wait_runs(p, 2 * CROWD, 0);
    finish(p);
    clock_set_source(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(many_adds_are_one_run),
        cmocka_unit_test(added_while_running_runs_once_more),
        cmocka_unit_test(failures_come_back_later_and_later),
        cmocka_unit_test(what_is_hopeless_is_not_tried_again),
        cmocka_unit_test(queues_are_counted),
        cmocka_unit_test(the_servers_wish_is_heeded),
        cmocka_unit_test(the_earliest_delay_wins),
        cmocka_unit_test(a_delayed_key_does_not_wait_for_a_long_run),
        cmocka_unit_test(keys_never_overlap_under_load),
        cmocka_unit_test(retries_of_all_are_limited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
