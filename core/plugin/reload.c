/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration that changes under a running daemon. A thread looks at the file every few seconds (an editor
 * replaces files, a volume swaps links; looking is what works for all), and instances whose own group reads
 * otherwise than before are asked to take it over.
 */
#include <sys/stat.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/plugin/instance.h"

#define LOOK_EVERY_MS  2000
#define RECONFIGURE_MS 10000 /* it reads settings, and waits for no backend */

/* ---- One instance ---- */

static enum keelson_status call_reconfigure(void *handle, const struct keelson_call *call, void *arguments)
{
    const struct plugin_config *c = arguments;
    struct plugin_instance *i = c->instance;
    atomic_store(&i->reconfiguring, true);
    enum keelson_status status = i->file->table->reconfigure(
        handle, call, (const struct keelson_config *)config_root_setting(&c->tree));
    atomic_store(&i->reconfiguring, false);
    return status;
}

/* That was no answer to the configuration. */
static bool is_no_answer(const struct error *err)
{
    return err->code == ERR_TIMEOUT || err->code == ERR_UNAVAILABLE || err->code == ERR_CANCELLED ||
           err->code == ERR_TOO_MANY_REQUESTS;
}

static struct plugin_config *add_config(struct plugin_instance *i, const char *text, unsigned line,
                                        struct error *err)
{
    struct plugin_config *c = plugin_config_new(i, text, line, err);
    if (!c)
        return NULL;
    pthread_mutex_lock(&i->lock);
    c->older = i->configs;
    i->configs = c;
    pthread_mutex_unlock(&i->lock);
    return c;
}

static int give(struct plugin_instance *i, struct plugin_config *c, struct error *err)
{
    struct plugin_call_options options = {.operation = "reconfigure", .timeout_ms = RECONFIGURE_MS};
    _cleanup_(error_done) struct error why = ERROR_INIT;
    int result =
        atomic_load(&i->reconfiguring)
            ? error_set(&why, ERR_UNAVAILABLE, "plugin %s: its former one is being taken over still", i->name)
            : plugin_call_last(i, &options, call_reconfigure, c, plugin_keep_arguments, &why);
    c->unanswered = result < 0 && is_no_answer(&why);
    if (result < 0 && err)
        error_move(err, &why);
    return result;
}

/* A text that was answered to is not tried again, whatever came of it. One that was not is, but not while the
 * plugin is at work on it, or on another. */
int plugin_reconfigure(struct plugin_instance *i, const char *text, unsigned line, struct error *err)
{
    const struct keelson_plugin *table = i->file->table;
    bool same = strcmp(i->configs ? i->configs->text : "", text) == 0;
    if (same && (!i->configs || !i->configs->unanswered || atomic_load(&i->reconfiguring)))
        return 0;
    struct plugin_config *c = same ? i->configs : add_config(i, text, line, err);
    if (!c)
        return -1;
    if (!KEELSON_HAS(table, reconfigure) || !table->reconfigure) {
        log_warning("plugin %s: its configuration has changed; it is read at the next start", i->name);
        return 0;
    }
    if (give(i, c, err) < 0)
        return error_prefix(err, "%s:%u: it goes on as it was",
                            i->config_file ? i->config_file : "configuration", line);
    log_info("plugin %s: it has taken over its new configuration", i->name);
    if (i->host->config.changed)
        i->host->config.changed(i->host->config.context, i, "configuration");
    return 0;
}

/* ---- The file ---- */

struct config_watch {
    struct plugin_host *host;
    char *path;
    enum keelson_kind kind;
    struct stat seen;
    unsigned long thread;
    pthread_mutex_t lock; /* end */
    pthread_cond_t ended;
    bool end;
};

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool is_unanswered(struct plugin_host *h)
{
    bool unanswered = false;
    pthread_mutex_lock(&h->loading);
    for (unsigned n = 0; n < h->count; n++)
        unanswered |= h->instances[n]->configs && h->instances[n]->configs->unanswered;
    pthread_mutex_unlock(&h->loading);
    return unanswered;
}

static void look(struct config_watch *w)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct stat now;
    if (stat(w->path, &now) < 0 || (is_same(&now, &w->seen) && !is_unanswered(w->host)))
        return; /* a file that is gone says nothing */
    w->seen = now;
    if (plugin_host_reload_config(w->host, w->path, w->kind, &err) < 0)
        log_error("%s", err.message);
}

static bool wait_end(struct config_watch *w)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += LOOK_EVERY_MS / 1000;
    until.tv_nsec += LOOK_EVERY_MS % 1000 * NS_PER_MS;
    pthread_mutex_lock(&w->lock);
    while (!w->end && pthread_cond_timedwait(&w->ended, &w->lock, &until) == 0)
        ;
    bool end = w->end;
    pthread_mutex_unlock(&w->lock);
    return end;
}

static void *run(void *argument)
{
    struct config_watch *w = argument;
    while (!wait_end(w))
        look(w);
    return NULL;
}

static void watch_free(struct config_watch *w)
{
    pthread_cond_destroy(&w->ended);
    pthread_mutex_destroy(&w->lock);
    free(w->path);
    free(w);
}

int plugin_host_watch_config(struct plugin_host *h, const char *path, enum keelson_kind kind,
                             struct error *err)
{
    struct config_watch *w = new0(struct config_watch);
    pthread_condattr_t attributes;
    w->host = h;
    w->path = xstrdup(path);
    w->kind = kind;
    pthread_mutex_init(&w->lock, NULL);
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&w->ended, &attributes);
    pthread_condattr_destroy(&attributes);
    (void)stat(path, &w->seen);
    int failed = thread_start("plugin-config", 128 * 1024, run, w, &w->thread);
    if (failed) {
        watch_free(w);
        return error_set_errno(err, failed, "a thread to watch %s", path);
    }
    h->watch = w;
    return 0;
}

void config_watch_end(struct config_watch *w)
{
    if (!w)
        return;
    pthread_mutex_lock(&w->lock);
    w->end = true;
    pthread_cond_signal(&w->ended);
    pthread_mutex_unlock(&w->lock);
    pthread_join(w->thread, NULL);
    watch_free(w);
}
