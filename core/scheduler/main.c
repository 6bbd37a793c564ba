/* SPDX-License-Identifier: Apache-2.0 */
/* kube-scheduler: flags, leader election, and the scheduler while we lead. */
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/daemon/daemon.h"
#include "core/scheduler/scheduler.h"

struct component {
    const struct scheduler_options *options;
    struct client *client;
    struct elected *elected; /* its work is a struct scheduler */
};

#define AT(member) offsetof(struct scheduler_options, member)
static const struct flag flags[] = {
    {"kubeconfig", FLAG_STRING, AT(kubeconfig), NULL,
     "file that says where the API server is and who we are (default: in-cluster)"},
    {"bind-address", FLAG_STRING, AT(bind_address), "127.0.0.1",
     "address of /healthz, /readyz and /metrics (plain HTTP)"},
    {"secure-port", FLAG_INTEGER, AT(port), "10259", "its port; 0: none"},
    ELECTION_FLAGS(AT(election), "kube-scheduler"),
    {"scheduler-name", FLAG_STRING, AT(scheduler_name), "default-scheduler",
     "the pods whose spec.schedulerName is this are ours"},
    {"percentage-of-nodes-to-score", FLAG_INTEGER, AT(percentage_of_nodes), "0",
     "look no further once so many nodes will do; 0: by the cluster's size"},
    {"pod-initial-backoff-seconds", FLAG_INTEGER, AT(initial_backoff_s), "1",
     "first pause of a pod that could not be placed"},
    {"pod-max-backoff-seconds", FLAG_INTEGER, AT(max_backoff_s), "10", "longest pause"},
    {"binders", FLAG_INTEGER, AT(binders), "32", "bindings on the way at once"},
    {"authentication-kubeconfig", FLAG_STRING, AT(ignored), NULL, ""},
    {"authorization-kubeconfig", FLAG_STRING, AT(ignored), NULL, ""},
    {"profiling", FLAG_BOOL, AT(ignored_bool), NULL, ""},
    {"kube-api-qps", FLAG_STRING, AT(ignored), NULL, ""},
    {"kube-api-burst", FLAG_INTEGER, AT(ignored_integer), NULL, ""},
};

static void *begin(void *context)
{
    struct component *c = context;
    return scheduler_start(c->client, c->options);
}

static void end(void *work)
{
    scheduler_stop(work);
}

static int check_options(const struct scheduler_options *o, struct error *err)
{
    if (o->binders < 1 || o->binders > 256)
        return error_set(err, ERR_BAD_REQUEST, "--binders must be between 1 and 256");
    if (o->percentage_of_nodes < 0 || o->percentage_of_nodes > 100)
        return error_set(err, ERR_BAD_REQUEST, "--percentage-of-nodes-to-score must be between 0 and 100");
    if (o->initial_backoff_s < 1 || o->max_backoff_s < o->initial_backoff_s)
        return error_set(
            err, ERR_BAD_REQUEST,
            "--pod-initial-backoff-seconds must be at least 1 and not above --pod-max-backoff-seconds");
    return 0;
}

static int start(const void *options, void **ret_component, struct error *err)
{
    const struct scheduler_options *o = options;
    struct client_config client = {.kubeconfig = o->kubeconfig, .user_agent = "kube-scheduler"};
    struct component *c = new0(struct component);
    c->options = o;
    if (check_options(o, err) < 0 || client_new(&client, &c->client, err) < 0) {
        free(c);
        return -1;
    }
    c->elected = elected_start(c->client, &o->election, begin, end, c);
    *ret_component = c;
    return 0;
}

static void stop(void *component)
{
    struct component *c = component;
    elected_stop(c->elected);
    client_free(c->client);
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
    const struct scheduler *s = work;
    *(bool *)synced = informer_synced(s->nodes) && informer_synced(s->pods);
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
};

int main(int argc, char **argv)
{
    return daemon_main(&scheduler_daemon, argc, argv);
}
