/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An instance of the plugin, as the host holds it: the configuration of now, which may be replaced while
 * calls go on, and what outlives it. A call takes the struct gcp of now when it begins and keeps it to its
 * end, so that it never sees half of a change. Any thread.
 */
#ifndef KEELSON_CLOUD_GCP_PROJECT_H
#define KEELSON_CLOUD_GCP_PROJECT_H

#include "plugins/cloud-gcp/gcp.h"

enum keelson_status project_open(const struct keelson_host *host, const struct keelson_call *call,
                                 const struct keelson_instance *given, void **ret);
void project_close(void *instance);
/* Takes over what can be changed while it runs; refuses all of it, naming the setting, if something cannot.
 */
enum keelson_status project_reconfigure(void *instance, const struct keelson_call *call,
                                        const struct keelson_config *config);

/* For the length of a call: struct gcp *g _cleanup_project_ = project_enter(instance). */
struct gcp *project_enter(void *instance);
void project_leave(struct gcp **g);
#define _cleanup_project_ _cleanup_(project_leave)

#endif
