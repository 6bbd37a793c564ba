/* SPDX-License-Identifier: Apache-2.0 */
/* Where an HTTP probe or hook asks, and where a redirect leads from there. Pure; texts are in the arena. */
#ifndef KEELSON_KUBELET_PROBE_URL_H
#define KEELSON_KUBELET_PROBE_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buffer.h"

struct probe_url {
    bool https;
    uint16_t port;
    const char *host;   /* an IPv6 address without brackets */
    const char *target; /* path and query, "/" at least */
};
/* location: of a redirect, absolute or relative to base. False: it leads nowhere that HTTP reaches. */
bool probe_url_follow(struct arena *arena, const struct probe_url *base, struct slice location,
                      struct probe_url *ret);

#endif
