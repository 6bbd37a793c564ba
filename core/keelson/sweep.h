/* SPDX-License-Identifier: Apache-2.0 */
/* What `keelson reset` takes away by itself, for whatever those that made it (containerd, kubelet) left
 * behind: they may have been killed. Only what can be told to be this cluster's is touched. Main thread. */
#ifndef KEELSON_KEELSON_SWEEP_H
#define KEELSON_KEELSON_SWEEP_H

#include "core/keelson/keelson.h"

struct names {
    char **items;
    size_t count, capacity;
};
void names_add(struct names *n, const char *name); /* copies */
void names_done(struct names *n);
/* The UIDs of the pods that kubelet knows folders of. */
void sweep_pod_uids(const struct settings *s, struct names *ret);
/* Kills the shims of our own containerd with all that runs below them; how many processes. */
unsigned sweep_processes(const struct settings *s);
/* Removes the pods' cgroups, and those above them that are empty then. */
void sweep_cgroups(const struct names *uids);
/* Removes the pods' container logs. */
void sweep_pod_logs(const struct names *uids);
/* Removes the iptables chains of host ports, unless another network of this machine uses them. */
void sweep_port_chains(void);
/* Unmounts everything at and below the folder. */
void sweep_mounts(const char *folder);
/* Removes the daemons' logs, and the folder when that was all. */
void sweep_logs(const struct settings *s);
/* Removes the caller's kubeconfig when it is the one that `up` wrote. */
void sweep_kubeconfig(const struct settings *s);

#endif
