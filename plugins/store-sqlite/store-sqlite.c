/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin: state in one SQLite file beside the API server. Configuration (all optional):
 *
 * - path: the database; default state.db in the instance's folder. Beside it: -wal, -shm, .lock, .reserve
 * - value_bytes_max: longest value accepted; default 8 MiB
 * - wal_bytes: the write-ahead log is copied back into the database when it is as long as this, and as a
 *   thirty-second part of the database; default 4 MiB
 * - readers: read connections at most; default 4
 * - writer_cache_bytes: page cache of the writer; default 2 MiB
 * - reader_cache_bytes: page cache of each reader; default 512 KiB
 * - reserve_bytes: set aside, so that deletes still work when the disk is full; default 4 MiB, 0: nothing
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "plugins/store-sqlite/memory.h"
#include "plugins/store-sqlite/store.h"

KEELSON_PLUGIN(KEELSON_KIND_STORE, "store-sqlite", PACKAGE_VERSION);

#ifdef KEELSON_SANITIZED
#define STACK_BYTES (2 << 20)
#else
#define STACK_BYTES (256 << 10)
#endif
#define PATH_BYTES_MAX 4000
#define LOCK_WAIT_NS   INT64_C(1000000000)

static const struct keelson_host *plugin_host;

int thread_start(pthread_t *ret, void *(*function)(void *), void *argument)
{
    sigset_t all, before;
    pthread_attr_t attributes;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK_BYTES);
    int code = pthread_create(ret, &attributes, function, argument);
    pthread_attr_destroy(&attributes);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return code;
}

static const struct keelson_store_v1 store_interface = {
    .size = sizeof(store_interface),
    .range = store_range,
    .txn = store_txn,
    .watch = store_watch,
    .compact = store_compact,
    .status = store_status,
    .snapshot = store_snapshot,
    .txn_begin = store_txn_begin,
};

/* The integer settings. */
struct integer_setting {
    const char *name;
    size_t offset;
    int64_t standard, minimum, maximum;
};
#define SETTING(name_, standard_, minimum_, maximum_)                                                        \
    {                                                                                                        \
#name_, offsetof(struct settings, name_), standard_, minimum_, maximum_                              \
    }
static const struct integer_setting integer_settings[] = {
    SETTING(value_bytes_max, 8 << 20, 1 << 10, 512 << 20),
    SETTING(wal_bytes, 4 << 20, 64 << 10, 1 << 30),
    SETTING(readers, 4, 1, 64),
    SETTING(reserve_bytes, 4 << 20, 0, 1 << 30),
    SETTING(writer_cache_bytes, 2 << 20, 64 << 10, 1 << 30),
    SETTING(reader_cache_bytes, 512 << 10, 64 << 10, 1 << 30),
};

static enum keelson_status integers_read(struct store *store, const struct keelson_call *call,
                                         const struct keelson_config *config)
{
    for (size_t i = 0; i < sizeof(integer_settings) / sizeof(integer_settings[0]); i++) {
        const struct integer_setting *setting = &integer_settings[i];
        int64_t value = setting->standard;
        if (config && store->host->config_integer(call, config, setting->name, &value) == KEELSON_INVALID)
            return KEELSON_INVALID;
        if (value < setting->minimum || value > setting->maximum)
            return store->host->fail(call, KEELSON_INVALID, "%s: %s is %lld; it must be %lld to %lld",
                                     store->host->config_where(config, setting->name), setting->name,
                                     (long long)value, (long long)setting->minimum,
                                     (long long)setting->maximum);
        memcpy((char *)&store->settings + setting->offset, &value, sizeof(value));
    }
    return KEELSON_OK;
}

static enum keelson_status unknown_refuse(struct store *store, const struct keelson_call *call,
                                          const struct keelson_config *config)
{
    const size_t count = sizeof(integer_settings) / sizeof(integer_settings[0]);
    const char *known[sizeof(integer_settings) / sizeof(integer_settings[0]) + 2] = {"path"};
    for (size_t i = 0; i < count; i++)
        known[i + 1] = integer_settings[i].name;
    return store->host->config_refuse_unknown(call, config, known);
}

static enum keelson_status settings_read(struct store *store, const struct keelson_call *call,
                                         const struct keelson_instance *instance)
{
    const char *path = NULL;
    char standard[PATH_BYTES_MAX];
    if (unknown_refuse(store, call, instance->config) != KEELSON_OK)
        return KEELSON_INVALID;
    if (instance->config &&
        store->host->config_string(call, instance->config, "path", &path) == KEELSON_INVALID)
        return KEELSON_INVALID;
    if (!path) {
        snprintf(standard, sizeof(standard), "%s/state.db", instance->state_dir);
        path = standard;
    }
    if (path[0] != '/' || strlen(path) >= PATH_BYTES_MAX - sizeof("-wal"))
        return store->host->fail(call, KEELSON_INVALID, "path: \"%s\" is not an absolute path", path);
    store->settings.path = memory_check(strdup(path));
    return integers_read(store, call, instance->config);
}

