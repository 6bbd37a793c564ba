/* SPDX-License-Identifier: Apache-2.0 */
/* A node's compact form, read out of its document. */
#ifndef KEELSON_SCHEDULER_NODE_H
#define KEELSON_SCHEDULER_NODE_H

#include "core/scheduler/cluster.h"

/* Replaces what the document tells; what is used stays. Returns what changed for the better or otherwise
 * (queue.h's WAKE_*). */
unsigned node_fill(struct node *n, const struct json *document);
void node_free(void *node);

#endif
