/* SPDX-License-Identifier: Apache-2.0 */
/* Types: apiregistration/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(apiregistration_v1_APIService) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(apiregistration_v1_APIServiceSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(apiregistration_v1_APIServiceStatus)),
};
TOP_TYPE(apiregistration_v1_APIService,
    "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService",
    "apiregistration.k8s.io", "v1", "APIService");

ROWS(apiregistration_v1_APIServiceCondition) = {
    ROW( 1, "type",               REQUIRED, STRING),
    ROW( 2, "status",             REQUIRED, STRING),
    ROW( 3, "lastTransitionTime", OPTIONAL, TIME),
    ROW( 4, "reason",             OPTIONAL, STRING),
    ROW( 5, "message",            OPTIONAL, STRING),
};
TYPE(apiregistration_v1_APIServiceCondition,
    "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceCondition");

ROWS(apiregistration_v1_APIServiceList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(apiregistration_v1_APIService))),
};
TOP_TYPE(apiregistration_v1_APIServiceList,
    "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceList",
    "apiregistration.k8s.io", "v1", "APIServiceList");

ROWS(apiregistration_v1_APIServiceSpec) = {
    ROW( 1, "service",               OPTIONAL, OBJECT(apiregistration_v1_ServiceReference)),
    ROW( 2, "group",                 OPTIONAL, STRING),
    ROW( 3, "version",               OPTIONAL, STRING),
    ROW( 4, "insecureSkipTLSVerify", OPTIONAL, BOOL),
    ROW( 5, "caBundle",              OPTIONAL, BYTES),
    ROW( 7, "groupPriorityMinimum",  REQUIRED, INT32),
    ROW( 8, "versionPriority",       REQUIRED, INT32),
};
TYPE(apiregistration_v1_APIServiceSpec, "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceSpec");

ROWS(apiregistration_v1_APIServiceStatus) = {
    ROW( 1, "conditions", MERGE, LIST_OF(OBJECT(apiregistration_v1_APIServiceCondition)), KEYS("type")),
};
TYPE(apiregistration_v1_APIServiceStatus,
    "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIServiceStatus");

ROWS(apiregistration_v1_ServiceReference) = {
    ROW( 1, "namespace", OPTIONAL, STRING),
    ROW( 2, "name",      OPTIONAL, STRING),
    ROW( 3, "port",      OPTIONAL, INT32, DEFAULT(443), RANGE(1, 65535)),
};
TYPE(apiregistration_v1_ServiceReference,
    "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.ServiceReference");
