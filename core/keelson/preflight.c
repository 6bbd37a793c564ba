/* SPDX-License-Identifier: Apache-2.0 */
/* What must be so before a cluster can be started on this machine: a row each. Each says what to do. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "core/api/names.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/io/process.h"
#include "core/keelson/keelson.h"
#include "core/keelson/pki.h"

#define DISK_BYTES_MIN (UINT64_C(200) * 1024 * 1024)
#define MODPROBE_MS    10000

static int check_root(const struct settings *s, struct error *err)
{
    return geteuid() == 0
               ? 0
               : error_set(err, ERR_FORBIDDEN, "needs root: containers, networks and mounts are made");
}

static int check_node_name(const struct settings *s, struct error *err)
{
    const char *why = name_check_dns1123_subdomain(slice_of(s->node_name));
    return why ? error_set(err, ERR_BAD_REQUEST, "--node-name: \"%s\" cannot be a node's name: %s",
                           s->node_name, why)
               : 0;
}

static bool same_address(const struct sockaddr *a, const char *text)
{
    unsigned char raw[16];
    if (!a || (a->sa_family != AF_INET && a->sa_family != AF_INET6) ||
        inet_pton(a->sa_family, text, raw) != 1)
        return false;
    return a->sa_family == AF_INET ? memcmp(&((const struct sockaddr_in *)a)->sin_addr, raw, 4) == 0
                                   : memcmp(&((const struct sockaddr_in6 *)a)->sin6_addr, raw, 16) == 0;
}

static int check_node_ip(const struct settings *s, struct error *err)
{
    struct ifaddrs *all = NULL;
    bool ours = false;
    if (name_check_ip(slice_of(s->node_ip)))
        return error_set(err, ERR_BAD_REQUEST, "--node-ip: \"%s\" is no IP address", s->node_ip);
    if (getifaddrs(&all) < 0)
        return error_set_errno(err, errno, "the addresses of this machine cannot be listed");
    for (struct ifaddrs *i = all; i && !ours; i = i->ifa_next)
        ours = same_address(i->ifa_addr, s->node_ip);
    freeifaddrs(all);
    return ours
               ? 0
               : error_set(err, ERR_BAD_REQUEST,
                           "--node-ip: this machine has no address %s (`ip address` shows those that it has)",
                           s->node_ip);
}

/* A name with a slash is a path, any other is looked for in PATH, as when it is run. */
static bool is_program(const char *name)
{
    if (strchr(name, '/'))
        return access(name, X_OK) == 0;
    const char *folder = getenv("PATH");
    while (folder && *folder) {
        size_t size = strcspn(folder, ":");
        _cleanup_free_ char *path = xasprintf("%.*s/%s", (int)size, folder, name);
        if (access(path, X_OK) == 0)
            return true;
        folder += size + (folder[size] == ':');
    }
    return false;
}

static int check_runtime(const struct settings *s, struct error *err)
{
    static const char *const helpers[] = {"runc", "containerd-shim-runc-v2", "ctr"};
    if (*s->container_runtime_endpoint)
        return 0;
    if (!is_program(s->containerd))
        return error_set(err, ERR_NOT_FOUND,
                         "the container runtime %s is missing; install containerd, name its program with "
                         "--containerd, or one that runs already with --container-runtime-endpoint",
                         s->containerd);
    for (size_t i = 0; i < ARRAY_SIZE(helpers); i++)
        if (!is_program(helpers[i]))
            return error_set(
                err, ERR_NOT_FOUND,
                "%s, which containerd needs, is missing; on Debian: apt-get install containerd runc",
                helpers[i]);
    return 0;
}

static int check_cni(const struct settings *s, struct error *err)
{
    static const char *const programs[] = {"bridge", "host-local", "loopback", "portmap"};
    for (size_t i = 0; i < ARRAY_SIZE(programs); i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s", s->cni_bin_dir, programs[i]);
        if (access(path, X_OK) < 0)
            return error_set(err, ERR_NOT_FOUND,
                             "the CNI program %s is missing; on Debian: apt-get install "
                             "containernetworking-plugins, else name their folder with --cni-bin-dir",
                             path);
    }
    return 0;
}

static int check_daemons(const struct settings *s, struct error *err)
{
    for (unsigned i = 0; i < daemon_rows_count; i++) {
        _cleanup_free_ char *path = settings_program(s, daemon_rows[i].name);
        if (daemon_rows[i].wanted(s) && strcmp(daemon_rows[i].name, "containerd") != 0 && !file_exists(path))
            return error_set(err, ERR_NOT_FOUND,
                             "%s is missing; give the folder of the daemons with --bin-dir", path);
    }
    return 0;
}

static void load_module(const char *name)
{
    int status = 0;
    const char *const argv[] = {"modprobe", "-q", name, NULL};
    struct buffer output = BUFFER_INIT, errors = BUFFER_INIT;
    struct process_config config = {.argv = argv, .stdin_fd = -1, .stdout_fd = -1, .stderr_fd = -1};
    process_run(&config, (struct slice){0}, &output, &errors, MODPROBE_MS, &status, NULL);
    buffer_done(&output);
    buffer_done(&errors);
}

