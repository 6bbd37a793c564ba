/* SPDX-License-Identifier: Apache-2.0 */
/* Plugins that break their promises, loaded by the real host: each gets the outcome that <keelson/plugin.h>
 * documents, and the daemon lives on. And one of the first release, which must load for ever. */
#include <fcntl.h>
#include <keelson/cloud.h>
#include <libgen.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/api/json.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/plugin/host.h"

static char *folder; /* of this program */
static char state_dir[] = "/tmp/abi-test.XXXXXX";
static atomic_uint changes, released;
static unsigned foreign_before; /* threads of a sanitizer */

static void slow_changed(void *context, struct plugin_instance *instance, const char *what)
{
    struct timespec pause = {.tv_nsec = 2000000};
    assert_true(strlen(what) <= 2000);
    atomic_fetch_add(&changes, 1);
    nanosleep(&pause, NULL);
}

static int setup(void **state)
{
    *state = plugin_host_new(&(struct plugin_host_config){
        .daemon = "abi-test", .state_dir = state_dir, .allow_unowned_files = true, .changed = slow_changed});
    return 0;
}

static int teardown(void **state)
{
    plugin_host_free(*state);
    return 0;
}

static int load_as(struct plugin_host *host, const char *file, const char *name, const char *config,
                   enum keelson_kind kind, struct plugin_instance **ret, struct error *err)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, file);
    return plugin_host_load(host, name, path, config, kind, ret, err);
}

static struct plugin_instance *load(struct plugin_host *host, const char *file, const char *name,
                                    const char *config)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_instance *instance = NULL;
    _cleanup_free_ char *path = xasprintf(".libs/%s.so", file);
    if (load_as(host, path, name, config, KEELSON_KIND_CLOUD, &instance, &err) < 0)
        fail_msg("%s", err.message);
    return instance;
}

/* An instance that bears the name of what it does. */
static struct plugin_instance *load_that(struct plugin_host *host, const char *does)
{
    _cleanup_free_ char *config = xasprintf("does = \"%s\";", does);
    return load(host, "misbehaves", does, config);
}

static enum keelson_status call_healthy(void *handle, const struct keelson_call *call, void *argument)
{
    const struct keelson_cloud_v1 *cloud = *(const struct keelson_cloud_v1 **)argument;
    return cloud->healthy(handle, call);
}

static enum keelson_status call_owns(void *handle, const struct keelson_call *call, void *argument)
{
    const struct keelson_cloud_v1 *cloud = *(const struct keelson_cloud_v1 **)argument;
    enum keelson_owns owns;
    return cloud->owns(handle, call, NULL, 0, &owns);
}

static const void *cloud_of(struct plugin_instance *i)
{
    return plugin_instance_interface(i, KEELSON_CLOUD_1);
}

static int ask(struct plugin_instance *i, struct error *err)
{
    const void *cloud = cloud_of(i);
    struct plugin_call_options options = {.operation = "healthy", .timeout_ms = 5000};
    return plugin_call(i, &options, call_healthy, &cloud, NULL, err);
}

static void assert_says(const struct error *err, enum error_code code, const char *part)
{
    assert_int_equal(err->code, code);
    if (!err->message || !strstr(err->message, part))
        fail_msg("no \"%s\" in \"%s\"", part, err->message ? err->message : "");
}

