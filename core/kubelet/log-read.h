/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading container logs in the format that CRI runtimes write, a line a record:
 *
 *     2026-11-23T16:44:05.123456789Z stdout F the text
 *
 * F ends a line of the container's output, P is a piece of one that goes on in the next record of the stream.
 * Any thread.
 */
#ifndef KEELSON_KUBELET_LOG_READ_H
#define KEELSON_KUBELET_LOG_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buffer.h"
#include "core/base/error.h"

struct log_line {
    struct slice time; /* as written */
    int64_t time_ns;   /* since 1970 */
    bool is_stderr, partial;
    struct slice text; /* without the newline */
};
/* record: without its newline. False when it is not in the format. Slices point into it. */
bool log_line_parse(struct slice record, struct log_line *ret);

#define LOG_STDOUT 1u
#define LOG_STDERR 2u

struct log_read_options {
    bool follow, timestamps;
    int64_t tail_lines;  /* -1: all */
    int64_t since_ns;    /* realtime; INT64_MIN: from the start */
    int64_t limit_bytes; /* of output; -1: none */
    unsigned streams;    /* LOG_STDOUT, LOG_STDERR; 0: both */
};
struct log_reader {
    /* Takes output; may wait. -1: nobody reads any more. */
    int (*write)(void *context, struct slice data);
    /* Followed logs only: may the container write more? Asked about once a second while nothing comes. */
    bool (*running)(void *context);
    int wake_fd; /* followed logs: readable to stop; -1: none */
    void *context;
};
/* Until the end of the file, or, followed, until the container ends, over rotations of the file. -1: it could
 * not be opened or read. */
int log_read(const char *path, const struct log_read_options *options, const struct log_reader *reader,
             struct error *err);

#endif
