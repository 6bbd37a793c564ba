/* SPDX-License-Identifier: Apache-2.0 */
/* Declared serial; healthy() fails when two are in it at once. */
#define THREADING KEELSON_THREADS_SERIAL
#include <stdatomic.h>
#include <time.h>

#include "tests/abi/misbehaving.h"

static atomic_int inside;

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
    struct timespec pause = {.tv_nsec = 2000000};
    if (atomic_fetch_add(&inside, 1) > 0)
        return host->fail(call, KEELSON_FAILED, "two at once");
    nanosleep(&pause, NULL);
    atomic_fetch_sub(&inside, 1);
    return KEELSON_OK;
}

static void close_it(void *instance)
{
}
