/* SPDX-License-Identifier: Apache-2.0 */
/* Other versions and protobuf. The envelope is four magic bytes and a runtime.Unknown: 1 TypeMeta{1
 * apiVersion, 2 kind}, 2 the raw message. */
#include "core/apiserver/versions.h"

#include "core/api/object.h"
#include "core/base/memory.h"

#define PROTOBUF_MAGIC "k8s\0"

bool versions_differ(const struct resource *resource)
{
    return false;
}

int versions_from_storage(const struct resource *resource, struct arena *arena, struct json *document,
                          struct error *err)
{
    return 0;
}

int versions_to_storage(const struct resource *resource, struct arena *arena, struct json *document,
                        struct error *err)
{
    return 0;
}

void versions_write(const struct resource *resource, const struct object *o, uint64_t revision,
                    enum versions_form form, struct buffer *out)
{
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    struct json *document = object_parse(o, resource, &arena);
    versions_from_storage(resource, &arena, document, NULL);
    if (form == VERSIONS_ITEM) {
        json_remove(document, "kind");
        json_remove(document, "apiVersion");
    }
    json_set_stringf(&arena, json_get(document, "metadata"), "resourceVersion", "%llu",
                     (unsigned long long)revision);
    json_write(out, document);
}

static void proto_bytes(struct buffer *out, unsigned field, struct slice data)
{
    buffer_append_char(out, (char)(field << 3 | 2));
    for (size_t rest = data.size;; rest >>= 7) {
        buffer_append_char(out, (char)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0)));
        if (rest <= 0x7f)
            break;
    }
    buffer_append_slice(out, data);
}

int versions_document_protobuf(const struct schema_type *type, const struct json *document,
                               struct buffer *out, struct error *err)
{
    _cleanup_(buffer_done) struct buffer raw = BUFFER_INIT, meta = BUFFER_INIT;
    if (schema_to_protobuf(type, document, &raw, err) < 0)
        return -1;
    proto_bytes(&meta, 1, slice_of(object_api_version(document)));
    proto_bytes(&meta, 2, slice_of(object_kind(document)));
    buffer_append(out, PROTOBUF_MAGIC, 4);
    proto_bytes(out, 1, (struct slice){meta.data, meta.size});
    proto_bytes(out, 2, (struct slice){raw.data ? raw.data : "", raw.size});
    proto_bytes(out, 3, SLICE(""));
    proto_bytes(out, 4, SLICE(""));
    return 0;
}

static struct json *partial_of(struct arena *arena, const struct json *document)
{
    struct json *partial = json_new_object(arena);
    json_set_string(arena, partial, "kind", "PartialObjectMetadata");
    json_set_string(arena, partial, "apiVersion", "meta.k8s.io/v1");
    json_set(arena, partial, "metadata", json_copy(arena, json_get(document, "metadata")));
    return partial;
}

int versions_write_protobuf(const struct resource *resource, bool partial, const struct object *o,
                            uint64_t revision, struct buffer *out, struct error *err)
{
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    struct json *document = object_parse(o, resource, &arena);
    const struct schema_type *type =
        partial ? schema_find_kind("meta.k8s.io", "v1", "PartialObjectMetadata") : resource->type;
    if (!type)
        return error_set(err, ERR_NOT_ACCEPTABLE, "%s have no protobuf form", resource->plural);
    if (versions_from_storage(resource, &arena, document, err) < 0)
        return -1;
    json_set_stringf(&arena, json_get(document, "metadata"), "resourceVersion", "%llu",
                     (unsigned long long)revision);
    return versions_document_protobuf(type, partial ? partial_of(&arena, document) : document, out, err);
}

/* One field with a length; false at the end or when it is not well-formed. */
static bool proto_next(struct slice *rest, unsigned *ret_field, struct slice *ret)
{
    size_t size = 0, i = 1;
    if (rest->size < 2 || (rest->data[0] & 7) != 2)
        return false;
    for (unsigned shift = 0; i < rest->size && shift < 35; shift += 7, i++) {
        size |= (size_t)(rest->data[i] & 0x7f) << shift;
        if (!(rest->data[i] & 0x80))
            break;
    }
    i++;
    if (i > rest->size || size > rest->size - i)
        return false;
    *ret_field = (unsigned char)rest->data[0] >> 3;
    *ret = (struct slice){rest->data + i, size};
    *rest = (struct slice){rest->data + i + size, rest->size - i - size};
    return true;
}

static void read_type_meta(struct slice meta, struct slice *ret_version, struct slice *ret_kind)
{
    unsigned field;
    for (struct slice value; proto_next(&meta, &field, &value);) {
        if (field == 1)
            *ret_version = value;
        else if (field == 2)
            *ret_kind = value;
    }
}

int versions_read_protobuf(struct slice body, struct arena *arena, struct json **ret, struct error *err)
{
    struct slice version = SLICE(""), kind = SLICE(""), raw = SLICE(""), value;
    unsigned field;
    if (body.size < 4 || memcmp(body.data, PROTOBUF_MAGIC, 4) != 0)
        return error_set(
            err, ERR_BAD_REQUEST,
            "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]");
    struct slice rest = {body.data + 4, body.size - 4};
    while (proto_next(&rest, &field, &value)) {
        if (field == 1)
            read_type_meta(value, &version, &kind);
        else if (field == 2)
            raw = value;
    }
    char *version_text = arena_strndup(arena, version.data, version.size),
         *kind_text = arena_strndup(arena, kind.data, kind.size);
    char *slash = strchr(version_text, '/');
    const char *group = "", *short_version = version_text;
    if (slash) {
        group = arena_strndup(arena, version_text, (size_t)(slash - version_text));
        short_version = slash + 1;
    }
    const struct schema_type *type = schema_find_kind(group, short_version, kind_text);
    if (!type)
        return error_set(err, ERR_BAD_REQUEST, "no kind \"%s\" is registered for version \"%s\"", kind_text,
                         version_text);
    if (schema_from_protobuf(arena, type, raw, ret, err) < 0)
        return -1;
    json_set_string(arena, *ret, "kind", kind_text);
    json_set_string(arena, *ret, "apiVersion", version_text);
    return 0;
}
