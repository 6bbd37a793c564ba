/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cloud that keeps every promise, but for those that are broken with a macro on the command line, a library
 * each (subdir.am): what can be seen of a plugin before its first call.
 */
#include <keelson/cloud.h>
#include <string.h>

#ifndef ABI_MAJOR
#define ABI_MAJOR KEELSON_ABI_MAJOR
#endif
#ifndef NEEDS_MINOR
#define NEEDS_MINOR KEELSON_ABI_MINOR
#endif
#ifndef ABI_MINOR
#define ABI_MINOR NEEDS_MINOR
#endif
#ifndef TABLE_SIZE
#define TABLE_SIZE sizeof(struct keelson_plugin)
#endif
#ifndef CLOUD_SIZE
#define CLOUD_SIZE sizeof(struct keelson_cloud_v1)
#endif
#ifndef THREADING
#define THREADING KEELSON_THREADS_PARALLEL
#endif
#ifndef OPEN
#define OPEN open_it
#endif
#ifndef OWNS
#define OWNS owns
#endif
#ifndef DESCRIPTION
#define DESCRIPTION "obeys"
#endif
#ifndef TABLE
#define TABLE &plugin
#endif

#ifndef NO_NOTE
__attribute__((used, aligned(4), section(KEELSON_NOTE_SECTION))) static const struct keelson_note note = {
    sizeof(KEELSON_NOTE_OWNER),
    sizeof(struct keelson_note_description),
    KEELSON_NOTE_TYPE,
    KEELSON_NOTE_OWNER,
    {KEELSON_NOTE_MAGIC, ABI_MAJOR, ABI_MINOR, KEELSON_KIND_CLOUD, NEEDS_MINOR, 0, "obedient", "1.0"}};
#endif

#ifdef CONSTRUCTOR
/* Of a file that is refused nothing may run. */
__attribute__((constructor)) static void run_early(void)
{
    __builtin_trap();
}
#endif

__attribute__((unused)) static enum keelson_status
open_it(const struct keelson_call *call, const struct keelson_instance *instance, void **ret)
{
    *ret = instance->token;
    return KEELSON_OK;
}

static void close_it(void *instance)
{
}

static const char *scheme(void *instance)
{
    return "obedient";
}

__attribute__((unused)) static enum keelson_status owns(void *instance, const struct keelson_call *call,
                                                        const struct keelson_object *const *nodes,
                                                        uint32_t nodes_count, enum keelson_owns *ret)
{
    for (uint32_t i = 0; i < nodes_count; i++)
        ret[i] = KEELSON_OWNS_YES;
    return KEELSON_OK;
}

static enum keelson_status healthy(void *instance, const struct keelson_call *call)
{
    return KEELSON_OK;
}

__attribute__((unused)) static const struct keelson_cloud_v1 cloud = {
    .size = CLOUD_SIZE, .scheme = scheme, .owns = OWNS, .healthy = healthy};

#ifdef EXTENDED
/* As a later header may have it: functions appended, of which a host of today knows nothing. */
static enum keelson_status extra(void *instance, const struct keelson_call *call)
{
    return KEELSON_ALREADY_EXISTS;
}

static const struct {
    struct keelson_cloud_v1 first;
    enum keelson_status (*extra)(void *instance, const struct keelson_call *call);
} extended = {{.size = sizeof(extended), .scheme = scheme, .owns = OWNS, .healthy = healthy}, extra};
#define CLOUD &extended
#else
#define CLOUD &cloud
#endif

static const void *interface(void *instance, const char *name)
{
    return strcmp(name, KEELSON_CLOUD_1) == 0 ? (const void *)CLOUD : NULL;
}

__attribute__((unused)) static const struct keelson_plugin plugin = {.size = TABLE_SIZE,
                                                                     .threading = THREADING,
                                                                     .description = DESCRIPTION,
                                                                     .open = OPEN,
                                                                     .close = close_it,
                                                                     .interface = interface};

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    return TABLE;
}
