/* SPDX-License-Identifier: Apache-2.0 */
/* The kubelet as a daemon of its own. */
#include "core/daemon/daemon.h"
#include "core/kubelet/kubelet.h"

int main(int argc, char **argv)
{
    const struct daemon daemon = {
        .name = "kubelet",
        .summary = "the agent of a node: runs its pods",
        .flags = kubelet_flags,
        .flags_count = kubelet_flags_count,
        .options_size = sizeof(struct kubelet_options),
        .start = kubelet_start,
        .reload = kubelet_reload,
        .stop = kubelet_stop,
        .metrics = kubelet_metrics,
        .bind_address_offset = (size_t)-1,
        .port_offset = (size_t)-1,
    };
    return daemon_main(&daemon, argc, argv);
}
