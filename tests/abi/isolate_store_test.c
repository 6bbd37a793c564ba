/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store-sqlite in a process of its own that is killed again and again while many write: what was acknowledged
 * is there in the end, and a watch that is taken up where it was sees every change, once. Every transaction
 * writes one key of its own, so a gap shows in the revisions.
 */
#include <keelson/store.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/plugin/isolate.h"
#include "tests/abi/sanitizer-reports.h"

enum { WRITERS = 4, BEGINNERS = 2, BEGUN_AT_ONCE = 16, WRITES_MAX = 200000, KILLS = 6, BETWEEN_KILLS = 100 };

static struct plugin_host *host;
static struct plugin_instance *instance;
static const struct keelson_store_v1 *store;
static char state_dir[] = "/tmp/isolate-store-test.XXXXXX";

/* A write's number is its key; what it came to. */
static _Atomic int64_t acknowledged[WRITES_MAX]; /* its revision; 0: not */
static int64_t watched[WRITES_MAX];              /* the revision that the watch told; 0: none */
static atomic_uint numbers, acknowledgements;
static atomic_bool stop;

static int load(void)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    char self[PATH_MAX] = "";
    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    const char *folder = dirname(self);
    _cleanup_free_ char *program = xasprintf("%s/../../keelson-plugin-host", folder);
    _cleanup_free_ char *file = xasprintf("%s/../../plugins/store-sqlite/.libs/store-sqlite.so", folder);
    setenv("KEELSON_PLUGIN_HOST", program, 1);
    host = plugin_host_new(&(struct plugin_host_config){
        .daemon = "isolate-store-test", .state_dir = state_dir, .allow_unowned_files = true});
    if (plugin_host_load_isolated(host, "s", file, NULL, KEELSON_KIND_STORE, &instance, &err) < 0)
        fail_msg("%s", err.message);
    store = plugin_instance_interface(instance, KEELSON_STORE_1);
    assert_non_null(store);
    assert_true(KEELSON_HAS(store, txn_begin) && store->txn_begin);
    return 0;
}

/* ---- Writing ---- */

struct writing {
    unsigned number;
    char key[32];
    struct keelson_compare compare;
    struct keelson_op op;
    struct keelson_txn txn;
    struct keelson_txn_result result;
    struct plugin_begun begun;
    struct keelson_txn_sink sink;
    atomic_bool over;
};

static bool prepare(struct writing *w)
{
    *w = (struct writing){.number = atomic_fetch_add(&numbers, 1)};
    snprintf(w->key, sizeof(w->key), "/k/%06u", w->number);
    struct keelson_bytes key = {w->key, strlen(w->key)};
    w->compare = (struct keelson_compare){.key = key};
    w->op = (struct keelson_op){.type = KEELSON_OP_PUT, .key = key, .value = key};
    w->result.size = sizeof(w->result);
    w->txn = (struct keelson_txn){.size = sizeof(w->txn),
                                  .compares = &w->compare,
                                  .ops = &w->op,
                                  .compares_count = 1,
                                  .compare_size = sizeof(w->compare),
                                  .ops_count = 1,
                                  .op_size = sizeof(w->op)};
    return w->number < WRITES_MAX;
}

static void acknowledge(const struct writing *w, const struct keelson_txn_result *result)
{
    if (!result->succeeded)
        return; /* nobody else writes this key */
    atomic_store(&acknowledged[w->number], result->revision);
    atomic_fetch_add(&acknowledgements, 1);
}

static enum keelson_status call_txn(void *handle, const struct keelson_call *call, void *argument)
{
    struct writing *w = argument;
    return store->txn(handle, call, &w->txn, &w->result);
}

/* A failure is a short wait: the process is being started again. */
static void *write_some(void *argument)
{
    struct plugin_call_options options = {.operation = "txn"};
    struct writing w;
    while (!atomic_load(&stop) && prepare(&w)) {
        if (plugin_call_here(instance, &options, call_txn, &w, NULL) == 0)
            acknowledge(&w, &w.result);
        else
            usleep(1000);
    }
    return NULL;
}

