/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Asks each cloud whether its API can be used (healthy() of keelson.cloud/1): when the daemon begins to lead,
 * again and again while it cannot, and when nobody asked that cloud anything for a while. So a slip of the
 * pen in its configuration is said at once and not with the first node, and a cloud that has nothing to do
 * here counts as well again when it is.
 */
#ifndef KEELSON_CLOUD_CONTROLLER_MANAGER_PROVIDER_WATCH_H
#define KEELSON_CLOUD_CONTROLLER_MANAGER_PROVIDER_WATCH_H

#include "core/cloud-controller-manager/provider.h"

struct provider_watch;
/* The providers, the recorder and about, the object of the events, outlive it. */
struct provider_watch *provider_watch_start(const struct providers *providers, struct event_recorder *events,
                                            const struct json *about);
/* After providers_cancel(), or it waits for an answer. */
void provider_watch_stop(struct provider_watch *w);

#endif
