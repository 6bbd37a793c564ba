/* SPDX-License-Identifier: Apache-2.0 */
/*
 * storage-acme: a keelson storage plugin to start from. Volumes are folders of one shared file system (NFS,
 * say) that is mounted at the same place on every node; a volume's size is a number beside it. Settings:
 *
 *   folder   where that file system is mounted; absolute path, required
 *   driver   what StorageClasses and PersistentVolumes call it; default "files.acme.example"
 *
 * FOLDER/CLUSTER is made once by whoever set up the file system: where it is absent, nothing is mounted, and
 * nothing is known of any volume. FOLDER/CLUSTER/VOLUME/size holds the bytes that were asked for,
 * FOLDER/CLUSTER/VOLUME/data is what pods see.
 *
 * Threads: KEELSON_THREADS_PARALLEL, because the file system keeps the state and nothing is changed after
 * open(). The controller's calls for one volume come one at a time, and so do a node's. It compiles as C11
 * and as C++20.
 */
#include <errno.h>
#include <fts.h>
#include <inttypes.h>
#include <keelson/storage.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

KEELSON_PLUGIN(KEELSON_KIND_STORAGE, "storage-acme", "1.0.0");

static const struct keelson_host *host;

struct system {
    const char *driver;
    char folder[PATH_MAX / 2]; /* FOLDER/CLUSTER */
    char node[256];
};

/* ---- The backend: replace this part. ---- */

static enum keelson_status failed(const struct keelson_call *call, const char *path)
{
    const int error = errno;
    enum keelson_status status = KEELSON_FAILED;
    if (error == ENOSPC || error == EDQUOT)
        status = KEELSON_EXHAUSTED;
    else if (error == EACCES || error == EPERM)
        status = KEELSON_DENIED;
    else if (error == ESTALE || error == EIO)
        status = KEELSON_UNAVAILABLE;
    return host->fail(call, status, "%s: %s", path, strerror(error));
}

/* FOLDER/CLUSTER/ID/LEAF. An id comes from whoever wrote the PersistentVolume, so it may not lead elsewhere.
 */
static enum keelson_status path_of(const struct system *s, const struct keelson_call *call, const char *id,
                                   const char *leaf, char ret[PATH_MAX])
{
    if (!id || !*id || id[0] == '.' || strchr(id, '/') || strlen(id) > NAME_MAX)
        return host->fail(call, KEELSON_INVALID, "\"%.80s\" is no volume id", id ? id : "");
    if (snprintf(ret, PATH_MAX, "%s/%s/%s", s->folder, id, leaf) >= PATH_MAX)
        return host->fail(call, KEELSON_INVALID, "%s: too long", s->folder);
    return KEELSON_OK;
}

/* A volume is there when its size is; a folder that is not mounted says nothing about volumes. */
static enum keelson_status size_read(const struct system *s, const struct keelson_call *call, const char *id,
                                     int64_t *ret)
{
    char path[PATH_MAX];
    if (access(s->folder, X_OK) < 0)
        return host->fail(call, KEELSON_UNAVAILABLE, "%s: %s", s->folder, strerror(errno));
    enum keelson_status status = path_of(s, call, id, "size", path);
    if (status != KEELSON_OK)
        return status;
    FILE *file = fopen(path, "re");
    if (!file)
        return errno == ENOENT ? host->fail(call, KEELSON_NOT_FOUND, "volume \"%s\" does not exist", id)
                               : failed(call, path);
    const int got = fscanf(file, "%" SCNd64, ret);
    fclose(file);
    return got == 1 ? KEELSON_OK : host->fail(call, KEELSON_CORRUPT, "%s: not a number", path);
}

/* Whole or not at all, also when the machine stops in between. */
static enum keelson_status size_write(const struct system *s, const struct keelson_call *call, const char *id,
                                      int64_t bytes)
{
    char path[PATH_MAX], fresh[PATH_MAX];
    enum keelson_status status = path_of(s, call, id, "size", path);
    if (status == KEELSON_OK)
        status = path_of(s, call, id, "size.new", fresh);
    if (status != KEELSON_OK)
        return status;
    FILE *file = fopen(fresh, "we");
    if (!file)
        return failed(call, fresh);
    const int written =
        fprintf(file, "%" PRId64 "\n", bytes) > 0 && fflush(file) == 0 && fsync(fileno(file)) == 0;
    if (fclose(file) != 0 || !written || rename(fresh, path) < 0)
        return failed(call, path);
    return KEELSON_OK;
}

