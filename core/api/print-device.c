/* SPDX-License-Identifier: Apache-2.0 */
/* Devices that pods claim (resource.k8s.io). v1beta1 keeps some fields of a slice and a class a level lower;
 * what is shown is the same. */
#include "core/api/print-columns.h"

static void print_claim_state(struct print_row *row, const struct json *claim)
{
    bool deleted = object_is_deleted(claim), allocated = !json_is_absent(json_at(claim, "status.allocation"));
    if (deleted)
        print_gather(row, ",", SLICE("deleted"));
    if (allocated)
        print_gather(row, ",", SLICE("allocated"));
    else if (!deleted)
        print_gather(row, ",", SLICE("pending"));
    if (allocated && json_count(json_at(claim, "status.reservedFor")))
        print_gather(row, ",", SLICE("reserved"));
    print_gathered(row, "");
}

static long long sum(const struct json *request, const char *member)
{
    long long total = 0;
    json_for_each (it, json_at(request, "status.pools"))
        total += json_integer_or(json_get(it, member), 0);
    return total;
}

static void print_sum(struct print_row *row, const struct json *request, const char *member)
{
    if (json_is_absent(json_at(request, "status.pools")))
        print_text(row, "<none>");
    else
        print_textf(row, "%lld", sum(request, member));
}

static void print_total(struct print_row *row, const struct json *request)
{
    print_sum(row, request, "totalDevices");
}

static void print_available(struct print_row *row, const struct json *request)
{
    print_sum(row, request, "availableDevices");
}

static void print_allocated(struct print_row *row, const struct json *request)
{
    print_sum(row, request, "allocatedDevices");
}

static void print_unavailable(struct print_row *row, const struct json *request)
{
    print_sum(row, request, "unavailableDevices");
}

static void print_errors(struct print_row *row, const struct json *request)
{
    unsigned errors = 0;
    json_for_each (it, json_at(request, "status.pools"))
        errors += json_slice(json_get(it, "validationError")).size > 0;
    print_textf(row, "%u", errors);
}

static void print_request_status(struct print_row *row, const struct json *request)
{
    if (object_condition_is(request, "Failed", "True"))
        print_text(row, "Failed");
    else
        print_text(row, object_condition_is(request, "Complete", "True") ? "Complete" : "Pending");
}

static void print_completed(struct print_row *row, const struct json *request)
{
    const struct json *condition = object_condition(request, "Complete");
    if (condition)
        print_age(row, json_get(condition, "lastTransitionTime"));
    else
        print_text(row, "<none>");
}

static const struct print_column class_columns[] = {
    PRINT_COLUMN_NAME,
    PRINT_COLUMN_AGE,
};

static const struct print_column claim_columns[] = {
    PRINT_COLUMN_NAME,
    {"State", .cell = print_claim_state},
    PRINT_COLUMN_AGE,
};

static const struct print_column slice_columns[] = {
    PRINT_COLUMN_NAME,          {"Node", "spec.nodeName"}, {"Driver", "spec.driver"},
    {"Pool", "spec.pool.name"}, PRINT_COLUMN_AGE,
};

static const struct print_column taint_columns[] = {
    PRINT_COLUMN_NAME,
    {"Key", "spec.taint.key"},
    {"Value", "spec.taint.value"},
    {"Effect", "spec.taint.effect"},
    {"TimeAdded", "spec.taint.timeAdded", .how = PRINT_AGE},
    PRINT_COLUMN_AGE,
};

static const struct print_column pool_columns[] = {
    PRINT_COLUMN_NAME,
    {"Driver", "spec.driver"},
    {"Total", .cell = print_total},
    {"Available", .cell = print_available},
    {"Allocated", .cell = print_allocated},
    {"Unavailable", .cell = print_unavailable},
    {"Errors", .cell = print_errors},
    {"Pools", "status.poolCount", .type = PRINT_INTEGER},
    {"Status", .cell = print_request_status},
    {"Completed", .cell = print_completed},
};

const struct print_kind print_device_kinds[] = {
    PRINT_KIND("resource.k8s.io", "DeviceClass", class_columns),
    PRINT_KIND("resource.k8s.io", "ResourceClaim", claim_columns),
    PRINT_KIND("resource.k8s.io", "ResourceClaimTemplate", class_columns),
    PRINT_KIND("resource.k8s.io", "ResourceSlice", slice_columns),
    PRINT_KIND("resource.k8s.io", "DeviceTaintRule", taint_columns),
    PRINT_KIND("resource.k8s.io", "ResourcePoolStatusRequest", pool_columns),
    {NULL},
};
