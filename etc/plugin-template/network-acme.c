/* SPDX-License-Identifier: Apache-2.0 */
/*
 * network-acme: a keelson network plugin to start from. Pods of a node hang on a bridge, by the reference CNI
 * programs, which the container runtime calls; this plugin writes their configuration, and keeps a route to
 * each other node's pods by that node's address. Pods keep their addresses everywhere (nothing is
 * masqueraded), so this is for networks that route them. Settings:
 *
 *   conflist   the file that the runtime reads; default "/etc/cni/net.d/10-acme.conflist"
 *   bridge     the bridge's name; default "acme0"
 *   protocol   marks our routes in the kernel, 5 to 255; default 177
 *
 * Threads: KEELSON_THREADS_SERIAL, so the host makes one call at a time and nothing needs a lock. It compiles
 * as C11 and as C++20.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <keelson/network.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

KEELSON_PLUGIN(KEELSON_KIND_NETWORK, "network-acme", "1.0.0");

static const struct keelson_host *host;

struct network {
    const char *conflist, *bridge;
    unsigned char protocol;
    int netlink;
};

struct cidr {
    unsigned char family, prefix, address[16];
};

/* ---- The backend, first half: routes in the kernel. Replace this part. ---- */

struct request {
    struct nlmsghdr head;
    struct rtmsg route;
    char attributes[64];
};

static void add_attribute(struct request *r, unsigned short type, const void *data, size_t size)
{
    struct rtattr *attribute = (struct rtattr *)((char *)r + NLMSG_ALIGN(r->head.nlmsg_len));
    attribute->rta_type = type;
    attribute->rta_len = (unsigned short)RTA_LENGTH(size);
    memcpy(RTA_DATA(attribute), data, size);
    r->head.nlmsg_len = NLMSG_ALIGN(r->head.nlmsg_len) + RTA_LENGTH(size);
}

static size_t address_size(unsigned char family)
{
    return family == AF_INET ? 4 : 16;
}

/* Adds, replaces or removes the route to `to`. The kernel answers at once; 0, or what is wrong as an errno.
 */
static int change_route(const struct network *n, unsigned short type, unsigned short flags,
                        const struct cidr *to, const struct cidr *gateway)
{
    struct {
        struct nlmsghdr head;
        struct nlmsgerr error;
        char rest[256];
    } answer;
    const uint32_t metric = 1000u + n->protocol; /* a metric of our own: nobody else's route is replaced */
    struct request r;
    memset(&r, 0, sizeof(r));
    r.head.nlmsg_len = NLMSG_LENGTH(sizeof(r.route));
    r.head.nlmsg_type = type;
    r.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
    r.route.rtm_family = to->family;
    r.route.rtm_dst_len = to->prefix;
    r.route.rtm_table = RT_TABLE_MAIN;
    r.route.rtm_protocol = n->protocol;
    r.route.rtm_type = RTN_UNICAST;
    add_attribute(&r, RTA_DST, to->address, address_size(to->family));
    add_attribute(&r, RTA_PRIORITY, &metric, sizeof(metric));
    if (gateway)
        add_attribute(&r, RTA_GATEWAY, gateway->address, address_size(gateway->family));
    if (send(n->netlink, &r, r.head.nlmsg_len, 0) < 0 || recv(n->netlink, &answer, sizeof(answer), 0) < 0)
        return errno;
    return -answer.error.error;
}

static int is_wanted(const struct cidr *to, const struct cidr *wanted, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (memcmp(&wanted[i], to, sizeof(*to)) == 0)
            return 1;
    return 0;
}

