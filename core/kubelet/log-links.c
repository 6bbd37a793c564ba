/* SPDX-License-Identifier: Apache-2.0 */
/* See log-links.h. */
#include "core/kubelet/log-links.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/api/object.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"

#define NAME_BYTES_MAX 251 /* of a file, without ".log" */

static char *folder_of(const struct kubelet *k)
{
    return xasprintf("%s/../containers", k->config->pod_logs_dir);
}

void log_link_add(struct kubelet *k, const struct json *pod, const char *container, const char *id,
                  const char *path)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    _cleanup_free_ char *folder = folder_of(k);
    _cleanup_free_ char *name =
        xasprintf("%s_%s_%s-%s", object_name(pod), object_namespace(pod), container, id);
    _cleanup_free_ char *link = xasprintf("%s/%.*s.log", folder, NAME_BYTES_MAX, name);
    if (directory_make(folder, 0755, &err) < 0)
        log_warning("link to the log %s: %s", path, err.message);
    else if (symlink(path, link) < 0 && errno != EEXIST)
        log_warning("link to the log %s: %s", path, strerror(errno));
}

void log_links_collect(struct kubelet *k)
{
    _cleanup_free_ char *folder = folder_of(k);
    DIR *d = opendir(folder);
    for (struct dirent *e; d && (e = readdir(d));) {
        struct stat st;
        if (fstatat(dirfd(d), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode) &&
            fstatat(dirfd(d), e->d_name, &st, 0) < 0 && errno == ENOENT)
            unlinkat(dirfd(d), e->d_name, 0);
    }
    if (d)
        closedir(d);
}
