/* SPDX-License-Identifier: Apache-2.0 */
/* What keeps pods running: replication controllers, replica sets, deployments, stateful sets, daemon sets,
 * and what bounds their disruption. */
#include <ctype.h>

#include "core/api/print-columns.h"

static void print_ready(struct print_row *row, const struct json *object)
{
    print_textf(row, "%lld/%lld", (long long)json_integer_at(object, "status.readyReplicas", 0),
                (long long)json_integer_at(object, "spec.replicas", 0));
}

static void print_deployment_selector(struct print_row *row, const struct json *object)
{
    print_selector(row, json_at(object, "spec.selector"), "", "<invalid>");
}

/* "statefulset.apps/web" */
static void print_owner(struct print_row *row, const struct json *object)
{
    const struct json *owner = object_controller(object);
    struct slice version = json_slice(json_get(owner, "apiVersion")),
                 kind = json_slice(json_get(owner, "kind"));
    if (owner) {
        for (size_t i = 0; i < kind.size; i++)
            buffer_append_char(&row->text, (char)tolower((unsigned char)kind.data[i]));
        struct slice group = slice_cut(&version, '/');
        if (version.data)
            buffer_printf(&row->text, ".%.*s", SLICE_ARG(group));
        buffer_printf(&row->text, "/%s", json_string_or(json_get(owner, "name"), ""));
    }
    print_gathered(row, "<none>");
}

static const struct print_column controller_columns[] = {
    PRINT_COLUMN_NAME,
    {"Desired", "spec.replicas", .type = PRINT_INTEGER},
    {"Current", "status.replicas", .type = PRINT_INTEGER},
    {"Ready", "status.readyReplicas", .type = PRINT_INTEGER},
    PRINT_COLUMN_AGE,
    PRINT_COLUMNS_CONTAINERS("spec.template"),
    {"Selector", "spec.selector", .how = PRINT_LABELS, .wide = true},
};

static const struct print_column replica_set_columns[] = {
    PRINT_COLUMN_NAME,
    {"Desired", "spec.replicas", .type = PRINT_INTEGER},
    {"Current", "status.replicas", .type = PRINT_INTEGER},
    {"Ready", "status.readyReplicas", .type = PRINT_INTEGER},
    PRINT_COLUMN_AGE,
    PRINT_COLUMNS_CONTAINERS("spec.template"),
    {"Selector", "spec.selector", .how = PRINT_SELECTOR, .wide = true},
};

static const struct print_column deployment_columns[] = {
    PRINT_COLUMN_NAME,
    {"Ready", .cell = print_ready},
    {"Up-to-date", "status.updatedReplicas", .how = PRINT_NUMBER},
    {"Available", "status.availableReplicas", .how = PRINT_NUMBER},
    PRINT_COLUMN_AGE,
    PRINT_COLUMNS_CONTAINERS("spec.template"),
    {"Selector", .cell = print_deployment_selector, .wide = true},
};

static const struct print_column stateful_set_columns[] = {
    PRINT_COLUMN_NAME,
    {"Ready", .cell = print_ready},
    PRINT_COLUMN_AGE,
    PRINT_COLUMNS_CONTAINERS("spec.template"),
};

static const struct print_column daemon_set_columns[] = {
    PRINT_COLUMN_NAME,
    {"Desired", "status.desiredNumberScheduled", .type = PRINT_INTEGER},
    {"Current", "status.currentNumberScheduled", .type = PRINT_INTEGER},
    {"Ready", "status.numberReady", .type = PRINT_INTEGER},
    {"Up-to-date", "status.updatedNumberScheduled", .type = PRINT_INTEGER},
    {"Available", "status.numberAvailable", .type = PRINT_INTEGER},
    {"Node Selector", "spec.template.spec.nodeSelector", .how = PRINT_LABELS},
    PRINT_COLUMN_AGE,
    PRINT_COLUMNS_CONTAINERS("spec.template"),
    {"Selector", "spec.selector", .how = PRINT_SELECTOR, .wide = true},
};

static const struct print_column revision_columns[] = {
    PRINT_COLUMN_NAME,
    {"Controller", .cell = print_owner},
    {"Revision", "revision", .how = PRINT_NUMBER},
    PRINT_COLUMN_AGE,
};

static const struct print_column budget_columns[] = {
    PRINT_COLUMN_NAME,
    {"Min Available", "spec.minAvailable", "N/A"},
    {"Max Unavailable", "spec.maxUnavailable", "N/A"},
    {"Allowed Disruptions", "status.disruptionsAllowed", .type = PRINT_INTEGER},
    PRINT_COLUMN_AGE,
};

static const struct print_column scale_columns[] = {
    PRINT_COLUMN_NAME,
    {"Desired", "spec.replicas", .type = PRINT_INTEGER},
    {"Available", "status.replicas", .type = PRINT_INTEGER},
    PRINT_COLUMN_AGE,
};

const struct print_kind print_workload_kinds[] = {
    PRINT_KIND("", "ReplicationController", controller_columns),
    PRINT_KIND("apps", "ReplicaSet", replica_set_columns),
    PRINT_KIND("apps", "Deployment", deployment_columns),
    PRINT_KIND("apps", "StatefulSet", stateful_set_columns),
    PRINT_KIND("apps", "DaemonSet", daemon_set_columns),
    PRINT_KIND("apps", "ControllerRevision", revision_columns),
    PRINT_KIND("policy", "PodDisruptionBudget", budget_columns),
    PRINT_KIND("autoscaling", "Scale", scale_columns),
    {NULL},
};
