/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Horizontal pod autoscalers: v1 knows one metric, the CPU utilization, as a number. What else v2 holds is
 * kept in annotations while an object is v1, so that a client of v1 who reads and writes loses nothing.
 */
#include "core/api/convert.h"

#include "core/api/object.h"

#define ANNOTATION "autoscaling.alpha.kubernetes.io/"

static bool is_cpu_utilization(const struct json *metric)
{
    return slice_is(json_slice(json_get(metric, "type")), "Resource") &&
           slice_is(json_slice(json_at(metric, "resource.name")), "cpu") &&
           (json_at(metric, "resource.target.averageUtilization") ||
            json_at(metric, "resource.current.averageUtilization"));
}

/* Puts a part of the object into an annotation, as text. */
static void stash(struct arena *arena, struct json *object, const char *annotation, struct json *parent,
                  const char *key)
{
    struct json *value = json_get(parent, key);
    struct buffer text = BUFFER_INIT;

    if (!value)
        return;
    if (json_count(value)) {
        json_write(&text, value);
        object_set_annotation(arena, object, annotation, text.data);
        buffer_done(&text);
    }
    json_remove_node(parent, value);
}

static void unstash(struct arena *arena, struct json *object, const char *annotation, struct json *parent,
                    const char *key)
{
    const char *text = object_annotation(object, annotation);
    struct json *value;

    if (text && json_parse(arena, slice_of(text), &value, NULL) == 0 && value->type >= JSON_ARRAY)
        json_set(arena, parent, key, value);
    object_set_annotation(arena, object, annotation, NULL);
}

/* Takes the CPU metric out of parent.list: its number goes to parent.number. */
static void cut_cpu(struct arena *arena, struct json *parent, const char *list, const char *path,
                    const char *number)
{
    struct json *metrics = json_get(parent, list);

    json_for_each (it, metrics) {
        if (!is_cpu_utilization(it))
            continue;
        json_set_int(arena, parent, number, json_integer_at(it, path, 0));
        json_remove_node(metrics, it);
        return;
    }
}

void convert_autoscaler_to_v1(struct arena *arena, struct json *object)
{
    struct json *spec = json_get(object, "spec"), *status = json_get(object, "status");

    cut_cpu(arena, spec, "metrics", "resource.target.averageUtilization", "targetCPUUtilizationPercentage");
    stash(arena, object, ANNOTATION "metrics", spec, "metrics");
    stash(arena, object, ANNOTATION "behavior", spec, "behavior");
    cut_cpu(arena, status, "currentMetrics", "resource.current.averageUtilization",
            "currentCPUUtilizationPercentage");
    stash(arena, object, ANNOTATION "current-metrics", status, "currentMetrics");
    stash(arena, object, ANNOTATION "conditions", status, "conditions");
}

/* The reverse of cut_cpu: the metric stands first. */
static void paste_cpu(struct arena *arena, struct json *parent, const char *list, const char *kind,
                      const char *number)
{
    struct json *value = json_get(parent, number);

    if (!value)
        return;
    struct json *metric = json_new_object(arena);
    json_set_string(arena, metric, "type", "Resource");
    struct json *resource = json_set_object(arena, metric, "resource");
    json_set_string(arena, resource, "name", "cpu");
    struct json *target = json_set_object(arena, resource, kind);
    if (strcmp(kind, "target") == 0)
        json_set_string(arena, target, "type", "Utilization");
    json_set_int(arena, target, "averageUtilization", json_integer_or(value, 0));
    json_insert(arena, json_ensure(arena, parent, list, JSON_ARRAY), 0, metric);
    json_remove_node(parent, value);
}

void convert_autoscaler_to_v2(struct arena *arena, struct json *object)
{
    struct json *spec = json_get(object, "spec"), *status = json_get(object, "status");

    if (json_is(spec, JSON_OBJECT)) {
        unstash(arena, object, ANNOTATION "metrics", spec, "metrics");
        unstash(arena, object, ANNOTATION "behavior", spec, "behavior");
        paste_cpu(arena, spec, "metrics", "target", "targetCPUUtilizationPercentage");
    }
    if (json_is(status, JSON_OBJECT)) {
        unstash(arena, object, ANNOTATION "current-metrics", status, "currentMetrics");
        unstash(arena, object, ANNOTATION "conditions", status, "conditions");
        paste_cpu(arena, status, "currentMetrics", "current", "currentCPUUtilizationPercentage");
    }
}
