/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A stream as a WebSocket (RFC 6455) that only sends, for clients that read a log so (upstream's
 * binary.k8s.io and base64.binary.k8s.io). What such a client sends is not looked at. Any thread.
 */
#ifndef KEELSON_APISERVER_WEBSOCKET_H
#define KEELSON_APISERVER_WEBSOCKET_H

#include "core/apiserver/request.h"

struct websocket {
    const char *const *headers; /* of the answer 101; in the request's arena */
    bool text;                  /* frames are text and their bytes base64 */
};
bool websocket_wanted(struct api_request *r);
/* ERR_BAD_REQUEST without a key; ERR_FORBIDDEN when the client offers protocols, and none of these. */
int websocket_accept(struct api_request *r, struct websocket *ret, struct error *err);
struct bytes *websocket_frame(const struct websocket *w, struct slice data);
struct bytes *websocket_close_frame(void);

#endif
