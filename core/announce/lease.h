/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A node's lease: that it lives, and for which ranges of addresses it has an interface. One a node, in one
 * namespace, with a label that the others watch by; owned by its Node, so that it goes with it. Writing
 * blocks: not on the client's loop.
 */
#ifndef KEELSON_ANNOUNCE_LEASE_H
#define KEELSON_ANNOUNCE_LEASE_H

#include "core/client/client.h"

#define LEASE_SELECTOR "keelson.io/component=announce"

struct lease_view {   /* texts are the document's */
    const char *node; /* NULL: no lease of ours */
    const char *renewed, *announces;
    int64_t duration_s;
    uint64_t revision;
    bool held; /* false: given up */
};
void lease_read(const struct json *lease, struct lease_view *ret);

struct lease_text {
    const char *namespace_, *node, *node_uid; /* uid "": no owner */
    const char *renewed, *announces;
    int64_t duration_s;
};
/* Renews, or makes it. What takes longer than a second is of no use to anybody, and fails. */
int lease_write(struct client *c, const struct lease_text *text, uint64_t *ret_revision, struct error *err);
int lease_release(struct client *c, const char *namespace_, const char *node, struct error *err);

#endif
