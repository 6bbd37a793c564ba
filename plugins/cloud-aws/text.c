/* SPDX-License-Identifier: Apache-2.0 */
/* See text.h. */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <unistd.h>

#include "plugins/cloud-aws/text.h"

#define FILE_BYTES_MAX (1u << 20)

static void *checked(void *memory)
{
    if (!memory) {
        fputs("cloud-aws: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *mem_alloc(size_t count, size_t size)
{
    return checked(calloc(count ? count : 1, size));
}

void *mem_grow(void *array, size_t count, size_t size)
{
    return checked(reallocarray(array, count, size));
}

char *mem_str(const char *str)
{
    return str ? checked(strdup(str)) : NULL;
}

char *mem_strn(const char *data, size_t size)
{
    return checked(strndup(data ? data : "", size));
}

static void reserve(struct text *t, size_t more)
{
    size_t capacity = t->capacity ? t->capacity : 128;
    while (capacity < t->size + more + 1)
        capacity *= 2;
    if (capacity != t->capacity)
        t->data = mem_grow(t->data, capacity, 1);
    t->capacity = capacity;
}

void text_add(struct text *t, const char *data, size_t size)
{
    reserve(t, size);
    if (size)
        memcpy(t->data + t->size, data, size);
    t->size += size;
    t->data[t->size] = 0;
}

void text_add_str(struct text *t, const char *str)
{
    text_add(t, str, strlen(str));
}

void text_printf(struct text *t, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    reserve(t, 128);
    size_t room = t->capacity - t->size;
    int size = vsnprintf(t->data + t->size, room, fmt, args);
    if (size > 0 && (size_t)size >= room) {
        reserve(t, (size_t)size);
        vsnprintf(t->data + t->size, (size_t)size + 1, fmt, again);
    }
    t->size += size > 0 ? (size_t)size : 0;
    va_end(again);
    va_end(args);
}

void text_add_encoded(struct text *t, const char *data, size_t size, bool keep_slash)
{
    static const char hex[] = "0123456789ABCDEF";
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)data[i];
        if ((c < 128 && isalnum(c)) || (c && strchr("-._~", c)) || (keep_slash && c == '/'))
            text_add(t, data + i, 1);
        else
            text_add(t, (const char[]){'%', hex[c >> 4], hex[c & 15]}, 3);
    }
}

void text_done(struct text *t)
{
    free(t->data);
    *t = (struct text){0};
}

const char *text_of(const struct text *t)
{
    return t->data ? t->data : "";
}

void texts_add(struct texts *t, const char *item)
{
    t->items = mem_grow(t->items, t->count + 1, sizeof(*t->items));
    t->items[t->count++] = mem_str(item);
}

bool texts_has(const struct texts *t, const char *item)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->items[i], item) == 0)
            return true;
    return false;
}

void texts_done(struct texts *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->items[i]);
    free(t->items);
    *t = (struct texts){0};
}

void texts_split(struct texts *t, const char *list)
{
    while (*list) {
        const char *end = list + strcspn(list, ","), *from = list, *to = end;
        while (from < to && isspace((unsigned char)*from))
            from++;
        while (to > from && isspace((unsigned char)to[-1]))
            to--;
        _cleanup_str_ char *part = mem_strn(from, (size_t)(to - from));
        if (*part)
            texts_add(t, part);
        list = *end ? end + 1 : end;
    }
}

bool number_of(const char *str, int64_t min, int64_t max, int64_t *ret)
{
    char *end;
    if (!isdigit((unsigned char)*str) && *str != '-')
        return false;
    errno = 0;
    long long value = strtoll(str, &end, 10);
    if (errno || *end || value < min || value > max)
        return false;
    *ret = value;
    return true;
}

char *file_text(const char *path)
{
    struct text t = {0};
    char block[4096];
    ssize_t got = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return NULL;
    while (t.size <= FILE_BYTES_MAX && (got = read(fd, block, sizeof(block))) > 0)
        text_add(&t, block, (size_t)got);
    close(fd);
    if (got < 0 || t.size > FILE_BYTES_MAX) {
        text_done(&t);
        return NULL;
    }
    text_add(&t, "", 0);
    while (t.size && isspace((unsigned char)t.data[t.size - 1]))
        t.data[--t.size] = 0;
    return t.data;
}
