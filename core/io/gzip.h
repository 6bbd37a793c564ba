/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compressing an answer (Content-Encoding: gzip), piece by piece, at zlib's quickest level: JSON shrinks to a
 * tenth with it, and a better level would cost several times as much for a few per cent. Any thread, one at a
 * time.
 */
#ifndef KEELSON_IO_GZIP_H
#define KEELSON_IO_GZIP_H

#include "core/base/buffer.h"

struct gzip;
struct gzip *gzip_new(void);
/* Appends to `out` what is ready. */
void gzip_add(struct gzip *g, struct slice data, struct buffer *out);
/* Appends the rest and frees. */
void gzip_end(struct gzip *g, struct buffer *out);
/* A whole text. */
void gzip_whole(struct slice data, struct buffer *out);

#endif
