/* SPDX-License-Identifier: Apache-2.0 */
/* A watch, as hub and watch.c share it. */
#ifndef STORE_ETCD_WATCH_H
#define STORE_ETCD_WATCH_H

#include "plugins/store-etcd/etcd.h"

struct watch {
    struct watch *next;
    struct keelson_bytes from, to; /* the caller's, who stays in etcd_watch */
    const struct keelson_event_sink *sink;
    int64_t position; /* its sink has all events up to here */
    int64_t told;     /* and was told so */
    int ended_fd;     /* eventfd: it is over, with this status */
    bool ended;
    enum keelson_status status;
};

/* Passes on those of the events that the watch wants, and moves its position to revision. room: for count
 * events. Returns false if there were none for it. One call at a time: the hub's lock held, or the watch not
 * in the hub. */
bool watch_deliver(struct watch *watch, const struct keelson_kv *events, size_t count, int64_t revision,
                   struct keelson_kv *room);
/* Progress only. */
void watch_tell(struct watch *watch);
void watch_end(struct watch *watch, enum keelson_status status);

/* hub.c. Begins to follow the cluster if nobody has yet. */
enum keelson_status hub_begin(struct etcd *etcd, const struct keelson_call *call, struct failure *failure);
/* Joins if the watch has seen all that the hub has; *ret_position: how far the hub is. */
bool hub_join(struct hub *hub, struct watch *watch, int64_t *ret_position);
void hub_leave(struct hub *hub, struct watch *watch);

#endif
