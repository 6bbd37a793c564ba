/* SPDX-License-Identifier: Apache-2.0 */
/* Controllers of pods: selectors that match their templates, update strategies, autoscalers, disruption
 * budgets. */
#include "core/api/schema/hooks.h"
#include "core/api/selector.h"
#include "core/api/validate.h"
#include "core/base/memory.h"

static void validate_template_restart(struct validation *v, const struct json *spec)
{
    static const char *const always[] = {"Always", NULL};
    const struct json *policy = json_at(spec, "template.spec.restartPolicy");

    if (policy && !slice_is(json_slice(policy), "Always"))
        validation_unsupported(v, "template.spec.restartPolicy", policy, always);
    if (json_at(spec, "template.spec.activeDeadlineSeconds"))
        validation_forbidden(v, "template.spec.activeDeadlineSeconds",
                             "activeDeadlineSeconds in ReplicaSet is not Supported");
}

static void validate_template_labels(struct validation *v, const struct json *spec)
{
    const struct json *selector = json_get(spec, "selector"),
                      *labels = json_at(spec, "template.metadata.labels");
    static const struct json none = {.type = JSON_OBJECT};
    struct selector *parsed;

    if (!json_is(selector, JSON_OBJECT))
        return;
    if (json_count(json_get(selector, "matchLabels")) == 0 &&
        json_count(json_get(selector, "matchExpressions")) == 0) {
        validation_invalid(v, "selector", selector, "empty selector is invalid for deployment");
        return;
    }
    if (selector_from_json(selector, &parsed, NULL) < 0)
        return; /* the rows of the selector have said what is wrong */
    if (!selector_matches(parsed, labels))
        validation_invalid(v, "template.metadata.labels", labels ? labels : &none,
                           "`selector` does not match template `labels`");
    selector_free(parsed);
}

void validate_controller_spec(struct validation *v, const struct json *object)
{
    validate_template_labels(v, object);
    validate_template_restart(v, object);
}

void validate_deployment_spec(struct validation *v, const struct json *object)
{
    int64_t deadline = json_integer_at(object, "progressDeadlineSeconds", INT64_MAX);

    validate_controller_spec(v, object);
    if (deadline <= json_integer_at(object, "minReadySeconds", 0))
        validation_invalid(v, "progressDeadlineSeconds", json_get(object, "progressDeadlineSeconds"),
                           "must be greater than minReadySeconds");
}

/* -1: not a percentage. */
static int64_t percent_of(const struct json *value)
{
    struct slice text = json_slice(value);
    int64_t percent = 0;

    if (text.size < 2 || text.size > 6 || text.data[text.size - 1] != '%')
        return -1;
    for (size_t i = 0; i + 1 < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return -1;
        percent = percent * 10 + (text.data[i] - '0');
    }
    return percent;
}

void validate_amount(struct validation *v, const struct json *object, const char *key)
{
    const struct json *value = json_get(object, key);

    if (json_is(value, JSON_INT) && value->integer < 0)
        validation_invalid(v, key, value, "must be greater than or equal to 0");
    else if (json_is(value, JSON_STRING) && percent_of(value) < 0)
        validation_invalid(v, key, value,
                           "a valid percent string must be a numeric followed by an ending '%%' (e.g. '1%%', "
                           " or '93%%', regex used for "
                           "validation is '[0-9]+%%')");
}

static bool is_zero_amount(const struct json *value)
{
    return json_is(value, JSON_INT) ? value->integer == 0
                                    : json_is(value, JSON_STRING) && percent_of(value) == 0;
}

static void validate_rolling_update(struct validation *v, const struct json *update)
{
    const struct json *unavailable = json_get(update, "maxUnavailable");

    validate_amount(v, update, "maxUnavailable");
    validate_amount(v, update, "maxSurge");
    if (is_zero_amount(unavailable) && is_zero_amount(json_get(update, "maxSurge")))
        validation_invalid(v, "maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0");
    if (json_is(unavailable, JSON_STRING) && percent_of(unavailable) > 100)
        validation_invalid(v, "maxUnavailable", unavailable, "must not be greater than 100%%");
}

void validate_deployment_strategy(struct validation *v, const struct json *object)
{
    const struct json *update = json_get(object, "rollingUpdate");
    struct validation_place here;

    if (member_is(object, "type", "Recreate") && update)
        validation_forbidden(v, "rollingUpdate", "may not be specified when strategy `type` is 'Recreate'");
    if (!member_is(object, "type", "RollingUpdate") || !update)
        return;
    validation_enter(v, &here, "rollingUpdate", NO_INDEX);
    validate_rolling_update(v, update);
    validation_leave(v);
}

void validate_daemon_set_rolling_update(struct validation *v, const struct json *object)
{
    validate_rolling_update(v, object);
    if (!is_zero_amount(json_get(object, "maxUnavailable")) &&
        !is_zero_amount(json_get(object, "maxSurge")) && member_has(object, "maxSurge"))
        validation_invalid(v, "maxSurge", json_get(object, "maxSurge"),
                           "may not be set when maxUnavailable is non-zero");
}

void validate_replication_controller_spec(struct validation *v, const struct json *object)
{
    const struct json *selector = json_get(object, "selector"),
                      *labels = json_at(object, "template.metadata.labels");

    if (json_count(selector) == 0)
        validation_required(v, "selector", "");
    if (!json_is(json_get(object, "template"), JSON_OBJECT))
        validation_required(v, "template", "");
    json_for_each (it, selector)
        if (!json_equal(it, json_get_slice(labels, (struct slice){it->key, it->key_size}))) {
            validation_invalid(v, "template.metadata.labels", labels,
                               "`selector` does not match template `labels`");
            break;
        }
    validate_template_restart(v, object);
}

void validate_autoscaler_spec(struct validation *v, const struct json *object)
{
    int64_t least = json_integer_at(object, "minReplicas", 1);

    if (json_integer_at(object, "maxReplicas", INT64_MAX) < least)
        validation_invalid(v, "maxReplicas", json_get(object, "maxReplicas"),
                           "must be greater than or equal to `minReplicas`");
    if (!json_is(json_get(object, "scaleTargetRef"), JSON_OBJECT))
        validation_required(v, "scaleTargetRef.kind", "");
}

void validate_stateful_set_update_strategy(struct validation *v, const struct json *object)
{
    const struct json *update = json_get(object, "rollingUpdate");

    if (member_is(object, "type", "OnDelete") && update)
        validation_invalid(v, "rollingUpdate", update, "only allowed for updateStrategy 'RollingUpdate'");
    validate_amount(v, update, "maxUnavailable");
}

static void validate_share(struct validation *v, const struct json *object, const char *key)
{
    validate_amount(v, object, key);
    if (percent_of(json_get(object, key)) > 100)
        validation_invalid(v, key, json_get(object, key), "must not be greater than 100%%");
}

void validate_disruption_budget_spec(struct validation *v, const struct json *object)
{
    if (member_has(object, "minAvailable") && member_has(object, "maxUnavailable"))
        validation_invalid(v, "", object, "minAvailable and maxUnavailable cannot be both set");
    validate_share(v, object, "minAvailable");
    validate_share(v, object, "maxUnavailable");
}
