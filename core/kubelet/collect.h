/* SPDX-License-Identifier: Apache-2.0 */
/* What is taken away after use: dead containers, grown logs, folders and cgroups of pods that are gone.
 * Chores. */
#ifndef KEELSON_KUBELET_COLLECT_H
#define KEELSON_KUBELET_COLLECT_H

#include "core/kubelet/kubelet.h"

int collect_containers(struct kubelet *k, struct error *err); /* all but the newest dead one of each name */
int collect_orphans(struct kubelet *k,
                    struct error *err); /* pods that only the runtime, the disk or the cgroups know */
int collect_logs(struct kubelet *k, struct error *err); /* rotates logs larger than the limit */
/* Gives the Burstable class the CPU weight that its pods ask for together. */
void collect_class_weight(struct kubelet *k);

#endif
