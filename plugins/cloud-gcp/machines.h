/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The project's instances, as lists of the API say, and which of them the nodes are. What a list holds is
 * good for some seconds; that it lacks something only for the call that it was fetched for: a machine that
 * was made since must not count as gone.
 */
#ifndef KEELSON_CLOUD_GCP_MACHINES_H
#define KEELSON_CLOUD_GCP_MACHINES_H

#include "plugins/cloud-gcp/gcp.h"

#define NAME_SIZE 64 /* of projects, zones and instances, with the NUL */
#define UUID_SIZE 40

/* Which instance a node says it is. */
struct machine_id {
    bool foreign; /* it has a provider ID of another cloud or project: below is empty */
    bool by_name; /* it has no provider ID: the zone is empty, the name a guess from the node's */
    char zone[NAME_SIZE], name[NAME_SIZE];
    char uuid[UUID_SIZE]; /* of its firmware, "" if it does not say: tells instances of one name apart */
};
void machine_id_of(const struct gcp *g, const struct keelson_object *node, struct machine_id *ret);

/* Of each node; the array is the caller's. */
enum keelson_status machine_ids_of(const struct gcp *g, const struct keelson_call *call,
                                   const struct keelson_object *const *nodes, uint32_t count,
                                   struct machine_id **ret);
void machine_ids_free(struct machine_id **ids);

struct machines *machines_new(void); /* NULL: no memory */
void machines_free(struct machines *m);

/* The instances that these ids are; holds all of them that exist, and maybe others. Immutable. */
struct machine_list;
enum keelson_status machines_fetch(struct gcp *g, const struct keelson_call *call,
                                   const struct machine_id *ids, uint32_t count, struct machine_list **ret);
void machine_list_unref(struct machine_list **list);
/* The API's answer, as long as the list lives; NULL: it does not exist, or is ambiguous. */
json_object *machine_find(const struct machine_list *list, const struct machine_id *id);
/* A node that does not say its zone, and several instances of its name. */
bool machine_is_ambiguous(const struct machine_list *list, const struct machine_id *id);

#endif
