/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Making and deleting many pods of one owner, several at a time, each told to the owner's expectations before
 * it is asked for. Workers' threads.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_POD_BATCH_H
#define KEELSON_CONTROLLER_MANAGER_POD_BATCH_H

#include "core/controller-manager/expectations.h"
#include "core/controller-manager/pod-control.h"

struct pod_batch {
    const struct pod_control *control;
    struct expectations *expectations;
    const char *key; /* the owner's */
    const struct json *owner;
};
/* Creates so many pods in batches of 1, 2, 4, …, so that what is wrong with all of them is asked for a few
 * times only: a batch with a failure is the last. build makes the i-th pod in the arena, on several threads
 * at once. Returns how many were made; fewer than count: with err. */
size_t pods_create(const struct pod_batch *b, size_t count,
                   struct json *(*build)(void *context, struct arena *arena, size_t i), void *context,
                   struct error *err);
/* Deletes them all, whatever becomes of the others; one that is gone is fine. before (may be NULL) is called
 * first for each, on several threads at once; where it fails the pod is not deleted. ret_deleted (may be
 * NULL): count places, says which were. */
int pods_delete(const struct pod_batch *b, struct json *const *pods, size_t count,
                int (*before)(void *context, struct json *pod, struct error *err), void *context,
                bool *ret_deleted, struct error *err);

#endif