static int make_folder(const char *path)
{
    return mkdir(path, 0755) == 0 || errno == EEXIST ? 0 : -1;
}

static enum keelson_status volume_make(const struct system *s, const struct keelson_call *call,
                                       const char *id, int64_t bytes)
{
    char path[PATH_MAX];
    enum keelson_status status = path_of(s, call, id, "", path);
    if (status == KEELSON_OK && make_folder(path) < 0)
        return failed(call, path);
    if (status == KEELSON_OK)
        status = path_of(s, call, id, "data", path);
    if (status == KEELSON_OK && make_folder(path) < 0)
        return failed(call, path);
    return status == KEELSON_OK ? size_write(s, call, id, bytes) : status;
}

static enum keelson_status stopped(const struct keelson_call *call, const char *path)
{
    return host->fail(call, KEELSON_CANCELLED, "%s: not done to its end", path);
}

/* Calls visit() for all that lies in a tree, folders after what is in them. Something slower than a file
 * system polls call->cancel_fd beside its own socket. */
static enum keelson_status walk(const struct keelson_call *call, char *path,
                                int (*visit)(const FTSENT *, int64_t *), int64_t *sum)
{
    char *const paths[] = {path, NULL};
    enum keelson_status status = KEELSON_OK;
    FTS *tree = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (!tree)
        return failed(call, path);
    for (const FTSENT *entry; status == KEELSON_OK && (entry = fts_read(tree));) {
        if (host->cancelled(call))
            status = stopped(call, path);
        else if (entry->fts_info != FTS_D && visit(entry, sum) < 0 && errno != ENOENT)
            status = failed(call, entry->fts_path);
    }
    fts_close(tree);
    return status;
}

static int erase(const FTSENT *entry, int64_t *sum)
{
    return remove(entry->fts_path);
}

static int add_size(const FTSENT *entry, int64_t *sum)
{
    if (entry->fts_info == FTS_F)
        *sum += entry->fts_statp->st_blocks * 512;
    return 0;
}

/* ---- Drivers: the same for both interfaces. ---- */

static enum keelson_status acme_drivers(void *instance, const struct keelson_call *call,
                                        const struct keelson_storage_driver_sink *sink)
{
    const struct system *s = (const struct system *)instance;
    const struct keelson_storage_driver driver = {
        .size = sizeof(driver),
        .ready = access(s->folder, X_OK) == 0,
        .capabilities = KEELSON_STORAGE_STATS | KEELSON_STORAGE_CREATE | KEELSON_STORAGE_EXPAND |
                        KEELSON_STORAGE_EXPAND_USED | KEELSON_STORAGE_CAPACITY,
        .name = s->driver,
        .version = "1.0.0",
        .node_id = s->node,
    };
    sink->put(sink, &driver);
    return KEELSON_OK;
}

/* ---- keelson.storage.controller/1: what is so for the whole cluster. ---- */

static void tell(const char *id, int64_t bytes, const struct keelson_volume_sink *sink)
{
    const struct keelson_volume_made made = {.size = sizeof(made), .id = id, .capacity_bytes = bytes};
    sink->put(sink, &made);
}

