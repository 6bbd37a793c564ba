/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nobody can give away what he does not have (RBAC documentation, "Privilege escalation prevention and
 * bootstrapping"): who writes a role must hold all of its rules or the verb escalate on it (an aggregated one
 * may gather any rules, so everything); who writes a binding must hold all rules of the role or the verb bind
 * on it.
 */
#include "core/api/object.h"
#include "core/apiserver/authz-rbac.h"
#include "core/base/memory.h"

static bool has_verb(struct authz *z, struct api_request *r, const char *verb, const char *plural,
                     const char *namespace_, const char *name)
{
    struct authz_attributes a = {.user = &r->user,
                                 .verb = verb,
                                 .is_resource = true,
                                 .group = "rbac.authorization.k8s.io",
                                 .version = "v1",
                                 .plural = plural,
                                 .subresource = "",
                                 .namespace_ = namespace_,
                                 .name = name,
                                 .path = ""};
    return authz_allows(z, &a, &r->arena, NULL);
}

struct owned_rules {
    struct arena *arena;
    struct rbac_rules rules;
    size_t capacity;
};

static bool own_rule(void *context, const struct rbac_rule *rule, const char *binding, const char *role)
{
    struct owned_rules *o = context;
    o->rules.rules = xgrow(o->rules.rules, &o->capacity, o->rules.count + 1, sizeof(*o->rules.rules));
    o->rules.rules[o->rules.count++] = rbac_rule_copy(o->arena, rule);
    return true;
}

static void say_missing(struct buffer *out, const struct rbac_rule *rule)
{
    static const char *const names[] = {"APIGroups", "Resources", "ResourceNames", "NonResourceURLs",
                                        "Verbs"};
    const char *const *lists[] = {rule->groups, rule->resources, rule->names, rule->urls, rule->verbs};
    buffer_append_str(out, "\n{");
    for (size_t i = 0, said = 0; i < ARRAY_SIZE(lists); i++) {
        if (!*lists[i])
            continue;
        buffer_printf(out, "%s%s:[", said++ ? ", " : "", names[i]);
        for (const char *const *item = lists[i]; *item; item++)
            buffer_printf(out, "%s\"%s\"", item == lists[i] ? "" : " ", *item);
        buffer_append_char(out, ']');
    }
    buffer_append_char(out, '}');
}

/* The rules that the user lacks, a line each; empty when he holds them all. */
static void find_missing(struct rbac *rbac, struct api_request *r, const char *namespace_,
                         const struct rbac_rules *wanted, struct buffer *out)
{
    struct owned_rules owned = {.arena = &r->arena};
    rbac_each_rule(rbac, &r->user, namespace_, own_rule, &owned);
    for (unsigned i = 0; i < wanted->count; i++)
        if (!rbac_rules_cover(&owned.rules, &wanted->rules[i]))
            say_missing(out, &wanted->rules[i]);
    free(owned.rules.rules);
}

static bool is_master(const struct user *user)
{
    for (unsigned i = 0; i < user->groups_count; i++)
        if (strcmp(user->groups[i], "system:masters") == 0)
            return true;
    return false;
}

static int check_rules(struct authz *z, struct api_request *r, const struct json *object,
                       const char *namespace_, const struct rbac_rules *wanted, struct error *err)
{
    struct buffer missing = BUFFER_INIT;
    find_missing(authz_rbac(z), r, namespace_, wanted, &missing);
    int result = 0;
    if (missing.size) {
        result = error_set(err, ERR_FORBIDDEN,
                           "%s \"%s\" is forbidden: user \"%s\" is attempting to grant RBAC permissions not "
                           "currently held:%s",
                           r->plural, object_name(object), r->user.name, missing.data);
        error_set_details(err, "rbac.authorization.k8s.io", r->plural, object_name(object));
    }
    buffer_done(&missing);
    return result;
}

/* What an aggregated role may come to hold. */
static struct json *everything(struct arena *arena)
{
    static const char text[] = "[{\"verbs\":[\"*\"],\"apiGroups\":[\"*\"],\"resources\":[\"*\"]},"
                               "{\"verbs\":[\"*\"],\"nonResourceURLs\":[\"*\"]}]";
    struct json *rules = NULL;
    require(json_parse(arena, SLICE(text), &rules, NULL) == 0);
    return rules;
}

static int check_role(struct authz *z, struct api_request *r, const struct json *role, struct error *err)
{
    if (has_verb(z, r, "escalate", r->plural, r->namespace_, object_name(role)))
        return 0;
    bool aggregated = json_count(json_at(role, "aggregationRule.clusterRoleSelectors")) > 0;
    struct rbac_rules *wanted = rbac_rules_new(aggregated ? everything(&r->arena) : json_get(role, "rules"));
    int result = check_rules(z, r, role, r->namespace_, wanted, err);
    rbac_rules_unref(wanted);
    return result;
}

static int check_binding(struct authz *z, struct api_request *r, const struct json *binding,
                         struct error *err)
{
    const char *kind = json_string_or(json_at(binding, "roleRef.kind"), ""),
               *name = json_string_or(json_at(binding, "roleRef.name"), "");
    bool is_role = strcmp(kind, "Role") == 0;
    if (has_verb(z, r, "bind", is_role ? "roles" : "clusterroles", is_role ? r->namespace_ : "", name))
        return 0;
    struct rbac_rules *wanted = rbac_role_rules(authz_rbac(z), kind, r->namespace_, name);
    if (!wanted)
        return error_set(err, ERR_NOT_FOUND, "%s.rbac.authorization.k8s.io \"%s\" not found",
                         is_role ? "roles" : "clusterroles", name);
    int result = check_rules(z, r, binding, r->namespace_, wanted, err);
    rbac_rules_unref(wanted);
    return result;
}

int authz_check_escalation(struct authz *z, struct api_request *r, const struct json *role_or_binding,
                           struct error *err)
{
    if (is_master(&r->user))
        return 0;
    bool is_binding = json_get(role_or_binding, "roleRef") != NULL;
    return is_binding ? check_binding(z, r, role_or_binding, err) : check_role(z, r, role_or_binding, err);
}
