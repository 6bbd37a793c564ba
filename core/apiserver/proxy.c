/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The proxy. A client is made for each request, on the request's own loop, so that both connections are
 * driven by one thread and nothing has to be locked; it is released on a worker, since that may wait for the
 * loop.
 */
#include "core/apiserver/proxy.h"

#include "core/apiserver/respond.h"
#include "core/apiserver/server.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/io/http-client.h"

enum {
    QUEUED_BYTES_MAX = 512 * 1024,
    QUEUED_BYTES_LOW = 128 * 1024,
    MESSAGE_BYTES_MAX = 16 * 1024,
    HEADERS_MAX = HTTP_HEADERS_MAX * 2 + 16,
    CONNECT_TIMEOUT_MS = 5000,
    KUBELET_TIMEOUT_MS = 30000
};

struct proxy {
    struct api_request *r;
    struct server *server;
    struct http_request *http;
    struct http_client *client;
    struct http_client_stream *stream; /* NULL: ended */
    int status;                        /* of the answer; 0: none yet */
    bool tunnel, status_errors, client_closed;
    struct buffer message; /* of an error */
    char *where;
    const char *prefix; /* in the request's arena; NULL: none */
    struct websocket websocket;
    struct stream_translator *translator; /* NULL: none */
};

bool proxy_wants_upgrade(struct api_request *r)
{
    return !http_request_is_http2(r->http) && http_request_header(r->http, "upgrade").size;
}

static void free_client(void *client)
{
    http_client_free(client);
}

static void proxy_free(struct proxy *p)
{
    struct server *server = p->server;
    struct http_client *client = p->client;
    int status = p->status;
    request_end(p->r, status ? status : 502);
    http_request_unref(p->http);
    stream_translator_free(p->translator);
    buffer_done(&p->message);
    free(p->where);
    free(p);
    workers_submit(server->workers, free_client, client); /* a full queue leaves it behind */
}

/* Hop-by-hop headers, and those that say who asks: they are between the client and us. */
static bool is_passed_on(struct slice name)
{
    static const char *const kept[] = {"host",
                                       "authorization",
                                       "content-length",
                                       "connection",
                                       "keep-alive",
                                       "proxy-authenticate",
                                       "proxy-authorization",
                                       "te",
                                       "trailer",
                                       "transfer-encoding",
                                       "upgrade",
                                       "expect",
                                       "accept-encoding"};
    for (size_t i = 0; i < ARRAY_SIZE(kept); i++) {
        if (slice_is(name, kept[i]))
            return false;
    }
    return !slice_starts(name, ":") && !slice_starts(name, "impersonate-") &&
           !slice_starts(name, "x-remote-");
}

/* upgrade: NULL for none; spdy: the protocol in it that is asked for in place of the client's WebSocket, or
 * NULL. */
static const char *const *copy_headers(struct arena *arena, const struct http_header *headers, size_t count,
                                       const char *upgrade, const char *spdy)
{
    const char **out = arena_alloc(arena, (HEADERS_MAX + 1) * sizeof(char *));
    unsigned n = 0;
    for (size_t i = 0; i < count && n + 8 < HEADERS_MAX; i++) {
        if (!is_passed_on(headers[i].name) || (spdy && slice_starts(headers[i].name, "sec-websocket-")))
            continue;
        bool offers = slice_is(headers[i].name, "sec-websocket-protocol");
        const char *value = offers ? websocket_without_token(arena, headers[i].value)
                                   : arena_strndup(arena, headers[i].value.data, headers[i].value.size);
        if (offers && !*value)
            continue;
        out[n++] = arena_strndup(arena, headers[i].name.data, headers[i].name.size);
        out[n++] = value;
    }
    if (upgrade) {
        out[n++] = "connection";
        out[n++] = "Upgrade";
        out[n++] = "upgrade";
        out[n++] = upgrade;
    }
    if (spdy) {
        out[n++] = "x-stream-protocol-version";
        out[n++] = spdy;
    }
    out[n] = NULL;
    return out;
}

