/* SPDX-License-Identifier: Apache-2.0 */
/* PUT: replaces an object, or one side of it through a subresource. */
#include "core/apiserver/body.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"

/* The decided object is changed while it is decided: each try starts from the body. */
static int replace(void *context, struct arena *arena, const struct json *current, struct json **ret_new,
                   struct error *err)
{
    *ret_new = json_copy(arena, context);
    return 0;
}

void verb_update_ended(struct api_request *r, const struct write_outcome *outcome, struct error *err)
{
    if (outcome->made)
        respond_object(r, outcome->created ? 201 : 200, outcome->made);
    else
        respond_error(r, err);
}

static void work(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct json *object;
    if (body_decode(r, r->resource->group, r->resource->version, r->resource->kind, &object, &err) < 0)
        respond_error(r, &err);
    else
        registry_update_start(r, r->resource, r->name, r->subresource, replace, object, verb_update_ended);
}

void verb_update(struct api_request *r)
{
    server_work(r, work, true);
}
