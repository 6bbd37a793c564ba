/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The resources that are served, a row each: groups in the order of their priority, the preferred version
 * first. Of several rows with one storage prefix the first one's version is what is stored. Where the prefix
 * is NULL nothing is.
 */
#include "core/api/resource-table.h"

/* clang-format off */

#define ALL        (VERB_GET | VERB_LIST | VERB_WATCH | VERB_CREATE | VERB_UPDATE | VERB_PATCH | VERB_DELETE | VERB_DELETECOLLECTION)
#define READ_WRITE (VERB_GET | VERB_UPDATE | VERB_PATCH)
#define PROXY      (VERB_GET | VERB_CREATE | VERB_UPDATE | VERB_PATCH | VERB_DELETE)
#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SUBS(...)  .subs = (const struct resource_sub[]){__VA_ARGS__}, \
                   .subs_count = sizeof((const struct resource_sub[]){__VA_ARGS__}) / sizeof(struct resource_sub)
#define SUB(name_, kind_, verbs_) {.name = (name_), .kind = (kind_), .verbs = (verbs_)}
#define SUB_OF(name_, group_, version_, kind_, verbs_) {.name = (name_), .group = (group_), .version = (version_), .kind = (kind_), .verbs = (verbs_)}
#define STATUS(kind_) SUB("status", kind_, READ_WRITE)
#define SCALE         SUB_OF("scale", "autoscaling", "v1", "Scale", READ_WRITE)
#define SHORT(...)    .short_names = NAMES(__VA_ARGS__)
#define IN(...)       .categories = NAMES(__VA_ARGS__)
#define NAMESPACED    .namespaced = true
#define CLUSTER       .namespaced = false
#define RESOURCE_ROW(group_, version_, plural_, singular_, kind_, prefix_, scope_, verbs_, ...) \
    {.group = (group_), .version = (version_), .plural = (plural_), .singular = (singular_), .kind = (kind_), .list_kind = kind_ "List", \
     .storage_prefix = (prefix_), scope_, .verbs = (verbs_), ##__VA_ARGS__}

struct resource resource_rows[] = {
    RESOURCE_ROW("", "v1", "bindings", "binding", "Binding", NULL, NAMESPACED, VERB_CREATE),
    RESOURCE_ROW("", "v1", "componentstatuses", "componentstatus",
        "ComponentStatus", NULL, CLUSTER, VERB_GET | VERB_LIST, SHORT("cs")),
    RESOURCE_ROW("", "v1", "configmaps", "configmap",
        "ConfigMap", "configmaps", NAMESPACED, ALL, SHORT("cm")),
    RESOURCE_ROW("", "v1", "endpoints", "endpoints",
        "Endpoints", "services/endpoints", NAMESPACED, ALL, SHORT("ep")),
    RESOURCE_ROW("", "v1", "events", "event", "Event", "events", NAMESPACED, ALL, SHORT("ev")),
    RESOURCE_ROW("", "v1", "limitranges", "limitrange",
        "LimitRange", "limitranges", NAMESPACED, ALL, SHORT("limits")),
    RESOURCE_ROW("", "v1", "namespaces", "namespace",
        "Namespace", "namespaces", CLUSTER, ALL & ~VERB_DELETECOLLECTION, SHORT("ns"),
        SUBS(SUB("finalize", "Namespace", VERB_UPDATE), STATUS("Namespace"))),
    RESOURCE_ROW("", "v1", "nodes", "node",
        "Node", "minions", CLUSTER, ALL, SHORT("no"),
        SUBS(SUB("proxy", "NodeProxyOptions", PROXY), STATUS("Node"))),
    RESOURCE_ROW("", "v1", "persistentvolumeclaims", "persistentvolumeclaim",
        "PersistentVolumeClaim", "persistentvolumeclaims", NAMESPACED, ALL, SHORT("pvc"),
        SUBS(STATUS("PersistentVolumeClaim"))),
    RESOURCE_ROW("", "v1", "persistentvolumes", "persistentvolume",
        "PersistentVolume", "persistentvolumes", CLUSTER, ALL, SHORT("pv"), SUBS(STATUS("PersistentVolume"))),
    RESOURCE_ROW("", "v1", "pods", "pod",
        "Pod", "pods", NAMESPACED, ALL, SHORT("po"), IN("all"),
        SUBS(SUB("attach", "PodAttachOptions", VERB_GET | VERB_CREATE),
        SUB("binding", "Binding", VERB_CREATE), SUB("ephemeralcontainers", "Pod", READ_WRITE),
        SUB_OF("eviction", "policy", "v1", "Eviction", VERB_CREATE),
        SUB("exec", "PodExecOptions", VERB_GET | VERB_CREATE), SUB("log", "Pod", VERB_GET),
        SUB("portforward", "PodPortForwardOptions", VERB_GET | VERB_CREATE),
        SUB("proxy", "PodProxyOptions", PROXY), SUB("resize", "Pod", READ_WRITE), STATUS("Pod"))),
    RESOURCE_ROW("", "v1", "podtemplates", "podtemplate", "PodTemplate", "podtemplates", NAMESPACED, ALL),
    RESOURCE_ROW("", "v1", "replicationcontrollers", "replicationcontroller",
        "ReplicationController", "controllers", NAMESPACED, ALL, SHORT("rc"), IN("all"),
        SUBS(SCALE, STATUS("ReplicationController"))),
    RESOURCE_ROW("", "v1", "resourcequotas", "resourcequota",
        "ResourceQuota", "resourcequotas", NAMESPACED, ALL, SHORT("quota"), SUBS(STATUS("ResourceQuota"))),
    RESOURCE_ROW("", "v1", "secrets", "secret", "Secret", "secrets", NAMESPACED, ALL),
    RESOURCE_ROW("", "v1", "serviceaccounts", "serviceaccount",
        "ServiceAccount", "serviceaccounts", NAMESPACED, ALL, SHORT("sa"),
        SUBS(SUB_OF("token", "authentication.k8s.io", "v1", "TokenRequest", VERB_CREATE))),
    RESOURCE_ROW("", "v1", "services", "service",
        "Service", "services/specs", NAMESPACED, ALL, SHORT("svc"), IN("all"),
        SUBS(SUB("proxy", "ServiceProxyOptions", PROXY), STATUS("Service"))),

    RESOURCE_ROW("apiregistration.k8s.io", "v1", "apiservices", "apiservice",
        "APIService", "apiregistration.k8s.io/apiservices", CLUSTER, ALL, IN("api-extensions"),
        SUBS(STATUS("APIService"))),

    RESOURCE_ROW("apps", "v1", "controllerrevisions", "controllerrevision",
        "ControllerRevision", "controllerrevisions", NAMESPACED, ALL),
    RESOURCE_ROW("apps", "v1", "daemonsets", "daemonset",
        "DaemonSet", "daemonsets", NAMESPACED, ALL, SHORT("ds"), IN("all"), SUBS(STATUS("DaemonSet"))),
    RESOURCE_ROW("apps", "v1", "deployments", "deployment",
        "Deployment", "deployments", NAMESPACED, ALL, SHORT("deploy"), IN("all"),
        SUBS(SCALE, STATUS("Deployment"))),
    RESOURCE_ROW("apps", "v1", "replicasets", "replicaset",
        "ReplicaSet", "replicasets", NAMESPACED, ALL, SHORT("rs"), IN("all"),
        SUBS(SCALE, STATUS("ReplicaSet"))),
    RESOURCE_ROW("apps", "v1", "statefulsets", "statefulset",
        "StatefulSet", "statefulsets", NAMESPACED, ALL, SHORT("sts"), IN("all"),
        SUBS(SCALE, STATUS("StatefulSet"))),

    RESOURCE_ROW("events.k8s.io", "v1", "events", "event", "Event", "events", NAMESPACED, ALL, SHORT("ev")),

    RESOURCE_ROW("authentication.k8s.io", "v1", "selfsubjectreviews", "selfsubjectreview",
        "SelfSubjectReview", NULL, CLUSTER, VERB_CREATE),
    RESOURCE_ROW("authentication.k8s.io", "v1", "tokenreviews", "tokenreview",
        "TokenReview", NULL, CLUSTER, VERB_CREATE),

    RESOURCE_ROW("authorization.k8s.io", "v1", "localsubjectaccessreviews", "localsubjectaccessreview",
        "LocalSubjectAccessReview", NULL, NAMESPACED, VERB_CREATE),
    RESOURCE_ROW("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "selfsubjectaccessreview",
        "SelfSubjectAccessReview", NULL, CLUSTER, VERB_CREATE),
    RESOURCE_ROW("authorization.k8s.io", "v1", "selfsubjectrulesreviews", "selfsubjectrulesreview",
        "SelfSubjectRulesReview", NULL, CLUSTER, VERB_CREATE),
    RESOURCE_ROW("authorization.k8s.io", "v1", "subjectaccessreviews", "subjectaccessreview",
        "SubjectAccessReview", NULL, CLUSTER, VERB_CREATE),

    RESOURCE_ROW("autoscaling", "v2", "horizontalpodautoscalers", "horizontalpodautoscaler",
        "HorizontalPodAutoscaler", "horizontalpodautoscalers", NAMESPACED, ALL, SHORT("hpa"), IN("all"),
        SUBS(STATUS("HorizontalPodAutoscaler"))),
    RESOURCE_ROW("autoscaling", "v1", "horizontalpodautoscalers", "horizontalpodautoscaler",
        "HorizontalPodAutoscaler", "horizontalpodautoscalers", NAMESPACED, ALL, SHORT("hpa"), IN("all"),
        SUBS(STATUS("HorizontalPodAutoscaler"))),

    RESOURCE_ROW("batch", "v1", "cronjobs", "cronjob",
        "CronJob", "cronjobs", NAMESPACED, ALL, SHORT("cj"), IN("all"), SUBS(STATUS("CronJob"))),
    RESOURCE_ROW("batch", "v1", "jobs", "job",
        "Job", "jobs", NAMESPACED, ALL, IN("all"), SUBS(STATUS("Job"))),

    RESOURCE_ROW("certificates.k8s.io", "v1", "certificatesigningrequests", "certificatesigningrequest",
        "CertificateSigningRequest", "certificatesigningrequests", CLUSTER, ALL, SHORT("csr"),
        SUBS(SUB("approval", "CertificateSigningRequest", READ_WRITE), STATUS("CertificateSigningRequest"))),
    RESOURCE_ROW("certificates.k8s.io", "v1beta1", "clustertrustbundles", "clustertrustbundle",
        "ClusterTrustBundle", "clustertrustbundles", CLUSTER, ALL),
    RESOURCE_ROW("certificates.k8s.io", "v1beta1", "podcertificaterequests", "podcertificaterequest",
        "PodCertificateRequest", "podcertificaterequests", NAMESPACED, ALL,
        SUBS(STATUS("PodCertificateRequest"))),
    RESOURCE_ROW("certificates.k8s.io", "v1alpha1", "clustertrustbundles", "clustertrustbundle",
        "ClusterTrustBundle", "clustertrustbundles", CLUSTER, ALL),

    RESOURCE_ROW("networking.k8s.io", "v1", "ingressclasses", "ingressclass",
        "IngressClass", "ingressclasses", CLUSTER, ALL),
    RESOURCE_ROW("networking.k8s.io", "v1", "ingresses", "ingress",
        "Ingress", "ingress", NAMESPACED, ALL, SHORT("ing"), SUBS(STATUS("Ingress"))),
    RESOURCE_ROW("networking.k8s.io", "v1", "ipaddresses", "ipaddress",
        "IPAddress", "ipaddresses", CLUSTER, ALL, SHORT("ip")),
    RESOURCE_ROW("networking.k8s.io", "v1", "networkpolicies", "networkpolicy",
        "NetworkPolicy", "networkpolicies", NAMESPACED, ALL, SHORT("netpol")),
    RESOURCE_ROW("networking.k8s.io", "v1", "servicecidrs", "servicecidr",
        "ServiceCIDR", "servicecidrs", CLUSTER, ALL, SUBS(STATUS("ServiceCIDR"))),
    RESOURCE_ROW("networking.k8s.io", "v1beta1", "ipaddresses", "ipaddress",
        "IPAddress", "ipaddresses", CLUSTER, ALL, SHORT("ip")),
    RESOURCE_ROW("networking.k8s.io", "v1beta1", "servicecidrs", "servicecidr",
        "ServiceCIDR", "servicecidrs", CLUSTER, ALL, SUBS(STATUS("ServiceCIDR"))),

    RESOURCE_ROW("policy", "v1", "poddisruptionbudgets", "poddisruptionbudget",
        "PodDisruptionBudget", "poddisruptionbudgets", NAMESPACED, ALL, SHORT("pdb"),
        SUBS(STATUS("PodDisruptionBudget"))),

    RESOURCE_ROW("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "clusterrolebinding",
        "ClusterRoleBinding", "clusterrolebindings", CLUSTER, ALL),
    RESOURCE_ROW("rbac.authorization.k8s.io", "v1", "clusterroles", "clusterrole",
        "ClusterRole", "clusterroles", CLUSTER, ALL),
    RESOURCE_ROW("rbac.authorization.k8s.io", "v1", "rolebindings", "rolebinding",
        "RoleBinding", "rolebindings", NAMESPACED, ALL),
    RESOURCE_ROW("rbac.authorization.k8s.io", "v1", "roles", "role", "Role", "roles", NAMESPACED, ALL),

    RESOURCE_ROW("storage.k8s.io", "v1", "csidrivers", "csidriver", "CSIDriver", "csidrivers", CLUSTER, ALL),
    RESOURCE_ROW("storage.k8s.io", "v1", "csinodes", "csinode", "CSINode", "csinodes", CLUSTER, ALL),
    RESOURCE_ROW("storage.k8s.io", "v1", "csistoragecapacities", "csistoragecapacity",
        "CSIStorageCapacity", "csistoragecapacities", NAMESPACED, ALL),
    RESOURCE_ROW("storage.k8s.io", "v1", "storageclasses", "storageclass",
        "StorageClass", "storageclasses", CLUSTER, ALL, SHORT("sc")),
    RESOURCE_ROW("storage.k8s.io", "v1", "volumeattachments", "volumeattachment",
        "VolumeAttachment", "volumeattachments", CLUSTER, ALL, SUBS(STATUS("VolumeAttachment"))),
    RESOURCE_ROW("storage.k8s.io", "v1", "volumeattributesclasses", "volumeattributesclass",
        "VolumeAttributesClass", "volumeattributesclasses", CLUSTER, ALL, SHORT("vac")),
    RESOURCE_ROW("storage.k8s.io", "v1beta1", "volumeattributesclasses", "volumeattributesclass",
        "VolumeAttributesClass", "volumeattributesclasses", CLUSTER, ALL, SHORT("vac")),

    RESOURCE_ROW("admissionregistration.k8s.io", "v1", "mutatingadmissionpolicies", "mutatingadmissionpolicy",
        "MutatingAdmissionPolicy", "mutatingadmissionpolicies", CLUSTER, ALL, IN("api-extensions")),
    RESOURCE_ROW("admissionregistration.k8s.io", "v1", "mutatingadmissionpolicybindings", "mutatingadmissionpolicybinding",
        "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", CLUSTER, ALL,
        IN("api-extensions")),
    RESOURCE_ROW("admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "mutatingwebhookconfiguration",
        "MutatingWebhookConfiguration", "mutatingwebhookconfigurations", CLUSTER, ALL, IN("api-extensions")),
    RESOURCE_ROW("admissionregistration.k8s.io", "v1", "validatingadmissionpolicies", "validatingadmissionpolicy",
        "ValidatingAdmissionPolicy", "validatingadmissionpolicies", CLUSTER, ALL, IN("api-extensions"),
        SUBS(STATUS("ValidatingAdmissionPolicy"))),
    RESOURCE_ROW("admissionregistration.k8s.io", "v1", "validatingadmissionpolicybindings", "validatingadmissionpolicybinding",
        "ValidatingAdmissionPolicyBinding", "validatingadmissionpolicybindings", CLUSTER, ALL,
        IN("api-extensions")),
    RESOURCE_ROW("admissionregistration.k8s.io", "v1", "validatingwebhookconfigurations", "validatingwebhookconfiguration",
        "ValidatingWebhookConfiguration", "validatingwebhookconfigurations", CLUSTER, ALL,
        IN("api-extensions")),
    RESOURCE_ROW("admissionregistration.k8s.io", "v1beta1", "mutatingadmissionpolicies", "mutatingadmissionpolicy",
        "MutatingAdmissionPolicy", "mutatingadmissionpolicies", CLUSTER, ALL, IN("api-extensions")),
    RESOURCE_ROW("admissionregistration.k8s.io", "v1beta1", "mutatingadmissionpolicybindings", "mutatingadmissionpolicybinding",
        "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", CLUSTER, ALL,
        IN("api-extensions")),
    RESOURCE_ROW("admissionregistration.k8s.io", "v1alpha1", "mutatingadmissionpolicies", "mutatingadmissionpolicy",
        "MutatingAdmissionPolicy", "mutatingadmissionpolicies", CLUSTER, ALL, IN("api-extensions")),
    RESOURCE_ROW("admissionregistration.k8s.io", "v1alpha1", "mutatingadmissionpolicybindings", "mutatingadmissionpolicybinding",
        "MutatingAdmissionPolicyBinding", "mutatingadmissionpolicybindings", CLUSTER, ALL,
        IN("api-extensions")),

    RESOURCE_ROW("apiextensions.k8s.io", "v1", "customresourcedefinitions", "customresourcedefinition",
        "CustomResourceDefinition", "apiextensions.k8s.io/customresourcedefinitions", CLUSTER, ALL,
        SHORT("crd", "crds"), IN("api-extensions"), SUBS(STATUS("CustomResourceDefinition"))),

    RESOURCE_ROW("scheduling.k8s.io", "v1", "priorityclasses", "priorityclass",
        "PriorityClass", "priorityclasses", CLUSTER, ALL, SHORT("pc")),
    RESOURCE_ROW("scheduling.k8s.io", "v1alpha2", "podgroups", "podgroup",
        "PodGroup", "podgroups", NAMESPACED, ALL, SUBS(STATUS("PodGroup"))),
    RESOURCE_ROW("scheduling.k8s.io", "v1alpha2", "workloads", "workload",
        "Workload", "workloads", NAMESPACED, ALL),

    RESOURCE_ROW("coordination.k8s.io", "v1", "leases", "lease", "Lease", "leases", NAMESPACED, ALL),
    RESOURCE_ROW("coordination.k8s.io", "v1beta1", "leasecandidates", "leasecandidate",
        "LeaseCandidate", "leasecandidates", NAMESPACED, ALL),
    RESOURCE_ROW("coordination.k8s.io", "v1alpha2", "leasecandidates", "leasecandidate",
        "LeaseCandidate", "leasecandidates", NAMESPACED, ALL),

    RESOURCE_ROW("node.k8s.io", "v1", "runtimeclasses", "runtimeclass",
        "RuntimeClass", "runtimeclasses", CLUSTER, ALL),

    RESOURCE_ROW("discovery.k8s.io", "v1", "endpointslices", "endpointslice",
        "EndpointSlice", "endpointslices", NAMESPACED, ALL),

    RESOURCE_ROW("resource.k8s.io", "v1", "deviceclasses", "deviceclass",
        "DeviceClass", "deviceclasses", CLUSTER, ALL),
    RESOURCE_ROW("resource.k8s.io", "v1", "resourceclaims", "resourceclaim",
        "ResourceClaim", "resourceclaims", NAMESPACED, ALL, SUBS(STATUS("ResourceClaim"))),
    RESOURCE_ROW("resource.k8s.io", "v1", "resourceclaimtemplates", "resourceclaimtemplate",
        "ResourceClaimTemplate", "resourceclaimtemplates", NAMESPACED, ALL),
    RESOURCE_ROW("resource.k8s.io", "v1", "resourceslices", "resourceslice",
        "ResourceSlice", "resourceslices", CLUSTER, ALL),
    RESOURCE_ROW("resource.k8s.io", "v1beta2", "deviceclasses", "deviceclass",
        "DeviceClass", "deviceclasses", CLUSTER, ALL),
    RESOURCE_ROW("resource.k8s.io", "v1beta2", "devicetaintrules", "devicetaintrule",
        "DeviceTaintRule", "devicetaintrules", CLUSTER, ALL, SUBS(STATUS("DeviceTaintRule"))),
    RESOURCE_ROW("resource.k8s.io", "v1beta2", "resourceclaims", "resourceclaim",
        "ResourceClaim", "resourceclaims", NAMESPACED, ALL, SUBS(STATUS("ResourceClaim"))),
    RESOURCE_ROW("resource.k8s.io", "v1beta2", "resourceclaimtemplates", "resourceclaimtemplate",
        "ResourceClaimTemplate", "resourceclaimtemplates", NAMESPACED, ALL),
    RESOURCE_ROW("resource.k8s.io", "v1beta2", "resourceslices", "resourceslice",
        "ResourceSlice", "resourceslices", CLUSTER, ALL),
    RESOURCE_ROW("resource.k8s.io", "v1beta1", "deviceclasses", "deviceclass",
        "DeviceClass", "deviceclasses", CLUSTER, ALL),
    RESOURCE_ROW("resource.k8s.io", "v1beta1", "resourceclaims", "resourceclaim",
        "ResourceClaim", "resourceclaims", NAMESPACED, ALL, SUBS(STATUS("ResourceClaim"))),
    RESOURCE_ROW("resource.k8s.io", "v1beta1", "resourceclaimtemplates", "resourceclaimtemplate",
        "ResourceClaimTemplate", "resourceclaimtemplates", NAMESPACED, ALL),
    RESOURCE_ROW("resource.k8s.io", "v1beta1", "resourceslices", "resourceslice",
        "ResourceSlice", "resourceslices", CLUSTER, ALL),
    RESOURCE_ROW("resource.k8s.io", "v1alpha3", "devicetaintrules", "devicetaintrule",
        "DeviceTaintRule", "devicetaintrules", CLUSTER, ALL, SUBS(STATUS("DeviceTaintRule"))),
    RESOURCE_ROW("resource.k8s.io", "v1alpha3", "resourcepoolstatusrequests", "resourcepoolstatusrequest",
        "ResourcePoolStatusRequest", "resourcepoolstatusrequests", CLUSTER, ALL,
        SUBS(STATUS("ResourcePoolStatusRequest"))),

    RESOURCE_ROW("flowcontrol.apiserver.k8s.io", "v1", "flowschemas", "flowschema",
        "FlowSchema", "flowschemas", CLUSTER, ALL, SUBS(STATUS("FlowSchema"))),
    RESOURCE_ROW("flowcontrol.apiserver.k8s.io", "v1", "prioritylevelconfigurations", "prioritylevelconfiguration",
        "PriorityLevelConfiguration", "prioritylevelconfigurations", CLUSTER, ALL,
        SUBS(STATUS("PriorityLevelConfiguration"))),

    RESOURCE_ROW("internal.apiserver.k8s.io", "v1alpha1", "storageversions", "storageversion",
        "StorageVersion", "storageversions", CLUSTER, ALL, SUBS(STATUS("StorageVersion"))),

    RESOURCE_ROW("storagemigration.k8s.io", "v1beta1", "storageversionmigrations", "storageversionmigration",
        "StorageVersionMigration", "storageversionmigrations", CLUSTER, ALL,
        SUBS(STATUS("StorageVersionMigration"))),
};
const size_t resource_rows_count = sizeof(resource_rows) / sizeof(resource_rows[0]);
