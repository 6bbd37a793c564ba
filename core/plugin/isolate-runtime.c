/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keelson.runtime/1 over a channel, function by function: the daemon's side, then the child's. Configurations
 * and texts are in isolate-runtime-values.c.
 */
#include "core/base/memory.h"
#include "core/plugin/isolate-runtime.h"

enum {
    RUNTIME_INFO,
    RUNTIME_SANDBOX_RUN,
    RUNTIME_SANDBOX_STOP,
    RUNTIME_SANDBOX_REMOVE,
    RUNTIME_SANDBOX_STATUS,
    RUNTIME_SANDBOX_LIST,
    RUNTIME_CONTAINER_CREATE,
    RUNTIME_CONTAINER_START,
    RUNTIME_CONTAINER_STOP,
    RUNTIME_CONTAINER_REMOVE,
    RUNTIME_CONTAINER_STATUS,
    RUNTIME_CONTAINER_LIST,
    RUNTIME_CONTAINER_UPDATE,
    RUNTIME_CONTAINER_REOPEN_LOG,
    RUNTIME_CONTAINER_USAGE,
    RUNTIME_EXEC_SYNC,
    RUNTIME_EXEC,
    RUNTIME_ATTACH,
    RUNTIME_PORT_FORWARD,
    RUNTIME_SET_POD_CIDR,
    RUNTIME_EVENTS
};

static struct isolate_call begin(void *instance, const struct keelson_call *call, uint32_t function)
{
    return isolate_begin(instance, call, &isolate_runtime, function);
}

static const struct keelson_runtime_v1 *runtime_of(const struct serving *s)
{
    return s->table;
}

/* ---- Calls about one id, without an answer ---- */

static enum keelson_status do_id(void *instance, const struct keelson_call *call, uint32_t function,
                                 const char *id)
{
    struct isolate_call c = begin(instance, call, function);
    frame_put_text(&c.out, id);
    return isolate_do(&c);
}

typedef enum keelson_status id_function(void *instance, const struct keelson_call *call, const char *id);

static enum keelson_status serve_id(struct serving *s, id_function *function)
{
    const char *id = frame_get_text(&s->in);
    return frame_is_read(&s->in) ? function(s->handle, s->call, id) : KEELSON_INVALID;
}

static enum keelson_status sandbox_stop(void *instance, const struct keelson_call *call, const char *id)
{
    return do_id(instance, call, RUNTIME_SANDBOX_STOP, id);
}

static enum keelson_status serve_sandbox_stop(struct serving *s)
{
    return serve_id(s, runtime_of(s)->sandbox_stop);
}

static enum keelson_status sandbox_remove(void *instance, const struct keelson_call *call, const char *id)
{
    return do_id(instance, call, RUNTIME_SANDBOX_REMOVE, id);
}

static enum keelson_status serve_sandbox_remove(struct serving *s)
{
    return serve_id(s, runtime_of(s)->sandbox_remove);
}

static enum keelson_status container_start(void *instance, const struct keelson_call *call, const char *id)
{
    return do_id(instance, call, RUNTIME_CONTAINER_START, id);
}

static enum keelson_status serve_container_start(struct serving *s)
{
    return serve_id(s, runtime_of(s)->container_start);
}

static enum keelson_status container_remove(void *instance, const struct keelson_call *call, const char *id)
{
    return do_id(instance, call, RUNTIME_CONTAINER_REMOVE, id);
}

static enum keelson_status serve_container_remove(struct serving *s)
{
    return serve_id(s, runtime_of(s)->container_remove);
}

static enum keelson_status container_reopen_log(void *instance, const struct keelson_call *call,
                                                const char *id)
{
    return do_id(instance, call, RUNTIME_CONTAINER_REOPEN_LOG, id);
}

static enum keelson_status serve_container_reopen_log(struct serving *s)
{
    return serve_id(s, runtime_of(s)->container_reopen_log);
}

static enum keelson_status set_pod_cidr(void *instance, const struct keelson_call *call, const char *pod_cidr)
{
    return do_id(instance, call, RUNTIME_SET_POD_CIDR, pod_cidr);
}

