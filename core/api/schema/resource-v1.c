/* SPDX-License-Identifier: Apache-2.0 */
/* Types: resource/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(resource_v1_AllocatedDeviceStatus) = {
    ROW( 1, "driver",      REQUIRED, STRING),
    ROW( 2, "pool",        REQUIRED, STRING),
    ROW( 3, "device",      REQUIRED, STRING),
    ROW( 4, "conditions",  OPTIONAL, LIST_OF(OBJECT(meta_v1_Condition)), KEYS("type")),
    ROW( 5, "data",        OPTIONAL, RAW),
    ROW( 6, "networkData", OPTIONAL, OBJECT(resource_v1_NetworkDeviceData)),
    ROW( 7, "shareID",     OPTIONAL, STRING),
};
TYPE(resource_v1_AllocatedDeviceStatus, "io.k8s.api.resource.v1.AllocatedDeviceStatus");

ROWS(resource_v1_AllocationResult) = {
    ROW( 1, "devices",             OPTIONAL, OBJECT(resource_v1_DeviceAllocationResult)),
    ROW( 3, "nodeSelector",        OPTIONAL, OBJECT(core_v1_NodeSelector)),
    ROW( 5, "allocationTimestamp", OPTIONAL, TIME),
};
TYPE(resource_v1_AllocationResult, "io.k8s.api.resource.v1.AllocationResult");

ROWS(resource_v1_CELDeviceSelector) = {
    ROW( 1, "expression", REQUIRED | MUST, STRING),
};
TYPE(resource_v1_CELDeviceSelector, "io.k8s.api.resource.v1.CELDeviceSelector");

ROWS(resource_v1_CapacityRequestPolicy) = {
    ROW( 1, "default",     OPTIONAL, QUANTITY),
    ROW( 3, "validValues", OPTIONAL, LIST_OF(QUANTITY)),
    ROW( 4, "validRange",  OPTIONAL, OBJECT(resource_v1_CapacityRequestPolicyRange)),
};
TYPE(resource_v1_CapacityRequestPolicy, "io.k8s.api.resource.v1.CapacityRequestPolicy");

ROWS(resource_v1_CapacityRequestPolicyRange) = {
    ROW( 1, "min",  REQUIRED, QUANTITY),
    ROW( 2, "max",  OPTIONAL, QUANTITY),
    ROW( 3, "step", OPTIONAL, QUANTITY),
};
TYPE(resource_v1_CapacityRequestPolicyRange, "io.k8s.api.resource.v1.CapacityRequestPolicyRange");

ROWS(resource_v1_CapacityRequirements) = {
    ROW( 1, "requests", OPTIONAL, MAP_OF(QUANTITY)),
};
TYPE(resource_v1_CapacityRequirements, "io.k8s.api.resource.v1.CapacityRequirements");

ROWS(resource_v1_Counter) = {
    ROW( 1, "value", REQUIRED, QUANTITY),
};
TYPE(resource_v1_Counter, "io.k8s.api.resource.v1.Counter");

ROWS(resource_v1_CounterSet) = {
    ROW( 1, "name",     REQUIRED | MUST, STRING),
    ROW( 2, "counters", REQUIRED,        MAP_OF(OBJECT(resource_v1_Counter))),
};
TYPE(resource_v1_CounterSet, "io.k8s.api.resource.v1.CounterSet");

ROWS(resource_v1_Device) = {
    ROW( 1, "name",                            REQUIRED | MUST, STRING),
    ROW( 2, "attributes",                      OPTIONAL,        MAP_OF(OBJECT(resource_v1_DeviceAttribute))),
    ROW( 3, "capacity",                        OPTIONAL,        MAP_OF(OBJECT(resource_v1_DeviceCapacity))),
    ROW( 4, "consumesCounters",                OPTIONAL,
        LIST_OF(OBJECT(resource_v1_DeviceCounterConsumption))),
    ROW( 5, "nodeName",                        OPTIONAL,        STRING),
    ROW( 6, "nodeSelector",                    OPTIONAL,        OBJECT(core_v1_NodeSelector)),
    ROW( 7, "allNodes",                        OPTIONAL,        BOOL),
    ROW( 8, "taints",                          OPTIONAL,        LIST_OF(OBJECT(resource_v1_DeviceTaint))),
    ROW( 9, "bindsToNode",                     OPTIONAL,        BOOL),
    ROW(10, "bindingConditions",               OPTIONAL,        LIST_OF(STRING)),
    ROW(11, "bindingFailureConditions",        OPTIONAL,        LIST_OF(STRING)),
    ROW(12, "allowMultipleAllocations",        OPTIONAL,        BOOL),
    ROW(13, "nodeAllocatableResourceMappings", OPTIONAL,
        MAP_OF(OBJECT(resource_v1_NodeAllocatableResourceMapping))),
};
TYPE(resource_v1_Device, "io.k8s.api.resource.v1.Device");

ROWS(resource_v1_DeviceAllocationConfiguration) = {
    ROW( 1, "source",   REQUIRED, STRING),
    ROW( 2, "requests", OPTIONAL, LIST_OF(STRING)),
    EMBED(3,  1, "opaque",   OPTIONAL, OBJECT(resource_v1_OpaqueDeviceConfiguration)),
};
TYPE(resource_v1_DeviceAllocationConfiguration, "io.k8s.api.resource.v1.DeviceAllocationConfiguration");

ROWS(resource_v1_DeviceAllocationResult) = {
    ROW( 1, "results", OPTIONAL, LIST_OF(OBJECT(resource_v1_DeviceRequestAllocationResult))),
    ROW( 2, "config",  OPTIONAL, LIST_OF(OBJECT(resource_v1_DeviceAllocationConfiguration))),
};
TYPE(resource_v1_DeviceAllocationResult, "io.k8s.api.resource.v1.DeviceAllocationResult");

ROWS(resource_v1_DeviceAttribute) = {
    ROW( 2, "int",      OPTIONAL, INT64),
    ROW( 3, "bool",     OPTIONAL, BOOL),
    ROW( 4, "string",   KEEP,     STRING),
    ROW( 5, "version",  KEEP,     STRING),
    ROW( 6, "ints",     OPTIONAL, LIST_OF(INT64)),
    ROW( 7, "bools",    OPTIONAL, LIST_OF(BOOL)),
    ROW( 8, "strings",  OPTIONAL, LIST_OF(STRING)),
    ROW( 9, "versions", OPTIONAL, LIST_OF(STRING)),
};
TYPE(resource_v1_DeviceAttribute, "io.k8s.api.resource.v1.DeviceAttribute");

ROWS(resource_v1_DeviceCapacity) = {
    ROW( 1, "value",         REQUIRED, QUANTITY),
    ROW( 2, "requestPolicy", OPTIONAL, OBJECT(resource_v1_CapacityRequestPolicy)),
};
TYPE(resource_v1_DeviceCapacity, "io.k8s.api.resource.v1.DeviceCapacity");

ROWS(resource_v1_DeviceClaim) = {
    ROW( 1, "requests",    OPTIONAL, LIST_OF(OBJECT(resource_v1_DeviceRequest))),
    ROW( 2, "constraints", OPTIONAL, LIST_OF(OBJECT(resource_v1_DeviceConstraint))),
    ROW( 3, "config",      OPTIONAL, LIST_OF(OBJECT(resource_v1_DeviceClaimConfiguration))),
};
TYPE(resource_v1_DeviceClaim, "io.k8s.api.resource.v1.DeviceClaim");

ROWS(resource_v1_DeviceClaimConfiguration) = {
    ROW( 1, "requests", OPTIONAL, LIST_OF(STRING)),
    EMBED(2,  1, "opaque",   OPTIONAL, OBJECT(resource_v1_OpaqueDeviceConfiguration)),
};
TYPE(resource_v1_DeviceClaimConfiguration, "io.k8s.api.resource.v1.DeviceClaimConfiguration");

ROWS(resource_v1_DeviceClass) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(resource_v1_DeviceClassSpec)),
};
TOP_TYPE(resource_v1_DeviceClass,
    "io.k8s.api.resource.v1.DeviceClass", "resource.k8s.io", "v1", "DeviceClass");

ROWS(resource_v1_DeviceClassConfiguration) = {
    EMBED(1,  1, "opaque", OPTIONAL, OBJECT(resource_v1_OpaqueDeviceConfiguration)),
};
TYPE(resource_v1_DeviceClassConfiguration, "io.k8s.api.resource.v1.DeviceClassConfiguration");

ROWS(resource_v1_DeviceClassList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(resource_v1_DeviceClass))),
};
TOP_TYPE(resource_v1_DeviceClassList,
    "io.k8s.api.resource.v1.DeviceClassList", "resource.k8s.io", "v1", "DeviceClassList");

ROWS(resource_v1_DeviceClassSpec) = {
    ROW( 1, "selectors",            OPTIONAL, LIST_OF(OBJECT(resource_v1_DeviceSelector))),
    ROW( 2, "config",               OPTIONAL, LIST_OF(OBJECT(resource_v1_DeviceClassConfiguration))),
    ROW( 4, "extendedResourceName", OPTIONAL, STRING),
};
TYPE(resource_v1_DeviceClassSpec, "io.k8s.api.resource.v1.DeviceClassSpec");

ROWS(resource_v1_DeviceConstraint) = {
    ROW( 1, "requests",          OPTIONAL, LIST_OF(STRING)),
    ROW( 2, "matchAttribute",    OPTIONAL, STRING),
    ROW( 3, "distinctAttribute", OPTIONAL, STRING),
};
TYPE(resource_v1_DeviceConstraint, "io.k8s.api.resource.v1.DeviceConstraint");

ROWS(resource_v1_DeviceCounterConsumption) = {
    ROW( 1, "counterSet", REQUIRED | MUST, STRING),
    ROW( 2, "counters",   REQUIRED,        MAP_OF(OBJECT(resource_v1_Counter))),
};
TYPE(resource_v1_DeviceCounterConsumption, "io.k8s.api.resource.v1.DeviceCounterConsumption");

ROWS(resource_v1_DeviceRequest) = {
    ROW( 1, "name",           REQUIRED | MUST, STRING),
    ROW( 2, "exactly",        OPTIONAL,        OBJECT(resource_v1_ExactDeviceRequest)),
    ROW( 3, "firstAvailable", OPTIONAL,        LIST_OF(OBJECT(resource_v1_DeviceSubRequest))),
};
TYPE(resource_v1_DeviceRequest, "io.k8s.api.resource.v1.DeviceRequest");

ROWS(resource_v1_DeviceRequestAllocationResult) = {
    ROW( 1, "request",                  REQUIRED | MUST, STRING),
    ROW( 2, "driver",                   REQUIRED | MUST, STRING),
    ROW( 3, "pool",                     REQUIRED | MUST, STRING),
    ROW( 4, "device",                   REQUIRED | MUST, STRING),
    ROW( 5, "adminAccess",              OPTIONAL,        BOOL),
    ROW( 6, "tolerations",              OPTIONAL,        LIST_OF(OBJECT(resource_v1_DeviceToleration))),
    ROW( 7, "bindingConditions",        OPTIONAL,        LIST_OF(STRING)),
    ROW( 8, "bindingFailureConditions", OPTIONAL,        LIST_OF(STRING)),
    ROW( 9, "shareID",                  OPTIONAL,        STRING),
    ROW(10, "consumedCapacity",         OPTIONAL,        MAP_OF(QUANTITY)),
};
TYPE(resource_v1_DeviceRequestAllocationResult, "io.k8s.api.resource.v1.DeviceRequestAllocationResult");

ROWS(resource_v1_DeviceSelector) = {
    ROW( 1, "cel", OPTIONAL, OBJECT(resource_v1_CELDeviceSelector)),
};
TYPE(resource_v1_DeviceSelector, "io.k8s.api.resource.v1.DeviceSelector");

ROWS(resource_v1_DeviceSubRequest) = {
    ROW( 1, "name",            REQUIRED | MUST, STRING),
    ROW( 2, "deviceClassName", REQUIRED | MUST, STRING),
    ROW( 3, "selectors",       OPTIONAL,        LIST_OF(OBJECT(resource_v1_DeviceSelector))),
    ROW( 4, "allocationMode",  ZERO,            STRING, DEFAULT("ExactCount"), ENUM("All", "ExactCount")),
    ROW( 5, "count",           OPTIONAL,        INT64),
    ROW( 6, "tolerations",     OPTIONAL,        LIST_OF(OBJECT(resource_v1_DeviceToleration))),
    ROW( 7, "capacity",        OPTIONAL,        OBJECT(resource_v1_CapacityRequirements)),
};
TYPE(resource_v1_DeviceSubRequest, "io.k8s.api.resource.v1.DeviceSubRequest",
    DEFAULT_HOOK(default_device_request));

ROWS(resource_v1_DeviceTaint) = {
    ROW( 1, "key",       REQUIRED | MUST, STRING),
    ROW( 2, "value",     OPTIONAL,        STRING),
    ROW( 3, "effect",    REQUIRED | MUST, STRING),
    ROW( 4, "timeAdded", OPTIONAL,        TIME),
};
TYPE(resource_v1_DeviceTaint, "io.k8s.api.resource.v1.DeviceTaint");

ROWS(resource_v1_DeviceToleration) = {
    ROW( 1, "key",               OPTIONAL, STRING),
    ROW( 2, "operator",          ZERO,     STRING, DEFAULT("Equal"), ENUM("Equal", "Exists")),
    ROW( 3, "value",             OPTIONAL, STRING),
    ROW( 4, "effect",            OPTIONAL, STRING),
    ROW( 5, "tolerationSeconds", OPTIONAL, INT64),
};
TYPE(resource_v1_DeviceToleration, "io.k8s.api.resource.v1.DeviceToleration");

ROWS(resource_v1_ExactDeviceRequest) = {
    ROW( 1, "deviceClassName", REQUIRED, STRING),
    ROW( 2, "selectors",       OPTIONAL, LIST_OF(OBJECT(resource_v1_DeviceSelector))),
    ROW( 3, "allocationMode",  ZERO,     STRING, DEFAULT("ExactCount"), ENUM("All", "ExactCount")),
    ROW( 4, "count",           OPTIONAL, INT64),
    ROW( 5, "adminAccess",     OPTIONAL, BOOL),
    ROW( 6, "tolerations",     OPTIONAL, LIST_OF(OBJECT(resource_v1_DeviceToleration))),
    ROW( 7, "capacity",        OPTIONAL, OBJECT(resource_v1_CapacityRequirements)),
};
TYPE(resource_v1_ExactDeviceRequest, "io.k8s.api.resource.v1.ExactDeviceRequest",
    DEFAULT_HOOK(default_device_request));

ROWS(resource_v1_NetworkDeviceData) = {
    ROW( 1, "interfaceName",   OPTIONAL, STRING),
    ROW( 2, "ips",             OPTIONAL, LIST_OF(STRING)),
    ROW( 3, "hardwareAddress", OPTIONAL, STRING),
};
TYPE(resource_v1_NetworkDeviceData, "io.k8s.api.resource.v1.NetworkDeviceData");

ROWS(resource_v1_NodeAllocatableResourceMapping) = {
    ROW( 1, "capacityKey",          OPTIONAL, STRING),
    ROW( 2, "allocationMultiplier", OPTIONAL, QUANTITY),
};
TYPE(resource_v1_NodeAllocatableResourceMapping, "io.k8s.api.resource.v1.NodeAllocatableResourceMapping");

ROWS(resource_v1_OpaqueDeviceConfiguration) = {
    ROW( 1, "driver",     REQUIRED | MUST, STRING),
    ROW( 2, "parameters", REQUIRED,        RAW),
};
TYPE(resource_v1_OpaqueDeviceConfiguration, "io.k8s.api.resource.v1.OpaqueDeviceConfiguration");

ROWS(resource_v1_ResourceClaim) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED | IMMUTABLE, OBJECT(resource_v1_ResourceClaimSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(resource_v1_ResourceClaimStatus)),
};
TOP_TYPE(resource_v1_ResourceClaim,
    "io.k8s.api.resource.v1.ResourceClaim", "resource.k8s.io", "v1", "ResourceClaim");

ROWS(resource_v1_ResourceClaimConsumerReference) = {
    ROW( 1, "apiGroup", OPTIONAL, STRING),
    ROW( 3, "resource", REQUIRED, STRING),
    ROW( 4, "name",     REQUIRED, STRING),
    ROW( 5, "uid",      REQUIRED, STRING),
};
TYPE(resource_v1_ResourceClaimConsumerReference, "io.k8s.api.resource.v1.ResourceClaimConsumerReference");

ROWS(resource_v1_ResourceClaimList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(resource_v1_ResourceClaim))),
};
TOP_TYPE(resource_v1_ResourceClaimList,
    "io.k8s.api.resource.v1.ResourceClaimList", "resource.k8s.io", "v1", "ResourceClaimList");

ROWS(resource_v1_ResourceClaimSpec) = {
    ROW( 1, "devices", OPTIONAL, OBJECT(resource_v1_DeviceClaim)),
};
TYPE(resource_v1_ResourceClaimSpec, "io.k8s.api.resource.v1.ResourceClaimSpec");

ROWS(resource_v1_ResourceClaimStatus) = {
    ROW( 1, "allocation",  OPTIONAL, OBJECT(resource_v1_AllocationResult)),
    ROW( 2, "reservedFor", MERGE,    LIST_OF(OBJECT(resource_v1_ResourceClaimConsumerReference)),
        KEYS("uid")),
    ROW( 4, "devices",     OPTIONAL, LIST_OF(OBJECT(resource_v1_AllocatedDeviceStatus)),
        KEYS("driver", "device", "pool", "shareID")),
};
TYPE(resource_v1_ResourceClaimStatus, "io.k8s.api.resource.v1.ResourceClaimStatus");

ROWS(resource_v1_ResourceClaimTemplate) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED | IMMUTABLE, OBJECT(resource_v1_ResourceClaimTemplateSpec)),
};
TOP_TYPE(resource_v1_ResourceClaimTemplate,
    "io.k8s.api.resource.v1.ResourceClaimTemplate", "resource.k8s.io", "v1", "ResourceClaimTemplate");

ROWS(resource_v1_ResourceClaimTemplateList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(resource_v1_ResourceClaimTemplate))),
};
TOP_TYPE(resource_v1_ResourceClaimTemplateList,
    "io.k8s.api.resource.v1.ResourceClaimTemplateList", "resource.k8s.io", "v1", "ResourceClaimTemplateList");

ROWS(resource_v1_ResourceClaimTemplateSpec) = {
    ROW( 1, "metadata", OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",     REQUIRED | IMMUTABLE, OBJECT(resource_v1_ResourceClaimSpec)),
};
TYPE(resource_v1_ResourceClaimTemplateSpec, "io.k8s.api.resource.v1.ResourceClaimTemplateSpec");

ROWS(resource_v1_ResourcePool) = {
    ROW( 1, "name",               REQUIRED | MUST, STRING),
    ROW( 2, "generation",         REQUIRED,        INT64),
    ROW( 3, "resourceSliceCount", REQUIRED,        INT64),
};
TYPE(resource_v1_ResourcePool, "io.k8s.api.resource.v1.ResourcePool");

ROWS(resource_v1_ResourceSlice) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(resource_v1_ResourceSliceSpec)),
};
TOP_TYPE(resource_v1_ResourceSlice,
    "io.k8s.api.resource.v1.ResourceSlice", "resource.k8s.io", "v1", "ResourceSlice");

ROWS(resource_v1_ResourceSliceList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(resource_v1_ResourceSlice))),
};
TOP_TYPE(resource_v1_ResourceSliceList,
    "io.k8s.api.resource.v1.ResourceSliceList", "resource.k8s.io", "v1", "ResourceSliceList");

ROWS(resource_v1_ResourceSliceSpec) = {
    ROW( 1, "driver",                 REQUIRED | MUST, STRING),
    ROW( 2, "pool",                   REQUIRED,        OBJECT(resource_v1_ResourcePool)),
    ROW( 3, "nodeName",               OPTIONAL,        STRING),
    ROW( 4, "nodeSelector",           OPTIONAL,        OBJECT(core_v1_NodeSelector)),
    ROW( 5, "allNodes",               OPTIONAL,        BOOL),
    ROW( 6, "devices",                OPTIONAL,        LIST_OF(OBJECT(resource_v1_Device))),
    ROW( 7, "perDeviceNodeSelection", OPTIONAL,        BOOL),
    ROW( 8, "sharedCounters",         OPTIONAL,        LIST_OF(OBJECT(resource_v1_CounterSet))),
};
TYPE(resource_v1_ResourceSliceSpec, "io.k8s.api.resource.v1.ResourceSliceSpec");
