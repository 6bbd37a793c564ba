/* SPDX-License-Identifier: Apache-2.0 */
/* What AWS says of nodes. */
#include "plugins/cloud-aws/machines.h"

#define ADDRESSES_MAX 128

static const struct {
    const char *name;
    enum keelson_instance_state state;
    const char *evidence;
} states[] = {
    {"pending", KEELSON_INSTANCE_RUNNING, NULL},
    {"running", KEELSON_INSTANCE_RUNNING, NULL},
    {"stopping", KEELSON_INSTANCE_SHUT_DOWN, "DescribeInstances: stopping"},
    {"stopped", KEELSON_INSTANCE_SHUT_DOWN, "DescribeInstances: stopped"},
    {"shutting-down", KEELSON_INSTANCE_UNKNOWN, NULL}, /* it will be terminated, which is soon enough */
    {"terminated", KEELSON_INSTANCE_GONE, "DescribeInstances: terminated"},
};

struct addresses {
    struct keelson_node_address items[ADDRESSES_MAX];
    uint32_t count;
};

static void add(struct addresses *a, enum keelson_address_type type, const char *address)
{
    if (*address && a->count < ADDRESSES_MAX)
        a->items[a->count++] = (struct keelson_node_address){.type = type, .address = address};
}

static void add_all(struct addresses *a, const struct machine *m)
{
    for (size_t i = 0; i < m->internal.count; i++)
        add(a, KEELSON_ADDRESS_INTERNAL_IP, m->internal.items[i]);
    for (size_t i = 0; i < m->external.count; i++)
        add(a, KEELSON_ADDRESS_EXTERNAL_IP, m->external.items[i]);
    add(a, KEELSON_ADDRESS_INTERNAL_DNS, m->dns_name);
    add(a, KEELSON_ADDRESS_HOSTNAME, m->dns_name);
    add(a, KEELSON_ADDRESS_EXTERNAL_DNS, m->public_dns_name);
}

static int put_machine(struct aws *aws, const struct machine *m, uint32_t index, const char *region,
                       const struct keelson_instance_sink *sink)
{
    struct keelson_instance_report report = {.size = sizeof(report), .node = index};
    struct addresses addresses = {.count = 0};
    struct keelson_pair labels[2];
    uint32_t count = 0;
    char provider_id[160];
    const char *zone = zone_id(aws, m->zone);
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (strcmp(states[i].name, m->state) == 0) {
            report.state = states[i].state;
            report.evidence = states[i].evidence;
        }
    snprintf(provider_id, sizeof(provider_id), "aws:///%s/%s", m->zone, m->id);
    add_all(&addresses, m);
    if (zone)
        labels[count++] = (struct keelson_pair){"topology.k8s.aws/zone-id", zone};
    if (*m->account)
        labels[count++] = (struct keelson_pair){LABEL_ACCOUNT, m->account};
    report.provider_id = provider_id;
    report.instance_type = *m->type ? m->type : NULL;
    report.zone = *m->zone ? m->zone : NULL;
    report.region = region;
    report.addresses = addresses.items;
    report.addresses_count = addresses.count;
    report.address_size = sizeof(addresses.items[0]);
    report.labels = (struct keelson_pairs){labels, count, 0};
    return sink->put(sink, &report);
}

/* An ID that a complete answer does not hold: AWS forgets instances an hour after their end. */
static int put_absent(uint32_t index, const struct keelson_instance_sink *sink)
{
    const struct keelson_instance_report report = {.size = sizeof(report),
                                                   .node = index,
                                                   .state = KEELSON_INSTANCE_GONE,
                                                   .evidence = "DescribeInstances: no such instance"};
    return sink->put(sink, &report);
}

static enum keelson_status describe(void *instance, const struct keelson_call *call,
                                    const struct keelson_object *const *nodes, uint32_t nodes_count,
                                    uint32_t want, const struct keelson_instance_sink *sink)
{
    _cleanup_aws_ struct aws *aws = aws_ref(instance);
    struct machines *machines;
    const char *region;
    enum keelson_status status = region_get(aws, call, &region);
    if (status == KEELSON_OK && (want & KEELSON_WANT_METADATA) && !zones_known(aws))
        status = zones_read(aws, call);
    if (status == KEELSON_OK)
        status = machines_get(aws, call, nodes, nodes_count, &machines);
    if (status != KEELSON_OK)
        return status;
    for (uint32_t i = 0, stop = 0; i < nodes_count && !stop; i++) {
        struct node_name name = node_name_of(nodes[i]);
        const struct machine *m = name.foreign ? NULL : machines_find(machines, &name);
        if (m && machine_is_nodes(m, &name))
            stop = put_machine(aws, m, i, region, sink) != 0;
        else if (!m && node_is_ours(&name, region, node_account(aws, call, machines, nodes[i])))
            stop = put_absent(i, sink) != 0;
    }
    machines_unref(machines);
    return KEELSON_OK;
}

const struct keelson_cloud_instances_v1 aws_instances = {.size = sizeof(aws_instances), .describe = describe};
