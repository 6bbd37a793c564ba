/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How one cloud does: each call to it counted by operation, outcome and time taken, the last failures, and
 * whether its nodes are frozen (none of them is removed). For /metrics, /readyz?verbose, `keelson status`,
 * and for who must not trust a cloud that is ill. Any thread.
 */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_PROVIDER_HEALTH_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_PROVIDER_HEALTH_H

#include <stdbool.h>

#include "core/base/buffer.h"
#include "core/base/error.h"

struct plugin_instance;
struct provider_health;
/* The name is kept by pointer. instance: whose circuit is looked at. */
struct provider_health *provider_health_new(const char *name, struct plugin_instance *instance);
void provider_health_free(struct provider_health *h); /* NULL is fine */

/* One call came back, or did not; err->code is ERR_NONE after success. operation: static text. */
void provider_health_note(struct provider_health *h, const char *operation, const struct error *err,
                          int64_t duration_ns);
/* Whether such an error tells of the cloud (away, throttling, refusing us, out of order) and not of what was
 * asked. */
bool provider_error_is_outage(enum error_code code);
/* Its circuit is open, or the last question of a kind about its nodes failed by an outage, and not longer ago
 * than 10 minutes. A load balancer that cannot be made says nothing of nodes. */
bool provider_health_is_ill(struct provider_health *h);
#define PROVIDER_HEALTHY "healthy" /* the operation that asks for nothing else */
/* Whether to ask it how it is: it was asked nothing yet, or for 10 minutes; its circuit is open; or that very
 * question failed last. Failures of other operations are tried again by who asked. */
bool provider_health_wants_question(struct provider_health *h);
/* Why none of its nodes is removed, and what to do about it; NULL: they are. Copied. */
void provider_health_freeze(struct provider_health *h, const char *why, const char *advice);

/* "ok", or what is wrong; and what to do about it, if anything. Returns whether it is ok. */
bool provider_health_tell(struct provider_health *h, struct buffer *what, struct buffer *todo);
/* The families of all providers, Prometheus text. */
void provider_health_metrics(struct provider_health *const *all, unsigned count, struct buffer *out);

#endif
