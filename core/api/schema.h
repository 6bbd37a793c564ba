/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Pod is, as data. One row a field; one engine walks the rows to decode, default, validate, patch,
 * print and publish. The rows of the built-in types stand in core/api/schema/, a file a group and version; a
 * custom resource's structural schema compiles into the same rows. Rows are immutable; any thread.
 */
#ifndef KEELSON_API_SCHEMA_H
#define KEELSON_API_SCHEMA_H

#include "core/api/json.h"

struct schema_type;

enum schema_kind {
    SCHEMA_STRING,
    SCHEMA_BYTES, /* base64 in JSON */
    SCHEMA_INT32,
    SCHEMA_INT64,
    SCHEMA_DOUBLE,
    SCHEMA_BOOL,
    SCHEMA_OBJECT,   /* field.type says which */
    SCHEMA_QUANTITY, /* a string or a number in, canonical string out */
    SCHEMA_TIME,     /* RFC 3339, seconds */
    SCHEMA_MICRO_TIME,
    SCHEMA_INT_OR_STRING,
    SCHEMA_RAW,      /* any JSON (RawExtension, FieldsV1, JSON) */
    SCHEMA_DURATION, /* a Go duration string (metav1.Duration) */
    /* A CRD's schema or something else in its place; any JSON but for protobuf. */
    SCHEMA_PROPS_OR_ARRAY,
    SCHEMA_PROPS_OR_BOOL,
    SCHEMA_PROPS_OR_STRINGS
};
enum schema_shape { SCHEMA_ONE, SCHEMA_LIST, SCHEMA_MAP /* string keys */, SCHEMA_MAP_OF_LISTS };
enum schema_list { SCHEMA_LIST_ATOMIC, SCHEMA_LIST_SET, SCHEMA_LIST_MAP }; /* x-kubernetes-list-type */
enum schema_flags {
    SCHEMA_REQUIRED = 1u,
    SCHEMA_PATCH_MERGE = 2u, /* strategic merge: x-kubernetes-patch-strategy merge */
    SCHEMA_PATCH_RETAIN_KEYS = 4u,
    SCHEMA_PATCH_REPLACE = 8u,
    SCHEMA_MAP_ATOMIC = 16u,
    SCHEMA_IMMUTABLE = 32u, /* may not change once the object exists */
    SCHEMA_NULLABLE = 64u,
    SCHEMA_PRESERVE_UNKNOWN = 128u,
    SCHEMA_OMIT_ZERO = 1024u,  /* 0 and false are the same as nothing, and not stored */
    SCHEMA_KEEP_EMPTY = 2048u, /* "" is not the same as nothing */
    SCHEMA_MUST = 256u, /* validation refuses it when it is absent or empty; SCHEMA_REQUIRED alone is only
                           published: a zero value will do */
    SCHEMA_DEFAULT_ZERO =
        512u /* the default also takes the place of "", 0 and false (not a pointer upstream) */
};
enum schema_type_flags {
    SCHEMA_TYPE_ATOMIC = 1u, /* x-kubernetes-map-type: atomic */
    SCHEMA_TYPE_PRESERVE_UNKNOWN = 4u,
    SCHEMA_TYPE_CUSTOM =
        2u /* of a custom resource: empty lists and maps and nullable nulls are kept as they came */
};
struct validation; /* core/api/validate.h */
/* How a value's text is checked; rows of a table in schema-validate.c ("dns-1123-label", "qualified-name",
 * "port", "ip", "absolute-path", …). */
struct schema_check;

