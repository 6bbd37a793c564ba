/* SPDX-License-Identifier: Apache-2.0 */
/* Which controllers there are. Those that are content with metadata stand last, so that they share the
 * informers of those that need whole objects. */
#include "core/controller-manager/controller.h"

const struct controller *const controllers[] = {
    &controller_service_account_token,
    &controller_service_account,
    &controller_root_ca,
    &controller_clusterrole_aggregation,
    &controller_namespace,
    &controller_node_ipam,
    &controller_node_lifecycle,
    &controller_taint_eviction,
    &controller_deployment,
    &controller_replicaset,
    &controller_replication,
    &controller_daemonset,
    &controller_statefulset,
    &controller_job,
    &controller_cronjob,
    &controller_ttl_after_finished,
    &controller_disruption,
    &controller_endpoints,
    &controller_endpointslice,
    &controller_endpointslice_mirroring,
    &controller_pod_garbage,
    &controller_resource_quota,
    &controller_certificates_approving,
    &controller_certificates_signing,
    &controller_certificates_cleaner,
    &controller_garbage,
    NULL,
};
