/* SPDX-License-Identifier: Apache-2.0 */
/* Watch events as text: {"type":…,"object":…} and a newline; or as protobuf frames: four bytes of length,
 * then a WatchEvent in its envelope. */
#include "core/apiserver/watch-encode.h"

#include "core/apiserver/respond.h"

#include <stdio.h>
#include "core/apiserver/table.h"
#include "core/apiserver/versions.h"
#include "core/base/clock.h"
#include "core/base/memory.h"

static const char *const type_names[] = {"", "ADDED", "MODIFIED", "DELETED"};

void watch_form_init(struct watch_form *form, const struct resource *resource, const struct output *output)
{
    struct buffer head = BUFFER_INIT;
    *form = (struct watch_form){.resource = resource, .output = *output};
    if (output->shape == OUTPUT_PARTIAL)
        buffer_printf(&head,
                      "{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/%s\",\"metadata\":{",
                      output->v1beta1 ? "v1beta1" : "v1");
    else
        stored_head(resource, &head);
    form->head = buffer_take(&head);
}

void watch_form_done(struct watch_form *form)
{
    free(form->head);
}

static void write_table(struct buffer *out, const struct watch_form *form, const struct object *object,
                        uint64_t revision, bool first)
{
    struct arena arena = ARENA_INIT;
    char metadata[STORED_REVISION_MAX];
    int size =
        snprintf(metadata, sizeof(metadata), "\"resourceVersion\":\"%llu\"", (unsigned long long)revision);
    table_begin(out, form->resource, &form->output, (struct slice){metadata, (size_t)size}, first);
    if (object)
        table_row(out, form->resource, &form->output, object, revision, clock_realtime_ns(), &arena);
    table_end(out);
    arena_done(&arena);
}

static void write_object(struct buffer *out, const struct watch_form *form, const struct object *object,
                         uint64_t revision, bool first)
{
    if (form->output.shape == OUTPUT_TABLE)
        write_table(out, form, object, revision, first);
    else if (form->output.shape == OUTPUT_PARTIAL)
        stored_write_partial(out, slice_of(form->head), object, revision);
    else if (versions_differ(form->resource))
        versions_write(form->resource, object, revision, VERSIONS_WITH_KIND, out);
    else
        stored_write(out, slice_of(form->head), object, revision);
}

/* Protobuf fields with a length: all that a WatchEvent and its envelope are made of. */
static void proto_bytes(struct buffer *out, unsigned field, const void *data, size_t size)
{
    buffer_append_char(out, (char)(field << 3 | 2));
    for (size_t rest = size;; rest >>= 7) {
        buffer_append_char(out, (char)((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0)));
        if (rest <= 0x7f)
            break;
    }
    buffer_append(out, data, size);
}

static void write_frame(struct buffer *out, const char *type, const struct buffer *object)
{
    struct buffer raw = BUFFER_INIT, event = BUFFER_INIT, unknown = BUFFER_INIT;
    proto_bytes(&raw, 1, object->data, object->size);
    proto_bytes(&event, 1, type, strlen(type));
    proto_bytes(&event, 2, raw.data, raw.size);
    buffer_append(&unknown, "k8s\0", 4);
    proto_bytes(&unknown, 2, event.data, event.size);
    uint32_t size = (uint32_t)unknown.size;
    char length[4] = {(char)(size >> 24), (char)(size >> 16), (char)(size >> 8), (char)size};
    buffer_append(out, length, sizeof(length));
    buffer_append(out, unknown.data, unknown.size);
    buffer_done(&raw);
    buffer_done(&event);
    buffer_done(&unknown);
}

static bool is_protobuf(const struct watch_form *form)
{
    return form->output.media == MEDIA_PROTOBUF;
}

void watch_encode(struct buffer *out, const struct watch_form *form, enum watch_type type,
                  const struct object *object, uint64_t revision, bool first)
{
    if (is_protobuf(form)) {
        struct buffer encoded = BUFFER_INIT;
        if (versions_write_protobuf(form->resource, form->output.shape == OUTPUT_PARTIAL, object, revision,
                                    &encoded, NULL) == 0)
            write_frame(out, type_names[type], &encoded);
        buffer_done(&encoded);
        return;
    }
    buffer_reserve(out, object->text_size + 256);
    buffer_append_str(out, "{\"type\":\"");
    buffer_append_str(out, type_names[type]);
    buffer_append_str(out, "\",\"object\":");
    write_object(out, form, object, revision, first);
    buffer_append_str(out, "}\n");
}

static void write_bookmark(struct buffer *out, const struct watch_form *form, uint64_t revision,
                           bool initial_end)
{
    if (form->output.shape == OUTPUT_TABLE) {
        write_table(out, form, NULL, revision, false);
        return;
    }
    buffer_printf(out, "%s\"resourceVersion\":\"%llu\",\"creationTimestamp\":null%s}}", form->head,
                  (unsigned long long)revision,
                  initial_end ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : "");
}

void watch_encode_bookmark(struct buffer *out, const struct watch_form *form, uint64_t revision,
                           bool initial_end)
{
    struct buffer object = BUFFER_INIT;
    write_bookmark(&object, form, revision, initial_end);
    if (is_protobuf(form)) {
        _cleanup_(arena_done) struct arena arena = ARENA_INIT;
        struct buffer encoded = BUFFER_INIT;
        struct json *document;
        const struct schema_type *type = form->output.shape == OUTPUT_PARTIAL
                                             ? schema_find_kind("meta.k8s.io", "v1", "PartialObjectMetadata")
                                             : form->resource->type;
        if (type && json_parse(&arena, (struct slice){object.data, object.size}, &document, NULL) == 0 &&
            versions_document_protobuf(type, document, &encoded, NULL) == 0)
            write_frame(out, "BOOKMARK", &encoded);
        buffer_done(&encoded);
    } else {
        buffer_printf(out, "{\"type\":\"BOOKMARK\",\"object\":%s}\n", object.data);
    }
    buffer_done(&object);
}

void watch_encode_error(struct buffer *out, const struct watch_form *form, const struct error *err)
{
    struct buffer status = BUFFER_INIT;
    status_write(&status, err);
    if (is_protobuf(form)) {
        _cleanup_(arena_done) struct arena arena = ARENA_INIT;
        struct buffer encoded = BUFFER_INIT;
        struct json *document;
        const struct schema_type *type = schema_find("io.k8s.apimachinery.pkg.apis.meta.v1.Status");
        if (type && json_parse(&arena, (struct slice){status.data, status.size}, &document, NULL) == 0 &&
            versions_document_protobuf(type, document, &encoded, NULL) == 0)
            write_frame(out, "ERROR", &encoded);
        buffer_done(&encoded);
    } else {
        buffer_printf(out, "{\"type\":\"ERROR\",\"object\":%s}\n", status.data);
    }
    buffer_done(&status);
}

const char *watch_content_type(const struct watch_form *form)
{
    return is_protobuf(form) ? "application/vnd.kubernetes.protobuf;stream=watch" : "application/json";
}
