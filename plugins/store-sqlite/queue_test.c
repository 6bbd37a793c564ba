/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Writes that wait while the writer does not move, as when a disk hangs: each ends at its deadline, without
 * having happened, and those with more patience happen when the writer moves again. The writer is held by the
 * sink of a watch. The plugin is loaded as a daemon would load it.
 */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/lib/store-fixture.h"

#define PLUGIN "plugins/store-sqlite/.libs/store-sqlite.so"

/* Everything that threads share here. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool watching, held, released;
static unsigned told, timed_out, written;

static void note(bool *what)
{
    pthread_mutex_lock(&lock);
    *what = true;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static void await(const bool *what)
{
    pthread_mutex_lock(&lock);
    while (!*what)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static int hold_writer(const struct keelson_event_sink *sink, const struct keelson_kv *events,
                       uint32_t event_size, uint32_t count, int64_t progress)
{
    note(&watching);
    if (!count)
        return 0;
    note(&held);
    await(&released);
    return 1;
}

static void *watch(void *argument)
{
    struct fixture_store *store = argument;
    struct keelson_call call = fixture_call(0);
    const struct keelson_watch watch = {.size = sizeof(watch), .from = text("/held")};
    const struct keelson_event_sink sink = {.size = sizeof(sink), .events = hold_writer};
    assert_int_equal(store->store->watch(store->instance, &call, &watch, &sink), KEELSON_OK);
    return NULL;
}

static void *put_held(void *argument)
{
    assert_true(fixture_put_text(argument, "/held", "v") > 0);
    return NULL;
}

static const struct keelson_op late_op = {.type = KEELSON_OP_PUT, .key = {"/late", 5}, .value = {"v", 1}};
static const struct keelson_op patient_op = {
    .type = KEELSON_OP_PUT, .key = {"/patient", 8}, .value = {"v", 1}};
static const struct keelson_txn late = {
    .size = sizeof(late), .ops = &late_op, .ops_count = 1, .op_size = sizeof(late_op)};
static const struct keelson_txn patient = {
    .size = sizeof(patient), .ops = &patient_op, .ops_count = 1, .op_size = sizeof(patient_op)};

static enum keelson_status put(struct fixture_store *store, const struct keelson_txn *txn, int64_t timeout_ms)
{
    struct keelson_call call = fixture_call(timeout_ms);
    struct keelson_txn_result result = {.size = sizeof(result)};
    return store->store->txn(store->instance, &call, txn, &result);
}

static void ended(const struct keelson_txn_sink *sink, enum keelson_status status,
                  const struct keelson_txn_result *result, const char *message)
{
    pthread_mutex_lock(&lock);
    told++;
    timed_out += status == KEELSON_TIMEOUT && message && *message && !result;
    written += status == KEELSON_OK && result && result->succeeded;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static enum keelson_status begin(struct fixture_store *store, const struct keelson_txn *txn,
                                 int64_t timeout_ms)
{
    static const struct keelson_txn_sink sink = {.size = sizeof(sink), .done = ended};
    struct keelson_call call = fixture_call(timeout_ms);
    return store->store->txn_begin(store->instance, &call, txn, &sink);
}

static void await_told(unsigned count)
{
    pthread_mutex_lock(&lock);
    while (told < count)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
}

static void writes_end_at_their_deadline(void **state)
{
    struct fixture_store *store = *state;
    struct fixture_list list = {0};
    pthread_t watcher, writer;
    pthread_create(&watcher, NULL, watch, store);
    await(&watching);
    pthread_create(&writer, NULL, put_held, store);
    await(&held);

    assert_int_equal(put(store, &late, 60), KEELSON_TIMEOUT);
    assert_int_equal(begin(store, &patient, 600000), KEELSON_OK);
    assert_int_equal(begin(store, &late, 50), KEELSON_OK); /* sooner than the one before it */
    await_told(1);
    assert_int_equal(begin(store, &late, 50), KEELSON_OK);
    await_told(2);
    assert_int_equal(timed_out, 2);

    note(&released);
    await_told(3);
    assert_int_equal(written, 1);
    pthread_join(writer, NULL);
    pthread_join(watcher, NULL);
    assert_true(fixture_get(store, "/patient", 0, &list));
    fixture_list_done(&list);
    assert_false(fixture_get(store, "/late", 0, &list));
    fixture_list_done(&list);
}

static char dir[64];

static int store_open(void **state)
{
    static struct fixture_store store;
    static const struct fixture_settings no_settings;
    snprintf(dir, sizeof(dir), "/var/tmp/store-sqlite.XXXXXX");
    *state = &store;
    return mkdtemp(dir) && fixture_open(&store, PLUGIN, dir, &no_settings) == KEELSON_OK ? 0 : -1;
}

static int store_close(void **state)
{
    fixture_close(*state);
    return fixture_remove(dir) ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_end_at_their_deadline, store_open, store_close),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