static enum keelson_status serve_set_pod_cidr(struct serving *s)
{
    return serve_id(s, runtime_of(s)->set_pod_cidr);
}

static enum keelson_status container_stop(void *instance, const struct keelson_call *call, const char *id,
                                          int64_t grace_s)
{
    struct isolate_call c = begin(instance, call, RUNTIME_CONTAINER_STOP);
    frame_put_text(&c.out, id);
    frame_put_i64(&c.out, grace_s);
    return isolate_do(&c);
}

static enum keelson_status serve_container_stop(struct serving *s)
{
    const char *id = frame_get_text(&s->in);
    int64_t grace_s = frame_get_i64(&s->in);
    return frame_is_read(&s->in) ? runtime_of(s)->container_stop(s->handle, s->call, id, grace_s)
                                 : KEELSON_INVALID;
}

static enum keelson_status container_update(void *instance, const struct keelson_call *call, const char *id,
                                            const struct keelson_resources *resources)
{
    struct isolate_call c = begin(instance, call, RUNTIME_CONTAINER_UPDATE);
    frame_put_text(&c.out, id);
    runtime_put_resources(&c.out, resources);
    return isolate_do(&c);
}

static enum keelson_status serve_container_update(struct serving *s)
{
    const char *id = frame_get_text(&s->in);
    const struct keelson_resources *resources = runtime_get_resources(&s->in);
    return frame_is_read(&s->in) ? runtime_of(s)->container_update(s->handle, s->call, id, resources)
                                 : KEELSON_INVALID;
}

/* ---- info ---- */

static void answer_info(struct frame_reader *r, void *context)
{
    struct keelson_runtime_info *ret = context;
    ret->runtime_ready = frame_get_u32(r);
    ret->network_ready = frame_get_u32(r);
    frame_get_array(r, ret->name, sizeof(ret->name));
    frame_get_array(r, ret->version, sizeof(ret->version));
    frame_get_array(r, ret->api_version, sizeof(ret->api_version));
    frame_get_array(r, ret->runtime_message, sizeof(ret->runtime_message));
    frame_get_array(r, ret->network_message, sizeof(ret->network_message));
}

static enum keelson_status info(void *instance, const struct keelson_call *call,
                                struct keelson_runtime_info *ret)
{
    struct isolate_call c = begin(instance, call, RUNTIME_INFO);
    c.answer = answer_info;
    c.context = ret;
    return isolate_do(&c);
}

static enum keelson_status serve_info(struct serving *s)
{
    struct keelson_runtime_info result = {.size = sizeof(result)};
    enum keelson_status status = runtime_of(s)->info(s->handle, s->call, &result);
    frame_put_u32(&s->out, result.runtime_ready);
    frame_put_u32(&s->out, result.network_ready);
    frame_put_array(&s->out, result.name, sizeof(result.name));
    frame_put_array(&s->out, result.version, sizeof(result.version));
    frame_put_array(&s->out, result.api_version, sizeof(result.api_version));
    frame_put_array(&s->out, result.runtime_message, sizeof(result.runtime_message));
    frame_put_array(&s->out, result.network_message, sizeof(result.network_message));
    return status;
}

/* ---- Sandboxes ---- */

static enum keelson_status sandbox_run(void *instance, const struct keelson_call *call,
                                       const struct keelson_sandbox_config *config,
                                       const struct keelson_text_sink *id)
{
    struct isolate_call c = begin(instance, call, RUNTIME_SANDBOX_RUN);
    runtime_put_sandbox_config(&c.out, config);
    return isolate_do_with_sink(&c, runtime_put_text, id);
}

static enum keelson_status serve_sandbox_run(struct serving *s)
{
    const struct keelson_text_sink id = runtime_text_sink(s);
    const struct keelson_sandbox_config *config = runtime_get_sandbox_config(&s->in);
    return frame_is_read(&s->in) ? runtime_of(s)->sandbox_run(s->handle, s->call, config, &id)
                                 : KEELSON_INVALID;
}

