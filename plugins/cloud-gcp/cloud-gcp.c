/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Google Cloud as a cloud: nodes that are Compute Engine instances, Services of type LoadBalancer as
 * passthrough Network Load Balancers, routes of the VPC. One instance is one project (and region). Everything
 * is asked of the Compute Engine API when it is wanted; nothing is kept but a token, a list of instances for
 * some seconds, and which nodes each load balancer wants.
 */
#include <string.h>

#include "plugins/cloud-gcp/api.h"
#include "plugins/cloud-gcp/gcp.h"
#include "plugins/cloud-gcp/project.h"

KEELSON_PLUGIN(KEELSON_KIND_CLOUD, "cloud-gcp", PACKAGE_VERSION);

static const struct keelson_host *host;

enum keelson_status call_ended(const struct gcp *g, const struct keelson_call *call)
{
    if (pace_clock_ns() >= call->deadline_ns)
        return g->host->fail(call, KEELSON_TIMEOUT, "no time left to wait for Google's answer");
    return g->host->fail(call, KEELSON_CANCELLED, "cancelled");
}

enum keelson_status call_wait(const struct gcp *g, const struct keelson_call *call, int64_t milliseconds)
{
    switch (pace_wait(milliseconds * 1000000, call->deadline_ns, call->cancel_fd)) {
    case PACE_NO_TIME:
        return g->host->fail(call, KEELSON_TIMEOUT, "no time left to wait for Google's answer");
    case PACE_CANCELLED:
        return call_ended(g, call);
    case PACE_WAITED:
        break;
    }
    return KEELSON_OK;
}

struct keelson_bytes object_text(const struct gcp *g, const struct keelson_object *object, const char *path)
{
    struct keelson_bytes text = {"", 0};
    g->host->object_string(object, path, &text);
    return text;
}

static const char *scheme(void *instance)
{
    return "gce";
}

static enum keelson_status healthy(void *instance, const struct keelson_call *call)
{
    struct gcp *g _cleanup_project_ = project_enter(instance);
    _cleanup_document_ json_object *zones = NULL;
    return api_get(g, call, "zones", "maxResults=1", &zones);
}

static const struct keelson_cloud_v1 cloud = {
    .size = sizeof(cloud), .scheme = scheme, .owns = gcp_owns, .healthy = healthy};

static enum keelson_status open_project(const struct keelson_call *call, const struct keelson_instance *given,
                                        void **ret)
{
    return project_open(host, call, given, ret);
}

static const void *interface(void *instance, const char *name)
{
    struct gcp *g _cleanup_project_ = project_enter(instance); /* what decides here never changes */
    if (strcmp(name, KEELSON_CLOUD_1) == 0)
        return &cloud;
    if (strcmp(name, KEELSON_CLOUD_INSTANCES_1) == 0)
        return &gcp_instances;
    if (strcmp(name, KEELSON_CLOUD_LOADBALANCERS_1) == 0)
        return g->settings.region ? &gcp_loadbalancers : NULL;
    if (strcmp(name, KEELSON_CLOUD_ROUTES_1) == 0)
        return settings_network_is_foreign(&g->settings) ? NULL : &gcp_routes;
    return NULL;
}

static const struct keelson_plugin plugin = {
    .size = sizeof(plugin),
    .threading = KEELSON_THREADS_PARALLEL,
    .description = "Google Cloud: instances, passthrough network load balancers, routes",
    .open = open_project,
    .close = project_close,
    .interface = interface,
    .reconfigure = project_reconfigure,
};

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    host = given;
    return &plugin;
}
