/* SPDX-License-Identifier: Apache-2.0 */
/* Roles, bindings and custom resource definitions. */
#include "core/api/names.h"
#include "core/api/object.h"
#include "core/api/schema/hooks.h"
#include "core/api/validate.h"
#include "core/base/memory.h"

void validate_policy_rule(struct validation *v, const struct json *object)
{
    bool urls = json_count(json_get(object, "nonResourceURLs")) > 0;
    bool groups = json_count(json_get(object, "apiGroups")) > 0,
         resources = json_count(json_get(object, "resources")) > 0;

    if (urls && strcmp(v->type->kind, "Role") == 0)
        validation_invalid(v, "nonResourceURLs", json_get(object, "nonResourceURLs"),
                           "namespaced rules cannot apply to non-resource URLs");
    if (urls && (groups || resources || member_has(object, "resourceNames")))
        validation_invalid(v, "nonResourceURLs", json_get(object, "nonResourceURLs"),
                           "rules cannot apply to both regular resources and non-resource URLs");
    if (urls)
        return;
    if (!groups)
        validation_required(v, "apiGroups", "resource rules must supply at least one api group");
    if (!resources)
        validation_required(v, "resources", "resource rules must supply at least one resource");
}

void validate_rbac_subject(struct validation *v, const struct json *object)
{
    static const char *const rbac[] = {"rbac.authorization.k8s.io", NULL}, *const core[] = {"", NULL};
    bool account = member_is(object, "kind", "ServiceAccount");

    if (account && member_has(object, "apiGroup"))
        validation_unsupported(v, "apiGroup", json_get(object, "apiGroup"), core);
    if (!account && (member_is(object, "kind", "User") || member_is(object, "kind", "Group")) &&
        !member_is(object, "apiGroup", rbac[0]))
        validation_unsupported(v, "apiGroup", json_get(object, "apiGroup"), rbac);
    if (account && !member_has(object, "namespace"))
        validation_required(v, "namespace", "");
    const char *wrong = name_check_dns1123_subdomain(json_slice(json_get(object, "name")));
    if (account && member_has(object, "name") && wrong)
        validation_invalid(v, "name", json_get(object, "name"), "%s", wrong);
}

void validate_aggregation_rule(struct validation *v, const struct json *object)
{
    if (json_count(json_get(object, "clusterRoleSelectors")) == 0)
        validation_required(v, "clusterRoleSelectors",
                            "at least one clusterRoleSelector required if aggregationRule is non-nil");
}

void validate_cluster_role_binding(struct validation *v, const struct json *object)
{
    static const char *const kinds[] = {"ClusterRole", NULL};
    const struct json *kind = json_at(object, "roleRef.kind");

    if (kind && !slice_is(json_slice(kind), "ClusterRole"))
        validation_unsupported(v, "roleRef.kind", kind, kinds);
}

static void validate_versions(struct validation *v, const struct json *versions)
{
    unsigned stored = 0;
    uint32_t index = 0;

    json_for_each (it, versions) {
        struct validation_place here;
        validation_enter(v, &here, "spec.versions", index++);
        stored += json_boolean_at(it, "storage", false);
        if (!json_is(json_at(it, "schema.openAPIV3Schema"), JSON_OBJECT))
            validation_required(v, "schema.openAPIV3Schema", "schemas are required");
        validation_leave(v);
    }
    if (json_count(versions) && stored != 1)
        validation_invalid(v, "spec.versions", versions,
                           "must have exactly one version marked as storage version");
}

void validate_custom_resource_definition(struct validation *v, const struct json *object)
{
    const char *group = json_string_or(json_at(object, "spec.group"), ""),
               *plural = json_string_or(json_at(object, "spec.names.plural"), "");
    size_t size = strlen(plural);
    const char *name = object_name(object);

    if (strncmp(name, plural, size) != 0 || name[size] != '.' || strcmp(name + size + 1, group) != 0)
        validation_invalid(v, "metadata.name", json_at(object, "metadata.name"),
                           "must be spec.names.plural+\".\"+spec.group");
    validate_versions(v, json_at(object, "spec.versions"));
}
