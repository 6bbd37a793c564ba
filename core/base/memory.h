/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Allocation that cannot fail, and memory that frees itself.
 *
 * A daemon that cannot allocate is restarted by its supervisor: the x-functions end the process with a
 * message. Every size that comes from outside must be bounded by its caller before it arrives here. All
 * functions may be called from any thread.
 */
#ifndef KEELSON_BASE_MEMORY_H
#define KEELSON_BASE_MEMORY_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Zeroed memory of one element, or of n (the product is checked). */
void *xcalloc(size_t n, size_t size);
void *xmalloc(size_t size);
void *xrealloc(void *p, size_t size);
/* Grows an array to hold at least `need` elements of `size` bytes; *capacity counts elements. */
void *xgrow(void *p, size_t *capacity, size_t need, size_t size);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t n);
void *xmemdup(const void *p, size_t n);
__attribute__((format(printf, 1, 2))) char *xasprintf(const char *fmt, ...);
__attribute__((format(printf, 1, 0))) char *xvasprintf(const char *fmt, va_list ap);

#define new0(type)     ((type *)xcalloc(1, sizeof(type)))
#define newa0(type, n) ((type *)xcalloc((n), sizeof(type)))

/* Local variables that are released when they go out of scope. */
#define _cleanup_(f)    __attribute__((cleanup(f)))
#define _cleanup_free_  _cleanup_(cleanup_free)
#define _cleanup_close_ _cleanup_(cleanup_close)

/* Hands over what a local owns, leaving NULL behind. */
#define TAKE_PTR(p)                                                                                          \
    ({                                                                                                       \
        __typeof__(p) taken_ = (p);                                                                          \
        (p) = NULL;                                                                                          \
        taken_;                                                                                              \
    })
#define TAKE_FD(fd)                                                                                          \
    ({                                                                                                       \
        int taken_ = (fd);                                                                                   \
        (fd) = -1;                                                                                           \
        taken_;                                                                                              \
    })

/* Defines cleanup_NAME for a pointer type and its free function: DEFINE_CLEANUP(struct map *, map_free). */
#define DEFINE_CLEANUP(type, free_function)                                                                  \
    static inline void cleanup_##free_function(type *p)                                                      \
    {                                                                                                        \
        free_function(*p);                                                                                   \
    }

static inline void cleanup_free(void *p)
{
    free(*(void **)p);
}
void cleanup_close(int *fd);

#define ARRAY_SIZE(a)                   (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b)                       ((a) < (b) ? (a) : (b))
#define MAX(a, b)                       ((a) > (b) ? (a) : (b))
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))

/* Checked in release builds too. Never on input. */
#define require(condition)                                                                                   \
    do {                                                                                                     \
        if (__builtin_expect(!(condition), 0))                                                               \
            require_failed(#condition, __FILE__, __LINE__);                                                  \
    } while (0)
_Noreturn void require_failed(const char *condition, const char *file, int line);

#endif
