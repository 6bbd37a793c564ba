/* SPDX-License-Identifier: Apache-2.0 */
/* Which addresses a Service gets: pure decisions over pools, what is in use and what is asked. One thread at
 * a time. */
#ifndef KEELSON_CLOUD_ONPREM_CHOOSE_H
#define KEELSON_CLOUD_ONPREM_CHOOSE_H

#include "plugins/cloud-onprem/pools.h"
#include "plugins/cloud-onprem/request.h"

struct choice {
    struct address addresses[2];
    uint32_t count;
};
/* For each family: the requested address, else the one that it has, else one of the first pool that has one.
 * KEELSON_INVALID: it asks for what no pool has; CONFLICT: for what another has; EXHAUSTED: none is left;
 * why[] says so. Nothing is taken. */
enum keelson_status choose(const struct pools *pools, const struct allocator *a, const struct request *q,
                           struct choice *ret, char *why, size_t why_size);
/* Those of its present addresses that it may go on to have. */
void choose_present(const struct pools *pools, const struct allocator *a, const struct request *q,
                    struct choice *ret);

#endif
