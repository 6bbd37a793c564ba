/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugins "cri" and "cni" with a real containerd and runc: cri_scenario_test BUILD_DIR SOURCE_DIR. The
 * tests are steps of one story: they run in order and use what the one before made. Exits with 77 where
 * containerd cannot run.
 */
#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>
#include <keelson/network.h>
#include <keelson/runtime.h>

#include "plugins/cri/test-containerd.h"
#include "plugins/cri/test-events.h"
#include "plugins/cri/test-look.h"
#include "tests/lib/plugin-host.h"

#define SANDBOX_IMAGE "registry.keelson.test/pause:1"
#define GUEST_IMAGE   "docker.io/library/guest:1"

static struct test_containerd containerd;
static char build_dir[256], source_dir[256], cgroup[48];
static void *runtime_instance, *network_instance;
static const struct keelson_plugin *runtime_plugin, *network_plugin;
static const struct keelson_runtime_v1 *runtime;
static const struct keelson_images_v1 *images;
static const struct keelson_network_v1 *network;

/* What the story knows so far. */
static char sandbox_id[80], container_id[80], log_directory[96], pod_ip[64];

static void check(enum keelson_status status)
{
    if (status != KEELSON_OK)
        fail_msg("status %d: %s", (int)status, test_host_error());
}

/* ---- configurations ---- */
static const struct keelson_port_mapping host_port = {
    .protocol = KEELSON_TCP, .container_port = 8080, .host_port = 18080};
static const struct keelson_pair labels[] = {{"io.kubernetes.pod.name", "p"}, {"app", "guest"}};
static const struct keelson_pair annotations[] = {{"note", "a \"b\""}};
static const char *const dns[] = {"192.0.2.53"};

static const struct keelson_security security = {
    .size = sizeof(security), .pid = KEELSON_NS_CONTAINER, .run_as_user = -1, .run_as_group = -1};
static const struct keelson_resources container_resources = {.size = sizeof(container_resources),
                                                             .cpu_shares = 128,
                                                             .memory_limit_bytes = 64 << 20,
                                                             .oom_score_adj = 1000};

static struct keelson_sandbox_config sandbox_config(void)
{
    return (struct keelson_sandbox_config){
        .size = sizeof(struct keelson_sandbox_config),
        .attempt = 2,
        .name = "p",
        .namespace_ = "default",
        .uid = "00000000-0000-0000-0000-000000000001",
        .hostname = "p",
        .log_directory = log_directory,
        .dns_servers = dns,
        .dns_servers_count = 1,
        .ports = &host_port,
        .ports_count = 1,
        .port_size = sizeof(host_port),
        .labels = {labels, 2},
        .annotations = {annotations, 1},
        .cgroup_parent = cgroup,
        .runtime_handler = "",
        .security = &security,
    };
}

static struct keelson_container_config container_config(const char *name, const char *const *args,
                                                        uint32_t count)
{
    static const struct keelson_pair env[] = {{"A", "b=c"}};
    return (struct keelson_container_config){
        .size = sizeof(struct keelson_container_config),
        .attempt = 1,
        .name = name,
        .image = GUEST_IMAGE,
        .image_spec = "guest:1",
        .args = args,
        .args_count = count,
        .env = {env, 1},
        .labels = {labels, 2},
        .log_path = strcmp(name, "c") == 0 ? "c/1.log" : "other.log",
        .security = &security,
        .resources = &container_resources,
    };
}

static enum keelson_status create(const char *name, const char *const *args, uint32_t count, char *ret_id,
                                  size_t size)
{
    struct keelson_call call = test_call(60000);
    struct keelson_container_config config = container_config(name, args, count);
    struct keelson_sandbox_config sandbox = sandbox_config();
    struct text id;
    struct keelson_text_sink sink = test_text_sink(&id);
    enum keelson_status status =
        runtime->container_create(runtime_instance, &call, sandbox_id, &config, &sandbox, &sink);
    snprintf(ret_id, size, "%.79s", id.out);
    return status;
}

