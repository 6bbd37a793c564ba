/* SPDX-License-Identifier: Apache-2.0 */
/* --config: a KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1). As upstream, the file wins over
 * flags. */
#include "core/api/json.h"
#include "core/base/file.h"
#include "core/base/log.h"
#include "core/base/memory.h"
#include "core/base/number.h"
#include "core/proxy/proxy.h"

#define CONFIG_BYTES_MAX 1000000

static void take_string(const struct json *value, char **place)
{
    const char *text = json_string(value);
    if (!text || !*text)
        return;
    free(*place);
    *place = xstrdup(text);
}

static void take_list(const struct json *value, struct flag_list *list)
{
    if (!json_count(value))
        return;
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i]);
    free(list->items);
    *list = (struct flag_list){.items = newa0(char *, json_count(value))};
    json_for_each (it, value)
        list->items[list->count++] = xstrdup(json_string_or(it, ""));
}

static int take_duration(const struct json *value, const char *where, int64_t *place, struct error *err)
{
    const char *text = json_string(value);
    if (text && !parse_duration_ns(slice_of(text), place))
        return error_set(err, ERR_BAD_REQUEST, "%s: \"%s\" is no duration", where, text);
    return 0;
}

static int take_bit(const struct json *value, int64_t *place, struct error *err)
{
    int64_t bit = json_integer_or(value, *place);
    if (bit < 0 || bit > 31)
        return error_set(err, ERR_BAD_REQUEST, "nftables.masqueradeBit must be between 0 and 31");
    *place = bit;
    return 0;
}

static int take_conntrack(const struct json *value, struct conntrack_options *o, struct error *err)
{
    const struct {
        const char *key;
        int64_t *place;
    } durations[] = {{"tcpEstablishedTimeout", &o->tcp_established_ns},
                     {"tcpCloseWaitTimeout", &o->tcp_close_wait_ns},
                     {"udpTimeout", &o->udp_ns},
                     {"udpStreamTimeout", &o->udp_stream_ns}};
    o->max_per_core = json_integer_or(json_get(value, "maxPerCore"), o->max_per_core);
    o->min = json_integer_or(json_get(value, "min"), o->min);
    o->tcp_be_liberal = json_boolean_or(json_get(value, "tcpBeLiberal"), o->tcp_be_liberal);
    for (size_t i = 0; i < ARRAY_SIZE(durations); i++)
        if (take_duration(json_get(value, durations[i].key), durations[i].key, durations[i].place, err) < 0)
            return -1;
    return 0;
}

static void name_ignored(const struct json *config)
{
    static const char *const known[] = {
        "apiVersion",        "kind",     "clientConnection",   "clusterCIDR",
        "hostnameOverride",  "mode",     "healthzBindAddress", "metricsBindAddress",
        "nodePortAddresses", "nftables", "conntrack",          "detectLocalMode",
        "detectLocal"};
    json_for_each (m, config) {
        bool is_known = false;
        for (size_t i = 0; i < ARRAY_SIZE(known) && !is_known; i++)
            is_known = strcmp(m->key, known[i]) == 0;
        if (!is_known)
            log_debug("--config: %s has no effect here", m->key);
    }
}

int proxy_read_config(struct proxy_options *o, struct error *err)
{
    struct arena arena = ARENA_INIT;
    struct buffer text = BUFFER_INIT;
    struct json *c = NULL;
    int failed = file_read(o->config, CONFIG_BYTES_MAX, &text, err);
    if (!failed)
        failed = json_parse_yaml(&arena, (struct slice){text.data, text.size}, &c, err);
    if (!failed && strcmp(json_string_or(json_get(c, "kind"), ""), "KubeProxyConfiguration") != 0)
        failed = error_set(err, ERR_BAD_REQUEST, "--config: %s holds no KubeProxyConfiguration", o->config);
    if (!failed) {
        take_string(json_at(c, "clientConnection.kubeconfig"), &o->kubeconfig);
        take_string(json_get(c, "clusterCIDR"), &o->cluster_cidr);
        take_string(json_get(c, "hostnameOverride"), &o->hostname);
        take_string(json_get(c, "mode"), &o->mode);
        take_string(json_get(c, "healthzBindAddress"), &o->healthz_address);
        take_string(json_get(c, "metricsBindAddress"), &o->metrics_address);
        take_string(json_get(c, "detectLocalMode"), &o->detect_local);
        take_string(json_at(c, "detectLocal.bridgeInterface"), &o->bridge);
        take_string(json_at(c, "detectLocal.interfaceNamePrefix"), &o->interface_prefix);
        take_list(json_get(c, "nodePortAddresses"), &o->nodeport_addresses);
        o->masquerade_all = json_boolean_at(c, "nftables.masqueradeAll", o->masquerade_all);
        failed = take_duration(json_at(c, "nftables.minSyncPeriod"), "nftables.minSyncPeriod",
                               &o->min_sync_ns, err);
        if (!failed)
            failed = take_bit(json_at(c, "nftables.masqueradeBit"), &o->masquerade_bit, err);
        if (!failed)
            failed = take_conntrack(json_get(c, "conntrack"), &o->conntrack, err);
        name_ignored(c);
    }
    buffer_done(&text);
    arena_done(&arena);
    return failed;
}
