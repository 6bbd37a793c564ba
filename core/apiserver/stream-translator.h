/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client says over a WebSocket, for a kubelet that speaks SPDY (KEP-4006): kubelets and container
 * runtimes know only older WebSocket protocols, in which a client cannot say that its input is over.
 *
 *   v5.channel.k8s.io             exec and attach: each message begins with the number of its channel (0
 * input, 1 output, 2 errors, 3 how it ended, 4 the terminal's size); a message of 255 and a number closes
 * that channel. Each channel is a SPDY stream. SPDY/3.1+portforward.k8s.io   port-forward: the messages are
 * the bytes of the SPDY connection.
 *
 * Bytes to bytes, no I/O; one thread at a time.
 */
#ifndef KEELSON_APISERVER_STREAM_TRANSLATOR_H
#define KEELSON_APISERVER_STREAM_TRANSLATOR_H

#include "core/apiserver/websocket.h"
#include "core/base/buffer.h"
#include "core/base/error.h"

/* Which there are beside the one that tells how it ended. */
struct stream_channels {
    bool input, output, errors, size;
};

struct stream_translator;
/* channels: NULL for a tunnel (port-forward). */
struct stream_translator *stream_translator_new(const struct stream_channels *channels);
void stream_translator_free(struct stream_translator *t);

/* Both sides are connected. */
void stream_translator_begin(struct stream_translator *t, struct buffer *to_server, struct buffer *to_client);
/* Each appends what it makes of the data to the buffers. 1: it is over, -1: the sender broke its protocol; in
 * both cases the client's last frame has been appended. */
int stream_translator_from_client(struct stream_translator *t, struct slice data, struct buffer *to_server,
                                  struct buffer *to_client, struct error *err);
int stream_translator_from_server(struct stream_translator *t, struct slice data, struct buffer *to_server,
                                  struct buffer *to_client, struct error *err);
/* The server has gone: the client's last frame, if it has not had it. */
void stream_translator_end(struct stream_translator *t, struct buffer *to_client);

/* The protocols, and what a kubelet calls each in SPDY (X-Stream-Protocol-Version). */
extern const struct websocket_protocol stream_command_protocol, stream_tunnel_protocol;
#define STREAM_COMMAND_SPDY "v4.channel.k8s.io"
#define STREAM_TUNNEL_SPDY  "portforward.k8s.io"

#endif
