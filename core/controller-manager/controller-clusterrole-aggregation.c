/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ClusterRole aggregation: a role with an aggregationRule gets the rules of all roles that its selectors
 * name, in the order of their names, each rule once (RBAC documentation, "Aggregated ClusterRoles"). There
 * are some dozens of ClusterRoles, so any change looks at all aggregated ones.
 */
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/controller-manager/controller.h"

struct aggregation {
    struct client *client;
    const struct resource *resource;
    struct informer *roles;
    struct workqueue *queue; /* of aggregated roles */
};

static void add_aggregated(struct aggregation *a)
{
    struct object_list all = objects_in(a->roles, NULL);
    for (size_t i = 0; i < all.count; i++) {
        struct arena arena = ARENA_INIT;
        if (json_get(cached_parse(all.cached[i], &arena), "aggregationRule"))
            workqueue_add(a->queue, cached_key(all.cached[i]));
        arena_done(&arena);
    }
    object_list_done(&all);
}

static void role_changed(void *self, struct cached *old, struct cached *new_, const struct json *role)
{
    add_aggregated(self);
}

static bool is_selected(const struct json *selectors, const struct json *role)
{
    bool selected = false;
    json_for_each (one, selectors) {
        struct selector *s = NULL;
        if (!selected && selector_from_json(one, &s, NULL) == 0)
            selected = selector_matches(s, json_at(role, "metadata.labels"));
        selector_free(s);
    }
    return selected;
}

static bool has_rule(const struct json *rules, const struct json *rule)
{
    json_for_each (have, rules) {
        if (json_equal_semantic(have, rule))
            return true;
    }
    return false;
}

static int by_key(const void *a, const void *b)
{
    return strcmp(cached_key(*(struct cached *const *)a), cached_key(*(struct cached *const *)b));
}

static struct json *collect_rules(struct aggregation *a, const struct json *target, struct arena *arena)
{
    struct json *rules = json_new_array(arena);
    struct object_list all = objects_in(a->roles, NULL);
    qsort(all.cached, all.count, sizeof(*all.cached), by_key);
    for (size_t i = 0; i < all.count; i++) {
        struct json *role = cached_parse(all.cached[i], arena);
        if (!strcmp(object_name(role), object_name(target)) ||
            !is_selected(json_at(target, "aggregationRule.clusterRoleSelectors"), role))
            continue;
        json_for_each (rule, json_get(role, "rules")) {
            if (!has_rule(rules, rule))
                json_append(arena, rules, json_copy(arena, rule));
        }
    }
    object_list_done(&all);
    return rules;
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct aggregation *a = self;
    struct arena arena = ARENA_INIT;
    int rc = 0;
    struct json *role = object_cached_key(a->roles, key, &arena);
    if (role && json_get(role, "aggregationRule")) {
        struct json *rules = collect_rules(a, role, &arena);
        if (!json_equal_semantic(json_get(role, "rules"), rules)) {
            json_set(&arena, role, "rules", rules);
            rc = client_update(a->client, a->resource, NULL, role, &arena, NULL, err);
        }
    }
    arena_done(&arena);
    return rc;
}

static void *start(struct manager *m, struct controller_run *run)
{
    struct aggregation *a = new0(struct aggregation);
    a->client = manager_client(m);
    a->resource = RESOURCE("rbac.authorization.k8s.io", "v1", "clusterroles");
    a->queue = controller_queue("clusterrole-aggregation", 1, reconcile, a);
    a->roles = controller_watch(run, a->resource, role_changed, a);
    return a;
}

static void begin(void *self)
{
    struct aggregation *a = self;
    add_aggregated(a);
    workqueue_start(a->queue);
}

static void stop(void *self)
{
    struct aggregation *a = self;
    workqueue_free(a->queue);
    free(a);
}

const struct controller controller_clusterrole_aggregation = {
    .name = "clusterrole-aggregation-controller",
    .alias = "clusterrole-aggregation",
    .account = "clusterrole-aggregation-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
