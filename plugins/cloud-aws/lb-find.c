/* SPDX-License-Identifier: Apache-2.0 */
/* What there is of a Service's load balancer, and whether it is ours. */
#include "plugins/cloud-aws/lb.h"

#define TAGS_ARNS_MAX 20 /* of one DescribeTags */

/* As many places in ret as there are ARNs. */
static enum keelson_status read_tags(struct lb *lb, const char *const *arns, size_t count, struct pairs *ret)
{
    for (size_t at = 0; at < count; at += TAGS_ARNS_MAX) {
        _cleanup_(reply_done) struct reply reply = {0};
        _cleanup_text_ struct text params = {0};
        size_t end = count - at < TAGS_ARNS_MAX ? count : at + TAGS_ARNS_MAX;
        for (size_t i = at; i < end; i++)
            params_add(&params, arns[i], "ResourceArns.member.%zu", i - at + 1);
        enum keelson_status status =
            api_call(lb->aws, lb->call, SERVICE_ELB, "DescribeTags", &params, &reply);
        if (status != KEELSON_OK)
            return status;
        xml_for_each(d, reply.root, "DescribeTagsResult/TagDescriptions")
        {
            size_t i = at;
            while (i < end && strcmp(xml_text(d, "ResourceArn"), arns[i]) != 0)
                i++;
            for (const struct xml *tag = i < end ? xml_first(d, "Tags") : NULL; tag; tag = tag->next)
                pairs_add(&ret[i], xml_text(tag, "Key"), xml_text(tag, "Value"));
        }
    }
    return KEELSON_OK;
}

static char *text_or_null(const struct xml *e, const char *path)
{
    const char *text = xml_text(e, path);
    return *text ? mem_str(text) : NULL;
}

static void take_place(struct lb_places *places, const struct xml *e)
{
    const struct xml *fixed = xml_first(e, "LoadBalancerAddresses");
    places->items = mem_grow(places->items, places->count + 1, sizeof(*places->items));
    places->items[places->count++] = (struct lb_place){.subnet = mem_str(xml_text(e, "SubnetId")),
                                                       .zone = mem_str(xml_text(e, "ZoneName")),
                                                       .allocation = text_or_null(fixed, "AllocationId"),
                                                       .address = text_or_null(fixed, "PrivateIPv4Address")};
}

static void take_found(struct lb_found *f, const struct xml *e)
{
    *f = (struct lb_found){.arn = mem_str(xml_text(e, "LoadBalancerArn")),
                           .dns_name = mem_str(xml_text(e, "DNSName")),
                           .scheme = mem_str(xml_text(e, "Scheme")),
                           .state = mem_str(xml_text(e, "State/Code")),
                           .vpc = mem_str(xml_text(e, "VpcId")),
                           .ip_address_type = mem_str(xml_text(e, "IpAddressType"))};
    xml_for_each(zone, e, "AvailabilityZones") take_place(&f->places, zone);
    xml_for_each(group, e, "SecurityGroups") texts_add(&f->security_groups, group->text);
}

enum keelson_status lb_find(struct lb *lb)
{
    _cleanup_(reply_done) struct reply reply = {0};
    _cleanup_text_ struct text params = {0};
    struct pairs tags = {0};
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
    status = read_tags(lb, &arn, 1, &tags);
    if (status == KEELSON_OK && !lb_tags_are_ours(lb, &tags))
        status = FAIL(lb->call, KEELSON_CONFLICT,
                      "load balancer %s does not bear the tags of this cluster and Service", lb->name);
    if (status == KEELSON_OK) {
        take_found(&lb->found, e);
        lb->found.tags = tags;
        return KEELSON_OK;
    }
    pairs_done(&tags);
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
        .health_codes = mem_str(xml_text(e, "Matcher/HttpCode")),
        .health_interval_s = mem_str(xml_text(e, "HealthCheckIntervalSeconds")),
        .health_timeout_s = mem_str(xml_text(e, "HealthCheckTimeoutSeconds")),
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
    struct pairs *tags = mem_alloc(lb->groups_count, sizeof(*tags));
    for (size_t i = 0; i < lb->groups_count; i++)
        arns[i] = lb->groups[i].arn;
    if (status == KEELSON_OK)
        status = read_tags(lb, arns, lb->groups_count, tags);
    for (size_t i = 0; i < lb->groups_count; i++)
        lb->groups[i].tags = tags[i];
    for (size_t i = 0; status == KEELSON_OK && i < lb->groups_count; i++)
        if (!lb_tags_are_ours(lb, &tags[i]))
            status = FAIL(lb->call, KEELSON_CONFLICT,
                          "target group %s does not bear the tags of this cluster and Service",
                          lb->groups[i].name);
    free(arns);
    free(tags);
    return status;
}
