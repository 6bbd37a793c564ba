/* SPDX-License-Identifier: Apache-2.0 */
/* See machines.h. */
#include "plugins/cloud-aws/api.h"
#include "plugins/cloud-aws/machines.h"

#define FRESH_NS   INT64_C(10000000000)
#define VALUES_MAX 200 /* of one filter */
#define TAG_OTHERS "kubernetes.io/cluster/"

static void machine_done(struct machine *m)
{
    char *const texts[] = {m->id,   m->dns_name, m->public_dns_name, m->state,  m->type,
                           m->zone, m->vpc,      m->subnet,          m->account};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        free(texts[i]);
    texts_done(&m->internal);
    texts_done(&m->external);
    texts_done(&m->security_groups);
}

void machines_unref(struct machines *machines)
{
    if (!machines || atomic_fetch_sub(&machines->refs, 1) > 1)
        return;
    for (size_t i = 0; i < machines->count; i++)
        machine_done(&machines->items[i]);
    free(machines->items);
    free(machines);
}

bool machine_runs(const struct machine *m)
{
    return strcmp(m->state, "running") == 0 || strcmp(m->state, "pending") == 0;
}

/* --- nodes --- */

bool is_instance_id(const char *id)
{
    size_t digits = strncmp(id, "i-", 2) == 0 ? strlen(id + 2) : 0;
    return (digits == 8 || digits == 17) && strspn(id + 2, "0123456789abcdef") == digits;
}

static void copy(const struct keelson_object *node, const char *path, char *ret, size_t size)
{
    struct keelson_bytes text = {"", 0};
    aws_host->object_string(node, path, &text);
    snprintf(ret, size, "%.*s", (int)text.size, text.data);
}

/* "aws:///eu-west-1a/i-…", or "aws:///i-…". */
static void read_provider_id(const char *id, struct node_name *n)
{
    n->has_provider_id = *id != 0;
    n->foreign = *id && strncmp(id, "aws://", 6) != 0;
    if (!*id || n->foreign)
        return;
    const char *last = strrchr(id, '/') + 1, *zone = last - 1;
    while (zone > id && zone[-1] != '/')
        zone--;
    snprintf(n->id, sizeof(n->id), "%s", is_instance_id(last) ? last : "");
    snprintf(n->zone, sizeof(n->zone), "%.*s", (int)(last - 1 - zone), zone);
}

struct node_name node_name_of(const struct keelson_object *node)
{
    struct node_name n = {0};
    char provider_id[300];
    copy(node, "metadata.name", n.name, sizeof(n.name));
    copy(node, "spec.providerID", provider_id, sizeof(provider_id));
    read_provider_id(provider_id, &n);
    if (!n.has_provider_id) {
        char first[32];
        snprintf(first, sizeof(first), "%.*s", (int)strcspn(n.name, "."), n.name);
        if (is_instance_id(first))
            snprintf(n.id, sizeof(n.id), "%s", first);
    }
    return n;
}

static bool is_of(const struct machine *m, const struct node_name *node)
{
    if (node->id[0])
        return strcmp(m->id, node->id) == 0;
    return !node->has_provider_id && strcmp(m->dns_name, node->name) == 0;
}

/* Addresses are used again, and names with them: the one with our tag, then the one that runs, goes before
 * others of the name. */
static int rank(const struct machine *m)
{
    return (m->tagged ? 2 : 0) + (machine_runs(m) ? 1 : 0);
}

const struct machine *machines_find(const struct machines *machines, const struct node_name *node)
{
    const struct machine *best = NULL;
    for (size_t i = 0; i < machines->count; i++) {
        const struct machine *m = &machines->items[i];
        if (is_of(m, node) && (!best || rank(m) > rank(best)))
            best = m;
    }
    return best;
}

bool machine_is_nodes(const struct machine *m, const struct node_name *node)
{
    return m->tagged || (node->has_provider_id && !m->other_cluster);
}

/* --- the answer --- */

struct asking {
    struct aws *aws;
    const struct keelson_call *call;
    struct machines *machines;
    const char *account; /* of the reservation */
};

