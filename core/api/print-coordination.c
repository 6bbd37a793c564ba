/* SPDX-License-Identifier: Apache-2.0 */
/* Who leads: leases and candidates; and which versions of stored objects the servers agree on. */
#include "core/api/print-columns.h"

#define VERSIONS_MAX 3

static void print_versions(struct print_row *row, const struct json *storage)
{
    unsigned count = 0;
    json_for_each (it, json_at(storage, "status.storageVersions"))
        if (count++ < VERSIONS_MAX)
            buffer_printf(&row->text, "%s%s=%s", row->text.size ? "," : "",
                          json_string_or(json_get(it, "apiServerID"), ""),
                          json_string_or(json_get(it, "encodingVersion"), ""));
    if (count > VERSIONS_MAX)
        buffer_printf(&row->text, " + %u more...", count - VERSIONS_MAX);
    print_gathered(row, "<unset>");
}

static void print_resource(struct print_row *row, const struct json *migration)
{
    const char *group = json_string_or(json_at(migration, "spec.resource.group"), "");
    print_textf(row, "%s%s%s", json_string_or(json_at(migration, "spec.resource.resource"), ""),
                *group ? "." : "", group);
}

static void print_migration_status(struct print_row *row, const struct json *migration)
{
    static const char *const types[] = {"Failed", "Succeeded", "Running"};
    for (size_t i = 0; i < ARRAY_SIZE(types); i++)
        if (object_condition_is(migration, types[i], "True")) {
            print_text(row, types[i]);
            return;
        }
    print_text(row, "Pending");
}

static const struct print_column lease_columns[] = {
    PRINT_COLUMN_NAME,
    {"Holder", "spec.holderIdentity"},
    PRINT_COLUMN_AGE,
};

static const struct print_column candidate_columns[] = {
    PRINT_COLUMN_NAME,
    {"LeaseName", "spec.leaseName"},
    {"BinaryVersion", "spec.binaryVersion"},
    {"EmulationVersion", "spec.emulationVersion"},
    PRINT_COLUMN_AGE,
};

static const struct print_column storage_columns[] = {
    PRINT_COLUMN_NAME,
    {"CommonEncodingVersion", "status.commonEncodingVersion", "<unset>"},
    {"StorageVersions", .cell = print_versions},
    PRINT_COLUMN_AGE,
};

static const struct print_column migration_columns[] = {
    PRINT_COLUMN_NAME,
    {"Resource", .cell = print_resource},
    {"Status", .cell = print_migration_status},
};

const struct print_kind print_coordination_kinds[] = {
    PRINT_KIND("coordination.k8s.io", "Lease", lease_columns),
    PRINT_KIND("coordination.k8s.io", "LeaseCandidate", candidate_columns),
    PRINT_KIND("internal.apiserver.k8s.io", "StorageVersion", storage_columns),
    PRINT_KIND("storagemigration.k8s.io", "StorageVersionMigration", migration_columns),
    {NULL},
};
