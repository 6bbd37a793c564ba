/* SPDX-License-Identifier: Apache-2.0 */
/*
 * RBAC as two tables: roles by name, and bindings by subject. A question looks up its user and each of its
 * groups, and walks only the bindings that name them; parsing happens when a role or binding changes, never
 * when somebody asks.
 */
#include "core/apiserver/authz-rbac.h"
#include "core/api/object.h"

#include <pthread.h>
#include <stdio.h>

#include "core/base/map.h"
#include "core/base/memory.h"

struct binding {
    unsigned refs;          /* one for rbac.bindings, one a subject's list that holds it */
    char *key;              /* "namespace/name" or "name" */
    char *namespace_;       /* "" for ClusterRoleBindings */
    char *role_kind, *role; /* roleRef */
    char **subjects;        /* "u:NAME" or "g:NAME"; NULL-terminated */
};
struct binding_list {
    struct binding **items;
    size_t count, capacity;
};

struct rbac;
/* A resource whose changes are followed. */
struct followed {
    struct rbac *rbac;
    const struct resource *resource;
    void (*set)(struct rbac *r, const char *key, const struct json *document);
};

struct rbac {
    struct registry *registry;
    struct followed followed[4];
    pthread_rwlock_t lock; /* everything below */
    struct map *roles;     /* "Role/ns/name" or "ClusterRole/name" → struct rbac_rules */
    struct map *bindings;  /* "RoleBinding/ns/name" … → struct binding */
    struct map *subjects;  /* "u:…", "g:…" → struct binding_list */
};

static void rules_unref(void *p)
{
    rbac_rules_unref(p);
}

static void binding_unref(struct binding *b)
{
    if (--b->refs > 0)
        return;
    for (char **s = b->subjects; *s; s++)
        free(*s);
    free(b->subjects);
    free(b->key);
    free(b->namespace_);
    free(b->role_kind);
    free(b->role);
    free(b);
}

static void list_free(void *p)
{
    struct binding_list *l = p;
    for (size_t i = 0; i < l->count; i++)
        binding_unref(l->items[i]);
    free(l->items);
    free(l);
}

static char *subject_key(const struct json *subject, const char *binding_namespace)
{
    const char *kind = json_string_or(json_get(subject, "kind"), ""),
               *name = json_string_or(json_get(subject, "name"), "");
    if (strcmp(kind, "ServiceAccount") == 0)
        return xasprintf("u:system:serviceaccount:%s:%s",
                         json_string_or(json_get(subject, "namespace"), binding_namespace), name);
    if (strcmp(kind, "Group") == 0)
        return xasprintf("g:%s", name);
    return xasprintf("u:%s", name);
}

static struct binding *binding_new(const char *key, const struct json *document)
{
    struct binding *b = new0(struct binding);
    const struct json *subjects = json_get(document, "subjects");
    size_t n = 0;
    b->refs = 1;
    b->key = xstrdup(key);
    b->namespace_ = xstrdup(object_namespace(document));
    b->role_kind = xstrdup(json_string_or(json_at(document, "roleRef.kind"), ""));
    b->role = xstrdup(json_string_or(json_at(document, "roleRef.name"), ""));
    b->subjects = newa0(char *, json_count(subjects) + 1);
    json_for_each (subject, subjects)
        b->subjects[n++] = subject_key(subject, b->namespace_);
    return b;
}

static void bind(struct rbac *r, struct binding *b)
{
    for (char **s = b->subjects; *s; s++) {
        struct binding_list *l = map_get(r->subjects, *s);
        if (!l) {
            l = new0(struct binding_list);
            map_set(r->subjects, *s, l);
        }
        l->items = xgrow(l->items, &l->capacity, l->count + 1, sizeof(*l->items));
        l->items[l->count++] = b;
        b->refs++;
    }
}

static void unbind(struct rbac *r, struct binding *b)
{
    for (char **s = b->subjects; *s; s++) {
        struct binding_list *l = map_get(r->subjects, *s);
        for (size_t i = 0; l && i < l->count; i++) {
            if (l->items[i] != b)
                continue;
            l->items[i] = l->items[--l->count];
            binding_unref(b);
            break;
        }
        if (l && l->count == 0)
            map_remove(r->subjects, *s);
    }
}

static void set_binding(struct rbac *r, const char *key, const struct json *document)
{
    struct binding *old = map_take(r->bindings, key);
    if (old) {
        unbind(r, old);
        binding_unref(old);
    }
    if (!document)
        return;
    struct binding *b = binding_new(key, document);
    map_set(r->bindings, key, b);
    bind(r, b);
}

static void set_role(struct rbac *r, const char *key, const struct json *document)
{
    if (document)
        map_set(r->roles, key, rbac_rules_new(json_get(document, "rules")));
    else
        map_remove(r->roles, key);
}

