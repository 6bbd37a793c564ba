/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passing a request on to another server (a kubelet, a pod, a service) and its answer back as it comes:
 * streams with flow control in both directions, upgrades as tunnels. Everything happens on the loop of the
 * client's connection.
 */
#ifndef KEELSON_APISERVER_PROXY_H
#define KEELSON_APISERVER_PROXY_H

#include "core/apiserver/stream-translator.h"
#include "core/apiserver/websocket.h"
#include "core/io/tls.h"

/* The client's WebSocket becomes the server's SPDY. */
struct proxy_translation {
    struct websocket websocket;
    const char *spdy_protocol;              /* STREAM_…_SPDY */
    const struct stream_channels *channels; /* NULL: a tunnel */
};

struct proxy_target {
    const char *host;
    uint16_t port;
    struct tls_settings *tls; /* NULL: plain HTTP */
    const char *target;       /* path and query */
    const char *method;       /* NULL: the request's own */
    /* The path at which the client sees the other server's root: redirects of that server begin with it. Such
     * a server may take its time to answer. NULL: it is our own kubelet that answers, within half a minute.
     */
    const char *prefix;
    const struct websocket *websocket; /* the answer goes to the client in its frames; NULL: as it is */
    const struct proxy_translation
        *translation;   /* with upgrade; NULL: the client's protocol is the server's */
    bool upgrade;       /* as the client's Upgrade header says; otherwise a plain request */
    bool status_errors; /* answers of 400 and more become a Status with the body as its message */
};
/* Takes over r. Loop thread. */
void proxy_start(struct api_request *r, const struct proxy_target *target);
/* Whether the request asks for an upgrade of its connection. */
bool proxy_wants_upgrade(struct api_request *r);

#endif
