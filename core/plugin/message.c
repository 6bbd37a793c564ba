/* SPDX-License-Identifier: Apache-2.0 */
/* What plugins say, made fit for logs, events and errors: of bounded length, UTF-8, on one line. Backends
 * answer with anything, and plugins pass it on. */
#include <ctype.h>
#include <stdio.h>

#include "core/base/encoding.h"
#include "core/base/memory.h"
#include "core/plugin/instance.h"

/* The size of the UTF-8 character at p; 0: there is none. */
static size_t character(const char *p, size_t left)
{
    for (size_t size = 1; size <= 4 && size <= left; size++)
        if (utf8_valid((struct slice){p, size}))
            return size;
    return 0;
}

/* In place: what is no character becomes '?', control characters become blanks. */
static void clean(char *text)
{
    size_t left = strlen(text);
    for (char *p = text; left > 0;) {
        size_t size = character(p, left);
        if (size == 0)
            *p = '?';
        else if (size == 1 && iscntrl((unsigned char)*p))
            *p = ' ';
        p += MAX(size, (size_t)1);
        left -= MAX(size, (size_t)1);
    }
}

char *message_format(const char *fmt, va_list ap)
{
    char text[MESSAGE_BYTES_MAX + 1];
    int size = fmt ? vsnprintf(text, sizeof(text), fmt, ap) : -1;
    if (size < 0)
        return xstrdup("");
    if ((size_t)size >= sizeof(text)) { /* not in the middle of a character */
        size_t end = MESSAGE_BYTES_MAX - 3;
        while (end > 0 && ((unsigned char)text[end] & 0xc0) == 0x80)
            end--;
        memcpy(text + end, "...", 4);
    }
    clean(text);
    return xstrdup(text);
}

char *message_text(const char *text)
{
    if (!text)
        return xstrdup("");
    char *copy = xstrndup(text, strnlen(text, MESSAGE_BYTES_MAX));
    clean(copy);
    return copy;
}
