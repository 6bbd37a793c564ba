/* SPDX-License-Identifier: Apache-2.0 */
/* Types: resource/v1alpha3. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(resource_v1alpha3_DeviceTaint) = {
    ROW( 1, "key",       REQUIRED | MUST, STRING),
    ROW( 2, "value",     OPTIONAL,        STRING),
    ROW( 3, "effect",    REQUIRED | MUST, STRING),
    ROW( 4, "timeAdded", OPTIONAL,        TIME),
};
TYPE(resource_v1alpha3_DeviceTaint, "io.k8s.api.resource.v1alpha3.DeviceTaint");

ROWS(resource_v1alpha3_DeviceTaintRule) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(resource_v1alpha3_DeviceTaintRuleSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(resource_v1alpha3_DeviceTaintRuleStatus)),
};
TOP_TYPE(resource_v1alpha3_DeviceTaintRule,
    "io.k8s.api.resource.v1alpha3.DeviceTaintRule", "resource.k8s.io", "v1alpha3", "DeviceTaintRule");

ROWS(resource_v1alpha3_DeviceTaintRuleList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(resource_v1alpha3_DeviceTaintRule))),
};
TOP_TYPE(resource_v1alpha3_DeviceTaintRuleList,
    "io.k8s.api.resource.v1alpha3.DeviceTaintRuleList", "resource.k8s.io", "v1alpha3", "DeviceTaintRuleList");

ROWS(resource_v1alpha3_DeviceTaintRuleSpec) = {
    ROW( 1, "deviceSelector", OPTIONAL, OBJECT(resource_v1alpha3_DeviceTaintSelector)),
    ROW( 2, "taint",          REQUIRED, OBJECT(resource_v1alpha3_DeviceTaint)),
};
TYPE(resource_v1alpha3_DeviceTaintRuleSpec, "io.k8s.api.resource.v1alpha3.DeviceTaintRuleSpec");

ROWS(resource_v1alpha3_DeviceTaintRuleStatus) = {
    ROW( 1, "conditions", MERGE, LIST_OF(OBJECT(meta_v1_Condition)), KEYS("type")),
};
TYPE(resource_v1alpha3_DeviceTaintRuleStatus, "io.k8s.api.resource.v1alpha3.DeviceTaintRuleStatus");

ROWS(resource_v1alpha3_DeviceTaintSelector) = {
    ROW( 2, "driver", OPTIONAL, STRING),
    ROW( 3, "pool",   OPTIONAL, STRING),
    ROW( 4, "device", OPTIONAL, STRING),
};
TYPE(resource_v1alpha3_DeviceTaintSelector, "io.k8s.api.resource.v1alpha3.DeviceTaintSelector");

ROWS(resource_v1alpha3_PoolStatus) = {
    ROW( 1, "driver",             REQUIRED, STRING),
    ROW( 2, "poolName",           REQUIRED, STRING),
    ROW( 3, "nodeName",           OPTIONAL, STRING),
    ROW( 4, "totalDevices",       OPTIONAL, INT32),
    ROW( 5, "allocatedDevices",   OPTIONAL, INT32),
    ROW( 6, "availableDevices",   OPTIONAL, INT32),
    ROW( 7, "unavailableDevices", OPTIONAL, INT32),
    ROW( 8, "resourceSliceCount", OPTIONAL, INT32),
    ROW( 9, "generation",         REQUIRED, INT64),
    ROW(10, "validationError",    OPTIONAL, STRING),
};
TYPE(resource_v1alpha3_PoolStatus, "io.k8s.api.resource.v1alpha3.PoolStatus");

ROWS(resource_v1alpha3_ResourcePoolStatusRequest) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   REQUIRED, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(resource_v1alpha3_ResourcePoolStatusRequestSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(resource_v1alpha3_ResourcePoolStatusRequestStatus)),
};
TOP_TYPE(resource_v1alpha3_ResourcePoolStatusRequest,
    "io.k8s.api.resource.v1alpha3.ResourcePoolStatusRequest",
    "resource.k8s.io", "v1alpha3", "ResourcePoolStatusRequest");

ROWS(resource_v1alpha3_ResourcePoolStatusRequestList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(resource_v1alpha3_ResourcePoolStatusRequest))),
};
TOP_TYPE(resource_v1alpha3_ResourcePoolStatusRequestList,
    "io.k8s.api.resource.v1alpha3.ResourcePoolStatusRequestList",
    "resource.k8s.io", "v1alpha3", "ResourcePoolStatusRequestList");

ROWS(resource_v1alpha3_ResourcePoolStatusRequestSpec) = {
    ROW( 1, "driver",   REQUIRED | MUST, STRING),
    ROW( 2, "poolName", OPTIONAL,        STRING),
    ROW( 3, "limit",    OPTIONAL,        INT32),
};
TYPE(resource_v1alpha3_ResourcePoolStatusRequestSpec,
    "io.k8s.api.resource.v1alpha3.ResourcePoolStatusRequestSpec");

ROWS(resource_v1alpha3_ResourcePoolStatusRequestStatus) = {
    ROW( 2, "pools",      OPTIONAL, LIST_OF(OBJECT(resource_v1alpha3_PoolStatus))),
    ROW( 3, "conditions", MERGE,    LIST_OF(OBJECT(meta_v1_Condition)), KEYS("type")),
    ROW( 6, "poolCount",  REQUIRED, INT32),
};
TYPE(resource_v1alpha3_ResourcePoolStatusRequestStatus,
    "io.k8s.api.resource.v1alpha3.ResourcePoolStatusRequestStatus");
