/* SPDX-License-Identifier: Apache-2.0 */
/* See quota.h. */
#include "plugins/cloud-gcp/quota.h"

#include <stdbool.h>
#include <string.h>

static struct pace *pace_at(struct quotas *q, unsigned i)
{
    return &q->pace[i / QUOTA_KINDS][i % QUOTA_KINDS];
}

void quotas_init(struct quotas *q, double rate_max)
{
    for (unsigned i = 0; i < 2 * QUOTA_KINDS; i++)
        pace_init(pace_at(q, i), rate_max);
}

void quotas_done(struct quotas *q)
{
    for (unsigned i = 0; i < 2 * QUOTA_KINDS; i++)
        pace_done(pace_at(q, i));
}

static bool begins(const char *path, const char *prefix)
{
    return strncmp(path, prefix, strlen(prefix)) == 0;
}

static bool is_local(const char *path)
{
    return begins(path, "regions/") || begins(path, "zones/");
}

/* Is the last word a collection ("global/routes"), not a thing of one ("global/routes/r")? */
static bool is_collection(const char *path)
{
    unsigned slashes = 0;
    for (const char *c = path; *c; c++)
        slashes += *c == '/';
    return slashes == (is_local(path) ? 2 : begins(path, "global/") ? 1 : 0);
}

enum quota_kind quota_kind(const char *method, const char *path)
{
    if (strstr(path, "/operations/"))
        return QUOTA_OPERATION;
    if (begins(path, "aggregated/"))
        return QUOTA_AGGREGATED;
    if (strstr(path, "/listInstances"))
        return QUOTA_LIST;
    if (strcmp(method, "GET") != 0)
        return QUOTA_CHANGE;
    return is_collection(path) ? QUOTA_LIST : QUOTA_GET;
}

const char *quota_name(enum quota_kind kind)
{
    static const char *const names[QUOTA_KINDS] = {"get", "list", "aggregated_list", "operation", "change"};
    return names[kind];
}

struct pace *quota_pace(struct quotas *q, const char *method, const char *path)
{
    return &q->pace[is_local(path)][quota_kind(method, path)];
}
