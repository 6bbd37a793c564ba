/* SPDX-License-Identifier: Apache-2.0 */
/* Types: networking/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(networking_v1_HTTPIngressPath) = {
    ROW( 1, "path",     OPTIONAL,        STRING),
    ROW( 2, "backend",  REQUIRED,        OBJECT(networking_v1_IngressBackend)),
    ROW( 3, "pathType", REQUIRED | MUST, STRING, ENUM("Exact", "ImplementationSpecific", "Prefix")),
};
TYPE(networking_v1_HTTPIngressPath, "io.k8s.api.networking.v1.HTTPIngressPath",
    VALIDATE_HOOK(validate_ingress_path));

ROWS(networking_v1_HTTPIngressRuleValue) = {
    ROW( 1, "paths", REQUIRED | MUST, LIST_OF(OBJECT(networking_v1_HTTPIngressPath))),
};
TYPE(networking_v1_HTTPIngressRuleValue, "io.k8s.api.networking.v1.HTTPIngressRuleValue");

ROWS(networking_v1_IPAddress) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(networking_v1_IPAddressSpec)),
};
TOP_TYPE(networking_v1_IPAddress,
    "io.k8s.api.networking.v1.IPAddress", "networking.k8s.io", "v1", "IPAddress");

ROWS(networking_v1_IPAddressList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(networking_v1_IPAddress))),
};
TOP_TYPE(networking_v1_IPAddressList,
    "io.k8s.api.networking.v1.IPAddressList", "networking.k8s.io", "v1", "IPAddressList");

ROWS(networking_v1_IPAddressSpec) = {
    ROW( 1, "parentRef", REQUIRED, OBJECT(networking_v1_ParentReference)),
};
TYPE(networking_v1_IPAddressSpec, "io.k8s.api.networking.v1.IPAddressSpec");

ROWS(networking_v1_IPBlock) = {
    ROW( 1, "cidr",   REQUIRED | MUST, STRING, CHECK(cidr)),
    ROW( 2, "except", OPTIONAL,        LIST_OF(STRING), CHECK(cidr)),
};
TYPE(networking_v1_IPBlock, "io.k8s.api.networking.v1.IPBlock", VALIDATE_HOOK(validate_ip_block));

ROWS(networking_v1_Ingress) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(networking_v1_IngressSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(networking_v1_IngressStatus)),
};
TOP_TYPE(networking_v1_Ingress, "io.k8s.api.networking.v1.Ingress", "networking.k8s.io", "v1", "Ingress");

ROWS(networking_v1_IngressBackend) = {
    ROW( 3, "resource", OPTIONAL, OBJECT(core_v1_TypedLocalObjectReference)),
    ROW( 4, "service",  OPTIONAL, OBJECT(networking_v1_IngressServiceBackend)),
};
TYPE(networking_v1_IngressBackend, "io.k8s.api.networking.v1.IngressBackend",
    VALIDATE_HOOK(validate_ingress_backend));

ROWS(networking_v1_IngressClass) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(networking_v1_IngressClassSpec)),
};
TOP_TYPE(networking_v1_IngressClass,
    "io.k8s.api.networking.v1.IngressClass", "networking.k8s.io", "v1", "IngressClass");

ROWS(networking_v1_IngressClassList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(networking_v1_IngressClass))),
};
TOP_TYPE(networking_v1_IngressClassList,
    "io.k8s.api.networking.v1.IngressClassList", "networking.k8s.io", "v1", "IngressClassList");

ROWS(networking_v1_IngressClassParametersReference) = {
    ROW( 1, "apiGroup",  OPTIONAL, STRING),
    ROW( 2, "kind",      REQUIRED, STRING),
    ROW( 3, "name",      REQUIRED, STRING),
    ROW( 4, "scope",     OPTIONAL, STRING, DEFAULT("Cluster"), ENUM("Cluster", "Namespace")),
    ROW( 5, "namespace", OPTIONAL, STRING),
};
TYPE(networking_v1_IngressClassParametersReference,
    "io.k8s.api.networking.v1.IngressClassParametersReference");

ROWS(networking_v1_IngressClassSpec) = {
    ROW( 1, "controller", IMMUTABLE | MUST, STRING, CHECK(domain_path)),
    ROW( 2, "parameters", OPTIONAL, OBJECT(networking_v1_IngressClassParametersReference)),
};
TYPE(networking_v1_IngressClassSpec, "io.k8s.api.networking.v1.IngressClassSpec");

ROWS(networking_v1_IngressList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(networking_v1_Ingress))),
};
TOP_TYPE(networking_v1_IngressList,
    "io.k8s.api.networking.v1.IngressList", "networking.k8s.io", "v1", "IngressList");

ROWS(networking_v1_IngressLoadBalancerIngress) = {
    ROW( 1, "ip",       OPTIONAL, STRING),
    ROW( 2, "hostname", OPTIONAL, STRING),
    ROW( 4, "ports",    OPTIONAL, LIST_OF(OBJECT(networking_v1_IngressPortStatus))),
};
TYPE(networking_v1_IngressLoadBalancerIngress, "io.k8s.api.networking.v1.IngressLoadBalancerIngress");

ROWS(networking_v1_IngressLoadBalancerStatus) = {
    ROW( 1, "ingress", OPTIONAL, LIST_OF(OBJECT(networking_v1_IngressLoadBalancerIngress))),
};
TYPE(networking_v1_IngressLoadBalancerStatus, "io.k8s.api.networking.v1.IngressLoadBalancerStatus");

ROWS(networking_v1_IngressPortStatus) = {
    ROW( 1, "port",     REQUIRED, INT32),
    ROW( 2, "protocol", REQUIRED, STRING),
    ROW( 3, "error",    OPTIONAL, STRING),
};
TYPE(networking_v1_IngressPortStatus, "io.k8s.api.networking.v1.IngressPortStatus");

ROWS(networking_v1_IngressRule) = {
    ROW( 1, "host", OPTIONAL, STRING),
    EMBED(2,  1, "http", OPTIONAL, OBJECT(networking_v1_HTTPIngressRuleValue)),
};
TYPE(networking_v1_IngressRule, "io.k8s.api.networking.v1.IngressRule", VALIDATE_HOOK(validate_ingress_rule));

ROWS(networking_v1_IngressServiceBackend) = {
    ROW( 1, "name", REQUIRED | MUST, STRING, CHECK(dns1035_label)),
    ROW( 2, "port", OPTIONAL,        OBJECT(networking_v1_ServiceBackendPort)),
};
TYPE(networking_v1_IngressServiceBackend, "io.k8s.api.networking.v1.IngressServiceBackend");

ROWS(networking_v1_IngressSpec) = {
    ROW( 1, "defaultBackend",   OPTIONAL, OBJECT(networking_v1_IngressBackend)),
    ROW( 2, "tls",              OPTIONAL, LIST_OF(OBJECT(networking_v1_IngressTLS))),
    ROW( 3, "rules",            OPTIONAL, LIST_OF(OBJECT(networking_v1_IngressRule))),
    ROW( 4, "ingressClassName", OPTIONAL, STRING),
};
TYPE(networking_v1_IngressSpec, "io.k8s.api.networking.v1.IngressSpec", VALIDATE_HOOK(validate_ingress_spec));

ROWS(networking_v1_IngressStatus) = {
    ROW( 1, "loadBalancer", OPTIONAL, OBJECT(networking_v1_IngressLoadBalancerStatus), DEFAULT({})),
};
TYPE(networking_v1_IngressStatus, "io.k8s.api.networking.v1.IngressStatus");

ROWS(networking_v1_IngressTLS) = {
    ROW( 1, "hosts",      OPTIONAL, LIST_OF(STRING)),
    ROW( 2, "secretName", OPTIONAL, STRING),
};
TYPE(networking_v1_IngressTLS, "io.k8s.api.networking.v1.IngressTLS", VALIDATE_HOOK(validate_ingress_tls));

ROWS(networking_v1_NetworkPolicy) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(networking_v1_NetworkPolicySpec)),
};
TOP_TYPE(networking_v1_NetworkPolicy,
    "io.k8s.api.networking.v1.NetworkPolicy", "networking.k8s.io", "v1", "NetworkPolicy");

ROWS(networking_v1_NetworkPolicyEgressRule) = {
    ROW( 1, "ports", OPTIONAL, LIST_OF(OBJECT(networking_v1_NetworkPolicyPort))),
    ROW( 2, "to",    OPTIONAL, LIST_OF(OBJECT(networking_v1_NetworkPolicyPeer))),
};
TYPE(networking_v1_NetworkPolicyEgressRule, "io.k8s.api.networking.v1.NetworkPolicyEgressRule");

ROWS(networking_v1_NetworkPolicyIngressRule) = {
    ROW( 1, "ports", OPTIONAL, LIST_OF(OBJECT(networking_v1_NetworkPolicyPort))),
    ROW( 2, "from",  OPTIONAL, LIST_OF(OBJECT(networking_v1_NetworkPolicyPeer))),
};
TYPE(networking_v1_NetworkPolicyIngressRule, "io.k8s.api.networking.v1.NetworkPolicyIngressRule");

ROWS(networking_v1_NetworkPolicyList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(networking_v1_NetworkPolicy))),
};
TOP_TYPE(networking_v1_NetworkPolicyList,
    "io.k8s.api.networking.v1.NetworkPolicyList", "networking.k8s.io", "v1", "NetworkPolicyList");

ROWS(networking_v1_NetworkPolicyPeer) = {
    ROW( 1, "podSelector",       OPTIONAL, OBJECT(meta_v1_LabelSelector)),
    ROW( 2, "namespaceSelector", OPTIONAL, OBJECT(meta_v1_LabelSelector)),
    ROW( 3, "ipBlock",           OPTIONAL, OBJECT(networking_v1_IPBlock)),
};
TYPE(networking_v1_NetworkPolicyPeer, "io.k8s.api.networking.v1.NetworkPolicyPeer",
    VALIDATE_HOOK(validate_network_policy_peer));

ROWS(networking_v1_NetworkPolicyPort) = {
    ROW( 1, "protocol", OPTIONAL, STRING, DEFAULT("TCP"), ENUM("SCTP", "TCP", "UDP")),
    ROW( 2, "port",     OPTIONAL, INT_OR_STRING),
    ROW( 3, "endPort",  OPTIONAL, INT32),
};
TYPE(networking_v1_NetworkPolicyPort, "io.k8s.api.networking.v1.NetworkPolicyPort",
    VALIDATE_HOOK(validate_network_policy_port));

ROWS(networking_v1_NetworkPolicySpec) = {
    ROW( 1, "podSelector", OPTIONAL, OBJECT(meta_v1_LabelSelector), DEFAULT({})),
    ROW( 2, "ingress",     OPTIONAL, LIST_OF(OBJECT(networking_v1_NetworkPolicyIngressRule))),
    ROW( 3, "egress",      OPTIONAL, LIST_OF(OBJECT(networking_v1_NetworkPolicyEgressRule))),
    ROW( 4, "policyTypes", OPTIONAL, LIST_OF(STRING), ENUM("Egress", "Ingress")),
};
TYPE(networking_v1_NetworkPolicySpec, "io.k8s.api.networking.v1.NetworkPolicySpec",
    DEFAULT_HOOK(default_network_policy_spec));

ROWS(networking_v1_ParentReference) = {
    ROW( 1, "group",     OPTIONAL, STRING),
    ROW( 2, "resource",  REQUIRED, STRING),
    ROW( 3, "namespace", OPTIONAL, STRING),
    ROW( 4, "name",      REQUIRED, STRING),
};
TYPE(networking_v1_ParentReference, "io.k8s.api.networking.v1.ParentReference");

ROWS(networking_v1_ServiceBackendPort) = {
    ROW( 1, "name",   OPTIONAL, STRING),
    ROW( 2, "number", OPTIONAL, INT32, RANGE(0, 65535)),
};
TYPE(networking_v1_ServiceBackendPort, "io.k8s.api.networking.v1.ServiceBackendPort", ATOMIC_TYPE);

ROWS(networking_v1_ServiceCIDR) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(networking_v1_ServiceCIDRSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(networking_v1_ServiceCIDRStatus)),
};
TOP_TYPE(networking_v1_ServiceCIDR,
    "io.k8s.api.networking.v1.ServiceCIDR", "networking.k8s.io", "v1", "ServiceCIDR");

ROWS(networking_v1_ServiceCIDRList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(networking_v1_ServiceCIDR))),
};
TOP_TYPE(networking_v1_ServiceCIDRList,
    "io.k8s.api.networking.v1.ServiceCIDRList", "networking.k8s.io", "v1", "ServiceCIDRList");

ROWS(networking_v1_ServiceCIDRSpec) = {
    ROW( 1, "cidrs", OPTIONAL, LIST_OF(STRING)),
};
TYPE(networking_v1_ServiceCIDRSpec, "io.k8s.api.networking.v1.ServiceCIDRSpec");

ROWS(networking_v1_ServiceCIDRStatus) = {
    ROW( 1, "conditions", MERGE, LIST_OF(OBJECT(meta_v1_Condition)), KEYS("type")),
};
TYPE(networking_v1_ServiceCIDRStatus, "io.k8s.api.networking.v1.ServiceCIDRStatus");
