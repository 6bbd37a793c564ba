/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON text to a document, in one pass. The text is copied into the arena once and parsed in place: a string
 * is its own bytes there, with a NUL where its closing quote stood, so parsing allocates nothing but nodes.
 * The copy ends in zero bytes, which stop every scan (a zero byte is never allowed in JSON), so no scan
 * compares against the end. An open container holds its parent in `next` until it is closed: no recursion, no
 * stack.
 */
#include "core/api/json.h"

#include <math.h>
#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/api/json-index.h"
#include "core/base/encoding.h"
#include "core/base/memory.h"

#define PARSE_PADDING    16 /* zero bytes behind the text; at least one vector */
#define PARSE_SMALL      32 /* members up to which a repeated key is looked for while parsing */
#define PARSE_KEY_MAX    ((1u << 24) - 1)
#define PARSE_INT_DIGITS 18                 /* that many always fit an int64 */
#define PARSE_COUNT_MAX  ((size_t)64 << 10) /* bytes of text up to which its nodes are counted beforehand */

struct parser {
    struct arena *arena;
    char *start, *at, *end;
    char *node_next, *node_end; /* room for nodes that was taken together with the text */
    struct json *open;          /* innermost container; its next is the one around it */
    unsigned depth;
    struct error *err;
    uint64_t seen[JSON_DEPTH_MAX]; /* per depth: a Bloom filter of the keys of the open object */
};

static int parse_fail(struct parser *p, const char *what)
{
    if (p->at >= p->end)
        return error_set(p->err, ERR_BAD_REQUEST, "invalid JSON: unexpected end of text at offset %zu: %s",
                         (size_t)(p->end - p->start), what);
    return error_set(p->err, ERR_BAD_REQUEST, "invalid JSON at offset %zu: %s", (size_t)(p->at - p->start),
                     what);
}

static inline struct json *parse_node(struct parser *p)
{
    struct json *node;

    if (p->node_next < p->node_end) {
        node = (struct json *)(void *)p->node_next;
        p->node_next += sizeof(*node);
    } else {
        node = arena_alloc(p->arena, sizeof(*node));
    }
    *node = (struct json){0};
    return node;
}

static inline void parse_space(struct parser *p)
{
    while (*p->at == ' ' || *p->at == '\n' || *p->at == '\r' || *p->at == '\t')
        p->at++;
}

/* Moves at to the next quote, backslash or control character; sets *high when a byte beyond ASCII was passed.
 */
static inline char *scan_string(char *at, unsigned *high)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1f);

    for (;; at += 16) {
        __m128i x = _mm_loadu_si128((const __m128i *)(const void *)at);
        __m128i stop = _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, backslash));
        stop = _mm_or_si128(stop, _mm_cmpeq_epi8(_mm_max_epu8(x, control), control));
        unsigned mask = (unsigned)_mm_movemask_epi8(stop), bits = (unsigned)_mm_movemask_epi8(x);
        if (mask) {
            unsigned n = (unsigned)__builtin_ctz(mask);
            *high |= bits & ((1u << n) - 1);
            return at + n;
        }
        *high |= bits;
    }
#else
    for (;; at++) {
        unsigned char c = (unsigned char)*at;
        if (c == '"' || c == '\\' || c < 0x20)
            return at;
        *high |= c & 0x80;
    }
#endif
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The four digits at `at`; -1 when they are not all there. */
static int32_t hex_quad(const char *at)
{
    int32_t value = 0;

    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(at[i]);
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

static char *put_utf8(char *to, uint32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
        return to;
    }
    if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
    }
    *to++ = (char)(0x80 | (c & 0x3f));
    return to;
}

