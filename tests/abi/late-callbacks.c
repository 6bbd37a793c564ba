/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the call, and uses it from a thread of its own when it is over; tells changes in a storm. */
#include <pthread.h>
#include <time.h>

#include "tests/abi/misbehaving.h"

static pthread_t thread;
static int running;
static const struct keelson_call *kept;

static void *late(void *token)
{
    struct timespec pause = {.tv_nsec = 50000000};
    nanosleep(&pause, NULL);
    host->log(kept, KEELSON_LOG_WARNING, "from a thread, after the call");
    host->fail(kept, KEELSON_FAILED, "nobody is listening");
    host->retry_after(kept, 1000);
    host->cancelled(kept);
    for (int i = 0; i < 1000; i++)
        host->changed(token, "storm");
    host->metric_add(token, "late_total", NULL, 1);
    return NULL;
}

static enum keelson_status open_it(const struct keelson_call *call, const struct keelson_instance *instance,
                                   void **ret)
{
    *ret = (void *)instance->token;
    return KEELSON_OK;
}

static enum keelson_status own(void *instance, const struct keelson_call *call,
                               const struct keelson_object *node, enum keelson_owns *ret)
{
    *ret = KEELSON_OWNS_YES;
    return KEELSON_OK;
}

static enum keelson_status health(void *instance, const struct keelson_call *call)
{
    kept = call;
    running = running || pthread_create(&thread, NULL, late, instance) == 0;
    return KEELSON_OK;
}

static void close_it(void *instance)
{
    if (running)
        pthread_join(thread, NULL);
}
