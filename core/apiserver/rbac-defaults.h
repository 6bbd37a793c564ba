/* SPDX-License-Identifier: Apache-2.0 */
/* The roles and bindings that a cluster starts with, a row each. Lists are texts with commas; an empty item
 * is the core API group. Any thread. */
#ifndef KEELSON_APISERVER_RBAC_DEFAULTS_H
#define KEELSON_APISERVER_RBAC_DEFAULTS_H

#include <stddef.h>

struct rbac_default_rule {
    const char *verbs;
    const char *groups, *resources; /* NULL with urls */
    const char *names;              /* NULL: all */
    const char *urls;
};
struct rbac_default_role {
    const char *namespace_; /* NULL: a ClusterRole */
    const char *name;
    const char *aggregate_to; /* "admin": labelled to become part of that role; NULL: none */
    const char *aggregates; /* "admin": made of the roles so labelled, by the controller manager; NULL: it has
                               rules of its own */
    const struct rbac_default_rule *rules;
    size_t rules_count;
};
struct rbac_default_binding {
    const char *namespace_; /* NULL: a ClusterRoleBinding */
    const char *name;
    const char *role_kind, *role;
    const char *subjects[4]; /* "User:name", "Group:name", "ServiceAccount:namespace:name" */
};
struct rbac_default_set {
    const struct rbac_default_role *roles;
    size_t roles_count;
    const struct rbac_default_binding *bindings;
    size_t bindings_count;
};
extern const struct rbac_default_set rbac_defaults_kubernetes; /* as in every cluster of v1.36 */
extern const struct rbac_default_set rbac_defaults_keelson;    /* of keelson's further daemons */

#endif
