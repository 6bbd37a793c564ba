/* SPDX-License-Identifier: Apache-2.0 */
/* Defaults of controllers of pods: update strategies, jobs, replication controllers, autoscalers. */
#include "core/api/schema/hooks.h"

/* Whatever the type of object, the rows of its rollingUpdate say what is in it. */
void default_rolling_update(struct arena *arena, struct json *object)
{
    if (slice_is(json_slice(json_get(object, "type")), "RollingUpdate"))
        json_ensure(arena, object, "rollingUpdate", JSON_OBJECT);
}

static void default_int(struct arena *arena, struct json *object, const char *key, int64_t value)
{
    if (json_is_absent(json_get(object, key)))
        json_set_int(arena, object, key, value);
}

static void default_string(struct arena *arena, struct json *object, const char *key, const char *value)
{
    if (json_slice(json_get(object, key)).size == 0)
        json_set_string(arena, object, key, value);
}

static void copy_map(struct arena *arena, struct json *object, const char *path, const struct json *from)
{
    if (json_count(from) && json_count(json_at(object, path)) == 0)
        json_replace(json_ensure(arena, object, path, JSON_OBJECT), json_copy(arena, from));
}

void default_replication_controller(struct arena *arena, struct json *object)
{
    const struct json *labels = json_at(object, "spec.template.metadata.labels");

    copy_map(arena, object, "spec.selector", labels);
    copy_map(arena, object, "metadata.labels", labels);
}

/* Of jobs only, not of the templates in cron jobs. */
void default_job(struct arena *arena, struct json *object)
{
    struct json *spec = json_get(object, "spec");

    if (!json_is(spec, JSON_OBJECT))
        return;
    if (json_is_absent(json_get(spec, "completions")) && json_is_absent(json_get(spec, "parallelism")))
        json_set_int(arena, spec, "completions", 1);
    default_int(arena, spec, "parallelism", 1);
    default_int(arena, spec, "backoffLimit",
                json_is_absent(json_get(spec, "backoffLimitPerIndex")) ? 6 : INT32_MAX);
    default_string(arena, spec, "completionMode", "NonIndexed");
    if (json_is_absent(json_get(spec, "suspend")))
        json_set_bool(arena, spec, "suspend", false);
    default_string(arena, spec, "podReplacementPolicy",
                   json_is_absent(json_get(spec, "podFailurePolicy")) ? "TerminatingOrFailed" : "Failed");
    copy_map(arena, object, "metadata.labels", json_at(spec, "template.metadata.labels"));
}

void default_autoscaler_spec(struct arena *arena, struct json *object)
{
    static const char metrics[] = "[{\"type\":\"Resource\",\"resource\":{\"name\":\"cpu\",\"target\":{"
                                  "\"type\":\"Utilization\",\"averageUtilization\":80}}}]";
    struct json *value;

    if (json_count(json_get(object, "metrics")) == 0 && json_parse(arena, SLICE(metrics), &value, NULL) == 0)
        json_set(arena, object, "metrics", value);
}

static void default_scaling_rules(struct arena *arena, struct json *rules, struct slice policies)
{
    struct json *value;

    if (json_count(json_get(rules, "policies")) == 0 && json_parse(arena, policies, &value, NULL) == 0)
        json_set(arena, rules, "policies", value);
}

void default_autoscaler_behavior(struct arena *arena, struct json *object)
{
    struct json *up = json_ensure(arena, object, "scaleUp", JSON_OBJECT),
                *down = json_ensure(arena, object, "scaleDown", JSON_OBJECT);

    default_int(arena, up, "stabilizationWindowSeconds", 0);
    default_scaling_rules(arena, up,
                          SLICE("[{\"type\":\"Pods\",\"value\":4,\"periodSeconds\":15},"
                                "{\"type\":\"Percent\",\"value\":100,\"periodSeconds\":15}]"));
    default_scaling_rules(arena, down, SLICE("[{\"type\":\"Percent\",\"value\":100,\"periodSeconds\":15}]"));
}
