/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PATCH with application/apply-patch+yaml: server-side apply. What the manager wants is merged into the
 * object, or creates it; core/api/managed-fields.h says who then owns what.
 */
#include "core/api/managed-fields.h"

#include "core/api/object.h"
#include "core/apiserver/authz.h"
#include "core/apiserver/body.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/apiserver/verb-apply.h"
#include "core/base/memory.h"

enum { MANAGER_BYTES_MAX = 128 };

struct applying {
    struct api_request *r;
    struct json *config;
    struct field_manager manager;
};

struct field_manager field_manager_of(struct api_request *r)
{
    const char *version = *r->group ? arena_printf(&r->arena, "%s/%s", r->group, r->version) : r->version;
    const char *name = r->field_manager;
    if (!name || !*name) {
        struct slice agent = r->http ? http_request_header(r->http, "user-agent") : SLICE("apiserver");
        struct slice first = slice_cut(&agent, '/');
        size_t size = first.size < MANAGER_BYTES_MAX ? first.size : MANAGER_BYTES_MAX;
        name = size ? arena_strndup(&r->arena, first.data, size) : "unknown";
    }
    return (struct field_manager){name, version, r->subresource, r->force};
}

static int check_options(struct api_request *r, struct error *err)
{
    const char *name = r->field_manager ? r->field_manager : "";
    unsigned bad = 0;
    if (!*name && ++bad)
        error_add_cause(err, "FieldValueRequired", "fieldManager",
                        "Required value: is required for apply patch");
    if (strlen(name) > MANAGER_BYTES_MAX && ++bad)
        error_add_cause(err, "FieldValueTooLong", "fieldManager", "Too long: may not be more than %d bytes",
                        MANAGER_BYTES_MAX);
    return bad ? error_set_invalid(err, "meta.k8s.io", "PatchOptions", "") : 0;
}

/* Who may not create applies to what is there. */
static int check_may_create(struct api_request *r, struct error *err)
{
    struct api_request as = *r;
    as.verb = "create";
    return r->server && r->server->authz ? authz_request(r->server->authz, &as, err) : 0;
}

static int change(void *context, struct arena *arena, const struct json *current, struct json **ret_new,
                  struct error *err)
{
    const struct applying *a = context;
    if (!current && check_may_create(a->r, err) < 0)
        return -1;
    return managed_fields_apply(arena, a->r->resource->type, current, json_copy(arena, a->config),
                                &a->manager, ret_new, err);
}

static int read_config(struct applying *a, struct error *err)
{
    struct api_request *r = a->r;
    if (check_options(r, err) < 0 || body_decode_apply(r, &a->config, err) < 0)
        return -1;
    if (json_at(a->config, "metadata.managedFields"))
        return error_set(err, ERR_BAD_REQUEST, "metadata.managedFields must be nil");
    struct json *metadata = json_ensure(&r->arena, a->config, "metadata", JSON_OBJECT);
    if (!*object_name(a->config))
        json_set_string(&r->arena, metadata, "name", r->name);
    if (*r->namespace_ && r->resource->namespaced && !*object_namespace(a->config))
        json_set_string(&r->arena, metadata, "namespace", r->namespace_);
    a->manager = field_manager_of(r);
    return 0;
}

void verb_apply_work(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct applying *a = arena_new(&r->arena, struct applying);
    a->r = r;
    r->applies = true;
    if (read_config(a, &err) < 0)
        respond_error(r, &err);
    else
        registry_update_start(r, r->resource, r->name, r->subresource, change, a, verb_update_ended);
}
