/* SPDX-License-Identifier: Apache-2.0 */
/* What decides who goes first: priority classes, pod groups, and the API server's own flow control. */
#include "core/api/print-columns.h"

static void print_dangling(struct print_row *row, const struct json *flow_schema)
{
    print_text(row, json_string_or(json_get(object_condition(flow_schema, "Dangling"), "status"), "?"));
}

static void print_group_policy(struct print_row *row, const struct json *group)
{
    const struct json *policy = json_at(group, "spec.schedulingPolicy");
    if (!json_is_absent(json_get(policy, "gang")))
        print_text(row, "Gang");
    else
        print_text(row, json_is_absent(json_get(policy, "basic")) ? "<none>" : "Basic");
}

static void print_group_status(struct print_row *row, const struct json *group)
{
    const struct json *condition = object_condition(group, "PodGroupScheduled");
    const char *status = json_string_or(json_get(condition, "status"), "");
    if (!condition)
        print_text(row, "Pending");
    else if (!strcmp(status, "True"))
        print_text(row, "Scheduled");
    else
        print_text(row, json_string_or(json_get(condition, "reason"), "Unscheduled"));
}

static const struct print_column class_columns[] = {
    PRINT_COLUMN_NAME,
    {"Value", "value", .type = PRINT_INTEGER},
    {"Global-Default", "globalDefault", .type = PRINT_BOOLEAN},
    PRINT_COLUMN_AGE,
    {"PreemptionPolicy", "preemptionPolicy"},
};

static const struct print_column group_columns[] = {
    PRINT_COLUMN_NAME,
    {"Policy", .cell = print_group_policy},
    {"Workload", "spec.podGroupTemplateRef.workload.workloadName", "<none>"},
    {"Status", .cell = print_group_status},
    PRINT_COLUMN_AGE,
};

static const struct print_column workload_columns[] = {
    PRINT_COLUMN_NAME,
    PRINT_COLUMN_AGE,
};

static const struct print_column flow_columns[] = {
    PRINT_COLUMN_NAME,
    {"PriorityLevel", "spec.priorityLevelConfiguration.name"},
    {"MatchingPrecedence", "spec.matchingPrecedence", .how = PRINT_NUMBER},
    {"DistinguisherMethod", "spec.distinguisherMethod.type", "<none>"},
    PRINT_COLUMN_AGE,
    {"MissingPL", .cell = print_dangling},
};

static const struct print_column level_columns[] = {
    PRINT_COLUMN_NAME,
    {"Type", "spec.type"},
    {"NominalConcurrencyShares", "spec.limited.nominalConcurrencyShares", "<none>", .how = PRINT_NUMBER},
    {"Queues", "spec.limited.limitResponse.queuing.queues", "<none>", .how = PRINT_NUMBER},
    {"HandSize", "spec.limited.limitResponse.queuing.handSize", "<none>", .how = PRINT_NUMBER},
    {"QueueLengthLimit", "spec.limited.limitResponse.queuing.queueLengthLimit", "<none>",
     .how = PRINT_NUMBER},
    PRINT_COLUMN_AGE,
};

const struct print_kind print_scheduling_kinds[] = {
    PRINT_KIND("scheduling.k8s.io", "PriorityClass", class_columns),
    PRINT_KIND("scheduling.k8s.io", "PodGroup", group_columns),
    PRINT_KIND("scheduling.k8s.io", "Workload", workload_columns),
    PRINT_KIND("flowcontrol.apiserver.k8s.io", "FlowSchema", flow_columns),
    PRINT_KIND("flowcontrol.apiserver.k8s.io", "PriorityLevelConfiguration", level_columns),
    {NULL},
};
