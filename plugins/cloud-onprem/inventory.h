/* SPDX-License-Identifier: Apache-2.0 */
/* The machines that the configuration lists. Read once by open(), constant from then on; texts belong to the
 * host and live as long as the instance. */
#ifndef KEELSON_CLOUD_ONPREM_INVENTORY_H
#define KEELSON_CLOUD_ONPREM_INVENTORY_H

#include <keelson/cloud.h>
#include <stdbool.h>

struct machine {
    const char *name, *zone, *region, *instance_type; /* NULL: not said */
    struct keelson_node_address *addresses;
    uint32_t addresses_count;
    struct keelson_pair *labels;
    uint32_t labels_count;
};
struct inventory {
    bool adopt_unlisted;
    const char *zone, *region, *instance_type; /* of machines that do not say theirs */
    struct machine *machines;
    uint32_t machines_count;
};
/* What is wrong is said through host->fail. */
enum keelson_status inventory_read(const struct keelson_host *host, const struct keelson_call *call,
                                   const struct keelson_config *config, struct inventory *ret);
void inventory_done(struct inventory *i);
const struct machine *inventory_find(const struct inventory *i, const char *name,
                                     size_t size); /* NULL: not listed */

#endif
