/* SPDX-License-Identifier: Apache-2.0 */
/* Types: containers: what runs, its environment, probes, security. Rows in the order of their protobuf
 * numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(core_v1_AppArmorProfile) = {
    ROW( 1, "type",             REQUIRED | MUST, STRING, ENUM("Localhost", "RuntimeDefault", "Unconfined")),
    ROW( 2, "localhostProfile", OPTIONAL,        STRING),
};
TYPE(core_v1_AppArmorProfile, "io.k8s.api.core.v1.AppArmorProfile",
    VALIDATE_HOOK(validate_app_armor_profile));

ROWS(core_v1_Capabilities) = {
    ROW( 1, "add",  OPTIONAL, LIST_OF(STRING)),
    ROW( 2, "drop", OPTIONAL, LIST_OF(STRING)),
};
TYPE(core_v1_Capabilities, "io.k8s.api.core.v1.Capabilities");

ROWS(core_v1_ConfigMapEnvSource) = {
    EMBED(1,  1, "name",     OPTIONAL, STRING, CHECK(dns1123_subdomain)),
    ROW( 2, "optional", OPTIONAL, BOOL),
};
TYPE(core_v1_ConfigMapEnvSource, "io.k8s.api.core.v1.ConfigMapEnvSource");

ROWS(core_v1_ConfigMapKeySelector) = {
    EMBED(1,  1, "name",     OPTIONAL,        STRING),
    ROW( 2, "key",      REQUIRED | MUST, STRING, CHECK(config_key)),
    ROW( 3, "optional", OPTIONAL,        BOOL),
};
TYPE(core_v1_ConfigMapKeySelector, "io.k8s.api.core.v1.ConfigMapKeySelector", ATOMIC_TYPE,
    VALIDATE_HOOK(validate_key_selector));

ROWS(core_v1_Container) = {
    ROW( 1, "name",                     REQUIRED | MUST, STRING, CHECK(dns1123_label)),
    ROW( 2, "image",                    OPTIONAL,        STRING),
    ROW( 3, "command",                  OPTIONAL,        LIST_OF(STRING)),
    ROW( 4, "args",                     OPTIONAL,        LIST_OF(STRING)),
    ROW( 5, "workingDir",               OPTIONAL,        STRING),
    ROW( 6, "ports",                    MERGE,           LIST_OF(OBJECT(core_v1_ContainerPort)),
        KEYS("containerPort", "protocol")),
    ROW( 7, "env",                      MERGE,           LIST_OF(OBJECT(core_v1_EnvVar)), KEYS("name")),
    ROW( 8, "resources",                OPTIONAL,        OBJECT(core_v1_ResourceRequirements), DEFAULT({})),
    ROW( 9, "volumeMounts",             MERGE,           LIST_OF(OBJECT(core_v1_VolumeMount)),
        KEYS("mountPath")),
    ROW(10, "livenessProbe",            OPTIONAL,        OBJECT(core_v1_Probe)),
    ROW(11, "readinessProbe",           OPTIONAL,        OBJECT(core_v1_Probe)),
    ROW(12, "lifecycle",                OPTIONAL,        OBJECT(core_v1_Lifecycle)),
    ROW(13, "terminationMessagePath",   ZERO,            STRING, DEFAULT("/dev/termination-log")),
    ROW(14, "imagePullPolicy",          OPTIONAL,        STRING, ENUM("Always", "IfNotPresent", "Never")),
    ROW(15, "securityContext",          OPTIONAL,        OBJECT(core_v1_SecurityContext)),
    ROW(16, "stdin",                    OMIT,            BOOL),
    ROW(17, "stdinOnce",                OMIT,            BOOL),
    ROW(18, "tty",                      OMIT,            BOOL),
    ROW(19, "envFrom",                  OPTIONAL,        LIST_OF(OBJECT(core_v1_EnvFromSource))),
    ROW(20, "terminationMessagePolicy", ZERO,            STRING,
        DEFAULT("File"), ENUM("FallbackToLogsOnError", "File")),
    ROW(21, "volumeDevices",            MERGE,           LIST_OF(OBJECT(core_v1_VolumeDevice)),
        KEYS("devicePath")),
    ROW(22, "startupProbe",             OPTIONAL,        OBJECT(core_v1_Probe)),
    ROW(23, "resizePolicy",             OPTIONAL,        LIST_OF(OBJECT(core_v1_ContainerResizePolicy))),
    ROW(24, "restartPolicy",            OPTIONAL,        STRING, ENUM("Always", "Never", "OnFailure")),
    ROW(25, "restartPolicyRules",       OPTIONAL,        LIST_OF(OBJECT(core_v1_ContainerRestartRule))),
};
TYPE(core_v1_Container, "io.k8s.api.core.v1.Container", DEFAULT_HOOK(default_container),
    VALIDATE_HOOK(validate_container));

ROWS(core_v1_ContainerExtendedResourceRequest) = {
    ROW( 1, "containerName", REQUIRED | MUST, STRING),
    ROW( 2, "resourceName",  REQUIRED | MUST, STRING),
    ROW( 3, "requestName",   REQUIRED | MUST, STRING),
};
TYPE(core_v1_ContainerExtendedResourceRequest, "io.k8s.api.core.v1.ContainerExtendedResourceRequest");

ROWS(core_v1_ContainerImage) = {
    ROW( 1, "names",     OPTIONAL, LIST_OF(STRING)),
    ROW( 2, "sizeBytes", OPTIONAL, INT64),
};
TYPE(core_v1_ContainerImage, "io.k8s.api.core.v1.ContainerImage");

ROWS(core_v1_ContainerPort) = {
    ROW( 1, "name",          OPTIONAL,        STRING, CHECK(port_name)),
    ROW( 2, "hostPort",      OMIT,            INT32, RANGE(1, 65535)),
    ROW( 3, "containerPort", REQUIRED | MUST, INT32, RANGE(1, 65535)),
    ROW( 4, "protocol",      ZERO,            STRING, DEFAULT("TCP"), ENUM("SCTP", "TCP", "UDP")),
    ROW( 5, "hostIP",        OPTIONAL,        STRING),
};
TYPE(core_v1_ContainerPort, "io.k8s.api.core.v1.ContainerPort");

ROWS(core_v1_ContainerResizePolicy) = {
    ROW( 1, "resourceName",  REQUIRED | MUST, STRING, ENUM("cpu", "memory")),
    ROW( 2, "restartPolicy", REQUIRED | MUST, STRING, ENUM("NotRequired", "RestartContainer")),
};
TYPE(core_v1_ContainerResizePolicy, "io.k8s.api.core.v1.ContainerResizePolicy");

ROWS(core_v1_ContainerRestartRule) = {
    ROW( 1, "action",    REQUIRED | MUST, STRING),
    ROW( 2, "exitCodes", OPTIONAL,        OBJECT(core_v1_ContainerRestartRuleOnExitCodes)),
};
TYPE(core_v1_ContainerRestartRule, "io.k8s.api.core.v1.ContainerRestartRule");

ROWS(core_v1_ContainerRestartRuleOnExitCodes) = {
    ROW( 1, "operator", REQUIRED | MUST, STRING),
    ROW( 2, "values",   OPTIONAL,        LIST_OF(INT32), SET),
};
TYPE(core_v1_ContainerRestartRuleOnExitCodes, "io.k8s.api.core.v1.ContainerRestartRuleOnExitCodes");

ROWS(core_v1_ContainerState) = {
    ROW( 1, "waiting",    OPTIONAL, OBJECT(core_v1_ContainerStateWaiting)),
    ROW( 2, "running",    OPTIONAL, OBJECT(core_v1_ContainerStateRunning)),
    ROW( 3, "terminated", OPTIONAL, OBJECT(core_v1_ContainerStateTerminated)),
};
TYPE(core_v1_ContainerState, "io.k8s.api.core.v1.ContainerState");

ROWS(core_v1_ContainerStateRunning) = {
    ROW( 1, "startedAt", OPTIONAL, TIME),
};
TYPE(core_v1_ContainerStateRunning, "io.k8s.api.core.v1.ContainerStateRunning");

ROWS(core_v1_ContainerStateTerminated) = {
    ROW( 1, "exitCode",    REQUIRED, INT32),
    ROW( 2, "signal",      OPTIONAL, INT32),
    ROW( 3, "reason",      OPTIONAL, STRING),
    ROW( 4, "message",     OPTIONAL, STRING),
    ROW( 5, "startedAt",   OPTIONAL, TIME),
    ROW( 6, "finishedAt",  OPTIONAL, TIME),
    ROW( 7, "containerID", OPTIONAL, STRING),
};
TYPE(core_v1_ContainerStateTerminated, "io.k8s.api.core.v1.ContainerStateTerminated");

ROWS(core_v1_ContainerStateWaiting) = {
    ROW( 1, "reason",  OPTIONAL, STRING),
    ROW( 2, "message", OPTIONAL, STRING),
};
TYPE(core_v1_ContainerStateWaiting, "io.k8s.api.core.v1.ContainerStateWaiting");

ROWS(core_v1_ContainerStatus) = {
    ROW( 1, "name",                     REQUIRED, STRING),
    ROW( 2, "state",                    OPTIONAL, OBJECT(core_v1_ContainerState), DEFAULT({})),
    ROW( 3, "lastState",                OPTIONAL, OBJECT(core_v1_ContainerState), DEFAULT({})),
    ROW( 4, "ready",                    REQUIRED, BOOL),
    ROW( 5, "restartCount",             REQUIRED, INT32),
    ROW( 6, "image",                    REQUIRED, STRING),
    ROW( 7, "imageID",                  REQUIRED, STRING),
    ROW( 8, "containerID",              OPTIONAL, STRING),
    ROW( 9, "started",                  OPTIONAL, BOOL),
    ROW(10, "allocatedResources",       OPTIONAL, MAP_OF(QUANTITY)),
    ROW(11, "resources",                OPTIONAL, OBJECT(core_v1_ResourceRequirements)),
    ROW(12, "volumeMounts",             MERGE,    LIST_OF(OBJECT(core_v1_VolumeMountStatus)),
        KEYS("mountPath")),
    ROW(13, "user",                     OPTIONAL, OBJECT(core_v1_ContainerUser)),
    ROW(14, "allocatedResourcesStatus", MERGE,    LIST_OF(OBJECT(core_v1_ResourceStatus)), KEYS("name")),
    ROW(15, "stopSignal",               OPTIONAL, STRING),
};
TYPE(core_v1_ContainerStatus, "io.k8s.api.core.v1.ContainerStatus");

ROWS(core_v1_ContainerUser) = {
    ROW( 1, "linux", OPTIONAL, OBJECT(core_v1_LinuxContainerUser)),
};
TYPE(core_v1_ContainerUser, "io.k8s.api.core.v1.ContainerUser");

ROWS(core_v1_EnvFromSource) = {
    ROW( 1, "prefix",       OPTIONAL, STRING, CHECK(env_var)),
    ROW( 2, "configMapRef", OPTIONAL, OBJECT(core_v1_ConfigMapEnvSource)),
    ROW( 3, "secretRef",    OPTIONAL, OBJECT(core_v1_SecretEnvSource)),
};
TYPE(core_v1_EnvFromSource, "io.k8s.api.core.v1.EnvFromSource", VALIDATE_HOOK(validate_env_from));

ROWS(core_v1_EnvVar) = {
    ROW( 1, "name",      REQUIRED | MUST, STRING, CHECK(env_var)),
    ROW( 2, "value",     OPTIONAL,        STRING),
    ROW( 3, "valueFrom", OPTIONAL,        OBJECT(core_v1_EnvVarSource)),
};
TYPE(core_v1_EnvVar, "io.k8s.api.core.v1.EnvVar", VALIDATE_HOOK(validate_env_var));

ROWS(core_v1_EnvVarSource) = {
    ROW( 1, "fieldRef",         OPTIONAL, OBJECT(core_v1_ObjectFieldSelector)),
    ROW( 2, "resourceFieldRef", OPTIONAL, OBJECT(core_v1_ResourceFieldSelector)),
    ROW( 3, "configMapKeyRef",  OPTIONAL, OBJECT(core_v1_ConfigMapKeySelector)),
    ROW( 4, "secretKeyRef",     OPTIONAL, OBJECT(core_v1_SecretKeySelector)),
    ROW( 5, "fileKeyRef",       OPTIONAL, OBJECT(core_v1_FileKeySelector)),
};
TYPE(core_v1_EnvVarSource, "io.k8s.api.core.v1.EnvVarSource");

ROWS(core_v1_EphemeralContainer) = {
    EMBED(1,  1, "name",                     REQUIRED | MUST, STRING, CHECK(dns1123_label)),
    EMBED(1,  2, "image",                    OPTIONAL,        STRING),
    EMBED(1,  3, "command",                  OPTIONAL,        LIST_OF(STRING)),
    EMBED(1,  4, "args",                     OPTIONAL,        LIST_OF(STRING)),
    EMBED(1,  5, "workingDir",               OPTIONAL,        STRING),
    EMBED(1,  6, "ports",                    MERGE,           LIST_OF(OBJECT(core_v1_ContainerPort)),
        KEYS("containerPort", "protocol")),
    EMBED(1,  7, "env",                      MERGE,           LIST_OF(OBJECT(core_v1_EnvVar)), KEYS("name")),
    EMBED(1,  8, "resources",                OPTIONAL,        OBJECT(core_v1_ResourceRequirements),
        DEFAULT({})),
    EMBED(1,  9, "volumeMounts",             MERGE,           LIST_OF(OBJECT(core_v1_VolumeMount)),
        KEYS("mountPath")),
    EMBED(1, 10, "livenessProbe",            OPTIONAL,        OBJECT(core_v1_Probe)),
    EMBED(1, 11, "readinessProbe",           OPTIONAL,        OBJECT(core_v1_Probe)),
    EMBED(1, 12, "lifecycle",                OPTIONAL,        OBJECT(core_v1_Lifecycle)),
    EMBED(1, 13, "terminationMessagePath",   ZERO,            STRING, DEFAULT("/dev/termination-log")),
    EMBED(1, 14, "imagePullPolicy",          OPTIONAL,        STRING,
        ENUM("Always", "IfNotPresent", "Never")),
    EMBED(1, 15, "securityContext",          OPTIONAL,        OBJECT(core_v1_SecurityContext)),
    EMBED(1, 16, "stdin",                    OMIT,            BOOL),
    EMBED(1, 17, "stdinOnce",                OMIT,            BOOL),
    EMBED(1, 18, "tty",                      OMIT,            BOOL),
    EMBED(1, 19, "envFrom",                  OPTIONAL,        LIST_OF(OBJECT(core_v1_EnvFromSource))),
    EMBED(1, 20, "terminationMessagePolicy", ZERO,            STRING,
        DEFAULT("File"), ENUM("FallbackToLogsOnError", "File")),
    EMBED(1, 21, "volumeDevices",            MERGE,           LIST_OF(OBJECT(core_v1_VolumeDevice)),
        KEYS("devicePath")),
    EMBED(1, 22, "startupProbe",             OPTIONAL,        OBJECT(core_v1_Probe)),
    EMBED(1, 23, "resizePolicy",             OPTIONAL,        LIST_OF(OBJECT(core_v1_ContainerResizePolicy))),
    EMBED(1, 24, "restartPolicy",            OPTIONAL,        STRING),
    EMBED(1, 25, "restartPolicyRules",       OPTIONAL,        LIST_OF(OBJECT(core_v1_ContainerRestartRule))),
    ROW( 2, "targetContainerName",      OPTIONAL,        STRING),
};
TYPE(core_v1_EphemeralContainer, "io.k8s.api.core.v1.EphemeralContainer", DEFAULT_HOOK(default_container),
    VALIDATE_HOOK(validate_container));

ROWS(core_v1_ExecAction) = {
    ROW( 1, "command", MUST, LIST_OF(STRING)),
};
TYPE(core_v1_ExecAction, "io.k8s.api.core.v1.ExecAction");

ROWS(core_v1_FileKeySelector) = {
    ROW( 1, "volumeName", REQUIRED | MUST, STRING),
    ROW( 2, "path",       REQUIRED | MUST, STRING),
    ROW( 3, "key",        REQUIRED | MUST, STRING),
    ROW( 4, "optional",   OPTIONAL,        BOOL),
};
TYPE(core_v1_FileKeySelector, "io.k8s.api.core.v1.FileKeySelector", ATOMIC_TYPE);

ROWS(core_v1_GRPCAction) = {
    ROW( 1, "port",    REQUIRED | MUST, INT32, RANGE(1, 65535)),
    ROW( 2, "service", OPTIONAL,        STRING, DEFAULT("")),
};
TYPE(core_v1_GRPCAction, "io.k8s.api.core.v1.GRPCAction");

ROWS(core_v1_HTTPGetAction) = {
    ROW( 1, "path",        ZERO,            STRING, DEFAULT("/")),
    ROW( 2, "port",        REQUIRED | MUST, INT_OR_STRING),
    ROW( 3, "host",        OPTIONAL,        STRING),
    ROW( 4, "scheme",      ZERO,            STRING, DEFAULT("HTTP"), ENUM("HTTP", "HTTPS")),
    ROW( 5, "httpHeaders", OPTIONAL,        LIST_OF(OBJECT(core_v1_HTTPHeader))),
};
TYPE(core_v1_HTTPGetAction, "io.k8s.api.core.v1.HTTPGetAction", VALIDATE_HOOK(validate_http_get));

ROWS(core_v1_HTTPHeader) = {
    ROW( 1, "name",  REQUIRED, STRING),
    ROW( 2, "value", REQUIRED, STRING),
};
TYPE(core_v1_HTTPHeader, "io.k8s.api.core.v1.HTTPHeader");

ROWS(core_v1_Lifecycle) = {
    ROW( 1, "postStart",  OPTIONAL, OBJECT(core_v1_LifecycleHandler)),
    ROW( 2, "preStop",    OPTIONAL, OBJECT(core_v1_LifecycleHandler)),
    ROW( 3, "stopSignal", OPTIONAL, STRING),
};
TYPE(core_v1_Lifecycle, "io.k8s.api.core.v1.Lifecycle");

ROWS(core_v1_LifecycleHandler) = {
    ROW( 1, "exec",      OPTIONAL, OBJECT(core_v1_ExecAction)),
    ROW( 2, "httpGet",   OPTIONAL, OBJECT(core_v1_HTTPGetAction)),
    ROW( 3, "tcpSocket", OPTIONAL, OBJECT(core_v1_TCPSocketAction)),
    ROW( 4, "sleep",     OPTIONAL, OBJECT(core_v1_SleepAction)),
};
TYPE(core_v1_LifecycleHandler, "io.k8s.api.core.v1.LifecycleHandler",
    VALIDATE_HOOK(validate_lifecycle_handler));

ROWS(core_v1_LinuxContainerUser) = {
    ROW( 1, "uid",                REQUIRED, INT64),
    ROW( 2, "gid",                REQUIRED, INT64),
    ROW( 3, "supplementalGroups", OPTIONAL, LIST_OF(INT64)),
};
TYPE(core_v1_LinuxContainerUser, "io.k8s.api.core.v1.LinuxContainerUser");

ROWS(core_v1_ObjectFieldSelector) = {
    ROW( 1, "apiVersion", ZERO,            STRING, DEFAULT("v1")),
    ROW( 2, "fieldPath",  REQUIRED | MUST, STRING),
};
TYPE(core_v1_ObjectFieldSelector, "io.k8s.api.core.v1.ObjectFieldSelector", ATOMIC_TYPE);

ROWS(core_v1_PodSecurityContext) = {
    ROW( 1, "seLinuxOptions",           OPTIONAL, OBJECT(core_v1_SELinuxOptions)),
    ROW( 2, "runAsUser",                OPTIONAL, INT64, RANGE(0, 2147483647)),
    ROW( 3, "runAsNonRoot",             OPTIONAL, BOOL),
    ROW( 4, "supplementalGroups",       OPTIONAL, LIST_OF(INT64), RANGE(0, 2147483647)),
    ROW( 5, "fsGroup",                  OPTIONAL, INT64, RANGE(0, 2147483647)),
    ROW( 6, "runAsGroup",               OPTIONAL, INT64, RANGE(0, 2147483647)),
    ROW( 7, "sysctls",                  OPTIONAL, LIST_OF(OBJECT(core_v1_Sysctl))),
    ROW( 8, "windowsOptions",           OPTIONAL, OBJECT(core_v1_WindowsSecurityContextOptions)),
    ROW( 9, "fsGroupChangePolicy",      OPTIONAL, STRING, ENUM("Always", "OnRootMismatch")),
    ROW(10, "seccompProfile",           OPTIONAL, OBJECT(core_v1_SeccompProfile)),
    ROW(11, "appArmorProfile",          OPTIONAL, OBJECT(core_v1_AppArmorProfile)),
    ROW(12, "supplementalGroupsPolicy", OPTIONAL, STRING, ENUM("Merge", "Strict")),
    ROW(13, "seLinuxChangePolicy",      OPTIONAL, STRING, ENUM("MountOption", "Recursive")),
};
TYPE(core_v1_PodSecurityContext, "io.k8s.api.core.v1.PodSecurityContext",
    VALIDATE_HOOK(validate_pod_security_context));

ROWS(core_v1_Probe) = {
    EMBED(1,  1, "exec",                          OPTIONAL, OBJECT(core_v1_ExecAction)),
    EMBED(1,  2, "httpGet",                       OPTIONAL, OBJECT(core_v1_HTTPGetAction)),
    EMBED(1,  3, "tcpSocket",                     OPTIONAL, OBJECT(core_v1_TCPSocketAction)),
    EMBED(1,  4, "grpc",                          OPTIONAL, OBJECT(core_v1_GRPCAction)),
    ROW( 2, "initialDelaySeconds",           OMIT,     INT32, AT_LEAST(0)),
    ROW( 3, "timeoutSeconds",                ZERO,     INT32, DEFAULT(1), AT_LEAST(0)),
    ROW( 4, "periodSeconds",                 ZERO,     INT32, DEFAULT(10), AT_LEAST(0)),
    ROW( 5, "successThreshold",              ZERO,     INT32, DEFAULT(1), AT_LEAST(0)),
    ROW( 6, "failureThreshold",              ZERO,     INT32, DEFAULT(3), AT_LEAST(0)),
    ROW( 7, "terminationGracePeriodSeconds", OPTIONAL, INT64, AT_LEAST(1)),
};
TYPE(core_v1_Probe, "io.k8s.api.core.v1.Probe", VALIDATE_HOOK(validate_probe));

ROWS(core_v1_ResourceClaim) = {
    ROW( 1, "name",    REQUIRED | MUST, STRING),
    ROW( 2, "request", OPTIONAL,        STRING),
};
TYPE(core_v1_ResourceClaim, "io.k8s.api.core.v1.ResourceClaim");

ROWS(core_v1_ResourceFieldSelector) = {
    ROW( 1, "containerName", OPTIONAL,        STRING),
    ROW( 2, "resource",      REQUIRED | MUST, STRING),
    ROW( 3, "divisor",       OPTIONAL,        QUANTITY),
};
TYPE(core_v1_ResourceFieldSelector, "io.k8s.api.core.v1.ResourceFieldSelector", ATOMIC_TYPE);

ROWS(core_v1_ResourceHealth) = {
    ROW( 1, "resourceID", REQUIRED, STRING),
    ROW( 2, "health",     OPTIONAL, STRING),
    ROW( 6, "message",    OPTIONAL, STRING),
};
TYPE(core_v1_ResourceHealth, "io.k8s.api.core.v1.ResourceHealth");

ROWS(core_v1_ResourceRequirements) = {
    ROW( 1, "limits",   OPTIONAL, MAP_OF(QUANTITY)),
    ROW( 2, "requests", OPTIONAL, MAP_OF(QUANTITY)),
    ROW( 3, "claims",   OPTIONAL, LIST_OF(OBJECT(core_v1_ResourceClaim)), KEYS("name")),
};
TYPE(core_v1_ResourceRequirements, "io.k8s.api.core.v1.ResourceRequirements",
    VALIDATE_HOOK(validate_resources));

ROWS(core_v1_ResourceStatus) = {
    ROW( 1, "name",      REQUIRED, STRING),
    ROW( 2, "resources", OPTIONAL, LIST_OF(OBJECT(core_v1_ResourceHealth)), KEYS("resourceID")),
};
TYPE(core_v1_ResourceStatus, "io.k8s.api.core.v1.ResourceStatus");

ROWS(core_v1_SELinuxOptions) = {
    ROW( 1, "user",  OPTIONAL, STRING),
    ROW( 2, "role",  OPTIONAL, STRING),
    ROW( 3, "type",  OPTIONAL, STRING),
    ROW( 4, "level", OPTIONAL, STRING),
};
TYPE(core_v1_SELinuxOptions, "io.k8s.api.core.v1.SELinuxOptions");

ROWS(core_v1_SeccompProfile) = {
    ROW( 1, "type",             REQUIRED | MUST, STRING, ENUM("Localhost", "RuntimeDefault", "Unconfined")),
    ROW( 2, "localhostProfile", OPTIONAL,        STRING),
};
TYPE(core_v1_SeccompProfile, "io.k8s.api.core.v1.SeccompProfile", VALIDATE_HOOK(validate_seccomp_profile));

ROWS(core_v1_SecretEnvSource) = {
    EMBED(1,  1, "name",     OPTIONAL, STRING, CHECK(dns1123_subdomain)),
    ROW( 2, "optional", OPTIONAL, BOOL),
};
TYPE(core_v1_SecretEnvSource, "io.k8s.api.core.v1.SecretEnvSource");

ROWS(core_v1_SecretKeySelector) = {
    EMBED(1,  1, "name",     OPTIONAL,        STRING),
    ROW( 2, "key",      REQUIRED | MUST, STRING, CHECK(config_key)),
    ROW( 3, "optional", OPTIONAL,        BOOL),
};
TYPE(core_v1_SecretKeySelector, "io.k8s.api.core.v1.SecretKeySelector", ATOMIC_TYPE,
    VALIDATE_HOOK(validate_key_selector));

ROWS(core_v1_SecurityContext) = {
    ROW( 1, "capabilities",             OPTIONAL, OBJECT(core_v1_Capabilities)),
    ROW( 2, "privileged",               OPTIONAL, BOOL),
    ROW( 3, "seLinuxOptions",           OPTIONAL, OBJECT(core_v1_SELinuxOptions)),
    ROW( 4, "runAsUser",                OPTIONAL, INT64, RANGE(0, 2147483647)),
    ROW( 5, "runAsNonRoot",             OPTIONAL, BOOL),
    ROW( 6, "readOnlyRootFilesystem",   OPTIONAL, BOOL),
    ROW( 7, "allowPrivilegeEscalation", OPTIONAL, BOOL),
    ROW( 8, "runAsGroup",               OPTIONAL, INT64, RANGE(0, 2147483647)),
    ROW( 9, "procMount",                OPTIONAL, STRING, ENUM("Default", "Unmasked")),
    ROW(10, "windowsOptions",           OPTIONAL, OBJECT(core_v1_WindowsSecurityContextOptions)),
    ROW(11, "seccompProfile",           OPTIONAL, OBJECT(core_v1_SeccompProfile)),
    ROW(12, "appArmorProfile",          OPTIONAL, OBJECT(core_v1_AppArmorProfile)),
};
TYPE(core_v1_SecurityContext, "io.k8s.api.core.v1.SecurityContext", VALIDATE_HOOK(validate_security_context));

ROWS(core_v1_SleepAction) = {
    ROW( 1, "seconds", REQUIRED, INT64),
};
TYPE(core_v1_SleepAction, "io.k8s.api.core.v1.SleepAction");

ROWS(core_v1_TCPSocketAction) = {
    ROW( 1, "port", REQUIRED | MUST, INT_OR_STRING),
    ROW( 2, "host", OPTIONAL,        STRING),
};
TYPE(core_v1_TCPSocketAction, "io.k8s.api.core.v1.TCPSocketAction", VALIDATE_HOOK(validate_tcp_socket));

ROWS(core_v1_VolumeDevice) = {
    ROW( 1, "name",       REQUIRED | MUST, STRING),
    ROW( 2, "devicePath", REQUIRED | MUST, STRING),
};
TYPE(core_v1_VolumeDevice, "io.k8s.api.core.v1.VolumeDevice");

ROWS(core_v1_VolumeMount) = {
    ROW( 1, "name",              REQUIRED | MUST, STRING),
    ROW( 2, "readOnly",          OMIT,            BOOL),
    ROW( 3, "mountPath",         REQUIRED | MUST, STRING),
    ROW( 4, "subPath",           OPTIONAL,        STRING),
    ROW( 5, "mountPropagation",  OPTIONAL,        STRING, ENUM("Bidirectional", "HostToContainer", "None")),
    ROW( 6, "subPathExpr",       OPTIONAL,        STRING),
    ROW( 7, "recursiveReadOnly", OPTIONAL,        STRING, ENUM("Disabled", "Enabled", "IfPossible")),
};
TYPE(core_v1_VolumeMount, "io.k8s.api.core.v1.VolumeMount");

ROWS(core_v1_VolumeMountStatus) = {
    ROW( 1, "name",              REQUIRED, STRING),
    ROW( 2, "mountPath",         REQUIRED, STRING),
    ROW( 3, "readOnly",          OMIT,     BOOL),
    ROW( 4, "recursiveReadOnly", OPTIONAL, STRING),
    ROW( 5, "volumeStatus",      OPTIONAL, OBJECT(core_v1_VolumeStatus)),
};
TYPE(core_v1_VolumeMountStatus, "io.k8s.api.core.v1.VolumeMountStatus");

ROWS(core_v1_VolumeResourceRequirements) = {
    ROW( 1, "limits",   OPTIONAL, MAP_OF(QUANTITY)),
    ROW( 2, "requests", OPTIONAL, MAP_OF(QUANTITY)),
};
TYPE(core_v1_VolumeResourceRequirements, "io.k8s.api.core.v1.VolumeResourceRequirements");

ROWS(core_v1_WindowsSecurityContextOptions) = {
    ROW( 1, "gmsaCredentialSpecName", OPTIONAL, STRING),
    ROW( 2, "gmsaCredentialSpec",     OPTIONAL, STRING),
    ROW( 3, "runAsUserName",          OPTIONAL, STRING),
    ROW( 4, "hostProcess",            OPTIONAL, BOOL),
};
TYPE(core_v1_WindowsSecurityContextOptions, "io.k8s.api.core.v1.WindowsSecurityContextOptions");
