/* SPDX-License-Identifier: Apache-2.0 */
/* Usage of quotas: a row a resource that is counted by more than its number. */
#include "core/api/quota.h"

#include "core/api/object.h"
#include "core/base/memory.h"

static const struct quantity one = {.nano = 1000000000, .format = QUANTITY_DECIMAL_SI};

static void add_prefixed(struct arena *arena, struct resource_list *out, const char *prefix,
                         const struct resource_list *amounts)
{
    for (unsigned i = 0; i < amounts->count; i++)
        resource_list_add(arena, out, arena_printf(arena, "%s%s", prefix, amounts->items[i].name),
                          &amounts->items[i].amount);
}

static void use_pod(struct arena *arena, const struct json *pod, struct resource_list *out)
{
    static const char *const bare[] = {"cpu", "memory", "ephemeral-storage"};
    struct resource_list requests = {0}, limits = {0};
    if (pod_is_terminal(pod))
        return;
    resource_list_add(arena, out, "pods", &one);
    pod_resources(arena, pod, "requests", &requests);
    pod_resources(arena, pod, "limits", &limits);
    add_prefixed(arena, out, "requests.", &requests);
    add_prefixed(arena, out, "limits.", &limits);
    for (size_t i = 0; i < ARRAY_SIZE(bare); i++) {
        const struct quantity *amount = resource_list_find(&requests, bare[i]);
        if (amount)
            resource_list_add(arena, out, bare[i], amount);
    }
}

static void use_service(struct arena *arena, const struct json *service, struct resource_list *out)
{
    const char *type = json_string_at(service, "spec.type");
    bool balanced = type && strcmp(type, "LoadBalancer") == 0;
    resource_list_add(arena, out, "services", &one);
    if (balanced)
        resource_list_add(arena, out, "services.loadbalancers", &one);
    bool no_node_ports = balanced && !json_boolean_at(service, "spec.allocateLoadBalancerNodePorts", true);
    struct quantity ports = {.nano = (__int128)json_count(json_at(service, "spec.ports")) * one.nano};
    if ((balanced && !no_node_ports) || (type && strcmp(type, "NodePort") == 0))
        resource_list_add(arena, out, "services.nodeports", &ports);
}

static void use_claim(struct arena *arena, const struct json *claim, struct resource_list *out)
{
    struct quantity storage;
    const char *class = json_string_at(claim, "spec.storageClassName");
    bool sized = quantity_parse(json_slice(json_at(claim, "spec.resources.requests.storage")), &storage);
    resource_list_add(arena, out, "persistentvolumeclaims", &one);
    if (sized)
        resource_list_add(arena, out, "requests.storage", &storage);
    if (!class || !*class)
        return;
    resource_list_add(arena, out,
                      arena_printf(arena, "%s.storageclass.storage.k8s.io/persistentvolumeclaims", class),
                      &one);
    if (sized)
        resource_list_add(arena, out,
                          arena_printf(arena, "%s.storageclass.storage.k8s.io/requests.storage", class),
                          &storage);
}

static const struct usage_row {
    const char *plural; /* of the core group */
    void (*use)(struct arena *arena, const struct json *object,
                struct resource_list *out); /* NULL: by its plural alone */
} rows[] = {
    {"pods", use_pod},        {"services", use_service}, {"persistentvolumeclaims", use_claim},
    {"configmaps", NULL},     {"secrets", NULL},         {"replicationcontrollers", NULL},
    {"resourcequotas", NULL},
};

static const struct usage_row *row_of(const struct resource *resource)
{
    for (size_t i = 0; !*resource->group && i < ARRAY_SIZE(rows); i++)
        if (strcmp(resource->plural, rows[i].plural) == 0)
            return &rows[i];
    return NULL;
}

static const char *count_name(struct arena *arena, const struct resource *resource)
{
    return arena_printf(arena, "count/%s%s%s", resource->plural, *resource->group ? "." : "",
                        resource->group);
}

