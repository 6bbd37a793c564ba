/* SPDX-License-Identifier: Apache-2.0 */
/* The API's own extension points: aggregated API services. (Custom resource definitions have no columns of
 * their own.) */
#include "core/api/print-columns.h"

static void print_service(struct print_row *row, const struct json *api_service)
{
    const struct json *service = json_at(api_service, "spec.service");
    if (json_is_absent(service))
        print_text(row, "Local");
    else
        print_textf(row, "%s/%s", json_string_or(json_get(service, "namespace"), ""),
                    json_string_or(json_get(service, "name"), ""));
}

static void print_available(struct print_row *row, const struct json *api_service)
{
    const struct json *condition = object_condition(api_service, "Available");
    const char *status = json_string_or(json_get(condition, "status"), "Unknown");
    if (!condition || !strcmp(status, "True"))
        print_text(row, status);
    else
        print_textf(row, "%s (%s)", status, json_string_or(json_get(condition, "reason"), ""));
}

static const struct print_column columns[] = {
    PRINT_COLUMN_NAME,
    {"Service", .cell = print_service},
    {"Available", .cell = print_available},
    PRINT_COLUMN_AGE,
};

const struct print_kind print_extension_kinds[] = {
    PRINT_KIND("apiregistration.k8s.io", "APIService", columns),
    {NULL},
};
