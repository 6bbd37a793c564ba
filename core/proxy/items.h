/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What one family's nftables table should hold, and what it holds: each item (an element of a set or map, a
 * chain, a set of its own) with the value that is wanted and the value that the kernel has. Services put in
 * and take out their items; those that differ are dirty, and only they are sent. Items that several services
 * share (a chain "pick one of 5") are counted. One thread at a time.
 */
#ifndef KEELSON_PROXY_ITEMS_H
#define KEELSON_PROXY_ITEMS_H

#include "core/base/arena.h"
#include "core/base/buffer.h"
#include "core/base/map.h"

enum item_kind {
    ITEM_CLUSTER_IP, /* elements, by the set or map that they are in */
    ITEM_NODE_ADDRESS,
    ITEM_HAIRPIN,
    ITEM_RESTRICTED,
    ITEM_SOURCE,
    ITEM_SERVICE,
    ITEM_NODEPORT,
    ITEM_UNSERVED,
    ITEM_UNSERVED_NODEPORT,
    ITEM_ENDPOINT,
    ITEM_NODEPORT_ENDPOINT,
    ITEM_CHAIN, /* key: its name; value: its rules, one a line */
    ITEM_SET,   /* key: its name; value: its declaration */
    ITEM_PICK,  /* chains that look into the maps of endpoints, a line each: "name rule". libnftables 1.0
                   refuses  such a rule in a transaction that does not also declare the map (it loses that "th
                   dport" is raw),  so these come with a new table only, and stay in it when unused */
    ITEM_FLOW,  /* not in the kernel: a UDP frontend ("10.0.0.1 53") or one of its backends ("10.0.0.1
                   53 10.1.0.7  5353"), for the clearing of stale connections; a node port's address is "*" */
    ITEM_KINDS
};
extern const char *const item_set_names[ITEM_CHAIN];

/* What one owner wants. Texts live in the arena. */
struct wish {
    enum item_kind kind;
    const char *key, *value;
};
struct wishes {
    struct arena arena;
    struct wish *list;
    size_t count, capacity;
};
/* key and value are copied; value "" for elements of sets. */
void wishes_add(struct wishes *w, enum item_kind kind, const char *key, const char *value);
void wishes_clear(struct wishes *w);
void wishes_done(struct wishes *w);

struct items;
struct items *items_new(void);
void items_free(struct items *t);
/* The owner's items are those and no others from now on; NULL wishes: none. False when another owner holds
 * one with another value, which stays as it is. */
bool items_replace(struct items *t, const char *owner, const struct wishes *wishes);
bool items_dirty(const struct items *t);
bool items_flows_dirty(const struct items *t);
size_t items_count(const struct items *t);
/* A chain is wanted that only a new table can have. */
bool items_need_new_table(const struct items *t);
/* Is (or, with gone, was until this sync) the item there? */
bool items_has(const struct items *t, enum item_kind kind, const char *key, bool or_gone);
/* The commands that make the kernel's table `table` ("ip kube-proxy") hold what is wanted; in an order
 * that nft can run as one transaction. */
void items_script(const struct items *t, const char *table, struct buffer *out);
/* The script was run. */
void items_applied(struct items *t);
/* The kernel's table is new and empty: everything is to be sent. */
void items_forget(struct items *t);

#endif
