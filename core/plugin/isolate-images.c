/* SPDX-License-Identifier: Apache-2.0 */
/* keelson.runtime.images/1 over a channel, function by function: the daemon's side, then the child's. */
#include "core/base/memory.h"
#include "core/plugin/isolate-runtime.h"

enum { IMAGES_LIST, IMAGES_STATUS, IMAGES_PULL, IMAGES_REMOVE, IMAGES_USAGE };

/* ---- list, status ---- */

static int take_image(struct frame_reader *r, void *context)
{
    const struct keelson_image_sink *sink = context;
    struct keelson_image image = {.size = sizeof(image), .pinned = frame_get_u32(r)};
    image.id = frame_get_text(r);
    image.tags = frame_get_texts(r, &image.tags_count);
    image.digests = frame_get_texts(r, &image.digests_count);
    image.size_bytes = (uint64_t)frame_get_i64(r);
    image.user_id = frame_get_i64(r);
    image.username = frame_get_text(r);
    return frame_is_read(r) ? sink->put(sink, &image) : 0;
}

static enum keelson_status list(void *instance, const struct keelson_call *call,
                                const struct keelson_image_sink *sink)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_images, IMAGES_LIST);
    return isolate_do_with_sink(&c, take_image, sink);
}

static enum keelson_status status(void *instance, const struct keelson_call *call, const char *image,
                                  const struct keelson_image_sink *sink)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_images, IMAGES_STATUS);
    frame_put_text(&c.out, image);
    return isolate_do_with_sink(&c, take_image, sink);
}

static int send_image(const struct keelson_image_sink *sink, const struct keelson_image *image)
{
    if (!KEELSON_HAS(image, username))
        return 0;
    struct buffer frame = BUFFER_INIT;
    size_t begun = frame_begin(&frame, FRAME_PUT);
    frame_put_u32(&frame, image->pinned);
    frame_put_text(&frame, image->id);
    frame_put_texts(&frame, image->tags, image->tags_count);
    frame_put_texts(&frame, image->digests, image->digests_count);
    frame_put_i64(&frame, (int64_t)image->size_bytes);
    frame_put_i64(&frame, image->user_id);
    frame_put_text(&frame, image->username);
    frame_end(&frame, begun);
    return serve_send(sink->context, &frame);
}

static struct keelson_image_sink image_sink(struct serving *s)
{
    return (struct keelson_image_sink){
        .size = sizeof(struct keelson_image_sink), .put = send_image, .context = s};
}

static enum keelson_status serve_list(struct serving *s)
{
    const struct keelson_images_v1 *images = s->table;
    const struct keelson_image_sink sink = image_sink(s);
    return images->list(s->handle, s->call, &sink);
}

static enum keelson_status serve_status(struct serving *s)
{
    const struct keelson_images_v1 *images = s->table;
    const struct keelson_image_sink sink = image_sink(s);
    const char *image = frame_get_text(&s->in);
    return frame_is_read(&s->in) ? images->status(s->handle, s->call, image, &sink) : KEELSON_INVALID;
}

/* ---- pull ---- */

static void put_auth(struct buffer *out, const struct keelson_image_auth *auth)
{
    frame_put_u32(out, auth != NULL);
    if (!auth)
        return;
    frame_put_text(out, auth->username);
    frame_put_text(out, auth->password);
    frame_put_text(out, auth->auth);
    frame_put_text(out, auth->server_address);
    frame_put_text(out, auth->identity_token);
    frame_put_text(out, auth->registry_token);
}

static const struct keelson_image_auth *get_auth(struct frame_reader *r)
{
    if (!frame_get_u32(r))
        return NULL;
    struct keelson_image_auth *auth = arena_new(r->arena, struct keelson_image_auth);
    auth->size = sizeof(*auth);
    auth->username = frame_get_text(r);
    auth->password = frame_get_text(r);
    auth->auth = frame_get_text(r);
    auth->server_address = frame_get_text(r);
    auth->identity_token = frame_get_text(r);
    auth->registry_token = frame_get_text(r);
    return auth;
}

