/* SPDX-License-Identifier: Apache-2.0 */
/* Types: storagemigration/v1beta1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(storagemigration_v1beta1_StorageVersionMigration) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(storagemigration_v1beta1_StorageVersionMigrationSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(storagemigration_v1beta1_StorageVersionMigrationStatus)),
};
TOP_TYPE(storagemigration_v1beta1_StorageVersionMigration,
    "io.k8s.api.storagemigration.v1beta1.StorageVersionMigration",
    "storagemigration.k8s.io", "v1beta1", "StorageVersionMigration");

ROWS(storagemigration_v1beta1_StorageVersionMigrationList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(storagemigration_v1beta1_StorageVersionMigration))),
};
TOP_TYPE(storagemigration_v1beta1_StorageVersionMigrationList,
    "io.k8s.api.storagemigration.v1beta1.StorageVersionMigrationList",
    "storagemigration.k8s.io", "v1beta1", "StorageVersionMigrationList");

ROWS(storagemigration_v1beta1_StorageVersionMigrationSpec) = {
    ROW( 1, "resource", REQUIRED, OBJECT(meta_v1_GroupResource)),
};
TYPE(storagemigration_v1beta1_StorageVersionMigrationSpec,
    "io.k8s.api.storagemigration.v1beta1.StorageVersionMigrationSpec");

ROWS(storagemigration_v1beta1_StorageVersionMigrationStatus) = {
    ROW( 1, "conditions",      MERGE,    LIST_OF(OBJECT(meta_v1_Condition)), KEYS("type")),
    ROW( 2, "resourceVersion", OPTIONAL, STRING),
};
TYPE(storagemigration_v1beta1_StorageVersionMigrationStatus,
    "io.k8s.api.storagemigration.v1beta1.StorageVersionMigrationStatus");
