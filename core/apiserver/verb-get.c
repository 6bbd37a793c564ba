/* SPDX-License-Identifier: Apache-2.0 */
/* GET of one object: from the cache, at once; a revision that the cache has not reached is waited for on a
 * worker. */
#include "core/apiserver/read.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"

static void answer(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct object *o = registry_lookup(r->server->registry, r->resource, r->namespace_, r->name);
    if (!o) {
        registry_not_found(r->resource, r->name, &err);
        respond_error(r, &err);
        return;
    }
    respond_object(r, 200, o);
    object_unref(o);
}

static void wait_and_answer(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (read_wait(r, &err) < 0)
        respond_error(r, &err);
    else
        answer(r);
}

void verb_get(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    uint64_t revision;
    if (read_revision(r->resource_version, &revision, &err) < 0)
        respond_error(r, &err);
    else if (read_is_ready(r))
        answer(r);
    else
        server_work(r, wait_and_answer, false);
}
