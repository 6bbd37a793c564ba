/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The clouds of the cluster: one provider an instance of a cloud plugin, in the order of the configuration;
 * calls to them, and what they say of nodes. Calls block for at most PROVIDER_TIMEOUT_MS and a grace, and may
 * be made by any thread but the client's loop.
 */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_PROVIDER_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_PROVIDER_H

#include <keelson/cloud.h>

#include "core/api/json.h"
#include "core/client/events.h"
#include "core/cloud-controller-manager/provider-health.h"
#include "core/plugin/host.h"

#define PROVIDER_TIMEOUT_MS 30000

struct provider {
    struct plugin_instance *instance;
    const struct keelson_cloud_v1 *cloud;
    const struct keelson_cloud_instances_v1 *instances; /* NULL: not offered */
    const char *name, *scheme;
    bool shares_scheme; /* another one has the same: provider IDs do not say whose a node is */
    struct provider_health *health;
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
/* Of all of them, Prometheus text. Any thread. */
void providers_metrics(const struct providers *p, struct buffer *out);
/* "2 of 3 work", then a line each, "    NAME: what is wrong" or "    NAME: ok", and below one with a problem
 * what to do about it, further in. `keelson status` reads it. Any thread. */
void providers_tell(const struct providers *p, struct buffer *out);
/* Whether the ID begins with the provider's scheme and "://". */
bool provider_has_scheme(const struct provider *p, const char *provider_id);

/* One call to a plugin: how every controller makes them, so that they are counted (provider-health.h). */
struct provider_call {
    const char *operation; /* static text: "instances.describe" */
    int64_t timeout_ms;    /* 0: PROVIDER_TIMEOUT_MS */
    plugin_function *function;
    void *arguments;
    void (*free_arguments)(void *arguments); /* when the call is over, which may be after it was given up */
    /* What the plugin has to say goes as events to this object; NULL: to the log. Both are not touched any
     * more when provider_call returns. */
    struct event_recorder *events;
    const struct json *object;
};
int provider_call(const struct provider *p, const struct provider_call *call, struct error *err);

/* What a cloud says of a node. */
struct provider_metadata {
    enum keelson_instance_state state;
    const char *evidence;                                    /* of the state; NULL: not said */
    const char *provider_id, *instance_type, *zone, *region; /* NULL: not said */
    struct json *addresses;                                  /* [{type, address}], as in a node's status */
    struct json *labels;                                     /* further ones */
};
void provider_metadata_copy(struct arena *arena, const struct provider_metadata *from,
                            struct provider_metadata *to);
/* Of many nodes (at most KEELSON_CLOUD_NODES_MAX) in one call; all in the arena. want: KEELSON_WANT_…
 * *ret_known[i]: the cloud said something of the i-th. events may be NULL. */
int provider_describe(const struct provider *p, const struct json *const *nodes, uint32_t count,
                      uint32_t want, struct event_recorder *events, struct arena *arena,
                      struct provider_metadata *ret, bool *ret_known, struct error *err);
/* Which of them are its own; ret has a place for each, written on success. Values that are not listed count
 * as unknown. */
int provider_owns(const struct provider *p, const struct json *const *nodes, uint32_t count,
                  struct event_recorder *events, enum keelson_owns *ret, struct error *err);

#endif
