/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of what is not a resource. */
#include "core/apiserver/paths.h"

#include "core/apiserver/kubernetes-service.h"
#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/base/memory.h"

static void version(struct api_request *r, const char *rest)
{
    struct buffer out = BUFFER_INIT;
    daemon_version_json(&out);
    respond_json(r, 200, &out);
}

/* Where others reach this server, unless it is told. */
static const char *jwks_uri(struct api_request *r)
{
    char address[ADDRESS_TEXT_MAX];
    const struct apiserver_options *o = r->server->options;
    if (o->service_account_jwks_uri && *o->service_account_jwks_uri)
        return o->service_account_jwks_uri;
    const char *host = kubernetes_service_address(o, address);
    bool v6 = strchr(host, ':');
    return arena_printf(&r->arena, "https://%s%s%s:%u/openid/v1/jwks", v6 ? "[" : "", host, v6 ? "]" : "",
                        r->server->port);
}

static void openid_configuration(struct api_request *r, const char *rest)
{
    struct buffer out = BUFFER_INIT;
    authn_openid_configuration(r->server->authn, jwks_uri(r), &out);
    respond_json(r, 200, &out);
}

static void jwks(struct api_request *r, const char *rest)
{
    struct buffer out = BUFFER_INIT;
    authn_jwks(r->server->authn, &out);
    respond_text(r, 200, "application/jwk-set+json", &out);
}

static const struct path_row {
    const char *path;
    bool below; /* and all that follow it behind a slash */
    void (*handle)(struct api_request *r, const char *rest);
} rows[] = {
    {"/", false, discovery_root},
    {"/api", false, discovery_api},
    {"/apis", false, discovery_apis},
    {"/api", true, discovery_group},
    {"/apis", true, discovery_group},
    {"/healthz", true, health_handle},
    {"/livez", true, health_handle},
    {"/readyz", true, health_handle},
    {"/version", false, version},
    {"/metrics", false, metrics_handle},
    {"/openapi/v2", false, openapi_handle},
    {"/openapi/v3", true, openapi_handle},
    {"/.well-known/openid-configuration", false, openid_configuration},
    {"/openid/v1/jwks", false, jwks},
};

const char *const paths_shown[] = {"/.well-known/openid-configuration",
                                   "/healthz",
                                   "/livez",
                                   "/metrics",
                                   "/openapi/v2",
                                   "/openapi/v3",
                                   "/openid/v1/jwks",
                                   "/readyz",
                                   "/version",
                                   NULL};

static bool is_same(const char *path, const char *row, size_t size)
{
    return !strncmp(path, row, size) && (!path[size] || (path[size] == '/' && !path[size + 1]));
}

void path_handle(struct api_request *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
        size_t size = strlen(rows[i].path);
        const char *rest = r->path + size;
        if (!(rows[i].below && !strncmp(r->path, rows[i].path, size) && *rest == '/' && rest[1]) &&
            !is_same(r->path, rows[i].path, size))
            continue;
        if (strcmp(r->verb, "get") != 0 && strcmp(r->verb, "head") != 0)
            break;
        rows[i].handle(r, *rest == '/' ? rest + 1 : rest);
        return;
    }
    if (strcmp(r->verb, "get") != 0 && strcmp(r->verb, "head") != 0)
        error_set(&err, ERR_METHOD_NOT_ALLOWED,
                  "the server does not allow this method on the requested resource");
    else
        error_set(&err, ERR_NOT_FOUND, "the server could not find the requested resource");
    respond_error(r, &err);
}
