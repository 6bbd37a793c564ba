/* SPDX-License-Identifier: Apache-2.0 */
/* DELETE of one object. */
#include "core/api/object.h"
#include "core/apiserver/body.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"

static void ended(struct api_request *r, const struct write_outcome *outcome, struct error *err)
{
    if (!outcome->made)
        respond_error(r, err);
    else if (!outcome->gone || strategy_find(r->resource)->returns_deleted)
        respond_object(r, 200, outcome->made);
    else
        respond_success(r, 200, r->resource, r->name,
                        object_uid(object_parse(outcome->made, r->resource, &r->arena)));
}

static void work(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (body_delete_options(r, &err) < 0)
        respond_error(r, &err);
    else
        registry_delete_start(r, ended);
}

void verb_delete(struct api_request *r)
{
    server_work(r, work, true);
}
