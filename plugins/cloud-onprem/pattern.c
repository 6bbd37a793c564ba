/* SPDX-License-Identifier: Apache-2.0 */
/* See pattern.h. Matching tries the shortest first and comes back when the rest does not fit; names are short
 * and parts few. */
#include "plugins/cloud-onprem/pattern.h"

#include <stdio.h>
#include <string.h>

#define NUMBER_MAX 999999999u
#define DIGITS_MAX 9

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Digits at *at, which moves behind them. */
static bool take_number(const char **at, uint32_t *ret, uint32_t *ret_width)
{
    const char *c = *at;
    uint32_t number = 0, width = 0;
    for (; is_digit(*c) && width < DIGITS_MAX; c++, width++)
        number = number * 10 + (uint32_t)(*c - '0');
    if (width == 0 || is_digit(*c))
        return false;
    *ret = number;
    *ret_width = width;
    *at = c;
    return true;
}

/* Behind the bracket; *at ends behind its end. */
static const char *parse_numbers(const char **at, struct pattern_part *part)
{
    const char *c = *at;
    *part = (struct pattern_part){.kind = PATTERN_NUMBERS};
    do {
        uint32_t first, last, width, width_last;
        bool zeros = *c == '0' && is_digit(c[1]);
        if (part->ranges_count == PATTERN_RANGES_MAX)
            return "has too many ranges in a bracket";
        if (!take_number(&c, &first, &width))
            return "has a bracket that holds no number of up to nine digits";
        last = first;
        if (*c == '-') {
            c++;
            if (!take_number(&c, &last, &width_last) || last < first)
                return "has a range that does not end behind its beginning";
        }
        if (zeros)
            part->width = width;
        part->ranges[part->ranges_count].first = first;
        part->ranges[part->ranges_count++].last = last;
    } while (*c == ',' && c++);
    if (*c != ']')
        return "has a bracket that does not end";
    *at = c + 1;
    return NULL;
}

const char *pattern_parse(const char *text, struct pattern *ret)
{
    struct pattern p = {.count = 0};
    uint32_t captures = 0, any = 0;
    for (const char *c = text; *c;) {
        const char *why;
        struct pattern_part *part = &p.parts[p.count];
        if (p.count++ == PATTERN_PARTS_MAX)
            return "has too many parts";
        if (*c == '[') {
            c++;
            if ((why = parse_numbers(&c, part)))
                return why;
        } else if (*c == '*' || *c == '?') {
            *part = (struct pattern_part){.kind = *c++ == '*' ? PATTERN_ANY : PATTERN_ONE};
        } else {
            *part = (struct pattern_part){.kind = PATTERN_TEXT, .text = c, .size = strcspn(c, "[*?")};
            c += part->size;
        }
        captures += part->kind != PATTERN_TEXT;
        any += part->kind == PATTERN_ANY;
    }
    if (any > 2) /* each more would multiply the ways to match a name */
        return "has more than two *";
    if (captures > PATTERN_CAPTURES_MAX)
        return "has more than nine brackets and wildcards";
    *ret = p;
    return NULL;
}

bool pattern_is_plain(const struct pattern *p)
{
    return p->count == 1 && p->parts[0].kind == PATTERN_TEXT;
}

static uint64_t numbers_of(const struct pattern_part *part)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < part->ranges_count; i++)
        count += part->ranges[i].last - part->ranges[i].first + UINT64_C(1);
    return count;
}

uint64_t pattern_names(const struct pattern *p)
{
    uint64_t count = 1;
    for (uint32_t i = 0; i < p->count; i++) {
        const struct pattern_part *part = &p->parts[i];
        uint64_t one = part->kind == PATTERN_NUMBERS ? numbers_of(part)
                       : part->kind == PATTERN_TEXT  ? 1
                                                     : UINT64_MAX;
        if (one == UINT64_MAX || count > UINT64_MAX / one)
            return UINT64_MAX;
        count *= one;
    }
    return count;
}

static uint32_t number_at(const struct pattern_part *part, uint64_t index)
{
    for (uint32_t i = 0; i < part->ranges_count; i++) {
        uint64_t count = part->ranges[i].last - part->ranges[i].first + UINT64_C(1);
        if (index < count)
            return part->ranges[i].first + (uint32_t)index;
        index -= count;
    }
    return 0;
}

/* The last bracket turns fastest. */
bool pattern_name(const struct pattern *p, uint64_t index, char *out, size_t size)
{
    uint64_t of_part[PATTERN_PARTS_MAX] = {0};
    size_t used = 0;
    for (uint32_t i = p->count; i > 0; i--)
        if (p->parts[i - 1].kind == PATTERN_NUMBERS) {
            uint64_t count = numbers_of(&p->parts[i - 1]);
            of_part[i - 1] = index % count;
            index /= count;
        }
    if (size == 0)
        return false;
    out[0] = '\0';
    for (uint32_t i = 0; i < p->count; i++) {
        const struct pattern_part *part = &p->parts[i];
        int more = part->kind == PATTERN_NUMBERS ? snprintf(out + used, size - used, "%0*u", (int)part->width,
                                                            number_at(part, of_part[i]))
                   : part->kind == PATTERN_TEXT
                       ? snprintf(out + used, size - used, "%.*s", (int)part->size, part->text)
                       : snprintf(out + used, size - used, "1");
        if (more < 0 || (size_t)more >= size - used)
            return false;
        used += (size_t)more;
    }
    return true;
}

