/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An API server for the controllers' tests, in memory and in the same process, behind struct transport. It
 * keeps what controllers rely on and is strict about it: resource versions and conflicts, uids and
 * preconditions, generations, finalizers, subresources, watches from a revision. It does not validate,
 * default or authorize.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_FAKE_API_H
#define KEELSON_CONTROLLER_MANAGER_FAKE_API_H

#include "core/client/client.h"

struct fake_api;
/* Its transport is given to one client, which owns it; the loop is the client's. */
struct fake_api *fake_api_new(struct loop *loop);
struct transport *fake_api_transport(struct fake_api *f);

/* Any thread. JSON text with single quotes for double ones. Returns the object as made, in the arena; fails
 * the test otherwise. */
struct json *fake_api_create(struct fake_api *f, struct arena *arena, const char *text);
/* NULL when there is none. path: as in requests, "/apis/apps/v1/namespaces/ns/deployments/web". */
struct json *fake_api_get(struct fake_api *f, struct arena *arena, const char *path);
/* All of one resource, an array: "/apis/apps/v1/replicasets". */
struct json *fake_api_list(struct fake_api *f, struct arena *arena, const char *path);
/* A merge patch, in the same quoting. */
void fake_api_patch(struct fake_api *f, const char *path, const char *text);
void fake_api_delete(struct fake_api *f, const char *path, const char *propagation);
/* Requests whose "METHOD path" starts so are answered with that status from now on; NULL ends it. */
void fake_api_fail(struct fake_api *f, const char *prefix, int status, const char *reason);
/* Blocks until check(context) holds, looking again after each write; fails the test after 10 s. */
void fake_api_wait(struct fake_api *f, bool (*check)(struct fake_api *f, void *context), void *context,
                   const char *what);
/* How many requests with that "METHOD path" start were made. */
unsigned fake_api_count(struct fake_api *f, const char *prefix);

#endif