/* The name is the id, so that the same name twice is the same volume. */
static enum keelson_status acme_create(void *instance, const struct keelson_call *call,
                                       const struct keelson_provision *wanted,
                                       const struct keelson_volume_sink *sink)
{
    const struct system *s = (const struct system *)instance;
    int64_t bytes = 0;
    if (wanted->capability && wanted->capability->block)
        return host->fail(call, KEELSON_INVALID, "block volumes are not to be had here");
    if (wanted->source_snapshot_id || wanted->source_volume_id)
        return host->fail(call, KEELSON_UNSUPPORTED, "volumes begin empty here");
    enum keelson_status status = size_read(s, call, wanted->name, &bytes);
    if (status == KEELSON_NOT_FOUND) {
        bytes = wanted->required_bytes;
        status = volume_make(s, call, wanted->name, bytes);
    } else if (status == KEELSON_OK &&
               (bytes < wanted->required_bytes || (wanted->limit_bytes && bytes > wanted->limit_bytes))) {
        return host->fail(call, KEELSON_ALREADY_EXISTS, "volume \"%s\" is there with %" PRId64 " bytes",
                          wanted->name, bytes);
    }
    if (status == KEELSON_OK)
        tell(wanted->name, bytes, sink);
    return status;
}

/* The size goes first: what has none is no volume any more, and the rest is swept up by the same call made
 * again. */
static enum keelson_status acme_remove(void *instance, const struct keelson_call *call,
                                       const struct keelson_volume *volume)
{
    const struct system *s = (const struct system *)instance;
    char path[PATH_MAX];
    int64_t none = 0;
    if (access(s->folder, X_OK) < 0)
        return host->fail(call, KEELSON_UNAVAILABLE, "%s: %s", s->folder, strerror(errno));
    enum keelson_status status = path_of(s, call, volume->id, "size", path);
    if (status == KEELSON_OK && unlink(path) < 0 && errno != ENOENT)
        return failed(call, path);
    if (status == KEELSON_OK)
        status = path_of(s, call, volume->id, "", path);
    return status == KEELSON_OK ? walk(call, path, erase, &none) : status;
}

static enum keelson_status acme_expand(void *instance, const struct keelson_call *call,
                                       const struct keelson_volume *volume, int64_t required_bytes,
                                       int64_t limit_bytes, int64_t *ret_capacity_bytes,
                                       int *ret_node_expansion)
{
    const struct system *s = (const struct system *)instance;
    int64_t bytes = 0;

    enum keelson_status status = size_read(s, call, volume->id, &bytes);
    if (status == KEELSON_OK && bytes < required_bytes) {
        bytes = required_bytes;
        status = size_write(s, call, volume->id, bytes);
    }
    if (status == KEELSON_OK) {
        *ret_capacity_bytes =
            bytes; /* never less than there was: asked twice, it is as large as the first time */
        *ret_node_expansion = 0;
    }
    return status;
}

static enum keelson_status acme_capacity(void *instance, const struct keelson_call *call,
                                         const struct keelson_provision *provision,
                                         const struct keelson_pairs *topology, int64_t *ret_bytes)
{
    const struct system *s = (const struct system *)instance;
    struct statvfs space;
    if (statvfs(s->folder, &space) < 0)
        return failed(call, s->folder);
    *ret_bytes = (int64_t)(space.f_bavail * space.f_frsize);
    return KEELSON_OK;
}

/* ---- keelson.storage.node/1: on each node. No STAGE among the capabilities, so there is no staging path.
 * ---- */

static int is_same(const char *a, const char *b)
{
    struct stat one, other;
    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev &&
           one.st_ino == other.st_ino;
}

/* The target's parent is there; the target itself is ours to make. Made again after a crash between two
 * steps, each step finds what is done already. */
