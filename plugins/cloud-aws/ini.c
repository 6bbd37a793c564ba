/* SPDX-License-Identifier: Apache-2.0 */
/* See ini.h. */
#include <ctype.h>

#include "plugins/cloud-aws/ini.h"
#include "plugins/cloud-aws/text.h"

struct span {
    const char *from, *to;
};

static struct span trimmed(const char *from, const char *to)
{
    while (from < to && isspace((unsigned char)*from))
        from++;
    while (to > from && isspace((unsigned char)to[-1]))
        to--;
    return (struct span){from, to};
}

static bool span_is(struct span s, const char *text)
{
    size_t size = (size_t)(s.to - s.from);
    return strlen(text) == size && memcmp(s.from, text, size) == 0;
}

static bool is_section(struct span line, const char *wanted)
{
    const char *close = memchr(line.from, ']', (size_t)(line.to - line.from));
    struct span name = trimmed(line.from + 1, close ? close : line.to);
    if (span_is(name, wanted))
        return true;
    if (name.to - name.from < 8 || memcmp(name.from, "profile", 7) != 0 ||
        !isspace((unsigned char)name.from[7]))
        return false;
    return span_is(trimmed(name.from + 8, name.to), wanted);
}

/* Behind white space, a comment ends the value. */
static struct span without_comment(struct span value)
{
    for (const char *at = value.from; at < value.to; at++)
        if ((*at == '#' || *at == ';') && at > value.from && isspace((unsigned char)at[-1]))
            return trimmed(value.from, at);
    return value;
}

char *ini_value(const char *text, const char *section, const char *key)
{
    bool inside = false;
    char *found = NULL;
    while (*text) {
        const char *end = text + strcspn(text, "\r\n");
        struct span line = trimmed(text, end);
        const char *equals = memchr(line.from, '=', (size_t)(line.to - line.from));
        if (line.from < line.to && *line.from == '[')
            inside = is_section(line, section);
        else if (inside && equals && !isspace((unsigned char)*text) &&
                 span_is(trimmed(line.from, equals), key)) {
            struct span value = without_comment(trimmed(equals + 1, line.to));
            free(found);
            found = mem_strn(value.from, (size_t)(value.to - value.from));
        }
        text = *end ? end + 1 : end;
    }
    return found;
}
