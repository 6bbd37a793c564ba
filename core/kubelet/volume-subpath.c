/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subPath: a container must not reach anything outside of a volume by a link that it (or another container)
 * put into the volume. The kernel resolves the path and refuses to leave the volume; the file that it found,
 * not its name, is then mounted at a place that only the kubelet can write.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/api/object.h"
#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/kubelet/volume-private.h"

static int open_beneath(int folder, const char *path)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
    return (int)syscall(SYS_openat2, folder, path, &how, sizeof(how));
}

static int check(const char *path, struct error *err)
{
    struct slice rest = slice_of(path);
    if (path[0] == '/')
        return error_set(err, ERR_BAD_REQUEST, "subPath must not be an absolute path: %s", path);
    while (rest.data)
        if (slice_is(slice_cut(&rest, '/'), ".."))
            return error_set(err, ERR_BAD_REQUEST, "subPath must not contain '..': %s", path);
    return 0;
}

static int cannot_open(const char *path, struct error *err)
{
    if (errno == EXDEV || errno == ELOOP)
        return error_set(err, ERR_BAD_REQUEST, "subPath %s leads out of the volume", path);
    return error_set_errno(err, errno, "subPath %s", path);
}

/* Makes the folders that are missing, with the volume's own mode. Returns the file, or -1. */
static int open_or_make(int volume, mode_t mode, const char *path, struct error *err)
{
    int fd = open_beneath(volume, path);
    if (fd >= 0 || errno != ENOENT)
        return fd >= 0 ? fd : cannot_open(path, err);
    _cleanup_free_ char *prefix = xstrdup(path);
    _cleanup_close_ int above = open_beneath(volume, ".");
    for (char *part = prefix; part && *part;) {
        char *slash = strchr(part, '/');
        if (slash)
            *slash = '\0';
        fd = open_beneath(volume, prefix);
        if (fd < 0 && errno == ENOENT && part[0]) {
            if (mkdirat(above, part, mode) == 0)
                fchmodat(above, part, mode, 0);
            fd = open_beneath(volume, prefix);
        }
        if (fd < 0)
            return cannot_open(path, err);
        if (!slash)
            return fd;
        close(above);
        above = fd;
        *slash = '/';
        for (part = slash + 1; *part == '/'; part++)
            ;
    }
    return TAKE_FD(above);
}

static bool same_file(int fd, const char *path)
{
    struct stat a, b;
    return fstat(fd, &a) == 0 && stat(path, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static int make_target(const char *target, bool is_folder, struct error *err)
{
    _cleanup_free_ char *folder = xstrdup(target);
    char *slash = strrchr(folder, '/');
    *slash = '\0';
    if (directory_make(folder, 0750, err) < 0)
        return -1;
    if (is_folder)
        return directory_make(target, 0750, err);
    _cleanup_close_ int fd = open(target, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
    return fd < 0 ? error_set_errno(err, errno, "%s", target) : 0;
}

static int mount_at(int fd, const char *target, struct error *err)
{
    struct stat st;
    char source[32];
    if (same_file(fd, target))
        return 0;
    while (umount2(target, UMOUNT_NOFOLLOW | MNT_DETACH) == 0)
        ;
    if (directory_remove(target, err) < 0)
        return -1;
    if (fstat(fd, &st) < 0)
        return error_set_errno(err, errno, "%s", target);
    if (make_target(target, S_ISDIR(st.st_mode), err) < 0)
        return -1;
    snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
    if (mount(source, target, NULL, MS_BIND, NULL) < 0)
        return error_set_errno(err, errno, "mounting a subPath at %s", target);
    return 0;
}

int volumes_subpath(struct volumes *v, const struct json *pod, const char *volume, const char *container,
                    unsigned index, const char *sub_path, struct arena *arena, const char **ret,
                    struct error *err)
{
    const char *whole;
    struct stat st;
    if (check(sub_path, err) < 0 || volumes_path(v, pod, volume, arena, &whole, err) < 0)
        return -1;
    _cleanup_close_ int top = open(whole, O_PATH | O_CLOEXEC);
    if (top < 0 || fstat(top, &st) < 0)
        return error_set_errno(err, errno, "volume \"%s\"", volume);
    if (!S_ISDIR(st.st_mode))
        return error_set(err, ERR_BAD_REQUEST, "volume \"%s\" is no folder", volume);
    _cleanup_close_ int fd = open_or_make(top, st.st_mode & 07777, sub_path, err);
    if (fd < 0)
        return -1;
    const char *target = arena_printf(arena, "%s/volume-subpaths/%s/%s/%u",
                                      volume_pod_folder(v, arena, object_uid(pod)), volume, container, index);
    if (mount_at(fd, target, err) < 0)
        return -1;
    *ret = target;
    return 0;
}
