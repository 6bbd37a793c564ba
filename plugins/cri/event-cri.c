/* SPDX-License-Identifier: Apache-2.0 */
/* CRI's own events (containerd 1.7 and later, CRI-O): each names its container and carries the sandbox's
 * status. */
#include <stdio.h>
#include <string.h>

#include "plugins/cri/events.h"

static enum grpc_code cri_request(struct events *events, struct grpc_stream *stream, struct grpc_error *err)
{
    const struct grpc_options options = {.deadline_ns = events->call->deadline_ns,
                                         .cancel_fd = events->call->cancel_fd};
    Runtime__V1__Empty request = RUNTIME__V1__EMPTY__INIT;
    return grpc_stream_send(stream, &request.base, &options, err);
}

static void cri_take(struct events *events, const ProtobufCMessage *message)
{
    const Runtime__V1__ContainerEventResponse *event = (const Runtime__V1__ContainerEventResponse *)message;
    char sandbox_id[80] = "";
    if (event->pod_sandbox_status && event->pod_sandbox_status->id[0])
        snprintf(sandbox_id, sizeof(sandbox_id), "%s", event->pod_sandbox_status->id);
    else if (!owners_find(events->cri->owners, event->container_id, sandbox_id, sizeof(sandbox_id)))
        return;
    bool is_sandbox = strcmp(event->container_id, sandbox_id) == 0;
    events_put(events, is_sandbox ? "" : event->container_id, sandbox_id);
}

const struct event_source event_source_cri = {
    .path = CRI_RUNTIME "GetContainerEvents",
    .response = &runtime__v1__container_event_response__descriptor,
    .request = cri_request,
    .take = cri_take,
};