static bool has_filesystem(const char *name)
{
    struct buffer text = BUFFER_INIT;
    _cleanup_free_ char *line = xasprintf("\t%s\n", name);
    bool has = file_read("/proc/filesystems", 65536, &text, NULL) == 0 && strstr(text.data, line);
    buffer_done(&text);
    return has;
}

static bool has_netfilter(void)
{
    _cleanup_close_ int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
    return fd >= 0;
}

/* What is built as modules is loaded; what is missing then is missing. */
static int check_kernel(const struct settings *s, struct error *err)
{
    static const char *const modules[] = {"overlay",      "nf_tables", "br_netfilter",
                                          "nf_conntrack", "veth",      "bridge"};
    if (!has_filesystem("overlay") || !has_netfilter())
        for (size_t i = 0; i < ARRAY_SIZE(modules); i++)
            load_module(modules[i]);
    if (!has_filesystem("overlay"))
        return error_set(
            err, ERR_UNAVAILABLE,
            "this kernel has no overlay filesystem, in which containers live (modprobe overlay)");
    if (!has_netfilter())
        return error_set(err, ERR_UNAVAILABLE,
                         "this kernel has no nftables, which carries Services (modprobe nf_tables)");
    return 0;
}

static bool has_word(struct slice text, const char *word)
{
    struct slice line = slice_cut(&text, '\n');
    while (line.data && line.size)
        if (slice_is(slice_cut(&line, ' '), word))
            return true;
    return false;
}

/* cgroup v2 lists its controllers in a file, v1 has a folder each. */
static int check_cgroups(const struct settings *s, struct error *err)
{
    static const char *const needed[] = {"cpu", "memory", "pids"};
    struct buffer text = BUFFER_INIT;
    int result = 0;
    bool v2 = file_read("/sys/fs/cgroup/cgroup.controllers", 4096, &text, NULL) == 0;
    for (size_t i = 0; i < ARRAY_SIZE(needed) && result == 0; i++) {
        _cleanup_free_ char *folder = xasprintf("/sys/fs/cgroup/%s", needed[i]);
        if (v2 ? !has_word((struct slice){text.data, text.size}, needed[i]) : !file_exists(folder))
            result =
                error_set(err, ERR_UNAVAILABLE,
                          "this kernel offers no %s cgroup controller, which limits containers (for memory, "
                          "boot with cgroup_enable=memory)",
                          needed[i]);
    }
    buffer_done(&text);
    return result;
}

static int check_disk(const struct settings *s, struct error *err)
{
    struct statvfs fs;
    _cleanup_free_ char *folder = xstrdup(s->data_dir);
    char *slash;
    while (statvfs(folder, &fs) < 0) { /* it may not be there yet: the nearest one that is */
        slash = strrchr(folder, '/');
        if (!slash || slash == folder)
            return statvfs("/", &fs) < 0 ? error_set_errno(err, errno, "%s", s->data_dir) : 0;
        *slash = '\0';
    }
    uint64_t free_bytes = (uint64_t)fs.f_bavail * fs.f_frsize;
    if (free_bytes >= DISK_BYTES_MIN)
        return 0;
    return error_set(
        err, ERR_UNAVAILABLE,
        "the disk of %s is nearly full: %llu MiB are free, %llu are needed; make room, or choose "
        "another folder with --data-dir",
        s->data_dir, (unsigned long long)(free_bytes >> 20), (unsigned long long)(DISK_BYTES_MIN >> 20));
}

/* A certificate that is valid only from tomorrow on says that the clock went back. */
static int check_clock(const struct settings *s, struct error *err)
{
    _cleanup_free_ char *ca = settings_path(s, "pki/ca.crt");
    char begins[64], now[64];
    if (!pki_is_from_the_future(ca, begins, now))
        return 0;
    return error_set(err, ERR_CONFLICT,
                     "the clock of this machine is wrong: it shows %s, but %s was made %s; set the clock",
                     now, ca, begins);
}

static int (*const checks[])(const struct settings *s, struct error *err) = {
    check_root,    check_node_name, check_node_ip, check_runtime, check_cni,
    check_daemons, check_kernel,    check_cgroups, check_disk,    check_clock,
};

int preflight(const struct settings *s, struct error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(checks); i++)
        if (checks[i](s, err) < 0)
            return -1;
    return 0;
}

int preflight_ports(const struct settings *s, struct error *err)
{
    if (port_check((int)s->apiserver_port, "the API server", "--apiserver-port", err) < 0 ||
        port_check((int)s->kubelet_port, "kubelet", "--kubelet-port", err) < 0)
        return -1;
    for (unsigned i = 0; i < daemon_rows_count; i++)
        if (daemon_rows[i].port && daemon_rows[i].wanted(s) &&
            port_check(daemon_rows[i].port, daemon_rows[i].name, NULL, err) < 0)
            return -1;
    return 0;
}
