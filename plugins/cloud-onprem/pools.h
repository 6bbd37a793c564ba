/* SPDX-License-Identifier: Apache-2.0 */
/* The pools of load balancer addresses that the configuration lists. Constant once read; texts belong to the
 * host and live as long as the instance. */
#ifndef KEELSON_CLOUD_ONPREM_POOLS_H
#define KEELSON_CLOUD_ONPREM_POOLS_H

#include <keelson/plugin.h>
#include <stdbool.h>

#include "lib/addresses/addresses.h"

struct pool {
    const char *name;
    struct address_range *ranges;
    uint32_t ranges_count;
    const char **classes; /* the loadBalancerClasses that it is for; none: those that no pool is for, and
                             Services without one */
    uint32_t classes_count;
    bool automatic; /* false: only for who names the pool or one of its addresses */
    bool skip_ends;
};
struct pools {
    struct pool *list;
    uint32_t count;
};
/* What is wrong is said through host->fail. */
enum keelson_status pools_read(const struct keelson_host *host, const struct keelson_call *call,
                               const struct keelson_config *config, struct pools *ret);
void pools_done(struct pools *p);
const struct pool *pools_find(const struct pools *p, const char *name); /* NULL: none of that name */
/* May a Service of that class ("": none) have addresses of the pool? */
bool pools_serve(const struct pools *p, const struct pool *pool, const char *class_);
bool pool_has(const struct pool *pool, const struct address *a);

#endif
