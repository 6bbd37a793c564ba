/* SPDX-License-Identifier: Apache-2.0 */
/* See watch-socket.h. It outlives its watch: the tunnel's last callback comes when all was sent. */
#include "core/apiserver/watch-socket.h"

#include "core/apiserver/websocket-frame.h"
#include "core/base/memory.h"

#define NORMAL         1000
#define PROTOCOL_ERROR 1002

struct watch_socket {
    struct watch *watch; /* NULL: it has ended */
    struct http_request *http;
    struct websocket_reader reader;
    unsigned status; /* of the closing frame */
    void (*leaves)(struct watch *w);
    void (*gone)(struct watch *w);
};

static void write_frame(struct watch_socket *s, struct buffer *frame)
{
    struct bytes *bytes = bytes_take_buffer(frame);
    http_tunnel_write(s->http, bytes);
    bytes_unref(bytes);
}

/* false: it does not go on. */
static bool heed(struct watch_socket *s, const struct websocket_event *event)
{
    struct buffer pong = BUFFER_INIT;
    if (event->opcode == WEBSOCKET_PING) {
        websocket_write(&pong, WEBSOCKET_PONG, event->data, SLICE(""));
        write_frame(s, &pong);
    }
    return event->opcode != WEBSOCKET_CLOSE;
}

static void received(void *context, struct slice data)
{
    struct watch_socket *s = context;
    struct websocket_event event;
    int result = 0;
    if (!s->watch)
        return;
    while ((result = websocket_read(&s->reader, &data, &event, NULL)) > 0 && heed(s, &event))
        ;
    if (result == 0)
        return;
    s->status = result < 0 ? PROTOCOL_ERROR : NORMAL;
    s->leaves(s->watch);
}

static void closed(void *context)
{
    struct watch_socket *s = context;
    if (s->watch)
        s->gone(s->watch);
    websocket_reader_done(&s->reader);
    free(s);
}

static const struct http_tunnel_callbacks callbacks = {.received = received, .closed = closed};

struct watch_socket *watch_socket_begin(struct watch *w, struct http_request *http,
                                        const char *const *headers, void (*leaves)(struct watch *w),
                                        void (*gone)(struct watch *w))
{
    struct watch_socket *s = new0(struct watch_socket);
    *s = (struct watch_socket){.watch = w, .http = http, .status = NORMAL, .leaves = leaves, .gone = gone};
    http_tunnel_begin(http, headers, &callbacks, s);
    return s;
}

void watch_socket_end(struct watch_socket *s)
{
    struct buffer close = BUFFER_INIT;
    websocket_write_close(&close, s->status);
    write_frame(s, &close);
    s->watch = NULL;
    http_tunnel_end(s->http); /* closed() follows, and releases */
}
