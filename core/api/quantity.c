/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Resource quantities. A value is an integer count of nano-units, so that adding and comparing are one
 * instruction or two; only reading and writing know about suffixes. Upstream keeps an int64 with a scale and
 * falls back to big decimals; the canonical text is the same for every value that fits 38 digits, and text
 * beyond that is refused instead of being cut.
 */
#include "core/api/quantity.h"

#include <stdio.h>

#include "core/base/memory.h"

#define NANO         INT64_C(1000000000)
#define DIGITS_MAX   38      /* of a mantissa: 10^38 < 2^127 */
#define EXPONENT_MAX 1000000 /* beyond this a number is as good as zero or infinite */
#define FRACTION_MAX 20      /* digits of a binary quantity's fraction: 10^20 × 2^60 < 2^127 */

static const struct suffix {
    const char *text;
    enum quantity_format format;
    int exponent; /* of 10, or of 2 */
} suffixes[] = {
    {"", QUANTITY_DECIMAL_SI, 0},   {"n", QUANTITY_DECIMAL_SI, -9}, {"u", QUANTITY_DECIMAL_SI, -6},
    {"m", QUANTITY_DECIMAL_SI, -3}, {"k", QUANTITY_DECIMAL_SI, 3},  {"M", QUANTITY_DECIMAL_SI, 6},
    {"G", QUANTITY_DECIMAL_SI, 9},  {"T", QUANTITY_DECIMAL_SI, 12}, {"P", QUANTITY_DECIMAL_SI, 15},
    {"E", QUANTITY_DECIMAL_SI, 18}, {"Ki", QUANTITY_BINARY_SI, 10}, {"Mi", QUANTITY_BINARY_SI, 20},
    {"Gi", QUANTITY_BINARY_SI, 30}, {"Ti", QUANTITY_BINARY_SI, 40}, {"Pi", QUANTITY_BINARY_SI, 50},
    {"Ei", QUANTITY_BINARY_SI, 60},
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static struct slice take_digits(struct slice *text)
{
    size_t n = 0;
    while (n < text->size && is_digit(text->data[n]))
        n++;
    struct slice digits = {text->data, n};
    text->data += n;
    text->size -= n;
    return digits;
}

/* "e3", "E-12": all that may stand after a number besides a suffix of the table. */
static bool parse_exponent(struct slice text, int *ret)
{
    if (text.size < 2 || (text.data[0] != 'e' && text.data[0] != 'E'))
        return false;
    size_t i = 1;
    bool negative = text.data[i] == '-';
    if (text.data[i] == '-' || text.data[i] == '+')
        i++;
    if (i == text.size)
        return false;
    int value = 0;
    for (; i < text.size; i++) {
        if (!is_digit(text.data[i]))
            return false;
        if (value < EXPONENT_MAX)
            value = value * 10 + (text.data[i] - '0');
    }
    *ret = negative ? -value : value;
    return true;
}

static bool parse_suffix(struct slice text, struct suffix *ret)
{
    for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
        if (slice_is(text, suffixes[i].text)) {
            *ret = suffixes[i];
            return true;
        }
    ret->format = QUANTITY_DECIMAL_EXPONENT;
    return parse_exponent(text, &ret->exponent);
}

/* Digits as one number. What does not fit is counted in *dropped, and in *sticky when it was not zero. */
struct mantissa {
    unsigned __int128 value;
    unsigned digits; /* significant ones */
    int64_t dropped;
    bool sticky;
};

static void mantissa_add(struct mantissa *m, struct slice digits)
{
    for (size_t i = 0; i < digits.size; i++) {
        unsigned digit = (unsigned)(digits.data[i] - '0');
        if (m->digits == DIGITS_MAX) {
            m->dropped++;
            m->sticky |= digit != 0;
            continue;
        }
        m->value = m->value * 10 + digit;
        m->digits += m->value != 0;
    }
}

/* integer.fraction × 10^exponent in nano-units, rounded away from zero; false when it is too large. */
static bool decimal_to_nano(struct slice integer, struct slice fraction, int exponent, unsigned __int128 *ret)
{
    struct mantissa m = {0};
    mantissa_add(&m, integer);
    mantissa_add(&m, fraction);
    int64_t shift = (int64_t)exponent - (int64_t)fraction.size + m.dropped + 9;
    for (; shift < 0 && m.value; shift++) {
        m.sticky |= m.value % 10 != 0;
        m.value /= 10;
    }
    for (; shift > 0 && m.value; shift--) {
        if (++m.digits > DIGITS_MAX)
            return false;
        m.value *= 10;
    }
    *ret = m.value + m.sticky;
    return true;
}

static struct slice trim_zeros_left(struct slice digits)
{
    while (digits.size && digits.data[0] == '0') {
        digits.data++;
        digits.size--;
    }
    return digits;
}

/* integer.fraction × 2^shift in nano-units, capped at 2^63-1 units, as upstream does. */
static unsigned __int128 binary_to_nano(struct slice integer, struct slice fraction, int shift)
{
    const unsigned __int128 cap = (unsigned __int128)INT64_MAX * NANO;
    struct mantissa whole = {0}, part = {0};
    integer = trim_zeros_left(integer);
    mantissa_add(&whole, integer);
    if (integer.size > 19 || whole.value > ((uint64_t)INT64_MAX >> shift))
        return cap;
    for (size_t i = 0; i < FRACTION_MAX; i++)
        part.value = part.value * 10 + (i < fraction.size ? (unsigned)(fraction.data[i] - '0') : 0);
    for (size_t i = FRACTION_MAX; i < fraction.size; i++)
        part.sticky |= fraction.data[i] != '0';
    unsigned __int128 divisor = (unsigned __int128)100 * NANO; /* 10^20 / 10^9 */
    part.value <<= shift;
    part.sticky |= part.value % divisor != 0;
    unsigned __int128 nano = (whole.value << shift) * NANO + part.value / divisor + part.sticky;
    return MIN(nano, cap);
}

bool quantity_parse(struct slice text, struct quantity *ret)
{
    if (!text.size)
        return false;
    bool negative = text.data[0] == '-';
    if (text.data[0] == '-' || text.data[0] == '+') {
        text.data++;
        text.size--;
    }
    struct slice integer = take_digits(&text), fraction = {0};
    if (text.size && text.data[0] == '.') {
        text.data++;
        text.size--;
        fraction = take_digits(&text);
    }
    struct suffix suffix;
    if (!parse_suffix(text, &suffix) || (!integer.size && !fraction.size))
        return false;
    unsigned __int128 nano;
    if (suffix.format == QUANTITY_BINARY_SI)
        nano = binary_to_nano(integer, fraction, suffix.exponent);
    else if (!decimal_to_nano(integer, fraction, suffix.exponent, &nano))
        return false;
    ret->nano = negative ? -(__int128)nano : (__int128)nano;
    bool below_one = nano > 0 && nano < (unsigned __int128)NANO;
    ret->format = suffix.format == QUANTITY_BINARY_SI && below_one ? QUANTITY_DECIMAL_SI : suffix.format;
    return true;
}

/* Writes digits backwards, from end; returns where they begin. */
static char *write_backwards(char *end, unsigned __int128 value, bool negative)
{
    do {
        *--end = (char)('0' + (int)(value % 10));
        value /= 10;
    } while (value);
    if (negative)
        *--end = '-';
    return end;
}

static const char *suffix_of(enum quantity_format format, int exponent)
{
    for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
        if (suffixes[i].exponent == exponent && (suffixes[i].format == format || exponent == 0))
            return suffixes[i].text;
    return NULL;
}

static unsigned __int128 magnitude(__int128 value)
{
    return value < 0 ? -(unsigned __int128)value : (unsigned __int128)value;
}

void quantity_format(const struct quantity *q, char out[QUANTITY_TEXT_MAX])
{
    unsigned __int128 value = magnitude(q->nano);
    bool binary =
        q->format == QUANTITY_BINARY_SI && value % NANO == 0 && value >= (unsigned __int128)1024 * NANO;
    enum quantity_format format = binary                            ? QUANTITY_BINARY_SI
                                  : q->format == QUANTITY_BINARY_SI ? QUANTITY_DECIMAL_SI
                                                                    : q->format;
    int exponent = binary ? 0 : -9;
    if (binary)
        value /= NANO;
    for (; binary && value % 1024 == 0 && exponent < 60; exponent += 10)
        value /= 1024;
    for (; !binary && value && value % 1000 == 0; exponent += 3)
        value /= 1000;
    if (!value)
        exponent = 0;
    char digits[QUANTITY_TEXT_MAX];
    char *end = digits + sizeof(digits) - 1;
    *end = '\0';
    const char *number = write_backwards(end, value, q->nano < 0);
    const char *suffix = suffix_of(format, exponent);
    if (suffix)
        snprintf(out, QUANTITY_TEXT_MAX, "%.41s%s", number, suffix);
    else
        snprintf(out, QUANTITY_TEXT_MAX, "%.41se%hhd", number, (signed char)exponent);
}

/* nano / divisor, away from zero, within int64. */
static int64_t scaled(const struct quantity *q, int64_t divisor)
{
    unsigned __int128 value = magnitude(q->nano);
    value = value / (uint64_t)divisor + (value % (uint64_t)divisor != 0);
    if (value > (unsigned __int128)INT64_MAX)
        return q->nano < 0 ? INT64_MIN : INT64_MAX;
    return q->nano < 0 ? -(int64_t)value : (int64_t)value;
}

int64_t quantity_value(const struct quantity *q)
{
    return scaled(q, NANO);
}

int64_t quantity_milli_value(const struct quantity *q)
{
    return scaled(q, NANO / 1000);
}

int quantity_compare(const struct quantity *a, const struct quantity *b)
{
    return (a->nano > b->nano) - (a->nano < b->nano);
}

static void add_nano(struct quantity *a, __int128 nano, enum quantity_format format)
{
    const __int128 most = (__int128)(((unsigned __int128)1 << 127) - 1);
    if (a->nano == 0)
        a->format = format;
    if (__builtin_add_overflow(a->nano, nano, &a->nano))
        a->nano = nano < 0 ? -most : most;
}

void quantity_add(struct quantity *a, const struct quantity *b)
{
    add_nano(a, b->nano, b->format);
}

void quantity_subtract(struct quantity *a, const struct quantity *b)
{
    add_nano(a, -b->nano, b->format);
}

int64_t quantity_value_of(const char *text)
{
    struct quantity q;
    return text && quantity_parse(slice_of(text), &q) ? quantity_value(&q) : 0;
}

int64_t quantity_milli_of(const char *text)
{
    struct quantity q;
    return text && quantity_parse(slice_of(text), &q) ? quantity_milli_value(&q) : 0;
}
