/* SPDX-License-Identifier: Apache-2.0 */
/*
 * containerd's native events, for containerd 1.6, which has none in CRI. Its CRI part learns of a container's
 * end from the same stream and needs some milliseconds to write it down: an event that were handed on at once
 * would show the host the old state, and no second event would follow. So each is held until the state that
 * it announces can be seen.
 */
#include <string.h>

#include "plugins/cri/containerd.pb-c.h"
#include "plugins/cri/convert.h"
#include "plugins/cri/events.h"

enum { SETTLE_MS_FIRST = 2, SETTLE_MS_MAX = 64, SETTLE_MS_TOTAL = 3000 };

/* What can be seen of a container or sandbox, least advanced first. */
enum stage { STAGE_CREATED, STAGE_RUNNING, STAGE_ENDED };

static const struct topic {
    const char *name, *filter;
    enum stage stage; /* that it announces */
} topics[] = {
    {"/tasks/start", "namespace==\"k8s.io\",topic==\"/tasks/start\"", STAGE_RUNNING},
    {"/tasks/exit", "namespace==\"k8s.io\",topic==\"/tasks/exit\"", STAGE_ENDED},
    {"/tasks/oom", "namespace==\"k8s.io\",topic==\"/tasks/oom\"", STAGE_CREATED},
    {"/containers/delete", "namespace==\"k8s.io\",topic==\"/containers/delete\"", STAGE_CREATED},
};
enum { TOPICS = sizeof(topics) / sizeof(topics[0]) };

static enum grpc_code containerd_request(struct events *events, struct grpc_stream *stream,
                                         struct grpc_error *err)
{
    const struct grpc_options options = {.deadline_ns = events->call->deadline_ns,
                                         .cancel_fd = events->call->cancel_fd};
    Containerd__SubscribeRequest request = CONTAINERD__SUBSCRIBE_REQUEST__INIT;
    char *filters[TOPICS];
    for (size_t i = 0; i < TOPICS; i++)
        filters[i] = convert_text(topics[i].filter);
    request.n_filters = TOPICS;
    request.filters = filters;
    return grpc_stream_send(stream, &request.base, &options, err);
}

static int stage_of_container(const struct keelson_container_sink *sink,
                              const struct keelson_container *container)
{
    enum stage *stage = sink->context;
    *stage = container->state == KEELSON_CONTAINER_CREATED   ? STAGE_CREATED
             : container->state == KEELSON_CONTAINER_RUNNING ? STAGE_RUNNING
                                                             : STAGE_ENDED;
    return 0;
}

static int stage_of_sandbox(const struct keelson_sandbox_sink *sink, const struct keelson_sandbox *sandbox)
{
    enum stage *stage = sink->context;
    *stage = sandbox->state == KEELSON_SANDBOX_READY ? STAGE_RUNNING : STAGE_ENDED;
    return 0;
}

/* What cannot be seen any more has ended, and so has waiting for a runtime that does not answer. */
static enum stage stage_seen(struct events *events, const char *id, bool is_sandbox)
{
    enum stage stage = STAGE_ENDED;
    const struct keelson_container_sink container = {
        .size = sizeof(container), .put = stage_of_container, .context = &stage};
    const struct keelson_sandbox_sink sandbox = {
        .size = sizeof(sandbox), .put = stage_of_sandbox, .context = &stage};
    if (is_sandbox)
        cri_sandbox_status(events->cri, events->call, id, &sandbox);
    else
        cri_container_status(events->cri, events->call, id, &container);
    return stage;
}

static void settle(struct events *events, const char *id, bool is_sandbox, enum stage stage)
{
    int waited_ms = 0, pause_ms = SETTLE_MS_FIRST;
    while (stage > STAGE_CREATED && stage_seen(events, id, is_sandbox) < stage &&
           waited_ms < SETTLE_MS_TOTAL) {
        if (events_pause(events->call, pause_ms))
            return;
        waited_ms += pause_ms;
        pause_ms = pause_ms * 2 > SETTLE_MS_MAX ? SETTLE_MS_MAX : pause_ms * 2;
    }
}

static int ignore_container(const struct keelson_container_sink *sink,
                            const struct keelson_container *container)
{
    return 0;
}

static int ignore_sandbox(const struct keelson_sandbox_sink *sink, const struct keelson_sandbox *sandbox)
{
    return 0;
}

/* Lists feed the memory of owners. Something that started and is not known is just being made by the host
 * itself. */
static bool find_owner(struct events *events, const char *id, const struct topic *topic, char *ret,
                       size_t size)
{
    const struct keelson_container_sink containers = {.size = sizeof(containers), .put = ignore_container};
    const struct keelson_sandbox_sink sandboxes = {.size = sizeof(sandboxes), .put = ignore_sandbox};
    if (owners_find(events->cri->owners, id, ret, size))
        return true;
    if (topic->stage != STAGE_ENDED)
        return false;
    cri_container_list(events->cri, events->call, &containers);
    cri_sandbox_list(events->cri, events->call, &sandboxes);
    return owners_find(events->cri->owners, id, ret, size);
}

/* The container that the event is about: the first member of each. NULL: the end of an exec'd process, which
 * changes nothing. */
static Containerd__Subject *subject_of(const Containerd__Envelope *envelope, const struct topic *topic)
{
    const ProtobufCBinaryData *value = &envelope->event->value;
    if (strcmp(topic->name, "/tasks/exit") == 0) {
        Containerd__TaskExit *exit = containerd__task_exit__unpack(NULL, value->len, value->data);
        bool of_exec = exit && strcmp(exit->container_id, exit->id) != 0;
        cri_free(exit);
        if (of_exec)
            return NULL;
    }
    return containerd__subject__unpack(NULL, value->len, value->data);
}

static const struct topic *topic_find(const char *name)
{
    for (size_t i = 0; i < TOPICS; i++)
        if (strcmp(topics[i].name, name) == 0)
            return &topics[i];
    return NULL;
}

static void containerd_take(struct events *events, const ProtobufCMessage *message)
{
    const Containerd__Envelope *envelope = (const Containerd__Envelope *)message;
    const struct topic *topic = topic_find(envelope->topic);
    _cleanup_message_ Containerd__Subject *subject =
        topic && envelope->event ? subject_of(envelope, topic) : NULL;
    char sandbox_id[80];
    if (!subject || !find_owner(events, subject->container_id, topic, sandbox_id, sizeof(sandbox_id)))
        return;
    bool is_sandbox = strcmp(subject->container_id, sandbox_id) == 0;
    settle(events, subject->container_id, is_sandbox, topic->stage);
    events_put(events, is_sandbox ? "" : subject->container_id, sandbox_id);
    if (strcmp(topic->name, "/containers/delete") == 0)
        owners_remove(events->cri->owners, subject->container_id);
}

const struct event_source event_source_containerd = {
    .path = "/containerd.services.events.v1.Events/Subscribe",
    .response = &containerd__envelope__descriptor,
    .request = containerd_request,
    .take = containerd_take,
};