static int take_sandbox(struct frame_reader *r, void *context)
{
    const struct keelson_sandbox_sink *sink = context;
    struct keelson_sandbox sandbox = {.size = sizeof(sandbox)};
    sandbox.state = (enum keelson_sandbox_state)frame_get_u32(r);
    sandbox.id = frame_get_text(r);
    sandbox.name = frame_get_text(r);
    sandbox.namespace_ = frame_get_text(r);
    sandbox.uid = frame_get_text(r);
    sandbox.runtime_handler = frame_get_text(r);
    sandbox.attempt = frame_get_u32(r);
    sandbox.ips = frame_get_texts(r, &sandbox.ips_count);
    sandbox.created_at_ns = frame_get_i64(r);
    sandbox.labels = frame_get_pairs(r);
    sandbox.annotations = frame_get_pairs(r);
    return frame_is_read(r) ? sink->put(sink, &sandbox) : 0;
}

static enum keelson_status sandbox_status(void *instance, const struct keelson_call *call, const char *id,
                                          const struct keelson_sandbox_sink *sink)
{
    struct isolate_call c = begin(instance, call, RUNTIME_SANDBOX_STATUS);
    frame_put_text(&c.out, id);
    return isolate_do_with_sink(&c, take_sandbox, sink);
}

static enum keelson_status sandbox_list(void *instance, const struct keelson_call *call,
                                        const struct keelson_sandbox_sink *sink)
{
    struct isolate_call c = begin(instance, call, RUNTIME_SANDBOX_LIST);
    return isolate_do_with_sink(&c, take_sandbox, sink);
}

/* What is smaller than in ABI 1.0 is no sandbox; so with all below. */
static int send_sandbox(const struct keelson_sandbox_sink *sink, const struct keelson_sandbox *sandbox)
{
    if (!KEELSON_HAS(sandbox, annotations))
        return 0;
    struct buffer frame = BUFFER_INIT;
    size_t begun = frame_begin(&frame, FRAME_PUT);
    frame_put_u32(&frame, sandbox->state);
    frame_put_text(&frame, sandbox->id);
    frame_put_text(&frame, sandbox->name);
    frame_put_text(&frame, sandbox->namespace_);
    frame_put_text(&frame, sandbox->uid);
    frame_put_text(&frame, sandbox->runtime_handler);
    frame_put_u32(&frame, sandbox->attempt);
    frame_put_texts(&frame, sandbox->ips, sandbox->ips_count);
    frame_put_i64(&frame, sandbox->created_at_ns);
    frame_put_pairs(&frame, &sandbox->labels);
    frame_put_pairs(&frame, &sandbox->annotations);
    frame_end(&frame, begun);
    return serve_send(sink->context, &frame);
}

static enum keelson_status serve_sandbox_status(struct serving *s)
{
    const struct keelson_sandbox_sink sink = {.size = sizeof(sink), .put = send_sandbox, .context = s};
    const char *id = frame_get_text(&s->in);
    return frame_is_read(&s->in) ? runtime_of(s)->sandbox_status(s->handle, s->call, id, &sink)
                                 : KEELSON_INVALID;
}

static enum keelson_status serve_sandbox_list(struct serving *s)
{
    const struct keelson_sandbox_sink sink = {.size = sizeof(sink), .put = send_sandbox, .context = s};
    return runtime_of(s)->sandbox_list(s->handle, s->call, &sink);
}

/* ---- Containers ---- */

static enum keelson_status container_create(void *instance, const struct keelson_call *call,
                                            const char *sandbox_id,
                                            const struct keelson_container_config *config,
                                            const struct keelson_sandbox_config *sandbox,
                                            const struct keelson_text_sink *id)
{
    struct isolate_call c = begin(instance, call, RUNTIME_CONTAINER_CREATE);
    frame_put_text(&c.out, sandbox_id);
    runtime_put_container_config(&c.out, config);
    runtime_put_sandbox_config(&c.out, sandbox);
    return isolate_do_with_sink(&c, runtime_put_text, id);
}

static enum keelson_status serve_container_create(struct serving *s)
{
    const struct keelson_text_sink id = runtime_text_sink(s);
    const char *sandbox_id = frame_get_text(&s->in);
    const struct keelson_container_config *config = runtime_get_container_config(&s->in);
    const struct keelson_sandbox_config *sandbox = runtime_get_sandbox_config(&s->in);
    return frame_is_read(&s->in)
               ? runtime_of(s)->container_create(s->handle, s->call, sandbox_id, config, sandbox, &id)
               : KEELSON_INVALID;
}

