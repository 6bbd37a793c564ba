/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Google counts requests by groups of methods, each by itself, and those of a region and those of the whole
 * project by themselves: so each group has a pace of its own, and one that is throttled slows no other. Any
 * thread.
 */
#ifndef KEELSON_CLOUD_GCP_QUOTA_H
#define KEELSON_CLOUD_GCP_QUOTA_H

#include "lib/cloud-http/pace.h"

enum quota_kind { QUOTA_GET, QUOTA_LIST, QUOTA_AGGREGATED, QUOTA_OPERATION, QUOTA_CHANGE, QUOTA_KINDS };

struct quotas {
    struct pace pace[2][QUOTA_KINDS]; /* of the project; of its regions and zones */
};
void quotas_init(struct quotas *q, double rate_max);
void quotas_done(struct quotas *q);

/* Of a request; path as in api.h. */
enum quota_kind quota_kind(const char *method, const char *path);
const char *quota_name(enum quota_kind kind); /* for metrics */
struct pace *quota_pace(struct quotas *q, const char *method, const char *path);

#endif
