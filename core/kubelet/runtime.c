/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each call is a small struct of arguments and a trampoline that the plugin host runs. What sinks are given
 * is copied at once.
 */
#include "core/kubelet/runtime.h"

#include "core/base/memory.h"
#include "core/base/number.h"

#define OUTPUT_BYTES_MAX (10u << 10)
#define ID_BYTES_MAX     4096u

/* What any call may need; each uses a few. */
struct arguments {
    struct runtime *runtime;
    const char *id;
    int64_t number;
    const void *config, *other;
    const char *const *command;
    uint32_t count;
    struct keelson_text_sink text;
    struct keelson_sandbox_sink sandboxes;
    struct keelson_container_sink containers;
    struct keelson_image_sink images;
    struct keelson_runtime_event_sink events;
    struct keelson_runtime_info *info;
    int32_t *exit_code;
    uint64_t *bytes, *inodes;
};
struct growing { /* an array in an arena */
    struct arena *arena;
    void *items;
    size_t count, capacity;
};

static int perform(struct runtime *r, const char *operation, int64_t timeout_ms, int cancel_fd,
                   plugin_function *function, struct arguments *a, struct error *err)
{
    struct plugin_call_options options = {.operation = operation,
                                          .timeout_ms = timeout_ms ? timeout_ms : r->timeout_ms,
                                          .cancel_fd = cancel_fd};
    a->runtime = r;
    return plugin_call_here(r->instance, &options, function, a, err);
}

static void *grow(struct growing *g, size_t size)
{
    if (g->count == g->capacity) {
        size_t capacity = g->capacity ? g->capacity * 2 : 8;
        void *items = arena_alloc0(g->arena, capacity * size);
        if (g->count)
            memcpy(items, g->items, g->count * size);
        g->items = items;
        g->capacity = capacity;
    }
    return (char *)g->items + g->count++ * size;
}

static int put_text(const struct keelson_text_sink *sink, int fd, const char *data, size_t size)
{
    struct buffer *out = sink->context;
    size_t room = OUTPUT_BYTES_MAX - MIN(out->size, (size_t)OUTPUT_BYTES_MAX);
    buffer_append(out, data, MIN(size, room));
    return 0;
}

static const char *pair_of(const struct keelson_pairs *pairs, const char *key)
{
    for (uint32_t i = 0; i < pairs->count; i++)
        if (strcmp(pairs->items[i].key, key) == 0)
            return pairs->items[i].value;
    return "";
}

static const char **copy_texts(struct arena *arena, const char *const *texts, uint32_t count)
{
    const char **out = arena_alloc0(arena, (count + 1) * sizeof(*out));
    for (uint32_t i = 0; i < count; i++)
        out[i] = arena_strdup(arena, texts[i]);
    return out;
}

static const char *text_or_empty(const char *text)
{
    return text ? text : "";
}

static int put_sandbox(const struct keelson_sandbox_sink *sink, const struct keelson_sandbox *s)
{
    struct growing *g = sink->context;
    struct runtime_sandbox *out = grow(g, sizeof(*out));
    *out = (struct runtime_sandbox){
        .id = arena_strdup(g->arena, s->id),
        .name = arena_strdup(g->arena, s->name),
        .namespace_ = arena_strdup(g->arena, s->namespace_),
        .uid = arena_strdup(g->arena, s->uid),
        .ips = copy_texts(g->arena, s->ips, s->ips_count),
        .ips_count = s->ips_count,
        .attempt = s->attempt,
        .created_ns = s->created_at_ns,
        .ready = s->state == KEELSON_SANDBOX_READY,
    };
    return 0;
}

