/* SPDX-License-Identifier: Apache-2.0 */
/* See stream-protocol.h. The lists are those of the streaming server that containerd and CRI-O share. */
#include "core/kubelet/stream-protocol.h"

#include <strings.h>

#include "core/base/memory.h"

static const char *const exec_protocols[] = {"channel.k8s.io", "base64.channel.k8s.io", "v4.channel.k8s.io",
                                             "v4.base64.channel.k8s.io"};
static const char *const forward_protocols[] = {"v4.channel.k8s.io", "v4.base64.channel.k8s.io"};

static bool is_listed(struct slice name, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (slice_is(name, list[i]))
            return true;
    return false;
}

static bool any_served(enum stream_kind kind, struct slice protocols)
{
    while (protocols.data) {
        struct slice name = slice_trim(slice_cut(&protocols, ','));
        bool forward = kind == STREAM_PORT_FORWARD;
        if (forward ? is_listed(name, forward_protocols, ARRAY_SIZE(forward_protocols))
                    : is_listed(name, exec_protocols, ARRAY_SIZE(exec_protocols)))
            return true;
    }
    return false;
}

const char *stream_protocol_refuse(enum stream_kind kind, struct slice upgrade, struct slice protocols)
{
    if (!upgrade.size)
        return "Upgrade request required";
    if (upgrade.size == 8 && strncasecmp(upgrade.data, "SPDY/3.1", 8) == 0)
        return NULL;
    if (upgrade.size != 9 || strncasecmp(upgrade.data, "websocket", 9) != 0)
        return "unable to upgrade: only SPDY/3.1 and websocket are known";
    if (!protocols.size || any_served(kind, protocols))
        return NULL; /* none at all: the oldest form */
    return "unable to upgrade: the runtime speaks none of the offered WebSocket protocols";
}
