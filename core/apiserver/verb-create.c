/* SPDX-License-Identifier: Apache-2.0 */
/* POST: creates one object. */
#include "core/api/object.h"
#include "core/apiserver/body.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"

static void work(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct json *object;
    struct object *made;
    if (body_decode(r, r->resource->group, r->resource->version, r->resource->kind, &object, &err) < 0 ||
        registry_create_object(r->server->registry, r, r->resource, r->namespace_, object, &made, &err) < 0) {
        respond_error(r, &err);
        return;
    }
    respond_object(r, 201, made);
    object_unref(made);
}

void verb_create(struct api_request *r)
{
    server_work(r, work, true);
}
