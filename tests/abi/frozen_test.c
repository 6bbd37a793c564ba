/* SPDX-License-Identifier: Apache-2.0 */
/* Old plugins keep working: the layout of each ABI version has not moved, and the plugins that were built
 * against its frozen headers load and are served in full. */
#include <keelson/cloud.h>
#include <keelson/store.h>
#include <semaphore.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/api/json.h"
#include "core/base/arena.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/plugin/host.h"
#include "tests/abi/layout.h"
#include "tests/abi/sanitizer-reports.h"

#define PLUGIN    "tests/abi/.libs/services-1.0.so"
#define STORE     "tests/abi/.libs/store-1.0.so"
#define STORE_1_1 "tests/abi/.libs/store-1.1.so"
#define BALANCERS "tests/abi/.libs/balancers-1.1.so"

static const char settings[] =
    "greeting = \"good day\"; answer = 42; ratio = 0.5; eager = true; zones = ( \"a\", \"b\" );";
static const char node_text[] = "{\"metadata\":{\"labels\":{\"zone\":\"eu-1\"}},"
                                "\"spec\":{\"providerID\":\"frozen://1\",\"unschedulable\":true},"
                                "\"status\":{\"daemonEndpoints\":{\"kubeletEndpoint\":{\"Port\":10250}}}}";

static const char service_text[] = "{\"status\":{\"loadBalancer\":{\"ingress\":[{\"ip\":\"10.0.0.9\"}]}}}";

/* A struct that tells its size may grow; one that does not stands in arrays, and may not. */
static void check_struct(const struct layout_row *old, const struct layout_row *now)
{
    const char *member = strrchr(old[1].name, '.');
    bool sized = old[1].what == LAYOUT_MEMBER && member && strcmp(member, ".size") == 0 && old[1].size == 4;
    if (sized ? now->size < old->size : now->size != old->size)
        fail_msg("struct %s had %zu bytes and has %zu", old->name, old->size, now->size);
}

static void check_layout(const struct layout_row *then, const struct layout_row *today)
{
    size_t n = 0;
    for (; then[n].what != LAYOUT_END; n++) {
        const struct layout_row *old = &then[n], *now = &today[n];
        assert_string_equal(old->name, now->name);
        if (old->what == LAYOUT_STRUCT)
            check_struct(old, now);
        else if (old->offset != now->offset || old->size != now->size)
            fail_msg("%s: was at %zu with %zu, is at %zu with %zu", old->name, old->offset, old->size,
                     now->offset, now->size);
    }
    assert_true(n > 400);
}

static void test_layout(void **state)
{
    check_layout(layout_1_0, today_1_0);
    check_layout(layout_1_1, today_1_1);
}

struct fixture {
    char folder[32];
    struct plugin_host *host;
    struct plugin_instance *instance;
    struct arena arena;
    struct keelson_object *node;
};

static void setup(struct fixture *f)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    *f = (struct fixture){.folder = "/tmp/frozen_test.XXXXXX"};
    assert_non_null(mkdtemp(f->folder));
    f->host = plugin_host_new(
        &(struct plugin_host_config){.daemon = "test", .state_dir = f->folder, .allow_unowned_files = true});
    if (plugin_host_load(f->host, "old", PLUGIN, settings, KEELSON_KIND_CLOUD, &f->instance, &err) < 0)
        fail_msg("%s", err.message);
    struct json *document = NULL;
    assert_int_equal(json_parse(&f->arena, slice_of(node_text), &document, &err), 0);
    f->node = plugin_object_new(document);
}

static void teardown(struct fixture *f)
{
    plugin_object_free(f->node);
    arena_done(&f->arena);
    plugin_host_free(f->host);
    directory_remove(f->folder, NULL);
}

struct cloud_call {
    struct plugin_instance *instance;
    const struct keelson_object *node;
    enum keelson_owns owns;
    enum keelson_instance_state state;
    char zone[16], address[16], labels[64];
};

static int put(const struct keelson_instance_sink *sink, const struct keelson_instance_report *r)
{
    struct cloud_call *c = sink->context;
    assert_true(KEELSON_HAS(r, labels) &&
                KEELSON_SPANS(r->address_size, struct keelson_node_address, address));
    assert_true(r->node == 0 && r->addresses_count == 2 && r->labels.count == 1);
    c->state = r->state;
    snprintf(c->zone, sizeof(c->zone), "%s", r->zone);
    snprintf(c->address, sizeof(c->address), "%s", KEELSON_AT(r->addresses, r->address_size, 1)->address);
    snprintf(c->labels, sizeof(c->labels), "%s", r->labels.items[0].value);
    return 0;
}

