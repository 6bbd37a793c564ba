/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Has an informer seen our last write for a key? Until it has, its picture is older than our deeds, and
 * another round on it would do them twice. Any thread.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_OWN_WRITES_H
#define KEELSON_CONTROLLER_MANAGER_OWN_WRITES_H

#include "core/client/informer.h"

struct own_writes;
struct own_writes *own_writes_new(void);
void own_writes_free(struct own_writes *w);
/* written: the server's answer to a create, update or patch. */
void own_writes_note(struct own_writes *w, const char *key, const struct json *written);
/* True when nothing was written for the key, or i has seen it; also when i has not for half a minute. */
bool own_writes_seen(struct own_writes *w, const char *key, const struct informer *i);

#endif
