/* SPDX-License-Identifier: Apache-2.0 */
/* The calendar of cron: field by field, the day by either of its two fields when both are given. */
#include "core/controller-manager/cron-schedule.h"

#include "core/base/memory.h"
#include "core/base/number.h"

#define YEARS_MAX 5

static const char *const month_names[] = {"jan", "feb", "mar", "apr", "may", "jun", "jul",
                                          "aug", "sep", "oct", "nov", "dec", NULL};
static const char *const day_names[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat", NULL};

struct field {
    int64_t least, most;
    const char *const *names; /* of least, least + 1, … */
};

static bool same_ignoring_case(struct slice text, const char *name)
{
    if (text.size != strlen(name))
        return false;
    for (size_t i = 0; i < text.size; i++)
        if ((text.data[i] | 0x20) != name[i])
            return false;
    return true;
}

static bool parse_value(const struct field *f, struct slice text, int64_t *ret)
{
    for (size_t i = 0; f->names && f->names[i]; i++)
        if (same_ignoring_case(text, f->names[i])) {
            *ret = f->least + (int64_t)i;
            return true;
        }
    return parse_i64(text, f->least, f->most, ret);
}

/* "a", "a-b", "*", each perhaps with "/step". */
static bool parse_range(const struct field *f, struct slice text, uint64_t *bits)
{
    struct slice step_text = text, range = slice_cut(&step_text, '/');
    struct slice end = range, begin = slice_cut(&end, '-');
    int64_t first = f->least, last = f->most, step = 1;
    bool star = slice_is(range, "*") || slice_is(range, "?");
    if (step_text.data && !parse_i64(step_text, 1, f->most + 1, &step))
        return false;
    if (!star) {
        if (!parse_value(f, begin, &first))
            return false;
        last = step_text.data ? f->most : first;
        if (end.data && (!parse_value(f, end, &last) || last < first))
            return false;
    }
    for (int64_t i = first; i <= last; i += step)
        *bits |= UINT64_C(1) << i;
    return true;
}

static int parse_field(const struct field *f, struct slice text, uint64_t *bits, struct error *err)
{
    struct slice rest = text;
    *bits = 0;
    while (rest.data)
        if (!parse_range(f, slice_cut(&rest, ','), bits))
            return error_set(err, ERR_INVALID, "\"%.*s\" is not a range of %lld to %lld", SLICE_ARG(text),
                             (long long)f->least, (long long)f->most);
    return 0;
}

static const struct {
    const char *name, *fields;
} shorthands[] = {
    {"@yearly", "0 0 1 1 *"}, {"@annually", "0 0 1 1 *"}, {"@monthly", "0 0 1 * *"}, {"@weekly", "0 0 * * 0"},
    {"@daily", "0 0 * * *"},  {"@midnight", "0 0 * * *"}, {"@hourly", "0 * * * *"},
};

static int parse_shorthand(struct slice text, struct cron_schedule *ret, struct error *err)
{
    int64_t every_ns;
    for (size_t i = 0; i < ARRAY_SIZE(shorthands); i++)
        if (slice_is(text, shorthands[i].name))
            return cron_parse(slice_of(shorthands[i].fields), ret, err);
    struct slice rest = text;
    if (slice_is(slice_cut(&rest, ' '), "@every") && rest.data &&
        parse_duration_ns(slice_trim(rest), &every_ns) && every_ns >= INT64_C(1000000000)) {
        *ret = (struct cron_schedule){.every_s = every_ns / INT64_C(1000000000)};
        return 0;
    }
    return error_set(err, ERR_INVALID, "unrecognized descriptor: %.*s", SLICE_ARG(text));
}

static struct slice next_word(struct slice *rest)
{
    struct slice word = {0};
    while (rest->data && !word.size)
        word = slice_trim(slice_cut(rest, ' '));
    return word;
}

int cron_parse(struct slice text, struct cron_schedule *ret, struct error *err)
{
    static const struct field fields[] = {
        {0, 59, NULL}, {0, 23, NULL}, {1, 31, NULL}, {1, 12, month_names}, {0, 6, day_names}};
    struct cron_schedule c = {0};
    uint64_t *const bits[] = {&c.minutes, &c.hours, &c.days, &c.months, &c.weekdays};
    struct slice rest = slice_trim(text);
    if (slice_starts(rest, "@"))
        return parse_shorthand(rest, ret, err);
    for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
        struct slice word = next_word(&rest);
        if (!word.size)
            return error_set(err, ERR_INVALID, "expected exactly 5 fields, found %zu: \"%.*s\"", i,
                             SLICE_ARG(text));
        if (parse_field(&fields[i], word, bits[i], err) < 0)
            return -1;
        bool any = slice_starts(word, "*") || slice_is(word, "?");
        c.any_day = i == 2 ? any : c.any_day;
        c.any_weekday = i == 4 ? any : c.any_weekday;
    }
    if (next_word(&rest).size)
        return error_set(err, ERR_INVALID, "expected exactly 5 fields, found more: \"%.*s\"",
                         SLICE_ARG(text));
    *ret = c;
    return 0;
}

/* --- the calendar --- */

/* Days since 1970 to year, month and day (proleptic Gregorian). */
static void civil(int64_t days, int64_t *year, int *month, int *day)
{
    days += 719468;
    int64_t era = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_era = days - era * 146097;
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted = (5 * of_year + 2) / 153;
    *day = (int)(of_year - (153 * shifted + 2) / 5 + 1);
    *month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

static bool day_matches(const struct cron_schedule *c, int64_t days)
{
    int64_t year;
    int month, day, weekday = (int)(((days + 4) % 7 + 7) % 7);
    civil(days, &year, &month, &day);
    if (!(c->months >> month & 1))
        return false;
    bool by_day = c->days >> day & 1, by_weekday = c->weekdays >> weekday & 1;
    return c->any_day || c->any_weekday ? by_day && by_weekday : by_day || by_weekday;
}

/* A local time as UTC; false: the clock skips it. */
static bool to_utc(const struct cron_zone *z, int64_t local_s, int64_t *ret)
{
    int64_t guess = local_s - cron_zone_offset_s(z, local_s);
    int64_t utc = local_s - cron_zone_offset_s(z, guess);
    *ret = utc;
    return utc + cron_zone_offset_s(z, utc) == local_s;
}

/* The first of one local day that is after after_s; 0: none. */
static int64_t next_of_day(const struct cron_schedule *c, const struct cron_zone *z, int64_t days,
                           int64_t after_s)
{
    for (int64_t minute = 0; minute < 24 * 60; minute++) {
        int64_t utc;
        if (!(c->hours >> minute / 60 & 1)) {
            minute = (minute / 60 + 1) * 60 - 1;
            continue;
        }
        if (c->minutes >> minute % 60 & 1 && to_utc(z, days * 86400 + minute * 60, &utc) && utc > after_s)
            return utc;
    }
    return 0;
}

int64_t cron_next(const struct cron_schedule *c, const struct cron_zone *z, int64_t after_s)
{
    if (c->every_s)
        return after_s + c->every_s;
    int64_t local = after_s + cron_zone_offset_s(z, after_s);
    int64_t first = local / 86400;
    for (int64_t days = first; days < first + YEARS_MAX * 366; days++) {
        if (!day_matches(c, days))
            continue;
        int64_t found = next_of_day(c, z, days, after_s);
        if (found)
            return found;
    }
    return 0;
}
