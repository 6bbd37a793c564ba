/* SPDX-License-Identifier: Apache-2.0 */
/* A Service's service.beta.kubernetes.io/aws-load-balancer-* annotations, read and checked: one row of a
 * table each (lb-options.c). */
#ifndef CLOUD_AWS_LB_OPTIONS_H
#define CLOUD_AWS_LB_OPTIONS_H

#include "plugins/cloud-aws/aws.h"

struct pairs {
    struct texts keys, values;
};
void pairs_add(struct pairs *p, const char *key, const char *value); /* the last of a key counts */
const char *pairs_get(const struct pairs *p, const char *key);       /* NULL: none */
void pairs_done(struct pairs *p);

/* Texts are NULL and numbers -1 where nothing was said. */
struct lb_options {
    char *type, *target_type, *internal, *scheme, *ip_address_type;
    char *ssl_policy, *alpn_policy, *backend_protocol, *proxy_protocol, *manage_backend_rules;
    char *health_protocol, *health_port, *health_path, *health_codes;
    int64_t health_interval_s, health_timeout_s, healthy_threshold, unhealthy_threshold;
    struct texts subnets, eip_allocations, private_addresses, security_groups, extra_security_groups;
    struct texts certificates, ssl_ports, source_ranges;
    struct pairs attributes, target_group_attributes, listener_attributes, tags;
};
/* A value that is not known is refused (KEELSON_INVALID), naming the annotation; an annotation that is not
 * known is told in an event. */
enum keelson_status lb_options_read(const struct keelson_call *call, const struct keelson_object *service,
                                    struct lb_options *ret);
void lb_options_done(struct lb_options *o);

#endif
