/* SPDX-License-Identifier: Apache-2.0 */
/* What there is of a Service's load balancer, and whether it is ours. */
#include "plugins/cloud-aws/lb.h"

#define TAGS_ARNS_MAX 20 /* of one DescribeTags */

static bool has_tag(const struct xml *description, const char *key, const char *value)
{
    xml_for_each(tag, description,
                 "Tags") if (strcmp(xml_text(tag, "Key"), key) == 0 &&
                             (!value || strcmp(xml_text(tag, "Value"), value) == 0)) return true;
    return false;
}

enum keelson_status lb_tagged(struct lb *lb, const char *const *arns, size_t count, bool *ret)
{
    for (size_t at = 0; at < count; at += TAGS_ARNS_MAX) {
        _cleanup_(reply_done) struct reply reply = {0};
        _cleanup_text_ struct text params = {0};
        for (size_t i = at; i < count && i < at + TAGS_ARNS_MAX; i++) {
            ret[i] = false;
            params_add(&params, arns[i], "ResourceArns.member.%zu", i - at + 1);
        }
        enum keelson_status status =
            api_call(lb->aws, lb->call, SERVICE_ELB, "DescribeTags", &params, &reply);
        if (status != KEELSON_OK)
            return status;
        xml_for_each(d, reply.root,
                     "DescribeTagsResult/TagDescriptions") for (size_t i = at;
                                                                i < count && i < at + TAGS_ARNS_MAX;
                                                                i++) if (strcmp(xml_text(d, "ResourceArn"),
                                                                                arns[i]) == 0) ret[i] =
            has_tag(d, lb->aws->cluster_tag, NULL) && has_tag(d, TAG_SERVICE, lb->service_name);
    }
    return KEELSON_OK;
}

void lb_params_tags(struct lb *lb, struct text *params)
{
    const struct pairs *tags = &lb->options.tags;
    params_add(params, lb->aws->cluster_tag, "Tags.member.1.Key");
    params_add(params, "owned", "Tags.member.1.Value");
    params_add(params, TAG_SERVICE, "Tags.member.2.Key");
    params_add(params, lb->service_name, "Tags.member.2.Value");
    for (size_t i = 0; i < tags->keys.count; i++) {
        params_add(params, tags->keys.items[i], "Tags.member.%zu.Key", i + 3);
        params_add(params, tags->values.items[i], "Tags.member.%zu.Value", i + 3);
    }
}

enum keelson_status lb_sync_tags(struct lb *lb)
{
    _cleanup_(reply_done) struct reply reply = {0};
    _cleanup_text_ struct text question = {0}, params = {0};
    const struct pairs *tags = &lb->options.tags;
    bool missing = false;
    if (!tags->keys.count)
        return KEELSON_OK;
    params_add(&question, lb->found.arn, "ResourceArns.member.1");
    enum keelson_status status = api_call(lb->aws, lb->call, SERVICE_ELB, "DescribeTags", &question, &reply);
    const struct xml *description = xml_first(reply.root, "DescribeTagsResult/TagDescriptions");
    for (size_t i = 0; i < tags->keys.count; i++)
        missing = missing || !has_tag(description, tags->keys.items[i], tags->values.items[i]);
    text_add_str(&params, text_of(&question));
    lb_params_tags(lb, &params);
    return status == KEELSON_OK && missing ? api_change(lb->aws, lb->call, SERVICE_ELB, "AddTags", &params)
                                           : status;
}

static void take_found(struct lb_found *f, const struct xml *e)
{
    *f = (struct lb_found){.arn = mem_str(xml_text(e, "LoadBalancerArn")),
                           .dns_name = mem_str(xml_text(e, "DNSName")),
                           .scheme = mem_str(xml_text(e, "Scheme")),
                           .state = mem_str(xml_text(e, "State/Code")),
                           .vpc = mem_str(xml_text(e, "VpcId")),
                           .ip_address_type = mem_str(xml_text(e, "IpAddressType"))};
    xml_for_each(zone, e, "AvailabilityZones") texts_add(&f->subnets, xml_text(zone, "SubnetId"));
    xml_for_each(group, e, "SecurityGroups") texts_add(&f->security_groups, group->text);
}

enum keelson_status lb_find(struct lb *lb)
{
    _cleanup_(reply_done) struct reply reply = {0};
    _cleanup_text_ struct text params = {0};
    bool ours = false;
    params_add(&params, lb->name, "Names.member.1");
    enum keelson_status status =
        api_call(lb->aws, lb->call, SERVICE_ELB, "DescribeLoadBalancers", &params, &reply);
    if (status == KEELSON_NOT_FOUND)
        return KEELSON_OK;
    if (status != KEELSON_OK)
        return status;
    const struct xml *e = xml_first(reply.root, "DescribeLoadBalancersResult/LoadBalancers");
    if (!e)
        return KEELSON_OK;
    const char *arn = xml_text(e, "LoadBalancerArn");
    status = lb_tagged(lb, &arn, 1, &ours);
    if (status == KEELSON_OK && !ours)
        return FAIL(lb->call, KEELSON_CONFLICT,
                    "load balancer %s does not bear the tags of this cluster and Service", lb->name);
    if (status == KEELSON_OK)
        take_found(&lb->found, e);
    return status;
}

/* --- target groups --- */

static enum keelson_status take_group(void *context, const struct xml *e)
{
    struct lb *lb = context;
    const char *name = xml_text(e, "TargetGroupName");
    if (strncmp(name, lb->group_prefix, strlen(lb->group_prefix)) != 0)
        return KEELSON_OK;
    lb->groups = mem_grow(lb->groups, lb->groups_count + 1, sizeof(*lb->groups));
    lb->groups[lb->groups_count++] = (struct target_group){
        .name = mem_str(name),
        .arn = mem_str(xml_text(e, "TargetGroupArn")),
        .health_protocol = mem_str(xml_text(e, "HealthCheckProtocol")),
        .health_port = mem_str(xml_text(e, "HealthCheckPort")),
        .health_path = mem_str(xml_text(e, "HealthCheckPath")),
        .health_interval_s = mem_str(xml_text(e, "HealthCheckIntervalSeconds")),
        .healthy_threshold = mem_str(xml_text(e, "HealthyThresholdCount")),
        .unhealthy_threshold = mem_str(xml_text(e, "UnhealthyThresholdCount")),
    };
    return KEELSON_OK;
}

/* All of the account's are listed, since there is no asking by tag; the names say which are worth a question
 * for their tags. */
enum keelson_status lb_find_groups(struct lb *lb)
{
    enum keelson_status status = api_list(lb->aws, lb->call, SERVICE_ELB, "DescribeTargetGroups", NULL,
                                          "DescribeTargetGroupsResult/TargetGroups", take_group, lb);
    const char **arns = mem_alloc(lb->groups_count, sizeof(*arns));
    bool *ours = mem_alloc(lb->groups_count, sizeof(*ours));
    for (size_t i = 0; i < lb->groups_count; i++)
        arns[i] = lb->groups[i].arn;
    if (status == KEELSON_OK)
        status = lb_tagged(lb, arns, lb->groups_count, ours);
    for (size_t i = 0; status == KEELSON_OK && i < lb->groups_count; i++)
        if (!ours[i])
            status = FAIL(lb->call, KEELSON_CONFLICT,
                          "target group %s does not bear the tags of this cluster and Service",
                          lb->groups[i].name);
    free(arns);
    free(ours);
    return status;
}
