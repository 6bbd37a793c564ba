/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Slices, growing buffers and shared blocks. A buffer doubles, so appending is linear over its life; it
 * always has room for one byte more than it holds, which keeps the NUL.
 */
#include "core/base/buffer.h"

#include <stdio.h>

#include "core/base/memory.h"

#define ADOPTED_BYTES_MIN 16384u
#define BUFFER_FIRST      64

bool slice_equal(struct slice a, struct slice b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

bool slice_is(struct slice a, const char *s)
{
    return slice_equal(a, slice_of(s));
}

bool slice_starts(struct slice a, const char *prefix)
{
    size_t size = strlen(prefix);

    return a.size >= size && (size == 0 || memcmp(a.data, prefix, size) == 0);
}

bool slice_ends(struct slice a, const char *suffix)
{
    size_t size = strlen(suffix);

    return a.size >= size && (size == 0 || memcmp(a.data + a.size - size, suffix, size) == 0);
}

struct slice slice_cut(struct slice *rest, char separator)
{
    struct slice head = *rest;
    const char *at = head.size ? memchr(head.data, separator, head.size) : NULL;

    if (!at) {
        *rest = (struct slice){0};
        return head;
    }
    head.size = (size_t)(at - head.data);
    rest->data = at + 1;
    rest->size -= head.size + 1;
    return head;
}

static bool slice_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

struct slice slice_trim(struct slice a)
{
    while (a.size && slice_is_space(a.data[0])) {
        a.data++;
        a.size--;
    }
    while (a.size && slice_is_space(a.data[a.size - 1]))
        a.size--;
    return a;
}

void buffer_reserve(struct buffer *b, size_t more)
{
    size_t need, capacity = b->capacity ? b->capacity : BUFFER_FIRST;

    require(!__builtin_add_overflow(b->size, more, &need) && need < SIZE_MAX / 2);
    if (need < b->capacity)
        return;
    while (capacity <= need)
        capacity *= 2;
    b->data = xrealloc(b->data, capacity);
    b->data[b->size] = '\0';
    b->capacity = capacity;
}

void buffer_append(struct buffer *b, const void *data, size_t size)
{
    buffer_reserve(b, size);
    if (size)
        memcpy(b->data + b->size, data, size);
    b->size += size;
    b->data[b->size] = '\0';
}

void buffer_append_str(struct buffer *b, const char *s)
{
    buffer_append(b, s, s ? strlen(s) : 0);
}

void buffer_append_slice(struct buffer *b, struct slice s)
{
    buffer_append(b, s.data, s.size);
}

void buffer_append_char(struct buffer *b, char c)
{
    if (b->size + 1 >= b->capacity)
        buffer_reserve(b, 1);
    b->data[b->size++] = c;
    b->data[b->size] = '\0';
}

static const char digit_pairs[] =
    "00010203040506070809101112131415161718192021222324252627282930313233343536373839"
    "40414243444546474849505152535455565758596061626364656667686970717273747576777879"
    "8081828384858687888990919293949596979899";

/* Two digits a step, from the right. */
void buffer_append_u64(struct buffer *b, uint64_t value)
{
    char text[20];
    char *at = text + sizeof(text);

    while (value >= 100) {
        at -= 2;
        memcpy(at, digit_pairs + value % 100 * 2, 2);
        value /= 100;
    }
    if (value >= 10) {
        at -= 2;
        memcpy(at, digit_pairs + value * 2, 2);
    } else {
        *--at = (char)('0' + value);
    }
    buffer_append(b, at, (size_t)(text + sizeof(text) - at));
}

void buffer_append_i64(struct buffer *b, int64_t value)
{
    if (value < 0)
        buffer_append_char(b, '-');
    buffer_append_u64(b, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

/* Formats into what is free, and a second time only when that was too little. */
void buffer_printf(struct buffer *b, const char *fmt, ...)
{
    va_list ap;

    buffer_reserve(b, BUFFER_FIRST);
    va_start(ap, fmt);
    int n = vsnprintf(b->data + b->size, b->capacity - b->size, fmt, ap);
    va_end(ap);
    require(n >= 0);
    if ((size_t)n >= b->capacity - b->size) {
        buffer_reserve(b, (size_t)n);
        va_start(ap, fmt);
        vsnprintf(b->data + b->size, b->capacity - b->size, fmt, ap);
        va_end(ap);
    }
    b->size += (size_t)n;
}

void buffer_consume(struct buffer *b, size_t n)
{
    require(n <= b->size);
    if (n == 0)
        return;
    b->size -= n;
    if (b->size)
        memmove(b->data, b->data + n, b->size);
    b->data[b->size] = '\0';
}

void buffer_clear(struct buffer *b)
{
    b->size = 0;
    if (b->data)
        b->data[0] = '\0';
}

char *buffer_take(struct buffer *b)
{
    char *data = b->data ? b->data : xstrdup("");

    *b = BUFFER_INIT;
    return data;
}

void buffer_done(struct buffer *b)
{
    free(b->data);
    *b = BUFFER_INIT;
}

struct bytes *bytes_alloc(size_t size)
{
    require(size <= UINT32_MAX);
    struct bytes *b = xmalloc(sizeof(*b) + size);

    atomic_init(&b->refs, 1);
    b->size = (uint32_t)size;
    b->data = (char *)(b + 1);
    return b;
}

struct bytes *bytes_new(const void *data, size_t size)
{
    struct bytes *b = bytes_alloc(size);

    if (size)
        memcpy(b->data, data, size);
    return b;
}

/* A small one is copied, so that it is one allocation; the memory of a large one is taken over. */
struct bytes *bytes_take_buffer(struct buffer *b)
{
    require(b->size <= UINT32_MAX);
    if (b->size < ADOPTED_BYTES_MIN) {
        struct bytes *copy = bytes_new(b->data, b->size);

        buffer_done(b);
        return copy;
    }
    struct bytes *taken = bytes_alloc(0);
    bool wasteful = b->capacity - b->size > b->size / 2;

    taken->size = (uint32_t)b->size;
    taken->data = wasteful ? xrealloc(b->data, b->size) : b->data;
    *b = BUFFER_INIT;
    return taken;
}

void bytes_unref(struct bytes *b)
{
    if (!b || atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) > 1)
        return;
    if (b->data != (char *)(b + 1))
        free(b->data);
    free(b);
}
