/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Paths, queries, and what an answer that is not a success means. They stand apart from client.c because the
 * informer, which does not block, needs them too.
 */
#include "core/client/request.h"

#include "core/base/encoding.h"
#include "core/base/number.h"

static void append_segment(struct buffer *out, const char *segment)
{
    buffer_append_char(out, '/');
    percent_encode(out, slice_of(segment));
}

void client_path(struct buffer *out, const struct resource *r, const char *namespace_, const char *name,
                 const char *sub)
{
    buffer_append_str(out, r->group[0] ? "/apis/" : "/api/");
    if (r->group[0]) {
        buffer_append_str(out, r->group);
        buffer_append_char(out, '/');
    }
    buffer_append_str(out, r->version);
    if (r->namespaced && namespace_ && namespace_[0]) {
        buffer_append_str(out, "/namespaces");
        append_segment(out, namespace_);
    }
    append_segment(out, r->plural);
    if (name && name[0])
        append_segment(out, name);
    if (sub && sub[0])
        append_segment(out, sub);
}

void client_query(struct buffer *out, const char *key, const char *value)
{
    if (!value || !value[0])
        return;
    buffer_append_char(out, out->data && strchr(out->data, '?') ? '&' : '?');
    buffer_append_str(out, key);
    buffer_append_char(out, '=');
    percent_encode(out, slice_of(value));
}

static void add_details(const struct json *details, struct error *err)
{
    error_set_details(err, json_string_at(details, "group"), json_string_at(details, "kind"),
                      json_string_at(details, "name"));
    json_for_each (cause, json_get(details, "causes"))
        error_add_cause(err, json_string_or(json_get(cause, "reason"), ""),
                        json_string_or(json_get(cause, "field"), ""), "%s",
                        json_string_or(json_get(cause, "message"), ""));
    int64_t after = json_integer_at(details, "retryAfterSeconds", 0);
    if (after > 0 && after < 3600)
        err->retry_after_s = (uint32_t)after;
}

static void set_from_body(int status, struct slice body, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct json *answer = NULL;
    if (json_parse(&arena, body, &answer, NULL) == 0 && !strcmp(object_kind(answer), "Status")) {
        error_set(err, error_from_reason(json_string_or(json_get(answer, "reason"), ""), status), "%s",
                  json_string_or(json_get(answer, "message"), http_status_text(status)));
        add_details(json_get(answer, "details"), err);
    } else {
        struct slice text = slice_trim(body);
        text.size = MIN(text.size, (size_t)200);
        error_set(err, error_from_reason("", status), "the server answered %d %s: %.*s", status,
                  http_status_text(status), SLICE_ARG(text));
    }
    arena_done(&arena);
}

int client_status_error(int status, const struct http_header *headers, size_t headers_count,
                        struct slice body, struct error *err)
{
    if (!err)
        return -1;
    set_from_body(status, body, err);
    int64_t after;
    if (parse_i64(http_header_find(headers, headers_count, "retry-after"), 1, 3600, &after))
        err->retry_after_s = (uint32_t)after;
    return -1;
}
