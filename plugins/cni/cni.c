/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin "cni": brings a node into the state in which its container runtime can give pods a network with
 * the reference CNI programs. It writes their configuration from the node's pod CIDRs, switches on
 * forwarding, masquerades what leaves the cluster, and keeps routes to the pods of nodes on the same link.
 * settings.c says what can be set.
 *
 * The host makes one call at a time (SERIAL), so the instance needs no lock.
 */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugins/cni/conflist.h"
#include "plugins/cni/kernel.h"
#include "plugins/cni/masquerade.h"
#include "plugins/cni/routes.h"

KEELSON_PLUGIN(KEELSON_KIND_NETWORK, "cni", PACKAGE_VERSION);

struct cni {
    struct settings settings;
    struct node node;     /* as configured last */
    char *masquerade;     /* the commands applied last */
    unsigned unreachable; /* peers said to be out of reach, to say it once */
    struct trouble why;   /* not configured */
    bool configured;
};

static const struct keelson_host *plugin_host;

static int check_programs(const struct settings *settings, struct trouble *trouble)
{
    static const char *const programs[] = {"bridge", "host-local", "loopback", "portmap"};
    char path[PATH_MAX];
    for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
        if (strcmp(programs[i], "portmap") == 0 && !settings->portmap)
            continue;
        snprintf(path, sizeof(path), "%s/%s", settings->bin_dir, programs[i]);
        if (access(path, X_OK) < 0)
            return trouble_set(trouble,
                               "the CNI program %.120s: %s (Debian: install containernetworking-plugins)",
                               path, strerror(errno));
    }
    return 0;
}

/* The MTU of the interface that has the node's first address; 0: not known, and then the kernel's default is
 * as good as any. */
static unsigned find_mtu(const struct cni *cni, const struct node *node, struct netlink *netlink)
{
    struct link_address *links = NULL;
    size_t count = 0;
    unsigned mtu = 0;
    if (cni->settings.mtu)
        return (unsigned)cni->settings.mtu;
    if (netlink_addresses(netlink, &links, &count) < 0)
        return 0;
    for (unsigned i = 0; i < node->addresses_count && !mtu; i++)
        for (size_t j = 0; j < count && !mtu; j++)
            if (cidr_compare(&links[j].address, &node->addresses[i]) == 0 &&
                netlink_mtu(netlink, links[j].interface, &mtu) < 0)
                mtu = 0;
    free(links);
    return mtu;
}

static int write_configuration(struct cni *cni, const struct keelson_call *call, const struct node *node,
                               struct netlink *netlink, struct trouble *trouble)
{
    bool written = false;
    char *text = conflist_make(&cni->settings, node, find_mtu(cni, node, netlink));
    int rc = text ? conflist_write(&cni->settings, text, &written, trouble)
                  : trouble_set(trouble, "out of memory");
    free(text);
    if (written)
        plugin_host->log(call, KEELSON_LOG_INFO, "wrote %s/%s", cni->settings.conf_dir,
                         cni->settings.conf_file);
    return rc;
}

static int set_masquerade(struct cni *cni, const struct node *node, struct trouble *trouble)
{
    if (cni->settings.masquerade != MASQUERADE_NFTABLES)
        return 0;
    char *commands = masquerade_make(&cni->settings, node);
    if (!commands)
        return trouble_set(trouble, "out of memory");
    if (cni->masquerade && strcmp(cni->masquerade, commands) == 0 && masquerade_present(&cni->settings)) {
        free(commands);
        return 0;
    }
    if (masquerade_apply(commands, trouble) < 0) {
        free(commands);
        return -1;
    }
    free(cni->masquerade);
    cni->masquerade = commands;
    return 0;
}

static int set_routes(struct cni *cni, const struct keelson_call *call,
                      const struct keelson_network_node *node, struct netlink *netlink,
                      struct trouble *trouble)
{
    struct routes_result result;
    if (cni->settings.routes == ROUTES_NONE)
        return 0;
    int rc = routes_sync(netlink, (unsigned char)cni->settings.route_protocol, node->peers, node->peers_count,
                         node->peer_size, &result, trouble);
    if (result.added || result.removed)
        plugin_host->log(call, KEELSON_LOG_INFO, "routes to other nodes' pods: %u added, %u removed",
                         result.added, result.removed);
    if (result.unreachable && result.unreachable != cni->unreachable)
        plugin_host->log(call, KEELSON_LOG_WARNING,
                         "no route to the pods of %u CIDRs, of node %s for one: no address of it is on a "
                         "link of this node",
                         result.unreachable, result.unreachable_node);
    cni->unreachable = result.unreachable;
    return rc;
}

/* Each step is tried whatever became of the others; the first trouble is told. */
static int configure_all(struct cni *cni, const struct keelson_call *call,
                         const struct keelson_network_node *from, const struct node *node,
                         struct netlink *netlink, struct trouble *trouble)
{
    struct trouble later, forwarding;
    int rc = write_configuration(cni, call, node, netlink, trouble);
    if (set_masquerade(cni, node, rc < 0 ? &later : trouble) < 0)
        rc = -1;
    if (set_routes(cni, call, from, netlink, rc < 0 ? &later : trouble) < 0)
        rc = -1;
    if (cni->settings.forwarding && kernel_prepare(node, &forwarding) < 0)
        plugin_host->log(call, KEELSON_LOG_WARNING, "%s",
                         forwarding.text); /* the node is not ready, says status() */
    return rc;
}

