/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernel says of an nftables table, over netlink: cheaper than libnftables, whose every look loads
 * the whole ruleset into a cache. */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>

#include "core/base/memory.h"
#include "core/proxy/kernel-netlink.h"
#include "core/proxy/kernel.h"

#define MESSAGE_BYTES 1024
#define NFT(message)  (NFNL_SUBSYS_NFTABLES << 8 | (message))

static int read_generation(const struct nlmsghdr *message, void *context)
{
    const struct nlattr *attributes[NETFILTER_ATTRIBUTES] = {0};
    netfilter_attributes(message, attributes);
    if (attributes[NFTA_GEN_ID])
        *(uint32_t *)context = ntohl(mnl_attr_get_u32(attributes[NFTA_GEN_ID]));
    return MNL_CB_OK;
}

static int read_handle(const struct nlmsghdr *message, void *context)
{
    const struct nlattr *attributes[NETFILTER_ATTRIBUTES] = {0};
    netfilter_attributes(message, attributes);
    if (attributes[NFTA_TABLE_HANDLE])
        *(uint64_t *)context = be64toh(mnl_attr_get_u64(attributes[NFTA_TABLE_HANDLE]));
    return MNL_CB_OK;
}

static int count_rule(const struct nlmsghdr *message, void *context)
{
    ++*(unsigned *)context;
    return MNL_CB_OK;
}

int kernel_table_look(enum proxy_family family, const char *name, const char *chain, struct table_look *ret,
                      struct error *err)
{
    char space[MESSAGE_BYTES];
    struct table_look look = {0};
    struct mnl_socket *socket = netfilter_open(err);
    if (!socket)
        return -1;
    struct nlmsghdr *message = netfilter_message(space, family, NFT(NFT_MSG_GETGEN), NLM_F_ACK);
    int failed = netfilter_talk(socket, message, read_generation, &look.generation);
    if (!failed && name) {
        message = netfilter_message(space, family, NFT(NFT_MSG_GETTABLE), NLM_F_ACK);
        mnl_attr_put_strz(message, NFTA_TABLE_NAME, name);
        failed = netfilter_talk(socket, message, read_handle, &look.handle);
    }
    if (!failed && look.handle) {
        message = netfilter_message(space, family, NFT(NFT_MSG_GETRULE), NLM_F_DUMP);
        mnl_attr_put_strz(message, NFTA_RULE_TABLE, name);
        mnl_attr_put_strz(message, NFTA_RULE_CHAIN, chain);
        failed = netfilter_talk(socket, message, count_rule, &look.rules);
    }
    if (failed)
        error_set_errno(err, errno, "nftables: looking at table %s", name ? name : "");
    else
        *ret = look;
    mnl_socket_close(socket);
    return failed;
}

/* The sets of a table whose elements run out. */
struct set_names {
    char **list;
    size_t count, capacity;
};

static int keep_name(const struct nlmsghdr *message, void *context)
{
    struct set_names *names = context;
    const struct nlattr *attributes[NETFILTER_ATTRIBUTES] = {0};
    netfilter_attributes(message, attributes);
    if (!attributes[NFTA_SET_NAME] || !attributes[NFTA_SET_FLAGS] ||
        !(ntohl(mnl_attr_get_u32(attributes[NFTA_SET_FLAGS])) & NFT_SET_TIMEOUT))
        return MNL_CB_OK;
    names->list = xgrow(names->list, &names->capacity, names->count + 1, sizeof(*names->list));
    names->list[names->count++] = xstrdup(mnl_attr_get_str(attributes[NFTA_SET_NAME]));
    return MNL_CB_OK;
}

struct reading {
    enum proxy_family family;
    const char *set;
    void (*put)(void *context, const char *set, const char *element);
    void *context;
};

static void read_element(const struct reading *r, const struct nlattr *element)
{
    const struct nlattr *parts[NETFILTER_ATTRIBUTES] = {0}, *key[NETFILTER_ATTRIBUTES] = {0};
    char address[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 64];
    netfilter_nested(element, parts);
    if (!parts[NFTA_SET_ELEM_KEY] || !parts[NFTA_SET_ELEM_EXPIRATION])
        return;
    netfilter_nested(parts[NFTA_SET_ELEM_KEY], key);
    size_t size = r->family == PROXY_IPV4 ? 4 : 16;
    uint64_t left_ms = be64toh(mnl_attr_get_u64(parts[NFTA_SET_ELEM_EXPIRATION]));
    if (left_ms == 0 || !key[NFTA_DATA_VALUE] || mnl_attr_get_payload_len(key[NFTA_DATA_VALUE]) != size)
        return;
    inet_ntop(r->family == PROXY_IPV4 ? AF_INET : AF_INET6, mnl_attr_get_payload(key[NFTA_DATA_VALUE]),
              address, sizeof(address));
    snprintf(text, sizeof(text), "%s expires %llus%llums", address, (unsigned long long)left_ms / 1000,
             (unsigned long long)left_ms % 1000);
    r->put(r->context, r->set, text);
}

static int read_elements(const struct nlmsghdr *message, void *context)
{
    const struct nlattr *attributes[NETFILTER_ATTRIBUTES] = {0}, *element;
    netfilter_attributes(message, attributes);
    if (attributes[NFTA_SET_ELEM_LIST_ELEMENTS])
        mnl_attr_for_each_nested(element, attributes[NFTA_SET_ELEM_LIST_ELEMENTS])
            read_element(context, element);
    return MNL_CB_OK;
}

int kernel_passing_elements(enum proxy_family family, const char *table,
                            void (*put)(void *context, const char *set, const char *element), void *context,
                            struct error *err)
{
    char space[MESSAGE_BYTES];
    struct set_names names = {0};
    struct mnl_socket *socket = netfilter_open(err);
    if (!socket)
        return -1;
    struct nlmsghdr *message = netfilter_message(space, family, NFT(NFT_MSG_GETSET), NLM_F_DUMP);
    mnl_attr_put_strz(message, NFTA_SET_TABLE, table);
    int failed = netfilter_talk(socket, message, keep_name, &names);
    for (size_t i = 0; i < names.count; i++) {
        struct reading r = {family, names.list[i], put, context};
        message = netfilter_message(space, family, NFT(NFT_MSG_GETSETELEM), NLM_F_DUMP);
        mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, table);
        mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, names.list[i]);
        failed = failed ? failed : netfilter_talk(socket, message, read_elements, &r);
        free(names.list[i]);
    }
    if (failed)
        error_set_errno(err, errno, "nftables: reading sets of table %s", table);
    free(names.list);
    mnl_socket_close(socket);
    return failed;
}
