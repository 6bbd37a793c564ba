/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes as text and back. Decoders write into room that was reserved beforehand and give it up again on the
 * first fault, so the output is unchanged then. Table entries of characters that count have the top bit set:
 * one AND over a group tells whether all of it is good.
 */
#include "core/base/encoding.h"

#include "core/base/memory.h"

static const char base64_letters[][65] = {
    [BASE64_STANDARD] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    [BASE64_URL] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_",
};

#define GOOD 0x80
#define RUN5(c, n)                                                                                           \
    [(c)] = GOOD | (n), [(c) + 1] = GOOD | ((n) + 1), [(c) + 2] = GOOD | ((n) + 2),                          \
    [(c) + 3] = GOOD | ((n) + 3), [(c) + 4] = GOOD | ((n) + 4)
#define RUN25(c, n)                                                                                          \
    RUN5(c, n), RUN5((c) + 5, (n) + 5), RUN5((c) + 10, (n) + 10), RUN5((c) + 15, (n) + 15),                  \
        RUN5((c) + 20, (n) + 20)
#define BASE64_VALUES(c62, c63)                                                                              \
    {                                                                                                        \
        RUN25('A', 0), ['Z'] = GOOD | 25, RUN25('a', 26), ['z'] = GOOD | 51, RUN5('0', 52),                  \
                       RUN5('5', 57), [c62] = GOOD | 62, [c63] = GOOD | 63,                                  \
    }
static const unsigned char base64_values[][256] = {
    [BASE64_STANDARD] = BASE64_VALUES('+', '/'),
    [BASE64_URL] = BASE64_VALUES('-', '_'),
};

void base64_encode(struct buffer *out, const void *data, size_t size, enum base64_alphabet alphabet)
{
    const char *letters = base64_letters[alphabet];
    const unsigned char *in = data;

    buffer_reserve(out, size / 3 * 4 + 4);
    char *at = out->data + out->size;
    for (; size >= 3; size -= 3, in += 3) {
        uint32_t group = (uint32_t)in[0] << 16 | (uint32_t)in[1] << 8 | in[2];

        *at++ = letters[group >> 18];
        *at++ = letters[group >> 12 & 63];
        *at++ = letters[group >> 6 & 63];
        *at++ = letters[group & 63];
    }
    if (size) {
        uint32_t group = (uint32_t)in[0] << 16 | (size == 2 ? (uint32_t)in[1] << 8 : 0);

        *at++ = letters[group >> 18];
        *at++ = letters[group >> 12 & 63];
        if (size == 2)
            *at++ = letters[group >> 6 & 63];
        for (size_t i = size; alphabet == BASE64_STANDARD && i < 3; i++)
            *at++ = '=';
    }
    *at = '\0';
    out->size = (size_t)(at - out->data);
}

/* The last two or three characters of a text that is not a multiple of four. */
static bool base64_decode_rest(const unsigned char *values, const unsigned char *rest, unsigned count,
                               char **at)
{
    if (count < 2)
        return false;
    unsigned a = values[rest[0]], b = values[rest[1]], c = count == 3 ? values[rest[2]] : GOOD;
    if (!(a & b & c & GOOD))
        return false;
    uint32_t group = (a & 63) << 18 | (b & 63) << 12 | (c & 63) << 6;
    *(*at)++ = (char)(group >> 16);
    if (count == 3)
        *(*at)++ = (char)(group >> 8);
    return true;
}

/* Decodes whole groups as long as they are clean; returns how many characters that were. */
static size_t base64_decode_groups(const unsigned char *values, const unsigned char *in, size_t size,
                                   char **at)
{
    size_t done = 0;
    char *to = *at;

    for (; size - done >= 4; done += 4) {
        unsigned a = values[in[done]], b = values[in[done + 1]], c = values[in[done + 2]],
                 d = values[in[done + 3]];

        if (!(a & b & c & d & GOOD))
            break;
        uint32_t group = (a & 63) << 18 | (b & 63) << 12 | (c & 63) << 6 | (d & 63);
        *to++ = (char)(group >> 16);
        *to++ = (char)(group >> 8);
        *to++ = (char)group;
    }
    *at = to;
    return done;
}

/* One group that line ends or padding interrupt. Gathers up to four characters; *ret_padding counts the '='.
 */
static size_t base64_gather(const unsigned char *in, size_t size, unsigned char group[4], unsigned *ret_count,
                            unsigned *ret_padding)
{
    unsigned count = 0, padding = 0;
    size_t i = 0;

    for (; i < size && count + padding < 4; i++) {
        if (in[i] == '\r' || in[i] == '\n')
            continue;
        if (in[i] == '=')
            padding++;
        else if (padding)
            break;
        else
            group[count++] = in[i];
    }
    while (i < size && (in[i] == '\r' || in[i] == '\n'))
        i++;
    *ret_count = count;
    *ret_padding = padding;
    return i;
}