static struct look status_of(const char *id)
{
    struct look look = {.count = 0};
    struct keelson_call call = test_call(30000);
    snprintf(look.wanted, sizeof(look.wanted), "%s", id);
    const struct keelson_container_sink sink = {
        .size = sizeof(sink), .put = test_look_container, .context = &look};
    check(runtime->container_status(runtime_instance, &call, id, &sink));
    assert_int_equal(look.found, 1);
    return look;
}

static char *read_file(const char *path)
{
    static char text[4096];
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("%s is missing", path);
    text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void expect_hello(const char *host, int port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    char answer[16] = "";
    assert_int_equal(inet_pton(AF_INET, host, &address.sin_addr), 1);
    for (int i = 0; i < 50; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0 &&
            recv(fd, answer, 6, MSG_WAITALL) == 6) {
            close(fd);
            assert_string_equal(answer, "hello\n");
            return;
        }
        close(fd);
        usleep(100000);
    }
    fail_msg("nobody answers at %s:%d", host, port);
}

/* ---- the story ---- */
static void test_down(void **state)
{
    struct keelson_call call = test_call(10000);
    struct keelson_runtime_info info = {.size = sizeof(info)};
    assert_int_equal(runtime->info(runtime_instance, &call, &info), KEELSON_UNAVAILABLE);
    assert_non_null(strstr(test_host_error(), "No such file"));
    test_containerd_start(&containerd);
}

static void test_info(void **state)
{
    static const char *const cidrs[] = {"10.91.7.0/24"}, *const clusters[] = {"10.91.0.0/16"},
                             *const addresses[] = {"192.0.2.1"};
    struct keelson_call call = test_call(60000);
    struct keelson_runtime_info info = {.size = sizeof(info)};
    check(runtime->info(runtime_instance, &call, &info));
    assert_string_equal(info.name, "containerd");
    assert_string_equal(info.api_version, "v1");
    assert_true(info.runtime_ready);
    assert_false(info.network_ready);
    assert_true(info.network_message[0] != '\0');
    struct keelson_network_node node = {
        .size = sizeof(node),
        .node_name = "n",
        .pod_cidrs = cidrs,
        .pod_cidrs_count = 1,
        .cluster_cidrs = clusters,
        .cluster_cidrs_count = 1,
        .addresses = addresses,
        .addresses_count = 1,
    };
    check(network->configure(network_instance, &call, &node));
    struct keelson_network_status status = {.size = sizeof(status)};
    check(network->status(network_instance, &call, &status));
    assert_string_equal(status.message, "");
    for (int i = 0; i < 100 && !info.network_ready; i++) {
        check(runtime->info(runtime_instance, &call, &info));
        usleep(50000);
    }
    assert_true(info.network_ready);
    check(runtime->set_pod_cidr(runtime_instance, &call, "10.91.7.0/24"));
}

static void test_images(void **state)
{
    struct keelson_call call = test_call(60000);
    struct look look = {.wanted = GUEST_IMAGE};
    const struct keelson_image_sink sink = {.size = sizeof(sink), .put = test_look_image, .context = &look};
    char guest[320], pause_program[320], make_image[320];
    snprintf(make_image, sizeof(make_image), "%s/images/make-image", source_dir);
    snprintf(pause_program, sizeof(pause_program), "%s/images/pause/pause", build_dir);
    snprintf(guest, sizeof(guest), "%s/plugins/cri/cri_test_guest", build_dir);
    assert_int_equal(images->status(runtime_instance, &call, GUEST_IMAGE, &sink), KEELSON_NOT_FOUND);
    test_containerd_import(&containerd, make_image, SANDBOX_IMAGE, pause_program, "/pause");
    test_containerd_import(&containerd, make_image, GUEST_IMAGE, guest, "/guest");
    for (int i = 0; i < 100 && images->status(runtime_instance, &call, GUEST_IMAGE, &sink) != KEELSON_OK; i++)
        usleep(50000);
    check(images->status(runtime_instance, &call, "guest:1", &sink));
    assert_true(look.found && look.image_bytes > 100000);
    look.count = look.found = 0;
    check(images->list(runtime_instance, &call, &sink));
    assert_int_equal(look.count, 2);
    assert_int_equal(look.found, 1);
    struct text text;
    struct keelson_text_sink folder = test_text_sink(&text);
    uint64_t bytes = 0, inodes = 0;
    check(images->usage(runtime_instance, &call, &bytes, &inodes, &folder));
    assert_non_null(strstr(text.out, containerd.folder));
}