static enum keelson_status ask_node(void *handle, const struct keelson_call *call, void *arguments)
{
    struct cloud_call *c = arguments;
    const struct keelson_cloud_v1 *cloud = plugin_instance_interface(c->instance, KEELSON_CLOUD_1);
    const struct keelson_cloud_instances_v1 *instances =
        plugin_instance_interface(c->instance, KEELSON_CLOUD_INSTANCES_1);
    const struct keelson_object *nodes[] = {c->node};
    const struct keelson_instance_sink sink = {.size = sizeof(sink), .put = put, .context = c};
    enum keelson_status status = cloud->owns(handle, call, nodes, 1, &c->owns);
    return status == KEELSON_OK ? instances->describe(handle, call, nodes, 1, KEELSON_WANT_METADATA, &sink)
                                : status;
}

static enum keelson_status ask_health(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct keelson_cloud_v1 *cloud = plugin_instance_interface(arguments, KEELSON_CLOUD_1);
    return cloud->healthy(handle, call);
}

static void test_serves_nodes(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct fixture f;
    setup(&f);
    struct cloud_call c = {.instance = f.instance, .node = f.node};
    struct plugin_call_options options = {.operation = "node"};
    if (plugin_call(f.instance, &options, ask_node, &c, NULL, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(c.owns, KEELSON_OWNS_YES);
    assert_int_equal(c.state, KEELSON_INSTANCE_RUNNING);
    assert_string_equal(c.zone, "eu-1");
    assert_string_equal(c.address, "frozen.example");
    assert_string_equal(c.labels, "{\"zone\":\"eu-1\"}");
    teardown(&f);
}

static char told[64];

static void take_event(void *arguments, bool warning, const char *reason, const char *message)
{
    snprintf(told, sizeof(told), "%d %s %s", warning, reason, message);
}

static void test_host_services(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct buffer metrics = BUFFER_INIT;
    struct fixture f;
    setup(&f);
    struct plugin_call_options options = {.operation = "healthy", .event = take_event};
    told[0] = '\0';
    assert_int_equal(plugin_call(f.instance, &options, ask_health, f.instance, NULL, &err), -1);
    assert_string_equal(told, "1 FrozenStiff it is cold");
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_string_equal(err.message, "plugin old: healthy: good day from b");
    assert_int_equal(err.retry_after_s, 2);
    plugin_host_metrics(f.host, &metrics);
    buffer_append_char(&metrics, '\0');
    assert_non_null(strstr(metrics.data, "keelson_plugin_frozen_asked_total{"));
    assert_non_null(strstr(metrics.data, "label=\"b\"} 42\n"));
    assert_non_null(strstr(metrics.data, "label=\"\"} 0.5\n"));
    buffer_done(&metrics);
    teardown(&f);
}

static void test_settings_refused(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"nonsense = 1;", "plugin x: open: configuration:1: unknown setting \"nonsense\""},
        {"\ngreeting = 7;", "plugin x: open: configuration:2: setting \"greeting\" is not a string"},
        {"greeting = \"a\"; answer = 1; ratio = 2; eager = true; zones = ();",
         "plugin x: open: configuration:1: zones is empty"},
        {"greeting = \"a\";", "plugin x: open: a setting is missing"},
    };
    struct fixture f;
    setup(&f);
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        assert_int_equal(plugin_host_load(f.host, "x", PLUGIN, cases[i].text, KEELSON_KIND_CLOUD, NULL, &err),
                         -1);
        assert_string_equal(err.message, cases[i].message);
    }
    assert_int_equal(plugin_host_count(f.host), 1);
    teardown(&f);
}

static int take_kv(const struct keelson_kv_sink *sink, const struct keelson_kv *kv)
{
    snprintf(sink->context, 16, "%.*s", (int)kv->value.size, kv->value.data);
    return 0;
}

/* Writes a key and reads it back, with what 1.0 had. */
static enum keelson_status use_store(void *handle, const struct keelson_call *call, void *instance)
{
    const struct keelson_store_v1 *store = plugin_instance_interface(instance, KEELSON_STORE_1);
    const struct keelson_op op = {.type = KEELSON_OP_PUT, .key = {"/k", 2}, .value = {"old", 3}};
    const struct keelson_txn txn = {.size = sizeof(txn), .ops = &op, .ops_count = 1, .op_size = sizeof(op)};
    struct keelson_txn_result result = {.size = sizeof(result)};
    char value[16] = "";
    const struct keelson_kv_sink sink = {.size = sizeof(sink), .put = take_kv, .context = value};
    const struct keelson_range range = {.size = sizeof(range), .from = {"/k", 2}};
    struct keelson_range_result seen = {.size = sizeof(seen)};
    assert_false(KEELSON_HAS(store, txn_begin) && store->txn_begin);
    assert_int_equal(store->txn(handle, call, &txn, &result), KEELSON_OK);
    assert_int_equal(result.revision, 2);
    assert_int_equal(store->range(handle, call, &range, &sink, &seen), KEELSON_OK);
    assert_int_equal(seen.count, 1);
    assert_string_equal(value, "old");
    return KEELSON_OK;
}

