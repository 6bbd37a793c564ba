/* SPDX-License-Identifier: Apache-2.0 */
/* What a node's document tells, in compact form. Made on any thread. */
#ifndef KEELSON_SCHEDULER_NODE_H
#define KEELSON_SCHEDULER_NODE_H

#include "core/scheduler/class.h"

struct node_image {
    uint64_t hash; /* image_hash */
    int64_t size_bytes;
};
struct node_facts {
    bool unschedulable;
    int64_t allocatable[AMOUNTS];
    struct extended_amount *extended;
    unsigned extended_count;
    struct taint *taints;
    unsigned taints_count;
    struct labels labels;
    struct node_image *images;
    unsigned images_count;
    char *memory; /* behind taints */
};
void node_facts_read(struct node_facts *f, const struct json *document);
/* What differs (enum wake). */
unsigned node_facts_compare(const struct node_facts *before, const struct node_facts *now);
void node_facts_done(struct node_facts *f);

#endif
