/* SPDX-License-Identifier: Apache-2.0 */
/*
 * emptyDir: a folder of the pod's own, on disk or in memory. It is made once: what the containers make of its
 * owner and mode stays, so a marker beside it says that it is ready.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/api/object.h"
#include "core/api/pod-resources.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/kubelet/volume-private.h"

/* The smallest of what the node has, what the pod may use, and what the volume asks for. */
static int64_t memory_size(struct volume_job *job)
{
    int64_t size = job->v->node_memory_bytes;
    struct resource_list limits = {0};
    pod_resources(job->arena, job->pod, "limits", &limits);
    const struct quantity *memory = resource_list_find(&limits, "memory");
    const char *text = json_string(json_get(job->spec, "sizeLimit"));
    int64_t wanted[] = {memory ? quantity_value(memory) : 0, text ? quantity_value_of(text) : 0};
    for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
        if (wanted[i] > 0 && (size <= 0 || wanted[i] < size))
            size = wanted[i];
    return size;
}

static int open_to_all(struct volume_job *job, struct error *err)
{
    _cleanup_close_ int fd = open(job->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fchmod(fd, 0777) < 0)
        return error_set_errno(err, errno, "%s", job->folder);
    return volume_set_group(fd, true, job->fs_group, err);
}

static int setup_disk(struct volume_job *job, struct error *err)
{
    const char *beside = arena_printf(job->arena, "%s/plugins/kubernetes.io~empty-dir/%s",
                                      volume_pod_folder(job->v, job->arena, object_uid(job->pod)), job->name);
    const char *ready = arena_printf(job->arena, "%s/ready", beside);
    if (file_exists(ready) && file_exists(job->folder))
        return 0;
    if (directory_make(job->folder, 0755, err) < 0 || open_to_all(job, err) < 0 ||
        directory_make(beside, 0750, err) < 0)
        return -1;
    return file_write(ready, SLICE(""), err);
}

static int emptydir_setup(struct volume_job *job, struct error *err)
{
    const char *medium = json_string_or(json_get(job->spec, "medium"), "");
    if (!medium[0])
        return setup_disk(job, err);
    if (strcmp(medium, "Memory") != 0)
        return error_set(err, ERR_BAD_REQUEST, "emptyDir medium \"%s\" is not supported by this kubelet",
                         medium);
    if (volume_is_mounted(job->folder))
        return 0;
    if (directory_make(job->folder, 0755, err) < 0 ||
        volume_mount_tmpfs(job->folder, memory_size(job), err) < 0)
        return -1;
    return open_to_all(job, err);
}

const struct volume_kind volume_kind_emptydir = {
    .field = "emptyDir", .folder = "kubernetes.io~empty-dir", .setup = emptydir_setup};
