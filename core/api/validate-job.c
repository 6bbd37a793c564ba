/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs and cron jobs. */
#include "core/api/schema/hooks.h"
#include "core/api/selector.h"
#include "core/api/validate.h"
#include "core/base/memory.h"
#include "core/base/number.h"

/* Of jobs and of the templates in cron jobs. */
void validate_job_spec(struct validation *v, const struct json *object)
{
    static const char *const supported[] = {"Never", "OnFailure", NULL};
    const struct json *policy = json_at(object, "template.spec.restartPolicy");

    if (!slice_is(json_slice(policy), "Never") && !slice_is(json_slice(policy), "OnFailure"))
        validation_unsupported(v, "template.spec.restartPolicy", policy, supported);
    if (member_is(object, "completionMode", "Indexed") && !member_has(object, "completions"))
        validation_required(v, "completions", "when completion mode is Indexed");
    if (member_has(object, "podFailurePolicy") && !slice_is(json_slice(policy), "Never"))
        validation_invalid(v, "template.spec.restartPolicy", policy,
                           "only \"Never\" is supported when podFailurePolicy is specified");
}

/* A job's selector is made by the server, unless manualSelector says otherwise. */
void validate_job(struct validation *v, const struct json *object)
{
    const struct json *selector = json_at(object, "spec.selector"),
                      *labels = json_at(object, "spec.template.metadata.labels");
    struct selector *parsed;

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
}
