/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log lines on standard error, one event a line: time, level, component, message. Any thread; one write(2) a
 * line. Main code logs, once; library code returns errors.
 */
#ifndef KEELSON_BASE_LOG_H
#define KEELSON_BASE_LOG_H

#include <stdbool.h>
#include <stdio.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG, LOG_LEVEL_TRACE };

/* component is kept by pointer. -v levels map as upstream's: 0-1 info, 2-3 info, 4-5 debug, 6+ trace. */
void log_init(const char *component, enum log_level level);
/* Lines go to this descriptor instead of standard error. Before other threads log. */
void log_to(int fd);
bool log_enabled(enum log_level level);
__attribute__((format(printf, 2, 3))) void log_write(enum log_level level, const char *fmt, ...);

#define log_error(...)   log_write(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)    log_write(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)                                                                                       \
    do {                                                                                                     \
        if (log_enabled(LOG_LEVEL_DEBUG))                                                                    \
            log_write(LOG_LEVEL_DEBUG, __VA_ARGS__);                                                         \
    } while (0)
#define log_trace(...)                                                                                       \
    do {                                                                                                     \
        if (log_enabled(LOG_LEVEL_TRACE))                                                                    \
            log_write(LOG_LEVEL_TRACE, __VA_ARGS__);                                                         \
    } while (0)

#endif
