/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemon: a client, leader election, and the manager while we lead. A daemon that lost its lease ends,
 * since what its workers began cannot be taken back.
 */
#include "core/controller-manager/component.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/client/leader.h"
#include "core/controller-manager/manager.h"
#include "core/daemon/daemon.h"

struct component {
    struct manager_options options; /* a shallow copy: the texts belong to daemon_main */
    struct client *client;
    struct leader *leader;
    pthread_mutex_t lock; /* guards what follows; the election's thread makes the manager */
    struct manager *manager;
    bool stopping;
};

static void begin(struct component *c)
{
    pthread_mutex_lock(&c->lock);
    if (!c->stopping)
        c->manager = manager_start(c->client, &c->options, controllers);
    pthread_mutex_unlock(&c->lock);
}

static void lead(void *context)
{
    begin(context);
}

static void lost(void *context)
{
    daemon_request_stop(1);
}

static int read_share(const char *flag, const char *text, double *ret, struct error *err)
{
    char *end = NULL;
    *ret = strtod(text ? text : "", &end);
    if (!text || !text[0] || *end || *ret < 0)
        return error_set(err, ERR_INVALID, "--%s: \"%s\" is not a number from 0 up", flag, text ? text : "");
    return 0;
}

static int check_options(struct manager_options *o, struct error *err)
{
    if (manager_check_names(&o->controllers, err) < 0)
        return error_prefix(err, "--controllers");
    if (o->allocate_node_cidrs && (!o->cluster_cidr || !o->cluster_cidr[0]))
        return error_set(err, ERR_INVALID, "--allocate-node-cidrs needs --cluster-cidr");
    if (read_share("node-eviction-rate", o->node_eviction_rate_text, &o->node_eviction_rate, err) < 0 ||
        read_share("unhealthy-zone-threshold", o->unhealthy_zone_threshold_text, &o->unhealthy_zone_threshold,
                   err) < 0)
        return -1;
    return read_share("secondary-node-eviction-rate", o->secondary_node_eviction_rate_text,
                      &o->secondary_node_eviction_rate, err);
}

static void start_election(struct component *c)
{
    struct leader_config config = {
        .client = c->client,
        .lease_namespace = c->options.lease_namespace,
        .lease_name = c->options.lease_name,
        .lease_duration_ms = c->options.lease_duration / 1000000,
        .renew_deadline_ms = c->options.renew_deadline / 1000000,
        .retry_period_ms = c->options.retry_period / 1000000,
        .started = lead,
        .stopped = lost,
        .context = c,
    };
    c->leader = leader_start(&config);
}

int component_start(const void *options, void **ret_component, struct error *err)
{
    struct component *c = new0(struct component);
    pthread_mutex_init(&c->lock, NULL);
    c->options = *(const struct manager_options *)options;
    struct client_config config = {.kubeconfig = c->options.kubeconfig,
                                   .user_agent = "kube-controller-manager"};
    if (check_options(&c->options, err) < 0 || client_new(&config, &c->client, err) < 0) {
        pthread_mutex_destroy(&c->lock);
        free(c);
        return -1;
    }
    if (c->options.leader_elect)
        start_election(c);
    else
        begin(c);
    *ret_component = c;
    return 0;
}

void component_stop(void *component)
{
    struct component *c = component;
    pthread_mutex_lock(&c->lock);
    struct manager *m = TAKE_PTR(c->manager);
    c->stopping = true;
    pthread_mutex_unlock(&c->lock);
    client_stop(c->client);
    manager_stop(m);
    leader_stop(c->leader);
    client_free(c->client);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

void component_metrics(void *component, struct buffer *out)
{
    struct component *c = component;
    unsigned running = 0, begun = 0;
    pthread_mutex_lock(&c->lock);
    if (c->manager)
        manager_progress(c->manager, &running, &begun);
    buffer_printf(out,
                  "# HELP leader_election_master_status Whether this process leads.\n"
                  "# TYPE leader_election_master_status gauge\n"
                  "leader_election_master_status{name=\"kube-controller-manager\"} %d\n"
                  "# HELP running_managed_controllers Controllers that work.\n"
                  "# TYPE running_managed_controllers gauge\nrunning_managed_controllers %u\n",
                  c->manager != NULL, begun);
    pthread_mutex_unlock(&c->lock);
}
