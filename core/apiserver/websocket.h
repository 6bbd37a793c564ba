/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The handshake of a WebSocket (RFC 6455, section 4), and a stream as one that only sends, for clients that
 * read a log so (upstream's binary.k8s.io and base64.binary.k8s.io): what such a client sends is not looked
 * at. Any thread.
 */
#ifndef KEELSON_APISERVER_WEBSOCKET_H
#define KEELSON_APISERVER_WEBSOCKET_H

#include "core/apiserver/request.h"

struct websocket_protocol {
    const char *name;
    bool text; /* frames are text and their bytes base64 */
};
extern const struct websocket_protocol websocket_log_protocols[];
extern const size_t websocket_log_protocols_count;

struct websocket {
    const char *const *headers; /* of the answer 101; in the request's arena */
    bool text;
};
bool websocket_wanted(struct api_request *r);
/* The first that the client offers of these; -1: none of them, -2: it offers none. */
int websocket_choose(struct api_request *r, const struct websocket_protocol *protocols, size_t count);
/* ERR_BAD_REQUEST without a key; ERR_FORBIDDEN when the client offers protocols, and none of these. */
int websocket_accept(struct api_request *r, const struct websocket_protocol *protocols, size_t count,
                     struct websocket *ret, struct error *err);
struct bytes *websocket_frame(const struct websocket *w, struct slice data);
struct bytes *websocket_close_frame(void);

#endif
