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
struct want {
    char uid[128], whom[512];          /* whom: namespace/name */
    char name[RESOURCE_NAME_SIZE];     /* of the forwarding rule, the backend service and the health check */
    char firewall[RESOURCE_NAME_SIZE]; /* of the rule that lets clients in */
    char health_name[RESOURCE_NAME_SIZE];  /* of the rule that lets health checks in */
    char address_name[RESOURCE_NAME_SIZE]; /* of the reservation that holds the address while the forwarding
                                              rule is made anew */
    char *description;
    bool internal, global_access, client_ip;
    const char *tier;     /* NULL: internal */
    char ip[46];          /* asked for by spec.loadBalancerIP; "": any */
    char reserved[64];    /* asked for by the annotation, the name of an address; "": none */
    char subnetwork[256]; /* internal only; "": the configuration's */
    struct want_port ports[WANT_PORTS_MAX];
    uint32_t ports_count;
    json_object *ranges; /* who may come in */
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
json_object *want_backend_service(const struct gcp *g, const struct want *w, json_object *backends);
json_object *want_forwarding_rule(const struct gcp *g, const struct want *w,
                                  const char *ip); /* ip NULL: any */
json_object *want_address(const struct gcp *g, const struct want *w, const char *ip);
json_object *want_firewall(const struct gcp *g, const struct want *w, const char *ip);
json_object *want_health_firewall(const struct gcp *g, const struct want *w);

#endif