static void fail(struct proxy *p, const struct error *why)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct buffer body = BUFFER_INIT;
    error_set(&err, ERR_INTERNAL, "error dialing backend: %s: %s", p->where,
              why && why->message ? why->message : "the connection was closed");
    status_write(&body, &err);
    struct bytes *bytes = bytes_take_buffer(&body);
    p->status = 500;
    http_respond(p->http, 500, "application/json", NULL, bytes);
    bytes_unref(bytes);
}

/* What a kubelet says as text becomes the message of a Status with its code. */
static void respond_message(struct proxy *p)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct buffer body = BUFFER_INIT;
    struct slice text = slice_trim((struct slice){p->message.data ? p->message.data : "", p->message.size});
    enum error_code code = error_from_reason("", p->status);
    error_set(&err, code == ERR_NONE ? ERR_INTERNAL : code, "%.*s", SLICE_ARG(text));
    status_write(&body, &err);
    struct bytes *bytes = bytes_take_buffer(&body);
    http_respond(p->http, p->status, "application/json", NULL, bytes);
    bytes_unref(bytes);
}

/* The answer of the other server. */
static void on_drained(void *context)
{
    struct proxy *p = context;
    if (p->stream)
        http_client_stream_pause(p->stream, false);
}

/* "/x" of the other server is "…/proxy/x" here. */
static const char *header_value(struct proxy *p, const struct http_header *h)
{
    bool moves = p->prefix && slice_is(h->name, "location") && slice_starts(h->value, "/") &&
                 !slice_starts(h->value, "//") && !slice_starts(h->value, p->prefix);
    return arena_printf(&p->r->arena, "%s%.*s", moves ? p->prefix : "", SLICE_ARG(h->value));
}

static void on_headers(void *context, int status, const struct http_header *headers, size_t count)
{
    struct proxy *p = context;
    p->status = status;
    if (p->status_errors && status >= 400)
        return;
    struct slice type = http_header_find(headers, count, "content-type");
    const char **kept = arena_alloc(&p->r->arena, (HEADERS_MAX + 1) * sizeof(char *));
    unsigned n = 0;
    for (size_t i = 0; i < count && n + 2 < HEADERS_MAX; i++) {
        if (!is_passed_on(headers[i].name) || slice_is(headers[i].name, "content-type") ||
            slice_is(headers[i].name, "date"))
            continue;
        kept[n++] = arena_strndup(&p->r->arena, headers[i].name.data, headers[i].name.size);
        kept[n++] = header_value(p, &headers[i]);
    }
    kept[n] = NULL;
    http_request_set_patient(p->http);
    http_stream_begin(p->http, status, type.size ? arena_strndup(&p->r->arena, type.data, type.size) : NULL,
                      kept);
}

static void on_data(void *context, struct slice data)
{
    struct proxy *p = context;
    if (p->status_errors && p->status >= 400) {
        buffer_append(&p->message, data.data,
                      MIN(data.size, MESSAGE_BYTES_MAX - MIN(p->message.size, (size_t)MESSAGE_BYTES_MAX)));
        return;
    }
    struct bytes *bytes = bytes_new(data.data, data.size);
    size_t queued = http_stream_write(p->http, bytes);
    bytes_unref(bytes);
    if (queued < QUEUED_BYTES_MAX)
        return;
    http_client_stream_pause(p->stream, true);
    http_stream_on_drained(p->http, QUEUED_BYTES_LOW, on_drained, p);
}

static void on_ended(void *context, const struct error *err)
{
    struct proxy *p = context;
    p->stream = NULL;
    http_request_on_gone(p->http, NULL, NULL);
    if (!p->status)
        fail(p, err);
    else if (p->status_errors && p->status >= 400)
        respond_message(p);
    else if (err)
        http_stream_abort(p->http);
    else
        http_stream_end(p->http);
    proxy_free(p);
}

static void on_gone(void *context)
{
    struct proxy *p = context;
    if (p->stream)
        http_client_stream_cancel(p->stream);
    p->stream = NULL;
    http_stream_end(p->http);
    proxy_free(p);
}

