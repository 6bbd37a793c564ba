/* SPDX-License-Identifier: Apache-2.0 */
/* Whole files and folders. Every descriptor is close-on-exec; EINTR is handled here. */
#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/memory.h"

#define FILE_READ_FIRST 4096

/* Reads until the end or until there are more than limit bytes, then says so. */
static int file_read_all(int fd, const char *path, size_t limit, struct buffer *out, struct error *err)
{
    size_t start = out->size;

    for (;;) {
        if (out->capacity - out->size < FILE_READ_FIRST / 2)
            buffer_reserve(out, FILE_READ_FIRST);
        ssize_t n = read(fd, out->data + out->size, out->capacity - out->size - 1);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_set_errno(err, errno, "read %s", path);
        out->size += (size_t)n;
        out->data[out->size] = '\0';
        if (out->size - start > limit)
            return error_set(err, ERR_TOO_LARGE, "read %s: more than %zu bytes", path, limit);
        if (n == 0)
            return 0;
    }
}

int file_read(const char *path, size_t limit, struct buffer *out, struct error *err)
{
    _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t start = out->size;
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return error_set_errno(err, errno, "open %s", path);
    if (S_ISREG(st.st_mode) && (uint64_t)st.st_size > limit)
        return error_set(err, ERR_TOO_LARGE, "read %s: more than %zu bytes", path, limit);
    buffer_reserve(out, (S_ISREG(st.st_mode) ? (size_t)st.st_size : 0) + FILE_READ_FIRST / 2);
    if (file_read_all(fd, path, limit, out, err) == 0)
        return 0;
    out->size = start;
    out->data[start] = '\0';
    return -1;
}

static int file_write_all(int fd, struct slice data)
{
    while (data.size) {
        ssize_t n = write(fd, data.data, data.size);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data.data += n;
        data.size -= (size_t)n;
    }
    return 0;
}

/* The folder that holds path, for fsync after a rename in it. */
static int file_sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    _cleanup_free_ char *folder = slash ? xstrndup(path, (size_t)(slash - path) + 1) : xstrdup(".");
    _cleanup_close_ int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    return fd < 0 ? -1 : fsync(fd);
}

/* Closes fd; an error that close reports (a network file system's write-back) counts. */
static int file_fill_temporary(int fd, struct slice data, mode_t mode)
{
    int failed = file_write_all(fd, data) < 0 || fchmod(fd, mode) < 0 || fsync(fd) < 0 ? errno : 0;

    if (close(fd) < 0 && !failed && errno != EINTR)
        failed = errno;
    errno = failed;
    return failed ? -1 : 0;
}

int file_write_atomic(const char *path, struct slice data, mode_t mode, struct error *err)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    _cleanup_free_ char *temporary = xasprintf("%.*s.%s.XXXXXX", (int)(name - path), path, name);
    int fd = mkostemp(temporary, O_CLOEXEC);

    if (fd < 0)
        return error_set_errno(err, errno, "create a file beside %s", path);
    if (file_fill_temporary(fd, data, mode) < 0 || rename(temporary, path) < 0) {
        int failed = errno;

        unlink(temporary);
        return error_set_errno(err, failed, "write %s", path);
    }
    if (file_sync_folder(path) < 0)
        return error_set_errno(err, errno, "sync the folder of %s", path);
    return 0;
}

/* procfs and cgroups answer EACCES or EPERM to creating what they do not have: that is a missing file. */
static int file_open_or_create(const char *path)
{
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);

    if (fd >= 0 || errno != ENOENT)
        return fd;
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd < 0 && (errno == EACCES || errno == EPERM))
        errno = ENOENT;
    return fd;
}

int file_write(const char *path, struct slice data, struct error *err)
{
    _cleanup_close_ int fd = file_open_or_create(path);

    if (fd < 0)
        return error_set_errno(err, errno, "open %s", path);
    if (file_write_all(fd, data) < 0)
        return error_set_errno(err, errno, "write %s", path);
    int closing = TAKE_FD(fd);
    if (close(closing) < 0 && errno != EINTR)
        return error_set_errno(err, errno, "write %s", path);
    return 0;
}

/* Makes one folder; one that is there already, even through a link, is as good. */
static int directory_make_one(const char *path, mode_t mode, struct error *err)
{
    struct stat st;

    if (mkdir(path, mode) == 0)
        return chmod(path, mode) == 0 ? 0 : error_set_errno(err, errno, "chmod %s", path);
    int failed = errno;
    if (stat(path, &st) < 0)
        return error_set_errno(err, failed, "make folder %s", path);
    if (!S_ISDIR(st.st_mode))
        return error_set_errno(err, ENOTDIR, "make folder %s", path);
    return 0;
}

int directory_make(const char *path, mode_t mode, struct error *err)
{
    _cleanup_free_ char *prefix = xstrdup(path);
    struct stat st;

    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    for (char *at = prefix + (*prefix == '/'); (at = strchr(at, '/')); at++) {
        *at = '\0';
        int failed = directory_make_one(prefix, mode, err);
        *at = '/';
        if (failed)
            return -1;
    }
    return directory_make_one(prefix, mode, err);
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}
