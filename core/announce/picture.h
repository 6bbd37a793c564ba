/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the cluster says, for the board: leases as they come, addresses of Services whenever asked. Handlers
 * run on the client's loop; the owner's functions are called there, and must only take notes.
 */
#ifndef KEELSON_ANNOUNCE_PICTURE_H
#define KEELSON_ANNOUNCE_PICTURE_H

#include "core/announce/board.h"
#include "core/announce/lease.h"

struct picture_told {
    void (*lease)(void *context, const struct lease_view *lease, bool gone);
    void (*changed)(void *context); /* Services, endpoints, or our node */
    void *context;
};
struct picture;
/* told must outlive it. */
struct picture *picture_start(struct client *client, const char *lease_namespace, const char *node,
                              const struct picture_told *told);
void picture_stop(struct picture *p); /* not on the client's loop */
bool picture_synced(const struct picture *p);
/* All leases up to it have been told. */
uint64_t picture_revision(const struct picture *p);
/* The addresses of all Services that are among the ranges, for board_address(). Any thread. */
void picture_addresses(struct picture *p, const struct address_range *ranges, size_t ranges_count,
                       struct board *board);
/* Our Node's uid, "" when there is none (yet), to be freed; and whether it is not to serve load balancers
 * (its label, or no network). */
char *picture_node(struct picture *p, bool *ret_excluded);

#endif
