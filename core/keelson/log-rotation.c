/* SPDX-License-Identifier: Apache-2.0 */
/* The daemons write to files that the supervisor opened for them, so a log is not renamed under its writer:
 * it is copied, then cut to nothing. The writers append, so they go on at its beginning; a line that is
 * written between the two is lost. */
#include <errno.h>
#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/keelson/keelson.h"

#define LOG_BYTES_MAX (INT64_C(16) * 1024 * 1024)

static int copy_out(int from, const char *to, off_t size)
{
    _cleanup_close_ int fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
    off_t at = 0;
    while (fd >= 0 && at < size)
        if (sendfile(fd, from, &at, (size_t)(size - at)) <= 0)
            return -1;
    return fd < 0 ? -1 : 0;
}

static void rotate(const char *path)
{
    struct stat st;
    _cleanup_free_ char *old = xasprintf("%s.1", path);
    _cleanup_close_ int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 || fstat(fd, &st) < 0 || st.st_size <= LOG_BYTES_MAX)
        return;
    /* On a full disk the old part is given up: a log must not be what keeps it full. */
    if (copy_out(fd, old, st.st_size) < 0)
        unlink(old);
    if (ftruncate(fd, 0) < 0)
        log_warning("%s cannot be cut: %s", path, strerror(errno));
}

void log_rotate(const struct settings *s)
{
    _cleanup_free_ char *own = xasprintf("%s/keelson.log", s->log_dir);
    rotate(own);
    for (unsigned i = 0; i < daemon_rows_count; i++) {
        _cleanup_free_ char *path = xasprintf("%s/%s.log", s->log_dir, daemon_rows[i].name);
        rotate(path);
    }
}
