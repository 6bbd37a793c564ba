/* SPDX-License-Identifier: Apache-2.0 */
/* Instances: opened, closed, released, in the order of <keelson/plugin.h>. */
#include "core/plugin/host.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "core/api/names.h"
#include "core/base/clock.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/plugin/instance.h"
#include "core/plugin/isolate.h"
#include "core/plugin/interface.h"

#define OPEN_TIMEOUT_MS  30000
#define CLOSE_WAIT_S     5 /* for calls that are cancelled */
#define CLOSE_TIMEOUT_MS 5000
#define INSTANCES_MAX    64u
#define POOL_THREADS     32u

struct plugin_host *plugin_host_new(const struct plugin_host_config *config)
{
    struct plugin_host *h = new0(struct plugin_host);
    const char *environment = getenv("KEELSON_PLUGIN_PATH");
    h->config = *config;
    h->daemon = xstrdup(config->daemon);
    h->cluster = xstrdup(config->cluster ? config->cluster : "kubernetes");
    h->plugin_dir = xstrdup(config->plugin_dir            ? config->plugin_dir
                            : environment && *environment ? environment
                                                          : KEELSON_PLUGIN_DIR);
    h->state_dir = xstrdup(config->state_dir ? config->state_dir : "/var/lib/keelson");
    h->instances = newa0(struct plugin_instance *, INSTANCES_MAX);
    h->notifier = workers_new(
        &(struct workers_config){.name = "plugin-changed", .threads_max = 1, .stack_bytes = 128 * 1024});
    pthread_mutex_init(&h->loading, NULL);
    list_init(&h->files);
    list_init(&h->left_behind);
    host_table_fill(h);
    return h;
}

static enum keelson_status call_open(void *handle, const struct keelson_call *call, void *arguments)
{
    struct plugin_instance *i = arguments;
    void *opened = NULL;
    enum keelson_status status = i->file->table->open(call, &i->passed, &opened);
    if (status == KEELSON_OK)
        i->handle = opened;
    return status;
}

static int instance_configure(struct plugin_instance *i, const char *text, struct error *err)
{
    if (text)
        i->configs = plugin_config_new(i, text, i->host->loading_line, err);
    return text && !i->configs ? -1 : 0;
}

struct plugin_instance *plugin_instance_new(struct plugin_host *h, const char *name, struct plugin_file *f)
{
    struct plugin_instance *i = new0(struct plugin_instance);
    i->host = h;
    i->file = f;
    i->name = xstrdup(name);
    i->state_dir = xasprintf("%s/plugins/%s", h->state_dir, name);
    i->config_file = h->loading_file ? xstrdup(h->loading_file) : NULL;
    i->token = token_new(i);
    i->is_serial = f->table->threading != KEELSON_THREADS_PARALLEL;
    i->pool = workers_new(&(struct workers_config){.name = i->name,
                                                   .threads_max = i->is_serial ? 1 : POOL_THREADS,
                                                   .queue_max = 4096,
                                                   .stack_bytes = 256 * 1024});
    pthread_mutex_init(&i->serial, NULL);
    pthread_mutex_init(&i->lock, NULL);
    pthread_cond_init(&i->idle, NULL);
    list_init(&i->calls);
    i->refused_tables = map_new(NULL);
    plugin_metrics_init(i);
    f->instances++;
    return i;
}

/* A notice of changed() that is on its way still looks at the instance. */
static void wait_notices(struct plugin_instance *i)
{
    pthread_mutex_lock(&i->lock);
    while (i->changes_pending > 0)
        pthread_cond_wait(&i->idle, &i->lock);
    pthread_mutex_unlock(&i->lock);
}

static void instance_free(struct plugin_instance *i)
{
    token_end(i->token); /* a thread that the plugin forgot finds nobody from now on */
    wait_notices(i);
    workers_free(i->pool);
    plugin_configs_free(i->configs);
    arena_done(&i->texts);
    map_free(i->refused_tables);
    plugin_metrics_done(i);
    i->file->instances--;
    plugin_file_release(i->file);
    free(i->name);
    free(i->config_file);
    free(i->state_dir);
    free(i->change_what);
    pthread_mutex_destroy(&i->serial);
    pthread_mutex_destroy(&i->lock);
    pthread_cond_destroy(&i->idle);
    free(i);
}

