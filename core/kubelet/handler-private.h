/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds of handlers share. */
#ifndef KEELSON_KUBELET_HANDLER_PRIVATE_H
#define KEELSON_KUBELET_HANDLER_PRIVATE_H

#include "core/kubelet/handler.h"

#define HANDLER_BODY_BYTES_MAX (10u << 10)
#define HANDLER_TIMEOUT_MS     30000 /* where the handler has none of its own */

const char *handler_host(const struct handler_input *input, const struct json *action);
enum handler_result handler_http(struct kubelet *k, const struct handler_input *input,
                                 const struct json *action, struct buffer *output); /* handler-http.c */

#endif