static void changed(void *context, const struct object *old, const struct object *new_)
{
    const struct followed *f = context;
    struct arena arena = ARENA_INIT;
    const struct object *o = new_ ? new_ : old;
    _cleanup_free_ char *key = xasprintf("%s/%.*s", f->resource->kind, (int)o->key_size, o->data);
    const struct json *document = new_ ? object_parse(new_, f->resource, &arena) : NULL;
    pthread_rwlock_wrlock(&f->rbac->lock);
    f->set(f->rbac, key, document);
    pthread_rwlock_unlock(&f->rbac->lock);
    arena_done(&arena);
}

static const struct {
    const char *plural;
    void (*set)(struct rbac *r, const char *key, const struct json *document);
} follows[] = {
    {"roles", set_role},
    {"clusterroles", set_role},
    {"rolebindings", set_binding},
    {"clusterrolebindings", set_binding},
};

struct rbac *rbac_new(struct registry *registry)
{
    struct rbac *r = new0(struct rbac);
    r->registry = registry;
    pthread_rwlock_init(&r->lock, NULL);
    r->roles = map_new(rules_unref);
    r->bindings = map_new(NULL);
    r->subjects = map_new(list_free);
    for (size_t i = 0; i < ARRAY_SIZE(follows); i++) {
        struct followed *f = &r->followed[i];
        *f = (struct followed){r, RESOURCE("rbac.authorization.k8s.io", "v1", follows[i].plural),
                               follows[i].set};
        registry_subscribe(registry, f->resource, changed, f);
    }
    return r;
}

void rbac_free(struct rbac *r)
{
    if (!r)
        return;
    size_t cursor = 0;
    void *value;
    map_free(r->subjects);
    while (map_next(r->bindings, &cursor, NULL, &value))
        binding_unref(value);
    map_free(r->bindings);
    map_free(r->roles);
    pthread_rwlock_destroy(&r->lock);
    free(r);
}

static struct rbac_rules *find_role(struct rbac *r, const char *kind, const char *namespace_,
                                    const char *name)
{
    char key[600];
    int size = strcmp(kind, "Role") == 0 ? snprintf(key, sizeof(key), "Role/%s/%s", namespace_, name)
                                         : snprintf(key, sizeof(key), "ClusterRole/%s", name);
    return size < (int)sizeof(key) ? map_get(r->roles, key) : NULL;
}

struct rbac_rules *rbac_role_rules(struct rbac *r, const char *kind, const char *namespace_, const char *name)
{
    pthread_rwlock_rdlock(&r->lock);
    struct rbac_rules *rules = rbac_rules_ref(find_role(r, kind, namespace_, name));
    pthread_rwlock_unlock(&r->lock);
    return rules;
}

/* A walk over the bindings of one subject; visit ends it by returning false. Under the read lock. */
typedef bool visit_function(void *context, const struct rbac_rule *rule, const char *binding,
                            const char *role);

static bool walk_subject(struct rbac *r, char kind, const char *name, const char *namespace_,
                         visit_function *visit, void *context)
{
    char key[600];
    if (snprintf(key, sizeof(key), "%c:%s", kind, name) >= (int)sizeof(key))
        return true;
    const struct binding_list *l = map_get(r->subjects, key);
    for (size_t i = 0; l && i < l->count; i++) {
        const struct binding *b = l->items[i];
        if (*b->namespace_ && strcmp(b->namespace_, namespace_) != 0)
            continue;
        const struct rbac_rules *rules = find_role(r, b->role_kind, b->namespace_, b->role);
        for (unsigned n = 0; rules && n < rules->count; n++)
            if (!visit(context, &rules->rules[n], b->key, b->role))
                return false;
    }
    return true;
}

void rbac_each_rule(struct rbac *r, const struct user *user, const char *namespace_, visit_function *visit,
                    void *context)
{
    pthread_rwlock_rdlock(&r->lock);
    bool go_on = walk_subject(r, 'u', user->name, namespace_, visit, context);
    for (unsigned i = 0; go_on && i < user->groups_count; i++)
        go_on = walk_subject(r, 'g', user->groups[i], namespace_, visit, context);
    pthread_rwlock_unlock(&r->lock);
}

struct question {
    const struct authz_attributes *attributes;
    struct arena *arena;
    const char *reason;
    bool allowed;
};

static bool answer(void *context, const struct rbac_rule *rule, const char *binding, const char *role)
{
    struct question *q = context;
    if (!rbac_rule_allows(rule, q->attributes))
        return true;
    q->allowed = true;
    if (q->arena)
        q->reason = arena_printf(q->arena, "RBAC: allowed by %s of role \"%s\"", binding, role);
    return false;
}

bool rbac_allows(struct rbac *r, const struct authz_attributes *a, struct arena *arena,
                 const char **ret_reason)
{
    struct question q = {.attributes = a, .arena = ret_reason ? arena : NULL, .reason = ""};
    rbac_each_rule(r, a->user, a->is_resource ? a->namespace_ : "", answer, &q);
    if (ret_reason)
        *ret_reason = q.reason;
    return q.allowed;
}
