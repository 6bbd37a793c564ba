/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Isolation changes nothing: the same calls are made of a runtime and of a storage plugin in this process and
 * in one of its own, with something in every member, and what the plugin saw and what came back is compared,
 * word by word. Those of clouds and stores have their tests elsewhere (isolate_test, the store contract).
 */
#include <keelson/runtime.h>
#include <keelson/storage.h>
#include <libgen.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/plugin/host.h"
#include "tests/abi/echo.h"
#include "tests/abi/sanitizer-reports.h"

static char folder[PATH_MAX]; /* of this program */
static char state_dir[] = "/tmp/echo-test.XXXXXX";

struct run {
    const void *table;
    FILE *out; /* what came back */
};
typedef enum keelson_status one_call(void *handle, const struct keelson_call *call, void *run);
struct named_call {
    const char *name;
    one_call *function;
};

/* ---- Arguments, with something in every member ---- */

static const char *const two[] = {"one", "two words"};
static const struct keelson_pair pairs[] = {{"a", "1"}, {"b", ""}, {"c.d/e", "\xc3\xa4"}};
static const struct keelson_pairs topologies[] = {{pairs, 1, 0}, {pairs, 3, 0}};

static const struct keelson_volume volume = {.size = sizeof(volume),
                                             .access_mode = KEELSON_ACCESS_MULTI_NODE_MULTI_WRITER,
                                             .driver = "echo.example",
                                             .id = "v-1",
                                             .fs_type = "ext4",
                                             .block = 1,
                                             .read_only = 1,
                                             .mount_options = two,
                                             .mount_options_count = 2,
                                             .context = {pairs, 1},
                                             .publish_context = {pairs, 2},
                                             .secrets = {pairs, 3},
                                             .fs_group = 2000};
static const struct keelson_volume bare = {.size = sizeof(bare), .driver = "d", .id = "v", .fs_group = -1};
static const struct keelson_provision provision = {.size = sizeof(provision),
                                                   .name = "p",
                                                   .capability = &volume,
                                                   .required_bytes = 1,
                                                   .limit_bytes = 2,
                                                   .parameters = {pairs, 2},
                                                   .source_snapshot_id = "s",
                                                   .source_volume_id = NULL,
                                                   .requisite = topologies,
                                                   .requisite_count = 2,
                                                   .preferred = topologies,
                                                   .preferred_count = 1};
static const struct keelson_snapshot_request request = {.size = sizeof(request),
                                                        .driver = "d",
                                                        .name = "n",
                                                        .source_volume_id = "v",
                                                        .parameters = {pairs, 1},
                                                        .secrets = {pairs, 2}};

static const struct keelson_resources resources = {.size = sizeof(resources),
                                                   .oom_score_adj = -998,
                                                   .cpu_period_us = 1,
                                                   .cpu_quota_us = -1,
                                                   .cpu_shares = 2,
                                                   .memory_limit_bytes = INT64_C(1) << 40,
                                                   .memory_swap_limit_bytes = 3,
                                                   .pids_limit = 4,
                                                   .cpuset_cpus = "0-3",
                                                   .unified = {pairs, 1},
                                                   .hugepages = {pairs, 2}};
static const int64_t groups[] = {1, INT64_C(4294967296)};
static const struct keelson_id_mapping mappings[] = {{1, 2, 3, 0}, {4, 5, 6, 1}};
static const struct keelson_security security = {.size = sizeof(security),
                                                 .privileged = 1,
                                                 .read_only_rootfs = 1,
                                                 .no_new_privileges = 1,
                                                 .network = KEELSON_NS_NODE,
                                                 .pid = KEELSON_NS_TARGET,
                                                 .ipc = KEELSON_NS_CONTAINER,
                                                 .user = KEELSON_NS_POD,
                                                 .pid_target_id = "target",
                                                 .run_as_user = -1,
                                                 .run_as_group = 5,
                                                 .run_as_username = "me",
                                                 .supplemental_groups = groups,
                                                 .supplemental_groups_count = 2,
                                                 .user_mappings = mappings,
                                                 .user_mappings_count = 2,
                                                 .user_mapping_size = sizeof(mappings[0]),
                                                 .capabilities_add = two,
                                                 .capabilities_add_count = 1,
                                                 .capabilities_drop = two,
                                                 .capabilities_drop_count = 2,
                                                 .seccomp = KEELSON_PROFILE_LOCALHOST,
                                                 .apparmor = KEELSON_PROFILE_UNCONFINED,
                                                 .seccomp_path = "/s",
                                                 .apparmor_name = "a",
                                                 .selinux_user = "u",
                                                 .selinux_role = "r",
                                                 .selinux_type = "t",
                                                 .selinux_level = "l",
                                                 .masked_paths = two, /* none, which is not NULL */
                                                 .readonly_paths = NULL};
