/* SPDX-License-Identifier: Apache-2.0 */
/* keelson.storage.node/1 over a channel, function by function: the daemon's side, then the child's. */
#include "core/base/memory.h"
#include "core/plugin/isolate-storage.h"

enum { NODE_DRIVERS, NODE_STAGE, NODE_UNSTAGE, NODE_PUBLISH, NODE_UNPUBLISH, NODE_EXPAND, NODE_STATS };

static const struct keelson_storage_node_v1 *node_of(const struct serving *s)
{
    return s->table;
}

static enum keelson_status drivers(void *instance, const struct keelson_call *call,
                                   const struct keelson_storage_driver_sink *sink)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_storage_node, NODE_DRIVERS);
    return isolate_do_with_sink(&c, storage_take_driver, sink);
}

static enum keelson_status serve_drivers(struct serving *s)
{
    const struct keelson_storage_driver_sink sink = storage_driver_sink(s);
    return node_of(s)->drivers(s->handle, s->call, &sink);
}

/* ---- Calls about a volume and a path ---- */

static struct isolate_call begin(void *instance, const struct keelson_call *call, uint32_t function,
                                 const struct keelson_volume *volume, const char *path)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_storage_node, function);
    storage_put_volume(&c.out, volume);
    frame_put_text(&c.out, path);
    return c;
}

typedef enum keelson_status path_function(void *instance, const struct keelson_call *call,
                                          const struct keelson_volume *volume, const char *path);

static enum keelson_status serve_path(struct serving *s, path_function *function)
{
    const struct keelson_volume *volume = storage_get_volume(&s->in);
    const char *path = frame_get_text(&s->in);
    return frame_is_read(&s->in) ? function(s->handle, s->call, volume, path) : KEELSON_INVALID;
}

static enum keelson_status stage(void *instance, const struct keelson_call *call,
                                 const struct keelson_volume *volume, const char *staging_path)
{
    struct isolate_call c = begin(instance, call, NODE_STAGE, volume, staging_path);
    return isolate_do(&c);
}

static enum keelson_status serve_stage(struct serving *s)
{
    return serve_path(s, node_of(s)->stage);
}

static enum keelson_status unstage(void *instance, const struct keelson_call *call,
                                   const struct keelson_volume *volume, const char *staging_path)
{
    struct isolate_call c = begin(instance, call, NODE_UNSTAGE, volume, staging_path);
    return isolate_do(&c);
}

static enum keelson_status serve_unstage(struct serving *s)
{
    return serve_path(s, node_of(s)->unstage);
}

static enum keelson_status unpublish(void *instance, const struct keelson_call *call,
                                     const struct keelson_volume *volume, const char *target_path)
{
    struct isolate_call c = begin(instance, call, NODE_UNPUBLISH, volume, target_path);
    return isolate_do(&c);
}

static enum keelson_status serve_unpublish(struct serving *s)
{
    return serve_path(s, node_of(s)->unpublish);
}

static enum keelson_status publish(void *instance, const struct keelson_call *call,
                                   const struct keelson_volume *volume, const char *staging_path,
                                   const char *target_path)
{
    struct isolate_call c = begin(instance, call, NODE_PUBLISH, volume, staging_path);
    frame_put_text(&c.out, target_path);
    return isolate_do(&c);
}

static enum keelson_status serve_publish(struct serving *s)
{
    const struct keelson_volume *volume = storage_get_volume(&s->in);
    const char *staging_path = frame_get_text(&s->in), *target_path = frame_get_text(&s->in);
    return frame_is_read(&s->in) ? node_of(s)->publish(s->handle, s->call, volume, staging_path, target_path)
                                 : KEELSON_INVALID;
}

/* ---- expand ---- */

static void answer_expand(struct frame_reader *r, void *context)
{
    *(int64_t *)context = frame_get_i64(r);
}

static enum keelson_status expand(void *instance, const struct keelson_call *call,
                                  const struct keelson_volume *volume, const char *path,
                                  int64_t required_bytes, int64_t *ret_capacity_bytes)
{
    struct isolate_call c = begin(instance, call, NODE_EXPAND, volume, path);
    frame_put_i64(&c.out, required_bytes);
    c.answer = answer_expand;
    c.context = ret_capacity_bytes;
    return isolate_do(&c);
}

static enum keelson_status serve_expand(struct serving *s)
{
    const struct keelson_volume *volume = storage_get_volume(&s->in);
    const char *path = frame_get_text(&s->in);
    int64_t required_bytes = frame_get_i64(&s->in), capacity_bytes = 0;
    if (!frame_is_read(&s->in))
        return KEELSON_INVALID;
    enum keelson_status status =
        node_of(s)->expand(s->handle, s->call, volume, path, required_bytes, &capacity_bytes);
    frame_put_i64(&s->out, capacity_bytes);
    return status;
}

/* ---- stats ---- */

static void answer_stats(struct frame_reader *r, void *context)
{
    struct keelson_volume_stats *ret = context;
    ret->abnormal = frame_get_u32(r);
    ret->bytes = frame_get_i64(r);
    ret->bytes_used = frame_get_i64(r);
    ret->bytes_available = frame_get_i64(r);
    ret->inodes = frame_get_i64(r);
    ret->inodes_used = frame_get_i64(r);
    ret->inodes_available = frame_get_i64(r);
    frame_get_array(r, ret->message, sizeof(ret->message));
}

static enum keelson_status stats(void *instance, const struct keelson_call *call,
                                 const struct keelson_volume *volume, const char *path,
                                 struct keelson_volume_stats *ret)
{
    struct isolate_call c = begin(instance, call, NODE_STATS, volume, path);
    c.answer = answer_stats;
    c.context = ret;
    return isolate_do(&c);
}

static enum keelson_status serve_stats(struct serving *s)
{
    struct keelson_volume_stats result = {.size = sizeof(result)};
    const struct keelson_volume *volume = storage_get_volume(&s->in);
    const char *path = frame_get_text(&s->in);
    if (!frame_is_read(&s->in))
        return KEELSON_INVALID;
    enum keelson_status status = node_of(s)->stats(s->handle, s->call, volume, path, &result);
    frame_put_u32(&s->out, result.abnormal);
    frame_put_i64(&s->out, result.bytes);
    frame_put_i64(&s->out, result.bytes_used);
    frame_put_i64(&s->out, result.bytes_available);
    frame_put_i64(&s->out, result.inodes);
    frame_put_i64(&s->out, result.inodes_used);
    frame_put_i64(&s->out, result.inodes_available);
    frame_put_array(&s->out, result.message, sizeof(result.message));
    return status;
}

static const struct keelson_storage_node_v1 table = {.size = sizeof(table),
                                                     .drivers = drivers,
                                                     .stage = stage,
                                                     .unstage = unstage,
                                                     .publish = publish,
                                                     .unpublish = unpublish,
                                                     .expand = expand,
                                                     .stats = stats};
static const struct isolate_function functions[] = {
    [NODE_DRIVERS] = {"drivers", serve_drivers}, [NODE_STAGE] = {"stage", serve_stage},
    [NODE_UNSTAGE] = {"unstage", serve_unstage}, [NODE_PUBLISH] = {"publish", serve_publish},
    [NODE_EXPAND] = {"expand", serve_expand},    [NODE_UNPUBLISH] = {"unpublish", serve_unpublish},
    [NODE_STATS] = {"stats", serve_stats},
};
const struct isolate_interface isolate_storage_node = {KEELSON_STORAGE_NODE_1, &table, sizeof(table),
                                                       functions, ARRAY_SIZE(functions)};
