/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A document to compact text. Runs of plain bytes are found a vector at a time and copied whole; numbers are
 * written as Go writes them, since what we store may be read by, and compared with, what upstream stored.
 */
#include "core/api/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* Bytes at the start of text that need no escape. */
static size_t plain_prefix(const char *text, size_t size)
{
    size_t n = 0;

    while (n < size && text[n] != '"' && text[n] != '\\' && (unsigned char)text[n] >= 0x20)
        n++;
    return n;
}

#ifdef __SSE2__
static inline bool plain_vector(__m128i x)
{
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), control = _mm_set1_epi8(0x1f);
    __m128i stop = _mm_or_si128(_mm_cmpeq_epi8(x, quote), _mm_cmpeq_epi8(x, backslash));

    stop = _mm_or_si128(stop, _mm_cmpeq_epi8(_mm_max_epu8(x, control), control));
    return _mm_movemask_epi8(stop) == 0;
}

static inline __m128i load_8(const char *at)
{
    return _mm_loadl_epi64((const __m128i *)(const void *)at);
}

static inline __m128i load_16(const char *at)
{
    return _mm_loadu_si128((const __m128i *)(const void *)at);
}

/* Whether nothing needs an escape. The last load overlaps the one before, so that nothing beyond the text is
 * read. */
static inline bool is_plain(const char *text, size_t size)
{
    if (size >= 16) {
        for (size_t n = 0; n + 16 < size; n += 16)
            if (!plain_vector(load_16(text + n)))
                return false;
        return plain_vector(load_16(text + size - 16));
    }
    if (size >= 8)
        return plain_vector(_mm_unpacklo_epi64(load_8(text), load_8(text + size - 8)));
    return plain_prefix(text, size) == size;
}
#else
static inline bool is_plain(const char *text, size_t size)
{
    return plain_prefix(text, size) == size;
}
#endif

static void write_escape(struct buffer *out, char c)
{
    static const char from[] = "\"\\\b\f\n\r\t", letter[] = "\"\\bfnrt", hex[] = "0123456789abcdef";
    const char *found = c ? strchr(from, c) : NULL;
    char text[6] = {'\\', 'u', '0', '0', hex[(c >> 4) & 15], hex[c & 15]};

    if (!found) {
        buffer_append(out, text, sizeof(text));
        return;
    }
    text[1] = letter[found - from];
    buffer_append(out, text, 2);
}

/* Room for `more` bytes and a NUL behind them. */
static inline char *write_room(struct buffer *out, size_t more)
{
    if (__builtin_expect(out->size + more >= out->capacity, 0))
        buffer_reserve(out, more);
    return out->data + out->size;
}

static inline void write_char(struct buffer *out, char c)
{
    char *to = write_room(out, 1);

    to[0] = c;
    to[1] = '\0';
    out->size++;
}

static inline void write_quoted(struct buffer *out, const char *text, size_t size, char behind)
{
    if (__builtin_expect(is_plain(text, size), 1)) {
        char *to = write_room(out, size + 3);
        *to++ = '"';
        memcpy(to, text, size);
        to[size] = '"';
        to[size + 1] = behind;
        to[size + 2] = '\0';
        out->size += size + 2 + (behind != '\0');
        return;
    }
    buffer_append_char(out, '"');
    while (size) {
        size_t n = plain_prefix(text, size);
        buffer_append(out, text, n);
        if (n == size)
            break;
        write_escape(out, text[n]);
        text += n + 1;
        size -= n + 1;
    }
    buffer_append_char(out, '"');
    if (behind)
        buffer_append_char(out, behind);
}

void json_write_string(struct buffer *out, struct slice text)
{
    write_quoted(out, text.size ? text.data : "", text.size, '\0');
}

/* The shortest digits that read back as the same number. Like Go: no exponent between 1e-6 and 1e21, no
 * zero-padded one outside. */
static void write_double(struct buffer *out, double value)
{
    char text[40], *exponent;
    double magnitude = fabs(value);

    if (!isfinite(value)) {
        buffer_append_str(out, "null");
        return;
    }
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof(text), "%.*e", digits - 1, value);
        if (strtod(text, NULL) == value)
            break;
    }
    exponent = strchr(text, 'e');
    long power = strtol(exponent + 1, NULL, 10);
    char *tail = exponent;
    while (tail[-1] == '0')
        tail--;
    long digits = (long)(tail - text) - (text[0] == '-') - 2; /* behind the point */
    if (magnitude == 0 || (magnitude >= 1e-6 && magnitude < 1e21)) {
        buffer_printf(out, "%.*f", (int)(digits > power ? digits - power : 0), value);
        return;
    }
    buffer_append(out, text, (size_t)((tail[-1] == '.' ? tail - 1 : tail) - text));
    buffer_printf(out, "e%+ld", power);
}

static void write_value(struct buffer *out, const struct json *value, unsigned depth);

static void write_int(struct buffer *out, int64_t value)
{
    if (value >= 0 && value < 10)
        write_char(out, (char)('0' + value));
    else
        buffer_append_i64(out, value);
}

static void write_container(struct buffer *out, const struct json *value, unsigned depth)
{
    bool object = value->type == JSON_OBJECT;

    write_char(out, object ? '{' : '[');
    for (const struct json *it = value->first; it; it = it->next) {
        if (object)
            write_quoted(out, it->key, it->key_size, ':');
        write_value(out, it, depth + 1);
        if (it->next)
            write_char(out, ',');
    }
    write_char(out, object ? '}' : ']');
}

static void write_value(struct buffer *out, const struct json *value, unsigned depth)
{
    switch ((enum json_type)value->type) {
    case JSON_NULL:
        buffer_append(out, "null", 4);
        return;
    case JSON_BOOL:
        buffer_append_str(out, value->boolean ? "true" : "false");
        return;
    case JSON_INT:
        write_int(out, value->integer);
        return;
    case JSON_DOUBLE:
        write_double(out, value->number);
        return;
    case JSON_STRING:
        write_quoted(out, value->string, value->size, '\0');
        return;
    case JSON_ARRAY:
    case JSON_OBJECT:
        if (depth >= JSON_DEPTH_MAX)
            buffer_append(out, "null", 4);
        else
            write_container(out, value, depth);
        return;
    }
}

void json_write(struct buffer *out, const struct json *value)
{
    if (value)
        write_value(out, value, 0);
    else
        buffer_append(out, "null", 4);
}
