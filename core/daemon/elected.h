/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A daemon of which several may run and one works: the work begins when the lease is won, and a daemon that
 * lost it ends, since what its workers began cannot be taken back.
 */
#ifndef KEELSON_DAEMON_ELECTED_H
#define KEELSON_DAEMON_ELECTED_H

#include "core/client/client.h"
#include "core/daemon/daemon.h"

/* Stands in a daemon's options; its flags are ELECTION_FLAGS. */
struct election_options {
    bool leader_elect;
    char *lease_namespace, *lease_name, *lock;
    int64_t lease_duration_ns, renew_deadline_ns, retry_period_ns;
};
/* Rows of a flag table. offset: of the election_options in the daemon's options; name: of the lease. */
#define ELECTION_FLAGS(offset, name)                                                                         \
    {"leader-elect", FLAG_BOOL, (offset) + offsetof(struct election_options, leader_elect), "true",          \
     "work only while holding the lease, so that several may run"},                                          \
        {"leader-elect-lease-duration", FLAG_DURATION,                                                       \
         (offset) + offsetof(struct election_options, lease_duration_ns), "15s",                             \
         "how long others wait for a leader that is silent"},                                                \
        {"leader-elect-renew-deadline", FLAG_DURATION,                                                       \
         (offset) + offsetof(struct election_options, renew_deadline_ns), "10s",                             \
         "a leader that could not renew for so long ends"},                                                  \
        {"leader-elect-retry-period", FLAG_DURATION,                                                         \
         (offset) + offsetof(struct election_options, retry_period_ns), "2s", "time between tries"},         \
        {"leader-elect-resource-namespace", FLAG_STRING,                                                     \
         (offset) + offsetof(struct election_options, lease_namespace), "kube-system",                       \
         "namespace of the lease"},                                                                          \
        {"leader-elect-resource-name", FLAG_STRING,                                                          \
         (offset) + offsetof(struct election_options, lease_name), name, "name of the lease"},               \
    {                                                                                                        \
        "leader-elect-resource-lock", FLAG_STRING, (offset) + offsetof(struct election_options, lock), NULL, \
            ""                                                                                               \
    }

/* Times with which two could lead at once, or none, are refused. */
int election_check(const struct election_options *options, struct error *err);

struct elected;
/* begin makes the work: at once without election, else on the election's thread. end takes it away. The
 * client is the caller's and outlives this. */
struct elected *elected_start(struct client *client, const struct election_options *options,
                              void *(*begin)(void *context), void (*end)(void *work), void *context);
/* Stops the client's streams and ends the work. The lease is held until elected_stop(), for who has more to
 * end before another may lead. */
void elected_end(struct elected *e);
/* Does so, if it was not done, and gives the lease up: not if something may act still, which goes with the
 * process; then another leads once the lease has run out. */
void elected_stop(struct elected *e, bool give_up);
/* Calls use(work, argument) while it cannot end; not at all while there is none. For health and metrics.
 * Returns whether there was work. */
bool elected_with(struct elected *e, void (*use)(void *work, void *argument), void *argument);

#endif