static const struct keelson_port_mapping ports[] = {
    {.protocol = KEELSON_UDP, .container_port = 53, .host_port = 5353, .host_ip = "::1"},
    {.protocol = KEELSON_SCTP, .container_port = 1}};
static const struct keelson_sandbox_config sandbox = {.size = sizeof(sandbox),
                                                      .attempt = 1,
                                                      .name = "n",
                                                      .namespace_ = "ns",
                                                      .uid = "u",
                                                      .hostname = "h",
                                                      .log_directory = "/l",
                                                      .dns_servers = two,
                                                      .dns_servers_count = 1,
                                                      .dns_searches = two,
                                                      .dns_searches_count = 2,
                                                      .ports = ports,
                                                      .ports_count = 2,
                                                      .port_size = sizeof(ports[0]),
                                                      .labels = {pairs, 1},
                                                      .annotations = {pairs, 2},
                                                      .sysctls = {pairs, 3},
                                                      .cgroup_parent = "/c",
                                                      .runtime_handler = "",
                                                      .security = &security,
                                                      .overhead = &resources};
static const struct keelson_mount mounts[] = {{"/c", "/h", 1, 1, 1, KEELSON_PROPAGATE_BIDIRECTIONAL},
                                              {"/d", "/i", 0, 0, 0, KEELSON_PROPAGATE_PRIVATE}};
static const struct keelson_device devices[] = {{"/dev/a", "/dev/b", "rwm"}};
static const struct keelson_container_config container = {.size = sizeof(container),
                                                          .attempt = 2,
                                                          .name = "c",
                                                          .image = "i",
                                                          .image_spec = "i:1",
                                                          .command = NULL,
                                                          .args = two,
                                                          .args_count = 2,
                                                          .working_dir = "/w",
                                                          .env = {pairs, 3},
                                                          .labels = {pairs, 2},
                                                          .annotations = {pairs, 1},
                                                          .mounts = mounts,
                                                          .mounts_count = 2,
                                                          .mount_size = sizeof(mounts[0]),
                                                          .devices = devices,
                                                          .devices_count = 1,
                                                          .device_size = sizeof(devices[0]),
                                                          .log_path = "c.log",
                                                          .stdin_ = 1,
                                                          .stdin_once = 1,
                                                          .tty = 1,
                                                          .stop_signal = "SIGUSR1",
                                                          .security = &security,
                                                          .resources = &resources};
static const struct keelson_image_auth auth = {.size = sizeof(auth),
                                               .username = "u",
                                               .password = "p",
                                               .auth = "a",
                                               .server_address = NULL,
                                               .identity_token = "i",
                                               .registry_token = "r"};

/* ---- Storage ---- */

static int take_driver(const struct keelson_storage_driver_sink *sink,
                       const struct keelson_storage_driver *driver)
{
    FILE *f = sink->context;
    ECHO_NUMBER(f, driver, ready);
    ECHO_NUMBER(f, driver, capabilities);
    ECHO_TEXT(f, driver, name);
    ECHO_TEXT(f, driver, version);
    ECHO_TEXT(f, driver, node_id);
    ECHO_NUMBER(f, driver, volumes_max);
    ECHO_PAIRS(f, driver, topology);
    return 0;
}

static int take_volume(const struct keelson_volume_sink *sink, const struct keelson_volume_made *made)
{
    FILE *f = sink->context;
    ECHO_TEXT(f, made, id);
    ECHO_NUMBER(f, made, capacity_bytes);
    ECHO_PAIRS(f, made, context);
    for (uint32_t i = 0; i < made->topologies_count; i++)
        echo_pairs(f, "topology", &made->topologies[i]);
    return 0;
}