static void take_tags(const struct aws *aws, const struct xml *e, struct machine *m)
{
    bool other = false;
    xml_for_each (tag, e, "tagSet") {
        const char *key = xml_text(tag, "key");
        if (strcmp(key, aws->cluster_tag) == 0)
            m->tagged = true;
        else if (strncmp(key, TAG_OTHERS, strlen(TAG_OTHERS)) == 0)
            other = true;
    }
    m->other_cluster = other && !m->tagged;
}

static void add_address(struct texts *to, const char *address)
{
    if (*address && !texts_has(to, address))
        texts_add(to, address);
}

static void take_interface(const struct xml *interface, struct machine *m)
{
    xml_for_each (address, interface, "privateIpAddressesSet") {
        add_address(&m->internal, xml_text(address, "privateIpAddress"));
        add_address(&m->external, xml_text(address, "association/publicIp"));
    }
    add_address(&m->internal, xml_text(interface, "privateIpAddress"));
    add_address(&m->external, xml_text(interface, "association/publicIp"));
    xml_for_each (address, interface, "ipv6AddressesSet") {
        add_address(&m->internal, xml_text(address, "ipv6Address"));
        if (strcmp(xml_text(address, "isPrimaryIpv6"), "true") == 0)
            m->primary_v6 = true;
    }
}

static void take_interfaces(const struct xml *e, struct machine *m)
{
    add_address(&m->internal, xml_text(e, "privateIpAddress"));
    xml_for_each (interface, e, "networkInterfaceSet")
        if (strcmp(xml_text(interface, "attachment/deviceIndex"), "0") == 0)
            take_interface(interface, m);
    xml_for_each (interface, e, "networkInterfaceSet")
        take_interface(interface, m);
    add_address(&m->internal, xml_text(e, "ipv6Address"));
    add_address(&m->external, xml_text(e, "ipAddress"));
    xml_for_each (group, e, "groupSet")
        texts_add(&m->security_groups, xml_text(group, "groupId"));
}

static void take_instance(const struct asking *a, const struct xml *e)
{
    struct machines *all = a->machines;
    all->items = mem_grow(all->items, all->count + 1, sizeof(*all->items));
    struct machine *m = &all->items[all->count++];
    *m = (struct machine){
        .id = mem_str(xml_text(e, "instanceId")),
        .dns_name = mem_str(xml_text(e, "privateDnsName")),
        .public_dns_name = mem_str(xml_text(e, "dnsName")),
        .state = mem_str(xml_text(e, "instanceState/name")),
        .type = mem_str(xml_text(e, "instanceType")),
        .zone = mem_str(xml_text(e, "placement/availabilityZone")),
        .vpc = mem_str(xml_text(e, "vpcId")),
        .subnet = mem_str(xml_text(e, "subnetId")),
        .account = mem_str(a->account),
        .checks_source = strcmp(xml_text(e, "sourceDestCheck"), "true") == 0,
    };
    take_tags(a->aws, e, m);
    take_interfaces(e, m);
}

static enum keelson_status take_reservation(void *context, const struct xml *reservation)
{
    struct asking *a = context;
    const char *wanted = a->aws->settings.account;
    a->account = xml_text(reservation, "ownerId");
    if (wanted && strcmp(wanted, a->account) != 0)
        return FAIL(a->call, KEELSON_DENIED,
                    "the credentials are of account %s, not of %s, which `account` names", a->account,
                    wanted);
    xml_for_each (instance, reservation, "instancesSet")
        take_instance(a, instance);
    return KEELSON_OK;
}

static enum keelson_status ask(struct asking *a, const char *filter, char *const *values, size_t count)
{
    enum keelson_status status = KEELSON_OK;
    for (size_t at = 0; status == KEELSON_OK && at < count; at += VALUES_MAX) {
        _cleanup_text_ struct text params = {0};
        size_t some = count - at < VALUES_MAX ? count - at : VALUES_MAX;
        params_filter(&params, 1, filter, (const char *const *)values + at, some);
        params_add(&params, "1000", "MaxResults");
        status = api_list(a->aws, a->call, SERVICE_EC2, "DescribeInstances", &params, "reservationSet",
                          take_reservation, a);
    }
    return status;
}