/* One route of a list that the kernel gives: kept in `stale` if it is ours and not wanted. */
static size_t look_at_route(const struct network *n, const struct nlmsghdr *head, const struct cidr *wanted,
                            size_t wanted_count, struct cidr *stale)
{
    const struct rtmsg *route = (const struct rtmsg *)NLMSG_DATA(head);
    struct cidr to;
    memset(&to, 0, sizeof(to));
    to.family = route->rtm_family;
    to.prefix = route->rtm_dst_len;
    int left = (int)RTM_PAYLOAD(head);
    for (const struct rtattr *a = RTM_RTA(route); RTA_OK(a, left); a = RTA_NEXT(a, left))
        if (a->rta_type == RTA_DST && RTA_PAYLOAD(a) <= sizeof(to.address))
            memcpy(to.address, RTA_DATA(a), RTA_PAYLOAD(a));
    if (route->rtm_protocol != n->protocol || is_wanted(&to, wanted, wanted_count))
        return 0;
    *stale = to;
    return 1;
}

/* Takes away our routes but for those that are wanted: what a crash or an older configuration left goes, too.
 * A page of them at a time, since the kernel's list may not be changed while it is read. */
static int sweep_routes(const struct network *n, const struct cidr *wanted, size_t wanted_count)
{
    union {
        struct nlmsghdr head;
        char bytes[32768];
    } page;
    struct cidr stale[256];
    size_t stale_count = 0;
    struct request r;
    memset(&r, 0, sizeof(r));
    r.head.nlmsg_len = NLMSG_LENGTH(sizeof(r.route));
    r.head.nlmsg_type = RTM_GETROUTE;
    r.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    if (send(n->netlink, &r, r.head.nlmsg_len, 0) < 0)
        return errno;
    for (int more = 1; more;) {
        const ssize_t size = recv(n->netlink, &page, sizeof(page), 0);
        if (size < 0)
            return errno;
        unsigned left = (unsigned)size;
        for (const struct nlmsghdr *head = &page.head; NLMSG_OK(head, left); head = NLMSG_NEXT(head, left)) {
            more = more && head->nlmsg_type != NLMSG_DONE && head->nlmsg_type != NLMSG_ERROR;
            if (head->nlmsg_type == RTM_NEWROUTE && stale_count < sizeof(stale) / sizeof(stale[0]))
                stale_count += look_at_route(n, head, wanted, wanted_count, &stale[stale_count]);
        }
    }
    for (size_t i = 0; i < stale_count; i++) {
        const int error = change_route(n, RTM_DELROUTE, 0, &stale[i], NULL);
        if (error && error != ESRCH)
            return error;
    }
    return stale_count == sizeof(stale) / sizeof(stale[0]) ? sweep_routes(n, wanted, wanted_count) : 0;
}

/* ---- The backend, second half: the runtime's file. ---- */

static int cidr_parse(const char *text, struct cidr *ret)
{
    char address[64];
    const char *slash = strchr(text, '/');
    const size_t size = slash ? (size_t)(slash - text) : strlen(text);
    memset(ret, 0, sizeof(*ret));
    if (size >= sizeof(address))
        return -1;
    memcpy(address, text, size);
    address[size] = '\0';
    ret->family = strchr(address, ':') ? AF_INET6 : AF_INET;
    const long most = (long)address_size(ret->family) * 8,
               prefix = slash ? strtol(slash + 1, NULL, 10) : most;
    ret->prefix = (unsigned char)prefix;
    return inet_pton(ret->family, address, ret->address) == 1 && prefix >= 0 && prefix <= most ? 0 : -1;
}

