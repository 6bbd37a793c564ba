/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The plugin: state in an etcd cluster, v3 API. Configuration:
 *
 *   endpoints           list of "http://host:port" or "https://host:port"; default ( "http://127.0.0.1:2379"
 * ) ca_file             for https: the authority that signed the servers' certificates, PEM cert_file,
 * key_file for https: our certificate and key, PEM server_name         for https: the name in the servers'
 * certificates, if it is not the endpoint's host username            for an etcd that asks for it; the role
 * must reach all keys, since watches follow them password_file       goes with it: the password is the file's
 * first line connect_timeout_ms  default 3000 keepalive_s         a silent server is pinged after so long,
 * and given up after as long again; default 10
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/store-etcd/etcd.h"

KEELSON_PLUGIN(KEELSON_KIND_STORE, "store-etcd", PACKAGE_VERSION);

#define MESSAGE_BYTES_MAX                                                                                    \
    (128u << 20) /* a page of 256 values of 1.5 MiB is the worst that etcd's own limits allow in practice */

static const struct keelson_host *plugin_host;

static const struct keelson_store_v1 store_interface = {
    .size = sizeof(store_interface),
    .range = etcd_range,
    .txn = etcd_txn,
    .watch = etcd_watch,
    .compact = etcd_compact,
    .status = etcd_status,
    .snapshot = etcd_snapshot,
};

static enum keelson_status string_read(const struct keelson_call *call, const struct keelson_config *config,
                                       const char *name, const char **ret)
{
    return config && plugin_host->config_string(call, config, name, ret) == KEELSON_INVALID ? KEELSON_INVALID
                                                                                            : KEELSON_OK;
}

static enum keelson_status integer_read(const struct keelson_call *call, const struct keelson_config *config,
                                        const char *name, int64_t standard, int64_t maximum, int64_t *ret)
{
    *ret = standard;
    if (config && plugin_host->config_integer(call, config, name, ret) == KEELSON_INVALID)
        return KEELSON_INVALID;
    if (*ret >= 0 && *ret <= maximum)
        return KEELSON_OK;
    return plugin_host->fail(call, KEELSON_INVALID, "%s: %s is %lld; it must be 0 to %lld",
                             plugin_host->config_where(config, name), name, (long long)*ret,
                             (long long)maximum);
}

static enum keelson_status channel_settings_read(const struct keelson_call *call,
                                                 const struct keelson_config *config,
                                                 struct grpc_channel_config *ret)
{
    static const char *const known[] = {"endpoints",   "ca_file",  "cert_file",     "key_file",
                                        "server_name", "username", "password_file", "connect_timeout_ms",
                                        "keepalive_s", NULL};
    int64_t keepalive_s;
    const struct {
        const char *name;
        const char **value;
    } strings[] = {{"ca_file", &ret->ca_file},
                   {"cert_file", &ret->cert_file},
                   {"key_file", &ret->key_file},
                   {"server_name", &ret->server_name}};
    enum keelson_status status = plugin_host->config_refuse_unknown(call, config, known);
    for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]) && status == KEELSON_OK; i++)
        status = string_read(call, config, strings[i].name, strings[i].value);
    if (status == KEELSON_OK)
        status = integer_read(call, config, "connect_timeout_ms", 3000, 600000, &ret->connect_timeout_ms);
    if (status == KEELSON_OK)
        status = integer_read(call, config, "keepalive_s", 10, 3600, &keepalive_s);
    if (status != KEELSON_OK)
        return status;
    ret->keepalive_s = (int)keepalive_s;
    ret->message_bytes_max = MESSAGE_BYTES_MAX;
    if (!ret->cert_file != !ret->key_file)
        return plugin_host->fail(call, KEELSON_INVALID, "%s: cert_file and key_file go together",
                                 plugin_host->config_where(config, "cert_file"));
    return KEELSON_OK;
}

static enum keelson_status auth_settings_read(const struct keelson_call *call,
                                              const struct keelson_config *config, struct auth *ret)
{
    const char *username = NULL, *password_file = NULL;
    if (string_read(call, config, "username", &username) != KEELSON_OK ||
        string_read(call, config, "password_file", &password_file) != KEELSON_OK)
        return KEELSON_INVALID;
    if (!username != !password_file)
        return plugin_host->fail(call, KEELSON_INVALID, "%s: username and password_file go together",
                                 plugin_host->config_where(config, username ? "username" : "password_file"));
    if (!username)
        return KEELSON_OK;
    ret->username = strdup(username);
    ret->password_file = strdup(password_file);
    return ret->username && ret->password_file ? KEELSON_OK
                                               : plugin_host->fail(call, KEELSON_EXHAUSTED, "no memory");
}

