/* SPDX-License-Identifier: Apache-2.0 */
/* Types: apps/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(apps_v1_ControllerRevision) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "data",       IMMUTABLE, RAW),
    ROW( 3, "revision",   REQUIRED, INT64, AT_LEAST(0)),
};
TOP_TYPE(apps_v1_ControllerRevision,
    "io.k8s.api.apps.v1.ControllerRevision", "apps", "v1", "ControllerRevision");

ROWS(apps_v1_ControllerRevisionList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(apps_v1_ControllerRevision))),
};
TOP_TYPE(apps_v1_ControllerRevisionList,
    "io.k8s.api.apps.v1.ControllerRevisionList", "apps", "v1", "ControllerRevisionList");

ROWS(apps_v1_DaemonSet) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(apps_v1_DaemonSetSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(apps_v1_DaemonSetStatus)),
};
TOP_TYPE(apps_v1_DaemonSet, "io.k8s.api.apps.v1.DaemonSet", "apps", "v1", "DaemonSet");

ROWS(apps_v1_DaemonSetCondition) = {
    ROW( 1, "type",               REQUIRED, STRING),
    ROW( 2, "status",             REQUIRED, STRING),
    ROW( 3, "lastTransitionTime", OPTIONAL, TIME),
    ROW( 4, "reason",             OPTIONAL, STRING),
    ROW( 5, "message",            OPTIONAL, STRING),
};
TYPE(apps_v1_DaemonSetCondition, "io.k8s.api.apps.v1.DaemonSetCondition");

ROWS(apps_v1_DaemonSetList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(apps_v1_DaemonSet))),
};
TOP_TYPE(apps_v1_DaemonSetList, "io.k8s.api.apps.v1.DaemonSetList", "apps", "v1", "DaemonSetList");

ROWS(apps_v1_DaemonSetSpec) = {
    ROW( 1, "selector",             REQUIRED | MUST | IMMUTABLE, OBJECT(meta_v1_LabelSelector)),
    ROW( 2, "template",             REQUIRED,        OBJECT(core_v1_PodTemplateSpec)),
    ROW( 3, "updateStrategy",       OPTIONAL,        OBJECT(apps_v1_DaemonSetUpdateStrategy), DEFAULT({})),
    ROW( 4, "minReadySeconds",      OMIT,            INT32, AT_LEAST(0)),
    ROW( 6, "revisionHistoryLimit", OPTIONAL,        INT32, DEFAULT(10), AT_LEAST(0)),
};
TYPE(apps_v1_DaemonSetSpec, "io.k8s.api.apps.v1.DaemonSetSpec", VALIDATE_HOOK(validate_controller_spec));

ROWS(apps_v1_DaemonSetStatus) = {
    ROW( 1, "currentNumberScheduled", REQUIRED, INT32),
    ROW( 2, "numberMisscheduled",     REQUIRED, INT32),
    ROW( 3, "desiredNumberScheduled", REQUIRED, INT32),
    ROW( 4, "numberReady",            REQUIRED, INT32),
    ROW( 5, "observedGeneration",     OPTIONAL, INT64),
    ROW( 6, "updatedNumberScheduled", OPTIONAL, INT32),
    ROW( 7, "numberAvailable",        OPTIONAL, INT32),
    ROW( 8, "numberUnavailable",      OPTIONAL, INT32),
    ROW( 9, "collisionCount",         OPTIONAL, INT32),
    ROW(10, "conditions",             MERGE,    LIST_OF(OBJECT(apps_v1_DaemonSetCondition)), KEYS("type")),
};
TYPE(apps_v1_DaemonSetStatus, "io.k8s.api.apps.v1.DaemonSetStatus");

ROWS(apps_v1_DaemonSetUpdateStrategy) = {
    ROW( 1, "type",          ZERO,     STRING, DEFAULT("RollingUpdate"), ENUM("OnDelete", "RollingUpdate")),
    ROW( 2, "rollingUpdate", OPTIONAL, OBJECT(apps_v1_RollingUpdateDaemonSet)),
};
TYPE(apps_v1_DaemonSetUpdateStrategy, "io.k8s.api.apps.v1.DaemonSetUpdateStrategy",
    DEFAULT_HOOK(default_rolling_update));

ROWS(apps_v1_Deployment) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(apps_v1_DeploymentSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(apps_v1_DeploymentStatus)),
};
TOP_TYPE(apps_v1_Deployment, "io.k8s.api.apps.v1.Deployment", "apps", "v1", "Deployment");

ROWS(apps_v1_DeploymentCondition) = {
    ROW( 1, "type",               REQUIRED, STRING),
    ROW( 2, "status",             REQUIRED, STRING),
    ROW( 4, "reason",             OPTIONAL, STRING),
    ROW( 5, "message",            OPTIONAL, STRING),
    ROW( 6, "lastUpdateTime",     OPTIONAL, TIME),
    ROW( 7, "lastTransitionTime", OPTIONAL, TIME),
};
TYPE(apps_v1_DeploymentCondition, "io.k8s.api.apps.v1.DeploymentCondition");

ROWS(apps_v1_DeploymentList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(apps_v1_Deployment))),
};
TOP_TYPE(apps_v1_DeploymentList, "io.k8s.api.apps.v1.DeploymentList", "apps", "v1", "DeploymentList");

ROWS(apps_v1_DeploymentSpec) = {
    ROW( 1, "replicas",                OPTIONAL,        INT32, DEFAULT(1), AT_LEAST(0)),
    ROW( 2, "selector",                REQUIRED | MUST | IMMUTABLE, OBJECT(meta_v1_LabelSelector)),
    ROW( 3, "template",                REQUIRED,        OBJECT(core_v1_PodTemplateSpec)),
    ROW( 4, "strategy",                RETAIN,          OBJECT(apps_v1_DeploymentStrategy), DEFAULT({})),
    ROW( 5, "minReadySeconds",         OMIT,            INT32, AT_LEAST(0)),
    ROW( 6, "revisionHistoryLimit",    OPTIONAL,        INT32, DEFAULT(10), AT_LEAST(0)),
    ROW( 7, "paused",                  OMIT,            BOOL),
    ROW( 9, "progressDeadlineSeconds", OPTIONAL,        INT32, DEFAULT(600), AT_LEAST(0)),
};
TYPE(apps_v1_DeploymentSpec, "io.k8s.api.apps.v1.DeploymentSpec", VALIDATE_HOOK(validate_deployment_spec));

ROWS(apps_v1_DeploymentStatus) = {
    ROW( 1, "observedGeneration",  OPTIONAL, INT64),
    ROW( 2, "replicas",            OPTIONAL, INT32),
    ROW( 3, "updatedReplicas",     OPTIONAL, INT32),
    ROW( 4, "availableReplicas",   OPTIONAL, INT32),
    ROW( 5, "unavailableReplicas", OPTIONAL, INT32),
    ROW( 6, "conditions",          MERGE,    LIST_OF(OBJECT(apps_v1_DeploymentCondition)), KEYS("type")),
    ROW( 7, "readyReplicas",       OPTIONAL, INT32),
    ROW( 8, "collisionCount",      OPTIONAL, INT32),
    ROW( 9, "terminatingReplicas", OPTIONAL, INT32),
};
TYPE(apps_v1_DeploymentStatus, "io.k8s.api.apps.v1.DeploymentStatus");

ROWS(apps_v1_DeploymentStrategy) = {
    ROW( 1, "type",          ZERO,     STRING, DEFAULT("RollingUpdate"), ENUM("Recreate", "RollingUpdate")),
    ROW( 2, "rollingUpdate", OPTIONAL, OBJECT(apps_v1_RollingUpdateDeployment)),
};
TYPE(apps_v1_DeploymentStrategy, "io.k8s.api.apps.v1.DeploymentStrategy",
    DEFAULT_HOOK(default_rolling_update), VALIDATE_HOOK(validate_deployment_strategy));

ROWS(apps_v1_ReplicaSet) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(apps_v1_ReplicaSetSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(apps_v1_ReplicaSetStatus)),
};
TOP_TYPE(apps_v1_ReplicaSet, "io.k8s.api.apps.v1.ReplicaSet", "apps", "v1", "ReplicaSet");

ROWS(apps_v1_ReplicaSetCondition) = {
    ROW( 1, "type",               REQUIRED, STRING),
    ROW( 2, "status",             REQUIRED, STRING),
    ROW( 3, "lastTransitionTime", OPTIONAL, TIME),
    ROW( 4, "reason",             OPTIONAL, STRING),
    ROW( 5, "message",            OPTIONAL, STRING),
};
TYPE(apps_v1_ReplicaSetCondition, "io.k8s.api.apps.v1.ReplicaSetCondition");

ROWS(apps_v1_ReplicaSetList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(apps_v1_ReplicaSet))),
};
TOP_TYPE(apps_v1_ReplicaSetList, "io.k8s.api.apps.v1.ReplicaSetList", "apps", "v1", "ReplicaSetList");

ROWS(apps_v1_ReplicaSetSpec) = {
    ROW( 1, "replicas",        OPTIONAL,        INT32, DEFAULT(1), AT_LEAST(0)),
    ROW( 2, "selector",        REQUIRED | MUST | IMMUTABLE, OBJECT(meta_v1_LabelSelector)),
    ROW( 3, "template",        OPTIONAL,        OBJECT(core_v1_PodTemplateSpec)),
    ROW( 4, "minReadySeconds", OMIT,            INT32, AT_LEAST(0)),
};
TYPE(apps_v1_ReplicaSetSpec, "io.k8s.api.apps.v1.ReplicaSetSpec", VALIDATE_HOOK(validate_controller_spec));

ROWS(apps_v1_ReplicaSetStatus) = {
    ROW( 1, "replicas",             REQUIRED, INT32),
    ROW( 2, "fullyLabeledReplicas", OPTIONAL, INT32),
    ROW( 3, "observedGeneration",   OPTIONAL, INT64),
    ROW( 4, "readyReplicas",        OPTIONAL, INT32),
    ROW( 5, "availableReplicas",    OPTIONAL, INT32),
    ROW( 6, "conditions",           MERGE,    LIST_OF(OBJECT(apps_v1_ReplicaSetCondition)), KEYS("type")),
    ROW( 7, "terminatingReplicas",  OPTIONAL, INT32),
};
TYPE(apps_v1_ReplicaSetStatus, "io.k8s.api.apps.v1.ReplicaSetStatus");

ROWS(apps_v1_RollingUpdateDaemonSet) = {
    ROW( 1, "maxUnavailable", OPTIONAL, INT_OR_STRING, DEFAULT(1)),
    ROW( 2, "maxSurge",       OPTIONAL, INT_OR_STRING, DEFAULT(0)),
};
TYPE(apps_v1_RollingUpdateDaemonSet, "io.k8s.api.apps.v1.RollingUpdateDaemonSet",
    VALIDATE_HOOK(validate_daemon_set_rolling_update));

ROWS(apps_v1_RollingUpdateDeployment) = {
    ROW( 1, "maxUnavailable", OPTIONAL, INT_OR_STRING, DEFAULT("25%")),
    ROW( 2, "maxSurge",       OPTIONAL, INT_OR_STRING, DEFAULT("25%")),
};
TYPE(apps_v1_RollingUpdateDeployment, "io.k8s.api.apps.v1.RollingUpdateDeployment");

ROWS(apps_v1_RollingUpdateStatefulSetStrategy) = {
    ROW( 1, "partition",      OPTIONAL, INT32, DEFAULT(0), AT_LEAST(0)),
    ROW( 2, "maxUnavailable", OPTIONAL, INT_OR_STRING),
};
TYPE(apps_v1_RollingUpdateStatefulSetStrategy, "io.k8s.api.apps.v1.RollingUpdateStatefulSetStrategy");

ROWS(apps_v1_StatefulSet) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(apps_v1_StatefulSetSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(apps_v1_StatefulSetStatus)),
};
TOP_TYPE(apps_v1_StatefulSet, "io.k8s.api.apps.v1.StatefulSet", "apps", "v1", "StatefulSet");

ROWS(apps_v1_StatefulSetCondition) = {
    ROW( 1, "type",               REQUIRED, STRING),
    ROW( 2, "status",             REQUIRED, STRING),
    ROW( 3, "lastTransitionTime", OPTIONAL, TIME),
    ROW( 4, "reason",             OPTIONAL, STRING),
    ROW( 5, "message",            OPTIONAL, STRING),
};
TYPE(apps_v1_StatefulSetCondition, "io.k8s.api.apps.v1.StatefulSetCondition");

ROWS(apps_v1_StatefulSetList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(apps_v1_StatefulSet))),
};
TOP_TYPE(apps_v1_StatefulSetList, "io.k8s.api.apps.v1.StatefulSetList", "apps", "v1", "StatefulSetList");

ROWS(apps_v1_StatefulSetOrdinals) = {
    ROW( 1, "start", OPTIONAL, INT32, AT_LEAST(0)),
};
TYPE(apps_v1_StatefulSetOrdinals, "io.k8s.api.apps.v1.StatefulSetOrdinals");

ROWS(apps_v1_StatefulSetPersistentVolumeClaimRetentionPolicy) = {
    ROW( 1, "whenDeleted", ZERO, STRING, DEFAULT("Retain"), ENUM("Delete", "Retain")),
    ROW( 2, "whenScaled",  ZERO, STRING, DEFAULT("Retain"), ENUM("Delete", "Retain")),
};
TYPE(apps_v1_StatefulSetPersistentVolumeClaimRetentionPolicy,
    "io.k8s.api.apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy");

ROWS(apps_v1_StatefulSetSpec) = {
    ROW( 1, "replicas",                             OPTIONAL,        INT32, DEFAULT(1), AT_LEAST(0)),
    ROW( 2, "selector",                             REQUIRED | MUST, OBJECT(meta_v1_LabelSelector)),
    ROW( 3, "template",                             REQUIRED,        OBJECT(core_v1_PodTemplateSpec)),
    ROW( 4, "volumeClaimTemplates",                 OPTIONAL,
        LIST_OF(OBJECT(core_v1_PersistentVolumeClaim))),
    ROW( 5, "serviceName",                          OPTIONAL,        STRING),
    ROW( 6, "podManagementPolicy",                  ZERO,            STRING,
        DEFAULT("OrderedReady"), ENUM("OrderedReady", "Parallel")),
    ROW( 7, "updateStrategy",                       OPTIONAL,
        OBJECT(apps_v1_StatefulSetUpdateStrategy), DEFAULT({})),
    ROW( 8, "revisionHistoryLimit",                 OPTIONAL,        INT32, DEFAULT(10), AT_LEAST(0)),
    ROW( 9, "minReadySeconds",                      OMIT,            INT32, AT_LEAST(0)),
    ROW(10, "persistentVolumeClaimRetentionPolicy", OPTIONAL,
        OBJECT(apps_v1_StatefulSetPersistentVolumeClaimRetentionPolicy), DEFAULT({})),
    ROW(11, "ordinals",                             OPTIONAL,        OBJECT(apps_v1_StatefulSetOrdinals)),
};
TYPE(apps_v1_StatefulSetSpec, "io.k8s.api.apps.v1.StatefulSetSpec", VALIDATE_HOOK(validate_controller_spec));

ROWS(apps_v1_StatefulSetStatus) = {
    ROW( 1, "observedGeneration", OPTIONAL, INT64),
    ROW( 2, "replicas",           REQUIRED, INT32),
    ROW( 3, "readyReplicas",      OPTIONAL, INT32),
    ROW( 4, "currentReplicas",    OPTIONAL, INT32),
    ROW( 5, "updatedReplicas",    OPTIONAL, INT32),
    ROW( 6, "currentRevision",    OPTIONAL, STRING),
    ROW( 7, "updateRevision",     OPTIONAL, STRING),
    ROW( 9, "collisionCount",     OPTIONAL, INT32),
    ROW(10, "conditions",         MERGE,    LIST_OF(OBJECT(apps_v1_StatefulSetCondition)), KEYS("type")),
    ROW(11, "availableReplicas",  OPTIONAL, INT32),
};
TYPE(apps_v1_StatefulSetStatus, "io.k8s.api.apps.v1.StatefulSetStatus");

ROWS(apps_v1_StatefulSetUpdateStrategy) = {
    ROW( 1, "type",          ZERO,     STRING, DEFAULT("RollingUpdate"), ENUM("OnDelete", "RollingUpdate")),
    ROW( 2, "rollingUpdate", OPTIONAL, OBJECT(apps_v1_RollingUpdateStatefulSetStrategy)),
};
TYPE(apps_v1_StatefulSetUpdateStrategy, "io.k8s.api.apps.v1.StatefulSetUpdateStrategy",
    DEFAULT_HOOK(default_rolling_update), VALIDATE_HOOK(validate_stateful_set_update_strategy));
