/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing is taken away on the mere absence of knowledge: orphans are looked for only when both the API
 * server and the manifest folder have been read.
 */
#include "core/kubelet/collect.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/api/object.h"
#include "core/api/pod-resources.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/map.h"
#include "core/base/memory.h"
#include "core/kubelet/cgroup.h"
#include "core/kubelet/images.h"
#include "core/kubelet/node.h"
#include "core/kubelet/pods.h"
#include "core/kubelet/runtime-state.h"

/* --- dead containers --- */

static void collect_of_pod(struct kubelet *k, const char *uid)
{
    struct arena arena = ARENA_INIT;
    struct pod_runtime r;
    struct map *seen = map_new(NULL);
    if (runtime_state_pod(k->state, uid, &arena, &r, NULL) == 0) {
        for (size_t i = 0; i < r.containers_count; i++) {
            const struct runtime_container *c = &r.containers[i];
            unsigned kept = (unsigned)(uintptr_t)map_get(seen, c->name);
            map_set(seen, c->name, (void *)(uintptr_t)(kept + 1));
            /* The newest, whatever it is, and one dead one before it, for lastState; none that a killed
             * kubelet made and did not start. */
            if (c->state == KEELSON_CONTAINER_RUNNING ||
                kept < (c->state == KEELSON_CONTAINER_EXITED ? 2 : 1))
                continue;
            if (runtime_container_remove(&k->runtime, c->id, NULL) == 0) {
                runtime_state_removed(k->state, c->id);
                if (c->termination_path[0])
                    unlink(c->termination_path);
                if (c->log_path[0])
                    unlink(c->log_path);
            }
        }
        for (size_t i = 1; i < r.sandboxes_count; i++) {
            bool used = r.sandboxes[i].ready;
            for (size_t j = 0; j < r.containers_count; j++)
                used = used || strcmp(r.containers[j].sandbox_id, r.sandboxes[i].id) == 0;
            if (!used && runtime_sandbox_remove(&k->runtime, r.sandboxes[i].id, NULL) == 0)
                runtime_state_removed(k->state, r.sandboxes[i].id);
        }
    }
    map_free(seen);
    arena_done(&arena);
}

int collect_containers(struct kubelet *k, struct error *err)
{
    size_t count;
    struct pod **all = pods_all(k->pods, &count);
    for (size_t i = 0; i < count; i++)
        collect_of_pod(k, all[i]->uid);
    pods_all_free(all, count);
    collect_class_weight(k);
    return 0;
}

/* --- the weight of a class --- */

void collect_class_weight(struct kubelet *k)
{
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    size_t count;
    struct pod **all = pods_all(k->pods, &count);
    struct resource_list sum = {0};
    for (size_t i = 0; i < count; i++) {
        const struct json *document =
            pod_get_state(k->pods, all[i]) < POD_TERMINATED ? pod_document(k->pods, all[i], &arena) : NULL;
        if (document && !pod_is_terminal(document) && strcmp(pod_qos_class(document), "Burstable") == 0)
            pod_resources(&arena, document, "requests", &sum);
    }
    pods_all_free(all, count);
    const struct quantity *cpu = resource_list_find(&sum, "cpu");
    cgroups_set_burstable(k->cgroups, cpu ? quantity_milli_value(cpu) : 0);
}

/* --- orphans --- */

static bool all_known(struct kubelet *k)
{
    return k->pods->api_synced && k->pods->files_synced;
}

static void adopt_for_end(struct kubelet *k, const char *uid)
{
    struct arena arena = ARENA_INIT;
    struct pod_runtime r;
    if (runtime_state_pod(k->state, uid, &arena, &r, NULL) == 0 && r.sandboxes_count) {
        const char *key = arena_printf(&arena, "%s/%s", r.sandboxes[0].namespace_, r.sandboxes[0].name);
        log_info("pod %s (%s) is no longer wanted here", key, uid);
        pods_add_orphan(k->pods, uid, key);
    }
    arena_done(&arena);
}

static void remove_folder(struct kubelet *k, const char *uid)
{
    struct error err = ERROR_INIT;
    char *folder = xasprintf("%s/pods/%s", k->config->root_dir, uid);
    if (volumes_teardown(k->volumes, uid, &err) < 0 || directory_remove(folder, &err) < 0)
        log_warning("folder of pod %s, which is gone: %s", uid, err.message);
    error_done(&err);
    free(folder);
}

