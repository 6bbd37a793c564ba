/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions of exec, attach and port-forward: a client's upgraded connection and one to the runtime's
 * streaming server, joined byte for byte. */
#ifndef KEELSON_KUBELET_STREAM_SESSION_H
#define KEELSON_KUBELET_STREAM_SESSION_H

#include <stdbool.h>

#include "core/base/error.h"

struct kubelet_server;
struct http_request;

/* Where a runtime's URL leads: "http://127.0.0.1:45123/exec/TOKEN". Owned texts. */
struct stream_target {
    char *host, *path;
    uint16_t port;
};
int stream_target_parse(const char *url, struct stream_target *ret, struct error *err);
void stream_target_done(struct stream_target *t);

/* Takes the request over: it will be answered. On -1 it is still the caller's. Any thread but the request's
 * loop. */
int stream_session_start(struct kubelet_server *s, struct http_request *request,
                         const struct stream_target *target, struct error *err);
/* Ends all and waits for it; none can start any more once `stopping` is set. False: some client does not take
 * what is queued for it. Not on a loop. */
bool stream_sessions_stop(struct kubelet_server *s);

#endif
