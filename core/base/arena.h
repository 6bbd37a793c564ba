/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Memory that is given back all at once: what one request or one reconcile needs. {0} is an empty arena. An
 * arena belongs to one thread at a time. Memory is aligned to 8 bytes and is not zeroed unless the name says
 * so.
 */
#ifndef KEELSON_BASE_ARENA_H
#define KEELSON_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "core/base/buffer.h"

struct arena_block;
struct arena {
    struct arena_block *block;
    char *next, *end;
    size_t total; /* bytes taken from malloc */
};
#define ARENA_INIT ((struct arena){0})

void *arena_alloc(struct arena *a, size_t size);
void *arena_alloc0(struct arena *a, size_t size);
char *arena_strdup(struct arena *a, const char *s);
char *arena_strndup(struct arena *a, const char *s, size_t n);
__attribute__((format(printf, 2, 3))) char *arena_printf(struct arena *a, const char *fmt, ...);
#define arena_new(a, type) ((type *)arena_alloc0((a), sizeof(type)))
/* Forgets everything but keeps the newest block for the next use, unless that is one of more than 64 KiB. */
void arena_reset(struct arena *a);
void arena_done(struct arena *a);

#endif
