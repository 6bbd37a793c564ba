/* SPDX-License-Identifier: Apache-2.0 */
/* The kernel's settings of connection tracking, on which every Service depends: how many connections there
 * may be, and when silent ones are forgotten. Main thread. */
#ifndef KEELSON_PROXY_CONNTRACK_H
#define KEELSON_PROXY_CONNTRACK_H

#include "core/proxy/proxy.h"

/* Writes what the options say (zero: leave the kernel's) below `root`, "/proc/sys/net/netfilter". What cannot
 * be written, as the limit cannot in a network namespace, is logged and left. The limit is only ever raised.
 */
void conntrack_apply(const struct conntrack_options *options, const char *root);

#endif
