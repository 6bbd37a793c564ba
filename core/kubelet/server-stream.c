/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /exec, /attach and /portForward: what was asked for goes to the runtime plugin, which tells where its
 * streaming server waits for the session; from there on it is bytes (stream-session.c).
 */
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/kubelet/server-private.h"
#include "core/kubelet/stream-protocol.h"
#include "core/kubelet/stream-session.h"

#define CALL_MS     10000
#define COMMAND_MAX 4096u
#define PORTS_MAX   64u

struct stream_ask {
    const struct keelson_runtime_v1 *table;
    enum stream_kind kind;
    const char *id;
    const char **command;
    uint32_t command_count, ports_count;
    int32_t ports[PORTS_MAX];
    bool in, out, err, tty;
    struct buffer url;
};

static int put_url(const struct keelson_text_sink *sink, int fd, const char *data, size_t size)
{
    struct buffer *url = sink->context;
    buffer_append(url, data, MIN(size, 4096 - MIN(url->size, (size_t)4096)));
    return 0;
}

static enum keelson_status ask_runtime(void *handle, const struct keelson_call *call, void *arguments)
{
    struct stream_ask *a = arguments;
    struct keelson_text_sink sink = {.size = sizeof(sink), .put = put_url, .context = &a->url};
    switch (a->kind) {
    case STREAM_EXEC:
        return a->table->exec(handle, call, a->id, a->command, a->command_count, a->tty, a->in, a->out,
                              a->err, &sink);
    case STREAM_ATTACH:
        return a->table->attach(handle, call, a->id, a->tty, a->in, a->out, a->err, &sink);
    default:
        return a->table->port_forward(handle, call, a->id, a->ports, a->ports_count, &sink);
    }
}

/* The kubelet's own names, and those of the API server's. */
static bool wanted(const struct server_call *call, const char *name, const char *api_name)
{
    return server_query_is_true(call, name) || server_query_is_true(call, api_name);
}

static int read_streams(struct server_call *call, struct stream_ask *a, struct error *err)
{
    a->in = wanted(call, "input", "stdin");
    a->out = wanted(call, "output", "stdout");
    a->err = wanted(call, "error", "stderr");
    a->tty = server_query_is_true(call, "tty");
    if (a->tty)
        a->err = false; /* a terminal has one output */
    if (!a->in && !a->out && !a->err)
        return error_set(err, ERR_BAD_REQUEST, "you must specify at least 1 of stdin, stdout, stderr");
    return 0;
}

static int read_command(struct server_call *call, struct stream_ask *a, struct error *err)
{
    size_t cursor = 0;
    a->command = arena_alloc(&call->arena, (call->query_count + 1) * sizeof(*a->command));
    for (const char *word; (word = server_query_next(call, "command", &cursor));)
        a->command[a->command_count++] = word;
    if (!a->command_count || a->command_count > COMMAND_MAX)
        return error_set(err, ERR_BAD_REQUEST, "you must specify a command of at most %u words", COMMAND_MAX);
    return 0;
}

static int read_ports(struct server_call *call, struct stream_ask *a, struct error *err)
{
    size_t cursor = 0;
    for (const char *list; (list = server_query_next(call, "port", &cursor));) {
        struct slice rest = slice_of(list);
        while (rest.data) {
            int64_t port;
            if (a->ports_count == PORTS_MAX || !parse_i64(slice_cut(&rest, ','), 1, 65535, &port))
                return error_set(err, ERR_BAD_REQUEST, "invalid port \"%s\"", list);
            a->ports[a->ports_count++] = (int32_t)port;
        }
    }
    return 0;
}

/* /exec/NAMESPACE/POD[/UID]/CONTAINER, /portForward/NAMESPACE/POD[/UID] */
static int find_target(struct server_call *call, struct stream_ask *a, struct error *err)
{
    const struct server_pods *pods = call->server->config.pods;
    bool forward = a->kind == STREAM_PORT_FORWARD, running = false;
    size_t plain = forward ? 3 : 4;
    const char *uid = call->parts_count > plain ? call->parts[3] : NULL, *path;
    if (forward)
        return pods->sandbox(pods->context, call->parts[1], call->parts[2], uid, &call->arena, &a->id, err);
    const char *container = call->parts[call->parts_count - 1];
    if (pods->container(pods->context, call->parts[1], call->parts[2], uid, container, false, &call->arena,
                        &a->id, &path, &running, err) < 0)
        return -1;
    if (!running)
        return error_set(err, ERR_NOT_FOUND, "container not found (\"%s\")", container);
    return 0;
}

static int ask_url(struct server_call *call, struct stream_ask *a, struct error *err)
{
    struct plugin_call_options options = {.operation = "runtime.stream", .timeout_ms = CALL_MS};
    a->table = call->server->runtime;
    if (!a->table)
        return error_set(err, ERR_UNAVAILABLE, "there is no runtime to stream with");
    return plugin_call_here(call->server->config.runtime, &options, ask_runtime, a, err);
}

static int start(struct server_call *call, struct stream_ask *a, struct error *err)
{
    const char *refused =
        stream_protocol_refuse(a->kind, http_request_header(call->request, "upgrade"),
                               http_request_header(call->request, "sec-websocket-protocol"));
    _cleanup_(stream_target_done) struct stream_target target = {0};
    if (http_request_is_http2(call->request))
        refused = "unable to upgrade: HTTP/2 connections cannot be";
    if (refused)
        return error_set(err, ERR_BAD_REQUEST, "%s", refused);
    if (a->kind == STREAM_PORT_FORWARD ? read_ports(call, a, err) < 0 : read_streams(call, a, err) < 0)
        return -1;
    if (a->kind == STREAM_EXEC && read_command(call, a, err) < 0)
        return -1;
    if (find_target(call, a, err) < 0 || ask_url(call, a, err) < 0)
        return -1;
    if (stream_target_parse(a->url.data ? a->url.data : "", &target, err) < 0)
        return -1;
    return stream_session_start(call->server, call->request, &target, err);
}

static void run(struct server_call *call, enum stream_kind kind)
{
    struct stream_ask ask = {.kind = kind};
    _cleanup_(error_done) struct error err = ERROR_INIT;
    if (start(call, &ask, &err) < 0)
        server_respond_error(call->request, &err);
    buffer_done(&ask.url);
}

void server_run_exec(struct server_call *call)
{
    run(call, STREAM_EXEC);
}

void server_run_attach(struct server_call *call)
{
    run(call, STREAM_ATTACH);
}

void server_run_port_forward(struct server_call *call)
{
    run(call, STREAM_PORT_FORWARD);
}
