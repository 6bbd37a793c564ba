/* SPDX-License-Identifier: Apache-2.0 */
/*
 * procfs, sysfs, and the kernel's answers, each read where it is asked for.
 */
#include "core/kubelet/node-facts.h"

#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/base/number.h"

static int64_t read_number(const char *path, int64_t fallback)
{
    struct buffer text = BUFFER_INIT;
    int64_t value = fallback;
    if (file_read(path, 4096, &text, NULL) == 0)
        parse_i64(slice_trim((struct slice){text.data, text.size}), 0, INT64_MAX, &value);
    buffer_done(&text);
    return value;
}

static int64_t meminfo(const char *name)
{
    struct buffer text = BUFFER_INIT;
    int64_t kib = 0;
    if (file_read("/proc/meminfo", 65536, &text, NULL) == 0) {
        struct slice rest = {text.data, text.size};
        while (rest.data) {
            struct slice value = slice_cut(&rest, '\n');
            struct slice key = slice_cut(&value, ':');
            if (!slice_is(key, name) || !value.data)
                continue;
            value = slice_trim(value);
            parse_i64(slice_cut(&value, ' '), 0, INT64_MAX / 1024, &kib);
            break;
        }
    }
    buffer_done(&text);
    return kib * 1024;
}

int64_t node_cpu_milli(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return (n > 0 ? n : 1) * 1000;
}

int64_t node_memory_bytes(void)
{
    static int64_t known; /* does not change */
    int64_t bytes = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (!bytes) {
        bytes = meminfo("MemTotal");
        __atomic_store_n(&known, bytes, __ATOMIC_RELAXED);
    }
    return bytes;
}

int64_t node_memory_available_bytes(void)
{
    return meminfo("MemAvailable");
}

int64_t node_pids_max(void)
{
    int64_t threads = read_number("/proc/sys/kernel/threads-max", 32768),
            pids = read_number("/proc/sys/kernel/pid_max", 32768);
    return MIN(threads, pids);
}

int64_t node_pids_used(void)
{
    struct buffer text = BUFFER_INIT;
    int64_t used = 0;
    if (file_read("/proc/loadavg", 4096, &text, NULL) == 0) {
        struct slice rest = {text.data, text.size};
        slice_cut(&rest, '/');
        parse_i64(slice_cut(&rest, ' '), 0, INT64_MAX, &used);
    }
    buffer_done(&text);
    return used;
}

bool node_swap_is_on(void)
{
    struct buffer text = BUFFER_INIT;
    bool on = false;
    if (file_read("/proc/swaps", 65536, &text, NULL) == 0) {
        const char *line = memchr(text.data, '\n', text.size);
        on = line && line + 1 < text.data + text.size;
    }
    buffer_done(&text);
    return on;
}

int64_t node_hugepages_bytes(int64_t page_bytes)
{
    char path[128];
    snprintf(path, sizeof(path), "/sys/kernel/mm/hugepages/hugepages-%lldkB/nr_hugepages",
             (long long)(page_bytes >> 10));
    return read_number(path, 0) * page_bytes;
}

/* The address that a datagram to the outside would have; nothing is sent. */
static char *outgoing(int family)
{
    struct sockaddr_storage address = {0};
    struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
    char text[INET6_ADDRSTRLEN] = "";
    socklen_t size = family == AF_INET ? sizeof(*v4) : sizeof(*v6);
    _cleanup_close_ int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    address.ss_family = (sa_family_t)family;
    if (family == AF_INET) {
        v4->sin_port = htons(53);
        inet_pton(AF_INET, "192.0.2.1", &v4->sin_addr);
    } else {
        v6->sin6_port = htons(53);
        inet_pton(AF_INET6, "2001:db8::1", &v6->sin6_addr);
    }
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, size) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) < 0)
        return NULL;
    const void *bytes = family == AF_INET ? (void *)&v4->sin_addr : (void *)&v6->sin6_addr;
    return inet_ntop(family, bytes, text, sizeof(text)) ? xstrdup(text) : NULL;
}

static char *any_address(void)
{
    struct ifaddrs *all;
    char *found = NULL;
    if (getifaddrs(&all) < 0)
        return NULL;
    for (struct ifaddrs *i = all; i && !found; i = i->ifa_next) {
        char text[INET6_ADDRSTRLEN];
        if (!i->ifa_addr || i->ifa_addr->sa_family != AF_INET || (i->ifa_flags & IFF_LOOPBACK) ||
            !(i->ifa_flags & IFF_UP))
            continue;
        if (inet_ntop(AF_INET, &((struct sockaddr_in *)i->ifa_addr)->sin_addr, text, sizeof(text)))
            found = xstrdup(text);
    }
    freeifaddrs(all);
    return found;
}

char *node_address(bool prefer_v6)
{
    char *address = outgoing(prefer_v6 ? AF_INET6 : AF_INET);
    if (!address)
        address = outgoing(prefer_v6 ? AF_INET : AF_INET6);
    if (!address)
        address = any_address();
    return address ? address : xstrdup("127.0.0.1");
}

static void read_line(const char *path, char *out, size_t size)
{
    struct buffer text = BUFFER_INIT;
    out[0] = 0;
    if (file_read(path, 4096, &text, NULL) == 0) {
        struct slice line = slice_trim((struct slice){text.data, text.size});
        snprintf(out, size, "%.*s", SLICE_ARG(line));
    }
    buffer_done(&text);
}

static void read_os(char *out, size_t size)
{
    struct buffer text = BUFFER_INIT;
    snprintf(out, size, "Linux");
    if (file_read("/etc/os-release", 65536, &text, NULL) == 0) {
        struct slice rest = {text.data, text.size};
        while (rest.data) {
            struct slice line = slice_cut(&rest, '\n');
            if (slice_starts(line, "PRETTY_NAME=\"") && line.size > 14)
                snprintf(out, size, "%.*s", (int)line.size - 14, line.data + 13);
        }
    }
    buffer_done(&text);
}

void node_identity(struct node_identity *ret)
{
    struct utsname name = {0};
    *ret = (struct node_identity){0};
    uname(&name);
    read_line("/etc/machine-id", ret->machine_id, sizeof(ret->machine_id));
    read_line("/sys/class/dmi/id/product_uuid", ret->system_uuid, sizeof(ret->system_uuid));
    if (!ret->system_uuid[0])
        memcpy(ret->system_uuid, ret->machine_id, sizeof(ret->system_uuid));
    read_line("/proc/sys/kernel/random/boot_id", ret->boot_id, sizeof(ret->boot_id));
    snprintf(ret->kernel, sizeof(ret->kernel), "%s", name.release);
    read_os(ret->os_image, sizeof(ret->os_image));
    const char *machine = strcmp(name.machine, "x86_64") == 0    ? "amd64"
                          : strcmp(name.machine, "aarch64") == 0 ? "arm64"
                                                                 : name.machine;
    snprintf(ret->architecture, sizeof(ret->architecture), "%.31s", machine);
}

int node_disk(const char *folder, struct node_disk *ret, struct error *err)
{
    struct statvfs fs;
    if (statvfs(folder, &fs) < 0)
        return error_set_errno(err, errno, "file system of %s", folder);
    *ret = (struct node_disk){
        .capacity_bytes = (int64_t)(fs.f_blocks * fs.f_frsize),
        .available_bytes = (int64_t)(fs.f_bavail * fs.f_frsize),
        .inodes = (int64_t)fs.f_files,
        .inodes_free = (int64_t)fs.f_favail,
    };
    return 0;
}
