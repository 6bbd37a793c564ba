/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a Service asks for, as bodies of the API. Members that Google fills in are left out, since a
 * comparison looks only at what is wanted.
 *
 * A family of addresses has a forwarding rule and firewall rules of its own; both lead to the one backend
 * service. Up to five ports can stand in a forwarding rule. With more, or with both protocols (a rule for
 * L3_DEFAULT), it takes all of them and the firewall rule narrows them. The firewall rule is for the load
 * balancer's address alone, so it opens nothing else of the nodes.
 */
#include <stdio.h>
#include <string.h>

#include "plugins/cloud-gcp/resource.h"
#include "plugins/cloud-gcp/want.h"

#define RULE_PORTS_MAX 5
#define DRAINING_S     30
/* An internal load balancer serves so many nodes without subsetting. Turning that on or off breaks
 * connections, so once on it stays until they are clearly fewer. */
#define PLAIN_MAX  250
#define SUBSET_MIN 200
#define V6_PREFIX  96 /* an IPv6 forwarding rule takes so wide a range */

static void add_text(json_object *o, const char *key, const char *text)
{
    json_object_object_add(o, key, json_object_new_string(text ? text : ""));
}

static void add_number(json_object *o, const char *key, int number)
{
    json_object_object_add(o, key, json_object_new_int(number));
}

static json_object *named(const char *name, const struct want *w)
{
    json_object *o = json_object_new_object();
    add_text(o, "name", name);
    add_text(o, "description", w->description);
    return o;
}

static bool has_protocol(const struct want *w, const char *protocol)
{
    for (uint32_t i = 0; i < w->ports_count; i++)
        if (strcmp(w->ports[i].protocol, protocol) == 0)
            return true;
    return false;
}

static bool is_mixed(const struct want *w)
{
    return has_protocol(w, "TCP") && has_protocol(w, "UDP");
}

static json_object *ports_of(const struct want *w, const char *protocol)
{
    json_object *ports = json_object_new_array();
    char text[16];
    for (uint32_t i = 0; i < w->ports_count; i++) {
        snprintf(text, sizeof(text), "%u", w->ports[i].port);
        if (strcmp(w->ports[i].protocol, protocol) == 0)
            json_object_array_add(ports, json_object_new_string(text));
    }
    return ports;
}

json_object *want_health_check(const struct want *w)
{
    json_object *o = named(w->name, w), *http = json_object_new_object();
    add_number(http, "port", w->health_port);
    add_text(http, "requestPath", w->health_path);
    add_text(o, "type", "HTTP");
    add_number(o, "checkIntervalSec", 8);
    add_number(o, "timeoutSec", 1);
    add_number(o, "healthyThreshold", 1);
    add_number(o, "unhealthyThreshold", 3);
    json_object_object_add(o, "httpHealthCheck", http);
    return o;
}

bool want_is_crowded(const struct want *w, uint32_t nodes_count)
{
    return w->internal && w->client_ip && nodes_count > PLAIN_MAX;
}

static void add_subsetting(json_object *o, const struct want *w, json_object *have, uint32_t nodes_count)
{
    static const char on[] = "CONSISTENT_HASH_SUBSETTING";
    const char *policy = document_text(document_object(have, "subsetting"), "policy");
    bool is_on = policy && strcmp(policy, on) == 0;
    bool wanted = w->internal && !w->client_ip && nodes_count > (is_on ? SUBSET_MIN : PLAIN_MAX);
    if (!wanted && !is_on)
        return;
    json_object *subsetting = json_object_new_object();
    add_text(subsetting, "policy", wanted ? on : "NONE");
    json_object_object_add(o, "subsetting", subsetting);
}

json_object *want_backend_service(const struct gcp *g, const struct want *w, json_object *backends,
                                  json_object *have, uint32_t nodes_count)
{
    json_object *o = named(w->name, w), *checks = json_object_new_array(),
                *draining = json_object_new_object();
    _cleanup_text_ char *check = resource_link(g, &resource_health_check, w->name);
    json_object_array_add(checks, json_object_new_string(check ? check : ""));
    add_number(draining, "drainingTimeoutSec", DRAINING_S);
    add_text(o, "loadBalancingScheme", w->internal ? "INTERNAL" : "EXTERNAL");
    add_text(o, "protocol", is_mixed(w) ? "UNSPECIFIED" : w->ports[0].protocol);
    add_text(o, "sessionAffinity", w->client_ip ? "CLIENT_IP" : "NONE");
    json_object_object_add(o, "healthChecks", checks);
    json_object_object_add(o, "connectionDraining", draining);
    json_object_object_add(o, "backends", json_object_get(backends));
    add_subsetting(o, w, have, nodes_count);
    return o;
}

static void add_network(const struct gcp *g, json_object *o)
{
    char link[SETTINGS_LINK_SIZE];
    settings_network_link(&g->settings, link);
    add_text(o, "network", link);
}

const char *want_subnetwork(const struct gcp *g, const struct want *w)
{
    return *w->subnetwork ? w->subnetwork : g->settings.subnetwork;
}

static void add_subnetwork(const struct gcp *g, const struct want *w, json_object *o)
{
    char link[400];
    const char *name = want_subnetwork(g, w);
    if (strchr(name, '/'))
        snprintf(link, sizeof(link), "%s", name);
    else
        snprintf(link, sizeof(link), "projects/%s/regions/%s/subnetworks/%s", g->settings.project,
                 g->settings.region, name);
    add_text(o, "subnetwork", link);
}

