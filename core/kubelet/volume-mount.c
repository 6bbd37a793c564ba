/* SPDX-License-Identifier: Apache-2.0 */
/* Mounts of volumes: memory file systems, and finding what is mounted where. The kernel's table is what
 * counts, since a restart forgets everything else. */
#include <errno.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/kubelet/volume-private.h"

bool volume_is_mounted(const char *path)
{
    _cleanup_free_ char *parent = xasprintf("%s/..", path);
    struct stat own, above;
    return stat(path, &own) == 0 && S_ISDIR(own.st_mode) && stat(parent, &above) == 0 &&
           own.st_dev != above.st_dev;
}

int volume_mount_tmpfs(const char *path, int64_t size_bytes, struct error *err)
{
    char options[64] = "";
    if (size_bytes > 0)
        snprintf(options, sizeof(options), "size=%lld", (long long)size_bytes);
    if (mount("tmpfs", path, "tmpfs", 0, options) < 0)
        return error_set_errno(err, errno, "mounting a tmpfs at %s", path);
    return 0;
}

/* "\040" is how the kernel writes a space. */
static char *unescape(struct slice text)
{
    char *out = xmalloc(text.size + 1);
    size_t size = 0;
    for (size_t i = 0; i < text.size; i++) {
        const char *c = text.data + i;
        bool octal = *c == '\\' && i + 3 < text.size && c[1] >= '0' && c[1] <= '3' && c[2] >= '0' &&
                     c[2] <= '7' && c[3] >= '0' && c[3] <= '7';
        out[size++] = octal ? (char)((c[1] - '0') << 6 | (c[2] - '0') << 3 | (c[3] - '0')) : *c;
        i += octal ? 3 : 0;
    }
    out[size] = '\0';
    return out;
}

static bool is_below(const char *path, const char *folder)
{
    size_t size = strlen(folder);
    return strncmp(path, folder, size) == 0 && (path[size] == '/' || path[size] == '\0');
}

static int unmount(const char *path, struct error *err)
{
    if (umount2(path, UMOUNT_NOFOLLOW) == 0 || errno == EINVAL || errno == ENOENT)
        return 0;
    if (errno == EBUSY && umount2(path, UMOUNT_NOFOLLOW | MNT_DETACH) == 0)
        return 0;
    return error_set_errno(err, errno, "unmounting %s", path);
}

/* The table's order is that of mounting: going from its end, what is inside comes before what holds it. */
int volume_unmount_below(const char *path, struct error *err)
{
    _cleanup_(buffer_done) struct buffer table = BUFFER_INIT;
    if (file_read("/proc/self/mountinfo", 64u << 20, &table, err) < 0)
        return -1;
    char **found = NULL;
    size_t count = 0, capacity = 0;
    struct slice rest = {table.data, table.size};
    while (rest.data && rest.size) {
        struct slice line = slice_cut(&rest, '\n'), field = {0};
        for (int i = 0; i < 5 && line.data; i++)
            field = slice_cut(&line, ' ');
        char *where = unescape(field);
        if (is_below(where, path)) {
            found = xgrow(found, &capacity, count + 1, sizeof(*found));
            found[count++] = TAKE_PTR(where);
        }
        free(where);
    }
    int rc = 0;
    while (count > 0) {
        if (unmount(found[--count], rc == 0 ? err : NULL) < 0)
            rc = -1;
        free(found[count]);
    }
    free(found);
    return rc;
}
