/* SPDX-License-Identifier: Apache-2.0 */
/* What container runtimes do wrong: see breaks.h. */
#define BREAKS_KIND KEELSON_KIND_RUNTIME
#define BREAKS_NAME "breaks-runtime"
#include "tests/abi/breaks.h"

#include "etc/plugin-template/runtime-acme.c"
#undef keelson_plugin_entry

static struct keelson_runtime_v1 runtime;
static struct keelson_images_v1 images;

static enum keelson_status ok_id(void *instance, const struct keelson_call *call, const char *id)
{
    return KEELSON_OK;
}

static enum keelson_status known_only(void *instance, const struct keelson_call *call, const char *id)
{
    char folder[PATH_MAX];
    struct meta m;
    if (find(instance, call, "sandbox", id, folder, &m) != KEELSON_OK)
        return KEELSON_NOT_FOUND;
    meta_done(&m);
    return end_sandbox(instance, call, id, 1);
}

static enum keelson_status invalid_container(void *instance, const struct keelson_call *call, const char *id)
{
    return host->fail(call, KEELSON_INVALID, "no such container");
}

static enum keelson_status ok_create(void *instance, const struct keelson_call *call, const char *sandbox_id,
                                     const struct keelson_container_config *config,
                                     const struct keelson_sandbox_config *sandbox,
                                     const struct keelson_text_sink *id)
{
    id->put(id, 0, "made", 4);
    return KEELSON_OK;
}

static enum keelson_status ok_image(void *instance, const struct keelson_call *call, const char *image,
                                    const struct keelson_image_sink *sink)
{
    put_image(image, sink);
    return KEELSON_OK;
}

static enum keelson_status list_twice(void *instance, const struct keelson_call *call,
                                      const struct keelson_image_sink *sink)
{
    put_image("one", sink);
    put_image("two", sink);
    return KEELSON_OK;
}

BREAK(ignores_its_sink, images.list, list_twice)
BREAK(starts_unknown, runtime.container_start, ok_id)
BREAK(creates_in_unknown, runtime.container_create, ok_create)
BREAK(removes_what_is_there, runtime.sandbox_remove, known_only)
BREAK(removes_no_container, runtime.container_remove, invalid_container)
BREAK(stays_ready, runtime.sandbox_stop, ok_id)
BREAK(stays_listed, runtime.sandbox_remove, ok_id)
BREAK(forgets_when_stopped, runtime.sandbox_stop, acme_sandbox_remove)
BREAK(invents_images, images.status, ok_image)
BREAK(removes_no_image, images.remove, invalid_container)

const struct breakage breakages[] = {
    {"ignores-its-sink", ignores_its_sink},
    {"starts-unknown", starts_unknown},
    {"creates-in-unknown", creates_in_unknown},
    {"removes-what-is-there", removes_what_is_there},
    {"removes-no-container", removes_no_container},
    {"stays-ready", stays_ready},
    {"stays-listed", stays_listed},
    {"forgets-when-stopped", forgets_when_stopped},
    {"invents-images", invents_images},
    {"removes-no-image", removes_no_image},
    {0},
};

static const void *interface(void *instance, const char *name)
{
    const void *table = acme_interface(instance, name);
    return !table ? NULL : strcmp(name, KEELSON_RUNTIME_1) == 0 ? (const void *)&runtime : &images;
}

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    static struct keelson_plugin plugin;
    plugin = *template_entry(given);
    plugin.interface = interface;
    runtime = *(const struct keelson_runtime_v1 *)acme_interface(NULL, KEELSON_RUNTIME_1);
    images = *(const struct keelson_images_v1 *)acme_interface(NULL, KEELSON_IMAGES_1);
    break_one();
    return &plugin;
}
