/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nodes as instances: whose they are, and what Google says of them. A node is ours by its provider ID
 * (gce://PROJECT/ZONE/NAME), or, as long as it has none, when the project has one instance of its name. Gone
 * is only what has our provider ID and is lacking in a complete list.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugins/cloud-gcp/gcp.h"
#include "plugins/cloud-gcp/machines.h"
#include "plugins/cloud-gcp/project.h"

#define ADDRESSES_MAX 64
#define LABELS_MAX    4

/* While Google does not answer, nodes whose provider ID tells whose they are need not wait. */
enum keelson_status gcp_owns(void *instance, const struct keelson_call *call,
                             const struct keelson_object *const *nodes, uint32_t nodes_count,
                             enum keelson_owns *ret)
{
    struct gcp *g _cleanup_project_ = project_enter(instance);
    _cleanup_(machine_ids_free) struct machine_id *ids = NULL;
    _cleanup_(machine_ids_free) struct machine_id *unknown =
        calloc(nodes_count ? nodes_count : 1, sizeof(*unknown));
    _cleanup_(machine_list_unref) struct machine_list *list = NULL;
    uint32_t unknown_count = 0;
    TRY(machine_ids_of(g, call, nodes, nodes_count, &ids));
    for (uint32_t i = 0; unknown && i < nodes_count; i++)
        if (ids[i].by_name && !ids[i].foreign)
            unknown[unknown_count++] = ids[i];
    enum keelson_status status =
        unknown_count > 0 ? machines_fetch(g, call, unknown, unknown_count, &list) : KEELSON_OK;
    if (status != KEELSON_OK && unknown_count == nodes_count)
        return status;
    for (uint32_t i = 0; i < nodes_count; i++) {
        ret[i] = ids[i].foreign ? KEELSON_OWNS_NO : KEELSON_OWNS_YES;
        if (ids[i].by_name && !ids[i].foreign && !(list && machine_find(list, &ids[i])))
            ret[i] = list && !machine_is_ambiguous(list, &ids[i]) ? KEELSON_OWNS_NO : KEELSON_OWNS_UNKNOWN;
    }
    return KEELSON_OK;
}

static enum keelson_instance_state state_of(const char *status)
{
    static const struct {
        const char *status;
        enum keelson_instance_state state;
    } rows[] = {
        {"PROVISIONING", KEELSON_INSTANCE_RUNNING},     {"STAGING", KEELSON_INSTANCE_RUNNING},
        {"RUNNING", KEELSON_INSTANCE_RUNNING},          {"PENDING", KEELSON_INSTANCE_RUNNING},
        {"STOPPING", KEELSON_INSTANCE_SHUT_DOWN},       {"PENDING_STOP", KEELSON_INSTANCE_RUNNING},
        {"STOPPED", KEELSON_INSTANCE_SHUT_DOWN},        {"TERMINATED", KEELSON_INSTANCE_SHUT_DOWN},
        {"SUSPENDING", KEELSON_INSTANCE_SHUT_DOWN},     {"SUSPENDED", KEELSON_INSTANCE_SHUT_DOWN},
        {"DEPROVISIONING", KEELSON_INSTANCE_SHUT_DOWN},
    };
    for (size_t i = 0; status && i < sizeof(rows) / sizeof(rows[0]); i++)
        if (strcmp(rows[i].status, status) == 0)
            return rows[i].state;
    return KEELSON_INSTANCE_UNKNOWN;
}

struct telling {
    struct keelson_node_address addresses[ADDRESSES_MAX];
    uint32_t addresses_count;
    struct keelson_pair labels[LABELS_MAX];
    uint32_t labels_count;
    char provider_id[4 * NAME_SIZE], zone[NAME_SIZE], region[NAME_SIZE], family[NAME_SIZE],
        evidence[2 * NAME_SIZE];
    char aliases[ADDRESSES_MAX][INET6_ADDRSTRLEN];
};

static void add_address(struct telling *t, enum keelson_address_type type, const char *text)
{
    unsigned char raw[16];
    bool is_ip = text && (inet_pton(AF_INET, text, raw) == 1 || inet_pton(AF_INET6, text, raw) == 1);
    bool is_dns = type == KEELSON_ADDRESS_INTERNAL_DNS && text && *text;
    if ((is_ip || is_dns) && t->addresses_count < ADDRESSES_MAX)
        t->addresses[t->addresses_count++] = (struct keelson_node_address){.type = type, .address = text};
}

/* An alias of one address is an address of the machine; a wider one holds its pods. */
static void add_aliases(struct telling *t, json_object *interface)
{
    json_object *ranges = document_array(interface, "aliasIpRanges");
    for (size_t i = 0; i < document_length(ranges) && t->addresses_count < ADDRESSES_MAX; i++) {
        const char *range = document_text(document_element(ranges, i, json_type_object), "ipCidrRange");
        const char *slash = range ? strchr(range, '/') : NULL;
        if (!slash || strcmp(slash, "/32") != 0 || (size_t)(slash - range) >= sizeof(t->aliases[0]))
            continue;
        char *alias = t->aliases[t->addresses_count];
        memcpy(alias, range, (size_t)(slash - range));
        alias[slash - range] = '\0';
        add_address(t, KEELSON_ADDRESS_INTERNAL_IP, alias);
    }
}

static void add_external(struct telling *t, json_object *interface, const char *list, const char *member)
{
    json_object *configs = document_array(interface, list);
    for (size_t i = 0; i < document_length(configs); i++)
        add_address(t, KEELSON_ADDRESS_EXTERNAL_IP,
                    document_text(document_element(configs, i, json_type_object), member));
}

/* Internal ones of all interfaces first: a node's address is its first one. A global IPv6 address is what the
 * machine itself uses, too: upstream calls it internal, and so do we, beside calling it external. */
static void read_addresses(struct telling *t, json_object *machine)
{
    json_object *interfaces = document_array(machine, "networkInterfaces");
    for (size_t i = 0; i < document_length(interfaces); i++) {
        json_object *interface = document_element(interfaces, i, json_type_object);
        json_object *global =
            document_element(document_array(interface, "ipv6AccessConfigs"), 0, json_type_object);
        add_address(t, KEELSON_ADDRESS_INTERNAL_IP, document_text(interface, "networkIP"));
        add_address(t, KEELSON_ADDRESS_INTERNAL_IP, document_text(interface, "ipv6Address"));
        add_address(t, KEELSON_ADDRESS_INTERNAL_IP, document_text(global, "externalIpv6"));
    }
    for (size_t i = 0; i < document_length(interfaces); i++)
        add_aliases(t, document_element(interfaces, i, json_type_object));
    for (size_t i = 0; i < document_length(interfaces); i++) {
        json_object *interface = document_element(interfaces, i, json_type_object);
        add_external(t, interface, "accessConfigs", "natIP");
        add_external(t, interface, "ipv6AccessConfigs", "externalIpv6");
    }
    add_address(t, KEELSON_ADDRESS_INTERNAL_DNS, document_text(machine, "hostname"));
}

static void add_label(struct telling *t, const char *key, const char *value)
{
    t->labels[t->labels_count++] = (struct keelson_pair){key, value};
}

/* Those that Google's own clusters have. */
static void read_labels(struct telling *t, json_object *machine, const char *type)
{
    json_object *scheduling = document_object(machine, "scheduling"), *preemptible = NULL;
    const char *model = document_text(scheduling, "provisioningModel");
    size_t size = type ? strcspn(type, "-") : 0;
    add_label(t, "topology.gke.io/zone", t->zone);
    if (size > 0 && size < sizeof(t->family)) {
        memcpy(t->family, type, size);
        add_label(t, "cloud.google.com/machine-family", t->family);
    }
    if (model && strcmp(model, "SPOT") == 0)
        add_label(t, "cloud.google.com/gke-spot", "true");
    else if (json_object_object_get_ex(scheduling, "preemptible", &preemptible) &&
             json_object_get_boolean(preemptible))
        add_label(t, "cloud.google.com/gke-preemptible", "true");
}

static int tell(const struct gcp *g, uint32_t node, json_object *machine,
                const struct keelson_instance_sink *sink)
{
    struct telling t = {0};
    const char *type = document_text(machine, "machineType"), *status = document_text(machine, "status"),
               *name = document_text(machine, "name");
    type = type ? link_last(type) : NULL;
    link_part(document_text(machine, "selfLink"), "zones", t.zone, sizeof(t.zone));
    memcpy(t.region, t.zone, sizeof(t.zone));
    char *dash = strrchr(t.region, '-');
    if (dash)
        *dash = '\0';
    snprintf(t.provider_id, sizeof(t.provider_id), "gce://%s/%s/%s", g->settings.project, t.zone, name);
    snprintf(t.evidence, sizeof(t.evidence), "instances.list: %.40s", status ? status : "no status");
    read_addresses(&t, machine);
    read_labels(&t, machine, type);
    return sink->put(sink, &(struct keelson_instance_report){
                               .size = sizeof(struct keelson_instance_report),
                               .node = node,
                               .state = state_of(status),
                               .evidence = t.evidence,
                               .provider_id = t.provider_id,
                               .instance_type = type,
                               .zone = t.zone,
                               .region = t.region,
                               .addresses = t.addresses,
                               .addresses_count = t.addresses_count,
                               .address_size = sizeof(t.addresses[0]),
                               .labels = {t.labels, t.labels_count, 0},
                           });
}

static int tell_gone(uint32_t node, const struct keelson_instance_sink *sink)
{
    return sink->put(sink, &(struct keelson_instance_report){
                               .size = sizeof(struct keelson_instance_report),
                               .node = node,
                               .state = KEELSON_INSTANCE_GONE,
                               .evidence = "instances.list: not in the complete list of its zone"});
}

static enum keelson_status describe(void *instance, const struct keelson_call *call,
                                    const struct keelson_object *const *nodes, uint32_t nodes_count,
                                    uint32_t want, const struct keelson_instance_sink *sink)
{
    struct gcp *g _cleanup_project_ = project_enter(instance);
    _cleanup_(machine_ids_free) struct machine_id *ids = NULL;
    _cleanup_(machine_list_unref) struct machine_list *list = NULL;
    TRY(machine_ids_of(g, call, nodes, nodes_count, &ids));
    TRY(machines_fetch(g, call, ids, nodes_count, &list));
    int stop = 0;
    for (uint32_t i = 0; stop == 0 && i < nodes_count; i++) {
        json_object *machine = ids[i].foreign ? NULL : machine_find(list, &ids[i]);
        if (machine)
            stop = tell(g, i, machine, sink);
        else if (!ids[i].foreign && !ids[i].by_name)
            stop = tell_gone(i, sink);
    }
    return KEELSON_OK;
}

const struct keelson_cloud_instances_v1 gcp_instances = {.size = sizeof(gcp_instances), .describe = describe};
