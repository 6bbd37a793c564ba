/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that make pods from a template: what of them is fixed once they exist, and the selector that the
 * server makes for a Job. */
#include "core/api/object.h"
#include "core/apiserver/strategies.h"
#include "core/base/memory.h"

static unsigned check_fixed(const struct json *object, const struct json *old, const char *field,
                            struct error *err)
{
    if (!old || json_equal_semantic(json_at(object, field), json_at(old, field)))
        return 0;
    error_add_cause(err, "FieldValueInvalid", field, "Invalid value: \"\": field is immutable");
    return 1;
}

static unsigned validate(struct registry *g, struct api_request *r, const char *sub,
                         const struct json *object, const struct json *old, struct error *err)
{
    return !strcmp(sub, "status") ? 0 : check_fixed(object, old, "spec.selector", err);
}

/* Of a StatefulSet little may change. */
static unsigned validate_stateful(struct registry *g, struct api_request *r, const char *sub,
                                  const struct json *object, const struct json *old, struct error *err)
{
    static const char *const fixed[] = {"serviceName", "volumeClaimTemplates", "podManagementPolicy"};
    unsigned bad = validate(g, r, sub, object, old, err);
    for (size_t i = 0; old && strcmp(sub, "status") != 0 && i < ARRAY_SIZE(fixed); i++) {
        if (json_equal_semantic(json_get(json_get(object, "spec"), fixed[i]),
                                json_get(json_get(old, "spec"), fixed[i])))
            continue;
        error_add_cause(err, "FieldValueForbidden", "spec",
                        "Forbidden: updates to statefulset spec for fields other than 'replicas', "
                        "'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', "
                        "'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are forbidden");
        return bad + 1;
    }
    return bad;
}

static const char *const replicas_fields[] = {"status.replicas|0", NULL};
#define APPS(name_, plural_, ...)                                                                            \
    const struct strategy name_ = {.group = "apps", .plural = plural_, .generation = true, __VA_ARGS__}
APPS(strategy_deployment, "deployments", .validate = validate, .generation_annotations = true);
APPS(strategy_replica_set, "replicasets", .validate = validate, .fields = replicas_fields);
APPS(strategy_daemon_set, "daemonsets", .validate = validate);
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

static unsigned validate_job(struct registry *g, struct api_request *r, const char *sub,
                             const struct json *object, const struct json *old, struct error *err)
{
    if (!strcmp(sub, "status") || !old)
        return 0;
    unsigned bad = check_fixed(object, old, "spec.selector", err);
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
