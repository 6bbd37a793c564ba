/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keelson.cloud.loadbalancers/1 of machines of one's own: an address of a pool for each Service. What makes
 * it reachable runs on the nodes (keelson-announce says whose it is on the LAN, kube-proxy carries it on), so
 * nodes that come and go change nothing here.
 *
 * The only record of what was given out is the Services' status: a file beside it could be another machine's,
 * or older. So the interface says KEELSON_LOADBALANCERS_RECORD_IS_STATUS, and the host calls get() for every
 * Service that has a load balancer of ours before it makes the first ensure(). An ensure() whose answer was
 * lost with its daemon has given nothing: no status names the address, so nobody announces it, and the next
 * one may have it. Where two statuses name one address after all, who is seen first keeps it, and the other
 * is moved, with an event.
 */
#ifndef KEELSON_CLOUD_ONPREM_BALANCER_H
#define KEELSON_CLOUD_ONPREM_BALANCER_H

#include <keelson/cloud.h>
#include <stdbool.h>

#include "plugins/cloud-onprem/pools.h"

struct balancer; /* any thread */
struct balancer *balancer_new(const struct keelson_host *host,
                              struct keelson_token *token); /* NULL: no memory */
void balancer_free(struct balancer *b);
/* Takes the pools over. Addresses that are in none any more are replaced when their Services are next looked
 * at. */
void balancer_configure(struct balancer *b, struct pools *pools);

enum keelson_status balancer_get(struct balancer *b, const struct keelson_call *call,
                                 const struct keelson_object *service,
                                 const struct keelson_load_balancer_sink *sink);
enum keelson_status balancer_ensure(struct balancer *b, const struct keelson_call *call,
                                    const struct keelson_object *service,
                                    const struct keelson_load_balancer_sink *sink);
enum keelson_status balancer_remove(struct balancer *b, const struct keelson_call *call,
                                    const struct keelson_object *service);

#endif
