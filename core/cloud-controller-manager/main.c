/* SPDX-License-Identifier: Apache-2.0 */
/* cloud-controller-manager: flags, the clouds of the configuration, leader election, and the controllers
 * while we lead. */
#include <pthread.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/client/workqueue-metrics.h"
#include "core/cloud-controller-manager/controllers.h"
#include "core/daemon/elected.h"

struct component {
    const struct cloud_options *options;
    struct plugin_host *host;
    struct providers providers;
    struct client *client;
    pthread_mutex_t lock;    /* elected: a plugin may tell of changes before and after it is there */
    struct elected *elected; /* its work is a struct controllers */
};

static void *begin(void *context)
{
    const struct component *c = context;
    return controllers_start(c->client, &c->providers, c->options);
}

static void end(void *controllers)
{
    controllers_stop(controllers);
}

static void refresh(void *controllers, void *instance)
{
    controllers_refresh(controllers, instance);
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
    const struct cloud_options *o = c->options;
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
        elected_end(elected);
    bool ended = plugin_host_free(c->host); /* else a call may be at work on a cloud still */
    if (elected)
        elected_stop(elected, ended);
    providers_done(&c->providers);
    if (c->client)
        client_free(c->client);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static int start(const void *options, void **ret_component, struct error *err)
{
    const struct cloud_options *o = options;
    struct client_config client = {.kubeconfig = o->kubeconfig, .user_agent = "cloud-controller-manager"};
    struct component *c = new0(struct component);
    c->options = o;
    pthread_mutex_init(&c->lock, NULL);
    if (cloud_options_check(o, err) < 0 || load_clouds(c, err) < 0 ||
        controllers_check_clouds(&c->providers, o, err) < 0 || client_new(&client, &c->client, err) < 0) {
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

static void write_metrics(void *controllers, void *out)
{
    controllers_metrics(controllers, out);
}

static void metrics(void *component, struct buffer *out)
{
    struct component *c = component;
    plugin_host_metrics(c->host, out);
    providers_metrics(&c->providers, out);
    workqueue_metrics(out);
    elected_with(c->elected, write_metrics, out);
}

static void look_whether_synced(void *controllers, void *synced)
{
    *(bool *)synced = controllers_synced(controllers);
}

static bool informers_synced(void *component, struct buffer *why)
{
    struct component *c = component;
    bool ok = true; /* who does not lead has nothing to know */
    elected_with(c->elected, look_whether_synced, &ok);
    if (!ok)
        buffer_append_str(why, "nodes or services have not been listed yet");
    return ok;
}

/* A cloud that is ill is no reason to start this daemon again: it is told, and fails nothing. */
static bool tell_of_clouds(void *component, struct buffer *why)
{
    const struct component *c = component;
    providers_tell(&c->providers, why);
    return true;
}

static const struct daemon_health health[] = {
    {"informers-synced", informers_synced}, {"clouds", tell_of_clouds}, {NULL, NULL}};

#define AT(member) offsetof(struct cloud_options, member)
static struct daemon cloud_controller_manager = {
    .name = "cloud-controller-manager",
    .summary = "nodes, load balancers and routes of several clouds at once",
    .flags = cloud_flags,
    .options_size = sizeof(struct cloud_options),
    .start = start,
    .reload = reload,
    .stop = stop,
    .metrics = metrics,
    .health = health,
    .bind_address_offset = AT(bind_address),
    .port_offset = AT(port),
    .tls_cert_offset = AT(tls_cert),
    .tls_key_offset = AT(tls_key),
};

int main(int argc, char **argv)
{
    cloud_controller_manager.flags_count = cloud_flags_count;
    return daemon_main(&cloud_controller_manager, argc, argv);
}
