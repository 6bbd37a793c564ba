/* SPDX-License-Identifier: Apache-2.0 */
/* Types: autoscaling/v2. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(autoscaling_v2_ContainerResourceMetricSource) = {
    ROW( 1, "name",      REQUIRED | MUST, STRING),
    ROW( 2, "target",    REQUIRED,        OBJECT(autoscaling_v2_MetricTarget)),
    ROW( 3, "container", REQUIRED | MUST, STRING),
};
TYPE(autoscaling_v2_ContainerResourceMetricSource, "io.k8s.api.autoscaling.v2.ContainerResourceMetricSource");

ROWS(autoscaling_v2_ContainerResourceMetricStatus) = {
    ROW( 1, "name",      REQUIRED, STRING),
    ROW( 2, "current",   REQUIRED, OBJECT(autoscaling_v2_MetricValueStatus)),
    ROW( 3, "container", REQUIRED, STRING),
};
TYPE(autoscaling_v2_ContainerResourceMetricStatus, "io.k8s.api.autoscaling.v2.ContainerResourceMetricStatus");

ROWS(autoscaling_v2_CrossVersionObjectReference) = {
    ROW( 1, "kind",       REQUIRED, STRING),
    ROW( 2, "name",       REQUIRED, STRING),
    ROW( 3, "apiVersion", OPTIONAL, STRING),
};
TYPE(autoscaling_v2_CrossVersionObjectReference, "io.k8s.api.autoscaling.v2.CrossVersionObjectReference");

ROWS(autoscaling_v2_ExternalMetricSource) = {
    ROW( 1, "metric", REQUIRED, OBJECT(autoscaling_v2_MetricIdentifier)),
    ROW( 2, "target", REQUIRED, OBJECT(autoscaling_v2_MetricTarget)),
};
TYPE(autoscaling_v2_ExternalMetricSource, "io.k8s.api.autoscaling.v2.ExternalMetricSource");

ROWS(autoscaling_v2_ExternalMetricStatus) = {
    ROW( 1, "metric",  REQUIRED, OBJECT(autoscaling_v2_MetricIdentifier)),
    ROW( 2, "current", REQUIRED, OBJECT(autoscaling_v2_MetricValueStatus)),
};
TYPE(autoscaling_v2_ExternalMetricStatus, "io.k8s.api.autoscaling.v2.ExternalMetricStatus");

ROWS(autoscaling_v2_HPAScalingPolicy) = {
    ROW( 1, "type",          REQUIRED | MUST, STRING, ENUM("Percent", "Pods")),
    ROW( 2, "value",         REQUIRED,        INT32),
    ROW( 3, "periodSeconds", REQUIRED,        INT32),
};
TYPE(autoscaling_v2_HPAScalingPolicy, "io.k8s.api.autoscaling.v2.HPAScalingPolicy");

ROWS(autoscaling_v2_HPAScalingRules) = {
    ROW( 1, "selectPolicy",               OPTIONAL, STRING, DEFAULT("Max"), ENUM("Disabled", "Max", "Min")),
    ROW( 2, "policies",                   OPTIONAL, LIST_OF(OBJECT(autoscaling_v2_HPAScalingPolicy))),
    ROW( 3, "stabilizationWindowSeconds", OPTIONAL, INT32),
    ROW( 4, "tolerance",                  OPTIONAL, QUANTITY),
};
TYPE(autoscaling_v2_HPAScalingRules, "io.k8s.api.autoscaling.v2.HPAScalingRules");

ROWS(autoscaling_v2_HorizontalPodAutoscaler) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(autoscaling_v2_HorizontalPodAutoscalerSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(autoscaling_v2_HorizontalPodAutoscalerStatus)),
};
TOP_TYPE(autoscaling_v2_HorizontalPodAutoscaler,
    "io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler", "autoscaling", "v2", "HorizontalPodAutoscaler");

ROWS(autoscaling_v2_HorizontalPodAutoscalerBehavior) = {
    ROW( 1, "scaleUp",   OPTIONAL, OBJECT(autoscaling_v2_HPAScalingRules)),
    ROW( 2, "scaleDown", OPTIONAL, OBJECT(autoscaling_v2_HPAScalingRules)),
};
TYPE(autoscaling_v2_HorizontalPodAutoscalerBehavior,
    "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerBehavior", DEFAULT_HOOK(default_autoscaler_behavior));

ROWS(autoscaling_v2_HorizontalPodAutoscalerCondition) = {
    ROW( 1, "type",               REQUIRED, STRING),
    ROW( 2, "status",             REQUIRED, STRING),
    ROW( 3, "lastTransitionTime", OPTIONAL, TIME),
    ROW( 4, "reason",             OPTIONAL, STRING),
    ROW( 5, "message",            OPTIONAL, STRING),
};
TYPE(autoscaling_v2_HorizontalPodAutoscalerCondition,
    "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerCondition");

ROWS(autoscaling_v2_HorizontalPodAutoscalerList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(autoscaling_v2_HorizontalPodAutoscaler))),
};
TOP_TYPE(autoscaling_v2_HorizontalPodAutoscalerList,
    "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerList",
    "autoscaling", "v2", "HorizontalPodAutoscalerList");

ROWS(autoscaling_v2_HorizontalPodAutoscalerSpec) = {
    ROW( 1, "scaleTargetRef", REQUIRED,        OBJECT(autoscaling_v2_CrossVersionObjectReference)),
    ROW( 2, "minReplicas",    OPTIONAL,        INT32, DEFAULT(1), AT_LEAST(1)),
    ROW( 3, "maxReplicas",    REQUIRED | MUST, INT32, AT_LEAST(1)),
    ROW( 4, "metrics",        OPTIONAL,        LIST_OF(OBJECT(autoscaling_v2_MetricSpec))),
    ROW( 5, "behavior",       OPTIONAL,        OBJECT(autoscaling_v2_HorizontalPodAutoscalerBehavior)),
};
TYPE(autoscaling_v2_HorizontalPodAutoscalerSpec, "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerSpec",
    DEFAULT_HOOK(default_autoscaler_spec), VALIDATE_HOOK(validate_autoscaler_spec));

ROWS(autoscaling_v2_HorizontalPodAutoscalerStatus) = {
    ROW( 1, "observedGeneration", OPTIONAL, INT64),
    ROW( 2, "lastScaleTime",      OPTIONAL, TIME),
    ROW( 3, "currentReplicas",    OPTIONAL, INT32, DEFAULT(0)),
    ROW( 4, "desiredReplicas",    REQUIRED, INT32),
    ROW( 5, "currentMetrics",     OPTIONAL, LIST_OF(OBJECT(autoscaling_v2_MetricStatus))),
    ROW( 6, "conditions",         MERGE,    LIST_OF(OBJECT(autoscaling_v2_HorizontalPodAutoscalerCondition)),
        KEYS("type")),
};
TYPE(autoscaling_v2_HorizontalPodAutoscalerStatus, "io.k8s.api.autoscaling.v2.HorizontalPodAutoscalerStatus");

ROWS(autoscaling_v2_MetricIdentifier) = {
    ROW( 1, "name",     REQUIRED | MUST, STRING),
    ROW( 2, "selector", OPTIONAL,        OBJECT(meta_v1_LabelSelector)),
};
TYPE(autoscaling_v2_MetricIdentifier, "io.k8s.api.autoscaling.v2.MetricIdentifier");

ROWS(autoscaling_v2_MetricSpec) = {
    ROW( 1, "type",              REQUIRED | MUST, STRING,
        ENUM("ContainerResource", "External", "Object", "Pods", "Resource")),
    ROW( 2, "object",            OPTIONAL,        OBJECT(autoscaling_v2_ObjectMetricSource)),
    ROW( 3, "pods",              OPTIONAL,        OBJECT(autoscaling_v2_PodsMetricSource)),
    ROW( 4, "resource",          OPTIONAL,        OBJECT(autoscaling_v2_ResourceMetricSource)),
    ROW( 5, "external",          OPTIONAL,        OBJECT(autoscaling_v2_ExternalMetricSource)),
    ROW( 7, "containerResource", OPTIONAL,        OBJECT(autoscaling_v2_ContainerResourceMetricSource)),
};
TYPE(autoscaling_v2_MetricSpec, "io.k8s.api.autoscaling.v2.MetricSpec");

ROWS(autoscaling_v2_MetricStatus) = {
    ROW( 1, "type",              REQUIRED, STRING),
    ROW( 2, "object",            OPTIONAL, OBJECT(autoscaling_v2_ObjectMetricStatus)),
    ROW( 3, "pods",              OPTIONAL, OBJECT(autoscaling_v2_PodsMetricStatus)),
    ROW( 4, "resource",          OPTIONAL, OBJECT(autoscaling_v2_ResourceMetricStatus)),
    ROW( 5, "external",          OPTIONAL, OBJECT(autoscaling_v2_ExternalMetricStatus)),
    ROW( 7, "containerResource", OPTIONAL, OBJECT(autoscaling_v2_ContainerResourceMetricStatus)),
};
TYPE(autoscaling_v2_MetricStatus, "io.k8s.api.autoscaling.v2.MetricStatus");

ROWS(autoscaling_v2_MetricTarget) = {
    ROW( 1, "type",               REQUIRED | MUST, STRING, ENUM("AverageValue", "Utilization", "Value")),
    ROW( 2, "value",              OPTIONAL,        QUANTITY),
    ROW( 3, "averageValue",       OPTIONAL,        QUANTITY),
    ROW( 4, "averageUtilization", OPTIONAL,        INT32),
};
TYPE(autoscaling_v2_MetricTarget, "io.k8s.api.autoscaling.v2.MetricTarget");

ROWS(autoscaling_v2_MetricValueStatus) = {
    ROW( 1, "value",              OPTIONAL, QUANTITY),
    ROW( 2, "averageValue",       OPTIONAL, QUANTITY),
    ROW( 3, "averageUtilization", OPTIONAL, INT32),
};
TYPE(autoscaling_v2_MetricValueStatus, "io.k8s.api.autoscaling.v2.MetricValueStatus");

ROWS(autoscaling_v2_ObjectMetricSource) = {
    ROW( 1, "describedObject", REQUIRED, OBJECT(autoscaling_v2_CrossVersionObjectReference)),
    ROW( 2, "target",          REQUIRED, OBJECT(autoscaling_v2_MetricTarget)),
    ROW( 3, "metric",          REQUIRED, OBJECT(autoscaling_v2_MetricIdentifier)),
};
TYPE(autoscaling_v2_ObjectMetricSource, "io.k8s.api.autoscaling.v2.ObjectMetricSource");

ROWS(autoscaling_v2_ObjectMetricStatus) = {
    ROW( 1, "metric",          REQUIRED, OBJECT(autoscaling_v2_MetricIdentifier)),
    ROW( 2, "current",         REQUIRED, OBJECT(autoscaling_v2_MetricValueStatus)),
    ROW( 3, "describedObject", REQUIRED, OBJECT(autoscaling_v2_CrossVersionObjectReference)),
};
TYPE(autoscaling_v2_ObjectMetricStatus, "io.k8s.api.autoscaling.v2.ObjectMetricStatus");

ROWS(autoscaling_v2_PodsMetricSource) = {
    ROW( 1, "metric", REQUIRED, OBJECT(autoscaling_v2_MetricIdentifier)),
    ROW( 2, "target", REQUIRED, OBJECT(autoscaling_v2_MetricTarget)),
};
TYPE(autoscaling_v2_PodsMetricSource, "io.k8s.api.autoscaling.v2.PodsMetricSource");

ROWS(autoscaling_v2_PodsMetricStatus) = {
    ROW( 1, "metric",  REQUIRED, OBJECT(autoscaling_v2_MetricIdentifier)),
    ROW( 2, "current", REQUIRED, OBJECT(autoscaling_v2_MetricValueStatus)),
};
TYPE(autoscaling_v2_PodsMetricStatus, "io.k8s.api.autoscaling.v2.PodsMetricStatus");

ROWS(autoscaling_v2_ResourceMetricSource) = {
    ROW( 1, "name",   REQUIRED | MUST, STRING),
    ROW( 2, "target", REQUIRED,        OBJECT(autoscaling_v2_MetricTarget)),
};
TYPE(autoscaling_v2_ResourceMetricSource, "io.k8s.api.autoscaling.v2.ResourceMetricSource");

ROWS(autoscaling_v2_ResourceMetricStatus) = {
    ROW( 1, "name",    REQUIRED, STRING),
    ROW( 2, "current", REQUIRED, OBJECT(autoscaling_v2_MetricValueStatus)),
};
TYPE(autoscaling_v2_ResourceMetricStatus, "io.k8s.api.autoscaling.v2.ResourceMetricStatus");
