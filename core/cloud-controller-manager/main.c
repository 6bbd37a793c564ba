/* SPDX-License-Identifier: Apache-2.0 */
/* cloud-controller-manager: flags, the clouds of the configuration, leader election, and the controllers
 * while we lead. */
#include <pthread.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/client/leader.h"
#include "core/cloud-controller-manager/controller-node.h"
#include "core/daemon/daemon.h"

struct options {
    char *kubeconfig, *cloud_config, *cloud_provider, *cluster_name, *bind_address, *plugin_dir, *state_dir;
    char *lease_namespace, *lease_name, *ignored;
    struct flag_list controllers;
    int64_t port, refresh_ns, lease_duration_ns, renew_deadline_ns, retry_period_ns, ignored_number;
    bool leader_elect, allow_unowned_plugins, ignored_bool;
};
struct component {
    const struct options *options;
    struct plugin_host *host;
    struct providers providers;
    struct client *client;
    struct leader *leader;
    pthread_mutex_t lock; /* below; the election's thread makes the controller */
    struct node_controller *nodes;
    bool stopping;
};

#define AT(member) offsetof(struct options, member)
static const struct flag flags[] = {
    {"kubeconfig", FLAG_STRING, AT(kubeconfig), NULL,
     "file that says where the API server is and who we are (default: in-cluster)"},
    {"cloud-config", FLAG_STRING, AT(cloud_config), KEELSON_SYSCONF_DIR "/cloud.conf",
     "the clouds of this cluster: plugins = ( { name; file; config; }, … ) in libconfig's syntax"},
    {"cloud-provider", FLAG_STRING, AT(cloud_provider), "external", ""},
    {"cluster-name", FLAG_STRING, AT(cluster_name), "kubernetes", "this cluster's name in its clouds"},
    {"controllers", FLAG_LIST, AT(controllers), "*",
     "which controllers run: *, NAME, -NAME; cloud-node-controller"},
    {"node-status-update-frequency", FLAG_DURATION, AT(refresh_ns), "5m",
     "how often a node's addresses are read from its cloud"},
    {"bind-address", FLAG_STRING, AT(bind_address), "127.0.0.1", "address of /healthz, /readyz and /metrics"},
    {"secure-port", FLAG_INTEGER, AT(port), "10258", "its port; 0: none"},
    {"leader-elect", FLAG_BOOL, AT(leader_elect), "true",
     "work only while holding the lease, so that several may run"},
    {"leader-elect-lease-duration", FLAG_DURATION, AT(lease_duration_ns), "15s",
     "how long others wait for a leader that is silent"},
    {"leader-elect-renew-deadline", FLAG_DURATION, AT(renew_deadline_ns), "10s",
     "a leader that could not renew for so long ends"},
    {"leader-elect-retry-period", FLAG_DURATION, AT(retry_period_ns), "2s", "time between tries"},
    {"leader-elect-resource-namespace", FLAG_STRING, AT(lease_namespace), "kube-system",
     "namespace of the lease"},
    {"leader-elect-resource-name", FLAG_STRING, AT(lease_name), "cloud-controller-manager",
     "name of the lease"},
    {"plugin-dir", FLAG_STRING, AT(plugin_dir), NULL, "where plugin files are looked for"},
    {"state-dir", FLAG_STRING, AT(state_dir), "/var/lib/keelson", "where plugins keep their state"},
    {"allow-unowned-plugins", FLAG_BOOL, AT(allow_unowned_plugins), "false",
     "load plugin files that do not belong to root (development)"},
    {"authentication-kubeconfig", FLAG_STRING, AT(ignored), NULL, ""},
    {"authorization-kubeconfig", FLAG_STRING, AT(ignored), NULL, ""},
    {"use-service-account-credentials", FLAG_BOOL, AT(ignored_bool), NULL, ""},
    {"allocate-node-cidrs", FLAG_BOOL, AT(ignored_bool), NULL, ""},
    {"configure-cloud-routes", FLAG_BOOL, AT(ignored_bool), NULL, ""},
    {"cluster-cidr", FLAG_STRING, AT(ignored), NULL, ""},
    {"profiling", FLAG_BOOL, AT(ignored_bool), NULL, ""},
    {"kube-api-qps", FLAG_STRING, AT(ignored), NULL, ""},
    {"kube-api-burst", FLAG_INTEGER, AT(ignored_number), NULL, ""},
};

/* Names and upstream's older ones. */
static bool is_node_controller(const char *name)
{
    return strcmp(name, "cloud-node-controller") == 0 || strcmp(name, "cloud-node") == 0;
}

static bool runs_node_controller(const struct flag_list *list)
{
    bool runs = list->count == 0, all = false;
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i][0] == '-' && is_node_controller(list->items[i] + 1))
            return false;
        all = all || strcmp(list->items[i], "*") == 0;
        runs = runs || is_node_controller(list->items[i]);
    }
    return runs || all;
}