static void test_sandbox(void **state)
{
    struct keelson_call call = test_call(60000);
    struct keelson_sandbox_config config = sandbox_config();
    struct text id;
    struct keelson_text_sink sink = test_text_sink(&id);
    check(runtime->sandbox_run(runtime_instance, &call, &config, &sink));
    snprintf(sandbox_id, sizeof(sandbox_id), "%.79s", id.out);
    assert_int_equal(strlen(sandbox_id), 64);

    struct look look = {.count = 0};
    const struct keelson_sandbox_sink into = {
        .size = sizeof(into), .put = test_look_sandbox, .context = &look};
    snprintf(look.wanted, sizeof(look.wanted), "%s", sandbox_id);
    check(runtime->sandbox_status(runtime_instance, &call, sandbox_id, &into));
    assert_int_equal(look.sandbox_state, KEELSON_SANDBOX_READY);
    assert_string_equal(look.name, "default/p");
    assert_int_equal(look.attempt, 2);
    assert_string_equal(look.label, "guest");
    assert_string_equal(look.annotation, "a \"b\"");
    assert_true(strncmp(look.ip, "10.91.7.", 8) == 0);
    snprintf(pod_ip, sizeof(pod_ip), "%s", look.ip);
    look.found = look.count = 0;
    check(runtime->sandbox_list(runtime_instance, &call, &into));
    assert_true(look.count == 1 && look.found == 1);
    assert_int_equal(runtime->sandbox_status(runtime_instance, &call, "nosuch", &into), KEELSON_NOT_FOUND);
}

static void test_container(void **state)
{
    static const char *const args[] = {"serve"};
    struct keelson_call call = test_call(60000);
    unsigned from = test_events_so_far();
    check(create("c", args, 1, container_id, sizeof(container_id)));
    struct look look = status_of(container_id);
    assert_int_equal(look.state, KEELSON_CONTAINER_CREATED);
    check(runtime->container_start(runtime_instance, &call, container_id));
    test_events_expect(from, container_id, sandbox_id);
    look = status_of(container_id);
    assert_int_equal(look.state, KEELSON_CONTAINER_RUNNING);
    assert_string_equal(look.name, "c");
    assert_string_equal(look.owner, sandbox_id);
    assert_string_equal(look.image, GUEST_IMAGE);
    assert_true(look.image_id[0] != '\0');
    assert_int_equal(look.attempt, 1);
    assert_true(look.started_at_ns >= look.created_at_ns && look.created_at_ns > 0);
    assert_non_null(strstr(look.log_path, "c/1.log"));
    expect_hello(pod_ip, 8080);
    expect_hello("192.0.2.1", 18080); /* the host port */

    look.found = look.count = 0;
    const struct keelson_container_sink into = {
        .size = sizeof(into), .put = test_look_container, .context = &look};
    check(runtime->container_list(runtime_instance, &call, &into));
    assert_true(look.count == 1 && look.found == 1);
    assert_string_equal(look.label, "guest");
}

static void test_log(void **state)
{
    struct keelson_call call = test_call(60000);
    char path[160], renamed[160];
    snprintf(path, sizeof(path), "%s/c/1.log", log_directory);
    snprintf(renamed, sizeof(renamed), "%s/c/1.log.old", log_directory);
    const char *log = "";
    for (int i = 0; i < 100 && !(strstr(log, " stdout F out\n") && strstr(log, " stderr F err\n")); i++) {
        usleep(20000);
        log = read_file(path);
    }
    assert_non_null(strstr(log, " stdout F out\n"));
    assert_non_null(strstr(log, " stderr F err\n"));
    assert_int_equal(rename(path, renamed), 0);
    check(runtime->container_reopen_log(runtime_instance, &call, container_id));
    assert_int_equal(access(path, F_OK), 0);
}

