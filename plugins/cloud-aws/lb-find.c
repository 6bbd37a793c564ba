/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What there is of a Service's load balancer, and whether it is ours. All of the account's are listed, since
 * there is no asking by tag; the names say which are worth a question for their tags. That is put in the same
 * words for every Service, twenty things at a time, so that one answer serves them all.
 */
#include <ctype.h>

#include "plugins/cloud-aws/lb.h"

#define TAGS_ARNS_MAX 20    /* of one DescribeTags */
#define PAGE_ALL      "400" /* AWS's largest page */

struct thing {
    char *arn, *balancer; /* the ARN of the load balancer that it is, or belongs to; or its own */
};
struct search {
    struct lb *lb;
    struct thing *things; /* whose names look like ours */
    size_t count;
};

static void add_thing(struct search *s, const char *arn, const char *balancer)
{
    s->things = mem_grow(s->things, s->count + 1, sizeof(*s->things));
    s->things[s->count++] = (struct thing){mem_str(arn), mem_str(*balancer ? balancer : arn)};
}

static void search_done(struct search *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->things[i].arn);
        free(s->things[i].balancer);
    }
    free(s->things);
}

enum keelson_status lb_list(struct lb *lb, enum service service, const char *action,
                            const struct text *params, const char *path, api_each *each, void *context)
{
    return lb->fresh ? api_list(lb->aws, lb->call, service, action, params, path, each, context)
                     : api_list_shared(lb->aws, lb->call, service, action, params, path, each, context);
}

/* --- load balancers --- */

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
                           .ip_address_type = mem_str(xml_text(e, "IpAddressType")),
                           .nat_prefix = strcmp(xml_text(e, "EnablePrefixForIpv6SourceNat"), "on") == 0};
    xml_for_each (zone, e, "AvailabilityZones")
        take_place(&f->places, zone);
    xml_for_each (group, e, "SecurityGroups")
        texts_add(&f->security_groups, group->text);
}

/* As lb_begin() makes one of a UID. */
static bool looks_like_ours(const char *name)
{
    size_t size = strlen(name);
    for (size_t i = 1; i < size; i++)
        if (!isalnum((unsigned char)name[i]))
            return false;
    return size == LB_NAME_SIZE - 1 && name[0] == 'a';
}

static enum keelson_status take_balancer(void *context, const struct xml *e)
{
    struct search *s = context;
    const char *name = xml_text(e, "LoadBalancerName"), *arn = xml_text(e, "LoadBalancerArn");
    bool this = strcmp(name, s->lb->name) == 0;
    if (this)
        take_found(&s->lb->found, e);
    if (this || looks_like_ours(name))
        add_thing(s, arn, arn);
    return KEELSON_OK;
}

/* --- target groups --- */

static enum keelson_status take_group(void *context, const struct xml *e)
{
    struct search *s = context;
    struct lb *lb = s->lb;
    const struct xml *balancer = xml_first(e, "LoadBalancerArns");
    const char *name = xml_text(e, "TargetGroupName"), *arn = xml_text(e, "TargetGroupArn");
    if (strncmp(name, GROUP_PREFIX, strlen(GROUP_PREFIX)) == 0)
        add_thing(s, arn, balancer ? balancer->text : "");
    if (strncmp(name, lb->group_prefix, strlen(lb->group_prefix)) != 0)
        return KEELSON_OK;
    lb->groups = mem_grow(lb->groups, lb->groups_count + 1, sizeof(*lb->groups));
    lb->groups[lb->groups_count++] = (struct target_group){
        .name = mem_str(name),
        .arn = mem_str(arn),
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

/* --- whose they are --- */

/* Where the tags of a thing go; NULL: it is not this Service's. */
static struct pairs *tags_of(struct lb *lb, const char *arn)
{
    if (lb->found.arn && strcmp(lb->found.arn, arn) == 0)
        return &lb->found.tags;
    for (size_t i = 0; i < lb->groups_count; i++)
        if (strcmp(lb->groups[i].arn, arn) == 0)
            return &lb->groups[i].tags;
    return NULL;
}

static enum keelson_status take_tags(void *context, const struct xml *e)
{
    struct search *s = context;
    struct pairs *tags = tags_of(s->lb, xml_text(e, "ResourceArn"));
    if (tags)
        xml_for_each (tag, e, "Tags")
            pairs_add(tags, xml_text(tag, "Key"), xml_text(tag, "Value"));
    return KEELSON_OK;
}

static int by_balancer(const void *a, const void *b)
{
    const struct thing *x = a, *y = b;
    int order = strcmp(x->balancer, y->balancer);
    return order ? order : strcmp(x->arn, y->arn);
}

/* Those of all, or this Service's alone. */
static enum keelson_status ask_tags(struct search *s, size_t from, size_t to, bool all)
{
    _cleanup_text_ struct text params = {0};
    unsigned n = 0;
    for (size_t i = from; i < to; i++)
        if (all || tags_of(s->lb, s->things[i].arn))
            params_add(&params, s->things[i].arn, "ResourceArns.member.%u", ++n);
    return lb_list(s->lb, SERVICE_ELB, "DescribeTags", &params, "DescribeTagsResult/TagDescriptions",
                   take_tags, s);
}

/* Another Service's thing may be gone by then, and AWS then tells nothing of the others, either. */
static enum keelson_status read_tags(struct search *s)
{
    enum keelson_status status = KEELSON_OK;
    if (s->count)
        qsort(s->things, s->count, sizeof(*s->things), by_balancer);
    for (size_t from = 0; status == KEELSON_OK && from < s->count; from += TAGS_ARNS_MAX) {
        size_t to = s->count - from < TAGS_ARNS_MAX ? s->count : from + TAGS_ARNS_MAX;
        bool any = false;
        for (size_t i = from; i < to; i++)
            any = any || tags_of(s->lb, s->things[i].arn);
        if (any)
            status = ask_tags(s, from, to, true);
        if (status == KEELSON_NOT_FOUND)
            status = ask_tags(s, from, to, false);
    }
    return status;
}

enum keelson_status lb_check_groups(struct lb *lb)
{
    for (size_t i = 0; i < lb->groups_count; i++)
        if (!lb_tags_are_ours(lb, &lb->groups[i].tags))
            return FAIL(lb->call, KEELSON_CONFLICT,
                        "target group %s does not bear the tags of this cluster and Service",
                        lb->groups[i].name);
    return KEELSON_OK;
}

enum keelson_status lb_find(struct lb *lb)
{
    struct search s = {.lb = lb};
    _cleanup_text_ struct text params = {0};
    params_add(&params, PAGE_ALL, "PageSize");
    lb_forget(lb);
    enum keelson_status status = lb_list(lb, SERVICE_ELB, "DescribeLoadBalancers", &params,
                                         "DescribeLoadBalancersResult/LoadBalancers", take_balancer, &s);
    if (status == KEELSON_OK)
        status = lb_list(lb, SERVICE_ELB, "DescribeTargetGroups", &params,
                         "DescribeTargetGroupsResult/TargetGroups", take_group, &s);
    if (status == KEELSON_OK)
        status = read_tags(&s);
    search_done(&s);
    if (status == KEELSON_OK && lb->found.arn && !lb_tags_are_ours(lb, &lb->found.tags)) {
        lb_found_done(&lb->found);
        lb->name_taken = true;
    }
    return status;
}
