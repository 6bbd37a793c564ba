/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interface of load balancers: each call reads what is there and makes one change after the other, from
 * what others lean on to what leans on it, and the other way round when it removes. So a call that was cut
 * short at any place is completed by the next one.
 */
#include "plugins/cloud-aws/lb.h"

#define PROVISIONING_RETRY_MS 5000

static bool is_wanted_scheme(const struct lb *lb)
{
    return strcmp(lb->found.scheme, lb->internal ? "internal" : "internet-facing") == 0;
}

static enum keelson_status delete_found(struct lb *lb)
{
    _cleanup_text_ struct text params = {0};
    params_add(&params, lb->found.arn, "LoadBalancerArn");
    enum keelson_status status = api_change(lb->aws, lb->call, SERVICE_ELB, "DeleteLoadBalancer", &params);
    lb_found_done(&lb->found);
    return status == KEELSON_NOT_FOUND ? KEELSON_OK : status;
}

static const char *ip_address_type(const struct lb *lb)
{
    return lb->options.ip_address_type ? lb->options.ip_address_type : "ipv4";
}

static void all_groups(const struct lb *lb, const char *own, struct texts *ret)
{
    const struct lb_options *o = &lb->options;
    const struct texts *from = own ? &o->extra_security_groups : &o->security_groups;
    if (own)
        texts_add(ret, own);
    for (size_t i = 0; i < from->count; i++)
        texts_add(ret, from->items[i]);
}

static void params_list(struct text *params, const struct texts *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++)
        params_add(params, list->items[i], "%s.member.%zu", name, i + 1);
}

static enum keelson_status create(struct lb *lb, const struct text *subnets, const struct texts *groups)
{
    _cleanup_(reply_done) struct reply reply = {0};
    _cleanup_text_ struct text params = {0};
    params_add(&params, lb->name, "Name");
    params_add(&params, "network", "Type");
    params_add(&params, lb->internal ? "internal" : "internet-facing", "Scheme");
    params_add(&params, ip_address_type(lb), "IpAddressType");
    text_add_str(&params, text_of(subnets));
    params_list(&params, groups, "SecurityGroups");
    lb_params_tags(lb, &params);
    enum keelson_status status =
        api_call(lb->aws, lb->call, SERVICE_ELB, "CreateLoadBalancer", &params, &reply);
    const struct xml *e = xml_first(reply.root, "CreateLoadBalancerResult/LoadBalancers");
    if (status != KEELSON_OK)
        return status;
    lb->found.arn = mem_str(xml_text(e, "LoadBalancerArn"));
    lb->found.dns_name = mem_str(xml_text(e, "DNSName"));
    lb->found.state = mem_str(xml_text(e, "State/Code"));
    return KEELSON_OK;
}

static bool same_set(const struct texts *a, const struct texts *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (!texts_has(b, a->items[i]))
            return false;
    return a->count == b->count;
}

/* A change to the load balancer itself. */
static enum keelson_status set(struct lb *lb, const char *action, const struct text *more)
{
    _cleanup_text_ struct text params = {0};
    params_add(&params, lb->found.arn, "LoadBalancerArn");
    text_add_str(&params, text_of(more));
    return api_change(lb->aws, lb->call, SERVICE_ELB, action, &params);
}

static enum keelson_status adjust(struct lb *lb, const struct text *subnets, const struct texts *subnet_ids,
                                  const struct texts *groups)
{
    _cleanup_text_ struct text group_params = {0}, type_params = {0};
    enum keelson_status status = KEELSON_OK;
    if (!same_set(&lb->found.subnets, subnet_ids))
        status = set(lb, "SetSubnets", subnets);
    params_list(&group_params, groups, "SecurityGroups");
    if (status == KEELSON_OK && !same_set(&lb->found.security_groups, groups))
        status = set(lb, "SetSecurityGroups", &group_params);
    params_add(&type_params, ip_address_type(lb), "IpAddressType");
    if (status == KEELSON_OK && strcmp(lb->found.ip_address_type, ip_address_type(lb)) != 0)
        status = set(lb, "SetIpAddressType", &type_params);
    return status == KEELSON_OK ? lb_sync_tags(lb) : status;
}

/* Of the configuration, of the load balancer that is there, or of the nodes. */
static enum keelson_status find_vpc(struct lb *lb)
{
    const char *vpc = lb->aws->settings.vpc;
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
        status = machines_get(lb->aws, lb->call, lb->nodes, lb->nodes_count, &lb->machines);
    if (status == KEELSON_OK)
        status = lb_find(lb);
    if (status == KEELSON_OK)
        status = find_vpc(lb);
    return status == KEELSON_OK ? lb_find_groups(lb) : status;
}

static enum keelson_status ensure_front(struct lb *lb, const char *own_group)
{
    _cleanup_text_ struct text subnets = {0};
    struct texts groups = {0}, subnet_ids = {0};
    enum keelson_status status = lb_choose_subnets(lb, &subnets, &subnet_ids);
    all_groups(lb, own_group, &groups);
    if (status == KEELSON_OK && lb->found.arn && !is_wanted_scheme(lb))
        status = delete_found(lb);
    if (status == KEELSON_OK)
        status = lb->found.arn ? adjust(lb, &subnets, &subnet_ids, &groups) : create(lb, &subnets, &groups);
    texts_done(&groups);
    texts_done(&subnet_ids);
    return status == KEELSON_OK
               ? lb_sync_attributes(lb, "LoadBalancer", lb->found.arn, &lb->options.attributes)
               : status;
}

static enum keelson_status make_right(struct lb *lb)
{
    _cleanup_str_ char *own_group = NULL;
    bool given = lb->options.security_groups.count > 0;
    enum keelson_status status = given ? KEELSON_OK : lb_ensure_security_group(lb, &own_group);
    if (status == KEELSON_OK)
        status = lb_ensure_groups(lb);
    if (status == KEELSON_OK)
        status = lb_sync_targets(lb);
    if (status == KEELSON_OK)
        status = ensure_front(lb, own_group);
    if (status == KEELSON_OK)
        status = lb_sync_listeners(lb);
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
        status = make_right(&lb);
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
    if (status == KEELSON_OK && !lb.found.arn)
        status = FAIL(call, KEELSON_NOT_FOUND, "there is no load balancer %s", lb.name);
    if (status == KEELSON_OK)
        status = update_nodes(&lb);
    lb_done(&lb);
    return status;
}

static enum keelson_status get(void *instance, const struct keelson_call *call,
                               const struct keelson_object *service,
                               const struct keelson_load_balancer_sink *sink)
{
    struct lb lb;
    enum keelson_status status = lb_begin(&lb, instance, call, service);
    if (status == KEELSON_OK)
        status = lb_find(&lb);
    if (status == KEELSON_CONFLICT || (status == KEELSON_OK && !lb.found.arn))
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
    if (status == KEELSON_OK)
        status = lb_find(&lb);
    if (status == KEELSON_CONFLICT) /* another's: ours is absent */
        status = KEELSON_OK;
    if (status == KEELSON_OK && lb.found.arn)
        status = delete_found(&lb);
    if (status == KEELSON_OK)
        status = lb_find_groups(&lb);
    if (status == KEELSON_OK)
        status = lb_remove_groups(&lb, true);
    if (status == KEELSON_OK)
        status = lb_remove_security_group(&lb);
    lb_done(&lb);
    return status;
}

const struct keelson_cloud_loadbalancers_v1 aws_load_balancers = {
    .size = sizeof(aws_load_balancers), .get = get, .ensure = ensure, .update = update, .remove = remove_it};
