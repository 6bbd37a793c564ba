/* SPDX-License-Identifier: Apache-2.0 */
/* What the running containers use, all in one call. */
#include "plugins/cri/cri.h"

static uint64_t value_of(const Runtime__V1__UInt64Value *value)
{
    return value ? value->value : 0;
}

static int usage_put(const Runtime__V1__ContainerStats *from, const struct keelson_usage_sink *sink)
{
    struct keelson_usage out = {.size = sizeof(out), .container_id = from->attributes->id};
    if (from->cpu) {
        out.timestamp_ns = from->cpu->timestamp;
        out.cpu_nanoseconds = value_of(from->cpu->usage_core_nano_seconds);
    }
    if (from->memory) {
        out.memory_working_set_bytes = value_of(from->memory->working_set_bytes);
        out.memory_usage_bytes = value_of(from->memory->usage_bytes);
        out.memory_rss_bytes = value_of(from->memory->rss_bytes);
        out.memory_page_faults = value_of(from->memory->page_faults);
        out.memory_major_page_faults = value_of(from->memory->major_page_faults);
    }
    if (from->writable_layer) {
        out.writable_layer_bytes = value_of(from->writable_layer->used_bytes);
        out.writable_layer_inodes = value_of(from->writable_layer->inodes_used);
    }
    return sink->put(sink, &out);
}

enum keelson_status cri_container_usage(void *instance, const struct keelson_call *call,
                                        const struct keelson_usage_sink *sink)
{
    _cleanup_message_ Runtime__V1__ListContainerStatsResponse *response = NULL;
    Runtime__V1__Empty request = RUNTIME__V1__EMPTY__INIT;
    enum keelson_status status =
        cri_call(instance, call, CRI_QUICK, CRI_RUNTIME "ListContainerStats", &request.base,
                 &runtime__v1__list_container_stats_response__descriptor, &response);
    if (status != KEELSON_OK)
        return status;
    for (size_t i = 0; i < response->n_stats; i++)
        if (response->stats[i]->attributes && usage_put(response->stats[i], sink))
            break;
    return KEELSON_OK;
}
