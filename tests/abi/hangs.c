/* SPDX-License-Identifier: Apache-2.0 */
/* owns() sleeps far beyond its deadline, deaf to the cancel descriptor; healthy() works. */
#include <time.h>

#include "tests/abi/misbehaving.h"

static enum keelson_status open_it(const struct keelson_call *call, const struct keelson_instance *instance,
                                   void **ret)
{
    *ret = (void *)instance->token;
    return KEELSON_OK;
}

static enum keelson_status own(void *instance, const struct keelson_call *call,
                               const struct keelson_object *node, enum keelson_owns *ret)
{
    struct timespec pause = {.tv_sec = 2, .tv_nsec = 500000000};
    nanosleep(&pause, NULL);
    return KEELSON_OK;
}

static enum keelson_status health(void *instance, const struct keelson_call *call)
{
    return KEELSON_OK;
}

static void close_it(void *instance)
{
}
