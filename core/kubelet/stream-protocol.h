/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which upgrades the runtime's streaming server can serve. Bytes are passed through as they are, so what it
 * does not speak has to be refused here, in the way that makes clients try the next thing that they know
 * (kubectl: WebSocket first, then SPDY, on any answer but 101). Any thread.
 */
#ifndef KEELSON_KUBELET_STREAM_PROTOCOL_H
#define KEELSON_KUBELET_STREAM_PROTOCOL_H

#include <stdbool.h>

#include "core/base/buffer.h"

enum stream_kind { STREAM_EXEC, STREAM_ATTACH, STREAM_PORT_FORWARD };

/* upgrade: the header; protocols: Sec-WebSocket-Protocol, data NULL when absent. NULL: it can be served; else
 * why not. */
const char *stream_protocol_refuse(enum stream_kind kind, struct slice upgrade, struct slice protocols);

#endif
