/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RBAC rules in the form in which they are asked: each list of a PolicyRule a row of strings, one allocation
 * a role. Immutable once made; any thread.
 */
#ifndef KEELSON_APISERVER_RBAC_RULES_H
#define KEELSON_APISERVER_RBAC_RULES_H

#include <stdatomic.h>

#include "core/apiserver/authz.h"

struct rbac_rule {
    const char *const *verbs,
        *const *groups, *const *resources, *const *names, *const *urls; /* NULL-terminated, never NULL */
};
struct rbac_rules {
    atomic_uint refs;
    unsigned count;
    struct rbac_rule *rules;
    struct arena arena; /* holds all of it */
};
/* From a role's `rules` array (may be absent). */
struct rbac_rules *rbac_rules_new(const struct json *rules);
/* A rule that outlives its role. */
struct rbac_rule rbac_rule_copy(struct arena *arena, const struct rbac_rule *rule);
struct rbac_rules *rbac_rules_ref(struct rbac_rules *r);
void rbac_rules_unref(struct rbac_rules *r); /* NULL is fine */
bool rbac_rule_allows(const struct rbac_rule *rule, const struct authz_attributes *a);
bool rbac_rules_allow(const struct rbac_rules *r, const struct authz_attributes *a);
/* Is all that `wanted` allows allowed by `owned` together? (upstream's rule covering: each verb, group,
 * resource and name on its own) */
bool rbac_rules_cover(const struct rbac_rules *owned, const struct rbac_rule *wanted);

#endif
