/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Node address management: every node gets a part of the cluster's pod address range (one a family), written
 * once into its spec. A part is free again when its node is gone.
 */
#include <pthread.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/controller-manager/cidr-set.h"
#include "core/controller-manager/controller.h"

#define FAMILIES_MAX 2

struct node_ipam {
    struct client *client;
    const struct resource *resource;
    struct informer *nodes;
    struct workqueue *queue;
    struct event_recorder *events;
    unsigned families;
    pthread_mutex_t lock; /* guards sets */
    struct cidr_set sets[FAMILIES_MAX];
};

/* Under the lock: the node's ranges are taken, or free again. */
static void mark(struct node_ipam *c, const struct json *node, bool taken)
{
    json_for_each (text, json_at(node, "spec.podCIDRs")) {
        struct cidr range;
        if (!cidr_parse(json_slice(text), true, &range))
            continue;
        for (unsigned i = 0; i < c->families; i++)
            if (taken)
                cidr_set_occupy(&c->sets[i], &range);
            else
                cidr_set_release(&c->sets[i], &range);
    }
}

static void node_changed(void *self, struct cached *old, struct cached *new_, const struct json *node)
{
    struct node_ipam *c = self;
    pthread_mutex_lock(&c->lock);
    mark(c, node, new_ != NULL);
    pthread_mutex_unlock(&c->lock);
    if (new_ && json_count(json_at(node, "spec.podCIDRs")) == 0 && !object_is_deleted(node))
        workqueue_add(c->queue, cached_key(new_));
}

/* One part of each family, or nothing. */
static bool take(struct node_ipam *c, struct cidr ranges[FAMILIES_MAX])
{
    unsigned taken = 0;
    pthread_mutex_lock(&c->lock);
    while (taken < c->families && cidr_set_take(&c->sets[taken], &ranges[taken]))
        taken++;
    for (unsigned i = 0; i < taken && taken < c->families; i++)
        cidr_set_release(&c->sets[i], &ranges[i]);
    pthread_mutex_unlock(&c->lock);
    return taken == c->families;
}

static void give_back(struct node_ipam *c, const struct cidr ranges[FAMILIES_MAX])
{
    pthread_mutex_lock(&c->lock);
    for (unsigned i = 0; i < c->families; i++)
        cidr_set_release(&c->sets[i], &ranges[i]);
    pthread_mutex_unlock(&c->lock);
}

static int write_ranges(struct node_ipam *c, const struct json *node, const struct cidr *ranges,
                        struct arena *arena, struct error *err)
{
    char text[CIDR_TEXT_MAX];
    struct json *patch = json_new_object(arena), *spec = json_set_object(arena, patch, "spec");
    json_set_string(arena, json_set_object(arena, patch, "metadata"), "uid", object_uid(node));
    cidr_format(&ranges[0], text);
    json_set_string(arena, spec, "podCIDR", text);
    struct json *list = json_set_array(arena, spec, "podCIDRs");
    for (unsigned i = 0; i < c->families; i++) {
        cidr_format(&ranges[i], text);
        json_append_string(arena, list, text);
    }
    return client_patch(c->client, c->resource, NULL, object_name(node), NULL, PATCH_STRATEGIC, patch, arena,
                        NULL, err);
}

static int assign(struct node_ipam *c, const struct json *node, struct arena *arena, struct error *err)
{
    struct cidr ranges[FAMILIES_MAX];
    const char *name = object_name(node);
    if (!take(c, ranges)) {
        event_record(c->events, node, NULL, "Normal", "CIDRNotAvailable",
                     "Node %s status is now: CIDRNotAvailable", name);
        return error_set(err, ERR_UNAVAILABLE, "no range is left for node %s", name);
    }
    if (write_ranges(c, node, ranges, arena, err) == 0)
        return 0;
    /* after a time-out the write may have happened: then the node shows it, and the range stays its own */
    if (err->code != ERR_TIMEOUT && err->code != ERR_SERVER_TIMEOUT)
        give_back(c, ranges);
    if (err->code == ERR_NOT_FOUND)
        return 0;
    event_record(c->events, node, NULL, "Normal", "CIDRAssignmentFailed",
                 "Node %s status is now: CIDRAssignmentFailed", name);
    return -1;
}