static int take_snapshot(const struct keelson_snapshot_sink *sink, const struct keelson_snapshot *snapshot)
{
    FILE *f = sink->context;
    ECHO_NUMBER(f, snapshot, ready);
    ECHO_TEXT(f, snapshot, id);
    ECHO_TEXT(f, snapshot, source_volume_id);
    ECHO_NUMBER(f, snapshot, created_at_ns);
    ECHO_NUMBER(f, snapshot, size_bytes);
    return 0;
}

#define CALL(name_) static enum keelson_status name_(void *h, const struct keelson_call *c, void *run)
#define NODE        ((const struct keelson_storage_node_v1 *)((struct run *)run)->table)
#define CONTROLLER  ((const struct keelson_storage_controller_v1 *)((struct run *)run)->table)
#define RUNTIME     ((const struct keelson_runtime_v1 *)((struct run *)run)->table)
#define IMAGES      ((const struct keelson_images_v1 *)((struct run *)run)->table)
#define OUT         (((struct run *)run)->out)

CALL(node_drivers)
{
    const struct keelson_storage_driver_sink sink = {
        .size = sizeof(sink), .put = take_driver, .context = OUT};
    return NODE->drivers(h, c, &sink);
}

CALL(node_stage)
{
    return NODE->stage(h, c, &volume, "/staging");
}

CALL(node_unstage)
{
    return NODE->unstage(h, c, &bare, "/staging");
}

CALL(node_publish)
{
    return NODE->publish(h, c, &bare, NULL, "/target");
}

CALL(node_unpublish)
{
    return NODE->unpublish(h, c, &volume, "/target");
}

CALL(node_expand)
{
    int64_t capacity = 0;
    enum keelson_status status = NODE->expand(h, c, &volume, "/p", INT64_C(1) << 50, &capacity);
    echo_number(OUT, "capacity", capacity);
    return status;
}

CALL(node_stats)
{
    struct keelson_volume_stats stats = {.size = sizeof(stats)};
    enum keelson_status status = NODE->stats(h, c, &volume, "/p", &stats);
    ECHO_NUMBER(OUT, &stats, abnormal);
    ECHO_NUMBER(OUT, &stats, bytes);
    ECHO_NUMBER(OUT, &stats, bytes_used);
    ECHO_NUMBER(OUT, &stats, bytes_available);
    ECHO_NUMBER(OUT, &stats, inodes);
    ECHO_NUMBER(OUT, &stats, inodes_used);
    ECHO_NUMBER(OUT, &stats, inodes_available);
    ECHO_TEXT(OUT, &stats, message);
    return status;
}

static const struct named_call node_calls[] = {{"drivers", node_drivers},     {"stage", node_stage},
                                               {"unstage", node_unstage},     {"publish", node_publish},
                                               {"unpublish", node_unpublish}, {"expand", node_expand},
                                               {"stats", node_stats},         {NULL, NULL}};

CALL(controller_drivers)
{
    const struct keelson_storage_driver_sink sink = {
        .size = sizeof(sink), .put = take_driver, .context = OUT};
    return CONTROLLER->drivers(h, c, &sink);
}

CALL(controller_create)
{
    const struct keelson_volume_sink sink = {.size = sizeof(sink), .put = take_volume, .context = OUT};
    return CONTROLLER->create(h, c, &provision, &sink);
}

CALL(controller_remove)
{
    return CONTROLLER->remove(h, c, &bare);
}

CALL(controller_attach)
{
    const struct keelson_volume_sink sink = {.size = sizeof(sink), .put = take_volume, .context = OUT};
    return CONTROLLER->attach(h, c, &volume, "node", &sink);
}

CALL(controller_detach)
{
    return CONTROLLER->detach(h, c, &volume, "node");
}

CALL(controller_expand)
{
    int64_t capacity = 0;
    int node_expansion = 0;
    enum keelson_status status = CONTROLLER->expand(h, c, &volume, 5, 6, &capacity, &node_expansion);
    fprintf(OUT, " %lld %d", (long long)capacity, node_expansion);
    return status;
}