static void exec_sync(const char *what, const char *word, int64_t timeout_s, enum keelson_status status,
                      int exit_code, const char *out, const char *err)
{
    const char *const command[] = {"/guest", what, word};
    struct keelson_call call = test_call(30000);
    struct text text;
    struct keelson_text_sink sink = test_text_sink(&text);
    int32_t code = -1;
    enum keelson_status got =
        runtime->exec_sync(runtime_instance, &call, container_id, command, 3, timeout_s, &sink, &code);
    if (got != status)
        fail_msg("%s %s: status %d: %s", what, word, (int)got, test_host_error());
    if (status != KEELSON_OK)
        return;
    assert_int_equal(code, exit_code);
    assert_string_equal(text.out, out);
    assert_string_equal(text.err, err);
}

static void test_exec(void **state)
{
    unsigned from = test_events_so_far();
    exec_sync("say", "hello there", 10, KEELSON_OK, 0, "hello there\n", "");
    exec_sync("fail", "oh", 10, KEELSON_OK, 3, "", "oh\n");
    exec_sync("env", "A", 10, KEELSON_OK, 0, "b=c\n", "");
    exec_sync("env", "GREETING", 10, KEELSON_OK, 0, "hi\n", "");
    exec_sync("hang", "", 1, KEELSON_TIMEOUT, 0, "", "");
    assert_int_equal(test_events_so_far(), from); /* the ends of exec'd processes are none of the pod's */

    const char *const command[] = {"/guest", "say", "x"};
    const int32_t ports[] = {8080};
    struct keelson_call call = test_call(30000);
    struct text url;
    struct keelson_text_sink sink = test_text_sink(&url);
    check(runtime->exec(runtime_instance, &call, container_id, command, 3, 1, 1, 1, 1, &sink));
    assert_true(strncmp(url.out, "http://127.0.0.1:", 17) == 0);
    sink = test_text_sink(&url);
    check(runtime->attach(runtime_instance, &call, container_id, 0, 0, 1, 1, &sink));
    assert_non_null(strstr(url.out, "/attach/"));
    sink = test_text_sink(&url);
    check(runtime->port_forward(runtime_instance, &call, sandbox_id, ports, 1, &sink));
    assert_non_null(strstr(url.out, "/portforward/"));
}

static void test_usage_and_update(void **state)
{
    struct keelson_call call = test_call(30000);
    struct look look = {.count = 0};
    const struct keelson_usage_sink sink = {.size = sizeof(sink), .put = test_look_usage, .context = &look};
    const struct keelson_resources resources = {
        .size = sizeof(resources), .cpu_shares = 256, .memory_limit_bytes = 96 << 20};
    snprintf(look.wanted, sizeof(look.wanted), "%s", container_id);
    check(runtime->container_usage(runtime_instance, &call, &sink));
    assert_int_equal(look.found, 1);
    assert_true(look.cpu_ns > 0);
    assert_true(look.memory_bytes > 0);
    check(runtime->container_update(runtime_instance, &call, container_id, &resources));
}

static void test_failures(void **state)
{
    static const char *const args[] = {"say", "x"};
    struct keelson_call call = test_call(30000);
    struct keelson_container_config config = container_config("bad", args, 2);
    struct keelson_sandbox_config sandbox = sandbox_config();
    struct text id;
    struct keelson_text_sink sink = test_text_sink(&id);
    config.image = "docker.io/library/nosuch:1";
    assert_int_equal(runtime->container_create(runtime_instance, &call, sandbox_id, &config, &sandbox, &sink),
                     KEELSON_NOT_FOUND);
    assert_non_null(strstr(test_host_error(), "nosuch"));
    assert_int_equal(runtime->container_start(runtime_instance, &call, "nosuch"), KEELSON_NOT_FOUND);
    assert_int_equal(runtime->container_remove(runtime_instance, &call, "nosuch"), KEELSON_OK);
    assert_int_equal(runtime->sandbox_stop(runtime_instance, &call, "nosuch"), KEELSON_OK);
    assert_int_equal(runtime->sandbox_remove(runtime_instance, &call, "nosuch"), KEELSON_OK);
    struct keelson_call soon = test_call(0);
    struct keelson_runtime_info info = {.size = sizeof(info)};
    assert_int_equal(runtime->info(runtime_instance, &soon, &info), KEELSON_TIMEOUT);
}

