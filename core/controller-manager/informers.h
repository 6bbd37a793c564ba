/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shared informers: at most one a resource. Made while controllers start, on the main thread; started
 * together afterwards.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_INFORMERS_H
#define KEELSON_CONTROLLER_MANAGER_INFORMERS_H

#include "core/client/informer.h"

struct informers;
struct informers *informers_new(struct client *client);
/* A metadata-only informer is never asked for as a whole later. */
struct informer *informers_get(struct informers *s, const struct resource *r, bool metadata_only);
void informers_start(struct informers *s);
void informers_stop(struct informers *s); /* no handler runs afterwards */
void informers_free(struct informers *s);

#endif