static void done(const struct keelson_txn_sink *sink, enum keelson_status status,
                 const struct keelson_txn_result *result, const char *message)
{
    struct writing *w = sink->context;
    if (plugin_call_end(&w->begun, status, message, NULL) == 0)
        acknowledge(w, result);
    atomic_store(&w->over, true);
}

static enum keelson_status call_begin(void *handle, const struct keelson_call *call, void *argument)
{
    struct writing *w = argument;
    return store->txn_begin(handle, call, &w->txn, &w->sink);
}

static void *begin_some(void *argument)
{
    struct plugin_call_options options = {.operation = "txn"};
    struct writing *all = newa0(struct writing, BEGUN_AT_ONCE);
    while (!atomic_load(&stop)) {
        for (unsigned n = 0; n < BEGUN_AT_ONCE; n++) {
            struct writing *w = &all[n];
            w->over = true;
            if (!prepare(w))
                continue;
            w->sink = (struct keelson_txn_sink){.size = sizeof(w->sink), .done = done, .context = w};
            if (plugin_call_begin(instance, &options, call_begin, w, &w->begun, NULL) < 0) {
                atomic_store(&w->over, true);
                usleep(1000);
            }
        }
        for (unsigned n = 0; n < BEGUN_AT_ONCE; n++)
            while (!atomic_load(&all[n].over) && all[n].number < WRITES_MAX)
                usleep(100);
    }
    free(all);
    return NULL;
}

/* ---- Watching ---- */

struct following {
    int cancel_fd;
    _Atomic int64_t progress;
    bool gap;
    unsigned resumed; /* times that it went on after a failure */
};

static int take_events(const struct keelson_event_sink *sink, const struct keelson_kv *events,
                       uint32_t event_size, uint32_t count, int64_t progress)
{
    struct following *f = sink->context;
    for (uint32_t n = 0; n < count; n++) {
        const struct keelson_kv *event = KEELSON_AT(events, event_size, n);
        unsigned number = (unsigned)strtoul(event->key.data + strlen("/k/"), NULL, 10);
        f->gap = f->gap || event->mod_revision != f->progress + 1 || watched[number];
        f->progress = event->mod_revision;
        watched[number] = event->mod_revision;
    }
    f->gap = f->gap || progress < f->progress;
    f->progress = progress;
    return 0;
}

static enum keelson_status call_watch(void *handle, const struct keelson_call *call, void *argument)
{
    struct following *f = argument;
    const struct keelson_watch watch = {
        .size = sizeof(watch), .from = {"/k/", 3}, .to = {"/k0", 3}, .from_revision = f->progress};
    const struct keelson_event_sink sink = {.size = sizeof(sink), .events = take_events, .context = f};
    return store->watch(handle, call, &watch, &sink);
}

static void *follow(void *argument)
{
    struct following *f = argument;
    struct plugin_call_options options = {.operation = "watch", .timeout_ms = -1, .cancel_fd = f->cancel_fd};
    for (;;) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        plugin_call_here(instance, &options, call_watch, f, &err);
        if (err.code == ERR_CANCELLED)
            return NULL;
        f->resumed++;
        usleep(1000);
    }
}

/* ---- The test ---- */

static void kill_process(void)
{
    struct isolate *i = instance->file->isolate;
    pthread_mutex_lock(&i->lock);
    if (i->child > 0)
        kill(i->child, SIGKILL);
    pthread_mutex_unlock(&i->lock);
}

static void await_acknowledgements(unsigned more)
{
    unsigned wanted = atomic_load(&acknowledgements) + more;
    for (int n = 0; n < 120000; n++) {
        if (atomic_load(&acknowledgements) >= wanted)
            return;
        usleep(1000);
    }
    fail_msg("no more writes are taken");
}

static enum keelson_status call_status(void *handle, const struct keelson_call *call, void *argument)
{
    return store->status(handle, call, argument);
}