/* Containers that end by themselves: the event comes when the end can be seen, however soon one looks. */
static void test_exit_event(void **state)
{
    static const char *const args[] = {"exit", "5"};
    struct keelson_call call = test_call(60000);
    for (int i = 0; i < 5; i++) {
        char id[80], name[32];
        unsigned from = test_events_so_far();
        snprintf(name, sizeof(name), "short-%d", i);
        check(create(name, args, 2, id, sizeof(id)));
        check(runtime->container_start(runtime_instance, &call, id));
        struct look look;
        do {
            test_events_expect(from++, id, sandbox_id);
            look = status_of(id);
        } while (look.state == KEELSON_CONTAINER_RUNNING && from < test_events_so_far());
        if (look.state == KEELSON_CONTAINER_RUNNING) { /* that was the start's: the next is the end's */
            test_events_expect(from, id, sandbox_id);
            look = status_of(id);
        }
        assert_int_equal(look.state, KEELSON_CONTAINER_EXITED);
        assert_int_equal(look.exit_code, 5);
        check(runtime->container_remove(runtime_instance, &call, id));
    }
}

/* containerd is killed and comes back: the container has run on, and events flow again. */
static void test_restart(void **state)
{
    struct keelson_call call = test_call(60000);
    struct keelson_runtime_info info = {.size = sizeof(info)};
    unsigned from = test_events_so_far();
    test_containerd_kill(&containerd);
    assert_int_equal(runtime->info(runtime_instance, &call, &info), KEELSON_UNAVAILABLE);
    expect_hello(pod_ip, 8080);
    test_containerd_start(&containerd);
    while (runtime->info(runtime_instance, &call, &info) ==
           KEELSON_UNAVAILABLE) /* the call's deadline ends it */
        usleep(20000);
    check(runtime->info(runtime_instance, &call, &info));
    test_events_expect(from, "", "");
    struct look look = status_of(container_id);
    assert_int_equal(look.state, KEELSON_CONTAINER_RUNNING);
}

static void test_stop(void **state)
{
    struct keelson_call call = test_call(60000);
    unsigned from = test_events_so_far();
    check(runtime->container_stop(runtime_instance, &call, container_id, 10));
    test_events_expect(from, container_id, sandbox_id);
    struct look look = status_of(container_id);
    assert_int_equal(look.state, KEELSON_CONTAINER_EXITED);
    assert_int_equal(look.exit_code, 7);
    assert_string_equal(look.reason, "Error");
    assert_true(look.finished_at_ns >= look.started_at_ns);
    check(runtime->container_remove(runtime_instance, &call, container_id));
    check(runtime->container_remove(runtime_instance, &call, container_id));

    from = test_events_so_far();
    check(runtime->sandbox_stop(runtime_instance, &call, sandbox_id));
    test_events_expect(from, "", sandbox_id);
    check(runtime->sandbox_stop(runtime_instance, &call, sandbox_id));
    check(runtime->sandbox_remove(runtime_instance, &call, sandbox_id));
    struct look none = {.count = 0};
    const struct keelson_sandbox_sink into = {
        .size = sizeof(into), .put = test_look_sandbox, .context = &none};
    check(runtime->sandbox_list(runtime_instance, &call, &into));
    assert_int_equal(none.count, 0);
    check(images->remove(runtime_instance, &call, GUEST_IMAGE));
    check(images->remove(runtime_instance, &call, GUEST_IMAGE));
    const struct keelson_image_sink image = {.size = sizeof(image), .put = test_look_image, .context = &none};
    assert_int_equal(images->status(runtime_instance, &call, GUEST_IMAGE, &image), KEELSON_NOT_FOUND);
}

