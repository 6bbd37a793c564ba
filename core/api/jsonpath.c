/* SPDX-License-Identifier: Apache-2.0 */
/* A path is a list of steps; finding is a recursion over them, so deep as the path is long. */
#include "core/api/jsonpath.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/base/number.h"

#define STEPS_MAX 64
#define DEPTH_MAX 4 /* of filters in filters */

enum step_kind { STEP_MEMBER, STEP_RANGE, STEP_ALL, STEP_FILTER };
enum step_comparison {
    COMPARE_EXISTS,
    COMPARE_EQUAL,
    COMPARE_NOT_EQUAL,
    COMPARE_LESS,
    COMPARE_LESS_EQUAL,
    COMPARE_GREATER,
    COMPARE_GREATER_EQUAL
};

struct step {
    enum step_kind kind;
    char *member; /* STEP_MEMBER */
    int64_t from, to,
        stride; /* STEP_RANGE: elements; to INT64_MAX: the end. Negative ones count from the end. */
    struct jsonpath *filter; /* STEP_FILTER: the path of what is compared, in the element */
    enum step_comparison comparison;
    struct json literal; /* its string is owned */
};

struct jsonpath {
    struct step *steps;
    size_t count, capacity;
};

struct parser {
    struct slice rest;
    const char *start;
    unsigned depth; /* of filters in filters */
    struct error *err;
};

static int expected(const struct parser *p, const char *what)
{
    return error_set(p->err, ERR_BAD_REQUEST, "JSON path: at offset %zu: expected %s",
                     (size_t)(p->rest.data - p->start), what);
}

static char peek(const struct parser *p)
{
    return p->rest.size ? *p->rest.data : '\0';
}

static void skip(struct parser *p, size_t n)
{
    p->rest.data += n;
    p->rest.size -= n;
}

static bool take(struct parser *p, const char *text)
{
    if (!slice_starts(p->rest, text))
        return false;
    skip(p, strlen(text));
    return true;
}

static void skip_spaces(struct parser *p)
{
    while (peek(p) == ' ')
        skip(p, 1);
}

/* A name up to an unescaped character of the stops; the backslash makes any character plain. */
static char *take_name(struct parser *p, const char *stops)
{
    struct buffer name = BUFFER_INIT;
    while (p->rest.size && !strchr(stops, peek(p))) {
        if (peek(p) == '\\' && p->rest.size > 1)
            skip(p, 1);
        buffer_append_char(&name, peek(p));
        skip(p, 1);
    }
    return buffer_take(&name);
}

static struct step *add_step(struct parser *p, struct jsonpath *path, enum step_kind kind)
{
    if (path->count == STEPS_MAX) {
        expected(p, "an end: the path is too long");
        return NULL;
    }
    path->steps = xgrow(path->steps, &path->capacity, path->count + 1, sizeof(*path->steps));
    path->steps[path->count] = (struct step){.kind = kind, .stride = 1};
    return &path->steps[path->count++];
}

static int parse_steps(struct parser *p, struct jsonpath *path, const char *stops);

static bool take_number(struct parser *p, int64_t *ret)
{
    size_t n = peek(p) == '-';
    while (n < p->rest.size && p->rest.data[n] >= '0' && p->rest.data[n] <= '9')
        n++;
    if (!parse_i64((struct slice){p->rest.data, n}, INT32_MIN, INT32_MAX, ret))
        return false;
    skip(p, n);
    return true;
}

/* [3], [1:3], [-1:], [::2] */
static int parse_range(struct parser *p, struct jsonpath *path)
{
    struct step *step = add_step(p, path, STEP_RANGE);
    if (!step)
        return -1;
    bool first = take_number(p, &step->from);
    if (!take(p, ":")) {
        if (!first)
            return expected(p, "a number, *, a name in quotes or a filter");
        step->to = step->from == -1 ? INT64_MAX : step->from + 1;
        return take(p, "]") ? 0 : expected(p, "]");
    }
    if (!take_number(p, &step->to))
        step->to = INT64_MAX;
    if (take(p, ":") && take_number(p, &step->stride) && step->stride < 1)
        return expected(p, "a step of 1 or more");
    return take(p, "]") ? 0 : expected(p, "]");
}

