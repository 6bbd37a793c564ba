/* SPDX-License-Identifier: Apache-2.0 */
/* Plugins with `isolate = true`: what they may do to themselves is an error of the call that was in them,
 * they are started again, and the daemon notices nothing else. What they are served with is what others get.
 */
#include <dirent.h>
#include <keelson/cloud.h>
#include <keelson/network.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
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
#include "core/plugin/host.h"
#include "core/plugin/interface.h"
#include "core/plugin/isolate.h"
#include "tests/abi/sanitizer-reports.h"

static char *folder; /* of this program */
static char state_dir[] = "/tmp/isolate-test.XXXXXX";
static atomic_llong forward_ns;
static atomic_uint changes;

static int64_t read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int64_t realtime_ns(void)
{
    return read_clock(CLOCK_REALTIME);
}

static int64_t monotonic_ns(void)
{
    return read_clock(CLOCK_MONOTONIC) + atomic_load(&forward_ns);
}

static void count_change(void *context, struct plugin_instance *instance, const char *what)
{
    atomic_fetch_add(&changes, 1);
}

static int setup(void **state)
{
    *state = plugin_host_new(&(struct plugin_host_config){.daemon = "isolate-test",
                                                          .state_dir = state_dir,
                                                          .allow_unowned_files = true,
                                                          .changed = count_change});
    return 0;
}

static int teardown(void **state)
{
    assert_true(plugin_host_free(*state));
    return 0;
}

static int load_isolated(struct plugin_host *host, const char *file, const char *name, const char *config,
                         struct plugin_instance **ret, struct error *err)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, file);
    return plugin_host_load_isolated(host, name, path, config, KEELSON_KIND_CLOUD, ret, err);
}

static struct plugin_instance *load_file(struct plugin_host *host, const char *file, const char *name,
                                         const char *config)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_instance *instance = NULL;
    if (load_isolated(host, file, name, config, &instance, &err) < 0)
        fail_msg("%s", err.message);
    return instance;
}

/* An instance that bears the name of what it does. */
static struct plugin_instance *load_that(struct plugin_host *host, const char *does)
{
    _cleanup_free_ char *config = xasprintf("does = \"%s\";", does);
    return load_file(host, ".libs/misbehaves.so", does, config);
}

static enum keelson_status call_healthy(void *handle, const struct keelson_call *call, void *argument)
{
    const struct keelson_cloud_v1 *cloud = plugin_instance_interface(argument, KEELSON_CLOUD_1);
    return cloud->healthy(handle, call);
}

static enum keelson_status call_owns(void *handle, const struct keelson_call *call, void *argument)
{
    const struct keelson_cloud_v1 *cloud = plugin_instance_interface(argument, KEELSON_CLOUD_1);
    enum keelson_owns owns;
    return cloud->owns(handle, call, NULL, 0, &owns);
}

static int ask_for(struct plugin_instance *i, plugin_function *function, int64_t timeout_ms,
                   struct error *err)
{
    struct plugin_call_options options = {.operation = "ask", .timeout_ms = timeout_ms};
    return plugin_call_here(i, &options, function, i, err);
}

static int ask(struct plugin_instance *i, plugin_function *function, struct error *err)
{
    return ask_for(i, function, 60000, err);
}

static void assert_says(const struct error *err, enum error_code code, const char *part)
{
    if (err->code != code || !err->message || !strstr(err->message, part))
        fail_msg("no %d \"%s\" in %d \"%s\"", code, part, err->code, err->message ? err->message : "");
}

/* The pause before the next start is the test's to shorten. */
static void await_again(struct plugin_instance *i)
{
    for (int n = 0; n < 6000; n++) {
        if (ask(i, call_owns, NULL) == 0)
            return;
        atomic_fetch_add(&forward_ns, 40 * NS_PER_S);
        usleep(10000);
    }
    fail_msg("%s was not started again", plugin_instance_name(i));
}

static void test_crashes(void **state)
{
    static const struct {
        const char *does, *says;
    } cases[] = {
        {"nothing", NULL},
        {"crashes", "its process ended"},
        {"exits-in-call", "its process ended itself with exit status 0"},
        {"aborts", "its process ended"},
        {"overflows-stack", "its process ended"},
        {"speaks-garbage", "its process speaks nonsense, and was ended"},
        {"closes-everything", "its process"},
    };
    struct plugin_instance *neighbour = load_that(*state, "counts-callers");
    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct plugin_instance *i = load_that(*state, cases[n].does);
        assert_int_equal(ask(i, call_healthy, &err), cases[n].says ? -1 : 0);
        if (cases[n].says)
            assert_says(&err, ERR_UNAVAILABLE, cases[n].says);
        await_again(i);
        assert_int_equal(ask(neighbour, call_healthy, NULL), 0);
    }
}