/* Whatever could still run inside it keeps instance and file alive for good: leaking is better than crashing.
 */
static void instance_leak(struct plugin_instance *i, const char *why)
{
    i->file->pinned = true;
    list_append(&i->host->left_behind, &i->link);
    log_warning("plugin %s: %s; it stays loaded until the daemon ends", i->name, why);
}

void plugin_keep_arguments(void *arguments)
{
}

void plugin_instance_introduce(struct plugin_instance *i)
{
    i->passed = (struct keelson_instance){
        .size = sizeof(i->passed),
        .name = i->name,
        .config = i->configs ? (const struct keelson_config *)config_root_setting(&i->configs->tree) : NULL,
        .token = i->token,
        .state_dir = i->state_dir,
        .cluster = i->host->cluster,
    };
}

static int instance_open(struct plugin_instance *i, struct error *err)
{
    plugin_instance_introduce(i);
    if (directory_make(i->state_dir, 0700, err) < 0)
        return error_prefix(err, "plugin %s: its state folder", i->name);
    struct plugin_call_options options = {
        .operation = "open",
        .timeout_ms = i->host->config.open_timeout_ms ? i->host->config.open_timeout_ms : OPEN_TIMEOUT_MS};
    return plugin_call(i, &options, call_open, i, plugin_keep_arguments, err);
}

static bool wait_idle(struct plugin_instance *i)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += CLOSE_WAIT_S;
    pthread_mutex_lock(&i->lock);
    while (i->running > 0 && pthread_cond_timedwait(&i->idle, &i->lock, &until) == 0)
        ;
    bool idle = i->running == 0;
    pthread_mutex_unlock(&i->lock);
    return idle;
}

/* An instance that did not open. If open() hangs still, it keeps what it was given. */
static void instance_discard(struct plugin_instance *i)
{
    pthread_mutex_lock(&i->lock);
    bool hangs = i->stuck > 0;
    pthread_mutex_unlock(&i->lock);
    if (hangs || !wait_idle(i))
        instance_leak(i, "open() has not come back");
    else
        instance_free(i);
}

static int load(struct plugin_host *h, const char *name, const char *path, const char *config_text,
                enum keelson_kind kind, bool isolated, struct plugin_instance **ret, struct error *err)
{
    struct plugin_file *f = NULL;
    if (!*name ||
        name_check_label_value(slice_of(name))) /* it names a folder, too, and annotations bear it */
        return error_set(err, ERR_BAD_REQUEST,
                         "\"%s\" is no name for a plugin: letters, digits, \"-_.\" within, 63 at most", name);
    if (plugin_host_find(h, name))
        return error_set(err, ERR_ALREADY_EXISTS, "two plugins are called \"%s\"", name);
    if (h->count == INSTANCES_MAX)
        return error_set(err, ERR_BAD_REQUEST, "more than %u plugins", INSTANCES_MAX);
    if (plugin_file_load(h, path, kind, isolated ? name : NULL, &f, err) < 0)
        return -1;
    struct plugin_instance *i = plugin_instance_new(h, name, f);
    if (instance_configure(i, config_text, err) < 0 || instance_open(i, err) < 0) {
        instance_discard(i);
        return -1;
    }
    i->is_open = true;
    h->instances[h->count++] = i;
    if (ret)
        *ret = i;
    log_info("plugin %s: %s %s (%s)%s, ABI %u.%u", name, f->note.name, f->note.version, path,
             isolated ? " in a process of its own" : "", f->note.abi_major, f->note.abi_minor);
    return 0;
}

int plugin_host_load(struct plugin_host *h, const char *name, const char *file, const char *config_text,
                     enum keelson_kind kind, struct plugin_instance **ret, struct error *err)
{
    _cleanup_free_ char *path = plugin_file_find(h, file, err);
    return path ? load(h, name, path, config_text, kind, false, ret, err) : -1;
}

