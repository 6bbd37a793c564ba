/* SPDX-License-Identifier: Apache-2.0 */
/* Types: storage/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(storage_v1_CSIDriver) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(storage_v1_CSIDriverSpec)),
};
TOP_TYPE(storage_v1_CSIDriver, "io.k8s.api.storage.v1.CSIDriver", "storage.k8s.io", "v1", "CSIDriver");

ROWS(storage_v1_CSIDriverList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(storage_v1_CSIDriver))),
};
TOP_TYPE(storage_v1_CSIDriverList,
    "io.k8s.api.storage.v1.CSIDriverList", "storage.k8s.io", "v1", "CSIDriverList");

ROWS(storage_v1_CSIDriverSpec) = {
    ROW( 1, "attachRequired",                     IMMUTABLE, BOOL, DEFAULT(true)),
    ROW( 2, "podInfoOnMount",                     OPTIONAL, BOOL, DEFAULT(false)),
    ROW( 3, "volumeLifecycleModes",               IMMUTABLE, LIST_OF(STRING),
        SET, DEFAULT(["Persistent"]), ENUM("Ephemeral", "Persistent")),
    ROW( 4, "storageCapacity",                    OPTIONAL, BOOL, DEFAULT(false)),
    ROW( 5, "fsGroupPolicy",                      OPTIONAL, STRING,
        DEFAULT("ReadWriteOnceWithFSType"), ENUM("File", "None", "ReadWriteOnceWithFSType")),
    ROW( 6, "tokenRequests",                      OPTIONAL, LIST_OF(OBJECT(storage_v1_TokenRequest))),
    ROW( 7, "requiresRepublish",                  OPTIONAL, BOOL, DEFAULT(false)),
    ROW( 8, "seLinuxMount",                       OPTIONAL, BOOL, DEFAULT(false)),
    ROW( 9, "nodeAllocatableUpdatePeriodSeconds", OPTIONAL, INT64),
    ROW(10, "serviceAccountTokenInSecrets",       OPTIONAL, BOOL),
    ROW(11, "preventPodSchedulingIfMissing",      OPTIONAL, BOOL),
};
TYPE(storage_v1_CSIDriverSpec, "io.k8s.api.storage.v1.CSIDriverSpec");

ROWS(storage_v1_CSINode) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(storage_v1_CSINodeSpec)),
};
TOP_TYPE(storage_v1_CSINode, "io.k8s.api.storage.v1.CSINode", "storage.k8s.io", "v1", "CSINode");

ROWS(storage_v1_CSINodeDriver) = {
    ROW( 1, "name",         REQUIRED | MUST, STRING),
    ROW( 2, "nodeID",       REQUIRED | MUST, STRING),
    ROW( 3, "topologyKeys", OPTIONAL,        LIST_OF(STRING)),
    ROW( 4, "allocatable",  OPTIONAL,        OBJECT(storage_v1_VolumeNodeResources)),
};
TYPE(storage_v1_CSINodeDriver, "io.k8s.api.storage.v1.CSINodeDriver");

ROWS(storage_v1_CSINodeList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(storage_v1_CSINode))),
};
TOP_TYPE(storage_v1_CSINodeList, "io.k8s.api.storage.v1.CSINodeList", "storage.k8s.io", "v1", "CSINodeList");

ROWS(storage_v1_CSINodeSpec) = {
    ROW( 1, "drivers", REQUIRED | MERGE, LIST_OF(OBJECT(storage_v1_CSINodeDriver)), KEYS("name")),
};
TYPE(storage_v1_CSINodeSpec, "io.k8s.api.storage.v1.CSINodeSpec");

ROWS(storage_v1_CSIStorageCapacity) = {
    ROW( 0, "kind",              OPTIONAL,        STRING),
    ROW( 0, "apiVersion",        OPTIONAL,        STRING),
    ROW( 1, "metadata",          OPTIONAL,        OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "nodeTopology",      IMMUTABLE,       OBJECT(meta_v1_LabelSelector)),
    ROW( 3, "storageClassName",  REQUIRED | MUST | IMMUTABLE, STRING),
    ROW( 4, "capacity",          OPTIONAL,        QUANTITY),
    ROW( 5, "maximumVolumeSize", OPTIONAL,        QUANTITY),
};
TOP_TYPE(storage_v1_CSIStorageCapacity,
    "io.k8s.api.storage.v1.CSIStorageCapacity", "storage.k8s.io", "v1", "CSIStorageCapacity");

ROWS(storage_v1_CSIStorageCapacityList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(storage_v1_CSIStorageCapacity))),
};
TOP_TYPE(storage_v1_CSIStorageCapacityList,
    "io.k8s.api.storage.v1.CSIStorageCapacityList", "storage.k8s.io", "v1", "CSIStorageCapacityList");

ROWS(storage_v1_StorageClass) = {
    ROW( 0, "kind",                 OPTIONAL,                    STRING),
    ROW( 0, "apiVersion",           OPTIONAL,                    STRING),
    ROW( 1, "metadata",             OPTIONAL,                    OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "provisioner",          REQUIRED | MUST | IMMUTABLE, STRING, CHECK(qualified)),
    ROW( 3, "parameters",           IMMUTABLE,                   MAP_OF(STRING)),
    ROW( 4, "reclaimPolicy",        IMMUTABLE,                   STRING,
        DEFAULT("Delete"), ENUM("Delete", "Retain")),
    ROW( 5, "mountOptions",         OPTIONAL,                    LIST_OF(STRING)),
    ROW( 6, "allowVolumeExpansion", OPTIONAL,                    BOOL),
    ROW( 7, "volumeBindingMode",    IMMUTABLE,                   STRING,
        DEFAULT("Immediate"), ENUM("Immediate", "WaitForFirstConsumer")),
    ROW( 8, "allowedTopologies",    OPTIONAL,
        LIST_OF(OBJECT(core_v1_TopologySelectorTerm))),
};
TOP_TYPE(storage_v1_StorageClass,
    "io.k8s.api.storage.v1.StorageClass", "storage.k8s.io", "v1", "StorageClass");

ROWS(storage_v1_StorageClassList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(storage_v1_StorageClass))),
};
TOP_TYPE(storage_v1_StorageClassList,
    "io.k8s.api.storage.v1.StorageClassList", "storage.k8s.io", "v1", "StorageClassList");

ROWS(storage_v1_TokenRequest) = {
    ROW( 1, "audience",          REQUIRED | MUST, STRING),
    ROW( 2, "expirationSeconds", OPTIONAL,        INT64),
};
TYPE(storage_v1_TokenRequest, "io.k8s.api.storage.v1.TokenRequest");

ROWS(storage_v1_VolumeAttachment) = {
    ROW( 0, "kind",       OPTIONAL,             STRING),
    ROW( 0, "apiVersion", OPTIONAL,             STRING),
    ROW( 1, "metadata",   OPTIONAL,             OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED | IMMUTABLE, OBJECT(storage_v1_VolumeAttachmentSpec)),
    ROW( 3, "status",     OPTIONAL,             OBJECT(storage_v1_VolumeAttachmentStatus)),
};
TOP_TYPE(storage_v1_VolumeAttachment,
    "io.k8s.api.storage.v1.VolumeAttachment", "storage.k8s.io", "v1", "VolumeAttachment");

ROWS(storage_v1_VolumeAttachmentList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(storage_v1_VolumeAttachment))),
};
TOP_TYPE(storage_v1_VolumeAttachmentList,
    "io.k8s.api.storage.v1.VolumeAttachmentList", "storage.k8s.io", "v1", "VolumeAttachmentList");

ROWS(storage_v1_VolumeAttachmentSource) = {
    ROW( 1, "persistentVolumeName", OPTIONAL, STRING),
    ROW( 2, "inlineVolumeSpec",     OPTIONAL, OBJECT(core_v1_PersistentVolumeSpec)),
};
TYPE(storage_v1_VolumeAttachmentSource, "io.k8s.api.storage.v1.VolumeAttachmentSource");

ROWS(storage_v1_VolumeAttachmentSpec) = {
    ROW( 1, "attacher", REQUIRED | MUST, STRING),
    ROW( 2, "source",   REQUIRED,        OBJECT(storage_v1_VolumeAttachmentSource)),
    ROW( 3, "nodeName", REQUIRED | MUST, STRING),
};
TYPE(storage_v1_VolumeAttachmentSpec, "io.k8s.api.storage.v1.VolumeAttachmentSpec");

ROWS(storage_v1_VolumeAttachmentStatus) = {
    ROW( 1, "attached",           REQUIRED, BOOL),
    ROW( 2, "attachmentMetadata", OPTIONAL, MAP_OF(STRING)),
    ROW( 3, "attachError",        OPTIONAL, OBJECT(storage_v1_VolumeError)),
    ROW( 4, "detachError",        OPTIONAL, OBJECT(storage_v1_VolumeError)),
};
TYPE(storage_v1_VolumeAttachmentStatus, "io.k8s.api.storage.v1.VolumeAttachmentStatus");

ROWS(storage_v1_VolumeAttributesClass) = {
    ROW( 0, "kind",       OPTIONAL,        STRING),
    ROW( 0, "apiVersion", OPTIONAL,        STRING),
    ROW( 1, "metadata",   OPTIONAL,        OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "driverName", REQUIRED | MUST | IMMUTABLE, STRING),
    ROW( 3, "parameters", IMMUTABLE,       MAP_OF(STRING)),
};
TOP_TYPE(storage_v1_VolumeAttributesClass,
    "io.k8s.api.storage.v1.VolumeAttributesClass", "storage.k8s.io", "v1", "VolumeAttributesClass");

ROWS(storage_v1_VolumeAttributesClassList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(storage_v1_VolumeAttributesClass))),
};
TOP_TYPE(storage_v1_VolumeAttributesClassList,
    "io.k8s.api.storage.v1.VolumeAttributesClassList", "storage.k8s.io", "v1", "VolumeAttributesClassList");

ROWS(storage_v1_VolumeError) = {
    ROW( 1, "time",      OPTIONAL, TIME),
    ROW( 2, "message",   OPTIONAL, STRING),
    ROW( 3, "errorCode", OPTIONAL, INT32),
};
TYPE(storage_v1_VolumeError, "io.k8s.api.storage.v1.VolumeError");

ROWS(storage_v1_VolumeNodeResources) = {
    ROW( 1, "count", OPTIONAL, INT32),
};
TYPE(storage_v1_VolumeNodeResources, "io.k8s.api.storage.v1.VolumeNodeResources");
