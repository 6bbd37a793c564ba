/* SPDX-License-Identifier: Apache-2.0 */
/* The envelope: "k8s\0", then runtime.Unknown{1: TypeMeta{1: apiVersion, 2: kind}, 2: raw, 3:
 * contentEncoding, 4: contentType}. */
#include "core/api/protobuf.h"

#include "core/api/object.h"
#include "core/api/protobuf-wire.h"
#include "core/base/memory.h"

static size_t seal_begin(struct buffer *out, const char *api_version, const char *kind)
{
    buffer_append(out, PROTOBUF_MAGIC, PROTOBUF_MAGIC_SIZE);
    size_t type = wire_begin(out, 1);
    wire_put_bytes(out, 1, slice_of(api_version));
    wire_put_bytes(out, 2, slice_of(kind));
    wire_end(out, type);
    return wire_begin(out, 2);
}

static void seal_end(struct buffer *out, size_t start)
{
    wire_end(out, start);
    wire_put_bytes(out, 3, (struct slice){"", 0});
    wire_put_bytes(out, 4, (struct slice){"", 0});
}

void protobuf_seal(struct buffer *out, const char *api_version, const char *kind, struct slice message)
{
    size_t start = seal_begin(out, api_version, kind);

    buffer_append_slice(out, message);
    seal_end(out, start);
}

static bool open_type(struct slice data, struct protobuf_envelope *envelope)
{
    struct wire_field field;
    bool broken = false;

    while (wire_next(&data, &field, &broken)) {
        if (field.number == 1)
            envelope->api_version = field.bytes;
        else if (field.number == 2)
            envelope->kind = field.bytes;
    }
    return !broken;
}

int protobuf_open(struct slice data, struct protobuf_envelope *ret, struct error *err)
{
    struct protobuf_envelope envelope = {{"", 0}, {"", 0}, {"", 0}, {"", 0}, {"", 0}};
    struct wire_field field;
    bool broken = false;

    if (data.size < PROTOBUF_MAGIC_SIZE || memcmp(data.data, PROTOBUF_MAGIC, PROTOBUF_MAGIC_SIZE) != 0)
        return error_set(
            err, ERR_BAD_REQUEST,
            "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
    data.data += PROTOBUF_MAGIC_SIZE;
    data.size -= PROTOBUF_MAGIC_SIZE;
    while (wire_next(&data, &field, &broken)) {
        if (field.number == 1 && !open_type(field.bytes, &envelope))
            broken = true;
        else if (field.number == 2)
            envelope.message = field.bytes;
        else if (field.number == 3)
            envelope.content_encoding = field.bytes;
        else if (field.number == 4)
            envelope.content_type = field.bytes;
        if (broken)
            break;
    }
    if (broken)
        return error_set(err, ERR_BAD_REQUEST, "invalid protobuf envelope");
    *ret = envelope;
    return 0;
}

/* "apps/v1" or "v1" */
static const struct schema_type *type_of(struct slice api_version, struct slice kind)
{
    char group[256], version[64], name[128];
    struct slice rest = api_version, head = slice_cut(&rest, '/');

    if (!rest.data) {
        rest = head;
        head.size = 0;
    }
    if (head.size >= sizeof(group) || rest.size >= sizeof(version) || kind.size >= sizeof(name))
        return NULL;
    memcpy(group, head.data, head.size);
    group[head.size] = '\0';
    memcpy(version, rest.data, rest.size);
    version[rest.size] = '\0';
    memcpy(name, kind.data, kind.size);
    name[kind.size] = '\0';
    return schema_find_kind(group, version, name);
}

int protobuf_write_object(const struct json *object, struct buffer *out, struct error *err)
{
    const char *api_version = object_api_version(object), *kind = object_kind(object);
    const struct schema_type *type = type_of(slice_of(api_version), slice_of(kind));
    size_t before = out->size, start = seal_begin(out, api_version, kind);

    if (schema_to_protobuf(type, object, out, err) < 0) {
        out->size = before;
        return -1;
    }
    seal_end(out, start);
    return 0;
}

int protobuf_read_object(struct arena *arena, struct slice data, struct json **ret, struct error *err)
{
    struct protobuf_envelope envelope;
    struct json *object;

    if (protobuf_open(data, &envelope, err) < 0)
        return -1;
    const struct schema_type *type = type_of(envelope.api_version, envelope.kind);
    if (!type)
        return error_set(err, ERR_UNSUPPORTED_MEDIA_TYPE,
                         "no protobuf form of kind \"%.*s\" in version \"%.*s\"", SLICE_ARG(envelope.kind),
                         SLICE_ARG(envelope.api_version));
    if (schema_from_protobuf(arena, type, envelope.message, &object, err) < 0)
        return -1;
    json_set(arena, object, "kind", json_new_slice(arena, envelope.kind));
    json_set(arena, object, "apiVersion", json_new_slice(arena, envelope.api_version));
    *ret = object;
    return 0;
}

void protobuf_write_watch_event(struct buffer *out, const char *type, struct slice sealed_object)
{
    size_t frame = out->size;

    buffer_append(out, "\0\0\0\0", 4);
    size_t start = seal_begin(out, "v1", "WatchEvent");
    wire_put_bytes(out, 1, slice_of(type));
    size_t object = wire_begin(out, 2);
    wire_put_bytes(out, 1, sealed_object);
    wire_end(out, object);
    seal_end(out, start);
    size_t size = out->size - frame - 4;
    for (int i = 0; i < 4; i++)
        out->data[frame + (size_t)i] = (char)(size >> (24 - i * 8));
}