static enum keelson_status acme_publish(void *instance, const struct keelson_call *call,
                                        const struct keelson_volume *volume, const char *staging_path,
                                        const char *target_path)
{
    const struct system *s = (const struct system *)instance;
    char data[PATH_MAX];
    int64_t bytes = 0;
    if (volume->block)
        return host->fail(call, KEELSON_INVALID, "block volumes are not to be had here");
    enum keelson_status status = size_read(s, call, volume->id, &bytes);
    if (status == KEELSON_OK)
        status = path_of(s, call, volume->id, "data", data);
    if (status != KEELSON_OK)
        return status;
    if (make_folder(target_path) < 0)
        return failed(call, target_path);
    if (!is_same(data, target_path) && mount(data, target_path, NULL, MS_BIND, NULL) < 0)
        return failed(call, target_path);
    if (volume->read_only && mount(NULL, target_path, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0)
        return failed(call, target_path);
    return KEELSON_OK;
}

/* What is not mounted, or not there, is done already. The volume may be gone by now, so it is not looked for.
 */
static enum keelson_status acme_unpublish(void *instance, const struct keelson_call *call,
                                          const struct keelson_volume *volume, const char *target_path)
{
    if (umount2(target_path, UMOUNT_NOFOLLOW) < 0 && errno != EINVAL && errno != ENOENT)
        return failed(call, target_path);
    if (rmdir(target_path) < 0 && errno != ENOENT)
        return failed(call, target_path);
    return KEELSON_OK;
}

static enum keelson_status acme_stats(void *instance, const struct keelson_call *call,
                                      const struct keelson_volume *volume, const char *path,
                                      struct keelson_volume_stats *ret)
{
    const struct system *s = (const struct system *)instance;
    char data[PATH_MAX];
    int64_t bytes = 0, used = 0;
    enum keelson_status status = size_read(s, call, volume->id, &bytes);
    if (status == KEELSON_OK)
        status = path_of(s, call, volume->id, "data", data);
    if (status == KEELSON_OK)
        status = walk(call, data, add_size, &used);
    if (status != KEELSON_OK)
        return status;
    ret->bytes = bytes;
    ret->bytes_used = used;
    ret->bytes_available = used < bytes ? bytes - used : 0;
    ret->inodes = ret->inodes_used = ret->inodes_available = -1;
    return KEELSON_OK;
}

/* ---- The plugin. ---- */

static enum keelson_status acme_open(const struct keelson_call *call, const struct keelson_instance *instance,
                                     void **ret)
{
    static const char *const known[] = {"folder", "driver", NULL};
    const char *folder = NULL, *driver = "files.acme.example";
    enum keelson_status status = host->config_refuse_unknown(call, instance->config, known);
    if (status == KEELSON_OK)
        status = host->config_string(call, instance->config, "folder", &folder);
    if (status == KEELSON_NOT_FOUND || (status == KEELSON_OK && folder[0] != '/'))
        return host->fail(call, KEELSON_INVALID, "folder is to be an absolute path");
    if (status == KEELSON_OK &&
        host->config_string(call, instance->config, "driver", &driver) == KEELSON_INVALID)
        status = KEELSON_INVALID; /* of another type; the host has said so */
    if (status != KEELSON_OK)
        return status;
    struct system *s = (struct system *)calloc(1, sizeof(*s));
    if (!s)
        return host->fail(call, KEELSON_EXHAUSTED, "no memory");
    if ((size_t)snprintf(s->folder, sizeof(s->folder), "%s/%s", folder, instance->cluster) >=
        sizeof(s->folder)) {
        free(s);
        return host->fail(call, KEELSON_INVALID, "folder is too long");
    }
    s->driver = driver;
    gethostname(s->node, sizeof(s->node) - 1);
    *ret = s;
    return KEELSON_OK;
}

static void acme_close(void *instance)
{
    free(instance);
}

/* Functions of what the capabilities do not name are left out. */
static const void *acme_interface(void *instance, const char *name)
{
    static const struct keelson_storage_node_v1 node = {
        .size = sizeof(node),
        .drivers = acme_drivers,
        .publish = acme_publish,
        .unpublish = acme_unpublish,
        .stats = acme_stats,
    };
    static const struct keelson_storage_controller_v1 controller = {
        .size = sizeof(controller),
        .drivers = acme_drivers,
        .create = acme_create,
        .remove = acme_remove,
        .expand = acme_expand,
        .capacity = acme_capacity,
    };
    if (strcmp(name, KEELSON_STORAGE_NODE_1) == 0)
        return &node;
    return strcmp(name, KEELSON_STORAGE_CONTROLLER_1) == 0 ? &controller : NULL;
}

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    static const struct keelson_plugin plugin = {
        .size = sizeof(plugin),
        .threading = KEELSON_THREADS_PARALLEL,
        .description = "volumes in a shared folder",
        .open = acme_open,
        .close = acme_close,
        .interface = acme_interface,
    };
    host = given;
    return &plugin;
}
