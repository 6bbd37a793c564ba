/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before anything else is asked of a cloud that hands out addresses and keeps no record of them: what it gave
 * out. It sees each Service that it holds, or that it would be asked to serve, as it is; those that are being
 * deleted too. One that it could not be told of holds up the rest, or an address might be given twice.
 */
#include "core/api/object.h"
#include "core/base/log.h"
#include "core/cloud-controller-manager/service-controller.h"

static bool may_have_one(struct balancer *b, const struct json *service, struct arena *arena)
{
    struct service_plan plan = service_plan(&b->controller->clouds, service, SERVICE_NO_CLOUD, arena);
    return plan.cloud == b->index || service_is_claimed(service, b->provider->name);
}

static int tell_of(struct balancer *b, const struct json *service, struct error *err)
{
    struct service_call *call =
        service_call_new(b->provider, b->functions, SERVICE_CALL_GET, service, NULL, b->controller->events);
    int result = service_call_run(call, err);
    atomic_fetch_add(&b->calls[SERVICE_CALL_GET][result == 0 ? SERVICE_SYNC_OK : SERVICE_SYNC_FAILED], 1);
    service_call_unref(call);
    if (result < 0 && err->code == ERR_BAD_REQUEST) { /* a wrong Service is no reason to serve no other */
        log_warning("service %s/%s: %s", object_namespace(service), object_name(service), err->message);
        return 0;
    }
    return result;
}

bool balancer_has_learned(const struct balancer *b)
{
    return !(b->functions->flags & KEELSON_LOADBALANCERS_RECORD_IS_STATUS) ||
           atomic_load(&b->told) == plugin_instance_openings(b->provider->instance);
}

int64_t balancer_learn(struct balancer *b, struct error *err)
{
    struct cached **list = NULL;
    size_t count = informer_list(b->controller->context->services, NULL, &list);
    unsigned opening = plugin_instance_openings(b->provider->instance);
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        struct arena arena = ARENA_INIT;
        const struct json *service = cached_parse(list[i], &arena);
        if (may_have_one(b, service, &arena))
            result = tell_of(b, service, err);
        arena_done(&arena);
    }
    cached_list_free(list, count);
    if (result == 0)
        atomic_store(&b->told, opening);
    return result;
}
