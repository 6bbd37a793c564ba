/* SPDX-License-Identifier: Apache-2.0 */
/* Switches of the kernel that pod networks need. */
#ifndef CNI_KERNEL_H
#define CNI_KERNEL_H

#include "plugins/cni/node.h"

/* Forwarding for the families of the pod CIDRs, and the packet filter on bridged traffic. -1 with words when
 * one is off and may not be switched on. */
int kernel_prepare(const struct node *node, struct trouble *trouble);
/* The same, without changing anything. */
int kernel_check(const struct node *node, struct trouble *trouble);

#endif
