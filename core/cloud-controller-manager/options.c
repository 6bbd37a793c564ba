/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's flags. */
#include "core/cloud-controller-manager/options.h"

#include "core/base/clock.h"
#include "core/base/memory.h"
#include "core/cloud-controller-manager/controllers.h"

#define AT(member) offsetof(struct cloud_options, member)
const struct flag cloud_flags[] = {
    {"kubeconfig", FLAG_STRING, AT(kubeconfig), NULL,
     "file that says where the API server is and who we are (default: in-cluster)"},
    {"cloud-config", FLAG_STRING, AT(cloud_config), KEELSON_SYSCONF_DIR "/cloud.conf",
     "the clouds of this cluster: plugins = ( { name; file; config; }, … ) in libconfig's syntax"},
    {"cloud-provider", FLAG_STRING, AT(cloud_provider), "external", ""},
    {"cluster-name", FLAG_STRING, AT(cluster_name), "kubernetes", "this cluster's name in its clouds"},
    {"controllers", FLAG_LIST, AT(controllers), "*",
     "which controllers run: * for all that are on by default, NAME, -NAME; cloud-node-controller"},
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
    {"bind-address", FLAG_STRING, AT(bind_address), "127.0.0.1", "address of /healthz, /readyz and /metrics"},
    {"secure-port", FLAG_INTEGER, AT(port), "10258", "its port; 0: none"},
    ELECTION_FLAGS(AT(election), "cloud-controller-manager"),
    {"plugin-dir", FLAG_STRING, AT(plugin_dir), NULL, "where plugin files are looked for"},
    {"state-dir", FLAG_STRING, AT(state_dir), "/var/lib/keelson", "where plugins keep their state"},
    {"allow-unowned-plugins", FLAG_BOOL, AT(allow_unowned_plugins), "false",
     "load plugin files that do not belong to root (development)"},
    {"authentication-kubeconfig", FLAG_STRING, AT(accepted), NULL, ""},
    {"authorization-kubeconfig", FLAG_STRING, AT(accepted), NULL, ""},
    {"use-service-account-credentials", FLAG_BOOL, AT(accepted_bool), NULL, ""},
    {"profiling", FLAG_BOOL, AT(accepted_bool), NULL, ""},
    {"kube-api-qps", FLAG_STRING, AT(accepted), NULL, ""},
    {"kube-api-burst", FLAG_INTEGER, AT(accepted_number), NULL, ""},
};
const size_t cloud_flags_count = ARRAY_SIZE(cloud_flags);

int cloud_options_check(const struct cloud_options *o, struct error *err)
{
    if (o->node_status_update_frequency < NS_PER_S)
        return error_set(err, ERR_BAD_REQUEST, "--node-status-update-frequency must be at least 1s");
    return controllers_check(&o->controllers, err);
}
