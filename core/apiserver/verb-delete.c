/* SPDX-License-Identifier: Apache-2.0 */
/* DELETE of one object. */
#include "core/api/object.h"
#include "core/apiserver/body.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"

static void work(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct object *made;
    bool gone;
    if (body_delete_options(r, &err) < 0 ||
        registry_delete_object(r->server->registry, r, r->resource, r->namespace_, r->name, r->delete_uid,
                               r->delete_resource_version, &made, &gone, &err) < 0) {
        respond_error(r, &err);
        return;
    }
    if (!gone || strategy_find(r->resource)->returns_deleted)
        respond_object(r, 200, made);
    else
        respond_success(r, 200, r->resource, r->name, object_uid(object_parse(made, r->resource, &r->arena)));
    object_unref(made);
}

void verb_delete(struct api_request *r)
{
    server_work(r, work, true);
}
