/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a validation rule needs: where in the object it is, and upstream's words for what can be wrong.
 * `field` is always relative to the object that the rule was given ("name"; "" is the object itself). One
 * validation belongs to one thread.
 */
#ifndef KEELSON_API_VALIDATE_H
#define KEELSON_API_VALIDATE_H

#include "core/api/json.h"
#include "core/api/schema.h"

#define NO_INDEX UINT32_MAX
/* One step from an object to what is in it: a member, an element of one ("containers", 2), or a value of a
 * map. */
struct validation_place {
    const struct validation_place *up;
    const char *key; /* NULL: an element of what is above */
    uint32_t key_size, index;
    bool in_map; /* written as [key] */
};
struct validation {
    struct error *err;
    const struct schema_type *type; /* of the whole object */
    const struct json *root;
    const struct validation_place *place;
    unsigned causes;
};
/* place must live until validation_leave. */
void validation_enter(struct validation *v, struct validation_place *place, const char *key, uint32_t index);
void validation_leave(struct validation *v);
/* The same for a value of the map object[key]. */
void validation_enter_value(struct validation *v, struct validation_place place[2], const char *key,
                            const struct json *value);
void validation_leave_value(struct validation *v);

void validation_required(struct validation *v, const char *field, const char *detail /* "": none */);
__attribute__((format(printf, 4, 5))) void validation_invalid(struct validation *v, const char *field,
                                                              const struct json *value, const char *fmt, ...);
__attribute__((format(printf, 3, 4))) void validation_forbidden(struct validation *v, const char *field,
                                                                const char *fmt, ...);
void validation_unsupported(struct validation *v, const char *field, const struct json *value,
                            const char *const *supported);
void validation_duplicate(struct validation *v, const char *field, const struct json *value);
void validation_not_found(struct validation *v, const char *field, const struct json *value);
void validation_too_long(struct validation *v, const char *field, unsigned max_bytes);
void validation_too_many(struct validation *v, const char *field, unsigned count, unsigned max);

/* Rules that several kinds share. Each looks at the member `key` of object. */
void validate_labels(struct validation *v, const char *field, const struct json *labels);
void validate_name(
    struct validation *v,
    const struct json *object); /* metadata.name and .namespace of the whole object, by its kind */
/* Each element's member is unlike those before it; list is object[key]. */
void validate_unique(struct validation *v, const struct json *object, const char *key, const char *member);
/* Text of a relative path below a volume: neither absolute nor with "..". */
void validate_relative_path(struct validation *v, const struct json *object, const char *key);
/* A port by number or name. */
void validate_port(struct validation *v, const struct json *object, const char *key);
/* Amounts of resources by name, as containers have them. */
void validate_amounts(struct validation *v, const struct json *object, const char *key);
/* Of a pod's spec: topologySpreadConstraints against each other. */
void validate_spreading(struct validation *v, const struct json *spec);
/* An amount or a percentage, not negative. */
void validate_amount(struct validation *v, const struct json *object, const char *key);

/* Whether the member is there and not empty. */
bool member_has(const struct json *object, const char *key);
bool member_is(const struct json *object, const char *key, const char *text);

#endif
