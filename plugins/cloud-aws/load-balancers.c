/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interface of load balancers: each call reads what is there and makes one change after the other, from
 * what others lean on to what leans on it, and the other way round when it removes. So a call that was cut
 * short at any place is completed by the next one.
 */
#include "plugins/cloud-aws/lb.h"

#define PROVISIONING_RETRY_MS 5000
#define NOT_KNOWN_RETRY_MS    2000

/* Of the configuration, of the load balancer that is there, or of the nodes. */
static enum keelson_status find_vpc(struct lb *lb)
{
    const char *vpc = lb->aws->settings.vpc;
    if (vpc && lb->found.arn && strcmp(vpc, lb->found.vpc) != 0)
        return FAIL(lb->call, KEELSON_INVALID,
                    "load balancer %s is in %s, not in %s, which `vpc` names: a new Service is made there",
                    lb->name, lb->found.vpc, vpc);
    vpc = vpc ? vpc : lb->found.arn ? lb->found.vpc : NULL;
    for (size_t i = 0; !vpc && i < lb->machines->count; i++)
        if (machine_runs(&lb->machines->items[i]) && *lb->machines->items[i].vpc)
            vpc = lb->machines->items[i].vpc;
    if (!vpc)
        return FAIL(lb->call, KEELSON_UNAVAILABLE,
                    "no node says which VPC to use: set `vpc` in the configuration");
    lb->vpc = mem_str(vpc);
    return KEELSON_OK;
}

static enum keelson_status look(struct lb *lb)
{
    enum keelson_status status = lb_plan(lb);
    if (status == KEELSON_OK)
        status = machines_get_recent(lb->aws, lb->call, lb->nodes, lb->nodes_count, &lb->machines);
    if (status == KEELSON_OK)
        status = lb_find(lb);
    if (status == KEELSON_OK && lb->name_taken)
        status = FAIL(lb->call, KEELSON_CONFLICT,
                      "load balancer %s does not bear the tags of this cluster and Service", lb->name);
    if (status == KEELSON_OK)
        status = lb_check_groups(lb);
    return status == KEELSON_OK ? find_vpc(lb) : status;
}

static enum keelson_status make_right(struct lb *lb)
{
    _cleanup_str_ char *own_group = NULL;
    bool given = lb->options.security_groups.count > 0;
    enum keelson_status status = lb_plan_front(lb);
    if (status == KEELSON_OK && !given)
        status = lb_ensure_security_group(lb, &own_group);
    if (status == KEELSON_OK)
        status = lb_ensure_groups(lb);
    if (status == KEELSON_OK)
        status = lb_sync_targets(lb);
    if (status == KEELSON_OK)
        status = lb_ensure_front(lb, own_group);
    if (status == KEELSON_OK)
        status = lb_sync_listeners(lb);
    if (status == KEELSON_OK)
        status = lb_narrow_front(lb);
    if (status == KEELSON_OK)
        status = lb_sync_tags(lb);
    if (status == KEELSON_OK)
        status = lb_remove_groups(lb, false);
    return status == KEELSON_OK && given ? lb_remove_security_group(lb) : status;
}

static void put(const struct lb *lb, const struct keelson_load_balancer_sink *sink)
{
    const struct keelson_ingress ingress = {.hostname = lb->found.dns_name};
    const struct keelson_load_balancer said = {
        .size = sizeof(said), .ingress_count = 1, .ingress_size = sizeof(ingress), .ingress = &ingress};
    sink->put(sink, &said);
}

static enum keelson_status of_state(const struct lb *lb)
{
    if (strcmp(lb->found.state, "provisioning") == 0) {
        aws_host->retry_after(lb->call, PROVISIONING_RETRY_MS);
        return FAIL(lb->call, KEELSON_PENDING, "load balancer %s is being provisioned", lb->name);
    }
    if (strcmp(lb->found.state, "failed") == 0)
        return FAIL(lb->call, KEELSON_FAILED, "load balancer %s: AWS could not set it up", lb->name);
    return KEELSON_OK;
}

/* AWS's parts learn of what was just made one after the other: what one made, another may not find yet, and
 * what is not listed yet may be there. The next call looks again. */