static int take_container(struct frame_reader *r, void *context)
{
    const struct keelson_container_sink *sink = context;
    struct keelson_container container = {.size = sizeof(container)};
    container.state = (enum keelson_container_state)frame_get_u32(r);
    container.id = frame_get_text(r);
    container.sandbox_id = frame_get_text(r);
    container.name = frame_get_text(r);
    container.image = frame_get_text(r);
    container.image_id = frame_get_text(r);
    container.attempt = frame_get_u32(r);
    container.exit_code = (int32_t)frame_get_u32(r);
    container.created_at_ns = frame_get_i64(r);
    container.started_at_ns = frame_get_i64(r);
    container.finished_at_ns = frame_get_i64(r);
    container.reason = frame_get_text(r);
    container.message = frame_get_text(r);
    container.log_path = frame_get_text(r);
    container.labels = frame_get_pairs(r);
    container.annotations = frame_get_pairs(r);
    return frame_is_read(r) ? sink->put(sink, &container) : 0;
}

static enum keelson_status container_status(void *instance, const struct keelson_call *call, const char *id,
                                            const struct keelson_container_sink *sink)
{
    struct isolate_call c = begin(instance, call, RUNTIME_CONTAINER_STATUS);
    frame_put_text(&c.out, id);
    return isolate_do_with_sink(&c, take_container, sink);
}

static enum keelson_status container_list(void *instance, const struct keelson_call *call,
                                          const struct keelson_container_sink *sink)
{
    struct isolate_call c = begin(instance, call, RUNTIME_CONTAINER_LIST);
    return isolate_do_with_sink(&c, take_container, sink);
}

static int send_container(const struct keelson_container_sink *sink,
                          const struct keelson_container *container)
{
    if (!KEELSON_HAS(container, annotations))
        return 0;
    struct buffer frame = BUFFER_INIT;
    size_t begun = frame_begin(&frame, FRAME_PUT);
    frame_put_u32(&frame, container->state);
    frame_put_text(&frame, container->id);
    frame_put_text(&frame, container->sandbox_id);
    frame_put_text(&frame, container->name);
    frame_put_text(&frame, container->image);
    frame_put_text(&frame, container->image_id);
    frame_put_u32(&frame, container->attempt);
    frame_put_u32(&frame, (uint32_t)container->exit_code);
    frame_put_i64(&frame, container->created_at_ns);
    frame_put_i64(&frame, container->started_at_ns);
    frame_put_i64(&frame, container->finished_at_ns);
    frame_put_text(&frame, container->reason);
    frame_put_text(&frame, container->message);
    frame_put_text(&frame, container->log_path);
    frame_put_pairs(&frame, &container->labels);
    frame_put_pairs(&frame, &container->annotations);
    frame_end(&frame, begun);
    return serve_send(sink->context, &frame);
}

static enum keelson_status serve_container_status(struct serving *s)
{
    const struct keelson_container_sink sink = {.size = sizeof(sink), .put = send_container, .context = s};
    const char *id = frame_get_text(&s->in);
    return frame_is_read(&s->in) ? runtime_of(s)->container_status(s->handle, s->call, id, &sink)
                                 : KEELSON_INVALID;
}

static enum keelson_status serve_container_list(struct serving *s)
{
    const struct keelson_container_sink sink = {.size = sizeof(sink), .put = send_container, .context = s};
    return runtime_of(s)->container_list(s->handle, s->call, &sink);
}

static int take_usage(struct frame_reader *r, void *context)
{
    const struct keelson_usage_sink *sink = context;
    struct keelson_usage usage = {.size = sizeof(usage)};
    usage.container_id = frame_get_text(r);
    usage.timestamp_ns = frame_get_i64(r);
    usage.cpu_nanoseconds = (uint64_t)frame_get_i64(r);
    usage.memory_working_set_bytes = (uint64_t)frame_get_i64(r);
    usage.memory_usage_bytes = (uint64_t)frame_get_i64(r);
    usage.memory_rss_bytes = (uint64_t)frame_get_i64(r);
    usage.memory_page_faults = (uint64_t)frame_get_i64(r);
    usage.memory_major_page_faults = (uint64_t)frame_get_i64(r);
    usage.writable_layer_bytes = (uint64_t)frame_get_i64(r);
    usage.writable_layer_inodes = (uint64_t)frame_get_i64(r);
    return frame_is_read(r) ? sink->put(sink, &usage) : 0;
}

