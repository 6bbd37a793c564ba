/* SPDX-License-Identifier: Apache-2.0 */
/* kube-scheduler: flags, leader election, and the scheduler while we lead. */
#include <pthread.h>
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/client/leader.h"
#include "core/daemon/daemon.h"
#include "core/scheduler/scheduler.h"

struct component {
    const struct scheduler_options *options;
    struct client *client;
    struct leader *leader;
    pthread_mutex_t lock; /* guards what follows; the election's thread makes the scheduler */
    struct scheduler *scheduler;
    bool stopping;
};

#define AT(member) offsetof(struct scheduler_options, member)
static const struct flag flags[] = {
    {"kubeconfig", FLAG_STRING, AT(kubeconfig), NULL,
     "file that says where the API server is and who we are (default: in-cluster)"},
    {"bind-address", FLAG_STRING, AT(bind_address), "127.0.0.1",
     "address of /healthz, /readyz and /metrics (plain HTTP)"},
    {"secure-port", FLAG_INTEGER, AT(port), "10259", "its port; 0: none"},
    {"leader-elect", FLAG_BOOL, AT(leader_elect), "true",
     "work only while holding the lease, so that several may run"},
    {"leader-elect-lease-duration", FLAG_DURATION, AT(lease_duration_ns), "15s",
     "how long others wait for a leader that is silent"},
    {"leader-elect-renew-deadline", FLAG_DURATION, AT(renew_deadline_ns), "10s",
     "a leader that could not renew for so long ends"},
    {"leader-elect-retry-period", FLAG_DURATION, AT(retry_period_ns), "2s", "time between tries"},
    {"leader-elect-resource-namespace", FLAG_STRING, AT(lease_namespace), "kube-system",
     "namespace of the lease"},
    {"leader-elect-resource-name", FLAG_STRING, AT(lease_name), "kube-scheduler", "name of the lease"},
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
    {"leader-elect-resource-lock", FLAG_STRING, AT(ignored), NULL, ""},
    {"profiling", FLAG_BOOL, AT(ignored_bool), NULL, ""},
    {"kube-api-qps", FLAG_STRING, AT(ignored), NULL, ""},
    {"kube-api-burst", FLAG_INTEGER, AT(ignored_integer), NULL, ""},
};

static void begin(struct component *c)
{
    pthread_mutex_lock(&c->lock);
    if (!c->stopping)
        c->scheduler = scheduler_start(c->client, c->options);
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
    pthread_mutex_init(&c->lock, NULL);
    if (check_options(o, err) < 0 || client_new(&client, &c->client, err) < 0) {
        pthread_mutex_destroy(&c->lock);
        free(c);
        return -1;
    }
    *ret_component = c;
    if (!o->leader_elect) {
        begin(c);
        return 0;
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
    return 0;
}

static void stop(void *component)
{
    struct component *c = component;
    pthread_mutex_lock(&c->lock);
    struct scheduler *s = TAKE_PTR(c->scheduler);
    c->stopping = true;
    pthread_mutex_unlock(&c->lock);
    client_stop(c->client);
    scheduler_stop(s);
    if (c->leader)
        leader_stop(c->leader);
    client_free(c->client);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static void metrics(void *component, struct buffer *out)
{
    struct component *c = component;
    pthread_mutex_lock(&c->lock);
    if (c->scheduler)
        scheduler_metrics(c->scheduler, out);
    pthread_mutex_unlock(&c->lock);
}

static bool informers_synced(void *component, struct buffer *why)
{
    struct component *c = component;
    pthread_mutex_lock(&c->lock);
    bool ok = !c->scheduler || (informer_synced(c->scheduler->nodes) && informer_synced(c->scheduler->pods));
    pthread_mutex_unlock(&c->lock);
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
