/* SPDX-License-Identifier: Apache-2.0 */
/* Types: metadata, selectors, status: what all groups share. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(meta_v1_APIGroup) = {
    ROW( 0, "kind",                       OPTIONAL, STRING),
    ROW( 0, "apiVersion",                 OPTIONAL, STRING),
    ROW( 1, "name",                       REQUIRED, STRING),
    ROW( 2, "versions",                   REQUIRED, LIST_OF(OBJECT(meta_v1_GroupVersionForDiscovery))),
    ROW( 3, "preferredVersion",           OPTIONAL, OBJECT(meta_v1_GroupVersionForDiscovery)),
    ROW( 4, "serverAddressByClientCIDRs", OPTIONAL, LIST_OF(OBJECT(meta_v1_ServerAddressByClientCIDR))),
};
TOP_TYPE(meta_v1_APIGroup, "io.k8s.apimachinery.pkg.apis.meta.v1.APIGroup", "", "v1", "APIGroup");

ROWS(meta_v1_APIGroupList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "groups",     REQUIRED, LIST_OF(OBJECT(meta_v1_APIGroup))),
};
TOP_TYPE(meta_v1_APIGroupList, "io.k8s.apimachinery.pkg.apis.meta.v1.APIGroupList", "", "v1", "APIGroupList");

ROWS(meta_v1_APIResource) = {
    ROW( 1, "name",               REQUIRED, STRING),
    ROW( 2, "namespaced",         REQUIRED, BOOL),
    ROW( 3, "kind",               REQUIRED, STRING),
    ROW( 4, "verbs",              REQUIRED, LIST_OF(STRING)),
    ROW( 5, "shortNames",         OPTIONAL, LIST_OF(STRING)),
    ROW( 6, "singularName",       REQUIRED, STRING),
    ROW( 7, "categories",         OPTIONAL, LIST_OF(STRING)),
    ROW( 8, "group",              OPTIONAL, STRING),
    ROW( 9, "version",            OPTIONAL, STRING),
    ROW(10, "storageVersionHash", OPTIONAL, STRING),
};
TYPE(meta_v1_APIResource, "io.k8s.apimachinery.pkg.apis.meta.v1.APIResource");

ROWS(meta_v1_APIResourceList) = {
    ROW( 0, "kind",         OPTIONAL, STRING),
    ROW( 0, "apiVersion",   OPTIONAL, STRING),
    ROW( 1, "groupVersion", REQUIRED, STRING),
    ROW( 2, "resources",    REQUIRED, LIST_OF(OBJECT(meta_v1_APIResource))),
};
TOP_TYPE(meta_v1_APIResourceList,
    "io.k8s.apimachinery.pkg.apis.meta.v1.APIResourceList", "", "v1", "APIResourceList");

ROWS(meta_v1_APIVersions) = {
    ROW( 0, "kind",                       OPTIONAL, STRING),
    ROW( 0, "apiVersion",                 OPTIONAL, STRING),
    ROW( 1, "versions",                   REQUIRED, LIST_OF(STRING)),
    ROW( 2, "serverAddressByClientCIDRs", REQUIRED, LIST_OF(OBJECT(meta_v1_ServerAddressByClientCIDR))),
};
TOP_TYPE(meta_v1_APIVersions, "io.k8s.apimachinery.pkg.apis.meta.v1.APIVersions", "", "v1", "APIVersions");

ROWS(meta_v1_Condition) = {
    ROW( 1, "type",               REQUIRED, STRING),
    ROW( 2, "status",             REQUIRED, STRING),
    ROW( 3, "observedGeneration", OPTIONAL, INT64),
    ROW( 4, "lastTransitionTime", REQUIRED, TIME),
    ROW( 5, "reason",             REQUIRED, STRING),
    ROW( 6, "message",            REQUIRED, STRING),
};
TYPE(meta_v1_Condition, "io.k8s.apimachinery.pkg.apis.meta.v1.Condition");

ROWS(meta_v1_DeleteOptions) = {
    ROW( 0, "kind",                                             OPTIONAL, STRING),
    ROW( 0, "apiVersion",                                       OPTIONAL, STRING),
    ROW( 1, "gracePeriodSeconds",                               OPTIONAL, INT64),
    ROW( 2, "preconditions",                                    OPTIONAL, OBJECT(meta_v1_Preconditions)),
    ROW( 3, "orphanDependents",                                 OPTIONAL, BOOL),
    ROW( 4, "propagationPolicy",                                OPTIONAL, STRING),
    ROW( 5, "dryRun",                                           OPTIONAL, LIST_OF(STRING)),
    ROW( 6, "ignoreStoreReadErrorWithClusterBreakingPotential", OPTIONAL, BOOL),
};
TOP_TYPE(meta_v1_DeleteOptions,
    "io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions", "", "v1", "DeleteOptions");

ROWS(meta_v1_FieldSelectorRequirement) = {
    ROW( 1, "key",      REQUIRED, STRING),
    ROW( 2, "operator", REQUIRED, STRING),
    ROW( 3, "values",   OPTIONAL, LIST_OF(STRING)),
};
TYPE(meta_v1_FieldSelectorRequirement, "io.k8s.apimachinery.pkg.apis.meta.v1.FieldSelectorRequirement");

ROWS(meta_v1_GroupResource) = {
    ROW( 1, "group",    REQUIRED, STRING),
    ROW( 2, "resource", REQUIRED, STRING),
};
TYPE(meta_v1_GroupResource, "io.k8s.apimachinery.pkg.apis.meta.v1.GroupResource");

ROWS(meta_v1_GroupVersionForDiscovery) = {
    ROW( 1, "groupVersion", REQUIRED, STRING),
    ROW( 2, "version",      REQUIRED, STRING),
};
TYPE(meta_v1_GroupVersionForDiscovery, "io.k8s.apimachinery.pkg.apis.meta.v1.GroupVersionForDiscovery");

ROWS(meta_v1_LabelSelector) = {
    ROW( 1, "matchLabels",      OPTIONAL, MAP_OF(STRING)),
    ROW( 2, "matchExpressions", OPTIONAL, LIST_OF(OBJECT(meta_v1_LabelSelectorRequirement))),
};
TYPE(meta_v1_LabelSelector, "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector", ATOMIC_TYPE,
    VALIDATE_HOOK(validate_label_selector));

ROWS(meta_v1_LabelSelectorRequirement) = {
    ROW( 1, "key",      REQUIRED | MUST, STRING, CHECK(qualified)),
    ROW( 2, "operator", REQUIRED | MUST, STRING, ENUM("DoesNotExist", "Exists", "In", "NotIn")),
    ROW( 3, "values",   OPTIONAL,        LIST_OF(STRING)),
};
TYPE(meta_v1_LabelSelectorRequirement, "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement",
    VALIDATE_HOOK(validate_selector_requirement));

ROWS(meta_v1_ListMeta) = {
    ROW( 1, "selfLink",           OPTIONAL, STRING),
    ROW( 2, "resourceVersion",    OPTIONAL, STRING),
    ROW( 3, "continue",           OPTIONAL, STRING),
    ROW( 4, "remainingItemCount", OPTIONAL, INT64),
    ROW( 5, "shardInfo",          OPTIONAL, OBJECT(meta_v1_ShardInfo)),
};
TYPE(meta_v1_ListMeta, "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta");

ROWS(meta_v1_ManagedFieldsEntry) = {
    ROW( 1, "manager",     OPTIONAL, STRING),
    ROW( 2, "operation",   OPTIONAL, STRING),
    ROW( 3, "apiVersion",  OPTIONAL, STRING),
    ROW( 4, "time",        OPTIONAL, TIME),
    ROW( 6, "fieldsType",  OPTIONAL, STRING),
    ROW( 7, "fieldsV1",    OPTIONAL, RAW),
    ROW( 8, "subresource", OPTIONAL, STRING),
};
TYPE(meta_v1_ManagedFieldsEntry, "io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry");

ROWS(meta_v1_ObjectMeta) = {
    ROW( 1, "name",                       OPTIONAL, STRING),
    ROW( 2, "generateName",               OPTIONAL, STRING),
    ROW( 3, "namespace",                  OPTIONAL, STRING),
    ROW( 4, "selfLink",                   OPTIONAL, STRING),
    ROW( 5, "uid",                        OPTIONAL, STRING),
    ROW( 6, "resourceVersion",            OPTIONAL, STRING),
    ROW( 7, "generation",                 OMIT,     INT64),
    ROW( 8, "creationTimestamp",          OPTIONAL, TIME),
    ROW( 9, "deletionTimestamp",          OPTIONAL, TIME),
    ROW(10, "deletionGracePeriodSeconds", OPTIONAL, INT64),
    ROW(11, "labels",                     OPTIONAL, MAP_OF(STRING)),
    ROW(12, "annotations",                OPTIONAL, MAP_OF(STRING)),
    ROW(13, "ownerReferences",            MERGE,    LIST_OF(OBJECT(meta_v1_OwnerReference)), KEYS("uid")),
    ROW(14, "finalizers",                 MERGE,    LIST_OF(STRING), SET),
    ROW(17, "managedFields",              OPTIONAL, LIST_OF(OBJECT(meta_v1_ManagedFieldsEntry))),
};
TYPE(meta_v1_ObjectMeta, "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
    VALIDATE_HOOK(validate_object_meta));

ROWS(meta_v1_OwnerReference) = {
    ROW( 1, "kind",               REQUIRED, STRING),
    ROW( 3, "name",               REQUIRED, STRING),
    ROW( 4, "uid",                REQUIRED, STRING),
    ROW( 5, "apiVersion",         REQUIRED, STRING),
    ROW( 6, "controller",         OPTIONAL, BOOL),
    ROW( 7, "blockOwnerDeletion", OPTIONAL, BOOL),
};
TYPE(meta_v1_OwnerReference, "io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference", ATOMIC_TYPE);

ROWS(meta_v1_PartialObjectMetadata) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
};
TOP_TYPE(meta_v1_PartialObjectMetadata,
    "io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadata", "meta.k8s.io", "v1", "PartialObjectMetadata");

ROWS(meta_v1_PartialObjectMetadataList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(meta_v1_PartialObjectMetadata))),
};
TOP_TYPE(meta_v1_PartialObjectMetadataList,
    "io.k8s.apimachinery.pkg.apis.meta.v1.PartialObjectMetadataList",
    "meta.k8s.io", "v1", "PartialObjectMetadataList");

ROWS(meta_v1_Preconditions) = {
    ROW( 1, "uid",             OPTIONAL, STRING),
    ROW( 2, "resourceVersion", OPTIONAL, STRING),
};
TYPE(meta_v1_Preconditions, "io.k8s.apimachinery.pkg.apis.meta.v1.Preconditions");

ROWS(meta_v1_ServerAddressByClientCIDR) = {
    ROW( 1, "clientCIDR",    REQUIRED, STRING),
    ROW( 2, "serverAddress", REQUIRED, STRING),
};
TYPE(meta_v1_ServerAddressByClientCIDR, "io.k8s.apimachinery.pkg.apis.meta.v1.ServerAddressByClientCIDR");

ROWS(meta_v1_ShardInfo) = {
    ROW( 1, "selector", REQUIRED, STRING),
};
TYPE(meta_v1_ShardInfo, "io.k8s.apimachinery.pkg.apis.meta.v1.ShardInfo");

ROWS(meta_v1_Status) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "status",     OPTIONAL, STRING),
    ROW( 3, "message",    OPTIONAL, STRING),
    ROW( 4, "reason",     OPTIONAL, STRING),
    ROW( 5, "details",    OPTIONAL, OBJECT(meta_v1_StatusDetails)),
    ROW( 6, "code",       OPTIONAL, INT32),
};
TOP_TYPE(meta_v1_Status, "io.k8s.apimachinery.pkg.apis.meta.v1.Status", "", "v1", "Status");

ROWS(meta_v1_StatusCause) = {
    ROW( 1, "reason",  OPTIONAL, STRING),
    ROW( 2, "message", OPTIONAL, STRING),
    ROW( 3, "field",   OPTIONAL, STRING),
};
TYPE(meta_v1_StatusCause, "io.k8s.apimachinery.pkg.apis.meta.v1.StatusCause");

ROWS(meta_v1_StatusDetails) = {
    ROW( 1, "name",              OPTIONAL, STRING),
    ROW( 2, "group",             OPTIONAL, STRING),
    ROW( 3, "kind",              OPTIONAL, STRING),
    ROW( 4, "causes",            OPTIONAL, LIST_OF(OBJECT(meta_v1_StatusCause))),
    ROW( 5, "retryAfterSeconds", OPTIONAL, INT32),
    ROW( 6, "uid",               OPTIONAL, STRING),
};
TYPE(meta_v1_StatusDetails, "io.k8s.apimachinery.pkg.apis.meta.v1.StatusDetails");

ROWS(meta_v1_WatchEvent) = {
    ROW( 1, "type",   REQUIRED, STRING),
    ROW( 2, "object", REQUIRED, RAW),
};
TOP_TYPE(meta_v1_WatchEvent, "io.k8s.apimachinery.pkg.apis.meta.v1.WatchEvent", "", "v1", "WatchEvent");

ROWS(version_Info) = {
    ROW( 0, "buildDate",             REQUIRED, STRING),
    ROW( 0, "compiler",              REQUIRED, STRING),
    ROW( 0, "emulationMajor",        OPTIONAL, STRING),
    ROW( 0, "emulationMinor",        OPTIONAL, STRING),
    ROW( 0, "gitCommit",             REQUIRED, STRING),
    ROW( 0, "gitTreeState",          REQUIRED, STRING),
    ROW( 0, "gitVersion",            REQUIRED, STRING),
    ROW( 0, "goVersion",             REQUIRED, STRING),
    ROW( 0, "major",                 REQUIRED, STRING),
    ROW( 0, "minCompatibilityMajor", OPTIONAL, STRING),
    ROW( 0, "minCompatibilityMinor", OPTIONAL, STRING),
    ROW( 0, "minor",                 REQUIRED, STRING),
    ROW( 0, "platform",              REQUIRED, STRING),
};
TYPE(version_Info, "io.k8s.apimachinery.pkg.version.Info");
