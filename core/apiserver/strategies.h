/* SPDX-License-Identifier: Apache-2.0 */
/* The strategies with behaviour, a row each; NULL ends the list (strategies.c). */
#ifndef KEELSON_APISERVER_STRATEGIES_H
#define KEELSON_APISERVER_STRATEGIES_H

#include "core/apiserver/strategy.h"

extern const struct strategy *const strategies[];

extern const struct strategy strategy_namespace, strategy_node, strategy_lease, strategy_event,
    strategy_event_v1, strategy_role, strategy_cluster_role, strategy_role_binding,
    strategy_cluster_role_binding, strategy_pod, strategy_service, strategy_config_map, strategy_secret,
    strategy_deployment, strategy_replica_set, strategy_stateful_set, strategy_replication_controller,
    strategy_job, strategy_cron_job, strategy_priority_class, strategy_certificate_request, strategy_volume,
    strategy_volume_claim;

/* Service addresses and node ports: reads the ranges, follows all services. */
int service_start(struct registry *g, const struct strategy_config *config, struct error *err);

#endif