static enum keelson_status container_usage(void *instance, const struct keelson_call *call,
                                           const struct keelson_usage_sink *sink)
{
    struct isolate_call c = begin(instance, call, RUNTIME_CONTAINER_USAGE);
    return isolate_do_with_sink(&c, take_usage, sink);
}

static int send_usage(const struct keelson_usage_sink *sink, const struct keelson_usage *usage)
{
    if (!KEELSON_HAS(usage, writable_layer_inodes))
        return 0;
    struct buffer frame = BUFFER_INIT;
    size_t begun = frame_begin(&frame, FRAME_PUT);
    frame_put_text(&frame, usage->container_id);
    frame_put_i64(&frame, usage->timestamp_ns);
    frame_put_i64(&frame, (int64_t)usage->cpu_nanoseconds);
    frame_put_i64(&frame, (int64_t)usage->memory_working_set_bytes);
    frame_put_i64(&frame, (int64_t)usage->memory_usage_bytes);
    frame_put_i64(&frame, (int64_t)usage->memory_rss_bytes);
    frame_put_i64(&frame, (int64_t)usage->memory_page_faults);
    frame_put_i64(&frame, (int64_t)usage->memory_major_page_faults);
    frame_put_i64(&frame, (int64_t)usage->writable_layer_bytes);
    frame_put_i64(&frame, (int64_t)usage->writable_layer_inodes);
    frame_end(&frame, begun);
    return serve_send(sink->context, &frame);
}

static enum keelson_status serve_container_usage(struct serving *s)
{
    const struct keelson_usage_sink sink = {.size = sizeof(sink), .put = send_usage, .context = s};
    return runtime_of(s)->container_usage(s->handle, s->call, &sink);
}

/* ---- exec_sync ---- */

struct exec_call {
    const struct keelson_text_sink *output;
    int32_t *exit_code;
};

static int take_output(struct frame_reader *r, void *context)
{
    return runtime_take_text(r, ((const struct exec_call *)context)->output);
}

static void answer_exit_code(struct frame_reader *r, void *context)
{
    *((const struct exec_call *)context)->exit_code = (int32_t)frame_get_u32(r);
}

static enum keelson_status exec_sync(void *instance, const struct keelson_call *call, const char *id,
                                     const char *const *command, uint32_t command_count, int64_t timeout_s,
                                     const struct keelson_text_sink *output, int32_t *ret_exit_code)
{
    struct isolate_call c = begin(instance, call, RUNTIME_EXEC_SYNC);
    struct exec_call a = {output, ret_exit_code};
    frame_put_text(&c.out, id);
    frame_put_texts(&c.out, command, command_count);
    frame_put_i64(&c.out, timeout_s);
    c.put = take_output;
    c.answer = answer_exit_code;
    c.context = &a;
    return isolate_do(&c);
}

static enum keelson_status serve_exec_sync(struct serving *s)
{
    const struct keelson_text_sink output = runtime_text_sink(s);
    uint32_t count;
    int32_t exit_code = 0;
    const char *id = frame_get_text(&s->in);
    const char *const *command = frame_get_texts(&s->in, &count);
    int64_t timeout_s = frame_get_i64(&s->in);
    if (!frame_is_read(&s->in))
        return KEELSON_INVALID;
    enum keelson_status status =
        runtime_of(s)->exec_sync(s->handle, s->call, id, command, count, timeout_s, &output, &exit_code);
    frame_put_u32(&s->out, (uint32_t)exit_code);
    return status;
}

/* ---- Sessions: what crosses is the address of the runtime's own streaming server ---- */

struct streams {
    int tty, stdin_, stdout_, stderr_;
};

