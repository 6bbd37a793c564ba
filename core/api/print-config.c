/* SPDX-License-Identifier: Apache-2.0 */
/* Namespaces and what lies in them without running: config maps, secrets, accounts, quotas. And the server's
 * own words about itself and about a request. */
#include "core/api/print-columns.h"

#define QUOTA_MAX 256

static void print_data(struct print_row *row, const struct json *config_map)
{
    print_integer(row,
                  json_count(json_get(config_map, "data")) + json_count(json_get(config_map, "binaryData")));
}

/* "cpu: 1/2, pods: 0/5" of the names that do, or do not, begin with "limits." */
static void print_quota(struct print_row *row, const struct json *quota, bool limits)
{
    const struct json *hard = json_at(quota, "status.hard"), *used = json_at(quota, "status.used");
    struct slice names[QUOTA_MAX];
    struct buffer sorted = BUFFER_INIT;
    size_t count = 0;
    json_for_each (it, hard)
        if (count < QUOTA_MAX && slice_starts((struct slice){it->key, it->key_size}, "limits.") == limits)
            names[count++] = (struct slice){it->key, it->key_size};
    print_gather_set(row, names, count);
    struct slice rest = {row->text.data, row->text.size};
    while (count && rest.data) {
        struct slice name = slice_cut(&rest, ',');
        struct slice in_use = json_slice(json_get_slice(used, name)),
                     limit = json_slice(json_get_slice(hard, name));
        buffer_printf(&sorted, "%s%.*s: %.*s/%.*s", sorted.size ? ", " : "", SLICE_ARG(name),
                      in_use.size ? (int)in_use.size : 1, in_use.size ? in_use.data : "0", SLICE_ARG(limit));
    }
    buffer_clear(&row->text);
    print_text(row, sorted.data);
    buffer_done(&sorted);
}

static void print_requests(struct print_row *row, const struct json *quota)
{
    print_quota(row, quota, false);
}

static void print_limits(struct print_row *row, const struct json *quota)
{
    print_quota(row, quota, true);
}

static const struct json *healthy(const struct json *component)
{
    json_for_each (it, json_get(component, "conditions"))
        if (!strcmp(json_string_or(json_get(it, "type"), ""), "Healthy"))
            return it;
    return NULL;
}

static void print_health(struct print_row *row, const struct json *component)
{
    const struct json *condition = healthy(component);
    bool good = !strcmp(json_string_or(json_get(condition, "status"), ""), "True");
    print_text(row, !condition ? "Unknown" : good ? "Healthy" : "Unhealthy");
}

static void print_health_message(struct print_row *row, const struct json *component)
{
    print_text(row, json_string(json_get(healthy(component), "message")));
}

static void print_health_error(struct print_row *row, const struct json *component)
{
    print_text(row, json_string(json_get(healthy(component), "error")));
}

static const struct print_column namespace_columns[] = {
    PRINT_COLUMN_NAME,
    {"Status", "status.phase"},
    PRINT_COLUMN_AGE,
};

static const struct print_column config_map_columns[] = {
    PRINT_COLUMN_NAME,
    {"Data", .cell = print_data},
    PRINT_COLUMN_AGE,
};

static const struct print_column secret_columns[] = {
    PRINT_COLUMN_NAME,
    {"Type", "type"},
    {"Data", "data", .how = PRINT_COUNT},
    PRINT_COLUMN_AGE,
};

static const struct print_column account_columns[] = {
    PRINT_COLUMN_NAME,
    PRINT_COLUMN_AGE,
};

static const struct print_column quota_columns[] = {
    PRINT_COLUMN_NAME,
    {"Request", .cell = print_requests},
    {"Limit", .cell = print_limits},
    PRINT_COLUMN_AGE,
};

static const struct print_column component_columns[] = {
    PRINT_COLUMN_NAME,
    {"Status", .cell = print_health},
    {"Message", .cell = print_health_message},
    {"Error", .cell = print_health_error},
};

static const struct print_column status_columns[] = {
    {"Status", "status"},
    {"Reason", "reason"},
    {"Message", "message"},
};

const struct print_kind print_config_kinds[] = {
    PRINT_KIND("", "Namespace", namespace_columns), PRINT_KIND("", "ConfigMap", config_map_columns),
    PRINT_KIND("", "Secret", secret_columns),       PRINT_KIND("", "ServiceAccount", account_columns),
    PRINT_KIND("", "ResourceQuota", quota_columns), PRINT_KIND("", "ComponentStatus", component_columns),
    PRINT_KIND("", "Status", status_columns),       {NULL},
};
