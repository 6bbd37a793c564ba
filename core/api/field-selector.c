/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Field selectors: terms joined by commas, each a path, =, == or !=, and a value in which backslash, comma
 * and equals sign are escaped by a backslash. Which paths a resource has is for its registry to say; here any
 * path is one.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/api/selector-build.h"
#include "core/base/memory.h"

/* Cuts the next term off at a comma that is not escaped. */
static struct slice cut_term(struct slice *rest)
{
    struct slice term = {rest->data, 0};
    bool escaped = false;
    for (; term.size < rest->size; term.size++) {
        char c = rest->data[term.size];
        if (!escaped && c == ',')
            break;
        escaped = !escaped && c == '\\';
    }
    bool last = term.size == rest->size;
    rest->data = last ? NULL : rest->data + term.size + 1;
    rest->size = last ? 0 : rest->size - term.size - 1;
    return term;
}

/* The first of !=, == and = in the term. */
static bool split_term(struct slice term, struct slice *ret_field, bool *ret_negate, struct slice *ret_value)
{
    for (size_t i = 0; i < term.size; i++) {
        size_t n = 0;
        char c = term.data[i], after = i + 1 < term.size ? term.data[i + 1] : '\0';
        if ((c == '!' || c == '=') && after == '=')
            n = 2;
        else if (c == '=')
            n = 1;
        if (!n)
            continue;
        *ret_field = (struct slice){term.data, i};
        *ret_negate = c == '!';
        *ret_value = (struct slice){term.data + i + n, term.size - i - n};
        return true;
    }
    return false;
}

static int unescape(struct slice text, char **ret, struct error *err)
{
    _cleanup_(buffer_done) struct buffer out = BUFFER_INIT;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (c == ',' || c == '=')
            return error_set(err, ERR_BAD_REQUEST, "invalid field selector: unescaped character in value: %d",
                             c);
        if (c == '\\') {
            c = ++i < text.size ? text.data[i] : '\0';
            if (c != '\\' && c != ',' && c != '=')
                return error_set(err, ERR_BAD_REQUEST,
                                 "invalid field selector: invalid escape sequence: \\%.*s",
                                 c > ' ' && c <= '~', &c);
        }
        buffer_append_char(&out, c);
    }
    *ret = buffer_take(&out);
    return 0;
}

static int add_term(struct field_selector *s, size_t *capacity, struct slice text, struct slice term,
                    struct error *err)
{
    struct slice field, value;
    char *plain = NULL;
    bool negate;
    if (!split_term(term, &field, &negate, &value)) {
        _cleanup_(buffer_done) struct buffer whole = BUFFER_INIT, part = BUFFER_INIT;
        selector_quote(&whole, text, '\'');
        selector_quote(&part, term, '\'');
        return error_set(err, ERR_BAD_REQUEST, "invalid selector: %s; can't understand %s", whole.data,
                         part.data);
    }
    if (unescape(value, &plain, err))
        return -1;
    s->terms = xgrow(s->terms, capacity, s->count + 1, sizeof(*s->terms));
    s->terms[s->count++] = (struct field_selector_term){xstrndup(field.data, field.size), plain, negate};
    return 0;
}

int field_selector_parse(struct slice text, struct field_selector **ret, struct error *err)
{
    struct field_selector *s = new0(struct field_selector);
    struct slice rest = text;
    size_t capacity = 0;
    while (rest.data && rest.size) {
        struct slice term = cut_term(&rest);
        if (term.size && add_term(s, &capacity, text, term, err)) {
            field_selector_free(s);
            return -1;
        }
    }
    *ret = s;
    return 0;
}

static bool value_is(const struct json *value, const char *text)
{
    char number[32];
    if (json_is(value, JSON_STRING))
        return !strcmp(value->string, text);
    if (json_is(value, JSON_BOOL))
        return !strcmp(value->boolean ? "true" : "false", text);
    if (!json_is(value, JSON_INT))
        return !*text;
    snprintf(number, sizeof(number), "%lld", (long long)value->integer);
    return !strcmp(number, text);
}

bool field_selector_matches(const struct field_selector *s, const struct json *object)
{
    for (unsigned i = 0; i < s->count; i++)
        if (value_is(json_at(object, s->terms[i].field), s->terms[i].value) == s->terms[i].negate)
            return false;
    return true;
}

void field_selector_free(struct field_selector *s)
{
    if (!s)
        return;
    for (unsigned i = 0; i < s->count; i++) {
        free((char *)s->terms[i].field);
        free((char *)s->terms[i].value);
    }
    free(s->terms);
    free(s);
}
