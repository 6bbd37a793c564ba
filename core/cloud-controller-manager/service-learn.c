/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Before anything else is asked of a cloud that hands out addresses and keeps no record of them: what it gave
 * out. It sees each Service that it holds, or that it would be asked to serve, as it is; those that are being
 * deleted too. One that it could not be told of holds up the rest, or an address might be given twice; so
 * would one be that was given out, and written down, while it is told: that is waited for, and after it the
 * picture of the Services may be behind, so that they are read anew. And a telling that did not come back in
 * time is waited for, or the cloud might take to heart what has long ceased to be so.
 */
#include "core/api/object.h"
#include "core/base/log.h"
#include "core/cloud-controller-manager/service-controller.h"

#define AGAIN_MS 200  /* something is being given out */
#define LATE_MS  1000 /* a telling is under way */

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
    if (result < 0 && service_call_is_late(call, err))
        b->late = call;
    else
        service_call_unref(call);
    if (result < 0 && err->code == ERR_BAD_REQUEST) { /* a wrong Service is no reason to serve no other */
        log_warning("service %s/%s: %s", object_namespace(service), object_name(service), err->message);
        return 0;
    }
    return result;
}

bool balancer_keeps_no_record(const struct balancer *b)
{
    return b->functions->flags & KEELSON_LOADBALANCERS_RECORD_IS_STATUS;
}

bool balancer_has_learned(const struct balancer *b)
{
    return !balancer_keeps_no_record(b) ||
           atomic_load(&b->told) == plugin_instance_openings(b->provider->instance);
}

/* From the picture at the start, which was just listed, and from the server later. A Service that went
 * meanwhile has none. */
static int tell_of_present(struct balancer *b, const struct json *service, struct arena *arena,
                           struct error *err)
{
    struct json *now = NULL;
    if (!may_have_one(b, service, arena))
        return 0;
    if (atomic_load(&b->told) == 0)
        return tell_of(b, service, err);
    if (client_get(b->controller->context->client, RESOURCE("", "v1", "services"), object_namespace(service),
                   object_name(service), arena, &now, err) == 0)
        return tell_of(b, now, err);
    if (err->code != ERR_NOT_FOUND)
        return -1;
    error_done(err);
    return 0;
}

int64_t balancer_learn(struct balancer *b, struct error *err)
{
    if (service_call_is_out(&b->late))
        return LATE_MS;
    if (atomic_load(&b->ensuring) > 0)
        return AGAIN_MS;
    struct cached **list = NULL;
    size_t count = informer_list(b->controller->context->services, NULL, &list);
    unsigned opening = plugin_instance_openings(b->provider->instance);
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        struct arena arena = ARENA_INIT;
        result = tell_of_present(b, cached_parse(list[i], &arena), &arena, err);
        arena_done(&arena);
    }
    cached_list_free(list, count);
    if (result == 0)
        atomic_store(&b->told, opening);
    return result;
}
