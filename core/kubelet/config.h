/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The kubelet's settings: defaults, then the KubeletConfiguration file (kubelet.config.k8s.io/v1beta1), then
 * flags. A struct kubelet_config owns all it points to and does not change once made; any thread may read it.
 */
#ifndef KEELSON_KUBELET_CONFIG_H
#define KEELSON_KUBELET_CONFIG_H

#include "core/api/json.h"
#include "core/daemon/daemon.h"

/* The command line, as flags_parse fills it. Text that is NULL or "" was not given, integers -1. */
struct kubelet_options {
    char *kubeconfig, *bootstrap_kubeconfig, *config, *plugins, *plugin_dir, *hostname_override, *node_ip,
        *root_dir, *cert_dir;
    char *static_pod_path, *runtime_endpoint, *runtime_cgroups, *kubelet_cgroups, *cgroup_root,
        *cgroup_driver, *client_ca_file;
    char *tls_cert_file, *tls_private_key_file, *anonymous_auth, *webhook_auth, *authorization_mode, *address,
        *cluster_domain;
    char *provider_id, *resolv_conf, *fail_swap_on, *cgroups_per_qos, *pod_infra_image, *cloud_provider,
        *pod_cidr, *logs_dir;
    char *event_qps, *ignored;
    struct flag_list node_labels, register_with_taints, cluster_dns, eviction_hard, feature_gates,
        ignored_list;
    int64_t port, healthz_port, read_only_port, max_pods, image_gc_high, image_gc_low, ignored_number;
    bool register_node, ignored_bool, unowned_plugins;
};
extern const struct flag kubelet_flags[];
extern const size_t kubelet_flags_count;

struct eviction_threshold { /* "memory.available<100Mi", "nodefs.available<10%" */
    char *signal;
    int64_t quantity; /* bytes or inodes; unless percent */
    double percent;   /* 0: quantity counts */
};

struct kubelet_config {
    struct arena arena; /* all text and documents below */
    const char *kubeconfig, *plugins_file, *plugin_dir, *node_name, *node_ip, *root_dir, *cert_dir,
        *static_pod_path, *runtime_endpoint, *cgroup_root, *cgroup_driver, *client_ca_file, *tls_cert_file,
        *tls_private_key_file, *address, *cluster_domain, *provider_id, *resolv_conf, *pod_logs_dir,
        *authorization_mode, *pod_cidr, *log_max_size, *cloud_provider, *sandbox_image;
    const struct json *cluster_dns;                     /* array of strings, or NULL */
    const struct json *register_with_taints;            /* array of Taint, or NULL */
    const struct json *node_labels;                     /* object of strings, or NULL */
    const struct json *kube_reserved, *system_reserved; /* objects of quantities, or NULL */
    const struct json *eviction_hard;                   /* object signal → threshold */
    const struct json *allowed_unsafe_sysctls; /* array of strings (patterns with a trailing *), or NULL */
    struct eviction_threshold *thresholds;
    size_t thresholds_count;
    int64_t port, healthz_port, read_only_port, max_pods, pods_per_core, pod_pids_limit, image_gc_high,
        image_gc_low, lease_duration_s, log_max_files;
    int64_t sync_frequency_ns, status_frequency_ns, report_frequency_ns, image_minimum_age_ns,
        pressure_transition_ns, cpu_cfs_period_ns, shutdown_grace_ns, runtime_timeout_ns, backoff_max_ns;
    int64_t log_max_size_bytes, max_parallel_pulls;
    bool anonymous, webhook_authentication, fail_swap_on, cgroups_per_qos, serialize_pulls, register_node,
        cpu_cfs_quota, seccomp_default, unowned_plugins, enable_server;
};
/* ERR_BAD_REQUEST names the file and the field, or the flag. */
int kubelet_config_make(const struct kubelet_options *options, struct kubelet_config **ret,
                        struct error *err);
void kubelet_config_free(struct kubelet_config *config);

#endif
