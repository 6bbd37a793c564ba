/* SPDX-License-Identifier: Apache-2.0 */
/* Containers: create, start, stop, remove, look at, list, change. */
#include <string.h>

#include "plugins/cri/convert.h"
#include "plugins/cri/cri.h"

enum keelson_status cri_container_create(void *instance, const struct keelson_call *call,
                                         const char *sandbox_id,
                                         const struct keelson_container_config *config,
                                         const struct keelson_sandbox_config *sandbox,
                                         const struct keelson_text_sink *id)
{
    struct cri *cri = instance;
    _cleanup_scratch_ struct scratch scratch = {0};
    _cleanup_message_ Runtime__V1__Text *response = NULL;
    Runtime__V1__CreateContainerRequest request = RUNTIME__V1__CREATE_CONTAINER_REQUEST__INIT;
    request.pod_sandbox_id = convert_text(sandbox_id);
    request.config = convert_container(&scratch, config);
    request.sandbox_config = convert_sandbox(&scratch, sandbox);
    enum keelson_status status = cri_call(cri, call, CRI_LONG, CRI_RUNTIME "CreateContainer", &request.base,
                                          &runtime__v1__text__descriptor, &response);
    if (status != KEELSON_OK)
        return status;
    owners_add(cri->owners, response->text, sandbox_id);
    id->put(id, 0, response->text, strlen(response->text));
    return KEELSON_OK;
}

enum keelson_status cri_container_start(void *instance, const struct keelson_call *call,
                                        const char *container_id)
{
    return cri_call_id(instance, call, CRI_LONG, CRI_RUNTIME "StartContainer", container_id);
}

enum keelson_status cri_container_stop(void *instance, const struct keelson_call *call,
                                       const char *container_id, int64_t grace_s)
{
    _cleanup_message_ Runtime__V1__Empty *response = NULL;
    Runtime__V1__StopContainerRequest request = RUNTIME__V1__STOP_CONTAINER_REQUEST__INIT;
    request.container_id = convert_text(container_id);
    request.timeout = grace_s;
    return cri_call(instance, call, CRI_LONG, CRI_RUNTIME "StopContainer", &request.base,
                    &runtime__v1__empty__descriptor, &response);
}

enum keelson_status cri_container_remove(void *instance, const struct keelson_call *call,
                                         const char *container_id)
{
    struct cri *cri = instance;
    enum keelson_status status =
        cri_call_id(cri, call, CRI_LONG, CRI_RUNTIME "RemoveContainer", container_id);
    if (status != KEELSON_OK && status != KEELSON_NOT_FOUND)
        return status;
    owners_remove(cri->owners, container_id);
    return KEELSON_OK;
}

static enum keelson_container_state container_state(Runtime__V1__ContainerState state)
{
    switch (state) {
    case RUNTIME__V1__CONTAINER_STATE__CONTAINER_CREATED:
        return KEELSON_CONTAINER_CREATED;
    case RUNTIME__V1__CONTAINER_STATE__CONTAINER_RUNNING:
        return KEELSON_CONTAINER_RUNNING;
    case RUNTIME__V1__CONTAINER_STATE__CONTAINER_EXITED:
        return KEELSON_CONTAINER_EXITED;
    default:
        return KEELSON_CONTAINER_UNKNOWN;
    }
}

