/* SPDX-License-Identifier: Apache-2.0 */
/* The blocking call: a stream whose callbacks gather the response, and a thread that waits for its end. */
#include <string.h>

#include "core/base/memory.h"
#include "core/io/http-client-private.h"

#define RESPONSE_BYTES_MAX (64u * 1024 * 1024)

struct gathered {
    pthread_mutex_t lock; /* guards done; the rest belongs to the loop's thread until then */
    pthread_cond_t changed;
    bool done;
    int result;
    struct http_client_stream *stream;
    size_t bytes_max;
    struct http_client_response response;
    struct error err;
};

static size_t headers_bytes(const struct http_header *headers, size_t count)
{
    size_t bytes = count * sizeof(headers[0]);
    for (size_t i = 0; i < count; i++)
        bytes += headers[i].name.size + headers[i].value.size + 2;
    return bytes;
}

static struct slice put(char **at, struct slice text)
{
    struct slice copy = {*at, text.size};
    memcpy(*at, text.data, text.size);
    (*at)[text.size] = '\0';
    *at += text.size + 1;
    return copy;
}

static void finish(struct gathered *g, int result)
{
    pthread_mutex_lock(&g->lock);
    g->result = result;
    g->done = true;
    pthread_cond_signal(&g->changed);
    pthread_mutex_unlock(&g->lock);
}

static void too_large(struct gathered *g)
{
    struct http_client_stream *s = g->stream;
    error_set(&g->err, ERR_TOO_LARGE, "%s %s: the response is larger than %zu bytes", s->method, s->target,
              g->bytes_max);
    http_client_stream_cancel(s);
    finish(g, -1);
}

static void on_headers(void *context, int status, const struct http_header *headers, size_t count)
{
    struct gathered *g = context;
    char *memory = xmalloc(headers_bytes(headers, count) + 1);
    struct http_header *copy = (struct http_header *)(void *)memory;
    char *at = (char *)(copy + count);
    for (size_t i = 0; i < count; i++) {
        copy[i].name = put(&at, headers[i].name);
        copy[i].value = put(&at, headers[i].value);
    }
    g->response.status = status;
    g->response.headers = copy;
    g->response.headers_count = count;
    g->response.memory = memory;
}

static void on_data(void *context, struct slice data)
{
    struct gathered *g = context;
    if (g->response.body.size + data.size > g->bytes_max)
        too_large(g);
    else
        buffer_append_slice(&g->response.body, data);
}

static void on_ended(void *context, const struct error *err)
{
    struct gathered *g = context;
    if (err)
        error_copy(&g->err, err);
    finish(g, err ? -1 : 0);
}

static void wait_for(struct gathered *g)
{
    pthread_mutex_lock(&g->lock);
    while (!g->done)
        pthread_cond_wait(&g->changed, &g->lock);
    pthread_mutex_unlock(&g->lock);
    pthread_mutex_destroy(&g->lock);
    pthread_cond_destroy(&g->changed);
}

int http_client_do(struct http_client *client, const struct http_client_request *request,
                   struct http_client_response *ret, struct error *err)
{
    struct gathered g = {
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
        .bytes_max = request->response_bytes_max ? request->response_bytes_max : RESPONSE_BYTES_MAX,
        .stream = http_client_stream_new(client, request, false),
    };
    require(!loop_is_current(client->loop));
    g.stream->whole = true;
    g.stream->callbacks = (struct http_client_stream_callbacks){on_headers, on_data, on_ended};
    g.stream->context = &g;
    http_client_stream_submit(g.stream);
    wait_for(&g);
    if (g.result < 0) {
        http_client_response_done(&g.response);
        if (err)
            error_move(err, &g.err);
        error_done(&g.err);
        return -1;
    }
    *ret = g.response;
    return 0;
}

void http_client_response_done(struct http_client_response *response)
{
    free(response->memory);
    buffer_done(&response->body);
    *response = (struct http_client_response){0};
}
