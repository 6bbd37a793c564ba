/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The allocators that cannot fail. A failure ends the process at once with one line that was formatted
 * without allocating: by then nothing else can be relied on.
 */
#include "core/base/memory.h"

#include <stdio.h>
#include <unistd.h>

static _Noreturn void memory_exhausted(size_t size)
{
    char line[80];
    int n = snprintf(line, sizeof(line), "out of memory: %zu bytes could not be allocated\n", size);

    if (n > 0 && write(STDERR_FILENO, line, (size_t)n) < 0)
        _exit(71);
    abort();
}

void *xcalloc(size_t n, size_t size)
{
    void *p = calloc(n ? n : 1, size ? size : 1);

    if (!p)
        memory_exhausted(size && n > SIZE_MAX / size ? SIZE_MAX : n * size);
    return p;
}

void *xmalloc(size_t size)
{
    void *p = malloc(size ? size : 1);

    if (!p)
        memory_exhausted(size);
    return p;
}

void *xrealloc(void *p, size_t size)
{
    p = realloc(p, size ? size : 1);
    if (!p)
        memory_exhausted(size);
    return p;
}

void *xgrow(void *p, size_t *capacity, size_t need, size_t size)
{
    size_t more = *capacity, bytes;

    if (need <= more)
        return p;
    more = more < 4 ? 4 : more + more / 2;
    if (more < need)
        more = need;
    if (__builtin_mul_overflow(more, size, &bytes))
        memory_exhausted(SIZE_MAX);
    p = xrealloc(p, bytes);
    *capacity = more;
    return p;
}

char *xstrdup(const char *s)
{
    return s ? xmemdup(s, strlen(s) + 1) : NULL;
}

char *xstrndup(const char *s, size_t n)
{
    size_t size = strnlen(s, n);
    char *copy = xmalloc(size + 1);

    memcpy(copy, s, size);
    copy[size] = '\0';
    return copy;
}

void *xmemdup(const void *p, size_t n)
{
    void *copy = xmalloc(n);

    if (n)
        memcpy(copy, p, n);
    return copy;
}

char *xasprintf(const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    char *s = xvasprintf(fmt, ap);
    va_end(ap);
    return s;
}

char *xvasprintf(const char *fmt, va_list ap)
{
    char *s = NULL;

    if (vasprintf(&s, fmt, ap) < 0)
        memory_exhausted(0);
    return s;
}

void cleanup_close(int *fd)
{
    if (*fd >= 0)
        close(*fd);
}

void require_failed(const char *condition, const char *file, int line)
{
    char text[512];
    int n = snprintf(text, sizeof(text), "%s:%d: `%s' does not hold\n", file, line, condition);

    if (n > (int)sizeof(text) - 1)
        n = (int)sizeof(text) - 1;
    if (n > 0 && write(STDERR_FILENO, text, (size_t)n) < 0)
        _exit(70);
    abort();
}