static enum keelson_status endpoint_add(struct etcd *etcd, const struct keelson_call *call,
                                        const struct keelson_config *config, const char *url,
                                        struct grpc_channel_config *channel)
{
    struct grpc_error error;
    unsigned at = etcd->endpoint_count;
    if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
        return plugin_host->fail(call, KEELSON_INVALID,
                                 "%s: endpoint \"%s\" begins with neither http:// nor https://",
                                 config ? plugin_host->config_where(config, "endpoints") : "default", url);
    channel->target = url;
    etcd->channels[at] = grpc_channel_new(channel, &error);
    if (!etcd->channels[at])
        return plugin_host->fail(call, KEELSON_INVALID, "%s: %s",
                                 config ? plugin_host->config_where(config, "endpoints") : "default",
                                 error.message);
    etcd->endpoint_count++;
    return KEELSON_OK;
}

static enum keelson_status endpoints_read(struct etcd *etcd, const struct keelson_call *call,
                                          const struct keelson_config *config,
                                          struct grpc_channel_config *channel)
{
    uint32_t count = 0;
    enum keelson_status status =
        config ? plugin_host->config_length(call, config, "endpoints", &count) : KEELSON_NOT_FOUND;
    if (status == KEELSON_NOT_FOUND)
        return endpoint_add(etcd, call, NULL, "http://127.0.0.1:2379", channel);
    if (status == KEELSON_OK && (count == 0 || count > ENDPOINTS_MAX))
        return plugin_host->fail(call, KEELSON_INVALID, "%s: endpoints has %u elements; it must have 1 to %d",
                                 plugin_host->config_where(config, "endpoints"), count, ENDPOINTS_MAX);
    for (uint32_t i = 0; i < count && status == KEELSON_OK; i++) {
        const struct keelson_config *element;
        const char *url = NULL;
        status = plugin_host->config_element(call, config, "endpoints", i, &element);
        if (status == KEELSON_OK)
            status = plugin_host->config_string(call, element, "", &url);
        if (status == KEELSON_OK)
            status = endpoint_add(etcd, call, config, url, channel);
    }
    return status;
}

static void etcd_free(struct etcd *etcd)
{
    hub_done(etcd);
    for (unsigned i = 0; i < etcd->endpoint_count; i++)
        grpc_channel_free(etcd->channels[i]);
    auth_done(&etcd->auth);
    leases_done(&etcd->leases);
    pthread_mutex_destroy(&etcd->leases.lock);
    free(etcd);
}

static enum keelson_status plugin_open(const struct keelson_call *call,
                                       const struct keelson_instance *instance, void **ret)
{
    struct failure failure;
    struct grpc_channel_config channel = {0};
    struct etcd *etcd = calloc(1, sizeof(*etcd));
    if (!etcd)
        return plugin_host->fail(call, KEELSON_EXHAUSTED, "no memory");
    etcd->host = plugin_host;
    pthread_mutex_init(&etcd->leases.lock, NULL);
    pthread_mutex_init(&etcd->auth.lock, NULL);
    enum keelson_status status = hub_init(&etcd->hub, &failure);
    if (status != KEELSON_OK)
        plugin_host->fail(call, status, "%s", failure.message);
    if (status == KEELSON_OK)
        status = channel_settings_read(call, instance->config, &channel);
    if (status == KEELSON_OK)
        status = auth_settings_read(call, instance->config, &etcd->auth);
    if (status == KEELSON_OK)
        status = endpoints_read(etcd, call, instance->config, &channel);
    if (status == KEELSON_OK)
        *ret = etcd;
    else
        etcd_free(etcd);
    return status;
}

static void plugin_close(void *instance)
{
    etcd_free(instance);
}

static const void *plugin_interface(void *instance, const char *name)
{
    return strcmp(name, KEELSON_STORE_1) == 0 ? &store_interface : NULL;
}

static const struct keelson_plugin plugin = {
    .size = sizeof(plugin),
    .threading = KEELSON_THREADS_PARALLEL,
    .description = "keeps the cluster's state in etcd",
    .open = plugin_open,
    .close = plugin_close,
    .interface = plugin_interface,
};

const struct keelson_plugin *keelson_plugin_entry(const struct keelson_host *host)
{
    plugin_host = host;
    return &plugin;
}
