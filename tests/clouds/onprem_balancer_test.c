/* SPDX-License-Identifier: Apache-2.0 */
/* cloud-onprem's load balancers, through the real host: who gets which address, and what is refused with
 * which words. A Service is written as one line of JSON; what a call answered is put into its status, as the
 * service controller does. */
#include <keelson/cloud.h>
#include <libgen.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/api/json.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/plugin/host.h"

#define POOLS                                                                                                \
    "pools = ( { name = \"lan\"; addresses = [ \"10.0.0.0-10.0.0.2\", \"fd00::10-fd00::11\" ]; skip_ends = " \
    "true; },\n"                                                                                             \
    "{ name = \"dmz\"; addresses = [ \"203.0.113.0/30\" ]; classes = [ \"example.com/dmz\" ]; },\n"          \
    "{ name = \"kept\"; addresses = [ \"10.9.9.9\" ]; automatic = false; } );"

static char *file;
static char state_dir[] = "/tmp/onprem-balancer.XXXXXX";

enum what { GET, ENSURE, REMOVE };
/* One call: what is asked about, and what came. */
struct question {
    enum what what;
    const struct keelson_cloud_loadbalancers_v1 *table;
    struct keelson_object *service;
    char answer[256]; /* "10.0.0.1 fd00::10" */
    char events[512];
};

static int put(const struct keelson_load_balancer_sink *sink, const struct keelson_load_balancer *lb)
{
    struct question *q = sink->context;
    size_t size = 0;
    for (uint32_t i = 0; i < lb->ingress_count; i++) {
        const struct keelson_ingress *one = KEELSON_AT(lb->ingress, lb->ingress_size, i);
        assert_string_equal(one->ip_mode, "VIP");
        assert_null(one->hostname);
        size += (size_t)snprintf(q->answer + size, sizeof(q->answer) - size, "%s%s", i ? " " : "", one->ip);
    }
    return 0;
}

static enum keelson_status run(void *handle, const struct keelson_call *call, void *arguments)
{
    struct question *q = arguments;
    const struct keelson_load_balancer_sink sink = {.size = sizeof(sink), .put = put, .context = q};
    if (q->what == GET)
        return q->table->get(handle, call, q->service, &sink);
    if (q->what == ENSURE)
        return q->table->ensure(handle, call, q->service, NULL, 0, &sink);
    return q->table->remove(handle, call, q->service);
}

static void event(void *arguments, bool warning, const char *reason, const char *message)
{
    struct question *q = arguments;
    snprintf(q->events, sizeof(q->events), "%s %s: %s", warning ? "Warning" : "Normal", reason, message);
}

static int ask(struct plugin_instance *i, enum what what, const char *service, struct question *q,
               struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct json *document = NULL;
    struct plugin_call_options options = {.operation = "test", .event = event};
    *q =
        (struct question){.what = what, .table = plugin_instance_interface(i, KEELSON_CLOUD_LOADBALANCERS_1)};
    assert_non_null(q->table);
    assert_int_equal(q->table->flags, KEELSON_LOADBALANCERS_RECORD_IS_STATUS);
    assert_int_equal(json_parse(&arena, slice_of(service), &document, NULL), 0);
    q->service = plugin_object_new(document);
    int result = plugin_call(i, &options, run, q, NULL, err);
    plugin_object_free(q->service);
    arena_done(&arena);
    return result;
}

/* {…} with more of spec, annotations and status. */
static char *service(const char *name, const char *spec, const char *annotations, const char *ingress)
{
    return xasprintf(
        "{\"metadata\":{\"name\":\"%s\",\"namespace\":\"ns\",\"uid\":\"uid-%s\",\"annotations\":{%s}},"
        "\"spec\":{\"type\":\"LoadBalancer\",\"ports\":[{\"protocol\":\"TCP\",\"port\":80}]%s},"
        "\"status\":{\"loadBalancer\":{\"ingress\":[%s]}}}",
        name, name, annotations, spec, ingress);
}

