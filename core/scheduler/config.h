/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the scheduler is told at its start: flags, and a KubeSchedulerConfiguration
 * (kubescheduler.config.k8s.io/v1) whose fields win over flags.
 */
#ifndef KEELSON_SCHEDULER_CONFIG_H
#define KEELSON_SCHEDULER_CONFIG_H

#include "core/daemon/elected.h"
#include "core/scheduler/profile.h"

struct scheduler_config {
    struct election_options election; /* texts owned */
    char *kubeconfig;                 /* owned; NULL: in-cluster */
    int64_t initial_backoff_s, max_backoff_s, percentage_of_nodes, binders;
    double requests_per_s; /* 0: no limit of ours */
    struct profile *profiles;
    unsigned profiles_count;
};
void config_done(struct scheduler_config *c);
/* Adds a default profile. */
struct profile *config_add_profile(struct scheduler_config *c, const char *name);
/* Reads the file into c, which holds what flags said. Errors name the field: ERR_BAD_REQUEST; ERR_NOT_FOUND.
 */
int config_read(struct scheduler_config *c, const char *path, struct error *err);
int config_check(const struct scheduler_config *c, struct error *err);
/* The profile of that schedulerName; NULL: pods of that name are not ours. */
const struct profile *config_profile(const struct scheduler_config *c, const char *name);
unsigned config_profile_index(const struct scheduler_config *c, const char *name); /* 0 when there is none */

#endif
