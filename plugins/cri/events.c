/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Events: what makes the kubelet look at a pod at once instead of by and by. Two sources, tried in this
 * order: CRI's own GetContainerEvents (event-cri.c), and containerd's native event stream
 * (event-containerd.c). A server with neither is polled. This file keeps the subscription alive over restarts
 * of the runtime; each time it is made, the host is told that events may have been lost.
 */
#include <poll.h>
#include <time.h>

#include "plugins/cri/events.h"

enum { RETRY_MS_FIRST = 50, RETRY_MS_MAX = 2000 };

static const struct event_source *const sources[] = {&event_source_cri, &event_source_containerd};

bool events_pause(const struct keelson_call *call, int milliseconds)
{
    struct pollfd fd = {.fd = call->cancel_fd, .events = POLLIN};
    return poll(&fd, 1, milliseconds) > 0;
}

int events_put(struct events *events, const char *container_id, const char *sandbox_id)
{
    const struct keelson_runtime_event event = {
        .size = sizeof(event), .container_id = container_id, .sandbox_id = sandbox_id};
    if (events->sink->event(events->sink, &event))
        events->ended = true;
    return events->ended ? -1 : 0;
}

/* A server without the method says so at once: by the time it has answered something else, the answer is
 * here. */
static enum grpc_code events_probe(struct events *events, struct grpc_stream *stream,
                                   const struct event_source *source, ProtobufCMessage **ret,
                                   struct grpc_error *err)
{
    _cleanup_message_ Runtime__V1__VersionResponse *version = NULL;
    Runtime__V1__Empty request = RUNTIME__V1__EMPTY__INIT;
    const struct grpc_options now = {.deadline_ns = 0, .cancel_fd = -1};
    *ret = NULL;
    if (cri_call(events->cri, events->call, CRI_QUICK, CRI_RUNTIME "Version", &request.base,
                 &runtime__v1__version_response__descriptor, &version) != KEELSON_OK) {
        err->code = GRPC_UNAVAILABLE;
        err->message[0] = '\0';
        return GRPC_UNAVAILABLE;
    }
    enum grpc_code code = grpc_stream_receive(stream, source->response, ret, &now, err);
    return code == GRPC_DEADLINE_EXCEEDED ? GRPC_OK : code;
}

static enum grpc_code events_follow(struct events *events, struct grpc_stream *stream,
                                    const struct event_source *source, ProtobufCMessage *first,
                                    struct grpc_error *err)
{
    const struct grpc_options options = {.deadline_ns = events->call->deadline_ns,
                                         .cancel_fd = events->call->cancel_fd};
    enum grpc_code code = GRPC_OK;
    ProtobufCMessage *message = first;
    events->connected = true;
    events_put(events, "", "");
    while (!code && !events->ended) {
        if (!message)
            code = grpc_stream_receive(stream, source->response, &message, &options, err);
        if (!code && !message) {
            err->code = code = GRPC_UNAVAILABLE;
            err->message[0] = '\0';
        }
        if (!code)
            source->take(events, message);
        cri_free(message);
        message = NULL;
    }
    return code;
}

static enum grpc_code events_subscribe(struct events *events, const struct event_source *source,
                                       struct grpc_error *err)
{
    const struct grpc_options options = {.deadline_ns = events->call->deadline_ns,
                                         .cancel_fd = events->call->cancel_fd};
    struct grpc_stream *stream;
    ProtobufCMessage *first = NULL;
    enum grpc_code code = grpc_stream_open(events->cri->channel, source->path, &options, &stream, err);
    if (code)
        return code;
    code = source->request(events, stream, err);
    if (!code)
        code = grpc_stream_send_end(stream, err);
    if (!code)
        code = events_probe(events, stream, source, &first, err);
    if (!code)
        code = events_follow(events, stream, source, first, err);
    grpc_stream_close(stream);
    return code;
}

static enum grpc_code events_once(struct events *events, struct grpc_error *err)
{
    enum grpc_code code = GRPC_UNIMPLEMENTED;
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]) && code == GRPC_UNIMPLEMENTED; i++)
        code = events_subscribe(events, sources[i], err);
    return code;
}

enum keelson_status cri_events(void *instance, const struct keelson_call *call,
                               const struct keelson_runtime_event_sink *sink)
{
    struct events events = {.cri = instance, .call = call, .sink = sink};
    struct grpc_error err = {0};
    int retry_ms = RETRY_MS_FIRST;
    for (;;) {
        events.connected = false;
        enum grpc_code code = events_once(&events, &err);
        if (events.ended)
            return KEELSON_OK;
        if (code == GRPC_UNIMPLEMENTED)
            return events.cri->host->fail(call, KEELSON_UNSUPPORTED, "the runtime has no events");
        if (code == GRPC_CANCELLED || code == GRPC_DEADLINE_EXCEEDED)
            return cri_fail(events.cri, call, "events", &err);
        if (events.connected) {
            events.cri->host->log(call, KEELSON_LOG_WARNING, "the runtime's events broke off: %s",
                                  err.message);
            retry_ms = RETRY_MS_FIRST;
        }
        if (events_pause(call, retry_ms))
            return events.cri->host->fail(call, KEELSON_CANCELLED, "cancelled");
        retry_ms = retry_ms * 2 > RETRY_MS_MAX ? RETRY_MS_MAX : retry_ms * 2;
    }
}
