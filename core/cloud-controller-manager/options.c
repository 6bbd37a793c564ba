/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's flags. */
#include "core/cloud-controller-manager/options.h"

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/cloud-controller-manager/controllers.h"
#include "core/daemon/accepted-flags.h"

#define AT(member) offsetof(struct cloud_options, member)
const struct flag cloud_flags[] = {
    {"kubeconfig", FLAG_STRING, AT(kubeconfig), NULL,
     "file that says where the API server is and who we are (default: in-cluster)"},
    {"cloud-config", FLAG_STRING, AT(cloud_config), KEELSON_SYSCONF_DIR "/cloud.conf",
     "the clouds of this cluster: plugins = ( { name; file; config; }, … ) in libconfig's syntax"},
    {"cloud-provider", FLAG_STRING, AT(cloud_provider), "external", ""},
    {"cluster-name", FLAG_STRING, AT(cluster_name), "kubernetes", "this cluster's name in its clouds"},
    {"controllers", FLAG_LIST, AT(controllers), "*",
     "which controllers run: * for all that are on by default, NAME, -NAME; cloud-node-controller, "
     "cloud-node-lifecycle-controller, service-lb-controller, node-route-controller"},
    {"node-status-update-frequency", FLAG_DURATION, AT(node_status_update_frequency), "5m",
     "how often a node's addresses are read from its cloud"},
    {"concurrent-service-syncs", FLAG_INTEGER, AT(concurrent_service_syncs), "1",
     "how many Services of each cloud are worked on at once"},
    {"default-load-balancer-provider", FLAG_STRING, AT(default_load_balancer_provider), "",
     "the cloud of Services that name none by class or annotation; none: nobody's; default: the first that "
     "offers load balancers"},
    {"allocate-node-cidrs", FLAG_BOOL, AT(allocate_node_cidrs), "false",
     "nodes have pod CIDRs, for which clouds may make routes"},
    {"configure-cloud-routes", FLAG_BOOL, AT(configure_cloud_routes), "true",
     "make routes to pod CIDRs in the clouds (with --allocate-node-cidrs)"},
    {"cluster-cidr", FLAG_STRING, AT(cluster_cidr), "",
     "the pods' addresses: a CIDR, or one of each family; routes outside of it are nobody's business here"},
    {"route-reconciliation-period", FLAG_DURATION, AT(route_reconciliation_period), "10m",
     "how often routes are compared with those in the clouds although no node changed"},
    {"node-monitor-period", FLAG_DURATION, AT(node_monitor_period), "5s",
     "how long a node is not ready before its cloud is asked; then twice as long each time, up to a minute"},
    {"node-gone-confirmation", FLAG_DURATION, AT(node_gone_confirmation), "10s",
     "what lies at least between the two answers by which a cloud proves that an instance is gone"},
    {"node-removal-interval", FLAG_DURATION, AT(node_removal_interval), "10s",
     "between two removals of nodes of one cloud, beyond the burst"},
    {"node-removal-burst", FLAG_INTEGER, AT(node_removal_burst), "10",
     "nodes of one cloud that may be removed at once"},
    {"node-removal-max-percent", FLAG_INTEGER, AT(node_removal_max_percent), "50",
     "when more of a cloud's nodes (of at least 3) would be gone within the window, none is removed; 100: no "
     "such limit"},
    {"node-removal-window", FLAG_DURATION, AT(node_removal_window), "10m", "that window"},
    {"bind-address", FLAG_STRING, AT(bind_address), "127.0.0.1", "address of /healthz, /readyz and /metrics"},
    {"secure-port", FLAG_INTEGER, AT(port), "10258", "its port; 0: none"},
    HEALTH_TLS_FLAGS(AT(tls_cert), AT(tls_key)),
    ELECTION_FLAGS(AT(election), "cloud-controller-manager"),
    {"plugin-dir", FLAG_STRING, AT(plugin_dir), NULL, "where plugin files are looked for"},
    {"state-dir", FLAG_STRING, AT(state_dir), "/var/lib/keelson", "where plugins keep their state"},
    {"allow-unowned-plugins", FLAG_BOOL, AT(allow_unowned_plugins), "false",
     "load plugin files that do not belong to root (development)"},
    ACCEPTED_TEXT("cidr-allocator-type", AT(accepted)),
    ACCEPTED_TEXT("concurrent-node-syncs", AT(accepted)),
    ACCEPTED_TEXT("controller-start-interval", AT(accepted)),
    ACCEPTED_TEXT("external-cloud-volume-plugin", AT(accepted)),
    ACCEPTED_TEXT("leader-migration-config", AT(accepted)),
    ACCEPTED_TEXT("min-resync-period", AT(accepted)),
    ACCEPTED_TEXT("node-cidr-mask-size", AT(accepted)),
    ACCEPTED_TEXT("node-cidr-mask-size-ipv4", AT(accepted)),
    ACCEPTED_TEXT("node-cidr-mask-size-ipv6", AT(accepted)),
    ACCEPTED_TEXT("webhook-bind-address", AT(accepted)),
    ACCEPTED_TEXT("webhook-cert-dir", AT(accepted)),
    ACCEPTED_TEXT("webhook-secure-port", AT(accepted)),
    ACCEPTED_TEXT("webhook-tls-cert-file", AT(accepted)),
    ACCEPTED_TEXT("webhook-tls-private-key-file", AT(accepted)),
    ACCEPTED_TEXT("webhooks", AT(accepted)),
    ACCEPTED_BOOL("allow-untagged-cloud", AT(accepted_bool)),
    ACCEPTED_BOOL("enable-leader-migration", AT(accepted_bool)),
    ACCEPTED_BOOL("use-service-account-credentials", AT(accepted_bool)),
    ACCEPTED_FLAGS(AT(accepted), AT(accepted_bool)),
};
const size_t cloud_flags_count = ARRAY_SIZE(cloud_flags);

static int check_range(const char *flag, int64_t value, int64_t min, int64_t max, const char *wanted,
                       struct error *err)
{
    return value >= min && value <= max ? 0
                                        : error_set(err, ERR_BAD_REQUEST, "--%s must be %s", flag, wanted);
}

int cloud_options_check(const struct cloud_options *o, struct error *err)
{
    const struct {
        const char *flag;
        int64_t value, min, max;
        const char *wanted;
    } rows[] = {
        {"node-status-update-frequency", o->node_status_update_frequency, NS_PER_S, INT64_MAX, "at least 1s"},
        {"node-monitor-period", o->node_monitor_period, 100 * NS_PER_MS, INT64_MAX, "at least 100ms"},
        {"node-gone-confirmation", o->node_gone_confirmation, NS_PER_S, 300 * NS_PER_S, "from 1s to 5m"},
        {"node-removal-interval", o->node_removal_interval, 0, INT64_MAX, "0s or more"},
        {"node-removal-burst", o->node_removal_burst, 1, 100000, "from 1 to 100000"},
        {"node-removal-max-percent", o->node_removal_max_percent, 0, 100, "from 0 to 100"},
        {"node-removal-window", o->node_removal_window, NS_PER_S, INT64_MAX, "at least 1s"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (check_range(rows[i].flag, rows[i].value, rows[i].min, rows[i].max, rows[i].wanted, err) < 0)
            return -1;
    if (!*o->cluster_name) /* it marks what is this cluster's */
        return error_set(err, ERR_BAD_REQUEST, "--cluster-name may not be empty");
    return election_check(&o->election, err) < 0 ? -1 : controllers_check(&o->controllers, err);
}
