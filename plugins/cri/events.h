/* SPDX-License-Identifier: Apache-2.0 */
/* What the event sources share. All of it belongs to the one thread that runs the events() call. */
#ifndef CRI_EVENTS_H
#define CRI_EVENTS_H

#include "plugins/cri/cri.h"

struct events {
    struct cri *cri;
    const struct keelson_call *call;
    const struct keelson_runtime_event_sink *sink;
    bool ended;     /* the host wants no more */
    bool connected; /* this subscription was made */
};

/* A place where events come from: a server-streaming method. */
struct event_source {
    const char *path;
    const ProtobufCMessageDescriptor *response;
    enum grpc_code (*request)(struct events *events, struct grpc_stream *stream, struct grpc_error *err);
    void (*take)(struct events *events, const ProtobufCMessage *message);
};
extern const struct event_source event_source_cri, event_source_containerd;

/* Hands one event to the host; -1 when it wants no more. */
int events_put(struct events *events, const char *container_id, const char *sandbox_id);
/* Sleeps; true when the call was cancelled. */
bool events_pause(const struct keelson_call *call, int milliseconds);

#endif
