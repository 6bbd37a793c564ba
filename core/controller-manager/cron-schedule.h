/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cron schedules ("0 3 * * mon-fri", "@hourly", "@every 90m") and the times they name, in a time zone of the
 * system's database. A schedule is immutable once parsed; any thread.
 */
#ifndef KEELSON_CONTROLLER_MANAGER_CRON_SCHEDULE_H
#define KEELSON_CONTROLLER_MANAGER_CRON_SCHEDULE_H

#include "core/base/buffer.h"
#include "core/base/error.h"

struct cron_zone; /* NULL: UTC */
/* "Europe/Berlin". Error: ERR_INVALID. */
int cron_zone_load(const char *name, struct cron_zone **ret, struct error *err);
void cron_zone_free(struct cron_zone *z);
/* Seconds east of UTC at that time (since 1970, UTC). */
int64_t cron_zone_offset_s(const struct cron_zone *z, int64_t utc_s);

struct cron_schedule {
    uint64_t minutes, hours, days, months, weekdays; /* a bit a value */
    bool any_day, any_weekday;                       /* written as * */
    int64_t every_s;                                 /* @every; 0: the fields */
};
int cron_parse(struct slice text, struct cron_schedule *ret, struct error *err);
/* The first time after `after_s`; 0: there is none within five years. */
int64_t cron_next(const struct cron_schedule *c, const struct cron_zone *z, int64_t after_s);

#endif
