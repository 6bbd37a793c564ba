/* SPDX-License-Identifier: Apache-2.0 */
/* Types: storage/v1beta1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(storage_v1beta1_VolumeAttributesClass) = {
    ROW( 0, "kind",       OPTIONAL,        STRING),
    ROW( 0, "apiVersion", OPTIONAL,        STRING),
    ROW( 1, "metadata",   OPTIONAL,        OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "driverName", REQUIRED | MUST | IMMUTABLE, STRING),
    ROW( 3, "parameters", IMMUTABLE,       MAP_OF(STRING)),
};
TOP_TYPE(storage_v1beta1_VolumeAttributesClass,
    "io.k8s.api.storage.v1beta1.VolumeAttributesClass", "storage.k8s.io", "v1beta1", "VolumeAttributesClass");

ROWS(storage_v1beta1_VolumeAttributesClassList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(storage_v1beta1_VolumeAttributesClass))),
};
TOP_TYPE(storage_v1beta1_VolumeAttributesClassList,
    "io.k8s.api.storage.v1beta1.VolumeAttributesClassList",
    "storage.k8s.io", "v1beta1", "VolumeAttributesClassList");
