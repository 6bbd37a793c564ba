/* SPDX-License-Identifier: Apache-2.0 */
/* The list of the strategies with behaviour, those asked for most often first. */
#include "core/apiserver/strategies.h"

const struct strategy *const strategies[] = {
    &strategy_pod,
    &strategy_lease,
    &strategy_event,
    &strategy_config_map,
    &strategy_secret,
    &strategy_endpoint_slice,
    &strategy_service,
    &strategy_node,
    &strategy_namespace,
    &strategy_replica_set,
    &strategy_deployment,
    &strategy_daemon_set,
    &strategy_stateful_set,
    &strategy_replication_controller,
    &strategy_job,
    &strategy_cron_job,
    &strategy_role,
    &strategy_cluster_role,
    &strategy_role_binding,
    &strategy_cluster_role_binding,
    &strategy_priority_class,
    &strategy_limit_range,
    &strategy_quota,
    &strategy_controller_revision,
    &strategy_event_v1,
    NULL,
};
