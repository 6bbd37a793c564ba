/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored objects (struct object of registry.h): making them from documents, and reading, matching and writing
 * them without a parse. Any thread.
 */
#ifndef KEELSON_APISERVER_STORED_H
#define KEELSON_APISERVER_STORED_H

#include "core/api/selector.h"
#include "core/apiserver/registry.h"

static inline struct slice stored_key(const struct object *o)
{
    return (struct slice){o->data, o->key_size};
}
static inline struct slice stored_text(const struct object *o)
{
    return (struct slice){o->data + o->key_size + 1, o->text_size};
}
/* The members of metadata, its closing brace included. */
static inline struct slice stored_metadata(const struct object *o)
{
    return (struct slice){o->data + o->key_size + 1, o->metadata_size};
}
struct slice stored_namespace(const struct object *o); /* empty for cluster-scoped ones */
struct slice stored_name(const struct object *o);
bool stored_label(const struct object *o, struct slice key, struct slice *ret_value);
/* The value of the index-th of the resource's selectable fields. */
struct slice stored_field(const struct object *o, unsigned index);
/* Bytes that it takes in memory. */
size_t stored_bytes(const struct object *o);

/* A new object, revision 0, one reference. document is complete but for kind, apiVersion and
 * metadata.resourceVersion, which are left out. fields: what selectors may name, NULL-terminated or NULL:
 * "path", "label=path" when selectors call it otherwise, "path|value" when absence means a value. */
struct object *stored_new(struct slice key, const struct json *document, const char *const *fields);
/* The name that selectors use for such a field. */
struct slice field_label(const char *field);
bool stored_same_text(const struct object *a, const struct object *b);

/* `{"kind":"Pod","apiVersion":"v1","metadata":{`: what stands before the text when it is written as this
 * row's version. */
void stored_head(const struct resource *resource, struct buffer *out);
/* head, resourceVersion, text. `revision` is mostly the object's own; a deleted object is told with that of
 * its deletion. */
void stored_write(struct buffer *out, struct slice head, const struct object *o, uint64_t revision);
#define STORED_ITEM_HEAD SLICE("{\"metadata\":{")
#define STORED_PARTIAL_HEAD                                                                                  \
    SLICE("{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":{")
/* The same with metadata alone. */
void stored_write_partial(struct buffer *out, struct slice head, const struct object *o, uint64_t revision);
#define STORED_REVISION_MAX 48 /* `"resourceVersion":"18446744073709551615",` */

/* What a list or watch asks for, ready to be matched against the index. */
struct match_term {
    int field; /* of the resource's fields; MATCH_NAME, MATCH_NAMESPACE */
    bool negate;
    struct slice value;
};
enum { MATCH_NAME = -1, MATCH_NAMESPACE = -2 };
struct match {
    struct selector *labels; /* NULL: everything */
    struct match_term *terms;
    unsigned terms_count;
    struct field_selector *fields; /* owns the terms' values */
};
/* Texts may be NULL or empty. Errors as upstream says them: ERR_BAD_REQUEST. */
int match_parse(struct match *m, const struct resource *resource, const char *const *fields,
                const char *label_selector, const char *field_selector, struct error *err);
bool match_everything(const struct match *m);
bool match_object(const struct match *m, const struct object *o);
/* The one name that the field selector asks for (metadata.name=x); data NULL: not just one. */
struct slice match_single_name(const struct match *m);
void match_done(struct match *m);

#endif