CALL(controller_snapshot)
{
    const struct keelson_snapshot_sink sink = {.size = sizeof(sink), .put = take_snapshot, .context = OUT};
    return CONTROLLER->snapshot(h, c, &request, &sink);
}

CALL(controller_snapshot_get)
{
    fprintf(OUT, " %s", CONTROLLER->snapshot_get ? "there" : "lacking");
    return KEELSON_OK;
}

CALL(controller_snapshot_remove)
{
    return CONTROLLER->snapshot_remove(h, c, &request, "s-1");
}

CALL(controller_capacity)
{
    int64_t with = 0, without = 0;
    enum keelson_status status = CONTROLLER->capacity(h, c, &provision, &topologies[1], &with);
    status = status == KEELSON_OK ? CONTROLLER->capacity(h, c, &provision, NULL, &without) : status;
    fprintf(OUT, " %lld %lld", (long long)with, (long long)without);
    return status;
}

static const struct named_call controller_calls[] = {{"drivers", controller_drivers},
                                                     {"create", controller_create},
                                                     {"remove", controller_remove},
                                                     {"attach", controller_attach},
                                                     {"detach", controller_detach},
                                                     {"expand", controller_expand},
                                                     {"snapshot", controller_snapshot},
                                                     {"snapshot_get", controller_snapshot_get},
                                                     {"snapshot_remove", controller_snapshot_remove},
                                                     {"capacity", controller_capacity},
                                                     {NULL, NULL}};

/* ---- Runtimes ---- */

static int take_text(const struct keelson_text_sink *sink, int fd, const char *data, size_t size_bytes)
{
    FILE *f = sink->context;
    fprintf(f, " %d:%zu:", fd, size_bytes);
    for (size_t n = 0; n < size_bytes; n++)
        fprintf(f, "%02x", (unsigned char)data[n]);
    return 0;
}

static int take_sandbox(const struct keelson_sandbox_sink *sink, const struct keelson_sandbox *s)
{
    FILE *f = sink->context;
    ECHO_NUMBER(f, s, state);
    ECHO_TEXT(f, s, id);
    ECHO_TEXT(f, s, name);
    ECHO_TEXT(f, s, namespace_);
    ECHO_TEXT(f, s, uid);
    ECHO_TEXT(f, s, runtime_handler);
    ECHO_NUMBER(f, s, attempt);
    ECHO_TEXTS(f, s, ips);
    ECHO_NUMBER(f, s, created_at_ns);
    ECHO_PAIRS(f, s, labels);
    ECHO_PAIRS(f, s, annotations);
    return 0;
}

static int take_container(const struct keelson_container_sink *sink, const struct keelson_container *s)
{
    FILE *f = sink->context;
    ECHO_NUMBER(f, s, state);
    ECHO_TEXT(f, s, id);
    ECHO_TEXT(f, s, sandbox_id);
    ECHO_TEXT(f, s, name);
    ECHO_TEXT(f, s, image);
    ECHO_TEXT(f, s, image_id);
    ECHO_NUMBER(f, s, attempt);
    ECHO_NUMBER(f, s, exit_code);
    ECHO_NUMBER(f, s, created_at_ns);
    ECHO_NUMBER(f, s, started_at_ns);
    ECHO_NUMBER(f, s, finished_at_ns);
    ECHO_TEXT(f, s, reason);
    ECHO_TEXT(f, s, message);
    ECHO_TEXT(f, s, log_path);
    ECHO_PAIRS(f, s, labels);
    ECHO_PAIRS(f, s, annotations);
    return 0;
}

static int take_usage(const struct keelson_usage_sink *sink, const struct keelson_usage *u)
{
    FILE *f = sink->context;
    ECHO_TEXT(f, u, container_id);
    ECHO_NUMBER(f, u, timestamp_ns);
    ECHO_NUMBER(f, u, cpu_nanoseconds);
    ECHO_NUMBER(f, u, memory_working_set_bytes);
    ECHO_NUMBER(f, u, memory_usage_bytes);
    ECHO_NUMBER(f, u, memory_rss_bytes);
    ECHO_NUMBER(f, u, memory_page_faults);
    ECHO_NUMBER(f, u, memory_major_page_faults);
    ECHO_NUMBER(f, u, writable_layer_bytes);
    ECHO_NUMBER(f, u, writable_layer_inodes);
    return 0;
}

