/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Building the kubelet and taking it down: plugins first, then what looks at the node, then the pods. Going
 * down leaves the containers running.
 */
#include "core/kubelet/kubelet.h"

#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <keelson/network.h>

#include "core/api/object.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/kubelet/cgroup.h"
#include "core/kubelet/collect.h"
#include "core/kubelet/eviction.h"
#include "core/kubelet/images.h"
#include "core/kubelet/log-links.h"
#include "core/kubelet/node-facts.h"
#include "core/kubelet/node-network.h"
#include "core/kubelet/node-status.h"
#include "core/kubelet/node.h"
#include "core/kubelet/pods.h"
#include "core/kubelet/probes.h"
#include "core/kubelet/runtime-state.h"
#include "core/kubelet/static-pods.h"

#define POLL_MS   1000  /* when the runtime tells no events */
#define RELIST_MS 60000 /* when it does */
#define KILLERS   256

/* --- chores --- */

static int64_t chore_relist(struct kubelet *k, struct error *err)
{
    bool was_known = runtime_state_is_known(k->state);
    if (runtime_state_relist(k->state, err) < 0 || collect_orphans(k, err) < 0)
        return error_prefix(err, "looking at the runtime");
    if (!was_known)
        pods_wake_all(k->pods);
    return k->events_running ? RELIST_MS : POLL_MS;
}

static int64_t chore_node(struct kubelet *k, struct error *err)
{
    return node_chore_status(k->node, err);
}

static int64_t chore_lease(struct kubelet *k, struct error *err)
{
    return node_chore_lease(k->node, err);
}

static int64_t chore_static(struct kubelet *k, struct error *err)
{
    static_pods_read(k->static_pods);
    return k->config->static_pod_path[0] ? 60000 : 0;
}

static int64_t chore_containers(struct kubelet *k, struct error *err)
{
    int rc = collect_containers(k, err);
    log_links_collect(k);
    malloc_trim(0);
    return rc < 0 ? -1 : 60000;
}

static int64_t chore_images(struct kubelet *k, struct error *err)
{
    return images_collect(k->images, false, err) < 0 ? error_prefix(err, "collecting images") : 300000;
}

static int64_t chore_logs(struct kubelet *k, struct error *err)
{
    return collect_logs(k, err) < 0 ? -1 : 10000;
}

static int64_t chore_pressure(struct kubelet *k, struct error *err)
{
    return evict_under_pressure(k, err) < 0 ? error_prefix(err, "looking after pressure") : 10000;
}

static int64_t chore_limits(struct kubelet *k, struct error *err)
{
    return evict_over_limits(k, err) < 0 ? error_prefix(err, "looking at what pods store") : 10000;
}

static const struct {
    const char *key;
    int64_t (*run)(struct kubelet *k, struct error *err);
    int64_t first_ms;
    bool needs_client;
} chores[] = {{CHORE_RELIST, chore_relist, 0, false},
              {CHORE_NODE, chore_node, 0, false},
              {CHORE_LEASE, chore_lease, 0, true},
              {CHORE_STATIC, chore_static, 0, false},
              {"containers", chore_containers, 60000, false},
              {"images", chore_images, 60000, false},
              {"logs", chore_logs, 10000, false},
              {"pressure", chore_pressure, 10000, false},
              {"limits", chore_limits, 10000, false}};

static int64_t run_chore(void *context, const char *key, struct error *err)
{
    struct kubelet *k = context;
    for (size_t i = 0; i < ARRAY_SIZE(chores); i++)
        if (strcmp(chores[i].key, key) == 0)
            return k->stopping ? 0 : chores[i].run(k, err);
    return 0;
}

/* --- the runtime's events --- */

static void pod_changed(void *context, const char *uid)
{
    struct kubelet *k = context;
    if (k->pods)
        pods_wake(k->pods, uid);
}

static int runtime_event(void *context, const char *container_id, const char *sandbox_id)
{
    struct kubelet *k = context;
    if (!runtime_state_event(k->state, container_id, sandbox_id))
        workqueue_add(k->chores, CHORE_RELIST);
    return k->stopping;
}

static bool wait_or_stop(struct kubelet *k, int ms)
{
    struct pollfd p = {.fd = k->stop_fd, .events = POLLIN};
    return poll(&p, 1, ms) > 0 || k->stopping;
}

static void *follow_events(void *context)
{
    struct kubelet *k = context;
    while (!k->stopping) {
        struct error err = ERROR_INIT;
        k->events_running = true;
        workqueue_add(k->chores, CHORE_RELIST);
        int rc = runtime_events(&k->runtime, k->stop_fd, runtime_event, k, &err);
        k->events_running = false;
        bool unsupported = rc < 0 && err.code == ERR_METHOD_NOT_ALLOWED;
        if (rc < 0 && !k->stopping)
            log_warning("events of the runtime: %s; looking every second meanwhile", err.message);
        workqueue_add(k->chores, CHORE_RELIST);
        error_done(&err);
        if (unsupported || wait_or_stop(k, 1000))
            break;
    }
    return NULL;
}

