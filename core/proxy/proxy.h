/* SPDX-License-Identifier: Apache-2.0 */
/* The proxy of one node: informers, and a thread that carries what they tell into the kernel. */
#ifndef KEELSON_PROXY_PROXY_H
#define KEELSON_PROXY_PROXY_H

#include "core/client/client.h"
#include "core/daemon/daemon.h"

struct proxy_options {
    char *kubeconfig, *config, *mode, *cluster_cidr, *hostname, *healthz_address, *metrics_address, *ignored;
    struct flag_list nodeport_addresses;
    bool masquerade_all, cleanup, ignored_bool;
    int64_t min_sync_ns, ignored_number;
};
/* Lets a KubeProxyConfiguration file's settings replace those of the flags; what it does not know it logs. */
int proxy_read_config(struct proxy_options *o, struct error *err);

struct proxy;
/* options must outlive the proxy. The client is the caller's. */
int proxy_start(struct client *client, const struct proxy_options *options, struct proxy **ret,
                struct error *err);
void proxy_stop(struct proxy *p); /* the rules stay: connections go on over a restart */
bool proxy_healthy(struct proxy *p, struct buffer *why);
void proxy_metrics(struct proxy *p, struct buffer *out);
/* Removes our tables. */
int proxy_cleanup(struct error *err);

#endif
