/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection of a watch whose client asked for a WebSocket: events are messages, one each, and go out as
 * those of other watches do; what the client sends is heeded as far as RFC 6455 wants it (pings, its close).
 * Loop thread.
 */
#ifndef KEELSON_APISERVER_WATCH_SOCKET_H
#define KEELSON_APISERVER_WATCH_SOCKET_H

#include "core/io/http-server.h"

struct watch;
struct watch_socket;
/* Answers 101 with the headers. When the client closes, or breaks the protocol, leaves(w) is called, which is
 * to call watch_socket_end; when it is gone without, gone(w), and the socket with it. One of them, once, and
 * none after watch_socket_end. */
struct watch_socket *watch_socket_begin(struct watch *w, struct http_request *http,
                                        const char *const *headers, void (*leaves)(struct watch *w),
                                        void (*gone)(struct watch *w));
/* A closing frame behind what was written. The socket releases itself. */
void watch_socket_end(struct watch_socket *s);

#endif
