/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Time, behind a table so that a test can run a whole control plane on a simulated clock. Any thread.
 */
#ifndef KEELSON_BASE_CLOCK_H
#define KEELSON_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/buffer.h"

struct clock_source {
    int64_t (*realtime_ns)(void);  /* since 1970, UTC */
    int64_t (*monotonic_ns)(void); /* never goes back */
};
/* NULL: the system's clocks again. For tests, before threads start. */
void clock_set_source(const struct clock_source *source);
int64_t clock_realtime_ns(void);
int64_t clock_monotonic_ns(void);
static inline int64_t clock_monotonic_ms(void)
{
    return clock_monotonic_ns() / 1000000;
}
#define NS_PER_S  INT64_C(1000000000)
#define NS_PER_MS INT64_C(1000000)

/* metav1.Time ("2006-01-02T15:04:05Z", TIME_TEXT_MAX with the NUL) and MicroTime (six digits of fraction). */
#define TIME_TEXT_MAX 40
void time_format(int64_t realtime_ns, char out[TIME_TEXT_MAX]);
void time_format_micro(int64_t realtime_ns, char out[TIME_TEXT_MAX]);
void time_format_nano(int64_t realtime_ns,
                      char out[TIME_TEXT_MAX]); /* always nine digits, as container logs use */
/* RFC 3339 with any offset and fraction, years 0 to 9999. What 64 bits of nanoseconds cannot hold (before
 * 1677, after 2262) becomes INT64_MIN or INT64_MAX. */
bool time_parse(struct slice text, int64_t *ret_realtime_ns);
/* "5m3s", "2d4h", as kubectl prints an age (apimachinery duration.HumanDuration). */
void time_format_age(int64_t age_ns, char out[TIME_TEXT_MAX]);

#endif
