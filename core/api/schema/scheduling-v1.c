/* SPDX-License-Identifier: Apache-2.0 */
/* Types: scheduling/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(scheduling_v1_PriorityClass) = {
    ROW( 0, "kind",             OPTIONAL, STRING),
    ROW( 0, "apiVersion",       OPTIONAL, STRING),
    ROW( 1, "metadata",         OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "value",            OPTIONAL, INT32),
    ROW( 3, "globalDefault",    OPTIONAL, BOOL),
    ROW( 4, "description",      OPTIONAL, STRING),
    ROW( 5, "preemptionPolicy", IMMUTABLE, STRING,
        DEFAULT("PreemptLowerPriority"), ENUM("Never", "PreemptLowerPriority")),
};
TOP_TYPE(scheduling_v1_PriorityClass,
    "io.k8s.api.scheduling.v1.PriorityClass", "scheduling.k8s.io", "v1", "PriorityClass",
    VALIDATE_HOOK(validate_priority_class));

ROWS(scheduling_v1_PriorityClassList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(scheduling_v1_PriorityClass))),
};
TOP_TYPE(scheduling_v1_PriorityClassList,
    "io.k8s.api.scheduling.v1.PriorityClassList", "scheduling.k8s.io", "v1", "PriorityClassList");
