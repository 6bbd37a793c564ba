/* SPDX-License-Identifier: Apache-2.0 */
/* kube-proxy: flags, servers, and the proxy of this node. */
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/proxy/conntrack.h"
#include "core/proxy/serve.h"

struct component {
    struct client *client;
    struct proxy *proxy;
    struct proxy_server *healthz, *metrics;
};

#define MASQUERADE_BIT 14 /* of the packet mark, as upstream's default; only the file can choose another */
#define AT(member)     offsetof(struct proxy_options, member)
static const struct flag flags[] = {
    {"kubeconfig", FLAG_STRING, AT(kubeconfig), NULL,
     "file that says where the API server is and who we are (default: in-cluster)"},
    {"config", FLAG_STRING, AT(config), NULL, "a KubeProxyConfiguration, whose settings win over flags"},
    {"proxy-mode", FLAG_STRING, AT(mode), "nftables", "nftables; there is no other"},
    {"cluster-cidr", FLAG_STRING, AT(cluster_cidr), NULL,
     "the pods' addresses, one range a family: what comes to a cluster IP from elsewhere is masqueraded"},
    {"detect-local-mode", FLAG_STRING, AT(detect_local), "ClusterCIDR",
     "how traffic of this node's pods is told: ClusterCIDR, NodeCIDR, BridgeInterface, InterfaceNamePrefix"},
    {"pod-bridge-interface", FLAG_STRING, AT(bridge), NULL,
     "the bridge of --detect-local-mode=BridgeInterface"},
    {"pod-interface-name-prefix", FLAG_STRING, AT(interface_prefix), NULL,
     "how pods' interfaces begin, of --detect-local-mode=InterfaceNamePrefix"},
    {"hostname-override", FLAG_STRING, AT(hostname), NULL, "the node's name (default: the host's)"},
    {"healthz-bind-address", FLAG_STRING, AT(healthz_address), "0.0.0.0:10256",
     "address and port of /healthz; empty: none"},
    {"metrics-bind-address", FLAG_STRING, AT(metrics_address), "127.0.0.1:10249",
     "address and port of /metrics; empty: none"},
    {"nodeport-addresses", FLAG_LIST, AT(nodeport_addresses), NULL,
     "ranges of the local addresses that serve node ports, or \"primary\": the node's own (the default)"},
    {"masquerade-all", FLAG_BOOL, AT(masquerade_all), "false", "masquerade all that goes to cluster IPs"},
    {"min-sync-period", FLAG_DURATION, AT(min_sync_ns), "0s",
     "the least time between two changes of the rules"},
    {"conntrack-max-per-core", FLAG_INTEGER, AT(conntrack.max_per_core), "32768",
     "connections that may be tracked, for each core; 0: what the kernel has. It is only ever raised"},
    {"conntrack-min", FLAG_INTEGER, AT(conntrack.min), "131072", "the least of that for all cores together"},
    {"conntrack-tcp-be-liberal", FLAG_BOOL, AT(conntrack.tcp_be_liberal), "false",
     "track TCP packets that are out of the window, too"},
    {"conntrack-tcp-timeout-close-wait", FLAG_DURATION, AT(conntrack.tcp_close_wait_ns), "1h",
     "when half-closed connections are forgotten"},
    {"conntrack-tcp-timeout-established", FLAG_DURATION, AT(conntrack.tcp_established_ns), "24h",
     "when silent TCP connections are forgotten; 0: what the kernel has"},
    {"conntrack-udp-timeout", FLAG_DURATION, AT(conntrack.udp_ns), NULL,
     "when unanswered UDP exchanges are forgotten; 0: what the kernel has"},
    {"conntrack-udp-timeout-stream", FLAG_DURATION, AT(conntrack.udp_stream_ns), NULL,
     "when answered UDP exchanges are forgotten; 0: what the kernel has"},
    {"cleanup", FLAG_BOOL, AT(cleanup), "false", "remove the rules and end"},
    {"bind-address", FLAG_STRING, AT(ignored), NULL, ""},
    {"bind-address-hard-fail", FLAG_BOOL, AT(ignored_bool), NULL, ""},
    {"config-sync-period", FLAG_DURATION, AT(ignored_ns), NULL, ""},
    {"feature-gates", FLAG_LIST, AT(ignored_list), NULL, ""},
    {"iptables-localhost-nodeports", FLAG_BOOL, AT(ignored_bool), NULL, ""},
    {"iptables-min-sync-period", FLAG_DURATION, AT(ignored_ns), NULL, ""},
    {"iptables-sync-period", FLAG_DURATION, AT(ignored_ns), NULL, ""},
    {"kube-api-burst", FLAG_INTEGER, AT(ignored_number), NULL, ""},
    {"kube-api-content-type", FLAG_STRING, AT(ignored), NULL, ""},
    {"kube-api-qps", FLAG_STRING, AT(ignored), NULL, ""},
    {"oom-score-adj", FLAG_INTEGER, AT(ignored_number), NULL, ""},
    {"profiling", FLAG_BOOL, AT(ignored_bool), NULL, ""},
    {"show-hidden-metrics-for-version", FLAG_STRING, AT(ignored), NULL, ""},
};

static void stop(void *component)
{
    struct component *c = component;
    proxy_server_stop(c->healthz);
    proxy_server_stop(c->metrics);
    if (c->client)
        client_stop(c->client);
    if (c->proxy)
        proxy_stop(c->proxy);
    if (c->client)
        client_free(c->client);
    free(c);
}

static int start(const void *options, void **ret_component, struct error *err);

static const struct daemon proxy_daemon = {
    .name = "kube-proxy",
    .summary = "carries connections to services to their endpoints",
    .flags = flags,
    .flags_count = ARRAY_SIZE(flags),
    .options_size = sizeof(struct proxy_options),
    .start = start,
    .stop = stop,
    .bind_address_offset = (size_t)-1,
    .port_offset = (size_t)-1,
};

static int check_mode(const struct proxy_options *o, struct error *err)
{
    if (o->mode && *o->mode && strcmp(o->mode, "nftables") != 0)
        return error_set(err, ERR_BAD_REQUEST, "--proxy-mode=%s: only nftables is served", o->mode);
    if (o->min_sync_ns < 0)
        return error_set(err, ERR_BAD_REQUEST, "--min-sync-period must not be negative");
    return 0;
}

static int start(const void *options, void **ret_component, struct error *err)
{
    struct proxy_options *o = (void *)(uintptr_t)options;
    o->masquerade_bit = MASQUERADE_BIT;
    if ((o->config && *o->config && proxy_read_config(o, err) < 0) || check_mode(o, err) < 0)
        return -1;
    struct component *c = new0(struct component);
    if (o->cleanup) {
        int failed = proxy_cleanup(err);
        if (failed)
            free(c);
        else
            daemon_request_stop(0);
        *ret_component = failed ? NULL : c;
        return failed;
    }
    conntrack_apply(&o->conntrack, "/proc/sys/net/netfilter");
    struct client_config client = {.kubeconfig = o->kubeconfig, .user_agent = "kube-proxy"};
    if (client_new(&client, &c->client, err) < 0 || proxy_start(c->client, o, &c->proxy, err) < 0 ||
        proxy_serve_health(c->proxy, o->healthz_address, &c->healthz, err) < 0 ||
        proxy_serve_metrics(c->proxy, o->metrics_address, &c->metrics, err) < 0) {
        stop(c);
        return -1;
    }
    *ret_component = c;
    return 0;
}

int main(int argc, char **argv)
{
    return daemon_main(&proxy_daemon, argc, argv);
}
