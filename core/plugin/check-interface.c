/* SPDX-License-Identifier: Apache-2.0 */
/* Which rules are tried for which interface that a plugin offers. */
#include <keelson/cloud.h>
#include <keelson/network.h>
#include <keelson/runtime.h>
#include <keelson/storage.h>
#include <keelson/store.h>

#include "core/plugin/check-rules.h"

const struct interface_rules check_interfaces[] = {
    {KEELSON_CLOUD_1, check_cloud_rules},
    {KEELSON_CLOUD_INSTANCES_1, check_instances_rules},
    {KEELSON_CLOUD_LOADBALANCERS_1, check_balancers_rules},
    {KEELSON_CLOUD_ROUTES_1, check_routes_rules},
    {KEELSON_RUNTIME_1, check_runtime_rules},
    {KEELSON_IMAGES_1, check_images_rules},
    {KEELSON_NETWORK_1, check_network_rules},
    {KEELSON_STORAGE_NODE_1, check_storage_node_rules},
    {KEELSON_STORAGE_NODE_1, check_publish_rules},
    {KEELSON_STORAGE_CONTROLLER_1, check_storage_controller_rules},
    {KEELSON_STORAGE_CONTROLLER_1, check_volume_rules},
    {KEELSON_STORE_1, check_store_rules},
    {0},
};