static enum keelson_status or_pending(const struct lb *lb, enum keelson_status status)
{
    if (status != KEELSON_NOT_FOUND && status != KEELSON_ALREADY_EXISTS)
        return status;
    aws_host->retry_after(lb->call, NOT_KNOWN_RETRY_MS);
    return KEELSON_PENDING;
}

static enum keelson_status ensure(void *instance, const struct keelson_call *call,
                                  const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t nodes_count,
                                  const struct keelson_load_balancer_sink *sink)
{
    struct lb lb;
    enum keelson_status status = lb_begin(&lb, instance, call, service);
    lb.nodes = nodes;
    lb.nodes_count = nodes_count;
    if (status == KEELSON_OK)
        status = look(&lb);
    if (status == KEELSON_OK)
        status = or_pending(&lb, make_right(&lb));
    if (status == KEELSON_OK)
        status = of_state(&lb);
    if (status == KEELSON_OK)
        put(&lb, sink);
    lb_done(&lb);
    return status;
}

/* The target groups that are there and still wanted; and who may reach the nodes. */
static enum keelson_status update_nodes(struct lb *lb)
{
    _cleanup_str_ char *own_group = NULL;
    enum keelson_status status = KEELSON_OK;
    for (uint32_t i = 0; i < lb->ports_count; i++)
        for (size_t k = 0; k < lb->groups_count; k++)
            if (strcmp(lb->groups[k].name, lb->ports[i].group) == 0 && !lb->ports[i].group_arn)
                lb->ports[i].group_arn = mem_str(lb->groups[k].arn);
    if (lb->options.security_groups.count == 0)
        status = lb_ensure_security_group(lb, &own_group);
    return status == KEELSON_OK ? lb_sync_targets(lb) : status;
}

static enum keelson_status update(void *instance, const struct keelson_call *call,
                                  const struct keelson_object *service,
                                  const struct keelson_object *const *nodes, uint32_t nodes_count)
{
    struct lb lb;
    enum keelson_status status = lb_begin(&lb, instance, call, service);
    lb.nodes = nodes;
    lb.nodes_count = nodes_count;
    if (status == KEELSON_OK)
        status = look(&lb);
    if (status == KEELSON_OK && !lb.found.arn) {
        lb.fresh = true;
        status = lb_find(&lb);
        if (status == KEELSON_OK)
            status = lb_check_groups(&lb);
    }
    if (status == KEELSON_OK && !lb.found.arn)
        status = FAIL(call, KEELSON_NOT_FOUND, "there is no load balancer %s", lb.name);
    if (status == KEELSON_OK)
        status = or_pending(&lb, update_nodes(&lb));
    lb_done(&lb);
    return status;
}

static enum keelson_status get(void *instance, const struct keelson_call *call,
                               const struct keelson_object *service,
                               const struct keelson_load_balancer_sink *sink)
{
    struct lb lb;
    enum keelson_status status = lb_begin(&lb, instance, call, service);
    lb.fresh = true;
    if (status == KEELSON_OK)
        status = lb_find(&lb);
    if (status == KEELSON_OK && !lb.found.arn)
        status = FAIL(call, KEELSON_NOT_FOUND, "there is no load balancer %s of this cluster", lb.name);
    if (status == KEELSON_OK)
        put(&lb, sink);
    lb_done(&lb);
    return status;
}

static enum keelson_status remove_it(void *instance, const struct keelson_call *call,
                                     const struct keelson_object *service)
{
    struct lb lb;
    enum keelson_status status = lb_begin(&lb, instance, call, service);
    lb.fresh = true;
    if (status == KEELSON_OK)
        status = lb_find(&lb);
    if (status == KEELSON_OK && lb.found.arn) /* one that is another's is none */
        status = lb_delete(&lb);
    if (status == KEELSON_OK)
        status = lb_check_groups(&lb);
    if (status == KEELSON_OK)
        status = lb_remove_groups(&lb, true);
    if (status == KEELSON_OK)
        status = lb_remove_security_group(&lb);
    lb_done(&lb);
    return status;
}

const struct keelson_cloud_loadbalancers_v1 aws_load_balancers = {
    .size = sizeof(aws_load_balancers), .get = get, .ensure = ensure, .update = update, .remove = remove_it};
