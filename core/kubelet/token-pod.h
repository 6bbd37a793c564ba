/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of pods' service accounts, bound to the pod, renewed at 80% of their life. Any thread; a lookup may
 * go to the API server. */
#ifndef KEELSON_KUBELET_TOKEN_POD_H
#define KEELSON_KUBELET_TOKEN_POD_H

#include "core/client/client.h"

struct pod_tokens;
struct pod_tokens *pod_tokens_new(struct client *client);
void pod_tokens_free(struct pod_tokens *c);
/* A token for the audience ("" : the API server's own), in the arena. When it cannot be renewed the old one
 * serves until it expires. */
int pod_tokens_get(struct pod_tokens *c, const struct json *pod, const char *audience, int64_t expiration_s,
                   struct arena *arena, const char **ret, struct error *err);

#endif