static void assert_answer(struct plugin_instance *i, enum what what, const char *text, const char *wanted)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct question q;
    if (ask(i, what, text, &q, &err) < 0)
        fail_msg("%s: %s", text, err.message);
    assert_string_equal(q.answer, wanted);
}

static void assert_refused(struct plugin_instance *i, enum what what, const char *text, enum error_code code,
                           const char *wanted)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct question q;
    assert_int_equal(ask(i, what, text, &q, &err), -1);
    if (err.code != code || !strstr(err.message, wanted))
        fail_msg("\"%s\" (%s) is not \"%s\"", err.message, error_reason(err.code), wanted);
}

static struct plugin_instance *load(void **state, const char *config)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_instance *instance = NULL;
    if (plugin_host_load(*state, "onprem", file, config, KEELSON_KIND_CLOUD, &instance, &err) < 0)
        fail_msg("%s", err.message);
    return instance;
}

static int setup(void **state)
{
    *state = plugin_host_new(
        &(struct plugin_host_config){.daemon = "test", .state_dir = state_dir, .allow_unowned_files = true});
    return 0;
}

static int teardown(void **state)
{
    assert_true(plugin_host_free(*state));
    return 0;
}

static void *restarted(void **state, const char *config)
{
    teardown(state);
    setup(state);
    return load(state, config);
}

static void test_who_gets_what(void **state)
{
    static const struct {
        const char *name, *spec, *annotations, *ingress,
            *answer; /* answer NULL: refused with code and message */
        enum error_code code;
        const char *message;
    } cases[] = {
        {"a", "", "", "", "10.0.0.1", 0, NULL},
        {"a", "", "", "", "10.0.0.1", 0, NULL},
        {"dual", ",\"ipFamilies\":[\"IPv6\",\"IPv4\"],\"ipFamilyPolicy\":\"RequireDualStack\"", "", "",
         "fd00::10 10.0.0.2", 0, NULL},
        {"late", "", "", "", NULL, ERR_STORAGE_FULL,
         "no IPv4 address is left in pool \"lan\" (2 of 3 in use)"},
        {"prefers", ",\"ipFamilies\":[\"IPv4\",\"IPv6\"],\"ipFamilyPolicy\":\"PreferDualStack\"", "", "",
         "fd00::11", 0, NULL},
        {"six", ",\"ipFamilies\":[\"IPv6\"]", "", "", NULL, ERR_STORAGE_FULL,
         "no IPv6 address is left in pool \"lan\" (2 of 2 in use)"},
        {"dmz", ",\"loadBalancerClass\":\"example.com/dmz\"", "", "", "203.0.113.0", 0, NULL},
        {"asks", ",\"loadBalancerClass\":\"example.com/dmz\",\"loadBalancerIP\":\"203.0.113.2\"", "", "",
         "203.0.113.2", 0, NULL},
        {"also", ",\"loadBalancerClass\":\"example.com/dmz\",\"loadBalancerIP\":\"203.0.113.2\"", "", "",
         NULL, ERR_CONFLICT, "203.0.113.2 is taken: ns/asks has it"},
        {"foreign", ",\"loadBalancerIP\":\"203.0.113.3\"", "", "", NULL, ERR_BAD_REQUEST,
         "203.0.113.3 is in no pool that this Service may use"},
        {"odd", ",\"loadBalancerIP\":\"203.0.113\"", "", "", NULL, ERR_BAD_REQUEST,
         "spec.loadBalancerIP: \"203.0.113\" is no IP address"},
        {"odd", "", "\"onprem.keelson.io/addresses\":\"10.0.0.1, fd00::11\"", "", NULL, ERR_BAD_REQUEST,
         "annotation onprem.keelson.io/addresses: the Service has no IPv6, as fd00::11 is"},
        {"odd", "", "\"onprem.keelson.io/addresses\":\"10.0.0.1,10.0.0.2\"", "", NULL, ERR_BAD_REQUEST,
         "more than one IPv4 address"},
        {"odd", "", "\"onprem.keelson.io/pool\":\"lna\"", "", NULL, ERR_BAD_REQUEST,
         "there is no pool \"lna\""},
        {"odd", "", "\"onprem.keelson.io/pool\":\"dmz\"", "", NULL, ERR_BAD_REQUEST,
         "pool \"dmz\" is for Services of its classes alone, as example.com/dmz"},
        {"odd", ",\"loadBalancerClass\":\"example.com/dmz\"", "\"onprem.keelson.io/pool\":\"lan\"", "", NULL,
         ERR_BAD_REQUEST, "pool \"lan\" is not for Services of class example.com/dmz"},
        {"odd", ",\"loadBalancerClass\":\"example.com/other\"", "", "", NULL, ERR_STORAGE_FULL,
         "no IPv4 address is left in pool \"lan\""},
        {"named", "", "\"onprem.keelson.io/pool\":\"kept\"", "", "10.9.9.9", 0, NULL},
        {"named", "", "", "{\"ip\":\"10.9.9.9\"}", "10.9.9.9", 0, NULL},
    };
    struct plugin_instance *i = load(state, POOLS);
    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        _cleanup_free_ char *text =
            service(cases[n].name, cases[n].spec, cases[n].annotations, cases[n].ingress);
        if (cases[n].answer)
            assert_answer(i, ENSURE, text, cases[n].answer);
        else
            assert_refused(i, ENSURE, text, cases[n].code, cases[n].message);
    }
    _cleanup_free_ char *a = service("a", "", "", ""), *late = service("late", "", "", "");
    assert_answer(i, REMOVE, a, "");
    assert_answer(i, REMOVE, a, "");
    assert_answer(i, ENSURE, late, "10.0.0.1");
}

