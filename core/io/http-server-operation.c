/* SPDX-License-Identifier: Apache-2.0 */
/* Carries calls on a request from other threads to its loop; see http-server-operation.h. */
#include "core/io/http-server-operation.h"

#include "core/base/memory.h"

static void operation_free(struct http_operation *op)
{
    bytes_unref(op->block);
    for (size_t i = 0; op->blocks && i < op->count; i++)
        bytes_unref(op->blocks[i]);
    http_request_unref(op->request);
    free(op);
}

struct http_operation *http_operation_new(struct http_request *r, void (*run)(struct http_operation *op),
                                          size_t tail_bytes)
{
    struct http_operation *op = xmalloc(sizeof(*op) + tail_bytes);
    *op = (struct http_operation){.request = http_request_ref(r), .run = run};
    return op;
}

static void operations_each(struct http_operation *list)
{
    while (list) {
        struct http_operation *op = list;
        list = op->next;
        op->run(op);
        operation_free(op);
    }
}

void http_operation_submit(struct http_operation *op)
{
    struct http_server_loop *home = op->request->home;
    pthread_mutex_lock(&home->lock);
    bool closed = home->closed, first = !home->operations;
    if (!closed) {
        *home->operations_end = op;
        home->operations_end = &op->next;
        if (first) /* under the lock: the server may stop as soon as the operation has run */
            loop_post(home->loop, http_operations_run, home);
    }
    pthread_mutex_unlock(&home->lock);
    if (closed)
        operations_each(op);
}

static struct http_operation *operations_take(struct http_server_loop *home, bool close)
{
    pthread_mutex_lock(&home->lock);
    struct http_operation *list = home->operations;
    home->operations = NULL;
    home->operations_end = &home->operations;
    home->closed |= close;
    pthread_mutex_unlock(&home->lock);
    return list;
}

void http_operations_run(void *home)
{
    operations_each(operations_take(home, false));
}

void http_operations_close(struct http_server_loop *home)
{
    operations_each(operations_take(home, true));
}

/* The answer's strings, packed behind an operation: pointers first, then the texts. */
size_t http_operation_answer_bytes(const struct http_answer *answer)
{
    size_t bytes = answer->content_type ? strlen(answer->content_type) + 1 : 0;
    for (size_t i = 0; answer->headers && answer->headers[i]; i++)
        bytes += sizeof(char *) + strlen(answer->headers[i]) + 1;
    return bytes + sizeof(char *);
}

static char *text_put(char **at, const char *text)
{
    char *copy = *at;
    size_t size = strlen(text) + 1;
    memcpy(copy, text, size);
    *at += size;
    return copy;
}

void http_operation_set_answer(struct http_operation *op, const struct http_answer *answer, char *tail)
{
    size_t count = 0;
    while (answer->headers && answer->headers[count])
        count++;
    const char **headers = (const char **)(void *)tail;
    char *at = (char *)(headers + count + 1);
    for (size_t i = 0; i < count; i++)
        headers[i] = text_put(&at, answer->headers[i]);
    headers[count] = NULL;
    op->answer = *answer;
    op->answer.headers = headers;
    op->answer.content_type = answer->content_type ? text_put(&at, answer->content_type) : NULL;
}
