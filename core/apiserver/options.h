/* SPDX-License-Identifier: Apache-2.0 */
/* kube-apiserver's flags, as a struct. Names and meanings as upstream's; options.c has the table. */
#ifndef KEELSON_APISERVER_OPTIONS_H
#define KEELSON_APISERVER_OPTIONS_H

#include "core/daemon/daemon.h"

struct apiserver_options {
    char *bind_address, *advertise_address;
    int64_t secure_port;
    char *tls_cert_file, *tls_private_key_file, *client_ca_file;
    struct flag_list service_account_key_files, api_audiences, service_account_issuers;
    char *service_account_signing_key_file, *service_account_jwks_uri;
    int64_t service_account_max_token_expiration_ns;
    char *token_auth_file;
    bool enable_bootstrap_token_auth, anonymous_auth, allow_privileged;
    struct flag_list authorization_mode, enable_admission_plugins, disable_admission_plugins;
    char *service_cluster_ip_range, *service_node_port_range;
    char *kubelet_client_certificate, *kubelet_client_key, *kubelet_certificate_authority;
    struct flag_list kubelet_preferred_address_types;
    int64_t kubelet_timeout_ns;
    struct flag_list etcd_servers;
    char *etcd_cafile, *etcd_certfile, *etcd_keyfile, *etcd_prefix;
    int64_t etcd_compaction_interval_ns;
    char *storage_config, *plugin_dir, *data_dir;
    int64_t event_ttl_ns, max_requests_inflight, max_mutating_requests_inflight, request_timeout_ns,
        min_request_timeout_s;
    char *requestheader_client_ca_file, *proxy_client_cert_file, *proxy_client_key_file;
    struct flag_list requestheader_allowed_names, requestheader_username_headers, requestheader_group_headers,
        requestheader_extra_headers_prefix;
    int64_t verbosity, shutdown_delay_ns;
    bool allow_unowned_plugins, profiling, enable_priority_and_fairness, enable_aggregator_routing;
    char *config;
};
enum { APISERVER_FLAGS = 52 };
extern const struct flag apiserver_flags[APISERVER_FLAGS];

#endif
