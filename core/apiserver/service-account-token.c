/* SPDX-License-Identifier: Apache-2.0 */
/* serviceaccounts/token: a TokenRequest, answered by the signer (authn_token_request). */
#include "core/api/object.h"
#include "core/apiserver/body.h"
#include "core/apiserver/handlers.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"

static int make(struct api_request *r, struct json **ret, struct error *err)
{
    struct json *account;
    if (body_decode(r, "authentication.k8s.io", "v1", "TokenRequest", ret, err) < 0)
        return -1;
    if (registry_get(r->server->registry, r->resource, r->namespace_, r->name, &r->arena, &account, err) < 0)
        return -1;
    const char *name = object_name(*ret), *namespace_ = object_namespace(*ret);
    if ((*name && strcmp(name, r->name) != 0) || (*namespace_ && strcmp(namespace_, r->namespace_) != 0))
        return error_set(err, ERR_BAD_REQUEST,
                         "the name or namespace of the token request does not match the URL");
    schema_default(&r->arena, schema_find_kind("authentication.k8s.io", "v1", "TokenRequest"), *ret);
    if (authn_token_request(r->server->authn, &r->arena, account, *ret, err) < 0)
        return -1;
    struct json *metadata = json_ensure(&r->arena, *ret, "metadata", JSON_OBJECT);
    json_set_string(&r->arena, metadata, "name", r->name);
    json_set_string(&r->arena, metadata, "namespace", r->namespace_);
    return 0;
}

static void work(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct json *request;
    if (make(r, &request, &err) < 0)
        respond_error(r, &err);
    else
        respond_document(r, 201, request);
}

void handle_token(struct api_request *r)
{
    server_work(r, work, true);
}
