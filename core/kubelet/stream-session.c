/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One session. Both connections live on the loop of the client's request, so that nothing here needs a lock
 * but the server's list. A side that is full pauses the other; when one side closes, the other is closed
 * after what is queued for it was sent.
 */
#include "core/kubelet/stream-session.h"

#include <time.h>

#include "core/base/list.h"
#include "core/base/memory.h"
#include "core/io/http-client.h"
#include "core/kubelet/server-private.h"

#define QUEUED_BYTES_MAX (512u << 10)
#define QUEUED_BYTES_LOW (128u << 10)
#define CONNECT_MS       5000
#define ANSWER_MS        30000
#define LINGER_MS        10000 /* what the client sent last may take so long to reach the runtime */
#define STOP_S           3
#define HEADERS_MAX      64

struct stream_session {
    struct list link; /* in server->sessions; this and refs under its lock */
    unsigned refs; /* its connections together hold one, each post of a stop another; 0: it is being freed */
    struct kubelet_server *server;
    struct http_request *request;
    struct loop *loop;
    struct http_client *client;
    struct http_client_stream *stream; /* NULL: ended */
    struct stream_target target;
    struct arena arena; /* headers */
    struct loop_timer linger;
    int status;  /* of the answer; 0: none yet */
    bool tunnel; /* the client's side is open */
    bool over;   /* both sides have ended */
};

/* Off the loop, since the client's end may wait. */
static void session_free(void *context)
{
    struct stream_session *s = context;
    struct kubelet_server *server = s->server;
    http_client_free(s->client);
    stream_target_done(&s->target);
    arena_done(&s->arena);
    pthread_mutex_lock(&server->lock);
    list_remove(&s->link);
    free(s);
    pthread_cond_broadcast(&server->session_ended);
    pthread_mutex_unlock(&server->lock);
}

static void *session_free_thread(void *context)
{
    session_free(context);
    return NULL;
}

/* On the loop. */
static void unref(struct stream_session *s)
{
    pthread_mutex_lock(&s->server->lock);
    bool last = --s->refs == 0;
    pthread_mutex_unlock(&s->server->lock);
    if (last && !workers_submit(s->server->streams, session_free, s))
        require(thread_start("kubelet-stream", 0, session_free_thread, s, NULL) == 0);
}

static void finish(struct stream_session *s)
{
    if (s->over || s->stream || s->tunnel)
        return;
    s->over = true;
    loop_timer_stop(&s->linger);
    unref(s);
}

static void cancel_stream(struct stream_session *s)
{
    if (s->stream)
        http_client_stream_cancel(s->stream);
    s->stream = NULL;
}

/* --- towards the client --- */

static void client_drained(void *context)
{
    struct stream_session *s = context;
    if (s->stream)
        http_client_stream_pause(s->stream, false);
}

static void pass_to_client(struct stream_session *s, struct slice data)
{
    struct bytes *block = bytes_new(data.data, data.size);
    size_t queued = http_stream_write(s->request, block); /* of a tunnel too */
    bytes_unref(block);
    if (queued < QUEUED_BYTES_MAX || !s->stream)
        return;
    http_client_stream_pause(s->stream, true);
    http_stream_on_drained(s->request, QUEUED_BYTES_LOW, client_drained, s);
}

/* --- towards the runtime --- */

static void runtime_drained(void *context)
{
    struct stream_session *s = context;
    if (s->tunnel)
        http_tunnel_pause(s->request, false);
}

static void client_received(void *context, struct slice data)
{
    struct stream_session *s = context;
    if (!s->stream)
        return;
    struct bytes *block = bytes_new(data.data, data.size);
    size_t queued = http_client_tunnel_write(s->stream, block);
    bytes_unref(block);
    if (queued < QUEUED_BYTES_MAX)
        return;
    http_tunnel_pause(s->request, true);
    http_client_tunnel_on_drained(s->stream, QUEUED_BYTES_LOW, runtime_drained, s);
}

/* What the client sent last still goes to the runtime, whose end then ends the session. */
static void client_closed(void *context)
{
    struct stream_session *s = context;
    s->tunnel = false;
    if (!s->stream) {
        finish(s);
        return;
    }
    loop_timer_start(&s->linger, LINGER_MS);
    http_client_stream_pause(s->stream, false);
    http_client_tunnel_end(s->stream);
}

static void linger_over(void *context)
{
    struct stream_session *s = context;
    cancel_stream(s);
    finish(s);
}

static const struct http_tunnel_callbacks client_side = {.received = client_received,
                                                         .closed = client_closed};

/* --- the runtime's answer --- */

static const char *const *copy_headers(struct stream_session *s, const struct http_header *headers,
                                       size_t count, const char *const *without)
{
    const char **out = arena_alloc(&s->arena, (HEADERS_MAX * 2 + 1) * sizeof(*out));
    size_t n = 0;
    for (size_t i = 0; i < count && n < HEADERS_MAX * 2; i++) {
        bool dropped = false;
        for (const char *const *name = without; *name; name++)
            dropped = dropped || slice_is(headers[i].name, *name);
        if (dropped)
            continue;
        out[n++] = arena_strndup(&s->arena, headers[i].name.data, headers[i].name.size);
        out[n++] = arena_strndup(&s->arena, headers[i].value.data, headers[i].value.size);
    }
    out[n] = NULL;
    return out;
}

