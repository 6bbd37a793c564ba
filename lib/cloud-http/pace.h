/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast a cloud's API is asked: a token bucket whose rate falls when the cloud throttles and grows back
 * while it does not, the back-off between the tries of one request, and the waiting itself. To the first two
 * all time comes in, so that tests run on a clock of their own. Any thread.
 */
#ifndef CLOUD_HTTP_PACE_H
#define CLOUD_HTTP_PACE_H

#include <pthread.h>
#include <stdint.h>

struct pace {
    pthread_mutex_t lock;          /* all below */
    double rate, rate_max, tokens; /* requests a second; what it may grow to; at most one second's worth */
    int64_t counted_ns, throttled_ns;
    double rate_before; /* when it was last throttled */
};
void pace_init(struct pace *p, double rate_max);
void pace_done(struct pace *p);
/* Takes a token, and says how long to wait before the request may go: 0: at once. */
int64_t pace_take_ns(struct pace *p, int64_t now_ns);
/* What came of a request. */
void pace_answered(struct pace *p, int64_t now_ns);
void pace_throttled(struct pace *p, int64_t now_ns);

/* The wait before the n-th retry (from 0): full jitter below base_ms × 2^n, at most max_ms. random01 in [0,
 * 1). */
int64_t backoff_ms(unsigned n, int64_t base_ms, int64_t max_ms, double random01);

/* What is passed in where no test brings a clock of its own: CLOCK_MONOTONIC, and a number drawn evenly from
 * [0, 1). */
int64_t pace_clock_ns(void);
double pace_random01(void);

enum pace_waited {
    PACE_WAITED,
    PACE_NO_TIME,  /* it would end behind the deadline: nothing was waited for */
    PACE_CANCELLED /* the fd turned readable */
};
/* Waits for so long. deadline_ns as of pace_clock_ns(), INT64_MAX: none; cancel_fd -1: none. */
enum pace_waited pace_wait(int64_t ns, int64_t deadline_ns, int cancel_fd);

#endif
