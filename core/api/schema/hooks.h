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
SCHEMA_DEFAULT_HOOK(default_namespace);
SCHEMA_DEFAULT_HOOK(default_node_status);
SCHEMA_DEFAULT_HOOK(default_status); /* an object whose status has a default phase */
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

#endif
