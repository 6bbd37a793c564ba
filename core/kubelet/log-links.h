/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /var/log/containers/POD_NAMESPACE_CONTAINER-ID.log: links to the containers' logs, by which log collectors
 * find them. The folder stands beside that of the pods' logs. Any thread.
 */
#ifndef KEELSON_KUBELET_LOG_LINKS_H
#define KEELSON_KUBELET_LOG_LINKS_H

#include "core/kubelet/kubelet.h"

/* A failure costs nothing but the link, and is logged. */
void log_link_add(struct kubelet *k, const struct json *pod, const char *container, const char *id,
                  const char *path);
/* Takes away the links whose logs are gone. */
void log_links_collect(struct kubelet *k);

#endif
