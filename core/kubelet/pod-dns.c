/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Default: the node's resolv.conf. ClusterFirst: the cluster's servers and searches before the node's
 * searches. None: dnsConfig alone. dnsConfig adds to each.
 */
#include "core/kubelet/pod-dns.h"

#include "core/api/object.h"
#include "core/base/file.h"
#include "core/base/memory.h"

#define SERVERS_MAX  3
#define SEARCHES_MAX 32
#define OPTIONS_MAX  32

static bool contains(const char **list, uint32_t count, const char *text)
{
    for (uint32_t i = 0; i < count; i++)
        if (strcmp(list[i], text) == 0)
            return true;
    return false;
}

static void add(const char **list, uint32_t *count, uint32_t max, const char *text)
{
    if (*count < max && text[0] && !contains(list, *count, text))
        list[(*count)++] = text;
}

/* name:value replaces the option of that name. */
static void add_option(struct arena *arena, struct pod_dns *dns, const char *name, const char *value)
{
    size_t size = strlen(name);
    const char *text = value ? arena_printf(arena, "%s:%s", name, value) : name;
    for (uint32_t i = 0; i < dns->options_count; i++) {
        const char *have = dns->options[i];
        if (strncmp(have, name, size) == 0 && (have[size] == ':' || have[size] == 0)) {
            dns->options[i] = text;
            return;
        }
    }
    add(dns->options, &dns->options_count, OPTIONS_MAX, text);
}

static void read_line(struct arena *arena, struct pod_dns *dns, struct slice line)
{
    struct slice rest = slice_trim(line);
    for (char *p = (char *)rest.data; p < rest.data + rest.size; p++)
        *p = *p == '\t' ? ' ' : *p;
    struct slice word = slice_cut(&rest, ' ');
    bool server = slice_is(word, "nameserver"), search = slice_is(word, "search") || slice_is(word, "domain"),
         option = slice_is(word, "options");
    if (search)
        dns->searches_count = 0;
    while (rest.data) {
        struct slice value = slice_trim(slice_cut(&rest, ' '));
        if (!value.size)
            continue;
        if (server)
            add(dns->servers, &dns->servers_count, SERVERS_MAX, arena_strndup(arena, value.data, value.size));
        else if (search)
            add(dns->searches, &dns->searches_count, SEARCHES_MAX,
                arena_strndup(arena, value.data, value.size));
        else if (option)
            add(dns->options, &dns->options_count, OPTIONS_MAX, arena_strndup(arena, value.data, value.size));
    }
}

static int read_node(struct arena *arena, const char *path, struct pod_dns *dns, struct error *err)
{
    struct buffer text = BUFFER_INIT;
    if (!path[0])
        return 0;
    if (file_read(path, 1 << 20, &text, err) < 0)
        return -1;
    struct slice rest = {text.data, text.size};
    while (rest.data && rest.size)
        read_line(arena, dns, slice_cut(&rest, '\n'));
    buffer_done(&text);
    return 0;
}

/* The cluster's words come first; what the node searches follows. */
static void put_cluster_first(struct arena *arena, const struct json *pod,
                              const struct pod_dns_config *config, struct pod_dns *dns)
{
    const char *domain = config->cluster_domain;
    const char **node = dns->searches;
    uint32_t node_count = dns->searches_count;
    dns->servers_count = dns->searches_count = dns->options_count = 0;
    dns->searches = arena_alloc0(arena, (SEARCHES_MAX + 1) * sizeof(char *));
    json_for_each (server, config->cluster_dns)
        add(dns->servers, &dns->servers_count, SERVERS_MAX, json_string_or(server, ""));
    if (domain[0]) {
        add(dns->searches, &dns->searches_count, SEARCHES_MAX,
            arena_printf(arena, "%s.svc.%s", object_namespace(pod), domain));
        add(dns->searches, &dns->searches_count, SEARCHES_MAX, arena_printf(arena, "svc.%s", domain));
        add(dns->searches, &dns->searches_count, SEARCHES_MAX, domain);
    }
    for (uint32_t i = 0; i < node_count; i++)
        add(dns->searches, &dns->searches_count, SEARCHES_MAX, node[i]);
    add_option(arena, dns, "ndots", "5");
}

static void add_pod_settings(struct arena *arena, const struct json *pod, struct pod_dns *dns)
{
    const struct json *config = json_at(pod, "spec.dnsConfig");
    json_for_each (server, json_get(config, "nameservers"))
        add(dns->servers, &dns->servers_count, SERVERS_MAX, json_string_or(server, ""));
    json_for_each (search, json_get(config, "searches"))
        add(dns->searches, &dns->searches_count, SEARCHES_MAX, json_string_or(search, ""));
    json_for_each (option, json_get(config, "options"))
        add_option(arena, dns, json_string_or(json_get(option, "name"), ""),
                   json_string(json_get(option, "value")));
}

int pod_dns_make(struct arena *arena, const struct json *pod, const struct pod_dns_config *config,
                 struct pod_dns *ret, bool *ret_missing, struct error *err)
{
    const char *policy = json_string_or(json_at(pod, "spec.dnsPolicy"), "ClusterFirst");
    bool host_network = json_boolean_at(pod, "spec.hostNetwork", false);
    bool cluster = strcmp(policy, "ClusterFirstWithHostNet") == 0 ||
                   (strcmp(policy, "ClusterFirst") == 0 && !host_network);
    *ret = (struct pod_dns){
        .servers = arena_alloc0(arena, (SERVERS_MAX + 1) * sizeof(char *)),
        .searches = arena_alloc0(arena, (SEARCHES_MAX + 1) * sizeof(char *)),
        .options = arena_alloc0(arena, (OPTIONS_MAX + 1) * sizeof(char *)),
    };
    *ret_missing = cluster && !json_count(config->cluster_dns);
    if (strcmp(policy, "None") != 0 && read_node(arena, config->resolv_conf, ret, err) < 0)
        return -1;
    if (cluster && json_count(config->cluster_dns))
        put_cluster_first(arena, pod, config, ret);
    add_pod_settings(arena, pod, ret);
    return 0;
}
