/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A watch stream. etcd splits what is too large for one message into fragments; they are put together again,
 * so that a transaction's changes come in one piece. A member that has lost its leader ends the stream, since
 * it would otherwise stay silent.
 */
#include <stdlib.h>
#include <string.h>

#include "plugins/store-etcd/stream.h"

#define BATCH_PARTS_MAX 100000

static const uint8_t all_keys[] = {0};

static void responses_free(struct stream *stream)
{
    for (size_t i = 0; i < stream->response_count; i++)
        etcd__watch_response__free_unpacked(stream->responses[i], NULL);
    stream->response_count = 0;
    stream->event_count = 0;
    stream->complete = false;
}

void stream_close(struct stream *stream)
{
    responses_free(stream);
    grpc_stream_close(stream->grpc);
    free(stream->responses);
    free(stream->events);
    memset(stream, 0, sizeof(*stream));
}

static void *room(void *array, size_t *capacity, size_t needed, size_t element_size)
{
    if (needed <= *capacity)
        return array;
    *capacity = needed + needed / 2 + 16;
    array = realloc(array, *capacity * element_size);
    if (!array)
        abort();
    return array;
}

static enum keelson_status canceled_by_server(const Etcd__WatchResponse *response, struct etcd *etcd,
                                              struct failure *failure)
{
    if (response->compact_revision == 0)
        return failure_set(failure, KEELSON_UNAVAILABLE, "etcd ended the watch: %s", response->cancel_reason);
    int64_t known = atomic_load(&etcd->compact_revision);
    while (known < response->compact_revision &&
           !atomic_compare_exchange_weak(&etcd->compact_revision, &known, response->compact_revision))
        continue;
    return failure_set(failure, KEELSON_COMPACTED, "the changes are gone; history begins at revision %lld",
                       (long long)response->compact_revision);
}

static enum keelson_status response_receive(struct stream *stream, int64_t deadline_ns,
                                            Etcd__WatchResponse **ret, struct failure *failure)
{
    struct grpc_error error;
    const struct grpc_options options = {.deadline_ns = deadline_ns, .cancel_fd = stream->cancel_fd};
    ProtobufCMessage *message = NULL;
    enum grpc_code code =
        grpc_stream_receive(stream->grpc, &etcd__watch_response__descriptor, &message, &options, &error);
    if (code != GRPC_OK)
        return failure_grpc(failure, &error, false);
    if (!message)
        return failure_set(failure, KEELSON_UNAVAILABLE, "etcd closed the watch");
    *ret = (Etcd__WatchResponse *)message;
    if (!(*ret)->canceled)
        return KEELSON_OK;
    enum keelson_status status = canceled_by_server(*ret, stream->etcd, failure);
    etcd__watch_response__free_unpacked(*ret, NULL);
    *ret = NULL;
    return status;
}

static enum keelson_status request_send(struct stream *stream, int64_t start_revision, int64_t deadline_ns,
                                        const char *token, struct failure *failure)
{
    struct grpc_error error;
    const struct grpc_options options = {.deadline_ns = INT64_MAX,
                                         .cancel_fd = stream->cancel_fd,
                                         .metadata = {"hasleader", "true", token[0] ? "token" : NULL, token}};
    const struct grpc_options send_options = {.deadline_ns = deadline_ns, .cancel_fd = stream->cancel_fd};
    Etcd__WatchCreateRequest create = ETCD__WATCH_CREATE_REQUEST__INIT;
    Etcd__WatchRequest request = ETCD__WATCH_REQUEST__INIT;
    create.key = create.range_end = (ProtobufCBinaryData){sizeof(all_keys), (uint8_t *)(uintptr_t)all_keys};
    create.start_revision = start_revision;
    create.fragment = 1;
    request.request_union_case = ETCD__WATCH_REQUEST__REQUEST_UNION_CREATE_REQUEST;
    request.create_request = &create;
    struct grpc_channel *channel = cluster_channel(stream->etcd, &stream->endpoint);
    enum grpc_code code =
        grpc_stream_open(channel, "/etcdserverpb.Watch/Watch", &options, &stream->grpc, &error);
    if (code == GRPC_OK)
        code = grpc_stream_send(stream->grpc, &request.base, &send_options, &error);
    return code == GRPC_OK ? KEELSON_OK : failure_grpc(failure, &error, false);
}

enum keelson_status stream_open(struct stream *stream, struct etcd *etcd, int64_t start_revision,
                                int64_t deadline_ns, int cancel_fd, struct failure *failure)
{
    Etcd__WatchResponse *response = NULL;
    char token[TOKEN_BYTES_MAX];
    memset(stream, 0, sizeof(*stream));
    stream->etcd = etcd;
    stream->cancel_fd = cancel_fd;
    enum keelson_status status = auth_token(etcd, deadline_ns, cancel_fd, token, failure);
    if (status != KEELSON_OK)
        return status;
    status = request_send(stream, start_revision, deadline_ns, token, failure);
    if (status == KEELSON_OK)
        status = response_receive(stream, deadline_ns, &response, failure);
    if (status == KEELSON_OK && !response->created)
        status = failure_set(failure, KEELSON_UNAVAILABLE, "etcd answered a watch with something else");
    if (response)
        etcd__watch_response__free_unpacked(response, NULL);
    if (status == KEELSON_OK)
        return status;
    if (auth_refused(etcd, token, failure->message))
        status = KEELSON_UNAVAILABLE; /* not with the next token */
    else if (status == KEELSON_UNAVAILABLE || status == KEELSON_TIMEOUT)
        cluster_next(etcd, stream->endpoint);
    stream_close(stream);
    return status;
}

static void event_add(struct stream *stream, const Etcd__Event *from)
{
    stream->events =
        room(stream->events, &stream->event_capacity, stream->event_count + 1, sizeof(*stream->events));
    struct keelson_kv *event = &stream->events[stream->event_count++];
    *event = kv_of(stream->etcd, from->kv, INT64_MAX, stream->cancel_fd);
    if (from->type == ETCD__EVENT__TYPE__DELETE)
        event->version = 0;
    stream->revision = event->mod_revision;
}

static void events_build(struct stream *stream)
{
    for (size_t i = 0; i < stream->response_count; i++) {
        for (size_t j = 0; j < stream->responses[i]->n_events; j++) {
            if (stream->responses[i]->events[j]->kv)
                event_add(stream, stream->responses[i]->events[j]);
        }
    }
    stream->complete = true;
}

enum keelson_status stream_receive(struct stream *stream, int64_t deadline_ns, struct failure *failure)
{
    if (stream->complete)
        responses_free(stream);
    for (;;) {
        Etcd__WatchResponse *response;
        enum keelson_status status = response_receive(stream, deadline_ns, &response, failure);
        if (status != KEELSON_OK)
            return status;
        if (response->n_events == 0 && stream->response_count == 0) { /* progress, or the like */
            etcd__watch_response__free_unpacked(response, NULL);
            continue;
        }
        bool more = response->fragment != 0;
        stream->responses = room(stream->responses, &stream->response_capacity, stream->response_count + 1,
                                 sizeof(*stream->responses));
        stream->responses[stream->response_count++] = response;
        if (!more)
            break;
        if (stream->response_count > BATCH_PARTS_MAX)
            return failure_set(failure, KEELSON_UNAVAILABLE, "etcd sends fragments without end");
    }
    events_build(stream);
    return KEELSON_OK;
}
