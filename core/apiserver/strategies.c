/* SPDX-License-Identifier: Apache-2.0 */
/* The list of the strategies with behaviour, those asked for most often first. */
#include "core/apiserver/strategies.h"

const struct strategy *const strategies[] = {
    &strategy_pod,
    &strategy_lease,
    &strategy_event,
    &strategy_config_map,
    &strategy_secret,
    &strategy_service,
    &strategy_node,
    &strategy_namespace,
    &strategy_replica_set,
    &strategy_deployment,
    &strategy_stateful_set,
    &strategy_replication_controller,
    &strategy_job,
    &strategy_cron_job,
    &strategy_role,
    &strategy_cluster_role,
    &strategy_role_binding,
    &strategy_cluster_role_binding,
    &strategy_priority_class,
    &strategy_event_v1,
    &strategy_volume_claim,
    &strategy_volume,
    &strategy_certificate_request,
    NULL,
};
