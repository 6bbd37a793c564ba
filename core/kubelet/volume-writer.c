/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder whose files change all at once. The layout is upstream's, since programs in containers watch for
 * it:
 *
 *     key            → ..data/key                      what users open
 *     ..data         → ..2026_11_23_16_44_05.123456789 the one link that is replaced
 *     ..2026_…/key                                     the files
 *
 * A crash at any point leaves either the old or the new content in place; the next write takes away what is
 * left over.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/base/random.h"
#include "core/kubelet/volume-private.h"

#define LINK "..data"

static void cleanup_dir(DIR **dir)
{
    if (*dir)
        closedir(*dir);
}

static bool is_dots(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* Regular files below. */
static size_t count_files(const char *folder)
{
    _cleanup_(cleanup_dir) DIR *dir = opendir(folder);
    size_t count = 0;
    for (struct dirent *e; dir && (e = readdir(dir));) {
        _cleanup_free_ char *path = xasprintf("%s/%s", folder, e->d_name);
        struct stat st;
        if (is_dots(e->d_name) || lstat(path, &st) < 0)
            continue;
        count += S_ISDIR(st.st_mode) ? count_files(path) : 1;
    }
    return count;
}

static bool holds(const char *folder, const struct payload_file *file)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, file->path);
    _cleanup_(buffer_done) struct buffer found = BUFFER_INIT;
    struct stat st;
    return lstat(path, &st) == 0 && S_ISREG(st.st_mode) && (size_t)st.st_size == file->data.size &&
           file_read(path, file->data.size, &found, NULL) == 0 &&
           slice_equal((struct slice){found.data, found.size}, file->data);
}

static bool is_current(const char *folder, const struct payload *payload)
{
    for (size_t i = 0; i < payload->count; i++)
        if (!holds(folder, &payload->files[i]))
            return false;
    return count_files(folder) == payload->count;
}

static int write_file(const char *folder, const struct payload_file *file, struct error *err)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, file->path);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    if (directory_make(path, 0755, err) < 0)
        return -1;
    *slash = '/';
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return error_set_errno(err, errno, "%s", path);
    for (size_t done = 0; done < file->data.size;) {
        ssize_t n = write(fd, file->data.data + done, file->data.size - done);
        if (n < 0 && errno != EINTR)
            return error_set_errno(err, errno, "writing %s", path);
        done += n > 0 ? (size_t)n : 0;
    }
    if (file->user >= 0 && fchown(fd, (uid_t)file->user, (gid_t)-1) < 0)
        return error_set_errno(err, errno, "%s", path);
    if (fchmod(fd, file->mode) < 0)
        return error_set_errno(err, errno, "%s", path);
    return 0;
}

static int set_group_below(const char *folder, int64_t group, struct error *err)
{
    _cleanup_(cleanup_dir) DIR *dir = opendir(folder);
    if (!dir)
        return error_set_errno(err, errno, "%s", folder);
    if (volume_set_group(dirfd(dir), false, group, err) < 0)
        return -1;
    for (struct dirent *e; (e = readdir(dir));) {
        _cleanup_free_ char *path = xasprintf("%s/%s", folder, e->d_name);
        struct stat st;
        if (is_dots(e->d_name) || lstat(path, &st) < 0)
            continue;
        if (S_ISDIR(st.st_mode)) {
            if (set_group_below(path, group, err) < 0)
                return -1;
            continue;
        }
        _cleanup_close_ int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
            return error_set_errno(err, errno, "%s", path);
        if (volume_set_group(fd, false, group, err) < 0)
            return -1;
    }
    return 0;
}

/* "..2026_11_23_16_44_05.3141592653" */
static void new_name(char *out, size_t size)
{
    time_t now = (time_t)(clock_realtime_ns() / NS_PER_S);
    struct tm utc;
    char stamp[32];
    gmtime_r(&now, &utc);
    strftime(stamp, sizeof(stamp), "..%Y_%m_%d_%H_%M_%S", &utc);
    snprintf(out, size, "%s.%u", stamp, (unsigned)random_below(UINT32_MAX));
}

static int write_version(const char *folder, const char *name, const struct payload *payload, int64_t group,
                         struct error *err)
{
    _cleanup_free_ char *path = xasprintf("%s/%s", folder, name);
    if (mkdir(path, 0755) < 0 || chmod(path, 0755) < 0)
        return error_set_errno(err, errno, "%s", path);
    for (size_t i = 0; i < payload->count; i++)
        if (write_file(path, &payload->files[i], err) < 0)
            return -1;
    return group < 0 ? 0 : set_group_below(path, group, err);
}

static int replace_link(const char *folder, const char *name, struct error *err)
{
    _cleanup_free_ char *link = xasprintf("%s/" LINK, folder);
    _cleanup_free_ char *temporary = xasprintf("%s/" LINK "_tmp", folder);
    if (unlink(temporary) < 0 && errno != ENOENT)
        return error_set_errno(err, errno, "%s", temporary);
    if (symlink(name, temporary) < 0 || rename(temporary, link) < 0)
        return error_set_errno(err, errno, "%s", link);
    return 0;
}

static struct slice first_part(const char *path)
{
    struct slice rest = slice_of(path);
    return slice_cut(&rest, '/');
}

static int make_links(const char *folder, const struct payload *payload, struct error *err)
{
    for (size_t i = 0; i < payload->count; i++) {
        struct slice name = first_part(payload->files[i].path);
        _cleanup_free_ char *path = xasprintf("%s/%.*s", folder, SLICE_ARG(name));
        _cleanup_free_ char *target = xasprintf(LINK "/%.*s", SLICE_ARG(name));
        if (symlink(target, path) < 0 && errno != EEXIST)
            return error_set_errno(err, errno, "%s", path);
    }
    return 0;
}

static bool is_wanted(const struct payload *payload, const char *name)
{
    for (size_t i = 0; i < payload->count; i++)
        if (slice_is(first_part(payload->files[i].path), name))
            return true;
    return false;
}

/* Links to keys that are gone, and versions that no link leads to. */
static void remove_old(const char *folder, const struct payload *payload, const char *current)
{
    _cleanup_(cleanup_dir) DIR *dir = opendir(folder);
    for (struct dirent *e; dir && (e = readdir(dir));) {
        const char *name = e->d_name;
        if (is_dots(name) || strcmp(name, LINK) == 0 || strcmp(name, current) == 0)
            continue;
        _cleanup_free_ char *path = xasprintf("%s/%s", folder, name);
        if (strncmp(name, "..", 2) == 0)
            directory_remove(path, NULL);
        else if (!is_wanted(payload, name))
            unlink(path);
    }
}

int volume_write(const char *folder, const struct payload *payload, int64_t group, struct error *err)
{
    _cleanup_free_ char *link = xasprintf("%s/" LINK, folder);
    char name[PATH_MAX];
    ssize_t size = readlink(link, name, sizeof(name) - 1);
    name[MAX(size, 0)] = '\0';
    bool current = size > 0 && !strchr(name, '/') && is_current(link, payload);
    if (!current) {
        new_name(name, sizeof(name));
        if (write_version(folder, name, payload, group, err) < 0 || replace_link(folder, name, err) < 0)
            return -1;
    }
    if (make_links(folder, payload, err) < 0)
        return -1;
    remove_old(folder, payload, name);
    return 0;
}