static int parse_literal(struct parser *p, struct json *ret)
{
    int64_t number;
    char quote = peek(p);
    if (quote == '"' || quote == '\'') {
        const char stops[] = {quote, '\0'};
        skip(p, 1);
        char *text = take_name(p, stops);
        *ret = (struct json){.type = JSON_STRING, .string = text, .size = (uint32_t)strlen(text)};
        return take(p, stops) ? 0 : expected(p, "the quote that ends the text");
    }
    if (take(p, "true") || take(p, "false")) {
        *ret = (struct json){.type = JSON_BOOL, .boolean = p->rest.data[-4] == 't'};
        return 0;
    }
    if (!take_number(p, &number))
        return expected(p, "a text in quotes, a number, true or false");
    *ret = (struct json){.type = JSON_INT, .integer = number};
    return 0;
}

/* [?(@.type=="Ready")] */
static int parse_filter(struct parser *p, struct jsonpath *path)
{
    static const struct {
        const char *text;
        enum step_comparison comparison;
    } comparisons[] = {
        {"==", COMPARE_EQUAL},         {"!=", COMPARE_NOT_EQUAL}, {"<=", COMPARE_LESS_EQUAL},
        {">=", COMPARE_GREATER_EQUAL}, {"<", COMPARE_LESS},       {">", COMPARE_GREATER},
        {"=", COMPARE_EQUAL},
    };
    struct step *step = add_step(p, path, STEP_FILTER);
    if (!step)
        return -1;
    step->filter = new0(struct jsonpath);
    if (p->depth++ == DEPTH_MAX)
        return expected(p, "no more filters in filters");
    skip_spaces(p);
    if (!take(p, "@"))
        return expected(p, "@");
    if (parse_steps(p, step->filter, "=!<>) "))
        return -1;
    p->depth--;
    skip_spaces(p);
    for (size_t i = 0; i < ARRAY_SIZE(comparisons); i++) {
        if (!take(p, comparisons[i].text))
            continue;
        step->comparison = comparisons[i].comparison;
        skip_spaces(p);
        if (parse_literal(p, &step->literal))
            return -1;
        break;
    }
    skip_spaces(p);
    return take(p, ")]") ? 0 : expected(p, ")]");
}

static int parse_bracket(struct parser *p, struct jsonpath *path)
{
    if (take(p, "?("))
        return parse_filter(p, path);
    if (take(p, "*]"))
        return add_step(p, path, STEP_ALL) ? 0 : -1;
    if (peek(p) != '\'' && peek(p) != '"')
        return parse_range(p, path);
    const char quote[] = {peek(p), '\0'};
    struct step *step = add_step(p, path, STEP_MEMBER);
    if (!step)
        return -1;
    skip(p, 1);
    step->member = take_name(p, quote);
    if (!take(p, quote))
        return expected(p, "the quote that ends the name");
    return take(p, "]") ? 0 : expected(p, "]");
}

static int parse_name(struct parser *p, struct jsonpath *path, const char *stops)
{
    char all_stops[32];
    snprintf(all_stops, sizeof(all_stops), ".[%s", stops);
    if (take(p, "*"))
        return add_step(p, path, STEP_ALL) ? 0 : -1;
    if (!p->rest.size || strchr(all_stops, peek(p)))
        return expected(p, "a name");
    struct step *step = add_step(p, path, STEP_MEMBER);
    if (!step)
        return -1;
    step->member = take_name(p, all_stops);
    return 0;
}

static int parse_steps(struct parser *p, struct jsonpath *path, const char *stops)
{
    while (p->rest.size && !strchr(stops, peek(p))) {
        if (take(p, "[")) {
            if (parse_bracket(p, path))
                return -1;
        } else if (take(p, ".")) {
            bool bracket = peek(p) == '[' || !p->rest.size; /* "." alone is the root */
            if (!bracket && parse_name(p, path, stops))
                return -1;
        } else {
            return expected(p, ". or [");
        }
    }
    return 0;
}

int jsonpath_parse(struct slice text, struct jsonpath **ret, struct error *err)
{
    struct parser p = {text, text.data, 0, err};
    struct jsonpath *path = new0(struct jsonpath);
    if (slice_starts(p.rest, "{") && slice_ends(p.rest, "}"))
        p.rest = (struct slice){p.rest.data + 1, p.rest.size - 2};
    take(&p, "$");
    if (!p.rest.size)
        expected(&p, ". or [");
    if (!p.rest.size || parse_steps(&p, path, "")) {
        jsonpath_free(path);
        return -1;
    }
    *ret = path;
    return 0;
}

