/* SPDX-License-Identifier: Apache-2.0 */
/* See test-events.h. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "plugins/cri/test-events.h"
#include "tests/lib/plugin-host.h"

struct seen {
    char container[80], sandbox[80];
};
static pthread_mutex_t seen_lock = PTHREAD_MUTEX_INITIALIZER; /* guards the three below */
static pthread_cond_t seen_more = PTHREAD_COND_INITIALIZER;
static struct seen seen[1000];
static unsigned seen_count;
static pthread_t thread;
static int cancel[2];
static enum keelson_status status;
static const struct keelson_runtime_v1 *runtime;
static void *instance;

static int take_event(const struct keelson_runtime_event_sink *sink,
                      const struct keelson_runtime_event *event)
{
    pthread_mutex_lock(&seen_lock);
    if (seen_count < sizeof(seen) / sizeof(seen[0])) {
        snprintf(seen[seen_count].container, sizeof(seen[0].container), "%s", event->container_id);
        snprintf(seen[seen_count].sandbox, sizeof(seen[0].sandbox), "%s", event->sandbox_id);
        seen_count++;
    }
    pthread_cond_broadcast(&seen_more);
    pthread_mutex_unlock(&seen_lock);
    return 0;
}

static void *events_run(void *argument)
{
    const struct keelson_runtime_event_sink sink = {.size = sizeof(sink), .event = take_event};
    struct keelson_call call = test_call(-1);
    call.cancel_fd = cancel[0];
    status = runtime->events(instance, &call, &sink);
    return NULL;
}

/* Waits for such an event among those after the first `from`. */
void test_events_expect(unsigned from, const char *container, const char *sandbox)
{
    struct timespec limit;
    clock_gettime(CLOCK_REALTIME, &limit);
    limit.tv_sec += 30;
    pthread_mutex_lock(&seen_lock);
    for (;; from++) {
        while (from >= seen_count)
            if (pthread_cond_timedwait(&seen_more, &seen_lock, &limit)) {
                pthread_mutex_unlock(&seen_lock);
                fail_msg("no event (%s, %s)", container, sandbox);
            }
        if (strcmp(seen[from].container, container) == 0 && strcmp(seen[from].sandbox, sandbox) == 0)
            break;
    }
    pthread_mutex_unlock(&seen_lock);
}

unsigned test_events_so_far(void)
{
    pthread_mutex_lock(&seen_lock);
    unsigned count = seen_count;
    pthread_mutex_unlock(&seen_lock);
    return count;
}

void test_events_start(const struct keelson_runtime_v1 *of, void *of_instance)
{
    runtime = of;
    instance = of_instance;
    assert_int_equal(pipe(cancel), 0);
    assert_int_equal(pthread_create(&thread, NULL, events_run, NULL), 0);
}

enum keelson_status test_events_stop(void)
{
    assert_int_equal(write(cancel[1], "x", 1), 1);
    pthread_join(thread, NULL);
    close(cancel[0]);
    close(cancel[1]);
    return status;
}
