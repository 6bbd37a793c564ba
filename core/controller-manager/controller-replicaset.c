/* SPDX-License-Identifier: Apache-2.0 */
/* The replica set controller: replicas.c for apps/v1 ReplicaSet. */
#include "core/controller-manager/replicas.h"

static int selector_of(const struct json *set, struct selector **ret, struct error *err)
{
    return selector_from_json(json_at(set, "spec.selector"), ret, err);
}

static const struct replicas_kind kind = {
    .queue = "replicaset",
    .component = "replicaset-controller",
    .group = "apps",
    .plural = "replicasets",
    .selector = selector_of,
    .terminating = true,
};

static void *start(struct manager *m, struct controller_run *run)
{
    return replicas_start(&kind, m, run, manager_options(m)->concurrent_replicaset_syncs);
}

const struct controller controller_replicaset = {
    .name = "replicaset-controller",
    .alias = "replicaset",
    .account = "replicaset-controller",
    .start = start,
    .begin = replicas_begin,
    .stop = replicas_stop,
};
