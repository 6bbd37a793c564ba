/* SPDX-License-Identifier: Apache-2.0 */
/* PATCH: JSON patch, merge patch and strategic merge patch on the current object; apply has a file of its
 * own. */
#include "core/apiserver/body.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/apiserver/verb-apply.h"
#include "core/apiserver/versions.h"

struct patching {
    struct api_request *r;
    enum patch_type type;
};

static int change(void *context, struct arena *arena, const struct json *current, struct json **ret_new,
                  struct error *err)
{
    const struct patching *p = context;
    if (patch_apply(arena, p->type, p->r->resource->type, current, http_request_body(p->r->http), ret_new,
                    err) < 0)
        return -1;
    if (!p->r->resource->type)
        return 0;
    return schema_prune(arena, p->r->resource->type, *ret_new, body_strictness(p->r), &p->r->warnings, err);
}

static int check_options(const struct api_request *r, struct error *err)
{
    if (!r->force)
        return 0;
    error_add_cause(err, "FieldValueForbidden", "force",
                    "Forbidden: may not be specified for non-apply patch");
    return error_set_invalid(err, "meta.k8s.io", "PatchOptions", "");
}

static void work(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct patching *p = arena_new(&r->arena, struct patching);
    p->r = r;
    if (body_patch_type(r, &p->type, &err) < 0 || check_options(r, &err) < 0)
        respond_error(r, &err);
    else
        registry_update_start(r, r->resource, r->name, r->subresource, change, p, verb_update_ended);
}

void verb_patch(struct api_request *r)
{
    server_work(r, body_is_apply(r) ? verb_apply_work : work, true);
}
