/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's table and its flags. Those with empty help are accepted so that command lines written for
 * upstream's daemon work, and have no effect. */
#include "core/controller-manager/controller-manager.h"

#include <stddef.h>

#include "core/base/memory.h"
#include "core/controller-manager/component.h"
#include "core/controller-manager/options.h"
#include "core/daemon/accepted-flags.h"

#define FLAG(name, type, member, fallback, help)                                                             \
    {                                                                                                        \
        name, FLAG_##type, offsetof(struct manager_options, member), fallback, help                          \
    }
#define IGNORED(name)      FLAG(name, STRING, accepted, NULL, "")
#define IGNORED_BOOL(name) FLAG(name, BOOL, accepted_bool, NULL, "")

/* clang-format off */
static const struct flag flags[] = {
    FLAG("kubeconfig", STRING, kubeconfig, NULL, "file that says where the API server is and who we are; none: in a pod"),
    FLAG("bind-address", STRING, bind_address, "0.0.0.0", "address of health and metrics"),
    FLAG("secure-port", INTEGER, secure_port, "10257", "their port; 0: not served"),
    FLAG("controllers", LIST, controllers, "*", "which controllers run: * those that run by default, NAME one more, -NAME not that one"),
    HEALTH_TLS_FLAGS(offsetof(struct manager_options, tls_cert), offsetof(struct manager_options, tls_key)),
    ELECTION_FLAGS(offsetof(struct manager_options, election), "kube-controller-manager"),
    FLAG("use-service-account-credentials", BOOL, use_service_account_credentials, "false", "each controller acts as its own service account"),
    FLAG("cluster-cidr", STRING, cluster_cidr, NULL, "range of the pods' addresses, one or one a family; needs --allocate-node-cidrs"),
    FLAG("service-cluster-ip-range", STRING, service_cluster_ip_range, NULL, "range of the services' addresses, kept out of the nodes' ranges"),
    FLAG("allocate-node-cidrs", BOOL, allocate_node_cidrs, "false", "give each node a range of pod addresses"),
    FLAG("node-cidr-mask-size", INTEGER, node_cidr_mask_size, "0", "size of a node's range (24, and 64 for IPv6)"),
    FLAG("node-cidr-mask-size-ipv4", INTEGER, node_cidr_mask_size_ipv4, "0", "the same for IPv4 of two families"),
    FLAG("node-cidr-mask-size-ipv6", INTEGER, node_cidr_mask_size_ipv6, "0", "the same for IPv6 of two families"),
    FLAG("service-account-private-key-file", STRING, service_account_private_key_file, NULL, "PEM key that signs tokens of service accounts"),
    FLAG("root-ca-file", STRING, root_ca_file, NULL, "the API server's authority, given to every namespace"),
    FLAG("cluster-signing-cert-file", STRING, cluster_signing_cert_file, NULL, "authority that signs certificate requests"),
    FLAG("cluster-signing-key-file", STRING, cluster_signing_key_file, NULL, "its key"),
    FLAG("cluster-signing-duration", DURATION, cluster_signing_duration, "8760h", "how long signed certificates are valid at most"),
    FLAG("node-monitor-grace-period", DURATION, node_monitor_grace_period, "50s", "how long a node may be silent before it counts as unhealthy"),
    FLAG("node-startup-grace-period", DURATION, node_startup_grace_period, "1m0s", "how long a new node may take to tell its state"),
    FLAG("node-monitor-period", DURATION, node_monitor_period, "5s", "how often nodes are looked at"),
    FLAG("node-eviction-rate", STRING, node_eviction_rate_text, "0.1", "nodes a second that are tainted when a zone is healthy"),
    FLAG("secondary-node-eviction-rate", STRING, secondary_node_eviction_rate_text, "0.01", "the same when a zone is not"),
    FLAG("unhealthy-zone-threshold", STRING, unhealthy_zone_threshold_text, "0.55", "share of nodes that makes a zone unhealthy"),
    FLAG("large-cluster-size-threshold", INTEGER, large_cluster_size_threshold, "50", "nodes of a zone from which on the secondary rate counts"),
    FLAG("terminated-pod-gc-threshold", INTEGER, terminated_pod_gc_threshold, "12500", "finished pods that may stay; 0: all"),
    FLAG("resource-quota-sync-period", DURATION, resource_quota_sync_period, "5m0s", "how often quotas are counted anew"),
    FLAG("namespace-sync-period", DURATION, namespace_sync_period, "5m0s", "how often namespaces are looked at"),
    FLAG("max-endpoints-per-slice", INTEGER, max_endpoints_per_slice, "100", "endpoints of one EndpointSlice"),
    FLAG("mirroring-max-endpoints-per-subset", INTEGER, mirroring_max_endpoints_per_subset, "1000", "endpoints mirrored of one subset"),
    FLAG("enable-garbage-collector", BOOL, enable_garbage_collector, "true", "delete what lost its owners"),
    FLAG("concurrent-deployment-syncs", INTEGER, concurrent_deployment_syncs, "5", "how many are worked on at once"),
    FLAG("concurrent-replicaset-syncs", INTEGER, concurrent_replicaset_syncs, "5", "how many are worked on at once"),
    FLAG("concurrent-rc-syncs", INTEGER, concurrent_rc_syncs, "5", "how many are worked on at once"),
    FLAG("concurrent-endpoint-syncs", INTEGER, concurrent_endpoint_syncs, "5", "how many are worked on at once"),
    FLAG("concurrent-service-endpoint-syncs", INTEGER, concurrent_service_endpoint_syncs, "5", "how many are worked on at once"),
    FLAG("concurrent-namespace-syncs", INTEGER, concurrent_namespace_syncs, "10", "how many are worked on at once"),
    FLAG("concurrent-gc-syncs", INTEGER, concurrent_gc_syncs, "20", "how many are worked on at once"),
    FLAG("concurrent-resource-quota-syncs", INTEGER, concurrent_resource_quota_syncs, "5", "how many are worked on at once"),
    FLAG("concurrent-serviceaccount-token-syncs", INTEGER, concurrent_serviceaccount_token_syncs, "5", "how many are worked on at once"),
    FLAG("concurrent-statefulset-syncs", INTEGER, concurrent_statefulset_syncs, "5", "how many are worked on at once"),
    FLAG("concurrent-daemonset-syncs", INTEGER, concurrent_daemonset_syncs, "2", "how many are worked on at once"),
    FLAG("concurrent-job-syncs", INTEGER, concurrent_job_syncs, "5", "how many are worked on at once"),
    FLAG("concurrent-cron-job-syncs", INTEGER, concurrent_cron_job_syncs, "5", "how many are worked on at once"),
    FLAG("concurrent-ttl-after-finished-syncs", INTEGER, concurrent_ttl_after_finished_syncs, "5", "how many are worked on at once"),
    FLAG("concurrent-horizontal-pod-autoscaler-syncs", INTEGER, concurrent_horizontal_pod_autoscaler_syncs, "5", "how many are worked on at once"),
    FLAG("mirroring-concurrent-service-endpoint-syncs", INTEGER, mirroring_concurrent_service_endpoint_syncs, "5", "how many are worked on at once"),
    FLAG("horizontal-pod-autoscaler-sync-period", DURATION, horizontal_pod_autoscaler_sync_period, "15s", "how often autoscalers are looked at"),
    FLAG("horizontal-pod-autoscaler-downscale-stabilization", DURATION, horizontal_pod_autoscaler_downscale_stabilization, "5m0s", "how long a high recommendation holds"),
    IGNORED("cluster-name"),
    IGNORED("cloud-provider"),
    IGNORED("cloud-config"),
    IGNORED("min-resync-period"),
    IGNORED("controller-start-interval"),
    IGNORED("pv-recycler-pod-template-filepath-hostpath"),
    IGNORED("flex-volume-plugin-dir"),
    IGNORED("attach-detach-reconcile-sync-period"),
    IGNORED("pvclaimbinder-sync-period"),
    IGNORED("concurrent-service-syncs"),
    IGNORED("concurrent-ephemeralvolume-syncs"),
    IGNORED("concurrent-validating-admission-policy-status-syncs"),
    IGNORED("endpoint-updates-batch-period"),
    IGNORED("endpointslice-updates-batch-period"),
    IGNORED("mirroring-endpointslice-updates-batch-period"),
    IGNORED("legacy-service-account-token-clean-up-period"),
    IGNORED("cluster-signing-kubelet-client-cert-file"),
    IGNORED("cluster-signing-kubelet-client-key-file"),
    IGNORED("cluster-signing-kubelet-serving-cert-file"),
    IGNORED("cluster-signing-kubelet-serving-key-file"),
    IGNORED("cluster-signing-kube-apiserver-client-cert-file"),
    IGNORED("cluster-signing-kube-apiserver-client-key-file"),
    IGNORED("cluster-signing-legacy-unknown-cert-file"),
    IGNORED("cluster-signing-legacy-unknown-key-file"),
    IGNORED_BOOL("enable-dynamic-provisioning"),
    IGNORED_BOOL("enable-hostpath-provisioner"),
    IGNORED("external-cloud-volume-plugin"),
    IGNORED_BOOL("configure-cloud-routes"),
    IGNORED("route-reconciliation-period"),
    IGNORED("node-sync-period"),
    IGNORED("horizontal-pod-autoscaler-cpu-initialization-period"),
    IGNORED("horizontal-pod-autoscaler-initial-readiness-delay"),
    IGNORED("horizontal-pod-autoscaler-tolerance"),
    IGNORED_BOOL("disable-attach-detach-reconcile-sync"),
    IGNORED_BOOL("allow-untagged-cloud"),
    IGNORED_BOOL("disable-force-detach-on-timeout"),
    IGNORED_BOOL("enable-leader-migration"),
    IGNORED("cidr-allocator-type"),
    IGNORED("concurrent-device-taint-eviction-syncs"),
    IGNORED("concurrent-resource-claim-syncs"),
    IGNORED("leader-migration-config"),
    IGNORED("pv-recycler-increment-timeout-nfs"),
    IGNORED("pv-recycler-minimum-timeout-hostpath"),
    IGNORED("pv-recycler-minimum-timeout-nfs"),
    IGNORED("pv-recycler-pod-template-filepath-nfs"),
    IGNORED("pv-recycler-timeout-increment-hostpath"),
    ACCEPTED_FLAGS(offsetof(struct manager_options, accepted), offsetof(struct manager_options, accepted_bool)),
};
/* clang-format on */

const struct daemon controller_manager_daemon = {
    .name = "kube-controller-manager",
    .summary = "makes the cluster what its objects say: replicas, endpoints, service accounts, node life "
               "cycle, garbage",
    .flags = flags,
    .flags_count = ARRAY_SIZE(flags),
    .options_size = sizeof(struct manager_options),
    .start = component_start,
    .stop = component_stop,
    .metrics = component_metrics,
    .bind_address_offset = offsetof(struct manager_options, bind_address),
    .port_offset = offsetof(struct manager_options, secure_port),
    .tls_cert_offset = offsetof(struct manager_options, tls_cert),
    .tls_key_offset = offsetof(struct manager_options, tls_key),
};