/* --- plugins --- */

static void plugin_changed(void *context, struct plugin_instance *instance, const char *what)
{
    struct kubelet *k = context;
    if (k->chores)
        workqueue_add(k->chores, CHORE_NODE);
}

static int load_runtime_override(struct kubelet *k, struct error *err)
{
    struct plugin_instance *instance;
    const char *endpoint = k->config->runtime_endpoint;
    for (const char *p = endpoint; *p; p++)
        if (*p == '"' || *p == '\\' || (unsigned char)*p < ' ')
            return error_set(err, ERR_BAD_REQUEST, "--container-runtime-endpoint: \"%s\" is not an address",
                             endpoint);
    char *text = xasprintf("socket = \"%s\";", endpoint);
    int rc = plugin_host_load(k->plugins, "cri", "cri.so", text, KEELSON_KIND_RUNTIME, &instance, err);
    free(text);
    return rc;
}

static int load_plugins(struct kubelet *k, struct error *err)
{
    const struct kubelet_config *c = k->config;
    unsigned count;
    struct plugin_host_config config = {.daemon = "kubelet",
                                        .plugin_dir = c->plugin_dir[0] ? c->plugin_dir : NULL,
                                        .state_dir = c->root_dir,
                                        .allow_unowned_files = c->unowned_plugins,
                                        .changed = plugin_changed,
                                        .context = k};
    bool file = c->plugins_file[0] && file_exists(c->plugins_file);
    k->plugins = plugin_host_new(&config);
    if (c->runtime_endpoint[0] ? load_runtime_override(k, err) < 0
                               : file && plugin_host_load_config(k->plugins, c->plugins_file,
                                                                 KEELSON_KIND_RUNTIME, &count, err) < 0)
        return -1;
    if (!plugin_host_count(k->plugins) && !file)
        return error_set(err, ERR_NOT_FOUND, "%s: no such file; it names the runtime plugin",
                         c->plugins_file);
    if (file && plugin_host_load_config(k->plugins, c->plugins_file, KEELSON_KIND_NETWORK, &count, err) < 0)
        return -1;
    for (unsigned i = 0; i < plugin_host_count(k->plugins); i++) {
        struct plugin_instance *instance = plugin_host_instance(k->plugins, i);
        enum keelson_kind kind = plugin_instance_note(instance)->kind;
        if (kind == KEELSON_KIND_RUNTIME)
            k->runtime.instance = instance;
        else if (kind == KEELSON_KIND_NETWORK && plugin_instance_interface(instance, KEELSON_NETWORK_1))
            k->network = instance;
    }
    if (!k->runtime.instance)
        return error_set(err, ERR_BAD_REQUEST, "%s: names no plugin of kind runtime", c->plugins_file);
    k->runtime.table = plugin_instance_interface(k->runtime.instance, KEELSON_RUNTIME_1);
    k->runtime.images = plugin_instance_interface(k->runtime.instance, KEELSON_IMAGES_1);
    k->runtime.timeout_ms = c->runtime_timeout_ns / NS_PER_MS;
    if (!k->runtime.table || !k->runtime.images)
        return error_set(err, ERR_BAD_REQUEST,
                         "plugin %s does not offer " KEELSON_RUNTIME_1 " and " KEELSON_IMAGES_1,
                         plugin_instance_name(k->runtime.instance));
    return 0;
}

/* A runtime that a flag names has no settings in the file. All kinds are tried; the last message is told. */
int kubelet_reload(void *component, struct error *err)
{
    struct kubelet *k = component;
    const char *file = k->config->plugins_file;
    if (!file[0] || !file_exists(file))
        return 0;
    int runtime = k->config->runtime_endpoint[0]
                      ? 0
                      : plugin_host_reload_config(k->plugins, file, KEELSON_KIND_RUNTIME, err);
    int network = plugin_host_reload_config(k->plugins, file, KEELSON_KIND_NETWORK, err);
    return runtime < 0 || network < 0 ? -1 : 0;
}

/* --- start --- */

static void own_node_changed(void *context, struct cached *old, struct cached *new_,
                             const struct json *document)
{
    struct kubelet *k = context;
    node_changed(k->node, new_);
}

/* Comings and goings at once; what changes of another node is seen at the next look. */
static void peer_event(void *context, struct cached *old, struct cached *new_, const struct json *document)
{
    struct kubelet *k = context;
    if ((!old || !new_) && strcmp(object_name(document), k->config->node_name) != 0)
        workqueue_add_after(k->chores, CHORE_NODE, 1000);
}

