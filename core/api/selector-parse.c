/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The text of a label selector, as it stands in ?labelSelector= and behind kubectl's -l: a scanner and a
 * parser by recursive descent. What is taken and what is said about the rest follows upstream's labels.Parse,
 * since users meet both.
 */
#include "core/api/selector-build.h"

#include "core/api/names.h"
#include "core/base/memory.h"

enum token {
    TOKEN_ERROR,
    TOKEN_END,
    TOKEN_CLOSE,
    TOKEN_COMMA,
    TOKEN_NOT,
    TOKEN_DOUBLE_EQUALS,
    TOKEN_EQUALS,
    TOKEN_GREATER,
    TOKEN_IDENTIFIER,
    TOKEN_IN,
    TOKEN_LESS,
    TOKEN_NOT_EQUALS,
    TOKEN_NOT_IN,
    TOKEN_OPEN
};

static const struct symbol {
    const char *text;
    enum token token;
    int op; /* -1: not one that takes a value */
} symbols[] = {
    {"==", TOKEN_DOUBLE_EQUALS, SELECTOR_DOUBLE_EQUALS},
    {"=", TOKEN_EQUALS, SELECTOR_EQUALS},
    {"!=", TOKEN_NOT_EQUALS, SELECTOR_NOT_EQUALS},
    {"!", TOKEN_NOT, -1},
    {">", TOKEN_GREATER, SELECTOR_GREATER_THAN},
    {"<", TOKEN_LESS, SELECTOR_LESS_THAN},
    {"(", TOKEN_OPEN, -1},
    {")", TOKEN_CLOSE, -1},
    {",", TOKEN_COMMA, -1},
    {"in", TOKEN_IN, SELECTOR_IN},
    {"notin", TOKEN_NOT_IN, SELECTOR_NOT_IN},
};

struct item {
    enum token token;
    struct slice text;
};

struct parser {
    struct slice rest;
    struct item next;
    struct selector_draft draft;
    struct error *err;
};

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_special(char c)
{
    return c && strchr("=!(),><", c);
}

static struct slice take(struct slice *rest, size_t n)
{
    struct slice taken = {rest->data, n};
    rest->data += n;
    rest->size -= n;
    return taken;
}

/* The symbols stand longest first, so the first that fits is right. */
static struct item scan_symbol(struct slice *rest)
{
    for (size_t i = 0; i < ARRAY_SIZE(symbols); i++)
        if (slice_starts(*rest, symbols[i].text))
            return (struct item){symbols[i].token, take(rest, strlen(symbols[i].text))};
    return (struct item){TOKEN_ERROR, take(rest, 1)};
}

static struct item scan_word(struct slice *rest)
{
    size_t n = 0;
    while (n < rest->size && rest->data[n] && !is_space(rest->data[n]) && !is_special(rest->data[n]))
        n++;
    struct item item = {TOKEN_IDENTIFIER, take(rest, n)};
    if (slice_is(item.text, "in"))
        item.token = TOKEN_IN;
    else if (slice_is(item.text, "notin"))
        item.token = TOKEN_NOT_IN;
    return item;
}

/* Text ends at a NUL byte, as upstream's scanner has it. */
static struct item scan(struct slice *rest)
{
    while (rest->size && is_space(rest->data[0]))
        take(rest, 1);
    if (!rest->size || !rest->data[0])
        return (struct item){TOKEN_END, {"", 0}};
    return is_special(rest->data[0]) ? scan_symbol(rest) : scan_word(rest);
}

/* `in` and `notin` are words like others where a key or a value stands. */
static enum token next_token(const struct parser *p)
{
    enum token token = p->next.token;
    return token == TOKEN_IN || token == TOKEN_NOT_IN ? TOKEN_IDENTIFIER : token;
}

static struct item consume(struct parser *p)
{
    struct item item = p->next;
    p->next = scan(&p->rest);
    return item;
}

static int unexpected(struct parser *p, const char *prefix, struct slice found, const char *expected)
{
    _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
    selector_quote(&text, found, '\'');
    return error_set(p->err, ERR_BAD_REQUEST, "%sfound %s%s", prefix, text.data, expected);
}

#define IN_REQUIREMENT "unable to parse requirement: "