static bool base64_decode_standard(const unsigned char *in, size_t size, char **at)
{
    const unsigned char *values = base64_values[BASE64_STANDARD];
    unsigned char group[4];
    unsigned count, padding;

    for (size_t done = 0;;) {
        done += base64_decode_groups(values, in + done, size - done, at);
        if (done == size)
            return true;
        done += base64_gather(in + done, size - done, group, &count, &padding);
        if (count == 4) {
            if (base64_decode_groups(values, group, 4, at) != 4)
                return false;
        } else if (count || padding) {
            return count + padding == 4 && done == size && base64_decode_rest(values, group, count, at);
        }
    }
}

bool base64_decode(struct buffer *out, struct slice text, enum base64_alphabet alphabet)
{
    const unsigned char *values = base64_values[alphabet], *in = (const unsigned char *)text.data;
    bool good;

    buffer_reserve(out, text.size / 4 * 3 + 3);
    if (text.size == 0)
        return true;
    char *at = out->data + out->size;
    if (alphabet == BASE64_STANDARD) {
        good = base64_decode_standard(in, text.size, &at);
    } else {
        size_t done = base64_decode_groups(values, in, text.size, &at);
        size_t rest = text.size - done;

        good = rest == 0 || (rest < 4 && base64_decode_rest(values, in + done, (unsigned)rest, &at));
    }
    if (good)
        out->size = (size_t)(at - out->data);
    out->data[out->size] = '\0';
    return good;
}

static const char hex_digits[] = "0123456789abcdef";

void hex_encode(struct buffer *out, const void *data, size_t size)
{
    const unsigned char *in = data;

    require(size < SIZE_MAX / 4);
    buffer_reserve(out, size * 2);
    char *at = out->data + out->size;
    for (size_t i = 0; i < size; i++) {
        *at++ = hex_digits[in[i] >> 4];
        *at++ = hex_digits[in[i] & 15];
    }
    *at = '\0';
    out->size = (size_t)(at - out->data);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The next byte of the text; -1 when its escape is broken. */
static int percent_next(struct slice text, size_t *i, bool plus_is_space)
{
    char c = text.data[(*i)++];

    if (c == '+' && plus_is_space)
        return ' ';
    if (c != '%')
        return (unsigned char)c;
    int high = text.size - *i >= 2 ? hex_value(text.data[*i]) : -1;
    int low = high >= 0 ? hex_value(text.data[*i + 1]) : -1;
    *i += 2;
    return low >= 0 ? high << 4 | low : -1;
}

bool percent_decode(struct buffer *out, struct slice text, bool plus_is_space)
{
    buffer_reserve(out, text.size);
    char *at = out->data + out->size;
    for (size_t i = 0; i < text.size;) {
        int byte = percent_next(text, &i, plus_is_space);

        if (byte <= 0) {
            out->data[out->size] = '\0';
            return false;
        }
        *at++ = (char)byte;
    }
    *at = '\0';
    out->size = (size_t)(at - out->data);
    return true;
}

static bool percent_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

void percent_encode(struct buffer *out, struct slice text)
{
    buffer_reserve(out, text.size);
    for (size_t i = 0; i < text.size; i++) {
        unsigned char c = (unsigned char)text.data[i];

        if (percent_unreserved(text.data[i]))
            buffer_append_char(out, text.data[i]);
        else
            buffer_append(out, (char[]){'%', "0123456789ABCDEF"[c >> 4], "0123456789ABCDEF"[c & 15]}, 3);
    }
}

/* How many bytes the sequence at `in` has, which starts above ASCII; 0 when it is not well-formed (Unicode,
 * table 3-7). */
static size_t utf8_sequence(const unsigned char *in, size_t size)
{
    unsigned first = in[0], second = size > 1 ? in[1] : 0;
    unsigned min = 0x80, max = 0xbf;
    size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;

    if (length == 0 || size < length)
        return 0;
    if (first == 0xe0)
        min = 0xa0;
    else if (first == 0xed)
        max = 0x9f;
    else if (first == 0xf0)
        min = 0x90;
    else if (first == 0xf4)
        max = 0x8f;
    if (second < min || second > max)
        return 0;
    for (size_t i = 2; i < length; i++)
        if ((in[i] & 0xc0) != 0x80)
            return 0;
    return length;
}

bool utf8_valid(struct slice text)
{
    const unsigned char *in = (const unsigned char *)text.data;
    size_t left = text.size;

    while (left) {
        uint64_t word;
        size_t n = 1;

        if (left >= 8) {
            memcpy(&word, in, sizeof(word));
            if (!(word & UINT64_C(0x8080808080808080))) {
                in += 8;
                left -= 8;
                continue;
            }
        }
        if (*in >= 0x80 && (n = utf8_sequence(in, left)) == 0)
            return false;
        in += n;
        left -= n;
    }
    return true;
}

void utf8_append_repaired(struct buffer *out, struct slice text)
{
    if (utf8_valid(text)) {
        buffer_append_slice(out, text);
        return;
    }
    for (size_t at = 0; at < text.size;) {
        const unsigned char *in = (const unsigned char *)text.data + at;
        size_t n = *in < 0x80 ? 1 : utf8_sequence(in, text.size - at);
        if (n)
            buffer_append(out, in, n);
        else
            buffer_append_str(out, "\xef\xbf\xbd");
        at += n ? n : 1;
    }
}
