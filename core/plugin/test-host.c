/* SPDX-License-Identifier: Apache-2.0 */
/* See test-host.h. */
#include "core/plugin/test-host.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"

static char folder[] = "/tmp/plugin-test.XXXXXX";
static atomic_llong forward_ns;

static int64_t now_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int64_t test_realtime_ns(void)
{
    return now_ns(CLOCK_REALTIME);
}

static int64_t test_monotonic_ns(void)
{
    return now_ns(CLOCK_MONOTONIC) + atomic_load(&forward_ns);
}

int test_group_start(void **state)
{
    static const struct clock_source source = {test_realtime_ns, test_monotonic_ns};
    clock_set_source(&source);
    return mkdtemp(folder) ? 0 : -1;
}

int test_group_end(void **state)
{
    return directory_remove(folder, NULL);
}

const char *test_folder(void)
{
    return folder;
}

int test_setup(void **state)
{
    atomic_store(&forward_ns, 0);
    *state = plugin_host_new(
        &(struct plugin_host_config){.daemon = "test", .state_dir = folder, .allow_unowned_files = true});
    return 0;
}

int test_teardown(void **state)
{
    plugin_host_free(*state);
    return 0;
}

char *test_plugin_file(const char *name)
{
    char program[PATH_MAX];
    ssize_t size = readlink("/proc/self/exe", program, sizeof(program) - 1);
    assert_true(size > 0);
    program[size] = '\0';
    return xasprintf("%.*s/.libs/%s.so", (int)(strrchr(program, '/') - program), program, name);
}

struct plugin_instance *test_load(struct plugin_host *host, const char *name, const char *plugin,
                                  const char *config)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_free_ char *file = test_plugin_file(plugin);
    struct plugin_instance *instance = NULL;
    if (plugin_host_load(host, name, file, config, KEELSON_KIND_CLOUD, &instance, &err) < 0)
        fail_msg("%s", err.message);
    return instance;
}

const struct keelson_host *test_table(struct plugin_instance *instance)
{
    const struct test_window *window = plugin_instance_interface(instance, TEST_WINDOW);
    return window->host;
}

void test_clock_forward(int64_t milliseconds)
{
    atomic_fetch_add(&forward_ns, milliseconds * NS_PER_MS);
}

int test_call(struct plugin_instance *instance, plugin_function *function, void *arguments, struct error *err)
{
    struct plugin_call_options options = {.operation = "test"};
    return plugin_call_here(instance, &options, function, arguments, err);
}

/* What a call shall answer. */
struct answer {
    const struct keelson_host *host;
    enum keelson_status status;
    const char *message;
    uint32_t retry_after_ms;
};

static enum keelson_status answer(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct answer *a = arguments;
    if (a->retry_after_ms)
        a->host->retry_after(call, a->retry_after_ms);
    return a->message ? (a->host->fail)(call, a->status, "%s", a->message) : a->status;
}

int test_ask(struct plugin_instance *i, enum keelson_status status, uint32_t retry_after_ms,
             struct error *err)
{
    struct answer a = {test_table(i), status, "as asked", retry_after_ms};
    struct plugin_call_options options = {.operation = "ask"};
    return plugin_call(i, &options, answer, &a, NULL, err);
}

bool test_is_healthy(struct plugin_instance *i, const char *wanted)
{
    _cleanup_free_ char *why = NULL;
    bool healthy = plugin_instance_healthy(i, &why);
    assert_string_equal(why, wanted);
    return healthy;
}

void test_open_circuit(struct plugin_instance *i)
{
    for (int n = 0; n < 5; n++) {
        assert_true(plugin_instance_healthy(i, NULL));
        assert_int_equal(test_ask(i, KEELSON_UNAVAILABLE, 0, NULL), -1);
    }
    assert_false(test_is_healthy(i, "its backend is away (5 failures in a row)"));
}
