/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The cluster's instance groups as they are in the project, one a zone: looked at, made, filled, emptied. One
 * thread at a time (groups.c sees to that).
 */
#ifndef KEELSON_CLOUD_GCP_ZONE_GROUPS_H
#define KEELSON_CLOUD_GCP_ZONE_GROUPS_H

#include "plugins/cloud-gcp/identity.h"
#include "plugins/cloud-gcp/node-set.h"

/* A group can hold so many. */
#define ZONE_GROUP_MAX 1000

struct zone_groups {
    struct gcp *g;
    const struct keelson_call *call;
    char name[RESOURCE_NAME_SIZE]; /* of each */
    struct {
        char zone[NAME_SIZE];
    } there[ZONES_MAX]; /* where it exists */
    uint32_t there_count;
};

/* "kl-…-ig". */
void zone_groups_name(const struct gcp *g, char ret[RESOURCE_NAME_SIZE]);
/* Which exist; g and call are set. KEELSON_CONFLICT: one is somebody else's. */
enum keelson_status zone_groups_see(struct zone_groups *all);
bool zone_groups_have(const struct zone_groups *all, const char *zone);

enum keelson_status zone_group_make(struct zone_groups *all, const char *zone);
/* Unless Google says that it is in use. */
enum keelson_status zone_group_delete(struct zone_groups *all, const char *zone);

/* What a group holds, beside what it should. */
struct zone_difference {
    json_object *missing, *surplus; /* [{"instance": link}] */
    uint32_t held;
};
/* wanted: of this zone, sorted. ret is to be freed whatever came. */
enum keelson_status zone_group_compare(struct zone_groups *all, const char *zone, const struct node *wanted,
                                       uint32_t count, struct zone_difference *ret);
void zone_difference_done(struct zone_difference *d);

/* Instances that do not exist are passed over, and so is one that Google refuses, which `refused` is told:
 * since it is in another load-balanced group, or in another subnetwork than the group's first. */
typedef void zone_refused(void *context, const char *link, bool wrong_subnetwork);
enum keelson_status zone_group_add(struct zone_groups *all, const char *zone, json_object *list,
                                   zone_refused *refused, void *context);
enum keelson_status zone_group_remove(struct zone_groups *all, const char *zone, json_object *list);

#endif
