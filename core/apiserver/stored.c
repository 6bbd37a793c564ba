/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored objects. One allocation holds the key, the text and the index, so that an object costs its text and
 * little more, and dropping the last reference is one free().
 */
#include "core/apiserver/stored.h"

#include <stdio.h>

#include "core/api/object.h"
#include "core/base/memory.h"

struct object *object_ref(struct object *o)
{
    if (o)
        atomic_fetch_add_explicit(&o->refs, 1, memory_order_relaxed);
    return o;
}

void object_unref(struct object *o)
{
    if (o && atomic_fetch_sub_explicit(&o->refs, 1, memory_order_acq_rel) == 1)
        free(o);
}

struct slice stored_namespace(const struct object *o)
{
    const char *slash = memchr(o->data, '/', o->key_size);
    return slash ? (struct slice){o->data, (size_t)(slash - o->data)} : (struct slice){"", 0};
}

struct slice stored_name(const struct object *o)
{
    const char *slash = memchr(o->data, '/', o->key_size);
    const char *name = slash ? slash + 1 : o->data;
    return (struct slice){name, (size_t)(o->data + o->key_size - name)};
}

static const char *index_start(const struct object *o)
{
    return o->data + o->key_size + 1 + o->text_size + 1;
}

bool stored_label(const struct object *o, struct slice key, struct slice *ret_value)
{
    const char *at = index_start(o);
    for (uint32_t i = 0; i < o->labels_count; i++) {
        size_t key_size = strlen(at);
        const char *value = at + key_size + 1;
        size_t value_size = strlen(value);
        if (key_size == key.size && !memcmp(at, key.data, key.size)) {
            *ret_value = (struct slice){value, value_size};
            return true;
        }
        at = value + value_size + 1;
    }
    return false;
}

struct slice stored_field(const struct object *o, unsigned index)
{
    const char *at = index_start(o);
    if (index >= o->fields_count)
        return (struct slice){"", 0};
    for (uint64_t skip = (uint64_t)o->labels_count * 2 + index; skip; skip--)
        at += strlen(at) + 1;
    return slice_of(at);
}

size_t stored_bytes(const struct object *o)
{
    return sizeof(*o) + o->key_size + o->text_size + 64;
}

/* Metadata's members but the resource version, and the closing brace. */
static void write_metadata(struct buffer *out, const struct json *metadata)
{
    bool first = true;
    json_for_each (member, metadata) {
        if (!strcmp(member->key, "resourceVersion") || !strcmp(member->key, "selfLink"))
            continue;
        if (!first)
            buffer_append_char(out, ',');
        first = false;
        json_write_string(out, (struct slice){member->key, member->key_size});
        buffer_append_char(out, ':');
        json_write(out, member);
    }
    buffer_append_char(out, '}');
}

static void write_members(struct buffer *out, const struct json *document)
{
    json_for_each (member, document) {
        if (!strcmp(member->key, "kind") || !strcmp(member->key, "apiVersion") ||
            !strcmp(member->key, "metadata"))
            continue;
        buffer_append_char(out, ',');
        json_write_string(out, (struct slice){member->key, member->key_size});
        buffer_append_char(out, ':');
        json_write(out, member);
    }
    buffer_append_char(out, '}');
}

static void append_terminated(struct buffer *out, struct slice s)
{
    buffer_append_slice(out, s);
    buffer_append_char(out, '\0');
}

/* Selectors compare text: numbers and booleans are written as they are printed. A string ends at a NUL byte:
 * it cannot equal a selector then, which holds none. */
static void write_field(struct buffer *out, const struct json *value, const char *fallback)
{
    if (json_is(value, JSON_STRING))
        buffer_append(out, value->string, strlen(value->string));
    else if (json_is(value, JSON_INT))
        buffer_append_i64(out, value->integer);
    else if (json_is(value, JSON_BOOL))
        buffer_append_str(out, value->boolean ? "true" : "false");
    else
        buffer_append_str(out, fallback);
    buffer_append_char(out, '\0');
}