static int take_image(const struct keelson_image_sink *sink, const struct keelson_image *i)
{
    FILE *f = sink->context;
    ECHO_NUMBER(f, i, pinned);
    ECHO_TEXT(f, i, id);
    ECHO_TEXTS(f, i, tags);
    ECHO_TEXTS(f, i, digests);
    ECHO_NUMBER(f, i, size_bytes);
    ECHO_NUMBER(f, i, user_id);
    ECHO_TEXT(f, i, username);
    return 0;
}

struct event_count {
    FILE *out;
    unsigned count;
};

/* The third is the last that is wanted. */
static int take_event(const struct keelson_runtime_event_sink *sink,
                      const struct keelson_runtime_event *event)
{
    struct event_count *count = sink->context;
    ECHO_TEXT(count->out, event, container_id);
    ECHO_TEXT(count->out, event, sandbox_id);
    return ++count->count >= 3;
}

#define TEXT_SINK                                                                                            \
    {                                                                                                        \
        .size = sizeof(struct keelson_text_sink), .put = take_text, .context = OUT                           \
    }

CALL(runtime_info)
{
    struct keelson_runtime_info info = {.size = sizeof(info)};
    enum keelson_status status = RUNTIME->info(h, c, &info);
    ECHO_NUMBER(OUT, &info, runtime_ready);
    ECHO_NUMBER(OUT, &info, network_ready);
    ECHO_TEXT(OUT, &info, name);
    ECHO_TEXT(OUT, &info, version);
    ECHO_TEXT(OUT, &info, api_version);
    ECHO_TEXT(OUT, &info, runtime_message);
    ECHO_TEXT(OUT, &info, network_message);
    return status;
}

CALL(sandbox_run)
{
    const struct keelson_text_sink id = TEXT_SINK;
    return RUNTIME->sandbox_run(h, c, &sandbox, &id);
}

CALL(sandbox_stop)
{
    return RUNTIME->sandbox_stop(h, c, "s");
}

CALL(sandbox_remove)
{
    return RUNTIME->sandbox_remove(h, c, "s");
}

CALL(sandbox_status)
{
    const struct keelson_sandbox_sink sink = {.size = sizeof(sink), .put = take_sandbox, .context = OUT};
    return RUNTIME->sandbox_status(h, c, "s", &sink);
}

CALL(sandbox_list)
{
    const struct keelson_sandbox_sink sink = {.size = sizeof(sink), .put = take_sandbox, .context = OUT};
    return RUNTIME->sandbox_list(h, c, &sink);
}

CALL(container_create)
{
    const struct keelson_text_sink id = TEXT_SINK;
    return RUNTIME->container_create(h, c, "s", &container, &sandbox, &id);
}

CALL(container_start)
{
    return RUNTIME->container_start(h, c, "c");
}

CALL(container_stop)
{
    return RUNTIME->container_stop(h, c, "c", 30);
}

CALL(container_remove)
{
    return RUNTIME->container_remove(h, c, "c");
}

CALL(container_status)
{
    const struct keelson_container_sink sink = {.size = sizeof(sink), .put = take_container, .context = OUT};
    return RUNTIME->container_status(h, c, "c", &sink);
}

CALL(container_list)
{
    const struct keelson_container_sink sink = {.size = sizeof(sink), .put = take_container, .context = OUT};
    return RUNTIME->container_list(h, c, &sink);
}

CALL(container_update)
{
    return RUNTIME->container_update(h, c, "c", &resources);
}

CALL(container_reopen_log)
{
    return RUNTIME->container_reopen_log(h, c, "c");
}

CALL(container_usage)
{
    const struct keelson_usage_sink sink = {.size = sizeof(sink), .put = take_usage, .context = OUT};
    return RUNTIME->container_usage(h, c, &sink);
}

