/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Plugin files: found, checked, loaded, unloaded. The order of a load is that of <keelson/plugin.h>; each
 * refusal says which rule was broken.
 */
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/plugin/instance.h"
#include "core/plugin/isolate.h"

#define THREADS_GONE_TRIES     100
#define THREADS_GONE_TRY_US    10000
#define PLUGIN_DESCRIPTION_MAX 200u

/* "file.so" is looked for in each folder of the colon-separated list; what holds a slash is taken as it is.
 */
char *plugin_file_find(const struct plugin_host *h, const char *file, struct error *err)
{
    if (strchr(file, '/'))
        return xstrdup(file);
    struct slice rest = slice_of(h->plugin_dir);
    while (rest.data) {
        struct slice folder = slice_cut(&rest, ':');
        char *path = xasprintf("%.*s/%s", SLICE_ARG(folder), file);
        if (folder.size && file_exists(path))
            return path;
        free(path);
    }
    error_set(err, ERR_NOT_FOUND, "plugin file %s not found in %s", file, h->plugin_dir);
    return NULL;
}

static int check_owner(const char *path, struct error *err)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return error_set_errno(err, errno, "%s", path);
    if (st.st_uid != 0)
        return error_set(err, ERR_FORBIDDEN, "%s: belongs to user %u, not to root: refused", path, st.st_uid);
    if ((st.st_mode & (S_IWGRP | S_IWOTH)) && !(S_ISDIR(st.st_mode) && (st.st_mode & S_ISVTX)))
        return error_set(err, ERR_FORBIDDEN, "%s: others than root may write to it: refused", path);
    return 0;
}

static int check_folder(const char *path, struct error *err)
{
    const char *slash = strrchr(path, '/');
    _cleanup_free_ char *folder =
        slash ? xstrndup(path, MAX((size_t)(slash - path), (size_t)1)) : xstrdup(".");
    return check_owner(folder, err);
}

int plugin_file_check_owner(const struct plugin_host *h, const char *path, struct error *err)
{
    if (h->config.allow_unowned_files || geteuid() != 0)
        return 0;
    _cleanup_free_ char *target = realpath(path, NULL); /* a link is as good as what it points to */
    if (!target)
        return error_set_errno(err, errno, "%s", path);
    return check_owner(target, err) < 0 || check_folder(path, err) < 0 || check_folder(target, err) < 0 ? -1
                                                                                                        : 0;
}

static int check_note(const char *path, const struct plugin_note *note, enum keelson_kind kind,
                      struct error *err)
{
    if (note->abi_major != KEELSON_ABI_MAJOR)
        return error_set(err, ERR_BAD_REQUEST,
                         "%s: built for plugin ABI %u.%u; this is %u.%u, and another major cannot be loaded",
                         path, note->abi_major, note->abi_minor, KEELSON_ABI_MAJOR, KEELSON_ABI_MINOR);
    if (note->needs_minor > KEELSON_ABI_MINOR)
        return error_set(err, ERR_BAD_REQUEST,
                         "%s: needs the newer plugin ABI %u.%u; this is %u.%u: upgrade keelson first", path,
                         note->abi_major, note->needs_minor, KEELSON_ABI_MAJOR, KEELSON_ABI_MINOR);
    if (note->kind != kind)
        return error_set(err, ERR_BAD_REQUEST, "%s: a %s plugin, but a %s plugin is needed here", path,
                         plugin_kind_name(note->kind), plugin_kind_name(kind));
    return 0;
}

/* What the table must have for the host to work with it at all. */
static int check_table(const char *path, const struct keelson_plugin *t, struct error *err)
{
    if (!t)
        return error_set(err, ERR_BAD_REQUEST, "%s: %s returned no table", path, KEELSON_ENTRY);
    if (t->size < offsetof(struct keelson_plugin, interface) + sizeof(t->interface) || t->size > 65536)
        return error_set(err, ERR_BAD_REQUEST, "%s: its table claims a size of %u bytes; ABI 1.0 has %zu",
                         path, t->size, sizeof(*t));
    if (!t->open || !t->close || !t->interface)
        return error_set(err, ERR_BAD_REQUEST, "%s: its table lacks open, close or interface", path);
    if (!t->description || strnlen(t->description, PLUGIN_DESCRIPTION_MAX + 1) > PLUGIN_DESCRIPTION_MAX)
        return error_set(err, ERR_BAD_REQUEST, "%s: its description is missing or longer than %u bytes", path,
                         PLUGIN_DESCRIPTION_MAX);
    if (t->threading != KEELSON_THREADS_SERIAL && t->threading != KEELSON_THREADS_PARALLEL)
        log_warning("%s: unknown threading %u, taken for serial", path, (unsigned)t->threading);
    return 0;
}