static void test_refused_files(void **state)
{
    static const struct {
        const char *file, *message;
        enum keelson_kind kind;
        enum error_code code;
    } cases[] = {
        {".libs/too-old.so", "too-old.so: built for plugin ABI 0.", KEELSON_KIND_CLOUD, ERR_BAD_REQUEST},
        {".libs/too-new.so", "too-new.so: needs the newer plugin ABI 1.", KEELSON_KIND_CLOUD,
         ERR_BAD_REQUEST},
        {".libs/no-note.so", "no-note.so: no keelson note", KEELSON_KIND_CLOUD, ERR_BAD_REQUEST},
        {".libs/small-table.so", "small-table.so: its table claims a size of 8 bytes", KEELSON_KIND_CLOUD,
         ERR_BAD_REQUEST},
        {".libs/trap.so", "trap.so: built for plugin ABI 2.", KEELSON_KIND_CLOUD, ERR_BAD_REQUEST},
        {".libs/no-table.so", "no-table.so: keelson_plugin_entry returned no table", KEELSON_KIND_CLOUD,
         ERR_BAD_REQUEST},
        {".libs/huge-table.so", "huge-table.so: its table claims a size of 70000 bytes", KEELSON_KIND_CLOUD,
         ERR_BAD_REQUEST},
        {".libs/no-open.so", "no-open.so: its table lacks open", KEELSON_KIND_CLOUD, ERR_BAD_REQUEST},
        {".libs/no-description.so", "no-description.so: its description is missing", KEELSON_KIND_CLOUD,
         ERR_BAD_REQUEST},
        {".libs/obedient.so", "a cloud plugin, but a store plugin is needed here", KEELSON_KIND_STORE,
         ERR_BAD_REQUEST},
        {".libs/no-such-file.so", "no-such-file.so", KEELSON_KIND_CLOUD, ERR_NOT_FOUND},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct plugin_instance *instance = NULL;
        assert_int_equal(load_as(*state, cases[i].file, "x", NULL, cases[i].kind, &instance, &err), -1);
        assert_says(&err, cases[i].code, cases[i].message);
        assert_null(instance);
    }
    assert_int_equal(plugin_host_count(*state), 0);
    assert_non_null(load(*state, "obedient", "x", NULL));
    assert_non_null(load(*state, "newer-but-careful", "y", NULL));
}

static void test_refused_interfaces(void **state)
{
    assert_non_null(cloud_of(load(*state, "obedient", "a", NULL)));
    assert_null(cloud_of(load(*state, "small-interface", "b", NULL)));
    assert_null(cloud_of(load(*state, "huge-interface", "c", NULL)));
    assert_null(cloud_of(load(*state, "no-owns", "d", NULL)));
}

/* A host of a later minor, which looks for what was appended since: it is there when the plugin's table
 * reaches so far, and what stood before it is called as ever. A host of today does without. */
struct later_cloud {
    uint32_t size, reserved;
    void *scheme, *owns, *healthy;
    enum keelson_status (*extra)(void *instance, const struct keelson_call *call);
};

static void test_later_host(void **state)
{
    struct plugin_instance *old = load(*state, "obedient", "old", NULL),
                           *later = load(*state, "extended", "later", NULL);
    const struct later_cloud *of_old = cloud_of(old), *of_later = cloud_of(later);
    assert_non_null(of_old);
    assert_non_null(of_later);
    assert_false(KEELSON_HAS(of_old, extra));
    assert_true(KEELSON_HAS(of_later, extra));
    assert_int_equal(of_later->extra(plugin_instance_handle(later), NULL), KEELSON_ALREADY_EXISTS);
    assert_int_equal(ask(old, NULL), 0);
    assert_int_equal(ask(later, NULL), 0);
}

/* What open() wrote does not count when it failed: close() is not called with it. */
static void test_open_fails(void **state)
{
    static const char *const cases[] = {"fails-open", "fails-open-writing-results"};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        _cleanup_free_ char *config = xasprintf("does = \"%s\";", cases[i]);
        struct plugin_instance *instance = NULL;
        assert_int_equal(
            load_as(*state, ".libs/misbehaves.so", "x", config, KEELSON_KIND_CLOUD, &instance, &err), -1);
        assert_says(&err, ERR_FORBIDDEN, "plugin x: open: the key was not accepted");
        assert_null(instance);
    }
    assert_int_equal(plugin_host_count(*state), 0);
}

/* What the host does not know counts as the safe one of the two. */
static void test_odd_threading(void **state)
{
    assert_int_equal(ask(load(*state, "odd-threading", "x", NULL), NULL), 0);
}