static void trim_service(struct json *document)
{
    json_remove(document, "status");
    json_remove(json_get(document, "metadata"), "managedFields");
    json_remove(json_get(document, "metadata"), "annotations");
}

static int connect_api(struct kubelet *k, struct error *err)
{
    struct client_config config = {
        .loop = k->loop, .kubeconfig = k->config->kubeconfig, .user_agent = "kubelet/v1.36.0 keelson"};
    if (!k->config->kubeconfig[0])
        return 0;
    if (client_new(&config, &k->client, err) < 0)
        return -1;
    k->events = event_recorder_new(k->client, "kubelet", k->config->node_name);
    char *field = xasprintf("metadata.name=%s", k->config->node_name);
    struct informer_config nodes = {
        .client = k->client, .resource = RESOURCE("", "v1", "nodes"), .field_selector = field};
    struct informer_config services = {
        .client = k->client, .resource = RESOURCE("", "v1", "services"), .trim = trim_service};
    struct informer_handler handler = {.changed = own_node_changed, .context = k};
    k->nodes = informer_new(&nodes);
    informer_add_handler(k->nodes, &handler);
    k->services = informer_new(&services);
    if (k->network) {
        struct informer_config peers = {
            .client = k->client, .resource = RESOURCE("", "v1", "nodes"), .trim = node_network_trim};
        struct informer_handler peer_handler = {.changed = peer_event, .context = k};
        k->peers = informer_new(&peers);
        informer_add_handler(k->peers, &peer_handler);
    }
    free(field);
    return 0;
}

static void find_addresses(struct kubelet *k)
{
    struct slice rest = slice_of(k->config->node_ip);
    if (!node_ip_is_given(k->config)) {
        k->addresses[0] = node_address(slice_is(rest, "::"));
        return;
    }
    for (unsigned i = 0; rest.data && i < ADDRESSES_MAX; i++) {
        struct slice one = slice_cut(&rest, ',');
        k->addresses[i] = xstrndup(one.data, one.size);
    }
}

static int check_machine(struct kubelet *k, struct error *err)
{
    if (k->config->fail_swap_on && node_swap_is_on())
        return error_set(
            err, ERR_BAD_REQUEST,
            "running with swap on is not supported, please disable swap or set --fail-swap-on flag to false");
    return directory_make(k->config->root_dir, 0750, err) < 0 ||
                   directory_make(k->config->pod_logs_dir, 0755, err) < 0
               ? -1
               : 0;
}

static int make_parts(struct kubelet *k, struct error *err)
{
    const struct kubelet_config *c = k->config;
    struct cgroups_config cgroups = {.root = c->cgroup_root,
                                     .systemd = strcmp(c->cgroup_driver, "systemd") == 0,
                                     .enabled = c->cgroups_per_qos,
                                     .cpu_quota = c->cpu_cfs_quota,
                                     .cpu_period_us = c->cpu_cfs_period_ns / 1000,
                                     .pids_limit = c->pod_pids_limit};
    struct workqueue_config queue = {.name = "chores",
                                     .workers = 4,
                                     .base_delay_ms = 200,
                                     .max_delay_ms = 10000,
                                     .reconcile = run_chore,
                                     .context = k};
    struct workers_config killers = {.name = "killers", .threads_max = KILLERS};
    int64_t cpu_milli, memory_bytes;
    node_allocatable(c, &cpu_milli, &memory_bytes);
    k->cgroups = cgroups_new(&cgroups, err);
    if (!k->cgroups || cgroups_setup_node(k->cgroups, cpu_milli, node_memory_for_pods(c), err) < 0)
        return -1;
    k->chores = workqueue_new(&queue);
    k->killers = workers_new(&killers);
    k->source = k->client ? volume_source_new(k->client) : NULL;
    struct volumes_config volumes = {.root_dir = c->root_dir,
                                     .source = k->source,
                                     .node_cpu_milli = cpu_milli,
                                     .node_memory_bytes = memory_bytes};
    k->volumes = volumes_new(&volumes, err);
    if (!k->volumes)
        return -1;
    k->state = runtime_state_new(&k->runtime, pod_changed, k);
    k->node = node_new(k);
    k->images = images_new(k);
    k->probes = probes_new(k);
    k->pods = pods_new(k);
    k->static_pods = static_pods_new(k);
    return 0;
}

static struct server_pods server_pods;