static int put_container(const struct keelson_container_sink *sink, const struct keelson_container *c)
{
    struct growing *g = sink->context;
    struct runtime_container *out = grow(g, sizeof(*out));
    int64_t restarts = c->attempt;
    int64_t grace = -1;
    parse_i64(slice_of(pair_of(&c->annotations, ANNOTATION_RESTART_COUNT)), 0, UINT32_MAX, &restarts);
    parse_i64(slice_of(pair_of(&c->annotations, ANNOTATION_GRACE)), 0, INT32_MAX, &grace);
    struct runtime_container found = {
        .id = c->id,
        .sandbox_id = text_or_empty(c->sandbox_id),
        .name = pair_of(&c->labels, LABEL_CONTAINER_NAME),
        .pod_uid = pair_of(&c->labels, LABEL_POD_UID),
        .image = text_or_empty(c->image),
        .image_id = text_or_empty(c->image_id),
        .reason = text_or_empty(c->reason),
        .message = text_or_empty(c->message),
        .log_path = text_or_empty(c->log_path),
        .hash = pair_of(&c->annotations, ANNOTATION_HASH),
        .termination_path = pair_of(&c->annotations, ANNOTATION_TERMINATION_PATH),
        .termination_policy = pair_of(&c->annotations, ANNOTATION_TERMINATION_POLICY),
        .resize_hash = pair_of(&c->annotations, ANNOTATION_RESIZE_HASH),
        .state = c->state,
        .restart_count = (uint32_t)restarts,
        .exit_code = c->exit_code,
        .created_ns = c->created_at_ns,
        .started_ns = c->started_at_ns,
        .finished_ns = c->finished_at_ns,
        .grace_s = grace,
    };
    runtime_container_copy(g->arena, out, &found);
    return 0;
}

static int put_image(const struct keelson_image_sink *sink, const struct keelson_image *i)
{
    struct growing *g = sink->context;
    struct runtime_image *out = grow(g, sizeof(*out));
    *out = (struct runtime_image){
        .id = arena_strdup(g->arena, i->id),
        .username = arena_strdup(g->arena, text_or_empty(i->username)),
        .tags = copy_texts(g->arena, i->tags, i->tags_count),
        .digests = copy_texts(g->arena, i->digests, i->digests_count),
        .tags_count = i->tags_count,
        .digests_count = i->digests_count,
        .size_bytes = i->size_bytes,
        .user_id = i->user_id,
        .pinned = i->pinned,
    };
    return 0;
}

void runtime_sandbox_copy(struct arena *arena, struct runtime_sandbox *to, const struct runtime_sandbox *from)
{
    *to = *from;
    to->id = arena_strdup(arena, from->id);
    to->name = arena_strdup(arena, from->name);
    to->namespace_ = arena_strdup(arena, from->namespace_);
    to->uid = arena_strdup(arena, from->uid);
    to->ips = copy_texts(arena, from->ips, from->ips_count);
}

void runtime_container_copy(struct arena *arena, struct runtime_container *to,
                            const struct runtime_container *from)
{
    *to = *from;
    const char **texts[] = {&to->id,
                            &to->sandbox_id,
                            &to->name,
                            &to->pod_uid,
                            &to->image,
                            &to->image_id,
                            &to->reason,
                            &to->message,
                            &to->log_path,
                            &to->hash,
                            &to->termination_path,
                            &to->termination_policy,
                            &to->resize_hash};
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
        *texts[i] = arena_strdup(arena, *texts[i]);
}

/* --- the node --- */

static enum keelson_status call_info(void *handle, const struct keelson_call *call, void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->table->info(handle, call, a->info);
}

int runtime_info(struct runtime *r, struct keelson_runtime_info *ret, struct error *err)
{
    *ret = (struct keelson_runtime_info){.size = sizeof(*ret)};
    struct arguments a = {.info = ret};
    return perform(r, "runtime.info", 0, 0, call_info, &a, err);
}

static enum keelson_status call_cidr(void *handle, const struct keelson_call *call, void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->table->set_pod_cidr(handle, call, a->id);
}

int runtime_set_pod_cidr(struct runtime *r, const char *cidr, struct error *err)
{
    struct arguments a = {.id = cidr};
    return perform(r, "runtime.set_pod_cidr", 0, 0, call_cidr, &a, err);
}

/* --- sandboxes --- */

static int take_id(struct buffer *text, struct arena *arena, const char **ret, struct error *err)
{
    int rc = 0;
    if (text->size == 0 || text->size > ID_BYTES_MAX)
        rc = error_set(err, ERR_INTERNAL, "the runtime plugin gave no id");
    else
        *ret = arena_strndup(arena, text->data, text->size);
    buffer_done(text);
    return rc;
}