static void test_instances_of_one_file(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_instance *first = load(*state, "misbehaves", "one", NULL), *second = NULL;
    assert_int_equal(load_as(*state, ".libs/misbehaves.so", "one", NULL, KEELSON_KIND_CLOUD, &second, &err),
                     -1);
    assert_says(&err, ERR_ALREADY_EXISTS, "\"one\"");
    assert_int_equal(load_as(*state, ".libs/misbehaves.so", "again", NULL, KEELSON_KIND_CLOUD, &second, NULL),
                     0);
    assert_ptr_not_equal(plugin_instance_handle(first), plugin_instance_handle(second));
    assert_ptr_equal(plugin_host_find(*state, "again"), second);
}

static void test_unknown_codes(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    assert_int_equal(ask(load_that(*state, "says-unknown-code"), &err), -1);
    assert_says(&err, ERR_INTERNAL,
                "plugin says-unknown-code: healthy failed with status 4242 and gave no reason");
}

/* Messages of any size, with anything in them or nothing, become one line of UTF-8. */
static void test_messages(void **state)
{
    static const struct {
        const char *does, *wanted;
        size_t size_max;
    } cases[] = {
        {"says-a-megabyte", "plugin says-a-megabyte: healthy: xxx", 2100},
        {"says-garbage", "plugin says-garbage: healthy: a?b\xc3\xa4 c [2J??", 100},
        {"says-nothing", "plugin says-nothing: healthy failed with status 1 and gave no reason", 100},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        assert_int_equal(ask(load_that(*state, cases[i].does), &err), -1);
        assert_says(&err, ERR_INTERNAL, cases[i].wanted);
        assert_true(strlen(err.message) <= cases[i].size_max);
    }
    struct buffer text = BUFFER_INIT;
    plugin_host_metrics(*state, &text);
    buffer_append_char(&text, '\0');
    assert_non_null(strstr(
        text.data,
        "keelson_plugin_garbage{plugin=\"misbehaves\",instance=\"says-garbage\",label=\"?( \\\"\"} 1\n"));
    assert_true(text.size < 10000);
    buffer_done(&text);
}

static void test_results_of_failures(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_instance *i = load_that(*state, "fails-owns-writing-results");
    const void *cloud = cloud_of(i);
    struct plugin_call_options options = {.operation = "owns"};
    assert_int_equal(plugin_call(i, &options, call_owns, &cloud, NULL, &err), -1);
    assert_says(&err, ERR_INTERNAL, "what was written does not count");
}

/* A month becomes an hour. */
static void test_weeks(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_instance *i = load_that(*state, "asks-for-weeks");
    assert_int_equal(ask(i, &err), -1);
    assert_says(&err, ERR_TOO_MANY_REQUESTS, "come back next month");
    assert_int_equal(err.retry_after_s, 3600);
    assert_int_equal(ask(i, &err), -1);
    assert_says(&err, ERR_UNAVAILABLE, "its backend is away");
    assert_in_range(err.retry_after_s, 3500, 3600);
}

static void test_calls_itself(void **state)
{
    assert_int_equal(ask(load_that(*state, "calls-itself"), NULL), 0);
}

static void test_circuit_breaker(void **state)
{
    struct plugin_instance *i = load_that(*state, "is-away");
    for (int n = 0; n < 5; n++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        assert_int_equal(ask(i, &err), -1);
        assert_says(&err, ERR_UNAVAILABLE, "no route to the backend");
    }
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_free_ char *why = NULL;
    assert_int_equal(ask(i, &err), -1);
    assert_says(&err, ERR_UNAVAILABLE, "its backend is away (5 failures in a row)");
    assert_true(err.retry_after_s >= 1);
    assert_false(plugin_instance_healthy(i, &why));
    assert_string_equal(why, "its backend is away (5 failures in a row)");
}

static void release(void *argument)
{
    free(argument);
    atomic_fetch_add(&released, 1);
}

struct pipe {
    int out, in;
};

static struct pipe pipe_make(void)
{
    int fds[2];
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    return (struct pipe){fds[0], fds[1]};
}

static void pipe_release(struct pipe *p)
{
    assert_int_equal(write(p->in, "x", 1), 1);
}

static void pipe_done(struct pipe *p)
{
    close(p->in);
    close(p->out);
}

