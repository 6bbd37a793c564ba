/* SPDX-License-Identifier: Apache-2.0 */
/* Calls as a daemon makes them: how they end, deadlines, cancellation and the SERIAL promise. Nothing here
 * depends on how fast the machine is: what must overlap waits for the other. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <poll.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/plugin/test-host.h"

static void test_codes(void **state)
{
    static const struct {
        enum keelson_status status;
        enum error_code code;
    } cases[] = {
        {KEELSON_FAILED, ERR_INTERNAL},
        {KEELSON_NOT_FOUND, ERR_NOT_FOUND},
        {KEELSON_ALREADY_EXISTS, ERR_ALREADY_EXISTS},
        {KEELSON_INVALID, ERR_BAD_REQUEST},
        {KEELSON_UNSUPPORTED, ERR_METHOD_NOT_ALLOWED},
        {KEELSON_UNAVAILABLE, ERR_UNAVAILABLE},
        {KEELSON_DENIED, ERR_FORBIDDEN},
        {KEELSON_THROTTLED, ERR_TOO_MANY_REQUESTS},
        {KEELSON_TIMEOUT, ERR_TIMEOUT},
        {KEELSON_CANCELLED, ERR_CANCELLED},
        {KEELSON_CONFLICT, ERR_CONFLICT},
        {KEELSON_EXHAUSTED, ERR_STORAGE_FULL},
        {KEELSON_COMPACTED, ERR_EXPIRED},
        {KEELSON_CORRUPT, ERR_INTERNAL},
        {(enum keelson_status)4242, ERR_INTERNAL},
    };
    struct plugin_instance *i = test_load(*state, "x", "test-parallel", NULL);
    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        assert_int_equal(test_ask(i, cases[n].status, 0, &err), -1);
        assert_int_equal(err.code, cases[n].code);
        assert_string_equal(err.message, "plugin x: ask: as asked");
    }
    assert_int_equal(test_ask(i, KEELSON_OK, 0, NULL), 0);
}

static enum keelson_status check_call(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct keelson_host *h = arguments;
    char long_text[3000];
    memset(long_text, 'x', sizeof(long_text));
    long_text[sizeof(long_text) - 1] = '\0';
    assert_true(call->size >= sizeof(*call));
    assert_string_equal(call->trace_id, "0123456789abcdef0123456789abcdef");
    assert_true(call->deadline_ns > clock_monotonic_ns());
    assert_false(h->cancelled(call));
    (h->fail)(call, KEELSON_DENIED, "first word");
    (h->fail)(NULL, KEELSON_DENIED, "no call at all");
    h->log(NULL, KEELSON_LOG_DEBUG, "no call at all");
    h->retry_after(NULL, 1000);
    (h->fail)(call, KEELSON_FAILED, "last word %s", long_text);
    return (h->fail)(call, KEELSON_FAILED, "%s", ""); /* is no word */
}

static void test_call_object(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_instance *i = test_load(*state, "x", "test-parallel", NULL);
    struct plugin_call_options options = {.operation = "check",
                                          .trace_id = "0123456789abcdef0123456789abcdef"};
    assert_int_equal(plugin_call_here(i, &options, check_call, (void *)test_table(i), &err), -1);
    assert_memory_equal(err.message, "plugin x: check: last word xxx", 30);
    assert_true(strlen(err.message) < 2100);
    assert_int_equal(err.retry_after_s, 0);
}

/* ---- Waiting ---- */

/* A gate that calls wait at; they leave when it is opened, and see then whether they were cancelled. */
struct gate {
    pthread_mutex_t lock; /* below */
    pthread_cond_t changed;
    unsigned inside, inside_max, released;
    bool is_open;
};

static void gate_enter(struct gate *g, bool wait)
{
    pthread_mutex_lock(&g->lock);
    g->inside++;
    g->inside_max = MAX(g->inside, g->inside_max);
    pthread_cond_broadcast(&g->changed);
    while (wait && !g->is_open)
        pthread_cond_wait(&g->changed, &g->lock);
    g->inside--;
    pthread_mutex_unlock(&g->lock);
}

