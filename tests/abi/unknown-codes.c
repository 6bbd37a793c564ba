/* SPDX-License-Identifier: Apache-2.0 */
/* Answers codes that nobody has heard of. */
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
    *ret = (enum keelson_owns)77;
    return KEELSON_OK;
}

static enum keelson_status health(void *instance, const struct keelson_call *call)
{
    return (enum keelson_status)4242;
}

static void close_it(void *instance)
{
}