static void runtime_upgraded(void *context, const struct http_header *headers, size_t count)
{
    static const char *const without[] = {"date", "content-length", "transfer-encoding", NULL};
    struct stream_session *s = context;
    s->status = 101;
    s->tunnel = true;
    http_request_on_gone(s->request, NULL, NULL);
    http_tunnel_begin(s->request, copy_headers(s, headers, count, without), &client_side, s);
}

static void runtime_received(void *context, struct slice data)
{
    struct stream_session *s = context;
    if (s->tunnel)
        pass_to_client(s, data);
}

static void runtime_closed(void *context, const struct error *err)
{
    struct stream_session *s = context;
    s->stream = NULL;
    if (s->tunnel)
        http_tunnel_end(s->request); /* client_closed follows, maybe at once, and finishes */
    else
        finish(s);
}

/* It answers, but does not upgrade: the client gets to see that. */
static void plain_headers(void *context, int status, const struct http_header *headers, size_t count)
{
    struct stream_session *s = context;
    struct slice type = http_header_find(headers, count, "content-type");
    s->status = status;
    http_stream_begin(s->request, status,
                      type.size ? arena_strndup(&s->arena, type.data, type.size) : "text/plain", NULL);
}

static void plain_data(void *context, struct slice data)
{
    pass_to_client(context, data);
}

static void plain_ended(void *context, const struct error *err)
{
    struct stream_session *s = context;
    s->stream = NULL;
    http_request_on_gone(s->request, NULL, NULL);
    if (!s->status) {
        char *text = xasprintf("the runtime's streaming server: %s",
                               err && err->message ? err->message : "the connection was closed");
        server_respond_text(s->request, 500, text);
        free(text);
    } else {
        http_stream_on_drained(s->request, 0, NULL, NULL);
        if (err)
            http_stream_abort(s->request);
        else
            http_stream_end(s->request);
    }
    finish(s);
}

static const struct http_client_tunnel_callbacks runtime_side = {
    runtime_upgraded, runtime_received, {plain_headers, plain_data, plain_ended}, runtime_closed};

/* --- from start to end --- */

/* Gone before there was a tunnel. */
static void client_gone(void *context)
{
    struct stream_session *s = context;
    cancel_stream(s);
    if (s->status)
        http_stream_end(s->request);
    else
        server_respond_text(s->request, 499, "");
    finish(s);
}

static void session_begin(void *context)
{
    static const char *const without[] = {
        "host", "authorization", "content-length", "transfer-encoding", "cookie", NULL};
    struct stream_session *s = context;
    const struct http_header *headers;
    size_t count = http_request_headers(s->request, &headers);
    struct slice method = http_request_method_name(s->request);
    struct http_client_config config = {.loop = s->loop,
                                        .host = s->target.host,
                                        .port = s->target.port,
                                        .http1_only = true,
                                        .connect_timeout_ms = CONNECT_MS};
    struct http_client_request request = {.method = arena_strndup(&s->arena, method.data, method.size),
                                          .target = s->target.path,
                                          .headers = copy_headers(s, headers, count, without),
                                          .timeout_ms = ANSWER_MS};
    s->client = http_client_new(&config);
    s->stream = http_client_tunnel_start(s->client, &request, &runtime_side, s);
    http_request_on_gone(s->request, client_gone, s);
}

int stream_session_start(struct kubelet_server *server, struct http_request *request,
                         const struct stream_target *target, struct error *err)
{
    struct stream_session *s = new0(struct stream_session);
    *s = (struct stream_session){.refs = 1,
                                 .server = server,
                                 .request = request,
                                 .loop = http_request_loop(request),
                                 .target = {xstrdup(target->host), xstrdup(target->path), target->port}};
    loop_timer_init(&s->linger, s->loop, linger_over, s);
    pthread_mutex_lock(&server->lock);
    bool stopping = atomic_load(&server->stopping);
    if (!stopping)
        list_append(&server->sessions, &s->link);
    pthread_mutex_unlock(&server->lock);
    if (stopping) {
        stream_target_done(&s->target);
        free(s);
        return error_set(err, ERR_UNAVAILABLE, "the kubelet is stopping");
    }
    loop_post(s->loop, session_begin, s);
    return 0;
}

static void session_stop(void *context)
{
    struct stream_session *s = context;
    if (!s->over && !s->tunnel && s->stream) {
        http_request_on_gone(s->request, NULL, NULL);
        client_gone(s);
    } else if (!s->over) {
        cancel_stream(s);
        if (s->tunnel)
            http_tunnel_end(s->request); /* client_closed follows */
        finish(s);
    }
    unref(s);
}

bool stream_sessions_stop(struct kubelet_server *server)
{
    struct timespec until;
    int rc = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += STOP_S;
    pthread_mutex_lock(&server->lock);
    for (struct list *at = server->sessions.next; at != &server->sessions; at = at->next) {
        struct stream_session *s = list_entry(at, struct stream_session, link);
        if (s->refs++ == 0)
            s->refs = 0;
        else
            loop_post(s->loop, session_stop, s);
    }
    while (!list_empty(&server->sessions) && rc == 0)
        rc = pthread_cond_timedwait(&server->session_ended, &server->lock, &until);
    bool all = list_empty(&server->sessions);
    pthread_mutex_unlock(&server->lock);
    return all;
}
