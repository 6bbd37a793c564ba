/* SPDX-License-Identifier: Apache-2.0 */
/* Conversations with the kernel's netfilter over netlink: one message out, its answers back. Blocks; one
 * thread at a time for each socket. */
#ifndef KEELSON_PROXY_KERNEL_NETLINK_H
#define KEELSON_PROXY_KERNEL_NETLINK_H

#include <libmnl/libmnl.h>
#include <stddef.h>

#include "core/base/error.h"
#include "core/proxy/service.h"

#define NETFILTER_ATTRIBUTES 64 /* more than any netfilter message has kinds of attributes */

/* The caller closes it with mnl_socket_close. NULL: an error. */
struct mnl_socket *netfilter_open(struct error *err);
/* Begins a message in `space`; type: subsystem and message, as NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN. */
struct nlmsghdr *netfilter_message(char *space, enum proxy_family family, uint16_t type, uint16_t flags);
/* Sends one message, which asks for a dump or an acknowledgement (else the end would not be seen), and gives
 * its answers to callback (NULL-able). What is not there is no error: nothing is given. -1: errno tells. */
int netfilter_talk(struct mnl_socket *socket, const struct nlmsghdr *message, mnl_cb_t callback,
                   void *context);
/* The attributes by their kind; the table has NETFILTER_ATTRIBUTES places, zeroed. */
void netfilter_attributes(const struct nlmsghdr *message, const struct nlattr **table);
void netfilter_nested(const struct nlattr *outer, const struct nlattr **table);

#endif
