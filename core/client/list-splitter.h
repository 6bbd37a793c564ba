/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cuts a list's JSON text into its items while it arrives, so that a list of any size costs the memory of its
 * largest item. It looks at strings and brackets only; the items, and what stands around them, are parsed
 * (and thereby checked) by others.
 */
#ifndef KEELSON_CLIENT_LIST_SPLITTER_H
#define KEELSON_CLIENT_LIST_SPLITTER_H

#include "core/base/buffer.h"

#define LIST_ITEM_BYTES_MAX (16u * 1024 * 1024)

struct list_splitter {
    struct buffer frame; /* the text without the items: {"kind":…,"metadata":{…},"items":[]} */
    struct buffer item;
    unsigned depth;
    bool in_string, escaped, in_items;
    bool (*take)(void *context, struct slice item); /* false: stop, the list is of no use */
    void *context;
};
/* false when take said so or an item is too large. Pieces may end anywhere. */
bool list_splitter_feed(struct list_splitter *s, struct slice data);
/* Keeps take, context and memory. */
void list_splitter_reset(struct list_splitter *s);
void list_splitter_done(struct list_splitter *s);

#endif
