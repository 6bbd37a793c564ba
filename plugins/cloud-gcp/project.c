/* SPDX-License-Identifier: Apache-2.0 */
/* See project.h. Tokens, connections and the list of machines belong to a configuration and go with it; what
 * the load balancers want of the instance groups is known of earlier calls only, so it stays. */
#include "plugins/cloud-gcp/project.h"

#include <pthread.h>
#include <stdlib.h>

#include "plugins/cloud-gcp/credential.h"
#include "plugins/cloud-gcp/groups.h"
#include "plugins/cloud-gcp/machines.h"

#define USER_AGENT "keelson-cloud-gcp/" PACKAGE_VERSION

struct project {
    const struct keelson_host *host;
    struct keelson_token *token;
    const char *cluster;
    struct groups *groups;
    pthread_mutex_t lock; /* now: the pointer, and its taking */
    struct gcp *now;
};

static void gcp_free(struct gcp *g)
{
    machines_free(g->machines);
    credential_free(g->credential);
    quotas_done(&g->quotas);
    cloud_http_free(g->foreign_http);
    cloud_http_free(g->metadata_http);
    cloud_http_free(g->http);
    free(g);
}

static struct gcp *gcp_new(const struct project *p, const struct settings *settings)
{
    struct gcp *g = calloc(1, sizeof(*g));
    if (!g)
        return NULL;
    atomic_init(&g->refs, 1);
    g->host = p->host;
    g->token = p->token;
    g->cluster = p->cluster;
    g->groups = p->groups;
    g->settings = *settings;
    g->http = cloud_http_new(&(struct cloud_http_config){
        .user_agent = USER_AGENT, .ca_file = settings->ca_file, .allow_plain = settings->allow_plain});
    g->metadata_http = cloud_http_new(
        &(struct cloud_http_config){.user_agent = USER_AGENT, .proxy = "", .allow_plain = true});
    g->foreign_http = cloud_http_new(&(struct cloud_http_config){.user_agent = USER_AGENT});
    quotas_init(&g->quotas, (double)settings->requests_per_second);
    g->credential = credential_new();
    g->machines = machines_new();
    if (g->http && g->metadata_http && g->foreign_http && g->credential && g->machines)
        return g;
    gcp_free(g);
    return NULL;
}

struct gcp *project_enter(void *instance)
{
    struct project *p = instance;
    pthread_mutex_lock(&p->lock);
    struct gcp *g = p->now;
    atomic_fetch_add(&g->refs, 1);
    pthread_mutex_unlock(&p->lock);
    return g;
}

void project_leave(struct gcp **g)
{
    if (*g && atomic_fetch_sub(&(*g)->refs, 1) == 1)
        gcp_free(*g);
}

void project_close(void *instance)
{
    struct project *p = instance;
    project_leave(&p->now);
    groups_free(p->groups);
    pthread_mutex_destroy(&p->lock);
    free(p);
}

static enum keelson_status no_memory(const struct keelson_host *host, const struct keelson_call *call)
{
    return host->fail(call, KEELSON_EXHAUSTED, "no memory, or libcurl cannot be set up");
}

/* Google wants no tags: without them a firewall rule holds for every instance of the network. */
static void tell_firewall_targets(const struct keelson_host *host, const struct keelson_call *call,
                                  const struct settings *s)
{
    if (s->region && s->node_tags_count == 0 && !settings_network_is_foreign(s))
        host->log(call, KEELSON_LOG_INFO,
                  "node_tags names no tags: firewall rules of load balancers hold for every instance of the "
                  "network %s; those for clients open the load balancer's address alone, those for Google's "
                  "health checks the health port",
                  s->network);
}

enum keelson_status project_open(const struct keelson_host *host, const struct keelson_call *call,
                                 const struct keelson_instance *given, void **ret)
{
    struct settings settings;
    TRY(settings_read(host, call, given->config, &settings));
    struct project *p = calloc(1, sizeof(*p));
    if (!p)
        return no_memory(host, call);
    *p = (struct project){
        .host = host, .token = given->token, .cluster = given->cluster, .groups = groups_new()};
    pthread_mutex_init(&p->lock, NULL);
    p->now = p->groups ? gcp_new(p, &settings) : NULL;
    if (!p->now) {
        project_close(p);
        return no_memory(host, call);
    }
    tell_firewall_targets(host, call, &settings);
    *ret = p;
    return KEELSON_OK;
}

enum keelson_status project_reconfigure(void *instance, const struct keelson_call *call,
                                        const struct keelson_config *config)
{
    struct project *p = instance;
    struct gcp *before _cleanup_project_ = project_enter(p);
    struct settings settings;
    TRY(settings_read(p->host, call, config, &settings));
    TRY(settings_check_change(p->host, call, config, &before->settings, &settings));
    struct gcp *next = gcp_new(p, &settings);
    if (!next)
        return no_memory(p->host, call);
    pthread_mutex_lock(&p->lock);
    struct gcp *replaced = p->now;
    p->now = next;
    pthread_mutex_unlock(&p->lock);
    project_leave(&replaced);
    tell_firewall_targets(p->host, call, &settings);
    return KEELSON_OK;
}
