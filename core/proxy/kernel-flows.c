/* SPDX-License-Identifier: Apache-2.0 */
/* UDP connections over ctnetlink. A UDP "connection" lives as long as packets come, whatever became of its
 * endpoint, so a client that keeps its port would talk to a pod that is gone for ever. */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>
#include <time.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/proxy/kernel.h"

#define ANSWER_BYTES 32768 /* the kernel fills at most so much of a dump */

struct looking {
    int family;
    bool (*stale)(void *context, const struct flow *flow);
    void *context;
    struct buffer deletions; /* netlink messages, one behind the other */
    unsigned count;
};

static int keep_known(const struct nlattr *attribute, void *data)
{
    const struct nlattr **table = data;
    if (mnl_attr_get_type(attribute) < 32)
        table[mnl_attr_get_type(attribute)] = attribute;
    return MNL_CB_OK;
}

/* One end of a tuple: `source` or destination. False unless the tuple is of UDP. */
static bool read_end(const struct nlattr *tuple, int family, bool source, char text[INET6_ADDRSTRLEN],
                     uint16_t *ret_port)
{
    const struct nlattr *parts[32] = {0}, *ip[32] = {0}, *proto[32] = {0};
    mnl_attr_parse_nested(tuple, keep_known, parts);
    if (!parts[CTA_TUPLE_IP] || !parts[CTA_TUPLE_PROTO])
        return false;
    mnl_attr_parse_nested(parts[CTA_TUPLE_IP], keep_known, ip);
    mnl_attr_parse_nested(parts[CTA_TUPLE_PROTO], keep_known, proto);
    const struct nlattr *address = family == AF_INET ? ip[source ? CTA_IP_V4_SRC : CTA_IP_V4_DST]
                                                     : ip[source ? CTA_IP_V6_SRC : CTA_IP_V6_DST];
    const struct nlattr *port = proto[source ? CTA_PROTO_SRC_PORT : CTA_PROTO_DST_PORT];
    if (!address || !port || !proto[CTA_PROTO_NUM] || mnl_attr_get_u8(proto[CTA_PROTO_NUM]) != IPPROTO_UDP)
        return false;
    *ret_port = ntohs(mnl_attr_get_u16(port));
    return inet_ntop(family, mnl_attr_get_payload(address), text, INET6_ADDRSTRLEN) != NULL;
}

static struct nlmsghdr *begin(char *space, int family, uint16_t type, uint16_t flags)
{
    struct nlmsghdr *message = mnl_nlmsg_put_header(space);
    message->nlmsg_type = (NFNL_SUBSYS_CTNETLINK << 8) | type;
    message->nlmsg_flags = NLM_F_REQUEST | flags;
    message->nlmsg_seq = (uint32_t)time(NULL);
    struct nfgenmsg *generic = mnl_nlmsg_put_extra_header(message, sizeof(*generic));
    *generic = (struct nfgenmsg){.nfgen_family = (uint8_t)family, .version = NFNETLINK_V0};
    return message;
}

static void plan_deletion(struct looking *l, const struct nlattr *const *attributes)
{
    static const int kept[] = {CTA_TUPLE_ORIG, CTA_ZONE, CTA_ID};
    char space[1024];
    struct nlmsghdr *message = begin(space, l->family, IPCTNL_MSG_CT_DELETE, NLM_F_ACK);
    for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
        const struct nlattr *a = attributes[kept[i]];
        if (a)
            mnl_attr_put(message, a->nla_type, mnl_attr_get_payload_len(a), mnl_attr_get_payload(a));
    }
    buffer_append(&l->deletions, message, message->nlmsg_len);
    l->count++;
}

static int look(const struct nlmsghdr *message, void *data)
{
    struct looking *l = data;
    const struct nlattr *attributes[32] = {0};
    char to[INET6_ADDRSTRLEN], from[INET6_ADDRSTRLEN];
    struct flow flow = {.frontend = to, .backend = from};
    mnl_attr_parse(message, sizeof(struct nfgenmsg), keep_known, attributes);
    if (!attributes[CTA_TUPLE_ORIG] || !attributes[CTA_TUPLE_REPLY] ||
        !read_end(attributes[CTA_TUPLE_ORIG], l->family, false, to, &flow.frontend_port) ||
        !read_end(attributes[CTA_TUPLE_REPLY], l->family, true, from, &flow.backend_port))
        return MNL_CB_OK;
    if (l->stale(l->context, &flow))
        plan_deletion(l, attributes);
    return MNL_CB_OK;
}

/* Sends one message and reads its answers; a connection that has gone meanwhile is no error. */
static int talk(struct mnl_socket *socket, const struct nlmsghdr *message, mnl_cb_t callback, void *context)
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

int kernel_clear_flows(enum proxy_family family, bool (*stale)(void *context, const struct flow *flow),
                       void *context, unsigned *ret, struct error *err)
{
    char space[256];
    struct looking l = {family == PROXY_IPV4 ? AF_INET : AF_INET6, stale, context, BUFFER_INIT, 0};
    struct mnl_socket *socket = mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC);
    if (!socket)
        return error_set_errno(err, errno, "netlink");
    int failed = mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID);
    if (failed == 0)
        failed = talk(socket, begin(space, l.family, IPCTNL_MSG_CT_GET, NLM_F_DUMP), look, &l);
    for (size_t at = 0; failed == 0 && at < l.deletions.size;) {
        const struct nlmsghdr *message = (const void *)(l.deletions.data + at);
        failed = talk(socket, message, NULL, NULL);
        at += message->nlmsg_len;
    }
    if (failed)
        error_set_errno(err, errno, "connection tracking");
    else
        *ret = l.count;
    mnl_socket_close(socket);
    buffer_done(&l.deletions);
    return failed ? -1 : 0;
}
