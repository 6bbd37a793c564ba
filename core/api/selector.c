/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Label selectors: a list of requirements that must all hold, packed with its texts into one block of memory,
 * so that the hundreds of thousands that affinity terms and services make stay small. The grammar of query
 * text is in selector-parse.c, checks and packing in selector-build.c.
 */
#include "core/api/selector.h"

#include <stdlib.h>

#include "core/api/selector-build.h"
#include "core/base/memory.h"
#include "core/base/number.h"

static bool has_value(const struct selector_requirement *r, struct slice value)
{
    for (uint32_t i = 0; i < r->count; i++)
        if (slice_equal(r->values[i], value))
            return true;
    return false;
}

static bool requirement_holds(const struct selector_requirement *r, bool present, struct slice value)
{
    int64_t number;
    switch (r->op) {
    case SELECTOR_EQUALS:
    case SELECTOR_DOUBLE_EQUALS:
    case SELECTOR_IN:
        return present && has_value(r, value);
    case SELECTOR_NOT_EQUALS:
    case SELECTOR_NOT_IN:
        return !present || !has_value(r, value);
    case SELECTOR_EXISTS:
        return present;
    case SELECTOR_DOES_NOT_EXIST:
        return !present;
    case SELECTOR_GREATER_THAN:
        return present && parse_i64(value, INT64_MIN, INT64_MAX, &number) && number > r->number;
    case SELECTOR_LESS_THAN:
        return present && parse_i64(value, INT64_MIN, INT64_MAX, &number) && number < r->number;
    }
    return false;
}

bool selector_matches_with(const struct selector *s,
                           bool (*get)(void *context, struct slice key, struct slice *ret_value),
                           void *context)
{
    if (s->nothing)
        return false;
    for (unsigned i = 0; i < s->count; i++) {
        struct slice value = {0};
        bool present = get(context, s->requirements[i].key, &value);
        if (!requirement_holds(&s->requirements[i], present, value))
            return false;
    }
    return true;
}

static bool get_from_json(void *context, struct slice key, struct slice *ret_value)
{
    const struct json *value = json_get_slice(context, key);
    *ret_value = json_slice(value);
    return json_is(value, JSON_STRING);
}

bool selector_matches(const struct selector *s, const struct json *labels)
{
    return selector_matches_with(s, get_from_json, (void *)labels);
}

bool selector_is_everything(const struct selector *s)
{
    return !s->nothing && !s->count;
}

static void write_requirement(struct buffer *out, const struct selector_requirement *r)
{
    static const char *const signs[] = {
        [SELECTOR_EQUALS] = "=",        [SELECTOR_DOUBLE_EQUALS] = "==", [SELECTOR_NOT_EQUALS] = "!=",
        [SELECTOR_IN] = " in (",        [SELECTOR_NOT_IN] = " notin (",  [SELECTOR_EXISTS] = "",
        [SELECTOR_DOES_NOT_EXIST] = "", [SELECTOR_GREATER_THAN] = ">",   [SELECTOR_LESS_THAN] = "<",
    };
    if (r->op == SELECTOR_DOES_NOT_EXIST)
        buffer_append_char(out, '!');
    buffer_append_slice(out, r->key);
    buffer_append_str(out, signs[r->op]);
    for (uint32_t i = 0; i < r->count; i++) {
        if (i)
            buffer_append_char(out, ',');
        buffer_append_slice(out, r->values[i]);
    }
    if (r->op == SELECTOR_IN || r->op == SELECTOR_NOT_IN)
        buffer_append_char(out, ')');
}

char *selector_text(const struct selector *s)
{
    struct buffer out = BUFFER_INIT;
    for (unsigned i = 0; i < s->count; i++) {
        if (i)
            buffer_append_char(&out, ',');
        write_requirement(&out, &s->requirements[i]);
    }
    return buffer_take(&out);
}

void selector_free(struct selector *s)
{
    free(s);
}

static unsigned require_labels(struct selector_draft *d, const struct json *labels, struct buffer *wrong)
{
    unsigned count = 0;
    json_for_each (it, labels) {
        selector_draft_value(d, json_slice(it));
        count += selector_draft_require(d, (struct slice){it->key, it->key_size}, SELECTOR_EQUALS, wrong);
    }
    return count;
}

static unsigned require_expression(struct selector_draft *d, const struct json *expression,
                                   struct buffer *wrong)
{
    static const struct {
        const char *name;
        enum selector_operator op;
    } operators[] = {
        {"In", SELECTOR_IN},
        {"NotIn", SELECTOR_NOT_IN},
        {"Exists", SELECTOR_EXISTS},
        {"DoesNotExist", SELECTOR_DOES_NOT_EXIST},
    };
    struct slice name = json_slice(json_get(expression, "operator"));
    for (size_t i = 0; i < ARRAY_SIZE(operators); i++)
        if (slice_is(name, operators[i].name)) {
            json_for_each (it, json_get(expression, "values"))
                selector_draft_value(d, json_slice(it));
            return selector_draft_require(d, json_slice(json_get(expression, "key")), operators[i].op, wrong);
        }
    if (wrong->size)
        buffer_append_str(wrong, ", ");
    selector_quote(wrong, name, '"');
    buffer_append_str(wrong, " is not a valid label selector operatorerator");
    return 1;
}

int selector_from_json(const struct json *label_selector, struct selector **ret, struct error *err)
{
    _cleanup_(selector_draft_done) struct selector_draft draft = {0};
    _cleanup_(buffer_done) struct buffer wrong = BUFFER_INIT;
    if (!json_is(label_selector, JSON_OBJECT)) {
        *ret = selector_nothing();
        return 0;
    }
    unsigned count = require_labels(&draft, json_get(label_selector, "matchLabels"), &wrong);
    json_for_each (it, json_get(label_selector, "matchExpressions"))
        count += require_expression(&draft, it, &wrong);
    if (count)
        return error_set(err, ERR_INVALID, count > 1 ? "[%s]" : "%s", wrong.data);
    *ret = selector_pack(&draft);
    return 0;
}

struct selector *selector_from_map(const struct json *map)
{
    _cleanup_(selector_draft_done) struct selector_draft draft = {0};
    if (!json_count(map))
        return selector_nothing();
    json_for_each (it, map) {
        selector_draft_value(&draft, json_slice(it));
        selector_draft_take(&draft, (struct slice){it->key, it->key_size}, SELECTOR_EQUALS);
    }
    return selector_pack(&draft);
}
