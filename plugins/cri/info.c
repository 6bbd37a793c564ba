/* SPDX-License-Identifier: Apache-2.0 */
/* The runtime as a whole: name, version, whether it is ready; and the node's pod CIDR, which it may want to
 * know. */
#include <stdio.h>
#include <string.h>

#include "plugins/cri/convert.h"
#include "plugins/cri/cri.h"

static void condition_take(const Runtime__V1__RuntimeCondition *condition, const char *type,
                           uint32_t *ret_ready, char *ret_message, size_t size)
{
    if (strcmp(condition->type, type) != 0)
        return;
    *ret_ready = condition->status;
    if (!condition->status)
        snprintf(ret_message, size, "%s: %s", condition->reason, condition->message);
}

static void conditions_take(const Runtime__V1__RuntimeStatus *status, struct keelson_runtime_info *info)
{
    snprintf(info->runtime_message, sizeof(info->runtime_message), "the runtime does not say");
    snprintf(info->network_message, sizeof(info->network_message), "the runtime does not say");
    for (size_t i = 0; status && i < status->n_conditions; i++) {
        condition_take(status->conditions[i], "RuntimeReady", &info->runtime_ready, info->runtime_message,
                       sizeof(info->runtime_message));
        condition_take(status->conditions[i], "NetworkReady", &info->network_ready, info->network_message,
                       sizeof(info->network_message));
    }
    if (info->runtime_ready)
        info->runtime_message[0] = '\0';
    if (info->network_ready)
        info->network_message[0] = '\0';
}

enum keelson_status cri_info(void *instance, const struct keelson_call *call,
                             struct keelson_runtime_info *ret)
{
    _cleanup_message_ Runtime__V1__VersionResponse *version = NULL;
    _cleanup_message_ Runtime__V1__StatusResponse *state = NULL;
    Runtime__V1__Empty request = RUNTIME__V1__EMPTY__INIT;
    struct keelson_runtime_info info = {.size = sizeof(info)};
    enum keelson_status status = cri_call(instance, call, CRI_QUICK, CRI_RUNTIME "Version", &request.base,
                                          &runtime__v1__version_response__descriptor, &version);
    if (status == KEELSON_OK)
        status = cri_call(instance, call, CRI_QUICK, CRI_RUNTIME "Status", &request.base,
                          &runtime__v1__status_response__descriptor, &state);
    if (status != KEELSON_OK)
        return status;
    snprintf(info.name, sizeof(info.name), "%s", version->runtime_name);
    snprintf(info.version, sizeof(info.version), "%s", version->runtime_version);
    snprintf(info.api_version, sizeof(info.api_version), "%s", version->runtime_api_version);
    conditions_take(state->status, &info);
    uint32_t size = ret->size < sizeof(info) ? ret->size : (uint32_t)sizeof(info);
    info.size = ret->size;
    memcpy(ret, &info, size);
    return KEELSON_OK;
}

enum keelson_status cri_set_pod_cidr(void *instance, const struct keelson_call *call, const char *pod_cidr)
{
    _cleanup_message_ Runtime__V1__Empty *response = NULL;
    Runtime__V1__UpdateRuntimeConfigRequest request = RUNTIME__V1__UPDATE_RUNTIME_CONFIG_REQUEST__INIT;
    Runtime__V1__RuntimeConfig config = RUNTIME__V1__RUNTIME_CONFIG__INIT;
    Runtime__V1__NetworkConfig network = RUNTIME__V1__NETWORK_CONFIG__INIT;
    network.pod_cidr = convert_text(pod_cidr);
    config.network_config = &network;
    request.runtime_config = &config;
    return cri_call(instance, call, CRI_QUICK, CRI_RUNTIME "UpdateRuntimeConfig", &request.base,
                    &runtime__v1__empty__descriptor, &response);
}
