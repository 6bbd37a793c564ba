/* SPDX-License-Identifier: Apache-2.0 */
/* A container's environment: service variables, envFrom, env with references and $(VAR) expansion, as
 * upstream orders them. Any thread. */
#ifndef KEELSON_KUBELET_ENVIRONMENT_H
#define KEELSON_KUBELET_ENVIRONMENT_H

#include "core/kubelet/volume.h"

struct environment_variable {
    const char *name, *value;
};
struct environment_input {
    const struct json *pod, *container;
    const struct volume_source *source;
    /* Services of the pod's namespace and the API server's, for NAME_SERVICE_HOST and such; an array of
     * Service documents, may be NULL. */
    struct json *const *services;
    size_t services_count;
    int64_t node_cpu_milli, node_memory_bytes;
    const char *pod_ip, *host_ip;
};
/* In the arena. Errors carry upstream's words (`secret "x" not found`, `couldn't find key k in ConfigMap
 * ns/x`): the container waits with CreateContainerConfigError. */
int environment_make(struct arena *arena, const struct environment_input *input,
                     struct environment_variable **ret, size_t *ret_count, struct error *err);
/* $(NAME) in command, args and values; $$ is a dollar; unknown references stay as they are. */
const char *environment_expand(struct arena *arena, const char *text,
                               const struct environment_variable *variables, size_t count);
/* The first name that the text refers to and that there is not; NULL: none. In the arena. */
const char *environment_unknown(struct arena *arena, const char *text,
                                const struct environment_variable *variables, size_t count);

#endif
