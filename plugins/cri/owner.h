/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which sandbox a container belongs to. containerd's events name a container or a sandbox by its id and do
 * not say which; this is the memory of the answers, fed by every list and create that passes through the
 * plugin. Any thread.
 */
#ifndef CRI_OWNER_H
#define CRI_OWNER_H

#include <stdbool.h>
#include <stddef.h>

struct owners;
struct owners *owners_new(void);
void owners_free(struct owners *owners);
/* A sandbox owns itself. */
void owners_add(struct owners *owners, const char *id, const char *sandbox_id);
void owners_remove(struct owners *owners, const char *id);
/* Copies the sandbox's id; false when unknown. */
bool owners_find(struct owners *owners, const char *id, char *ret_sandbox_id, size_t size);

#endif
