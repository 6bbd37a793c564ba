/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors as Status reasons. One table says each code's reason and HTTP status; the texts of Invalid follow
 * apimachinery's NewInvalid and aggregate errors, since users and tests compare them.
 */
#include "core/base/error.h"

#include <errno.h>
#include <stdio.h>

#include "core/base/buffer.h"
#include "core/base/memory.h"

#define ERROR_CAUSES_MAX 100

static const struct {
    const char *reason;
    int http_status;
} error_table[ERR_CODES] = {
    [ERR_NONE] = {"", 200},
    [ERR_BAD_REQUEST] = {"BadRequest", 400},
    [ERR_UNAUTHORIZED] = {"Unauthorized", 401},
    [ERR_FORBIDDEN] = {"Forbidden", 403},
    [ERR_NOT_FOUND] = {"NotFound", 404},
    [ERR_METHOD_NOT_ALLOWED] = {"MethodNotAllowed", 405},
    [ERR_NOT_ACCEPTABLE] = {"NotAcceptable", 406},
    [ERR_ALREADY_EXISTS] = {"AlreadyExists", 409},
    [ERR_CONFLICT] = {"Conflict", 409},
    [ERR_GONE] = {"Gone", 410},
    [ERR_EXPIRED] = {"Expired", 410},
    [ERR_TOO_LARGE] = {"RequestEntityTooLarge", 413},
    [ERR_UNSUPPORTED_MEDIA_TYPE] = {"UnsupportedMediaType", 415},
    [ERR_INVALID] = {"Invalid", 422},
    [ERR_TOO_MANY_REQUESTS] = {"TooManyRequests", 429},
    [ERR_INTERNAL] = {"InternalError", 500},
    [ERR_STORAGE_FULL] = {"InternalError", 500},
    [ERR_UNAVAILABLE] = {"ServiceUnavailable", 503},
    [ERR_SERVER_TIMEOUT] = {"ServerTimeout", 500},
    [ERR_TIMEOUT] = {"Timeout", 504},
    [ERR_CANCELLED] = {"InternalError", 500},
};

/* The new text is made before the old one goes, since the arguments may point into the error itself. */
static void error_replace(struct error *err, enum error_code code, char *message)
{
    error_done(err);
    err->code = code;
    err->message = message;
}

int error_set(struct error *err, enum error_code code, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return -1;
    va_start(ap, fmt);
    char *message = xvasprintf(fmt, ap);
    va_end(ap);
    error_replace(err, code, message);
    return -1;
}

static enum error_code error_code_of_errno(int errno_value)
{
    switch (errno_value) {
    case ENOENT:
        return ERR_NOT_FOUND;
    case ENOSPC:
    case EDQUOT:
        return ERR_STORAGE_FULL;
    case EACCES:
    case EPERM:
        return ERR_FORBIDDEN;
    case ETIMEDOUT:
        return ERR_TIMEOUT;
    default:
        return ERR_INTERNAL;
    }
}

int error_set_errno(struct error *err, int errno_value, const char *fmt, ...)
{
    _cleanup_free_ char *what = NULL;
    char text[128];
    va_list ap;

    if (!err)
        return -1;
    va_start(ap, fmt);
    what = xvasprintf(fmt, ap);
    va_end(ap);
    char *message = xasprintf("%s: %s", what, strerror_r(errno_value, text, sizeof(text)));
    error_replace(err, error_code_of_errno(errno_value), message);
    return -1;
}

int error_prefix(struct error *err, const char *fmt, ...)
{
    _cleanup_free_ char *context = NULL;
    va_list ap;

    if (!err)
        return -1;
    va_start(ap, fmt);
    context = xvasprintf(fmt, ap);
    va_end(ap);
    char *message = xasprintf("%s: %s", context, err->message ? err->message : "");
    free(err->message);
    err->message = message;
    return -1;
}

static void error_replace_text(char **text, const char *value)
{
    char *copy = xstrdup(value);

    free(*text);
    *text = copy;
}

void error_set_details(struct error *err, const char *group, const char *kind, const char *name)
{
    if (!err)
        return;
    error_replace_text(&err->group, group);
    error_replace_text(&err->kind, kind);
    error_replace_text(&err->name, name);
}

/* A cause that no longer fits is only counted: the last one's message ends in " (and N more)". */
static void error_drop_cause(struct error *err)
{
    struct error_cause *last = &err->causes[err->causes_count - 1];
    size_t size = strlen(last->message);

    if (err->causes_dropped)
        size -= (size_t)snprintf(NULL, 0, " (and %u more)", err->causes_dropped);
    err->causes_dropped++;
    char *message = xasprintf("%.*s (and %u more)", (int)size, last->message, err->causes_dropped);
    free(last->message);
    last->message = message;
}

void error_add_cause(struct error *err, const char *reason, const char *field, const char *fmt, ...)
{
    va_list ap;

    if (!err)
        return;
    if (err->causes_count == ERROR_CAUSES_MAX) {
        error_drop_cause(err);
        return;
    }
    va_start(ap, fmt);
    char *message = xvasprintf(fmt, ap);
    va_end(ap);
    err->causes = xrealloc(err->causes, (err->causes_count + 1) * sizeof(*err->causes));
    err->causes[err->causes_count++] = (struct error_cause){
        .reason = xstrdup(reason),
        .message = message,
        .field = xstrdup(field),
    };
}

