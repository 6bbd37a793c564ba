/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times as text, written and read digit by digit: every stored object and every event carries some, and the C
 * library's way through struct tm, locale and zone costs ten times as much.
 */
#include "core/base/clock.h"

#include <stdio.h>

#define SECONDS_PER_DAY 86400
/* Days from 0000-03-01, where the years below begin so that a leap day comes last, to 1970-01-01. */
#define DAYS_TO_EPOCH 719468
#define DAYS_PER_ERA  146097 /* 400 years */

struct time_date {
    int64_t year;
    unsigned month, day;
};

static struct time_date time_date_of_days(int64_t days)
{
    days += DAYS_TO_EPOCH;
    int64_t era = (days >= 0 ? days : days - (DAYS_PER_ERA - 1)) / DAYS_PER_ERA;
    unsigned day_of_era = (unsigned)(days - era * DAYS_PER_ERA);
    unsigned year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    unsigned day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    unsigned month = (5 * day_of_year + 2) / 153; /* March is 0 */

    return (struct time_date){
        .year = (int64_t)year + era * 400 + (month >= 10),
        .month = month < 10 ? month + 3 : month - 9,
        .day = day_of_year - (153 * month + 2) / 5 + 1,
    };
}

static int64_t time_days_of_date(struct time_date d)
{
    int64_t year = d.month <= 2 ? d.year - 1 : d.year;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    unsigned year_of_era = (unsigned)(year - era * 400);
    unsigned day_of_year = (153 * (d.month > 2 ? d.month - 3 : d.month + 9) + 2) / 5 + d.day - 1;

    return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           DAYS_TO_EPOCH;
}

static char *time_put(char *at, unsigned value, unsigned digits)
{
    for (unsigned i = digits; i-- > 0; value /= 10)
        at[i] = (char)('0' + value % 10);
    return at + digits;
}

static void time_put_text(int64_t realtime_ns, unsigned fraction, unsigned digits, char *at)
{
    int64_t seconds = realtime_ns / NS_PER_S - (realtime_ns % NS_PER_S < 0);
    int64_t days = seconds / SECONDS_PER_DAY - (seconds % SECONDS_PER_DAY < 0);
    unsigned second = (unsigned)(seconds - days * SECONDS_PER_DAY);
    struct time_date date = time_date_of_days(days);

    at = time_put(at, (unsigned)date.year, 4);
    *at++ = '-';
    at = time_put(at, date.month, 2);
    *at++ = '-';
    at = time_put(at, date.day, 2);
    *at++ = 'T';
    at = time_put(at, second / 3600, 2);
    *at++ = ':';
    at = time_put(at, second / 60 % 60, 2);
    *at++ = ':';
    at = time_put(at, second % 60, 2);
    if (digits) {
        *at++ = '.';
        at = time_put(at, fraction, digits);
    }
    *at++ = 'Z';
    *at = '\0';
}

static unsigned time_nanoseconds(int64_t realtime_ns)
{
    int64_t rest = realtime_ns % NS_PER_S;

    return (unsigned)(rest < 0 ? rest + NS_PER_S : rest);
}

void time_format(int64_t realtime_ns, char out[TIME_TEXT_MAX])
{
    time_put_text(realtime_ns, 0, 0, out);
}

void time_format_micro(int64_t realtime_ns, char out[TIME_TEXT_MAX])
{
    time_put_text(realtime_ns, time_nanoseconds(realtime_ns) / 1000, 6, out);
}

void time_format_nano(int64_t realtime_ns, char out[TIME_TEXT_MAX])
{
    time_put_text(realtime_ns, time_nanoseconds(realtime_ns), 9, out);
}

/* Cuts a number of exactly `digits` digits, between min and max, and the character `after` unless that is 0.
 */
static bool time_cut(struct slice *text, unsigned digits, char after, unsigned min, unsigned max,
                     unsigned *ret)
{
    unsigned value = 0, size = digits + (after ? 1 : 0);

    if (text->size < size || (after && text->data[digits] != after))
        return false;
    for (unsigned i = 0; i < digits; i++) {
        unsigned digit = (unsigned char)text->data[i] - (unsigned)'0';

        if (digit > 9)
            return false;
        value = value * 10 + digit;
    }
    text->data += size;
    text->size -= size;
    *ret = value;
    return value >= min && value <= max;
}

