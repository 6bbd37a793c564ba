/* SPDX-License-Identifier: Apache-2.0 */
/* One watch stream to etcd over all keys, from a revision on. One thread. */
#ifndef STORE_ETCD_STREAM_H
#define STORE_ETCD_STREAM_H

#include "plugins/store-etcd/etcd.h"

struct stream {
    struct etcd *etcd;
    struct grpc_stream *grpc;
    unsigned endpoint;
    int cancel_fd;
    Etcd__WatchResponse **responses; /* the parts of the batch at hand, or of the next one */
    size_t response_count, response_capacity;
    bool complete; /* the responses are a whole batch */
    struct keelson_kv *events;
    size_t event_count, event_capacity;
    int64_t revision; /* of the batch's last event */
};

/* Asks for all changes at or after start_revision (≥ 1) and waits for etcd's word that it will send them. On
 * failure there is nothing to close. KEELSON_COMPACTED: they are gone. */
enum keelson_status stream_open(struct stream *stream, struct etcd *etcd, int64_t start_revision,
                                int64_t deadline_ns, int cancel_fd, struct failure *failure);
/* The next batch, whole transactions in order of revision, in events; they stay until the next call.
 * KEELSON_TIMEOUT: the deadline passed; the stream goes on. */
enum keelson_status stream_receive(struct stream *stream, int64_t deadline_ns, struct failure *failure);
void stream_close(struct stream *stream);

#endif
