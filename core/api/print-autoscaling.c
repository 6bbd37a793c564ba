/* SPDX-License-Identifier: Apache-2.0 */
/* Horizontal pod autoscalers, of both versions: v1 has one target, for CPU; v2 has a list of metrics. */
#include "core/api/print-columns.h"

#define METRICS_MAX 2

static const struct metric_source {
    const char *type, *member;
    bool named; /* the resource's name goes before */
} sources[] = {
    {"Resource", "resource", true},  {"ContainerResource", "containerResource", true},
    {"Pods", "pods", false},         {"Object", "object", false},
    {"External", "external", false},
};

static const struct metric_source *find_source(const struct json *metric)
{
    for (size_t i = 0; i < ARRAY_SIZE(sources); i++)
        if (!strcmp(sources[i].type, json_string_or(json_get(metric, "type"), "")))
            return &sources[i];
    return NULL;
}

static const char *text_or(const struct json *value, const char *fallback)
{
    return json_string_or(value, fallback);
}

static void gather_utilization(struct print_row *row, const struct json *current, const struct json *target)
{
    const struct json *now = json_get(current, "averageUtilization"),
                      *goal = json_get(target, "averageUtilization");
    if (json_is_absent(now))
        buffer_append_str(&row->text, "<unknown>/");
    else
        buffer_printf(&row->text, "%lld%%/", (long long)json_integer_or(now, 0));
    if (json_is_absent(goal))
        buffer_append_str(&row->text, "<auto>");
    else
        buffer_printf(&row->text, "%lld%%", (long long)json_integer_or(goal, 0));
}

static void gather_metric(struct print_row *row, const struct json *spec, const struct json *status)
{
    const struct metric_source *source = find_source(spec);
    if (!source) {
        buffer_append_str(&row->text, "<unknown type>");
        return;
    }
    const struct json *of = json_get(spec, source->member), *target = json_get(of, "target");
    const struct json *current = json_get(json_get(status, source->member), "current");
    bool average = !json_is_absent(json_get(target, "averageValue"));
    if (source->named)
        buffer_printf(&row->text, "%s: ", text_or(json_get(of, "name"), ""));
    if (source->named && !average) {
        gather_utilization(row, current, target);
        return;
    }
    const char *member = average || !strcmp(source->member, "pods") ? "averageValue" : "value";
    buffer_printf(&row->text, "%s/%s",
                  text_or(json_get(current, member), current && !average ? "0" : "<unknown>"),
                  text_or(json_get(target, member), "0"));
    if (average && !source->named && strcmp(source->member, "pods"))
        buffer_append_str(&row->text, " (avg)");
}

/* autoscaling/v1 */
static void gather_cpu(struct print_row *row, const struct json *autoscaler)
{
    const struct json *target = json_at(autoscaler, "spec.targetCPUUtilizationPercentage");
    const struct json *current = json_at(autoscaler, "status.currentCPUUtilizationPercentage");
    if (json_is_absent(target))
        return;
    if (json_is_absent(current))
        buffer_append_str(&row->text, "cpu: <unknown>/");
    else
        buffer_printf(&row->text, "cpu: %lld%%/", (long long)json_integer_or(current, 0));
    buffer_printf(&row->text, "%lld%%", (long long)json_integer_or(target, 0));
}

static void print_targets(struct print_row *row, const struct json *autoscaler)
{
    const struct json *specs = json_at(autoscaler, "spec.metrics"),
                      *statuses = json_at(autoscaler, "status.currentMetrics");
    unsigned count = 0;
    json_for_each (it, specs) {
        if (count < METRICS_MAX) {
            if (count)
                buffer_append_str(&row->text, ", ");
            gather_metric(row, it, json_element(statuses, count));
        }
        count++;
    }
    if (count > METRICS_MAX)
        buffer_printf(&row->text, " + %u more...", count - METRICS_MAX);
    if (!count)
        gather_cpu(row, autoscaler);
    print_gathered(row, "<none>");
}

static void print_reference(struct print_row *row, const struct json *autoscaler)
{
    print_textf(row, "%s/%s", text_or(json_at(autoscaler, "spec.scaleTargetRef.kind"), ""),
                text_or(json_at(autoscaler, "spec.scaleTargetRef.name"), ""));
}

static const struct print_column columns[] = {
    PRINT_COLUMN_NAME,
    {"Reference", .cell = print_reference},
    {"Targets", .cell = print_targets},
    {"MinPods", "spec.minReplicas", "<unset>"},
    {"MaxPods", "spec.maxReplicas", .how = PRINT_NUMBER},
    {"Replicas", "status.currentReplicas", .how = PRINT_NUMBER},
    PRINT_COLUMN_AGE,
};

const struct print_kind print_autoscaling_kinds[] = {
    PRINT_KIND("autoscaling", "HorizontalPodAutoscaler", columns),
    {NULL},
};
