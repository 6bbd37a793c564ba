/* SPDX-License-Identifier: Apache-2.0 */
/* The cluster role aggregation controller: a ClusterRole with an aggregationRule has the rules of all roles
 * that it selects, so that admin, edit and view grow with custom resources. */
#include <stdlib.h>

#include "core/base/memory.h"
#include "core/controller-manager/controller.h"

struct aggregation {
    struct client *client;
    const struct resource *resource;
    struct informer *roles;
    struct workqueue *queue;
};

static bool is_aggregated(const struct json *role)
{
    return json_count(json_at(role, "aggregationRule.clusterRoleSelectors")) > 0;
}

/* Any role may be a part of any aggregated one. */
static void role_changed(void *self, struct cached *old, struct cached *new_, const struct json *role)
{
    struct aggregation *c = self;
    struct arena arena = ARENA_INIT;
    _cleanup_(object_list_done) struct object_list list = objects_in(c->roles, NULL);
    for (size_t i = 0; i < list.count; i++) {
        /* most have no such rule, which their text shows without parsing */
        if (strstr(cached_text(list.cached[i]).data, "\"aggregationRule\"") &&
            is_aggregated(cached_parse(list.cached[i], &arena)))
            workqueue_add(c->queue, cached_key(list.cached[i]));
        arena_reset(&arena);
    }
    arena_done(&arena);
}

static int by_key(const void *x, const void *y)
{
    return strcmp(cached_key(*(struct cached *const *)x), cached_key(*(struct cached *const *)y));
}

static bool has_rule(const struct json *rules, const struct json *rule)
{
    json_for_each (present, rules)
        if (json_equal_semantic(present, rule))
            return true;
    return false;
}

static int add_selected(struct aggregation *c, const struct json *role, const struct json *label_selector,
                        struct json *rules, struct arena *arena, struct error *err)
{
    struct selector *selector = NULL;
    if (selector_from_json(label_selector, &selector, err) < 0)
        return -1;
    _cleanup_(object_list_done) struct object_list list = objects_in(c->roles, NULL);
    qsort(list.cached, list.count, sizeof(*list.cached), by_key);
    for (size_t i = 0; i < list.count; i++) {
        const struct json *part = cached_parse(list.cached[i], arena);
        if (!strcmp(object_name(part), object_name(role)) ||
            !selector_matches(selector, json_at(part, "metadata.labels")))
            continue;
        json_for_each (rule, json_get(part, "rules"))
            if (!has_rule(rules, rule))
                json_append(arena, rules, json_copy(arena, rule));
    }
    selector_free(selector);
    return 0;
}

static int64_t reconcile(void *self, const char *key, struct error *err)
{
    struct aggregation *c = self;
    struct arena arena = ARENA_INIT;
    struct json *role = object_cached_key(c->roles, key, &arena), *rules = json_new_array(&arena);
    int rc = 0;
    if (role && is_aggregated(role)) {
        json_for_each (selector, json_at(role, "aggregationRule.clusterRoleSelectors"))
            if (rc == 0)
                rc = add_selected(c, role, selector, rules, &arena, err);
        if (rc == 0 && !json_equal_semantic(json_get(role, "rules"), rules)) {
            json_set(&arena, role, "rules", rules);
            rc = client_update(c->client, c->resource, NULL, role, &arena, NULL, err);
        }
    }
    arena_done(&arena);
    return rc;
}

static void *start(struct manager *m, struct controller_run *run)
{
    struct aggregation *c = new0(struct aggregation);
    c->client = manager_client(m);
    c->resource = RESOURCE("rbac.authorization.k8s.io", "v1", "clusterroles");
    c->queue = controller_queue("role-aggregate", 5, reconcile, c);
    c->roles = controller_watch(run, c->resource, role_changed, c);
    return c;
}

static void begin(void *self)
{
    struct aggregation *c = self;
    workqueue_start(c->queue);
}

static void stop(void *self)
{
    struct aggregation *c = self;
    workqueue_free(c->queue);
    free(c);
}

const struct controller controller_clusterrole_aggregation = {
    .name = "clusterrole-aggregation-controller",
    .alias = "clusterrole-aggregation",
    .account = "clusterrole-aggregation-controller",
    .start = start,
    .begin = begin,
    .stop = stop,
};
