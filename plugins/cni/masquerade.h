/* SPDX-License-Identifier: Apache-2.0 */
/* What leaves the cluster gets the node's address: one nftables table, changed in one transaction. */
#ifndef CNI_MASQUERADE_H
#define CNI_MASQUERADE_H

#include "plugins/cni/node.h"
#include "plugins/cni/settings.h"

/* The commands that make the table, the caller's to free; NULL: no memory. */
char *masquerade_make(const struct settings *settings, const struct node *node);
int masquerade_apply(const char *commands, struct trouble *trouble);
bool masquerade_present(const struct settings *settings);
int masquerade_remove(const struct settings *settings, struct trouble *trouble);

#endif
