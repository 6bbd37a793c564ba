/* SPDX-License-Identifier: Apache-2.0 */
/* Watch events as text: {"type":…,"object":…} and a newline; or as protobuf frames: four bytes of length,
 * then a WatchEvent in its envelope. Over a WebSocket each is a message, which has its length by itself. */
#include "core/apiserver/watch-encode.h"

#include "core/api/protobuf.h"
#include "core/apiserver/respond.h"

#include <stdio.h>
#include "core/apiserver/table.h"
#include "core/apiserver/versions.h"
#include "core/apiserver/websocket-frame.h"
#include "core/base/clock.h"
#include "core/base/memory.h"

#define LENGTH_BYTES 4 /* before a protobuf event */

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

static bool is_protobuf(const struct watch_form *form)
{
    return form->output.media == MEDIA_PROTOBUF;
}

/* Where an event is written: a frame's payload has to be known before its head. */
static struct buffer *begin_event(struct buffer *out, struct buffer *payload, const struct watch_form *form)
{
    return form->output.framed ? payload : out;
}

static void end_event(struct buffer *out, struct buffer *payload, const struct watch_form *form)
{
    size_t length = is_protobuf(form) && payload->size >= LENGTH_BYTES ? LENGTH_BYTES : 0;
    if (payload->size)
        websocket_write(out, is_protobuf(form) ? WEBSOCKET_BINARY : WEBSOCKET_TEXT,
                        (struct slice){payload->data + length, payload->size - length}, SLICE(""));
    buffer_done(payload);
}

static void write_event(struct buffer *out, const struct watch_form *form, enum watch_type type,
                        const struct object *object, uint64_t revision, bool first)
{
    if (is_protobuf(form)) {
        struct buffer encoded = BUFFER_INIT;
        if (versions_write_protobuf(form->resource, form->output.shape == OUTPUT_PARTIAL, object, revision,
                                    &encoded, NULL) == 0)
            protobuf_write_watch_event(out, type_names[type], (struct slice){encoded.data, encoded.size});
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

void watch_encode(struct buffer *out, const struct watch_form *form, enum watch_type type,
                  const struct object *object, uint64_t revision, bool first)
{
    struct buffer payload = BUFFER_INIT;
    write_event(begin_event(out, &payload, form), form, type, object, revision, first);
    end_event(out, &payload, form);
}

/* An event whose object is this text. */
static void write_text_event(struct buffer *out, const struct watch_form *form, const char *type,
                             const struct buffer *object)
{
    _cleanup_(arena_done) struct arena arena = ARENA_INIT;
    _cleanup_(buffer_done) struct buffer payload = BUFFER_INIT, encoded = BUFFER_INIT;
    struct buffer *to = begin_event(out, &payload, form);
    struct json *document;
    if (!is_protobuf(form))
        buffer_printf(to, "{\"type\":\"%s\",\"object\":%s}\n", type, object->data);
    else if (json_parse(&arena, (struct slice){object->data, object->size}, &document, NULL) == 0 &&
             protobuf_write_object(document, &encoded, NULL) == 0)
        protobuf_write_watch_event(to, type, (struct slice){encoded.data, encoded.size});
    end_event(out, &payload, form);
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
    write_text_event(out, form, "BOOKMARK", &object);
    buffer_done(&object);
}

void watch_encode_error(struct buffer *out, const struct watch_form *form, const struct error *err)
{
    struct buffer status = BUFFER_INIT;
    status_write(&status, err);
    write_text_event(out, form, "ERROR", &status);
    buffer_done(&status);
}

const char *watch_content_type(const struct watch_form *form)
{
    return is_protobuf(form) ? "application/vnd.kubernetes.protobuf;stream=watch" : "application/json";
}