struct slice field_label(const char *field)
{
    return (struct slice){field, strcspn(field, "=|")};
}

static void index_field(struct buffer *out, const struct json *document, const char *field)
{
    char path[128];
    const char *from = field + strcspn(field, "=|");
    const char *fallback = strchr(field, '|');
    if (*from == '=')
        snprintf(path, sizeof(path), "%.*s", (int)strcspn(from + 1, "|"), from + 1);
    else
        snprintf(path, sizeof(path), "%.*s", (int)field_label(field).size, field);
    write_field(out, json_at(document, path), fallback ? fallback + 1 : "");
}

static uint32_t write_labels(struct buffer *out, const struct json *labels)
{
    uint32_t count = 0;
    json_for_each (label, labels) {
        if (!json_is(label, JSON_STRING))
            continue;
        append_terminated(out, slice_of(label->key));
        append_terminated(out, slice_of(label->string));
        count++;
    }
    return count;
}

struct object *stored_new(struct slice key, const struct json *document, const char *const *fields)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    _cleanup_(buffer_done) struct buffer index = BUFFER_INIT;
    const struct json *metadata = json_get(document, "metadata");
    write_metadata(&text, metadata);
    size_t metadata_size = text.size;
    write_members(&text, document);
    uint32_t labels = write_labels(&index, json_get(metadata, "labels"));
    uint16_t count = 0;
    for (; fields && fields[count]; count++)
        index_field(&index, document, fields[count]);
    require(key.size <= UINT16_MAX && text.size <= UINT32_MAX);
    struct object *o = xmalloc(sizeof(*o) + key.size + 1 + text.size + 1 + index.size);
    atomic_init(&o->refs, 1);
    o->revision = 0;
    o->key_size = (uint16_t)key.size;
    o->text_size = (uint32_t)text.size;
    o->metadata_size = (uint32_t)metadata_size;
    o->labels_count = labels;
    o->fields_count = count;
    memcpy(o->data, key.data, key.size);
    o->data[key.size] = '\0';
    memcpy(o->data + key.size + 1, text.data, text.size + 1);
    if (index.size)
        memcpy(o->data + key.size + 1 + text.size + 1, index.data, index.size);
    return o;
}

bool stored_same_text(const struct object *a, const struct object *b)
{
    return slice_equal(stored_text(a), stored_text(b));
}

void stored_head(const struct resource *resource, struct buffer *out)
{
    buffer_printf(out, "{\"kind\":\"%s\",\"apiVersion\":\"", resource->kind);
    resource_api_version(resource, out);
    buffer_append_str(out, "\",\"metadata\":{");
}

/* What a dry run made has none. */
static void write_revision(struct buffer *out, uint64_t revision, bool more)
{
    if (!revision)
        return;
    buffer_append_str(out, "\"resourceVersion\":\"");
    buffer_append_u64(out, revision);
    buffer_append_str(out, more ? "\"," : "\"");
}

void stored_write(struct buffer *out, struct slice head, const struct object *o, uint64_t revision)
{
    buffer_reserve(out, head.size + STORED_REVISION_MAX + o->text_size);
    buffer_append_slice(out, head);
    write_revision(out, revision, o->metadata_size > 1);
    buffer_append_slice(out, stored_text(o));
}

void stored_write_partial(struct buffer *out, struct slice head, const struct object *o, uint64_t revision)
{
    buffer_append_slice(out, head);
    write_revision(out, revision, o->metadata_size > 1);
    buffer_append_slice(out, stored_metadata(o));
    buffer_append_char(out, '}');
}

struct json *object_parse(const struct object *o, const struct resource *r, struct arena *arena)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    struct json *document = NULL;
    stored_head(r->storage ? r->storage : r, &text);
    stored_write(&text, (struct slice){NULL, 0}, o, o->revision);
    int parsed = json_parse(arena, (struct slice){text.data, text.size}, &document, NULL);
    require(parsed == 0); /* our own encoder wrote it */
    return document;
}
