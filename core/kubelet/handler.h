/* SPDX-License-Identifier: Apache-2.0 */
/* The actions that probes and life-cycle hooks have in common: exec, httpGet, tcpSocket, grpc, sleep.
 * Blocking; any pool thread. */
#ifndef KEELSON_KUBELET_HANDLER_H
#define KEELSON_KUBELET_HANDLER_H

#include "core/kubelet/kubelet.h"

struct handler_input {
    const struct json *handler;   /* a Probe or a LifecycleHandler */
    const struct json *container; /* for named ports */
    const char *container_id, *pod_ip;
    int64_t timeout_ms; /* 0: none */
    int cancel_fd;      /* 0: never */
    bool hook;          /* a LifecycleHandler: whatever status a request is answered with will do */
};
enum handler_result {
    HANDLER_OK,
    HANDLER_WARNING, /* as good, but worth an event */
    HANDLER_FAILED,  /* it says no */
    HANDLER_UNKNOWN  /* could not be asked */
};
/* output: what it said, for events; at most 10 KiB. */
enum handler_result handler_run(struct kubelet *k, const struct handler_input *input, struct buffer *output);
/* A port by number or by the container's name for it; 0: there is none. */
uint16_t handler_port(const struct json *port, const struct json *container);

#endif
