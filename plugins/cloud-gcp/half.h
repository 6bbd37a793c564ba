/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One family's half of a load balancer: the forwarding rule, the firewall rules, and the reservation of the
 * address while the forwarding rule is made anew. Both halves lead to one backend service. In the thread of
 * the call.
 */
#ifndef KEELSON_CLOUD_GCP_HALF_H
#define KEELSON_CLOUD_GCP_HALF_H

#include "plugins/cloud-gcp/want.h"

struct half {
    json_object *rule, *address, *firewall, *health_firewall; /* what is there; NULL: absent */
    char ip[WANT_ADDRESS_SIZE]; /* that the forwarding rule is to have; "": any */
    bool held, made_anew;       /* there was a reservation; the rule was taken down */
};
struct balancing {
    struct gcp *g;
    const struct keelson_call *call;
    struct want *w;
    struct half half[WANT_FAMILIES];
};
void half_done(struct half *h);

/* All of it. */
enum keelson_status half_read(struct balancing *b, enum want_family family);
/* The forwarding rule, and, of a family that is not wanted, what tells that there is something to remove. */
enum keelson_status half_read_needed(struct balancing *b, enum want_family family);
bool half_is_empty(const struct half *h);

/* Would Google take what is to stand in the place of a rule that half_take_down() will remove? Before
 * anything is, since what serves is not to go for a slip of the pen. */
enum keelson_status half_check(struct balancing *b, enum want_family family, bool new_service);
/* Takes the forwarding rule down if it cannot become what is wanted, with its address reserved; new_service:
 * what it refers to is made anew. */
enum keelson_status half_take_down(struct balancing *b, enum want_family family, bool new_service);
/* Makes it what is wanted, once the backend service is there. */
enum keelson_status half_settle(struct balancing *b, enum want_family family);
/* Removes it, in an order that leaves to the last what half_read_needed() sees. */
enum keelson_status half_remove(struct balancing *b, enum want_family family);

/* Its address, for the Service's status, in a buffer; false: none yet. */
bool half_ingress(const struct half *h, char *ret, size_t size);

#endif
