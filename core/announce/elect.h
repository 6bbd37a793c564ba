/* SPDX-License-Identifier: Apache-2.0 */
/* Rendezvous hashing: each node has a weight for each address, and the heaviest that can has it. So addresses
 * spread evenly, and when a node comes or goes no other address moves. The weights are the same on all nodes,
 * whatever their machine. Pure; any thread. */
#ifndef KEELSON_ANNOUNCE_ELECT_H
#define KEELSON_ANNOUNCE_ELECT_H

#include "lib/addresses/addresses.h"

uint64_t elect_weight(const struct address *a, const char *node);

#endif
