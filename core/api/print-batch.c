/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs and cron jobs. */
#include "core/api/print-columns.h"
#include "core/base/clock.h"

static void print_job_status(struct print_row *row, const struct json *job)
{
    if (object_condition_is(job, "Complete", "True"))
        print_text(row, "Complete");
    else if (object_condition_is(job, "Failed", "True"))
        print_text(row, "Failed");
    else if (object_is_deleted(job))
        print_text(row, "Terminating");
    else if (object_condition_is(job, "Suspended", "True"))
        print_text(row, "Suspended");
    else if (object_condition_is(job, "FailureTarget", "True"))
        print_text(row, "FailureTarget");
    else
        print_text(row, "Running");
}

static void print_completions(struct print_row *row, const struct json *job)
{
    long long succeeded = json_integer_at(job, "status.succeeded", 0);
    long long parallelism = json_integer_at(job, "spec.parallelism", 0);
    if (!json_is_absent(json_at(job, "spec.completions")))
        print_textf(row, "%lld/%lld", succeeded, (long long)json_integer_at(job, "spec.completions", 0));
    else if (parallelism > 1)
        print_textf(row, "%lld/1 of %lld", succeeded, parallelism);
    else
        print_textf(row, "%lld/1", succeeded);
}

static void print_duration(struct print_row *row, const struct json *job)
{
    char text[TIME_TEXT_MAX];
    int64_t start, end = row->now_ns;
    if (!print_time(json_at(job, "status.startTime"), &start)) {
        print_text(row, "");
        return;
    }
    print_time(json_at(job, "status.completionTime"), &end);
    time_format_age(end - start, text);
    print_text(row, text);
}

static void print_suspend(struct print_row *row, const struct json *cron_job)
{
    const struct json *suspend = json_at(cron_job, "spec.suspend");
    print_text(row, json_is_absent(suspend) ? "<unset>" : json_boolean_or(suspend, false) ? "True" : "False");
}

static const struct print_column job_columns[] = {
    PRINT_COLUMN_NAME,
    {"Status", .cell = print_job_status},
    {"Completions", .cell = print_completions},
    {"Duration", .cell = print_duration},
    PRINT_COLUMN_AGE,
    PRINT_COLUMNS_CONTAINERS("spec.template"),
    {"Selector", "spec.selector", .how = PRINT_SELECTOR, .wide = true},
};

static const struct print_column cron_job_columns[] = {
    PRINT_COLUMN_NAME,
    {"Schedule", "spec.schedule"},
    {"Timezone", "spec.timeZone", "<none>"},
    {"Suspend", .type = PRINT_BOOLEAN, .cell = print_suspend},
    {"Active", "status.active", .type = PRINT_INTEGER, .how = PRINT_COUNT},
    {"Last Schedule", "status.lastScheduleTime", "<none>", .how = PRINT_AGE},
    PRINT_COLUMN_AGE,
    PRINT_COLUMNS_CONTAINERS("spec.jobTemplate.spec.template"),
    {"Selector", "spec.jobTemplate.spec.selector", .how = PRINT_SELECTOR, .wide = true},
};

const struct print_kind print_batch_kinds[] = {
    PRINT_KIND("batch", "Job", job_columns),
    PRINT_KIND("batch", "CronJob", cron_job_columns),
    {NULL},
};
