/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The child's side of an isolated plugin. It is a plugin host like a daemon's, and so are its services:
 * settings are read from the same text, objects from the JSON that came with the call, and what the plugin
 * says of a call goes back with the call's end. Metrics and changes are told at once. Its log lines go where
 * the daemon's go.
 *
 * The first thread listens on the control socket; each channel has a thread, in which calls run.
 */
#include <errno.h>
#include <keelson/cloud.h>
#include <poll.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/api/json.h"
#include "core/base/clock.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/workers.h"
#include "core/plugin/interface.h"
#include "core/plugin/isolate.h"

#define SEND_FOREVER (-1)

/* There is one in the process. */
static struct plugin_host *host;
static struct plugin_instance *instance;
static int control_socket;
static pthread_mutex_t control_lock = PTHREAD_MUTEX_INITIALIZER; /* writing to it */

_Noreturn void serve_end(int status)
{
    _exit(status);
}

static void send_control(struct buffer *frame)
{
    pthread_mutex_lock(&control_lock);
    bool sent = frame_send(control_socket, frame, SEND_FOREVER, -1);
    pthread_mutex_unlock(&control_lock);
    buffer_done(frame);
    if (!sent)
        serve_end(0);
}

/* ---- Services that are told at once ---- */

static void send_metric(bool gauge, const char *name, const char *label, double value)
{
    struct buffer frame = BUFFER_INIT;
    _cleanup_free_ char *clean = message_text(label);
    size_t begun = frame_begin(&frame, FRAME_METRIC);
    frame_put_u32(&frame, gauge);
    frame_put_text(&frame, name && strlen(name) < MESSAGE_BYTES_MAX ? name : NULL);
    frame_put_text(&frame, clean);
    frame_put_double(&frame, value);
    frame_end(&frame, begun);
    send_control(&frame);
}

static void metric_add(struct keelson_token *token, const char *name, const char *label, double value)
{
    if (token)
        send_metric(false, name, label, value);
}

static void metric_set(struct keelson_token *token, const char *name, const char *label, double value)
{
    if (token)
        send_metric(true, name, label, value);
}

/* The host has merged storms and cut the text. */
static void changed(void *context, struct plugin_instance *i, const char *what)
{
    struct buffer frame = BUFFER_INIT;
    size_t begun = frame_begin(&frame, FRAME_CHANGED);
    frame_put_text(&frame, what);
    frame_end(&frame, begun);
    send_control(&frame);
}

/* ---- One call ---- */

struct served_object {
    struct list link;
    struct keelson_object *object;
};

static const struct keelson_object *get_object(struct serving *s)
{
    struct keelson_bytes text = frame_get_bytes(&s->in);
    struct json *document = NULL;
    if (s->in.bad || json_parse(&s->arena, (struct slice){text.data, text.size}, &document, NULL) < 0) {
        s->in.bad = true;
        return NULL;
    }
    struct served_object *o = arena_new(&s->arena, struct served_object);
    o->object = plugin_object_new(document);
    list_append(&s->objects, &o->link);
    return o->object;
}

const struct keelson_object *const *serve_objects(struct serving *s, uint32_t *ret_count)
{
    uint32_t count = frame_get_count(&s->in, sizeof(uint32_t));
    const struct keelson_object **objects = arena_alloc0(&s->arena, (count + 1) * sizeof(*objects));
    for (uint32_t i = 0; i < count; i++)
        objects[i] = get_object(s);
    *ret_count = count;
    return objects;
}