/* --- the newest answer --- */

static struct machines *machines_new(void)
{
    struct machines *m = mem_alloc(1, sizeof(*m));
    atomic_init(&m->refs, 1);
    m->asked_ns = pace_clock_ns();
    return m;
}

static struct machines *newest(struct aws *aws)
{
    pthread_mutex_lock(&aws->lock);
    struct machines *m = aws->machines;
    if (m)
        atomic_fetch_add(&m->refs, 1);
    pthread_mutex_unlock(&aws->lock);
    return m;
}

static void make_newest(struct aws *aws, struct machines *machines)
{
    atomic_fetch_add(&machines->refs, 1);
    pthread_mutex_lock(&aws->lock);
    struct machines *before = aws->machines;
    aws->machines = machines;
    pthread_mutex_unlock(&aws->lock);
    machines_unref(before);
}

/* One that only begins to run is looked at anew: it would be left out of a load balancer until the next
 * change. */
static bool is_enough(const struct machine *m, bool any_state)
{
    return m && (any_state ? strcmp(m->state, "pending") != 0 : strcmp(m->state, "running") == 0);
}

static bool serves(const struct machines *m, const struct node_name *names, uint32_t count, bool any_state)
{
    if (!m || pace_clock_ns() - m->asked_ns > FRESH_NS)
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!names[i].foreign && !is_enough(machines_find(m, &names[i]), any_state))
            return false;
    return true;
}

static enum keelson_status ask_all(struct aws *aws, const struct keelson_call *call,
                                   const struct node_name *names, uint32_t count, struct machines *into)
{
    struct asking a = {.aws = aws, .call = call, .machines = into};
    struct texts ids = {0}, dns_names = {0};
    for (uint32_t i = 0; i < count; i++) {
        if (names[i].id[0])
            texts_add(&ids, names[i].id);
        else if (!names[i].has_provider_id && names[i].name[0])
            texts_add(&dns_names, names[i].name);
    }
    enum keelson_status status = ask(&a, "instance-id", ids.items, ids.count);
    if (status == KEELSON_OK)
        status = ask(&a, "private-dns-name", dns_names.items, dns_names.count);
    texts_done(&ids);
    texts_done(&dns_names);
    return status;
}

static enum keelson_status get(struct aws *aws, const struct keelson_call *call,
                               const struct keelson_object *const *nodes, uint32_t nodes_count,
                               bool any_state, struct machines **ret)
{
    struct node_name *names = mem_alloc(nodes_count, sizeof(*names));
    for (uint32_t i = 0; i < nodes_count; i++)
        names[i] = node_name_of(nodes[i]);
    struct machines *m = newest(aws);
    if (serves(m, names, nodes_count, any_state)) {
        free(names);
        *ret = m;
        return KEELSON_OK;
    }
    machines_unref(m);
    m = machines_new();
    enum keelson_status status = ask_all(aws, call, names, nodes_count, m);
    free(names);
    if (status != KEELSON_OK) {
        machines_unref(m);
        return status;
    }
    make_newest(aws, m);
    *ret = m;
    return KEELSON_OK;
}

enum keelson_status machines_get(struct aws *aws, const struct keelson_call *call,
                                 const struct keelson_object *const *nodes, uint32_t nodes_count,
                                 struct machines **ret)
{
    return get(aws, call, nodes, nodes_count, false, ret);
}

enum keelson_status machines_get_recent(struct aws *aws, const struct keelson_call *call,
                                        const struct keelson_object *const *nodes, uint32_t nodes_count,
                                        struct machines **ret)
{
    return get(aws, call, nodes, nodes_count, true, ret);
}

enum keelson_status machines_get_ids(struct aws *aws, const struct keelson_call *call,
                                     const struct texts *ids, struct machines **ret)
{
    struct machines *m = machines_new();
    struct asking a = {.aws = aws, .call = call, .machines = m};
    enum keelson_status status = ask(&a, "instance-id", ids->items, ids->count);
    if (status == KEELSON_OK)
        *ret = m;
    else
        machines_unref(m);
    return status;
}
