/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clouds, as the cloud controller manager uses them (upstream's cloud-provider interface, of which these are the living parts). Several clouds serve
 * one cluster at the same time: every node, load balancer and route has exactly one owner among them.
 *
 * A plugin offers the interfaces that it can serve; keelson.cloud/1 is required.
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

enum keelson_owns { KEELSON_OWNS_UNKNOWN = 0 /* also what unlisted values mean */, KEELSON_OWNS_YES = 1, KEELSON_OWNS_NO = 2 };

struct keelson_cloud_v1 {
    uint32_t size;
    uint32_t reserved;
    /* The scheme of this cloud's provider IDs, before "://" ("aws", "gce"); constant. */
    const char *(*scheme)(void *instance);
    /* Is this node one of this instance's? Only positive knowledge is YES or NO; a cloud that cannot be asked answers UNKNOWN. */
    enum keelson_status (*owns)(void *instance, const struct keelson_call *call, const struct keelson_object *node, enum keelson_owns *ret);
    /* Can the cloud's API be used? For health only. */
    enum keelson_status (*healthy)(void *instance, const struct keelson_call *call);
};

/* corev1.NodeAddressType, in its order of use */
enum keelson_address_type { KEELSON_ADDRESS_HOSTNAME = 1, KEELSON_ADDRESS_INTERNAL_IP = 2, KEELSON_ADDRESS_EXTERNAL_IP = 3, KEELSON_ADDRESS_INTERNAL_DNS = 4, KEELSON_ADDRESS_EXTERNAL_DNS = 5 };
struct keelson_node_address {
    enum keelson_address_type type;
    uint32_t reserved;
    const char *address;
};
struct keelson_label {
    const char *key, *value;
};
/* Everything the node controller writes to a node. Absent text is NULL. */
struct keelson_instance_metadata {
    uint32_t size;
    uint32_t addresses_count, labels_count, reserved;
    const char *provider_id, *instance_type, *zone, *region;
    const struct keelson_node_address *addresses;
    const struct keelson_label *labels; /* further ones */
};
struct keelson_instance_metadata_sink {
    uint32_t size, reserved;
    int (*put)(const struct keelson_instance_metadata_sink *sink, const struct keelson_instance_metadata *metadata);
    void *context;
};
struct keelson_cloud_instances_v1 {
    uint32_t size;
    uint32_t reserved;
    /* 1 or 0 only with positive evidence; otherwise fail. */
    enum keelson_status (*exists)(void *instance, const struct keelson_call *call, const struct keelson_object *node, int *ret);
    enum keelson_status (*shut_down)(void *instance, const struct keelson_call *call, const struct keelson_object *node, int *ret);
    enum keelson_status (*metadata)(void *instance, const struct keelson_call *call, const struct keelson_object *node, const struct keelson_instance_metadata_sink *sink);
};

struct keelson_ingress {
    const char *ip, *hostname; /* one of them NULL */
    const char *ip_mode;       /* "VIP", "Proxy"; NULL: not said */
};
struct keelson_load_balancer_sink {
    uint32_t size, reserved;
    int (*put)(const struct keelson_load_balancer_sink *sink, const struct keelson_ingress *ingress, uint32_t count);
    void *context;
};
struct keelson_cloud_loadbalancers_v1 {
    uint32_t size;
    uint32_t reserved;
    /* KEELSON_NOT_FOUND: positively absent. */
    enum keelson_status (*get)(void *instance, const struct keelson_call *call, const char *cluster, const struct keelson_object *service, const struct keelson_load_balancer_sink *sink);
    /* Creates or updates until it matches; idempotent after a crash at any point. */
    enum keelson_status (*ensure)(void *instance, const struct keelson_call *call, const char *cluster, const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t nodes_count, const struct keelson_load_balancer_sink *sink);
    /* Only the set of nodes changed. */
    enum keelson_status (*update)(void *instance, const struct keelson_call *call, const char *cluster, const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t nodes_count);
    enum keelson_status (*remove)(void *instance, const struct keelson_call *call, const char *cluster, const struct keelson_object *service); /* absent is OK */
};

struct keelson_route {
    uint32_t size;
    uint32_t blackhole;    /* 1: its target is gone */
    const char *name;      /* the cloud's */
    const char *node_name; /* NULL with blackhole */
    const char *destination_cidr;
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
    enum keelson_status (*list)(void *instance, const struct keelson_call *call, const char *cluster, const struct keelson_route_sink *sink);
    enum keelson_status (*create)(void *instance, const struct keelson_call *call, const char *cluster, const struct keelson_object *node, const struct keelson_route *route);
    enum keelson_status (*remove)(void *instance, const struct keelson_call *call, const char *cluster, const struct keelson_route *route);
};

#ifdef __cplusplus
}
#endif
#endif
