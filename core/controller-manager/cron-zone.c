/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time zones, read from the system's database (TZif, RFC 8536) into a table of transitions. The C library
 * knows only one zone a process, which is why this is here.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/controller-manager/cron-schedule.h"

#define FOLDER         "/usr/share/zoneinfo/"
#define FILE_BYTES_MAX (256u * 1024)
#define HEADER_BYTES   44

struct cron_zone {
    size_t count;
    int64_t before_s; /* offset before the first transition */
    struct {
        int64_t at_s, offset_s;
    } transitions[];
};

static uint64_t big_endian(const char *data, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | (unsigned char)data[i];
    return value;
}

/* The six counts of a header: isutc, isstd, leap, transitions, types, characters. */
struct tz_header {
    size_t isutc, isstd, leaps, transitions, types, characters;
};

static bool read_header(struct slice file, size_t at, struct tz_header *ret)
{
    if (at + HEADER_BYTES > file.size || memcmp(file.data + at, "TZif", 4) != 0)
        return false;
    const char *counts = file.data + at + 20;
    *ret = (struct tz_header){(size_t)big_endian(counts, 4),      (size_t)big_endian(counts + 4, 4),
                              (size_t)big_endian(counts + 8, 4),  (size_t)big_endian(counts + 12, 4),
                              (size_t)big_endian(counts + 16, 4), (size_t)big_endian(counts + 20, 4)};
    return ret->types > 0 && ret->transitions < FILE_BYTES_MAX && ret->types < 256 &&
           ret->characters < FILE_BYTES_MAX && ret->leaps < FILE_BYTES_MAX && ret->isstd < FILE_BYTES_MAX &&
           ret->isutc < FILE_BYTES_MAX;
}

static size_t body_size(const struct tz_header *h, size_t time_size)
{
    return h->transitions * (time_size + 1) + h->types * 6 + h->characters + h->leaps * (time_size + 4) +
           h->isstd + h->isutc;
}

/* The second block, of 64-bit times. */
static struct cron_zone *parse(struct slice file)
{
    struct tz_header h;
    if (!read_header(file, 0, &h) || file.data[4] < '2')
        return NULL;
    size_t at = HEADER_BYTES + body_size(&h, 4);
    if (!read_header(file, at, &h) || at + HEADER_BYTES + body_size(&h, 8) > file.size)
        return NULL;
    const char *times = file.data + at + HEADER_BYTES, *types = times + h.transitions * 8,
               *rows = types + h.transitions;
    struct cron_zone *z = xcalloc(1, sizeof(*z) + h.transitions * sizeof(z->transitions[0]));
    z->before_s = (int32_t)big_endian(rows, 4);
    for (size_t i = 0; i < h.transitions; i++) {
        unsigned char type = (unsigned char)types[i];
        if (type >= h.types) {
            free(z);
            return NULL;
        }
        z->transitions[i].at_s = (int64_t)big_endian(times + i * 8, 8);
        z->transitions[i].offset_s = (int32_t)big_endian(rows + type * 6, 4);
    }
    z->count = h.transitions;
    return z;
}

static bool is_sane(const char *name)
{
    for (const char *p = name; *p; p++)
        if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/", *p))
            return false;
    return name[0] && name[0] != '/' && strlen(name) < 100;
}

int cron_zone_load(const char *name, struct cron_zone **ret, struct error *err)
{
    struct buffer text = BUFFER_INIT;
    if (!strcmp(name, "UTC") || !strcmp(name, "Etc/UTC")) {
        *ret = NULL;
        return 0;
    }
    _cleanup_free_ char *path = xasprintf(FOLDER "%s", name);
    struct cron_zone *z = NULL;
    if (is_sane(name) && file_read(path, FILE_BYTES_MAX, &text, NULL) == 0)
        z = parse((struct slice){text.data, text.size});
    buffer_done(&text);
    if (!z)
        return error_set(err, ERR_INVALID, "unknown time zone %s", name);
    *ret = z;
    return 0;
}

void cron_zone_free(struct cron_zone *z)
{
    free(z);
}

int64_t cron_zone_offset_s(const struct cron_zone *z, int64_t utc_s)
{
    size_t low = 0, high = z ? z->count : 0;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (z->transitions[middle].at_s <= utc_s)
            low = middle + 1;
        else
            high = middle;
    }
    if (!z)
        return 0;
    return low ? z->transitions[low - 1].offset_s : z->before_s;
}
