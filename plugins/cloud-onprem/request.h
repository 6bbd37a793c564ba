/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Service asks of the pools, read from the object: families, class, wishes, and what it has by its
 * status. Annotations, all optional:
 *
 *     onprem.keelson.io/addresses     "10.0.0.5" or "10.0.0.5,fd00::5": these, instead of spec.loadBalancerIP
 *     onprem.keelson.io/pool          the pool to take from
 *     onprem.keelson.io/sharing-key   Services with the same key may have one address
 */
#ifndef KEELSON_CLOUD_ONPREM_REQUEST_H
#define KEELSON_CLOUD_ONPREM_REQUEST_H

#include <keelson/plugin.h>
#include <stdbool.h>

#include "plugins/cloud-onprem/allocator.h"

#define REQUEST_CURRENT_MAX 8

struct request {
    struct claim claim;          /* points into what follows; owned */
    char *class_, *pool;         /* "": none */
    struct address requested[2]; /* one a family at most */
    uint32_t requested_count;
    struct address current[REQUEST_CURRENT_MAX]; /* of the status */
    uint32_t current_count;
    uint8_t families[2]; /* 4, 6: in the order of the Service */
    uint32_t families_count;
    bool all_families; /* one address of each, or none */
};
/* What is wrong is said through host->fail. */
enum keelson_status request_read(const struct keelson_host *host, const struct keelson_call *call,
                                 const struct keelson_object *service, struct request *ret);
void request_done(struct request *r);
/* An event for each annotation with our prefix that is none of those above. */
void request_tell_unknown(const struct keelson_host *host, const struct keelson_call *call,
                          const struct keelson_object *service);

#endif
