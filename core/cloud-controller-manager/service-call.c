/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a cloud about a load balancer; see service-call.h. */
#include "core/cloud-controller-manager/service-call.h"

#include "core/base/memory.h"
#include "core/cloud-controller-manager/service-status.h"

struct service_call {
    atomic_uint refs; /* one of them is the plugin host's, until the plugin has come back */
    const struct provider *provider;
    const struct keelson_cloud_loadbalancers_v1 *functions;
    enum service_operation operation;
    unsigned opening; /* the only one that may be asked to ensure(); 0: any */
    struct arena arena;
    struct json *service;
    struct keelson_object *object;
    struct node_set *nodes;
    struct json *ingress;          /* NULL: nothing was put */
    struct event_recorder *events; /* of who waits */
};

struct service_call *service_call_new(const struct provider *provider,
                                      const struct keelson_cloud_loadbalancers_v1 *functions,
                                      enum service_operation operation, const struct json *service,
                                      struct node_set *nodes, struct event_recorder *events)
{
    struct service_call *c = new0(struct service_call);
    atomic_init(&c->refs, 2);
    c->provider = provider;
    c->functions = functions;
    c->operation = operation;
    c->service = json_copy(&c->arena, service);
    c->object = plugin_object_new(c->service);
    c->nodes = nodes ? node_set_ref(nodes) : NULL;
    c->events = events;
    return c;
}

void service_call_unref(struct service_call *c)
{
    if (!c || atomic_fetch_sub(&c->refs, 1) > 1)
        return;
    plugin_object_free(c->object);
    node_set_unref(c->nodes);
    arena_done(&c->arena);
    free(c);
}

static void unref_argument(void *argument)
{
    service_call_unref(argument);
}

bool service_call_is_over(const struct service_call *c)
{
    return atomic_load(&c->refs) == 1;
}

bool service_call_is_late(const struct service_call *c, const struct error *err)
{
    return (err->code == ERR_TIMEOUT || err->code == ERR_CANCELLED) && !service_call_is_over(c);
}

bool service_call_is_out(struct service_call **late)
{
    if (*late && service_call_is_over(*late))
        service_call_unref(TAKE_PTR(*late));
    return *late;
}

static const struct keelson_object *const *nodes_of(const struct service_call *c)
{
    return (const struct keelson_object *const *)c->nodes->objects;
}

static int take(const struct keelson_load_balancer_sink *sink, const struct keelson_load_balancer *said)
{
    struct service_call *c = sink->context;
    c->ingress = service_ingress(&c->arena, said);
    return 0;
}

void service_call_bind(struct service_call *c, unsigned opening)
{
    c->opening = opening;
}

static enum keelson_status ensure(void *handle, const struct keelson_call *call, void *argument)
{
    struct service_call *c = argument;
    if (c->opening && plugin_instance_openings(c->provider->instance) != c->opening)
        return KEELSON_UNAVAILABLE;
    const struct keelson_load_balancer_sink sink = {.size = sizeof(sink), .put = take, .context = c};
    return c->functions->ensure(handle, call, c->object, nodes_of(c), c->nodes->count, &sink);
}

static enum keelson_status update(void *handle, const struct keelson_call *call, void *argument)
{
    struct service_call *c = argument;
    return c->functions->update(handle, call, c->object, nodes_of(c), c->nodes->count);
}

static enum keelson_status remove_it(void *handle, const struct keelson_call *call, void *argument)
{
    struct service_call *c = argument;
    enum keelson_status status = c->functions->remove(handle, call, c->object);
    return status == KEELSON_NOT_FOUND ? KEELSON_OK : status;
}

static enum keelson_status get(void *handle, const struct keelson_call *call, void *argument)
{
    struct service_call *c = argument;
    const struct keelson_load_balancer_sink sink = {.size = sizeof(sink), .put = take, .context = c};
    enum keelson_status status = c->functions->get(handle, call, c->object, &sink);
    return status == KEELSON_NOT_FOUND ? KEELSON_OK : status;
}

int service_call_run(struct service_call *c, struct error *err)
{
    static const struct {
        const char *name;
        plugin_function *function;
    } operations[] = {
        [SERVICE_CALL_ENSURE] = {"loadbalancers.ensure", ensure},
        [SERVICE_CALL_UPDATE] = {"loadbalancers.update", update},
        [SERVICE_CALL_REMOVE] = {"loadbalancers.remove", remove_it},
        [SERVICE_CALL_GET] = {"loadbalancers.get", get},
    };
    const struct provider_call call = {.operation = operations[c->operation].name,
                                       .timeout_ms = SERVICE_CALL_TIMEOUT_MS,
                                       .function = operations[c->operation].function,
                                       .arguments = c,
                                       .free_arguments = unref_argument,
                                       .events = c->events,
                                       .object = c->service};
    int result = provider_call(c->provider, &call, err);
    if (result == 0 && c->operation == SERVICE_CALL_ENSURE && !c->ingress)
        return error_set(err, ERR_INTERNAL, "plugin %s: %s succeeded and said nothing of the load balancer",
                         c->provider->name, call.operation);
    return result;
}

const struct json *service_call_ingress(const struct service_call *c)
{
    return c->ingress;
}
