/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the host's structs to CRI's messages and back. Messages point into what the host gave and into the
 * scratch memory: both must live until the message is sent.
 */
#ifndef CRI_CONVERT_H
#define CRI_CONVERT_H

#include <keelson/runtime.h>

#include "plugins/cri/cri.pb-c.h"
#include "plugins/cri/scratch.h"

Runtime__V1__PodSandboxConfig *convert_sandbox(struct scratch *scratch,
                                               const struct keelson_sandbox_config *config);
Runtime__V1__ContainerConfig *convert_container(struct scratch *scratch,
                                                const struct keelson_container_config *config);
/* NULL when nothing is limited. */
Runtime__V1__LinuxContainerResources *convert_resources(struct scratch *scratch,
                                                        const struct keelson_resources *resources);
/* NULL when there is nothing to say. */
Runtime__V1__LinuxContainerSecurityContext *
convert_container_security(struct scratch *scratch, const struct keelson_security *security);
Runtime__V1__LinuxSandboxSecurityContext *convert_sandbox_security(struct scratch *scratch,
                                                                   const struct keelson_security *security);

/* Texts and lists of texts as protobuf-c wants them, which does not know const. */
char *convert_text(const char *text); /* NULL becomes "" */
char **convert_texts(const char *const *texts);
Runtime__V1__Pair **convert_pairs(struct scratch *scratch, const struct keelson_pairs *pairs);
struct keelson_pairs convert_pairs_back(struct scratch *scratch, Runtime__V1__Pair *const *pairs,
                                        size_t count);

#endif
