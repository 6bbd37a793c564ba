/* SPDX-License-Identifier: Apache-2.0 */
/* A queue with a key and a worker for each cloud; see provider-watch.h. */
#include "core/cloud-controller-manager/provider-watch.h"

#include <stdatomic.h>

#include "core/base/memory.h"
#include "core/client/workqueue.h"

#define LOOK_MS         30000 /* between two looks at what is known anyway */
#define BACK_OFF_MS     10000
#define BACK_OFF_MAX_MS 300000

/* Counted, since one that hangs outlives the one who asked. */
struct question {
    atomic_uint refs;
    const struct keelson_cloud_v1 *cloud;
};
/* Of a provider; the worker's that has its key. */
struct watched {
    bool told;             /* that it fails */
    struct question *late; /* one that did not come back in time; NULL: none */
};
struct provider_watch {
    const struct providers *providers;
    struct event_recorder *events;
    const struct json *about;
    struct workqueue *queue;
    struct watched of[]; /* by provider.index */
};

static void question_unref(void *argument)
{
    struct question *q = argument;
    if (q && atomic_fetch_sub(&q->refs, 1) == 1)
        free(q);
}

/* No further question then: those that hang would use up what the plugin host lets be asked of it at all. */
static bool is_out(struct watched *of)
{
    if (of->late && atomic_load(&of->late->refs) == 1) {
        question_unref(of->late);
        of->late = NULL;
    }
    return of->late;
}

static enum keelson_status ask(void *handle, const struct keelson_call *call, void *argument)
{
    const struct question *q = argument;
    return q->cloud->healthy(handle, call);
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
    bool fails = !provider_health_tell(p->health, &what, &todo), *told = &w->of[p->index].told;
    if (fails && !*told)
        event_record(w->events, w->about, NULL, "Warning", "CloudFailing", "cloud %s %s: %s", p->name,
                     what.data, todo.data ? todo.data : "");
    else if (!fails && *told)
        event_record(w->events, w->about, NULL, "Normal", "CloudWorks", "cloud %s works again", p->name);
    *told = fails;
}

static int64_t look(void *context, const char *name, struct error *err)
{
    struct provider_watch *w = context;
    const struct provider *p = provider_called(w->providers, name);
    struct watched *of = &w->of[p->index];
    if (is_out(of) || !provider_health_wants_question(p->health)) {
        tell(w, p);
        return LOOK_MS;
    }
    struct question *q = new0(struct question);
    atomic_init(&q->refs, 2);
    q->cloud = p->cloud;
    struct provider_call call = {
        .operation = PROVIDER_HEALTHY, .function = ask, .arguments = q, .free_arguments = question_unref};
    int result = provider_call(p, &call, err);
    of->late = q;
    is_out(of);
    tell(w, p);
    return result < 0 ? -1 : LOOK_MS;
}

struct provider_watch *provider_watch_start(const struct providers *providers, struct event_recorder *events,
                                            const struct json *about)
{
    struct provider_watch *w = xcalloc(1, sizeof(*w) + providers->count * sizeof(w->of[0]));
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
    for (unsigned i = 0; i < w->providers->count; i++)
        question_unref(w->of[i].late);
    free(w);
}
