/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a log file to what `kubectl logs` shows: the tail is looked for from the file's end, records are taken
 * apart, output goes out in blocks. A followed file is watched through its folder, where both writes and the
 * new file of a rotation show; that the container ended shows nowhere, so it is asked for while nothing
 * comes.
 */
#include "core/kubelet/log-read.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"

#define BLOCK_BYTES    (64u << 10)
#define RECORD_BYTES   (1u << 20) /* a longer one is no record of a runtime's */
#define RUNNING_ASK_MS 1000

struct reading {
    const char *path;
    const struct log_read_options *options;
    const struct log_reader *reader;
    int fd, watch_fd;
    struct buffer input, output;
    int64_t left;    /* of limit_bytes */
    bool in_line[2]; /* by stream: the last record was a piece */
    bool over;
};

/* Where the last `lines` lines begin. */
static int64_t find_tail(int fd, int64_t size, int64_t lines)
{
    char block[4096];
    int64_t at = size;
    if (lines == 0)
        return size;
    while (at > 0) {
        int64_t from = MAX(at - (int64_t)sizeof(block), 0);
        ssize_t n = pread(fd, block, (size_t)(at - from), from);
        if (n != at - from)
            return 0;
        for (ssize_t i = n - 1; i >= 0; i--)
            if (block[i] == '\n' && from + i + 1 < size && --lines == 0)
                return from + i + 1;
        at = from;
    }
    return 0;
}

static void flush(struct reading *r)
{
    if (r->output.size &&
        r->reader->write(r->reader->context, (struct slice){r->output.data, r->output.size}) < 0)
        r->over = true;
    buffer_clear(&r->output);
}

static void emit(struct reading *r, struct slice text)
{
    if (r->left >= 0) {
        text.size = MIN(text.size, (size_t)r->left);
        r->left -= (int64_t)text.size;
        r->over = r->over || r->left == 0;
    }
    buffer_append_slice(&r->output, text);
}

static void take_record(struct reading *r, struct slice record)
{
    struct log_line line;
    if (!log_line_parse(record, &line) || line.time_ns < r->options->since_ns)
        return;
    unsigned stream = line.is_stderr ? LOG_STDERR : LOG_STDOUT;
    if (r->options->streams && !(r->options->streams & stream))
        return;
    if (r->options->timestamps && !r->in_line[line.is_stderr]) {
        emit(r, line.time);
        emit(r, SLICE(" "));
    }
    emit(r, line.text);
    if (!line.partial)
        emit(r, SLICE("\n"));
    r->in_line[line.is_stderr] = line.partial;
}

static void take_records(struct reading *r)
{
    size_t done = 0;
    while (!r->over && done < r->input.size) {
        const char *start = r->input.data + done;
        const char *end = memchr(start, '\n', r->input.size - done);
        if (!end)
            break;
        take_record(r, (struct slice){start, (size_t)(end - start)});
        done += (size_t)(end - start) + 1;
    }
    buffer_consume(&r->input, done);
    if (r->input.size > RECORD_BYTES)
        buffer_clear(&r->input);
}

static int read_to_end(struct reading *r, struct error *err)
{
    while (!r->over) {
        buffer_reserve(&r->input, BLOCK_BYTES);
        ssize_t n = read(r->fd, r->input.data + r->input.size, BLOCK_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(err, errno, "reading %s", r->path);
        if (n == 0)
            break;
        r->input.size += (size_t)n;
        take_records(r);
        flush(r);
    }
    return 0;
}

static int open_file(struct reading *r, struct error *err)
{
    int fd = open(r->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set_errno(err, errno, "%s", r->path);
    if (r->fd >= 0)
        close(r->fd);
    r->fd = fd;
    return 0;
}

static void watch_folder(struct reading *r)
{
    char *folder = realpath(r->path, NULL); /* the path may be a link to where the file lies */
    char *slash = folder ? strrchr(folder, '/') : NULL;
    r->watch_fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (slash) {
        *slash = '\0';
        inotify_add_watch(r->watch_fd, folder, IN_MODIFY | IN_CREATE | IN_MOVED_TO);
    }
    free(folder);
}

/* The file that stands at the path now is another one: the old one was read to its end. */
static bool was_rotated(const struct reading *r)
{
    struct stat own, named;
    return fstat(r->fd, &own) == 0 && stat(r->path, &named) == 0 &&
           (own.st_dev != named.st_dev || own.st_ino != named.st_ino);
}

/* False: nothing came for so long that the container is to be asked about. */
static bool wait_for_more(struct reading *r)
{
    struct pollfd fds[] = {{.fd = r->watch_fd, .events = POLLIN},
                           {.fd = r->reader->wake_fd, .events = POLLIN}};
    char events[4096];
    bool came = poll(fds, 2, RUNNING_ASK_MS) > 0;
    if (fds[1].revents)
        r->over = true;
    while (fds[0].revents && read(r->watch_fd, events, sizeof(events)) > 0)
        ;
    return came;
}

static int follow(struct reading *r, struct error *err)
{
    bool ended = false;
    for (;;) {
        bool rotated = was_rotated(r); /* asked before the last read, so that nothing is left unread */
        if (read_to_end(r, err) < 0)
            return -1;
        if (r->over)
            return 0;
        if (rotated) {
            buffer_clear(&r->input);
            if (open_file(r, err) < 0)
                return -1;
            continue;
        }
        if (ended)
            return 0;
        if (!wait_for_more(r))
            ended = !r->reader->running(r->reader->context);
    }
}

static void take_rest(struct reading *r)
{
    if (!r->over && r->input.size)
        take_record(r, (struct slice){r->input.data, r->input.size});
    flush(r);
}

int log_read(const char *path, const struct log_read_options *options, const struct log_reader *reader,
             struct error *err)
{
    struct reading r = {.path = path,
                        .options = options,
                        .reader = reader,
                        .fd = -1,
                        .watch_fd = -1,
                        .left = options->limit_bytes >= 0 ? options->limit_bytes : -1,
                        .over = options->limit_bytes == 0};
    struct stat st;
    int rc = open_file(&r, err);
    if (rc == 0 && options->tail_lines >= 0 && fstat(r.fd, &st) == 0)
        lseek(r.fd, find_tail(r.fd, st.st_size, options->tail_lines), SEEK_SET);
    if (rc == 0 && options->follow)
        watch_folder(&r);
    if (rc == 0)
        rc = options->follow ? follow(&r, err) : read_to_end(&r, err);
    if (rc == 0)
        take_rest(&r);
    cleanup_close(&r.fd);
    cleanup_close(&r.watch_fd);
    buffer_done(&r.input);
    buffer_done(&r.output);
    return rc;
}
