/* SPDX-License-Identifier: Apache-2.0 */
/* POST: creates one object. */
#include "core/api/object.h"
#include "core/apiserver/body.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"

static void ended(struct api_request *r, const struct write_outcome *outcome, struct error *err)
{
    if (outcome->made)
        respond_object(r, 201, outcome->made);
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
        registry_create_start(r, object, ended);
}

void verb_create(struct api_request *r)
{
    server_work(r, work, true);
}
