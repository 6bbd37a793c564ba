/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See kernel.h. Bridged traffic must pass the packet filter, since a Service's answer from a pod on the same
 * bridge would otherwise go straight back with the pod's address on it, which the client does not expect.
 */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugins/cni/kernel.h"

static const struct kernel_switch {
    const char *path, *what, *module; /* module: brings the switch, when it is not there */
    int family;
} switches[] = {
    {"/proc/sys/net/ipv4/ip_forward", "IPv4 forwarding", NULL, AF_INET},
    {"/proc/sys/net/ipv6/conf/all/forwarding", "IPv6 forwarding", NULL, AF_INET6},
    {"/proc/sys/net/bridge/bridge-nf-call-iptables", "packet filtering of bridged IPv4", "br_netfilter",
     AF_INET},
    {"/proc/sys/net/bridge/bridge-nf-call-ip6tables", "packet filtering of bridged IPv6", "br_netfilter",
     AF_INET6},
};

static bool wanted(const struct kernel_switch *item, const struct node *node)
{
    for (unsigned i = 0; i < node->pods_count; i++)
        if (node->pods[i].family == item->family)
            return true;
    return false;
}

static bool is_on(const struct kernel_switch *item)
{
    char value = '0';
    int fd = open(item->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, &value, 1);
    close(fd);
    return n == 1 && value != '0';
}

static int switch_on(const struct kernel_switch *item)
{
    int fd = open(item->path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    int rc = write(fd, "1", 1) < 0 ? -errno : 0;
    close(fd);
    return rc;
}

static void load_module(const char *name)
{
    char *arguments[] = {(char[]){"modprobe"}, (char *)(uintptr_t)name, NULL};
    char *environment[] = {(char[]){"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}, NULL};
    pid_t pid;
    if (posix_spawn(&pid, "/sbin/modprobe", NULL, NULL, arguments, environment) == 0)
        while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
            ;
}

int kernel_prepare(const struct node *node, struct trouble *trouble)
{
    int result = 0;
    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++) {
        const struct kernel_switch *item = &switches[i];
        if (!wanted(item, node) || is_on(item))
            continue;
        int rc = switch_on(item);
        if (rc == -ENOENT && item->module) {
            load_module(item->module);
            rc = switch_on(item);
        }
        if (rc < 0 && result == 0)
            result = trouble_set(trouble, "%s is off, and cannot be switched on: %s: %s", item->what,
                                 item->path, strerror(-rc));
    }
    return result;
}

int kernel_check(const struct node *node, struct trouble *trouble)
{
    for (size_t i = 0; i < sizeof(switches) / sizeof(switches[0]); i++)
        if (wanted(&switches[i], node) && !is_on(&switches[i]))
            return trouble_set(trouble, "%s is off (%s)", switches[i].what, switches[i].path);
    return 0;
}