static void test_crash_in_open(void **state)
{
    static const struct {
        const char *config, *says;
        enum error_code code;
    } cases[] = {
        {"does = \"crashes-in-open\";", "plugin x: open: its process ended", ERR_UNAVAILABLE},
        {"does = \"exits\";", "plugin x: open: its process ended itself with exit status 0", ERR_UNAVAILABLE},
        {"does = \"fails-open\";", "plugin x: open: the key was not accepted", ERR_FORBIDDEN},
        {"does = 5;", "configuration:1: setting \"does\" is not a string", ERR_BAD_REQUEST},
        {"\nregoin = 5;", "configuration:2: unknown setting \"regoin\"", ERR_BAD_REQUEST},
    };
    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct plugin_instance *i = NULL;
        assert_int_equal(load_isolated(*state, ".libs/misbehaves.so", "x", cases[n].config, &i, &err), -1);
        assert_says(&err, cases[n].code, cases[n].says);
        assert_null(i);
    }
    assert_int_equal(plugin_host_count(*state), 0);
}

/* What is wrong with the file is said as it is without isolation. */
static void test_refused_files(void **state)
{
    static const struct {
        const char *file, *says;
    } cases[] = {
        {".libs/trap.so", "built for plugin ABI 2."},
        {".libs/no-note.so", "no keelson note"},
        {".libs/no-table.so", "keelson_plugin_entry returned no table"},
        {".libs/no-open.so", "its table lacks open"},
        {".libs/no-description.so", "its description is missing"},
    };
    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        assert_int_equal(load_isolated(*state, cases[n].file, "x", NULL, NULL, &err), -1);
        assert_says(&err, ERR_BAD_REQUEST, cases[n].says);
    }
}

/* Each interface has both sides, and its functions are as many as the table holds. */
static void test_all_interfaces_cross(void **state)
{
    for (const struct interface *known = interfaces; known->name; known++) {
        const struct isolate_interface *crosses = NULL;
        for (unsigned n = 0; isolate_interfaces[n]; n++)
            if (strcmp(isolate_interfaces[n]->name, known->name) == 0)
                crosses = isolate_interfaces[n];
        if (!crosses)
            fail_msg("%s does not cross", known->name);
        assert_int_equal(crosses->table_bytes,
                         ISOLATE_TABLE_HEAD_BYTES + crosses->functions_count * sizeof(void *));
        char why[128] = "";
        assert_int_equal(interface_check(known->name, crosses->table, why, sizeof(why)), 0);
    }
}

static enum keelson_status call_network_status(void *handle, const struct keelson_call *call, void *argument)
{
    const struct keelson_network_v1 *network = plugin_instance_interface(argument, KEELSON_NETWORK_1);
    struct keelson_network_status status = {.size = sizeof(status)};
    enum keelson_status answer = network->status(handle, call, &status);
    assert_int_equal(status.ready, 0);
    assert_true(strlen(status.message) > 0 && strlen(status.message) < sizeof(status.message));
    return answer;
}

/* No node that is not one changes anything: its pod CIDR is refused, by name. */
static enum keelson_status call_network_configure(void *handle, const struct keelson_call *call,
                                                  void *argument)
{
    static const char *const cidrs[] = {"no-cidr"}, *const addresses[] = {"192.0.2.1", "2001:db8::1"};
    static const struct keelson_network_peer peers[] = {{.node_name = "b",
                                                         .addresses = addresses,
                                                         .addresses_count = 2,
                                                         .pod_cidrs = cidrs,
                                                         .pod_cidrs_count = 1}};
    const struct keelson_network_v1 *network = plugin_instance_interface(argument, KEELSON_NETWORK_1);
    const struct keelson_network_node node = {.size = sizeof(node),
                                              .node_name = "a",
                                              .pod_cidrs = cidrs,
                                              .pod_cidrs_count = 1,
                                              .addresses = addresses,
                                              .addresses_count = 2,
                                              .peers = peers,
                                              .peers_count = 1,
                                              .peer_size = sizeof(peers[0])};
    return network->configure(handle, call, &node);
}

