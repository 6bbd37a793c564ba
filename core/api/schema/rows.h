/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words that the type tables are written in. A row is one field: protobuf number, name, flags, type, then
 * whatever else there is to say:
 *
 *     ROWS(core_v1_Thing) = {
 *         ROW(1, "name",  REQUIRED | MUST, STRING, CHECK(dns1123_label)),
 *         ROW(2, "ports", OPTIONAL | MERGE, LIST_OF(OBJECT(core_v1_Port)), KEYS("port", "protocol")),
 *     };
 *     TYPE(core_v1_Thing, "io.k8s.api.core.v1.Thing");
 *
 * Only the tables include this file: its names are short.
 */
#ifndef KEELSON_API_SCHEMA_ROWS_H
#define KEELSON_API_SCHEMA_ROWS_H

#include "core/api/schema/checks.h"
#include "core/api/schema/hooks.h"
#include "core/api/schema/types.h"

#define ROWS(type_) static const struct schema_field type_##_rows[]
#define ROW(proto_, name_, flags_, ...)                                                                      \
    {                                                                                                        \
        .name = (name_), .proto = (proto_), .flags = (flags_), __VA_ARGS__                                   \
    }
/* A field that protobuf puts into a message of its own, number outer_, where JSON has it beside the others.
 */
#define EMBED(outer_, proto_, name_, flags_, ...)                                                            \
    {                                                                                                        \
        .name = (name_), .proto = (proto_), .embed = (outer_), .flags = (flags_), __VA_ARGS__                \
    }

enum {
    OPTIONAL = 0,
    REQUIRED = SCHEMA_REQUIRED,
    MUST = SCHEMA_MUST,
    MERGE = SCHEMA_PATCH_MERGE,
    RETAIN = SCHEMA_PATCH_RETAIN_KEYS,
    REPLACE = SCHEMA_PATCH_REPLACE,
    ATOMIC = SCHEMA_MAP_ATOMIC,
    IMMUTABLE = SCHEMA_IMMUTABLE,
    ZERO = SCHEMA_DEFAULT_ZERO,
    OMIT = SCHEMA_OMIT_ZERO,
    KEEP = SCHEMA_KEEP_EMPTY
};

#define STRING               .kind = SCHEMA_STRING
#define BYTES                .kind = SCHEMA_BYTES
#define INT32                .kind = SCHEMA_INT32
#define INT64                .kind = SCHEMA_INT64
#define DOUBLE               .kind = SCHEMA_DOUBLE
#define BOOL                 .kind = SCHEMA_BOOL
#define QUANTITY             .kind = SCHEMA_QUANTITY
#define TIME                 .kind = SCHEMA_TIME
#define MICRO_TIME           .kind = SCHEMA_MICRO_TIME
#define INT_OR_STRING        .kind = SCHEMA_INT_OR_STRING
#define RAW                  .kind = SCHEMA_RAW
#define PROPS_OR_ARRAY       .kind = SCHEMA_PROPS_OR_ARRAY
#define PROPS_OR_BOOL        .kind = SCHEMA_PROPS_OR_BOOL
#define PROPS_OR_STRINGS     .kind = SCHEMA_PROPS_OR_STRINGS
#define OBJECT(type_)        .kind = SCHEMA_OBJECT, .type = &type_
#define LIST_OF(...)         .shape = SCHEMA_LIST, __VA_ARGS__
#define MAP_OF(...)          .shape = SCHEMA_MAP, __VA_ARGS__
#define MAP_OF_LISTS_OF(...) .shape = SCHEMA_MAP_OF_LISTS, __VA_ARGS__

#define TEXTS(...)        ((const char *const[]){__VA_ARGS__, NULL})
#define SET               .list = SCHEMA_LIST_SET
#define KEYS(...)         .list = SCHEMA_LIST_MAP, .merge_keys = TEXTS(__VA_ARGS__)
#define PATCH_KEY(key_)   .patch_merge_key = (key_)
#define DEFAULT(...)      .default_json = #__VA_ARGS__
#define ENUM(...)         .enum_values = TEXTS(__VA_ARGS__) /* in the order of the error message: sorted */
#define RANGE(from_, to_) .minimum = (from_), .maximum = (to_)
#define AT_LEAST(from_)   .minimum = (from_), .maximum = INT64_MAX
#define CHECK(name_)      .check = &schema_check_##name_

#define TYPE_COMMON(type_, name_)                                                                            \
    .name = (name_), .fields = type_##_rows, .fields_count = sizeof(type_##_rows) / sizeof(type_##_rows[0])
#define TYPE(type_, name_, ...) struct schema_type type_ = {TYPE_COMMON(type_, name_), ##__VA_ARGS__}
#define TOP_TYPE(type_, name_, group_, version_, kind_, ...)                                                 \
    struct schema_type type_ = {TYPE_COMMON(type_, name_), .group = (group_), .version = (version_),         \
                                .kind = (kind_), ##__VA_ARGS__}
#define EMPTY_TYPE(type_, name_) struct schema_type type_ = {.name = (name_)}
#define ATOMIC_TYPE              .flags = SCHEMA_TYPE_ATOMIC
#define DEFAULT_HOOK(f_)         .default_hook = f_
#define VALIDATE_HOOK(f_)        .validate_hook = f_

#endif
