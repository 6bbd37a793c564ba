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

static bool is_cookie(struct slice name)
{
    return name.size == 6 && !memcmp(name.data, "cookie", 6);
}

static struct slice put(char **at, struct slice text)
{
    struct slice copy = {*at, text.size};
    memcpy(*at, text.data, text.size);
    *at += text.size;
    return copy;
}

/* HTTP/2 sends each cookie by itself (RFC 9113 section 8.2.3); all of them are one field elsewhere. Returns
 * how many fields are left. */
static uint32_t build_fields(const struct http_header *fields, uint32_t count, struct http_header *out,
                             char *at)
{
    uint32_t built = 0;
    bool cookies = false;
    for (uint32_t i = 0; i < count; i++) {
        bool cookie = is_cookie(fields[i].name);
        if (cookie && cookies)
            continue;
        out[built].name = put(&at, fields[i].name);
        *at++ = '\0';
        out[built].value = put(&at, fields[i].value);
        for (uint32_t j = i + 1; cookie && j < count; j++) {
            if (!is_cookie(fields[j].name))
                continue;
            put(&at, SLICE("; "));
            out[built].value.size += 2 + put(&at, fields[j].value).size;
        }
        *at++ = '\0';
        cookies |= cookie;
        built++;
    }
    return built;
}

void *http_head_build(struct http_head *head, size_t prefix_bytes, struct http_header **ret_headers,
                      uint32_t *ret_count)
{
    struct http_header fields[HTTP_HEADERS_MAX];
    uint32_t count = list_fields(head, fields);
    size_t text_bytes = 0;
    for (uint32_t i = 0; i < count; i++)
        text_bytes += fields[i].name.size + fields[i].value.size + 2;
    char *block = xmalloc(prefix_bytes + count * sizeof(struct http_header) + text_bytes);
    struct http_header *headers = (struct http_header *)(void *)(block + prefix_bytes);
    memset(block, 0, prefix_bytes);
    *ret_count = build_fields(fields, count, headers, (char *)(headers + count));
    *ret_headers = headers;
    http_head_clear(head);
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
