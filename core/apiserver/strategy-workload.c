/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that make pods from a template: what of them is fixed once they exist, and the selector that the
 * server makes for a Job. */
#include "core/api/object.h"
#include "core/apiserver/strategies.h"
#include "core/base/memory.h"

/* Of a StatefulSet little may change. */
static unsigned validate_stateful(struct registry *g, struct api_request *r, const char *sub,
                                  const struct json *object, const struct json *old, struct error *err)
{
    static const char *const fixed[] = {"selector", "serviceName", "volumeClaimTemplates",
                                        "podManagementPolicy"};
    for (size_t i = 0; old && strcmp(sub, "status") != 0 && i < ARRAY_SIZE(fixed); i++) {
        if (json_equal_semantic(json_get(json_get(object, "spec"), fixed[i]),
                                json_get(json_get(old, "spec"), fixed[i])))
            continue;
        error_add_cause(err, "FieldValueForbidden", "spec",
                        "Forbidden: updates to statefulset spec for fields other than 'replicas', "
                        "'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
                        "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
        return 1;
    }
    return 0;
}

static const char *const replicas_fields[] = {"status.replicas|0", NULL};
#define APPS(name_, plural_, ...)                                                                            \
    const struct strategy name_ = {.group = "apps", .plural = plural_, .generation = true, __VA_ARGS__}
APPS(strategy_deployment, "deployments", .generation_annotations = true);
APPS(strategy_replica_set, "replicasets", .fields = replicas_fields);
APPS(strategy_stateful_set, "statefulsets", .validate = validate_stateful);
const struct strategy strategy_replication_controller = {.group = "",
                                                         .plural = "replicationcontrollers",
                                                         .fields = replicas_fields,
                                                         .generation = true,
                                                         .default_propagation = "Orphan"};

/* Jobs: the server makes the selector, from the job's uid, unless the job brings one by hand. */
static void label(struct arena *arena, struct json *labels, const char *prefix, const char *name,
                  const char *value)
{
    const char *key = arena_printf(arena, "%s%s", prefix, name);
    if (!json_get(labels, key))
        json_set_string(arena, labels, key, value);
}

static int prepare_job(struct registry *g, struct api_request *r, struct json *object, struct error *err)
{
    struct arena *a = &r->arena;
    if (json_boolean_at(object, "spec.manualSelector", false))
        return 0;
    struct json *labels = json_ensure(a, object, "spec.template.metadata.labels", JSON_OBJECT);
    const char *uid = object_uid(object);
    label(a, labels, "batch.kubernetes.io/", "controller-uid", uid);
    label(a, labels, "batch.kubernetes.io/", "job-name", object_name(object));
    label(a, labels, "", "controller-uid", uid);
    label(a, labels, "", "job-name", object_name(object));
    struct json *match = json_ensure(a, object, "spec.selector.matchLabels", JSON_OBJECT);
    label(a, match, "batch.kubernetes.io/", "controller-uid", uid);
    return 0;
}

static unsigned check_fixed(const struct json *object, const struct json *old, const char *field,
                            struct error *err)
{
    const struct json *now = json_at(object, field);
    _cleanup_(buffer_done) struct buffer shown = BUFFER_INIT;
    if (json_equal_semantic(now, json_at(old, field)))
        return 0;
    if (now)
        json_write(&shown, now);
    error_add_cause(err, "FieldValueInvalid", field, "Invalid value: %s: field is immutable",
                    now ? shown.data : "null");
    return 1;
}

/* An indexed job grows and shrinks when it runs all its pods at once. */
static bool is_elastic(const struct json *job)
{
    return !strcmp(json_string_or(json_at(job, "spec.completionMode"), ""), "Indexed") &&
           json_integer_at(job, "spec.completions", -1) == json_integer_at(job, "spec.parallelism", -2);
}

static unsigned validate_job(struct registry *g, struct api_request *r, const char *sub,
                             const struct json *object, const struct json *old, struct error *err)
{
    if (!strcmp(sub, "status") || !old)
        return 0;
    static const char *const fixed[] = {"spec.selector",         "spec.completionMode",
                                        "spec.podFailurePolicy", "spec.backoffLimitPerIndex",
                                        "spec.successPolicy",    "spec.managedBy"};
    unsigned bad = 0;
    for (size_t i = 0; i < ARRAY_SIZE(fixed); i++)
        bad += check_fixed(object, old, fixed[i], err);
    if (!is_elastic(object) || !is_elastic(old))
        bad += check_fixed(object, old, "spec.completions", err);
    if (!json_boolean_at(old, "spec.suspend", false))
        bad += check_fixed(object, old, "spec.template", err);
    return bad;
}

static const char *const job_fields[] = {"status.successful=status.succeeded|0", NULL};
const struct strategy strategy_job = {.group = "batch",
                                      .plural = "jobs",
                                      .prepare_create = prepare_job,
                                      .validate = validate_job,
                                      .fields = job_fields,
                                      .generation = true,
                                      .default_propagation = "Orphan"};
const struct strategy strategy_cron_job = {.group = "batch", .plural = "cronjobs", .generation = true};