/* Tunnels. When one side closes, the other is closed after what is queued for it. Both take the block. */
static void to_client(struct proxy *p, struct bytes *bytes)
{
    size_t queued = http_tunnel_write(p->http, bytes);
    bytes_unref(bytes);
    if (queued < QUEUED_BYTES_MAX || !p->stream)
        return;
    http_client_stream_pause(p->stream, true);
    http_stream_on_drained(p->http, QUEUED_BYTES_LOW, on_drained, p);
}

static void on_tunnel_drained(void *context)
{
    struct proxy *p = context;
    if (!p->client_closed)
        http_tunnel_pause(p->http, false);
}

static void to_server(struct proxy *p, struct bytes *bytes)
{
    size_t queued = p->stream ? http_client_tunnel_write(p->stream, bytes) : 0;
    bytes_unref(bytes);
    if (queued < QUEUED_BYTES_MAX)
        return;
    http_tunnel_pause(p->http, true);
    http_client_tunnel_on_drained(p->stream, QUEUED_BYTES_LOW, on_tunnel_drained, p);
}

static void from_client(void *context, struct slice data)
{
    to_server(context, bytes_new(data.data, data.size));
}

static void client_closed(void *context)
{
    struct proxy *p = context;
    p->client_closed = true;
    if (p->stream)
        http_client_stream_cancel(p->stream);
    p->stream = NULL;
    proxy_free(p);
}

static const struct http_tunnel_callbacks tunnelled = {.received = from_client, .closed = client_closed};

static void ignore(void *context, struct slice data)
{
}

static const struct http_tunnel_callbacks from_nobody = {.received = ignore, .closed = client_closed};

static void on_upgraded(void *context, const struct http_header *headers, size_t count)
{
    struct proxy *p = context;
    struct slice protocol = http_header_find(headers, count, "upgrade");
    p->status = 101;
    p->tunnel = true;
    http_request_on_gone(p->http, NULL, NULL);
    http_tunnel_begin(p->http,
                      copy_headers(&p->r->arena, headers, count,
                                   arena_strndup(&p->r->arena, protocol.data, protocol.size), NULL),
                      &tunnelled, p);
}

static void from_server(void *context, struct slice data)
{
    to_client(context, bytes_new(data.data, data.size));
}

static void server_closed(void *context, const struct error *err)
{
    struct proxy *p = context;
    p->stream = NULL;
    if (!p->client_closed)
        http_tunnel_end(p->http); /* closed() follows, and releases */
}

/* Translated tunnels. */
static void send_translated(struct proxy *p, struct buffer *server, struct buffer *client)
{
    if (server->size)
        to_server(p, bytes_take_buffer(server));
    if (client->size)
        to_client(p, bytes_take_buffer(client));
    buffer_done(server);
    buffer_done(client);
}

typedef int translate_function(struct stream_translator *t, struct slice data, struct buffer *to_server,
                               struct buffer *to_client, struct error *err);

static void translate(struct proxy *p, translate_function *function, struct slice data)
{
    _cleanup_(error_done) struct error err = ERROR_INIT;
    struct buffer server = BUFFER_INIT, client = BUFFER_INIT;
    int rc = function(p->translator, data, &server, &client, &err);
    if (rc < 0)
        log_info("%s: %s", p->where, err.message);
    send_translated(p, &server, &client);
    if (rc)
        http_tunnel_end(p->http); /* closed() follows, and releases */
}

static void translate_from_client(void *context, struct slice data)
{
    struct proxy *p = context;
    translate(p, stream_translator_from_client, data);
}

static void translate_from_server(void *context, struct slice data)
{
    struct proxy *p = context;
    translate(p, stream_translator_from_server, data);
}

static const struct http_tunnel_callbacks translated = {.received = translate_from_client,
                                                        .closed = client_closed};

static void on_translated(void *context, const struct http_header *headers, size_t count)
{
    struct proxy *p = context;
    struct buffer server = BUFFER_INIT, client = BUFFER_INIT;
    p->status = 101;
    p->tunnel = true;
    stream_translator_begin(p->translator, &server, &client);
    http_request_on_gone(p->http, NULL, NULL);
    http_tunnel_begin(p->http, p->websocket.headers, &translated, p);
    send_translated(p, &server, &client);
}

