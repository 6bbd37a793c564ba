/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Default roles and bindings, reconciled at every start (RBAC documentation, "Auto-reconciliation"): what is
 * missing is created, missing rules and subjects are added, extra ones are left alone, and an object whose
 * autoupdate annotation is not "true" is not touched.
 */
#include "core/api/object.h"
#include "core/apiserver/authz.h"
#include "core/apiserver/rbac-defaults.h"
#include "core/base/memory.h"

#define RBAC_GROUP   "rbac.authorization.k8s.io"
#define AUTOUPDATE   "rbac.authorization.kubernetes.io/autoupdate"
#define AGGREGATE_TO "rbac.authorization.k8s.io/aggregate-to-"

static void put_list(struct arena *arena, struct json *rule, const char *key, const char *text)
{
    if (!text)
        return;
    struct json *list = json_set_array(arena, rule, key);
    struct slice rest = slice_of(text);
    while (rest.data)
        json_append(arena, list, json_new_slice(arena, slice_cut(&rest, ',')));
}

static struct json *new_object(struct arena *arena, const char *kind, const char *namespace_,
                               const char *name)
{
    struct json *o = object_new(arena, RBAC_GROUP "/v1", kind, namespace_, name);
    object_set_annotation(arena, o, AUTOUPDATE, "true");
    object_set_label(arena, o, "kubernetes.io/bootstrapping", "rbac-defaults");
    return o;
}

static struct json *make_role(struct arena *arena, const struct rbac_default_role *row)
{
    struct json *role =
        new_object(arena, row->namespace_ ? "Role" : "ClusterRole", row->namespace_, row->name);
    if (row->aggregate_to)
        object_set_label(arena, role, arena_printf(arena, AGGREGATE_TO "%s", row->aggregate_to), "true");
    if (row->aggregates) {
        struct json *selectors = json_ensure(arena, role, "aggregationRule.clusterRoleSelectors", JSON_ARRAY);
        struct json *labels = json_ensure(arena, json_append(arena, selectors, json_new_object(arena)),
                                          "matchLabels", JSON_OBJECT);
        json_set_string(arena, labels, arena_printf(arena, AGGREGATE_TO "%s", row->aggregates), "true");
    }
    struct json *rules = json_set_array(arena, role, "rules");
    for (size_t i = 0; i < row->rules_count; i++) {
        struct json *rule = json_append(arena, rules, json_new_object(arena));
        put_list(arena, rule, "verbs", row->rules[i].verbs);
        put_list(arena, rule, "apiGroups", row->rules[i].groups);
        put_list(arena, rule, "resources", row->rules[i].resources);
        put_list(arena, rule, "resourceNames", row->rules[i].names);
        put_list(arena, rule, "nonResourceURLs", row->rules[i].urls);
    }
    return role;
}

static void put_subject(struct arena *arena, struct json *subjects, const char *text)
{
    struct slice rest = slice_of(text);
    struct json *subject = json_append(arena, subjects, json_new_object(arena));
    struct slice kind = slice_cut(&rest, ':');
    json_set(arena, subject, "kind", json_new_slice(arena, kind));
    if (slice_is(kind, "ServiceAccount"))
        json_set(arena, subject, "namespace", json_new_slice(arena, slice_cut(&rest, ':')));
    else
        json_set_string(arena, subject, "apiGroup", RBAC_GROUP);
    json_set(arena, subject, "name", json_new_slice(arena, rest));
}

static struct json *make_binding(struct arena *arena, const struct rbac_default_binding *row)
{
    struct json *binding =
        new_object(arena, row->namespace_ ? "RoleBinding" : "ClusterRoleBinding", row->namespace_, row->name);
    struct json *role = json_set_object(arena, binding, "roleRef");
    json_set_string(arena, role, "apiGroup", RBAC_GROUP);
    json_set_string(arena, role, "kind", row->role_kind);
    json_set_string(arena, role, "name", row->role);
    if (!row->subjects[0])
        return binding;
    struct json *subjects = json_set_array(arena, binding, "subjects");
    for (size_t i = 0; row->subjects[i]; i++)
        put_subject(arena, subjects, row->subjects[i]);
    return binding;
}

