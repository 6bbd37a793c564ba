/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cgroup is a folder in each hierarchy. Limits are rows: which file of v1 and of v2 takes which amount. A
 * new cpuset group of v1 takes no process before it has its parent's cpus and mems, so these are copied
 * first.
 */
#include "core/kubelet/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/magic.h>

#include "core/api/object.h"
#include "core/api/pod-resources.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/number.h"

#define MOUNT "/sys/fs/cgroup"

static const char *const v1_controllers[] = {"cpu",      "cpuacct",    "cpuset",  "memory",  "pids",
                                             "hugetlb",  "blkio",      "devices", "freezer", "net_cls",
                                             "net_prio", "perf_event", "systemd", "unified"};
static const char *const classes[] = {"", "/burstable", "/besteffort"};

struct cgroups {
    struct cgroups_config config;
    char *root; /* "" or "/a/b" */
    bool v2;
    const char *mounted[ARRAY_SIZE(v1_controllers)];
    size_t mounted_count;
};

int64_t cpu_shares(int64_t milli)
{
    int64_t shares = milli * 1024 / 1000;
    return shares < 2 ? 2 : shares > 262144 ? 262144 : shares;
}

int64_t cpu_quota_us(int64_t milli, int64_t period_us)
{
    return milli <= 0 ? 0 : MAX(milli * period_us / 1000, (int64_t)1000);
}

int oom_score_adjust(const struct json *pod, const struct json *container, int64_t node_memory_bytes)
{
    const char *qos = pod_qos_class(pod);
    int64_t priority = json_integer_at(pod, "spec.priority", 0);
    if (priority >= 2000001000 || strcmp(qos, "Guaranteed") == 0)
        return -997;
    if (strcmp(qos, "BestEffort") == 0)
        return 1000;
    int64_t request = quantity_value_of(json_string_or(json_at(container, "resources.requests.memory"), "0"));
    int64_t score =
        node_memory_bytes > 0 ? 1000 - (int64_t)((__int128)1000 * request / node_memory_bytes) : 999;
    return (int)(score < 3 ? 3 : score >= 1000 ? 999 : score);
}

static void find_hierarchies(struct cgroups *c)
{
    struct statfs fs;
    c->v2 = statfs(MOUNT, &fs) == 0 && fs.f_type == CGROUP2_SUPER_MAGIC;
    for (size_t i = 0; !c->v2 && i < ARRAY_SIZE(v1_controllers); i++) {
        char path[128];
        snprintf(path, sizeof(path), MOUNT "/%s/cgroup.procs", v1_controllers[i]);
        if (file_exists(path))
            c->mounted[c->mounted_count++] = v1_controllers[i];
    }
}

struct cgroups *cgroups_new(const struct cgroups_config *config, struct error *err)
{
    struct cgroups *c = new0(struct cgroups);
    c->config = *config;
    c->root = xstrdup(strcmp(config->root, "/") == 0 ? "" : config->root);
    find_hierarchies(c);
    if (!c->v2 && !c->mounted_count && config->enabled) {
        error_set(err, ERR_NOT_FOUND, "no cgroup hierarchy is mounted below " MOUNT);
        cgroups_free(c);
        return NULL;
    }
    return c;
}

void cgroups_free(struct cgroups *c)
{
    if (!c)
        return;
    free(c->root);
    free(c);
}

bool cgroups_is_v2(const struct cgroups *c)
{
    return c->v2;
}

/* With the systemd driver, systemd makes them. */
static bool is_ours(const struct cgroups *c)
{
    return c->config.enabled && !c->config.systemd;
}

static void folder_of(const struct cgroups *c, const char *controller, const char *path, struct buffer *out)
{
    buffer_clear(out);
    buffer_printf(out, MOUNT "%s%s%s%s", c->v2 ? "" : "/", c->v2 ? "" : controller, c->root, path);
}

static int write_setting(const char *folder, const char *file, const char *value, struct error *err)
{
    struct buffer path = BUFFER_INIT;
    buffer_printf(&path, "%s/%s", folder, file);
    int rc = file_write(path.data, slice_of(value), err);
    buffer_done(&path);
    return rc;
}

