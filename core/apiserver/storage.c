/* SPDX-License-Identifier: Apache-2.0 */
/* Choosing the store plugin. */
#include "core/apiserver/storage.h"

#include "core/base/file.h"
#include "core/base/memory.h"

/* libconfig strings: quotes and backslashes are escaped. */
static void append_string(struct buffer *out, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    buffer_printf(out, "%s = \"", name);
    for (; *value; value++) {
        if (*value == '"' || *value == '\\')
            buffer_append_char(out, '\\');
        buffer_append_char(out, *value);
    }
    buffer_append_str(out, "\";\n");
}

static int load_file(struct plugin_host *host, const char *path, struct plugin_instance **ret,
                     struct error *err)
{
    unsigned count;
    if (plugin_host_load_config(host, path, KEELSON_KIND_STORE, &count, err) < 0)
        return -1;
    if (count != 1)
        return error_set(err, ERR_BAD_REQUEST, "%s: names %u stores, one is needed", path, count);
    *ret = plugin_host_instance(host, 0);
    return 0;
}

static int load_etcd(struct plugin_host *host, const struct apiserver_options *options,
                     struct plugin_instance **ret, struct error *err)
{
    _cleanup_(buffer_done) struct buffer config = BUFFER_INIT;
    buffer_append_str(&config, "endpoints = ( ");
    for (size_t i = 0; i < options->etcd_servers.count; i++)
        buffer_printf(&config, "%s\"%s\"", i ? ", " : "", options->etcd_servers.items[i]);
    buffer_append_str(&config, " );\n");
    append_string(&config, "ca_file", options->etcd_cafile);
    append_string(&config, "cert_file", options->etcd_certfile);
    append_string(&config, "key_file", options->etcd_keyfile);
    return plugin_host_load(host, "etcd", "store-etcd.so", config.data, KEELSON_KIND_STORE, ret, err);
}

static int load_sqlite(struct plugin_host *host, const struct apiserver_options *options,
                       struct plugin_instance **ret, struct error *err)
{
    _cleanup_(buffer_done) struct buffer config = BUFFER_INIT, path = BUFFER_INIT;
    if (directory_make(options->data_dir, 0700, err) < 0)
        return -1;
    buffer_printf(&path, "%s/state.db", options->data_dir);
    append_string(&config, "path", path.data);
    return plugin_host_load(host, "sqlite", "store-sqlite.so", config.data, KEELSON_KIND_STORE, ret, err);
}

int storage_open(const struct apiserver_options *options, struct plugin_host **ret_host, struct store **ret,
                 struct error *err)
{
    struct plugin_host_config config = {
        .daemon = "kube-apiserver",
        .plugin_dir = options->plugin_dir,
        .state_dir = options->data_dir,
        .allow_unowned_files = options->allow_unowned_plugins,
    };
    struct plugin_instance *instance = NULL;
    struct plugin_host *host = plugin_host_new(&config);
    int status = options->storage_config       ? load_file(host, options->storage_config, &instance, err)
                 : options->etcd_servers.count ? load_etcd(host, options, &instance, err)
                                               : load_sqlite(host, options, &instance, err);
    if (status < 0 || store_new(instance, ret, err) < 0) {
        plugin_host_free(host);
        return -1;
    }
    *ret_host = host;
    return 0;
}

int storage_reload(const struct apiserver_options *options, struct plugin_host *host, struct error *err)
{
    const char *path = options->storage_config;
    return path ? plugin_host_reload_config(host, path, KEELSON_KIND_STORE, err) : 0;
}