static struct plugin_file *file_known(struct plugin_host *h, const char *path)
{
    list_for_each (it, &h->files) {
        struct plugin_file *f = list_entry(it, struct plugin_file, link);
        if (!f->isolate && strcmp(f->path, path) == 0)
            return f;
    }
    return NULL;
}

static struct plugin_file *file_new(struct plugin_host *h, const char *path, const struct plugin_note *note)
{
    struct plugin_file *f = new0(struct plugin_file);
    f->path = xstrdup(path);
    f->note = *note;
    list_append(&h->files, &f->link);
    return f;
}

static int file_open(struct plugin_host *h, const char *path, const struct plugin_note *note,
                     struct plugin_file **ret, struct error *err)
{
    unsigned foreign_threads = thread_foreign_count();
    void *dl = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (!dl)
        return error_set(err, ERR_BAD_REQUEST, "%s", dlerror());
    const struct keelson_plugin *(*entry)(const struct keelson_host *) = NULL;
    *(void **)&entry = dlsym(dl, KEELSON_ENTRY);
    int result = -1;
    if (!entry)
        error_set(err, ERR_BAD_REQUEST, "%s: does not export %s", path, KEELSON_ENTRY);
    else
        result = 0;
    const struct keelson_plugin *table = entry ? entry(&h->table) : NULL;
    if (result < 0 || check_table(path, table, err) < 0) {
        dlclose(dl);
        return -1;
    }
    struct plugin_file *f = file_new(h, path, note);
    f->dl = dl;
    f->table = table;
    f->foreign_threads = foreign_threads;
    *ret = f;
    return 0;
}

/* A process each instance, and so a file, too. */
static int file_isolate(struct plugin_host *h, const char *path, const struct plugin_note *note,
                        const char *name, struct plugin_file **ret, struct error *err)
{
    struct isolate *isolate;
    if (isolate_new(h, name, path, note, &isolate, err) < 0)
        return -1;
    struct plugin_file *f = file_new(h, path, note);
    f->isolate = isolate;
    f->table = &isolate->table;
    *ret = f;
    return 0;
}

int plugin_file_load(struct plugin_host *h, const char *path, enum keelson_kind kind,
                     const char *isolated_name, struct plugin_file **ret, struct error *err)
{
    struct plugin_note note;
    struct plugin_file *known = isolated_name ? NULL : file_known(h, path);
    if (known) {
        *ret = known;
        return check_note(path, &known->note, kind, err);
    }
    if (plugin_note_read(path, &note, err) < 0 || check_note(path, &note, kind, err) < 0 ||
        plugin_file_check_owner(h, path, err) < 0)
        return -1;
    return isolated_name ? file_isolate(h, path, &note, isolated_name, ret, err)
                         : file_open(h, path, &note, ret, err);
}

/* Threads of which we know nothing may be the plugin's, and would go on in code that is gone. One that was
 * just joined is seen for a moment still. */
static bool threads_remain(const struct plugin_file *f)
{
    for (int n = 0; n < THREADS_GONE_TRIES; n++) {
        if (thread_foreign_count() <= f->foreign_threads)
            return false;
        usleep(THREADS_GONE_TRY_US);
    }
    return true;
}

void plugin_file_release(struct plugin_file *f)
{
    if (f->instances > 0 || f->pinned)
        return;
    if (!f->isolate && threads_remain(f)) {
        f->pinned = true;
        log_warning("%s: threads that it started are there after close(); it stays loaded", f->path);
        return;
    }
    list_remove(&f->link);
    isolate_free(f->isolate);
    if (f->dl)
        dlclose(f->dl);
    free(f->path);
    free(f);
}
