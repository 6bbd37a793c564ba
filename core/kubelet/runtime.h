/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calls to the runtime plugin, as functions: what it tells is copied into the caller's arena. Calls run in
 * the calling thread, which must be one of the kubelet's bounded pools. cancel_fd: turns readable to give up
 * (0: never).
 */
#ifndef KEELSON_KUBELET_RUNTIME_H
#define KEELSON_KUBELET_RUNTIME_H

#include <keelson/runtime.h>

#include "core/base/arena.h"
#include "core/plugin/host.h"

struct runtime {
    struct plugin_instance *instance;
    const struct keelson_runtime_v1 *table;
    const struct keelson_images_v1 *images;
    int64_t timeout_ms; /* of one call */
};

struct runtime_sandbox {
    const char *id, *name, *namespace_, *uid;
    const char **ips;
    uint32_t ips_count, attempt;
    int64_t created_ns;
    bool ready, host_network;
};
struct runtime_container {
    const char *id, *sandbox_id, *name, *pod_uid, *image, *image_id, *reason, *message, *log_path, *hash;
    const char *termination_path, *termination_policy, *resize_hash; /* from our annotations */
    enum keelson_container_state state;
    uint32_t restart_count;
    int32_t exit_code;
    int64_t created_ns, started_ns, finished_ns, grace_s;
    bool dirty; /* the state cache: its status has to be asked for */
};
struct runtime_image {
    const char *id, *username;
    const char **tags, **digests;
    uint32_t tags_count, digests_count;
    uint64_t size_bytes;
    int64_t user_id;
    bool pinned;
};

/* What our labels and annotations are called, as upstream's. */
#define LABEL_POD_NAME                "io.kubernetes.pod.name"
#define LABEL_POD_NAMESPACE           "io.kubernetes.pod.namespace"
#define LABEL_POD_UID                 "io.kubernetes.pod.uid"
#define LABEL_CONTAINER_NAME          "io.kubernetes.container.name"
#define ANNOTATION_HASH               "io.kubernetes.container.hash"
#define ANNOTATION_RESTART_COUNT      "io.kubernetes.container.restartCount"
#define ANNOTATION_TERMINATION_PATH   "keelson.io/termination-message-file"
#define ANNOTATION_TERMINATION_POLICY "io.kubernetes.container.terminationMessagePolicy"
#define ANNOTATION_RESIZE_HASH        "keelson.io/resize-hash"
#define ANNOTATION_GRACE              "io.kubernetes.pod.terminationGracePeriod"

int runtime_info(struct runtime *r, struct keelson_runtime_info *ret, struct error *err);
int runtime_set_pod_cidr(struct runtime *r, const char *cidr, struct error *err);
int runtime_sandbox_run(struct runtime *r, const struct keelson_sandbox_config *config, int cancel_fd,
                        struct arena *arena, const char **ret_id, struct error *err);
int runtime_sandbox_stop(struct runtime *r, const char *id, struct error *err);
int runtime_sandbox_remove(struct runtime *r, const char *id, struct error *err);
int runtime_sandbox_status(struct runtime *r, const char *id, struct arena *arena,
                           struct runtime_sandbox **ret, struct error *err);
int runtime_sandbox_list(struct runtime *r, struct arena *arena, struct runtime_sandbox **ret,
                         size_t *ret_count, struct error *err);
int runtime_container_create(struct runtime *r, const char *sandbox_id,
                             const struct keelson_container_config *config,
                             const struct keelson_sandbox_config *sandbox, struct arena *arena,
                             const char **ret_id, struct error *err);
int runtime_container_start(struct runtime *r, const char *id, struct error *err);
int runtime_container_stop(struct runtime *r, const char *id, int64_t grace_s, int cancel_fd,
                           struct error *err);
int runtime_container_remove(struct runtime *r, const char *id, struct error *err);
int runtime_container_status(struct runtime *r, const char *id, struct arena *arena,
                             struct runtime_container **ret, struct error *err);
/* Exit codes, times and messages are not filled. */
int runtime_container_list(struct runtime *r, struct arena *arena, struct runtime_container **ret,
                           size_t *ret_count, struct error *err);
int runtime_container_update(struct runtime *r, const char *id, const struct keelson_resources *resources,
                             struct error *err);
int runtime_container_reopen_log(struct runtime *r, const char *id, struct error *err);
/* Output (both streams) is cut at 10 KiB, as upstream does for probes. */
int runtime_exec(struct runtime *r, const char *id, const char *const *command, uint32_t count,
                 int64_t timeout_s, int cancel_fd, struct buffer *output, int32_t *ret_exit_code,
                 struct error *err);
/* Until cancelled. ERR_METHOD_NOT_ALLOWED: the runtime tells no events. */
int runtime_events(struct runtime *r, int cancel_fd,
                   int (*event)(void *context, const char *container_id, const char *sandbox_id),
                   void *context, struct error *err);
/* *ret NULL: not present. */
int runtime_image_status(struct runtime *r, const char *image, struct arena *arena,
                         struct runtime_image **ret, struct error *err);
int runtime_image_list(struct runtime *r, struct arena *arena, struct runtime_image **ret, size_t *ret_count,
                       struct error *err);
int runtime_image_pull(struct runtime *r, const char *image, const struct keelson_image_auth *auth,
                       const struct keelson_sandbox_config *sandbox, int cancel_fd, struct arena *arena,
                       const char **ret_ref, struct error *err);
int runtime_image_remove(struct runtime *r, const char *image, struct error *err);
/* ret_folder: where images lie, in the arena. */
int runtime_image_usage(struct runtime *r, uint64_t *ret_bytes, struct arena *arena, const char **ret_folder,
                        struct error *err);

/* Deep copies. */
void runtime_sandbox_copy(struct arena *arena, struct runtime_sandbox *to,
                          const struct runtime_sandbox *from);
void runtime_container_copy(struct arena *arena, struct runtime_container *to,
                            const struct runtime_container *from);

#endif