/* at stands behind "\u". Lone surrogates become U+FFFD, as Go's decoder has it. */
static char *parse_unicode(struct parser *p, char *to)
{
    int32_t c = hex_quad(p->at);

    if (c < 0) {
        parse_fail(p, "expected four hexadecimal digits");
        return NULL;
    }
    p->at += 4;
    if (c >= 0xd800 && c < 0xe000) {
        int32_t low = c < 0xdc00 && p->at[0] == '\\' && p->at[1] == 'u' ? hex_quad(p->at + 2) : -1;
        if (low >= 0xdc00 && low < 0xe000) {
            p->at += 6;
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        } else {
            c = 0xfffd;
        }
    }
    return put_utf8(to, (uint32_t)c);
}

/* at stands on a backslash; to is at or before it. */
static char *parse_escape(struct parser *p, char *to)
{
    static const char from[] = "\"\\/bfnrt", meaning[] = "\"\\/\b\f\n\r\t";
    const char *found = p->at[1] ? strchr(from, p->at[1]) : NULL;

    if (found) {
        p->at += 2;
        *to++ = meaning[found - from];
        return to;
    }
    p->at++;
    if (*p->at != 'u') {
        parse_fail(p, "unknown escape in a string");
        return NULL;
    }
    p->at++;
    return parse_unicode(p, to);
}

/* The rest of a string that holds escapes: moves what it means down over the text. NULL after an error; else
 * its end. */
static char *parse_escaped(struct parser *p, char *to, unsigned *high)
{
    while (*p->at == '\\') {
        to = parse_escape(p, to);
        if (!to)
            return NULL;
        char *stop = scan_string(p->at, high);
        size_t size = (size_t)(stop - p->at);
        memmove(to, p->at, size);
        to += size;
        p->at = stop;
    }
    return to;
}

/* at stands on the opening quote, and behind the closing one afterwards. */
static inline int parse_string(struct parser *p, const char **ret, uint32_t *ret_size)
{
    unsigned high = 0;
    char *text = p->at + 1;
    char *stop = p->at = scan_string(text, &high);

    if (__builtin_expect(*stop == '\\', 0)) {
        stop = parse_escaped(p, stop, &high);
        if (!stop)
            return -1;
    }
    if (*p->at != '"')
        return parse_fail(p, "control character in a string, or a string that does not end");
    *stop = '\0';
    if (__builtin_expect(high, 0) && !utf8_valid((struct slice){text, (size_t)(stop - text)})) {
        p->at = text;
        return parse_fail(p, "a string that is not valid UTF-8");
    }
    p->at++;
    *ret = text;
    *ret_size = (uint32_t)(stop - text);
    return 0;
}

static char *skip_digits(char *at)
{
    while (*at >= '0' && *at <= '9')
        at++;
    return at;
}

/* from: the number's start; the whole part ends at p->at. */
static int parse_double(struct parser *p, const char *from, struct json *node)
{
    if (*p->at == '.') {
        char *digits = ++p->at;
        p->at = skip_digits(digits);
        if (p->at == digits)
            return parse_fail(p, "expected a digit behind the point");
    }
    if (*p->at == 'e' || *p->at == 'E') {
        p->at++;
        if (*p->at == '+' || *p->at == '-')
            p->at++;
        char *digits = p->at;
        p->at = skip_digits(digits);
        if (p->at == digits)
            return parse_fail(p, "expected a digit in the exponent");
    }
    node->type = JSON_DOUBLE;
    node->number = strtod(from, NULL);
    return isfinite(node->number) ? 0 : parse_fail(p, "a number that is out of range");
}

static int parse_number(struct parser *p, struct json *node)
{
    const char *from = p->at;
    bool negative = *p->at == '-';
    char *digits = p->at += negative;
    uint64_t value = 0;

    for (; *p->at >= '0' && *p->at <= '9'; p->at++)
        value = value * 10 + (unsigned)(*p->at - '0');
    size_t count = (size_t)(p->at - digits);
    if (count == 0 || (*digits == '0' && count > 1))
        return parse_fail(p, count ? "a number with a leading zero" : "expected a value");
    if (*p->at == '.' || *p->at == 'e' || *p->at == 'E' || count > PARSE_INT_DIGITS + 1)
        return parse_double(p, from, node);
    if (value > (uint64_t)INT64_MAX + negative) /* 19 digits do not wrap a uint64 */
        return parse_double(p, from, node);
    node->type = JSON_INT;
    node->integer = (int64_t)(negative ? 0 - value : value);
    return 0;
}

