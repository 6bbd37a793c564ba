/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the type tables hang on a type where a row is not enough: defaults that follow from other fields
 * (default-*.c), and rules between fields (validate-*.c). Each is given one object of the type that bears it.
 */
#ifndef KEELSON_API_SCHEMA_HOOKS_H
#define KEELSON_API_SCHEMA_HOOKS_H

#include "core/api/json.h"

#define SCHEMA_DEFAULT_HOOK(name_) void name_(struct arena *arena, struct json *object)

SCHEMA_DEFAULT_HOOK(default_container);
SCHEMA_DEFAULT_HOOK(default_volume);
SCHEMA_DEFAULT_HOOK(default_pod);
SCHEMA_DEFAULT_HOOK(default_pod_spec);
SCHEMA_DEFAULT_HOOK(default_service_spec);
SCHEMA_DEFAULT_HOOK(default_load_balancer_ingress);
SCHEMA_DEFAULT_HOOK(default_namespace);
SCHEMA_DEFAULT_HOOK(default_node_spec);
SCHEMA_DEFAULT_HOOK(default_node_status);
SCHEMA_DEFAULT_HOOK(default_limit_range_item);
SCHEMA_DEFAULT_HOOK(default_replication_controller);
SCHEMA_DEFAULT_HOOK(default_rolling_update); /* of deployments, daemon sets, stateful sets */
SCHEMA_DEFAULT_HOOK(default_job);
SCHEMA_DEFAULT_HOOK(default_autoscaler_spec);
SCHEMA_DEFAULT_HOOK(default_autoscaler_behavior);
SCHEMA_DEFAULT_HOOK(default_network_policy_spec);
SCHEMA_DEFAULT_HOOK(default_rbac_subject);
SCHEMA_DEFAULT_HOOK(default_custom_resource_names);
SCHEMA_DEFAULT_HOOK(default_priority_level_spec);
SCHEMA_DEFAULT_HOOK(default_limit_response);
SCHEMA_DEFAULT_HOOK(default_device_request);
SCHEMA_DEFAULT_HOOK(default_secret);

struct validation;
#define SCHEMA_VALIDATE_HOOK(name_) void name_(struct validation *v, const struct json *object)

SCHEMA_VALIDATE_HOOK(validate_object_meta);
SCHEMA_VALIDATE_HOOK(validate_label_selector);
SCHEMA_VALIDATE_HOOK(validate_selector_requirement); /* of label and node selectors */
SCHEMA_VALIDATE_HOOK(validate_pod_spec);
SCHEMA_VALIDATE_HOOK(validate_container);
SCHEMA_VALIDATE_HOOK(validate_env_var);
SCHEMA_VALIDATE_HOOK(validate_env_from);
SCHEMA_VALIDATE_HOOK(validate_key_selector);
SCHEMA_VALIDATE_HOOK(validate_probe);
SCHEMA_VALIDATE_HOOK(validate_lifecycle_handler);
SCHEMA_VALIDATE_HOOK(validate_http_get);
SCHEMA_VALIDATE_HOOK(validate_tcp_socket);
SCHEMA_VALIDATE_HOOK(validate_resources);
SCHEMA_VALIDATE_HOOK(validate_security_context);
SCHEMA_VALIDATE_HOOK(validate_pod_security_context);
SCHEMA_VALIDATE_HOOK(validate_seccomp_profile);
SCHEMA_VALIDATE_HOOK(validate_app_armor_profile);
SCHEMA_VALIDATE_HOOK(validate_toleration);
SCHEMA_VALIDATE_HOOK(validate_node_selector);
SCHEMA_VALIDATE_HOOK(validate_node_selector_term);
SCHEMA_VALIDATE_HOOK(validate_pod_affinity_term);
SCHEMA_VALIDATE_HOOK(validate_volume);
SCHEMA_VALIDATE_HOOK(validate_volume_projection);
SCHEMA_VALIDATE_HOOK(validate_projected);
SCHEMA_VALIDATE_HOOK(validate_empty_dir);
SCHEMA_VALIDATE_HOOK(validate_nfs);
SCHEMA_VALIDATE_HOOK(validate_downward_file);
SCHEMA_VALIDATE_HOOK(validate_host_path);
SCHEMA_VALIDATE_HOOK(validate_key_to_path);
SCHEMA_VALIDATE_HOOK(validate_persistent_volume_spec);
SCHEMA_VALIDATE_HOOK(validate_claim_spec);
SCHEMA_VALIDATE_HOOK(validate_service_spec);
SCHEMA_VALIDATE_HOOK(validate_load_balancer_ingress);
SCHEMA_VALIDATE_HOOK(validate_endpoint_subset);
SCHEMA_VALIDATE_HOOK(validate_endpoint_address);
SCHEMA_VALIDATE_HOOK(validate_endpoint_slice);
SCHEMA_VALIDATE_HOOK(validate_network_policy_port);
SCHEMA_VALIDATE_HOOK(validate_network_policy_peer);
SCHEMA_VALIDATE_HOOK(validate_ip_block);
SCHEMA_VALIDATE_HOOK(validate_ingress_rule);
SCHEMA_VALIDATE_HOOK(validate_ingress_tls);
SCHEMA_VALIDATE_HOOK(validate_ingress_spec);
SCHEMA_VALIDATE_HOOK(validate_ingress_path);
SCHEMA_VALIDATE_HOOK(validate_ingress_backend);
SCHEMA_VALIDATE_HOOK(validate_controller_spec); /* of deployments, replica sets, daemon sets, stateful sets */
SCHEMA_VALIDATE_HOOK(validate_deployment_spec);
SCHEMA_VALIDATE_HOOK(validate_deployment_strategy);
SCHEMA_VALIDATE_HOOK(validate_daemon_set_rolling_update);
SCHEMA_VALIDATE_HOOK(validate_stateful_set_update_strategy);
SCHEMA_VALIDATE_HOOK(validate_replication_controller_spec);
SCHEMA_VALIDATE_HOOK(validate_job_spec);
SCHEMA_VALIDATE_HOOK(validate_pod_failure_rule);
SCHEMA_VALIDATE_HOOK(validate_job);
SCHEMA_VALIDATE_HOOK(validate_cron_job_spec);
SCHEMA_VALIDATE_HOOK(validate_autoscaler_spec);
SCHEMA_VALIDATE_HOOK(validate_disruption_budget_spec);
SCHEMA_VALIDATE_HOOK(validate_config_map);
SCHEMA_VALIDATE_HOOK(validate_secret);
SCHEMA_VALIDATE_HOOK(validate_resource_quota_spec);
SCHEMA_VALIDATE_HOOK(validate_scope_requirement);
SCHEMA_VALIDATE_HOOK(validate_limit_range_spec);
SCHEMA_VALIDATE_HOOK(validate_limit_range_item);
SCHEMA_VALIDATE_HOOK(validate_priority_class);
SCHEMA_VALIDATE_HOOK(validate_policy_rule);
SCHEMA_VALIDATE_HOOK(validate_rbac_subject);
SCHEMA_VALIDATE_HOOK(validate_aggregation_rule);
SCHEMA_VALIDATE_HOOK(validate_cluster_role_binding);
SCHEMA_VALIDATE_HOOK(validate_node_spec);
SCHEMA_VALIDATE_HOOK(validate_node_status);
SCHEMA_VALIDATE_HOOK(validate_custom_resource_definition);

#endif
