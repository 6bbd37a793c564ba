/* SPDX-License-Identifier: Apache-2.0 */
/* No note: not a plugin; must be refused unrun. */
#define NO_NOTE
#include <stdlib.h>

#include "tests/abi/misbehaving.h"

__attribute__((constructor)) static void trap(void)
{
    abort(); /* nothing of a refused file may run */
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
    return KEELSON_OK;
}

static void close_it(void *instance)
{
}
