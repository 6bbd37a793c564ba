/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of dispatch.h. */
#include "core/apiserver/dispatch.h"

#include "core/apiserver/handlers.h"

const struct dispatch_row dispatch_subs[] = {
    {"", "pods", "binding", handle_binding},
    {"", "pods", "eviction", handle_eviction},
    {"", "pods", "log", handle_log},
    {"", "pods", "exec", handle_exec},
    {"", "pods", "attach", handle_attach},
    {"", "pods", "portforward", handle_port_forward},
    {"", "pods", "proxy", handle_pod_proxy},
    {"", "services", "proxy", handle_service_proxy},
    {"", "nodes", "proxy", handle_node_proxy},
    {"", "serviceaccounts", "token", handle_token},
    {"apps", "deployments", "scale", handle_scale},
    {"apps", "replicasets", "scale", handle_scale},
    {"apps", "statefulsets", "scale", handle_scale},
    {"", "replicationcontrollers", "scale", handle_scale},
};
const size_t dispatch_subs_count = sizeof(dispatch_subs) / sizeof(dispatch_subs[0]);

const struct dispatch_row dispatch_virtual[] = {
    {"", "bindings", "", handle_binding},
    {"", "componentstatuses", "", handle_component_status},
    {"authentication.k8s.io", "tokenreviews", "", handle_review},
    {"authentication.k8s.io", "selfsubjectreviews", "", handle_review},
    {"authorization.k8s.io", "subjectaccessreviews", "", handle_review},
    {"authorization.k8s.io", "localsubjectaccessreviews", "", handle_review},
    {"authorization.k8s.io", "selfsubjectaccessreviews", "", handle_review},
    {"authorization.k8s.io", "selfsubjectrulesreviews", "", handle_review},
};
const size_t dispatch_virtual_count = sizeof(dispatch_virtual) / sizeof(dispatch_virtual[0]);