static void put_streams(struct buffer *out, struct streams streams)
{
    frame_put_u32(out, (uint32_t)streams.tty);
    frame_put_u32(out, (uint32_t)streams.stdin_);
    frame_put_u32(out, (uint32_t)streams.stdout_);
    frame_put_u32(out, (uint32_t)streams.stderr_);
}

static struct streams get_streams(struct frame_reader *r)
{
    struct streams streams;
    streams.tty = (int)frame_get_u32(r);
    streams.stdin_ = (int)frame_get_u32(r);
    streams.stdout_ = (int)frame_get_u32(r);
    streams.stderr_ = (int)frame_get_u32(r);
    return streams;
}

static enum keelson_status exec(void *instance, const struct keelson_call *call, const char *id,
                                const char *const *command, uint32_t command_count, int tty, int stdin_,
                                int stdout_, int stderr_, const struct keelson_text_sink *url)
{
    struct isolate_call c = begin(instance, call, RUNTIME_EXEC);
    frame_put_text(&c.out, id);
    frame_put_texts(&c.out, command, command_count);
    put_streams(&c.out, (struct streams){tty, stdin_, stdout_, stderr_});
    return isolate_do_with_sink(&c, runtime_put_text, url);
}

static enum keelson_status serve_exec(struct serving *s)
{
    const struct keelson_text_sink url = runtime_text_sink(s);
    uint32_t count;
    const char *id = frame_get_text(&s->in);
    const char *const *command = frame_get_texts(&s->in, &count);
    struct streams w = get_streams(&s->in);
    return frame_is_read(&s->in) ? runtime_of(s)->exec(s->handle, s->call, id, command, count, w.tty,
                                                       w.stdin_, w.stdout_, w.stderr_, &url)
                                 : KEELSON_INVALID;
}

static enum keelson_status attach(void *instance, const struct keelson_call *call, const char *id, int tty,
                                  int stdin_, int stdout_, int stderr_, const struct keelson_text_sink *url)
{
    struct isolate_call c = begin(instance, call, RUNTIME_ATTACH);
    frame_put_text(&c.out, id);
    put_streams(&c.out, (struct streams){tty, stdin_, stdout_, stderr_});
    return isolate_do_with_sink(&c, runtime_put_text, url);
}

static enum keelson_status serve_attach(struct serving *s)
{
    const struct keelson_text_sink url = runtime_text_sink(s);
    const char *id = frame_get_text(&s->in);
    struct streams w = get_streams(&s->in);
    return frame_is_read(&s->in)
               ? runtime_of(s)->attach(s->handle, s->call, id, w.tty, w.stdin_, w.stdout_, w.stderr_, &url)
               : KEELSON_INVALID;
}

static enum keelson_status port_forward(void *instance, const struct keelson_call *call, const char *id,
                                        const int32_t *ports, uint32_t ports_count,
                                        const struct keelson_text_sink *url)
{
    struct isolate_call c = begin(instance, call, RUNTIME_PORT_FORWARD);
    frame_put_text(&c.out, id);
    frame_put_u32(&c.out, ports_count);
    for (uint32_t i = 0; i < ports_count; i++)
        frame_put_u32(&c.out, (uint32_t)ports[i]);
    return isolate_do_with_sink(&c, runtime_put_text, url);
}

static enum keelson_status serve_port_forward(struct serving *s)
{
    const struct keelson_text_sink url = runtime_text_sink(s);
    const char *id = frame_get_text(&s->in);
    uint32_t count = frame_get_count(&s->in, sizeof(uint32_t));
    int32_t *ports = arena_alloc0(&s->arena, (count + 1) * sizeof(*ports));
    for (uint32_t i = 0; i < count; i++)
        ports[i] = (int32_t)frame_get_u32(&s->in);
    return frame_is_read(&s->in) ? runtime_of(s)->port_forward(s->handle, s->call, id, ports, count, &url)
                                 : KEELSON_INVALID;
}

/* ---- events ---- */

static int take_event(struct frame_reader *r, void *context)
{
    const struct keelson_runtime_event_sink *sink = context;
    struct keelson_runtime_event event = {.size = sizeof(event)};
    event.container_id = frame_get_text(r);
    event.sandbox_id = frame_get_text(r);
    return frame_is_read(r) ? sink->event(sink, &event) : 0;
}