enum keelson_status cri_container_status(void *instance, const struct keelson_call *call,
                                         const char *container_id, const struct keelson_container_sink *sink)
{
    struct cri *cri = instance;
    _cleanup_scratch_ struct scratch scratch = {0};
    _cleanup_message_ Runtime__V1__ContainerStatusResponse *response = NULL;
    char sandbox_id[80] = "";
    Runtime__V1__Id request = RUNTIME__V1__ID__INIT;
    request.id = convert_text(container_id);
    enum keelson_status status = cri_call(cri, call, CRI_QUICK, CRI_RUNTIME "ContainerStatus", &request.base,
                                          &runtime__v1__container_status_response__descriptor, &response);
    if (status != KEELSON_OK)
        return status;
    const Runtime__V1__ContainerStatus *from = response->status;
    if (!from)
        return cri->host->fail(call, KEELSON_NOT_FOUND, "ContainerStatus: the runtime says nothing of \"%s\"",
                               container_id);
    owners_find(cri->owners, from->id, sandbox_id, sizeof(sandbox_id));
    const struct keelson_container out = {
        .size = sizeof(out),
        .state = container_state(from->state),
        .id = from->id,
        .sandbox_id = sandbox_id,
        .name = from->metadata ? from->metadata->name : "",
        .attempt = from->metadata ? from->metadata->attempt : 0,
        .image = from->image ? from->image->image : "",
        .image_id = from->image_ref,
        .exit_code = from->exit_code,
        .created_at_ns = from->created_at,
        .started_at_ns = from->started_at,
        .finished_at_ns = from->finished_at,
        .reason = from->reason,
        .message = from->message,
        .log_path = from->log_path,
        .labels = convert_pairs_back(&scratch, from->labels, from->n_labels),
        .annotations = convert_pairs_back(&scratch, from->annotations, from->n_annotations),
    };
    sink->put(sink, &out);
    return KEELSON_OK;
}

static int container_put(struct scratch *scratch, const Runtime__V1__Container *from,
                         const struct keelson_container_sink *sink)
{
    const struct keelson_container out = {
        .size = sizeof(out),
        .state = container_state(from->state),
        .id = from->id,
        .sandbox_id = from->pod_sandbox_id,
        .name = from->metadata ? from->metadata->name : "",
        .attempt = from->metadata ? from->metadata->attempt : 0,
        .image = from->image ? from->image->image : "",
        .image_id = from->image_ref,
        .created_at_ns = from->created_at,
        .reason = "",
        .message = "",
        .log_path = "",
        .labels = convert_pairs_back(scratch, from->labels, from->n_labels),
        .annotations = convert_pairs_back(scratch, from->annotations, from->n_annotations),
    };
    return sink->put(sink, &out);
}

enum keelson_status cri_container_list(void *instance, const struct keelson_call *call,
                                       const struct keelson_container_sink *sink)
{
    struct cri *cri = instance;
    _cleanup_scratch_ struct scratch scratch = {0};
    _cleanup_message_ Runtime__V1__ListContainersResponse *response = NULL;
    Runtime__V1__ListContainersRequest request = RUNTIME__V1__LIST_CONTAINERS_REQUEST__INIT;
    enum keelson_status status = cri_call(cri, call, CRI_QUICK, CRI_RUNTIME "ListContainers", &request.base,
                                          &runtime__v1__list_containers_response__descriptor, &response);
    if (status != KEELSON_OK)
        return status;
    for (size_t i = 0; i < response->n_containers; i++) {
        const Runtime__V1__Container *container = response->containers[i];
        owners_add(cri->owners, container->id, container->pod_sandbox_id);
        if (container_put(&scratch, container, sink))
            break;
        scratch_reset(&scratch);
    }
    return KEELSON_OK;
}

enum keelson_status cri_container_update(void *instance, const struct keelson_call *call,
                                         const char *container_id, const struct keelson_resources *resources)
{
    _cleanup_scratch_ struct scratch scratch = {0};
    _cleanup_message_ Runtime__V1__Empty *response = NULL;
    Runtime__V1__UpdateContainerResourcesRequest request =
        RUNTIME__V1__UPDATE_CONTAINER_RESOURCES_REQUEST__INIT;
    request.container_id = convert_text(container_id);
    request.linux_config = convert_resources(&scratch, resources);
    return cri_call(instance, call, CRI_LONG, CRI_RUNTIME "UpdateContainerResources", &request.base,
                    &runtime__v1__empty__descriptor, &response);
}

enum keelson_status cri_container_reopen_log(void *instance, const struct keelson_call *call,
                                             const char *container_id)
{
    return cri_call_id(instance, call, CRI_QUICK, CRI_RUNTIME "ReopenContainerLog", container_id);
}