void quota_usage(struct arena *arena, const struct resource *resource, const struct json *object,
                 struct resource_list *out)
{
    const struct usage_row *row = row_of(resource);
    resource_list_add(arena, out, count_name(arena, resource), &one);
    if (row && row->use)
        row->use(arena, object, out);
    else if (row)
        resource_list_add(arena, out, row->plural, &one);
}

bool quota_covers(const struct json *quota, const struct resource *resource)
{
    struct arena arena = ARENA_INIT;
    const char *count = count_name(&arena, resource);
    const struct usage_row *row = row_of(resource);
    bool covers = false;
    json_for_each (hard, json_at(quota, "spec.hard")) {
        if (strcmp(hard->key, count) == 0 ||
            (row && strncmp(hard->key, row->plural, strlen(row->plural)) == 0))
            covers = true;
        else if (strncmp(hard->key, "count/", 6) == 0)
            continue;
        else if (row && row->use == use_pod)
            covers = covers || strncmp(hard->key, "requests.", 9) == 0 ||
                     strncmp(hard->key, "limits.", 7) == 0 || strcmp(hard->key, "cpu") == 0 ||
                     strcmp(hard->key, "memory") == 0 || strcmp(hard->key, "ephemeral-storage") == 0;
        else if (row && row->use == use_claim)
            covers = covers || strcmp(hard->key, "requests.storage") == 0 ||
                     strstr(hard->key, ".storageclass.storage.k8s.io/");
    }
    arena_done(&arena);
    return covers;
}

static bool pod_has_scope(const struct json *pod, const char *scope)
{
    bool deadline = !json_is_absent(json_at(pod, "spec.activeDeadlineSeconds")),
         best_effort = strcmp(pod_qos_class(pod), "BestEffort") == 0;
    if (strcmp(scope, "Terminating") == 0)
        return deadline;
    if (strcmp(scope, "NotTerminating") == 0)
        return !deadline;
    if (strcmp(scope, "BestEffort") == 0)
        return best_effort;
    if (strcmp(scope, "NotBestEffort") == 0)
        return !best_effort;
    if (strcmp(scope, "PriorityClass") == 0)
        return json_string_at(pod, "spec.priorityClassName") != NULL;
    if (strcmp(scope, "CrossNamespacePodAffinity") == 0) {
        json_for_each (
            term, json_at(pod, "spec.affinity.podAffinity.requiredDuringSchedulingIgnoredDuringExecution")) {
            if (json_count(json_get(term, "namespaces")) || json_get(term, "namespaceSelector"))
                return true;
        }
    }
    return false;
}

static bool value_listed(const struct json *values, const char *value)
{
    json_for_each (item, values) {
        if (json_string(item) && strcmp(json_string(item), value) == 0)
            return true;
    }
    return false;
}

static bool expression_matches(const struct json *expression, const struct json *pod)
{
    const char *scope = json_string_or(json_get(expression, "scopeName"), ""),
               *operator_ = json_string_or(json_get(expression, "operator"), "");
    const char *class = json_string_at(pod, "spec.priorityClassName");
    if (strcmp(operator_, "In") == 0)
        return class && value_listed(json_get(expression, "values"), class);
    if (strcmp(operator_, "NotIn") == 0)
        return !class || !value_listed(json_get(expression, "values"), class);
    bool has = pod_has_scope(pod, scope);
    return strcmp(operator_, "DoesNotExist") == 0 ? !has : has;
}

bool quota_matches(const struct json *quota, const struct resource *resource, const struct json *object)
{
    const struct json *scopes = json_at(quota, "spec.scopes"),
                      *expressions = json_at(quota, "spec.scopeSelector.matchExpressions");
    if (json_count(scopes) == 0 && json_count(expressions) == 0)
        return true;
    const struct usage_row *row = row_of(resource);
    if (!row || row->use != use_pod)
        return false;
    json_for_each (scope, scopes) {
        if (!pod_has_scope(object, json_string_or(scope, "")))
            return false;
    }
    json_for_each (expression, expressions) {
        if (!expression_matches(expression, object))
            return false;
    }
    return true;
}