/* The file as two instances: in this process, and in one of its own. */
static void load_both(struct fixture *f, const char *file, enum keelson_kind kind,
                      struct plugin_instance *ret[2])
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    setenv("KEELSON_PLUGIN_HOST", "./keelson-plugin-host", 1);
    if (plugin_host_load(f->host, "plain", file, NULL, kind, &ret[0], &err) < 0 ||
        plugin_host_load_isolated(f->host, "isolated", file, NULL, kind, &ret[1], &err) < 0)
        fail_msg("%s", err.message);
}

static void use_both(const char *file, enum keelson_kind kind, plugin_function *use)
{
    struct plugin_call_options options = {.operation = "use"};
    struct plugin_instance *both[2];
    struct fixture f;
    setup(&f);
    load_both(&f, file, kind, both);
    for (size_t i = 0; i < ARRAY_SIZE(both); i++)
        assert_int_equal(plugin_call_here(both[i], &options, use, both[i], NULL), 0);
    teardown(&f);
}

/* What came with 1.1 is not offered for it, in a process of its own neither. */
static void test_store_without_begin(void **state)
{
    use_both(STORE, KEELSON_KIND_STORE, use_store);
}

struct ending {
    struct keelson_txn_sink sink;
    enum keelson_status status;
    int64_t revision;
    char message[32];
    sem_t told;
};

static void take_end(const struct keelson_txn_sink *sink, enum keelson_status status,
                     const struct keelson_txn_result *result, const char *message)
{
    struct ending *e = sink->context;
    e->status = status;
    e->revision = result ? result->revision : -1;
    snprintf(e->message, sizeof(e->message), "%s", message ? message : "");
    sem_post(&e->told);
}

static void begin(const struct keelson_store_v1 *store, void *handle, const struct keelson_call *call,
                  const char *value, struct ending *ret)
{
    const struct keelson_op op = {.type = KEELSON_OP_PUT, .key = {"/k", 2}, .value = {value, strlen(value)}};
    const struct keelson_txn txn = {.size = sizeof(txn), .ops = &op, .ops_count = 1, .op_size = sizeof(op)};
    *ret = (struct ending){.sink = {.size = sizeof(ret->sink), .done = take_end, .context = ret}};
    sem_init(&ret->told, 0, 0);
    assert_int_equal(store->txn_begin(handle, call, &txn, &ret->sink), KEELSON_OK);
    sem_wait(&ret->told);
    sem_destroy(&ret->told);
}

static enum keelson_status use_begin(void *handle, const struct keelson_call *call, void *instance)
{
    const struct keelson_store_v1 *store = plugin_instance_interface(instance, KEELSON_STORE_1);
    struct ending e;
    assert_true(KEELSON_HAS(store, txn_begin) && store->txn_begin);
    begin(store, handle, call, "new", &e);
    assert_int_equal(e.status, KEELSON_OK);
    assert_int_equal(e.revision, 11);
    begin(store, handle, call, "no", &e);
    assert_int_equal(e.status, KEELSON_EXHAUSTED);
    assert_string_equal(e.message, "no room for no");
    return KEELSON_OK;
}

static void test_store_begins(void **state)
{
    use_both(STORE_1_1, KEELSON_KIND_STORE, use_begin);
}

static int take_ingress(const struct keelson_load_balancer_sink *sink,
                        const struct keelson_load_balancer *found)
{
    const struct keelson_ingress *first = KEELSON_AT(found->ingress, found->ingress_size, 0);
    snprintf(sink->context, 32, "%s %s", first->ip, first->ip_mode);
    return 0;
}

static enum keelson_status use_balancers(void *handle, const struct keelson_call *call, void *instance)
{
    const struct keelson_cloud_loadbalancers_v1 *balancers =
        plugin_instance_interface(instance, KEELSON_CLOUD_LOADBALANCERS_1);
    struct arena arena = {0};
    struct json *document = NULL;
    char seen[32] = "";
    const struct keelson_load_balancer_sink sink = {
        .size = sizeof(sink), .put = take_ingress, .context = seen};
    assert_int_equal(balancers->flags,
                     KEELSON_LOADBALANCERS_REACH_ALL_NODES | KEELSON_LOADBALANCERS_RECORD_IS_STATUS);
    assert_int_equal(json_parse(&arena, slice_of(service_text), &document, NULL), 0);
    struct keelson_object *service = plugin_object_new(document);
    assert_int_equal(balancers->get(handle, call, service, &sink), KEELSON_OK);
    assert_string_equal(seen, "10.0.0.9 VIP");
    plugin_object_free(service);
    arena_done(&arena);
    return KEELSON_OK;
}

static void test_balancers_remember(void **state)
{
    use_both(BALANCERS, KEELSON_KIND_CLOUD, use_balancers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layout),
        cmocka_unit_test(test_serves_nodes),
        cmocka_unit_test(test_host_services),
        cmocka_unit_test(test_settings_refused),
        cmocka_unit_test(test_store_without_begin),
        cmocka_unit_test(test_store_begins),
        cmocka_unit_test(test_balancers_remember),
    };
    sanitizer_reports_begin();
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return failed + sanitizer_reports_end();
}
