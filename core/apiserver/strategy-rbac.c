/* SPDX-License-Identifier: Apache-2.0 */
/* Roles and bindings: names are path segments, what a binding refers to is fixed, and nobody grants more than
 * he has (authz_check_escalation). */
#include "core/api/object.h"
#include "core/apiserver/authz.h"
#include "core/apiserver/registry-write.h"
#include "core/apiserver/server.h"
#include "core/apiserver/strategies.h"

static int check(struct registry *g, struct api_request *r, const struct json *object, struct error *err)
{
    return g->server && g->server->authz ? authz_check_escalation(g->server->authz, r, object, err) : 0;
}

static int prepare_create(struct registry *g, struct api_request *r, struct json *object, struct error *err)
{
    return check(g, r, object, err);
}

static int prepare_update(struct registry *g, struct api_request *r, const char *sub, struct json *object,
                          const struct json *old, struct error *err)
{
    return registry_spec_equal(object, old) ? 0 : check(g, r, object, err);
}

static unsigned validate_binding(struct registry *g, struct api_request *r, const char *sub,
                                 const struct json *object, const struct json *old, struct error *err)
{
    if (!old || json_equal_semantic(json_get(object, "roleRef"), json_get(old, "roleRef")))
        return 0;
    error_add_cause(err, "FieldValueInvalid", "roleRef",
                    "Invalid value: {\"name\":\"%s\"}: cannot change roleRef",
                    json_string_or(json_at(object, "roleRef.name"), ""));
    return 1;
}

#define RBAC "rbac.authorization.k8s.io"
#define ROW(name_, plural_, validate_)                                                                       \
    const struct strategy name_ = {.group = RBAC,                                                            \
                                   .plural = plural_,                                                        \
                                   .prepare_create = prepare_create,                                         \
                                   .prepare_update = prepare_update,                                         \
                                   .validate = validate_,                                                    \
                                   .allow_create_on_update = true}
ROW(strategy_role, "roles", NULL);
ROW(strategy_cluster_role, "clusterroles", NULL);
ROW(strategy_role_binding, "rolebindings", validate_binding);
ROW(strategy_cluster_role_binding, "clusterrolebindings", validate_binding);
