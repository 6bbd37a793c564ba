/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one cloud said of its nodes. Whoever wants to know of one node asks for all that are due with it, in
 * one call: 300 nodes that come, or whose refresh is near, are a single question to the cloud's API. Any
 * thread.
 */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_REPORTS_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_REPORTS_H

#include "core/cloud-controller-manager/provider.h"

/* The node as it is now, in the arena; NULL: there is none. */
typedef struct json *reports_read_node(void *context, const char *name, struct arena *arena);

/* fresh_ms: how old an answer may be. */
/* events: where the plugin's own go, when one node alone is asked about. */
struct reports *reports_new(const struct provider *provider, int64_t fresh_ms, reports_read_node *read_node,
                            struct event_recorder *events, void *context);
void reports_free(struct reports *r); /* NULL is fine */
/* Will be asked for soon: goes along with the next question. */
void reports_want(struct reports *r, const char *name);
void reports_forget(struct reports *r, const char *name);
/* Something changed in the cloud: every answer is too old. */
void reports_expire(struct reports *r);
/* From what is fresh, else by asking. One thread asks at a time, the others wait for its answer. The answer
 * has a provider ID or addresses. ERR_NOT_FOUND: the cloud answered, and said nothing of this node. */
int reports_get(struct reports *r, const char *name, struct arena *arena, struct provider_metadata *ret,
                struct error *err);
/* Keeps the labels that a node was given, so that a change of the cloud's can be told from a label that
 * somebody set by hand. */
void reports_keep_labels(struct reports *r, const char *name, const struct json *labels);
/* A copy of what was kept; NULL: nothing was, in this daemon's life. */
struct json *reports_kept_labels(struct reports *r, const char *name, struct arena *arena);

#endif
