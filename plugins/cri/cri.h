/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The inside of the CRI plugin: an instance is one channel to one runtime. Nothing here keeps state of pods;
 * what the runtime says is handed on, so any number of threads may be in an instance at once. The exception
 * is owner.h, a cache of which sandbox a container belongs to, for events.
 */
#ifndef CRI_H
#define CRI_H

#include <keelson/runtime.h>
#include <stdbool.h>

#include "lib/grpc-c/grpc-c.h"
#include "plugins/cri/cri.pb-c.h"
#include "plugins/cri/owner.h"

struct cri {
    const struct keelson_host *host;
    struct grpc_channel *channel;
    int64_t
        call_timeout_ms; /* upper bound of calls that the runtime answers at once; 0: none but the host's */
    struct owners *owners;
};

/* How long a call may take. */
enum cri_pace {
    CRI_QUICK, /* the runtime answers at once: call_timeout_ms counts */
    CRI_LONG   /* starts, stops, pulls, runs something: the host's deadline alone counts */
};

#define CRI_RUNTIME "/runtime.v1.RuntimeService/"
#define CRI_IMAGES  "/runtime.v1.ImageService/"

/* call.c */
enum keelson_status cri_status_of(enum grpc_code code);
/* Says why through host->fail and returns the status. */
enum keelson_status cri_fail(struct cri *cri, const struct keelson_call *call, const char *what,
                             const struct grpc_error *err);
/* One call; *ret is to be freed with cri_free(). path: "/runtime.v1.…/Method". On failure the host knows why.
 */
enum keelson_status cri_call(struct cri *cri, const struct keelson_call *call, enum cri_pace pace,
                             const char *path, const ProtobufCMessage *request,
                             const ProtobufCMessageDescriptor *response, void *ret);
/* For calls that name one sandbox or container and answer nothing. */
enum keelson_status cri_call_id(struct cri *cri, const struct keelson_call *call, enum cri_pace pace,
                                const char *path, const char *id);
/* For calls that answer one string. *ret_text lies in *ret. */
enum keelson_status cri_call_text(struct cri *cri, const struct keelson_call *call, enum cri_pace pace,
                                  const char *path, const ProtobufCMessage *request,
                                  const struct keelson_text_sink *sink);
void cri_free(void *message);
static inline void cri_freep(void *message)
{
    cri_free(*(void **)message);
}
#define _cleanup_message_ __attribute__((cleanup(cri_freep)))

/* The interfaces' functions, by file: sandbox.c, container.c, exec.c, info.c, events.c, usage.c; image.c. */
enum keelson_status cri_info(void *instance, const struct keelson_call *call,
                             struct keelson_runtime_info *ret);
enum keelson_status cri_set_pod_cidr(void *instance, const struct keelson_call *call, const char *pod_cidr);
enum keelson_status cri_sandbox_run(void *instance, const struct keelson_call *call,
                                    const struct keelson_sandbox_config *config,
                                    const struct keelson_text_sink *id);
enum keelson_status cri_sandbox_stop(void *instance, const struct keelson_call *call, const char *sandbox_id);
enum keelson_status cri_sandbox_remove(void *instance, const struct keelson_call *call,
                                       const char *sandbox_id);
enum keelson_status cri_sandbox_status(void *instance, const struct keelson_call *call,
                                       const char *sandbox_id, const struct keelson_sandbox_sink *sink);
enum keelson_status cri_sandbox_list(void *instance, const struct keelson_call *call,
                                     const struct keelson_sandbox_sink *sink);
enum keelson_status cri_container_create(void *instance, const struct keelson_call *call,
                                         const char *sandbox_id,
                                         const struct keelson_container_config *config,
                                         const struct keelson_sandbox_config *sandbox,
                                         const struct keelson_text_sink *id);
enum keelson_status cri_container_start(void *instance, const struct keelson_call *call,
                                        const char *container_id);
enum keelson_status cri_container_stop(void *instance, const struct keelson_call *call,
                                       const char *container_id, int64_t grace_s);
enum keelson_status cri_container_remove(void *instance, const struct keelson_call *call,
                                         const char *container_id);
enum keelson_status cri_container_status(void *instance, const struct keelson_call *call,
                                         const char *container_id, const struct keelson_container_sink *sink);
enum keelson_status cri_container_list(void *instance, const struct keelson_call *call,
                                       const struct keelson_container_sink *sink);
enum keelson_status cri_container_update(void *instance, const struct keelson_call *call,
                                         const char *container_id, const struct keelson_resources *resources);
enum keelson_status cri_container_reopen_log(void *instance, const struct keelson_call *call,
                                             const char *container_id);
enum keelson_status cri_container_usage(void *instance, const struct keelson_call *call,
                                        const struct keelson_usage_sink *sink);
enum keelson_status cri_exec_sync(void *instance, const struct keelson_call *call, const char *container_id,
                                  const char *const *command, uint32_t command_count, int64_t timeout_s,
                                  const struct keelson_text_sink *output, int32_t *ret_exit_code);
enum keelson_status cri_exec(void *instance, const struct keelson_call *call, const char *container_id,
                             const char *const *command, uint32_t command_count, int tty, int stdin_,
                             int stdout_, int stderr_, const struct keelson_text_sink *url);
enum keelson_status cri_attach(void *instance, const struct keelson_call *call, const char *container_id,
                               int tty, int stdin_, int stdout_, int stderr_,
                               const struct keelson_text_sink *url);
enum keelson_status cri_port_forward(void *instance, const struct keelson_call *call, const char *sandbox_id,
                                     const int32_t *ports, uint32_t ports_count,
                                     const struct keelson_text_sink *url);
enum keelson_status cri_events(void *instance, const struct keelson_call *call,
                               const struct keelson_runtime_event_sink *sink);

enum keelson_status cri_image_list(void *instance, const struct keelson_call *call,
                                   const struct keelson_image_sink *sink);
enum keelson_status cri_image_status(void *instance, const struct keelson_call *call, const char *image,
                                     const struct keelson_image_sink *sink);
enum keelson_status cri_image_pull(void *instance, const struct keelson_call *call, const char *image,
                                   const struct keelson_image_auth *auth,
                                   const struct keelson_sandbox_config *sandbox,
                                   const struct keelson_text_sink *image_ref);
enum keelson_status cri_image_remove(void *instance, const struct keelson_call *call, const char *image);
enum keelson_status cri_image_usage(void *instance, const struct keelson_call *call, uint64_t *ret_used_bytes,
                                    uint64_t *ret_used_inodes, const struct keelson_text_sink *folder);

#endif
