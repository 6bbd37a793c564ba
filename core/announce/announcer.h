/* SPDX-License-Identifier: Apache-2.0 */
/* The announcer of one node: board, LAN and cluster brought together. */
#ifndef KEELSON_ANNOUNCE_ANNOUNCER_H
#define KEELSON_ANNOUNCE_ANNOUNCER_H

#include "core/announce/lan.h"
#include "core/client/client.h"

struct announcer_config {
    struct client *client; /* outlives it */
    const char *node, *lease_namespace;
    const struct lan_range *ranges; /* outlive it */
    size_t ranges_count;
};
struct announcer;
int announcer_start(const struct announcer_config *config, struct announcer **ret, struct error *err);
/* Falls silent, then gives the lease up, so that others take over at once. */
void announcer_stop(struct announcer *a);
bool announcer_synced(const struct announcer *a);
void announcer_metrics(struct announcer *a, struct buffer *out);

#endif
