/* SPDX-License-Identifier: Apache-2.0 */
/* Continue tokens of lists: base64url of {"v":"meta.k8s.io/v1","rv":N,"start":"…"}, as upstream writes them.
 * Any thread. */
#ifndef KEELSON_APISERVER_CONTINUE_H
#define KEELSON_APISERVER_CONTINUE_H

#include "core/base/arena.h"
#include "core/base/error.h"

struct continue_token {
    int64_t revision;   /* -1: go on with whatever is there now */
    struct slice start; /* the next key, relative to what is listed; ends with a NUL byte that counts */
};
/* start: the last key that was given out. */
char *continue_encode(struct arena *arena, int64_t revision, struct slice last_key);
/* ERR_BAD_REQUEST. */
int continue_decode(struct arena *arena, const char *text, struct continue_token *ret, struct error *err);

#endif
