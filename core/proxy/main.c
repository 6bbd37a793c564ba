/* SPDX-License-Identifier: Apache-2.0 */
/* kube-proxy: flags, health, and the proxy of this node. */
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/daemon/health.h"
#include "core/proxy/proxy.h"

struct component {
    struct client *client;
    struct proxy *proxy;
    struct health_server *healthz, *metrics;
};

#define AT(member) offsetof(struct proxy_options, member)
static const struct flag flags[] = {
    {"kubeconfig", FLAG_STRING, AT(kubeconfig), NULL,
     "file that says where the API server is and who we are (default: in-cluster)"},
    {"config", FLAG_STRING, AT(config), NULL, "a KubeProxyConfiguration, whose settings win over flags"},
    {"proxy-mode", FLAG_STRING, AT(mode), "nftables", "nftables; there is no other"},
    {"cluster-cidr", FLAG_STRING, AT(cluster_cidr), NULL,
     "the pods' addresses, one range a family: what comes to a cluster IP from elsewhere is masqueraded"},
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
    {"cleanup", FLAG_BOOL, AT(cleanup), "false", "remove the rules and end"},
    {"iptables-min-sync-period", FLAG_STRING, AT(ignored), NULL, ""},
    {"iptables-sync-period", FLAG_STRING, AT(ignored), NULL, ""},
    {"conntrack-max-per-core", FLAG_INTEGER, AT(ignored_number), NULL, ""},
    {"conntrack-min", FLAG_INTEGER, AT(ignored_number), NULL, ""},
    {"conntrack-tcp-timeout-close-wait", FLAG_STRING, AT(ignored), NULL, ""},
    {"conntrack-tcp-timeout-established", FLAG_STRING, AT(ignored), NULL, ""},
    {"kube-api-qps", FLAG_STRING, AT(ignored), NULL, ""},
    {"kube-api-burst", FLAG_INTEGER, AT(ignored_number), NULL, ""},
    {"oom-score-adj", FLAG_INTEGER, AT(ignored_number), NULL, ""},
    {"profiling", FLAG_BOOL, AT(ignored_bool), NULL, ""},
};

static bool rules_current(void *component, struct buffer *why)
{
    return proxy_healthy(((struct component *)component)->proxy, why);
}
static const struct daemon_health health[] = {{"rules", rules_current}, {NULL, NULL}};

static void metrics(void *component, struct buffer *out)
{
    proxy_metrics(((struct component *)component)->proxy, out);
}

static void stop(void *component)
{
    struct component *c = component;
    health_server_stop(c->healthz);
    health_server_stop(c->metrics);
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
    .metrics = metrics,
    .health = health,
    .bind_address_offset = (size_t)-1,
    .port_offset = (size_t)-1,
};

/* "127.0.0.1:10249", "[::1]:10249"; port 0 or an empty text: no server. */
static int serve(struct component *c, const char *flag, const char *text, struct health_server **ret,
                 struct error *err)
{
    const char *colon = strrchr(text ? text : "", ':');
    uint64_t port;
    if (!text || !*text)
        return 0;
    if (!colon || !parse_u64(slice_of(colon + 1), 65535, &port))
        return error_set(err, ERR_BAD_REQUEST, "--%s: \"%s\" is no address:port", flag, text);
    if (port == 0)
        return 0;
    struct slice address = {text, (size_t)(colon - text)};
    if (slice_starts(address, "[") && slice_ends(address, "]"))
        address = (struct slice){address.data + 1, address.size - 2};
    _cleanup_free_ char *host = xstrndup(address.data, address.size);
    return health_server_start(&proxy_daemon, c, host, (uint16_t)port, ret, err);
}

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
    struct client_config client = {.kubeconfig = o->kubeconfig, .user_agent = "kube-proxy"};
    if (client_new(&client, &c->client, err) < 0 || proxy_start(c->client, o, &c->proxy, err) < 0 ||
        serve(c, "healthz-bind-address", o->healthz_address, &c->healthz, err) < 0 ||
        serve(c, "metrics-bind-address", o->metrics_address, &c->metrics, err) < 0) {
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
