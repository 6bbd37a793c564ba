/* SPDX-License-Identifier: Apache-2.0 */
/* Target groups: one behind each listener. */
#include "plugins/cloud-aws/lb.h"

static void params_number(struct text *params, int64_t number, const char *name)
{
    char text[24];
    snprintf(text, sizeof(text), "%d", (int)number);
    params_add(params, text, "%s", name);
}

static void params_health(struct text *params, const struct lb_port *p)
{
    params_add(params, p->health_protocol, "HealthCheckProtocol");
    params_add(params, p->health_port, "HealthCheckPort");
    if (p->health_path) {
        params_add(params, p->health_path, "HealthCheckPath");
        params_add(params, p->health_codes, "Matcher.HttpCode");
    }
    params_number(params, p->health_interval_s, "HealthCheckIntervalSeconds");
    params_number(params, p->health_timeout_s, "HealthCheckTimeoutSeconds");
    params_number(params, p->healthy_threshold, "HealthyThresholdCount");
    params_number(params, p->unhealthy_threshold, "UnhealthyThresholdCount");
}

static bool number_is(const char *text, int64_t wanted)
{
    int64_t number;
    return number_of(text, 0, INT64_MAX, &number) && number == wanted;
}

static bool health_is_right(const struct target_group *g, const struct lb_port *p)
{
    return strcmp(g->health_protocol, p->health_protocol) == 0 &&
           strcmp(g->health_port, p->health_port) == 0 &&
           (!p->health_path || strcmp(g->health_path, p->health_path) == 0) &&
           (!p->health_codes || strcmp(g->health_codes, p->health_codes) == 0) &&
           number_is(g->health_timeout_s, p->health_timeout_s) &&
           number_is(g->health_interval_s, p->health_interval_s) &&
           number_is(g->healthy_threshold, p->healthy_threshold) &&
           number_is(g->unhealthy_threshold, p->unhealthy_threshold);
}

static const struct target_group *find(const struct lb *lb, const char *name)
{
    for (size_t i = 0; i < lb->groups_count; i++)
        if (strcmp(lb->groups[i].name, name) == 0)
            return &lb->groups[i];
    return NULL;
}

static enum keelson_status create(struct lb *lb, struct lb_port *p)
{
    _cleanup_(reply_done) struct reply reply = {0};
    _cleanup_text_ struct text params = {0};
    char port[8];
    snprintf(port, sizeof(port), "%u", p->node_port);
    params_add(&params, p->group, "Name");
    params_add(&params, p->target_protocol, "Protocol");
    params_add(&params, port, "Port");
    params_add(&params, lb->vpc, "VpcId");
    params_add(&params, lb->by_ip ? "ip" : "instance", "TargetType");
    params_add(&params, lb->v6 ? "ipv6" : "ipv4", "IpAddressType");
    params_health(&params, p);
    lb_params_tags(lb, &params);
    enum keelson_status status =
        api_call(lb->aws, lb->call, SERVICE_ELB, "CreateTargetGroup", &params, &reply);
    if (status != KEELSON_OK)
        return status;
    const struct xml *e = xml_first(reply.root, "CreateTargetGroupResult/TargetGroups");
    p->group_arn = mem_str(xml_text(e, "TargetGroupArn"));
    p->group_made = true;
    return KEELSON_OK;
}

static enum keelson_status ensure(struct lb *lb, struct lb_port *p)
{
    const struct target_group *g = find(lb, p->group);
    enum keelson_status status = KEELSON_OK;
    if (!g)
        status = create(lb, p);
    else if (!health_is_right(g, p)) {
        _cleanup_text_ struct text params = {0};
        params_add(&params, g->arn, "TargetGroupArn");
        params_health(&params, p);
        status = api_change(lb->aws, lb->call, SERVICE_ELB, "ModifyTargetGroup", &params);
    }
    if (g)
        p->group_arn = mem_str(g->arn);
    if (status != KEELSON_OK)
        return status;
    const char *const arn = p->group_arn;
    const struct lb_bearer bearer = {"TargetGroup", &arn, 1, arn, g ? &g->tags : NULL};
    return lb_sync_attributes(lb, &bearer, &lb->options.target_group_attributes);
}

enum keelson_status lb_ensure_groups(struct lb *lb)
{
    enum keelson_status status = KEELSON_OK;
    for (uint32_t i = 0; status == KEELSON_OK && i < lb->ports_count; i++)
        status = ensure(lb, &lb->ports[i]);
    return status;
}

bool lb_group_is_planned(const struct lb *lb, const char *name)
{
    for (uint32_t i = 0; i < lb->ports_count; i++)
        if (strcmp(lb->ports[i].group, name) == 0)
            return true;
    return false;
}

enum keelson_status lb_remove_groups(struct lb *lb, bool all)
{
    enum keelson_status status = KEELSON_OK;
    for (size_t i = 0; status == KEELSON_OK && i < lb->groups_count; i++) {
        _cleanup_text_ struct text params = {0};
        if (!all && lb_group_is_planned(lb, lb->groups[i].name))
            continue;
        params_add(&params, lb->groups[i].arn, "TargetGroupArn");
        status = api_change(lb->aws, lb->call, SERVICE_ELB, "DeleteTargetGroup", &params);
        if (status == KEELSON_NOT_FOUND)
            status = KEELSON_OK;
        if (status == KEELSON_CONFLICT) { /* a load balancer that is going still holds it */
            aws_host->retry_after(lb->call, 5000);
            status = KEELSON_PENDING;
        }
    }
    return status;
}