static bool is_told_something(int channel)
{
    struct pollfd p = {.fd = channel, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

/* While a call lasts all that can come is the word to end it. */
int serve_send(struct serving *s, struct buffer *frames)
{
    int socket = s->channel->socket;
    if (!s->stopped && (is_told_something(socket) || !frame_send(socket, frames, SEND_FOREVER, -1)))
        s->stopped = true;
    buffer_done(frames);
    return s->stopped;
}

int serve_send_and_wait(struct serving *s, struct buffer *frames)
{
    struct pollfd p[] = {{.fd = s->ack_fd, .events = POLLIN}, {.fd = s->channel->socket, .events = POLLIN}};
    eventfd_t acknowledged;
    if (serve_send(s, frames) != 0)
        return 1;
    while (poll(p, ARRAY_SIZE(p), -1) < 0 && errno == EINTR)
        ;
    if (!p[0].revents || eventfd_read(s->ack_fd, &acknowledged) < 0)
        s->stopped = true;
    return s->stopped;
}

static void send_event(void *arguments, bool warning, const char *reason, const char *message)
{
    struct serving *s = arguments;
    struct buffer frame = BUFFER_INIT;
    size_t begun = frame_begin(&frame, FRAME_EVENT);
    frame_put_u32(&frame, warning);
    frame_put_text(&frame, reason);
    frame_put_text(&frame, message);
    frame_end(&frame, begun);
    frame_send(s->channel->socket, &frame, SEND_FOREVER, -1);
    buffer_done(&frame);
}

static enum keelson_status configure(struct serving *s, const char *text, uint32_t line)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_config *config = plugin_config_new(instance, text, line, &err);
    if (!config)
        return (host->table.fail)(s->call, KEELSON_INVALID, "%s", err.message);
    pthread_mutex_lock(&instance->lock);
    config->older = instance->configs;
    instance->configs = config;
    pthread_mutex_unlock(&instance->lock);
    return KEELSON_OK;
}

/* A bit for each function that the plugin's table holds. */
static uint64_t functions_of(const struct isolate_interface *known, const void *table)
{
    uint64_t functions = 0;
    uint32_t size;
    memcpy(&size, table, sizeof(size));
    for (uint32_t f = 0; f < known->functions_count; f++) {
        size_t at = ISOLATE_TABLE_HEAD_BYTES + f * sizeof(void *);
        const void *function = NULL;
        if (at + sizeof(function) <= size)
            memcpy(&function, (const char *)table + at, sizeof(function));
        functions |= (uint64_t)(function != NULL) << f;
    }
    return functions;
}

/* What it offers, in the order of isolate_interfaces; and the one text that is asked for outside of calls. */
static void put_interfaces(struct serving *s)
{
    const struct keelson_cloud_v1 *cloud = NULL;
    for (unsigned n = 0; isolate_interfaces[n]; n++) {
        const uint32_t *table = plugin_instance_interface(instance, isolate_interfaces[n]->name);
        frame_put_u32(&s->out, table != NULL);
        frame_put_u32(&s->out, table ? table[1] : 0);
        frame_put_i64(&s->out, table ? (int64_t)functions_of(isolate_interfaces[n], table) : 0);
        if (isolate_interfaces[n] == &isolate_cloud)
            cloud = (const struct keelson_cloud_v1 *)(const void *)table;
    }
    frame_put_text(&s->out, cloud ? cloud->scheme(instance->handle) : NULL);
}

static enum keelson_status serve_open(struct serving *s)
{
    const char *text = frame_get_text(&s->in);
    uint32_t line = frame_get_u32(&s->in);
    const char *file = frame_get_text(&s->in);
    if (!frame_is_read(&s->in) || instance->is_open)
        return KEELSON_INVALID;
    free(instance->config_file);
    instance->config_file = file ? xstrdup(file) : NULL;
    enum keelson_status status = text ? configure(s, text, line) : KEELSON_OK;
    if (status != KEELSON_OK)
        return status;
    plugin_instance_introduce(instance);
    void *opened = NULL;
    status = instance->file->table->open(s->call, &instance->passed, &opened);
    if (status != KEELSON_OK)
        return status;
    pthread_mutex_lock(&instance->lock);
    instance->handle = opened;
    instance->is_open = true;
    pthread_mutex_unlock(&instance->lock);
    put_interfaces(s);
    return status;
}

static enum keelson_status serve_close(struct serving *s)
{
    instance->file->table->close(instance->handle);
    return KEELSON_OK;
}

static enum keelson_status serve_reconfigure(struct serving *s)
{
    const struct keelson_plugin *table = instance->file->table;
    const char *text = frame_get_text(&s->in);
    uint32_t line = frame_get_u32(&s->in);
    if (!frame_is_read(&s->in) || !text)
        return KEELSON_INVALID;
    enum keelson_status status = configure(s, text, line);
    const struct keelson_config *config =
        (const struct keelson_config *)config_root_setting(&instance->configs->tree);
    return status == KEELSON_OK ? table->reconfigure(instance->handle, s->call, config) : status;
}

static const struct isolate_function own_functions[] = {
    [ISOLATE_OPEN] = {"open", serve_open},
    [ISOLATE_CLOSE] = {"close", serve_close},
    [ISOLATE_RECONFIGURE] = {"reconfigure", serve_reconfigure},
};

/* Each channel has a thread. */
static bool is_open(void)
{
    pthread_mutex_lock(&instance->lock);
    bool open = instance->is_open;
    pthread_mutex_unlock(&instance->lock);
    return open;
}

static const struct isolate_function *find(struct serving *s, uint32_t place, uint32_t function)
{
    if (place == ISOLATE_PLUGIN)
        return function < ARRAY_SIZE(own_functions) ? &own_functions[function] : NULL;
    for (unsigned n = 0; isolate_interfaces[n]; n++) {
        const struct isolate_interface *known = isolate_interfaces[n];
        if (n != place || function >= known->functions_count || !known->functions[function].serve)
            continue;
        s->table = is_open() ? plugin_instance_interface(instance, known->name) : NULL;
        return s->table ? &known->functions[function] : NULL;
    }
    return NULL;
}

static void send_result(const struct serving *s, const struct host_call *c)
{
    struct buffer frame = BUFFER_INIT;
    size_t begun = frame_begin(&frame, FRAME_RESULT);
    frame_put_u32(&frame, c->status);
    frame_put_u32(&frame, c->retry_after_ms);
    frame_put_u32(&frame, s->stopped);
    frame_put_text(&frame, c->message);
    if (c->status == KEELSON_OK)
        buffer_append(&frame, s->out.data, s->out.size);
    frame_end(&frame, begun);
    frame_send(s->channel->socket, &frame, SEND_FOREVER, -1);
    buffer_done(&frame);
}

struct host_call *serve_call_new(const char *operation, int64_t left_ns, const char *trace_id)
{
    struct plugin_call_options options = {
        .operation = operation, .timeout_ms = -1, .trace_id = trace_id, .event = send_event};
    struct host_call *c = host_call_new(instance, &options);
    if (left_ns >= 0)
        c->call.deadline_ns = clock_monotonic_ns() + left_ns;
    return c;
}

/* The word to end a call makes its channel readable, which is what cancel_fd promises. */
static void run(struct serving *s, const struct isolate_function *function, int64_t left_ns,
                const char *trace_id)
{
    struct host_call *c = serve_call_new(function->name, left_ns, trace_id);
    c->arguments = s;
    c->call.cancel_fd = s->channel->socket;
    s->call = &c->call;
    s->handle = instance->handle;
    host_call_enter(c);
    c->status = function->serve(s);
    host_call_leave();
    if (s->in.bad)
        serve_end(1);
    send_result(s, c);
    host_call_free(c);
}

static void serve_call(struct frame_stream *channel, struct frame_reader in)
{
    struct serving s = {.in = in, .channel = channel, .ack_fd = TAKE_FD(channel->passed_fd)};
    s.in.arena = &s.arena;
    list_init(&s.objects);
    uint32_t place = frame_get_u32(&s.in), number = frame_get_u32(&s.in);
    int64_t left_ns = frame_get_i64(&s.in);
    const char *trace_id = frame_get_text(&s.in);
    const struct isolate_function *function = find(&s, place, number);
    if (s.in.bad || !function)
        serve_end(1);
    run(&s, function, left_ns, trace_id);
    list_for_each (it, &s.objects)
        plugin_object_free(list_entry(it, struct served_object, link)->object);
    cleanup_close(&s.ack_fd);
    buffer_done(&s.out);
    arena_done(&s.arena);
    if (place == ISOLATE_PLUGIN && number == ISOLATE_CLOSE)
        serve_end(0);
}

/* A word to end a call that has ended already is passed over. */
static void *serve_channel(void *argument)
{
    struct frame_stream *channel = argument;
    enum frame_kind kind;
    struct frame_reader in;
    int here;
    do {
        while ((here = frame_next(channel, &kind, &in)) > 0)
            if (kind == FRAME_CALL)
                serve_call(channel, in);
    } while (here == 0 && frame_fill(channel));
    frame_stream_done(channel);
    free(channel);
    return NULL;
}

/* ---- The start, and the control socket ---- */

static void send_hello(const struct plugin_file *file, const struct error *err)
{
    struct buffer frame = BUFFER_INIT;
    size_t begun = frame_begin(&frame, FRAME_HELLO);
    const struct keelson_plugin *table = file ? file->table : NULL;
    frame_put_u32(&frame, FRAME_VERSION);
    frame_put_u32(&frame, err->code);
    frame_put_text(&frame, err->message);
    frame_put_text(&frame, table ? table->description : NULL);
    frame_put_u32(&frame, table ? table->threading : 0);
    frame_put_u32(&frame, table && KEELSON_HAS(table, reconfigure) && table->reconfigure);
    frame_end(&frame, begun);
    send_control(&frame);
}

static int load(struct frame_reader *r, struct plugin_file **ret, struct error *err)
{
    uint32_t version = frame_get_u32(r);
    const char *release = frame_get_text(r);
    uint32_t level = frame_get_u32(r);
    const char *daemon = frame_get_text(r), *cluster = frame_get_text(r), *state_dir = frame_get_text(r);
    const char *name = frame_get_text(r), *path = frame_get_text(r);
    uint32_t kind = frame_get_u32(r), allow_unowned = frame_get_u32(r);
    if (version != FRAME_VERSION || !release || strcmp(release, PACKAGE_VERSION) != 0)
        return error_set(
            err, ERR_BAD_REQUEST,
            "keelson-plugin-host %s was started by a daemon of release %.40s: restart the daemon",
            PACKAGE_VERSION, release ? release : "unknown");
    if (!frame_is_read(r) || !daemon || !state_dir || !name || !path)
        return error_set(err, ERR_BAD_REQUEST, "the daemon speaks nonsense");
    log_init(xstrdup(daemon), (enum log_level)MIN(level, (uint32_t)LOG_LEVEL_TRACE));
    host = plugin_host_new(&(struct plugin_host_config){.daemon = daemon,
                                                        .state_dir = state_dir,
                                                        .cluster = cluster,
                                                        .allow_unowned_files = allow_unowned,
                                                        .changed = changed});
    host->table.metric_add = metric_add;
    host->table.metric_set = metric_set;
    if (plugin_file_load(host, path, (enum keelson_kind)kind, NULL, ret, err) < 0)
        return -1;
    instance = plugin_instance_new(host, name, *ret);
    return 0;
}

static void start(struct frame_reader *r)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct plugin_file *file = NULL;
    if (instance || load(r, &file, &err) < 0) {
        send_hello(NULL, &err);
        serve_end(1);
    }
    send_hello(file, &err);
}

static void begin_channel(struct frame_stream *control)
{
    struct frame_stream *channel = new0(struct frame_stream);
    frame_stream_init(channel, TAKE_FD(control->passed_fd), FRAME_BYTES_MAX);
    if (!instance || channel->socket < 0 ||
        thread_start(instance->name, 256 * 1024, serve_channel, channel, NULL) != 0)
        serve_end(1);
}

void isolate_serve_daemon(int socket)
{
    struct frame_stream control;
    enum frame_kind kind;
    struct frame_reader in;
    int here;
    control_socket = socket;
    frame_stream_init(&control, socket, FRAME_BYTES_MAX);
    do {
        while ((here = frame_next(&control, &kind, &in)) > 0) {
            if (kind == FRAME_START)
                start(&in);
            else if (kind == FRAME_CHANNEL)
                begin_channel(&control);
            else
                serve_end(1);
        }
    } while (here == 0 && frame_fill(&control));
    serve_end(here < 0);
}