/* After a restart the statuses say what was given; what no status says was not given. */
static void test_record_is_status(void **state)
{
    struct plugin_instance *i = load(state, POOLS);
    _cleanup_free_ char *first = service("first", "", "", ""), *lost = service("lost", "", "", ""),
                        *next = service("next", "", "", ""),
                        *had = service("had", "", "", "{\"ip\":\"10.0.0.2\"},{\"hostname\":\"x\"}"),
                        *twin = service("twin", "", "", "{\"ip\":\"10.0.0.2\"}"),
                        *foreign = service("foreign", "", "", "{\"ip\":\"198.51.100.1\"}");
    assert_refused(i, GET, first, ERR_NOT_FOUND, "");
    assert_answer(i, ENSURE, lost, "10.0.0.1");
    i = restarted(state, POOLS);
    assert_answer(i, GET, had, "10.0.0.2");
    assert_refused(i, GET, twin, ERR_NOT_FOUND, "");
    assert_refused(i, GET, foreign, ERR_NOT_FOUND, "");
    assert_answer(i, ENSURE, next, "10.0.0.1");
    assert_answer(i, ENSURE, had, "10.0.0.2");
    assert_answer(i, GET, next, "10.0.0.1");
    assert_answer(i, REMOVE, next, "");
    /* Whose address was another's all along hears of it. */
    struct question q;
    assert_int_equal(ask(i, ENSURE, twin, &q, NULL), 0);
    assert_string_equal(q.answer, "10.0.0.1");
    assert_string_equal(q.events,
                        "Warning LoadBalancerAddressChanged: 10.0.0.2 could not be kept: ns/had has it");
    assert_refused(i, ENSURE, lost, ERR_STORAGE_FULL, "no IPv4 address is left");
}

static void test_unknown_annotation(void **state)
{
    struct plugin_instance *i = load(state, POOLS);
    _cleanup_free_ char *slip =
        service("slip", "", "\"example.com/x\":\"\",\"onprem.keelson.io/adresses\":\"10.0.0.2\"", "");
    struct question q;
    assert_int_equal(ask(i, ENSURE, slip, &q, NULL), 0);
    assert_string_equal(q.answer, "10.0.0.1");
    assert_string_equal(q.events,
                        "Warning UnknownAnnotation: annotation onprem.keelson.io/adresses is ignored: "
                        "onprem.keelson.io/ has addresses, pool and sharing-key");
}

