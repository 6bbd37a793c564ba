/* SPDX-License-Identifier: Apache-2.0 */
/* The machines that the configuration lists, by name or by pattern (pattern.h). Constant once read; texts
 * belong to the host and live as long as the instance. */
#ifndef KEELSON_CLOUD_ONPREM_INVENTORY_H
#define KEELSON_CLOUD_ONPREM_INVENTORY_H

#include <keelson/cloud.h>
#include <stdbool.h>

#include "plugins/cloud-onprem/pattern.h"

#define INVENTORY_PER_NODE_MAX 64 /* addresses of a type, labels */

/* One entry: its texts as written, with braces. */
struct machine {
    const char *name;
    struct pattern pattern;
    const char *zone, *region, *instance_type; /* NULL: not said */
    const char *power_url, *power_credentials;
    struct keelson_node_address *addresses;
    uint32_t addresses_count;
    struct keelson_pair *labels;
    uint32_t labels_count;
};
struct inventory {
    bool adopt_unlisted;
    struct machine
        general; /* what holds for machines that do not say theirs: zone, region, instance_type, power */
    struct machine *machines;
    uint32_t machines_count;
};
/* What is wrong is said through host->fail. */
enum keelson_status inventory_read(const struct keelson_host *host, const struct keelson_call *call,
                                   const struct keelson_config *config, struct inventory *ret);
void inventory_done(struct inventory *i);
/* The entry of that very name, else the first whose pattern it matches; NULL: not listed. */
const struct machine *inventory_find(const struct inventory *i, const char *name, size_t size);

/* What is known of one machine, its texts made from its name. */
struct description {
    const char *zone, *region, *instance_type, *power_url, *power_credentials; /* NULL: not said */
    struct keelson_node_address addresses[2 * INVENTORY_PER_NODE_MAX];
    uint32_t addresses_count;
    struct keelson_pair labels[INVENTORY_PER_NODE_MAX];
    uint32_t labels_count;
    char text[16384];
    size_t used;
    char problem[512]; /* with a value; one that stands so in the configuration before one made of a name */
    const char *problem_field;
    bool problem_made;
};
/* machine NULL: an unlisted one. NULL, or what is wrong with *ret_field: ret->problem when it is with values,
 * which are left out. The rest is there then. */
const char *inventory_describe(const struct inventory *i, const struct machine *machine, const char *name,
                               size_t size, struct description *ret, const char **ret_field);

#endif
