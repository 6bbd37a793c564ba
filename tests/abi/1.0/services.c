/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cloud plugin as somebody built it when ABI 1.0 came out: against the frozen headers beside it and nothing
 * else. It uses every service of the 1.0 host once, so that a host of today that has moved one fails its test.
 * Settings: greeting (string), answer (integer), ratio (number), eager (boolean), zones (list of strings).
 */
#include <keelson/cloud.h>
#include <stdlib.h>

#include <string.h>

KEELSON_PLUGIN(KEELSON_KIND_CLOUD, "services", "1.0.0");

static const struct keelson_host *host;

struct account {
    struct keelson_token *token;
    const char *greeting, *zone;
    int64_t answer;
    double ratio;
    int eager;
};

static enum keelson_status read_zone(const struct keelson_call *call, const struct keelson_config *config,
                                     struct account *a)
{
    const struct keelson_config *zone;
    uint32_t zones = 0;
    enum keelson_status status = host->config_length(call, config, "zones", &zones);
    if (status == KEELSON_OK && zones == 0)
        return host->fail(call, KEELSON_INVALID, "%s: zones is empty", host->config_where(config, "zones"));
    if (status == KEELSON_OK)
        status = host->config_element(call, config, "zones", zones - 1, &zone);
    return status == KEELSON_OK ? host->config_string(call, zone, "", &a->zone) : status;
}

static enum keelson_status open_account(const struct keelson_call *call,
                                        const struct keelson_instance *instance, void **ret)
{
    static const char *const known[] = {"greeting", "answer", "ratio", "eager", "zones", NULL};
    const struct keelson_config *config = instance->config;
    enum keelson_status status = host->config_refuse_unknown(call, config, known);
    struct account *a = calloc(1, sizeof(*a));
    if (!a)
        return KEELSON_EXHAUSTED;
    a->token = instance->token;
    if (status == KEELSON_OK)
        status = host->config_string(call, config, "greeting", &a->greeting);
    if (status == KEELSON_OK)
        status = host->config_integer(call, config, "answer", &a->answer);
    if (status == KEELSON_OK)
        status = host->config_float(call, config, "ratio", &a->ratio);
    if (status == KEELSON_OK)
        status = host->config_boolean(call, config, "eager", &a->eager);
    if (status == KEELSON_OK)
        status = read_zone(call, config, a);
    if (status == KEELSON_NOT_FOUND)
        status = host->fail(call, KEELSON_INVALID, "a setting is missing");
    host->log(call, KEELSON_LOG_DEBUG, "%s opens with %u", instance->name, (unsigned)status);
    if (status == KEELSON_OK)
        *ret = a;
    else
        free(a);
    return status;
}

static void close_account(void *instance)
{
    free(instance);
}

static const char *scheme(void *instance)
{
    return "frozen";
}

static int has_prefix(struct keelson_bytes text, const char *prefix)
{
    size_t size = strlen(prefix);
    return text.size >= size && memcmp(text.data, prefix, size) == 0;
}

static enum keelson_status owns(void *instance, const struct keelson_call *call,
                                const struct keelson_object *const *nodes, uint32_t nodes_count,
                                enum keelson_owns *ret)
{
    struct keelson_bytes id;
    for (uint32_t i = 0; i < nodes_count; i++)
        if (host->object_string(nodes[i], "spec.providerID", &id) == KEELSON_OK)
            ret[i] = has_prefix(id, "frozen://") ? KEELSON_OWNS_YES : KEELSON_OWNS_NO;
    return KEELSON_OK;
}

static enum keelson_status healthy(void *instance, const struct keelson_call *call)
{
    const struct account *a = instance;
    if (host->cancelled(call))
        return KEELSON_CANCELLED;
    host->metric_add(a->token, "frozen_asked_total", NULL, 1);
    host->metric_set(a->token, "frozen_answer", a->zone, (double)a->answer);
    host->metric_set(a->token, "frozen_ratio", NULL, a->ratio);
    host->changed(a->token, a->greeting);
    host->log_from(a->token, KEELSON_LOG_DEBUG, "asked for %s", "health");
    host->event(call, KEELSON_LOG_WARNING, "FrozenStiff", "it is %s", "cold");
    host->retry_after(call, 2000);
    return host->fail(call, KEELSON_UNAVAILABLE, "%s from %s", a->greeting, a->zone);
}

static int runs(const struct keelson_object *node)
{
    int unschedulable = 0;
    int64_t port = 0;
    host->object_boolean(node, "spec.unschedulable", &unschedulable);
    host->object_integer(node, "status.daemonEndpoints.kubeletEndpoint.Port", &port);
    return unschedulable && port == 10250;
}

/* The value of the last label. */
static void last_label(const struct keelson_object *node, char *out, size_t size)
{
    uint32_t count = 0;
    struct keelson_bytes key, value;
    host->object_length(node, "metadata.labels", &count);
    for (uint32_t i = 0; i < count; i++)
        if (host->object_member(node, "metadata.labels", i, &key, &value) == KEELSON_OK && value.size < size) {
            memcpy(out, value.data, value.size);
            out[value.size] = '\0';
        }
}

static enum keelson_status describe(void *instance, const struct keelson_call *call,
                                    const struct keelson_object *const *nodes, uint32_t nodes_count,
                                    uint32_t want, const struct keelson_instance_sink *sink)
{
    for (uint32_t i = 0; i < nodes_count; i++) {
        char zone[64] = "", text[256] = "";
        struct keelson_bytes json = {NULL, 0};
        last_label(nodes[i], zone, sizeof(zone));
        if (host->object_json(nodes[i], "metadata.labels", &json) == KEELSON_OK && json.size < sizeof(text))
            memcpy(text, json.data, json.size);
        const struct keelson_node_address addresses[] = {{KEELSON_ADDRESS_INTERNAL_IP, 0, "10.0.0.1"},
                                                         {KEELSON_ADDRESS_EXTERNAL_DNS, 0, "frozen.example"}};
        const struct keelson_pair label = {"frozen", text};
        const struct keelson_instance_report report = {
            .size = sizeof(report),
            .node = i,
            .state = runs(nodes[i]) ? KEELSON_INSTANCE_RUNNING : KEELSON_INSTANCE_UNKNOWN,
            .provider_id = "frozen://1",
            .zone = want & KEELSON_WANT_METADATA ? zone : NULL,
            .addresses = addresses,
            .addresses_count = 2,
            .address_size = sizeof(addresses[0]),
            .labels = {&label, 1, 0}};
        if (sink->put(sink, &report) != 0)
            break;
    }
    return KEELSON_OK;
}

static const void *interface(void *instance, const char *name)
{
    static const struct keelson_cloud_v1 cloud = {
        .size = sizeof(cloud), .scheme = scheme, .owns = owns, .healthy = healthy};
    static const struct keelson_cloud_instances_v1 instances = {
        .size = sizeof(instances), .describe = describe};
    if (strcmp(name, KEELSON_CLOUD_1) == 0)
        return &cloud;
    return strcmp(name, KEELSON_CLOUD_INSTANCES_1) == 0 ? &instances : NULL;
}

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *given)
{
    static const struct keelson_plugin plugin = {.size = sizeof(plugin),
                                                 .threading = KEELSON_THREADS_PARALLEL,
                                                 .description = "ABI 1.0, as it was",
                                                 .open = open_account,
                                                 .close = close_account,
                                                 .interface = interface};
    host = given;
    return &plugin;
}
