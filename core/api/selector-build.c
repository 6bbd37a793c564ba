/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of a requirement, and the packing of a draft into the one block that a selector is. */
#include "core/api/selector-build.h"

#include <stdlib.h>

#include "core/api/names.h"
#include "core/base/memory.h"
#include "core/base/number.h"

void selector_draft_done(struct selector_draft *d)
{
    free(d->requirements);
    free(d->values);
}

void selector_quote(struct buffer *out, struct slice text, char quote)
{
    buffer_append_char(out, quote);
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < ' ' || c > '~')
            buffer_printf(out, "\\x%02x", c);
        else
            buffer_printf(out, c == '\\' || c == '"' ? "\\%c" : "%c", c);
    }
    buffer_append_char(out, quote);
}

void selector_draft_value(struct selector_draft *d, struct slice value)
{
    d->values = xgrow(d->values, &d->values_capacity, d->values_count + 1, sizeof(*d->values));
    d->values[d->values_count++] = value;
}

static int compare_slices(const void *a, const void *b)
{
    const struct slice *x = a, *y = b;
    size_t size = MIN(x->size, y->size);
    int order = size ? memcmp(x->data, y->data, size) : 0;
    return order ? order : (x->size > y->size) - (x->size < y->size);
}

/* Sorts the values from `first` on and leaves each once. */
static void make_set(struct selector_draft *d, size_t first)
{
    size_t count = d->values_count - first, kept = 0;
    if (count < 2)
        return;
    struct slice *values = d->values + first;
    qsort(values, count, sizeof(*values), compare_slices);
    for (size_t i = 0; i < count; i++)
        if (!kept || !slice_equal(values[kept - 1], values[i]))
            values[kept++] = values[i];
    d->values_count = first + kept;
}

static size_t values_taken(const struct selector_draft *d)
{
    const struct selector_requirement *last = d->count ? &d->requirements[d->count - 1] : NULL;
    return last ? last->first + last->count : 0;
}

void selector_draft_take(struct selector_draft *d, struct slice key, enum selector_operator op)
{
    size_t first = values_taken(d);
    make_set(d, first);
    d->requirements = xgrow(d->requirements, &d->capacity, d->count + 1, sizeof(*d->requirements));
    struct selector_requirement *r = &d->requirements[d->count++];
    *r = (struct selector_requirement){.key = key, .op = op, .first = (uint32_t)first};
    r->count = (uint32_t)(d->values_count - first);
    if (r->count && (op == SELECTOR_GREATER_THAN || op == SELECTOR_LESS_THAN))
        parse_i64(d->values[first], INT64_MIN, INT64_MAX, &r->number);
}

/* What is wrong with how many values there are. */
static const char *wrong_count(enum selector_operator op, size_t count)
{
    switch (op) {
    case SELECTOR_IN:
    case SELECTOR_NOT_IN:
        return count ? NULL : "for 'in', 'notin' operators, values set can't be empty";
    case SELECTOR_EXISTS:
    case SELECTOR_DOES_NOT_EXIST:
        return count ? "values set must be empty for exists and does not exist" : NULL;
    case SELECTOR_GREATER_THAN:
    case SELECTOR_LESS_THAN:
        return count == 1 ? NULL : "for 'Gt', 'Lt' operators, exactly one value is required";
    default:
        return count == 1 ? NULL : "exact-match compatibility requires one single value";
    }
}

static void append_values(struct buffer *out, const struct slice *values, size_t count)
{
    buffer_append_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (i)
            buffer_append_char(out, ',');
        selector_quote(out, values[i], '"');
    }
    buffer_append_char(out, ']');
}

/* Begins `field: Invalid value: `, which each complaint starts with. */
__attribute__((format(printf, 2, 3))) static void begin_wrong(struct buffer *wrong, const char *fmt, ...)
{
    va_list ap;
    if (wrong->size)
        buffer_append_str(wrong, ", ");
    va_start(ap, fmt);
    _cleanup_free_ char *field = xvasprintf(fmt, ap);
    va_end(ap);
    buffer_printf(wrong, "%s: Invalid value: ", field);
}

static unsigned check_values(struct slice key, enum selector_operator op, const struct slice *values,
                             size_t count, struct buffer *wrong)
{
    unsigned found = 0;
    int64_t number;
    for (size_t i = 0; i < count && (op == SELECTOR_GREATER_THAN || op == SELECTOR_LESS_THAN); i++)
        if (!parse_i64(values[i], INT64_MIN, INT64_MAX, &number)) {
            begin_wrong(wrong, "values[%zu]", i);
            selector_quote(wrong, values[i], '"');
            buffer_append_str(wrong, ": for 'Gt', 'Lt' operators, the value must be an integer");
            found++;
        }
    for (size_t i = 0; i < count; i++) {
        const char *why = name_check_label_value(values[i]);
        if (why) {
            begin_wrong(wrong, "values[%zu][%.*s]", i, SLICE_ARG(key));
            selector_quote(wrong, values[i], '"');
            buffer_printf(wrong, ": %s", why);
            found++;
        }
    }
    return found;
}

unsigned selector_draft_require(struct selector_draft *d, struct slice key, enum selector_operator op,
                                struct buffer *wrong)
{
    size_t first = values_taken(d), count = d->values_count - first;
    unsigned found = 0;
    const char *why = name_check_qualified(key);
    if (why) {
        begin_wrong(wrong, "key");
        selector_quote(wrong, key, '"');
        buffer_printf(wrong, ": %s", why);
        found++;
    }
    why = wrong_count(op, count);
    if (why) {
        begin_wrong(wrong, "values");
        append_values(wrong, count ? d->values + first : NULL, count);
        buffer_printf(wrong, ": %s", why);
        found++;
    }
    found += check_values(key, op, count ? d->values + first : NULL, count, wrong);
    selector_draft_take(d, key, op);
    return found;
}

struct selector *selector_nothing(void)
{
    struct selector *s = new0(struct selector);
    s->nothing = true;
    return s;
}

static int compare_requirements(const void *a, const void *b)
{
    const struct selector_requirement *x = a, *y = b;
    int order = compare_slices(&x->key, &y->key);
    return order ? order : (x->first > y->first) - (x->first < y->first);
}

static struct slice pack_text(char **next, struct slice text)
{
    struct slice packed = {*next, text.size};
    if (text.size)
        memcpy(*next, text.data, text.size);
    *next += text.size;
    return packed;
}

struct selector *selector_pack(const struct selector_draft *d)
{
    size_t size = sizeof(struct selector) + d->count * sizeof(struct selector_requirement) +
                  d->values_count * sizeof(struct slice);
    size_t texts = size;
    for (size_t i = 0; i < d->count; i++)
        size += d->requirements[i].key.size;
    for (size_t i = 0; i < d->values_count; i++)
        size += d->values[i].size;

    struct selector *s = xcalloc(1, size);
    char *next = (char *)s + texts;
    struct slice *values = (struct slice *)(s->requirements + d->count);
    s->count = (uint32_t)d->count;
    if (d->count)
        memcpy(s->requirements, d->requirements, d->count * sizeof(*s->requirements));
    if (d->count > 1)
        qsort(s->requirements, d->count, sizeof(*s->requirements), compare_requirements);
    for (size_t i = 0; i < d->values_count; i++)
        values[i] = pack_text(&next, d->values[i]);
    for (size_t i = 0; i < d->count; i++) {
        struct selector_requirement *r = &s->requirements[i];
        r->key = pack_text(&next, r->key);
        r->values = values + r->first;
    }
    return s;
}