static enum keelson_status cni_configure(void *instance, const struct keelson_call *call,
                                         const struct keelson_network_node *from)
{
    struct cni *cni = instance;
    struct node node;
    struct trouble trouble = {.text = ""};
    struct netlink *netlink;
    if (node_parse(from, &node, &trouble) < 0)
        return plugin_host->fail(call, KEELSON_INVALID, "%s", trouble.text);
    if (node.pods_count == 0)
        return plugin_host->fail(call, KEELSON_UNAVAILABLE, "the node has no pod CIDR yet");
    int rc = netlink_open(&netlink);
    if (rc < 0)
        return plugin_host->fail(call, KEELSON_FAILED, "rtnetlink: %s", strerror(-rc));
    rc = configure_all(cni, call, from, &node, netlink, &trouble);
    netlink_close(netlink);
    cni->node = node;
    cni->why = trouble;
    cni->configured = rc == 0;
    return rc < 0 ? plugin_host->fail(call, KEELSON_FAILED, "%s", trouble.text) : KEELSON_OK;
}

static int check_all(const struct cni *cni, struct trouble *trouble)
{
    if (check_programs(&cni->settings, trouble) < 0)
        return -1;
    if (!cni->configured)
        return trouble_set(trouble, "%s",
                           cni->node.pods_count ? cni->why.text : "the node has no pod CIDR yet");
    if (conflist_check(&cni->settings, trouble) < 0)
        return -1;
    return cni->settings.forwarding ? kernel_check(&cni->node, trouble) : 0;
}

static enum keelson_status cni_status(void *instance, const struct keelson_call *call,
                                      struct keelson_network_status *ret)
{
    struct trouble trouble = {.text = ""};
    ret->ready = check_all(instance, &trouble) == 0;
    snprintf(ret->message, sizeof(ret->message), "%s", trouble.text);
    return KEELSON_OK;
}

/* What host-local remembers of the pods that are gone now. */
static void forget_addresses(const struct settings *settings)
{
    char folder_path[PATH_MAX];
    snprintf(folder_path, sizeof(folder_path), "%s/%s", settings->data_dir, settings->network);
    DIR *folder = opendir(folder_path);
    if (!folder)
        return;
    for (struct dirent *entry; (entry = readdir(folder));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
    rmdir(folder_path);
}

static int teardown_links(struct cni *cni, struct trouble *trouble)
{
    struct netlink *netlink;
    struct routes_result result;
    int rc = netlink_open(&netlink);
    if (rc < 0)
        return trouble_set(trouble, "rtnetlink: %s", strerror(-rc));
    if (cni->settings.routes != ROUTES_NONE)
        rc = routes_sync(netlink, (unsigned char)cni->settings.route_protocol, NULL, 0, 0, &result, trouble);
    int error = netlink_link_delete(netlink, cni->settings.bridge);
    if (error < 0 && error != -ENODEV)
        rc = trouble_set(trouble, "removing %s: %s", cni->settings.bridge, strerror(-error));
    netlink_close(netlink);
    return rc;
}

static enum keelson_status cni_teardown(void *instance, const struct keelson_call *call)
{
    struct cni *cni = instance;
    struct trouble trouble;
    int rc = conflist_remove(&cni->settings, &trouble);
    if (cni->settings.masquerade == MASQUERADE_NFTABLES && masquerade_remove(&cni->settings, &trouble) < 0)
        rc = -1;
    if (teardown_links(cni, &trouble) < 0)
        rc = -1;
    forget_addresses(&cni->settings);
    free(cni->masquerade);
    cni->masquerade = NULL;
    cni->configured = false;
    memset(&cni->node, 0, sizeof(cni->node));
    return rc < 0 ? plugin_host->fail(call, KEELSON_FAILED, "%s", trouble.text) : KEELSON_OK;
}

static enum keelson_status cni_open(const struct keelson_call *call, const struct keelson_instance *instance,
                                    void **ret)
{
    struct cni *cni = calloc(1, sizeof(*cni));
    if (!cni)
        return plugin_host->fail(call, KEELSON_EXHAUSTED, "out of memory");
    enum keelson_status status = settings_read(plugin_host, call, instance->config, &cni->settings);
    if (status != KEELSON_OK) {
        free(cni);
        return status;
    }
    *ret = cni;
    return KEELSON_OK;
}

static void cni_close(void *instance)
{
    struct cni *cni = instance;
    free(cni->masquerade);
    free(cni);
}

static const struct keelson_network_v1 network_interface = {
    .size = sizeof(network_interface),
    .configure = cni_configure,
    .status = cni_status,
    .teardown = cni_teardown,
};

static const void *cni_interface(void *instance, const char *name)
{
    return strcmp(name, KEELSON_NETWORK_1) == 0 ? &network_interface : NULL;
}

static const struct keelson_plugin plugin = {
    .size = sizeof(plugin),
    .threading = KEELSON_THREADS_SERIAL,
    .description = "the pod network by the reference CNI programs: bridge, host-local, portmap",
    .open = cni_open,
    .close = cni_close,
    .interface = cni_interface,
};

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *host)
{
    plugin_host = host;
    return &plugin;
}
