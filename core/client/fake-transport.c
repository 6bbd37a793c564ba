/* SPDX-License-Identifier: Apache-2.0 */
/* The transport of the client library's tests. Streams are kept until the transport goes, so that a test may
 * ask about them afterwards. */
#include "core/client/fake-transport.h"

#include <pthread.h>
#include <stdio.h>
#include <time.h>

#include "core/base/memory.h"

struct fake_stream {
    struct fake_transport *fake;
    struct fake_stream *next;
    struct transport_callbacks callbacks;
    void *context;
    char *target, *accept;
    bool taken, over;
};

struct fake_transport {
    struct transport base;
    struct loop *loop;
    fake_request_function *function;
    void *context;
    unsigned retry_after;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct fake_stream *streams, **last;
};

static int fake_request(struct transport *t, const struct transport_request *request,
                        struct http_client_response *ret, struct error *err)
{
    struct fake_transport *f = container_of(t, struct fake_transport, base);
    struct http_client_response response = {0};
    pthread_mutex_lock(&f->lock);
    int rc = f->function(f->context, request, &response.status, &response.body, err);
    if (rc == 0 && f->retry_after) {
        /* headers and their texts are one block, as the real client makes it */
        char text[16];
        int size = snprintf(text, sizeof(text), "%u", f->retry_after);
        response.headers = xmalloc(sizeof(struct http_header) + sizeof(text));
        response.memory = (char *)response.headers;
        char *value = memcpy(response.headers + 1, text, sizeof(text));
        response.headers[0] = (struct http_header){SLICE("retry-after"), {value, (size_t)size}};
        response.headers_count = 1;
    }
    pthread_mutex_unlock(&f->lock);
    if (rc == 0)
        *ret = response;
    else
        buffer_done(&response.body);
    return rc;
}

static struct transport_stream *fake_stream_open(struct transport *t, const struct transport_request *request,
                                                 const struct transport_callbacks *callbacks, void *context)
{
    struct fake_transport *f = container_of(t, struct fake_transport, base);
    struct fake_stream *s = new0(struct fake_stream);
    s->fake = f;
    s->callbacks = *callbacks;
    s->context = context;
    s->target = xstrdup(request->target);
    s->accept = xstrdup(request->accept ? request->accept : "");
    pthread_mutex_lock(&f->lock);
    *f->last = s;
    f->last = &s->next;
    pthread_cond_broadcast(&f->wake);
    pthread_mutex_unlock(&f->lock);
    return (struct transport_stream *)s;
}

static void fake_cancel(struct transport *t, struct transport_stream *stream)
{
    struct fake_stream *s = (struct fake_stream *)stream;
    pthread_mutex_lock(&s->fake->lock);
    s->over = true;
    pthread_mutex_unlock(&s->fake->lock);
}

static void fake_free(struct transport *t)
{
    struct fake_transport *f = container_of(t, struct fake_transport, base);
    for (struct fake_stream *s = f->streams, *next; s; s = next) {
        next = s->next;
        free(s->target);
        free(s->accept);
        free(s);
    }
    pthread_mutex_destroy(&f->lock);
    pthread_cond_destroy(&f->wake);
    free(f);
}

struct fake_transport *fake_transport_new(struct loop *loop, fake_request_function *function, void *context)
{
    struct fake_transport *f = new0(struct fake_transport);
    f->base = (struct transport){fake_request, fake_stream_open, fake_cancel, fake_free};
    f->loop = loop;
    f->function = function;
    f->context = context;
    f->last = &f->streams;
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->wake, NULL);
    return f;
}

struct transport *fake_transport_base(struct fake_transport *f)
{
    return &f->base;
}

void fake_transport_retry_after(struct fake_transport *f, unsigned seconds)
{
    pthread_mutex_lock(&f->lock);
    f->retry_after = seconds;
    pthread_mutex_unlock(&f->lock);
}

static struct fake_stream *take_stream(struct fake_transport *f, int64_t wait_ms)
{
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += wait_ms / 1000;
    until.tv_nsec += wait_ms % 1000 * 1000000;
    if (until.tv_nsec >= 1000000000) {
        until.tv_sec++;
        until.tv_nsec -= 1000000000;
    }
    struct fake_stream *found = NULL;
    pthread_mutex_lock(&f->lock);
    do {
        for (found = f->streams; found && found->taken;)
            found = found->next;
    } while (!found && pthread_cond_timedwait(&f->wake, &f->lock, &until) == 0);
    if (found)
        found->taken = true;
    pthread_mutex_unlock(&f->lock);
    return found;
}

struct fake_stream *fake_stream_next(struct fake_transport *f)
{
    return take_stream(f, 10000);
}

bool fake_stream_none(struct fake_transport *f, int64_t wait_ms)
{
    return !take_stream(f, wait_ms);
}

const char *fake_stream_target(const struct fake_stream *s)
{
    return s->target;
}

const char *fake_stream_accept(const struct fake_stream *s)
{
    return s->accept;
}

bool fake_stream_cancelled(struct fake_stream *s)
{
    pthread_mutex_lock(&s->fake->lock);
    bool over = s->over;
    pthread_mutex_unlock(&s->fake->lock);
    return over;
}

/* One callback, carried to the loop and waited for. */
struct fake_call {
    struct fake_stream *stream;
    int status;
    struct slice data;
    enum error_code code;
    enum { CALL_HEADERS, CALL_DATA, CALL_END } what;
    bool done;
};

static void call_on_loop(void *context)
{
    struct fake_call *call = context;
    struct fake_stream *s = call->stream;
    struct fake_transport *f = s->fake;
    bool over = fake_stream_cancelled(s);
    if (!over && call->what == CALL_HEADERS) {
        s->callbacks.headers(s->context, call->status, NULL, 0);
    } else if (!over && call->what == CALL_DATA) {
        s->callbacks.data(s->context, call->data);
    } else if (!over) {
        struct error err = ERROR_INIT;
        if (call->code)
            error_set(&err, call->code, "the connection broke");
        s->over = true;
        s->callbacks.ended(s->context, call->code ? &err : NULL);
        error_done(&err);
    }
    pthread_mutex_lock(&f->lock);
    call->done = true;
    pthread_cond_broadcast(&f->wake);
    pthread_mutex_unlock(&f->lock);
}

static void perform(struct fake_call *call)
{
    struct fake_transport *f = call->stream->fake;
    loop_post(f->loop, call_on_loop, call);
    pthread_mutex_lock(&f->lock);
    while (!call->done)
        pthread_cond_wait(&f->wake, &f->lock);
    pthread_mutex_unlock(&f->lock);
}

void fake_stream_headers(struct fake_stream *s, int status)
{
    struct fake_call call = {.stream = s, .what = CALL_HEADERS, .status = status};
    perform(&call);
}

void fake_stream_data(struct fake_stream *s, const char *text, size_t size)
{
    struct fake_call call = {.stream = s, .what = CALL_DATA, .data = {text, size}};
    perform(&call);
}

void fake_stream_end(struct fake_stream *s, enum error_code code)
{
    struct fake_call call = {.stream = s, .what = CALL_END, .code = code};
    perform(&call);
}

void fake_stream_answer(struct fake_stream *s, int status, const char *text)
{
    fake_stream_headers(s, status);
    fake_stream_data(s, text, strlen(text));
    fake_stream_end(s, ERR_NONE);
}