/* Of IPv6 an external load balancer's address is given as its range, an internal one's without its length. */
static void add_address(const struct want *w, enum want_family family, const char *ip, json_object *o)
{
    size_t length = family == WANT_V6 && w->internal ? strcspn(ip, "/") : strlen(ip);
    json_object_object_add(o, "IPAddress", json_object_new_string_len(ip, (int)length));
}

json_object *want_forwarding_rule(const struct gcp *g, const struct want *w, enum want_family family,
                                  const char *ip)
{
    json_object *o = named(w->half[family].rule, w);
    _cleanup_text_ char *service = resource_link(g, &resource_backend_service, w->name);
    add_text(o, "loadBalancingScheme", w->internal ? "INTERNAL" : "EXTERNAL");
    add_text(o, "IPProtocol", is_mixed(w) ? "L3_DEFAULT" : w->ports[0].protocol);
    add_text(o, "backendService", service);
    if (is_mixed(w) || w->ports_count > RULE_PORTS_MAX)
        json_object_object_add(o, "allPorts", json_object_new_boolean(1));
    else
        json_object_object_add(o, "ports", ports_of(w, w->ports[0].protocol));
    if (ip)
        add_address(w, family, ip, o);
    if (family == WANT_V6)
        add_text(o, "ipVersion", "IPV6");
    if (w->internal || family == WANT_V6)
        add_subnetwork(g, w, o);
    if (!w->internal)
        add_text(o, "networkTier", w->tier);
    if (w->internal)
        json_object_object_add(o, "allowGlobalAccess", json_object_new_boolean(w->global_access));
    return o;
}

/* Of an address that is in use, Google wants to hear no more than this: its version and what it is for are
 * known, and so is the subnetwork of an external one. */
json_object *want_address(const struct gcp *g, const struct want *w, enum want_family family, const char *ip)
{
    json_object *o = named(w->half[family].address, w);
    json_object_object_add(o, "address", json_object_new_string_len(ip, (int)strcspn(ip, "/")));
    add_text(o, "addressType", w->internal ? "INTERNAL" : "EXTERNAL");
    if (w->internal)
        add_subnetwork(g, w, o);
    else
        add_text(o, "networkTier", w->tier);
    if (family == WANT_V6)
        add_number(o, "prefixLength", V6_PREFIX);
    return o;
}

static void add_allowed(json_object *allowed, const char *protocol, json_object *ports)
{
    json_object *rule = json_object_new_object();
    add_text(rule, "IPProtocol", protocol);
    json_object_object_add(rule, "ports", ports);
    json_object_array_add(allowed, rule);
}

/* To the nodes that are tagged so, if the configuration names tags. */
static void add_targets(const struct gcp *g, json_object *o)
{
    json_object *tags = json_object_new_array();
    for (uint32_t i = 0; i < g->settings.node_tags_count; i++)
        json_object_array_add(tags, json_object_new_string(g->settings.node_tags[i]));
    json_object_object_add(o, "targetTags", tags);
}

json_object *want_firewall(const struct gcp *g, const struct want *w, enum want_family family, const char *ip)
{
    static const char *const protocols[] = {"TCP", "UDP"}, *const names[] = {"tcp", "udp"};
    const struct want_half *half = &w->half[family];
    json_object *o = named(half->firewall, w), *allowed = json_object_new_array(),
                *destinations = json_object_new_array();
    char range[64];
    snprintf(range, sizeof(range), "%s%s", ip, strchr(ip, '/') ? "" : family == WANT_V6 ? "/128" : "/32");
    json_object_array_add(destinations, json_object_new_string(range));
    for (size_t i = 0; i < 2; i++)
        if (has_protocol(w, protocols[i]))
            add_allowed(allowed, names[i], ports_of(w, protocols[i]));
    add_network(g, o);
    add_text(o, "direction", "INGRESS");
    json_object_object_add(o, "sourceRanges", json_object_get(half->ranges));
    json_object_object_add(o, "destinationRanges", destinations);
    json_object_object_add(o, "allowed", allowed);
    add_targets(g, o);
    return o;
}

/* Where Google's health checks come from, by family and by whether the load balancer is internal. */
static const char *const checkers[WANT_FAMILIES][2][4] = {
    [WANT_V4] = {{"35.191.0.0/16", "209.85.152.0/22", "209.85.204.0/22"},
                 {"35.191.0.0/16", "130.211.0.0/22"}},
    [WANT_V6] = {{"2600:1901:8001::/48"}, {"2600:2d00:1:b029::/64"}},
};

json_object *want_health_firewall(const struct gcp *g, const struct want *w, enum want_family family)
{
    json_object *o = named(w->half[family].health_name, w), *allowed = json_object_new_array(),
                *ranges = json_object_new_array(), *ports = json_object_new_array();
    char port[16];
    snprintf(port, sizeof(port), "%u", w->health_port);
    json_object_array_add(ports, json_object_new_string(port));
    for (const char *const *range = checkers[family][w->internal]; *range; range++)
        json_object_array_add(ranges, json_object_new_string(*range));
    add_allowed(allowed, "tcp", ports);
    add_network(g, o);
    add_text(o, "direction", "INGRESS");
    json_object_object_add(o, "sourceRanges", ranges);
    json_object_object_add(o, "allowed", allowed);
    add_targets(g, o);
    return o;
}
