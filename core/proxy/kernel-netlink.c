/* SPDX-License-Identifier: Apache-2.0 */
/* Netlink messages of netfilter; see kernel-netlink.h. */
#include "core/proxy/kernel-netlink.h"

#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <netinet/in.h>
#include <time.h>

#define ANSWER_BYTES 32768 /* the kernel fills at most so much of a dump */

struct mnl_socket *netfilter_open(struct error *err)
{
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
    if (socket && mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) == 0)
        return socket;
    error_set_errno(err, errno, "netlink");
    if (socket)
        mnl_socket_close(socket);
    return NULL;
}

struct nlmsghdr *netfilter_message(char *space, enum proxy_family family, uint16_t type, uint16_t flags)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(space);
    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | flags;
    message->nlmsg_seq = (uint32_t)time(NULL);
    struct nfgenmsg *generic = mnl_nlmsg_put_extra_header(message, sizeof(*generic));
    *generic =
        (struct nfgenmsg){.nfgen_family = family == PROXY_IPV4 ? AF_INET : AF_INET6, .version = NFNETLINK_V0};
    return message;
}

int netfilter_talk(struct mnl_socket *socket, const struct nlmsghdr *message, mnl_cb_t callback,
                   void *context)
{
    char space[ANSWER_BYTES] __attribute__((aligned(8)));
    if (mnl_socket_sendto(socket, message, message->nlmsg_len) < 0)
        return -1;
    for (int more = 1; more > 0;) {
        ssize_t size = mnl_socket_recvfrom(socket, space, sizeof(space));
        if (size < 0)
            return -1;
        more = mnl_cb_run(space, (size_t)size, message->nlmsg_seq, mnl_socket_get_portid(socket), callback,
                          context);
        if (more < 0)
            return errno == ENOENT ? 0 : -1;
    }
    return 0;
}

static int keep_known(const struct nlattr *attribute, void *data)
{
    const struct nlattr **table = data;
    if (mnl_attr_get_type(attribute) < NETFILTER_ATTRIBUTES)
        table[mnl_attr_get_type(attribute)] = attribute;
    return MNL_CB_OK;
}

void netfilter_attributes(const struct nlmsghdr *message, const struct nlattr **table)
{
    mnl_attr_parse(message, sizeof(struct nfgenmsg), keep_known, table);
}

void netfilter_nested(const struct nlattr *outer, const struct nlattr **table)
{
    mnl_attr_parse_nested(outer, keep_known, table);
}
