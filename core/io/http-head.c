/* SPDX-License-Identifier: Apache-2.0 */
/* Gathers a message's head and builds it into one block of memory; see http-head.h. */
#include "core/io/http-head.h"

#include "core/base/memory.h"

struct record {
    uint32_t name_size, value_size;
};

static void record_begin(struct http_head *head)
{
    head->record = head->text.size;
    head->in_value = false;
    head->count++;
    buffer_append(&head->text, &(struct record){0}, sizeof(struct record));
}

static struct record record_get(const struct http_head *head, size_t at)
{
    struct record record;
    memcpy(&record, head->text.data + at, sizeof(record));
    return record;
}

static bool has_room(struct http_head *head, size_t size)
{
    if (head->too_large || head->count > HTTP_HEADERS_MAX || head->bytes + size > HTTP_HEADERS_BYTES_MAX)
        head->too_large = true;
    else
        head->bytes += (uint32_t)size;
    return !head->too_large;
}

static void lower_append(struct buffer *text, const char *data, size_t size)
{
    buffer_reserve(text, size);
    for (size_t i = 0; i < size; i++) {
        char c = data[i];
        text->data[text->size + i] = c >= 'A' && c <= 'Z' ? (char)(c + ('a' - 'A')) : c;
    }
    text->size += size;
}

void http_head_name(struct http_head *head, const char *data, size_t size)
{
    if (!head->count || head->in_value)
        record_begin(head);
    if (!has_room(head, size))
        return;
    struct record record = record_get(head, head->record);
    record.name_size += (uint32_t)size;
    lower_append(&head->text, data, size);
    memcpy(head->text.data + head->record, &record, sizeof(record));
}

void http_head_value(struct http_head *head, const char *data, size_t size)
{
    if (head->too_large || !head->count)
        return;
    if (!head->in_value)
        buffer_append_char(&head->text, '\0');
    head->in_value = true;
    if (!has_room(head, size))
        return;
    struct record record = record_get(head, head->record);
    record.value_size += (uint32_t)size;
    buffer_append(&head->text, data, size);
    memcpy(head->text.data + head->record, &record, sizeof(record));
}

/* Records end where the next begins; the value's NUL is only in the built block. */
static uint32_t list_fields(const struct http_head *head, struct http_header *fields)
{
    uint32_t count = 0;
    size_t at = 0;
    while (at < head->text.size && count < HTTP_HEADERS_MAX) {
        struct record record = record_get(head, at);
        at += sizeof(record);
        if (at + record.name_size + 1 + record.value_size > head->text.size)
            break; /* a name without a value at the end of what was too large */
        fields[count].name = (struct slice){head->text.data + at, record.name_size};
        at += record.name_size + 1;
        fields[count++].value = (struct slice){head->text.data + at, record.value_size};
        at += record.value_size;
    }
    return count;
}

static const char *separator_of(struct slice name)
{
    return slice_is(name, "cookie") ? "; " : ", ";
}

/* A field that repeats an earlier one is marked by next[earlier] and left out. Returns the number of distinct
 * ones. */
static uint32_t chain_repeated(const struct http_header *fields, uint32_t count, uint8_t *next, bool *repeats)
{
    uint32_t distinct = 0;
    for (uint32_t i = 0; i < count; i++) {
        next[i] = 0;
        repeats[i] = false;
        for (uint32_t j = i; j-- > 0 && !repeats[i];)
            if (fields[j].name.size == fields[i].name.size && slice_equal(fields[j].name, fields[i].name)) {
                next[j] = (uint8_t)i;
                repeats[i] = true;
            }
        distinct += !repeats[i];
    }
    return distinct;
}

static struct slice put(char **at, struct slice text)
{
    struct slice copy = {*at, text.size};
    memcpy(*at, text.data, text.size);
    *at += text.size;
    return copy;
}

static struct slice put_value(char **at, const struct http_header *fields, const uint8_t *next, uint32_t i)
{
    struct slice value = put(at, fields[i].value);
    while (next[i]) {
        put(at, slice_of(separator_of(fields[i].name)));
        i = next[i];
        put(at, fields[i].value);
    }
    value.size = (size_t)(*at - value.data);
    *(*at)++ = '\0';
    return value;
}

void *http_head_build(struct http_head *head, size_t prefix_bytes, struct http_header **ret_headers,
                      uint32_t *ret_count)
{
    struct http_header fields[HTTP_HEADERS_MAX];
    uint8_t next[HTTP_HEADERS_MAX];
    bool repeats[HTTP_HEADERS_MAX];
    uint32_t count = list_fields(head, fields);
    uint32_t distinct = chain_repeated(fields, count, next, repeats);

    size_t text_bytes = 0;
    for (uint32_t i = 0; i < count; i++)
        text_bytes += fields[i].value.size + (repeats[i] ? 2 : fields[i].name.size + 2);
    char *block = xmalloc(prefix_bytes + distinct * sizeof(struct http_header) + text_bytes);
    struct http_header *headers = (struct http_header *)(void *)(block + prefix_bytes), *out = headers;
    char *at = (char *)(headers + distinct);
    memset(block, 0, prefix_bytes);
    for (uint32_t i = 0; i < count; i++) {
        if (repeats[i])
            continue;
        out->name = put(&at, fields[i].name);
        *at++ = '\0';
        out++->value = put_value(&at, fields, next, i);
    }
    http_head_clear(head);
    *ret_headers = headers;
    *ret_count = distinct;
    return block;
}

void http_head_clear(struct http_head *head)
{
    struct buffer text = head->text;
    *head = (struct http_head){.text = text};
    buffer_clear(&head->text);
}

void http_head_done(struct http_head *head)
{
    buffer_done(&head->text);
    *head = (struct http_head){0};
}
