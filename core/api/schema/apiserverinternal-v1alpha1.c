/* SPDX-License-Identifier: Apache-2.0 */
/* Types: apiserverinternal/v1alpha1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(apiserverinternal_v1alpha1_ServerStorageVersion) = {
    ROW( 1, "apiServerID",       REQUIRED, STRING),
    ROW( 2, "encodingVersion",   REQUIRED, STRING),
    ROW( 3, "decodableVersions", REQUIRED, LIST_OF(STRING), SET),
    ROW( 4, "servedVersions",    OPTIONAL, LIST_OF(STRING), SET),
};
TYPE(apiserverinternal_v1alpha1_ServerStorageVersion,
    "io.k8s.api.apiserverinternal.v1alpha1.ServerStorageVersion");

ROWS(apiserverinternal_v1alpha1_StorageVersion) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   REQUIRED, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(apiserverinternal_v1alpha1_StorageVersionSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(apiserverinternal_v1alpha1_StorageVersionStatus)),
};
TOP_TYPE(apiserverinternal_v1alpha1_StorageVersion,
    "io.k8s.api.apiserverinternal.v1alpha1.StorageVersion",
    "internal.apiserver.k8s.io", "v1alpha1", "StorageVersion");

ROWS(apiserverinternal_v1alpha1_StorageVersionCondition) = {
    ROW( 1, "type",               REQUIRED, STRING),
    ROW( 2, "status",             REQUIRED, STRING),
    ROW( 3, "observedGeneration", OPTIONAL, INT64),
    ROW( 4, "lastTransitionTime", OPTIONAL, TIME),
    ROW( 5, "reason",             REQUIRED, STRING),
    ROW( 6, "message",            REQUIRED, STRING),
};
TYPE(apiserverinternal_v1alpha1_StorageVersionCondition,
    "io.k8s.api.apiserverinternal.v1alpha1.StorageVersionCondition");

ROWS(apiserverinternal_v1alpha1_StorageVersionList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(apiserverinternal_v1alpha1_StorageVersion))),
};
TOP_TYPE(apiserverinternal_v1alpha1_StorageVersionList,
    "io.k8s.api.apiserverinternal.v1alpha1.StorageVersionList",
    "internal.apiserver.k8s.io", "v1alpha1", "StorageVersionList");

EMPTY_TYPE(apiserverinternal_v1alpha1_StorageVersionSpec, "io.k8s.api.apiserverinternal.v1alpha1.StorageVersionSpec");

ROWS(apiserverinternal_v1alpha1_StorageVersionStatus) = {
    ROW( 1, "storageVersions",       OPTIONAL,
        LIST_OF(OBJECT(apiserverinternal_v1alpha1_ServerStorageVersion)), KEYS("apiServerID")),
    ROW( 2, "commonEncodingVersion", OPTIONAL, STRING),
    ROW( 3, "conditions",            OPTIONAL,
        LIST_OF(OBJECT(apiserverinternal_v1alpha1_StorageVersionCondition)), KEYS("type")),
};
TYPE(apiserverinternal_v1alpha1_StorageVersionStatus,
    "io.k8s.api.apiserverinternal.v1alpha1.StorageVersionStatus");
