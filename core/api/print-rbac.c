/* SPDX-License-Identifier: Apache-2.0 */
/* Role bindings. Roles have no columns of their own. */
#include "core/api/print-columns.h"

static void print_role(struct print_row *row, const struct json *binding)
{
    print_textf(row, "%s/%s", json_string_or(json_at(binding, "roleRef.kind"), ""),
                json_string_or(json_at(binding, "roleRef.name"), ""));
}

static void print_subjects(struct print_row *row, const struct json *binding, const char *kind)
{
    bool accounts = !strcmp(kind, "ServiceAccount");
    json_for_each (it, json_get(binding, "subjects")) {
        if (strcmp(json_string_or(json_get(it, "kind"), ""), kind))
            continue;
        const char *namespace_ = json_string_or(json_get(it, "namespace"), "");
        if (row->text.size)
            buffer_append_str(&row->text, ", ");
        if (accounts && *namespace_)
            buffer_printf(&row->text, "%s/", namespace_);
        buffer_append_str(&row->text, json_string_or(json_get(it, "name"), ""));
    }
    print_gathered(row, "");
}

static void print_users(struct print_row *row, const struct json *binding)
{
    print_subjects(row, binding, "User");
}

static void print_groups(struct print_row *row, const struct json *binding)
{
    print_subjects(row, binding, "Group");
}

static void print_accounts(struct print_row *row, const struct json *binding)
{
    print_subjects(row, binding, "ServiceAccount");
}

static const struct print_column columns[] = {
    PRINT_COLUMN_NAME,
    {"Role", .cell = print_role},
    PRINT_COLUMN_AGE,
    {"Users", .cell = print_users, .wide = true},
    {"Groups", .cell = print_groups, .wide = true},
    {"ServiceAccounts", .cell = print_accounts, .wide = true},
};

const struct print_kind print_rbac_kinds[] = {
    PRINT_KIND("rbac.authorization.k8s.io", "RoleBinding", columns),
    PRINT_KIND("rbac.authorization.k8s.io", "ClusterRoleBinding", columns),
    {NULL},
};
