/* SPDX-License-Identifier: Apache-2.0 */
/* The default roles and bindings of Kubernetes v1.36: rows only. */
#include "core/apiserver/rbac-defaults.h"

/* clang-format off */
static const struct rbac_default_rule rules_cluster_admin[] = {
    {"*", "*", "*", NULL, NULL},
    {"*", NULL, NULL, NULL, "*"},
};
static const struct rbac_default_rule rules_system_aggregate_to_admin[] = {
    {"create", "authorization.k8s.io", "localsubjectaccessreviews", NULL, NULL},
    {"create,delete,deletecollection,get,list,patch,update,watch", "rbac.authorization.k8s.io", "rolebindings,roles", NULL, NULL},
};
static const struct rbac_default_rule rules_system_aggregate_to_edit[] = {
    {"get,list,watch", "", "pods/attach,pods/exec,pods/portforward,pods/proxy,secrets,services/proxy", NULL, NULL},
    {"impersonate", "", "serviceaccounts", NULL, NULL},
    {"create,delete,deletecollection,patch,update", "", "pods,pods/attach,pods/exec,pods/portforward,pods/proxy", NULL, NULL},
    {"create", "", "pods/eviction", NULL, NULL},
    {"create,delete,deletecollection,patch,update", "", "configmaps,persistentvolumeclaims,replicationcontrollers,replicationcontrollers/scale,secrets,serviceaccounts,services,services/proxy", NULL, NULL},
    {"create", "", "serviceaccounts/token", NULL, NULL},
    {"create,delete,deletecollection,patch,update", ",events.k8s.io", "events", NULL, NULL},
    {"create,delete,deletecollection,patch,update", "apps", "daemonsets,deployments,deployments/rollback,deployments/scale,replicasets,replicasets/scale,statefulsets,statefulsets/scale", NULL, NULL},
    {"create,delete,deletecollection,patch,update", "autoscaling", "horizontalpodautoscalers", NULL, NULL},
    {"create,delete,deletecollection,patch,update", "batch", "cronjobs,jobs", NULL, NULL},
    {"create,delete,deletecollection,patch,update", "extensions", "daemonsets,deployments,deployments/rollback,deployments/scale,ingresses,networkpolicies,replicasets,replicasets/scale,replicationcontrollers/scale", NULL, NULL},
    {"create,delete,deletecollection,patch,update", "policy", "poddisruptionbudgets", NULL, NULL},
    {"create,delete,deletecollection,patch,update", "networking.k8s.io", "ingresses,networkpolicies", NULL, NULL},
    {"create,delete,deletecollection,get,list,patch,update,watch", "coordination.k8s.io", "leases", NULL, NULL},
    {"create,delete,deletecollection,patch,update", "resource.k8s.io", "resourceclaims,resourceclaimtemplates", NULL, NULL},
};
static const struct rbac_default_rule rules_system_aggregate_to_view[] = {
    {"get,list,watch", "", "configmaps,endpoints,persistentvolumeclaims,persistentvolumeclaims/status,pods,replicationcontrollers,replicationcontrollers/scale,serviceaccounts,services,services/status", NULL, NULL},
    {"get,list,watch", "", "bindings,limitranges,namespaces/status,pods/log,pods/status,replicationcontrollers/status,resourcequotas,resourcequotas/status", NULL, NULL},
    {"get,list,watch", "", "namespaces", NULL, NULL},
    {"get,list,watch", ",events.k8s.io", "events", NULL, NULL},
    {"get,list,watch", "discovery.k8s.io", "endpointslices", NULL, NULL},
    {"get,list,watch", "apps", "controllerrevisions,daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,replicasets,replicasets/scale,replicasets/status,statefulsets,statefulsets/scale,statefulsets/status", NULL, NULL},
    {"get,list,watch", "autoscaling", "horizontalpodautoscalers,horizontalpodautoscalers/status", NULL, NULL},
    {"get,list,watch", "batch", "cronjobs,cronjobs/status,jobs,jobs/status", NULL, NULL},
    {"get,list,watch", "extensions", "daemonsets,daemonsets/status,deployments,deployments/scale,deployments/status,ingresses,ingresses/status,networkpolicies,replicasets,replicasets/scale,replicasets/status,replicationcontrollers/scale", NULL, NULL},
    {"get,list,watch", "policy", "poddisruptionbudgets,poddisruptionbudgets/status", NULL, NULL},
    {"get,list,watch", "networking.k8s.io", "ingresses,ingresses/status,networkpolicies", NULL, NULL},
    {"get,list,watch", "resource.k8s.io", "resourceclaims,resourceclaims/status,resourceclaimtemplates", NULL, NULL},
};
static const struct rbac_default_rule rules_system_auth_delegator[] = {
    {"create", "authentication.k8s.io", "tokenreviews", NULL, NULL},
    {"create", "authorization.k8s.io", "subjectaccessreviews", NULL, NULL},
};
static const struct rbac_default_rule rules_system_basic_user[] = {
    {"create", "authorization.k8s.io", "selfsubjectaccessreviews,selfsubjectrulesreviews", NULL, NULL},
    {"create", "authentication.k8s.io", "selfsubjectreviews", NULL, NULL},
};
static const struct rbac_default_rule rules_system_certificates_k8s_io_certificatesigningrequests_nodeclient[] = {
    {"create", "certificates.k8s.io", "certificatesigningrequests/nodeclient", NULL, NULL},
};
static const struct rbac_default_rule rules_system_certificates_k8s_io_certificatesigningrequests_selfnodeclient[] = {
    {"create", "certificates.k8s.io", "certificatesigningrequests/selfnodeclient", NULL, NULL},
};
static const struct rbac_default_rule rules_system_certificates_k8s_io_kube_apiserver_client_approver[] = {
    {"approve", "certificates.k8s.io", "signers", "kubernetes.io/kube-apiserver-client", NULL},
};
static const struct rbac_default_rule rules_system_certificates_k8s_io_kube_apiserver_client_kubelet_approver[] = {
    {"approve", "certificates.k8s.io", "signers", "kubernetes.io/kube-apiserver-client-kubelet", NULL},
};
static const struct rbac_default_rule rules_system_certificates_k8s_io_kubelet_serving_approver[] = {
    {"approve", "certificates.k8s.io", "signers", "kubernetes.io/kubelet-serving", NULL},
};
static const struct rbac_default_rule rules_system_certificates_k8s_io_legacy_unknown_approver[] = {
    {"approve", "certificates.k8s.io", "signers", "kubernetes.io/legacy-unknown", NULL},
};
static const struct rbac_default_rule rules_system_discovery[] = {
    {"get", NULL, NULL, NULL, "/api,/api/*,/apis,/apis/*,/healthz,/livez,/openapi,/openapi/*,/readyz,/version,/version/"},
};
static const struct rbac_default_rule rules_system_heapster[] = {
    {"get,list,watch", "", "events,namespaces,nodes,pods", NULL, NULL},
    {"get,list,watch", "extensions", "deployments", NULL, NULL},
};
static const struct rbac_default_rule rules_system_kube_aggregator[] = {
    {"get,list,watch", "", "endpoints,services", NULL, NULL},
};
static const struct rbac_default_rule rules_system_kube_controller_manager[] = {
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
    {"create", "coordination.k8s.io", "leases", NULL, NULL},
    {"get,update", "coordination.k8s.io", "leases", "kube-controller-manager", NULL},
    {"create", "", "secrets,serviceaccounts", NULL, NULL},
    {"delete", "", "secrets", NULL, NULL},
    {"get", "", "configmaps,namespaces,secrets,serviceaccounts", NULL, NULL},
    {"update", "", "secrets,serviceaccounts", NULL, NULL},
    {"create", "authentication.k8s.io", "tokenreviews", NULL, NULL},
    {"create", "authorization.k8s.io", "subjectaccessreviews", NULL, NULL},
    {"list,watch", "*", "*", NULL, NULL},
    {"create", "", "serviceaccounts/token", NULL, NULL},
};
static const struct rbac_default_rule rules_system_kube_dns[] = {
    {"list,watch", "", "endpoints,services", NULL, NULL},
};
static const struct rbac_default_rule rules_system_kube_scheduler[] = {
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
    {"create", "coordination.k8s.io", "leases", NULL, NULL},
    {"get,list,update,watch", "coordination.k8s.io", "leases", "kube-scheduler", NULL},
    {"create,delete,deletecollection,get,list,patch,update,watch", "coordination.k8s.io", "leasecandidates", NULL, NULL},
    {"get,list,watch", "", "nodes", NULL, NULL},
    {"delete,get,list,watch", "", "pods", NULL, NULL},
    {"create", "", "bindings,pods/binding", NULL, NULL},
    {"patch,update", "", "pods/status", NULL, NULL},
    {"get,list,watch", "", "replicationcontrollers,services", NULL, NULL},
    {"get,list,watch", "apps,extensions", "replicasets", NULL, NULL},
    {"get,list,watch", "apps", "statefulsets", NULL, NULL},
    {"get,list,watch", "policy", "poddisruptionbudgets", NULL, NULL},
    {"get,list,watch", "", "persistentvolumeclaims,persistentvolumes", NULL, NULL},
    {"create", "authentication.k8s.io", "tokenreviews", NULL, NULL},
    {"create", "authorization.k8s.io", "subjectaccessreviews", NULL, NULL},
    {"get,list,watch", "storage.k8s.io", "csinodes", NULL, NULL},
    {"get,list,watch", "storage.k8s.io", "volumeattachments", NULL, NULL},
    {"get,list,watch", "", "namespaces", NULL, NULL},
    {"get,list,watch", "storage.k8s.io", "csidrivers", NULL, NULL},
    {"get,list,watch", "storage.k8s.io", "csistoragecapacities", NULL, NULL},
    {"get,list,watch", "resource.k8s.io", "deviceclasses", NULL, NULL},
    {"get,list,patch,update,watch", "resource.k8s.io", "resourceclaims", NULL, NULL},
    {"get,list,patch,update,watch", "resource.k8s.io", "resourceclaims/status", NULL, NULL},
    {"update", "", "pods/finalizers", NULL, NULL},
    {"get,list,watch", "resource.k8s.io", "resourceslices", NULL, NULL},
    {"create,delete", "resource.k8s.io", "resourceclaims", NULL, NULL},
    {"patch,update", "resource.k8s.io", "resourceclaims/binding", NULL, NULL},
};
static const struct rbac_default_rule rules_system_kubelet_api_admin[] = {
    {"get,list,watch", "", "nodes", NULL, NULL},
    {"proxy", "", "nodes", NULL, NULL},
    {"*", "", "nodes/log,nodes/metrics,nodes/proxy,nodes/stats", NULL, NULL},
    {"*", "", "nodes/configz,nodes/healthz,nodes/pods", NULL, NULL},
};
static const struct rbac_default_rule rules_system_monitoring[] = {
    {"get", NULL, NULL, NULL, "/flagz,/healthz,/healthz/*,/livez,/livez/*,/metrics,/metrics/slis,/readyz,/readyz/*,/statusz"},
    {"get", "", "nodes/metrics", NULL, NULL},
};
static const struct rbac_default_rule rules_system_node[] = {
    {"create", "authentication.k8s.io", "tokenreviews", NULL, NULL},
    {"create", "authorization.k8s.io", "localsubjectaccessreviews,subjectaccessreviews", NULL, NULL},
    {"get,list,watch", "", "services", NULL, NULL},
    {"create,get,list,watch", "", "nodes", NULL, NULL},
    {"patch,update", "", "nodes/status", NULL, NULL},
    {"patch,update", "", "nodes", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
    {"get,list,watch", "", "pods", NULL, NULL},
    {"create,delete", "", "pods", NULL, NULL},
    {"patch,update", "", "pods/status", NULL, NULL},
    {"create", "", "pods/eviction", NULL, NULL},
    {"get,list,watch", "", "configmaps,secrets", NULL, NULL},
    {"get", "", "persistentvolumeclaims,persistentvolumes", NULL, NULL},
    {"get", "", "endpoints", NULL, NULL},
    {"create,get,list,watch", "certificates.k8s.io", "certificatesigningrequests", NULL, NULL},
    {"create,delete,get,patch,update", "coordination.k8s.io", "leases", NULL, NULL},
    {"get", "storage.k8s.io", "volumeattachments", NULL, NULL},
    {"create", "", "serviceaccounts/token", NULL, NULL},
    {"get,patch,update", "", "persistentvolumeclaims/status", NULL, NULL},
    {"get,list,watch", "storage.k8s.io", "csidrivers", NULL, NULL},
    {"create,delete,get,patch,update", "storage.k8s.io", "csinodes", NULL, NULL},
    {"get,list,watch", "node.k8s.io", "runtimeclasses", NULL, NULL},
    {"get", "resource.k8s.io", "resourceclaims", NULL, NULL},
    {"deletecollection", "resource.k8s.io", "resourceslices", NULL, NULL},
    {"get", "", "serviceaccounts", NULL, NULL},
};
static const struct rbac_default_rule rules_system_node_bootstrapper[] = {
    {"create,get,list,watch", "certificates.k8s.io", "certificatesigningrequests", NULL, NULL},
};
static const struct rbac_default_rule rules_system_node_problem_detector[] = {
    {"get", "", "nodes", NULL, NULL},
    {"patch", "", "nodes/status", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_node_proxier[] = {
    {"list,watch", "", "endpoints,services", NULL, NULL},
    {"get,list,watch", "", "nodes", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
    {"list,watch", "networking.k8s.io", "servicecidrs", NULL, NULL},
    {"list,watch", "discovery.k8s.io", "endpointslices", NULL, NULL},
};
static const struct rbac_default_rule rules_system_openshift_public_info_viewer[] = {
    {"get", NULL, NULL, NULL, "/.well-known,/.well-known/*"},
};
static const struct rbac_default_rule rules_system_persistent_volume_provisioner[] = {
    {"create,delete,get,list,watch", "", "persistentvolumes", NULL, NULL},
    {"get,list,update,watch", "", "persistentvolumeclaims", NULL, NULL},
    {"get,list,watch", "storage.k8s.io", "storageclasses", NULL, NULL},
    {"watch", "", "events", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_public_info_viewer[] = {
    {"get", NULL, NULL, NULL, "/healthz,/livez,/readyz,/version,/version/"},
};
static const struct rbac_default_rule rules_system_service_account_issuer_discovery[] = {
    {"get", NULL, NULL, NULL, "/.well-known/openid-configuration,/.well-known/openid-configuration/,/openid/v1/jwks,/openid/v1/jwks/"},
};
static const struct rbac_default_rule rules_system_volume_scheduler[] = {
    {"get,list,patch,update,watch", "", "persistentvolumes", NULL, NULL},
    {"get,list,watch", "storage.k8s.io", "storageclasses", NULL, NULL},
    {"get,list,patch,update,watch", "", "persistentvolumeclaims", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_attachdetach_controller[] = {
    {"list,watch", "", "persistentvolumeclaims,persistentvolumes", NULL, NULL},
    {"get,list,watch", "", "nodes", NULL, NULL},
    {"patch,update", "", "nodes/status", NULL, NULL},
    {"list,watch", "", "pods", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
    {"create,delete,get,list,watch", "storage.k8s.io", "volumeattachments", NULL, NULL},
    {"get,list,watch", "storage.k8s.io", "csidrivers", NULL, NULL},
    {"get,list,watch", "storage.k8s.io", "csinodes", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_certificate_controller[] = {
    {"delete,get,list,watch", "certificates.k8s.io", "certificatesigningrequests", NULL, NULL},
    {"update", "certificates.k8s.io", "certificatesigningrequests/approval,certificatesigningrequests/status", NULL, NULL},
    {"approve", "certificates.k8s.io", "signers", "kubernetes.io/kube-apiserver-client-kubelet", NULL},
    {"sign", "certificates.k8s.io", "signers", "kubernetes.io/kube-apiserver-client,kubernetes.io/kube-apiserver-client-kubelet,kubernetes.io/kubelet-serving,kubernetes.io/legacy-unknown", NULL},
    {"create", "authorization.k8s.io", "subjectaccessreviews", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_clusterrole_aggregation_controller[] = {
    {"escalate,get,list,patch,update,watch", "rbac.authorization.k8s.io", "clusterroles", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_cronjob_controller[] = {
    {"get,list,update,watch", "batch", "cronjobs", NULL, NULL},
    {"create,delete,get,list,patch,update,watch", "batch", "jobs", NULL, NULL},
    {"update", "batch", "cronjobs/status", NULL, NULL},
    {"update", "batch", "cronjobs/finalizers", NULL, NULL},
    {"delete,list,watch", "", "pods", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_daemon_set_controller[] = {
    {"get,list,watch", "apps,extensions", "daemonsets", NULL, NULL},
    {"update", "apps,extensions", "daemonsets/status", NULL, NULL},
    {"update", "apps,extensions", "daemonsets/finalizers", NULL, NULL},
    {"list,watch", "", "nodes", NULL, NULL},
    {"create,delete,list,patch,watch", "", "pods", NULL, NULL},
    {"create", "", "pods/binding", NULL, NULL},
    {"create,delete,get,list,patch,update,watch", "apps", "controllerrevisions", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_deployment_controller[] = {
    {"get,list,update,watch", "apps,extensions", "deployments", NULL, NULL},
    {"update", "apps,extensions", "deployments/status", NULL, NULL},
    {"update", "apps,extensions", "deployments/finalizers", NULL, NULL},
    {"create,delete,get,list,patch,update,watch", "apps,extensions", "replicasets", NULL, NULL},
    {"get,list,update,watch", "", "pods", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_device_taint_eviction_controller[] = {
    {"delete,get,list,watch", "", "pods", NULL, NULL},
    {"patch,update", "", "pods/status", NULL, NULL},
    {"get,list,watch", "resource.k8s.io", "resourceclaims", NULL, NULL},
    {"get,list,watch", "resource.k8s.io", "resourceslices", NULL, NULL},
    {"get,list,watch", "resource.k8s.io", "deviceclasses", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_disruption_controller[] = {
    {"get,list,watch", "apps,extensions", "deployments", NULL, NULL},
    {"get,list,watch", "apps,extensions", "replicasets", NULL, NULL},
    {"get,list,watch", "", "replicationcontrollers", NULL, NULL},
    {"get,list,watch", "policy", "poddisruptionbudgets", NULL, NULL},
    {"get,list,watch", "apps", "statefulsets", NULL, NULL},
    {"update", "policy", "poddisruptionbudgets/status", NULL, NULL},
    {"patch,update", "", "pods/status", NULL, NULL},
    {"get", "*", "*/scale", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_endpoint_controller[] = {
    {"get,list,watch", "", "pods,services", NULL, NULL},
    {"create,delete,get,list,update,watch", "", "endpoints", NULL, NULL},
    {"create", "", "endpoints/restricted", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_endpointslice_controller[] = {
    {"get,list,watch", "", "nodes,pods,services", NULL, NULL},
    {"update", "", "services/finalizers", NULL, NULL},
    {"create,delete,get,list,update,watch", "discovery.k8s.io", "endpointslices", NULL, NULL},
    {"create", "discovery.k8s.io", "endpointslices/restricted", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_endpointslicemirroring_controller[] = {
    {"get,list,watch", "", "endpoints,services", NULL, NULL},
    {"update", "", "services/finalizers", NULL, NULL},
    {"update", "", "endpoints/finalizers", NULL, NULL},
    {"create,delete,get,list,update,watch", "discovery.k8s.io", "endpointslices", NULL, NULL},
    {"create", "discovery.k8s.io", "endpointslices/restricted", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_ephemeral_volume_controller[] = {
    {"get,list,watch", "", "pods", NULL, NULL},
    {"update", "", "pods/finalizers", NULL, NULL},
    {"create,get,list,watch", "", "persistentvolumeclaims", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_expand_controller[] = {
    {"get,list,patch,update,watch", "", "persistentvolumes", NULL, NULL},
    {"patch,update", "", "persistentvolumeclaims/status", NULL, NULL},
    {"get,list,watch", "", "persistentvolumeclaims", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_generic_garbage_collector[] = {
    {"delete,get,list,patch,update,watch", "*", "*", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_horizontal_pod_autoscaler[] = {
    {"get,list,watch", "autoscaling", "horizontalpodautoscalers", NULL, NULL},
    {"update", "autoscaling", "horizontalpodautoscalers/status", NULL, NULL},
    {"get,update", "*", "*/scale", NULL, NULL},
    {"list,watch", "", "pods", NULL, NULL},
    {"list,watch", "metrics.k8s.io", "pods", NULL, NULL},
    {"get,list,watch", "custom.metrics.k8s.io", "*", NULL, NULL},
    {"get,list,watch", "external.metrics.k8s.io", "*", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_job_controller[] = {
    {"get,list,patch,update,watch", "batch", "jobs", NULL, NULL},
    {"update", "batch", "jobs/status", NULL, NULL},
    {"update", "batch", "jobs/finalizers", NULL, NULL},
    {"create,delete,list,patch,watch", "", "pods", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_legacy_service_account_token_cleaner[] = {
    {"get", "", "configmaps", "kube-apiserver-legacy-service-account-token-tracking", NULL},
    {"delete,patch", "", "secrets", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_namespace_controller[] = {
    {"delete,get,list,watch", "", "namespaces", NULL, NULL},
    {"update", "", "namespaces/finalize,namespaces/status", NULL, NULL},
    {"delete,deletecollection,get,list,watch", "*", "*", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_node_controller[] = {
    {"delete,get,list,patch,update,watch", "", "nodes", NULL, NULL},
    {"patch,update", "", "nodes/status", NULL, NULL},
    {"patch,update", "", "pods/status", NULL, NULL},
    {"delete,get,list,watch", "", "pods", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_persistent_volume_binder[] = {
    {"create,delete,get,list,update,watch", "", "persistentvolumes", NULL, NULL},
    {"update", "", "persistentvolumes/status", NULL, NULL},
    {"get,list,update,watch", "", "persistentvolumeclaims", NULL, NULL},
    {"update", "", "persistentvolumeclaims/status", NULL, NULL},
    {"create,delete,get,list,watch", "", "pods", NULL, NULL},
    {"get,list,watch", "storage.k8s.io", "storageclasses", NULL, NULL},
    {"list,watch", "", "nodes", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
    {"watch", "", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_pod_garbage_collector[] = {
    {"delete,list,watch", "", "pods", NULL, NULL},
    {"get,list,watch", "", "nodes", NULL, NULL},
    {"patch", "", "pods/status", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_pv_protection_controller[] = {
    {"get,list,update,watch", "", "persistentvolumes", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_pvc_protection_controller[] = {
    {"get,list,update,watch", "", "persistentvolumeclaims", NULL, NULL},
    {"update", "", "persistentvolumeclaims/status", NULL, NULL},
    {"get,list,watch", "", "pods", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_replicaset_controller[] = {
    {"get,list,update,watch", "apps,extensions", "replicasets", NULL, NULL},
    {"update", "apps,extensions", "replicasets/status", NULL, NULL},
    {"update", "apps,extensions", "replicasets/finalizers", NULL, NULL},
    {"create,delete,list,patch,watch", "", "pods", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_replication_controller[] = {
    {"get,list,update,watch", "", "replicationcontrollers", NULL, NULL},
    {"update", "", "replicationcontrollers/status", NULL, NULL},
    {"update", "", "replicationcontrollers/finalizers", NULL, NULL},
    {"create,delete,list,patch,watch", "", "pods", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_resource_claim_controller[] = {
    {"get,list,watch", "", "pods", NULL, NULL},
    {"update", "", "pods/finalizers", NULL, NULL},
    {"create,delete,get,list,watch", "resource.k8s.io", "resourceclaims", NULL, NULL},
    {"patch,update", "resource.k8s.io", "resourceclaims,resourceclaims/status", NULL, NULL},
    {"patch,update", "", "pods/status", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
    {"patch,update", "resource.k8s.io", "resourceclaims/binding", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_resourcequota_controller[] = {
    {"list,watch", "*", "*", NULL, NULL},
    {"update", "", "resourcequotas/status", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_root_ca_cert_publisher[] = {
    {"create,update", "", "configmaps", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_route_controller[] = {
    {"list,watch", "", "nodes", NULL, NULL},
    {"patch", "", "nodes/status", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_selinux_warning_controller[] = {
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
    {"get,list,watch", "", "persistentvolumes", NULL, NULL},
    {"get,list,watch", "", "persistentvolumeclaims", NULL, NULL},
    {"get,list,watch", "", "pods", NULL, NULL},
    {"get,list,watch", "storage.k8s.io", "csidrivers", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_service_account_controller[] = {
    {"create", "", "serviceaccounts", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_service_ca_cert_publisher[] = {
    {"create,update", "", "configmaps", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_service_cidrs_controller[] = {
    {"get,list,patch,update,watch", "networking.k8s.io", "servicecidrs", NULL, NULL},
    {"patch,update", "networking.k8s.io", "servicecidrs/finalizers", NULL, NULL},
    {"patch,update", "networking.k8s.io", "servicecidrs/status", NULL, NULL},
    {"get,list,watch", "networking.k8s.io", "ipaddresses", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_service_controller[] = {
    {"get,list,watch", "", "services", NULL, NULL},
    {"patch,update", "", "services/status", NULL, NULL},
    {"list,watch", "", "nodes", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_statefulset_controller[] = {
    {"list,watch", "", "pods", NULL, NULL},
    {"get,list,watch", "apps", "statefulsets", NULL, NULL},
    {"update", "apps", "statefulsets/status", NULL, NULL},
    {"update", "apps", "statefulsets/finalizers", NULL, NULL},
    {"create,delete,get,patch,update", "", "pods", NULL, NULL},
    {"create,delete,get,list,patch,update,watch", "apps", "controllerrevisions", NULL, NULL},
    {"create,get,list,watch", "", "persistentvolumeclaims", NULL, NULL},
    {"delete,update", "", "persistentvolumeclaims", NULL, NULL},
    {"update", "", "pods/finalizers", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_ttl_after_finished_controller[] = {
    {"delete,get,list,watch", "batch", "jobs", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_ttl_controller[] = {
    {"list,patch,update,watch", "", "nodes", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_validatingadmissionpolicy_status_controller[] = {
    {"get,list,watch", "admissionregistration.k8s.io", "validatingadmissionpolicies", NULL, NULL},
    {"get,patch,update", "admissionregistration.k8s.io", "validatingadmissionpolicies/status", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_system_controller_volumeattributesclass_protection_controller[] = {
    {"get,list,watch", "", "persistentvolumeclaims", NULL, NULL},
    {"get,list,watch", "", "persistentvolumes", NULL, NULL},
    {"get,list,update,watch", "storage.k8s.io", "volumeattributesclasses", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_kube_public_system_controller_bootstrap_signer[] = {
    {"get,list,watch", "", "configmaps", NULL, NULL},
    {"update", "", "configmaps", "cluster-info", NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};
static const struct rbac_default_rule rules_kube_system_extension_apiserver_authentication_reader[] = {
    {"get,list,watch", "", "configmaps", "extension-apiserver-authentication", NULL},
};
static const struct rbac_default_rule rules_kube_system_system_leader_locking_kube_controller_manager[] = {
    {"create,get,list,update,watch", "coordination.k8s.io", "leases", NULL, NULL},
    {"create,get,list,update,watch", "coordination.k8s.io", "leasecandidates", NULL, NULL},
};
static const struct rbac_default_rule rules_kube_system_system_leader_locking_kube_scheduler[] = {
    {"create,get,list,update,watch", "coordination.k8s.io", "leases", NULL, NULL},
    {"create,get,list,update,watch", "coordination.k8s.io", "leasecandidates", NULL, NULL},
};
static const struct rbac_default_rule rules_kube_system_system_controller_bootstrap_signer[] = {
    {"get,list,watch", "", "secrets", NULL, NULL},
};
static const struct rbac_default_rule rules_kube_system_system_controller_cloud_provider[] = {
    {"create,get,list,watch", "", "configmaps", NULL, NULL},
};
static const struct rbac_default_rule rules_kube_system_system_controller_token_cleaner[] = {
    {"delete,get,list,watch", "", "secrets", NULL, NULL},
    {"create,patch,update", ",events.k8s.io", "events", NULL, NULL},
};

#define ROWS(a) (sizeof(a) / sizeof((a)[0]))

static const struct rbac_default_role roles[] = {
    {NULL, "admin", NULL, "admin", NULL, 0},
    {NULL, "cluster-admin", NULL, NULL, rules_cluster_admin, ROWS(rules_cluster_admin)},
    {NULL, "edit", "admin", "edit", NULL, 0},
    {NULL, "system:aggregate-to-admin", "admin", NULL, rules_system_aggregate_to_admin, ROWS(rules_system_aggregate_to_admin)},
    {NULL, "system:aggregate-to-edit", "edit", NULL, rules_system_aggregate_to_edit, ROWS(rules_system_aggregate_to_edit)},
    {NULL, "system:aggregate-to-view", "view", NULL, rules_system_aggregate_to_view, ROWS(rules_system_aggregate_to_view)},
    {NULL, "system:auth-delegator", NULL, NULL, rules_system_auth_delegator, ROWS(rules_system_auth_delegator)},
    {NULL, "system:basic-user", NULL, NULL, rules_system_basic_user, ROWS(rules_system_basic_user)},
    {NULL, "system:certificates.k8s.io:certificatesigningrequests:nodeclient", NULL, NULL, rules_system_certificates_k8s_io_certificatesigningrequests_nodeclient, ROWS(rules_system_certificates_k8s_io_certificatesigningrequests_nodeclient)},
    {NULL, "system:certificates.k8s.io:certificatesigningrequests:selfnodeclient", NULL, NULL, rules_system_certificates_k8s_io_certificatesigningrequests_selfnodeclient, ROWS(rules_system_certificates_k8s_io_certificatesigningrequests_selfnodeclient)},
    {NULL, "system:certificates.k8s.io:kube-apiserver-client-approver", NULL, NULL, rules_system_certificates_k8s_io_kube_apiserver_client_approver, ROWS(rules_system_certificates_k8s_io_kube_apiserver_client_approver)},
    {NULL, "system:certificates.k8s.io:kube-apiserver-client-kubelet-approver", NULL, NULL, rules_system_certificates_k8s_io_kube_apiserver_client_kubelet_approver, ROWS(rules_system_certificates_k8s_io_kube_apiserver_client_kubelet_approver)},
    {NULL, "system:certificates.k8s.io:kubelet-serving-approver", NULL, NULL, rules_system_certificates_k8s_io_kubelet_serving_approver, ROWS(rules_system_certificates_k8s_io_kubelet_serving_approver)},
    {NULL, "system:certificates.k8s.io:legacy-unknown-approver", NULL, NULL, rules_system_certificates_k8s_io_legacy_unknown_approver, ROWS(rules_system_certificates_k8s_io_legacy_unknown_approver)},
    {NULL, "system:discovery", NULL, NULL, rules_system_discovery, ROWS(rules_system_discovery)},
    {NULL, "system:heapster", NULL, NULL, rules_system_heapster, ROWS(rules_system_heapster)},
    {NULL, "system:kube-aggregator", NULL, NULL, rules_system_kube_aggregator, ROWS(rules_system_kube_aggregator)},
    {NULL, "system:kube-controller-manager", NULL, NULL, rules_system_kube_controller_manager, ROWS(rules_system_kube_controller_manager)},
    {NULL, "system:kube-dns", NULL, NULL, rules_system_kube_dns, ROWS(rules_system_kube_dns)},
    {NULL, "system:kube-scheduler", NULL, NULL, rules_system_kube_scheduler, ROWS(rules_system_kube_scheduler)},
    {NULL, "system:kubelet-api-admin", NULL, NULL, rules_system_kubelet_api_admin, ROWS(rules_system_kubelet_api_admin)},
    {NULL, "system:monitoring", NULL, NULL, rules_system_monitoring, ROWS(rules_system_monitoring)},
    {NULL, "system:node", NULL, NULL, rules_system_node, ROWS(rules_system_node)},
    {NULL, "system:node-bootstrapper", NULL, NULL, rules_system_node_bootstrapper, ROWS(rules_system_node_bootstrapper)},
    {NULL, "system:node-problem-detector", NULL, NULL, rules_system_node_problem_detector, ROWS(rules_system_node_problem_detector)},
    {NULL, "system:node-proxier", NULL, NULL, rules_system_node_proxier, ROWS(rules_system_node_proxier)},
    {NULL, "system:openshift:public-info-viewer", NULL, NULL, rules_system_openshift_public_info_viewer, ROWS(rules_system_openshift_public_info_viewer)},
    {NULL, "system:persistent-volume-provisioner", NULL, NULL, rules_system_persistent_volume_provisioner, ROWS(rules_system_persistent_volume_provisioner)},
    {NULL, "system:public-info-viewer", NULL, NULL, rules_system_public_info_viewer, ROWS(rules_system_public_info_viewer)},
    {NULL, "system:service-account-issuer-discovery", NULL, NULL, rules_system_service_account_issuer_discovery, ROWS(rules_system_service_account_issuer_discovery)},
    {NULL, "system:volume-scheduler", NULL, NULL, rules_system_volume_scheduler, ROWS(rules_system_volume_scheduler)},
    {NULL, "view", "edit", "view", NULL, 0},
    {NULL, "system:controller:attachdetach-controller", NULL, NULL, rules_system_controller_attachdetach_controller, ROWS(rules_system_controller_attachdetach_controller)},
    {NULL, "system:controller:certificate-controller", NULL, NULL, rules_system_controller_certificate_controller, ROWS(rules_system_controller_certificate_controller)},
    {NULL, "system:controller:clusterrole-aggregation-controller", NULL, NULL, rules_system_controller_clusterrole_aggregation_controller, ROWS(rules_system_controller_clusterrole_aggregation_controller)},
    {NULL, "system:controller:cronjob-controller", NULL, NULL, rules_system_controller_cronjob_controller, ROWS(rules_system_controller_cronjob_controller)},
    {NULL, "system:controller:daemon-set-controller", NULL, NULL, rules_system_controller_daemon_set_controller, ROWS(rules_system_controller_daemon_set_controller)},
    {NULL, "system:controller:deployment-controller", NULL, NULL, rules_system_controller_deployment_controller, ROWS(rules_system_controller_deployment_controller)},
    {NULL, "system:controller:device-taint-eviction-controller", NULL, NULL, rules_system_controller_device_taint_eviction_controller, ROWS(rules_system_controller_device_taint_eviction_controller)},
    {NULL, "system:controller:disruption-controller", NULL, NULL, rules_system_controller_disruption_controller, ROWS(rules_system_controller_disruption_controller)},
    {NULL, "system:controller:endpoint-controller", NULL, NULL, rules_system_controller_endpoint_controller, ROWS(rules_system_controller_endpoint_controller)},
    {NULL, "system:controller:endpointslice-controller", NULL, NULL, rules_system_controller_endpointslice_controller, ROWS(rules_system_controller_endpointslice_controller)},
    {NULL, "system:controller:endpointslicemirroring-controller", NULL, NULL, rules_system_controller_endpointslicemirroring_controller, ROWS(rules_system_controller_endpointslicemirroring_controller)},
    {NULL, "system:controller:ephemeral-volume-controller", NULL, NULL, rules_system_controller_ephemeral_volume_controller, ROWS(rules_system_controller_ephemeral_volume_controller)},
    {NULL, "system:controller:expand-controller", NULL, NULL, rules_system_controller_expand_controller, ROWS(rules_system_controller_expand_controller)},
    {NULL, "system:controller:generic-garbage-collector", NULL, NULL, rules_system_controller_generic_garbage_collector, ROWS(rules_system_controller_generic_garbage_collector)},
    {NULL, "system:controller:horizontal-pod-autoscaler", NULL, NULL, rules_system_controller_horizontal_pod_autoscaler, ROWS(rules_system_controller_horizontal_pod_autoscaler)},
    {NULL, "system:controller:job-controller", NULL, NULL, rules_system_controller_job_controller, ROWS(rules_system_controller_job_controller)},
    {NULL, "system:controller:legacy-service-account-token-cleaner", NULL, NULL, rules_system_controller_legacy_service_account_token_cleaner, ROWS(rules_system_controller_legacy_service_account_token_cleaner)},
    {NULL, "system:controller:namespace-controller", NULL, NULL, rules_system_controller_namespace_controller, ROWS(rules_system_controller_namespace_controller)},
    {NULL, "system:controller:node-controller", NULL, NULL, rules_system_controller_node_controller, ROWS(rules_system_controller_node_controller)},
    {NULL, "system:controller:persistent-volume-binder", NULL, NULL, rules_system_controller_persistent_volume_binder, ROWS(rules_system_controller_persistent_volume_binder)},
    {NULL, "system:controller:pod-garbage-collector", NULL, NULL, rules_system_controller_pod_garbage_collector, ROWS(rules_system_controller_pod_garbage_collector)},
    {NULL, "system:controller:pv-protection-controller", NULL, NULL, rules_system_controller_pv_protection_controller, ROWS(rules_system_controller_pv_protection_controller)},
    {NULL, "system:controller:pvc-protection-controller", NULL, NULL, rules_system_controller_pvc_protection_controller, ROWS(rules_system_controller_pvc_protection_controller)},
    {NULL, "system:controller:replicaset-controller", NULL, NULL, rules_system_controller_replicaset_controller, ROWS(rules_system_controller_replicaset_controller)},
    {NULL, "system:controller:replication-controller", NULL, NULL, rules_system_controller_replication_controller, ROWS(rules_system_controller_replication_controller)},
    {NULL, "system:controller:resource-claim-controller", NULL, NULL, rules_system_controller_resource_claim_controller, ROWS(rules_system_controller_resource_claim_controller)},
    {NULL, "system:controller:resourcequota-controller", NULL, NULL, rules_system_controller_resourcequota_controller, ROWS(rules_system_controller_resourcequota_controller)},
    {NULL, "system:controller:root-ca-cert-publisher", NULL, NULL, rules_system_controller_root_ca_cert_publisher, ROWS(rules_system_controller_root_ca_cert_publisher)},
    {NULL, "system:controller:route-controller", NULL, NULL, rules_system_controller_route_controller, ROWS(rules_system_controller_route_controller)},
    {NULL, "system:controller:selinux-warning-controller", NULL, NULL, rules_system_controller_selinux_warning_controller, ROWS(rules_system_controller_selinux_warning_controller)},
    {NULL, "system:controller:service-account-controller", NULL, NULL, rules_system_controller_service_account_controller, ROWS(rules_system_controller_service_account_controller)},
    {NULL, "system:controller:service-ca-cert-publisher", NULL, NULL, rules_system_controller_service_ca_cert_publisher, ROWS(rules_system_controller_service_ca_cert_publisher)},
    {NULL, "system:controller:service-cidrs-controller", NULL, NULL, rules_system_controller_service_cidrs_controller, ROWS(rules_system_controller_service_cidrs_controller)},
    {NULL, "system:controller:service-controller", NULL, NULL, rules_system_controller_service_controller, ROWS(rules_system_controller_service_controller)},
    {NULL, "system:controller:statefulset-controller", NULL, NULL, rules_system_controller_statefulset_controller, ROWS(rules_system_controller_statefulset_controller)},
    {NULL, "system:controller:ttl-after-finished-controller", NULL, NULL, rules_system_controller_ttl_after_finished_controller, ROWS(rules_system_controller_ttl_after_finished_controller)},
    {NULL, "system:controller:ttl-controller", NULL, NULL, rules_system_controller_ttl_controller, ROWS(rules_system_controller_ttl_controller)},
    {NULL, "system:controller:validatingadmissionpolicy-status-controller", NULL, NULL, rules_system_controller_validatingadmissionpolicy_status_controller, ROWS(rules_system_controller_validatingadmissionpolicy_status_controller)},
    {NULL, "system:controller:volumeattributesclass-protection-controller", NULL, NULL, rules_system_controller_volumeattributesclass_protection_controller, ROWS(rules_system_controller_volumeattributesclass_protection_controller)},
    {"kube-public", "system:controller:bootstrap-signer", NULL, NULL, rules_kube_public_system_controller_bootstrap_signer, ROWS(rules_kube_public_system_controller_bootstrap_signer)},
    {"kube-system", "extension-apiserver-authentication-reader", NULL, NULL, rules_kube_system_extension_apiserver_authentication_reader, ROWS(rules_kube_system_extension_apiserver_authentication_reader)},
    {"kube-system", "system::leader-locking-kube-controller-manager", NULL, NULL, rules_kube_system_system_leader_locking_kube_controller_manager, ROWS(rules_kube_system_system_leader_locking_kube_controller_manager)},
    {"kube-system", "system::leader-locking-kube-scheduler", NULL, NULL, rules_kube_system_system_leader_locking_kube_scheduler, ROWS(rules_kube_system_system_leader_locking_kube_scheduler)},
    {"kube-system", "system:controller:bootstrap-signer", NULL, NULL, rules_kube_system_system_controller_bootstrap_signer, ROWS(rules_kube_system_system_controller_bootstrap_signer)},
    {"kube-system", "system:controller:cloud-provider", NULL, NULL, rules_kube_system_system_controller_cloud_provider, ROWS(rules_kube_system_system_controller_cloud_provider)},
    {"kube-system", "system:controller:token-cleaner", NULL, NULL, rules_kube_system_system_controller_token_cleaner, ROWS(rules_kube_system_system_controller_token_cleaner)},
};

static const struct rbac_default_binding bindings[] = {
    {NULL, "cluster-admin", "ClusterRole", "cluster-admin", {"Group:system:masters", NULL}},
    {NULL, "system:basic-user", "ClusterRole", "system:basic-user", {"Group:system:authenticated", NULL}},
    {NULL, "system:discovery", "ClusterRole", "system:discovery", {"Group:system:authenticated", NULL}},
    {NULL, "system:kube-controller-manager", "ClusterRole", "system:kube-controller-manager", {"User:system:kube-controller-manager", NULL}},
    {NULL, "system:kube-dns", "ClusterRole", "system:kube-dns", {"ServiceAccount:kube-system:kube-dns", NULL}},
    {NULL, "system:kube-scheduler", "ClusterRole", "system:kube-scheduler", {"User:system:kube-scheduler", NULL}},
    {NULL, "system:monitoring", "ClusterRole", "system:monitoring", {"Group:system:monitoring", NULL}},
    {NULL, "system:node", "ClusterRole", "system:node", {NULL}},
    {NULL, "system:node-proxier", "ClusterRole", "system:node-proxier", {"User:system:kube-proxy", NULL}},
    {NULL, "system:openshift:public-info-viewer", "ClusterRole", "system:openshift:public-info-viewer", {"Group:system:authenticated", "Group:system:unauthenticated", NULL}},
    {NULL, "system:public-info-viewer", "ClusterRole", "system:public-info-viewer", {"Group:system:authenticated", "Group:system:unauthenticated", NULL}},
    {NULL, "system:service-account-issuer-discovery", "ClusterRole", "system:service-account-issuer-discovery", {"Group:system:serviceaccounts", NULL}},
    {NULL, "system:volume-scheduler", "ClusterRole", "system:volume-scheduler", {"User:system:kube-scheduler", NULL}},
    {NULL, "system:controller:attachdetach-controller", "ClusterRole", "system:controller:attachdetach-controller", {"ServiceAccount:kube-system:attachdetach-controller", NULL}},
    {NULL, "system:controller:certificate-controller", "ClusterRole", "system:controller:certificate-controller", {"ServiceAccount:kube-system:certificate-controller", NULL}},
    {NULL, "system:controller:clusterrole-aggregation-controller", "ClusterRole", "system:controller:clusterrole-aggregation-controller", {"ServiceAccount:kube-system:clusterrole-aggregation-controller", NULL}},
    {NULL, "system:controller:cronjob-controller", "ClusterRole", "system:controller:cronjob-controller", {"ServiceAccount:kube-system:cronjob-controller", NULL}},
    {NULL, "system:controller:daemon-set-controller", "ClusterRole", "system:controller:daemon-set-controller", {"ServiceAccount:kube-system:daemon-set-controller", NULL}},
    {NULL, "system:controller:deployment-controller", "ClusterRole", "system:controller:deployment-controller", {"ServiceAccount:kube-system:deployment-controller", NULL}},
    {NULL, "system:controller:device-taint-eviction-controller", "ClusterRole", "system:controller:device-taint-eviction-controller", {"ServiceAccount:kube-system:device-taint-eviction-controller", NULL}},
    {NULL, "system:controller:disruption-controller", "ClusterRole", "system:controller:disruption-controller", {"ServiceAccount:kube-system:disruption-controller", NULL}},
    {NULL, "system:controller:endpoint-controller", "ClusterRole", "system:controller:endpoint-controller", {"ServiceAccount:kube-system:endpoint-controller", NULL}},
    {NULL, "system:controller:endpointslice-controller", "ClusterRole", "system:controller:endpointslice-controller", {"ServiceAccount:kube-system:endpointslice-controller", NULL}},
    {NULL, "system:controller:endpointslicemirroring-controller", "ClusterRole", "system:controller:endpointslicemirroring-controller", {"ServiceAccount:kube-system:endpointslicemirroring-controller", NULL}},
    {NULL, "system:controller:ephemeral-volume-controller", "ClusterRole", "system:controller:ephemeral-volume-controller", {"ServiceAccount:kube-system:ephemeral-volume-controller", NULL}},
    {NULL, "system:controller:expand-controller", "ClusterRole", "system:controller:expand-controller", {"ServiceAccount:kube-system:expand-controller", NULL}},
    {NULL, "system:controller:generic-garbage-collector", "ClusterRole", "system:controller:generic-garbage-collector", {"ServiceAccount:kube-system:generic-garbage-collector", NULL}},
    {NULL, "system:controller:horizontal-pod-autoscaler", "ClusterRole", "system:controller:horizontal-pod-autoscaler", {"ServiceAccount:kube-system:horizontal-pod-autoscaler", NULL}},
    {NULL, "system:controller:job-controller", "ClusterRole", "system:controller:job-controller", {"ServiceAccount:kube-system:job-controller", NULL}},
    {NULL, "system:controller:legacy-service-account-token-cleaner", "ClusterRole", "system:controller:legacy-service-account-token-cleaner", {"ServiceAccount:kube-system:legacy-service-account-token-cleaner", NULL}},
    {NULL, "system:controller:namespace-controller", "ClusterRole", "system:controller:namespace-controller", {"ServiceAccount:kube-system:namespace-controller", NULL}},
    {NULL, "system:controller:node-controller", "ClusterRole", "system:controller:node-controller", {"ServiceAccount:kube-system:node-controller", NULL}},
    {NULL, "system:controller:persistent-volume-binder", "ClusterRole", "system:controller:persistent-volume-binder", {"ServiceAccount:kube-system:persistent-volume-binder", NULL}},
    {NULL, "system:controller:pod-garbage-collector", "ClusterRole", "system:controller:pod-garbage-collector", {"ServiceAccount:kube-system:pod-garbage-collector", NULL}},
    {NULL, "system:controller:pv-protection-controller", "ClusterRole", "system:controller:pv-protection-controller", {"ServiceAccount:kube-system:pv-protection-controller", NULL}},
    {NULL, "system:controller:pvc-protection-controller", "ClusterRole", "system:controller:pvc-protection-controller", {"ServiceAccount:kube-system:pvc-protection-controller", NULL}},
    {NULL, "system:controller:replicaset-controller", "ClusterRole", "system:controller:replicaset-controller", {"ServiceAccount:kube-system:replicaset-controller", NULL}},
    {NULL, "system:controller:replication-controller", "ClusterRole", "system:controller:replication-controller", {"ServiceAccount:kube-system:replication-controller", NULL}},
    {NULL, "system:controller:resource-claim-controller", "ClusterRole", "system:controller:resource-claim-controller", {"ServiceAccount:kube-system:resource-claim-controller", NULL}},
    {NULL, "system:controller:resourcequota-controller", "ClusterRole", "system:controller:resourcequota-controller", {"ServiceAccount:kube-system:resourcequota-controller", NULL}},
    {NULL, "system:controller:root-ca-cert-publisher", "ClusterRole", "system:controller:root-ca-cert-publisher", {"ServiceAccount:kube-system:root-ca-cert-publisher", NULL}},
    {NULL, "system:controller:route-controller", "ClusterRole", "system:controller:route-controller", {"ServiceAccount:kube-system:route-controller", NULL}},
    {NULL, "system:controller:selinux-warning-controller", "ClusterRole", "system:controller:selinux-warning-controller", {"ServiceAccount:kube-system:selinux-warning-controller", NULL}},
    {NULL, "system:controller:service-account-controller", "ClusterRole", "system:controller:service-account-controller", {"ServiceAccount:kube-system:service-account-controller", NULL}},
    {NULL, "system:controller:service-ca-cert-publisher", "ClusterRole", "system:controller:service-ca-cert-publisher", {"ServiceAccount:kube-system:service-ca-cert-publisher", NULL}},
    {NULL, "system:controller:service-cidrs-controller", "ClusterRole", "system:controller:service-cidrs-controller", {"ServiceAccount:kube-system:service-cidrs-controller", NULL}},
    {NULL, "system:controller:service-controller", "ClusterRole", "system:controller:service-controller", {"ServiceAccount:kube-system:service-controller", NULL}},
    {NULL, "system:controller:statefulset-controller", "ClusterRole", "system:controller:statefulset-controller", {"ServiceAccount:kube-system:statefulset-controller", NULL}},
    {NULL, "system:controller:ttl-after-finished-controller", "ClusterRole", "system:controller:ttl-after-finished-controller", {"ServiceAccount:kube-system:ttl-after-finished-controller", NULL}},
    {NULL, "system:controller:ttl-controller", "ClusterRole", "system:controller:ttl-controller", {"ServiceAccount:kube-system:ttl-controller", NULL}},
    {NULL, "system:controller:validatingadmissionpolicy-status-controller", "ClusterRole", "system:controller:validatingadmissionpolicy-status-controller", {"ServiceAccount:kube-system:validatingadmissionpolicy-status-controller", NULL}},
    {NULL, "system:controller:volumeattributesclass-protection-controller", "ClusterRole", "system:controller:volumeattributesclass-protection-controller", {"ServiceAccount:kube-system:volumeattributesclass-protection-controller", NULL}},
    {"kube-public", "system:controller:bootstrap-signer", "Role", "system:controller:bootstrap-signer", {"ServiceAccount:kube-system:bootstrap-signer", NULL}},
    {"kube-system", "system::extension-apiserver-authentication-reader", "Role", "extension-apiserver-authentication-reader", {"User:system:kube-controller-manager", "User:system:kube-scheduler", NULL}},
    {"kube-system", "system::leader-locking-kube-controller-manager", "Role", "system::leader-locking-kube-controller-manager", {"User:system:kube-controller-manager", "ServiceAccount:kube-system:kube-controller-manager", "ServiceAccount:kube-system:leader-election-controller", NULL}},
    {"kube-system", "system::leader-locking-kube-scheduler", "Role", "system::leader-locking-kube-scheduler", {"User:system:kube-scheduler", "ServiceAccount:kube-system:kube-scheduler", NULL}},
    {"kube-system", "system:controller:bootstrap-signer", "Role", "system:controller:bootstrap-signer", {"ServiceAccount:kube-system:bootstrap-signer", NULL}},
    {"kube-system", "system:controller:cloud-provider", "Role", "system:controller:cloud-provider", {"ServiceAccount:kube-system:cloud-provider", NULL}},
    {"kube-system", "system:controller:token-cleaner", "Role", "system:controller:token-cleaner", {"ServiceAccount:kube-system:token-cleaner", NULL}},
};

const struct rbac_default_set rbac_defaults_kubernetes = {roles, ROWS(roles), bindings, ROWS(bindings)};
/* clang-format on */