/* Who holds it, for whoever comes in vain; on a full disk they go without. */
static enum keelson_status lock_sign(struct store *store)
{
    char line[80];
    int size = snprintf(line, sizeof(line), "%s, pid %d\n", store->host->daemon, (int)getpid());
    if (ftruncate(store->lock_fd, 0) == 0 && pwrite(store->lock_fd, line, (size_t)size, 0) != size)
        store->host->log(NULL, KEELSON_LOG_WARNING, "%s.lock: %s", store->settings.path, strerror(errno));
    return KEELSON_OK;
}

/* A predecessor that was killed may hold it for a moment yet. */
static bool lock_wait(int fd)
{
    for (int64_t end_ns = clock_monotonic_ns() + LOCK_WAIT_NS;;) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return true;
        if (clock_monotonic_ns() > end_ns)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
}

static enum keelson_status lock_take(struct store *store, struct failure *failure)
{
    char path[PATH_BYTES_MAX + 16], holder[80];
    snprintf(path, sizeof(path), "%s.lock", store->settings.path);
    store->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (store->lock_fd < 0)
        return failure_set(failure, errno == ENOSPC ? KEELSON_EXHAUSTED : KEELSON_DENIED, "%s: %s", path,
                           strerror(errno));
    if (lock_wait(store->lock_fd))
        return lock_sign(store);
    ssize_t size = pread(store->lock_fd, holder, sizeof(holder) - 1, 0);
    holder[size > 0 ? size : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
    return failure_set(failure, KEELSON_UNAVAILABLE, "%s: is in use by another process%s%s",
                       store->settings.path, *holder ? ": " : "", holder);
}

static enum keelson_status store_open_files(struct store *store, struct failure *failure)
{
    const char *path = store->settings.path;
    struct connection *connection = &store->writer.connection;
    enum keelson_status status = lock_take(store, failure);
    if (status == KEELSON_OK)
        status = database_check(path, failure);
    if (status == KEELSON_OK)
        status = connection_open(connection, path, store->settings.writer_cache_bytes, failure);
    if (status == KEELSON_OK)
        status = database_create(connection, path, failure);
    if (status == KEELSON_OK)
        status = store_load(store, failure);
    if (status == KEELSON_OK && !reserve_take(store))
        store->host->log(NULL, KEELSON_LOG_WARNING, "%s: the disk is nearly full: only deletes are accepted",
                         path);
    return status;
}

static enum keelson_status threads_start(struct store *store, struct failure *failure)
{
    enum keelson_status status = writer_start(store, failure);
    if (status != KEELSON_OK)
        return status;
    status = keeper_start(store, failure);
    if (status != KEELSON_OK)
        writer_stop(store);
    return status;
}

static void store_free(struct store *store)
{
    readers_done(store);
    connection_done(&store->writer.connection);
    expiry_done(&store->expiry);
    index_done(&store->index);
    free(store->picked);
    pthread_mutex_destroy(&store->queue_lock);
    pthread_rwlock_destroy(&store->index_lock);
    pthread_mutex_destroy(&store->readers_lock);
    pthread_cond_destroy(&store->reader_free);
    pthread_mutex_destroy(&store->watches_lock);
    keeper_done(&store->keeper);
    if (store->lock_fd >= 0)
        close(store->lock_fd);
    free(store->settings.path);
    free(store);
}

static struct store *store_new(const struct keelson_instance *instance)
{
    struct store *store = memory_new(sizeof(*store));
    store->host = plugin_host;
    store->token = instance->token;
    store->lock_fd = -1;
    store_clock_start(store);
    pthread_mutex_init(&store->queue_lock, NULL);
    pthread_rwlock_init(&store->index_lock, NULL);
    pthread_mutex_init(&store->readers_lock, NULL);
    pthread_cond_init(&store->reader_free, NULL);
    pthread_mutex_init(&store->watches_lock, NULL);
    keeper_init(&store->keeper);
    return store;
}

static enum keelson_status plugin_open(const struct keelson_call *call,
                                       const struct keelson_instance *instance, void **ret)
{
    struct failure failure;
    struct store *store = store_new(instance);
    enum keelson_status status = settings_read(store, call, instance);
    if (status == KEELSON_OK) {
        status = store_open_files(store, &failure);
        if (status == KEELSON_OK)
            status = threads_start(store, &failure);
        if (status != KEELSON_OK)
            plugin_host->fail(call, status, "%s", failure.message);
    }
    if (status == KEELSON_OK)
        *ret = store;
    else
        store_free(store);
    return status;
}

static void plugin_close(void *instance)
{
    struct store *store = instance;
    keeper_stop(store);
    readers_done(store);
    writer_stop(store);
    store_free(store);
}

static const void *plugin_interface(void *instance, const char *name)
{
    return strcmp(name, KEELSON_STORE_1) == 0 ? &store_interface : NULL;
}

static const struct keelson_plugin plugin = {
    .size = sizeof(plugin),
    .threading = KEELSON_THREADS_PARALLEL,
    .description = "keeps the cluster's state in an SQLite file",
    .open = plugin_open,
    .close = plugin_close,
    .interface = plugin_interface,
};

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *host)
{
    plugin_host = host;
    return &plugin;
}
