/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See pace.h. The bucket may go below nothing: a taker then waits for its turn, and takers behind it for
 * longer. A throttled answer takes three tenths off the rate, once for the many answers of one burst; the way
 * back is quick up to the rate at which it happened, and slow beyond.
 */
#include "lib/cloud-http/pace.h"

#include <poll.h>
#include <sys/random.h>
#include <time.h>

#define SECOND_NS   1e9
#define RATE_MIN    0.5
#define SLOWER      0.7
#define STEP_BACK   0.1  /* of the rate before, with each answer */
#define STEP_BEYOND 0.01 /* of the largest rate */

void pace_init(struct pace *p, double rate_max)
{
    pthread_mutex_init(&p->lock, NULL);
    p->rate = p->rate_max = p->rate_before = p->tokens = rate_max;
    p->counted_ns = 0;
    p->throttled_ns = INT64_MIN;
}

void pace_done(struct pace *p)
{
    pthread_mutex_destroy(&p->lock);
}

static double at_most(double value, double most)
{
    return value < most ? value : most;
}

int64_t pace_take_ns(struct pace *p, int64_t now_ns)
{
    pthread_mutex_lock(&p->lock);
    double passed_s = now_ns > p->counted_ns ? (double)(now_ns - p->counted_ns) / SECOND_NS : 0;
    p->tokens = at_most(p->tokens + passed_s * p->rate, p->rate > 1 ? p->rate : 1);
    p->counted_ns = now_ns > p->counted_ns ? now_ns : p->counted_ns;
    p->tokens -= 1;
    int64_t wait_ns = p->tokens >= 0 ? 0 : (int64_t)(-p->tokens / p->rate * SECOND_NS);
    pthread_mutex_unlock(&p->lock);
    return wait_ns;
}

/* Within a second of it, answers are still those of the same burst. */
static int just_throttled(const struct pace *p, int64_t now_ns)
{
    return p->throttled_ns != INT64_MIN && now_ns - p->throttled_ns < (int64_t)SECOND_NS;
}

void pace_answered(struct pace *p, int64_t now_ns)
{
    pthread_mutex_lock(&p->lock);
    if (!just_throttled(p, now_ns)) {
        if (p->rate < p->rate_before)
            p->rate = at_most(p->rate + STEP_BACK * p->rate_before, p->rate_before);
        else
            p->rate = at_most(p->rate + STEP_BEYOND * p->rate_max, p->rate_max);
    }
    pthread_mutex_unlock(&p->lock);
}

void pace_throttled(struct pace *p, int64_t now_ns)
{
    pthread_mutex_lock(&p->lock);
    if (!just_throttled(p, now_ns)) {
        p->rate_before = p->rate;
        p->rate = p->rate * SLOWER > RATE_MIN ? p->rate * SLOWER : RATE_MIN;
        p->throttled_ns = now_ns;
    }
    p->tokens = at_most(p->tokens, 0);
    pthread_mutex_unlock(&p->lock);
}

int64_t backoff_ms(unsigned n, int64_t base_ms, int64_t max_ms, double random01)
{
    int64_t below = base_ms;
    while (n-- > 0 && below < max_ms)
        below *= 2;
    return (int64_t)((double)(below < max_ms ? below : max_ms) * random01);
}

int64_t pace_clock_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

double pace_random01(void)
{
    uint32_t bits = 0;
    if (getrandom(&bits, sizeof(bits), GRND_NONBLOCK) != sizeof(bits))
        bits = (uint32_t)pace_clock_ns();
    return bits / 4294967296.0;
}

enum pace_waited pace_wait(int64_t ns, int64_t deadline_ns, int cancel_fd)
{
    struct pollfd cancel = {.fd = cancel_fd, .events = POLLIN};
    int64_t until = pace_clock_ns() + ns, left;
    if (until > deadline_ns)
        return PACE_NO_TIME;
    while ((left = until - pace_clock_ns()) > 0)
        if (poll(&cancel, 1, (int)(left / 1000000 < 60000 ? left / 1000000 + 1 : 60000)) > 0)
            return PACE_CANCELLED;
    return PACE_WAITED;
}
