/* SPDX-License-Identifier: Apache-2.0 */
/* What storage systems do wrong: see breaks.h. */
#define BREAKS_KIND KEELSON_KIND_STORAGE
#define BREAKS_NAME "breaks-storage"
#include "tests/abi/breaks.h"

#include "etc/plugin-template/storage-acme.c"
#undef keelson_plugin_entry

static struct keelson_storage_node_v1 node;
static struct keelson_storage_controller_v1 controller;

static enum keelson_status invalid_remove(void *instance, const struct keelson_call *call,
                                          const struct keelson_volume *volume)
{
    int64_t bytes;
    enum keelson_status status = size_read(instance, call, volume->id, &bytes);
    return status == KEELSON_OK ? acme_remove(instance, call, volume) : status;
}

static int take_other(const struct keelson_volume_sink *sink, const struct keelson_volume_made *made)
{
    static unsigned count;
    char id[64];
    struct keelson_volume_made other = *made;
    snprintf(id, sizeof(id), "%s-%u", made->id, ++count);
    other.id = id;
    const struct keelson_volume_sink *to = sink->context;
    return to->put(to, &other);
}

static enum keelson_status create_another(void *instance, const struct keelson_call *call,
                                          const struct keelson_provision *wanted,
                                          const struct keelson_volume_sink *sink)
{
    const struct keelson_volume_sink other = {
        .size = sizeof(other), .put = take_other, .context = (void *)(uintptr_t)sink};
    return acme_create(instance, call, wanted, &other);
}

static enum keelson_status expand_once(void *instance, const struct keelson_call *call,
                                       const struct keelson_volume *volume, int64_t required_bytes,
                                       int64_t limit_bytes, int64_t *ret_capacity_bytes,
                                       int *ret_node_expansion)
{
    static unsigned count;
    return count++ ? host->fail(call, KEELSON_INVALID, "it is as large already")
                   : acme_expand(instance, call, volume, required_bytes, limit_bytes, ret_capacity_bytes,
                                 ret_node_expansion);
}

static enum keelson_status expand_too_little(void *instance, const struct keelson_call *call,
                                             const struct keelson_volume *volume, int64_t required_bytes,
                                             int64_t limit_bytes, int64_t *ret_capacity_bytes,
                                             int *ret_node_expansion)
{
    return acme_expand(instance, call, volume, 1, limit_bytes, ret_capacity_bytes, ret_node_expansion);
}

static enum keelson_status publish_unknown(void *instance, const struct keelson_call *call,
                                           const struct keelson_volume *volume, const char *staging_path,
                                           const char *target_path)
{
    int64_t bytes;
    enum keelson_status status = size_read(instance, call, volume->id, &bytes);
    return status == KEELSON_NOT_FOUND ? KEELSON_OK
                                       : acme_publish(instance, call, volume, staging_path, target_path);
}

static enum keelson_status publish_nothing(void *instance, const struct keelson_call *call,
                                           const struct keelson_volume *volume, const char *staging_path,
                                           const char *target_path)
{
    int64_t bytes;
    return size_read(instance, call, volume->id, &bytes);
}

static enum keelson_status unpublish_what_is_there(void *instance, const struct keelson_call *call,
                                                   const struct keelson_volume *volume,
                                                   const char *target_path)
{
    return access(target_path, F_OK) < 0 ? host->fail(call, KEELSON_INVALID, "nothing is published there")
                                         : acme_unpublish(instance, call, volume, target_path);
}

static enum keelson_status unpublish_half(void *instance, const struct keelson_call *call,
                                          const struct keelson_volume *volume, const char *target_path)
{
    umount2(target_path, UMOUNT_NOFOLLOW);
    return KEELSON_OK;
}

BREAK(removes_what_is_there, controller.remove, invalid_remove)
BREAK(creates_another, controller.create, create_another)
BREAK(expands_once, controller.expand, expand_once)
BREAK(expands_too_little, controller.expand, expand_too_little)
BREAK(publishes_unknown, node.publish, publish_unknown)
BREAK(publishes_nothing, node.publish, publish_nothing)
BREAK(unpublishes_what_is_there, node.unpublish, unpublish_what_is_there)
BREAK(unpublishes_half, node.unpublish, unpublish_half)

const struct breakage breakages[] = {
    {"removes-what-is-there", removes_what_is_there},
    {"creates-another", creates_another},
    {"expands-once", expands_once},
    {"expands-too-little", expands_too_little},
    {"publishes-unknown", publishes_unknown},
    {"publishes-nothing", publishes_nothing},
    {"unpublishes-what-is-there", unpublishes_what_is_there},
    {"unpublishes-half", unpublishes_half},
    {0},
};

static const void *interface(void *instance, const char *name)
{
    const void *table = acme_interface(instance, name);
    return !table ? NULL : strcmp(name, KEELSON_STORAGE_NODE_1) == 0 ? (const void *)&node : &controller;
}

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    static struct keelson_plugin plugin;
    plugin = *template_entry(given);
    plugin.interface = interface;
    node = *(const struct keelson_storage_node_v1 *)acme_interface(NULL, KEELSON_STORAGE_NODE_1);
    controller =
        *(const struct keelson_storage_controller_v1 *)acme_interface(NULL, KEELSON_STORAGE_CONTROLLER_1);
    break_one();
    return &plugin;
}