static enum keelson_status pull(void *instance, const struct keelson_call *call, const char *image,
                                const struct keelson_image_auth *auth,
                                const struct keelson_sandbox_config *sandbox,
                                const struct keelson_text_sink *image_ref)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_images, IMAGES_PULL);
    frame_put_text(&c.out, image);
    put_auth(&c.out, auth);
    runtime_put_sandbox_config(&c.out, sandbox);
    return isolate_do_with_sink(&c, runtime_put_text, image_ref);
}

static enum keelson_status serve_pull(struct serving *s)
{
    const struct keelson_images_v1 *images = s->table;
    const struct keelson_text_sink image_ref = runtime_text_sink(s);
    const char *image = frame_get_text(&s->in);
    const struct keelson_image_auth *auth = get_auth(&s->in);
    const struct keelson_sandbox_config *sandbox = runtime_get_sandbox_config(&s->in);
    return frame_is_read(&s->in) ? images->pull(s->handle, s->call, image, auth, sandbox, &image_ref)
                                 : KEELSON_INVALID;
}

/* ---- remove ---- */

static enum keelson_status remove_image(void *instance, const struct keelson_call *call, const char *image)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_images, IMAGES_REMOVE);
    frame_put_text(&c.out, image);
    return isolate_do(&c);
}

static enum keelson_status serve_remove(struct serving *s)
{
    const struct keelson_images_v1 *images = s->table;
    const char *image = frame_get_text(&s->in);
    return frame_is_read(&s->in) ? images->remove(s->handle, s->call, image) : KEELSON_INVALID;
}

/* ---- usage ---- */

struct usage_call {
    const struct keelson_text_sink *folder;
    uint64_t *used_bytes, *used_inodes;
};

static int take_folder(struct frame_reader *r, void *context)
{
    return runtime_take_text(r, ((const struct usage_call *)context)->folder);
}

static void answer_usage(struct frame_reader *r, void *context)
{
    const struct usage_call *a = context;
    *a->used_bytes = (uint64_t)frame_get_i64(r);
    *a->used_inodes = (uint64_t)frame_get_i64(r);
}

static enum keelson_status usage(void *instance, const struct keelson_call *call, uint64_t *ret_used_bytes,
                                 uint64_t *ret_used_inodes, const struct keelson_text_sink *folder)
{
    struct isolate_call c = isolate_begin(instance, call, &isolate_images, IMAGES_USAGE);
    struct usage_call a = {folder, ret_used_bytes, ret_used_inodes};
    c.put = take_folder;
    c.answer = answer_usage;
    c.context = &a;
    return isolate_do(&c);
}

static enum keelson_status serve_usage(struct serving *s)
{
    const struct keelson_images_v1 *images = s->table;
    const struct keelson_text_sink folder = runtime_text_sink(s);
    uint64_t used_bytes = 0, used_inodes = 0;
    enum keelson_status answer = images->usage(s->handle, s->call, &used_bytes, &used_inodes, &folder);
    frame_put_i64(&s->out, (int64_t)used_bytes);
    frame_put_i64(&s->out, (int64_t)used_inodes);
    return answer;
}

static const struct keelson_images_v1 table = {.size = sizeof(table),
                                               .list = list,
                                               .status = status,
                                               .pull = pull,
                                               .remove = remove_image,
                                               .usage = usage};
static const struct isolate_function functions[] = {{"list", serve_list},
                                                    {"status", serve_status},
                                                    {"pull", serve_pull},
                                                    {"remove", serve_remove},
                                                    {"usage", serve_usage}};
const struct isolate_interface isolate_images = {KEELSON_IMAGES_1, &table, sizeof(table), functions,
                                                 ARRAY_SIZE(functions)};
