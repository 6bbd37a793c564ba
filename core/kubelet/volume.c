/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The volumes of pods: which kinds there are, where each lies, and what is done to all of them. Nothing is
 * remembered but what is on disk, so a kubelet that starts again finds everything where it was.
 */
#include "core/kubelet/volume.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/api/object.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/kubelet/volume-private.h"

static const struct volume_kind *const kinds[] = {
    &volume_kind_emptydir, &volume_kind_hostpath, &volume_kind_configmap,
    &volume_kind_secret,   &volume_kind_downward, &volume_kind_projected,
};

struct volumes *volumes_new(const struct volumes_config *config, struct error *err)
{
    _cleanup_free_ char *pods = xasprintf("%s/pods", config->root_dir);
    if (directory_make(pods, 0750, err) < 0)
        return NULL;
    struct volumes *v = new0(struct volumes);
    v->root = xstrdup(config->root_dir);
    v->source = config->source;
    v->node_cpu_milli = config->node_cpu_milli;
    v->node_memory_bytes = config->node_memory_bytes;
    return v;
}

void volumes_free(struct volumes *v)
{
    if (!v)
        return;
    free(v->root);
    free(v);
}

const char *volume_pod_folder(struct volumes *v, struct arena *arena, const char *uid)
{
    return arena_printf(arena, "%s/pods/%s", v->root, uid);
}

int volume_set_group(int fd, bool writable, int64_t group, struct error *err)
{
    struct stat st;
    if (group < 0)
        return 0;
    if (fstat(fd, &st) < 0 || fchown(fd, (uid_t)-1, (gid_t)group) < 0)
        return error_set_errno(err, errno, "fsGroup %lld", (long long)group);
    mode_t mode = (st.st_mode & 07777) | (writable ? 0660 : 0440);
    if (S_ISDIR(st.st_mode))
        mode |= S_ISGID | 0110;
    if (fchmod(fd, mode) < 0)
        return error_set_errno(err, errno, "fsGroup %lld", (long long)group);
    return 0;
}

/* The kind that the volume names; a volume of no kind at all is an emptyDir. NULL: one that we do not have.
 */
static const struct volume_kind *kind_of(const struct json *volume)
{
    const struct json *other = NULL;
    json_for_each (member, volume) {
        if (strcmp(member->key, "name") == 0 || json_is_absent(member))
            continue;
        for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
            if (strcmp(kinds[i]->field, member->key) == 0)
                return kinds[i];
        other = member;
    }
    return other ? NULL : &volume_kind_emptydir;
}

/* What all containers run as, when that is one and the same user; else -1. */
static int64_t user_of(const struct json *pod)
{
    static const char *const lists[] = {"initContainers", "containers", "ephemeralContainers"};
    int64_t all = json_integer_at(pod, "spec.securityContext.runAsUser", -1), found = -2;
    for (size_t i = 0; i < ARRAY_SIZE(lists); i++)
        json_for_each (container, json_get(json_get(pod, "spec"), lists[i])) {
            int64_t user = json_integer_at(container, "securityContext.runAsUser", all);
            if (found != -2 && user != found)
                return -1;
            found = user;
        }
    return MAX(found, -1);
}

static int job_init(struct volume_job *job, struct volumes *v, struct arena *arena, const struct json *pod,
                    const struct json *volume, const struct volume_kind **ret_kind, struct error *err)
{
    const char *name = json_string_or(json_get(volume, "name"), "");
    const struct volume_kind *kind = kind_of(volume);
    if (!kind) {
        const char *field = "";
        json_for_each (member, volume)
            field = strcmp(member->key, "name") != 0 && !json_is_absent(member) ? member->key : field;
        return error_set(err, ERR_BAD_REQUEST, "volume \"%s\": %s volumes are not supported by this kubelet",
                         name, field);
    }
    if (!name[0] || strchr(name, '/') || name[0] == '.' || strchr(object_uid(pod), '/'))
        return error_set(err, ERR_BAD_REQUEST, "volume name \"%s\" is not valid", name);
    *job = (struct volume_job){
        .v = v,
        .arena = arena,
        .pod = pod,
        .volume = volume,
        .spec = json_get(volume, kind->field),
        .name = name,
        .fs_group = json_integer_at(pod, "spec.securityContext.fsGroup", -1),
        .user = user_of(pod),
    };
    job->folder = kind->folder
                      ? arena_printf(arena, "%s/volumes/%s/%s", volume_pod_folder(v, arena, object_uid(pod)),
                                     kind->folder, name)
                      : json_string_or(json_get(job->spec, "path"), "");
    *ret_kind = kind;
    return 0;
}

