/* SPDX-License-Identifier: Apache-2.0 */
/* The host table: what a plugin may ask of its daemon while it works, other than configuration, objects and
 * metrics. */
#include <poll.h>
#include <stdio.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/plugin/instance.h"

#define RETRY_AFTER_MS_MAX 3600000u

static const struct host_call *live(const struct keelson_call *call)
{
    const struct host_call *c = (const struct host_call *)call;
    return c && atomic_load(&c->live) ? c : NULL;
}

static enum log_level level_of(enum keelson_level level)
{
    static const enum log_level levels[] = {LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO,
                                            LOG_LEVEL_DEBUG};
    return (unsigned)level < ARRAY_SIZE(levels) ? levels[level] : LOG_LEVEL_INFO;
}

/* NULL: nobody wants to read lines of that level. */
__attribute__((format(printf, 2, 0))) static char *line_of(enum keelson_level level, const char *fmt,
                                                           va_list ap)
{
    return log_enabled(level_of(level)) ? message_format(fmt, ap) : NULL;
}

__attribute__((format(printf, 3, 4))) static void
service_log_from(struct keelson_token *token, enum keelson_level level, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    _cleanup_free_ char *text = line_of(level, fmt, ap);
    va_end(ap);
    if (!text)
        return;
    const struct plugin_instance *i = token_hold(token);
    log_write(level_of(level), "plugin %s: %s", i ? i->name : "(closed)", text);
    if (i)
        token_let_go(token);
}

__attribute__((format(printf, 3, 4))) static void service_log(const struct keelson_call *call,
                                                              enum keelson_level level, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    _cleanup_free_ char *text = line_of(level, fmt, ap);
    va_end(ap);
    const struct host_call *c = live(call);
    if (text && c)
        log_write(level_of(level), "plugin %s: %s (trace %s)", c->instance->name, text, c->trace_id);
    else if (text)
        log_write(level_of(level), "plugin: %s", text);
}

/* One CamelCase word, as Events have it; others would be refused by the API server. */
static const char *event_reason(const char *reason)
{
    size_t size =
        reason ? strspn(reason, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") : 0;
    return size > 0 && size <= 128 && !reason[size] ? reason : "PluginEvent";
}

__attribute__((format(printf, 3, 4))) static enum keelson_status
service_fail(const struct keelson_call *call, enum keelson_status status, const char *fmt, ...)
{
    struct host_call *c = host_call_current(call);
    if (!c) {
        log_warning("a plugin called fail() outside its call; what it said is dropped");
        return status;
    }
    va_list ap;
    va_start(ap, fmt);
    char *text = message_format(fmt, ap);
    va_end(ap);
    if (!*text && c->message) { /* what was said, perhaps by the host, is better than nothing */
        free(text);
        return status;
    }
    free(c->message);
    c->message = text;
    return status;
}

__attribute__((format(printf, 4, 5))) static void service_event(const struct keelson_call *call,
                                                                enum keelson_level level, const char *reason,
                                                                const char *fmt, ...)
{
    const struct host_call *c = host_call_current(call);
    if (!c)
        return;
    va_list ap;
    va_start(ap, fmt);
    _cleanup_free_ char *text = message_format(fmt, ap);
    va_end(ap);
    bool warning = level == KEELSON_LOG_ERROR || level == KEELSON_LOG_WARNING;
    if (c->event)
        c->event(c->arguments, warning, event_reason(reason), text);
    else
        log_write(warning ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "plugin %s: %s: %s (trace %s)",
                  c->instance->name, event_reason(reason), text, c->trace_id);
}

static void service_retry_after(const struct keelson_call *call, uint32_t milliseconds)
{
    struct host_call *c = host_call_current(call);
    if (c)
        c->retry_after_ms = MIN(milliseconds, RETRY_AFTER_MS_MAX);
}

/* A call in the daemon's own thread may be cancelled by an fd of the daemon's. */
static bool is_cancelled_by_daemon(const struct host_call *c)
{
    struct pollfd p = {.fd = c->call.cancel_fd, .events = POLLIN};
    return p.fd != c->own_cancel_fd && poll(&p, 1, 0) > 0;
}

static int service_cancelled(const struct keelson_call *call)
{
    const struct host_call *c = live(call);
    return !c || atomic_load(&c->cancelled) || clock_monotonic_ns() >= c->call.deadline_ns ||
           is_cancelled_by_daemon(c);
}

static void tell_daemon(void *argument)
{
    struct plugin_instance *i = argument;
    pthread_mutex_lock(&i->lock);
    _cleanup_free_ char *what = TAKE_PTR(i->change_what);
    i->change_told = false;
    pthread_mutex_unlock(&i->lock);
    __typeof__(i->host->config.changed) changed = __atomic_load_n(&i->host->config.changed, __ATOMIC_SEQ_CST);
    if (changed)
        changed(i->host->config.context, i, what ? what : "");
    pthread_mutex_lock(&i->lock);
    i->changes_pending--;
    pthread_cond_broadcast(&i->idle);
    pthread_mutex_unlock(&i->lock);
}

/* Storms are merged: while one notice waits to be told, further ones only replace its text. */
static void note_change(struct plugin_instance *i, const char *what)
{
    if (!__atomic_load_n(&i->host->config.changed, __ATOMIC_SEQ_CST))
        return;
    pthread_mutex_lock(&i->lock);
    bool tell = !i->change_told;
    i->change_told = true;
    i->changes_pending += tell;
    free(i->change_what);
    i->change_what = message_text(what);
    pthread_mutex_unlock(&i->lock);
    if (tell && !workers_submit(i->host->notifier, tell_daemon, i)) {
        pthread_mutex_lock(&i->lock);
        i->change_told = false;
        i->changes_pending--;
        pthread_mutex_unlock(&i->lock);
    }
}

static void service_changed(struct keelson_token *token, const char *what)
{
    struct plugin_instance *i = token_hold(token);
    if (!i)
        return;
    note_change(i, what);
    token_let_go(token);
}

void host_table_fill(struct plugin_host *host)
{
    host->table = (struct keelson_host){
        .size = sizeof(struct keelson_host),
        .abi_major = KEELSON_ABI_MAJOR,
        .abi_minor = KEELSON_ABI_MINOR,
        .daemon = host->daemon,
        .version = PACKAGE_VERSION,
        .log = service_log,
        .log_from = service_log_from,
        .fail = service_fail,
        .event = service_event,
        .retry_after = service_retry_after,
        .cancelled = service_cancelled,
        .changed = service_changed,
    };
    host_table_fill_config(&host->table);
    host_table_fill_objects(&host->table);
    host_table_fill_metrics(&host->table);
}
