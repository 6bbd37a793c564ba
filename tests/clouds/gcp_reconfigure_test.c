/* SPDX-License-Identifier: Apache-2.0 */
/* The plugin's configuration is replaced again and again while calls go on, in the real host: each call sees
 * one configuration from its beginning to its end. Meant for TSan and ASan. Google is nowhere. */
#include <keelson/cloud.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/api/json.h"
#include "core/base/memory.h"
#include "core/plugin/instance.h"
#include "core/plugin/test-host.h"

#define CALLERS 4
#define CHANGES 60

static const char *const texts[] = {
    "project = \"p1\"; region = \"r1\"; zones = [\"r1-a\"]; endpoint = \"https://127.0.0.1:9\"; token_file = "
    "\"/dev/null\";",
    "project = \"p1\"; region = \"r1\"; zones = [\"r1-a\"]; endpoint = \"https://127.0.0.1:9\"; token_file = "
    "\"/absent\"; requests_per_second = 20; node_tags = [\"a\", \"b\"];",
};
static const char node_text[] =
    "{\"metadata\":{\"name\":\"n\"},\"spec\":{\"providerID\":\"gce://p1/r1-a/n\"}}";
static atomic_bool end;
static atomic_uint calls, wrong;

/* Whose a node is is known without Google; the rest needs a token, which neither file holds. */
static enum keelson_status ask(void *handle, const struct keelson_call *call, void *arguments)
{
    struct plugin_instance *instance = arguments;
    const struct keelson_cloud_v1 *cloud = plugin_instance_interface(instance, KEELSON_CLOUD_1);
    struct arena arena = {0};
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct json *node = NULL;
    enum keelson_owns owns = KEELSON_OWNS_UNKNOWN;
    if (json_parse(&arena, (struct slice){node_text, sizeof(node_text) - 1}, &node, &err) != 0)
        abort();
    struct keelson_object *object = plugin_object_new(node);
    const struct keelson_object *const nodes[] = {object};
    if (cloud->owns(handle, call, nodes, 1, &owns) != KEELSON_OK || owns != KEELSON_OWNS_YES ||
        cloud->healthy(handle, call) != KEELSON_DENIED)
        atomic_fetch_add(&wrong, 1);
    atomic_fetch_add(&calls, 1);
    plugin_object_free(object);
    arena_done(&arena);
    return KEELSON_OK;
}

static void *call_on(void *argument)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    while (!atomic_load(&end))
        if (test_call(argument, ask, argument, &err) != 0)
            atomic_fetch_add(&wrong, 1);
    return NULL;
}

/* Of the build that this program is of. */
static char *plugin_file(void)
{
    _cleanup_free_ char *beside = test_plugin_file("x"); /* BUILD/tests/clouds/.libs/x.so */
    char *folder = strstr(beside, "/tests/clouds/");
    assert_non_null(folder);
    return xasprintf("%.*s/plugins/cloud-gcp/.libs/cloud-gcp.so", (int)(folder - beside), beside);
}

static void test_changes_under_calls(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_free_ char *file = plugin_file();
    struct plugin_instance *instance = NULL;
    pthread_t threads[CALLERS];
    if (plugin_host_load(*state, "gcp", file, texts[0], KEELSON_KIND_CLOUD, &instance, &err) < 0)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < CALLERS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, call_on, instance), 0);
    for (unsigned i = 1; i <= CHANGES; i++) {
        if (plugin_reconfigure(instance, texts[i % 2], 1, &err) < 0)
            fail_msg("%s", err.message);
        assert_int_equal(plugin_reconfigure(instance, "project = \"p2\";", 1, &err), -1);
        assert_non_null(strstr(err.message, "project"));
        error_done(&err);
        err = (struct error)ERROR_INIT;
    }
    while (atomic_load(&calls) < CALLERS)
        sched_yield();
    atomic_store(&end, true);
    for (size_t i = 0; i < CALLERS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(atomic_load(&wrong), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_changes_under_calls, test_setup, test_teardown)};
    return cmocka_run_group_tests(tests, test_group_start, test_group_end);
}
