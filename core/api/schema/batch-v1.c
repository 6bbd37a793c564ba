/* SPDX-License-Identifier: Apache-2.0 */
/* Types: batch/v1. Rows in the order of their protobuf numbers. */
#include "core/api/schema/rows.h"

/* clang-format off */

ROWS(batch_v1_CronJob) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       REQUIRED, OBJECT(batch_v1_CronJobSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(batch_v1_CronJobStatus)),
};
TOP_TYPE(batch_v1_CronJob, "io.k8s.api.batch.v1.CronJob", "batch", "v1", "CronJob");

ROWS(batch_v1_CronJobList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(batch_v1_CronJob))),
};
TOP_TYPE(batch_v1_CronJobList, "io.k8s.api.batch.v1.CronJobList", "batch", "v1", "CronJobList");

ROWS(batch_v1_CronJobSpec) = {
    ROW( 1, "schedule",                   REQUIRED | MUST, STRING),
    ROW( 2, "startingDeadlineSeconds",    OPTIONAL,        INT64, AT_LEAST(0)),
    ROW( 3, "concurrencyPolicy",          ZERO,            STRING,
        DEFAULT("Allow"), ENUM("Allow", "Forbid", "Replace")),
    ROW( 4, "suspend",                    OPTIONAL,        BOOL, DEFAULT(false)),
    ROW( 5, "jobTemplate",                REQUIRED,        OBJECT(batch_v1_JobTemplateSpec)),
    ROW( 6, "successfulJobsHistoryLimit", OPTIONAL,        INT32, DEFAULT(3), AT_LEAST(0)),
    ROW( 7, "failedJobsHistoryLimit",     OPTIONAL,        INT32, DEFAULT(1), AT_LEAST(0)),
    ROW( 8, "timeZone",                   OPTIONAL,        STRING),
};
TYPE(batch_v1_CronJobSpec, "io.k8s.api.batch.v1.CronJobSpec", VALIDATE_HOOK(validate_cron_job_spec));

ROWS(batch_v1_CronJobStatus) = {
    ROW( 1, "active",             OPTIONAL, LIST_OF(OBJECT(core_v1_ObjectReference))),
    ROW( 4, "lastScheduleTime",   OPTIONAL, TIME),
    ROW( 5, "lastSuccessfulTime", OPTIONAL, TIME),
};
TYPE(batch_v1_CronJobStatus, "io.k8s.api.batch.v1.CronJobStatus");

ROWS(batch_v1_Job) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",       OPTIONAL, OBJECT(batch_v1_JobSpec)),
    ROW( 3, "status",     OPTIONAL, OBJECT(batch_v1_JobStatus)),
};
TOP_TYPE(batch_v1_Job, "io.k8s.api.batch.v1.Job", "batch", "v1", "Job", DEFAULT_HOOK(default_job),
    VALIDATE_HOOK(validate_job));

ROWS(batch_v1_JobCondition) = {
    ROW( 1, "type",               REQUIRED, STRING),
    ROW( 2, "status",             REQUIRED, STRING),
    ROW( 3, "lastProbeTime",      OPTIONAL, TIME),
    ROW( 4, "lastTransitionTime", OPTIONAL, TIME),
    ROW( 5, "reason",             OPTIONAL, STRING),
    ROW( 6, "message",            OPTIONAL, STRING),
};
TYPE(batch_v1_JobCondition, "io.k8s.api.batch.v1.JobCondition");

ROWS(batch_v1_JobList) = {
    ROW( 0, "kind",       OPTIONAL, STRING),
    ROW( 0, "apiVersion", OPTIONAL, STRING),
    ROW( 1, "metadata",   OPTIONAL, OBJECT(meta_v1_ListMeta)),
    ROW( 2, "items",      REQUIRED, LIST_OF(OBJECT(batch_v1_Job))),
};
TOP_TYPE(batch_v1_JobList, "io.k8s.api.batch.v1.JobList", "batch", "v1", "JobList");

ROWS(batch_v1_JobSpec) = {
    ROW( 1, "parallelism",             OPTIONAL, INT32, AT_LEAST(0)),
    ROW( 2, "completions",             OPTIONAL, INT32, AT_LEAST(0)),
    ROW( 3, "activeDeadlineSeconds",   OPTIONAL, INT64, AT_LEAST(0)),
    ROW( 4, "selector",                OPTIONAL, OBJECT(meta_v1_LabelSelector)),
    ROW( 5, "manualSelector",          OPTIONAL, BOOL),
    ROW( 6, "template",                REQUIRED, OBJECT(core_v1_PodTemplateSpec)),
    ROW( 7, "backoffLimit",            OPTIONAL, INT32, AT_LEAST(0)),
    ROW( 8, "ttlSecondsAfterFinished", OPTIONAL, INT32, AT_LEAST(0)),
    ROW( 9, "completionMode",          OPTIONAL, STRING,
        ENUM("Indexed", "NonIndexed")),
    ROW(10, "suspend",                 OPTIONAL, BOOL),
    ROW(11, "podFailurePolicy",        OPTIONAL, OBJECT(batch_v1_PodFailurePolicy)),
    ROW(12, "backoffLimitPerIndex",    OPTIONAL, INT32, AT_LEAST(0)),
    ROW(13, "maxFailedIndexes",        OPTIONAL, INT32, AT_LEAST(0)),
    ROW(14, "podReplacementPolicy",    OPTIONAL, STRING, ENUM("Failed", "TerminatingOrFailed")),
    ROW(15, "managedBy",               OPTIONAL, STRING, CHECK(domain_path)),
    ROW(16, "successPolicy",           OPTIONAL, OBJECT(batch_v1_SuccessPolicy)),
};
TYPE(batch_v1_JobSpec, "io.k8s.api.batch.v1.JobSpec", VALIDATE_HOOK(validate_job_spec));

