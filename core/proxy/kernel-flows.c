/* SPDX-License-Identifier: Apache-2.0 */
/* UDP connections over ctnetlink. A UDP "connection" lives as long as packets come, whatever became of its
 * endpoint, so a client that keeps its port would talk to a pod that is gone for ever. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"
#include "core/proxy/kernel-netlink.h"
#include "core/proxy/kernel.h"

#define CT(message) (NFNL_SUBSYS_CTNETLINK << 8 | (message))

struct looking {
    enum proxy_family family;
    bool (*stale)(void *context, const struct flow *flow);
    void *context;
    struct buffer deletions; /* netlink messages, one behind the other */
    unsigned count;
};

/* One end of a tuple: `source` or destination. False unless the tuple is of UDP. */
static bool read_end(const struct nlattr *tuple, int family, bool source, char text[INET6_ADDRSTRLEN],
                     uint16_t *ret_port)
{
    const struct nlattr *parts[NETFILTER_ATTRIBUTES] = {0}, *ip[NETFILTER_ATTRIBUTES] = {0},
                        *proto[NETFILTER_ATTRIBUTES] = {0};
    netfilter_nested(tuple, parts);
    if (!parts[CTA_TUPLE_IP] || !parts[CTA_TUPLE_PROTO])
        return false;
    netfilter_nested(parts[CTA_TUPLE_IP], ip);
    netfilter_nested(parts[CTA_TUPLE_PROTO], proto);
    const struct nlattr *address = family == AF_INET ? ip[source ? CTA_IP_V4_SRC : CTA_IP_V4_DST]
                                                     : ip[source ? CTA_IP_V6_SRC : CTA_IP_V6_DST];
    const struct nlattr *port = proto[source ? CTA_PROTO_SRC_PORT : CTA_PROTO_DST_PORT];
    if (!address || !port || !proto[CTA_PROTO_NUM] || mnl_attr_get_u8(proto[CTA_PROTO_NUM]) != IPPROTO_UDP)
        return false;
    *ret_port = ntohs(mnl_attr_get_u16(port));
    return inet_ntop(family, mnl_attr_get_payload(address), text, INET6_ADDRSTRLEN) != NULL;
}

static void plan_deletion(struct looking *l, const struct nlattr *const *attributes)
{
    static const int kept[] = {CTA_TUPLE_ORIG, CTA_ZONE, CTA_ID};
    char space[1024];
    struct nlmsghdr *message = netfilter_message(space, l->family, CT(IPCTNL_MSG_CT_DELETE), NLM_F_ACK);
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
    const struct nlattr *attributes[NETFILTER_ATTRIBUTES] = {0};
    int family = l->family == PROXY_IPV4 ? AF_INET : AF_INET6;
    char to[INET6_ADDRSTRLEN], from[INET6_ADDRSTRLEN];
    struct flow flow = {.frontend = to, .backend = from};
    netfilter_attributes(message, attributes);
    if (!attributes[CTA_TUPLE_ORIG] || !attributes[CTA_TUPLE_REPLY] ||
        !read_end(attributes[CTA_TUPLE_ORIG], family, false, to, &flow.frontend_port) ||
        !read_end(attributes[CTA_TUPLE_REPLY], family, true, from, &flow.backend_port))
        return MNL_CB_OK;
    if (l->stale(l->context, &flow))
        plan_deletion(l, attributes);
    return MNL_CB_OK;
}

int kernel_clear_flows(enum proxy_family family, bool (*stale)(void *context, const struct flow *flow),
                       void *context, unsigned *ret, struct error *err)
{
    char space[256];
    struct looking l = {family, stale, context, BUFFER_INIT, 0};
    struct mnl_socket *socket = netfilter_open(err);
    if (!socket)
        return -1;
    int failed =
        netfilter_talk(socket, netfilter_message(space, family, CT(IPCTNL_MSG_CT_GET), NLM_F_DUMP), look, &l);
    for (size_t at = 0; failed == 0 && at < l.deletions.size;) {
        const struct nlmsghdr *message = (const void *)(l.deletions.data + at);
        failed = netfilter_talk(socket, message, NULL, NULL);
        at += message->nlmsg_len;
    }
    if (failed)
        error_set_errno(err, errno, "connection tracking");
    else
        *ret = l.count;
    mnl_socket_close(socket);
    buffer_done(&l.deletions);
    return failed;
}