/* Is this text one of the bracket's numbers, written as it writes them? */
static bool is_number_of(const struct pattern_part *part, const char *text, size_t size, uint32_t *ret)
{
    uint64_t number = 0;
    if (size == 0 || size > DIGITS_MAX)
        return false;
    for (size_t i = 0; i < size; i++) {
        if (!is_digit(text[i]))
            return false;
        number = number * 10 + (uint64_t)(text[i] - '0');
    }
    if (part->width ? size < part->width || (size > part->width && text[0] == '0')
                    : size > 1 && text[0] == '0')
        return false;
    for (uint32_t i = 0; i < part->ranges_count; i++)
        if (number >= part->ranges[i].first && number <= part->ranges[i].last) {
            *ret = (uint32_t)number;
            return true;
        }
    return false;
}

/* Does the part take so many characters of what is left? */
static bool takes(const struct pattern_part *part, const char *text, size_t size, uint32_t *ret_number)
{
    switch (part->kind) {
    case PATTERN_TEXT:
        return size == part->size && memcmp(text, part->text, size) == 0;
    case PATTERN_ONE:
        return size == 1;
    case PATTERN_ANY:
        return true;
    default:
        return is_number_of(part, text, size, ret_number);
    }
}

static bool match_from(const struct pattern *p, uint32_t at, const char *text, size_t size,
                       struct pattern_match *m)
{
    if (at == p->count)
        return size == 0;
    for (size_t length = 0; length <= size; length++) {
        struct pattern_match before = *m;
        uint32_t number = 0;
        if (!takes(&p->parts[at], text, length, &number))
            continue;
        if (p->parts[at].kind != PATTERN_TEXT) {
            m->captures[m->captures_count].text = text;
            m->captures[m->captures_count].size = length;
            m->captures[m->captures_count].is_number = p->parts[at].kind == PATTERN_NUMBERS;
            m->captures[m->captures_count++].number = number;
        }
        if (match_from(p, at + 1, text + length, size - length, m))
            return true;
        *m = before;
    }
    return false;
}

bool pattern_match(const struct pattern *p, const char *name, size_t size, struct pattern_match *ret)
{
    struct pattern_match m = {.name = name, .name_size = size};
    if (size > 253 || !match_from(p, 0, name, size, &m)) /* no node has a longer name */
        return false;
    *ret = m;
    return true;
}

struct expanding {
    char *out;
    size_t size, used;
};

static bool put(struct expanding *e, const char *text, size_t size)
{
    if (size >= e->size - e->used)
        return false;
    memcpy(e->out + e->used, text, size);
    e->used += size;
    e->out[e->used] = '\0';
    return true;
}

#define NO_WORD "has braces that hold none of name, 1 to 9, n, 1n to 9n, n+NUMBER"

/* word: "n" or "n+NUMBER". */
static const char *put_number(struct expanding *e, const char *word, size_t size, bool is_number,
                              uint32_t number)
{
    char text[16];
    uint32_t more = 0, width;
    const char *at = word + 2;
    if (size > 1 && (word[1] != '+' || !take_number(&at, &more, &width) || at != word + size))
        return NO_WORD;
    if (!is_number)
        return "asks for the number of a bracket that the name's pattern does not have";
    int length = snprintf(text, sizeof(text), "%u", number + more);
    return put(e, text, (size_t)length) ? NULL : "becomes too long";
}

static const char *put_first_number(struct expanding *e, const char *word, size_t size,
                                    const struct pattern_match *m)
{
    uint32_t i = 0;
    while (i < m->captures_count && !m->captures[i].is_number)
        i++;
    bool found = i < m->captures_count;
    return put_number(e, word, size, found, found ? m->captures[i].number : 0);
}

static const char *put_word(struct expanding *e, const char *word, size_t size, const struct pattern_match *m)
{
    if (size == 4 && memcmp(word, "name", 4) == 0)
        return put(e, m->name, m->name_size) ? NULL : "becomes too long";
    if (size && word[0] == 'n')
        return put_first_number(e, word, size, m);
    if (size == 0 || word[0] < '1' || word[0] > '9' || (size > 1 && word[1] != 'n'))
        return NO_WORD;
    uint32_t index = (uint32_t)(word[0] - '1');
    if (index >= m->captures_count)
        return "names a bracket or wildcard that the name's pattern does not have";
    if (size > 1)
        return put_number(e, word + 1, size - 1, m->captures[index].is_number, m->captures[index].number);
    return put(e, m->captures[index].text, m->captures[index].size) ? NULL : "becomes too long";
}

const char *pattern_expand(const char *text, const struct pattern_match *m, char *out, size_t size)
{
    struct expanding e = {out, size, 0};
    const char *why = NULL;
    out[0] = '\0';
    while (*text && !why) {
        size_t plain = strcspn(text, "{");
        if (!put(&e, text, plain))
            return "becomes too long";
        text += plain;
        if (!*text)
            break;
        const char *end = strchr(text, '}');
        if (!end)
            return "has a brace that does not end";
        why = put_word(&e, text + 1, (size_t)(end - text - 1), m);
        text = end + 1;
    }
    return why;
}