static bool has_equal(const struct json *list, const struct json *wanted)
{
    json_for_each (item, list)
        if (json_equal_semantic(item, wanted))
            return true;
    return false;
}

/* Adds to have[key] what of want[key] is missing. Returns whether anything was. */
static bool add_missing(struct arena *arena, struct json *have, const struct json *want, const char *key)
{
    bool added = false;
    json_for_each (item, json_get(want, key)) {
        if (has_equal(json_get(have, key), item))
            continue;
        json_append(arena, json_ensure(arena, have, key, JSON_ARRAY), json_copy(arena, item));
        added = true;
    }
    return added;
}

static bool add_missing_labels(struct arena *arena, struct json *have, const struct json *want)
{
    bool added = false;
    json_for_each (label, json_at(want, "metadata.labels")) {
        if (object_label(have, label->key))
            continue;
        object_set_label(arena, have, label->key, json_string(label));
        added = true;
    }
    return added;
}

static int reconcile(void *context, struct arena *arena, const struct json *current, struct json **ret_new,
                     struct error *err)
{
    const struct json *want = context;
    struct json *have = json_copy(arena, current);
    bool aggregated = json_get(want, "aggregationRule") != NULL; /* its rules are the controller's */
    bool changed = add_missing_labels(arena, have, want);
    changed |= !aggregated && add_missing(arena, have, want, "rules");
    changed |= add_missing(arena, have, want, "subjects");
    const char *autoupdate = object_annotation(current, AUTOUPDATE);
    *ret_new = changed && (!autoupdate || strcmp(autoupdate, "true") == 0) ? have : json_copy(arena, current);
    return 0;
}

static int ensure(struct registry *registry, const char *plural, struct json *want, struct api_request *self,
                  struct error *err)
{
    const struct resource *resource = RESOURCE(RBAC_GROUP, "v1", plural);
    const char *namespace_ = object_namespace(want), *name = object_name(want);
    _cleanup_(error_done) struct error why = ERROR_INIT;
    struct json *stored = NULL;
    struct object *present = registry_lookup(registry, resource, namespace_, name);
    object_unref(present);
    if (!present && registry_create(registry, self, resource, namespace_, json_copy(&self->arena, want),
                                    &stored, &why) == 0)
        return 0;
    if (!present && why.code != ERR_ALREADY_EXISTS) {
        error_move(err, &why);
        return -1;
    }
    return registry_update(registry, self, resource, namespace_, name, NULL, reconcile, want, &stored, err);
}

static int ensure_role(struct registry *registry, const struct rbac_default_role *row, struct error *err)
{
    struct api_request self;
    registry_self(&self);
    int result =
        ensure(registry, row->namespace_ ? "roles" : "clusterroles", make_role(&self.arena, row), &self, err);
    registry_self_done(&self);
    return result < 0 ? error_prefix(err, "default role %s", row->name) : 0;
}

static int ensure_binding(struct registry *registry, const struct rbac_default_binding *row,
                          struct error *err)
{
    struct api_request self;
    registry_self(&self);
    int result = ensure(registry, row->namespace_ ? "rolebindings" : "clusterrolebindings",
                        make_binding(&self.arena, row), &self, err);
    registry_self_done(&self);
    return result < 0 ? error_prefix(err, "default binding %s", row->name) : 0;
}

static int ensure_set(struct registry *registry, const struct rbac_default_set *set, struct error *err)
{
    for (size_t i = 0; i < set->roles_count; i++)
        if (ensure_role(registry, &set->roles[i], err) < 0)
            return -1;
    for (size_t i = 0; i < set->bindings_count; i++)
        if (ensure_binding(registry, &set->bindings[i], err) < 0)
            return -1;
    return 0;
}

int authz_bootstrap(struct registry *registry, struct error *err)
{
    if (ensure_set(registry, &rbac_defaults_kubernetes, err) < 0)
        return -1;
    return ensure_set(registry, &rbac_defaults_keelson, err);
}