static void test_end(void **state)
{
    struct keelson_call call = test_call(30000);
    assert_int_equal(test_events_stop(), KEELSON_CANCELLED);
    check(network->teardown(network_instance, &call));
    assert_int_not_equal(system("ip link show kcri0 >/dev/null 2>&1"), 0);
}

/* ---- start and end ---- */
static void *open_instance(const struct keelson_plugin *plugin, const struct test_setting *settings)
{
    struct keelson_instance instance = {
        .size = sizeof(instance), .name = "test", .config = test_config(settings)};
    struct keelson_call call = test_call(10000);
    void *opened = NULL;
    if (plugin->open(&call, &instance, &opened) != KEELSON_OK) {
        fprintf(stderr, "open: %s\n", test_host_error());
        exit(1);
    }
    return opened;
}

static int setup(void **state)
{
    static char template_path[320], path[320], data_dir[64];
    snprintf(template_path, sizeof(template_path), "%s/etc/containerd.toml", source_dir);
    test_containerd_make(&containerd, template_path, SANDBOX_IMAGE);
    snprintf(cgroup, sizeof(cgroup), "/keelson-cri-test-%d", (int)getpid());
    snprintf(log_directory, sizeof(log_directory), "%s/logs", containerd.folder);
    snprintf(data_dir, sizeof(data_dir), "%s/cni/networks", containerd.folder);
    test_shell("mkdir -p %s/c", log_directory);
    const struct test_setting runtime_settings[] = {{"socket", containerd.socket}, {NULL, NULL}};
    const struct test_setting network_settings[] = {
        {"conf_dir", containerd.conf_dir}, {"bridge", "kcri0"}, {"data_dir", data_dir}, {NULL, NULL}};
    snprintf(path, sizeof(path), "%s/plugins/cri/.libs/cri.so", build_dir);
    runtime_plugin = test_plugin_load(path);
    runtime_instance = open_instance(runtime_plugin, runtime_settings);
    runtime = runtime_plugin->interface(runtime_instance, KEELSON_RUNTIME_1);
    images = runtime_plugin->interface(runtime_instance, KEELSON_IMAGES_1);
    snprintf(path, sizeof(path), "%s/plugins/cni/.libs/cni.so", build_dir);
    network_plugin = test_plugin_load(path);
    network_instance = open_instance(network_plugin, network_settings);
    network = network_plugin->interface(network_instance, KEELSON_NETWORK_1);
    test_events_start(runtime, runtime_instance);
    return 0;
}

static int cleanup(void **state)
{
    runtime_plugin->close(runtime_instance);
    network_plugin->close(network_instance);
    test_containerd_done(&containerd, cgroup);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_down),      cmocka_unit_test(test_info),
        cmocka_unit_test(test_images),    cmocka_unit_test(test_sandbox),
        cmocka_unit_test(test_container), cmocka_unit_test(test_log),
        cmocka_unit_test(test_exec),      cmocka_unit_test(test_usage_and_update),
        cmocka_unit_test(test_failures),  cmocka_unit_test(test_exit_event),
        cmocka_unit_test(test_restart),   cmocka_unit_test(test_stop),
        cmocka_unit_test(test_end),
    };
    if (argc != 3) {
        fputs("usage: cri_scenario_test BUILD_DIR SOURCE_DIR\n", stderr);
        return 64;
    }
    const char *missing = test_containerd_missing();
    if (missing) {
        fprintf(stderr, "%s: skipped\n", missing);
        return 77;
    }
    snprintf(build_dir, sizeof(build_dir), "%s", argv[1]);
    snprintf(source_dir, sizeof(source_dir), "%s", argv[2]);
    return cmocka_run_group_tests(tests, setup, cleanup);
}