/* The texts were parsed before, so they hold nothing that would break the file. */
static int write_conflist(const struct network *n, const struct keelson_network_node *node)
{
    char fresh[PATH_MAX];
    snprintf(fresh, sizeof(fresh), "%s.new", n->conflist);
    FILE *file = fopen(fresh, "we");
    if (!file)
        return -1;
    fprintf(file,
            "{\"cniVersion\": \"0.4.0\", \"name\": \"acme\", \"plugins\": [\n"
            "  {\"type\": \"bridge\", \"bridge\": \"%s\", \"isGateway\": true, \"hairpinMode\": true,\n"
            "   \"ipam\": {\"type\": \"host-local\", \"ranges\": [",
            n->bridge);
    for (uint32_t i = 0; i < node->pod_cidrs_count; i++)
        fprintf(file, "%s[{\"subnet\": \"%s\"}]", i ? ", " : "", node->pod_cidrs[i]);
    fprintf(file, "], \"routes\": [");
    for (uint32_t i = 0; i < node->pod_cidrs_count; i++)
        fprintf(file, "%s{\"dst\": \"%s\"}", i ? ", " : "",
                strchr(node->pod_cidrs[i], ':') ? "::/0" : "0.0.0.0/0");
    fprintf(file, "]}},\n  {\"type\": \"portmap\", \"capabilities\": {\"portMappings\": true}}\n]}\n");
    const int whole = fflush(file) == 0;
    return fclose(file) == 0 && whole && rename(fresh, n->conflist) == 0 ? 0 : -1;
}

static int forward(const char *path)
{
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    const int done = fd >= 0 && write(fd, "1", 1) == 1;
    if (fd >= 0)
        close(fd);
    return done || errno == ENOENT ? 0 : -1; /* a kernel without IPv6 has no such file */
}

/* ---- keelson.network/1 ---- */

/* Routes to one other node's pods. A node that is out of reach is said, and is no reason to leave out the
 * others. */
static size_t route_to(const struct network *n, const struct keelson_call *call,
                       const struct keelson_network_peer *peer, struct cidr *wanted, size_t room)
{
    size_t count = 0;
    for (uint32_t i = 0; i < peer->pod_cidrs_count && count < room; i++) {
        struct cidr to, gateway;
        if (cidr_parse(peer->pod_cidrs[i], &to) < 0)
            continue;
        for (uint32_t j = 0; j < peer->addresses_count; j++) {
            if (cidr_parse(peer->addresses[j], &gateway) < 0 || gateway.family != to.family)
                continue;
            const int error = change_route(n, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &to, &gateway);
            if (error)
                host->log(call, KEELSON_LOG_WARNING, "pods of %s by %s: %s", peer->node_name,
                          peer->addresses[j], strerror(error));
            else
                wanted[count++] = to;
            break;
        }
    }
    return count;
}

static enum keelson_status route_to_all(const struct network *n, const struct keelson_call *call,
                                        const struct keelson_network_node *node)
{
    size_t room = 1, count = 0;
    for (uint32_t i = 0; i < node->peers_count; i++)
        room += KEELSON_AT(node->peers, node->peer_size, i)->pod_cidrs_count;
    struct cidr *wanted = (struct cidr *)calloc(room, sizeof(*wanted));
    if (!wanted)
        return host->fail(call, KEELSON_EXHAUSTED, "no memory");
    for (uint32_t i = 0; i < node->peers_count; i++)
        count += route_to(n, call, KEELSON_AT(node->peers, node->peer_size, i), wanted + count, room - count);
    const int error = sweep_routes(n, wanted, count);
    free(wanted);
    return error ? host->fail(call, KEELSON_FAILED, "routes: %s", strerror(error)) : KEELSON_OK;
}

/* Called at start and with each change. Everything is written anew, and nothing that is right is taken away,
 * so pods stay connected. */
static enum keelson_status acme_configure(void *instance, const struct keelson_call *call,
                                          const struct keelson_network_node *node)
{
    const struct network *n = (const struct network *)instance;
    struct cidr own;
    for (uint32_t i = 0; i < node->pod_cidrs_count; i++)
        if (cidr_parse(node->pod_cidrs[i], &own) < 0)
            return host->fail(call, KEELSON_INVALID, "\"%.60s\" is no range of addresses",
                              node->pod_cidrs[i]);
    if (write_conflist(n, node) < 0)
        return host->fail(call, KEELSON_FAILED, "%s: %s", n->conflist, strerror(errno));
    if (forward("/proc/sys/net/ipv4/ip_forward") < 0 || forward("/proc/sys/net/ipv6/conf/all/forwarding") < 0)
        return host->fail(call, KEELSON_DENIED, "forwarding cannot be switched on: %s", strerror(errno));
    return route_to_all(n, call, node);
}

