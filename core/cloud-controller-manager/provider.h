/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clouds of the cluster: one provider an instance of a cloud plugin, in the order of the configuration,
 * and which of them a node belongs to. All calls block for at most PROVIDER_TIMEOUT_MS.
 */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_PROVIDER_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_PROVIDER_H

#include <keelson/cloud.h>

#include "core/api/json.h"
#include "core/plugin/host.h"

#define PROVIDER_TIMEOUT_MS 30000

struct provider {
    struct plugin_instance *instance;
    const struct keelson_cloud_v1 *cloud;
    const struct keelson_cloud_instances_v1 *instances; /* NULL: not offered */
    const char *name, *scheme;
    unsigned index; /* in the providers' list: where controllers keep what they have of it */
    int cancel_fd;  /* the providers' */
};
struct providers {
    struct provider *list;
    unsigned count;
    int cancel_fd; /* readable once nobody waits for clouds any more */
};
/* Takes the host's instances; each must offer keelson.cloud/1 and say its scheme. */
int providers_init(struct providers *p, struct plugin_host *host, struct error *err);
/* Ends calls, those that hang too, and all that are made from now on. Any thread. */
void providers_cancel(struct providers *p);
void providers_done(struct providers *p);

enum ownership {
    OWNERSHIP_NOBODY,  /* all know that it is not theirs */
    OWNERSHIP_UNKNOWN, /* one that comes first could not say */
    OWNERSHIP_FOUND
};
/* What can be said without asking: the one provider of the provider ID's scheme. NULL: ask. */
const struct provider *provider_by_scheme(const struct providers *p, const char *provider_id);
struct owner {
    enum ownership ownership;
    const struct provider *provider; /* with OWNERSHIP_FOUND */
};
/* Asks owns() in order, once a provider for all nodes (at most KEELSON_CLOUD_NODES_MAX) that those before it
 * do not own. A later YES counts only when all before it said NO. */
void providers_ask(const struct providers *p, const struct json *const *nodes, uint32_t count,
                   struct owner *ret);

/* What a cloud says of a node. */
struct provider_metadata {
    const char *provider_id, *instance_type, *zone, *region; /* NULL: not said */
    struct json *addresses;                                  /* [{type, address}], as in a node's status */
    struct json *labels;                                     /* further ones */
};
void provider_metadata_copy(struct arena *arena, const struct provider_metadata *from,
                            struct provider_metadata *to);
/* Of many nodes (at most KEELSON_CLOUD_NODES_MAX) in one call; all in the arena. *ret_known[i]: the cloud
 * said something of the i-th. */
int provider_describe(const struct provider *p, const struct json *const *nodes, uint32_t count,
                      struct arena *arena, struct provider_metadata *ret, bool *ret_known, struct error *err);

#endif
