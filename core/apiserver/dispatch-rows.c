/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of dispatch.h. */
#include "core/apiserver/dispatch.h"

#include "core/apiserver/handlers.h"

const struct dispatch_row dispatch_subs[] = {
    {"", "pods", "binding", handle_binding, false},
    {"", "pods", "eviction", handle_eviction, false},
    {"", "pods", "log", handle_log, true},
    {"", "pods", "exec", handle_exec, true},
    {"", "pods", "attach", handle_attach, true},
    {"", "pods", "portforward", handle_port_forward, true},
    {"", "pods", "proxy", handle_pod_proxy, true},
    {"", "services", "proxy", handle_service_proxy, true},
    {"", "nodes", "proxy", handle_node_proxy, true},
    {"", "serviceaccounts", "token", handle_token, false},
    {"apps", "deployments", "scale", handle_scale, false},
    {"apps", "replicasets", "scale", handle_scale, false},
    {"apps", "statefulsets", "scale", handle_scale, false},
    {"", "replicationcontrollers", "scale", handle_scale, false},
};
const size_t dispatch_subs_count = sizeof(dispatch_subs) / sizeof(dispatch_subs[0]);

const struct dispatch_row dispatch_virtual[] = {
    {"", "bindings", "", handle_binding, false},
    {"", "componentstatuses", "", handle_component_status, false},
    {"authentication.k8s.io", "tokenreviews", "", handle_review, false},
    {"authentication.k8s.io", "selfsubjectreviews", "", handle_review, false},
    {"authorization.k8s.io", "subjectaccessreviews", "", handle_review, false},
    {"authorization.k8s.io", "localsubjectaccessreviews", "", handle_review, false},
    {"authorization.k8s.io", "selfsubjectaccessreviews", "", handle_review, false},
    {"authorization.k8s.io", "selfsubjectrulesreviews", "", handle_review, false},
};
const size_t dispatch_virtual_count = sizeof(dispatch_virtual) / sizeof(dispatch_virtual[0]);