static int serve(struct kubelet *k, struct error *err)
{
    const struct kubelet_config *c = k->config;
    server_pods = server_pods_table;
    server_pods.context = k->pods;
    struct kubelet_server_config config = {
        .address = c->address,
        .port = (uint16_t)c->port,
        .cert_file = c->tls_cert_file[0] ? c->tls_cert_file : NULL,
        .key_file = c->tls_private_key_file[0] ? c->tls_private_key_file : NULL,
        .client_ca_file = c->client_ca_file[0] ? c->client_ca_file : NULL,
        .cert_dir = c->cert_dir,
        .node_name = c->node_name,
        .node_addresses = (const char *const *)k->addresses,
        .anonymous = c->anonymous,
        .webhook_authentication = c->webhook_authentication && k->client,
        .webhook_authorization = strcmp(c->authorization_mode, "Webhook") == 0 && k->client,
        .client = k->client,
        .runtime = k->runtime.instance,
        .pods = &server_pods,
        .health_port = (uint16_t)c->healthz_port,
        .metrics = kubelet_metrics,
        .context = k};
    return c->enable_server ? kubelet_server_start(&config, &k->server, err) : 0;
}

static void begin(struct kubelet *k)
{
    if (k->nodes)
        informer_start(k->nodes);
    if (k->services)
        informer_start(k->services);
    if (k->peers)
        informer_start(k->peers);
    workqueue_start(k->chores);
    for (size_t i = 0; i < ARRAY_SIZE(chores); i++)
        if (k->client || !chores[i].needs_client)
            workqueue_add_after(k->chores, chores[i].key, chores[i].first_ms);
    thread_start("runtime-events", 0, follow_events, k, &k->events_thread);
    node_event(k->node, "Normal", "Starting", "Starting kubelet.");
    if (k->config->cgroups_per_qos)
        node_event(k->node, "Normal", "NodeAllocatableEnforced",
                   "Updated Node Allocatable limit across pods");
}

int kubelet_start(const void *options, void **ret_component, struct error *err)
{
    struct kubelet *k = new0(struct kubelet);
    mallopt(M_ARENA_MAX,
            1); /* few and short allocations: one heap that is given back is worth more than no waiting */
    k->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int rc = kubelet_config_make(options, &k->config, err);
    if (rc == 0) {
        k->loop = loop_new();
        find_addresses(k);
        rc = check_machine(k, err);
    }
    if (rc == 0)
        rc = loop_start_thread(k->loop, "kubelet-loop");
    if (rc == 0)
        rc = load_plugins(k, err);
    if (rc == 0)
        rc = connect_api(k, err);
    if (rc == 0)
        rc = make_parts(k, err);
    if (rc == 0)
        rc = serve(k, err);
    /* What runs already has to be known before the first pod is looked at (pod_work waits for it). */
    struct error why = ERROR_INIT;
    if (rc == 0 && runtime_state_relist(k->state, &why) < 0)
        log_warning("the runtime does not answer yet: %s", why.message);
    error_done(&why);
    if (rc == 0)
        rc = pods_start(k->pods, err);
    if (rc < 0) {
        kubelet_stop(k);
        return -1;
    }
    begin(k);
    *ret_component = k;
    return 0;
}

/* --- stop --- */

static void stop_work(struct kubelet *k)
{
    k->stopping = true;
    eventfd_write(k->stop_fd, 1);
    if (k->client)
        client_stop(k->client);
    if (k->events_thread)
        pthread_join(k->events_thread, NULL);
    kubelet_server_stop(k->server);
    if (k->chores)
        workqueue_free(k->chores);
    if (k->pods)
        pods_stop(k->pods);
    if (k->probes)
        probes_stop(k->probes);
    if (k->killers)
        workers_free(k->killers);
    if (k->nodes)
        informer_free(k->nodes);
    if (k->services)
        informer_free(k->services);
    if (k->peers)
        informer_free(k->peers);
    if (k->events)
        event_recorder_free(k->events);
}

void kubelet_stop(void *component)
{
    struct kubelet *k = component;
    stop_work(k);
    if (k->volumes)
        volumes_free(k->volumes);
    if (k->source)
        volume_source_free(k->source);
    if (k->client)
        client_free(k->client);
    static_pods_stop(k->static_pods);
    if (k->loop)
        loop_free(k->loop);
    static_pods_free(k->static_pods);
    probes_free(k->probes);
    pods_free(k->pods);
    images_free(k->images);
    node_free(k->node);
    runtime_state_free(k->state);
    cgroups_free(k->cgroups);
    if (k->plugins)
        plugin_host_free(k->plugins);
    for (size_t i = 0; i < ADDRESSES_MAX; i++)
        free(k->addresses[i]);
    kubelet_config_free(k->config);
    close(k->stop_fd);
    free(k);
}

void kubelet_metrics(void *component, struct buffer *out)
{
    struct kubelet *k = component;
    size_t count, running = 0;
    struct pod **all = pods_all(k->pods, &count);
    for (size_t i = 0; i < count; i++)
        running += pod_get_state(k->pods, all[i]) == POD_SYNC;
    pods_all_free(all, count);
    buffer_printf(out, "# TYPE kubelet_running_pods gauge\nkubelet_running_pods %zu\n", running);
    plugin_host_metrics(k->plugins, out);
}
