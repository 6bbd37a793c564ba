/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Removing a tree that somebody else may have made (a container's volume), and may still be changing.
 *
 * Every step is relative to an open folder and follows no link. A folder is opened with RESOLVE_NO_XDEV, so
 * that bind mounts, which have the same device number, are noticed too; what is mounted on is never entered.
 * The depth of such a tree is its maker's choice: below DEPTH_MAX a folder is moved up to the top first, so
 * that neither the stack nor the descriptors grow with it.
 */
#include "core/base/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/base/memory.h"

#define DEPTH_MAX 32

struct removal {
    int top;          /* the folder that goes, for what is moved up */
    unsigned moved;   /* how many were moved up so far */
    const char *path; /* for messages */
    struct error *err;
};

static void cleanup_closedir(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

static int removal_fail(struct removal *r, int errno_value, const char *name)
{
    if (errno_value == EBUSY || errno_value == EXDEV)
        return error_set(r->err, ERR_CONFLICT, "remove %s: %s is a mount point", r->path, name);
    return error_set_errno(r->err, errno_value, "remove %s: %s", r->path, name);
}

/* Kernels before 5.6, and some sandboxes, lack openat2: a device number is compared instead. */
static int removal_open_old(int parent, const char *name)
{
    _cleanup_close_ int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    struct stat outer, inner;

    if (fd < 0 || fstat(parent, &outer) < 0 || fstat(fd, &inner) < 0)
        return -1;
    if (outer.st_dev != inner.st_dev) {
        errno = EXDEV;
        return -1;
    }
    return TAKE_FD(fd);
}

static int removal_open(int parent, const char *name)
{
    struct open_how how = {
        .flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
        .resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
    };
    int fd = (int)syscall(SYS_openat2, parent, name, &how, sizeof(how));

    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        return removal_open_old(parent, name);
    return fd;
}

static int removal_entry(struct removal *r, int parent, const char *name, unsigned depth);

/* Empties the open folder, which this closes. */
static int removal_empty(struct removal *r, int fd, unsigned depth)
{
    _cleanup_(cleanup_closedir) DIR *folder = fdopendir(fd);
    struct dirent *entry;

    if (!folder) {
        int failed = errno;

        close(fd);
        return removal_fail(r, failed, ".");
    }
    while (errno = 0, (entry = readdir(folder))) {
        if (entry->d_name[0] == '.' && (!entry->d_name[1] || (entry->d_name[1] == '.' && !entry->d_name[2])))
            continue;
        if (removal_entry(r, fd, entry->d_name, depth) < 0)
            return -1;
    }
    return errno ? removal_fail(r, errno, ".") : 0;
}

static int removal_move_up(struct removal *r, int parent, const char *name)
{
    char moved[48];

    for (;;) {
        snprintf(moved, sizeof(moved), ".keelson-removed-%u", r->moved++);
        if (renameat2(parent, name, r->top, moved, RENAME_NOREPLACE) == 0 || errno == ENOENT)
            return 0;
        if (errno != EEXIST)
            return removal_fail(r, errno, name);
    }
}

static int removal_folder(struct removal *r, int parent, const char *name, unsigned depth)
{
    if (depth >= DEPTH_MAX)
        return removal_move_up(r, parent, name);
    int fd = removal_open(parent, name);
    if (fd < 0)
        return errno == ENOENT ? 0 : removal_fail(r, errno, name);
    if (removal_empty(r, fd, depth + 1) < 0)
        return -1;
    if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return removal_fail(r, errno, name);
    return 0;
}

/* Whether it is a folder is found by trying: unlinking one fails with EISDIR. */
static int removal_entry(struct removal *r, int parent, const char *name, unsigned depth)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR)
        return removal_fail(r, errno, name);
    return removal_folder(r, parent, name, depth);
}

/* Empties the top until nothing was moved up into it any more, then removes it. */
static int removal_top(struct removal *r, int parent, const char *name)
{
    unsigned moved;

    r->top = removal_open(parent, name);
    if (r->top < 0)
        return errno == ENOENT ? 0 : removal_fail(r, errno, name);
    _cleanup_close_ int top = r->top;
    do {
        moved = r->moved;
        int fd = openat(top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
            return removal_fail(r, errno, name);
        if (removal_empty(r, fd, 1) < 0)
            return -1;
    } while (r->moved != moved);
    if (unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        return removal_fail(r, errno, name);
    return 0;
}

int directory_remove(const char *path, struct error *err)
{
    _cleanup_free_ char *folder = xstrdup(path);
    size_t size = strlen(folder);

    while (size > 1 && folder[size - 1] == '/')
        folder[--size] = '\0';
    char *slash = strrchr(folder, '/'), *name = slash ? slash + 1 : folder;
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return error_set(err, ERR_BAD_REQUEST, "remove \"%s\": no name of a folder", path);
    if (slash)
        *slash = '\0';
    _cleanup_close_ int parent = open(!slash            ? "."
                                      : slash == folder ? "/"
                                                        : folder,
                                      O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (parent < 0)
        return errno == ENOENT ? 0 : error_set_errno(err, errno, "remove %s", path);
    struct removal r = {.path = path, .err = err};
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR)
        return removal_fail(&r, errno, name);
    return removal_top(&r, parent, name);
}