static void lead(void *context)
{
    struct component *c = context;
    if (!runs_node_controller(&c->options->controllers))
        return;
    pthread_mutex_lock(&c->lock);
    if (!c->stopping)
        c->nodes = node_controller_start(c->client, &c->providers, c->options->refresh_ns / 1000000);
    pthread_mutex_unlock(&c->lock);
}

static void lost(void *context)
{
    daemon_request_stop(1);
}

/* A plugin says that something changed in its cloud. */
static void cloud_changed(void *context, struct plugin_instance *instance, const char *what)
{
    struct component *c = context;
    log_debug("plugin %s: changed: %s", plugin_instance_name(instance), what);
    pthread_mutex_lock(&c->lock);
    if (c->nodes)
        node_controller_refresh(c->nodes, instance);
    pthread_mutex_unlock(&c->lock);
}

static int load_clouds(struct component *c, struct error *err)
{
    const struct options *o = c->options;
    unsigned count = 0;
    c->host = plugin_host_new(&(struct plugin_host_config){.daemon = "cloud-controller-manager",
                                                           .plugin_dir = o->plugin_dir,
                                                           .state_dir = o->state_dir,
                                                           .allow_unowned_files = o->allow_unowned_plugins,
                                                           .changed = cloud_changed,
                                                           .context = c});
    if (plugin_host_load_config(c->host, o->cloud_config, KEELSON_KIND_CLOUD, &count, err) < 0)
        return -1;
    if (count == 0)
        return error_set(err, ERR_BAD_REQUEST, "%s: lists no cloud", o->cloud_config);
    return providers_init(&c->providers, c->host, err);
}

static int check_options(const struct options *o, struct error *err)
{
    if (o->refresh_ns < NS_PER_S)
        return error_set(err, ERR_BAD_REQUEST, "--node-status-update-frequency must be at least 1s");
    return 0;
}

static void stop(void *component)
{
    struct component *c = component;
    pthread_mutex_lock(&c->lock);
    struct node_controller *nodes = TAKE_PTR(c->nodes);
    c->stopping = true;
    pthread_mutex_unlock(&c->lock);
    if (c->client)
        client_stop(c->client);
    node_controller_stop(nodes);
    if (c->leader)
        leader_stop(c->leader);
    plugin_host_free(c->host);
    providers_done(&c->providers);
    if (c->client)
        client_free(c->client);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static void elect(struct component *c)
{
    const struct options *o = c->options;
    if (!o->leader_elect) {
        lead(c);
        return;
    }
    c->leader = leader_start(&(struct leader_config){.client = c->client,
                                                     .lease_namespace = o->lease_namespace,
                                                     .lease_name = o->lease_name,
                                                     .lease_duration_ms = o->lease_duration_ns / 1000000,
                                                     .renew_deadline_ms = o->renew_deadline_ns / 1000000,
                                                     .retry_period_ms = o->retry_period_ns / 1000000,
                                                     .started = lead,
                                                     .stopped = lost,
                                                     .context = c});
}

static int start(const void *options, void **ret_component, struct error *err)
{
    const struct options *o = options;
    struct client_config client = {.kubeconfig = o->kubeconfig, .user_agent = "cloud-controller-manager"};
    struct component *c = new0(struct component);
    c->options = o;
    pthread_mutex_init(&c->lock, NULL);
    if (check_options(o, err) < 0 || load_clouds(c, err) < 0 || client_new(&client, &c->client, err) < 0) {
        stop(c);
        return -1;
    }
    elect(c);
    *ret_component = c;
    return 0;
}

static void metrics(void *component, struct buffer *out)
{
    struct component *c = component;
    plugin_host_metrics(c->host, out);
    pthread_mutex_lock(&c->lock);
    if (c->nodes)
        node_controller_metrics(c->nodes, out);
    pthread_mutex_unlock(&c->lock);
}

static bool nodes_synced(void *component, struct buffer *why)
{
    struct component *c = component;
    pthread_mutex_lock(&c->lock);
    bool ok = !c->nodes || node_controller_synced(c->nodes);
    pthread_mutex_unlock(&c->lock);
    if (!ok)
        buffer_append_str(why, "nodes have not been listed yet");
    return ok;
}

static const struct daemon_health health[] = {{"informers-synced", nodes_synced}, {NULL, NULL}};

static const struct daemon cloud_controller_manager = {
    .name = "cloud-controller-manager",
    .summary = "tells nodes what their clouds know of them, for several clouds at once",
    .flags = flags,
    .flags_count = ARRAY_SIZE(flags),
    .options_size = sizeof(struct options),
    .start = start,
    .stop = stop,
    .metrics = metrics,
    .health = health,
    .bind_address_offset = AT(bind_address),
    .port_offset = AT(port),
};

int main(int argc, char **argv)
{
    return daemon_main(&cloud_controller_manager, argc, argv);
}