static char *hanging(const char *how, const struct pipe *p)
{
    return xasprintf("does = \"%s\"; release = %d;", how, p->out);
}

static void await(bool (*holds)(void *context), void *context)
{
    for (int n = 0; n < 6000 && !holds(context); n++)
        usleep(10000);
    assert_true(holds(context));
}

static bool is_healthy(void *instance)
{
    return plugin_instance_healthy(instance, NULL);
}

static bool is_released(void *context)
{
    return atomic_load(&released) == 1;
}

static bool no_foreign_threads(void *context)
{
    return thread_foreign_count() == foreign_before;
}

/* Deaf to deadline and cancel descriptor: its caller goes on, and so do calls of others. */
static void test_hanging_call(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct pipe p = pipe_make();
    _cleanup_free_ char *config = hanging("hangs", &p), *why = NULL;
    struct plugin_instance *i = load(*state, "misbehaves", "hangs", config);
    const void **argument = xmalloc(sizeof(*argument));
    *argument = cloud_of(i);
    struct plugin_call_options options = {.operation = "owns", .timeout_ms = 50};
    atomic_store(&released, 0);
    assert_int_equal(plugin_call(i, &options, call_owns, argument, release, &err), -1);
    assert_says(&err, ERR_TIMEOUT, "plugin hangs: owns did not come back in time");
    assert_int_equal(atomic_load(&released), 0);
    assert_false(plugin_instance_healthy(i, &why));
    assert_string_equal(why, "1 calls are stuck");
    assert_int_equal(ask(load_that(*state, "nothing"), NULL), 0);
    struct buffer text = BUFFER_INIT;
    plugin_host_metrics(*state, &text);
    buffer_append_char(&text, '\0');
    assert_non_null(
        strstr(text.data, "keelson_plugin_stuck_calls{plugin=\"misbehaves\",instance=\"hangs\"} 1"));
    buffer_done(&text);
    pipe_release(&p);
    await(is_healthy, i);
    await(is_released, NULL);
    pipe_done(&p);
}

/* Whatever may still run in it keeps it loaded, and the daemon ends all the same. */
static void test_what_stays_behind(void **state)
{
    static const char *const cases[] = {"hangs-in-close", "forgets-thread"};
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        struct pipe p = pipe_make();
        _cleanup_free_ char *config = hanging(cases[i], &p);
        load(*state, "misbehaves", "x", config);
        assert_false(plugin_host_free(*state));
        pipe_release(&p); /* the thread goes on, and uses the token of an instance that is gone */
        await(no_foreign_threads, NULL);
        pipe_done(&p);
        setup(state);
    }
}

static void *ask_often(void *instance)
{
    const void *cloud = cloud_of(instance);
    struct plugin_call_options options = {.operation = "healthy", .timeout_ms = 20000};
    uintptr_t failures = 0;
    for (int n = 0; n < 10; n++) {
        failures += ask(instance, NULL) != 0;
        failures += plugin_call_here(instance, &options, call_healthy, &cloud, NULL) != 0;
    }
    return (void *)failures;
}

static void test_serial_is_kept(void **state)
{
    struct plugin_instance *i =
        load(*state, "misbehaves-serial", "counts-callers", "does = \"counts-callers\";");
    pthread_t threads[4];
    for (size_t n = 0; n < ARRAY_SIZE(threads); n++)
        assert_int_equal(pthread_create(&threads[n], NULL, ask_often, i), 0);
    for (size_t n = 0; n < ARRAY_SIZE(threads); n++) {
        void *failures;
        pthread_join(threads[n], &failures);
        assert_null(failures);
    }
}

static bool has_changes(void *context)
{
    return atomic_load(&changes) > 0;
}

static void test_late_callbacks(void **state)
{
    struct plugin_instance *i = load_that(*state, "calls-back-late");
    atomic_store(&changes, 0);
    assert_int_equal(ask(i, NULL), 0);
    await(has_changes, NULL);
    assert_in_range(atomic_load(&changes), 1, 500); /* of 1000 that are told */
    assert_int_equal(ask(i, NULL), 0);
}

