/* SPDX-License-Identifier: Apache-2.0 */
/* What the proxy watches, cut down to what it reads. */
#ifndef KEELSON_PROXY_INFORMERS_H
#define KEELSON_PROXY_INFORMERS_H

#include "core/client/informer.h"

struct proxy_informers {
    struct informer *services, *slices, *node;
};
struct proxy_told { /* called on the client's loop */
    /* The service, or (endpoints) one of its slices, changed. */
    void (*service)(void *context, const char *key, bool endpoints);
    void (*node)(void *context);
    void *context;
};
/* node: our own name. told must outlive the informers. */
void proxy_informers_start(struct proxy_informers *i, struct client *client, const char *node,
                           const struct proxy_told *told);
/* Any of them NULL is fine. */
void proxy_informers_stop(struct proxy_informers *i);

#endif