CALL(exec_sync)
{
    const struct keelson_text_sink output = TEXT_SINK;
    int32_t exit_code = 0;
    enum keelson_status status = RUNTIME->exec_sync(h, c, "c", two, 2, 9, &output, &exit_code);
    echo_number(OUT, "exit_code", exit_code);
    return status;
}

CALL(exec)
{
    const struct keelson_text_sink url = TEXT_SINK;
    return RUNTIME->exec(h, c, "c", two, 2, 1, 0, 1, 0, &url);
}

CALL(attach)
{
    const struct keelson_text_sink url = TEXT_SINK;
    return RUNTIME->attach(h, c, "c", 0, 1, 0, 1, &url);
}

CALL(port_forward)
{
    static const int32_t numbers[] = {80, 65535};
    const struct keelson_text_sink url = TEXT_SINK;
    return RUNTIME->port_forward(h, c, "s", numbers, 2, &url);
}

CALL(set_pod_cidr)
{
    return RUNTIME->set_pod_cidr(h, c, "10.0.0.0/24,fd00::/64");
}

CALL(events)
{
    struct event_count count = {OUT, 0};
    const struct keelson_runtime_event_sink sink = {
        .size = sizeof(sink), .event = take_event, .context = &count};
    return RUNTIME->events(h, c, &sink);
}

static const struct named_call runtime_calls[] = {{"info", runtime_info},
                                                  {"sandbox_run", sandbox_run},
                                                  {"sandbox_stop", sandbox_stop},
                                                  {"sandbox_remove", sandbox_remove},
                                                  {"sandbox_status", sandbox_status},
                                                  {"sandbox_list", sandbox_list},
                                                  {"container_create", container_create},
                                                  {"container_start", container_start},
                                                  {"container_stop", container_stop},
                                                  {"container_remove", container_remove},
                                                  {"container_status", container_status},
                                                  {"container_list", container_list},
                                                  {"container_update", container_update},
                                                  {"container_reopen_log", container_reopen_log},
                                                  {"container_usage", container_usage},
                                                  {"exec_sync", exec_sync},
                                                  {"exec", exec},
                                                  {"attach", attach},
                                                  {"port_forward", port_forward},
                                                  {"set_pod_cidr", set_pod_cidr},
                                                  {"events", events},
                                                  {NULL, NULL}};

CALL(images_list)
{
    const struct keelson_image_sink sink = {.size = sizeof(sink), .put = take_image, .context = OUT};
    return IMAGES->list(h, c, &sink);
}

CALL(images_status)
{
    const struct keelson_image_sink sink = {.size = sizeof(sink), .put = take_image, .context = OUT};
    return IMAGES->status(h, c, "i", &sink);
}

CALL(images_pull)
{
    const struct keelson_text_sink ref = TEXT_SINK;
    return IMAGES->pull(h, c, "i", &auth, &sandbox, &ref);
}

CALL(images_pull_plainly)
{
    const struct keelson_text_sink ref = TEXT_SINK;
    return IMAGES->pull(h, c, "i", NULL, NULL, &ref);
}

CALL(images_remove)
{
    return IMAGES->remove(h, c, "i");
}

CALL(images_usage)
{
    const struct keelson_text_sink path = TEXT_SINK;
    uint64_t bytes = 0, inodes = 0;
    enum keelson_status status = IMAGES->usage(h, c, &bytes, &inodes, &path);
    fprintf(OUT, " %llu %llu", (unsigned long long)bytes, (unsigned long long)inodes);
    return status;
}

static const struct named_call images_calls[] = {{"list", images_list},
                                                 {"status", images_status},
                                                 {"pull", images_pull},
                                                 {"pull", images_pull_plainly},
                                                 {"remove", images_remove},
                                                 {"usage", images_usage},
                                                 {NULL, NULL}};

/* ---- The comparison ---- */

struct side {
    struct plugin_host *host;
    struct plugin_instance *instance;
    char *journal;
    char *text; /* what came back */
    size_t size;
    FILE *out;
};

