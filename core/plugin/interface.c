/* SPDX-License-Identifier: Apache-2.0 */
/* See interface.h. A table that grows gets a KEELSON_HAS in the daemon that uses the new function; its row
 * here stays as it is, or plugins of the first release would not load any more. */
#include "core/plugin/interface.h"

#include <keelson/cloud.h>
#include <keelson/network.h>
#include <keelson/runtime.h>
#include <keelson/storage.h>
#include <keelson/store.h>
#include <stdio.h>

#define TABLE_BYTES_MAX 65536u

#define UP_TO(table, last) (uint32_t)(offsetof(struct table, last) + sizeof(((struct table *)0)->last))
const struct interface interfaces[] = {
    {KEELSON_KIND_CLOUD, KEELSON_CLOUD_1, UP_TO(keelson_cloud_v1, healthy), true, false},
    {KEELSON_KIND_CLOUD, KEELSON_CLOUD_INSTANCES_1, UP_TO(keelson_cloud_instances_v1, describe), false,
     false},
    {KEELSON_KIND_CLOUD, KEELSON_CLOUD_LOADBALANCERS_1, UP_TO(keelson_cloud_loadbalancers_v1, remove), false,
     false},
    {KEELSON_KIND_CLOUD, KEELSON_CLOUD_ROUTES_1, UP_TO(keelson_cloud_routes_v1, remove), false, false},
    {KEELSON_KIND_RUNTIME, KEELSON_RUNTIME_1, UP_TO(keelson_runtime_v1, events), true, false},
    {KEELSON_KIND_RUNTIME, KEELSON_IMAGES_1, UP_TO(keelson_images_v1, usage), true, false},
    {KEELSON_KIND_NETWORK, KEELSON_NETWORK_1, UP_TO(keelson_network_v1, teardown), true, false},
    {KEELSON_KIND_STORAGE, KEELSON_STORAGE_NODE_1, UP_TO(keelson_storage_node_v1, stats), false, true},
    {KEELSON_KIND_STORAGE, KEELSON_STORAGE_CONTROLLER_1, UP_TO(keelson_storage_controller_v1, capacity),
     false, true},
    {KEELSON_KIND_STORE, KEELSON_STORE_1, UP_TO(keelson_store_v1, snapshot), true, false},
    {0},
};

const struct interface *interface_find(const char *name)
{
    for (const struct interface *i = interfaces; i->name; i++)
        if (strcmp(i->name, name) == 0)
            return i;
    return NULL;
}

/* Every table is its size, 32 bits more, and functions. */
int interface_check(const char *name, const void *table, char *why, size_t why_size)
{
    const struct interface *known = interface_find(name);
    uint32_t size, first = known ? known->size_first : 8;
    memcpy(&size, table, sizeof(size));
    if (size < first || size > TABLE_BYTES_MAX) {
        snprintf(why, why_size, "%s claims a size of %u bytes, %u are needed", name, size, first);
        return -1;
    }
    void *const *functions = (void *const *)((const char *)table + 8);
    for (uint32_t i = 0; !(known && known->may_lack) && i < (first - 8) / sizeof(void *); i++)
        if (!functions[i]) {
            snprintf(why, why_size, "%s lacks its function number %u", name, i + 1);
            return -1;
        }
    return 0;
}
