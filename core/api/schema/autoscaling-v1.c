/* SPDX-License-Identifier: Apache-2.0 */
/* Types: autoscaling/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(autoscaling_v1_CrossVersionObjectReference) = {
    ROW( 1, "kind",       REQUIRED, STRING),
    ROW( 2, "name",       REQUIRED, STRING),
    ROW( 3, "apiVersion", OPTIONAL, STRING),
};
TYPE(autoscaling_v1_CrossVersionObjectReference,
    "io.k8s.api.autoscaling.v1.CrossVersionObjectReference", ATOMIC_TYPE);

ROWS(autoscaling_v1_HorizontalPodAutoscaler) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(autoscaling_v1_HorizontalPodAutoscalerSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(autoscaling_v1_HorizontalPodAutoscalerStatus)),
};
TOP_TYPE(autoscaling_v1_HorizontalPodAutoscaler,
    "io.k8s.api.autoscaling.v1.HorizontalPodAutoscaler", "autoscaling", "v1", "HorizontalPodAutoscaler");

ROWS(autoscaling_v1_HorizontalPodAutoscalerList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(autoscaling_v1_HorizontalPodAutoscaler))),
};
TOP_TYPE(autoscaling_v1_HorizontalPodAutoscalerList,
    "io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerList",
    "autoscaling", "v1", "HorizontalPodAutoscalerList");

ROWS(autoscaling_v1_HorizontalPodAutoscalerSpec) = {
    ROW( 1, "scaleTargetRef",                 REQUIRED,
        OBJECT(autoscaling_v1_CrossVersionObjectReference)),
    ROW( 2, "minReplicas",                    OPTIONAL,        INT32, DEFAULT(1), AT_LEAST(1)),
    ROW( 3, "maxReplicas",                    REQUIRED | MUST, INT32, AT_LEAST(1)),
    ROW( 4, "targetCPUUtilizationPercentage", OPTIONAL,        INT32),
};
TYPE(autoscaling_v1_HorizontalPodAutoscalerSpec, "io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerSpec",
    VALIDATE_HOOK(validate_autoscaler_spec));

ROWS(autoscaling_v1_HorizontalPodAutoscalerStatus) = {
    ROW( 1, "observedGeneration",              OPTIONAL, INT64),
    ROW( 2, "lastScaleTime",                   OPTIONAL, TIME),
    ROW( 3, "currentReplicas",                 REQUIRED, INT32),
    ROW( 4, "desiredReplicas",                 REQUIRED, INT32),
    ROW( 5, "currentCPUUtilizationPercentage", OPTIONAL, INT32),
};
TYPE(autoscaling_v1_HorizontalPodAutoscalerStatus, "io.k8s.api.autoscaling.v1.HorizontalPodAutoscalerStatus");

ROWS(autoscaling_v1_Scale) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(autoscaling_v1_ScaleSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(autoscaling_v1_ScaleStatus)),
};
TOP_TYPE(autoscaling_v1_Scale, "io.k8s.api.autoscaling.v1.Scale", "autoscaling", "v1", "Scale");

ROWS(autoscaling_v1_ScaleSpec) = {
    ROW( 1, "replicas", OPTIONAL, INT32, AT_LEAST(0)),
};
TYPE(autoscaling_v1_ScaleSpec, "io.k8s.api.autoscaling.v1.ScaleSpec");

ROWS(autoscaling_v1_ScaleStatus) = {
    ROW( 1, "replicas", REQUIRED, INT32),
    ROW( 2, "selector", OPTIONAL, STRING),
};
TYPE(autoscaling_v1_ScaleStatus, "io.k8s.api.autoscaling.v1.ScaleStatus");
