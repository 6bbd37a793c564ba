/* SPDX-License-Identifier: Apache-2.0 */
/* The clouds and calls to them; see provider.h. A call that hangs outlives the one who asked: what stands
 * between him and the plugin is a carrier, which lets go of his events when he goes. */
#include "core/cloud-controller-manager/provider.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"

static int provider_init(struct provider *p, struct plugin_instance *instance, struct error *err)
{
    p->instance = instance;
    p->name = plugin_instance_name(instance);
    p->cloud = plugin_instance_interface(instance, KEELSON_CLOUD_1);
    p->instances = plugin_instance_interface(instance, KEELSON_CLOUD_INSTANCES_1);
    p->health = provider_health_new(p->name, instance);
    if (!p->cloud)
        return error_set(err, ERR_BAD_REQUEST, "plugin %s does not offer %s", p->name, KEELSON_CLOUD_1);
    p->scheme = p->cloud->scheme(plugin_instance_handle(instance));
    if (!p->scheme || !*p->scheme)
        return error_set(err, ERR_BAD_REQUEST, "plugin %s: its provider IDs have no scheme", p->name);
    return 0;
}

static void note_shared_schemes(struct providers *p)
{
    for (unsigned i = 0; i < p->count; i++)
        for (unsigned n = 0; n < p->count; n++)
            p->list[i].shares_scheme |= n != i && strcmp(p->list[i].scheme, p->list[n].scheme) == 0;
}

int providers_init(struct providers *p, struct plugin_host *host, struct error *err)
{
    *p = (struct providers){.count = plugin_host_count(host), .cancel_fd = eventfd(0, EFD_CLOEXEC)};
    require(p->cancel_fd >= 0);
    p->list = newa0(struct provider, p->count + 1);
    for (unsigned i = 0; i < p->count; i++) {
        p->list[i].index = i;
        p->list[i].cancel_fd = p->cancel_fd;
        if (provider_init(&p->list[i], plugin_host_instance(host, i), err) < 0) {
            providers_done(p);
            return -1;
        }
    }
    note_shared_schemes(p);
    return 0;
}

void providers_cancel(struct providers *p)
{
    if (p->list)
        eventfd_write(p->cancel_fd, 1);
}

void providers_done(struct providers *p)
{
    for (unsigned i = 0; p->list && i < p->count; i++)
        provider_health_free(p->list[i].health);
    if (p->list)
        close(p->cancel_fd);
    free(p->list);
    *p = (struct providers){0};
}

void providers_metrics(const struct providers *p, struct buffer *out)
{
    struct provider_health **all = newa0(struct provider_health *, p->count + 1);
    for (unsigned i = 0; i < p->count; i++)
        all[i] = p->list[i].health;
    provider_health_metrics(all, p->count, out);
    free(all);
}

static bool tell(const struct provider *p, struct buffer *out)
{
    struct buffer what = BUFFER_INIT, todo = BUFFER_INIT;
    bool ok = provider_health_tell(p->health, &what, &todo);
    buffer_printf(out, "\n    %s: %s", p->name, what.data);
    if (todo.size)
        buffer_printf(out, "\n        %s", todo.data);
    buffer_done(&what);
    buffer_done(&todo);
    return ok;
}

void providers_tell(const struct providers *p, struct buffer *out)
{
    struct buffer lines = BUFFER_INIT;
    unsigned well = 0;
    for (unsigned i = 0; i < p->count; i++)
        well += tell(&p->list[i], &lines);
    buffer_printf(out, "%u of %u work%s", well, p->count, lines.data ? lines.data : "");
    buffer_done(&lines);
}

bool provider_has_scheme(const struct provider *p, const char *provider_id)
{
    size_t size = strlen(p->scheme);
    return strncmp(provider_id, p->scheme, size) == 0 && strncmp(provider_id + size, "://", 3) == 0;
}

/* ---- Calls ---- */

struct carrier {
    atomic_uint refs;
    char *provider;
    struct provider_call call;
    pthread_mutex_t lock; /* call.events and call.object, which go when the caller goes */
};

static void carrier_unref(void *argument)
{
    struct carrier *c = argument;
    if (atomic_fetch_sub(&c->refs, 1) > 1)
        return;
    c->call.free_arguments(c->call.arguments);
    pthread_mutex_destroy(&c->lock);
    free(c->provider);
    free(c);
}

static enum keelson_status carry(void *handle, const struct keelson_call *call, void *argument)
{
    const struct carrier *c = argument;
    return c->call.function(handle, call, c->call.arguments);
}

static void carry_event(void *argument, bool warning, const char *reason, const char *message)
{
    struct carrier *c = argument;
    pthread_mutex_lock(&c->lock);
    if (c->call.events && c->call.object)
        event_record(c->call.events, c->call.object, NULL, warning ? "Warning" : "Normal", reason, "%s: %s",
                     c->provider, message);
    else
        log_write(warning ? LOG_LEVEL_WARNING : LOG_LEVEL_INFO, "plugin %s: %s: %s: %s", c->provider,
                  c->call.operation, reason, message);
    pthread_mutex_unlock(&c->lock);
}

int provider_call(const struct provider *p, const struct provider_call *call, struct error *err)
{
    _cleanup_(error_done) struct error why = ERROR_INIT;
    struct carrier *c = new0(struct carrier);
    atomic_init(&c->refs, 2);
    c->provider = xstrdup(p->name);
    c->call = *call;
    pthread_mutex_init(&c->lock, NULL);
    struct plugin_call_options options = {.operation = call->operation,
                                          .timeout_ms =
                                              call->timeout_ms ? call->timeout_ms : PROVIDER_TIMEOUT_MS,
                                          .cancel_fd = p->cancel_fd,
                                          .event = carry_event};
    int64_t began_ns = clock_monotonic_ns();
    int result = plugin_call(p->instance, &options, carry, c, carrier_unref, &why);
    provider_health_note(p->health, call->operation, &why, clock_monotonic_ns() - began_ns);
    pthread_mutex_lock(&c->lock);
    c->call.events = NULL;
    pthread_mutex_unlock(&c->lock);
    carrier_unref(c);
    if (result < 0 && err)
        error_move(err, &why);
    return result;
}
