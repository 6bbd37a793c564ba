/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The instance groups that backend services point to: one a zone for the whole cluster, since Google lets an
 * instance be a back end through one group only. A group holds the nodes that any of the cluster's load
 * balancers wants, or as many of them as it can. Which those are is known of the load balancers that this
 * process was asked about; as long as the project has others, nothing is taken out.
 */
#ifndef KEELSON_CLOUD_GCP_GROUPS_H
#define KEELSON_CLOUD_GCP_GROUPS_H

#include "plugins/cloud-gcp/machines.h"

struct groups *groups_new(void); /* NULL: no memory */
void groups_free(struct groups *groups);

/* The nodes that a load balancer wants from now on; foreign ones are passed over. */
enum keelson_status groups_want(struct gcp *g, const struct keelson_call *call, const char *uid,
                                const struct machine_id *nodes, uint32_t count);
/* Makes the groups hold what is wanted. One thread at a time does so, the others wait for it. */
enum keelson_status groups_sync(struct gcp *g, const struct keelson_call *call);
/* Of these nodes, those that Google refuses (they are in somebody else's load-balanced group, or in another
 * subnetwork) are told in an Event; KEELSON_CONFLICT if it refuses all. After groups_sync(). */
enum keelson_status groups_tell_refused(struct gcp *g, const struct keelson_call *call,
                                        const struct machine_id *nodes, uint32_t count);
/* Google refuses the groups over this instance ("projects/…"): takes it out. */
enum keelson_status groups_bar(struct gcp *g, const struct keelson_call *call, char *link);
/* What the groups are said to hold may be wrong: the next groups_sync() looks. */
void groups_doubt(struct gcp *g);
/* The load balancer is gone. With the last one that is known the groups are deleted, unless Google says that
 * they are in use. */
enum keelson_status groups_forget(struct gcp *g, const struct keelson_call *call, const char *uid);

/* [{"group": link, "balancingMode": "CONNECTION"}], of the zones that these nodes are in. */
json_object *groups_backends(const struct gcp *g, const struct machine_id *nodes, uint32_t count);

#endif
