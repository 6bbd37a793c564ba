/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes and what is declared about them. */
#include "core/api/print-columns.h"

#define ROLES_MAX   32
#define ROLE_PREFIX "node-role.kubernetes.io/"

static void print_status(struct print_row *row, const struct json *node)
{
    const struct json *ready = object_condition(node, "Ready");
    const char *status = json_string_or(json_get(ready, "status"), "");
    const char *word = !ready ? "Unknown" : !strcmp(status, "True") ? "Ready" : "NotReady";
    print_textf(row, "%s%s", word,
                json_boolean_at(node, "spec.unschedulable", false) ? ",SchedulingDisabled" : "");
}

static void print_roles(struct print_row *row, const struct json *node)
{
    struct slice roles[ROLES_MAX];
    size_t count = 0, prefix = strlen(ROLE_PREFIX);
    json_for_each (it, json_at(node, "metadata.labels")) {
        struct slice key = {it->key, it->key_size};
        if (count == ROLES_MAX)
            break;
        if (slice_starts(key, ROLE_PREFIX) && key.size > prefix)
            roles[count++] = (struct slice){key.data + prefix, key.size - prefix};
        else if (slice_is(key, "kubernetes.io/role") && json_slice(it).size)
            roles[count++] = json_slice(it);
    }
    print_gather_set(row, roles, count);
    print_gathered(row, "<none>");
}

static void print_address(struct print_row *row, const struct json *node, const char *type)
{
    json_for_each (it, json_at(node, "status.addresses"))
        if (!strcmp(json_string_or(json_get(it, "type"), ""), type)) {
            print_text(row, json_string(json_get(it, "address")));
            return;
        }
    print_text(row, "<none>");
}

static void print_internal(struct print_row *row, const struct json *node)
{
    print_address(row, node, "InternalIP");
}

static void print_external(struct print_row *row, const struct json *node)
{
    print_address(row, node, "ExternalIP");
}

static const struct print_column node_columns[] = {
    PRINT_COLUMN_NAME,
    {"Status", .cell = print_status},
    {"Roles", .cell = print_roles},
    PRINT_COLUMN_AGE,
    {"Version", "status.nodeInfo.kubeletVersion"},
    {"Internal-IP", .cell = print_internal, .wide = true},
    {"External-IP", .cell = print_external, .wide = true},
    {"OS-Image", "status.nodeInfo.osImage", "<unknown>", .wide = true},
    {"Kernel-Version", "status.nodeInfo.kernelVersion", "<unknown>", .wide = true},
    {"Container-Runtime", "status.nodeInfo.containerRuntimeVersion", "<unknown>", .wide = true},
};

static const struct print_column runtime_class_columns[] = {
    PRINT_COLUMN_NAME,
    {"Handler", "handler"},
    PRINT_COLUMN_AGE,
};

const struct print_kind print_node_kinds[] = {
    PRINT_KIND("", "Node", node_columns),
    PRINT_KIND("node.k8s.io", "RuntimeClass", runtime_class_columns),
    {NULL},
};
