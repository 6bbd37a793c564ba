/* SPDX-License-Identifier: Apache-2.0 */
/* PolicyRules made compact, and matched (rbac.authorization.k8s.io/v1: wildcards, subresources, resource
 * names, URL prefixes). */
#include "core/apiserver/rbac-rules.h"

#include "core/base/memory.h"

static const char *const *copy_list(struct arena *arena, const struct json *list)
{
    const char **out = arena_alloc0(arena, (json_count(list) + 1) * sizeof(*out));
    size_t n = 0;
    json_for_each (item, list)
        if (json_string(item))
            out[n++] = arena_strdup(arena, json_string(item));
    return out;
}

struct rbac_rules *rbac_rules_new(const struct json *rules)
{
    struct rbac_rules *r = new0(struct rbac_rules);
    atomic_init(&r->refs, 1);
    r->rules = arena_alloc0(&r->arena, (json_count(rules) + 1) * sizeof(*r->rules));
    json_for_each (rule, rules) {
        r->rules[r->count++] = (struct rbac_rule){
            .verbs = copy_list(&r->arena, json_get(rule, "verbs")),
            .groups = copy_list(&r->arena, json_get(rule, "apiGroups")),
            .resources = copy_list(&r->arena, json_get(rule, "resources")),
            .names = copy_list(&r->arena, json_get(rule, "resourceNames")),
            .urls = copy_list(&r->arena, json_get(rule, "nonResourceURLs")),
        };
    }
    return r;
}

static const char *const *copy_texts(struct arena *arena, const char *const *list)
{
    size_t n = 0;
    while (list[n])
        n++;
    const char **out = arena_alloc0(arena, (n + 1) * sizeof(*out));
    for (size_t i = 0; i < n; i++)
        out[i] = arena_strdup(arena, list[i]);
    return out;
}

struct rbac_rule rbac_rule_copy(struct arena *arena, const struct rbac_rule *rule)
{
    return (struct rbac_rule){
        .verbs = copy_texts(arena, rule->verbs),
        .groups = copy_texts(arena, rule->groups),
        .resources = copy_texts(arena, rule->resources),
        .names = copy_texts(arena, rule->names),
        .urls = copy_texts(arena, rule->urls),
    };
}

struct rbac_rules *rbac_rules_ref(struct rbac_rules *r)
{
    if (r)
        atomic_fetch_add(&r->refs, 1);
    return r;
}

void rbac_rules_unref(struct rbac_rules *r)
{
    if (!r || atomic_fetch_sub(&r->refs, 1) != 1)
        return;
    arena_done(&r->arena);
    free(r);
}

static bool list_has(const char *const *list, const char *text)
{
    for (; *list; list++)
        if (strcmp(*list, text) == 0)
            return true;
    return false;
}

static bool list_allows(const char *const *list, const char *text)
{
    for (; *list; list++)
        if (((*list)[0] == '*' && (*list)[1] == '\0') || strcmp(*list, text) == 0)
            return true;
    return false;
}

/* "pods", "pods/log", "x/scale" for any x, "*" for everything. */
static bool resource_allows(const char *pattern, const char *plural, const char *subresource)
{
    if (strcmp(pattern, "*") == 0)
        return true;
    const char *slash = strchr(pattern, '/');
    if (!slash)
        return !*subresource && strcmp(pattern, plural) == 0;
    if (!*subresource || strcmp(slash + 1, subresource) != 0)
        return false;
    size_t size = (size_t)(slash - pattern);
    return (size == 1 && *pattern == '*') || (size == strlen(plural) && memcmp(pattern, plural, size) == 0);
}

static bool resources_allow(const char *const *patterns, const char *plural, const char *subresource)
{
    for (; *patterns; patterns++)
        if (resource_allows(*patterns, plural, subresource))
            return true;
    return false;
}

/* "/healthz", "/api/…" by a trailing star, "*". */
static bool url_allows(const char *pattern, const char *path)
{
    size_t size = strlen(pattern);
    if (size && pattern[size - 1] == '*')
        return strncmp(pattern, path, size - 1) == 0;
    return strcmp(pattern, path) == 0;
}

static bool urls_allow(const char *const *patterns, const char *path)
{
    for (; *patterns; patterns++)
        if (url_allows(*patterns, path))
            return true;
    return false;
}

bool rbac_rule_allows(const struct rbac_rule *rule, const struct authz_attributes *a)
{
    if (!list_allows(rule->verbs, a->verb))
        return false;
    if (!a->is_resource)
        return urls_allow(rule->urls, a->path);
    return list_allows(rule->groups, a->group) &&
           resources_allow(rule->resources, a->plural, a->subresource) &&
           (!*rule->names || list_has(rule->names, a->name));
}

bool rbac_rules_allow(const struct rbac_rules *r, const struct authz_attributes *a)
{
    for (unsigned i = 0; r && i < r->count; i++)
        if (rbac_rule_allows(&r->rules[i], a))
            return true;
    return false;
}

static bool resource_covered(const char *const *patterns, const char *wanted)
{
    const char *slash = strchr(wanted, '/');
    for (; *patterns; patterns++) {
        if (strcmp(*patterns, "*") == 0 || strcmp(*patterns, wanted) == 0)
            return true;
        if (slash && (*patterns)[0] == '*' && strcmp(*patterns + 1, slash) == 0)
            return true;
    }
    return false;
}

static bool one_resource_covered(const struct rbac_rules *owned, const char *verb, const char *group,
                                 const char *resource, const char *name)
{
    for (unsigned i = 0; i < owned->count; i++) {
        const struct rbac_rule *r = &owned->rules[i];
        if (list_allows(r->verbs, verb) && list_allows(r->groups, group) &&
            resource_covered(r->resources, resource) && (!*r->names || (name && list_has(r->names, name))))
            return true;
    }
    return false;
}

static bool one_url_covered(const struct rbac_rules *owned, const char *verb, const char *url)
{
    for (unsigned i = 0; i < owned->count; i++)
        if (list_allows(owned->rules[i].verbs, verb) && urls_allow(owned->rules[i].urls, url))
            return true;
    return false;
}

static bool resource_in_names_covered(const struct rbac_rules *owned, const struct rbac_rule *wanted,
                                      const char *verb, const char *group, const char *resource)
{
    if (!*wanted->names)
        return one_resource_covered(owned, verb, group, resource, NULL);
    for (const char *const *name = wanted->names; *name; name++)
        if (!one_resource_covered(owned, verb, group, resource, *name))
            return false;
    return true;
}

static bool verb_covered(const struct rbac_rules *owned, const struct rbac_rule *wanted, const char *verb)
{
    for (const char *const *group = wanted->groups; *group; group++)
        for (const char *const *resource = wanted->resources; *resource; resource++)
            if (!resource_in_names_covered(owned, wanted, verb, *group, *resource))
                return false;
    for (const char *const *url = wanted->urls; *url; url++)
        if (!one_url_covered(owned, verb, *url))
            return false;
    return true;
}

bool rbac_rules_cover(const struct rbac_rules *owned, const struct rbac_rule *wanted)
{
    for (const char *const *verb = wanted->verbs; *verb; verb++)
        if (!verb_covered(owned, wanted, *verb))
            return false;
    return true;
}