/* The kubelet asks every few seconds, and calls configure() again when this says no. */
static enum keelson_status acme_status(void *instance, const struct keelson_call *call,
                                       struct keelson_network_status *ret)
{
    const struct network *n = (const struct network *)instance;
    ret->ready = access(n->conflist, R_OK) == 0;
    if (!ret->ready)
        snprintf(ret->message, sizeof(ret->message), "%s: %s", n->conflist, strerror(errno));
    return KEELSON_OK;
}

/* Only what is ours: the file, and routes that bear our protocol. Forwarding may be somebody else's wish,
 * too. */
static enum keelson_status acme_teardown(void *instance, const struct keelson_call *call)
{
    const struct network *n = (const struct network *)instance;
    if (unlink(n->conflist) < 0 && errno != ENOENT)
        return host->fail(call, KEELSON_FAILED, "%s: %s", n->conflist, strerror(errno));
    const int error = sweep_routes(n, NULL, 0);
    return error ? host->fail(call, KEELSON_FAILED, "routes: %s", strerror(error)) : KEELSON_OK;
}

/* ---- The plugin. ---- */

static enum keelson_status read_settings(const struct keelson_call *call, const struct keelson_config *config,
                                         struct network *n)
{
    static const char *const known[] = {"conflist", "bridge", "protocol", NULL};
    int64_t protocol = 177;
    if (host->config_refuse_unknown(call, config, known) != KEELSON_OK ||
        host->config_string(call, config, "conflist", &n->conflist) == KEELSON_INVALID ||
        host->config_string(call, config, "bridge", &n->bridge) == KEELSON_INVALID ||
        host->config_integer(call, config, "protocol", &protocol) == KEELSON_INVALID)
        return KEELSON_INVALID; /* the host has said why */
    if (n->conflist[0] != '/' || strlen(n->conflist) > PATH_MAX - 8)
        return host->fail(call, KEELSON_INVALID, "%s: conflist is to be an absolute path",
                          host->config_where(config, "conflist"));
    if (strlen(n->bridge) > 15 || strpbrk(n->bridge, "/\"\\ ") || protocol < 5 || protocol > 255)
        return host->fail(call, KEELSON_INVALID, "bridge \"%.20s\" or protocol %lld cannot be", n->bridge,
                          (long long)protocol);
    n->protocol = (unsigned char)protocol;
    return KEELSON_OK;
}

static enum keelson_status acme_open(const struct keelson_call *call, const struct keelson_instance *instance,
                                     void **ret)
{
    struct network *n = (struct network *)calloc(1, sizeof(*n));
    if (!n)
        return host->fail(call, KEELSON_EXHAUSTED, "no memory");
    n->conflist = "/etc/cni/net.d/10-acme.conflist";
    n->bridge = "acme0";
    enum keelson_status status = read_settings(call, instance->config, n);
    if (status == KEELSON_OK && (n->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) < 0)
        status = host->fail(call, KEELSON_FAILED, "a netlink socket: %s", strerror(errno));
    if (status == KEELSON_OK)
        *ret = n;
    else
        free(n);
    return status;
}

static void acme_close(void *instance)
{
    struct network *n = (struct network *)instance;
    close(n->netlink);
    free(n);
}

static const void *acme_interface(void *instance, const char *name)
{
    static const struct keelson_network_v1 network = {.size = sizeof(network),
                                                      .configure = acme_configure,
                                                      .status = acme_status,
                                                      .teardown = acme_teardown};
    return strcmp(name, KEELSON_NETWORK_1) == 0 ? &network : NULL;
}

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    static const struct keelson_plugin plugin = {
        .size = sizeof(plugin),
        .threading = KEELSON_THREADS_SERIAL,
        .description = "a bridge and routes between nodes",
        .open = acme_open,
        .close = acme_close,
        .interface = acme_interface,
    };
    host = given;
    return &plugin;
}
