/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clouds, as the cloud controller manager uses them (upstream's cloud-provider interface, of which these are the living parts). Several clouds serve
 * one cluster at the same time: every node, load balancer and route has exactly one owner among them.
 *
 * A plugin offers the interfaces that it can serve; keelson.cloud/1 is required. Nodes are asked about many at a time, so that a
 * cluster of 300 nodes is a few requests to the cloud's API and not 300; at most KEELSON_CLOUD_NODES_MAX in one call.
 *
 * Whose is what: a plugin never changes or removes what it cannot tell (by a tag, a description, a name scheme) to be this cluster's, by
 * keelson_instance.cluster; where a foreign thing is in the way the answer is KEELSON_CONFLICT. It must come out right when the daemon is killed
 * between any two requests to the cloud and makes the same call again.
 */
#ifndef KEELSON_CLOUD_H
#define KEELSON_CLOUD_H

#include <keelson/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KEELSON_CLOUD_1                "keelson.cloud/1"
#define KEELSON_CLOUD_INSTANCES_1      "keelson.cloud.instances/1"
#define KEELSON_CLOUD_LOADBALANCERS_1  "keelson.cloud.loadbalancers/1"
#define KEELSON_CLOUD_ROUTES_1         "keelson.cloud.routes/1"

#define KEELSON_CLOUD_NODES_MAX 1000

enum keelson_owns KEELSON_U32 { KEELSON_OWNS_UNKNOWN = 0 /* also what unlisted values mean */, KEELSON_OWNS_YES = 1, KEELSON_OWNS_NO = 2 };

struct keelson_cloud_v1 {
    uint32_t size;
    uint32_t reserved;
    /* The scheme of this cloud's provider IDs, before "://" ("aws", "gce"); constant. */
    const char *(*scheme)(void *instance);
    /* Which of these nodes are this instance's? ret has a place for each node, all UNKNOWN beforehand. Only positive knowledge is YES or NO; a cloud
     * that cannot be asked fails, or answers UNKNOWN where it could not tell. A node of another cloud is NO, not a failure. */
    enum keelson_status (*owns)(void *instance, const struct keelson_call *call, const struct keelson_object *const *nodes, uint32_t nodes_count, enum keelson_owns *ret);
    /* Can the cloud's API be used? For health only. */
    enum keelson_status (*healthy)(void *instance, const struct keelson_call *call);
};

/* corev1.NodeAddressType, in its order of use. Addresses of other types are left out. */
enum keelson_address_type KEELSON_U32 { KEELSON_ADDRESS_HOSTNAME = 1, KEELSON_ADDRESS_INTERNAL_IP = 2, KEELSON_ADDRESS_EXTERNAL_IP = 3, KEELSON_ADDRESS_INTERNAL_DNS = 4, KEELSON_ADDRESS_EXTERNAL_DNS = 5 };
struct keelson_node_address { /* an array's element */
    enum keelson_address_type type;
    uint32_t reserved;
    const char *address;
};
enum keelson_instance_state KEELSON_U32 {
    KEELSON_INSTANCE_UNKNOWN = 0, /* also what unlisted values mean: nothing is done */
    KEELSON_INSTANCE_RUNNING = 1,
    KEELSON_INSTANCE_SHUT_DOWN = 2, /* it is kept, and will not run until somebody starts it */
    KEELSON_INSTANCE_GONE = 3       /* positive knowledge, of a cloud that answered in full: the node will be removed */
};
/* What the cloud says of one of the nodes that were asked about. Absent text is NULL. */
struct keelson_instance_report {
    uint32_t size;
    uint32_t node; /* its index in the call's nodes */
    enum keelson_instance_state state;
    uint32_t addresses_count, address_size;
    uint32_t reserved;
    const char *evidence; /* with GONE and SHUT_DOWN: what the cloud's answer was, for logs and events ("DescribeInstances: terminated") */
    const char *provider_id, *instance_type, *zone, *region;
    const struct keelson_node_address *addresses;
    struct keelson_pairs labels; /* further ones, for the node */
};
struct keelson_instance_sink {
    uint32_t size, reserved;
    int (*put)(const struct keelson_instance_sink *sink, const struct keelson_instance_report *report);
    void *context;
};
/* What the host will look at; the rest of a report may be left out. */
#define KEELSON_WANT_STATE    1u
#define KEELSON_WANT_METADATA 2u /* provider_id, instance_type, zone, region, addresses, labels */

struct keelson_cloud_instances_v1 {
    uint32_t size;
    uint32_t reserved;
    /* Puts a report for each of the nodes that something is known of, in any order; a node without one counts as UNKNOWN. Fails if the cloud
     * cannot be asked: then nothing is known of any, whatever was put. */
    enum keelson_status (*describe)(void *instance, const struct keelson_call *call, const struct keelson_object *const *nodes, uint32_t nodes_count, uint32_t want,
                                    const struct keelson_instance_sink *sink);
};

struct keelson_ingress { /* an array's element */
    const char *ip, *hostname; /* one of them NULL */
    const char *ip_mode;       /* "VIP", "Proxy"; NULL: not said */
};
struct keelson_load_balancer {
    uint32_t size;
    uint32_t ingress_count, ingress_size, reserved;
    const struct keelson_ingress *ingress;
};
struct keelson_load_balancer_sink {
    uint32_t size, reserved;
    int (*put)(const struct keelson_load_balancer_sink *sink, const struct keelson_load_balancer *load_balancer);
    void *context;
};
/* Load balancers reach nodes of other providers, too: the host then passes all nodes, else this provider's own. */
#define KEELSON_LOADBALANCERS_REACH_ALL_NODES 1u
/* Since 1.1. The Services' status is the only record of what was given out (addresses of pools). After open(), and before its first ensure(), the host calls
 * get() for every Service that has or may have a load balancer of this instance's, those that are being deleted included, so that nothing is
 * given twice; get() learns from the Service's status, and asks no back end. */
#define KEELSON_LOADBALANCERS_RECORD_IS_STATUS 2u
/* Services carry their annotations, class, ports, source ranges and present status; nodes their addresses, labels and readiness. All but get() may
 * answer KEELSON_PENDING. ensure() comes after the Service bears the finalizer and the instance's name, remove() before it loses them. About one Service one
 * call is made at a time, and none while an earlier one has not come back. What is wrong with a Service is KEELSON_INVALID with the field's name: its owner sees
 * it, and the call is made again when the Service changes. */
struct keelson_cloud_loadbalancers_v1 {
    uint32_t size;
    uint32_t flags;
    /* KEELSON_NOT_FOUND: positively absent. */
    enum keelson_status (*get)(void *instance, const struct keelson_call *call, const struct keelson_object *service, const struct keelson_load_balancer_sink *sink);
    /* Creates or updates until it matches. */
    enum keelson_status (*ensure)(void *instance, const struct keelson_call *call, const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t nodes_count, const struct keelson_load_balancer_sink *sink);
    /* Only the set of nodes changed. Makes none: KEELSON_NOT_FOUND if there is nothing to update, and ensure() follows. */
    enum keelson_status (*update)(void *instance, const struct keelson_call *call, const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t nodes_count);
    enum keelson_status (*remove)(void *instance, const struct keelson_call *call, const struct keelson_object *service); /* absent is OK */
};

struct keelson_route {
    uint32_t size;
    uint32_t blackhole;    /* 1: its target is gone */
    const char *name;      /* the cloud's; NULL in create() */
    const char *node_name; /* its target; NULL with blackhole, and in list() where it is not known: create() is asked then, and finds it there */
    const char *destination_cidr;
    const struct keelson_object *node; /* in create(): the target; else NULL */
};
struct keelson_route_sink {
    uint32_t size, reserved;
    int (*put)(const struct keelson_route_sink *sink, const struct keelson_route *route);
    void *context;
};
struct keelson_cloud_routes_v1 {
    uint32_t size;
    uint32_t reserved;
    /* The cluster's own routes only. */
    enum keelson_status (*list)(void *instance, const struct keelson_call *call, const struct keelson_route_sink *sink);
    /* Each route by itself: ret has a place for each, all KEELSON_FAILED beforehand, for what came of it. One that is there (create) or absent
     * (remove) already is OK. Returns KEELSON_OK when all was tried; what else it returns holds for all. */
    enum keelson_status (*create)(void *instance, const struct keelson_call *call, const struct keelson_route *const *routes, uint32_t routes_count, enum keelson_status *ret);
    enum keelson_status (*remove)(void *instance, const struct keelson_call *call, const struct keelson_route *const *routes, uint32_t routes_count, enum keelson_status *ret);
};

#ifdef __cplusplus
}
#endif
#endif
