/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Objects that make pods from a template: the selector must select the template's pods and is fixed, the
 * template must be a pod that may run, with the restart policy that its owner needs.
 */
#include <stdio.h>

#include "core/api/object.h"
#include "core/api/selector.h"
#include "core/apiserver/strategies.h"
#include "core/apiserver/validate-podspec.h"
#include "core/base/memory.h"

static unsigned invalid(const char *field, const char *value, const char *why, struct error *err)
{
    error_add_cause(err, "FieldValueInvalid", field, "Invalid value: %s: %s", value, why);
    return 1;
}

static unsigned check_count(const struct json *object, const char *path, struct error *err)
{
    int64_t value = json_integer_at(object, path, 0);
    char text[32];
    snprintf(text, sizeof(text), "%lld", (long long)value);
    return value < 0 ? invalid(path, text, "must be greater than or equal to 0", err) : 0;
}

static unsigned check_template(const struct json *template, const char *path, const char *const *policies,
                               struct error *err)
{
    char where[128];
    const char *policy = json_string_or(json_at(template, "spec.restartPolicy"), "Always");
    bool known = false;
    snprintf(where, sizeof(where), "%s.spec", path);
    unsigned bad = podspec_validate(json_get(template, "spec"), where, err);
    for (unsigned i = 0; policies[i]; i++)
        known = known || !strcmp(policies[i], policy);
    if (known)
        return bad;
    snprintf(where, sizeof(where), "%s.spec.restartPolicy", path);
    if (policies[1])
        error_add_cause(err, "FieldValueNotSupported", where,
                        "Unsupported value: \"%s\": supported values: \"%s\", \"%s\"", policy, policies[0],
                        policies[1]);
    else
        error_add_cause(err, "FieldValueNotSupported", where,
                        "Unsupported value: \"%s\": supported values: \"%s\"", policy, policies[0]);
    return bad + 1;
}

static const char *const always[] = {"Always", NULL};
static const char *const on_failure[] = {"OnFailure", "Never", NULL};

/* A LabelSelector that is there, is not empty, matches the template's labels and does not change. */
static unsigned check_selector(const struct json *object, const struct json *old, struct error *err)
{
    struct selector *s = NULL;
    _cleanup_(error_done) struct error why = ERROR_INIT;
    const struct json *selector = json_at(object, "spec.selector");
    unsigned bad = 0;
    if (json_is_absent(selector)) {
        error_add_cause(err, "FieldValueRequired", "spec.selector", "Required value");
        return 1;
    }
    if (selector_from_json(selector, &s, &why) < 0)
        return invalid("spec.selector", "\"\"", why.message, err);
    if (selector_is_everything(s))
        bad += invalid("spec.selector", "{}", "empty selector is invalid for this resource", err);
    else if (!selector_matches(s, json_at(object, "spec.template.metadata.labels")))
        bad += invalid("spec.template.metadata.labels", "\"\"", "`selector` does not match template `labels`",
                       err);
    selector_free(s);
    if (old && !json_equal_semantic(selector, json_at(old, "spec.selector")))
        bad += invalid("spec.selector", "\"\"", "field is immutable", err);
    return bad;
}

static unsigned validate(struct registry *g, struct api_request *r, const char *sub,
                         const struct json *object, const struct json *old, struct error *err)
{
    if (!strcmp(sub, "status"))
        return 0;
    return check_count(object, "spec.replicas", err) + check_count(object, "spec.minReadySeconds", err) +
           check_count(object, "spec.revisionHistoryLimit", err) + check_selector(object, old, err) +
           check_template(json_at(object, "spec.template"), "spec.template", always, err);
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

static unsigned validate_controller(struct registry *g, struct api_request *r, const char *sub,
                                    const struct json *object, const struct json *old, struct error *err)
{
    const struct json *selector = json_at(object, "spec.selector"),
                      *labels = json_at(object, "spec.template.metadata.labels");
    unsigned bad = 0;
    if (!strcmp(sub, "status"))
        return 0;
    if (!json_count(selector)) {
        error_add_cause(err, "FieldValueRequired", "spec.selector", "Required value");
        bad++;
    }
    json_for_each (pair, selector) {
        if (json_equal(json_get(labels, pair->key), pair))
            continue;
        bad += invalid("spec.template.metadata.labels", "\"\"", "`selector` does not match template `labels`",
                       err);
        break;
    }
    return bad + check_count(object, "spec.replicas", err) +
           check_template(json_at(object, "spec.template"), "spec.template", always, err);
}

static const char *const replicas_fields[] = {"status.replicas|0", NULL};
#define APPS(name_, plural_, ...)                                                                            \
    const struct strategy name_ = {.group = "apps", .plural = plural_, .generation = true, ##__VA_ARGS__}
APPS(strategy_deployment, "deployments", .validate = validate, .generation_annotations = true);
APPS(strategy_replica_set, "replicasets", .validate = validate, .fields = replicas_fields);
APPS(strategy_daemon_set, "daemonsets", .validate = validate);
APPS(strategy_stateful_set, "statefulsets", .validate = validate_stateful);
const struct strategy strategy_replication_controller = {.group = "",
                                                         .plural = "replicationcontrollers",
                                                         .validate = validate_controller,
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
    if (!strcmp(sub, "status"))
        return 0;
    unsigned bad = check_count(object, "spec.parallelism", err) +
                   check_count(object, "spec.completions", err) +
                   check_count(object, "spec.backoffLimit", err) + check_selector(object, old, err) +
                   check_template(json_at(object, "spec.template"), "spec.template", on_failure, err);
    bool suspended = json_boolean_at(old, "spec.suspend", false);
    if (old && !suspended &&
        !json_equal_semantic(json_at(object, "spec.template.spec"), json_at(old, "spec.template.spec")))
        bad += invalid("spec.template", "\"\"", "field is immutable", err);
    return bad;
}

static unsigned validate_cron_job(struct registry *g, struct api_request *r, const char *sub,
                                  const struct json *object, const struct json *old, struct error *err)
{
    unsigned bad = 0;
    if (!strcmp(sub, "status"))
        return 0;
    if (!json_slice(json_at(object, "spec.schedule")).size && ++bad)
        error_add_cause(err, "FieldValueRequired", "spec.schedule", "Required value");
    return bad + check_template(json_at(object, "spec.jobTemplate.spec.template"),
                                "spec.jobTemplate.spec.template", on_failure, err);
}

static const char *const job_fields[] = {"status.successful=status.succeeded|0", NULL};
const struct strategy strategy_job = {.group = "batch",
                                      .plural = "jobs",
                                      .prepare_create = prepare_job,
                                      .validate = validate_job,
                                      .fields = job_fields,
                                      .generation = true,
                                      .default_propagation = "Orphan"};
const struct strategy strategy_cron_job = {
    .group = "batch", .plural = "cronjobs", .validate = validate_cron_job, .generation = true};
