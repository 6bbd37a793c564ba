/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon: a client, and the manager while we lead. */
#include "core/controller-manager/component.h"

#include <malloc.h>
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/client/workqueue-metrics.h"
#include "core/controller-manager/manager.h"

struct component {
    struct manager_options options; /* a shallow copy: the texts belong to daemon_main */
    struct client *client;
    struct elected *elected; /* its work is a struct manager */
};

static void *begin(void *context)
{
    struct component *c = context;
    return manager_start(c->client, &c->options, controllers);
}

static void end(void *manager)
{
    manager_stop(manager);
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
    if (election_check(&o->election, err) < 0)
        return -1;
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

int component_start(const void *options, void **ret_component, struct error *err)
{
    struct component *c = new0(struct component);
    c->options = *(const struct manager_options *)options;
    mallopt(M_ARENA_MAX, 2); /* many threads that work seldom: an arena for each would only hold memory */
    struct client_config config = {.kubeconfig = c->options.kubeconfig,
                                   .user_agent = "kube-controller-manager"};
    if (check_options(&c->options, err) < 0 || client_new(&config, &c->client, err) < 0) {
        free(c);
        return -1;
    }
    c->elected = elected_start(c->client, &c->options.election, begin, end, c);
    *ret_component = c;
    return 0;
}

void component_stop(void *component)
{
    struct component *c = component;
    elected_stop(c->elected, true);
    client_free(c->client);
    free(c);
}

static void count_begun(void *manager, void *begun)
{
    unsigned running;
    manager_progress(manager, &running, begun);
}

void component_metrics(void *component, struct buffer *out)
{
    struct component *c = component;
    unsigned begun = 0;
    bool leads = elected_with(c->elected, count_begun, &begun);
    buffer_printf(out,
                  "# HELP leader_election_master_status Whether this process leads.\n"
                  "# TYPE leader_election_master_status gauge\n"
                  "leader_election_master_status{name=\"kube-controller-manager\"} %d\n"
                  "# HELP running_managed_controllers Controllers that work.\n"
                  "# TYPE running_managed_controllers gauge\nrunning_managed_controllers %u\n",
                  leads, begun);
    workqueue_metrics(out);
}
