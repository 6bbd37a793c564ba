/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An informer keeps a copy of one resource by list and watch, and tells of changes. What it keeps is each
 * object's JSON text, immutable and shared, with its key and a few indexed values; whoever looks at an object
 * parses it into an arena of his own.
 *
 * List with limit, then watch with bookmarks from the list's revision; a broken watch resumes at the last
 * revision; 410 Gone lists again and works out the differences, so that no event is lost or told twice.
 * Handlers run on the client's loop: they must only take notes (put a key into a work queue). Reading
 * functions may be called from any thread.
 */
#ifndef KEELSON_CLIENT_INFORMER_H
#define KEELSON_CLIENT_INFORMER_H

#include "core/api/selector.h"
#include "core/client/client.h"

/* One object as it was at a revision. */
struct cached {
    atomic_uint refs;
    uint32_t key_size, text_size;
    uint32_t hash; /* this and the next two are the informer's own */
    uint64_t revision;
    uint32_t seen, place;
    const char *uid;         /* in the text's memory; NUL-terminated */
    const char *index_value; /* what config.index found, NULL-able; several follow each other, an empty one
                                ends them */
    char data[]; /* key ("ns/name"), NUL, JSON text, NUL, uid, NUL, index values, each with NUL, NUL */
};
static inline const char *cached_key(const struct cached *c)
{
    return c->data;
}
static inline struct slice cached_text(const struct cached *c)
{
    return (struct slice){c->data + c->key_size + 1, c->text_size};
}
struct cached *cached_ref(struct cached *c);
void cached_unref(struct cached *c); /* NULL is fine */
static inline void cleanup_cached_unref(struct cached **c)
{
    cached_unref(*c);
}
/* Parses; never fails, since the text came from the server's own encoder and was checked on arrival. */
struct json *cached_parse(const struct cached *c, struct arena *arena);

struct informer;
struct informer_handler {
    /* old NULL: added; new_ NULL: deleted. Both given: changed, or re-told by a re-list (equal revisions are
     * not told). document is new_'s (or a deleted one's last) parsed form, valid during the call. */
    void (*changed)(void *context, struct cached *old, struct cached *new_, const struct json *document);
    void (*synced)(void *context); /* the first list is complete; may be NULL */
    void *context;
};
struct informer_config {
    struct client *client;
    const struct resource *resource;
    const char *namespace_;                      /* NULL: all */
    const char *label_selector, *field_selector; /* NULL: all */
    bool metadata_only; /* keeps and tells only metadata (for the garbage collector): asks for
                           PartialObjectMetadata */
    bool keys_only; /* keeps of each object its key, revision and uid: for an owner that takes all it needs
                       out of what it is told. The text is "{}", also of a deleted one that a list no longer
                       names. */
    /* An index: the objects of one value are listed together (pods by node, by owner uid). Writes into out,
     * false: none. NULL: no index. An object may stand under several values: they are separated by NUL bytes.
     */
    bool (*index)(const struct json *document, struct buffer *out);
    /* Drops what the owner never looks at before it is kept (managedFields, a pod's status, …); NULL:
     * managedFields are dropped. */
    void (*trim)(struct json *document);
};
struct informer *informer_new(const struct informer_config *config);
/* Before informer_start; any number. */
void informer_add_handler(struct informer *i, const struct informer_handler *handler);
void informer_start(struct informer *i);
bool informer_synced(const struct informer *i);
/* Blocks until synced, or false at the time-out. */
bool informer_wait_synced(struct informer *i, int64_t timeout_ms);
struct cached *informer_get(struct informer *i, const char *key); /* a reference, NULL when absent */
/* References to all (or to those with the index value); the caller releases each and the array. Returns the
 * count. */
size_t informer_list(struct informer *i, const char *namespace_, struct cached ***ret);
size_t informer_list_index(struct informer *i, const char *value, struct cached ***ret);
void cached_list_free(struct cached **list, size_t count);
size_t informer_count(const struct informer *i);
/* What is kept is as new as this revision: with the revision of an own write, a reader can tell whether it is
 * in the picture yet. */
uint64_t informer_revision(const struct informer *i);
/* Stops the watch: no handler is called any more once it returns; what is kept can still be read. Not on the
 * loop's thread. */
void informer_stop(struct informer *i);
/* Stops the watch and frees. Not on the loop's thread. */
void informer_free(struct informer *i);

#endif