static enum keelson_status call_sandbox_run(void *handle, const struct keelson_call *call, void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->table->sandbox_run(handle, call, a->config, &a->text);
}

int runtime_sandbox_run(struct runtime *r, const struct keelson_sandbox_config *config, int cancel_fd,
                        struct arena *arena, const char **ret_id, struct error *err)
{
    struct buffer id = BUFFER_INIT;
    struct arguments a = {.config = config, .text = {sizeof(a.text), 0, put_text, &id}};
    if (perform(r, "runtime.sandbox_run", 240000, cancel_fd, call_sandbox_run, &a, err) < 0) {
        buffer_done(&id);
        return -1;
    }
    return take_id(&id, arena, ret_id, err);
}

static enum keelson_status call_sandbox_stop(void *handle, const struct keelson_call *call, void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->table->sandbox_stop(handle, call, a->id);
}

int runtime_sandbox_stop(struct runtime *r, const char *id, struct error *err)
{
    struct arguments a = {.id = id};
    return perform(r, "runtime.sandbox_stop", 0, 0, call_sandbox_stop, &a, err);
}

static enum keelson_status call_sandbox_remove(void *handle, const struct keelson_call *call, void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->table->sandbox_remove(handle, call, a->id);
}

int runtime_sandbox_remove(struct runtime *r, const char *id, struct error *err)
{
    struct arguments a = {.id = id};
    return perform(r, "runtime.sandbox_remove", 0, 0, call_sandbox_remove, &a, err);
}

static enum keelson_status call_sandbox_status(void *handle, const struct keelson_call *call, void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->table->sandbox_status(handle, call, a->id, &a->sandboxes);
}

int runtime_sandbox_status(struct runtime *r, const char *id, struct arena *arena,
                           struct runtime_sandbox **ret, struct error *err)
{
    struct growing found = {.arena = arena};
    struct arguments a = {.id = id, .sandboxes = {sizeof(a.sandboxes), 0, put_sandbox, &found}};
    if (perform(r, "runtime.sandbox_status", 0, 0, call_sandbox_status, &a, err) < 0)
        return -1;
    if (!found.count)
        return error_set(err, ERR_NOT_FOUND, "sandbox %s: the runtime plugin told nothing", id);
    *ret = found.items;
    return 0;
}

static enum keelson_status call_sandbox_list(void *handle, const struct keelson_call *call, void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->table->sandbox_list(handle, call, &a->sandboxes);
}

int runtime_sandbox_list(struct runtime *r, struct arena *arena, struct runtime_sandbox **ret,
                         size_t *ret_count, struct error *err)
{
    struct growing found = {.arena = arena};
    struct arguments a = {.sandboxes = {sizeof(a.sandboxes), 0, put_sandbox, &found}};
    if (perform(r, "runtime.sandbox_list", 0, 0, call_sandbox_list, &a, err) < 0)
        return -1;
    *ret = found.items;
    *ret_count = found.count;
    return 0;
}

/* --- containers --- */

static enum keelson_status call_container_create(void *handle, const struct keelson_call *call,
                                                 void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->table->container_create(handle, call, a->id, a->config, a->other, &a->text);
}

int runtime_container_create(struct runtime *r, const char *sandbox_id,
                             const struct keelson_container_config *config,
                             const struct keelson_sandbox_config *sandbox, struct arena *arena,
                             const char **ret_id, struct error *err)
{
    struct buffer id = BUFFER_INIT;
    struct arguments a = {
        .id = sandbox_id, .config = config, .other = sandbox, .text = {sizeof(a.text), 0, put_text, &id}};
    if (perform(r, "runtime.container_create", 0, 0, call_container_create, &a, err) < 0) {
        buffer_done(&id);
        return -1;
    }
    return take_id(&id, arena, ret_id, err);
}

static enum keelson_status call_container_start(void *handle, const struct keelson_call *call,
                                                void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->table->container_start(handle, call, a->id);
}

int runtime_container_start(struct runtime *r, const char *id, struct error *err)
{
    struct arguments a = {.id = id};
    return perform(r, "runtime.container_start", 0, 0, call_container_start, &a, err);
}

