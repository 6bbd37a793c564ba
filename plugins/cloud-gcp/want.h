/* SPDX-License-Identifier: Apache-2.0 */
/* What a Service of type LoadBalancer asks for, and the things in the project that make it so. */
#ifndef KEELSON_CLOUD_GCP_WANT_H
#define KEELSON_CLOUD_GCP_WANT_H

#include "plugins/cloud-gcp/identity.h"

#define WANT_PORTS_MAX 100

struct want_port {
    const char *protocol; /* "TCP", "UDP" */
    uint16_t port;
};
enum want_family { WANT_V4, WANT_V6, WANT_FAMILIES };
#define WANT_ADDRESS_SIZE 52 /* "…:…/96" */
/* What each family of addresses has for itself. */
struct want_half {
    bool wanted;                          /* spec.ipFamilies names it */
    char rule[RESOURCE_NAME_SIZE];        /* the forwarding rule */
    char firewall[RESOURCE_NAME_SIZE];    /* the rule that lets clients in */
    char health_name[RESOURCE_NAME_SIZE]; /* the rule that lets health checks in */
    char address[RESOURCE_NAME_SIZE]; /* the reservation that holds the address while the forwarding rule is
                                         made anew */
    char ip[WANT_ADDRESS_SIZE];       /* asked for; IPv6 with its prefix length; "": any */
    json_object *ranges;              /* who may come in; empty: nobody */
};
struct want {
    char uid[128], whom[512];      /* whom: namespace/name */
    char name[RESOURCE_NAME_SIZE]; /* of the backend service and the health check */
    struct want_half half[WANT_FAMILIES];
    char *description;
    bool internal, global_access, client_ip;
    const char *tier;                 /* NULL: internal */
    char reserved[WANT_FAMILIES][64]; /* asked for by the annotation: names of addresses; "": none */
    char subnetwork[256];             /* of internal and of IPv6 addresses; "": the configuration's */
    struct want_port ports[WANT_PORTS_MAX];
    uint32_t ports_count;
    uint16_t health_port;
    const char *health_path;
};

/* Only who the Service is: enough for finding and removing what is its. */
enum keelson_status want_identify(struct gcp *g, const struct keelson_call *call,
                                  const struct keelson_object *service, struct want *ret);
/* All of it. What cannot be done is KEELSON_INVALID or KEELSON_UNSUPPORTED, naming the field or annotation.
 */
enum keelson_status want_read(struct gcp *g, const struct keelson_call *call,
                              const struct keelson_object *service, struct want *ret);
void want_done(struct want *w);

/* The things, as the API takes them. */
json_object *want_health_check(const struct want *w);
/* have: what is there, or NULL; nodes_count: of the Service. Over 250 of them Google's subsetting is needed,
 * by which each client is served by some of them. It goes with no session affinity. */
json_object *want_backend_service(const struct gcp *g, const struct want *w, json_object *backends,
                                  json_object *have, uint32_t nodes_count);
/* Are there more nodes than Google serves by this load balancer? */
bool want_is_crowded(const struct want *w, uint32_t nodes_count);
json_object *want_forwarding_rule(const struct gcp *g, const struct want *w, enum want_family family,
                                  const char *ip); /* ip NULL: any */
json_object *want_address(const struct gcp *g, const struct want *w, enum want_family family, const char *ip);
json_object *want_firewall(const struct gcp *g, const struct want *w, enum want_family family,
                           const char *ip);
json_object *want_health_firewall(const struct gcp *g, const struct want *w, enum want_family family);

/* The subnetwork that it is in: a name, or a link to another project's; NULL: none is named. */
const char *want_subnetwork(const struct gcp *g, const struct want *w);

#endif
