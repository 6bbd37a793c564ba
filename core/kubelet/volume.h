/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Volumes of the pods on this node: made before the first container starts, kept up to date while the pod
 * runs, taken away when it is gone. Each kind is a row in volume.c and one file (volume-emptydir.c,
 * volume-configmap.c, volume-projected.c, …). Layout on disk as upstream's:
 * ROOT/pods/UID/volumes/kubernetes.io~configmap/NAME, with the ..data link that makes updates atomic.
 *
 * Functions block and may be called from any thread, for one pod by one thread at a time.
 */
#ifndef KEELSON_KUBELET_VOLUME_H
#define KEELSON_KUBELET_VOLUME_H

#include "core/client/client.h"

/* Where ConfigMaps, Secrets and tokens come from. The pod manager keeps what running pods refer to; lookups
 * may go to the server. */
struct volume_source {
    /* A document in the arena; ERR_NOT_FOUND when the server said so. */
    int (*config_map)(void *context, const char *namespace_, const char *name, struct arena *arena,
                      struct json **ret, struct error *err);
    int (*secret)(void *context, const char *namespace_, const char *name, struct arena *arena,
                  struct json **ret, struct error *err);
    /* A bound token of the pod's service account, cached and renewed at 80% of its life; in the arena. */
    int (*token)(void *context, const struct json *pod, const char *audience, int64_t expiration_s,
                 struct arena *arena, const char **ret, struct error *err);
    /* A pod is about to start: what it refers to must be looked up anew, however young the copies are. May be
     * NULL. */
    void (*pod_added)(void *context, const struct json *pod);
    void *context;
};
/* The source that asks the API server: short memory for ConfigMaps and Secrets, tokens until 80% of their
 * life. Any thread. */
struct volume_source *volume_source_new(struct client *client);
void volume_source_free(struct volume_source *source);

struct volumes;
struct volumes_config {
    const char *root_dir;               /* "/var/lib/kubelet" */
    const struct volume_source *source; /* NULL: no API server, so that volumes which need one fail */
    int64_t node_cpu_milli,
        node_memory_bytes; /* for resourceFieldRef, and the bound of emptyDir volumes in memory; 0: unknown */
};
struct volumes *volumes_new(const struct volumes_config *config, struct error *err);
void volumes_free(struct volumes *v);
/* Makes (or completes, or updates) every volume of the pod. Idempotent. ERR_NOT_FOUND names what is missing
 * (a Secret that is not optional, a hostPath of the wrong type): the caller reports FailedMount and tries
 * again. */
int volumes_setup(struct volumes *v, const struct json *pod, struct error *err);
/* Writes anew what changed in ConfigMaps, Secrets, tokens and the pod's own fields. Cheap when nothing did.
 */
int volumes_refresh(struct volumes *v, const struct json *pod, struct error *err);
/* ConfigMaps, Secrets, the downward API and projections are mounted read-only, whatever the mount says. */
bool volume_is_read_only(const struct json *pod, const char *volume);
/* A path below a volume (of a mount's subPath), made where it is missing, for number `index` of a container's
 * mounts. Links are followed within the volume; one that leads out of it is ERR_BAD_REQUEST. The result is a
 * mount of its own, so that nobody can swap a link under it later; in the arena. */
int volumes_subpath(struct volumes *v, const struct json *pod, const char *volume, const char *container,
                    unsigned index, const char *sub_path, struct arena *arena, const char **ret,
                    struct error *err);
/* Unmounts and removes everything under the pod's volumes folder, from disk alone (after a restart the pod
 * may be unknown). */
int volumes_teardown(struct volumes *v, const char *pod_uid, struct error *err);
/* Where a volume lies on the host, for a container's mount; in the arena. ERR_NOT_FOUND when the pod has no
 * such volume. */
int volumes_path(struct volumes *v, const struct json *pod, const char *volume, struct arena *arena,
                 const char **ret, struct error *err);

#endif