struct walk {
    const struct jsonpath *path;
    bool (*found)(void *context, const struct json *value);
    void *context;
};

static bool walk_from(const struct walk *w, unsigned index, const struct json *value);

static int compare(const struct json *a, const struct json *b)
{
    if (json_is(a, JSON_STRING)) {
        size_t size = MIN(a->size, b->size);
        int order = size ? memcmp(a->string, b->string, size) : 0;
        return order ? order : (a->size > b->size) - (a->size < b->size);
    }
    double x = json_is(a, JSON_DOUBLE) ? a->number : (double)json_integer_or(a, 0);
    double y = json_is(b, JSON_DOUBLE) ? b->number : (double)json_integer_or(b, 0);
    return (x > y) - (x < y);
}

static bool is_number(const struct json *value)
{
    return json_is(value, JSON_INT) || json_is(value, JSON_DOUBLE);
}

static bool passes(const struct step *step, const struct json *element)
{
    const struct json *value = jsonpath_first(step->filter, element), *literal = &step->literal;
    if (step->comparison == COMPARE_EXISTS)
        return value != NULL;
    if (!value)
        return false;
    if (step->comparison == COMPARE_EQUAL || step->comparison == COMPARE_NOT_EQUAL)
        return json_equal(value, literal) == (step->comparison == COMPARE_EQUAL);
    if (!(is_number(value) && is_number(literal)) &&
        !(json_is(value, JSON_STRING) && json_is(literal, JSON_STRING)))
        return false;
    int order = compare(value, literal);
    switch (step->comparison) {
    case COMPARE_LESS:
        return order < 0;
    case COMPARE_LESS_EQUAL:
        return order <= 0;
    case COMPARE_GREATER:
        return order > 0;
    default:
        return order >= 0;
    }
}

static bool walk_range(const struct walk *w, unsigned index, const struct json *array)
{
    const struct step *step = &w->path->steps[index];
    int64_t count = json_count(array), at = 0;
    int64_t from = step->from < 0 ? step->from + count : step->from;
    int64_t to = step->to < 0 ? step->to + count : step->to;
    json_for_each (it, json_is(array, JSON_ARRAY) ? array : NULL) {
        if (at >= from && at < to && (at - from) % step->stride == 0 && !walk_from(w, index + 1, it))
            return false;
        at++;
    }
    return true;
}

/* false: the walk has ended. */
static bool walk_from(const struct walk *w, unsigned index, const struct json *value)
{
    if (index == w->path->count)
        return json_is_absent(value) || w->found(w->context, value);
    const struct step *step = &w->path->steps[index];
    switch (step->kind) {
    case STEP_MEMBER:
        value = json_get(value, step->member);
        return !value || walk_from(w, index + 1, value);
    case STEP_RANGE:
        return walk_range(w, index, value);
    case STEP_ALL:
    case STEP_FILTER:
        break;
    }
    json_for_each (it, value)
        if ((step->kind == STEP_ALL || passes(step, it)) && !walk_from(w, index + 1, it))
            return false;
    return true;
}

void jsonpath_each(const struct jsonpath *path, const struct json *root,
                   bool (*found)(void *context, const struct json *value), void *context)
{
    struct walk w = {path, found, context};
    walk_from(&w, 0, root);
}

static bool keep_first(void *context, const struct json *value)
{
    *(const struct json **)context = value;
    return false;
}

const struct json *jsonpath_first(const struct jsonpath *path, const struct json *root)
{
    const struct json *first = NULL;
    jsonpath_each(path, root, keep_first, &first);
    return first;
}

void jsonpath_free(struct jsonpath *path)
{
    for (size_t i = 0; path && i < path->count; i++) {
        struct step *step = &path->steps[i];
        free(step->member);
        jsonpath_free(step->filter);
        if (step->literal.type == JSON_STRING)
            free((char *)(uintptr_t)step->literal.string);
    }
    if (path)
        free(path->steps);
    free(path);
}
