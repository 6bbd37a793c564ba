/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A Service's Network Load Balancer. Its name is made of the Service's UID, those of its target groups of the
 * same and of what they are for, and its security group is named after it; all bear the cluster's tag and the
 * Service's name, from their creation on, so that each call finds what an earlier one left behind, however it
 * ended. What bears the name but not the tags is somebody else's.
 */
#ifndef CLOUD_AWS_LB_H
#define CLOUD_AWS_LB_H

#include "plugins/cloud-aws/api.h"
#include "plugins/cloud-aws/lb-options.h"
#include "plugins/cloud-aws/machines.h"

#define TAG_SERVICE       "kubernetes.io/service-name"
#define LB_NAME_SIZE      33
#define LB_PORTS_MAX      50 /* AWS's limit of listeners */
#define GROUP_PREFIX      "k8s-"
#define GROUP_PREFIX_SIZE 16 /* "k8s-0123456789-" */

/* A listener and the target group behind it. */
struct lb_port {
    uint16_t port, node_port;
    const char *protocol;        /* of the listener: TCP, UDP, TCP_UDP, TLS */
    const char *target_protocol; /* of the target group */
    char group[LB_NAME_SIZE];
    char *group_arn; /* once it is known */
    bool group_made; /* by this call: nothing is in it */
    const char *health_protocol;
    char health_port[16];
    const char *health_path, *health_codes; /* NULL with TCP */
    int64_t health_interval_s, health_timeout_s, healthy_threshold, unhealthy_threshold;
};
/* Where it stands in a zone; allocation (of an Elastic IP) and address (a private one) are NULL unless fixed.
 */
struct lb_place {
    char *subnet, *zone, *allocation, *address;
};
struct lb_places {
    struct lb_place *items;
    size_t count;
    bool released; /* wanted ones: addresses that the Service fixed once are AWS's choice again */
};
void lb_places_done(struct lb_places *places);
struct lb_found {
    char *arn, *dns_name, *scheme, *state, *vpc, *ip_address_type; /* arn NULL: there is none */
    bool made;       /* by this call: of the rest only the first four */
    bool nat_prefix; /* it has IPv6 addresses of its own for UDP to the nodes */
    struct lb_places places;
    struct texts security_groups;
    struct pairs tags;
};
struct target_group {
    char *name, *arn;
    char *health_protocol, *health_port, *health_path, *health_codes, *health_interval_s, *health_timeout_s,
        *healthy_threshold, *unhealthy_threshold;
    struct pairs tags;
};

/* What one call works on. */
struct lb {
    struct aws *aws; /* a reference */
    const struct keelson_call *call;
    const struct keelson_object *service;
    char name[LB_NAME_SIZE], service_name[320], group_prefix[GROUP_PREFIX_SIZE];
    struct lb_options options;
    struct pairs tags; /* what all of it is to bear */
    bool internal, by_ip;
    bool dualstack, v6; /* clients of both families; nodes by IPv6 */
    struct lb_port ports[LB_PORTS_MAX];
    uint32_t ports_count;
    const struct keelson_object *const *nodes;
    uint32_t nodes_count;
    struct machines *machines; /* the nodes' */
    char *vpc;

    struct lb_places places; /* where it is to stand */
    bool fresh;              /* no answer that another call got: something may be told to be gone */
    bool name_taken;         /* by what is not ours */
    struct lb_found found;
    struct target_group *groups;
    size_t groups_count;
};
/* The names alone: what get() and remove() need. lb_done() follows, whatever came. */
enum keelson_status lb_begin(struct lb *lb, void *instance, const struct keelson_call *call,
                             const struct keelson_object *service);
/* lb-plan.c: what is wanted: options and ports. */
enum keelson_status lb_plan(struct lb *lb);
void lb_found_done(struct lb_found *found);
void lb_forget(struct lb *lb); /* what was found */
void lb_done(struct lb *lb);

/* lb-find.c: found, name_taken and groups; of groups it is to be checked that they are ours. */
enum keelson_status lb_find(struct lb *lb);
enum keelson_status lb_check_groups(struct lb *lb); /* KEELSON_CONFLICT */
/* api_list() or api_list_shared(). */
enum keelson_status lb_list(struct lb *lb, enum service service, const char *action,
                            const struct text *params, const char *path, api_each *each, void *context);

/* lb-tags.c */
enum keelson_status lb_plan_tags(struct lb *lb);
bool lb_tags_are_ours(const struct lb *lb, const struct pairs *tags);
void lb_params_tags(const struct lb *lb, struct text *params); /* Tags.member.N of ELB */
/* What is to be put, and the keys of what was put once and is not wanted any more. */
void lb_tags_difference(const struct pairs *now, const struct pairs *wanted, struct pairs *missing,
                        struct texts *extra);
enum keelson_status lb_sync_tags(struct lb *lb); /* of the load balancer and the target groups in the plan */
enum keelson_status lb_add_tags(struct lb *lb, const char *arn, const struct pairs *tags);
enum keelson_status lb_remove_tags(struct lb *lb, const char *arn, const struct texts *keys);

/* lb-subnets.c: places: one subnet a zone, with the fixed addresses, if there are any. */
enum keelson_status lb_choose_places(struct lb *lb);
enum keelson_status lb_read_ranges(struct lb *lb, struct texts *ret); /* of the VPC's subnets */
/* lb-addresses.c: that the Elastic IPs which the load balancer does not have yet can be had. */
enum keelson_status lb_check_allocations(struct lb *lb);
/* lb-front.c: the load balancer itself; own_group NULL: all of its security groups are given. */
enum keelson_status lb_plan_front(struct lb *lb); /* before anything is changed: places */
enum keelson_status lb_ensure_front(struct lb *lb, const char *own_group);
enum keelson_status lb_narrow_front(struct lb *lb); /* to IPv4, once no listener needs more */
enum keelson_status lb_delete(struct lb *lb);       /* found.arn */
/* lb-security.c: the load balancer's own group: *ret is its ID, the caller's to free. */
enum keelson_status lb_ensure_security_group(struct lb *lb, char **ret);
enum keelson_status lb_remove_security_group(struct lb *lb);
/* lb-rules.c: rules are texts, "tcp 80 80 10.0.0.0/8": protocol, from, to, source (a range or a group).
 * remedy: what to do where a group takes no more. */
void lb_add_rule(struct texts *rules, const char *protocol, const char *from, const char *to,
                 const char *source);
enum keelson_status lb_sync_rules(struct lb *lb, const char *group, const struct texts *now,
                                  const struct texts *wanted, const char *remedy);
/* lb-targets.c: the nodes in each of the target groups whose ARN is known. */
enum keelson_status lb_sync_targets(struct lb *lb);
/* lb-groups.c */
enum keelson_status lb_ensure_groups(struct lb *lb);
enum keelson_status lb_remove_groups(struct lb *lb, bool all); /* or those that are not in the plan */
bool lb_group_is_planned(const struct lb *lb, const char *name);
/* lb-listeners.c */
enum keelson_status lb_sync_listeners(struct lb *lb);
/* lb-attributes.c: makes the attributes of things of one kind as they are wanted. */
struct lb_bearer {
    const char *whose; /* "LoadBalancer", "TargetGroup", "Listener" */
    const char *const *arns;
    size_t count;
    const char *tagged;       /* the ARN of what bears the tags that tell what they were */
    const struct pairs *tags; /* that it bears now; NULL: it was just made */
};
enum keelson_status lb_sync_attributes(struct lb *lb, const struct lb_bearer *bearer,
                                       const struct pairs *wanted);

#endif
