/* SPDX-License-Identifier: Apache-2.0 */
/* What the plugins of this folder share: a cloud that works, of which each one breaks one promise. Included
 * once a file, after the macros that say what is broken. */
#ifndef KEELSON_TESTS_ABI_MISBEHAVING_H
#define KEELSON_TESTS_ABI_MISBEHAVING_H

#include <keelson/cloud.h>
#include <string.h>

#ifndef ABI_MAJOR
#define ABI_MAJOR KEELSON_ABI_MAJOR
#endif
#ifndef ABI_MINOR
#define ABI_MINOR KEELSON_ABI_MINOR
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
#ifndef DESCRIPTION
#define DESCRIPTION "misbehaves"
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
    {KEELSON_NOTE_MAGIC, ABI_MAJOR, ABI_MINOR, KEELSON_KIND_CLOUD, "misbehaving", "1.0"}};
#endif

static const struct keelson_host *host;

/* Each file defines these. */
__attribute__((unused)) static enum keelson_status
open_it(const struct keelson_call *call, const struct keelson_instance *instance, void **ret);
static enum keelson_status own(void *instance, const struct keelson_call *call,
                               const struct keelson_object *node, enum keelson_owns *ret);
static enum keelson_status health(void *instance, const struct keelson_call *call);
static void close_it(void *instance);

static const char *scheme(void *instance)
{
    return "misbehaving";
}
static const struct keelson_cloud_v1 cloud = {
    .size = CLOUD_SIZE, .scheme = scheme, .owns = own, .healthy = health};

static const void *interface(void *instance, const char *name)
{
    return strcmp(name, KEELSON_CLOUD_1) == 0 ? &cloud : NULL;
}
__attribute__((unused)) static const struct keelson_plugin plugin = {.size = TABLE_SIZE,
                                                                     .threading = THREADING,
                                                                     .description = DESCRIPTION,
                                                                     .open = OPEN,
                                                                     .close = close_it,
                                                                     .interface = interface};
const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    host = given;
    return TABLE;
}

#endif
