/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The parts of OpenAPI documents. A document is walked, not built: each path item and each schema is made as
 * JSON in the builder's arena, shown to the visitor and forgotten, so that a document of megabytes costs no
 * more memory than its text. For openapi*.c only; one thread a builder.
 */
#ifndef KEELSON_API_OPENAPI_BUILD_H
#define KEELSON_API_OPENAPI_BUILD_H

#include "core/api/openapi.h"
#include "core/base/map.h"

enum openapi_dialect { OPENAPI_V2, OPENAPI_V3 };

struct openapi_visitor {
    /* Paths come first, then parameters that several of them refer to, then schemas. */
    void (*path)(void *context, const char *path, const struct json *item);
    void (*parameter)(void *context, const char *name, const struct json *parameter);
    void (*schema)(void *context, const char *name, const struct json *schema);
    void *context;
};

/* A custom resource's two types as far as references go; their schemas are JSON. */
struct openapi_custom_types {
    const struct openapi_custom *custom;
    struct schema_type type, list; /* names are owned */
};

struct openapi_builder {
    struct arena arena;
    struct openapi_custom_types *customs;
    size_t customs_count;
    enum openapi_dialect dialect;
    const struct openapi_visitor *visitor;
    struct map
        *seen; /* names of types that paths referred to, not yet looked into: the schemas of the document */
    const struct schema_type **pending; /* seen, not yet shown */
    size_t pending_count, pending_capacity;
    bool used_special[16]; /* rows of openapi_specials */
};

/* Schemas that are no object types: Quantity, Time, IntOrString. */
struct openapi_special {
    const char *name;
    const char *v2, *v3; /* JSON text */
};
extern const struct openapi_special openapi_specials[];
extern const unsigned openapi_specials_count;

/* {"$ref": …}; what is referred to becomes part of the document. */
struct json *openapi_ref(struct openapi_builder *b, const struct schema_type *type);
struct json *openapi_ref_special(struct openapi_builder *b, const char *name);
/* A type's schema with its properties and extensions. */
struct json *openapi_schema(struct openapi_builder *b, const struct schema_type *type);
/* Custom resources: made from the input, and given back. */
void openapi_customs_init(struct openapi_builder *b, const struct openapi_input *input);
void openapi_customs_done(struct openapi_builder *b);
const struct openapi_custom_types *openapi_custom_find(const struct openapi_builder *b,
                                                       const struct resource *resource);
/* The schema of one of their types; NULL when the type is none of theirs. */
struct json *openapi_custom_schema(struct openapi_builder *b, const struct schema_type *type);
/* {"group": …, "version": …, "kind": …} */
struct json *openapi_gvk(struct openapi_builder *b, const char *group, const char *version, const char *kind);

/* Shows the resource's path items to the visitor. */
void openapi_show_paths(struct openapi_builder *b, const struct resource *resource);
/* A path that only answers GET. */
void openapi_show_get(struct openapi_builder *b, const char *path, const char *operation_id,
                      const struct schema_type *answer);
void openapi_show_parameters(struct openapi_builder *b);

/* Whole documents. v3: false when there is none of that name. */
void openapi_walk_v2(const struct openapi_input *input, const struct openapi_visitor *visitor);
void openapi_list_v3(const struct openapi_input *input, void (*visit)(void *context, const char *path),
                     void *context);
bool openapi_walk_v3(const struct openapi_input *input, const char *path,
                     const struct openapi_visitor *visitor);

/* Messages of gnostic's OpenAPI models, encoded from the JSON that they stand for. */
struct gnostic_message;
extern const struct gnostic_model {
    const struct gnostic_message *info, *path, *parameter, *schema;
} gnostic_v2, gnostic_v3;
/* Appends the field with that number: a message of name and value, or the value alone when name is NULL. */
void gnostic_append(struct buffer *out, unsigned number, const struct gnostic_message *message,
                    const char *name, const struct json *value);
void gnostic_append_string(struct buffer *out, unsigned number, struct slice text);
/* Puts tag and length before what was appended since `start`. */
void gnostic_wrap(struct buffer *out, size_t start, unsigned number);

#endif
