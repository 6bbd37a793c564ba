/* SPDX-License-Identifier: Apache-2.0 */
/*
 * application/vnd.kubernetes.protobuf around a message: four magic bytes and a runtime.Unknown that says what
 * is inside (schema_to_protobuf and schema_from_protobuf of schema.h make and read the message itself). Any
 * thread.
 */
#ifndef KEELSON_API_PROTOBUF_H
#define KEELSON_API_PROTOBUF_H

#include "core/api/schema.h"

#define PROTOBUF_MAGIC      "k8s\0"
#define PROTOBUF_MAGIC_SIZE 4

struct protobuf_envelope {
    struct slice api_version, kind; /* borrowed from the data */
    struct slice message;           /* the object, as content_type says: protobuf when that is empty */
    struct slice content_type, content_encoding;
};
/* Magic, type and message. */
void protobuf_seal(struct buffer *out, const char *api_version, const char *kind, struct slice message);
/* ERR_BAD_REQUEST when the data is no envelope. */
int protobuf_open(struct slice data, struct protobuf_envelope *ret, struct error *err);
/* An object with its envelope: its own apiVersion and kind say which type it is. ERR_NOT_ACCEPTABLE: a type
 * that has no protobuf form (custom resources). */
int protobuf_write_object(const struct json *object, struct buffer *out, struct error *err);
/* The reverse; apiVersion and kind become members. Unknown types are ERR_UNSUPPORTED_MEDIA_TYPE. */
int protobuf_read_object(struct arena *arena, struct slice data, struct json **ret, struct error *err);
/* A frame of a watch: four bytes of length (big endian), then a sealed WatchEvent with the sealed object
 * inside. */
void protobuf_write_watch_event(struct buffer *out, const char *type, struct slice sealed_object);

#endif