int plugin_host_load_isolated(struct plugin_host *h, const char *name, const char *file,
                              const char *config_text, enum keelson_kind kind, struct plugin_instance **ret,
                              struct error *err)
{
    _cleanup_free_ char *path = plugin_file_find(h, file, err);
    return path ? load(h, name, path, config_text, kind, true, ret, err) : -1;
}

static void cancel_calls(struct plugin_instance *i)
{
    pthread_mutex_lock(&i->lock);
    list_for_each (it, &i->calls)
        host_call_cancel(list_entry(it, struct host_call, link));
    pthread_mutex_unlock(&i->lock);
}

static enum keelson_status call_close(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct plugin_instance *i = arguments;
    i->file->table->close(handle);
    return KEELSON_OK;
}

static void instance_close(struct plugin_instance *i)
{
    cancel_calls(i);
    if (!wait_idle(i)) {
        instance_leak(i, "a call is stuck in it");
        return;
    }
    struct plugin_call_options options = {.operation = "close", .timeout_ms = CLOSE_TIMEOUT_MS};
    if (i->is_open && plugin_call_last(i, &options, call_close, i, plugin_keep_arguments, NULL) < 0) {
        token_end(i->token);
        instance_leak(i, "close() has not come back");
        return;
    }
    instance_free(i);
}

/* A plugin that is still there holds the host's table; the list keeps it in reach. */
static bool keep_host(struct plugin_host *h)
{
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* kept */
    static struct plugin_host *kept;
    pthread_mutex_lock(&lock);
    h->older = kept;
    kept = h;
    pthread_mutex_unlock(&lock);
    return false;
}

bool plugin_host_free(struct plugin_host *h)
{
    if (!h)
        return true;
    for (unsigned n = 0; n < h->count; n++)
        cancel_calls(h->instances[n]);
    config_watch_end(h->watch);
    __atomic_store_n(&h->config.changed, NULL, __ATOMIC_SEQ_CST); /* nobody listens any more */
    while (h->count > 0)
        instance_close(h->instances[--h->count]);
    if (!list_empty(&h->files))
        return keep_host(h);
    workers_free(h->notifier);
    free(h->instances);
    free(h->plugin_dir);
    free(h->state_dir);
    free(h->daemon);
    free(h->cluster);
    pthread_mutex_destroy(&h->loading);
    free(h);
    return true;
}

unsigned plugin_host_count(const struct plugin_host *h)
{
    return h->count;
}

struct plugin_instance *plugin_host_instance(const struct plugin_host *h, unsigned index)
{
    return index < h->count ? h->instances[index] : NULL;
}

struct plugin_instance *plugin_host_find(const struct plugin_host *h, const char *name)
{
    for (unsigned n = 0; n < h->count; n++)
        if (strcmp(h->instances[n]->name, name) == 0)
            return h->instances[n];
    return NULL;
}

const char *plugin_instance_name(const struct plugin_instance *i)
{
    return i->name;
}

unsigned plugin_instance_openings(const struct plugin_instance *i)
{
    return i->file->isolate ? isolate_count(i->file->isolate) : 1;
}

const struct plugin_note *plugin_instance_note(const struct plugin_instance *i)
{
    return &i->file->note;
}

void *plugin_instance_handle(struct plugin_instance *i)
{
    return i->handle;
}

static bool table_refused_first(struct plugin_instance *i, const char *name)
{
    pthread_mutex_lock(&i->lock);
    bool first = !map_get(i->refused_tables, name);
    map_set(i->refused_tables, name, i);
    pthread_mutex_unlock(&i->lock);
    return first;
}

const void *plugin_instance_interface(struct plugin_instance *i, const char *name)
{
    char why[128];
    const void *table = i->file->table->interface(i->handle, name);
    if (!table)
        return NULL;
    if (interface_check(name, table, why, sizeof(why)) == 0)
        return table;
    if (table_refused_first(i, name))
        log_warning("plugin %s: interface %s: taken as not offered", i->name, why);
    return NULL;
}
