/* SPDX-License-Identifier: Apache-2.0 */
/* Security contexts (of the pod and of a container, the container's winning) as the runtime wants them. Any
 * thread. */
#ifndef KEELSON_KUBELET_POD_SECURITY_H
#define KEELSON_KUBELET_POD_SECURITY_H

#include "core/kubelet/runtime.h"
#include "core/api/json.h"

struct security_input {
    const struct json *pod, *container; /* container NULL: of the sandbox */
    const struct runtime_image *image;  /* for runAsNonRoot and the image's own user; NULL: unknown */
    const char *target_id;              /* an ephemeral container's target; NULL: none */
    const char *seccomp_root;           /* folder of Localhost profiles */
    bool seccomp_default;
};
/* ERR_BAD_REQUEST in upstream's words when runAsNonRoot forbids the image's user
 * (CreateContainerConfigError). */
int security_make(struct arena *arena, const struct security_input *input, struct keelson_security *ret,
                  struct error *err);

#endif