static int64_t newest_revision(void)
{
    struct plugin_call_options options = {.operation = "status"};
    struct keelson_store_status status = {.size = sizeof(status)};
    for (int n = 0; n < 60000; n++) {
        if (plugin_call_here(instance, &options, call_status, &status, NULL) == 0)
            return status.revision;
        usleep(1000);
    }
    fail_msg("it is not started again");
    return 0;
}

struct listing {
    unsigned count, wrong;
};

static int take_kv(const struct keelson_kv_sink *sink, const struct keelson_kv *kv)
{
    struct listing *l = sink->context;
    unsigned number = (unsigned)strtoul(kv->key.data + strlen("/k/"), NULL, 10);
    int64_t revision = atomic_load(&acknowledged[number]);
    l->count++;
    l->wrong += kv->mod_revision != watched[number] || (revision && revision != kv->mod_revision) ||
                kv->value.size != kv->key.size || memcmp(kv->value.data, kv->key.data, kv->key.size) != 0;
    atomic_store(&acknowledged[number], 0);
    return 0;
}

static enum keelson_status call_range(void *handle, const struct keelson_call *call, void *argument)
{
    const struct keelson_range range = {.size = sizeof(range), .from = {"/k/", 3}, .to = {"/k0", 3}};
    const struct keelson_kv_sink sink = {.size = sizeof(sink), .put = take_kv, .context = argument};
    struct keelson_range_result result = {.size = sizeof(result)};
    enum keelson_status status = store->range(handle, call, &range, &sink, &result);
    if (status == KEELSON_OK)
        assert_int_equal(result.count, ((const struct listing *)argument)->count);
    return status;
}

static void verify(const struct following *f)
{
    struct plugin_call_options options = {.operation = "range", .timeout_ms = 120000};
    struct listing l = {0};
    unsigned lost = 0;
    assert_int_equal(plugin_call_here(instance, &options, call_range, &l, NULL), 0);
    for (unsigned n = 0; n < WRITES_MAX; n++)
        lost += atomic_load(&acknowledged[n]) != 0; /* those that were found are 0 now */
    assert_int_equal(lost, 0);
    assert_int_equal(l.wrong, 0);
    assert_false(f->gap);
    assert_in_range(f->resumed, 1, 1000000);
    assert_in_range(l.count, KILLS * BETWEEN_KILLS, WRITES_MAX);
}

static void test_killed_under_load(void **state)
{
    pthread_t writers[WRITERS + BEGINNERS], follower;
    struct following f = {.cancel_fd = eventfd(0, EFD_CLOEXEC)};
    f.progress = newest_revision();
    assert_int_equal(pthread_create(&follower, NULL, follow, &f), 0);
    for (unsigned n = 0; n < WRITERS + BEGINNERS; n++)
        assert_int_equal(pthread_create(&writers[n], NULL, n < WRITERS ? write_some : begin_some, NULL), 0);
    for (unsigned n = 0; n < KILLS; n++) {
        await_acknowledgements(BETWEEN_KILLS);
        kill_process();
    }
    await_acknowledgements(BETWEEN_KILLS);
    atomic_store(&stop, true);
    for (unsigned n = 0; n < WRITERS + BEGINNERS; n++)
        pthread_join(writers[n], NULL);
    int64_t newest = newest_revision();
    for (int n = 0; n < 60000 && f.progress < newest; n++)
        usleep(1000);
    assert_int_equal(f.progress, newest);
    eventfd_write(f.cancel_fd, 1);
    pthread_join(follower, NULL);
    close(f.cancel_fd);
    verify(&f);
}

static int start(void **state)
{
    assert_non_null(mkdtemp(state_dir));
    return load();
}

static int end(void **state)
{
    assert_true(plugin_host_free(host));
    return directory_remove(state_dir, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_killed_under_load)};
    sanitizer_reports_begin();
    int failed = cmocka_run_group_tests(tests, start, end);
    return failed + sanitizer_reports_end();
}