static void test_sharing(void **state)
{
    struct plugin_instance *i = load(state, POOLS);
    const char *key = "\"onprem.keelson.io/sharing-key\":\"k\"";
    _cleanup_free_ char *one = service("one", "", key, ""), *clashes = service("clashes", "", key, ""),
                        *two = service("two", ",\"ports\":[{\"protocol\":\"UDP\",\"port\":80}]", key, ""),
                        *local =
                            service("local", ",\"externalTrafficPolicy\":\"Local\",\"ports\":[{\"port\":81}]",
                                    key, ""),
                        *wants = service(
                            "wants", ",\"loadBalancerIP\":\"10.0.0.1\",\"ports\":[{\"port\":80}]", key, "");
    assert_answer(i, ENSURE, one, "10.0.0.1");
    assert_answer(i, ENSURE, two, "10.0.0.1");
    assert_refused(i, ENSURE, wants, ERR_CONFLICT,
                   "10.0.0.1 is taken: ns/one shares it, and has TCP port 80");
    assert_answer(i, ENSURE, clashes, "10.0.0.2");
    assert_refused(i, ENSURE, local, ERR_STORAGE_FULL, "no IPv4 address is left");
    assert_answer(i, REMOVE, one, "");
    assert_answer(i, ENSURE, wants, "10.0.0.1");
}

static void test_settings(void **state)
{
    static const struct {
        const char *config, *message;
    } cases[] = {
        {"pools = ( { name = \"a\"; } );", "pool \"a\" needs addresses"},
        {"pools = ( { addresses = [ \"10.0.0.1\" ]; } );", "a pool needs name"},
        {"pools = ( { name = \"a\"; addresses = [ \"10.0.0.1/24\" ]; } );",
         "\"10.0.0.1/24\" is no network: the address has bits behind its prefix"},
        {"pools = ( { name = \"a\"; addresses = [ \"224.0.0.0/24\" ]; } );",
         "\"224.0.0.0/24\" has addresses that are no machine's"},
        {"pools = ( { name = \"a\"; adresses = [ ]; } );", "unknown setting \"adresses\""},
        {"pools = ( { name = \"a\"; addresses = [ \"10.0.0.1\" ]; }, { name = \"a\"; addresses = [ "
         "\"10.0.0.2\" ]; } );",
         "two pools are called \"a\""},
        {"pools = ( { name = \"a\"; addresses = [ \"10.0.0.0/30\" ]; }, { name = \"b\"; addresses = [ "
         "\"10.0.0.3\" ]; } );",
         "pools \"a\" and \"b\" have addresses in common"},
        {"pools = ( { name = \"a\"; addresses = [ \"10.0.0.1\" ]; automatic = 1; } );",
         "setting \"automatic\" is not true or false"},
    };
    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct plugin_instance *instance = NULL;
        assert_int_equal(
            plugin_host_load(*state, "x", file, cases[n].config, KEELSON_KIND_CLOUD, &instance, &err), -1);
        if (!strstr(err.message, cases[n].message))
            fail_msg("\"%s\" is not \"%s\"", err.message, cases[n].message);
    }
    struct plugin_instance *i = load(state, "");
    assert_null(plugin_instance_interface(i, KEELSON_CLOUD_LOADBALANCERS_1));
}

static int start(void **state)
{
    char self[4096] = "";
    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    file = xasprintf("%s/../../plugins/cloud-onprem/.libs/cloud-onprem.so", dirname(self));
    assert_non_null(mkdtemp(state_dir));
    return 0;
}

static int end(void **state)
{
    free(file);
    return directory_remove(state_dir, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_who_gets_what, setup, teardown),
        cmocka_unit_test_setup_teardown(test_record_is_status, setup, teardown),
        cmocka_unit_test_setup_teardown(test_unknown_annotation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_sharing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_settings, setup, teardown),
    };
    return cmocka_run_group_tests(tests, start, end);
}
