/* SPDX-License-Identifier: Apache-2.0 */
/* What this machine is: amounts and identities, read once. Any thread. */
#ifndef KEELSON_KUBELET_NODE_FACTS_H
#define KEELSON_KUBELET_NODE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/error.h"

int64_t node_cpu_milli(void);
int64_t node_memory_bytes(void);
int64_t node_memory_available_bytes(void); /* now */
int64_t node_pids_max(void);
int64_t node_pids_used(void); /* processes and threads, now */
bool node_swap_is_on(void);
/* Hugepages of a size (2 MiB, 1 GiB) that the machine has, in bytes. */
int64_t node_hugepages_bytes(int64_t page_bytes);
/* Malloc'ed text: the address of the default route's interface, of the preferred family if there is one, else
 * any that is not loopback. */
char *node_address(bool prefer_v6);

struct node_identity { /* "" when unknown */
    char machine_id[64], system_uuid[64], boot_id[64], kernel[128], os_image[128], architecture[32];
};
void node_identity(struct node_identity *ret);
struct node_disk {
    int64_t capacity_bytes, available_bytes, inodes, inodes_free;
};
int node_disk(const char *folder, struct node_disk *ret, struct error *err);

#endif
