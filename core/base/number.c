/* SPDX-License-Identifier: Apache-2.0 */
/* Checked numbers: digits only, overflow refused, no locale, no white space, no plus sign. */
#include "core/base/number.h"

bool parse_u64(struct slice text, uint64_t max, uint64_t *ret)
{
    uint64_t value = 0;

    if (text.size == 0)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        unsigned digit = (unsigned char)text.data[i] - (unsigned)'0';

        if (digit > 9 || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, digit, &value))
            return false;
    }
    if (value > max)
        return false;
    *ret = value;
    return true;
}

bool parse_i64(struct slice text, int64_t min, int64_t max, int64_t *ret)
{
    bool negative = slice_starts(text, "-");
    uint64_t magnitude;

    if (negative) {
        text.data++;
        text.size--;
    }
    if (!parse_u64(text, (uint64_t)INT64_MAX + negative, &magnitude))
        return false;
    int64_t value = (int64_t)(negative ? 0 - magnitude : magnitude);
    if (value < min || value > max)
        return false;
    *ret = value;
    return true;
}

bool parse_bool(struct slice text, bool *ret)
{
    static const struct {
        const char *text;
        bool value;
    } words[] = {
        {"true", true}, {"false", false}, {"1", true},    {"0", false},     {"t", true}, {"f", false},
        {"True", true}, {"False", false}, {"TRUE", true}, {"FALSE", false}, {"T", true}, {"F", false},
    };

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (slice_is(text, words[i].text)) {
            *ret = words[i].value;
            return true;
        }
    return false;
}

static const struct {
    const char *text;
    uint64_t ns;
} duration_units[] = {
    {"ns", 1},           {"us", 1000},      {"\xc2\xb5s", 1000}, /* U+00B5, micro sign */
    {"\xce\xbcs", 1000},                                         /* U+03BC, Greek letter mu */
    {"ms", 1000000},     {"s", 1000000000}, {"m", UINT64_C(60000000000)}, {"h", UINT64_C(3600000000000)},
};

static bool duration_is_digit(struct slice text)
{
    return text.size && text.data[0] >= '0' && text.data[0] <= '9';
}

static void duration_skip(struct slice *text, size_t n)
{
    text->data += n;
    text->size -= n;
}

/* The digits before the point. */
static bool duration_cut_whole(struct slice *text, uint64_t *whole)
{
    for (; duration_is_digit(*text); duration_skip(text, 1))
        if (__builtin_mul_overflow(*whole, 10, whole) ||
            __builtin_add_overflow(*whole, (unsigned)(text->data[0] - '0'), whole))
            return false;
    return true;
}

/* The digits behind the point; those that no longer fit are dropped. */
static void duration_cut_fraction(struct slice *text, uint64_t *fraction, double *scale)
{
    bool full = false;

    for (; duration_is_digit(*text); duration_skip(text, 1)) {
        full = full || *fraction > (INT64_MAX - 9) / 10;
        if (full)
            continue;
        *fraction = *fraction * 10 + (unsigned)(text->data[0] - '0');
        *scale *= 10;
    }
}

static uint64_t duration_cut_unit(struct slice *text)
{
    size_t size = 0;

    while (size < text->size && text->data[size] != '.' &&
           !(text->data[size] >= '0' && text->data[size] <= '9'))
        size++;
    for (size_t i = 0; i < sizeof(duration_units) / sizeof(duration_units[0]); i++)
        if (slice_is((struct slice){text->data, size}, duration_units[i].text)) {
            duration_skip(text, size);
            return duration_units[i].ns;
        }
    return 0;
}

/* One "1.5h", added to *sum. */
static bool duration_cut_part(struct slice *text, uint64_t *sum)
{
    size_t size = text->size;
    uint64_t whole = 0, fraction = 0, unit;
    double scale = 1;

    if (!duration_cut_whole(text, &whole))
        return false;
    bool digits = text->size < size;
    if (slice_starts(*text, ".")) {
        duration_skip(text, 1);
        size = text->size;
        duration_cut_fraction(text, &fraction, &scale);
        digits = digits || text->size < size;
    }
    if (!digits || (unit = duration_cut_unit(text)) == 0)
        return false;
    if (__builtin_mul_overflow(whole, unit, &whole))
        return false;
    whole += fraction ? (uint64_t)((double)fraction * ((double)unit / scale)) : 0;
    return !__builtin_add_overflow(*sum, whole, sum) && *sum <= (uint64_t)INT64_MAX + 1;
}

bool parse_duration_ns(struct slice text, int64_t *ret_ns)
{
    bool negative = slice_starts(text, "-");
    uint64_t sum = 0;

    if (negative || slice_starts(text, "+"))
        duration_skip(&text, 1);
    if (slice_is(text, "0")) {
        *ret_ns = 0;
        return true;
    }
    if (text.size == 0)
        return false;
    while (text.size)
        if (!duration_cut_part(&text, &sum))
            return false;
    if (!negative && sum > INT64_MAX)
        return false;
    *ret_ns = (int64_t)(negative ? 0 - sum : sum);
    return true;
}
