/* SPDX-License-Identifier: Apache-2.0 */
/* Taking away leftovers; see sweep.h. */
#include "core/keelson/sweep.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/memory.h"

#define CGROUPS     "/sys/fs/cgroup"
#define POD_LOGS    "/var/log/pods"
#define CMDLINE_MAX 65536
#define ROUNDS      20 /* of 50 ms: a killed process leaves its cgroup a moment later */
#define DEPTH_MAX   32

void names_add(struct names *n, const char *name)
{
    n->items = xgrow(n->items, &n->capacity, n->count + 1, sizeof(*n->items));
    n->items[n->count++] = xstrdup(name);
}

void names_done(struct names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->items[i]);
    free(n->items);
    *n = (struct names){0};
}

static void for_each_entry(const char *folder, void (*each)(void *context, const char *name), void *context)
{
    DIR *d = opendir(folder);
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            each(context, e->d_name);
    if (d)
        closedir(d);
}

static void keep_name(void *context, const char *name)
{
    names_add(context, name);
}

void sweep_pod_uids(const struct settings *s, struct names *ret)
{
    _cleanup_free_ char *pods = settings_path(s, "kubelet/pods");
    for_each_entry(pods, keep_name, ret);
}

struct hunt {
    char *socket;
    unsigned killed;
};

/* Children first, so that none is handed to somebody else. */
static void kill_tree(struct hunt *h, int pid, unsigned depth)
{
    struct buffer text = BUFFER_INIT;
    _cleanup_free_ char *path = xasprintf("/proc/%d/task/%d/children", pid, pid);
    if (depth < DEPTH_MAX && file_read(path, CMDLINE_MAX, &text, NULL) == 0)
        for (struct slice rest = {text.data, text.size}; rest.data && rest.size;) {
            struct slice word = slice_cut(&rest, ' ');
            if (word.size)
                kill_tree(h, (int)strtol(word.data, NULL, 10), depth + 1);
        }
    buffer_done(&text);
    h->killed += kill(pid, SIGKILL) == 0;
}

/* A shim names the socket of the containerd that it belongs to behind "-address". */
static void kill_if_ours(void *context, const char *name)
{
    struct hunt *h = context;
    struct buffer text = BUFFER_INIT;
    _cleanup_free_ char *path = xasprintf("/proc/%s/cmdline", name);
    bool ours = false;
    if (isdigit((unsigned char)*name) && file_read(path, CMDLINE_MAX, &text, NULL) == 0 &&
        strstr(text.data, "containerd-shim"))
        for (struct slice rest = {text.data, text.size}; rest.data && !ours;)
            ours = slice_is(slice_cut(&rest, '\0'), h->socket);
    buffer_done(&text);
    if (ours)
        kill_tree(h, (int)strtol(name, NULL, 10), 0);
}

unsigned sweep_processes(const struct settings *s)
{
    struct hunt h = {.socket = xasprintf("%s/containerd.sock", s->run_dir)};
    if (!*s->container_runtime_endpoint)
        for_each_entry("/proc", kill_if_ours, &h);
    free(h.socket);
    return h.killed;
}

/* cgroups are removed from the inside out; files in them need not be. */
static void remove_cgroup(const char *path, unsigned depth)
{
    DIR *d = depth < DEPTH_MAX ? opendir(path) : NULL;
    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        if (e->d_type != DT_DIR || *e->d_name == '.')
            continue;
        _cleanup_free_ char *below = xasprintf("%s/%s", path, e->d_name);
        remove_cgroup(below, depth + 1);
    }
    if (d)
        closedir(d);
    for (int round = 0; rmdir(path) < 0 && file_exists(path) && round < ROUNDS; round++)
        usleep(50000);
}

static void remove_pod_cgroups(const char *hierarchy, const struct names *uids)
{
    static const char *const classes[] = {"kubepods/besteffort", "kubepods/burstable", "kubepods"};
    for (size_t c = 0; c < ARRAY_SIZE(classes); c++) {
        _cleanup_free_ char *folder = xasprintf("%s/%s", hierarchy, classes[c]);
        for (size_t i = 0; i < uids->count && file_exists(folder); i++) {
            _cleanup_free_ char *pod = xasprintf("%s/pod%s", folder, uids->items[i]);
            if (file_exists(pod))
                remove_cgroup(pod, 0);
        }
        rmdir(folder); /* another cluster's pods keep it */
    }
}

static void remove_in_hierarchy(void *context, const char *name)
{
    struct stat st;
    _cleanup_free_ char *path = xasprintf(CGROUPS "/%s", name);
    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode))
        remove_pod_cgroups(path, context);
}

void sweep_cgroups(const struct names *uids)
{
    remove_pod_cgroups(CGROUPS, uids); /* v2; in v1 a hierarchy each lies below */
    for_each_entry(CGROUPS, remove_in_hierarchy, (void *)(uintptr_t)uids);
}

static void remove_pod_log(void *context, const char *name)
{
    const struct names *uids = context;
    for (size_t i = 0; i < uids->count; i++)
        if (slice_ends(slice_of(name), uids->items[i])) {
            _cleanup_free_ char *path = xasprintf(POD_LOGS "/%s", name);
            directory_remove(path, NULL);
            return;
        }
}

void sweep_pod_logs(const struct names *uids)
{
    for_each_entry(POD_LOGS, remove_pod_log, (void *)(uintptr_t)uids);
    rmdir(POD_LOGS); /* when it is empty */
}

/* The kernel lists mounts in the order in which they were made: the last one first is safe. */
void sweep_mounts(const char *folder)
{
    struct buffer text = BUFFER_INIT;
    struct names points = {0};
    size_t size = strlen(folder);
    if (file_read("/proc/self/mounts", 4 * 1024 * 1024, &text, NULL) == 0)
        for (struct slice rest = {text.data, text.size}; rest.data && rest.size;) {
            struct slice line = slice_cut(&rest, '\n');
            slice_cut(&line, ' ');
            struct slice point = slice_cut(&line, ' ');
            if (!slice_starts(point, folder) || (point.size > size && point.data[size] != '/'))
                continue;
            _cleanup_free_ char *path = xstrndup(point.data, point.size);
            names_add(&points, path);
        }
    for (size_t i = points.count; i-- > 0;)
        umount2(points.items[i], MNT_DETACH | UMOUNT_NOFOLLOW);
    names_done(&points);
    buffer_done(&text);
}

void sweep_logs(const struct settings *s)
{
    for (unsigned i = 0; i <= daemon_rows_count; i++) {
        const char *name = i < daemon_rows_count ? daemon_rows[i].name : "keelson";
        _cleanup_free_ char *log = xasprintf("%s/%s.log", s->log_dir, name), *old = xasprintf("%s.1", log);
        unlink(log);
        unlink(old);
    }
    rmdir(s->log_dir); /* when it is empty */
}

void sweep_kubeconfig(const struct settings *s)
{
    _cleanup_free_ char *path = settings_kubeconfig(s), *admin = settings_path(s, "kubeconfig/admin.conf");
    struct buffer theirs = BUFFER_INIT, ours = BUFFER_INIT;
    if (path && file_read(path, 1024 * 1024, &theirs, NULL) == 0 &&
        file_read(admin, 1024 * 1024, &ours, NULL) == 0 && strcmp(theirs.data, ours.data) == 0)
        unlink(path);
    buffer_done(&theirs);
    buffer_done(&ours);
}