struct schema_field {
    const char *name;
    const struct schema_type *type; /* SCHEMA_OBJECT */
    const char *const *merge_keys;  /* list-map keys, NULL-terminated; NULL: none */
    const char *patch_merge_key;    /* strategic merge; NULL: the first merge key */
    const char *default_json;       /* NULL: none */
    const char *const *enum_values; /* NULL-terminated; NULL: any */
    const struct schema_check *check;
    int64_t minimum, maximum;  /* both 0: not limited */
    uint16_t proto;            /* protobuf field number; 0: none */
    uint16_t flags;            /* enum schema_flags */
    uint8_t kind, shape, list; /* enums above */
    uint8_t embed; /* protobuf: number of the message around the field, in the high nibble of a second one
                      inside that; 0: none */
};
struct schema_type {
    const char *name;                   /* "io.k8s.api.core.v1.PodSpec" */
    const char *group, *version, *kind; /* of a top-level type; NULL otherwise */
    const struct schema_field *fields;
    uint16_t fields_count;
    uint16_t flags;          /* enum schema_type_flags */
    const uint16_t *by_name; /* a hash table of the fields, made at the first look-up; of a custom type freed
                                with it by its owner */
    uint8_t defaults; /* found out by schema_default: 0 not yet, 1 there are some in it or below, 2 none */
    /* What is not a row: run on each object of the type, parents first for defaults. NULL: nothing. */
    void (*default_hook)(struct arena *arena, struct json *object);
    void (*validate_hook)(struct validation *v, const struct json *object);
};

const struct schema_type *schema_find(const char *type_name); /* NULL: unknown */
const struct schema_type *schema_find_kind(const char *group, const char *version, const char *kind);
const struct schema_field *schema_field(const struct schema_type *type,
                                        struct slice name); /* NULL: unknown */

/* fieldValidation of a write: what happens to unknown and duplicate fields. */
enum schema_strictness { SCHEMA_IGNORE, SCHEMA_WARN, SCHEMA_STRICT };
/* Parses text by the rows: unknown fields are dropped (unless SCHEMA_STRICT: ERR_BAD_REQUEST with upstream's
 * words: `strict decoding error: unknown field "spec.foo"`), ill-typed ones are ERR_BAD_REQUEST naming the
 * field, null members are dropped, quantities and times are put into canonical form. With SCHEMA_WARN the
 * messages go to warnings, one a line. type NULL: any JSON object. */
int schema_decode(struct arena *arena, const struct schema_type *type, struct slice text,
                  enum schema_strictness strictness, struct json **ret, struct buffer *warnings,
                  struct error *err);
/* The same for a document that was parsed otherwise (a patch's result, YAML); changes it in place. */
int schema_prune(struct arena *arena, const struct schema_type *type, struct json *object,
                 enum schema_strictness strictness, struct buffer *warnings, struct error *err);
/* Sets what is absent and has a default, at every depth where the parent exists; of built-in types also what
 * is always written: the zero of a SCHEMA_REQUIRED row without SCHEMA_MUST, and a kind's status. Defaults
 * that depend on other fields are hooks (schema-default.c). Idempotent. */
void schema_default(struct arena *arena, const struct schema_type *type, struct json *object);
/* Required fields, enums, ranges, checks. Adds causes to err (ERR_INVALID is made by error_set_invalid);
 * returns the number of causes. */
unsigned schema_validate(const struct schema_type *type, const struct json *object, struct error *err);

/* Rows that are SCHEMA_IMMUTABLE and differ between the stored object and the new one. As schema_validate. */
unsigned schema_validate_update(const struct schema_type *type, const struct json *old,
                                const struct json *object, struct error *err);

enum patch_type { PATCH_JSON, PATCH_MERGE, PATCH_STRATEGIC };
/* Applies patch to a copy of original. Errors: ERR_BAD_REQUEST (not a patch), ERR_INVALID (a JSON patch whose
 * test or path fails: 422), ERR_UNSUPPORTED_MEDIA_TYPE (strategic merge without type). The result still has
 * to be pruned, defaulted and validated. */
int patch_apply(struct arena *arena, enum patch_type patch_type, const struct schema_type *type,
                const struct json *original, struct slice patch, struct json **ret, struct error *err);

/* application/vnd.kubernetes.protobuf: the message, without the k8s\0 envelope and runtime.Unknown
 * (protobuf.c makes those too). What is
 * read has been pruned. */
int schema_to_protobuf(const struct schema_type *type, const struct json *object, struct buffer *out,
                       struct error *err);
int schema_from_protobuf(struct arena *arena, const struct schema_type *type, struct slice data,
                         struct json **ret, struct error *err);

#endif