static void test_frozen_header(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_instance *i = NULL;
    assert_int_equal(load_as(*state, ".libs/frozen-1.0.so", "f", "word = 1;", KEELSON_KIND_CLOUD, &i, &err),
                     -1);
    assert_says(&err, ERR_BAD_REQUEST, "setting \"word\" is not a string");
    assert_int_equal(
        load_as(*state, ".libs/frozen-1.0.so", "f", "word = \"x\";", KEELSON_KIND_CLOUD, &i, &err), 0);
    assert_int_equal(plugin_instance_note(i)->abi_minor, 0);
    assert_int_equal(ask(i, &err), -1);
    assert_says(&err, ERR_TOO_MANY_REQUESTS, "plugin f: healthy: frozen stiff");
    struct buffer text = BUFFER_INIT;
    plugin_host_metrics(*state, &text);
    assert_non_null(
        strstr(text.data, "keelson_plugin_opened{plugin=\"frozen\",instance=\"f\",label=\"\"} 1"));
    buffer_done(&text);
}

/* cloud-onprem refuses what it does not know, and says where it stands. */
static void test_settings(void **state)
{
    static const struct {
        const char *config, *message; /* NULL: fine */
    } cases[] = {
        {"nodes = ( { name = \"a\"; addresses = [ \"10.0.0.1\" ]; labels = { disk = \"ssd\"; }; } );", NULL},
        {"", NULL},
        {"\n\n  zones = \"x\";", "file.conf:4: unknown setting \"zones\""},
        {"nodes = (\n{ name = \"a\"; adresses = [ ]; } );", "file.conf:3: unknown setting \"adresses\""},
        {"nodes = ( { name = \"a\"; },\n{ name = \"a\"; } );", "file.conf:3: node \"a\" is listed twice"},
        {"nodes = ( { zone = \"a\"; } );", "needs name"},
        {"nodes = ( { name = \"a\"; addresses = [ \"10.0.0.300\" ]; } );", "\"10.0.0.300\" is no IP address"},
        {"adopt_unlisted = 1;", "setting \"adopt_unlisted\" is not true or false"},
        {"nodes = 5;", "setting \"nodes\" is not a list"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        _cleanup_free_ char *path = xasprintf("%s/file.conf", state_dir);
        _cleanup_free_ char *text =
            xasprintf("plugins = ( { name = \"n%zu\"; file = \"%s/../../plugins/cloud-onprem/.libs/"
                      "cloud-onprem.so\"; config = {\n%s}; } );\n",
                      i, folder, cases[i].config);
        unsigned count = 0;
        assert_int_equal(file_write(path, slice_of(text), NULL), 0);
        int result = plugin_host_load_config(*state, path, KEELSON_KIND_CLOUD, &count, &err);
        if (!cases[i].message && result < 0)
            fail_msg("%s", err.message);
        assert_int_equal(result, cases[i].message ? -1 : 0);
        if (cases[i].message)
            assert_says(&err, ERR_BAD_REQUEST, cases[i].message);
    }
}

#ifdef __SANITIZE_THREAD__
/* What hangs is left behind with its threads, and is meant to be. */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "report_thread_leaks=0";
}
#endif

static int start(void **state)
{
    char self[4096] = "";
    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    folder = xstrdup(dirname(self));
    assert_non_null(mkdtemp(state_dir));
    foreign_before = thread_foreign_count();
    return 0;
}

static int end(void **state)
{
    free(folder);
    return directory_remove(state_dir, NULL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_refused_files),  CASE(test_refused_interfaces), CASE(test_later_host),
        CASE(test_open_fails),     CASE(test_odd_threading),      CASE(test_instances_of_one_file),
        CASE(test_unknown_codes),  CASE(test_messages),           CASE(test_results_of_failures),
        CASE(test_weeks),          CASE(test_calls_itself),       CASE(test_circuit_breaker),
        CASE(test_hanging_call),   CASE(test_what_stays_behind),  CASE(test_serial_is_kept),
        CASE(test_late_callbacks), CASE(test_frozen_header),      CASE(test_settings),
    };
    return cmocka_run_group_tests(tests, start, end);
}