ROWS(batch_v1_JobStatus) = {
    ROW( 1, "conditions",              MERGE,    LIST_OF(OBJECT(batch_v1_JobCondition)), PATCH_KEY("type")),
    ROW( 2, "startTime",               OPTIONAL, TIME),
    ROW( 3, "completionTime",          OPTIONAL, TIME),
    ROW( 4, "active",                  OPTIONAL, INT32),
    ROW( 5, "succeeded",               OPTIONAL, INT32),
    ROW( 6, "failed",                  OPTIONAL, INT32),
    ROW( 7, "completedIndexes",        OPTIONAL, STRING),
    ROW( 8, "uncountedTerminatedPods", OPTIONAL, OBJECT(batch_v1_UncountedTerminatedPods)),
    ROW( 9, "ready",                   OPTIONAL, INT32),
    ROW(10, "failedIndexes",           OPTIONAL, STRING),
    ROW(11, "terminating",             OPTIONAL, INT32),
};
TYPE(batch_v1_JobStatus, "io.k8s.api.batch.v1.JobStatus");

ROWS(batch_v1_JobTemplateSpec) = {
    ROW( 1, "metadata", OPTIONAL, OBJECT(meta_v1_ObjectMeta)),
    ROW( 2, "spec",     OPTIONAL, OBJECT(batch_v1_JobSpec)),
};
TYPE(batch_v1_JobTemplateSpec, "io.k8s.api.batch.v1.JobTemplateSpec");

ROWS(batch_v1_PodFailurePolicy) = {
    ROW( 1, "rules", REQUIRED, LIST_OF(OBJECT(batch_v1_PodFailurePolicyRule))),
};
TYPE(batch_v1_PodFailurePolicy, "io.k8s.api.batch.v1.PodFailurePolicy");

ROWS(batch_v1_PodFailurePolicyOnExitCodesRequirement) = {
    ROW( 1, "containerName", OPTIONAL,        STRING),
    ROW( 2, "operator",      REQUIRED | MUST, STRING, ENUM("In", "NotIn")),
    ROW( 3, "values",        REQUIRED,        LIST_OF(INT32), SET),
};
TYPE(batch_v1_PodFailurePolicyOnExitCodesRequirement,
    "io.k8s.api.batch.v1.PodFailurePolicyOnExitCodesRequirement");

ROWS(batch_v1_PodFailurePolicyOnPodConditionsPattern) = {
    ROW( 1, "type",   REQUIRED | MUST, STRING),
    ROW( 2, "status", ZERO,            STRING, DEFAULT("True"), ENUM("False", "True", "Unknown")),
};
TYPE(batch_v1_PodFailurePolicyOnPodConditionsPattern,
    "io.k8s.api.batch.v1.PodFailurePolicyOnPodConditionsPattern");

ROWS(batch_v1_PodFailurePolicyRule) = {
    ROW( 1, "action",          REQUIRED | MUST, STRING, ENUM("Count", "FailIndex", "FailJob", "Ignore")),
    ROW( 2, "onExitCodes",     OPTIONAL,        OBJECT(batch_v1_PodFailurePolicyOnExitCodesRequirement)),
    ROW( 3, "onPodConditions", OPTIONAL,
        LIST_OF(OBJECT(batch_v1_PodFailurePolicyOnPodConditionsPattern))),
};
TYPE(batch_v1_PodFailurePolicyRule, "io.k8s.api.batch.v1.PodFailurePolicyRule",
    VALIDATE_HOOK(validate_pod_failure_rule));

ROWS(batch_v1_SuccessPolicy) = {
    ROW( 1, "rules", REQUIRED, LIST_OF(OBJECT(batch_v1_SuccessPolicyRule))),
};
TYPE(batch_v1_SuccessPolicy, "io.k8s.api.batch.v1.SuccessPolicy");

ROWS(batch_v1_SuccessPolicyRule) = {
    ROW( 1, "succeededIndexes", OPTIONAL, STRING),
    ROW( 2, "succeededCount",   OPTIONAL, INT32),
};
TYPE(batch_v1_SuccessPolicyRule, "io.k8s.api.batch.v1.SuccessPolicyRule");

ROWS(batch_v1_UncountedTerminatedPods) = {
    ROW( 1, "succeeded", OPTIONAL, LIST_OF(STRING), SET),
    ROW( 2, "failed",    OPTIONAL, LIST_OF(STRING), SET),
};
TYPE(batch_v1_UncountedTerminatedPods, "io.k8s.api.batch.v1.UncountedTerminatedPods");