static bool time_cut_date(struct slice *text, struct time_date *ret)
{
    static const unsigned char month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    unsigned year, month, day;

    if (!time_cut(text, 4, '-', 0, 9999, &year) || !time_cut(text, 2, '-', 1, 12, &month) ||
        !time_cut(text, 2, 'T', 1, 31, &day))
        return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (day > month_days[month - 1] + (unsigned)(month == 2 && leap))
        return false;
    *ret = (struct time_date){year, month, day};
    return true;
}

/* What stands behind the point, if one does; digits below a nanosecond are dropped. */
static bool time_cut_fraction(struct slice *text, unsigned *ret_ns)
{
    unsigned ns = 0, digits = 0;

    if (text->size && (text->data[0] == '.' || text->data[0] == ',')) {
        size_t i = 1;

        for (; i < text->size && text->data[i] >= '0' && text->data[i] <= '9'; i++)
            if (digits < 9) {
                ns = ns * 10 + (unsigned)(text->data[i] - '0');
                digits++;
            }
        if (digits == 0)
            return false;
        text->data += i;
        text->size -= i;
    }
    for (; digits < 9; digits++)
        ns *= 10;
    *ret_ns = ns;
    return true;
}

/* "Z" or "+hh:mm", in seconds; it must be all that is left. */
static bool time_cut_offset(struct slice *text, int64_t *ret_s)
{
    unsigned hours, minutes;

    if (slice_is(*text, "Z")) {
        *ret_s = 0;
        return true;
    }
    if (text->size == 0 || (text->data[0] != '+' && text->data[0] != '-'))
        return false;
    int64_t sign = text->data[0] == '-' ? -1 : 1;
    text->data++;
    text->size--;
    if (!time_cut(text, 2, ':', 0, 24, &hours) || !time_cut(text, 2, 0, 0, 59, &minutes) || text->size)
        return false;
    *ret_s = sign * (hours * 3600 + minutes * 60);
    return true;
}

bool time_parse(struct slice text, int64_t *ret_realtime_ns)
{
    struct time_date date;
    unsigned hour, minute, second, ns;
    int64_t offset, realtime_ns;

    if (!time_cut_date(&text, &date) || !time_cut(&text, 2, ':', 0, 23, &hour) ||
        !time_cut(&text, 2, ':', 0, 59, &minute) || !time_cut(&text, 2, 0, 0, 59, &second) ||
        !time_cut_fraction(&text, &ns) || !time_cut_offset(&text, &offset))
        return false;
    int64_t seconds = time_days_of_date(date) * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offset;
    if (__builtin_mul_overflow(seconds, NS_PER_S, &realtime_ns) ||
        __builtin_add_overflow(realtime_ns, (int64_t)ns, &realtime_ns))
        realtime_ns = seconds < 0 ? INT64_MIN : INT64_MAX;
    *ret_realtime_ns = realtime_ns;
    return true;
}

/* Up to `below` of its unit, an age is told in that unit and, if there is one, the rest in the next smaller.
 */
static const struct {
    int64_t below_s;
    int64_t unit_s;
    const char *unit;
    int64_t rest_s;
    const char *rest;
} time_age_steps[] = {
    {120, 1, "s", 0, NULL},
    {600, 60, "m", 1, "s"},
    {3 * 3600, 60, "m", 0, NULL},
    {8 * 3600, 3600, "h", 60, "m"},
    {48 * 3600, 3600, "h", 0, NULL},
    {8 * 86400, 86400, "d", 3600, "h"},
    {2 * 365 * 86400, 86400, "d", 0, NULL},
    {INT64_C(8) * 365 * 86400, 365 * 86400, "y", 86400, "d"},
    {INT64_MAX, 365 * 86400, "y", 0, NULL},
};

void time_format_age(int64_t age_ns, char out[TIME_TEXT_MAX])
{
    int64_t age_s = age_ns / NS_PER_S;
    size_t i = 0;

    if (age_s < 0) {
        snprintf(out, TIME_TEXT_MAX, age_s < -1 ? "<invalid>" : "0s");
        return;
    }
    while (age_s >= time_age_steps[i].below_s)
        i++;
    long long whole = age_s / time_age_steps[i].unit_s;
    long long rest = time_age_steps[i].rest ? age_s % time_age_steps[i].unit_s / time_age_steps[i].rest_s : 0;
    if (rest)
        snprintf(out, TIME_TEXT_MAX, "%lld%s%lld%s", whole, time_age_steps[i].unit, rest,
                 time_age_steps[i].rest);
    else
        snprintf(out, TIME_TEXT_MAX, "%lld%s", whole, time_age_steps[i].unit);
}