static int write_payload(struct volume_job *job, const struct volume_kind *kind, struct error *err)
{
    struct payload payload = {0};
    if (kind->payload(job, &payload, err) < 0)
        return -1;
    if (directory_make(job->folder, 0755, err) < 0)
        return -1;
    if (kind->in_memory && !volume_is_mounted(job->folder)) {
        if (volume_mount_tmpfs(job->folder, 0, err) < 0)
            return -1;
    }
    struct stat st;
    if (stat(job->folder, &st) == 0 && (st.st_mode & 0777) != 0777 && chmod(job->folder, 0777) < 0)
        return error_set_errno(err, errno, "%s", job->folder);
    return volume_write(job->folder, &payload, job->fs_group, err);
}

static int one_volume(struct volumes *v, const struct json *pod, const struct json *volume, bool refresh,
                      struct error *err)
{
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    struct volume_job job;
    const struct volume_kind *kind;
    int rc = job_init(&job, v, &arena, pod, volume, &kind, err);
    if (rc == 0 && kind->payload)
        rc = write_payload(&job, kind, err);
    else if (rc == 0 && !refresh)
        rc = kind->setup(&job, err);
    return rc;
}

/* One that fails does not keep the others from being made or refreshed; the first failure is told. */
static int each_volume(struct volumes *v, const struct json *pod, bool refresh, struct error *err)
{
    int rc = 0;
    json_for_each (volume, json_at(pod, "spec.volumes")) {
        struct error *told = rc == 0 ? err : NULL;
        if (one_volume(v, pod, volume, refresh, told) == 0)
            continue;
        if (rc == 0)
            error_prefix(err, "MountVolume.SetUp failed for volume \"%s\" ",
                         json_string_or(json_get(volume, "name"), ""));
        rc = -1;
    }
    return rc;
}

int volumes_setup(struct volumes *v, const struct json *pod, struct error *err)
{
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    const char *folder = arena_printf(&arena, "%s/volumes", volume_pod_folder(v, &arena, object_uid(pod)));
    if (v->source && v->source->pod_added && !file_exists(folder))
        v->source->pod_added(v->source->context, pod);
    if (directory_make(folder, 0750, err) < 0)
        return -1;
    return each_volume(v, pod, false, err);
}

int volumes_refresh(struct volumes *v, const struct json *pod, struct error *err)
{
    return each_volume(v, pod, true, err);
}

int volumes_teardown(struct volumes *v, const char *pod_uid, struct error *err)
{
    static const char *const parts[] = {"volume-subpaths", "volumes", "plugins"};
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    if (!pod_uid[0] || pod_uid[0] == '.' || strchr(pod_uid, '/'))
        return error_set(err, ERR_BAD_REQUEST, "\"%s\" is no pod's uid", pod_uid);
    for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
        const char *path = arena_printf(&arena, "%s/%s", volume_pod_folder(v, &arena, pod_uid), parts[i]);
        if (!file_exists(path))
            continue;
        char *whole = realpath(path, NULL); /* as the kernel's table of mounts spells it */
        int rc = whole ? volume_unmount_below(whole, err) : 0;
        free(whole);
        if (rc < 0 || directory_remove(path, err) < 0)
            return -1;
    }
    return 0;
}

static const struct json *find_volume(const struct json *pod, const char *name)
{
    json_for_each (volume, json_at(pod, "spec.volumes"))
        if (strcmp(json_string_or(json_get(volume, "name"), ""), name) == 0)
            return volume;
    return NULL;
}

int volumes_path(struct volumes *v, const struct json *pod, const char *volume, struct arena *arena,
                 const char **ret, struct error *err)
{
    const struct json *found = find_volume(pod, volume);
    struct volume_job job;
    const struct volume_kind *kind;
    if (!found)
        return error_set(err, ERR_NOT_FOUND, "pod has no volume \"%s\"", volume);
    if (job_init(&job, v, arena, pod, found, &kind, err) < 0)
        return -1;
    *ret = job.folder;
    return 0;
}

bool volume_is_read_only(const struct json *pod, const char *volume)
{
    const struct json *found = find_volume(pod, volume);
    const struct volume_kind *kind = found ? kind_of(found) : NULL;
    return kind && kind->payload;
}
