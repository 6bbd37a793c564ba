/* SPDX-License-Identifier: Apache-2.0 */
/* The CNI configuration that the container runtime reads: bridge, host-local, portmap. */
#ifndef CNI_CONFLIST_H
#define CNI_CONFLIST_H

#include "plugins/cni/node.h"
#include "plugins/cni/settings.h"

/* The file's text, the caller's to free. mtu 0: the kernel's. */
char *conflist_make(const struct settings *settings, const struct node *node, unsigned mtu);
/* Writes it in place of the old one, whole or not at all; a file that holds it already is left alone.
 * *ret_written tells. */
int conflist_write(const struct settings *settings, const char *text, bool *ret_written,
                   struct trouble *trouble);
/* Is it there, and first, so that the runtime takes it? -1 with words if not. */
int conflist_check(const struct settings *settings, struct trouble *trouble);
int conflist_remove(const struct settings *settings, struct trouble *trouble);

#endif