/* "(a,b,)": an empty place is an empty value. */
static int parse_values(struct parser *p)
{
    struct item item = consume(p);
    bool after_value = false;
    if (item.token != TOKEN_OPEN)
        return unexpected(p, IN_REQUIREMENT, item.text, " expected: '('");
    for (;;) {
        enum token token = next_token(p);
        if (token == TOKEN_IDENTIFIER && !after_value) {
            selector_draft_value(&p->draft, p->next.text);
            after_value = true;
        } else if (token == TOKEN_COMMA || token == TOKEN_CLOSE) {
            if (!after_value)
                selector_draft_value(&p->draft, SLICE(""));
            after_value = false;
        } else {
            return unexpected(p, IN_REQUIREMENT, p->next.text,
                              after_value ? ", expected: ',' or ')'" : ", expected: ',', ')' or identifier");
        }
        consume(p);
        if (token == TOKEN_CLOSE)
            return 0;
    }
}

static int parse_exact_value(struct parser *p)
{
    enum token token = next_token(p);
    if (token == TOKEN_END || token == TOKEN_COMMA) {
        selector_draft_value(&p->draft, SLICE(""));
        return 0;
    }
    if (token != TOKEN_IDENTIFIER)
        return unexpected(p, IN_REQUIREMENT, p->next.text, ", expected: identifier");
    selector_draft_value(&p->draft, consume(p).text);
    return 0;
}

static int parse_operator(struct parser *p, enum selector_operator *ret)
{
    struct item item = consume(p);
    for (size_t i = 0; i < ARRAY_SIZE(symbols); i++)
        if (symbols[i].token == item.token && symbols[i].op >= 0) {
            *ret = (enum selector_operator)symbols[i].op;
            return 0;
        }
    return unexpected(p, IN_REQUIREMENT, item.text, ", expected: in, notin, =, ==, !=, gt, lt");
}

static int parse_key(struct parser *p, struct slice *ret)
{
    enum token token = next_token(p);
    struct item item = consume(p);
    if (token != TOKEN_IDENTIFIER)
        return unexpected(p, IN_REQUIREMENT, item.text, ", expected: identifier");
    const char *wrong = name_check_qualified(item.text);
    if (wrong) {
        _cleanup_(buffer_done) struct buffer text = BUFFER_INIT;
        selector_quote(&text, item.text, '"');
        return error_set(p->err, ERR_BAD_REQUEST, IN_REQUIREMENT "<nil>: Invalid value: %s: %s", text.data,
                         wrong);
    }
    *ret = item.text;
    return 0;
}

static int require_parsed(struct parser *p, struct slice key, enum selector_operator op)
{
    _cleanup_(buffer_done) struct buffer wrong = BUFFER_INIT;
    unsigned count = selector_draft_require(&p->draft, key, op, &wrong);
    if (!count)
        return 0;
    return error_set(p->err, ERR_BAD_REQUEST, count > 1 ? IN_REQUIREMENT "[%s]" : IN_REQUIREMENT "%s",
                     wrong.data);
}

static int parse_requirement(struct parser *p)
{
    bool negated = p->next.token == TOKEN_NOT;
    struct slice key;
    if (negated)
        consume(p);
    if (parse_key(p, &key))
        return -1;
    if (negated)
        return require_parsed(p, key, SELECTOR_DOES_NOT_EXIST);
    if (p->next.token == TOKEN_END || p->next.token == TOKEN_COMMA)
        return require_parsed(p, key, SELECTOR_EXISTS);
    enum selector_operator op = SELECTOR_EQUALS;
    if (parse_operator(p, &op))
        return -1;
    bool is_set = op == SELECTOR_IN || op == SELECTOR_NOT_IN;
    if (is_set ? parse_values(p) : parse_exact_value(p))
        return -1;
    return require_parsed(p, key, op);
}

static int parse_all(struct parser *p)
{
    p->next = scan(&p->rest);
    if (next_token(p) == TOKEN_END)
        return 0;
    if (next_token(p) != TOKEN_IDENTIFIER && next_token(p) != TOKEN_NOT)
        return unexpected(p, "", p->next.text, ", expected: !, identifier, or 'end of string'");
    for (;;) {
        if (parse_requirement(p))
            return -1;
        struct item item = consume(p);
        if (item.token == TOKEN_END)
            return 0;
        if (item.token != TOKEN_COMMA)
            return unexpected(p, "", item.text, ", expected: ',' or 'end of string'");
        if (next_token(p) != TOKEN_IDENTIFIER && next_token(p) != TOKEN_NOT)
            return unexpected(p, "", p->next.text, ", expected: identifier after ','");
    }
}

int selector_parse(struct slice text, struct selector **ret, struct error *err)
{
    struct parser p = {.rest = text, .err = err};
    int r = parse_all(&p);
    if (r == 0)
        *ret = selector_pack(&p.draft);
    selector_draft_done(&p.draft);
    return r;
}
