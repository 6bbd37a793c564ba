/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Leader election by a Lease (coordination.k8s.io/v1), with upstream's rules and times, so that ours and
 * upstream's daemons can hold one lease in turn.
 */
#ifndef KEELSON_CLIENT_LEADER_H
#define KEELSON_CLIENT_LEADER_H

#include "core/client/client.h"

struct leader;
struct leader_config {
    struct client *client;
    const char *lease_namespace, *lease_name;                      /* "kube-system", "kube-scheduler" */
    const char *identity;                                          /* NULL: hostname_uuid */
    int64_t lease_duration_ms, renew_deadline_ms, retry_period_ms; /* 0: 15 s, 10 s, 2 s */
    void (*started)(void *context);                                /* on the election's thread: we lead */
    void (*stopped)(void *context); /* we no longer do: the daemon should end, … */
    void (*expired)(void *context); /* … but it has not, and another may lead; may be NULL */
    void *context;
};
struct leader *leader_start(const struct leader_config *config);
/* Ends, and gives the lease up (holderIdentity "") if that is wanted; else others wait until it runs out. */
void leader_stop(struct leader *l, bool give_up);

#endif