/* Empty settings are filled with the parent's. */
static int inherit_cpuset(const char *folder, struct error *err)
{
    static const char *const files[] = {"cpuset.cpus", "cpuset.mems"};
    for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
        struct buffer path = BUFFER_INIT, own = BUFFER_INIT, parent = BUFFER_INIT;
        buffer_printf(&path, "%s/%s", folder, files[i]);
        int rc = file_read(path.data, 65536, &own, err);
        if (rc == 0 && slice_trim((struct slice){own.data, own.size}).size == 0) {
            buffer_clear(&path);
            buffer_printf(&path, "%s/../%s", folder, files[i]);
            rc = file_read(path.data, 65536, &parent, err);
            if (rc == 0)
                rc = write_setting(folder, files[i], parent.data ? parent.data : "", err);
        }
        buffer_done(&path);
        buffer_done(&own);
        buffer_done(&parent);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* v2: children may only use what their parent hands down. */
static void hand_down(const char *folder)
{
    static const char *const controllers[] = {"+cpu", "+cpuset", "+memory", "+pids", "+io", "+hugetlb"};
    for (size_t i = 0; i < ARRAY_SIZE(controllers); i++)
        if (write_setting(folder, "cgroup.subtree_control", controllers[i], NULL) < 0)
            log_debug("cgroup %s does not hand down %s", folder, controllers[i]);
}

static int make_folder(const char *folder, bool cpuset, struct error *err)
{
    if (mkdir(folder, 0755) < 0 && errno != EEXIST)
        return error_set_errno(err, errno, "cgroup %s", folder);
    return cpuset ? inherit_cpuset(folder, err) : 0;
}

/* Each part of the path, in each hierarchy. */
static int make_path(struct cgroups *c, const char *path, struct error *err)
{
    struct buffer folder = BUFFER_INIT;
    size_t hierarchies = c->v2 ? 1 : c->mounted_count;
    int rc = 0;
    for (size_t i = 0; i < hierarchies && rc == 0; i++) {
        bool cpuset = !c->v2 && strcmp(c->mounted[i], "cpuset") == 0;
        size_t base = strlen(MOUNT) + (c->v2 ? 0 : strlen(c->mounted[i]) + 1);
        folder_of(c, c->mounted[i], path, &folder);
        for (char *slash = strchr(folder.data + base + 1, '/'); rc == 0; slash = strchr(slash + 1, '/')) {
            if (slash)
                *slash = 0;
            rc = make_folder(folder.data, cpuset, err);
            if (c->v2 && rc == 0 && slash)
                hand_down(folder.data);
            if (!slash)
                break;
            *slash = '/';
        }
    }
    buffer_done(&folder);
    return rc;
}

struct limits {
    int64_t shares, quota_us, memory_bytes, pids; /* 0: not limited */
    bool raise_only;
};

/* Has it as much already? A setting that is no number ("max", or -1) is no limit. */
static bool has_as_much(const char *folder, const char *file, const char *value)
{
    struct buffer path = BUFFER_INIT, text = BUFFER_INIT;
    int64_t have, wanted;
    buffer_printf(&path, "%s/%s", folder, file);
    bool enough = false;
    if (file_read(path.data, 4096, &text, NULL) == 0) {
        struct slice rest = slice_trim((struct slice){text.data, text.size}), want = slice_of(value);
        enough = !parse_i64(slice_cut(&rest, ' '), 0, INT64_MAX, &have) ||
                 (parse_i64(slice_cut(&want, ' '), 0, INT64_MAX, &wanted) && have >= wanted);
    }
    buffer_done(&path);
    buffer_done(&text);
    return enough;
}

static void set_limit(struct cgroups *c, const char *path, const char *controller, const char *file,
                      const char *value, bool raise_only)
{
    struct error err = ERROR_INIT;
    struct buffer folder = BUFFER_INIT;
    folder_of(c, controller, path, &folder);
    if (!(raise_only && has_as_much(folder.data, file, value)) &&
        write_setting(folder.data, file, value, &err) < 0 && err.code != ERR_NOT_FOUND)
        log_warning("cgroup limit: %s", err.message);
    error_done(&err);
    buffer_done(&folder);
}

static void set_limits(struct cgroups *c, const char *path, const struct limits *l)
{
    char text[64];
    if (l->shares) {
        snprintf(text, sizeof(text), "%lld",
                 (long long)(c->v2 ? 1 + (l->shares - 2) * 9999 / 262142 : l->shares));
        set_limit(c, path, "cpu", c->v2 ? "cpu.weight" : "cpu.shares", text, l->raise_only);
    }
    if (l->quota_us && c->config.cpu_quota) {
        snprintf(text, sizeof(text), c->v2 ? "%lld %lld" : "%lld", (long long)l->quota_us,
                 (long long)c->config.cpu_period_us);
        set_limit(c, path, "cpu", c->v2 ? "cpu.max" : "cpu.cfs_quota_us", text, l->raise_only);
    }
    if (l->memory_bytes) {
        snprintf(text, sizeof(text), "%lld", (long long)l->memory_bytes);
        set_limit(c, path, "memory", c->v2 ? "memory.max" : "memory.limit_in_bytes", text, l->raise_only);
    }
    if (l->pids > 0) {
        snprintf(text, sizeof(text), "%lld", (long long)l->pids);
        set_limit(c, path, "pids", "pids.max", text, l->raise_only);
    }
}

int cgroups_setup_node(struct cgroups *c, int64_t cpu_milli, int64_t memory_bytes, struct error *err)
{
    if (!is_ours(c))
        return 0;
    if (c->v2)
        hand_down(MOUNT);
    if (make_path(c, "/kubepods/burstable", err) < 0 || make_path(c, "/kubepods/besteffort", err) < 0)
        return -1;
    set_limits(c, "/kubepods",
               &(struct limits){.shares = cpu_shares(cpu_milli), .memory_bytes = memory_bytes});
    set_limits(c, "/kubepods/besteffort", &(struct limits){.shares = 2});
    if (c->v2) {
        hand_down(MOUNT "/kubepods/burstable");
        hand_down(MOUNT "/kubepods/besteffort");
    }
    return 0;
}

const char *cgroups_pod_path(struct cgroups *c, struct arena *arena, const struct json *pod)
{
    const char *qos = pod_qos_class(pod);
    const char *middle = strcmp(qos, "Burstable") == 0    ? "burstable"
                         : strcmp(qos, "BestEffort") == 0 ? "besteffort"
                                                          : "";
    if (!c->config.enabled)
        return "";
    if (!c->config.systemd)
        return arena_printf(arena, "%s/kubepods%s%s/pod%s", c->root, middle[0] ? "/" : "", middle,
                            object_uid(pod));
    char *name =
        arena_printf(arena, "kubepods%s%s-pod%s.slice", middle[0] ? "-" : "", middle, object_uid(pod));
    for (char *p = strstr(name, "-pod") + 1; *p; p++)
        *p = *p == '-' ? '_' : *p;
    return name;
}

/* A limit of the whole pod holds only when every container has one. */
static bool all_limited(const struct json *pod, const char *resource)
{
    static const char *const lists[] = {"initContainers", "containers"};
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        json_for_each (c, json_get(json_get(pod, "spec"), lists[i])) {
            if (!json_get(json_at(c, "resources.limits"), resource))
                return false;
        }
    return true;
}

static struct limits limits_of(const struct cgroups *c, struct arena *arena, const struct json *pod)
{
    struct resource_list requests = {0}, limits = {0};
    pod_resources(arena, pod, "requests", &requests);
    pod_resources(arena, pod, "limits", &limits);
    struct quantity *cpu = resource_list_find(&requests, "cpu");
    struct quantity *cpu_limit = resource_list_find(&limits, "cpu");
    struct quantity *memory_limit = resource_list_find(&limits, "memory");
    struct limits l = {.shares = cpu_shares(cpu ? quantity_milli_value(cpu) : 0),
                       .pids = c->config.pids_limit};
    if (cpu_limit && all_limited(pod, "cpu"))
        l.quota_us = cpu_quota_us(quantity_milli_value(cpu_limit), c->config.cpu_period_us);
    if (memory_limit && all_limited(pod, "memory"))
        l.memory_bytes = quantity_value(memory_limit);
    return l;
}

int cgroups_setup_pod(struct cgroups *c, const struct json *pod, struct error *err)
{
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    if (!is_ours(c))
        return 0;
    const char *path = cgroups_pod_path(c, &arena, pod) + strlen(c->root);
    struct limits l = limits_of(c, &arena, pod);
    if (make_path(c, path, err) < 0)
        return -1;
    set_limits(c, path, &l);
    return 0;
}

void cgroups_raise_pod(struct cgroups *c, const struct json *pod)
{
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    struct limits l = limits_of(c, &arena, pod);
    l.raise_only = true;
    if (is_ours(c))
        set_limits(c, cgroups_pod_path(c, &arena, pod) + strlen(c->root), &l);
}

void cgroups_set_burstable(struct cgroups *c, int64_t cpu_milli)
{
    if (is_ours(c))
        set_limits(c, "/kubepods/burstable", &(struct limits){.shares = cpu_shares(cpu_milli)});
}

/* --- removal --- */

static void kill_processes(const char *folder)
{
    struct buffer path = BUFFER_INIT, pids = BUFFER_INIT;
    buffer_printf(&path, "%s/cgroup.procs", folder);
    if (file_read(path.data, 1 << 20, &pids, NULL) == 0) {
        struct slice rest = {pids.data, pids.size};
        while (rest.data) {
            int64_t pid;
            if (parse_i64(slice_trim(slice_cut(&rest, '\n')), 2, INT32_MAX, &pid))
                kill((pid_t)pid, SIGKILL);
        }
    }
    buffer_done(&path);
    buffer_done(&pids);
}

static int remove_tree(const char *folder, bool end_processes, unsigned depth)
{
    DIR *d = opendir(folder);
    if (!d)
        return errno == ENOENT ? 0 : -1;
    for (struct dirent *e; depth < 8 && (e = readdir(d));) {
        if (e->d_type != DT_DIR || e->d_name[0] == '.')
            continue;
        char *below = xasprintf("%s/%s", folder, e->d_name);
        remove_tree(below, end_processes, depth + 1);
        free(below);
    }
    closedir(d);
    for (unsigned attempt = 0; rmdir(folder) < 0 && errno != ENOENT; attempt++) {
        if (errno != EBUSY || attempt == 20 || !end_processes)
            return -1;
        kill_processes(folder);
        usleep(10000);
    }
    return 0;
}

int cgroups_remove_pod(struct cgroups *c, const char *uid, bool end_processes, struct error *err)
{
    struct buffer folder = BUFFER_INIT;
    int rc = 0;
    if (!is_ours(c))
        return 0;
    for (size_t k = 0; k < ARRAY_SIZE(classes); k++) {
        for (size_t i = 0; i < (c->v2 ? 1 : c->mounted_count); i++) {
            char path[128];
            snprintf(path, sizeof(path), "/kubepods%s/pod%s", classes[k], uid);
            folder_of(c, c->mounted[i], path, &folder);
            if (remove_tree(folder.data, end_processes, 0) < 0)
                rc = error_set_errno(err, errno, "removing cgroup %s", folder.data);
        }
    }
    buffer_done(&folder);
    return rc;
}

void cgroups_each_pod(struct cgroups *c, void (*found)(void *context, const char *uid), void *context)
{
    struct buffer folder = BUFFER_INIT;
    for (size_t k = 0; is_ours(c) && k < ARRAY_SIZE(classes); k++) {
        char path[64];
        snprintf(path, sizeof(path), "/kubepods%s", classes[k]);
        folder_of(c, c->mounted_count ? "pids" : "", path, &folder);
        DIR *d = opendir(folder.data);
        for (struct dirent *e; d && (e = readdir(d));)
            if (e->d_type == DT_DIR && strncmp(e->d_name, "pod", 3) == 0)
                found(context, e->d_name + 3);
        if (d)
            closedir(d);
    }
    buffer_done(&folder);
}