static void translated_server_closed(void *context, const struct error *err)
{
    struct proxy *p = context;
    struct buffer server = BUFFER_INIT, client = BUFFER_INIT;
    p->stream = NULL;
    stream_translator_end(p->translator, &client);
    send_translated(p, &server, &client);
    server_closed(p, err);
}

/* A log as a WebSocket: what is not a log goes back as it is. */
static void on_framed_headers(void *context, int status, const struct http_header *headers, size_t count)
{
    struct proxy *p = context;
    if (status != 200) {
        on_headers(p, status, headers, count);
        return;
    }
    p->status = status;
    p->tunnel = true;
    http_request_on_gone(p->http, NULL, NULL);
    http_tunnel_begin(p->http, p->websocket.headers, &from_nobody, p);
}

static void on_framed_data(void *context, struct slice data)
{
    struct proxy *p = context;
    if (!p->tunnel) {
        on_data(p, data);
        return;
    }
    to_client(p, websocket_frame(&p->websocket, data));
}

static void on_framed_end(void *context, const struct error *err)
{
    struct proxy *p = context;
    if (!p->tunnel) {
        on_ended(p, err);
        return;
    }
    p->stream = NULL;
    struct bytes *frame = websocket_close_frame();
    http_tunnel_write(p->http, frame);
    bytes_unref(frame);
    http_tunnel_end(p->http); /* closed() follows, and releases */
}

static const struct http_client_stream_callbacks plain = {on_headers, on_data, on_ended};
static const struct http_client_stream_callbacks framed = {on_framed_headers, on_framed_data, on_framed_end};
static const struct http_client_tunnel_callbacks upgrading = {
    on_upgraded, from_server, {on_headers, on_data, on_ended}, server_closed};
static const struct http_client_tunnel_callbacks translating = {
    on_translated, translate_from_server, {on_headers, on_data, on_ended}, translated_server_closed};

void proxy_start(struct api_request *r, const struct proxy_target *target)
{
    struct proxy *p = new0(struct proxy);
    const struct proxy_translation *translation = target->translation;
    struct slice upgrade = !target->upgrade ? (struct slice){0}
                           : translation    ? SLICE("SPDY/3.1")
                                            : http_request_header(r->http, "upgrade");
    struct slice method = http_request_method_name(r->http);
    const struct http_header *headers;
    size_t count = http_request_headers(r->http, &headers);
    struct http_client_config config = {
        .loop = http_request_loop(r->http),
        .host = target->host,
        .port = target->port,
        .tls = target->tls,
        .http1_only = true,
        .connect_timeout_ms = CONNECT_TIMEOUT_MS,
    };
    struct http_client_request request = {
        .method = target->method ? target->method : arena_strndup(&r->arena, method.data, method.size),
        .target = target->target,
        .headers = copy_headers(&r->arena, headers, count,
                                upgrade.size ? arena_strndup(&r->arena, upgrade.data, upgrade.size) : NULL,
                                translation ? translation->spdy_protocol : NULL),
        .body = http_request_body(r->http),
        .timeout_ms = target->prefix ? -1 : KUBELET_TIMEOUT_MS,
    };
    p->r = r;
    p->server = r->server;
    p->http = http_request_ref(r->http);
    p->status_errors = target->status_errors;
    p->prefix = target->prefix;
    if (target->websocket)
        p->websocket = *target->websocket;
    if (translation) {
        p->websocket = translation->websocket;
        p->translator = stream_translator_new(translation->channels);
    }
    p->where = xasprintf("%s:%u", target->host, target->port);
    p->client = http_client_new(&config);
    p->stream =
        upgrade.size
            ? http_client_tunnel_start(p->client, &request, translation ? &translating : &upgrading, p)
            : http_client_stream_start(p->client, &request, target->websocket ? &framed : &plain, p);
    http_request_on_gone(p->http, on_gone, p);
}
