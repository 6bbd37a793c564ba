/* SPDX-License-Identifier: Apache-2.0 */
/* The RBAC authorizer: who is bound to which rules, kept current by the cache. Any thread. */
#ifndef KEELSON_APISERVER_AUTHZ_RBAC_H
#define KEELSON_APISERVER_AUTHZ_RBAC_H

#include "core/apiserver/rbac-rules.h"

struct rbac;
struct rbac *rbac_new(struct registry *registry);
void rbac_free(struct rbac *b);
/* The reason names binding and role, in the arena. */
bool rbac_allows(struct rbac *b, const struct authz_attributes *a, struct arena *arena,
                 const char **ret_reason);
/* Every rule that holds for the user in the namespace ("" for the cluster's alone); visit returns false to
 * end the walk. */
void rbac_each_rule(struct rbac *b, const struct user *user, const char *namespace_,
                    bool (*visit)(void *context, const struct rbac_rule *rule, const char *binding,
                                  const char *role),
                    void *context);
/* The rules of a role a binding refers to; a reference, NULL when there is no such role. */
struct rbac_rules *rbac_role_rules(struct rbac *b, const char *kind, const char *namespace_,
                                   const char *name);
/* The one that an authorizer keeps, in whatever mode. */
struct rbac *authz_rbac(struct authz *z);

#endif
