/* SPDX-License-Identifier: Apache-2.0 */
/* The proxy of one node: informers, and a thread that carries what they tell into the kernel. */
#ifndef KEELSON_PROXY_PROXY_H
#define KEELSON_PROXY_PROXY_H

#include "core/client/client.h"
#include "core/daemon/daemon.h"
#include "core/proxy/metrics.h"

struct conntrack_options { /* zero: what the kernel has */
    int64_t max_per_core, min, tcp_established_ns, tcp_close_wait_ns, udp_ns, udp_stream_ns;
    bool tcp_be_liberal;
};
struct proxy_options {
    struct conntrack_options conntrack;
    char *kubeconfig, *config, *mode, *cluster_cidr, *hostname, *healthz_address, *metrics_address, *ignored;
    char *detect_local, *bridge, *interface_prefix;
    struct flag_list nodeport_addresses, ignored_list;
    bool masquerade_all, cleanup, ignored_bool;
    int64_t min_sync_ns, masquerade_bit, ignored_number, ignored_ns;
};
/* Lets a KubeProxyConfiguration file's settings replace those of the flags; what it does not know it logs. */
int proxy_read_config(struct proxy_options *o, struct error *err);

struct proxy;
/* options must outlive the proxy. The client is the caller's. */
int proxy_start(struct client *client, const struct proxy_options *options, struct proxy **ret,
                struct error *err);
void proxy_stop(struct proxy *p); /* the rules stay: connections go on over a restart */
struct proxy_health {
    bool healthy;         /* no change waits for longer than a minute */
    bool node_eligible;   /* the node is not being taken away */
    int64_t last_sync_ns; /* realtime; 0: never */
};
void proxy_health(struct proxy *p, struct proxy_health *ret);
void proxy_count_health(struct proxy *p, enum health_kind kind, bool well); /* an answer, for the metrics */
void proxy_metrics(struct proxy *p, struct buffer *out);
/* Removes our tables; what was not there is no error. */
int proxy_cleanup(struct error *err);

#endif
