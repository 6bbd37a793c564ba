/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All built-in types by name, in the order of their files: declared here, looked up by schema.c. A new type
 * is a line here and its rows in a table.
 */
#ifndef KEELSON_API_SCHEMA_TYPES_H
#define KEELSON_API_SCHEMA_TYPES_H

#include "core/api/schema.h"

/* clang-format off */
#define SCHEMA_TYPES(X) \
    /* admissionregistration-v1.c */ \
    X(admissionregistration_v1_ApplyConfiguration) X(admissionregistration_v1_AuditAnnotation) \
    X(admissionregistration_v1_ExpressionWarning) X(admissionregistration_v1_JSONPatch) \
    X(admissionregistration_v1_MatchCondition) X(admissionregistration_v1_MatchResources) \
    X(admissionregistration_v1_MutatingAdmissionPolicy) \
    X(admissionregistration_v1_MutatingAdmissionPolicyBinding) \
    X(admissionregistration_v1_MutatingAdmissionPolicyBindingList) \
    X(admissionregistration_v1_MutatingAdmissionPolicyBindingSpec) \
    X(admissionregistration_v1_MutatingAdmissionPolicyList) \
    X(admissionregistration_v1_MutatingAdmissionPolicySpec) X(admissionregistration_v1_MutatingWebhook) \
    X(admissionregistration_v1_MutatingWebhookConfiguration) \
    X(admissionregistration_v1_MutatingWebhookConfigurationList) X(admissionregistration_v1_Mutation) \
    X(admissionregistration_v1_NamedRuleWithOperations) X(admissionregistration_v1_ParamKind) \
    X(admissionregistration_v1_ParamRef) X(admissionregistration_v1_RuleWithOperations) \
    X(admissionregistration_v1_ServiceReference) X(admissionregistration_v1_TypeChecking) \
    X(admissionregistration_v1_ValidatingAdmissionPolicy) \
    X(admissionregistration_v1_ValidatingAdmissionPolicyBinding) \
    X(admissionregistration_v1_ValidatingAdmissionPolicyBindingList) \
    X(admissionregistration_v1_ValidatingAdmissionPolicyBindingSpec) \
    X(admissionregistration_v1_ValidatingAdmissionPolicyList) \
    X(admissionregistration_v1_ValidatingAdmissionPolicySpec) \
    X(admissionregistration_v1_ValidatingAdmissionPolicyStatus) \
    X(admissionregistration_v1_ValidatingWebhook) X(admissionregistration_v1_ValidatingWebhookConfiguration) \
    X(admissionregistration_v1_ValidatingWebhookConfigurationList) X(admissionregistration_v1_Validation) \
    X(admissionregistration_v1_Variable) X(admissionregistration_v1_WebhookClientConfig) \
    /* admissionregistration-v1alpha1.c */ \
    X(admissionregistration_v1alpha1_ApplyConfiguration) X(admissionregistration_v1alpha1_JSONPatch) \
    X(admissionregistration_v1alpha1_MatchCondition) X(admissionregistration_v1alpha1_MatchResources) \
    X(admissionregistration_v1alpha1_MutatingAdmissionPolicy) \
    X(admissionregistration_v1alpha1_MutatingAdmissionPolicyBinding) \
    X(admissionregistration_v1alpha1_MutatingAdmissionPolicyBindingList) \
    X(admissionregistration_v1alpha1_MutatingAdmissionPolicyBindingSpec) \
    X(admissionregistration_v1alpha1_MutatingAdmissionPolicyList) \
    X(admissionregistration_v1alpha1_MutatingAdmissionPolicySpec) X(admissionregistration_v1alpha1_Mutation) \
    X(admissionregistration_v1alpha1_NamedRuleWithOperations) X(admissionregistration_v1alpha1_ParamKind) \
    X(admissionregistration_v1alpha1_ParamRef) X(admissionregistration_v1alpha1_Variable) \
    /* admissionregistration-v1beta1.c */ \
    X(admissionregistration_v1beta1_ApplyConfiguration) X(admissionregistration_v1beta1_JSONPatch) \
    X(admissionregistration_v1beta1_MatchCondition) X(admissionregistration_v1beta1_MatchResources) \
    X(admissionregistration_v1beta1_MutatingAdmissionPolicy) \
    X(admissionregistration_v1beta1_MutatingAdmissionPolicyBinding) \
    X(admissionregistration_v1beta1_MutatingAdmissionPolicyBindingList) \
    X(admissionregistration_v1beta1_MutatingAdmissionPolicyBindingSpec) \
    X(admissionregistration_v1beta1_MutatingAdmissionPolicyList) \
    X(admissionregistration_v1beta1_MutatingAdmissionPolicySpec) X(admissionregistration_v1beta1_Mutation) \
    X(admissionregistration_v1beta1_NamedRuleWithOperations) X(admissionregistration_v1beta1_ParamKind) \
    X(admissionregistration_v1beta1_ParamRef) X(admissionregistration_v1beta1_Variable) \
    /* apiserverinternal-v1alpha1.c */ \
    X(apiserverinternal_v1alpha1_ServerStorageVersion) X(apiserverinternal_v1alpha1_StorageVersion) \
    X(apiserverinternal_v1alpha1_StorageVersionCondition) X(apiserverinternal_v1alpha1_StorageVersionList) \
    X(apiserverinternal_v1alpha1_StorageVersionSpec) X(apiserverinternal_v1alpha1_StorageVersionStatus) \
    /* apps-v1.c */ \
    X(apps_v1_ControllerRevision) X(apps_v1_ControllerRevisionList) X(apps_v1_DaemonSet) \
    X(apps_v1_DaemonSetCondition) X(apps_v1_DaemonSetList) X(apps_v1_DaemonSetSpec) \
    X(apps_v1_DaemonSetStatus) X(apps_v1_DaemonSetUpdateStrategy) X(apps_v1_Deployment) \
    X(apps_v1_DeploymentCondition) X(apps_v1_DeploymentList) X(apps_v1_DeploymentSpec) \
    X(apps_v1_DeploymentStatus) X(apps_v1_DeploymentStrategy) X(apps_v1_ReplicaSet) \
    X(apps_v1_ReplicaSetCondition) X(apps_v1_ReplicaSetList) X(apps_v1_ReplicaSetSpec) \
    X(apps_v1_ReplicaSetStatus) X(apps_v1_RollingUpdateDaemonSet) X(apps_v1_RollingUpdateDeployment) \
    X(apps_v1_RollingUpdateStatefulSetStrategy) X(apps_v1_StatefulSet) X(apps_v1_StatefulSetCondition) \
    X(apps_v1_StatefulSetList) X(apps_v1_StatefulSetOrdinals) \
    X(apps_v1_StatefulSetPersistentVolumeClaimRetentionPolicy) X(apps_v1_StatefulSetSpec) \
    X(apps_v1_StatefulSetStatus) X(apps_v1_StatefulSetUpdateStrategy) \
    /* authentication-v1.c */ \
    X(authentication_v1_BoundObjectReference) X(authentication_v1_SelfSubjectReview) \
    X(authentication_v1_SelfSubjectReviewStatus) X(authentication_v1_TokenRequest) \
    X(authentication_v1_TokenRequestSpec) X(authentication_v1_TokenRequestStatus) \
    X(authentication_v1_TokenReview) X(authentication_v1_TokenReviewSpec) \
    X(authentication_v1_TokenReviewStatus) X(authentication_v1_UserInfo) \
    /* authorization-v1.c */ \
    X(authorization_v1_FieldSelectorAttributes) X(authorization_v1_LabelSelectorAttributes) \
    X(authorization_v1_LocalSubjectAccessReview) X(authorization_v1_NonResourceAttributes) \
    X(authorization_v1_NonResourceRule) X(authorization_v1_ResourceAttributes) \
    X(authorization_v1_ResourceRule) X(authorization_v1_SelfSubjectAccessReview) \
    X(authorization_v1_SelfSubjectAccessReviewSpec) X(authorization_v1_SelfSubjectRulesReview) \
    X(authorization_v1_SelfSubjectRulesReviewSpec) X(authorization_v1_SubjectAccessReview) \
    X(authorization_v1_SubjectAccessReviewSpec) X(authorization_v1_SubjectAccessReviewStatus) \
    X(authorization_v1_SubjectRulesReviewStatus) \
    /* autoscaling-v1.c */ \
    X(autoscaling_v1_CrossVersionObjectReference) X(autoscaling_v1_HorizontalPodAutoscaler) \
    X(autoscaling_v1_HorizontalPodAutoscalerList) X(autoscaling_v1_HorizontalPodAutoscalerSpec) \
    X(autoscaling_v1_HorizontalPodAutoscalerStatus) X(autoscaling_v1_Scale) X(autoscaling_v1_ScaleSpec) \
    X(autoscaling_v1_ScaleStatus) \
    /* autoscaling-v2.c */ \
    X(autoscaling_v2_ContainerResourceMetricSource) X(autoscaling_v2_ContainerResourceMetricStatus) \
    X(autoscaling_v2_CrossVersionObjectReference) X(autoscaling_v2_ExternalMetricSource) \
    X(autoscaling_v2_ExternalMetricStatus) X(autoscaling_v2_HPAScalingPolicy) \
    X(autoscaling_v2_HPAScalingRules) X(autoscaling_v2_HorizontalPodAutoscaler) \
    X(autoscaling_v2_HorizontalPodAutoscalerBehavior) X(autoscaling_v2_HorizontalPodAutoscalerCondition) \
    X(autoscaling_v2_HorizontalPodAutoscalerList) X(autoscaling_v2_HorizontalPodAutoscalerSpec) \
    X(autoscaling_v2_HorizontalPodAutoscalerStatus) X(autoscaling_v2_MetricIdentifier) \
    X(autoscaling_v2_MetricSpec) X(autoscaling_v2_MetricStatus) X(autoscaling_v2_MetricTarget) \
    X(autoscaling_v2_MetricValueStatus) X(autoscaling_v2_ObjectMetricSource) \
    X(autoscaling_v2_ObjectMetricStatus) X(autoscaling_v2_PodsMetricSource) \
    X(autoscaling_v2_PodsMetricStatus) X(autoscaling_v2_ResourceMetricSource) \
    X(autoscaling_v2_ResourceMetricStatus) \
    /* batch-v1.c */ \
    X(batch_v1_CronJob) X(batch_v1_CronJobList) X(batch_v1_CronJobSpec) X(batch_v1_CronJobStatus) \
    X(batch_v1_Job) X(batch_v1_JobCondition) X(batch_v1_JobList) X(batch_v1_JobSpec) X(batch_v1_JobStatus) \
    X(batch_v1_JobTemplateSpec) X(batch_v1_PodFailurePolicy) \
    X(batch_v1_PodFailurePolicyOnExitCodesRequirement) X(batch_v1_PodFailurePolicyOnPodConditionsPattern) \
    X(batch_v1_PodFailurePolicyRule) X(batch_v1_SuccessPolicy) X(batch_v1_SuccessPolicyRule) \
    X(batch_v1_UncountedTerminatedPods) \
    /* certificates-v1.c */ \
    X(certificates_v1_CertificateSigningRequest) X(certificates_v1_CertificateSigningRequestCondition) \
    X(certificates_v1_CertificateSigningRequestList) X(certificates_v1_CertificateSigningRequestSpec) \
    X(certificates_v1_CertificateSigningRequestStatus) \
    /* certificates-v1alpha1.c */ \
    X(certificates_v1alpha1_ClusterTrustBundle) X(certificates_v1alpha1_ClusterTrustBundleList) \
    X(certificates_v1alpha1_ClusterTrustBundleSpec) \
    /* certificates-v1beta1.c */ \
    X(certificates_v1beta1_ClusterTrustBundle) X(certificates_v1beta1_ClusterTrustBundleList) \
    X(certificates_v1beta1_ClusterTrustBundleSpec) X(certificates_v1beta1_PodCertificateRequest) \
    X(certificates_v1beta1_PodCertificateRequestList) X(certificates_v1beta1_PodCertificateRequestSpec) \
    X(certificates_v1beta1_PodCertificateRequestStatus) \
    /* coordination-v1.c */ \
    X(coordination_v1_Lease) X(coordination_v1_LeaseList) X(coordination_v1_LeaseSpec) \
    /* coordination-v1alpha2.c */ \
    X(coordination_v1alpha2_LeaseCandidate) X(coordination_v1alpha2_LeaseCandidateList) \
    X(coordination_v1alpha2_LeaseCandidateSpec) \
    /* coordination-v1beta1.c */ \
    X(coordination_v1beta1_LeaseCandidate) X(coordination_v1beta1_LeaseCandidateList) \
    X(coordination_v1beta1_LeaseCandidateSpec) \
    /* core-v1-volume.c */ \
    X(core_v1_AWSElasticBlockStoreVolumeSource) X(core_v1_AttachedVolume) X(core_v1_AzureDiskVolumeSource) \
    X(core_v1_AzureFilePersistentVolumeSource) X(core_v1_AzureFileVolumeSource) \
    X(core_v1_CSIPersistentVolumeSource) X(core_v1_CSIVolumeSource) X(core_v1_CephFSPersistentVolumeSource) \
    X(core_v1_CephFSVolumeSource) X(core_v1_CinderPersistentVolumeSource) X(core_v1_CinderVolumeSource) \
    X(core_v1_ClusterTrustBundleProjection) X(core_v1_ConfigMapProjection) X(core_v1_ConfigMapVolumeSource) \
    X(core_v1_DownwardAPIProjection) X(core_v1_DownwardAPIVolumeFile) X(core_v1_DownwardAPIVolumeSource) \
    X(core_v1_EmptyDirVolumeSource) X(core_v1_EphemeralVolumeSource) X(core_v1_FCVolumeSource) \
    X(core_v1_FlexPersistentVolumeSource) X(core_v1_FlexVolumeSource) X(core_v1_FlockerVolumeSource) \
    X(core_v1_GCEPersistentDiskVolumeSource) X(core_v1_GitRepoVolumeSource) \
    X(core_v1_GlusterfsPersistentVolumeSource) X(core_v1_GlusterfsVolumeSource) \
    X(core_v1_HostPathVolumeSource) X(core_v1_ISCSIPersistentVolumeSource) X(core_v1_ISCSIVolumeSource) \
    X(core_v1_ImageVolumeSource) X(core_v1_ImageVolumeStatus) X(core_v1_KeyToPath) \
    X(core_v1_LocalVolumeSource) X(core_v1_ModifyVolumeStatus) X(core_v1_NFSVolumeSource) \
    X(core_v1_PersistentVolume) X(core_v1_PersistentVolumeClaim) X(core_v1_PersistentVolumeClaimCondition) \
    X(core_v1_PersistentVolumeClaimList) X(core_v1_PersistentVolumeClaimSpec) \
    X(core_v1_PersistentVolumeClaimStatus) X(core_v1_PersistentVolumeClaimTemplate) \
    X(core_v1_PersistentVolumeClaimVolumeSource) X(core_v1_PersistentVolumeList) \
    X(core_v1_PersistentVolumeSpec) X(core_v1_PersistentVolumeStatus) \
    X(core_v1_PhotonPersistentDiskVolumeSource) X(core_v1_PodCertificateProjection) \
    X(core_v1_PortworxVolumeSource) X(core_v1_ProjectedVolumeSource) X(core_v1_QuobyteVolumeSource) \
    X(core_v1_RBDPersistentVolumeSource) X(core_v1_RBDVolumeSource) X(core_v1_ScaleIOPersistentVolumeSource) \
    X(core_v1_ScaleIOVolumeSource) X(core_v1_SecretProjection) X(core_v1_SecretVolumeSource) \
    X(core_v1_ServiceAccountTokenProjection) X(core_v1_StorageOSPersistentVolumeSource) \
    X(core_v1_StorageOSVolumeSource) X(core_v1_Volume) X(core_v1_VolumeProjection) X(core_v1_VolumeStatus) \
    X(core_v1_VsphereVirtualDiskVolumeSource) \
    /* core-v1-affinity.c */ \
    X(core_v1_Affinity) X(core_v1_NodeAffinity) X(core_v1_NodeSelector) X(core_v1_NodeSelectorRequirement) \
    X(core_v1_NodeSelectorTerm) X(core_v1_PodAffinity) X(core_v1_PodAffinityTerm) X(core_v1_PodAntiAffinity) \
    X(core_v1_PreferredSchedulingTerm) X(core_v1_SessionAffinityConfig) X(core_v1_Taint) \
    X(core_v1_Toleration) X(core_v1_TopologySelectorLabelRequirement) X(core_v1_TopologySelectorTerm) \
    X(core_v1_TopologySpreadConstraint) X(core_v1_VolumeNodeAffinity) X(core_v1_WeightedPodAffinityTerm) \
    /* core-v1-container.c */ \
    X(core_v1_AppArmorProfile) X(core_v1_Capabilities) X(core_v1_ConfigMapEnvSource) \
    X(core_v1_ConfigMapKeySelector) X(core_v1_Container) X(core_v1_ContainerExtendedResourceRequest) \
    X(core_v1_ContainerImage) X(core_v1_ContainerPort) X(core_v1_ContainerResizePolicy) \
    X(core_v1_ContainerRestartRule) X(core_v1_ContainerRestartRuleOnExitCodes) X(core_v1_ContainerState) \
    X(core_v1_ContainerStateRunning) X(core_v1_ContainerStateTerminated) X(core_v1_ContainerStateWaiting) \
    X(core_v1_ContainerStatus) X(core_v1_ContainerUser) X(core_v1_EnvFromSource) X(core_v1_EnvVar) \
    X(core_v1_EnvVarSource) X(core_v1_EphemeralContainer) X(core_v1_ExecAction) X(core_v1_FileKeySelector) \
    X(core_v1_GRPCAction) X(core_v1_HTTPGetAction) X(core_v1_HTTPHeader) X(core_v1_Lifecycle) \
    X(core_v1_LifecycleHandler) X(core_v1_LinuxContainerUser) X(core_v1_ObjectFieldSelector) \
    X(core_v1_PodSecurityContext) X(core_v1_Probe) X(core_v1_ResourceClaim) X(core_v1_ResourceFieldSelector) \
    X(core_v1_ResourceHealth) X(core_v1_ResourceRequirements) X(core_v1_ResourceStatus) \
    X(core_v1_SELinuxOptions) X(core_v1_SeccompProfile) X(core_v1_SecretEnvSource) \
    X(core_v1_SecretKeySelector) X(core_v1_SecurityContext) X(core_v1_SleepAction) \
    X(core_v1_TCPSocketAction) X(core_v1_VolumeDevice) X(core_v1_VolumeMount) X(core_v1_VolumeMountStatus) \
    X(core_v1_VolumeResourceRequirements) X(core_v1_WindowsSecurityContextOptions) \
    /* core-v1-pod.c */ \
    X(core_v1_Binding) X(core_v1_HostAlias) X(core_v1_HostIP) X(core_v1_NodeAllocatableResourceClaimStatus) \
    X(core_v1_Pod) X(core_v1_PodCondition) X(core_v1_PodDNSConfig) X(core_v1_PodDNSConfigOption) \
    X(core_v1_PodExtendedResourceClaimStatus) X(core_v1_PodIP) X(core_v1_PodList) X(core_v1_PodOS) \
    X(core_v1_PodReadinessGate) X(core_v1_PodResourceClaim) X(core_v1_PodResourceClaimStatus) \
    X(core_v1_PodSchedulingGate) X(core_v1_PodSchedulingGroup) X(core_v1_PodSpec) X(core_v1_PodStatus) \
    X(core_v1_PodTemplate) X(core_v1_PodTemplateList) X(core_v1_PodTemplateSpec) X(core_v1_Sysctl) \
    /* core-v1-service.c */ \
    X(core_v1_ClientIPConfig) X(core_v1_EndpointAddress) X(core_v1_EndpointPort) X(core_v1_EndpointSubset) \
    X(core_v1_Endpoints) X(core_v1_EndpointsList) X(core_v1_LoadBalancerIngress) \
    X(core_v1_LoadBalancerStatus) X(core_v1_PortStatus) X(core_v1_Service) X(core_v1_ServiceList) \
    X(core_v1_ServicePort) X(core_v1_ServiceSpec) X(core_v1_ServiceStatus) \
    /* core-v1.c */ \
    X(core_v1_ComponentCondition) X(core_v1_ComponentStatus) X(core_v1_ComponentStatusList) \
    X(core_v1_ConfigMap) X(core_v1_ConfigMapList) X(core_v1_Event) X(core_v1_EventList) \
    X(core_v1_EventSeries) X(core_v1_EventSource) X(core_v1_LimitRange) X(core_v1_LimitRangeItem) \
    X(core_v1_LimitRangeList) X(core_v1_LimitRangeSpec) X(core_v1_LocalObjectReference) X(core_v1_Namespace) \
    X(core_v1_NamespaceCondition) X(core_v1_NamespaceList) X(core_v1_NamespaceSpec) \
    X(core_v1_NamespaceStatus) X(core_v1_ObjectReference) X(core_v1_ReplicationController) \
    X(core_v1_ReplicationControllerCondition) X(core_v1_ReplicationControllerList) \
    X(core_v1_ReplicationControllerSpec) X(core_v1_ReplicationControllerStatus) X(core_v1_ResourceQuota) \
    X(core_v1_ResourceQuotaList) X(core_v1_ResourceQuotaSpec) X(core_v1_ResourceQuotaStatus) \
    X(core_v1_ScopeSelector) X(core_v1_ScopedResourceSelectorRequirement) X(core_v1_Secret) \
    X(core_v1_SecretList) X(core_v1_SecretReference) X(core_v1_ServiceAccount) X(core_v1_ServiceAccountList) \
    X(core_v1_TypedLocalObjectReference) X(core_v1_TypedObjectReference) \
    /* core-v1-node.c */ \
    X(core_v1_ConfigMapNodeConfigSource) X(core_v1_DaemonEndpoint) X(core_v1_Node) X(core_v1_NodeAddress) \
    X(core_v1_NodeCondition) X(core_v1_NodeConfigSource) X(core_v1_NodeConfigStatus) \
    X(core_v1_NodeDaemonEndpoints) X(core_v1_NodeFeatures) X(core_v1_NodeList) X(core_v1_NodeRuntimeHandler) \
    X(core_v1_NodeRuntimeHandlerFeatures) X(core_v1_NodeSpec) X(core_v1_NodeStatus) \
    X(core_v1_NodeSwapStatus) X(core_v1_NodeSystemInfo) \
    /* discovery-v1.c */ \
    X(discovery_v1_Endpoint) X(discovery_v1_EndpointConditions) X(discovery_v1_EndpointHints) \
    X(discovery_v1_EndpointPort) X(discovery_v1_EndpointSlice) X(discovery_v1_EndpointSliceList) \
    X(discovery_v1_ForNode) X(discovery_v1_ForZone) \
    /* events-v1.c */ \
    X(events_v1_Event) X(events_v1_EventList) X(events_v1_EventSeries) \
    /* flowcontrol-v1.c */ \
    X(flowcontrol_v1_ExemptPriorityLevelConfiguration) X(flowcontrol_v1_FlowDistinguisherMethod) \
    X(flowcontrol_v1_FlowSchema) X(flowcontrol_v1_FlowSchemaCondition) X(flowcontrol_v1_FlowSchemaList) \
    X(flowcontrol_v1_FlowSchemaSpec) X(flowcontrol_v1_FlowSchemaStatus) X(flowcontrol_v1_GroupSubject) \
    X(flowcontrol_v1_LimitResponse) X(flowcontrol_v1_LimitedPriorityLevelConfiguration) \
    X(flowcontrol_v1_NonResourcePolicyRule) X(flowcontrol_v1_PolicyRulesWithSubjects) \
    X(flowcontrol_v1_PriorityLevelConfiguration) X(flowcontrol_v1_PriorityLevelConfigurationCondition) \
    X(flowcontrol_v1_PriorityLevelConfigurationList) X(flowcontrol_v1_PriorityLevelConfigurationReference) \
    X(flowcontrol_v1_PriorityLevelConfigurationSpec) X(flowcontrol_v1_PriorityLevelConfigurationStatus) \
    X(flowcontrol_v1_QueuingConfiguration) X(flowcontrol_v1_ResourcePolicyRule) \
    X(flowcontrol_v1_ServiceAccountSubject) X(flowcontrol_v1_Subject) X(flowcontrol_v1_UserSubject) \
    /* networking-v1.c */ \
    X(networking_v1_HTTPIngressPath) X(networking_v1_HTTPIngressRuleValue) X(networking_v1_IPAddress) \
    X(networking_v1_IPAddressList) X(networking_v1_IPAddressSpec) X(networking_v1_IPBlock) \
    X(networking_v1_Ingress) X(networking_v1_IngressBackend) X(networking_v1_IngressClass) \
    X(networking_v1_IngressClassList) X(networking_v1_IngressClassParametersReference) \
    X(networking_v1_IngressClassSpec) X(networking_v1_IngressList) \
    X(networking_v1_IngressLoadBalancerIngress) X(networking_v1_IngressLoadBalancerStatus) \
    X(networking_v1_IngressPortStatus) X(networking_v1_IngressRule) X(networking_v1_IngressServiceBackend) \
    X(networking_v1_IngressSpec) X(networking_v1_IngressStatus) X(networking_v1_IngressTLS) \
    X(networking_v1_NetworkPolicy) X(networking_v1_NetworkPolicyEgressRule) \
    X(networking_v1_NetworkPolicyIngressRule) X(networking_v1_NetworkPolicyList) \
    X(networking_v1_NetworkPolicyPeer) X(networking_v1_NetworkPolicyPort) X(networking_v1_NetworkPolicySpec) \
    X(networking_v1_ParentReference) X(networking_v1_ServiceBackendPort) X(networking_v1_ServiceCIDR) \
    X(networking_v1_ServiceCIDRList) X(networking_v1_ServiceCIDRSpec) X(networking_v1_ServiceCIDRStatus) \
    /* networking-v1beta1.c */ \
    X(networking_v1beta1_IPAddress) X(networking_v1beta1_IPAddressList) X(networking_v1beta1_IPAddressSpec) \
    X(networking_v1beta1_ParentReference) X(networking_v1beta1_ServiceCIDR) \
    X(networking_v1beta1_ServiceCIDRList) X(networking_v1beta1_ServiceCIDRSpec) \
    X(networking_v1beta1_ServiceCIDRStatus) \
    /* node-v1.c */ \
    X(node_v1_Overhead) X(node_v1_RuntimeClass) X(node_v1_RuntimeClassList) X(node_v1_Scheduling) \
    /* policy-v1.c */ \
    X(policy_v1_Eviction) X(policy_v1_PodDisruptionBudget) X(policy_v1_PodDisruptionBudgetList) \
    X(policy_v1_PodDisruptionBudgetSpec) X(policy_v1_PodDisruptionBudgetStatus) \
    /* rbac-v1.c */ \
    X(rbac_v1_AggregationRule) X(rbac_v1_ClusterRole) X(rbac_v1_ClusterRoleBinding) \
    X(rbac_v1_ClusterRoleBindingList) X(rbac_v1_ClusterRoleList) X(rbac_v1_PolicyRule) X(rbac_v1_Role) \
    X(rbac_v1_RoleBinding) X(rbac_v1_RoleBindingList) X(rbac_v1_RoleList) X(rbac_v1_RoleRef) \
    X(rbac_v1_Subject) \
    /* resource-v1.c */ \
    X(resource_v1_AllocatedDeviceStatus) X(resource_v1_AllocationResult) X(resource_v1_CELDeviceSelector) \
    X(resource_v1_CapacityRequestPolicy) X(resource_v1_CapacityRequestPolicyRange) \
    X(resource_v1_CapacityRequirements) X(resource_v1_Counter) X(resource_v1_CounterSet) \
    X(resource_v1_Device) X(resource_v1_DeviceAllocationConfiguration) X(resource_v1_DeviceAllocationResult) \
    X(resource_v1_DeviceAttribute) X(resource_v1_DeviceCapacity) X(resource_v1_DeviceClaim) \
    X(resource_v1_DeviceClaimConfiguration) X(resource_v1_DeviceClass) \
    X(resource_v1_DeviceClassConfiguration) X(resource_v1_DeviceClassList) X(resource_v1_DeviceClassSpec) \
    X(resource_v1_DeviceConstraint) X(resource_v1_DeviceCounterConsumption) X(resource_v1_DeviceRequest) \
    X(resource_v1_DeviceRequestAllocationResult) X(resource_v1_DeviceSelector) \
    X(resource_v1_DeviceSubRequest) X(resource_v1_DeviceTaint) X(resource_v1_DeviceToleration) \
    X(resource_v1_ExactDeviceRequest) X(resource_v1_NetworkDeviceData) \
    X(resource_v1_NodeAllocatableResourceMapping) X(resource_v1_OpaqueDeviceConfiguration) \
    X(resource_v1_ResourceClaim) X(resource_v1_ResourceClaimConsumerReference) \
    X(resource_v1_ResourceClaimList) X(resource_v1_ResourceClaimSpec) X(resource_v1_ResourceClaimStatus) \
    X(resource_v1_ResourceClaimTemplate) X(resource_v1_ResourceClaimTemplateList) \
    X(resource_v1_ResourceClaimTemplateSpec) X(resource_v1_ResourcePool) X(resource_v1_ResourceSlice) \
    X(resource_v1_ResourceSliceList) X(resource_v1_ResourceSliceSpec) \
    /* resource-v1alpha3.c */ \
    X(resource_v1alpha3_DeviceTaint) X(resource_v1alpha3_DeviceTaintRule) \
    X(resource_v1alpha3_DeviceTaintRuleList) X(resource_v1alpha3_DeviceTaintRuleSpec) \
    X(resource_v1alpha3_DeviceTaintRuleStatus) X(resource_v1alpha3_DeviceTaintSelector) \
    X(resource_v1alpha3_PoolStatus) X(resource_v1alpha3_ResourcePoolStatusRequest) \
    X(resource_v1alpha3_ResourcePoolStatusRequestList) X(resource_v1alpha3_ResourcePoolStatusRequestSpec) \
    X(resource_v1alpha3_ResourcePoolStatusRequestStatus) \
    /* resource-v1beta1.c */ \
    X(resource_v1beta1_AllocatedDeviceStatus) X(resource_v1beta1_AllocationResult) \
    X(resource_v1beta1_BasicDevice) X(resource_v1beta1_CELDeviceSelector) \
    X(resource_v1beta1_CapacityRequestPolicy) X(resource_v1beta1_CapacityRequestPolicyRange) \
    X(resource_v1beta1_CapacityRequirements) X(resource_v1beta1_Counter) X(resource_v1beta1_CounterSet) \
    X(resource_v1beta1_Device) X(resource_v1beta1_DeviceAllocationConfiguration) \
    X(resource_v1beta1_DeviceAllocationResult) X(resource_v1beta1_DeviceAttribute) \
    X(resource_v1beta1_DeviceCapacity) X(resource_v1beta1_DeviceClaim) \
    X(resource_v1beta1_DeviceClaimConfiguration) X(resource_v1beta1_DeviceClass) \
    X(resource_v1beta1_DeviceClassConfiguration) X(resource_v1beta1_DeviceClassList) \
    X(resource_v1beta1_DeviceClassSpec) X(resource_v1beta1_DeviceConstraint) \
    X(resource_v1beta1_DeviceCounterConsumption) X(resource_v1beta1_DeviceRequest) \
    X(resource_v1beta1_DeviceRequestAllocationResult) X(resource_v1beta1_DeviceSelector) \
    X(resource_v1beta1_DeviceSubRequest) X(resource_v1beta1_DeviceTaint) \
    X(resource_v1beta1_DeviceToleration) X(resource_v1beta1_NetworkDeviceData) \
    X(resource_v1beta1_NodeAllocatableResourceMapping) X(resource_v1beta1_OpaqueDeviceConfiguration) \
    X(resource_v1beta1_ResourceClaim) X(resource_v1beta1_ResourceClaimConsumerReference) \
    X(resource_v1beta1_ResourceClaimList) X(resource_v1beta1_ResourceClaimSpec) \
    X(resource_v1beta1_ResourceClaimStatus) X(resource_v1beta1_ResourceClaimTemplate) \
    X(resource_v1beta1_ResourceClaimTemplateList) X(resource_v1beta1_ResourceClaimTemplateSpec) \
    X(resource_v1beta1_ResourcePool) X(resource_v1beta1_ResourceSlice) X(resource_v1beta1_ResourceSliceList) \
    X(resource_v1beta1_ResourceSliceSpec) \
    /* resource-v1beta2.c */ \
    X(resource_v1beta2_AllocatedDeviceStatus) X(resource_v1beta2_AllocationResult) \
    X(resource_v1beta2_CELDeviceSelector) X(resource_v1beta2_CapacityRequestPolicy) \
    X(resource_v1beta2_CapacityRequestPolicyRange) X(resource_v1beta2_CapacityRequirements) \
    X(resource_v1beta2_Counter) X(resource_v1beta2_CounterSet) X(resource_v1beta2_Device) \
    X(resource_v1beta2_DeviceAllocationConfiguration) X(resource_v1beta2_DeviceAllocationResult) \
    X(resource_v1beta2_DeviceAttribute) X(resource_v1beta2_DeviceCapacity) X(resource_v1beta2_DeviceClaim) \
    X(resource_v1beta2_DeviceClaimConfiguration) X(resource_v1beta2_DeviceClass) \
    X(resource_v1beta2_DeviceClassConfiguration) X(resource_v1beta2_DeviceClassList) \
    X(resource_v1beta2_DeviceClassSpec) X(resource_v1beta2_DeviceConstraint) \
    X(resource_v1beta2_DeviceCounterConsumption) X(resource_v1beta2_DeviceRequest) \
    X(resource_v1beta2_DeviceRequestAllocationResult) X(resource_v1beta2_DeviceSelector) \
    X(resource_v1beta2_DeviceSubRequest) X(resource_v1beta2_DeviceTaint) X(resource_v1beta2_DeviceTaintRule) \
    X(resource_v1beta2_DeviceTaintRuleList) X(resource_v1beta2_DeviceTaintRuleSpec) \
    X(resource_v1beta2_DeviceTaintRuleStatus) X(resource_v1beta2_DeviceTaintSelector) \
    X(resource_v1beta2_DeviceToleration) X(resource_v1beta2_ExactDeviceRequest) \
    X(resource_v1beta2_NetworkDeviceData) X(resource_v1beta2_NodeAllocatableResourceMapping) \
    X(resource_v1beta2_OpaqueDeviceConfiguration) X(resource_v1beta2_ResourceClaim) \
    X(resource_v1beta2_ResourceClaimConsumerReference) X(resource_v1beta2_ResourceClaimList) \
    X(resource_v1beta2_ResourceClaimSpec) X(resource_v1beta2_ResourceClaimStatus) \
    X(resource_v1beta2_ResourceClaimTemplate) X(resource_v1beta2_ResourceClaimTemplateList) \
    X(resource_v1beta2_ResourceClaimTemplateSpec) X(resource_v1beta2_ResourcePool) \
    X(resource_v1beta2_ResourceSlice) X(resource_v1beta2_ResourceSliceList) \
    X(resource_v1beta2_ResourceSliceSpec) \
    /* scheduling-v1.c */ \
    X(scheduling_v1_PriorityClass) X(scheduling_v1_PriorityClassList) \
    /* scheduling-v1alpha2.c */ \
    X(scheduling_v1alpha2_BasicSchedulingPolicy) X(scheduling_v1alpha2_GangSchedulingPolicy) \
    X(scheduling_v1alpha2_PodGroup) X(scheduling_v1alpha2_PodGroupList) \
    X(scheduling_v1alpha2_PodGroupResourceClaim) X(scheduling_v1alpha2_PodGroupResourceClaimStatus) \
    X(scheduling_v1alpha2_PodGroupSchedulingConstraints) X(scheduling_v1alpha2_PodGroupSchedulingPolicy) \
    X(scheduling_v1alpha2_PodGroupSpec) X(scheduling_v1alpha2_PodGroupStatus) \
    X(scheduling_v1alpha2_PodGroupTemplate) X(scheduling_v1alpha2_PodGroupTemplateReference) \
    X(scheduling_v1alpha2_TopologyConstraint) X(scheduling_v1alpha2_TypedLocalObjectReference) \
    X(scheduling_v1alpha2_Workload) X(scheduling_v1alpha2_WorkloadList) \
    X(scheduling_v1alpha2_WorkloadPodGroupTemplateReference) X(scheduling_v1alpha2_WorkloadSpec) \
    /* storage-v1.c */ \
    X(storage_v1_CSIDriver) X(storage_v1_CSIDriverList) X(storage_v1_CSIDriverSpec) X(storage_v1_CSINode) \
    X(storage_v1_CSINodeDriver) X(storage_v1_CSINodeList) X(storage_v1_CSINodeSpec) \
    X(storage_v1_CSIStorageCapacity) X(storage_v1_CSIStorageCapacityList) X(storage_v1_StorageClass) \
    X(storage_v1_StorageClassList) X(storage_v1_TokenRequest) X(storage_v1_VolumeAttachment) \
    X(storage_v1_VolumeAttachmentList) X(storage_v1_VolumeAttachmentSource) \
    X(storage_v1_VolumeAttachmentSpec) X(storage_v1_VolumeAttachmentStatus) \
    X(storage_v1_VolumeAttributesClass) X(storage_v1_VolumeAttributesClassList) X(storage_v1_VolumeError) \
    X(storage_v1_VolumeNodeResources) \
    /* storage-v1beta1.c */ \
    X(storage_v1beta1_VolumeAttributesClass) X(storage_v1beta1_VolumeAttributesClassList) \
    /* storagemigration-v1beta1.c */ \
    X(storagemigration_v1beta1_StorageVersionMigration) \
    X(storagemigration_v1beta1_StorageVersionMigrationList) \
    X(storagemigration_v1beta1_StorageVersionMigrationSpec) \
    X(storagemigration_v1beta1_StorageVersionMigrationStatus) \
    /* apiextensions-v1.c */ \
    X(apiextensions_v1_CustomResourceColumnDefinition) X(apiextensions_v1_CustomResourceConversion) \
    X(apiextensions_v1_CustomResourceDefinition) X(apiextensions_v1_CustomResourceDefinitionCondition) \
    X(apiextensions_v1_CustomResourceDefinitionList) X(apiextensions_v1_CustomResourceDefinitionNames) \
    X(apiextensions_v1_CustomResourceDefinitionSpec) X(apiextensions_v1_CustomResourceDefinitionStatus) \
    X(apiextensions_v1_CustomResourceDefinitionVersion) X(apiextensions_v1_CustomResourceSubresourceScale) \
    X(apiextensions_v1_CustomResourceSubresourceStatus) X(apiextensions_v1_CustomResourceSubresources) \
    X(apiextensions_v1_CustomResourceValidation) X(apiextensions_v1_ExternalDocumentation) \
    X(apiextensions_v1_JSONSchemaProps) X(apiextensions_v1_SelectableField) \
    X(apiextensions_v1_ServiceReference) X(apiextensions_v1_ValidationRule) \
    X(apiextensions_v1_WebhookClientConfig) X(apiextensions_v1_WebhookConversion) \
    /* meta-v1.c */ \
    X(meta_v1_APIGroup) X(meta_v1_APIGroupList) X(meta_v1_APIResource) X(meta_v1_APIResourceList) \
    X(meta_v1_APIVersions) X(meta_v1_Condition) X(meta_v1_DeleteOptions) X(meta_v1_FieldSelectorRequirement) \
    X(meta_v1_GroupResource) X(meta_v1_GroupVersionForDiscovery) X(meta_v1_LabelSelector) \
    X(meta_v1_LabelSelectorRequirement) X(meta_v1_ListMeta) X(meta_v1_ManagedFieldsEntry) \
    X(meta_v1_ObjectMeta) X(meta_v1_OwnerReference) X(meta_v1_PartialObjectMetadata) X(meta_v1_PartialObjectMetadataList) \
    X(meta_v1_Preconditions) \
    X(meta_v1_ServerAddressByClientCIDR) X(meta_v1_ShardInfo) X(meta_v1_Status) X(meta_v1_StatusCause) \
    X(meta_v1_StatusDetails) X(meta_v1_WatchEvent) X(version_Info) \
    /* apiregistration-v1.c */ \
    X(apiregistration_v1_APIService) X(apiregistration_v1_APIServiceCondition) \
    X(apiregistration_v1_APIServiceList) X(apiregistration_v1_APIServiceSpec) \
    X(apiregistration_v1_APIServiceStatus) X(apiregistration_v1_ServiceReference)
/* clang-format on */

#define SCHEMA_TYPE_EXTERN(type_) extern struct schema_type type_;
SCHEMA_TYPES(SCHEMA_TYPE_EXTERN)

#endif
