/* SPDX-License-Identifier: Apache-2.0 */
/* The list of the strategies with behaviour. */
#include "core/apiserver/strategies.h"

const struct strategy *const strategies[] = {
    &strategy_namespace,
    &strategy_node,
    &strategy_lease,
    &strategy_event,
    &strategy_event_v1,
    &strategy_role,
    &strategy_cluster_role,
    &strategy_role_binding,
    &strategy_cluster_role_binding,
    NULL,
};
