/* SPDX-License-Identifier: Apache-2.0 */
/* Volumes, and the drivers that serve them. */
#include "core/base/memory.h"
#include "core/plugin/isolate-storage.h"

void storage_put_volume(struct buffer *out, const struct keelson_volume *volume)
{
    frame_put_u32(out, volume->access_mode);
    frame_put_text(out, volume->driver);
    frame_put_text(out, volume->id);
    frame_put_text(out, volume->fs_type);
    frame_put_u32(out, volume->block);
    frame_put_u32(out, volume->read_only);
    frame_put_texts(out, volume->mount_options, volume->mount_options_count);
    frame_put_pairs(out, &volume->context);
    frame_put_pairs(out, &volume->publish_context);
    frame_put_pairs(out, &volume->secrets);
    frame_put_i64(out, volume->fs_group);
}

const struct keelson_volume *storage_get_volume(struct frame_reader *r)
{
    struct keelson_volume *volume = arena_new(r->arena, struct keelson_volume);
    volume->size = sizeof(*volume);
    volume->access_mode = (enum keelson_access_mode)frame_get_u32(r);
    volume->driver = frame_get_text(r);
    volume->id = frame_get_text(r);
    volume->fs_type = frame_get_text(r);
    volume->block = frame_get_u32(r);
    volume->read_only = frame_get_u32(r);
    volume->mount_options = frame_get_texts(r, &volume->mount_options_count);
    volume->context = frame_get_pairs(r);
    volume->publish_context = frame_get_pairs(r);
    volume->secrets = frame_get_pairs(r);
    volume->fs_group = frame_get_i64(r);
    return volume;
}

int storage_take_driver(struct frame_reader *r, void *context)
{
    const struct keelson_storage_driver_sink *sink = context;
    struct keelson_storage_driver driver = {.size = sizeof(driver), .ready = frame_get_u32(r)};
    driver.capabilities = (uint64_t)frame_get_i64(r);
    driver.name = frame_get_text(r);
    driver.version = frame_get_text(r);
    driver.node_id = frame_get_text(r);
    driver.volumes_max = frame_get_i64(r);
    driver.topology = frame_get_pairs(r);
    return frame_is_read(r) ? sink->put(sink, &driver) : 0;
}

/* What is smaller than in ABI 1.0 is no driver. */
static int send_driver(const struct keelson_storage_driver_sink *sink,
                       const struct keelson_storage_driver *driver)
{
    if (!KEELSON_HAS(driver, topology))
        return 0;
    struct buffer frame = BUFFER_INIT;
    size_t begun = frame_begin(&frame, FRAME_PUT);
    frame_put_u32(&frame, driver->ready);
    frame_put_i64(&frame, (int64_t)driver->capabilities);
    frame_put_text(&frame, driver->name);
    frame_put_text(&frame, driver->version);
    frame_put_text(&frame, driver->node_id);
    frame_put_i64(&frame, driver->volumes_max);
    frame_put_pairs(&frame, &driver->topology);
    frame_end(&frame, begun);
    return serve_send(sink->context, &frame);
}

struct keelson_storage_driver_sink storage_driver_sink(struct serving *s)
{
    return (struct keelson_storage_driver_sink){
        .size = sizeof(struct keelson_storage_driver_sink), .put = send_driver, .context = s};
}
