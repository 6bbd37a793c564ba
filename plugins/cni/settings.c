/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings of the plugin "cni" (all optional):
 *
 * - conf_dir: where the container runtime looks for CNI configuration; default "/etc/cni/net.d"
 * - conf_file: the file that is written there; default "10-keelson.conflist"
 * - bin_dir: where the CNI programs are; default "/usr/lib/cni" (Debian's; others use /opt/cni/bin). The
 *   runtime's own setting must name the same folder.
 * - data_dir: where host-local keeps which address is taken; default "/var/lib/cni/networks"
 * - cni_version: default "1.0.0"
 * - network: name of the network; default "keelson"
 * - bridge: name of the bridge of the pods, at most 15 characters; default "keelson0"
 * - mtu: of the pods' interfaces; 0 takes that of the interface which has the node's address; default 0
 * - is_gateway: the bridge gets the first address and is the pods' default gateway; default true
 * - hairpin: a pod may reach itself through its Service; default true
 * - portmap: host ports are mapped (needs iptables); default true
 * - masquerade: "nftables": what leaves the cluster gets the node's address, by a table of our own, and
 *   traffic to the cluster's CIDRs keeps the pod's. "cni": the bridge program does it with iptables, for
 *   everything that leaves the node, pods of other nodes included. "none": somebody else does. Default
 *   "nftables".
 * - nft_table: name of that table (family inet); default "keelson-cni"
 * - forwarding: switch IP forwarding on, and bridged traffic through the packet filter, which Services need;
 *   default true
 * - mode: "routes": routes to other nodes' pods by their addresses, where these are on the same link. "none":
 *   no routes. Default "routes".
 * - route_protocol: the number that marks our routes in the kernel, 17 to 255; default 75
 */
#include <net/if.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "plugins/cni/settings.h"

struct reader {
    const struct keelson_host *host;
    const struct keelson_call *call;
    const struct keelson_config *config;
};

static const struct text_setting {
    const char *name, *standard;
    size_t offset;
} text_settings[] = {
    {"conf_dir", "/etc/cni/net.d", offsetof(struct settings, conf_dir)},
    {"conf_file", "10-keelson.conflist", offsetof(struct settings, conf_file)},
    {"bin_dir", "/usr/lib/cni", offsetof(struct settings, bin_dir)},
    {"data_dir", "/var/lib/cni/networks", offsetof(struct settings, data_dir)},
    {"cni_version", "1.0.0", offsetof(struct settings, cni_version)},
    {"network", "keelson", offsetof(struct settings, network)},
    {"bridge", "keelson0", offsetof(struct settings, bridge)},
    {"nft_table", "keelson-cni", offsetof(struct settings, nft_table)},
};

static const struct boolean_setting {
    const char *name;
    int standard;
    size_t offset;
} boolean_settings[] = {
    {"is_gateway", 1, offsetof(struct settings, is_gateway)},
    {"hairpin", 1, offsetof(struct settings, hairpin)},
    {"portmap", 1, offsetof(struct settings, portmap)},
    {"forwarding", 1, offsetof(struct settings, forwarding)},
};

static const struct integer_setting {
    const char *name;
    int64_t standard, min, max;
    size_t offset;
} integer_settings[] = {
    {"mtu", 0, 0, 65535, offsetof(struct settings, mtu)},
    {"route_protocol", 75, 17, 255, offsetof(struct settings, route_protocol)},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static enum keelson_status refuse(const struct reader *reader, const char *name, const char *value,
                                  const char *why)
{
    return reader->host->fail(reader->call, KEELSON_INVALID, "%s: %s is \"%s\": %s",
                              reader->host->config_where(reader->config, name), name, value, why);
}

static enum keelson_status read_texts(const struct reader *reader, struct settings *ret)
{
    for (size_t i = 0; i < COUNT(text_settings); i++) {
        const char *value = text_settings[i].standard;
        if (reader->config && reader->host->config_string(reader->call, reader->config, text_settings[i].name,
                                                          &value) == KEELSON_INVALID)
            return KEELSON_INVALID;
        if (!*value)
            return refuse(reader, text_settings[i].name, value, "it may not be empty");
        memcpy((char *)ret + text_settings[i].offset, &value, sizeof(value));
    }
    return KEELSON_OK;
}

static enum keelson_status read_booleans(const struct reader *reader, struct settings *ret)
{
    for (size_t i = 0; i < COUNT(boolean_settings); i++) {
        int value = boolean_settings[i].standard;
        if (reader->config &&
            reader->host->config_boolean(reader->call, reader->config, boolean_settings[i].name, &value) ==
                KEELSON_INVALID)
            return KEELSON_INVALID;
        memcpy((char *)ret + boolean_settings[i].offset, &value, sizeof(value));
    }
    return KEELSON_OK;
}

static enum keelson_status read_integers(const struct reader *reader, struct settings *ret)
{
    for (size_t i = 0; i < COUNT(integer_settings); i++) {
        const struct integer_setting *setting = &integer_settings[i];
        int64_t value = setting->standard;
        if (reader->config && reader->host->config_integer(reader->call, reader->config, setting->name,
                                                           &value) == KEELSON_INVALID)
            return KEELSON_INVALID;
        if (value < setting->min || value > setting->max)
            return reader->host->fail(
                reader->call, KEELSON_INVALID, "%s: %s is %lld; it must be %lld to %lld",
                reader->host->config_where(reader->config, setting->name), setting->name, (long long)value,
                (long long)setting->min, (long long)setting->max);
        memcpy((char *)ret + setting->offset, &value, sizeof(value));
    }
    return KEELSON_OK;
}

/* The index of the word, the first being the default. */
static enum keelson_status read_word(const struct reader *reader, const char *name, const char *const *words,
                                     int *ret)
{
    const char *value = words[0];
    if (reader->config &&
        reader->host->config_string(reader->call, reader->config, name, &value) == KEELSON_INVALID)
        return KEELSON_INVALID;
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], value) == 0) {
            *ret = i;
            return KEELSON_OK;
        }
    return refuse(reader, name, value, "no such choice");
}

