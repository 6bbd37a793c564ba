/* SPDX-License-Identifier: Apache-2.0 */
/* keelson-announce: flags, and the announcer of this node. */
#include <unistd.h>

#include "core/announce/announcer.h"
#include "core/base/memory.h"
#include "core/daemon/daemon.h"

struct options {
    char *kubeconfig, *node, *lease_namespace, *bind_address;
    struct flag_list addresses;
    int64_t port;
};
struct component {
    struct client *client;
    struct announcer *announcer;
    struct lan_range *ranges;
    size_t ranges_count;
    char *node, *lease_namespace;
};

#define AT(member) offsetof(struct options, member)
static const struct flag flags[] = {
    {"kubeconfig", FLAG_STRING, AT(kubeconfig), NULL,
     "file that says where the API server is and who we are (default: in-cluster)"},
    {"addresses", FLAG_LIST, AT(addresses), NULL,
     "the addresses to announce: networks, ranges (10.0.0.5-10.0.0.9) or single ones, each with @PATTERN for "
     "the interfaces to speak on (default: those "
     "in the addresses' network)"},
    {"hostname-override", FLAG_STRING, AT(node), NULL, "the node's name (default: the host's)"},
    {"lease-namespace", FLAG_STRING, AT(lease_namespace), "kube-system", "where the nodes' leases are kept"},
    {"bind-address", FLAG_STRING, AT(bind_address), "127.0.0.1", "address of /healthz, /readyz and /metrics"},
    {"port", FLAG_INTEGER, AT(port), "10246", "its port; 0: none"},
};

static void stop(void *component)
{
    struct component *c = component;
    if (c->announcer)
        announcer_stop(c->announcer);
    if (c->client)
        client_free(c->client);
    for (size_t i = 0; i < c->ranges_count; i++)
        lan_range_done(&c->ranges[i]);
    free(c->ranges);
    free(c->node);
    free(c->lease_namespace);
    free(c);
}

static char *host_name(void)
{
    char name[256] = "";
    gethostname(name, sizeof(name) - 1);
    for (char *c = name; *c; c++)
        *c = (char)(*c >= 'A' && *c <= 'Z' ? *c + 32 : *c);
    return xstrdup(name);
}

static int read_ranges(const struct flag_list *list, struct component *c, struct error *err)
{
    if (list->count == 0)
        return error_set(err, ERR_BAD_REQUEST, "--addresses is needed: which addresses are to be announced?");
    c->ranges = newa0(struct lan_range, list->count);
    for (size_t i = 0; i < list->count; i++) {
        if (lan_range_parse(list->items[i], &c->ranges[i], err) < 0)
            return error_prefix(err, "--addresses");
        c->ranges_count++;
    }
    return 0;
}

static int start(const void *options, void **ret_component, struct error *err)
{
    const struct options *o = options;
    struct component *c = new0(struct component);
    c->node = o->node && *o->node ? xstrdup(o->node) : host_name();
    c->lease_namespace = xstrdup(o->lease_namespace);
    struct client_config client = {.kubeconfig = o->kubeconfig, .user_agent = "keelson-announce"};
    if (read_ranges(&o->addresses, c, err) < 0 || client_new(&client, &c->client, err) < 0) {
        stop(c);
        return -1;
    }
    const struct announcer_config config = {c->client, c->node, c->lease_namespace, c->ranges,
                                            c->ranges_count};
    if (announcer_start(&config, &c->announcer, err) < 0) {
        stop(c);
        return -1;
    }
    *ret_component = c;
    return 0;
}

static void metrics(void *component, struct buffer *out)
{
    struct component *c = component;
    announcer_metrics(c->announcer, out);
}

static bool synced(void *component, struct buffer *why)
{
    const struct component *c = component;
    bool ok = announcer_synced(c->announcer);
    if (!ok)
        buffer_append_str(why, "Services and leases have not been listed yet");
    return ok;
}

static const struct daemon_health health[] = {{"informers-synced", synced}, {NULL, NULL}};

static const struct daemon announce_daemon = {
    .name = "keelson-announce",
    .summary = "tells the LAN where load balancers' addresses are",
    .flags = flags,
    .flags_count = ARRAY_SIZE(flags),
    .options_size = sizeof(struct options),
    .start = start,
    .stop = stop,
    .metrics = metrics,
    .health = health,
    .bind_address_offset = AT(bind_address),
    .port_offset = AT(port),
};

int main(int argc, char **argv)
{
    return daemon_main(&announce_daemon, argc, argv);
}