static void gate_open(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->is_open = true;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

#define GATE_INIT                                                                                            \
    {                                                                                                        \
        .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER                               \
    }

static enum keelson_status hang(void *handle, const struct keelson_call *call, void *arguments)
{
    gate_enter(arguments, true);
    return KEELSON_OK;
}

static enum keelson_status pass(void *handle, const struct keelson_call *call, void *arguments)
{
    gate_enter(arguments, false);
    sched_yield();
    return KEELSON_OK;
}

static void release(void *arguments)
{
    struct gate *g = arguments;
    pthread_mutex_lock(&g->lock);
    g->released++;
    pthread_cond_broadcast(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

static void await_released(struct gate *g, unsigned count)
{
    pthread_mutex_lock(&g->lock);
    while (g->released < count)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
}

static void ask_and_time_out(struct plugin_instance *i, struct gate *g)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_call_options options = {.operation = "hang", .timeout_ms = 1};
    assert_int_equal(plugin_call(i, &options, hang, g, release, &err), -1);
    assert_int_equal(err.code, ERR_TIMEOUT);
    assert_string_equal(err.message, "plugin x: hang did not come back in time");
}

static void test_stuck_serial(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct gate g = GATE_INIT;
    struct plugin_instance *i = test_load(*state, "x", "test-serial", NULL);
    ask_and_time_out(i, &g);
    assert_int_equal(g.released, 0); /* the call still has its arguments */
    assert_false(test_is_healthy(i, "1 calls are stuck"));
    assert_int_equal(test_ask(i, KEELSON_OK, 0, &err), -1);
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_string_equal(err.message, "plugin x: ask: 1 earlier calls have not come back");
    gate_open(&g);
    await_released(&g, 1);
    assert_true(test_is_healthy(i, "ok"));
    assert_int_equal(test_ask(i, KEELSON_OK, 0, NULL), 0);
}

struct crowd {
    struct plugin_instance *instance;
    struct gate gate;
};

static void run_four(void *(*function)(void *), struct crowd *c)
{
    pthread_t threads[4];
    for (size_t n = 0; n < ARRAY_SIZE(threads); n++)
        pthread_create(&threads[n], NULL, function, c);
    for (size_t n = 0; n < ARRAY_SIZE(threads); n++)
        pthread_join(threads[n], NULL);
}

static void *time_out(void *argument)
{
    struct crowd *c = argument;
    ask_and_time_out(c->instance, &c->gate);
    return NULL;
}

static void test_stuck_parallel(void **state)
{
    struct plugin_instance *i = test_load(*state, "x", "test-parallel", NULL);
    struct crowd c = {i, GATE_INIT};
    run_four(time_out, &c);
    assert_int_equal(test_ask(i, KEELSON_OK, 0, NULL), -1);
    assert_false(test_is_healthy(i, "4 calls are stuck"));
    gate_open(&c.gate);
    await_released(&c.gate, 4);
    assert_int_equal(test_ask(i, KEELSON_OK, 0, NULL), 0);
}

/* Waits at cancel_fd, as a plugin waits at its socket. */
static enum keelson_status wait_for_cancel(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct keelson_host *h = arguments;
    struct pollfd p = {.fd = call->cancel_fd, .events = POLLIN};
    poll(&p, 1, -1);
    return h->cancelled(call) ? KEELSON_CANCELLED
                              : (h->fail)(call, KEELSON_CORRUPT, "woken up, not cancelled");
}

static enum keelson_status check_not_cancelled(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct keelson_host *h = arguments;
    struct pollfd p = {.fd = call->cancel_fd, .events = POLLIN};
    return poll(&p, 1, 0) == 0 && !h->cancelled(call) ? KEELSON_OK : KEELSON_CORRUPT;
}

/* Whoever keeps his arguments is waited for, having been cancelled at the deadline. The call object is used
 * again, and not cancelled any more. */
static void test_cancelled_at_deadline(void **state)
{
    struct plugin_instance *i = test_load(*state, "x", "test-parallel", NULL);
    void *host = (void *)test_table(i);
    struct plugin_call_options options = {.operation = "wait", .timeout_ms = 20};
    for (int n = 0; n < 3; n++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        assert_int_equal(plugin_call(i, &options, wait_for_cancel, host, NULL, &err), -1);
        assert_int_equal(err.code, ERR_CANCELLED);
        assert_int_equal(test_call(i, check_not_cancelled, host, NULL), 0);
    }
    assert_true(plugin_instance_healthy(i, NULL));
}

static void *cancel_later(void *argument)
{
    usleep(20000);
    assert_int_equal(eventfd_write(*(int *)argument, 1), 0);
    return NULL;
}

static void test_cancelled_by_daemon(void **state)
{
    struct plugin_instance *i = test_load(*state, "x", "test-serial", NULL);
    static const bool here[] = {false, true};
    for (size_t n = 0; n < ARRAY_SIZE(here); n++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        pthread_t thread;
        int fd = eventfd(0, EFD_CLOEXEC);
        struct plugin_call_options options = {.operation = "watch", .timeout_ms = -1, .cancel_fd = fd};
        pthread_create(&thread, NULL, cancel_later, &fd);
        int result = here[n] ? plugin_call_here(i, &options, wait_for_cancel, (void *)test_table(i), &err)
                             : plugin_call(i, &options, wait_for_cancel, (void *)test_table(i), NULL, &err);
        assert_int_equal(result, -1);
        assert_int_equal(err.code, ERR_CANCELLED);
        pthread_join(thread, NULL);
        close(fd);
    }
}

/* Who was told to end begins nothing any more. */
static void test_cancelled_before_it_began(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct gate g = GATE_INIT;
    struct plugin_instance *i = test_load(*state, "x", "test-parallel", NULL);
    int fd = eventfd(1, EFD_CLOEXEC);
    struct plugin_call_options options = {.operation = "pass", .cancel_fd = fd};
    assert_int_equal(plugin_call(i, &options, pass, &g, release, &err), -1);
    assert_int_equal(err.code, ERR_CANCELLED);
    assert_int_equal(g.inside_max, 0);
    assert_int_equal(g.released, 1);
    close(fd);
}

/* A probe that hangs, maybe for ever, is a failed one: there is another after the next pause. */
static void test_probe_hangs(void **state)
{
    struct gate g = GATE_INIT;
    struct plugin_instance *i = test_load(*state, "x", "test-parallel", NULL);
    test_open_circuit(i);
    test_clock_forward(1001);
    ask_and_time_out(i, &g);
    assert_int_equal(test_ask(i, KEELSON_OK, 0, NULL), -1);
    test_clock_forward(2001);
    assert_int_equal(test_ask(i, KEELSON_OK, 0, NULL), 0);
    assert_int_equal(test_ask(i, KEELSON_OK, 0, NULL), 0);
    gate_open(&g);
    await_released(&g, 1);
    assert_true(test_is_healthy(i, "ok"));
}

struct watch {
    struct plugin_instance *instance;
    struct gate gate;
    enum error_code code;
};

static enum keelson_status watch_until_cancelled(void *handle, const struct keelson_call *call,
                                                 void *arguments)
{
    struct watch *w = arguments;
    gate_enter(&w->gate, false);
    release(&w->gate);
    return wait_for_cancel(handle, call, (void *)test_table(w->instance));
}

static void *run_watch(void *argument)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct watch *w = argument;
    struct plugin_call_options options = {.operation = "watch", .timeout_ms = -1};
    plugin_call(w->instance, &options, watch_until_cancelled, w, NULL, &err);
    w->code = err.code;
    return NULL;
}

/* A watch runs beside calls of a serial plugin, is no probe of a backend that is away, and ends with the
 * host. */
static void test_long_running(void **state)
{
    pthread_t thread;
    struct watch w = {.instance = test_load(*state, "x", "test-serial", NULL), .gate = GATE_INIT};
    test_open_circuit(w.instance);
    test_clock_forward(1001);
    pthread_create(&thread, NULL, run_watch, &w);
    await_released(&w.gate, 1);
    assert_int_equal(test_ask(w.instance, KEELSON_OK, 0, NULL), 0);
    assert_true(test_is_healthy(w.instance, "ok"));
    plugin_host_free(*state);
    *state = NULL;
    pthread_join(thread, NULL);
    assert_int_equal(w.code, ERR_CANCELLED);
}

/* ---- Serial and parallel ---- */

/* Stays inside until somebody else is, too. */
static enum keelson_status meet(void *handle, const struct keelson_call *call, void *arguments)
{
    struct gate *g = arguments;
    pthread_mutex_lock(&g->lock);
    g->inside++;
    pthread_cond_broadcast(&g->changed);
    while (g->inside < 4)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
    return KEELSON_OK;
}

static void *meet_others(void *argument)
{
    struct crowd *c = argument;
    struct plugin_call_options options = {.operation = "meet"};
    assert_int_equal(plugin_call(c->instance, &options, meet, &c->gate, NULL, NULL), 0);
    return NULL;
}

static void *pass_often(void *argument)
{
    struct crowd *c = argument;
    struct plugin_call_options options = {.operation = "pass"};
    for (int n = 0; n < 50; n++) {
        assert_int_equal(plugin_call(c->instance, &options, pass, &c->gate, NULL, NULL), 0);
        assert_int_equal(plugin_call_here(c->instance, &options, pass, &c->gate, NULL), 0);
    }
    return NULL;
}

static void test_serial(void **state)
{
    struct buffer text = BUFFER_INIT;
    struct crowd c = {test_load(*state, "x", "test-serial", NULL), GATE_INIT};
    run_four(pass_often, &c);
    assert_int_equal(c.gate.inside_max, 1);
    plugin_host_metrics(*state, &text);
    buffer_append_char(&text, '\0');
    assert_non_null(
        strstr(text.data,
               "keelson_plugin_calls_total{plugin=\"test-serial\",instance=\"x\",operation=\"pass\"} 400\n"));
    buffer_done(&text);
}

static void test_parallel(void **state)
{
    struct crowd c = {test_load(*state, "x", "test-parallel", NULL), GATE_INIT};
    run_four(meet_others, &c);
    assert_int_equal(c.gate.inside, 4);
}

/* ---- A plugin's own threads ---- */

struct other_thread {
    const struct keelson_host *host;
    const struct keelson_call *call;
    void *token;
};

static void *use_call(void *argument)
{
    const struct other_thread *o = argument;
    o->host->log(o->call, KEELSON_LOG_DEBUG, "from another thread");
    o->host->cancelled(o->call);
    o->host->retry_after(o->call, 5000);
    o->host->metric_add(o->token, "seen_total", "a\"b", 2);
    o->host->metric_set(o->token, "Not a name", NULL, 2);
    (o->host->fail)(o->call, KEELSON_DENIED, "from another thread");
    return NULL;
}

static enum keelson_status fail_elsewhere(void *handle, const struct keelson_call *call, void *arguments)
{
    struct other_thread *o = arguments;
    pthread_t thread;
    o->call = call;
    o->token = ((struct test_account *)handle)->token;
    pthread_create(&thread, NULL, use_call, o);
    pthread_join(thread, NULL);
    return KEELSON_FAILED;
}

static void test_other_threads(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct buffer text = BUFFER_INIT;
    pthread_t thread;
    struct plugin_instance *i = test_load(*state, "x", "test-parallel", NULL);
    struct other_thread o = {.host = test_table(i)};
    struct plugin_call_options options = {.operation = "elsewhere"};
    assert_int_equal(plugin_call(i, &options, fail_elsewhere, &o, NULL, &err), -1);
    assert_string_equal(err.message, "plugin x: elsewhere failed with status 1 and gave no reason");
    assert_int_equal(err.retry_after_s, 0);
    pthread_create(&thread, NULL, use_call, &o); /* the call is over now */
    pthread_join(thread, NULL);
    assert_true(o.host->cancelled(o.call));
    plugin_host_metrics(*state, &text);
    buffer_append_char(&text, '\0');
    assert_non_null(
        strstr(text.data,
               "keelson_plugin_seen_total{plugin=\"test-parallel\",instance=\"x\",label=\"a\\\"b\"} 4\n"));
    assert_null(strstr(text.data, "Not a name"));
    buffer_done(&text);
}

/* ---- Calls that go on ---- */

static enum keelson_status begin(void *handle, const struct keelson_call *call, void *arguments)
{
    return *(const enum keelson_status *)arguments;
}

struct ending {
    struct plugin_begun begun;
    enum keelson_status status;
    const char *message;
    int result;
    struct error err;
};

static void *end_elsewhere(void *argument)
{
    struct ending *e = argument;
    e->result = plugin_call_end(&e->begun, e->status, e->message, &e->err);
    return NULL;
}

static void test_begun(void **state)
{
    static const struct {
        enum keelson_status begins, ends;
        const char *says, *message;
        enum error_code code;
    } cases[] = {
        {KEELSON_OK, KEELSON_OK, NULL, NULL, ERR_NONE},
        {KEELSON_OK, KEELSON_OK, "not to be looked at", NULL, ERR_NONE},
        {KEELSON_OK, KEELSON_TIMEOUT, "too slow", "plugin x: begin: too slow", ERR_TIMEOUT},
        {KEELSON_OK, KEELSON_EXHAUSTED, NULL, "plugin x: begin failed with status 12 and gave no reason",
         ERR_STORAGE_FULL},
        {KEELSON_INVALID, KEELSON_OK, NULL, NULL, ERR_BAD_REQUEST},
    };
    struct buffer text = BUFFER_INIT;
    struct plugin_instance *i = test_load(*state, "x", "test-serial", NULL);
    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        pthread_t thread;
        struct plugin_call_options options = {.operation = "begin"};
        struct ending e = {.status = cases[n].ends, .message = cases[n].says, .err = ERROR_INIT};
        enum keelson_status begins = cases[n].begins;
        e.result = plugin_call_begin(i, &options, begin, &begins, &e.begun, &e.err);
        assert_int_equal(e.result, begins == KEELSON_OK ? 0 : -1);
        if (begins == KEELSON_OK) {
            assert_int_equal(test_ask(i, KEELSON_OK, 0, NULL), 0); /* not in the way of other calls */
            pthread_create(&thread, NULL, end_elsewhere, &e);
            pthread_join(thread, NULL);
        }
        assert_int_equal(e.err.code, cases[n].code);
        assert_int_equal(e.result, e.err.code == ERR_NONE ? 0 : -1);
        if (cases[n].message)
            assert_string_equal(e.err.message, cases[n].message);
        error_done(&e.err);
    }
    plugin_host_metrics(*state, &text);
    buffer_append_char(&text, '\0');
    assert_non_null(
        strstr(text.data,
               "keelson_plugin_calls_total{plugin=\"test-serial\",instance=\"x\",operation=\"begin\"} 5\n"));
    buffer_done(&text);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, test_setup, test_teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_codes),
        CASE(test_call_object),
        CASE(test_stuck_serial),
        CASE(test_stuck_parallel),
        CASE(test_cancelled_before_it_began),
        CASE(test_probe_hangs),
        CASE(test_cancelled_at_deadline),
        CASE(test_cancelled_by_daemon),
        CASE(test_long_running),
        CASE(test_serial),
        CASE(test_parallel),
        CASE(test_other_threads),
        CASE(test_begun),
    };
    return cmocka_run_group_tests(tests, test_group_start, test_group_end);
}
