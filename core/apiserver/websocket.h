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
/* A bearer token that stands among the protocols that are offered, as browsers have no other place for it
 * (base64url.bearer.authorization.k8s.io.TOKEN beside at least one other); in the request's arena. It is no
 * protocol to the other functions. */
bool websocket_token(struct api_request *r, struct slice *ret);
/* One header's offers but the token, for who is not to see it; in the arena, "" when that was all. */
const char *websocket_without_token(struct arena *arena, struct slice offers);
/* The first that the client offers of these; -1: none of them, -2: it offers none. */
int websocket_choose(struct api_request *r, const struct websocket_protocol *protocols, size_t count);
/* ERR_BAD_REQUEST without a key; ERR_FORBIDDEN when the client offers protocols, and none of these. */
int websocket_accept(struct api_request *r, const struct websocket_protocol *protocols, size_t count,
                     struct websocket *ret, struct error *err);
/* The same where protocols mean nothing: what is offered first is taken. */
int websocket_accept_any(struct api_request *r, struct websocket *ret, struct error *err);
struct bytes *websocket_frame(const struct websocket *w, struct slice data);
struct bytes *websocket_close_frame(void);

#endif
