/* SPDX-License-Identifier: Apache-2.0 */
/* Pod sandboxes: run, stop, remove, look at, list. */
#include <string.h>

#include "plugins/cri/convert.h"
#include "plugins/cri/cri.h"

enum keelson_status cri_sandbox_run(void *instance, const struct keelson_call *call,
                                    const struct keelson_sandbox_config *config,
                                    const struct keelson_text_sink *id)
{
    struct cri *cri = instance;
    _cleanup_scratch_ struct scratch scratch = {0};
    _cleanup_message_ Runtime__V1__Text *response = NULL;
    Runtime__V1__RunPodSandboxRequest request = RUNTIME__V1__RUN_POD_SANDBOX_REQUEST__INIT;
    request.config = convert_sandbox(&scratch, config);
    request.runtime_handler = convert_text(config->runtime_handler);
    enum keelson_status status = cri_call(cri, call, CRI_LONG, CRI_RUNTIME "RunPodSandbox", &request.base,
                                          &runtime__v1__text__descriptor, &response);
    if (status != KEELSON_OK)
        return status;
    owners_add(cri->owners, response->text, response->text);
    id->put(id, 0, response->text, strlen(response->text));
    return KEELSON_OK;
}

enum keelson_status cri_sandbox_stop(void *instance, const struct keelson_call *call, const char *sandbox_id)
{
    enum keelson_status status =
        cri_call_id(instance, call, CRI_LONG, CRI_RUNTIME "StopPodSandbox", sandbox_id);
    return status == KEELSON_NOT_FOUND ? KEELSON_OK : status;
}

enum keelson_status cri_sandbox_remove(void *instance, const struct keelson_call *call,
                                       const char *sandbox_id)
{
    struct cri *cri = instance;
    enum keelson_status status = cri_call_id(cri, call, CRI_LONG, CRI_RUNTIME "RemovePodSandbox", sandbox_id);
    if (status != KEELSON_OK && status != KEELSON_NOT_FOUND)
        return status;
    owners_remove(cri->owners, sandbox_id);
    return KEELSON_OK;
}

/* An unknown state is one in which nothing runs. */
static enum keelson_sandbox_state sandbox_state(Runtime__V1__PodSandboxState state)
{
    return state == RUNTIME__V1__POD_SANDBOX_STATE__SANDBOX_READY ? KEELSON_SANDBOX_READY
                                                                  : KEELSON_SANDBOX_NOT_READY;
}

static void sandbox_metadata(const Runtime__V1__PodSandboxMetadata *metadata, struct keelson_sandbox *ret)
{
    ret->name = metadata ? metadata->name : "";
    ret->namespace_ = metadata ? metadata->namespace_ : "";
    ret->uid = metadata ? metadata->uid : "";
    ret->attempt = metadata ? metadata->attempt : 0;
}

static void sandbox_ips(struct scratch *scratch, const Runtime__V1__PodSandboxNetworkStatus *network,
                        struct keelson_sandbox *ret)
{
    if (!network || !network->ip[0])
        return;
    const char **ips = scratch_alloc(scratch, (1 + network->n_additional_ips) * sizeof(*ips));
    ips[ret->ips_count++] = network->ip;
    for (size_t i = 0; i < network->n_additional_ips; i++)
        ips[ret->ips_count++] = network->additional_ips[i]->ip;
    ret->ips = ips;
}

enum keelson_status cri_sandbox_status(void *instance, const struct keelson_call *call,
                                       const char *sandbox_id, const struct keelson_sandbox_sink *sink)
{
    struct cri *cri = instance;
    _cleanup_scratch_ struct scratch scratch = {0};
    _cleanup_message_ Runtime__V1__PodSandboxStatusResponse *response = NULL;
    Runtime__V1__Id request = RUNTIME__V1__ID__INIT;
    request.id = convert_text(sandbox_id);
    enum keelson_status status = cri_call(cri, call, CRI_QUICK, CRI_RUNTIME "PodSandboxStatus", &request.base,
                                          &runtime__v1__pod_sandbox_status_response__descriptor, &response);
    if (status != KEELSON_OK)
        return status;
    const Runtime__V1__PodSandboxStatus *from = response->status;
    if (!from)
        return cri->host->fail(call, KEELSON_NOT_FOUND,
                               "PodSandboxStatus: the runtime says nothing of \"%s\"", sandbox_id);
    struct keelson_sandbox out = {
        .size = sizeof(out),
        .state = sandbox_state(from->state),
        .id = from->id,
        .runtime_handler = from->runtime_handler,
        .created_at_ns = from->created_at,
        .labels = convert_pairs_back(&scratch, from->labels, from->n_labels),
        .annotations = convert_pairs_back(&scratch, from->annotations, from->n_annotations),
    };
    sandbox_metadata(from->metadata, &out);
    sandbox_ips(&scratch, from->network, &out);
    sink->put(sink, &out);
    return KEELSON_OK;
}

static int sandbox_put(struct scratch *scratch, const Runtime__V1__PodSandbox *from,
                       const struct keelson_sandbox_sink *sink)
{
    struct keelson_sandbox out = {
        .size = sizeof(out),
        .state = sandbox_state(from->state),
        .id = from->id,
        .runtime_handler = from->runtime_handler,
        .created_at_ns = from->created_at,
        .labels = convert_pairs_back(scratch, from->labels, from->n_labels),
        .annotations = convert_pairs_back(scratch, from->annotations, from->n_annotations),
    };
    sandbox_metadata(from->metadata, &out);
    return sink->put(sink, &out);
}

enum keelson_status cri_sandbox_list(void *instance, const struct keelson_call *call,
                                     const struct keelson_sandbox_sink *sink)
{
    struct cri *cri = instance;
    _cleanup_scratch_ struct scratch scratch = {0};
    _cleanup_message_ Runtime__V1__ListPodSandboxResponse *response = NULL;
    Runtime__V1__ListPodSandboxRequest request = RUNTIME__V1__LIST_POD_SANDBOX_REQUEST__INIT;
    enum keelson_status status = cri_call(cri, call, CRI_QUICK, CRI_RUNTIME "ListPodSandbox", &request.base,
                                          &runtime__v1__list_pod_sandbox_response__descriptor, &response);
    if (status != KEELSON_OK)
        return status;
    for (size_t i = 0; i < response->n_items; i++) {
        owners_add(cri->owners, response->items[i]->id, response->items[i]->id);
        if (sandbox_put(&scratch, response->items[i], sink))
            break;
        scratch_reset(&scratch);
    }
    return KEELSON_OK;
}
