/* SPDX-License-Identifier: Apache-2.0 */
/* Types: where pods may run: affinity, taints, spreading. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(core_v1_Affinity) = {
    ROW( 1, "nodeAffinity",    OPTIONAL, OBJECT(core_v1_NodeAffinity)),
    ROW( 2, "podAffinity",     OPTIONAL, OBJECT(core_v1_PodAffinity)),
    ROW( 3, "podAntiAffinity", OPTIONAL, OBJECT(core_v1_PodAntiAffinity)),
};
TYPE(core_v1_Affinity, "io.k8s.api.core.v1.Affinity");

ROWS(core_v1_NodeAffinity) = {
    ROW( 1, "requiredDuringSchedulingIgnoredDuringExecution",  OPTIONAL, OBJECT(core_v1_NodeSelector)),
    ROW( 2, "preferredDuringSchedulingIgnoredDuringExecution", OPTIONAL,
        LIST_OF(OBJECT(core_v1_PreferredSchedulingTerm))),
};
TYPE(core_v1_NodeAffinity, "io.k8s.api.core.v1.NodeAffinity");

ROWS(core_v1_NodeSelector) = {
    ROW( 1, "nodeSelectorTerms", REQUIRED | MUST, LIST_OF(OBJECT(core_v1_NodeSelectorTerm))),
};
TYPE(core_v1_NodeSelector, "io.k8s.api.core.v1.NodeSelector", ATOMIC_TYPE,
    VALIDATE_HOOK(validate_node_selector));

ROWS(core_v1_NodeSelectorRequirement) = {
    ROW( 1, "key",      REQUIRED | MUST, STRING, CHECK(qualified)),
    ROW( 2, "operator", REQUIRED | MUST, STRING, ENUM("DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn")),
    ROW( 3, "values",   OPTIONAL,        LIST_OF(STRING)),
};
TYPE(core_v1_NodeSelectorRequirement, "io.k8s.api.core.v1.NodeSelectorRequirement",
    VALIDATE_HOOK(validate_selector_requirement));

ROWS(core_v1_NodeSelectorTerm) = {
    ROW( 1, "matchExpressions", OPTIONAL, LIST_OF(OBJECT(core_v1_NodeSelectorRequirement))),
    ROW( 2, "matchFields",      OPTIONAL, LIST_OF(OBJECT(core_v1_NodeSelectorRequirement))),
};
TYPE(core_v1_NodeSelectorTerm, "io.k8s.api.core.v1.NodeSelectorTerm", ATOMIC_TYPE,
    VALIDATE_HOOK(validate_node_selector_term));

ROWS(core_v1_PodAffinity) = {
    ROW( 1, "requiredDuringSchedulingIgnoredDuringExecution",  OPTIONAL,
        LIST_OF(OBJECT(core_v1_PodAffinityTerm))),
    ROW( 2, "preferredDuringSchedulingIgnoredDuringExecution", OPTIONAL,
        LIST_OF(OBJECT(core_v1_WeightedPodAffinityTerm))),
};
TYPE(core_v1_PodAffinity, "io.k8s.api.core.v1.PodAffinity");

ROWS(core_v1_PodAffinityTerm) = {
    ROW( 1, "labelSelector",     OPTIONAL,        OBJECT(meta_v1_LabelSelector)),
    ROW( 2, "namespaces",        OPTIONAL,        LIST_OF(STRING), CHECK(dns1123_label)),
    ROW( 3, "topologyKey",       REQUIRED | MUST, STRING, CHECK(qualified)),
    ROW( 4, "namespaceSelector", OPTIONAL,        OBJECT(meta_v1_LabelSelector)),
    ROW( 5, "matchLabelKeys",    OPTIONAL,        LIST_OF(STRING)),
    ROW( 6, "mismatchLabelKeys", OPTIONAL,        LIST_OF(STRING)),
};
TYPE(core_v1_PodAffinityTerm, "io.k8s.api.core.v1.PodAffinityTerm",
    VALIDATE_HOOK(validate_pod_affinity_term));

ROWS(core_v1_PodAntiAffinity) = {
    ROW( 1, "requiredDuringSchedulingIgnoredDuringExecution",  OPTIONAL,
        LIST_OF(OBJECT(core_v1_PodAffinityTerm))),
    ROW( 2, "preferredDuringSchedulingIgnoredDuringExecution", OPTIONAL,
        LIST_OF(OBJECT(core_v1_WeightedPodAffinityTerm))),
};
TYPE(core_v1_PodAntiAffinity, "io.k8s.api.core.v1.PodAntiAffinity");

ROWS(core_v1_PreferredSchedulingTerm) = {
    ROW( 1, "weight",     REQUIRED | MUST, INT32, RANGE(1, 100)),
    ROW( 2, "preference", REQUIRED,        OBJECT(core_v1_NodeSelectorTerm)),
};
TYPE(core_v1_PreferredSchedulingTerm, "io.k8s.api.core.v1.PreferredSchedulingTerm");

ROWS(core_v1_SessionAffinityConfig) = {
    ROW( 1, "clientIP", OPTIONAL, OBJECT(core_v1_ClientIPConfig)),
};
TYPE(core_v1_SessionAffinityConfig, "io.k8s.api.core.v1.SessionAffinityConfig");

ROWS(core_v1_Taint) = {
    ROW( 1, "key",       REQUIRED | MUST, STRING, CHECK(qualified)),
    ROW( 2, "value",     OPTIONAL,        STRING, CHECK(label_value)),
    ROW( 3, "effect",    REQUIRED | MUST, STRING, ENUM("NoExecute", "NoSchedule", "PreferNoSchedule")),
    ROW( 4, "timeAdded", OPTIONAL,        TIME),
};
TYPE(core_v1_Taint, "io.k8s.api.core.v1.Taint");

ROWS(core_v1_Toleration) = {
    ROW( 1, "key",               OPTIONAL, STRING, CHECK(qualified)),
    ROW( 2, "operator",          OPTIONAL, STRING, ENUM("Equal", "Exists", "Gt", "Lt")),
    ROW( 3, "value",             OPTIONAL, STRING),
    ROW( 4, "effect",            OPTIONAL, STRING, ENUM("NoExecute", "NoSchedule", "PreferNoSchedule")),
    ROW( 5, "tolerationSeconds", OPTIONAL, INT64),
};
TYPE(core_v1_Toleration, "io.k8s.api.core.v1.Toleration", VALIDATE_HOOK(validate_toleration));

ROWS(core_v1_TopologySelectorLabelRequirement) = {
    ROW( 1, "key",    REQUIRED | MUST, STRING),
    ROW( 2, "values", REQUIRED,        LIST_OF(STRING)),
};
TYPE(core_v1_TopologySelectorLabelRequirement, "io.k8s.api.core.v1.TopologySelectorLabelRequirement");

ROWS(core_v1_TopologySelectorTerm) = {
    ROW( 1, "matchLabelExpressions", OPTIONAL, LIST_OF(OBJECT(core_v1_TopologySelectorLabelRequirement))),
};
TYPE(core_v1_TopologySelectorTerm, "io.k8s.api.core.v1.TopologySelectorTerm", ATOMIC_TYPE);

ROWS(core_v1_TopologySpreadConstraint) = {
    ROW( 1, "maxSkew",            REQUIRED | MUST, INT32, AT_LEAST(1)),
    ROW( 2, "topologyKey",        REQUIRED | MUST, STRING, CHECK(qualified)),
    ROW( 3, "whenUnsatisfiable",  REQUIRED | MUST, STRING, ENUM("DoNotSchedule", "ScheduleAnyway")),
    ROW( 4, "labelSelector",      OPTIONAL,        OBJECT(meta_v1_LabelSelector)),
    ROW( 5, "minDomains",         OPTIONAL,        INT32, AT_LEAST(1)),
    ROW( 6, "nodeAffinityPolicy", OPTIONAL,        STRING, ENUM("Honor", "Ignore")),
    ROW( 7, "nodeTaintsPolicy",   OPTIONAL,        STRING, ENUM("Honor", "Ignore")),
    ROW( 8, "matchLabelKeys",     OPTIONAL,        LIST_OF(STRING)),
};
TYPE(core_v1_TopologySpreadConstraint, "io.k8s.api.core.v1.TopologySpreadConstraint");

ROWS(core_v1_VolumeNodeAffinity) = {
    ROW( 1, "required", OPTIONAL, OBJECT(core_v1_NodeSelector)),
};
TYPE(core_v1_VolumeNodeAffinity, "io.k8s.api.core.v1.VolumeNodeAffinity");

ROWS(core_v1_WeightedPodAffinityTerm) = {
    ROW( 1, "weight",          REQUIRED | MUST, INT32, RANGE(1, 100)),
    ROW( 2, "podAffinityTerm", REQUIRED,        OBJECT(core_v1_PodAffinityTerm)),
};
TYPE(core_v1_WeightedPodAffinityTerm, "io.k8s.api.core.v1.WeightedPodAffinityTerm");