static enum keelson_status refuse_unknown(const struct reader *reader)
{
    const char *known[COUNT(text_settings) + COUNT(boolean_settings) + COUNT(integer_settings) + 3] = {
        "masquerade", "mode"};
    size_t n = 2;
    for (size_t i = 0; i < COUNT(text_settings); i++)
        known[n++] = text_settings[i].name;
    for (size_t i = 0; i < COUNT(boolean_settings); i++)
        known[n++] = boolean_settings[i].name;
    for (size_t i = 0; i < COUNT(integer_settings); i++)
        known[n++] = integer_settings[i].name;
    return reader->host->config_refuse_unknown(reader->call, reader->config, known);
}

static bool has_suffix(const char *text, const char *suffix)
{
    size_t text_size = strlen(text), suffix_size = strlen(suffix);
    return text_size > suffix_size && strcmp(text + text_size - suffix_size, suffix) == 0;
}

static enum keelson_status check(const struct reader *reader, const struct settings *settings)
{
    if (settings->conf_dir[0] != '/')
        return refuse(reader, "conf_dir", settings->conf_dir, "not an absolute path");
    if (settings->bin_dir[0] != '/')
        return refuse(reader, "bin_dir", settings->bin_dir, "not an absolute path");
    if (settings->data_dir[0] != '/')
        return refuse(reader, "data_dir", settings->data_dir, "not an absolute path");
    if (strchr(settings->conf_file, '/') || settings->conf_file[0] == '.' ||
        !has_suffix(settings->conf_file, ".conflist"))
        return refuse(reader, "conf_file", settings->conf_file,
                      "expected a file name that ends in .conflist");
    if (strlen(settings->bridge) >= IF_NAMESIZE || strpbrk(settings->bridge, "/ \t%:"))
        return refuse(reader, "bridge", settings->bridge, "not a name for an interface");
    if (strchr(settings->network, '/') || settings->network[0] == '.')
        return refuse(reader, "network", settings->network, "not a name for a network");
    if (settings->nft_table[strspn(settings->nft_table,
                                   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")])
        return refuse(reader, "nft_table", settings->nft_table, "not a name for a table");
    return KEELSON_OK;
}

enum keelson_status settings_read(const struct keelson_host *host, const struct keelson_call *call,
                                  const struct keelson_config *config, struct settings *ret)
{
    static const char *const masquerade_words[] = {"nftables", "cni", "none", NULL};
    static const char *const route_words[] = {"routes", "none", NULL};
    const struct reader reader = {host, call, config};
    int masquerade = 0, routes = 0;
    enum keelson_status status = refuse_unknown(&reader);
    if (status == KEELSON_OK)
        status = read_texts(&reader, ret);
    if (status == KEELSON_OK)
        status = read_booleans(&reader, ret);
    if (status == KEELSON_OK)
        status = read_integers(&reader, ret);
    if (status == KEELSON_OK)
        status = read_word(&reader, "masquerade", masquerade_words, &masquerade);
    if (status == KEELSON_OK)
        status = read_word(&reader, "mode", route_words, &routes);
    ret->masquerade = (enum masquerade_mode)masquerade;
    ret->routes = (enum route_mode)routes;
    return status == KEELSON_OK ? check(&reader, ret) : status;
}
