/* SPDX-License-Identifier: Apache-2.0 */
/* The part of a KubeSchedulerConfiguration that is about one profile. */
#ifndef KEELSON_SCHEDULER_CONFIG_PROFILE_H
#define KEELSON_SCHEDULER_CONFIG_PROFILE_H

#include "core/api/json.h"
#include "core/base/error.h"
#include "core/scheduler/profile.h"

/* where: "profiles[0]", for errors. */
int config_read_profile(struct profile *p, const struct json *document, const char *where, struct error *err);
/* "where.field: why"; -1. */
int config_refuse(const char *where, const char *field, const char *why, struct error *err);

#endif