/* The live node decides, so that none gets two ranges. */
static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct node_ipam *c = self;
    struct arena arena = ARENA_INIT;
    struct json *node = NULL;
    struct error one = ERROR_INIT;
    int rc = client_get(c->client, c->resource, NULL, key, &arena, &node, &one);
    if (rc == 0 && json_count(json_at(node, "spec.podCIDRs")) == 0 && !object_is_deleted(node))
        rc = assign(c, node, &arena, &one);
    if (rc < 0 && one.code == ERR_NOT_FOUND)
        rc = 0;
    if (rc < 0)
        error_move(err, &one);
    error_done(&one);
    arena_done(&arena);
    return rc;
}

/* --- options --- */

static unsigned part_prefix(const struct manager_options *o, const struct cidr *range)
{
    int64_t own = range->bits == 32 ? o->node_cidr_mask_size_ipv4 : o->node_cidr_mask_size_ipv6;
    if (!own)
        own = o->node_cidr_mask_size;
    return own ? (unsigned)own : range->bits == 32 ? 24 : 64;
}

static int add_ranges(struct node_ipam *c, const struct manager_options *o, struct error *err)
{
    struct slice rest = slice_of(o->cluster_cidr);
    while (rest.data && rest.size) {
        struct slice text = slice_cut(&rest, ',');
        struct cidr range;
        if (!cidr_parse(text, true, &range))
            return error_set(err, ERR_INVALID, "--cluster-cidr: \"%.*s\" is not an address range",
                             SLICE_ARG(text));
        if (c->families == FAMILIES_MAX || (c->families && c->sets[0].range.bits == range.bits))
            return error_set(err, ERR_INVALID, "--cluster-cidr: at most one range of each address family");
        if (cidr_set_init(&c->sets[c->families], &range, part_prefix(o, &range), err) < 0)
            return error_prefix(err, "--cluster-cidr");
        c->families++;
    }
    return c->families ? 0 : error_set(err, ERR_INVALID, "--cluster-cidr is empty");
}

/* Services' addresses are not given to pods. */
static void leave_out_services(struct node_ipam *c, const char *ranges)
{
    struct slice rest = slice_of(ranges);
    while (rest.data && rest.size) {
        struct cidr range;
        if (cidr_parse(slice_cut(&rest, ','), true, &range))
            for (unsigned i = 0; i < c->families; i++)
                cidr_set_occupy(&c->sets[i], &range);
    }
}

static void release(struct node_ipam *c)
{
    for (unsigned i = 0; i < c->families; i++)
        cidr_set_done(&c->sets[i]);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

static void *start(struct manager *m, struct controller_run *run)
{
    const struct manager_options *o = manager_options(m);
    struct error err = ERROR_INIT;
    if (!o->allocate_node_cidrs)
        return NULL;
    struct node_ipam *c = new0(struct node_ipam);
    pthread_mutex_init(&c->lock, NULL);
    if (add_ranges(c, o, &err) < 0) {
        log_error("%s", err.message);
        error_done(&err);
        release(c);
        return NULL;
    }
    leave_out_services(c, o->service_cluster_ip_range);
    c->client = manager_client(m);
    c->resource = RESOURCE("", "v1", "nodes");
    c->events = event_recorder_new(c->client, "cidrAllocator", NULL);
    c->queue = controller_queue("node-ipam", 4, reconcile, c);
    c->nodes = controller_watch(run, c->resource, node_changed, c);
    return c;
}

static void begin(void *self)
{
    struct node_ipam *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct node_ipam *c = self;
    workqueue_free(c->queue);
    event_recorder_free(c->events);
    release(c);
}

const struct controller controller_node_ipam = {
    .name = "node-ipam-controller",
    .alias = "nodeipam",
    .account = "node-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
