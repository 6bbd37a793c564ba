/* SPDX-License-Identifier: Apache-2.0 */
/* Its backend is away. */
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
    *ret = KEELSON_OWNS_YES;
    return KEELSON_OK;
}

static enum keelson_status health(void *instance, const struct keelson_call *call)
{
    return host->fail(call, KEELSON_UNAVAILABLE, "no route to the backend");
}

static void close_it(void *instance)
{
}
