/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: one member a flag, with upstream's names, meanings and defaults. Durations are in
 * nanoseconds. */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_OPTIONS_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_OPTIONS_H

#include "core/daemon/elected.h"

struct cloud_options {
    char *kubeconfig, *cloud_config, *cloud_provider, *cluster_name, *bind_address, *tls_cert, *tls_key;
    char *plugin_dir, *state_dir;
    struct election_options election;
    struct flag_list controllers;
    int64_t port;
    bool allow_unowned_plugins;

    int64_t node_status_update_frequency, node_monitor_period;
    int64_t node_gone_confirmation, node_removal_interval, node_removal_burst;
    int64_t node_removal_max_percent, node_removal_window;

    int64_t concurrent_service_syncs; /* a cloud */
    char *default_load_balancer_provider;

    bool allocate_node_cidrs, configure_cloud_routes;
    char *cluster_cidr;
    int64_t route_reconciliation_period;

    char *accepted; /* where flags without effect put what they were given */
    bool accepted_bool;
};
extern const struct flag cloud_flags[];
extern const size_t cloud_flags_count;
/* What a flag's type does not say: ranges, and the names of controllers. */
int cloud_options_check(const struct cloud_options *o, struct error *err);

#endif
