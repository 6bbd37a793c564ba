/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: one member a flag, with upstream's names, meanings and defaults. Durations are in
 * nanoseconds. */
#ifndef KEELSON_CONTROLLER_MANAGER_OPTIONS_H
#define KEELSON_CONTROLLER_MANAGER_OPTIONS_H

#include "core/daemon/elected.h"

struct manager_options {
    char *kubeconfig, *bind_address, *tls_cert, *tls_key;
    int64_t secure_port;
    bool use_service_account_credentials;
    struct election_options election;
    struct flag_list controllers;

    char *cluster_cidr, *service_cluster_ip_range;
    bool allocate_node_cidrs;
    int64_t node_cidr_mask_size, node_cidr_mask_size_ipv4, node_cidr_mask_size_ipv6;

    char *service_account_private_key_file, *root_ca_file;
    char *cluster_signing_cert_file, *cluster_signing_key_file;
    int64_t cluster_signing_duration;

    int64_t node_monitor_grace_period, node_startup_grace_period, node_monitor_period;
    double node_eviction_rate, secondary_node_eviction_rate;
    int64_t large_cluster_size_threshold;
    double unhealthy_zone_threshold;
    char *node_eviction_rate_text, *secondary_node_eviction_rate_text, *unhealthy_zone_threshold_text;

    int64_t terminated_pod_gc_threshold, resource_quota_sync_period, namespace_sync_period;
    int64_t max_endpoints_per_slice, mirroring_max_endpoints_per_subset;
    bool enable_garbage_collector;

    int64_t concurrent_deployment_syncs, concurrent_replicaset_syncs, concurrent_rc_syncs;
    int64_t concurrent_endpoint_syncs, concurrent_service_endpoint_syncs, concurrent_namespace_syncs;
    int64_t concurrent_gc_syncs, concurrent_resource_quota_syncs, concurrent_serviceaccount_token_syncs;
    int64_t concurrent_statefulset_syncs, concurrent_daemonset_syncs, concurrent_job_syncs,
        concurrent_cron_job_syncs;
    int64_t concurrent_ttl_after_finished_syncs, concurrent_horizontal_pod_autoscaler_syncs;
    int64_t mirroring_concurrent_service_endpoint_syncs;
    int64_t horizontal_pod_autoscaler_sync_period, horizontal_pod_autoscaler_downscale_stabilization;

    char *accepted; /* where flags without effect put what they were given */
    bool accepted_bool;
    struct flag_list accepted_list;
};

#endif
