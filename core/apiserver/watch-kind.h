/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Watches that are alike: of one resource, on one loop, in one form, below one prefix, with one selector.
 * What they are told is worked out and encoded once for all of them.
 *
 * Kinds that can only be concerned by some changes are found by what they select: the one key, or the value
 * of an indexed field (every kubelet watches the pods of its own node), so that a change is not held against
 * thousands of selectors. Loop thread.
 */
#ifndef KEELSON_APISERVER_WATCH_KIND_H
#define KEELSON_APISERVER_WATCH_KIND_H

#include "core/apiserver/cache-ring.h"
#include "core/apiserver/watch-encode.h"
#include "core/base/list.h"
#include "core/base/map.h"

struct watch_kind {
    struct list link; /* in kinds.general, or in a chain of kinds.indexed */
    struct watch_form form;
    struct match match;
    char *prefix; /* "namespace/"; "" for all */
    size_t prefix_size;
    char *identity, *index; /* index: its key in kinds.indexed; NULL: general */
    struct list live;       /* watches that are told at once */
    unsigned watches;       /* all of this kind */
    size_t *hits;           /* during a run: which changes may concern an indexed kind */
    size_t hits_count, hits_capacity;
    struct list hit_link;
};
struct watch_kinds {
    struct map *by_identity; /* → struct watch_kind */
    struct map *indexed;     /* index key → struct kind_chain */
    struct list general;
    unsigned fields_used[32]; /* kinds that are indexed by the field of that number */
};
void watch_kinds_init(struct watch_kinds *kinds);
void watch_kinds_done(struct watch_kinds *kinds);

struct watch_kind_key {
    const struct resource *resource;
    const struct output *output;
    const char *namespace_;                      /* "" for all */
    const char *label_selector, *field_selector; /* as written; NULL: none */
    const char *const *fields;                   /* the resource's */
};
/* Finds or makes; counts one watch. Errors: see match_parse. */
struct watch_kind *watch_kind_get(struct watch_kinds *kinds, const struct watch_kind_key *key,
                                  struct error *err);
void watch_kind_put(struct watch_kinds *kinds, struct watch_kind *kind);

/* Appends to `hit` (by hit_link) the indexed kinds that the changes may concern, with their hits. The caller
 * empties them with watch_kind_forget. */
void watch_kinds_find(struct watch_kinds *kinds, const struct change *changes, size_t count,
                      struct list *hit);
void watch_kind_forget(struct watch_kind *kind);

/* What a change means for watches of the kind, and the object to show. */
enum watch_type watch_translate(const struct watch_kind *kind, const struct change *change,
                                const struct object **ret_object);
bool watch_wants(const struct watch_kind *kind, const struct object *o);

#endif
