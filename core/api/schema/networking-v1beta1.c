/* SPDX-License-Identifier: Apache-2.0 */
/* Types: networking/v1beta1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(networking_v1beta1_IPAddress) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(networking_v1beta1_IPAddressSpec)),
};
TOP_TYPE(networking_v1beta1_IPAddress,
    "io.k8s.api.networking.v1beta1.IPAddress", "networking.k8s.io", "v1beta1", "IPAddress");

ROWS(networking_v1beta1_IPAddressList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(networking_v1beta1_IPAddress))),
};
TOP_TYPE(networking_v1beta1_IPAddressList,
    "io.k8s.api.networking.v1beta1.IPAddressList", "networking.k8s.io", "v1beta1", "IPAddressList");

ROWS(networking_v1beta1_IPAddressSpec) = {
    ROW( 1, "parentRef", REQUIRED, OBJECT(networking_v1beta1_ParentReference)),
};
TYPE(networking_v1beta1_IPAddressSpec, "io.k8s.api.networking.v1beta1.IPAddressSpec");

ROWS(networking_v1beta1_ParentReference) = {
    ROW( 1, "group",     OPTIONAL, STRING),
    ROW( 2, "resource",  REQUIRED, STRING),
    ROW( 3, "namespace", OPTIONAL, STRING),
    ROW( 4, "name",      REQUIRED, STRING),
};
TYPE(networking_v1beta1_ParentReference, "io.k8s.api.networking.v1beta1.ParentReference");

ROWS(networking_v1beta1_ServiceCIDR) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(networking_v1beta1_ServiceCIDRSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(networking_v1beta1_ServiceCIDRStatus)),
};
TOP_TYPE(networking_v1beta1_ServiceCIDR,
    "io.k8s.api.networking.v1beta1.ServiceCIDR", "networking.k8s.io", "v1beta1", "ServiceCIDR");

ROWS(networking_v1beta1_ServiceCIDRList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(networking_v1beta1_ServiceCIDR))),
};
TOP_TYPE(networking_v1beta1_ServiceCIDRList,
    "io.k8s.api.networking.v1beta1.ServiceCIDRList", "networking.k8s.io", "v1beta1", "ServiceCIDRList");

ROWS(networking_v1beta1_ServiceCIDRSpec) = {
    ROW( 1, "cidrs", OPTIONAL, LIST_OF(STRING)),
};
TYPE(networking_v1beta1_ServiceCIDRSpec, "io.k8s.api.networking.v1beta1.ServiceCIDRSpec");

ROWS(networking_v1beta1_ServiceCIDRStatus) = {
    ROW( 1, "conditions", MERGE, LIST_OF(OBJECT(meta_v1_Condition)), KEYS("type")),
};
TYPE(networking_v1beta1_ServiceCIDRStatus, "io.k8s.api.networking.v1beta1.ServiceCIDRStatus");
