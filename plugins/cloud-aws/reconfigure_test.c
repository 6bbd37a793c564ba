/* SPDX-License-Identifier: Apache-2.0 */
/* A configuration that changes while calls go on: each call sees one of them whole, and what is refused
 * changes nothing. Runs under TSan, too. */
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <keelson/cloud.h>

#include "lib/cloud-http/test-server.h"
#include "tests/lib/plugin-host.h"

#define PLUGIN  "plugins/cloud-aws/.libs/cloud-aws.so"
#define CALLERS 4
#define CHANGES 40

/* Two clouds to choose from. */
static struct test_server *servers[2];
static char urls[2][64];
static const struct keelson_plugin *plugin;
static const struct keelson_cloud_v1 *cloud;
static void *instance;

static void set(struct test_setting settings[8], int server)
{
    const struct test_setting all[8] = {{"region", "eu-central-1"},
                                        {"credentials.access_key_id", server ? "second" : "first"},
                                        {"credentials.secret_access_key", server ? "2" : "1"},
                                        {"endpoints.ec2", urls[server]},
                                        {"requests_per_second", "1000"},
                                        {"imds", "false"},
                                        {"allow_plain_http", "true"}};
    memcpy(settings, all, sizeof(all));
}

static enum keelson_status change(struct test_setting *settings)
{
    const struct keelson_call call = test_call(10000);
    return plugin->reconfigure(instance, &call, test_config(settings));
}

static enum keelson_status ask(void)
{
    const struct keelson_call call = test_call(60000);
    return cloud->healthy(instance, &call);
}

static int set_up(void **state)
{
    static struct test_setting settings[8];
    const struct keelson_call call = test_call(10000);
    for (int i = 0; i < 2; i++) {
        servers[i] = test_server_start();
        snprintf(urls[i], sizeof(urls[i]), "http://127.0.0.1:%d/action", test_server_port(servers[i]));
    }
    set(settings, 0);
    const struct keelson_instance given = {
        .size = sizeof(given), .name = "aws", .config = test_config(settings), .cluster = "blue"};
    plugin = test_plugin_load(PLUGIN);
    enum keelson_status status = plugin->open(&call, &given, &instance);
    cloud = status == KEELSON_OK ? plugin->interface(instance, KEELSON_CLOUD_1) : NULL;
    return cloud ? 0 : -1;
}

static int tear_down(void **state)
{
    plugin->close(instance);
    test_server_stop(servers[0]);
    test_server_stop(servers[1]);
    return 0;
}

static void test_taken_over(void **state)
{
    static struct test_setting settings[8];
    assert_int_equal(ask(), KEELSON_OK);
    unsigned first = test_server_requests(servers[0]);
    assert_int_equal(first, 1);
    set(settings, 1);
    assert_int_equal(change(settings), KEELSON_OK);
    assert_int_equal(ask(), KEELSON_OK);
    assert_int_equal(test_server_requests(servers[0]), first);
    assert_int_equal(test_server_requests(servers[1]), 1);
}

static void test_refused(void **state)
{
    static const struct {
        const char *name, *value, *said;
    } cases[] = {
        {"region", "eu-west-1", "\"region\" cannot change from eu-central-1 to eu-west-1"},
        {"account", "12", "\"account\" is no account"},
        {"endpoints.ec2", "aws.example.com", "\"endpoints.ec2\" is no URL"},
        {"endpoints.ec2", "https://", "\"endpoints.ec2\" is no URL"},
        {"timeout", "1", "\"timeout\" is in milliseconds"},
        {"requests_per_second", "fast", "requests_per_second"},
        {"cache", "61", "\"cache\" is in seconds"},
        {"no_such_setting", "1", "unknown setting \"no_such_setting\""},
    };
    unsigned before = test_server_requests(servers[1]);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct test_setting settings[9] = {{0}};
        set(settings, 0);
        size_t at = 0;
        while (settings[at].name && strcmp(settings[at].name, cases[i].name) != 0)
            at++;
        settings[at] = (struct test_setting){cases[i].name, cases[i].value};
        assert_int_equal(change(settings), KEELSON_INVALID);
        if (!strstr(test_host_error(), cases[i].said))
            fail_msg("%s: %s", cases[i].name, test_host_error());
    }
    assert_int_equal(ask(), KEELSON_OK); /* with the configuration before */
    assert_int_equal(test_server_requests(servers[1]), before + 1);
}

static atomic_bool over;
static atomic_uint failed, made;

static void *keep_asking(void *argument)
{
    while (!atomic_load(&over)) {
        if (ask() != KEELSON_OK)
            atomic_fetch_add(&failed, 1);
        atomic_fetch_add(&made, 1);
    }
    return NULL;
}

static void test_while_calls_go_on(void **state)
{
    static struct test_setting settings[2][8];
    pthread_t threads[CALLERS];
    for (int i = 0; i < 2; i++)
        set(settings[i], i);
    for (int i = 0; i < CALLERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, keep_asking, NULL), 0);
    for (unsigned i = 0; i < CHANGES; i++) {
        unsigned until = atomic_load(&made) + 2;
        assert_int_equal(change(settings[i % 2]), KEELSON_OK);
        while (atomic_load(&made) < until)
            sched_yield();
    }
    atomic_store(&over, true);
    for (int i = 0; i < CALLERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&failed), 0);
    assert_true(test_server_requests(servers[0]) > 1 && test_server_requests(servers[1]) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_taken_over),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_while_calls_go_on),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
