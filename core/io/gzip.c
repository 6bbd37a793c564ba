/* SPDX-License-Identifier: Apache-2.0 */
/* gzip by zlib. It can fail for want of memory alone, which ends a daemon anyway. */
#include "core/io/gzip.h"

#include <zlib.h>

#include "core/base/memory.h"

#define GZIP_WINDOW_BITS (15 + 16) /* 16: gzip's frame, not zlib's */
#define MEMORY_LEVEL     8
#define OUTPUT_STEP      16384u

struct gzip {
    z_stream stream;
};

struct gzip *gzip_new(void)
{
    struct gzip *g = new0(struct gzip);
    require(deflateInit2(&g->stream, Z_BEST_SPEED, Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL,
                         Z_DEFAULT_STRATEGY) == Z_OK);
    return g;
}

static void deflate_into(struct gzip *g, int flush, struct buffer *out)
{
    do {
        buffer_reserve(out, OUTPUT_STEP);
        g->stream.next_out = (Bytef *)out->data + out->size;
        g->stream.avail_out = OUTPUT_STEP;
        int result = deflate(&g->stream, flush);
        require(result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR);
        out->size += OUTPUT_STEP - g->stream.avail_out;
    } while (!g->stream.avail_out);
}

void gzip_add(struct gzip *g, struct slice data, struct buffer *out)
{
    g->stream.next_in = (Bytef *)(uintptr_t)data.data;
    while (data.size) {
        size_t n = MIN(data.size, (size_t)UINT32_MAX);
        g->stream.avail_in = (uInt)n;
        data.size -= n;
        deflate_into(g, Z_NO_FLUSH, out);
    }
}

void gzip_end(struct gzip *g, struct buffer *out)
{
    deflate_into(g, Z_FINISH, out);
    deflateEnd(&g->stream);
    free(g);
}

void gzip_whole(struct slice data, struct buffer *out)
{
    struct gzip *g = gzip_new();
    gzip_add(g, data, out);
    gzip_end(g, out);
}
