/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What daemon and child process say to each other about an isolated plugin: frames of a head and values, in
 * the machine's own byte order, over stream sockets. Values stand one behind the other, without tags: both
 * sides are built from the same source, and the first frame says so. A reader believes nothing: it is bounded
 * by its frame, and what does not fit makes it bad, after which all values read as 0 and NULL. One thread at
 * a time.
 */
#ifndef KEELSON_PLUGIN_ISOLATE_FRAME_H
#define KEELSON_PLUGIN_ISOLATE_FRAME_H

#include <keelson/plugin.h>
#include <stdbool.h>

#include "core/base/arena.h"
#include "core/base/buffer.h"

/* Of another one the child is refused: a daemon that still runs meets the program of the next release. */
#define FRAME_VERSION 2u

#define FRAME_BYTES_MAX                                                                                      \
    (64u << 20) /* a call's arguments, or what is said at once: a thousand nodes, and more */

enum frame_kind {
    /* On the control socket. */
    FRAME_START = 1, /* to the child: which file, and what it must know of the daemon */
    FRAME_HELLO,     /* from the child: the file's table, or why it cannot be loaded */
    FRAME_CHANNEL,   /* to the child, with a descriptor: one end of a channel */
    FRAME_METRIC,    /* from the child */
    FRAME_CHANGED,
    /* On a channel, which carries one call at a time. */
    FRAME_CALL,   /* to the child */
    FRAME_BEGIN,  /* to the child, on the channel of a call that takes many: see isolate-begun.c */
    FRAME_STOP,   /* to the child: cancelled, or its sink wants no more */
    FRAME_PUT,    /* from the child: for a sink */
    FRAME_EVENT,  /* from the child: host->event */
    FRAME_RESULT, /* from the child: the call's end */
};

/* ---- Writing ---- */

/* A frame is begun, filled and ended; the buffer may hold several. Returns where it begins, for frame_end. */
size_t frame_begin(struct buffer *out, enum frame_kind kind);
void frame_end(struct buffer *out, size_t begun);
void frame_put_u32(struct buffer *out, uint32_t value);
void frame_put_i64(struct buffer *out, int64_t value);
void frame_put_double(struct buffer *out, double value);
void frame_put_bytes(struct buffer *out, struct keelson_bytes value);
void frame_put_text(struct buffer *out, const char *text); /* NULL stays NULL */
/* A char array that holds text, as results have them. */
void frame_put_array(struct buffer *out, const char *array, size_t size);
void frame_put_texts(struct buffer *out, const char *const *texts, uint32_t count); /* NULL stays NULL */
void frame_put_pairs(struct buffer *out, const struct keelson_pairs *pairs);
/* Sends all of it. limit_ms: how long the other side may take to make room; -1: for ever. False: it is gone,
 * or does not read. fd may be passed along with the first byte; -1: none. */
bool frame_send(int socket, const struct buffer *frames, int limit_ms, int fd);

/* ---- Reading ---- */

struct frame_reader {
    const char *data;
    size_t left;
    bool bad;
    struct arena *arena; /* of the pairs and arrays that are read */
};
uint32_t frame_get_u32(struct frame_reader *r);
int64_t frame_get_i64(struct frame_reader *r);
double frame_get_double(struct frame_reader *r);
struct keelson_bytes frame_get_bytes(struct frame_reader *r);         /* in the frame */
const char *frame_get_text(struct frame_reader *r);                   /* in the frame; may be NULL */
void frame_get_array(struct frame_reader *r, char *ret, size_t size); /* cut to its size; "" if bad */
const char *const *frame_get_texts(struct frame_reader *r, uint32_t *ret_count); /* none of them NULL */
struct keelson_pairs frame_get_pairs(struct frame_reader *r);
/* How many elements follow, of which each takes so many bytes of the frame at least: more are bad. */
uint32_t frame_get_count(struct frame_reader *r, size_t element_bytes_min);
/* Has all been read, and was all of it right? */
bool frame_is_read(struct frame_reader *r);

/* What came in on a socket, cut into frames. */
struct frame_stream {
    int socket;
    uint32_t bytes_max; /* of a frame */
    struct buffer in;
    size_t used;   /* of in: frames that were handed out */
    int passed_fd; /* that came along; -1: none */
};
void frame_stream_init(struct frame_stream *s, int socket, uint32_t bytes_max);
void frame_stream_done(struct frame_stream *s); /* closes the socket */
/* The next frame that is here, valid until the next frame_fill. 1; 0: none; -1: what came is no frame. */
int frame_next(struct frame_stream *s, enum frame_kind *ret_kind, struct frame_reader *ret);
/* Reads what there is, waiting for some. False: the other side is gone. */
bool frame_fill(struct frame_stream *s);

#endif