static int parse_word(struct parser *p, struct json *node, const char *word, size_t size, enum json_type type)
{
    if (strncmp(p->at, word, size) != 0)
        return parse_fail(p, "expected a value");
    p->at += size;
    node->type = type;
    node->boolean = *word == 't';
    return 0;
}

static inline int parse_scalar(struct parser *p, struct json *node)
{
    switch (*p->at) {
    case '"':
        node->type = JSON_STRING;
        return parse_string(p, &node->string, &node->size);
    case 't':
        return parse_word(p, node, "true", 4, JSON_BOOL);
    case 'f':
        return parse_word(p, node, "false", 5, JSON_BOOL);
    case 'n':
        return parse_word(p, node, "null", 4, JSON_NULL);
    default:
        return parse_number(p, node);
    }
}

static inline uint64_t key_bit(const char *key, uint32_t size)
{
    uint64_t head;

    memcpy(&head, key, sizeof(head));
    if (size < 8)
        head &= (UINT64_C(1) << size * 8) - 1;
    return UINT64_C(1) << ((head + size) * UINT64_C(0x9e3779b97f4a7c15) >> 58);
}

/* Takes an earlier member of the open object with this key away. */
static void drop_earlier(struct parser *p, struct json *node)
{
    json_for_each (member, p->open)
        if (member->key_size == node->key_size && memcmp(member->key, node->key, node->key_size) == 0) {
            json_remove_node(p->open, member);
            node->repeated = 1;
            return;
        }
}

static inline int parse_key(struct parser *p, struct json *node)
{
    uint32_t size = 0;

    parse_space(p);
    if (*p->at != '"')
        return parse_fail(p, "expected a member's name in quotes");
    if (parse_string(p, &node->key, &size) < 0)
        return -1;
    if (size > PARSE_KEY_MAX)
        return parse_fail(p, "a member's name that is too long");
    node->key_size = size & PARSE_KEY_MAX;
    uint64_t bit = key_bit(node->key, size), *seen = &p->seen[p->depth - 1];
    if (*seen & bit && p->open->size <= PARSE_SMALL)
        drop_earlier(p, node);
    *seen |= bit;
    parse_space(p);
    if (*p->at != ':')
        return parse_fail(p, "expected ':'");
    p->at++;
    return 0;
}

static inline void parse_link(struct parser *p, struct json *node)
{
    struct json *open = p->open;

    if (open->last)
        open->last->next = node;
    else
        open->first = node;
    open->last = node;
    open->size++;
}

static int parse_open(struct parser *p, struct json *node)
{
    if (p->depth == JSON_DEPTH_MAX)
        return parse_fail(p, "nested too deep");
    node->type = *p->at == '{' ? JSON_OBJECT : JSON_ARRAY;
    p->at++;
    p->seen[p->depth++] = 0;
    node->next = p->open;
    p->open = node;
    return 0;
}

static void parse_close(struct parser *p)
{
    struct json *node = p->open;

    p->at++;
    p->depth--;
    p->open = node->next;
    node->next = NULL;
    if (__builtin_expect(node->type == JSON_OBJECT && node->size > PARSE_SMALL, 0))
        json_drop_repeated(node);
}

/* Behind a value: closes what closes here. 1: another value follows, 0: the document is whole, -1: error. */
static inline int parse_after(struct parser *p)
{
    while (p->open) {
        bool object = p->open->type == JSON_OBJECT;

        parse_space(p);
        if (*p->at == ',') {
            p->at++;
            return 1;
        }
        if (*p->at != (object ? '}' : ']'))
            return parse_fail(p, object ? "expected ',' or '}'" : "expected ',' or ']'");
        parse_close(p);
    }
    return 0;
}