static enum keelson_status call_container_stop(void *handle, const struct keelson_call *call, void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->table->container_stop(handle, call, a->id, a->number);
}

int runtime_container_stop(struct runtime *r, const char *id, int64_t grace_s, int cancel_fd,
                           struct error *err)
{
    struct arguments a = {.id = id, .number = grace_s};
    return perform(r, "runtime.container_stop", r->timeout_ms + grace_s * 1000, cancel_fd,
                   call_container_stop, &a, err);
}

static enum keelson_status call_container_remove(void *handle, const struct keelson_call *call,
                                                 void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->table->container_remove(handle, call, a->id);
}

int runtime_container_remove(struct runtime *r, const char *id, struct error *err)
{
    struct arguments a = {.id = id};
    return perform(r, "runtime.container_remove", 0, 0, call_container_remove, &a, err);
}

static enum keelson_status call_container_status(void *handle, const struct keelson_call *call,
                                                 void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->table->container_status(handle, call, a->id, &a->containers);
}

int runtime_container_status(struct runtime *r, const char *id, struct arena *arena,
                             struct runtime_container **ret, struct error *err)
{
    struct growing found = {.arena = arena};
    struct arguments a = {.id = id, .containers = {sizeof(a.containers), 0, put_container, &found}};
    if (perform(r, "runtime.container_status", 0, 0, call_container_status, &a, err) < 0)
        return -1;
    if (!found.count)
        return error_set(err, ERR_NOT_FOUND, "container %s: the runtime plugin told nothing", id);
    *ret = found.items;
    return 0;
}

static enum keelson_status call_container_update(void *handle, const struct keelson_call *call,
                                                 void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->table->container_update(handle, call, a->id, a->config);
}

int runtime_container_update(struct runtime *r, const char *id, const struct keelson_resources *resources,
                             struct error *err)
{
    struct arguments a = {.id = id, .config = resources};
    return perform(r, "runtime.container_update", 0, 0, call_container_update, &a, err);
}

static enum keelson_status call_container_list(void *handle, const struct keelson_call *call, void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->table->container_list(handle, call, &a->containers);
}

int runtime_container_list(struct runtime *r, struct arena *arena, struct runtime_container **ret,
                           size_t *ret_count, struct error *err)
{
    struct growing found = {.arena = arena};
    struct arguments a = {.containers = {sizeof(a.containers), 0, put_container, &found}};
    if (perform(r, "runtime.container_list", 0, 0, call_container_list, &a, err) < 0)
        return -1;
    *ret = found.items;
    *ret_count = found.count;
    return 0;
}

static enum keelson_status call_reopen(void *handle, const struct keelson_call *call, void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->table->container_reopen_log(handle, call, a->id);
}

int runtime_container_reopen_log(struct runtime *r, const char *id, struct error *err)
{
    struct arguments a = {.id = id};
    return perform(r, "runtime.container_reopen_log", 0, 0, call_reopen, &a, err);
}

static enum keelson_status call_exec(void *handle, const struct keelson_call *call, void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->table->exec_sync(handle, call, a->id, a->command, a->count, a->number, &a->text,
                                        a->exit_code);
}

int runtime_exec(struct runtime *r, const char *id, const char *const *command, uint32_t count,
                 int64_t timeout_s, int cancel_fd, struct buffer *output, int32_t *ret_exit_code,
                 struct error *err)
{
    struct arguments a = {.id = id,
                          .command = command,
                          .count = count,
                          .number = timeout_s,
                          .text = {sizeof(a.text), 0, put_text, output},
                          .exit_code = ret_exit_code};
    return perform(r, "runtime.exec_sync", timeout_s > 0 ? timeout_s * 1000 + 2000 : 0, cancel_fd, call_exec,
                   &a, err);
}

struct event_context {
    int (*event)(void *context, const char *container_id, const char *sandbox_id);
    void *context;
};

static int put_event(const struct keelson_runtime_event_sink *sink, const struct keelson_runtime_event *event)
{
    const struct event_context *c = sink->context;
    return c->event(c->context, text_or_empty(event->container_id), text_or_empty(event->sandbox_id));
}

