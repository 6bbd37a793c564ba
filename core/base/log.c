/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One event, one line, one write(2): lines of several threads never mix. Control characters of a message
 * become spaces, since what clients send ends up here and must not forge lines.
 */
#include "core/base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <unistd.h>

#include "core/base/buffer.h"
#include "core/base/clock.h"
#include "core/base/memory.h"

#define LOG_LINE_FIRST 1024

static _Atomic(const char *) log_component;
static atomic_int log_level_max = LOG_LEVEL_INFO, log_fd = STDERR_FILENO;
static const char *const log_level_names[] = {"error", "warning", "info", "debug", "trace"};

void log_init(const char *component, enum log_level level)
{
    atomic_store(&log_component, component);
    atomic_store(&log_level_max, (int)level);
}

void log_to(int fd)
{
    atomic_store(&log_fd, fd);
}

bool log_enabled(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&log_level_max, memory_order_relaxed);
}

static size_t log_prefix(char *line, size_t size, enum log_level level)
{
    const char *component = atomic_load(&log_component);
    char when[TIME_TEXT_MAX];

    time_format_micro(clock_realtime_ns(), when);
    int n = snprintf(line, size, "%s %s %.100s: ", when, log_level_names[level],
                     component ? component : program_invocation_short_name);
    return n > 0 ? MIN((size_t)n, size - 1) : 0;
}

/* Ends the line at size, which has room for the newline. */
static void log_send(char *line, size_t from, size_t size)
{
    while (size > from && line[size - 1] == '\n')
        size--;
    for (size_t i = from; i < size; i++)
        if ((unsigned char)line[i] < 0x20 || line[i] == 0x7f)
            line[i] = ' ';
    line[size++] = '\n';
    for (size_t sent = 0; sent < size;) {
        ssize_t n = write(atomic_load_explicit(&log_fd, memory_order_relaxed), line + sent, size - sent);

        if (n < 0 && errno != EINTR)
            return;
        sent += n > 0 ? (size_t)n : 0;
    }
}

void log_write(enum log_level level, const char *fmt, ...)
{
    int saved_errno = errno;
    char first[LOG_LINE_FIRST], *line = first;
    _cleanup_free_ char *longer = NULL;
    va_list ap;

    if (!log_enabled(level))
        return;
    size_t prefix = log_prefix(first, sizeof(first), level), room = sizeof(first) - prefix;
    errno = saved_errno; /* for %m */
    va_start(ap, fmt);
    int n = vsnprintf(first + prefix, room, fmt, ap);
    va_end(ap);
    if (n >= 0 && (size_t)n >= room) {
        line = longer = xmalloc(prefix + (size_t)n + 1);
        memcpy(line, first, prefix);
        errno = saved_errno;
        va_start(ap, fmt);
        vsnprintf(line + prefix, (size_t)n + 1, fmt, ap);
        va_end(ap);
    }
    if (n >= 0)
        log_send(line, prefix, prefix + (size_t)n);
    errno = saved_errno;
}