/* One value, up to and with what closes behind it; a container that is not empty is left open. As
 * parse_after. */
static inline int parse_value(struct parser *p, struct json *node)
{
    parse_space(p);
    if (*p->at != '{' && *p->at != '[')
        return parse_scalar(p, node) < 0 ? -1 : parse_after(p);
    if (parse_open(p, node) < 0)
        return -1;
    parse_space(p);
    if (*p->at != (node->type == JSON_OBJECT ? '}' : ']'))
        return 1;
    parse_close(p);
    return parse_after(p);
}

static int parse_document(struct parser *p, struct json **ret)
{
    struct json *root = parse_node(p);
    int more = parse_value(p, root);

    while (more > 0) {
        struct json *node = parse_node(p);
        if (p->open->type == JSON_OBJECT && parse_key(p, node) < 0)
            return -1;
        parse_link(p, node);
        more = parse_value(p, node);
    }
    if (more < 0)
        return -1;
    parse_space(p);
    if (p->at != p->end)
        return parse_fail(p, "more text behind the document");
    *ret = root;
    return 0;
}

/* At least as many as there are values: each but the first stands behind a comma or an opening bracket. at
 * ends in PARSE_PADDING zero bytes. */
static size_t count_values(const char *at, const char *end)
{
    size_t count = 1;

#ifdef __SSE2__
    const __m128i comma = _mm_set1_epi8(','), open = _mm_set1_epi8('['), fold = _mm_set1_epi8((char)0xdf);
    while (at < end) {
        __m128i sum = _mm_setzero_si128();
        for (int i = 0; i < 255 && at < end; i++, at += 16) { /* 255: what a byte of the sum can hold */
            __m128i x = _mm_loadu_si128((const __m128i *)(const void *)at);
            __m128i found =
                _mm_or_si128(_mm_cmpeq_epi8(x, comma), _mm_cmpeq_epi8(_mm_and_si128(x, fold), open));
            sum = _mm_sub_epi8(sum, found);
        }
        sum = _mm_sad_epu8(sum, _mm_setzero_si128());
        count += (size_t)_mm_cvtsi128_si64(sum) + (size_t)_mm_cvtsi128_si64(_mm_unpackhi_epi64(sum, sum));
    }
#else
    for (; at < end; at++)
        count += (unsigned)(*at == ',') + (unsigned)(*at == '[') + (unsigned)(*at == '{');
#endif
    return count;
}

/* The copy of the text and, when that is not large, room for all its nodes: blocks that double would leave
 * half of themselves unused. */
static void parse_prepare(struct parser *p, struct slice text)
{
    p->start = p->at = arena_alloc(p->arena, text.size + PARSE_PADDING);
    p->end = p->start + text.size;
    if (text.size)
        memcpy(p->start, text.data, text.size);
    memset(p->end, 0, PARSE_PADDING);
    p->node_next = p->node_end = NULL;
    if (text.size <= PARSE_COUNT_MAX) {
        size_t size = count_values(p->start, p->end) * sizeof(struct json);
        p->node_next = arena_alloc(p->arena, size);
        p->node_end = p->node_next + size;
    }
}

int json_parse(struct arena *arena, struct slice text, struct json **ret, struct error *err)
{
    struct parser p;

    if (text.size > INT32_MAX)
        return error_set(err, ERR_TOO_LARGE, "a JSON text of %zu bytes is too large", text.size);
    p.arena = arena;
    p.open = NULL;
    p.depth = 0;
    p.err = err;
    parse_prepare(&p, text);
    int result = parse_document(&p, ret);
    if (p.node_end && arena->next == p.node_end)
        arena->next = p.node_next; /* gives back what the count was too much */
    return result;
}
