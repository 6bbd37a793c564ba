/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bytes: a slice that is borrowed, a buffer that grows, and an immutable block that is shared.
 * Nothing here locks: a slice or a buffer belongs to one thread; a block of bytes may be referenced by any
 * number.
 */
#ifndef KEELSON_BASE_BUFFER_H
#define KEELSON_BASE_BUFFER_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A borrowed run of bytes, not NUL-terminated. */
struct slice {
    const char *data;
    size_t size;
};
#define SLICE(literal) ((struct slice){(literal), sizeof(literal) - 1})
#define SLICE_ARG(s)   (int)(s).size, (s).data /* for "%.*s" */
static inline struct slice slice_of(const char *s)
{
    return (struct slice){s, s ? strlen(s) : 0};
}
bool slice_equal(struct slice a, struct slice b);
bool slice_is(struct slice a, const char *s);
bool slice_starts(struct slice a, const char *prefix);
bool slice_ends(struct slice a, const char *suffix);
/* Cuts off and returns what stands before the first `separator`; the whole when there is none. *rest then
 * holds what follows, data NULL when nothing does. */
struct slice slice_cut(struct slice *rest, char separator);
struct slice slice_trim(struct slice a);

/* A growing buffer. data is always NUL-terminated once anything was appended. {0} is an empty one. */
struct buffer {
    char *data;
    size_t size, capacity;
};
#define BUFFER_INIT ((struct buffer){0})
void buffer_reserve(struct buffer *b, size_t more);
void buffer_append(struct buffer *b, const void *data, size_t size);
void buffer_append_str(struct buffer *b, const char *s);
void buffer_append_slice(struct buffer *b, struct slice s);
void buffer_append_char(struct buffer *b, char c);
void buffer_append_u64(struct buffer *b, uint64_t value);
void buffer_append_i64(struct buffer *b, int64_t value);
__attribute__((format(printf, 2, 3))) void buffer_printf(struct buffer *b, const char *fmt, ...);
/* Drops the first n bytes, moving the rest down. */
void buffer_consume(struct buffer *b, size_t n);
void buffer_clear(struct buffer *b); /* keeps the memory */
char *buffer_take(struct buffer *b); /* the caller frees; never NULL */
void buffer_done(struct buffer *b);

/* An immutable, reference-counted block: what a watch event or a response body is. The bytes stand behind it,
 * or, when a large buffer became one, where the buffer had them. */
struct bytes {
    atomic_uint refs;
    uint32_t size;
    char *data;
};
struct bytes *bytes_new(const void *data, size_t size); /* copies; size at most UINT32_MAX */
struct bytes *bytes_alloc(size_t size);                 /* to be filled by its maker before it is shared */
struct bytes *bytes_take_buffer(struct buffer *b);      /* empties b */
static inline struct bytes *bytes_ref(struct bytes *b)
{
    if (b)
        atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
    return b;
}
void bytes_unref(struct bytes *b); /* accepts NULL */
static inline void cleanup_bytes_unref(struct bytes **b)
{
    bytes_unref(*b);
}
static inline struct slice bytes_slice(const struct bytes *b)
{
    return b ? (struct slice){b->data, b->size} : (struct slice){0};
}

#endif