static void test_network(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_free_ char *path = xasprintf("%s/../../plugins/cni/.libs/cni.so", folder);
    struct plugin_instance *i = NULL;
    if (plugin_host_load_isolated(*state, "net", path, NULL, KEELSON_KIND_NETWORK, &i, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(ask(i, call_network_status, NULL), 0);
    assert_int_equal(ask(i, call_network_configure, &err), -1);
    assert_says(&err, ERR_BAD_REQUEST, "no-cidr");
}

static void test_entries(void **state)
{
    static const struct {
        const char *members, *says; /* NULL: fine */
    } cases[] = {
        {"isolate = true;", NULL},
        {"isolate = false;", NULL},
        {"isolate = \"yes\";", ":1: isolate is not true or false"},
        {"isolat = true;", ":1: unknown setting \"isolat\" of a plugin"},
    };
    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        _cleanup_free_ char *path = xasprintf("%s/entry.conf", state_dir);
        _cleanup_free_ char *text =
            xasprintf("plugins = ( { name = \"n%zu\"; file = \"%s/.libs/misbehaves.so\"; %s } );\n", n,
                      folder, cases[n].members);
        assert_int_equal(file_write(path, slice_of(text), NULL), 0);
        assert_int_equal(plugin_host_load_config(*state, path, KEELSON_KIND_CLOUD, NULL, &err),
                         cases[n].says ? -1 : 0);
        if (cases[n].says)
            assert_says(&err, ERR_BAD_REQUEST, cases[n].says);
    }
}

/* Deaf to deadline and cancellation: its process goes, its caller does not wait. */
static void test_hangs(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_instance *i = load_that(*state, "hangs");
    assert_int_equal(ask_for(i, call_healthy, 50, &err), -1);
    assert_says(&err, ERR_TIMEOUT, "a call did not come back in time, and its process was ended");
}

static void test_hangs_in_close(void **state)
{
    load_that(*state, "hangs-in-close");
    assert_true(plugin_host_free(*state));
    setup(state);
}

static void test_messages(void **state)
{
    static const struct {
        const char *does, *wanted;
        enum error_code code;
    } cases[] = {
        {"says-a-megabyte", "plugin says-a-megabyte: ask: xxx", ERR_INTERNAL},
        {"says-garbage", "plugin says-garbage: ask: a?b\xc3\xa4 c [2J??", ERR_INTERNAL},
        {"says-nothing", "plugin says-nothing: ask failed with status 1 and gave no reason", ERR_INTERNAL},
        {"says-unknown-code", "ask failed with status 4242 and gave no reason", ERR_INTERNAL},
        {"asks-for-weeks", "come back next month", ERR_TOO_MANY_REQUESTS},
    };
    for (size_t n = 0; n < ARRAY_SIZE(cases); n++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        assert_int_equal(ask(load_that(*state, cases[n].does), call_healthy, &err), -1);
        assert_says(&err, cases[n].code, cases[n].wanted);
        assert_true(strlen(err.message) < 2100);
        if (err.code == ERR_TOO_MANY_REQUESTS)
            assert_int_equal(err.retry_after_s, 3600);
    }
}

static bool metrics_have(struct plugin_host *host, const char *text)
{
    struct buffer all = BUFFER_INIT;
    plugin_host_metrics(host, &all);
    buffer_append_char(&all, '\0');
    bool found = strstr(all.data, text) != NULL;
    buffer_done(&all);
    return found;
}

/* They come on another way than the call's answer, and so a moment later. */
static void await_metric(struct plugin_host *host, const char *text)
{
    for (int n = 0; n < 6000; n++) {
        if (metrics_have(host, text))
            return;
        usleep(10000);
    }
    fail_msg("no %s", text);
}

static void test_late_callbacks(void **state)
{
    struct plugin_instance *i = load_that(*state, "calls-back-late");
    atomic_store(&changes, 0);
    assert_int_equal(ask(i, call_healthy, NULL), 0);
    await_metric(
        *state,
        "keelson_plugin_late_total{plugin=\"misbehaves\",instance=\"calls-back-late\",label=\"\"} 1\n");
    for (int n = 0; n < 6000 && atomic_load(&changes) == 0; n++)
        usleep(10000);
    assert_in_range(atomic_load(&changes), 1, 1000);
}

/* ---- Services and arguments: the plugin of the first release ---- */

static const char settings[] =
    "greeting = \"good day\"; answer = 42; ratio = 0.5; eager = true; zones = ( \"a\", \"b\" );";
static const char node_text[] = "{\"metadata\":{\"labels\":{\"zone\":\"eu-1\"}},"
                                "\"spec\":{\"providerID\":\"frozen://1\",\"unschedulable\":true},"
                                "\"status\":{\"daemonEndpoints\":{\"kubeletEndpoint\":{\"Port\":10250}}}}";

struct node_call {
    struct plugin_instance *instance;
    const struct keelson_object *nodes[1000];
    uint32_t count, reports, wanted_most;
    enum keelson_owns owns[1000];
    char zone[16], address[32], labels[64];
};

static int put(const struct keelson_instance_sink *sink, const struct keelson_instance_report *r)
{
    struct node_call *c = sink->context;
    assert_true(r->size == sizeof(*r) && r->address_size == sizeof(struct keelson_node_address));
    assert_true(r->node < c->count && r->addresses_count == 2 && r->labels.count == 1);
    snprintf(c->zone, sizeof(c->zone), "%s", r->zone);
    snprintf(c->address, sizeof(c->address), "%s", r->addresses[1].address);
    snprintf(c->labels, sizeof(c->labels), "%s", r->labels.items[0].value);
    return ++c->reports >= c->wanted_most;
}

static enum keelson_status ask_nodes(void *handle, const struct keelson_call *call, void *arguments)
{
    struct node_call *c = arguments;
    const struct keelson_cloud_v1 *cloud = plugin_instance_interface(c->instance, KEELSON_CLOUD_1);
    const struct keelson_cloud_instances_v1 *instances =
        plugin_instance_interface(c->instance, KEELSON_CLOUD_INSTANCES_1);
    const struct keelson_instance_sink sink = {.size = sizeof(sink), .put = put, .context = c};
    enum keelson_status status = cloud->owns(handle, call, c->nodes, c->count, c->owns);
    return status == KEELSON_OK
               ? instances->describe(handle, call, c->nodes, c->count, KEELSON_WANT_METADATA, &sink)
               : status;
}

static void test_serves_nodes(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct arena arena = ARENA_INIT;
    struct json *document = NULL;
    struct node_call *c = new0(struct node_call);
    c->instance = load_file(*state, ".libs/services-1.0.so", "old", settings);
    assert_string_equal(
        ((const struct keelson_cloud_v1 *)plugin_instance_interface(c->instance, KEELSON_CLOUD_1))
            ->scheme(plugin_instance_handle(c->instance)),
        "frozen");
    assert_null(plugin_instance_interface(c->instance, KEELSON_CLOUD_ROUTES_1));
    assert_null(plugin_instance_interface(c->instance, "keelson.no-such-thing/1"));
    assert_int_equal(json_parse(&arena, slice_of(node_text), &document, &err), 0);
    struct keelson_object *node = plugin_object_new(document);
    for (c->count = 0; c->count < ARRAY_SIZE(c->nodes);)
        c->nodes[c->count++] = node;
    c->wanted_most = UINT32_MAX;
    struct plugin_call_options options = {.operation = "node"};
    if (plugin_call_here(c->instance, &options, ask_nodes, c, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(c->owns[0], KEELSON_OWNS_YES);
    assert_string_equal(c->zone, "eu-1");
    assert_string_equal(c->address, "frozen.example");
    assert_string_equal(c->labels, "{\"zone\":\"eu-1\"}");
    plugin_object_free(node);
    arena_done(&arena);
    free(c);
}

static char told[64];

static void take_event(void *arguments, bool warning, const char *reason, const char *message)
{
    snprintf(told, sizeof(told), "%d %s %s", warning, reason, message);
}

static void test_host_services(void **state)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_instance *i = load_file(*state, ".libs/services-1.0.so", "old", settings);
    struct plugin_call_options options = {.operation = "healthy", .event = take_event};
    assert_int_equal(plugin_call(i, &options, call_healthy, i, NULL, &err), -1);
    assert_string_equal(told, "1 FrozenStiff it is cold");
    assert_int_equal(err.code, ERR_UNAVAILABLE);
    assert_string_equal(err.message, "plugin old: healthy: good day from b");
    assert_int_equal(err.retry_after_s, 2);
    await_metric(*state, "label=\"b\"} 42\n");
    await_metric(*state, "label=\"\"} 0.5\n");
}

/* ---- Many ---- */

static void *ask_often(void *instance)
{
    uintptr_t failures = 0;
    for (int n = 0; n < 50; n++)
        failures += ask(instance, call_owns, NULL) != 0;
    return (void *)failures;
}

static void test_parallel_calls(void **state)
{
    struct plugin_instance *i = load_that(*state, "nothing");
    pthread_t threads[8];
    for (size_t n = 0; n < ARRAY_SIZE(threads); n++)
        assert_int_equal(pthread_create(&threads[n], NULL, ask_often, i), 0);
    for (size_t n = 0; n < ARRAY_SIZE(threads); n++) {
        void *failures;
        pthread_join(threads[n], &failures);
        assert_null(failures);
    }
}

/* Races in the child are not missed: TSan's report of one is found. */
static void test_reports_of_child(void **state)
{
#ifdef __SANITIZE_THREAD__
    assert_int_equal(ask(load_that(*state, "races"), call_healthy, NULL), 0);
    assert_true(sanitizer_reports_take() > 0);
#else
    skip();
#endif
}

static unsigned count_entries(const char *path)
{
    unsigned count = 0;
    DIR *folder_ = opendir(path);
    while (folder_ && readdir(folder_))
        count++;
    if (folder_)
        closedir(folder_);
    return count;
}

static pid_t a_child(void)
{
    DIR *tasks = opendir("/proc/self/task");
    long long found = 0;
    for (const struct dirent *t; !found && tasks && (t = readdir(tasks));) {
        _cleanup_free_ char *path = xasprintf("/proc/self/task/%s/children", t->d_name);
        FILE *file = fopen(path, "re");
        if (file && fscanf(file, "%lld", &found) != 1)
            found = 0;
        if (file)
            fclose(file);
    }
    if (tasks)
        closedir(tasks);
    return (pid_t)found;
}

/* What it was left with: standard ones, the control socket and a channel each call that ran at once, and its
 * own events. */
static void test_inherits_nothing(void **state)
{
    int leaked = dup(0); /* without CLOEXEC */
    struct plugin_instance *i = load_that(*state, "nothing");
    assert_int_equal(ask(i, call_owns, NULL), 0);
    pid_t child = a_child();
    if (child == 0)
        skip(); /* a kernel without lists of children */
    _cleanup_free_ char *path = xasprintf("/proc/%d/fd/%d", child, leaked);
    char target[PATH_MAX];
    ssize_t size = readlink(path, target, sizeof(target) - 1);
    target[MAX(size, (ssize_t)0)] = '\0';
    assert_true(size < 0 || strncmp(target, "socket:", 7) == 0 || strstr(target, "eventfd"));
    close(leaked);
}

static void test_many_restarts(void **state)
{
    const char *wish = getenv("KEELSON_TEST_RESTARTS");
    struct plugin_instance *i = load_that(*state, "crashes");
    await_again(i);
    unsigned before = count_entries("/proc/self/fd"), wanted = wish ? (unsigned)strtoul(wish, NULL, 10) : 30;
    for (unsigned n = 0; n < wanted; n++) {
        assert_int_equal(ask(i, call_healthy, NULL), -1);
        await_again(i);
    }
    assert_int_equal(count_entries("/proc/self/fd"), before);
}

/* Killed while others call: each of them gets an answer or the reason, and nobody waits for ever. */
static void test_killed_while_called(void **state)
{
    struct plugin_instance *i = load_that(*state, "nothing");
    for (int round = 0; round < 5; round++) {
        pthread_t threads[4];
        pid_t child = a_child();
        if (child == 0)
            skip();
        for (size_t n = 0; n < ARRAY_SIZE(threads); n++)
            assert_int_equal(pthread_create(&threads[n], NULL, ask_often, i), 0);
        kill(child, SIGKILL);
        for (size_t n = 0; n < ARRAY_SIZE(threads); n++)
            pthread_join(threads[n], NULL);
        await_again(i);
    }
}

static int start(void **state)
{
    static const struct clock_source source = {realtime_ns, monotonic_ns};
    char self[PATH_MAX] = "";
    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    folder = xstrdup(dirname(self));
    clock_set_source(&source);
    _cleanup_free_ char *program = xasprintf("%s/../../keelson-plugin-host", folder);
    setenv("KEELSON_PLUGIN_HOST", program, 1);
    assert_non_null(mkdtemp(state_dir));
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
        CASE(test_crashes),
        CASE(test_crash_in_open),
        CASE(test_refused_files),
        CASE(test_all_interfaces_cross),
        CASE(test_network),
        CASE(test_entries),
        CASE(test_hangs),
        CASE(test_hangs_in_close),
        CASE(test_messages),
        CASE(test_late_callbacks),
        CASE(test_serves_nodes),
        CASE(test_host_services),
        CASE(test_parallel_calls),
        CASE(test_inherits_nothing),
        CASE(test_reports_of_child),
        CASE(test_many_restarts),
        CASE(test_killed_while_called),
    };
    sanitizer_reports_begin();
    int failed = cmocka_run_group_tests(tests, start, end);
    return failed + sanitizer_reports_end();
}
