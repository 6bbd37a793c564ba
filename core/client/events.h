/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events about objects, as `kubectl describe` shows them (core/v1 Event). Told asynchronously, merged when
 * the same one comes again (count, lastTimestamp), combined when only its words change all the time, limited
 * per object, and dropped rather than waited for
 * when the server is slow.
 */
#ifndef KEELSON_CLIENT_EVENTS_H
#define KEELSON_CLIENT_EVENTS_H

#include "core/client/client.h"

struct event_recorder;
struct event_recorder *event_recorder_new(struct client *client, const char *component, const char *host);
/* Any thread. object: at least kind, apiVersion and metadata; field_path may be NULL
 * ("spec.containers{web}"). type: "Normal" or "Warning". */
__attribute__((format(printf, 6, 7))) void event_record(struct event_recorder *r, const struct json *object,
                                                        const char *field_path, const char *type,
                                                        const char *reason, const char *fmt, ...);
/* Sends what waits, up to a second, and releases. */
void event_recorder_free(struct event_recorder *r);

#endif
