/* SPDX-License-Identifier: Apache-2.0 */
/* The nodes as targets: by instance ID, or by their internal address. */
#include "plugins/cloud-aws/lb.h"
#include "plugins/cloud-aws/ranges.h"

#define TARGETS_MAX 100 /* of one request */

/* What a target group is to hold. */
struct targets {
    struct texts wanted;
    struct texts kept;    /* if it holds them: AWS takes none that are stopped, but lets them stay */
    struct texts ranges;  /* of the VPC, where targets are addresses */
    struct texts refused; /* by AWS, in this call */
};

static bool has_ended(const struct machine *m)
{
    return strcmp(m->state, "shutting-down") == 0 || strcmp(m->state, "terminated") == 0;
}

/* AWS refuses all of a request for one instance that does not run or has no address of the group's kind. */
static void add_ids(const struct lb *lb, struct targets *ret)
{
    uint32_t left_out = 0;
    for (uint32_t i = 0; i < lb->nodes_count; i++) {
        struct node_name name = node_name_of(lb->nodes[i]);
        const struct machine *m = name.foreign ? NULL : machines_find(lb->machines, &name);
        if (!m || has_ended(m) || !machine_is_nodes(m, &name) || strcmp(m->vpc, lb->vpc) != 0)
            continue;
        bool left = lb->v6 && !m->primary_v6, runs = strcmp(m->state, "running") == 0;
        left_out += left && runs;
        if (!left)
            texts_add(runs ? &ret->wanted : &ret->kept, m->id);
    }
    if (left_out)
        aws_host->event(lb->call, KEELSON_LOG_WARNING, "NoPrimaryIPv6Address",
                        "%u nodes are no targets: their instances have no primary IPv6 address", left_out);
}

static void add_addresses(const struct lb *lb, struct texts *ids)
{
    for (uint32_t i = 0; i < lb->nodes_count; i++) {
        uint32_t count = 0;
        aws_host->object_length(lb->nodes[i], "status.addresses", &count);
        for (uint32_t k = 0; k < count; k++) {
            struct keelson_bytes type = {"", 0}, address = {"", 0};
            char path[48];
            snprintf(path, sizeof(path), "status.addresses[%u].type", k);
            aws_host->object_string(lb->nodes[i], path, &type);
            snprintf(path, sizeof(path), "status.addresses[%u].address", k);
            aws_host->object_string(lb->nodes[i], path, &address);
            if (type.size != 10 || memcmp(type.data, "InternalIP", 10) != 0 ||
                !memchr(address.data, ':', address.size) == lb->v6)
                continue;
            _cleanup_str_ char *text = mem_strn(address.data, address.size);
            texts_add(ids, text);
            break;
        }
    }
}

/* Addresses in none of the VPC's subnets need to be said to be so, and others must not, whoever has them. */
static bool is_outside(const struct lb *lb, const struct targets *t, const char *id)
{
    for (size_t i = 0; lb->by_ip && i < t->ranges.count; i++)
        if (range_has(t->ranges.items[i], id))
            return false;
    return lb->by_ip;
}

static enum keelson_status change_some(struct lb *lb, const char *action, const struct lb_port *p,
                                       const struct targets *t, char *const *ids, size_t count)
{
    _cleanup_text_ struct text params = {0};
    char port[8];
    snprintf(port, sizeof(port), "%u", p->node_port);
    params_add(&params, p->group_arn, "TargetGroupArn");
    for (size_t i = 0; i < count; i++) {
        params_add(&params, ids[i], "Targets.member.%zu.Id", i + 1);
        params_add(&params, port, "Targets.member.%zu.Port", i + 1);
        if (is_outside(lb, t, ids[i]))
            params_add(&params, "all", "Targets.member.%zu.AvailabilityZone", i + 1);
    }
    return api_change(lb->aws, lb->call, SERVICE_ELB, action, &params);
}

/* One that AWS does not take (InvalidTarget) fails the request for all: then by halves, until it is alone. */
static enum keelson_status add_some(struct lb *lb, const struct lb_port *p, struct targets *t,
                                    char *const *ids, size_t count)
{
    enum keelson_status status = change_some(lb, "RegisterTargets", p, t, ids, count);
    if (status != KEELSON_CONFLICT)
        return status;
    if (count == 1) {
        if (!texts_has(&t->refused, ids[0]))
            texts_add(&t->refused, ids[0]);
        return KEELSON_OK;
    }
    status = add_some(lb, p, t, ids, count / 2);
    return status == KEELSON_OK ? add_some(lb, p, t, ids + count / 2, count - count / 2) : status;
}

