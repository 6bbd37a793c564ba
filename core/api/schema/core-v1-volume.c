/* SPDX-License-Identifier: Apache-2.0 */
/* Types: volumes, persistent and not. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(core_v1_AWSElasticBlockStoreVolumeSource) = {
    ROW( 1, "volumeID",  REQUIRED | MUST, STRING),
    ROW( 2, "fsType",    OPTIONAL,        STRING),
    ROW( 3, "partition", OPTIONAL,        INT32),
    ROW( 4, "readOnly",  OMIT,            BOOL),
};
TYPE(core_v1_AWSElasticBlockStoreVolumeSource, "io.k8s.api.core.v1.AWSElasticBlockStoreVolumeSource");

ROWS(core_v1_AttachedVolume) = {
    ROW( 1, "name",       REQUIRED, STRING),
    ROW( 2, "devicePath", REQUIRED, STRING),
};
TYPE(core_v1_AttachedVolume, "io.k8s.api.core.v1.AttachedVolume");

ROWS(core_v1_AzureDiskVolumeSource) = {
    ROW( 1, "diskName",    REQUIRED | MUST, STRING),
    ROW( 2, "diskURI",     REQUIRED | MUST, STRING),
    ROW( 3, "cachingMode", OPTIONAL,        STRING,
        DEFAULT("ReadWrite"), ENUM("None", "ReadOnly", "ReadWrite")),
    ROW( 4, "fsType",      OPTIONAL,        STRING, DEFAULT("ext4")),
    ROW( 5, "readOnly",    OMIT,            BOOL, DEFAULT(false)),
    ROW( 6, "kind",        OPTIONAL,        STRING,
        DEFAULT("Shared"), ENUM("Dedicated", "Managed", "Shared")),
};
TYPE(core_v1_AzureDiskVolumeSource, "io.k8s.api.core.v1.AzureDiskVolumeSource");

ROWS(core_v1_AzureFilePersistentVolumeSource) = {
    ROW( 1, "secretName",      REQUIRED | MUST, STRING),
    ROW( 2, "shareName",       REQUIRED | MUST, STRING),
    ROW( 3, "readOnly",        OMIT,            BOOL),
    ROW( 4, "secretNamespace", OPTIONAL,        STRING),
};
TYPE(core_v1_AzureFilePersistentVolumeSource, "io.k8s.api.core.v1.AzureFilePersistentVolumeSource");

ROWS(core_v1_AzureFileVolumeSource) = {
    ROW( 1, "secretName", REQUIRED | MUST, STRING),
    ROW( 2, "shareName",  REQUIRED | MUST, STRING),
    ROW( 3, "readOnly",   OMIT,            BOOL),
};
TYPE(core_v1_AzureFileVolumeSource, "io.k8s.api.core.v1.AzureFileVolumeSource");

ROWS(core_v1_CSIPersistentVolumeSource) = {
    ROW( 1, "driver",                     REQUIRED | MUST, STRING),
    ROW( 2, "volumeHandle",               REQUIRED | MUST, STRING),
    ROW( 3, "readOnly",                   OMIT,            BOOL),
    ROW( 4, "fsType",                     OPTIONAL,        STRING),
    ROW( 5, "volumeAttributes",           OPTIONAL,        MAP_OF(STRING)),
    ROW( 6, "controllerPublishSecretRef", OPTIONAL,        OBJECT(core_v1_SecretReference)),
    ROW( 7, "nodeStageSecretRef",         OPTIONAL,        OBJECT(core_v1_SecretReference)),
    ROW( 8, "nodePublishSecretRef",       OPTIONAL,        OBJECT(core_v1_SecretReference)),
    ROW( 9, "controllerExpandSecretRef",  OPTIONAL,        OBJECT(core_v1_SecretReference)),
    ROW(10, "nodeExpandSecretRef",        OPTIONAL,        OBJECT(core_v1_SecretReference)),
};
TYPE(core_v1_CSIPersistentVolumeSource, "io.k8s.api.core.v1.CSIPersistentVolumeSource");

ROWS(core_v1_CSIVolumeSource) = {
    ROW( 1, "driver",               REQUIRED | MUST, STRING),
    ROW( 2, "readOnly",             OMIT,            BOOL),
    ROW( 3, "fsType",               OPTIONAL,        STRING),
    ROW( 4, "volumeAttributes",     OPTIONAL,        MAP_OF(STRING)),
    ROW( 5, "nodePublishSecretRef", OPTIONAL,        OBJECT(core_v1_LocalObjectReference)),
};
TYPE(core_v1_CSIVolumeSource, "io.k8s.api.core.v1.CSIVolumeSource");

ROWS(core_v1_CephFSPersistentVolumeSource) = {
    ROW( 1, "monitors",   REQUIRED, LIST_OF(STRING)),
    ROW( 2, "path",       OPTIONAL, STRING),
    ROW( 3, "user",       OPTIONAL, STRING),
    ROW( 4, "secretFile", OPTIONAL, STRING),
    ROW( 5, "secretRef",  OPTIONAL, OBJECT(core_v1_SecretReference)),
    ROW( 6, "readOnly",   OMIT,     BOOL),
};
TYPE(core_v1_CephFSPersistentVolumeSource, "io.k8s.api.core.v1.CephFSPersistentVolumeSource");

ROWS(core_v1_CephFSVolumeSource) = {
    ROW( 1, "monitors",   REQUIRED, LIST_OF(STRING)),
    ROW( 2, "path",       OPTIONAL, STRING),
    ROW( 3, "user",       OPTIONAL, STRING),
    ROW( 4, "secretFile", OPTIONAL, STRING),
    ROW( 5, "secretRef",  OPTIONAL, OBJECT(core_v1_LocalObjectReference)),
    ROW( 6, "readOnly",   OMIT,     BOOL),
};
TYPE(core_v1_CephFSVolumeSource, "io.k8s.api.core.v1.CephFSVolumeSource");

ROWS(core_v1_CinderPersistentVolumeSource) = {
    ROW( 1, "volumeID",  REQUIRED | MUST, STRING),
    ROW( 2, "fsType",    OPTIONAL,        STRING),
    ROW( 3, "readOnly",  OMIT,            BOOL),
    ROW( 4, "secretRef", OPTIONAL,        OBJECT(core_v1_SecretReference)),
};
TYPE(core_v1_CinderPersistentVolumeSource, "io.k8s.api.core.v1.CinderPersistentVolumeSource");

ROWS(core_v1_CinderVolumeSource) = {
    ROW( 1, "volumeID",  REQUIRED | MUST, STRING),
    ROW( 2, "fsType",    OPTIONAL,        STRING),
    ROW( 3, "readOnly",  OMIT,            BOOL),
    ROW( 4, "secretRef", OPTIONAL,        OBJECT(core_v1_LocalObjectReference)),
};
TYPE(core_v1_CinderVolumeSource, "io.k8s.api.core.v1.CinderVolumeSource");

ROWS(core_v1_ClusterTrustBundleProjection) = {
    ROW( 1, "name",          OPTIONAL,        STRING),
    ROW( 2, "signerName",    OPTIONAL,        STRING),
    ROW( 3, "labelSelector", OPTIONAL,        OBJECT(meta_v1_LabelSelector)),
    ROW( 4, "path",          REQUIRED | MUST, STRING),
    ROW( 5, "optional",      OPTIONAL,        BOOL),
};
TYPE(core_v1_ClusterTrustBundleProjection, "io.k8s.api.core.v1.ClusterTrustBundleProjection");

ROWS(core_v1_ConfigMapProjection) = {
    EMBED(1,  1, "name",     OPTIONAL, STRING),
    ROW( 2, "items",    OPTIONAL, LIST_OF(OBJECT(core_v1_KeyToPath))),
    ROW( 4, "optional", OPTIONAL, BOOL),
};
TYPE(core_v1_ConfigMapProjection, "io.k8s.api.core.v1.ConfigMapProjection");

ROWS(core_v1_ConfigMapVolumeSource) = {
    EMBED(1,  1, "name",        OPTIONAL, STRING),
    ROW( 2, "items",       OPTIONAL, LIST_OF(OBJECT(core_v1_KeyToPath))),
    ROW( 3, "defaultMode", OPTIONAL, INT32, DEFAULT(420), RANGE(0, 511)),
    ROW( 4, "optional",    OPTIONAL, BOOL),
};
TYPE(core_v1_ConfigMapVolumeSource, "io.k8s.api.core.v1.ConfigMapVolumeSource");

ROWS(core_v1_DownwardAPIProjection) = {
    ROW( 1, "items", OPTIONAL, LIST_OF(OBJECT(core_v1_DownwardAPIVolumeFile))),
};
TYPE(core_v1_DownwardAPIProjection, "io.k8s.api.core.v1.DownwardAPIProjection");

ROWS(core_v1_DownwardAPIVolumeFile) = {
    ROW( 1, "path",             REQUIRED | MUST, STRING),
    ROW( 2, "fieldRef",         OPTIONAL,        OBJECT(core_v1_ObjectFieldSelector)),
    ROW( 3, "resourceFieldRef", OPTIONAL,        OBJECT(core_v1_ResourceFieldSelector)),
    ROW( 4, "mode",             OPTIONAL,        INT32, RANGE(0, 511)),
};
TYPE(core_v1_DownwardAPIVolumeFile, "io.k8s.api.core.v1.DownwardAPIVolumeFile",
    VALIDATE_HOOK(validate_downward_file));

ROWS(core_v1_DownwardAPIVolumeSource) = {
    ROW( 1, "items",       OPTIONAL, LIST_OF(OBJECT(core_v1_DownwardAPIVolumeFile))),
    ROW( 2, "defaultMode", OPTIONAL, INT32, DEFAULT(420), RANGE(0, 511)),
};
TYPE(core_v1_DownwardAPIVolumeSource, "io.k8s.api.core.v1.DownwardAPIVolumeSource");

ROWS(core_v1_EmptyDirVolumeSource) = {
    ROW( 1, "medium",    OPTIONAL, STRING),
    ROW( 2, "sizeLimit", OPTIONAL, QUANTITY),
};
TYPE(core_v1_EmptyDirVolumeSource, "io.k8s.api.core.v1.EmptyDirVolumeSource",
    VALIDATE_HOOK(validate_empty_dir));

ROWS(core_v1_EphemeralVolumeSource) = {
    ROW( 1, "volumeClaimTemplate", OPTIONAL, OBJECT(core_v1_PersistentVolumeClaimTemplate)),
};
TYPE(core_v1_EphemeralVolumeSource, "io.k8s.api.core.v1.EphemeralVolumeSource");

ROWS(core_v1_FCVolumeSource) = {
    ROW( 1, "targetWWNs", OPTIONAL, LIST_OF(STRING)),
    ROW( 2, "lun",        OPTIONAL, INT32),
    ROW( 3, "fsType",     OPTIONAL, STRING),
    ROW( 4, "readOnly",   OMIT,     BOOL),
    ROW( 5, "wwids",      OPTIONAL, LIST_OF(STRING)),
};
TYPE(core_v1_FCVolumeSource, "io.k8s.api.core.v1.FCVolumeSource");

ROWS(core_v1_FlexPersistentVolumeSource) = {
    ROW( 1, "driver",    REQUIRED | MUST, STRING),
    ROW( 2, "fsType",    OPTIONAL,        STRING),
    ROW( 3, "secretRef", OPTIONAL,        OBJECT(core_v1_SecretReference)),
    ROW( 4, "readOnly",  OMIT,            BOOL),
    ROW( 5, "options",   OPTIONAL,        MAP_OF(STRING)),
};
TYPE(core_v1_FlexPersistentVolumeSource, "io.k8s.api.core.v1.FlexPersistentVolumeSource");

ROWS(core_v1_FlexVolumeSource) = {
    ROW( 1, "driver",    REQUIRED | MUST, STRING),
    ROW( 2, "fsType",    OPTIONAL,        STRING),
    ROW( 3, "secretRef", OPTIONAL,        OBJECT(core_v1_LocalObjectReference)),
    ROW( 4, "readOnly",  OMIT,            BOOL),
    ROW( 5, "options",   OPTIONAL,        MAP_OF(STRING)),
};
TYPE(core_v1_FlexVolumeSource, "io.k8s.api.core.v1.FlexVolumeSource");

ROWS(core_v1_FlockerVolumeSource) = {
    ROW( 1, "datasetName", OPTIONAL, STRING),
    ROW( 2, "datasetUUID", OPTIONAL, STRING),
};
TYPE(core_v1_FlockerVolumeSource, "io.k8s.api.core.v1.FlockerVolumeSource");

ROWS(core_v1_GCEPersistentDiskVolumeSource) = {
    ROW( 1, "pdName",    REQUIRED | MUST, STRING),
    ROW( 2, "fsType",    OPTIONAL,        STRING),
    ROW( 3, "partition", OPTIONAL,        INT32),
    ROW( 4, "readOnly",  OMIT,            BOOL),
};
TYPE(core_v1_GCEPersistentDiskVolumeSource, "io.k8s.api.core.v1.GCEPersistentDiskVolumeSource");

ROWS(core_v1_GitRepoVolumeSource) = {
    ROW( 1, "repository", REQUIRED | MUST, STRING),
    ROW( 2, "revision",   OPTIONAL,        STRING),
    ROW( 3, "directory",  OPTIONAL,        STRING),
};
TYPE(core_v1_GitRepoVolumeSource, "io.k8s.api.core.v1.GitRepoVolumeSource");

ROWS(core_v1_GlusterfsPersistentVolumeSource) = {
    ROW( 1, "endpoints",          REQUIRED | MUST, STRING),
    ROW( 2, "path",               REQUIRED | MUST, STRING),
    ROW( 3, "readOnly",           OMIT,            BOOL),
    ROW( 4, "endpointsNamespace", OPTIONAL,        STRING),
};
TYPE(core_v1_GlusterfsPersistentVolumeSource, "io.k8s.api.core.v1.GlusterfsPersistentVolumeSource");

ROWS(core_v1_GlusterfsVolumeSource) = {
    ROW( 1, "endpoints", REQUIRED | MUST, STRING),
    ROW( 2, "path",      REQUIRED | MUST, STRING),
    ROW( 3, "readOnly",  OMIT,            BOOL),
};
TYPE(core_v1_GlusterfsVolumeSource, "io.k8s.api.core.v1.GlusterfsVolumeSource");

ROWS(core_v1_HostPathVolumeSource) = {
    ROW( 1, "path", REQUIRED | MUST, STRING),
    ROW( 2, "type", OPTIONAL,        STRING,
        DEFAULT(""), ENUM("", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File",
        "FileOrCreate", "Socket")),
};
TYPE(core_v1_HostPathVolumeSource, "io.k8s.api.core.v1.HostPathVolumeSource",
    VALIDATE_HOOK(validate_host_path));

ROWS(core_v1_ISCSIPersistentVolumeSource) = {
    ROW( 1, "targetPortal",      REQUIRED | MUST, STRING),
    ROW( 2, "iqn",               REQUIRED | MUST, STRING),
    ROW( 3, "lun",               REQUIRED,        INT32),
    ROW( 4, "iscsiInterface",    ZERO,            STRING, DEFAULT("default")),
    ROW( 5, "fsType",            OPTIONAL,        STRING),
    ROW( 6, "readOnly",          OMIT,            BOOL),
    ROW( 7, "portals",           OPTIONAL,        LIST_OF(STRING)),
    ROW( 8, "chapAuthDiscovery", OPTIONAL,        BOOL),
    ROW(10, "secretRef",         OPTIONAL,        OBJECT(core_v1_SecretReference)),
    ROW(11, "chapAuthSession",   OPTIONAL,        BOOL),
    ROW(12, "initiatorName",     OPTIONAL,        STRING),
};
TYPE(core_v1_ISCSIPersistentVolumeSource, "io.k8s.api.core.v1.ISCSIPersistentVolumeSource");

ROWS(core_v1_ISCSIVolumeSource) = {
    ROW( 1, "targetPortal",      REQUIRED | MUST, STRING),
    ROW( 2, "iqn",               REQUIRED | MUST, STRING),
    ROW( 3, "lun",               REQUIRED,        INT32),
    ROW( 4, "iscsiInterface",    ZERO,            STRING, DEFAULT("default")),
    ROW( 5, "fsType",            OPTIONAL,        STRING),
    ROW( 6, "readOnly",          OMIT,            BOOL),
    ROW( 7, "portals",           OPTIONAL,        LIST_OF(STRING)),
    ROW( 8, "chapAuthDiscovery", OPTIONAL,        BOOL),
    ROW(10, "secretRef",         OPTIONAL,        OBJECT(core_v1_LocalObjectReference)),
    ROW(11, "chapAuthSession",   OPTIONAL,        BOOL),
    ROW(12, "initiatorName",     OPTIONAL,        STRING),
};
TYPE(core_v1_ISCSIVolumeSource, "io.k8s.api.core.v1.ISCSIVolumeSource");

ROWS(core_v1_ImageVolumeSource) = {
    ROW( 1, "reference",  OPTIONAL, STRING),
    ROW( 2, "pullPolicy", OPTIONAL, STRING, ENUM("Always", "IfNotPresent", "Never")),
};
TYPE(core_v1_ImageVolumeSource, "io.k8s.api.core.v1.ImageVolumeSource");

ROWS(core_v1_ImageVolumeStatus) = {
    ROW( 1, "imageRef", REQUIRED, STRING),
};
TYPE(core_v1_ImageVolumeStatus, "io.k8s.api.core.v1.ImageVolumeStatus");

ROWS(core_v1_KeyToPath) = {
    ROW( 1, "key",  REQUIRED | MUST, STRING, CHECK(config_key)),
    ROW( 2, "path", REQUIRED | MUST, STRING),
    ROW( 3, "mode", OPTIONAL,        INT32, RANGE(0, 511)),
};
TYPE(core_v1_KeyToPath, "io.k8s.api.core.v1.KeyToPath", VALIDATE_HOOK(validate_key_to_path));

ROWS(core_v1_LocalVolumeSource) = {
    ROW( 1, "path",   REQUIRED | MUST, STRING),
    ROW( 2, "fsType", OPTIONAL,        STRING),
};
TYPE(core_v1_LocalVolumeSource, "io.k8s.api.core.v1.LocalVolumeSource");

ROWS(core_v1_ModifyVolumeStatus) = {
    ROW( 1, "targetVolumeAttributesClassName", OPTIONAL, STRING),
    ROW( 2, "status",                          REQUIRED, STRING),
};
TYPE(core_v1_ModifyVolumeStatus, "io.k8s.api.core.v1.ModifyVolumeStatus");

ROWS(core_v1_NFSVolumeSource) = {
    ROW( 1, "server",   REQUIRED | MUST, STRING),
    ROW( 2, "path",     REQUIRED | MUST, STRING),
    ROW( 3, "readOnly", OMIT,            BOOL),
};
TYPE(core_v1_NFSVolumeSource, "io.k8s.api.core.v1.NFSVolumeSource", VALIDATE_HOOK(validate_nfs));

ROWS(core_v1_PersistentVolume) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(core_v1_PersistentVolumeSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(core_v1_PersistentVolumeStatus)),
};
TOP_TYPE(core_v1_PersistentVolume, "io.k8s.api.core.v1.PersistentVolume", "", "v1", "PersistentVolume");

ROWS(core_v1_PersistentVolumeClaim) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(core_v1_PersistentVolumeClaimSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(core_v1_PersistentVolumeClaimStatus)),
};
TOP_TYPE(core_v1_PersistentVolumeClaim,
    "io.k8s.api.core.v1.PersistentVolumeClaim", "", "v1", "PersistentVolumeClaim");

ROWS(core_v1_PersistentVolumeClaimCondition) = {
    ROW( 1, "type",               REQUIRED, STRING),
    ROW( 2, "status",             REQUIRED, STRING),
    ROW( 3, "lastProbeTime",      OPTIONAL, TIME),
    ROW( 4, "lastTransitionTime", OPTIONAL, TIME),
    ROW( 5, "reason",             OPTIONAL, STRING),
    ROW( 6, "message",            OPTIONAL, STRING),
};
TYPE(core_v1_PersistentVolumeClaimCondition, "io.k8s.api.core.v1.PersistentVolumeClaimCondition");

ROWS(core_v1_PersistentVolumeClaimList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(core_v1_PersistentVolumeClaim))),
};
TOP_TYPE(core_v1_PersistentVolumeClaimList,
    "io.k8s.api.core.v1.PersistentVolumeClaimList", "", "v1", "PersistentVolumeClaimList");

ROWS(core_v1_PersistentVolumeClaimSpec) = {
    ROW( 1, "accessModes",               MUST,     LIST_OF(STRING),
        ENUM("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")),
    ROW( 2, "resources",                 OPTIONAL, OBJECT(core_v1_VolumeResourceRequirements)),
    ROW( 3, "volumeName",                OPTIONAL, STRING),
    ROW( 4, "selector",                  OPTIONAL, OBJECT(meta_v1_LabelSelector)),
    ROW( 5, "storageClassName",          KEEP,     STRING, CHECK(dns1123_subdomain)),
    ROW( 6, "volumeMode",                OPTIONAL, STRING,
        DEFAULT("Filesystem"), ENUM("Block", "Filesystem")),
    ROW( 7, "dataSource",                OPTIONAL, OBJECT(core_v1_TypedLocalObjectReference)),
    ROW( 8, "dataSourceRef",             OPTIONAL, OBJECT(core_v1_TypedObjectReference)),
    ROW( 9, "volumeAttributesClassName", KEEP,     STRING),
};
TYPE(core_v1_PersistentVolumeClaimSpec, "io.k8s.api.core.v1.PersistentVolumeClaimSpec",
    VALIDATE_HOOK(validate_claim_spec));

ROWS(core_v1_PersistentVolumeClaimStatus) = {
    ROW( 1, "phase",                            ZERO,     STRING, DEFAULT("Pending")),
    ROW( 2, "accessModes",                      OPTIONAL, LIST_OF(STRING)),
    ROW( 3, "capacity",                         OPTIONAL, MAP_OF(QUANTITY)),
    ROW( 4, "conditions",                       MERGE,
        LIST_OF(OBJECT(core_v1_PersistentVolumeClaimCondition)), KEYS("type")),
    ROW( 5, "allocatedResources",               OPTIONAL, MAP_OF(QUANTITY)),
    ROW( 7, "allocatedResourceStatuses",        OPTIONAL, MAP_OF(STRING)),
    ROW( 8, "currentVolumeAttributesClassName", OPTIONAL, STRING),
    ROW( 9, "modifyVolumeStatus",               OPTIONAL, OBJECT(core_v1_ModifyVolumeStatus)),
};
TYPE(core_v1_PersistentVolumeClaimStatus, "io.k8s.api.core.v1.PersistentVolumeClaimStatus");

ROWS(core_v1_PersistentVolumeClaimTemplate) = {
    ROW( 1, "metadata", OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",     REQUIRED, OBJECT(core_v1_PersistentVolumeClaimSpec)),
};
TYPE(core_v1_PersistentVolumeClaimTemplate, "io.k8s.api.core.v1.PersistentVolumeClaimTemplate");

ROWS(core_v1_PersistentVolumeClaimVolumeSource) = {
    ROW( 1, "claimName", REQUIRED | MUST, STRING),
    ROW( 2, "readOnly",  OMIT,            BOOL),
};
TYPE(core_v1_PersistentVolumeClaimVolumeSource, "io.k8s.api.core.v1.PersistentVolumeClaimVolumeSource");

ROWS(core_v1_PersistentVolumeList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(core_v1_PersistentVolume))),
};
TOP_TYPE(core_v1_PersistentVolumeList,
    "io.k8s.api.core.v1.PersistentVolumeList", "", "v1", "PersistentVolumeList");

ROWS(core_v1_PersistentVolumeSpec) = {
    ROW( 1, "capacity",                      MUST,     MAP_OF(QUANTITY)),
    EMBED(2,  1, "gcePersistentDisk",             OPTIONAL, OBJECT(core_v1_GCEPersistentDiskVolumeSource)),
    EMBED(2,  2, "awsElasticBlockStore",          OPTIONAL, OBJECT(core_v1_AWSElasticBlockStoreVolumeSource)),
    EMBED(2,  3, "hostPath",                      OPTIONAL, OBJECT(core_v1_HostPathVolumeSource)),
    EMBED(2,  4, "glusterfs",                     OPTIONAL, OBJECT(core_v1_GlusterfsPersistentVolumeSource)),
    EMBED(2,  5, "nfs",                           OPTIONAL, OBJECT(core_v1_NFSVolumeSource)),
    EMBED(2,  6, "rbd",                           OPTIONAL, OBJECT(core_v1_RBDPersistentVolumeSource)),
    EMBED(2,  7, "iscsi",                         OPTIONAL, OBJECT(core_v1_ISCSIPersistentVolumeSource)),
    EMBED(2,  8, "cinder",                        OPTIONAL, OBJECT(core_v1_CinderPersistentVolumeSource)),
    EMBED(2,  9, "cephfs",                        OPTIONAL, OBJECT(core_v1_CephFSPersistentVolumeSource)),
    EMBED(2, 10, "fc",                            OPTIONAL, OBJECT(core_v1_FCVolumeSource)),
    EMBED(2, 11, "flocker",                       OPTIONAL, OBJECT(core_v1_FlockerVolumeSource)),
    EMBED(2, 12, "flexVolume",                    OPTIONAL, OBJECT(core_v1_FlexPersistentVolumeSource)),
    EMBED(2, 13, "azureFile",                     OPTIONAL, OBJECT(core_v1_AzureFilePersistentVolumeSource)),
    EMBED(2, 14, "vsphereVolume",                 OPTIONAL, OBJECT(core_v1_VsphereVirtualDiskVolumeSource)),
    EMBED(2, 15, "quobyte",                       OPTIONAL, OBJECT(core_v1_QuobyteVolumeSource)),
    EMBED(2, 16, "azureDisk",                     OPTIONAL, OBJECT(core_v1_AzureDiskVolumeSource)),
    EMBED(2, 17, "photonPersistentDisk",          OPTIONAL, OBJECT(core_v1_PhotonPersistentDiskVolumeSource)),
    EMBED(2, 18, "portworxVolume",                OPTIONAL, OBJECT(core_v1_PortworxVolumeSource)),
    EMBED(2, 19, "scaleIO",                       OPTIONAL, OBJECT(core_v1_ScaleIOPersistentVolumeSource)),
    EMBED(2, 20, "local",                         OPTIONAL, OBJECT(core_v1_LocalVolumeSource)),
    EMBED(2, 21, "storageos",                     OPTIONAL, OBJECT(core_v1_StorageOSPersistentVolumeSource)),
    EMBED(2, 22, "csi",                           OPTIONAL, OBJECT(core_v1_CSIPersistentVolumeSource)),
    ROW( 3, "accessModes",                   MUST,     LIST_OF(STRING),
        ENUM("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")),
    ROW( 4, "claimRef",                      OPTIONAL, OBJECT(core_v1_ObjectReference)),
    ROW( 5, "persistentVolumeReclaimPolicy", ZERO,     STRING,
        DEFAULT("Retain"), ENUM("Delete", "Recycle", "Retain")),
    ROW( 6, "storageClassName",              KEEP,     STRING, CHECK(dns1123_subdomain)),
    ROW( 7, "mountOptions",                  OPTIONAL, LIST_OF(STRING)),
    ROW( 8, "volumeMode",                    OPTIONAL, STRING,
        DEFAULT("Filesystem"), ENUM("Block", "Filesystem")),
    ROW( 9, "nodeAffinity",                  OPTIONAL, OBJECT(core_v1_VolumeNodeAffinity)),
    ROW(10, "volumeAttributesClassName",     KEEP,     STRING),
};
TYPE(core_v1_PersistentVolumeSpec, "io.k8s.api.core.v1.PersistentVolumeSpec",
    VALIDATE_HOOK(validate_persistent_volume_spec));

ROWS(core_v1_PersistentVolumeStatus) = {
    ROW( 1, "phase",                   ZERO,     STRING, DEFAULT("Pending")),
    ROW( 2, "message",                 OPTIONAL, STRING),
    ROW( 3, "reason",                  OPTIONAL, STRING),
    ROW( 4, "lastPhaseTransitionTime", OPTIONAL, TIME),
};
TYPE(core_v1_PersistentVolumeStatus, "io.k8s.api.core.v1.PersistentVolumeStatus");

ROWS(core_v1_PhotonPersistentDiskVolumeSource) = {
    ROW( 1, "pdID",   REQUIRED | MUST, STRING),
    ROW( 2, "fsType", OPTIONAL,        STRING),
};
TYPE(core_v1_PhotonPersistentDiskVolumeSource, "io.k8s.api.core.v1.PhotonPersistentDiskVolumeSource");

ROWS(core_v1_PodCertificateProjection) = {
    ROW( 1, "signerName",           REQUIRED | MUST, STRING),
    ROW( 2, "keyType",              REQUIRED | MUST, STRING),
    ROW( 3, "maxExpirationSeconds", OPTIONAL,        INT32),
    ROW( 4, "credentialBundlePath", OPTIONAL,        STRING),
    ROW( 5, "keyPath",              OPTIONAL,        STRING),
    ROW( 6, "certificateChainPath", OPTIONAL,        STRING),
    ROW( 7, "userAnnotations",      OPTIONAL,        MAP_OF(STRING)),
};
TYPE(core_v1_PodCertificateProjection, "io.k8s.api.core.v1.PodCertificateProjection");

ROWS(core_v1_PortworxVolumeSource) = {
    ROW( 1, "volumeID", REQUIRED | MUST, STRING),
    ROW( 2, "fsType",   OPTIONAL,        STRING),
    ROW( 3, "readOnly", OMIT,            BOOL),
};
TYPE(core_v1_PortworxVolumeSource, "io.k8s.api.core.v1.PortworxVolumeSource");

ROWS(core_v1_ProjectedVolumeSource) = {
    ROW( 1, "sources",     OPTIONAL, LIST_OF(OBJECT(core_v1_VolumeProjection))),
    ROW( 2, "defaultMode", OPTIONAL, INT32, DEFAULT(420), RANGE(0, 511)),
};
TYPE(core_v1_ProjectedVolumeSource, "io.k8s.api.core.v1.ProjectedVolumeSource",
    VALIDATE_HOOK(validate_projected));

ROWS(core_v1_QuobyteVolumeSource) = {
    ROW( 1, "registry", REQUIRED | MUST, STRING),
    ROW( 2, "volume",   REQUIRED | MUST, STRING),
    ROW( 3, "readOnly", OMIT,            BOOL),
    ROW( 4, "user",     OPTIONAL,        STRING),
    ROW( 5, "group",    OPTIONAL,        STRING),
    ROW( 6, "tenant",   OPTIONAL,        STRING),
};
TYPE(core_v1_QuobyteVolumeSource, "io.k8s.api.core.v1.QuobyteVolumeSource");

ROWS(core_v1_RBDPersistentVolumeSource) = {
    ROW( 1, "monitors",  REQUIRED,        LIST_OF(STRING)),
    ROW( 2, "image",     REQUIRED | MUST, STRING),
    ROW( 3, "fsType",    OPTIONAL,        STRING),
    ROW( 4, "pool",      ZERO,            STRING, DEFAULT("rbd")),
    ROW( 5, "user",      ZERO,            STRING, DEFAULT("admin")),
    ROW( 6, "keyring",   ZERO,            STRING, DEFAULT("/etc/ceph/keyring")),
    ROW( 7, "secretRef", OPTIONAL,        OBJECT(core_v1_SecretReference)),
    ROW( 8, "readOnly",  OMIT,            BOOL),
};
TYPE(core_v1_RBDPersistentVolumeSource, "io.k8s.api.core.v1.RBDPersistentVolumeSource");

ROWS(core_v1_RBDVolumeSource) = {
    ROW( 1, "monitors",  REQUIRED,        LIST_OF(STRING)),
    ROW( 2, "image",     REQUIRED | MUST, STRING),
    ROW( 3, "fsType",    OPTIONAL,        STRING),
    ROW( 4, "pool",      ZERO,            STRING, DEFAULT("rbd")),
    ROW( 5, "user",      ZERO,            STRING, DEFAULT("admin")),
    ROW( 6, "keyring",   ZERO,            STRING, DEFAULT("/etc/ceph/keyring")),
    ROW( 7, "secretRef", OPTIONAL,        OBJECT(core_v1_LocalObjectReference)),
    ROW( 8, "readOnly",  OMIT,            BOOL),
};
TYPE(core_v1_RBDVolumeSource, "io.k8s.api.core.v1.RBDVolumeSource");

ROWS(core_v1_ScaleIOPersistentVolumeSource) = {
    ROW( 1, "gateway",          REQUIRED | MUST, STRING),
    ROW( 2, "system",           REQUIRED | MUST, STRING),
    ROW( 3, "secretRef",        REQUIRED,        OBJECT(core_v1_SecretReference)),
    ROW( 4, "sslEnabled",       OPTIONAL,        BOOL),
    ROW( 5, "protectionDomain", OPTIONAL,        STRING),
    ROW( 6, "storagePool",      OPTIONAL,        STRING),
    ROW( 7, "storageMode",      ZERO,            STRING, DEFAULT("ThinProvisioned")),
    ROW( 8, "volumeName",       OPTIONAL,        STRING),
    ROW( 9, "fsType",           ZERO,            STRING, DEFAULT("xfs")),
    ROW(10, "readOnly",         OMIT,            BOOL),
};
TYPE(core_v1_ScaleIOPersistentVolumeSource, "io.k8s.api.core.v1.ScaleIOPersistentVolumeSource");

ROWS(core_v1_ScaleIOVolumeSource) = {
    ROW( 1, "gateway",          REQUIRED | MUST, STRING),
    ROW( 2, "system",           REQUIRED | MUST, STRING),
    ROW( 3, "secretRef",        REQUIRED,        OBJECT(core_v1_LocalObjectReference)),
    ROW( 4, "sslEnabled",       OPTIONAL,        BOOL),
    ROW( 5, "protectionDomain", OPTIONAL,        STRING),
    ROW( 6, "storagePool",      OPTIONAL,        STRING),
    ROW( 7, "storageMode",      ZERO,            STRING, DEFAULT("ThinProvisioned")),
    ROW( 8, "volumeName",       OPTIONAL,        STRING),
    ROW( 9, "fsType",           ZERO,            STRING, DEFAULT("xfs")),
    ROW(10, "readOnly",         OMIT,            BOOL),
};
TYPE(core_v1_ScaleIOVolumeSource, "io.k8s.api.core.v1.ScaleIOVolumeSource");

ROWS(core_v1_SecretProjection) = {
    EMBED(1,  1, "name",     OPTIONAL, STRING),
    ROW( 2, "items",    OPTIONAL, LIST_OF(OBJECT(core_v1_KeyToPath))),
    ROW( 4, "optional", OPTIONAL, BOOL),
};
TYPE(core_v1_SecretProjection, "io.k8s.api.core.v1.SecretProjection");

ROWS(core_v1_SecretVolumeSource) = {
    ROW( 1, "secretName",  OPTIONAL, STRING),
    ROW( 2, "items",       OPTIONAL, LIST_OF(OBJECT(core_v1_KeyToPath))),
    ROW( 3, "defaultMode", OPTIONAL, INT32, DEFAULT(420), RANGE(0, 511)),
    ROW( 4, "optional",    OPTIONAL, BOOL),
};
TYPE(core_v1_SecretVolumeSource, "io.k8s.api.core.v1.SecretVolumeSource");

ROWS(core_v1_ServiceAccountTokenProjection) = {
    ROW( 1, "audience",          OPTIONAL,        STRING),
    ROW( 2, "expirationSeconds", OPTIONAL,        INT64, DEFAULT(3600), RANGE(600, 4294967296)),
    ROW( 3, "path",              REQUIRED | MUST, STRING),
};
TYPE(core_v1_ServiceAccountTokenProjection, "io.k8s.api.core.v1.ServiceAccountTokenProjection");

ROWS(core_v1_StorageOSPersistentVolumeSource) = {
    ROW( 1, "volumeName",      OPTIONAL, STRING),
    ROW( 2, "volumeNamespace", OPTIONAL, STRING),
    ROW( 3, "fsType",          OPTIONAL, STRING),
    ROW( 4, "readOnly",        OMIT,     BOOL),
    ROW( 5, "secretRef",       OPTIONAL, OBJECT(core_v1_ObjectReference)),
};
TYPE(core_v1_StorageOSPersistentVolumeSource, "io.k8s.api.core.v1.StorageOSPersistentVolumeSource");

ROWS(core_v1_StorageOSVolumeSource) = {
    ROW( 1, "volumeName",      OPTIONAL, STRING),
    ROW( 2, "volumeNamespace", OPTIONAL, STRING),
    ROW( 3, "fsType",          OPTIONAL, STRING),
    ROW( 4, "readOnly",        OMIT,     BOOL),
    ROW( 5, "secretRef",       OPTIONAL, OBJECT(core_v1_LocalObjectReference)),
};
TYPE(core_v1_StorageOSVolumeSource, "io.k8s.api.core.v1.StorageOSVolumeSource");

ROWS(core_v1_Volume) = {
    ROW( 1, "name",                  REQUIRED | MUST, STRING, CHECK(dns1123_label)),
    EMBED(2,  1, "hostPath",              OPTIONAL,        OBJECT(core_v1_HostPathVolumeSource)),
    EMBED(2,  2, "emptyDir",              OPTIONAL,        OBJECT(core_v1_EmptyDirVolumeSource)),
    EMBED(2,  3, "gcePersistentDisk",     OPTIONAL,        OBJECT(core_v1_GCEPersistentDiskVolumeSource)),
    EMBED(2,  4, "awsElasticBlockStore",  OPTIONAL,        OBJECT(core_v1_AWSElasticBlockStoreVolumeSource)),
    EMBED(2,  5, "gitRepo",               OPTIONAL,        OBJECT(core_v1_GitRepoVolumeSource)),
    EMBED(2,  6, "secret",                OPTIONAL,        OBJECT(core_v1_SecretVolumeSource)),
    EMBED(2,  7, "nfs",                   OPTIONAL,        OBJECT(core_v1_NFSVolumeSource)),
    EMBED(2,  8, "iscsi",                 OPTIONAL,        OBJECT(core_v1_ISCSIVolumeSource)),
    EMBED(2,  9, "glusterfs",             OPTIONAL,        OBJECT(core_v1_GlusterfsVolumeSource)),
    EMBED(2, 10, "persistentVolumeClaim", OPTIONAL,        OBJECT(core_v1_PersistentVolumeClaimVolumeSource)),
    EMBED(2, 11, "rbd",                   OPTIONAL,        OBJECT(core_v1_RBDVolumeSource)),
    EMBED(2, 12, "flexVolume",            OPTIONAL,        OBJECT(core_v1_FlexVolumeSource)),
    EMBED(2, 13, "cinder",                OPTIONAL,        OBJECT(core_v1_CinderVolumeSource)),
    EMBED(2, 14, "cephfs",                OPTIONAL,        OBJECT(core_v1_CephFSVolumeSource)),
    EMBED(2, 15, "flocker",               OPTIONAL,        OBJECT(core_v1_FlockerVolumeSource)),
    EMBED(2, 16, "downwardAPI",           OPTIONAL,        OBJECT(core_v1_DownwardAPIVolumeSource)),
    EMBED(2, 17, "fc",                    OPTIONAL,        OBJECT(core_v1_FCVolumeSource)),
    EMBED(2, 18, "azureFile",             OPTIONAL,        OBJECT(core_v1_AzureFileVolumeSource)),
    EMBED(2, 19, "configMap",             OPTIONAL,        OBJECT(core_v1_ConfigMapVolumeSource)),
    EMBED(2, 20, "vsphereVolume",         OPTIONAL,        OBJECT(core_v1_VsphereVirtualDiskVolumeSource)),
    EMBED(2, 21, "quobyte",               OPTIONAL,        OBJECT(core_v1_QuobyteVolumeSource)),
    EMBED(2, 22, "azureDisk",             OPTIONAL,        OBJECT(core_v1_AzureDiskVolumeSource)),
    EMBED(2, 23, "photonPersistentDisk",  OPTIONAL,        OBJECT(core_v1_PhotonPersistentDiskVolumeSource)),
    EMBED(2, 24, "portworxVolume",        OPTIONAL,        OBJECT(core_v1_PortworxVolumeSource)),
    EMBED(2, 25, "scaleIO",               OPTIONAL,        OBJECT(core_v1_ScaleIOVolumeSource)),
    EMBED(2, 26, "projected",             OPTIONAL,        OBJECT(core_v1_ProjectedVolumeSource)),
    EMBED(2, 27, "storageos",             OPTIONAL,        OBJECT(core_v1_StorageOSVolumeSource)),
    EMBED(2, 28, "csi",                   OPTIONAL,        OBJECT(core_v1_CSIVolumeSource)),
    EMBED(2, 29, "ephemeral",             OPTIONAL,        OBJECT(core_v1_EphemeralVolumeSource)),
    EMBED(2, 30, "image",                 OPTIONAL,        OBJECT(core_v1_ImageVolumeSource)),
};
TYPE(core_v1_Volume, "io.k8s.api.core.v1.Volume", DEFAULT_HOOK(default_volume),
    VALIDATE_HOOK(validate_volume));

ROWS(core_v1_VolumeProjection) = {
    ROW( 1, "secret",              OPTIONAL, OBJECT(core_v1_SecretProjection)),
    ROW( 2, "downwardAPI",         OPTIONAL, OBJECT(core_v1_DownwardAPIProjection)),
    ROW( 3, "configMap",           OPTIONAL, OBJECT(core_v1_ConfigMapProjection)),
    ROW( 4, "serviceAccountToken", OPTIONAL, OBJECT(core_v1_ServiceAccountTokenProjection)),
    ROW( 5, "clusterTrustBundle",  OPTIONAL, OBJECT(core_v1_ClusterTrustBundleProjection)),
    ROW( 6, "podCertificate",      OPTIONAL, OBJECT(core_v1_PodCertificateProjection)),
};
TYPE(core_v1_VolumeProjection, "io.k8s.api.core.v1.VolumeProjection",
    VALIDATE_HOOK(validate_volume_projection));

ROWS(core_v1_VolumeStatus) = {
    ROW( 1, "image", OPTIONAL, OBJECT(core_v1_ImageVolumeStatus)),
};
TYPE(core_v1_VolumeStatus, "io.k8s.api.core.v1.VolumeStatus");

ROWS(core_v1_VsphereVirtualDiskVolumeSource) = {
    ROW( 1, "volumePath",        REQUIRED | MUST, STRING),
    ROW( 2, "fsType",            OPTIONAL,        STRING),
    ROW( 3, "storagePolicyName", OPTIONAL,        STRING),
    ROW( 4, "storagePolicyID",   OPTIONAL,        STRING),
};
TYPE(core_v1_VsphereVirtualDiskVolumeSource, "io.k8s.api.core.v1.VsphereVirtualDiskVolumeSource");
