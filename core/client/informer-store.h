/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an informer keeps: the objects in one table of pointers (8 bytes an entry, the hash stands in the
 * object), and two indexes, by namespace and by the owner's index values, whose entries hold pointers only: a
 * value's text is read from one of its objects. Not locked: the informer's lock guards it.
 */
#ifndef KEELSON_CLIENT_INFORMER_STORE_H
#define KEELSON_CLIENT_INFORMER_STORE_H

#include "core/client/informer.h"

struct store_bucket {
    const char *value; /* inside one of the members */
    uint32_t value_size, hash;
    uint32_t count, capacity; /* capacity 0: the one member stands in place of the array */
    union {
        struct cached *one;
        struct cached **many;
    };
};
struct store_index {
    struct store_bucket *slots; /* open addressing; count 0: free */
    size_t capacity, used;
    bool places; /* members know their place: by namespace, where a bucket may be large */
};
struct store {
    struct cached **slots;
    size_t capacity, count;
    struct store_index by_namespace, by_value;
};

void store_init(struct store *s);
void store_done(struct store *s);
/* uid and index_values may be NULL; index_values: values with a NUL after each, values_size bytes in all. */
struct cached *cached_new(const char *key, uint64_t revision, struct slice text, const char *uid,
                          struct slice index_values);
struct cached *store_get(const struct store *s, const char *key); /* borrowed */
/* Takes the reference to c over; gives back the one to what had its key, or NULL. */
struct cached *store_put(struct store *s, struct cached *c);
struct cached *store_remove(struct store *s, const char *key);
/* Appends references. namespace_ NULL: all. */
size_t store_list(const struct store *s, const char *namespace_, struct cached ***ret);
size_t store_list_value(const struct store *s, const char *value, struct cached ***ret);
/* The first that was not seen in this round, borrowed; *cursor starts at 0 and stays valid over a
 * store_remove. */
struct cached *store_unseen(const struct store *s, uint32_t round, size_t *cursor);

#endif