static size_t batch(const struct texts *ids, size_t at)
{
    return ids->count - at < TARGETS_MAX ? ids->count - at : TARGETS_MAX;
}

static enum keelson_status add(struct lb *lb, const struct lb_port *p, struct targets *t,
                               const struct texts *ids)
{
    enum keelson_status status = KEELSON_OK;
    for (size_t at = 0; status == KEELSON_OK && at < ids->count; at += TARGETS_MAX)
        status = add_some(lb, p, t, ids->items + at, batch(ids, at));
    return status;
}

static enum keelson_status take_out(struct lb *lb, const struct lb_port *p, const struct targets *t,
                                    const struct texts *ids)
{
    enum keelson_status status = KEELSON_OK;
    for (size_t at = 0; status == KEELSON_OK && at < ids->count; at += TARGETS_MAX)
        status = change_some(lb, "DeregisterTargets", p, t, ids->items + at, batch(ids, at));
    return status;
}

/* Those that are registered; on their way out does not count. */
static enum keelson_status registered(struct lb *lb, const struct lb_port *p, struct texts *ids)
{
    _cleanup_(reply_done) struct reply reply = {0};
    _cleanup_text_ struct text params = {0};
    if (p->group_made)
        return KEELSON_OK;
    params_add(&params, p->group_arn, "TargetGroupArn");
    enum keelson_status status =
        api_call(lb->aws, lb->call, SERVICE_ELB, "DescribeTargetHealth", &params, &reply);
    if (status != KEELSON_OK)
        return status;
    xml_for_each (d, reply.root, "DescribeTargetHealthResult/TargetHealthDescriptions")
        if (strcmp(xml_text(d, "TargetHealth/State"), "draining") != 0)
            texts_add(ids, xml_text(d, "Target/Id"));
    return KEELSON_OK;
}

static void difference(const struct texts *from, const struct texts *without, struct texts *ret)
{
    for (size_t i = 0; i < from->count; i++)
        if (!texts_has(without, from->items[i]))
            texts_add(ret, from->items[i]);
}

static enum keelson_status sync_group(struct lb *lb, const struct lb_port *p, struct targets *t)
{
    struct texts now = {0}, absent = {0}, missing = {0}, unwanted = {0}, extra = {0};
    enum keelson_status status = registered(lb, p, &now);
    difference(&t->wanted, &now, &absent);
    difference(&absent, &t->refused, &missing); /* another port makes no difference */
    difference(&now, &t->wanted, &unwanted);
    difference(&unwanted, &t->kept, &extra);
    if (status == KEELSON_OK)
        status = add(lb, p, t, &missing);
    bool full = status == KEELSON_EXHAUSTED && extra.count; /* room is made first only where there is none */
    if (status == KEELSON_OK || full)
        status = take_out(lb, p, t, &extra);
    if (status == KEELSON_OK && full)
        status = add(lb, p, t, &missing);
    texts_done(&now);
    texts_done(&absent);
    texts_done(&missing);
    texts_done(&unwanted);
    texts_done(&extra);
    return status;
}

enum keelson_status lb_sync_targets(struct lb *lb)
{
    struct targets targets = {{0}};
    enum keelson_status status = KEELSON_OK;
    if (lb->by_ip) {
        status = lb_read_ranges(lb, &targets.ranges);
        add_addresses(lb, &targets.wanted);
    } else {
        add_ids(lb, &targets);
    }
    for (uint32_t i = 0; status == KEELSON_OK && i < lb->ports_count; i++)
        if (lb->ports[i].group_arn)
            status = sync_group(lb, &lb->ports[i], &targets);
    if (targets.refused.count)
        aws_host->event(
            lb->call, KEELSON_LOG_WARNING, "InvalidTarget",
            "%zu nodes are no targets, as %s: AWS does not take instances that do not run, nor, by "
            "their IDs, some older types (nlb-target-type: ip may do)",
            targets.refused.count, targets.refused.items[0]);
    texts_done(&targets.wanted);
    texts_done(&targets.refused);
    texts_done(&targets.kept);
    texts_done(&targets.ranges);
    return status;
}