/* A Go %q of what names are made of; other control characters become \xNN. */
static void error_append_quoted(struct buffer *b, const char *s)
{
    buffer_append_char(b, '"');
    for (; *s; s++) {
        if (*s == '"' || *s == '\\')
            buffer_printf(b, "\\%c", *s);
        else if (*s == '\n')
            buffer_append_str(b, "\\n");
        else if (*s == '\t')
            buffer_append_str(b, "\\t");
        else if ((unsigned char)*s < 0x20 || *s == 0x7f)
            buffer_printf(b, "\\x%02x", (unsigned char)*s);
        else
            buffer_append_char(b, *s);
    }
    buffer_append_char(b, '"');
}

static bool error_cause_equal(const struct error_cause *a, const struct error_cause *b)
{
    return strcmp(a->message, b->message) == 0 &&
           strcmp(a->field ? a->field : "", b->field ? b->field : "") == 0;
}

/* Each "field: message" once, as an aggregate error prints; returns how many there are. */
static unsigned error_join_causes(const struct error *err, struct buffer *b)
{
    unsigned count = 0;

    for (uint32_t i = 0; i < err->causes_count; i++) {
        const struct error_cause *cause = &err->causes[i];
        bool seen = false;

        for (uint32_t j = 0; j < i && !seen; j++)
            seen = error_cause_equal(cause, &err->causes[j]);
        if (seen)
            continue;
        if (count++)
            buffer_append_str(b, ", ");
        if (cause->field && *cause->field)
            buffer_printf(b, "%s: ", cause->field);
        buffer_append_str(b, cause->message);
    }
    return count;
}

int error_set_invalid(struct error *err, const char *group, const char *kind, const char *name)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT, causes = BUFFER_INIT;

    if (!err)
        return -1;
    buffer_append_str(&text, kind);
    if (group && *group)
        buffer_printf(&text, ".%s", group);
    buffer_append_char(&text, ' ');
    error_append_quoted(&text, name ? name : "");
    buffer_append_str(&text, " is invalid");
    unsigned count = error_join_causes(err, &causes);
    if (count)
        buffer_printf(&text, count > 1 ? ": [%s]" : ": %s", causes.data);
    error_set_details(err, group, kind, name);
    free(err->message);
    err->message = buffer_take(&text);
    err->code = ERR_INVALID;
    return -1;
}

int error_http_status(enum error_code code)
{
    return (unsigned)code < ERR_CODES ? error_table[code].http_status : 500;
}

const char *error_reason(enum error_code code)
{
    return (unsigned)code < ERR_CODES ? error_table[code].reason : error_table[ERR_INTERNAL].reason;
}

/* What a status alone says: 409 without a reason is a conflict, and an unknown one is judged by its hundreds.
 */
static enum error_code error_from_http_status(int http_status)
{
    if (http_status == 409)
        return ERR_CONFLICT;
    for (int code = ERR_BAD_REQUEST; code < ERR_CODES; code++)
        if (error_table[code].http_status == http_status)
            return code;
    if (http_status >= 400 && http_status < 500)
        return ERR_BAD_REQUEST;
    return http_status >= 200 && http_status < 400 ? ERR_NONE : ERR_INTERNAL;
}

enum error_code error_from_reason(const char *reason, int http_status)
{
    if (reason && *reason)
        for (int code = ERR_BAD_REQUEST; code < ERR_CODES; code++)
            if (strcmp(error_table[code].reason, reason) == 0)
                return code;
    return error_from_http_status(http_status);
}

void error_move(struct error *dst, struct error *src)
{
    struct error moved = *src;

    *src = ERROR_INIT;
    if (dst) {
        error_done(dst);
        *dst = moved;
    } else {
        error_done(&moved);
    }
}

void error_copy(struct error *dst, const struct error *src)
{
    if (!dst || dst == src)
        return;
    error_done(dst);
    *dst = (struct error){
        .code = src->code,
        .message = xstrdup(src->message),
        .retry_after_s = src->retry_after_s,
        .group = xstrdup(src->group),
        .kind = xstrdup(src->kind),
        .name = xstrdup(src->name),
        .uid = xstrdup(src->uid),
        .causes = src->causes_count ? newa0(struct error_cause, src->causes_count) : NULL,
        .causes_count = src->causes_count,
        .causes_dropped = src->causes_dropped,
    };
    for (uint32_t i = 0; i < src->causes_count; i++)
        dst->causes[i] = (struct error_cause){
            .reason = xstrdup(src->causes[i].reason),
            .message = xstrdup(src->causes[i].message),
            .field = xstrdup(src->causes[i].field),
        };
}

void error_done(struct error *err)
{
    if (!err)
        return;
    for (uint32_t i = 0; i < err->causes_count; i++) {
        free(err->causes[i].reason);
        free(err->causes[i].message);
        free(err->causes[i].field);
    }
    free(err->causes);
    free(err->message);
    free(err->group);
    free(err->kind);
    free(err->name);
    free(err->uid);
    *err = ERROR_INIT;
}
