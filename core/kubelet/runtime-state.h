/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the runtime holds, kept: sandboxes and containers by pod. Events mark an entry as old, and whoever
 * looks at the pod asks the runtime about just that entry; a list once a minute finds what events missed. Any
 * thread.
 */
#ifndef KEELSON_KUBELET_RUNTIME_STATE_H
#define KEELSON_KUBELET_RUNTIME_STATE_H

#include "core/kubelet/decide.h"

struct runtime_state;
/* changed: something of the pod is different from what was known; called without locks from any thread. */
struct runtime_state *runtime_state_new(struct runtime *runtime,
                                        void (*changed)(void *context, const char *uid), void *context);
void runtime_state_free(struct runtime_state *s);
/* Lists everything and works out the differences. */
int runtime_state_relist(struct runtime_state *s, struct error *err);
/* Has a list ever come through? Until then the absence of a sandbox means nothing. */
bool runtime_state_is_known(struct runtime_state *s);
/* An event of the runtime's; ids may be "". Returns false when only a relist can tell what it meant. */
bool runtime_state_event(struct runtime_state *s, const char *container_id, const char *sandbox_id);
/* The pod's sandboxes and containers, the newest first, after asking about what changed. */
int runtime_state_pod(struct runtime_state *s, const char *uid, struct arena *arena, struct pod_runtime *ret,
                      struct error *err);
/* What the kubelet just made or removed. The next look asks the runtime about what is new. */
void runtime_state_added(struct runtime_state *s, const char *uid, const char *sandbox_id,
                         const char *container_id /* or NULL */, const char *name);
void runtime_state_removed(struct runtime_state *s, const char *id);
/* Forces a look at every entry of the pod. */
void runtime_state_mark(struct runtime_state *s, const char *uid);
/* Puts a message (from the termination message file) to an ended container, so that the file is read once. */
void runtime_state_set_message(struct runtime_state *s, const char *container_id, const char *message);
/* The pods that the runtime holds something of, in the arena. */
size_t runtime_state_uids(struct runtime_state *s, struct arena *arena, const char ***ret);

#endif
