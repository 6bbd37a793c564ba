/* SPDX-License-Identifier: Apache-2.0 */
/* A queue with a key and a worker for each cloud; see provider-watch.h. */
#include "core/cloud-controller-manager/provider-watch.h"

#include "core/base/memory.h"
#include "core/client/workqueue.h"

#define LOOK_MS         30000 /* between two looks at what is known anyway */
#define BACK_OFF_MS     10000
#define BACK_OFF_MAX_MS 300000

struct provider_watch {
    const struct providers *providers;
    struct event_recorder *events;
    const struct json *about;
    struct workqueue *queue;
    bool told[]; /* of each provider, that it fails; the worker's that has its key */
};

static enum keelson_status ask(void *handle, const struct keelson_call *call, void *cloud)
{
    return ((const struct keelson_cloud_v1 *)cloud)->healthy(handle, call);
}

static void keep(void *cloud)
{
}

static const struct provider *provider_called(const struct providers *providers, const char *name)
{
    for (unsigned i = 0; i < providers->count; i++)
        if (strcmp(providers->list[i].name, name) == 0)
            return &providers->list[i];
    return NULL;
}

static void tell(struct provider_watch *w, const struct provider *p)
{
    _cleanup_(buffer_done) struct buffer what = BUFFER_INIT, todo = BUFFER_INIT;
    bool fails = !provider_health_tell(p->health, &what, &todo);
    if (fails && !w->told[p->index])
        event_record(w->events, w->about, NULL, "Warning", "CloudFailing", "cloud %s %s: %s", p->name,
                     what.data, todo.data ? todo.data : "");
    else if (!fails && w->told[p->index])
        event_record(w->events, w->about, NULL, "Normal", "CloudWorks", "cloud %s works again", p->name);
    w->told[p->index] = fails;
}

static int64_t look(void *context, const char *name, struct error *err)
{
    struct provider_watch *w = context;
    const struct provider *p = provider_called(w->providers, name);
    if (!provider_health_wants_question(p->health)) {
        tell(w, p);
        return LOOK_MS;
    }
    struct provider_call call = {.operation = PROVIDER_HEALTHY,
                                 .function = ask,
                                 .arguments = (void *)p->cloud,
                                 .free_arguments = keep};
    int result = provider_call(p, &call, err);
    tell(w, p);
    return result < 0 ? -1 : LOOK_MS;
}

struct provider_watch *provider_watch_start(const struct providers *providers, struct event_recorder *events,
                                            const struct json *about)
{
    struct provider_watch *w = xcalloc(1, sizeof(*w) + providers->count * sizeof(w->told[0]));
    w->providers = providers;
    w->events = events;
    w->about = about;
    w->queue = workqueue_new(&(struct workqueue_config){.name = "cloud-health",
                                                        .workers = providers->count,
                                                        .base_delay_ms = BACK_OFF_MS,
                                                        .max_delay_ms = BACK_OFF_MAX_MS,
                                                        .reconcile = look,
                                                        .context = w});
    for (unsigned i = 0; i < providers->count; i++)
        workqueue_add(w->queue, providers->list[i].name);
    workqueue_start(w->queue);
    return w;
}

void provider_watch_stop(struct provider_watch *w)
{
    workqueue_free(w->queue);
    free(w);
}
