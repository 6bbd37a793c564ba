/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Text that grows, and the memory of this plugin: a plugin without memory can do nothing sensible, so running
 * out of it ends the process; what comes from outside is bounded before it gets here.
 */
#ifndef CLOUD_AWS_TEXT_H
#define CLOUD_AWS_TEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct text {
    char *data; /* NUL behind its end; NULL while nothing was added */
    size_t size, capacity;
};
void text_add(struct text *t, const char *data, size_t size);
void text_add_str(struct text *t, const char *str);
void text_printf(struct text *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Percent-encoded as RFC 3986 has it: all but letters, digits and -._~ (and / if so wished). */
void text_add_encoded(struct text *t, const char *data, size_t size, bool keep_slash);
void text_done(struct text *t);
const char *text_of(const struct text *t); /* "" while nothing was added */

void *mem_alloc(size_t count, size_t size); /* zeroed */
void *mem_grow(void *array, size_t count, size_t size);
char *mem_str(const char *str); /* NULL stays NULL */
char *mem_strn(const char *data, size_t size);

/* A list of texts of its own. */
struct texts {
    char **items;
    size_t count;
};
void texts_add(struct texts *t, const char *item);
bool texts_has(const struct texts *t, const char *item);
void texts_done(struct texts *t);
/* Adds the parts of "a, b,c"; empty parts are left out. */
void texts_split(struct texts *t, const char *list);

/* A whole decimal number within bounds; false and *ret untouched otherwise. */
bool number_of(const char *str, int64_t min, int64_t max, int64_t *ret);
/* A small file's contents, without white space at its end; NULL if it cannot be read or is larger than 1 MiB.
 */
char *file_text(const char *path);

static inline void free_text_(char **p)
{
    free(*p);
}
#define _cleanup_(f)   __attribute__((cleanup(f)))
#define _cleanup_str_  _cleanup_(free_text_)
#define _cleanup_text_ _cleanup_(text_done)

#endif