static enum keelson_status call_events(void *handle, const struct keelson_call *call, void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->table->events(handle, call, &a->events);
}

int runtime_events(struct runtime *r, int cancel_fd,
                   int (*event)(void *context, const char *container_id, const char *sandbox_id),
                   void *context, struct error *err)
{
    struct event_context c = {event, context};
    struct arguments a = {.events = {sizeof(a.events), 0, put_event, &c}};
    if (!KEELSON_HAS(r->table, events) || !r->table->events)
        return error_set(err, ERR_METHOD_NOT_ALLOWED, "no events");
    return perform(r, "runtime.events", -1, cancel_fd, call_events, &a, err);
}

/* --- images --- */

static enum keelson_status call_image_status(void *handle, const struct keelson_call *call, void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->images->status(handle, call, a->id, &a->images);
}

int runtime_image_status(struct runtime *r, const char *image, struct arena *arena,
                         struct runtime_image **ret, struct error *err)
{
    struct growing found = {.arena = arena};
    struct error why = ERROR_INIT;
    struct arguments a = {.id = image, .images = {sizeof(a.images), 0, put_image, &found}};
    int rc = perform(r, "images.status", 0, 0, call_image_status, &a, &why);
    bool absent = rc < 0 && why.code == ERR_NOT_FOUND;
    if (rc < 0 && !absent) {
        if (err)
            error_move(err, &why);
        error_done(&why);
        return -1;
    }
    error_done(&why);
    *ret = found.count ? found.items : NULL;
    return 0;
}

static enum keelson_status call_image_list(void *handle, const struct keelson_call *call, void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->images->list(handle, call, &a->images);
}

int runtime_image_list(struct runtime *r, struct arena *arena, struct runtime_image **ret, size_t *ret_count,
                       struct error *err)
{
    struct growing found = {.arena = arena};
    struct arguments a = {.images = {sizeof(a.images), 0, put_image, &found}};
    if (perform(r, "images.list", 0, 0, call_image_list, &a, err) < 0)
        return -1;
    *ret = found.items;
    *ret_count = found.count;
    return 0;
}

static enum keelson_status call_image_pull(void *handle, const struct keelson_call *call, void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->images->pull(handle, call, a->id, a->other, a->config, &a->text);
}

int runtime_image_pull(struct runtime *r, const char *image, const struct keelson_image_auth *auth,
                       const struct keelson_sandbox_config *sandbox, int cancel_fd, struct arena *arena,
                       const char **ret_ref, struct error *err)
{
    struct buffer id = BUFFER_INIT;
    struct arguments a = {
        .id = image, .config = sandbox, .other = auth, .text = {sizeof(a.text), 0, put_text, &id}};
    if (perform(r, "images.pull", 1800000, cancel_fd, call_image_pull, &a, err) < 0) {
        buffer_done(&id);
        return -1;
    }
    return take_id(&id, arena, ret_ref, err);
}

static enum keelson_status call_image_remove(void *handle, const struct keelson_call *call, void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->images->remove(handle, call, a->id);
}

int runtime_image_remove(struct runtime *r, const char *image, struct error *err)
{
    struct arguments a = {.id = image};
    return perform(r, "images.remove", 0, 0, call_image_remove, &a, err);
}

static enum keelson_status call_image_usage(void *handle, const struct keelson_call *call, void *arguments)
{
    struct arguments *a = arguments;
    return a->runtime->images->usage(handle, call, a->bytes, a->inodes, &a->text);
}

int runtime_image_usage(struct runtime *r, uint64_t *ret_bytes, struct arena *arena, const char **ret_folder,
                        struct error *err)
{
    struct buffer folder = BUFFER_INIT;
    uint64_t inodes = 0;
    struct arguments a = {
        .bytes = ret_bytes, .inodes = &inodes, .text = {sizeof(a.text), 0, put_text, &folder}};
    int rc = perform(r, "images.usage", 0, 0, call_image_usage, &a, err);
    if (rc == 0)
        *ret_folder = arena_strndup(arena, folder.data ? folder.data : "", folder.size);
    buffer_done(&folder);
    return rc;
}
