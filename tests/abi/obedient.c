/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps every promise but those that are broken with a macro on the command line, a library each (subdir.am).
 */
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
    return KEELSON_OK;
}

static void close_it(void *instance)
{
}

#ifdef CONSTRUCTOR
/* Of a file that is refused nothing may run. */
__attribute__((constructor)) static void run_early(void)
{
    __builtin_trap();
}
#endif
