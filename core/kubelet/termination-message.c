/* SPDX-License-Identifier: Apache-2.0 */
/* See termination-message.h. The container wrote the file, so its size is anything. */
#include "core/kubelet/termination-message.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"
#include "core/kubelet/log-read.h"

#define FILE_BYTES_MAX 4096
#define LOG_BYTES_MAX  2048u
#define LOG_LINES_MAX  80

static void read_file_end(const char *path, struct buffer *out)
{
    char text[FILE_BYTES_MAX];
    struct stat st;
    _cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return;
    ssize_t n = pread(fd, text, sizeof(text), MAX(st.st_size - FILE_BYTES_MAX, (off_t)0));
    if (n > 0)
        buffer_append(out, text, (size_t)n);
}

static int keep_end(void *context, struct slice data)
{
    struct buffer *out = context;
    buffer_append_slice(out, data);
    if (out->size > LOG_BYTES_MAX)
        buffer_consume(out, out->size - LOG_BYTES_MAX);
    return 0;
}

void termination_message_read(const struct runtime_container *ended, struct buffer *out)
{
    struct log_read_options options = {.tail_lines = LOG_LINES_MAX, .since_ns = INT64_MIN, .limit_bytes = -1};
    struct log_reader reader = {.write = keep_end, .wake_fd = -1, .context = out};
    if (ended->termination_path[0])
        read_file_end(ended->termination_path, out);
    if (!out->size && ended->exit_code != 0 && ended->log_path[0] &&
        strcmp(ended->termination_policy, "FallbackToLogsOnError") == 0)
        log_read(ended->log_path, &options, &reader, NULL);
}
