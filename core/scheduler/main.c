/* SPDX-License-Identifier: Apache-2.0 */
/* kube-scheduler: flags and configuration, leader election, and the scheduler while we lead. */
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/daemon/accepted-flags.h"
#include "core/scheduler/scheduler.h"

struct scheduler_options {
    struct election_options election;
    char *config, *kubeconfig, *bind_address, *tls_cert, *tls_key, *scheduler_name, *ignored;
    int64_t port, initial_backoff_s, max_backoff_s, percentage_of_nodes, binders;
    bool ignored_bool;
};
struct component {
    struct scheduler_config config;
    struct client *client;
    struct elected *elected; /* its work is a struct scheduler */
};

#define AT(member) offsetof(struct scheduler_options, member)
static const struct flag flags[] = {
    {"config", FLAG_STRING, AT(config), NULL,
     "KubeSchedulerConfiguration file; what it says wins over the flags below"},
    {"kubeconfig", FLAG_STRING, AT(kubeconfig), NULL,
     "file that says where the API server is and who we are (default: in-cluster)"},
    {"bind-address", FLAG_STRING, AT(bind_address), "127.0.0.1", "address of /healthz, /readyz and /metrics"},
    {"secure-port", FLAG_INTEGER, AT(port), "10259", "its port; 0: none"},
    HEALTH_TLS_FLAGS(AT(tls_cert), AT(tls_key)),
    ELECTION_FLAGS(AT(election), "kube-scheduler"),
    {"scheduler-name", FLAG_STRING, AT(scheduler_name), "default-scheduler",
     "the pods whose spec.schedulerName is this are ours"},
    {"percentage-of-nodes-to-score", FLAG_INTEGER, AT(percentage_of_nodes), "0",
     "look no further once so many nodes will do; 0: by the cluster's size"},
    {"pod-initial-backoff-seconds", FLAG_INTEGER, AT(initial_backoff_s), "1",
     "first pause of a pod that could not be placed"},
    {"pod-max-backoff-seconds", FLAG_INTEGER, AT(max_backoff_s), "10", "longest pause"},
    {"binders", FLAG_INTEGER, AT(binders), "32", "bindings on the way at once"},
    ACCEPTED_FLAGS(AT(ignored), AT(ignored_bool)),
};

static void *begin(void *context)
{
    struct component *c = context;
    return scheduler_start(c->client, &c->config);
}

static void end(void *work)
{
    scheduler_stop(work);
}

static int make_config(const struct scheduler_options *o, struct scheduler_config *c, struct error *err)
{
    *c = (struct scheduler_config){.election = o->election,
                                   .kubeconfig = o->kubeconfig ? xstrdup(o->kubeconfig) : NULL,
                                   .initial_backoff_s = o->initial_backoff_s,
                                   .max_backoff_s = o->max_backoff_s,
                                   .percentage_of_nodes = o->percentage_of_nodes,
                                   .binders = o->binders};
    c->election.lease_namespace = xstrdup(o->election.lease_namespace);
    c->election.lease_name = xstrdup(o->election.lease_name);
    if (o->config && config_read(c, o->config, err) < 0)
        return -1;
    if (c->profiles_count == 0)
        config_add_profile(c, o->scheduler_name);
    for (unsigned i = 0; i < c->profiles_count; i++)
        if (c->profiles[i].percentage_of_nodes == 0)
            c->profiles[i].percentage_of_nodes = c->percentage_of_nodes;
    return election_check(&c->election, err) < 0 ? -1 : config_check(c, err);
}

static int start(const void *options, void **ret_component, struct error *err)
{
    struct component *c = new0(struct component);
    int rc = make_config(options, &c->config, err);
    struct client_config client = {.kubeconfig = c->config.kubeconfig,
                                   .user_agent = "kube-scheduler",
                                   .requests_per_s = c->config.requests_per_s};
    if (rc < 0 || client_new(&client, &c->client, err) < 0) {
        config_done(&c->config);
        free(c);
        return -1;
    }
    c->elected = elected_start(c->client, &c->config.election, begin, end, c);
    *ret_component = c;
    return 0;
}

static void stop(void *component)
{
    struct component *c = component;
    elected_stop(c->elected, true);
    client_free(c->client);
    config_done(&c->config);
    free(c);
}

static void write_metrics(void *work, void *out)
{
    scheduler_metrics(work, out);
}

static void metrics(void *component, struct buffer *out)
{
    struct component *c = component;
    elected_with(c->elected, write_metrics, out);
}

static void look_at_informers(void *work, void *synced)
{
    *(bool *)synced = scheduler_synced(work);
}

static bool informers_synced(void *component, struct buffer *why)
{
    struct component *c = component;
    bool ok = true; /* who does not lead has nothing to know */
    elected_with(c->elected, look_at_informers, &ok);
    if (!ok)
        buffer_append_str(why, "nodes and pods have not been listed yet");
    return ok;
}

static const struct daemon_health health[] = {{"informers-synced", informers_synced}, {NULL, NULL}};

static const struct daemon scheduler_daemon = {
    .name = "kube-scheduler",
    .summary = "assigns pods to nodes",
    .flags = flags,
    .flags_count = ARRAY_SIZE(flags),
    .options_size = sizeof(struct scheduler_options),
    .start = start,
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
    return daemon_main(&scheduler_daemon, argc, argv);
}
