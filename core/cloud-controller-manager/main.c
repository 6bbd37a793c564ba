/* SPDX-License-Identifier: Apache-2.0 */
/* cloud-controller-manager: flags, the clouds of the configuration, leader election, and the controllers
 * while we lead. */
#include <pthread.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/cloud-controller-manager/controller-node.h"
#include "core/daemon/elected.h"

struct options {
    char *kubeconfig, *cloud_config, *cloud_provider, *cluster_name, *bind_address, *plugin_dir, *state_dir;
    char *ignored;
    struct election_options election;
    struct flag_list controllers;
    int64_t port, refresh_ns, ignored_number;
    bool allow_unowned_plugins, ignored_bool;
};
struct component {
    const struct options *options;
    struct plugin_host *host;
    struct providers providers;
    struct client *client;
    pthread_mutex_t lock;    /* elected: a plugin may tell of changes before and after it is there */
    struct elected *elected; /* its work is a struct node_controller */
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
    ELECTION_FLAGS(AT(election), "cloud-controller-manager"),
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

static void *begin(void *context)
{
    struct component *c = context;
    if (!runs_node_controller(&c->options->controllers))
        return NULL;
    return node_controller_start(c->client, &c->providers, c->options->refresh_ns / 1000000);
}

static void end(void *nodes)
{
    node_controller_stop(nodes);
}

static void refresh(void *nodes, void *instance)
{
    node_controller_refresh(nodes, instance);
}

/* A plugin says that something changed in its cloud. */
static void cloud_changed(void *context, struct plugin_instance *instance, const char *what)
{
    struct component *c = context;
    log_debug("plugin %s: changed: %s", plugin_instance_name(instance), what);
    pthread_mutex_lock(&c->lock);
    if (c->elected)
        elected_with(c->elected, refresh, instance);
    pthread_mutex_unlock(&c->lock);
}

static int load_clouds(struct component *c, struct error *err)
{
    const struct options *o = c->options;
    unsigned count = 0;
    c->host = plugin_host_new(&(struct plugin_host_config){.daemon = "cloud-controller-manager",
                                                           .plugin_dir = o->plugin_dir,
                                                           .state_dir = o->state_dir,
                                                           .cluster = o->cluster_name,
                                                           .allow_unowned_files = o->allow_unowned_plugins,
                                                           .changed = cloud_changed,
                                                           .context = c});
    if (plugin_host_load_config(c->host, o->cloud_config, KEELSON_KIND_CLOUD, &count, err) < 0)
        return -1;
    if (count == 0)
        return error_set(err, ERR_BAD_REQUEST, "%s: lists no cloud", o->cloud_config);
    if (providers_init(&c->providers, c->host, err) < 0)
        return -1;
    return plugin_host_watch_config(c->host, o->cloud_config, KEELSON_KIND_CLOUD, err);
}

static int check_options(const struct options *o, struct error *err)
{
    if (o->refresh_ns < NS_PER_S)
        return error_set(err, ERR_BAD_REQUEST, "--node-status-update-frequency must be at least 1s");
    return 0;
}

static struct elected *set_elected(struct component *c, struct elected *elected)
{
    pthread_mutex_lock(&c->lock);
    struct elected *before = c->elected;
    c->elected = elected;
    pthread_mutex_unlock(&c->lock);
    return before;
}

static void stop(void *component)
{
    struct component *c = component;
    struct elected *elected = set_elected(c, NULL);
    providers_cancel(&c->providers); /* a cloud that hangs must not hold up the end */
    if (elected)
        elected_stop(elected);
    plugin_host_free(c->host);
    providers_done(&c->providers);
    if (c->client)
        client_free(c->client);
    pthread_mutex_destroy(&c->lock);
    free(c);
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
    set_elected(c, elected_start(c->client, &o->election, begin, end, c));
    *ret_component = c;
    return 0;
}

static int reload(void *component, struct error *err)
{
    const struct component *c = component;
    return plugin_host_reload_config(c->host, c->options->cloud_config, KEELSON_KIND_CLOUD, err);
}

static void write_metrics(void *nodes, void *out)
{
    node_controller_metrics(nodes, out);
}

static void metrics(void *component, struct buffer *out)
{
    struct component *c = component;
    plugin_host_metrics(c->host, out);
    elected_with(c->elected, write_metrics, out);
}

static void look_at_nodes(void *nodes, void *synced)
{
    *(bool *)synced = node_controller_synced(nodes);
}

static bool nodes_synced(void *component, struct buffer *why)
{
    struct component *c = component;
    bool ok = true; /* who does not lead has nothing to know */
    elected_with(c->elected, look_at_nodes, &ok);
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
    .reload = reload,
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