static void side_open(struct side *s, const char *file, enum keelson_kind kind, bool isolated)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    *s = (struct side){.journal = xasprintf("%s/%s-journal", state_dir, isolated ? "isolated" : "plain")};
    _cleanup_free_ char *path = xasprintf("%s/.libs/%s", folder, file),
                        *settings = xasprintf("journal = \"%s\";", s->journal);
    s->host = plugin_host_new(&(struct plugin_host_config){
        .daemon = "echo-test", .state_dir = state_dir, .allow_unowned_files = true});
    if ((isolated ? plugin_host_load_isolated : plugin_host_load)(s->host, "echo", path, settings, kind,
                                                                  &s->instance, &err) < 0)
        fail_msg("%s", err.message);
    s->out = open_memstream(&s->text, &s->size);
    assert_non_null(s->out);
}

static void side_run(struct side *s, const char *interface, const struct named_call *calls)
{
    struct run run = {plugin_instance_interface(s->instance, interface), s->out};
    assert_non_null(run.table);
    for (const struct named_call *one = calls; one->name; one++) {
        _cleanup_(error_done) struct error err = ERROR_INIT;
        struct plugin_call_options options = {.operation = one->name, .timeout_ms = 120000};
        fputs(one->name, s->out);
        plugin_call_here(s->instance, &options, one->function, &run, &err);
        fprintf(s->out, " → %d %s %u\n", (int)err.code, err.message ? err.message : "", err.retry_after_s);
    }
    fflush(s->out);
}

static void side_close(struct side *s)
{
    assert_true(plugin_host_free(s->host));
    fclose(s->out);
    unlink(s->journal);
    free(s->journal);
    free(s->text);
}

static unsigned lines_of(const char *text)
{
    unsigned lines = 0;
    for (; *text; text++)
        lines += *text == '\n';
    return lines;
}

static void compare(struct side *plain, struct side *isolated, unsigned written)
{
    _cleanup_(buffer_done) struct buffer seen = BUFFER_INIT, seen_isolated = BUFFER_INIT;
    assert_string_equal(plain->text, isolated->text);
    assert_int_equal(file_read(plain->journal, 1 << 20, &seen, NULL), 0);
    assert_int_equal(file_read(isolated->journal, 1 << 20, &seen_isolated, NULL), 0);
    assert_string_equal(seen.data, seen_isolated.data);
    assert_int_equal(lines_of(seen.data), written);
}

static void run_both(const char *file, enum keelson_kind kind, const char *first,
                     const struct named_call *first_calls, const char *second,
                     const struct named_call *second_calls, unsigned written)
{
    struct side plain, isolated;
    side_open(&plain, file, kind, false);
    side_open(&isolated, file, kind, true);
    struct side *sides[] = {&plain, &isolated};
    for (size_t n = 0; n < ARRAY_SIZE(sides); n++) {
        side_run(sides[n], first, first_calls);
        side_run(sides[n], second, second_calls);
    }
    compare(&plain, &isolated, written);
    side_close(&isolated);
    side_close(&plain);
}

/* capacity is called twice, snapshot_get not at all. */
static void test_storage(void **state)
{
    run_both("echo-storage.so", KEELSON_KIND_STORAGE, KEELSON_STORAGE_NODE_1, node_calls,
             KEELSON_STORAGE_CONTROLLER_1, controller_calls,
             ARRAY_SIZE(node_calls) + ARRAY_SIZE(controller_calls) - 2);
}

static void test_runtime(void **state)
{
    run_both("echo-runtime.so", KEELSON_KIND_RUNTIME, KEELSON_RUNTIME_1, runtime_calls, KEELSON_IMAGES_1,
             images_calls, ARRAY_SIZE(runtime_calls) + ARRAY_SIZE(images_calls) - 2);
}

static int start(void **state)
{
    assert_true(readlink("/proc/self/exe", folder, sizeof(folder) - 1) > 0);
    dirname(folder);
    _cleanup_free_ char *program = xasprintf("%s/../../keelson-plugin-host", folder);
    setenv("KEELSON_PLUGIN_HOST", program, 1);
    assert_non_null(mkdtemp(state_dir));
    return 0;
}

static int end(void **state)
{
    return directory_remove(state_dir, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_storage), cmocka_unit_test(test_runtime)};
    sanitizer_reports_begin();
    int failed = cmocka_run_group_tests(tests, start, end);
    return failed + sanitizer_reports_end();
}
