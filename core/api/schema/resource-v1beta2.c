/* SPDX-License-Identifier: Apache-2.0 */
/* Types: resource/v1beta2. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(resource_v1beta2_AllocatedDeviceStatus) = {
    ROW( 1, "driver",      REQUIRED, STRING),
    ROW( 2, "pool",        REQUIRED, STRING),
    ROW( 3, "device",      REQUIRED, STRING),
    ROW( 4, "conditions",  OPTIONAL, LIST_OF(OBJECT(meta_v1_Condition)), KEYS("type")),
    ROW( 5, "data",        OPTIONAL, RAW),
    ROW( 6, "networkData", OPTIONAL, OBJECT(resource_v1beta2_NetworkDeviceData)),
    ROW( 7, "shareID",     OPTIONAL, STRING),
};
TYPE(resource_v1beta2_AllocatedDeviceStatus, "io.k8s.api.resource.v1beta2.AllocatedDeviceStatus");

ROWS(resource_v1beta2_AllocationResult) = {
    ROW( 1, "devices",             OPTIONAL, OBJECT(resource_v1beta2_DeviceAllocationResult)),
    ROW( 3, "nodeSelector",        OPTIONAL, OBJECT(core_v1_NodeSelector)),
    ROW( 5, "allocationTimestamp", OPTIONAL, TIME),
};
TYPE(resource_v1beta2_AllocationResult, "io.k8s.api.resource.v1beta2.AllocationResult");

ROWS(resource_v1beta2_CELDeviceSelector) = {
    ROW( 1, "expression", REQUIRED | MUST, STRING),
};
TYPE(resource_v1beta2_CELDeviceSelector, "io.k8s.api.resource.v1beta2.CELDeviceSelector");

ROWS(resource_v1beta2_CapacityRequestPolicy) = {
    ROW( 1, "default",     OPTIONAL, QUANTITY),
    ROW( 3, "validValues", OPTIONAL, LIST_OF(QUANTITY)),
    ROW( 4, "validRange",  OPTIONAL, OBJECT(resource_v1beta2_CapacityRequestPolicyRange)),
};
TYPE(resource_v1beta2_CapacityRequestPolicy, "io.k8s.api.resource.v1beta2.CapacityRequestPolicy");

ROWS(resource_v1beta2_CapacityRequestPolicyRange) = {
    ROW( 1, "min",  REQUIRED, QUANTITY),
    ROW( 2, "max",  OPTIONAL, QUANTITY),
    ROW( 3, "step", OPTIONAL, QUANTITY),
};
TYPE(resource_v1beta2_CapacityRequestPolicyRange, "io.k8s.api.resource.v1beta2.CapacityRequestPolicyRange");

ROWS(resource_v1beta2_CapacityRequirements) = {
    ROW( 1, "requests", OPTIONAL, MAP_OF(QUANTITY)),
};
TYPE(resource_v1beta2_CapacityRequirements, "io.k8s.api.resource.v1beta2.CapacityRequirements");

ROWS(resource_v1beta2_Counter) = {
    ROW( 1, "value", REQUIRED, QUANTITY),
};
TYPE(resource_v1beta2_Counter, "io.k8s.api.resource.v1beta2.Counter");

ROWS(resource_v1beta2_CounterSet) = {
    ROW( 1, "name",     REQUIRED | MUST, STRING),
    ROW( 2, "counters", REQUIRED,        MAP_OF(OBJECT(resource_v1beta2_Counter))),
};
TYPE(resource_v1beta2_CounterSet, "io.k8s.api.resource.v1beta2.CounterSet");

ROWS(resource_v1beta2_Device) = {
    ROW( 1, "name",                            REQUIRED | MUST, STRING),
    ROW( 2, "attributes",                      OPTIONAL,
        MAP_OF(OBJECT(resource_v1beta2_DeviceAttribute))),
    ROW( 3, "capacity",                        OPTIONAL,
        MAP_OF(OBJECT(resource_v1beta2_DeviceCapacity))),
    ROW( 4, "consumesCounters",                OPTIONAL,
        LIST_OF(OBJECT(resource_v1beta2_DeviceCounterConsumption))),
    ROW( 5, "nodeName",                        OPTIONAL,        STRING),
    ROW( 6, "nodeSelector",                    OPTIONAL,        OBJECT(core_v1_NodeSelector)),
    ROW( 7, "allNodes",                        OPTIONAL,        BOOL),
    ROW( 8, "taints",                          OPTIONAL,
        LIST_OF(OBJECT(resource_v1beta2_DeviceTaint))),
    ROW( 9, "bindsToNode",                     OPTIONAL,        BOOL),
    ROW(10, "bindingConditions",               OPTIONAL,        LIST_OF(STRING)),
    ROW(11, "bindingFailureConditions",        OPTIONAL,        LIST_OF(STRING)),
    ROW(12, "allowMultipleAllocations",        OPTIONAL,        BOOL),
    ROW(13, "nodeAllocatableResourceMappings", OPTIONAL,
        MAP_OF(OBJECT(resource_v1beta2_NodeAllocatableResourceMapping))),
};
TYPE(resource_v1beta2_Device, "io.k8s.api.resource.v1beta2.Device");

ROWS(resource_v1beta2_DeviceAllocationConfiguration) = {
    ROW( 1, "source",   REQUIRED, STRING),
    ROW( 2, "requests", OPTIONAL, LIST_OF(STRING)),
    EMBED(3,  1, "opaque",   OPTIONAL, OBJECT(resource_v1beta2_OpaqueDeviceConfiguration)),
};
TYPE(resource_v1beta2_DeviceAllocationConfiguration,
    "io.k8s.api.resource.v1beta2.DeviceAllocationConfiguration");

ROWS(resource_v1beta2_DeviceAllocationResult) = {
    ROW( 1, "results", OPTIONAL, LIST_OF(OBJECT(resource_v1beta2_DeviceRequestAllocationResult))),
    ROW( 2, "config",  OPTIONAL, LIST_OF(OBJECT(resource_v1beta2_DeviceAllocationConfiguration))),
};
TYPE(resource_v1beta2_DeviceAllocationResult, "io.k8s.api.resource.v1beta2.DeviceAllocationResult");

ROWS(resource_v1beta2_DeviceAttribute) = {
    ROW( 2, "int",      OPTIONAL, INT64),
    ROW( 3, "bool",     OPTIONAL, BOOL),
    ROW( 4, "string",   KEEP,     STRING),
    ROW( 5, "version",  KEEP,     STRING),
    ROW( 6, "ints",     OPTIONAL, LIST_OF(INT64)),
    ROW( 7, "bools",    OPTIONAL, LIST_OF(BOOL)),
    ROW( 8, "strings",  OPTIONAL, LIST_OF(STRING)),
    ROW( 9, "versions", OPTIONAL, LIST_OF(STRING)),
};
TYPE(resource_v1beta2_DeviceAttribute, "io.k8s.api.resource.v1beta2.DeviceAttribute");

ROWS(resource_v1beta2_DeviceCapacity) = {
    ROW( 1, "value",         REQUIRED, QUANTITY),
    ROW( 2, "requestPolicy", OPTIONAL, OBJECT(resource_v1beta2_CapacityRequestPolicy)),
};
TYPE(resource_v1beta2_DeviceCapacity, "io.k8s.api.resource.v1beta2.DeviceCapacity");

ROWS(resource_v1beta2_DeviceClaim) = {
    ROW( 1, "requests",    OPTIONAL, LIST_OF(OBJECT(resource_v1beta2_DeviceRequest))),
    ROW( 2, "constraints", OPTIONAL, LIST_OF(OBJECT(resource_v1beta2_DeviceConstraint))),
    ROW( 3, "config",      OPTIONAL, LIST_OF(OBJECT(resource_v1beta2_DeviceClaimConfiguration))),
};
TYPE(resource_v1beta2_DeviceClaim, "io.k8s.api.resource.v1beta2.DeviceClaim");

ROWS(resource_v1beta2_DeviceClaimConfiguration) = {
    ROW( 1, "requests", OPTIONAL, LIST_OF(STRING)),
    EMBED(2,  1, "opaque",   OPTIONAL, OBJECT(resource_v1beta2_OpaqueDeviceConfiguration)),
};
TYPE(resource_v1beta2_DeviceClaimConfiguration, "io.k8s.api.resource.v1beta2.DeviceClaimConfiguration");

ROWS(resource_v1beta2_DeviceClass) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(resource_v1beta2_DeviceClassSpec)),
};
TOP_TYPE(resource_v1beta2_DeviceClass,
    "io.k8s.api.resource.v1beta2.DeviceClass", "resource.k8s.io", "v1beta2", "DeviceClass");

ROWS(resource_v1beta2_DeviceClassConfiguration) = {
    EMBED(1,  1, "opaque", OPTIONAL, OBJECT(resource_v1beta2_OpaqueDeviceConfiguration)),
};
TYPE(resource_v1beta2_DeviceClassConfiguration, "io.k8s.api.resource.v1beta2.DeviceClassConfiguration");

ROWS(resource_v1beta2_DeviceClassList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(resource_v1beta2_DeviceClass))),
};
TOP_TYPE(resource_v1beta2_DeviceClassList,
    "io.k8s.api.resource.v1beta2.DeviceClassList", "resource.k8s.io", "v1beta2", "DeviceClassList");

ROWS(resource_v1beta2_DeviceClassSpec) = {
    ROW( 1, "selectors",            OPTIONAL, LIST_OF(OBJECT(resource_v1beta2_DeviceSelector))),
    ROW( 2, "config",               OPTIONAL, LIST_OF(OBJECT(resource_v1beta2_DeviceClassConfiguration))),
    ROW( 4, "extendedResourceName", OPTIONAL, STRING),
};
TYPE(resource_v1beta2_DeviceClassSpec, "io.k8s.api.resource.v1beta2.DeviceClassSpec");

ROWS(resource_v1beta2_DeviceConstraint) = {
    ROW( 1, "requests",          OPTIONAL, LIST_OF(STRING)),
    ROW( 2, "matchAttribute",    OPTIONAL, STRING),
    ROW( 3, "distinctAttribute", OPTIONAL, STRING),
};
TYPE(resource_v1beta2_DeviceConstraint, "io.k8s.api.resource.v1beta2.DeviceConstraint");

ROWS(resource_v1beta2_DeviceCounterConsumption) = {
    ROW( 1, "counterSet", REQUIRED | MUST, STRING),
    ROW( 2, "counters",   REQUIRED,        MAP_OF(OBJECT(resource_v1beta2_Counter))),
};
TYPE(resource_v1beta2_DeviceCounterConsumption, "io.k8s.api.resource.v1beta2.DeviceCounterConsumption");

ROWS(resource_v1beta2_DeviceRequest) = {
    ROW( 1, "name",           REQUIRED | MUST, STRING),
    ROW( 2, "exactly",        OPTIONAL,        OBJECT(resource_v1beta2_ExactDeviceRequest)),
    ROW( 3, "firstAvailable", OPTIONAL,        LIST_OF(OBJECT(resource_v1beta2_DeviceSubRequest))),
};
TYPE(resource_v1beta2_DeviceRequest, "io.k8s.api.resource.v1beta2.DeviceRequest");

ROWS(resource_v1beta2_DeviceRequestAllocationResult) = {
    ROW( 1, "request",                  REQUIRED | MUST, STRING),
    ROW( 2, "driver",                   REQUIRED | MUST, STRING),
    ROW( 3, "pool",                     REQUIRED | MUST, STRING),
    ROW( 4, "device",                   REQUIRED | MUST, STRING),
    ROW( 5, "adminAccess",              OPTIONAL,        BOOL),
    ROW( 6, "tolerations",              OPTIONAL,        LIST_OF(OBJECT(resource_v1beta2_DeviceToleration))),
    ROW( 7, "bindingConditions",        OPTIONAL,        LIST_OF(STRING)),
    ROW( 8, "bindingFailureConditions", OPTIONAL,        LIST_OF(STRING)),
    ROW( 9, "shareID",                  OPTIONAL,        STRING),
    ROW(10, "consumedCapacity",         OPTIONAL,        MAP_OF(QUANTITY)),
};
TYPE(resource_v1beta2_DeviceRequestAllocationResult,
    "io.k8s.api.resource.v1beta2.DeviceRequestAllocationResult");

ROWS(resource_v1beta2_DeviceSelector) = {
    ROW( 1, "cel", OPTIONAL, OBJECT(resource_v1beta2_CELDeviceSelector)),
};
TYPE(resource_v1beta2_DeviceSelector, "io.k8s.api.resource.v1beta2.DeviceSelector");

ROWS(resource_v1beta2_DeviceSubRequest) = {
    ROW( 1, "name",            REQUIRED | MUST, STRING),
    ROW( 2, "deviceClassName", REQUIRED | MUST, STRING),
    ROW( 3, "selectors",       OPTIONAL,        LIST_OF(OBJECT(resource_v1beta2_DeviceSelector))),
    ROW( 4, "allocationMode",  ZERO,            STRING, DEFAULT("ExactCount"), ENUM("All", "ExactCount")),
    ROW( 5, "count",           OPTIONAL,        INT64),
    ROW( 6, "tolerations",     OPTIONAL,        LIST_OF(OBJECT(resource_v1beta2_DeviceToleration))),
    ROW( 7, "capacity",        OPTIONAL,        OBJECT(resource_v1beta2_CapacityRequirements)),
};
TYPE(resource_v1beta2_DeviceSubRequest, "io.k8s.api.resource.v1beta2.DeviceSubRequest",
    DEFAULT_HOOK(default_device_request));

ROWS(resource_v1beta2_DeviceTaint) = {
    ROW( 1, "key",       REQUIRED | MUST, STRING),
    ROW( 2, "value",     OPTIONAL,        STRING),
    ROW( 3, "effect",    REQUIRED | MUST, STRING),
    ROW( 4, "timeAdded", OPTIONAL,        TIME),
};
TYPE(resource_v1beta2_DeviceTaint, "io.k8s.api.resource.v1beta2.DeviceTaint");

ROWS(resource_v1beta2_DeviceTaintRule) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(resource_v1beta2_DeviceTaintRuleSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(resource_v1beta2_DeviceTaintRuleStatus)),
};
TOP_TYPE(resource_v1beta2_DeviceTaintRule,
    "io.k8s.api.resource.v1beta2.DeviceTaintRule", "resource.k8s.io", "v1beta2", "DeviceTaintRule");

ROWS(resource_v1beta2_DeviceTaintRuleList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(resource_v1beta2_DeviceTaintRule))),
};
TOP_TYPE(resource_v1beta2_DeviceTaintRuleList,
    "io.k8s.api.resource.v1beta2.DeviceTaintRuleList", "resource.k8s.io", "v1beta2", "DeviceTaintRuleList");

ROWS(resource_v1beta2_DeviceTaintRuleSpec) = {
    ROW( 1, "deviceSelector", OPTIONAL, OBJECT(resource_v1beta2_DeviceTaintSelector)),
    ROW( 2, "taint",          REQUIRED, OBJECT(resource_v1beta2_DeviceTaint)),
};
TYPE(resource_v1beta2_DeviceTaintRuleSpec, "io.k8s.api.resource.v1beta2.DeviceTaintRuleSpec");

ROWS(resource_v1beta2_DeviceTaintRuleStatus) = {
    ROW( 1, "conditions", MERGE, LIST_OF(OBJECT(meta_v1_Condition)), KEYS("type")),
};
TYPE(resource_v1beta2_DeviceTaintRuleStatus, "io.k8s.api.resource.v1beta2.DeviceTaintRuleStatus");

ROWS(resource_v1beta2_DeviceTaintSelector) = {
    ROW( 2, "driver", OPTIONAL, STRING),
    ROW( 3, "pool",   OPTIONAL, STRING),
    ROW( 4, "device", OPTIONAL, STRING),
};
TYPE(resource_v1beta2_DeviceTaintSelector, "io.k8s.api.resource.v1beta2.DeviceTaintSelector");

ROWS(resource_v1beta2_DeviceToleration) = {
    ROW( 1, "key",               OPTIONAL, STRING),
    ROW( 2, "operator",          ZERO,     STRING, DEFAULT("Equal"), ENUM("Equal", "Exists")),
    ROW( 3, "value",             OPTIONAL, STRING),
    ROW( 4, "effect",            OPTIONAL, STRING),
    ROW( 5, "tolerationSeconds", OPTIONAL, INT64),
};
TYPE(resource_v1beta2_DeviceToleration, "io.k8s.api.resource.v1beta2.DeviceToleration");

ROWS(resource_v1beta2_ExactDeviceRequest) = {
    ROW( 1, "deviceClassName", REQUIRED, STRING),
    ROW( 2, "selectors",       OPTIONAL, LIST_OF(OBJECT(resource_v1beta2_DeviceSelector))),
    ROW( 3, "allocationMode",  ZERO,     STRING, DEFAULT("ExactCount"), ENUM("All", "ExactCount")),
    ROW( 4, "count",           OPTIONAL, INT64),
    ROW( 5, "adminAccess",     OPTIONAL, BOOL),
    ROW( 6, "tolerations",     OPTIONAL, LIST_OF(OBJECT(resource_v1beta2_DeviceToleration))),
    ROW( 7, "capacity",        OPTIONAL, OBJECT(resource_v1beta2_CapacityRequirements)),
};
TYPE(resource_v1beta2_ExactDeviceRequest, "io.k8s.api.resource.v1beta2.ExactDeviceRequest",
    DEFAULT_HOOK(default_device_request));

ROWS(resource_v1beta2_NetworkDeviceData) = {
    ROW( 1, "interfaceName",   OPTIONAL, STRING),
    ROW( 2, "ips",             OPTIONAL, LIST_OF(STRING)),
    ROW( 3, "hardwareAddress", OPTIONAL, STRING),
};
TYPE(resource_v1beta2_NetworkDeviceData, "io.k8s.api.resource.v1beta2.NetworkDeviceData");

ROWS(resource_v1beta2_NodeAllocatableResourceMapping) = {
    ROW( 1, "capacityKey",          OPTIONAL, STRING),
    ROW( 2, "allocationMultiplier", OPTIONAL, QUANTITY),
};
TYPE(resource_v1beta2_NodeAllocatableResourceMapping,
    "io.k8s.api.resource.v1beta2.NodeAllocatableResourceMapping");

ROWS(resource_v1beta2_OpaqueDeviceConfiguration) = {
    ROW( 1, "driver",     REQUIRED | MUST, STRING),
    ROW( 2, "parameters", REQUIRED,        RAW),
};
TYPE(resource_v1beta2_OpaqueDeviceConfiguration, "io.k8s.api.resource.v1beta2.OpaqueDeviceConfiguration");

ROWS(resource_v1beta2_ResourceClaim) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED | IMMUTABLE, OBJECT(resource_v1beta2_ResourceClaimSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(resource_v1beta2_ResourceClaimStatus)),
};
TOP_TYPE(resource_v1beta2_ResourceClaim,
    "io.k8s.api.resource.v1beta2.ResourceClaim", "resource.k8s.io", "v1beta2", "ResourceClaim");

ROWS(resource_v1beta2_ResourceClaimConsumerReference) = {
    ROW( 1, "apiGroup", OPTIONAL, STRING),
    ROW( 3, "resource", REQUIRED, STRING),
    ROW( 4, "name",     REQUIRED, STRING),
    ROW( 5, "uid",      REQUIRED, STRING),
};
TYPE(resource_v1beta2_ResourceClaimConsumerReference,
    "io.k8s.api.resource.v1beta2.ResourceClaimConsumerReference");

ROWS(resource_v1beta2_ResourceClaimList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(resource_v1beta2_ResourceClaim))),
};
TOP_TYPE(resource_v1beta2_ResourceClaimList,
    "io.k8s.api.resource.v1beta2.ResourceClaimList", "resource.k8s.io", "v1beta2", "ResourceClaimList");

ROWS(resource_v1beta2_ResourceClaimSpec) = {
    ROW( 1, "devices", OPTIONAL, OBJECT(resource_v1beta2_DeviceClaim)),
};
TYPE(resource_v1beta2_ResourceClaimSpec, "io.k8s.api.resource.v1beta2.ResourceClaimSpec");

ROWS(resource_v1beta2_ResourceClaimStatus) = {
    ROW( 1, "allocation",  OPTIONAL, OBJECT(resource_v1beta2_AllocationResult)),
    ROW( 2, "reservedFor", MERGE,    LIST_OF(OBJECT(resource_v1beta2_ResourceClaimConsumerReference)),
        KEYS("uid")),
    ROW( 4, "devices",     OPTIONAL, LIST_OF(OBJECT(resource_v1beta2_AllocatedDeviceStatus)),
        KEYS("driver", "device", "pool", "shareID")),
};
TYPE(resource_v1beta2_ResourceClaimStatus, "io.k8s.api.resource.v1beta2.ResourceClaimStatus");

ROWS(resource_v1beta2_ResourceClaimTemplate) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED | IMMUTABLE, OBJECT(resource_v1beta2_ResourceClaimTemplateSpec)),
};
TOP_TYPE(resource_v1beta2_ResourceClaimTemplate,
    "io.k8s.api.resource.v1beta2.ResourceClaimTemplate",
    "resource.k8s.io", "v1beta2", "ResourceClaimTemplate");

ROWS(resource_v1beta2_ResourceClaimTemplateList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(resource_v1beta2_ResourceClaimTemplate))),
};
TOP_TYPE(resource_v1beta2_ResourceClaimTemplateList,
    "io.k8s.api.resource.v1beta2.ResourceClaimTemplateList",
    "resource.k8s.io", "v1beta2", "ResourceClaimTemplateList");

ROWS(resource_v1beta2_ResourceClaimTemplateSpec) = {
    ROW( 1, "metadata", OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",     REQUIRED | IMMUTABLE, OBJECT(resource_v1beta2_ResourceClaimSpec)),
};
TYPE(resource_v1beta2_ResourceClaimTemplateSpec, "io.k8s.api.resource.v1beta2.ResourceClaimTemplateSpec");

ROWS(resource_v1beta2_ResourcePool) = {
    ROW( 1, "name",               REQUIRED | MUST, STRING),
    ROW( 2, "generation",         REQUIRED,        INT64),
    ROW( 3, "resourceSliceCount", REQUIRED,        INT64),
};
TYPE(resource_v1beta2_ResourcePool, "io.k8s.api.resource.v1beta2.ResourcePool");

ROWS(resource_v1beta2_ResourceSlice) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(resource_v1beta2_ResourceSliceSpec)),
};
TOP_TYPE(resource_v1beta2_ResourceSlice,
    "io.k8s.api.resource.v1beta2.ResourceSlice", "resource.k8s.io", "v1beta2", "ResourceSlice");

ROWS(resource_v1beta2_ResourceSliceList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(resource_v1beta2_ResourceSlice))),
};
TOP_TYPE(resource_v1beta2_ResourceSliceList,
    "io.k8s.api.resource.v1beta2.ResourceSliceList", "resource.k8s.io", "v1beta2", "ResourceSliceList");

ROWS(resource_v1beta2_ResourceSliceSpec) = {
    ROW( 1, "driver",                 REQUIRED | MUST, STRING),
    ROW( 2, "pool",                   REQUIRED,        OBJECT(resource_v1beta2_ResourcePool)),
    ROW( 3, "nodeName",               OPTIONAL,        STRING),
    ROW( 4, "nodeSelector",           OPTIONAL,        OBJECT(core_v1_NodeSelector)),
    ROW( 5, "allNodes",               OPTIONAL,        BOOL),
    ROW( 6, "devices",                OPTIONAL,        LIST_OF(OBJECT(resource_v1beta2_Device))),
    ROW( 7, "perDeviceNodeSelection", OPTIONAL,        BOOL),
    ROW( 8, "sharedCounters",         OPTIONAL,        LIST_OF(OBJECT(resource_v1beta2_CounterSet))),
};
TYPE(resource_v1beta2_ResourceSliceSpec, "io.k8s.api.resource.v1beta2.ResourceSliceSpec");
