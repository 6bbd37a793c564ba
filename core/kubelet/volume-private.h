/* SPDX-License-Identifier: Apache-2.0 */
/* What the kinds of volumes share. One thread for a pod at a time; nothing here is locked. */
#ifndef KEELSON_KUBELET_VOLUME_PRIVATE_H
#define KEELSON_KUBELET_VOLUME_PRIVATE_H

#include <sys/types.h>

#include "core/kubelet/volume.h"

struct volumes {
    char *root;
    const struct volume_source *source;
    int64_t node_cpu_milli, node_memory_bytes;
};

struct payload;

/* One volume that is being made or looked after. Everything lives in the arena or longer. */
struct volume_job {
    struct volumes *v;
    struct arena *arena;
    const struct json *pod, *volume, *spec; /* spec: the member of the volume that is its kind's */
    const char *name, *folder;
    int64_t fs_group, user; /* -1: not said; user: the one that all containers run as */
};

struct volume_kind {
    const char *field;  /* of the volume: "configMap" */
    const char *folder; /* "kubernetes.io~configmap"; NULL: it lies elsewhere */
    bool in_memory;     /* its folder is a tmpfs */
    int (*setup)(struct volume_job *job, struct error *err);
    /* Adds the files that it should hold; NULL: its content is none of ours. */
    int (*payload)(struct volume_job *job, struct payload *out, struct error *err);
};
extern const struct volume_kind volume_kind_emptydir, volume_kind_hostpath, volume_kind_configmap,
    volume_kind_secret, volume_kind_downward, volume_kind_projected;

/* --- volume-payload.c: files by name --- */
struct payload_file {
    const char *path; /* relative, checked */
    struct slice data;
    mode_t mode;
    int64_t user; /* -1: root */
};
struct payload {
    struct payload_file *files;
    size_t count, capacity;
};
/* ERR_BAD_REQUEST when the path leads anywhere else. A later file of a path takes the place of the earlier
 * one. */
int payload_add(struct volume_job *job, struct payload *out, const char *path, struct slice data, mode_t mode,
                int64_t user, struct error *err);
/* The files of a ConfigMap or Secret, all or by items. reference: {items, optional}; name: what is referred
 * to. */
int payload_add_object(struct volume_job *job, struct payload *out, bool is_secret, const char *name,
                       const struct json *reference, mode_t default_mode, struct error *err);
int payload_add_downward(struct volume_job *job, struct payload *out, const struct json *items,
                         mode_t default_mode, struct error *err);

/* --- volume-writer.c: the folder that changes all at once --- */
/* Makes the folder hold those files and no others; nothing is written when it does already. */
int volume_write(const char *folder, const struct payload *payload, int64_t group, struct error *err);

/* --- volume-mount.c --- */
bool volume_is_mounted(const char *path);
int volume_mount_tmpfs(const char *path, int64_t size_bytes /* 0: the kernel's default */, struct error *err);
/* Whatever is mounted at or below the path, the innermost first. */
int volume_unmount_below(const char *path, struct error *err);

/* --- shared by files of volume.c's family --- */
/* Group and setgid of one file or folder, as upstream does for fsGroup; group -1: nothing. */
int volume_set_group(int fd, bool writable, int64_t group, struct error *err);
const char *volume_pod_folder(struct volumes *v, struct arena *arena, const char *uid); /* ROOT/pods/UID */

#endif
