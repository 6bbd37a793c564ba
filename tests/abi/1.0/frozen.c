/* SPDX-License-Identifier: Apache-2.0 */
/* A plugin of the first release, built for ever against the headers of the first release. It must load in every later host of
 * ABI major 1. Never edited. */
#include <keelson/cloud.h>
#include <string.h>

KEELSON_PLUGIN(KEELSON_KIND_CLOUD, "frozen", "1.0");
static const struct keelson_host *host;

static enum keelson_status open_it(const struct keelson_call *call, const struct keelson_instance *instance, void **ret)
{
    const char *word = "none";
    enum keelson_status status = host->config_string(call, instance->config, "word", &word);
    if (status != KEELSON_OK && status != KEELSON_NOT_FOUND)
        return status;
    host->log(call, KEELSON_LOG_DEBUG, "opened %s with %s", instance->name, word);
    host->metric_add(instance->token, "opened", NULL, 1);
    *ret = instance->token;
    return KEELSON_OK;
}
static void close_it(void *instance)
{
}
static const char *scheme(void *instance)
{
    return "frozen";
}
static enum keelson_status owns(void *instance, const struct keelson_call *call, const struct keelson_object *const *nodes,
                                uint32_t nodes_count, enum keelson_owns *ret)
{
    for (uint32_t i = 0; i < nodes_count; i++) {
        struct keelson_bytes zone;
        ret[i] = host->object_string(nodes[i], "metadata.labels[topology.kubernetes.io/zone]", &zone) == KEELSON_OK && zone.size == 4 &&
                         memcmp(zone.data, "cold", 4) == 0
                     ? KEELSON_OWNS_YES
                     : KEELSON_OWNS_NO;
    }
    return KEELSON_OK;
}
static enum keelson_status healthy(void *instance, const struct keelson_call *call)
{
    return host->fail(call, KEELSON_THROTTLED, "frozen stiff");
}
static const struct keelson_cloud_v1 cloud = {.size = sizeof(cloud), .scheme = scheme, .owns = owns, .healthy = healthy};
static const void *interface(void *instance, const char *name)
{
    return strcmp(name, KEELSON_CLOUD_1) == 0 ? &cloud : NULL;
}
static const struct keelson_plugin plugin = {.size = sizeof(plugin),
                                             .threading = KEELSON_THREADS_PARALLEL,
                                             .description = "a plugin of the first release",
                                             .open = open_it,
                                             .close = close_it,
                                             .interface = interface};
const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    host = given;
    return &plugin;
}