/* One that is in use by somebody may be another runtime's: ours ends its pods through the runtime. */
static void orphan_cgroup(void *context, const char *uid)
{
    struct kubelet *k = context;
    struct error err = ERROR_INIT;
    struct pod *pod = pods_get(k->pods, uid);
    if (!pod && cgroups_remove_pod(k->cgroups, uid, false, &err) < 0)
        log_debug("cgroup of pod %s, which is gone: %s", uid, err.message);
    error_done(&err);
    pod_unref(pod);
}

/* LOGS/NAMESPACE_NAME_UID */
static void collect_log_folders(struct kubelet *k)
{
    DIR *d = opendir(k->config->pod_logs_dir);
    for (struct dirent *e; d && (e = readdir(d));) {
        const char *uid = strrchr(e->d_name, '_');
        struct pod *pod = uid ? pods_get(k->pods, uid + 1) : NULL;
        if (uid && uid != strchr(e->d_name, '_') && !pod) {
            char *folder = xasprintf("%s/%s", k->config->pod_logs_dir, e->d_name);
            directory_remove(folder, NULL);
            free(folder);
        }
        pod_unref(pod);
    }
    if (d)
        closedir(d);
}

int collect_orphans(struct kubelet *k, struct error *err)
{
    struct arena arena = ARENA_INIT;
    const char **uids;
    if (!all_known(k))
        return 0;
    size_t count = runtime_state_uids(k->state, &arena, &uids);
    for (size_t i = 0; i < count; i++) {
        struct pod *pod = pods_get(k->pods, uids[i]);
        if (!pod)
            adopt_for_end(k, uids[i]);
        pod_unref(pod);
    }
    char *folder = xasprintf("%s/pods", k->config->root_dir);
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        struct pod *pod = e->d_name[0] == '.' ? NULL : pods_get(k->pods, e->d_name);
        if (!pod && e->d_name[0] != '.')
            remove_folder(k, e->d_name);
        pod_unref(pod);
    }
    if (d)
        closedir(d);
    free(folder);
    collect_log_folders(k);
    cgroups_each_pod(k->cgroups, orphan_cgroup, k);
    arena_done(&arena);
    return 0;
}

/* --- logs --- */

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* path.20060102-150405, the oldest first; all but `keep` go. */
static void drop_old_logs(const char *path, size_t keep)
{
    char *folder = xstrdup(path), *names[256];
    char *slash = strrchr(folder, '/');
    size_t count = 0;
    *slash = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e; d && count < ARRAY_SIZE(names) && (e = readdir(d));)
        if (strncmp(e->d_name, slash + 1, strlen(slash + 1)) == 0 && e->d_name[strlen(slash + 1)] == '.')
            names[count++] = xstrdup(e->d_name);
    if (d)
        closedir(d);
    qsort(names, count, sizeof(*names), by_name);
    for (size_t i = 0; i < count; i++) {
        char *file = xasprintf("%s/%s", folder, names[i]);
        if (i + keep < count)
            unlink(file);
        free(file);
        free(names[i]);
    }
    free(folder);
}

static void rotate(struct kubelet *k, const struct runtime_container *c)
{
    struct error err = ERROR_INIT;
    struct stat st;
    char now[TIME_TEXT_MAX], compact[TIME_TEXT_MAX];
    size_t n = 0;
    if (!c->log_path[0] || stat(c->log_path, &st) < 0 || st.st_size < k->config->log_max_size_bytes)
        return;
    time_format(clock_realtime_ns(), now);
    for (const char *p = now; *p && *p != 'Z'; p++)
        if (*p != ':' && (*p != '-' || n >= 8))
            compact[n++] = *p == 'T' ? '-' : *p;
    compact[n] = 0;
    char *old = xasprintf("%s.%s", c->log_path, compact);
    if (rename(c->log_path, old) < 0)
        error_set_errno(&err, errno, "rename");
    else if (runtime_container_reopen_log(&k->runtime, c->id, &err) < 0)
        rename(old, c->log_path);
    if (err.code)
        log_warning("rotating %s: %s", c->log_path, err.message);
    else
        drop_old_logs(c->log_path, (size_t)k->config->log_max_files - 1);
    error_done(&err);
    free(old);
}

int collect_logs(struct kubelet *k, struct error *err)
{
    size_t count;
    struct pod **all = pods_all(k->pods, &count);
    for (size_t i = 0; i < count; i++) {
        struct arena arena = ARENA_INIT;
        struct pod_runtime r;
        if (runtime_state_pod(k->state, all[i]->uid, &arena, &r, NULL) == 0)
            for (size_t j = 0; j < r.containers_count; j++)
                if (r.containers[j].state == KEELSON_CONTAINER_RUNNING)
                    rotate(k, &r.containers[j]);
        arena_done(&arena);
    }
    pods_all_free(all, count);
    return 0;
}