static enum keelson_status events(void *instance, const struct keelson_call *call,
                                  const struct keelson_runtime_event_sink *sink)
{
    struct isolate_call c = begin(instance, call, RUNTIME_EVENTS);
    return isolate_do_with_sink(&c, take_event, sink);
}

static int send_event(const struct keelson_runtime_event_sink *sink,
                      const struct keelson_runtime_event *event)
{
    if (!KEELSON_HAS(event, sandbox_id))
        return 0;
    struct buffer frame = BUFFER_INIT;
    size_t begun = frame_begin(&frame, FRAME_PUT);
    frame_put_text(&frame, event->container_id);
    frame_put_text(&frame, event->sandbox_id);
    frame_end(&frame, begun);
    return serve_send(sink->context, &frame);
}

static enum keelson_status serve_events(struct serving *s)
{
    const struct keelson_runtime_event_sink sink = {.size = sizeof(sink), .event = send_event, .context = s};
    return runtime_of(s)->events(s->handle, s->call, &sink);
}

static const struct keelson_runtime_v1 table = {.size = sizeof(table),
                                                .info = info,
                                                .sandbox_run = sandbox_run,
                                                .sandbox_stop = sandbox_stop,
                                                .sandbox_remove = sandbox_remove,
                                                .sandbox_status = sandbox_status,
                                                .sandbox_list = sandbox_list,
                                                .container_create = container_create,
                                                .container_start = container_start,
                                                .container_stop = container_stop,
                                                .container_remove = container_remove,
                                                .container_status = container_status,
                                                .container_list = container_list,
                                                .container_update = container_update,
                                                .container_reopen_log = container_reopen_log,
                                                .container_usage = container_usage,
                                                .exec_sync = exec_sync,
                                                .exec = exec,
                                                .attach = attach,
                                                .port_forward = port_forward,
                                                .set_pod_cidr = set_pod_cidr,
                                                .events = events};
static const struct isolate_function functions[] = {
    [RUNTIME_INFO] = {"info", serve_info},
    [RUNTIME_SANDBOX_RUN] = {"sandbox_run", serve_sandbox_run},
    [RUNTIME_SANDBOX_STOP] = {"sandbox_stop", serve_sandbox_stop},
    [RUNTIME_SANDBOX_REMOVE] = {"sandbox_remove", serve_sandbox_remove},
    [RUNTIME_SANDBOX_STATUS] = {"sandbox_status", serve_sandbox_status},
    [RUNTIME_SANDBOX_LIST] = {"sandbox_list", serve_sandbox_list},
    [RUNTIME_CONTAINER_CREATE] = {"container_create", serve_container_create},
    [RUNTIME_CONTAINER_START] = {"container_start", serve_container_start},
    [RUNTIME_CONTAINER_STOP] = {"container_stop", serve_container_stop},
    [RUNTIME_CONTAINER_REMOVE] = {"container_remove", serve_container_remove},
    [RUNTIME_CONTAINER_STATUS] = {"container_status", serve_container_status},
    [RUNTIME_CONTAINER_LIST] = {"container_list", serve_container_list},
    [RUNTIME_CONTAINER_UPDATE] = {"container_update", serve_container_update},
    [RUNTIME_CONTAINER_REOPEN_LOG] = {"container_reopen_log", serve_container_reopen_log},
    [RUNTIME_CONTAINER_USAGE] = {"container_usage", serve_container_usage},
    [RUNTIME_EXEC_SYNC] = {"exec_sync", serve_exec_sync},
    [RUNTIME_EXEC] = {"exec", serve_exec},
    [RUNTIME_ATTACH] = {"attach", serve_attach},
    [RUNTIME_PORT_FORWARD] = {"port_forward", serve_port_forward},
    [RUNTIME_SET_POD_CIDR] = {"set_pod_cidr", serve_set_pod_cidr},
    [RUNTIME_EVENTS] = {"events", serve_events},
};
const struct isolate_interface isolate_runtime = {KEELSON_RUNTIME_1, &table, sizeof(table), functions,
                                                  ARRAY_SIZE(functions)};
