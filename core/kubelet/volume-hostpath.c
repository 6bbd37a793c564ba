/* SPDX-License-Identifier: Apache-2.0 */
/* hostPath: a path of the node's, which must be of the kind that was asked for; two of the kinds are made
 * when nothing is there. */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/memory.h"
#include "core/kubelet/volume-private.h"

static const struct host_path_type {
    const char *name;
    mode_t format;
    bool made;
    const char *what;
} types[] = {
    {"DirectoryOrCreate", S_IFDIR, true, "a directory"}, {"Directory", S_IFDIR, false, "a directory"},
    {"FileOrCreate", S_IFREG, true, "a file"},           {"File", S_IFREG, false, "a file"},
    {"Socket", S_IFSOCK, false, "a socket file"},        {"CharDevice", S_IFCHR, false, "a character device"},
    {"BlockDevice", S_IFBLK, false, "a block device"},
};

static int make_path(const struct host_path_type *type, const char *path, struct error *err)
{
    if (type->format == S_IFDIR)
        return directory_make(path, 0755, err);
    _cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    return fd < 0 ? error_set_errno(err, errno, "%s", path) : 0;
}

static int check_type(const struct host_path_type *type, const char *path, struct error *err)
{
    struct stat st;
    if (stat(path, &st) < 0) {
        if (errno != ENOENT || !type->made)
            return error_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_INTERNAL,
                             "hostPath type check failed: %s is not %s", path, type->what);
        if (make_path(type, path, err) < 0)
            return -1;
        if (stat(path, &st) < 0)
            return error_set_errno(err, errno, "%s", path);
    }
    if ((st.st_mode & S_IFMT) != type->format)
        return error_set(err, ERR_NOT_FOUND, "hostPath type check failed: %s is not %s", path, type->what);
    return 0;
}

static int hostpath_setup(struct volume_job *job, struct error *err)
{
    const char *wanted = json_string_or(json_get(job->spec, "type"), "");
    struct slice rest = slice_of(job->folder);
    while (rest.data)
        if (slice_is(slice_cut(&rest, '/'), ".."))
            return error_set(err, ERR_BAD_REQUEST, "hostPath %s must not contain '..'", job->folder);
    if (!wanted[0])
        return 0;
    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (strcmp(types[i].name, wanted) == 0)
            return check_type(&types[i], job->folder, err);
    return error_set(err, ERR_BAD_REQUEST, "hostPath type \"%s\" is unknown", wanted);
}

const struct volume_kind volume_kind_hostpath = {.field = "hostPath", .setup = hostpath_setup};
