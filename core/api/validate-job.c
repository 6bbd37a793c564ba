/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs and cron jobs. */
#include <unistd.h>

#include "core/api/schema/hooks.h"
#include "core/api/selector.h"
#include "core/api/validate.h"
#include "core/base/memory.h"
#include "core/base/number.h"

#define ZONES "/usr/share/zoneinfo"

/* Of jobs and of the templates in cron jobs. */
void validate_job_spec(struct validation *v, const struct json *object)
{
    static const char *const supported[] = {"Never", "OnFailure", NULL};
    const struct json *policy = json_at(object, "template.spec.restartPolicy");

    if (!slice_is(json_slice(policy), "Never") && !slice_is(json_slice(policy), "OnFailure"))
        validation_unsupported(v, "template.spec.restartPolicy", policy, supported);
    if (member_is(object, "completionMode", "Indexed") && !member_has(object, "completions"))
        validation_required(v, "completions", "when completion mode is Indexed");
    static const char *const indexed_only[] = {"backoffLimitPerIndex", "successPolicy"};
    for (size_t i = 0; i < ARRAY_SIZE(indexed_only) && !member_is(object, "completionMode", "Indexed"); i++)
        if (member_has(object, indexed_only[i]))
            validation_invalid(v, indexed_only[i], json_get(object, indexed_only[i]),
                               "requires indexed completion mode");
    if (member_has(object, "maxFailedIndexes") && !member_has(object, "backoffLimitPerIndex"))
        validation_required(v, "backoffLimitPerIndex", "when maxFailedIndexes is specified");
    if (member_has(object, "podFailurePolicy") && !slice_is(json_slice(policy), "Never"))
        validation_invalid(v, "template.spec.restartPolicy", policy,
                           "only \"Never\" is supported when podFailurePolicy is specified");
}

void validate_pod_failure_rule(struct validation *v, const struct json *object)
{
    const struct json *codes = json_get(object, "onExitCodes"),
                      *conditions = json_get(object, "onPodConditions");
    struct validation_place here;

    if (codes && json_count(conditions))
        validation_invalid(v, "", NULL, "specifying both OnExitCodes and OnPodConditions is not supported");
    else if (!codes && json_count(conditions) == 0)
        validation_invalid(v, "", NULL, "specifying one of OnExitCodes and OnPodConditions is required");
    validation_enter(v, &here, "onExitCodes.values", 0);
    json_for_each (it, json_get(codes, "values")) {
        if (member_is(codes, "operator", "In") && json_integer_or(it, 1) == 0)
            validation_invalid(v, "", it, "must not be 0 for the In operator");
        here.index++;
    }
    validation_leave(v);
}

/* A job's selector is made by the server, unless manualSelector says otherwise. */
void validate_job(struct validation *v, const struct json *object)
{
    const struct json *selector = json_at(object, "spec.selector"),
                      *labels = json_at(object, "spec.template.metadata.labels");
    struct selector *parsed;

    if (!selector && json_boolean_at(object, "spec.manualSelector", false))
        validation_required(v, "spec.selector", "");
    if (!json_is(selector, JSON_OBJECT) || selector_from_json(selector, &parsed, NULL) < 0)
        return;
    if (!selector_matches(parsed, labels))
        validation_invalid(v, "spec.template.metadata.labels", labels,
                           "`selector` does not match template `labels`");
    selector_free(parsed);
}

static const struct {
    int min, max;
    const char *names; /* three letters each, from min on; NULL: none */
} cron_fields[] = {
    {0, 59, NULL},
    {0, 23, NULL},
    {1, 31, NULL},
    {1, 12, "janfebmaraprmayjunjulaugsepoctnovdec"},
    {0, 6, "sunmontuewedthufrisat"},
};

static bool cron_number(struct slice text, unsigned field, int64_t *ret)
{
    const char *names = cron_fields[field].names;

    for (int i = 0; names && text.size == 3 && names[i * 3]; i++)
        if (strncasecmp(names + (ptrdiff_t)i * 3, text.data, 3) == 0) {
            *ret = cron_fields[field].min + i;
            return true;
        }
    return parse_i64(text, cron_fields[field].min, cron_fields[field].max, ret);
}

/* "*", "5", "1-5", each with "/3" behind it. */
static bool cron_range(struct slice text, unsigned field)
{
    struct slice step = text;
    int64_t from, to, every;

    text = slice_cut(&step, '/');
    if (step.data && !parse_i64(step, 1, INT32_MAX, &every))
        return false;
    if (slice_is(text, "*") || slice_is(text, "?"))
        return true;
    struct slice end = text;
    text = slice_cut(&end, '-');
    if (!cron_number(text, field, &from))
        return false;
    return !end.data || (cron_number(end, field, &to) && from <= to);
}

static bool cron_is_right(struct slice text)
{
    static const char *const words[] = {"@yearly", "@annually", "@monthly", "@weekly",
                                        "@daily",  "@midnight", "@hourly"};
    unsigned field = 0;
    int64_t ns;

    for (size_t i = 0; i < ARRAY_SIZE(words); i++)
        if (slice_is(text, words[i]))
            return true;
    if (slice_starts(text, "@every "))
        return parse_duration_ns((struct slice){text.data + 7, text.size - 7}, &ns);
    while (text.data) {
        struct slice part = slice_cut(&text, ' ');
        if (part.size == 0)
            continue;
        if (field == ARRAY_SIZE(cron_fields))
            return false;
        while (part.data)
            if (!cron_range(slice_cut(&part, ','), field))
                return false;
        field++;
    }
    return field == ARRAY_SIZE(cron_fields);
}

/* As the machine's database of time zones has it; without one there is nothing to compare with. */
static void validate_time_zone(struct validation *v, const struct json *zone)
{
    _cleanup_free_ char *path = xasprintf(ZONES "/%s", json_string_or(zone, ""));

    if (json_slice(zone).size == 0)
        return;
    if (strcasecmp(zone->string, "local") == 0)
        validation_invalid(
            v, "timeZone", zone,
            "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones");
    else if (strstr(zone->string, "..") || zone->string[0] == '/' ||
             (access(ZONES, F_OK) == 0 && access(path, R_OK) < 0))
        validation_invalid(v, "timeZone", zone, "unknown time zone %s", zone->string);
}

void validate_cron_job_spec(struct validation *v, const struct json *object)
{
    const struct json *schedule = json_get(object, "schedule");

    if (json_slice(schedule).size == 0)
        return; /* its row says so */
    if (memmem(schedule->string, schedule->size, "TZ", 2))
        validation_invalid(v, "schedule", schedule,
                           "cannot use TZ or CRON_TZ in schedule, use timeZone field instead");
    else if (!cron_is_right(json_slice(schedule)))
        validation_invalid(v, "schedule", schedule, "not a cron schedule");
    validate_time_zone(v, json_get(object, "timeZone"));
}
