/* SPDX-License-Identifier: Apache-2.0 */
/* The replication controller's controller: replicas.c for v1 ReplicationController, whose selector is a plain
 * map. */
#include "core/controller-manager/replicas.h"

static int selector_of(const struct json *set, struct selector **ret, struct error *err)
{
    *ret = selector_from_map(json_at(set, "spec.selector"));
    return 0;
}

static const struct replicas_kind kind = {
    .queue = "replicationctl",
    .component = "replication-controller",
    .group = "",
    .plural = "replicationcontrollers",
    .selector = selector_of,
};

static void *start(struct manager *m, struct controller_run *run)
{
    return replicas_start(&kind, m, run, manager_options(m)->concurrent_rc_syncs);
}

const struct controller controller_replication = {
    .name = "replicationcontroller-controller",
    .alias = "replicationcontroller",
    .account = "replication-controller",
    .start = start,
    .begin = replicas_begin,
    .stop = replicas_stop,
};
