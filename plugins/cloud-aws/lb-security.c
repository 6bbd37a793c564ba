/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Security groups. A load balancer has one of its own, which lets in what its Service says; the nodes' group
 * that bears the cluster's tag lets in what comes from there. Its rules are told from others by that source.
 * A group without the tag is never changed: an event tells what is to be done.
 */
#include "plugins/cloud-aws/lb.h"

#define NAME_PREFIX "k8s-elb-"
#define FRONT_REMEDY                                                                                         \
    "each range of spec.loadBalancerSourceRanges is one for each port, and one more: shorten it"
#define BACK_REMEDY                                                                                          \
    "the ports of all Services add up here: let in what comes from the load balancers yourself, with the "   \
    "annotation service.beta.kubernetes.io/aws-load-balancer-manage-backend-security-group-rules: \"false\""

struct group {
    char *id, *name, *vpc;
    struct texts rules; /* "tcp 80 80 10.0.0.0/8": protocol, from, to, source (a range or a group) */
    struct pairs tags;
};
struct groups {
    struct group *items;
    size_t count;
};

static void groups_done(struct groups *g)
{
    for (size_t i = 0; i < g->count; i++) {
        free(g->items[i].id);
        free(g->items[i].name);
        free(g->items[i].vpc);
        texts_done(&g->items[i].rules);
        pairs_done(&g->items[i].tags);
    }
    free(g->items);
}

/* A rule without ports (all protocols) is none of ours, and stays. */
static void take_rules(struct group *g, const struct xml *permission)
{
    static const struct {
        const char *list, *source;
    } sources[] = {{"ipRanges", "cidrIp"}, {"ipv6Ranges", "cidrIpv6"}, {"groups", "groupId"}};
    if (!*xml_text(permission, "fromPort"))
        return;
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
        xml_for_each (source, permission, sources[i].list)
            lb_add_rule(&g->rules, xml_text(permission, "ipProtocol"), xml_text(permission, "fromPort"),
                        xml_text(permission, "toPort"), xml_text(source, sources[i].source));
}

static enum keelson_status take_group(void *context, const struct xml *e)
{
    struct groups *all = context;
    all->items = mem_grow(all->items, all->count + 1, sizeof(*all->items));
    struct group *g = &all->items[all->count++];
    *g = (struct group){.id = mem_str(xml_text(e, "groupId")),
                        .name = mem_str(xml_text(e, "groupName")),
                        .vpc = mem_str(xml_text(e, "vpcId"))};
    xml_for_each (permission, e, "ipPermissions")
        take_rules(g, permission);
    xml_for_each (tag, e, "tagSet")
        pairs_add(&g->tags, xml_text(tag, "key"), xml_text(tag, "value"));
    return KEELSON_OK;
}

/* All that bear the cluster's tag. */
static enum keelson_status read_groups(struct lb *lb, struct groups *ret)
{
    _cleanup_text_ struct text params = {0};
    params_filter_one(&params, 1, "tag-key", lb->aws->cluster_tag);
    return lb_list(lb, SERVICE_EC2, "DescribeSecurityGroups", &params, "securityGroupInfo", take_group, ret);
}

static struct group *find_own(const struct lb *lb, const struct groups *all)
{
    char name[64];
    snprintf(name, sizeof(name), NAME_PREFIX "%s", lb->name);
    for (size_t i = 0; i < all->count; i++)
        if (strcmp(all->items[i].name, name) == 0)
            return &all->items[i];
    return NULL;
}

/* --- rules --- */

static void add_port_rules(struct texts *rules, const char *protocol, uint16_t port, const char *source)
{
    char number[8];
    snprintf(number, sizeof(number), "%u", port);
    if (strcmp(protocol, "UDP") != 0)
        lb_add_rule(rules, "tcp", number, number, source);
    if (strcmp(protocol, "UDP") == 0 || strcmp(protocol, "TCP_UDP") == 0)
        lb_add_rule(rules, "udp", number, number, source);
}

/* The ports from the allowed ranges, and the ICMP messages that say which packets fit. */
static void front_rules(const struct lb *lb, struct texts *rules)
{
    struct texts all = {0};
    const struct texts *ranges = &lb->options.source_ranges;
    if (!ranges->count) {
        texts_add(&all, "0.0.0.0/0");
        if (lb->dualstack)
            texts_add(&all, "::/0");
        ranges = &all;
    }
    for (size_t i = 0; i < ranges->count; i++) {
        for (uint32_t p = 0; p < lb->ports_count; p++)
            add_port_rules(rules, lb->ports[p].protocol, lb->ports[p].port, ranges->items[i]);
        if (strchr(ranges->items[i], ':'))
            lb_add_rule(rules, "icmpv6", "2", "0", ranges->items[i]);
        else
            lb_add_rule(rules, "icmp", "3", "4", ranges->items[i]);
    }
    texts_done(&all);
}

static void back_rules(const struct lb *lb, const char *own, struct texts *rules)
{
    for (uint32_t p = 0; p < lb->ports_count; p++) {
        int64_t health;
        add_port_rules(rules, lb->ports[p].target_protocol, lb->ports[p].node_port, own);
        if (number_of(lb->ports[p].health_port, 1, 65535, &health))
            add_port_rules(rules, "TCP", (uint16_t)health, own);
    }
}

static void rules_from(const struct group *g, const char *source, struct texts *ret)
{
    for (size_t i = 0; i < g->rules.count; i++)
        if (strcmp(strrchr(g->rules.items[i], ' ') + 1, source) == 0)
            texts_add(ret, g->rules.items[i]);
}

static bool is_nodes(const struct lb *lb, const struct group *g)
{
    for (uint32_t i = 0; lb->machines && i < lb->nodes_count; i++) {
        struct node_name name = node_name_of(lb->nodes[i]);
        const struct machine *m = name.foreign ? NULL : machines_find(lb->machines, &name);
        if (m && texts_has(&m->security_groups, g->id))
            return true;
    }
    return false;
}

/* With `open` what the nodes' groups are to let in of ours; without, nothing. */
static enum keelson_status sync_nodes(struct lb *lb, const struct groups *all, const char *own, bool open)
{
    enum keelson_status status = KEELSON_OK;
    bool any = false;
    for (size_t i = 0; status == KEELSON_OK && i < all->count; i++) {
        struct texts now = {0}, wanted = {0};
        if (strcmp(all->items[i].id, own) == 0)
            continue;
        rules_from(&all->items[i], own, &now);
        if (open && is_nodes(lb, &all->items[i])) {
            back_rules(lb, own, &wanted);
            any = true;
        }
        status = lb_sync_rules(lb, all->items[i].id, &now, &wanted, BACK_REMEDY);
        texts_done(&now);
        texts_done(&wanted);
    }
    if (status == KEELSON_OK && open && !any && lb->nodes_count)
        aws_host->event(lb->call, KEELSON_LOG_WARNING, "NodeSecurityGroup",
                        "no security group of the nodes bears the tag %s: let in what comes from %s yourself",
                        lb->aws->cluster_tag, own);
    return status;
}

/* --- the load balancer's own --- */

static void params_tags(struct text *params, const struct pairs *tags, const char *name)
{
    for (size_t i = 0; i < tags->keys.count; i++) {
        params_add(params, tags->keys.items[i], "%s.%zu.Key", name, i + 1);
        params_add(params, tags->values.items[i], "%s.%zu.Value", name, i + 1);
    }
}

static enum keelson_status sync_tags(struct lb *lb, const struct group *own)
{
    struct pairs missing = {0};
    struct texts extra = {0};
    _cleanup_text_ struct text less = {0}, more = {0};
    enum keelson_status status = KEELSON_OK;
    lb_tags_difference(&own->tags, &lb->tags, &missing, &extra);
    params_add(&less, own->id, "ResourceId.1");
    params_add(&more, own->id, "ResourceId.1");
    for (size_t i = 0; i < extra.count; i++)
        params_add(&less, extra.items[i], "Tag.%zu.Key", i + 1);
    params_tags(&more, &missing, "Tag");
    if (extra.count)
        status = api_change(lb->aws, lb->call, SERVICE_EC2, "DeleteTags", &less);
    if (status == KEELSON_OK && missing.keys.count)
        status = api_change(lb->aws, lb->call, SERVICE_EC2, "CreateTags", &more);
    pairs_done(&missing);
    texts_done(&extra);
    return status;
}

/* The name is taken: by another's, or by ours, which was not listed with its tag yet. */
static enum keelson_status judge_taken(struct lb *lb, const char *name)
{
    struct groups all = {0};
    _cleanup_text_ struct text params = {0};
    params_filter_one(&params, 1, "group-name", name);
    params_filter_one(&params, 2, "vpc-id", lb->vpc);
    enum keelson_status status = api_list(lb->aws, lb->call, SERVICE_EC2, "DescribeSecurityGroups", &params,
                                          "securityGroupInfo", take_group, &all);
    if (status == KEELSON_OK)
        status = all.count && !pairs_get(&all.items[0].tags, lb->aws->cluster_tag)
                     ? FAIL(lb->call, KEELSON_CONFLICT,
                            "security group %s does not bear the tag of this cluster", name)
                     : FAIL(lb->call, KEELSON_ALREADY_EXISTS, "security group %s is not listed yet", name);
    groups_done(&all);
    return status;
}

static enum keelson_status create(struct lb *lb, char **ret)
{
    _cleanup_(reply_done) struct reply reply = {0};
    _cleanup_text_ struct text params = {0}, name = {0}, about = {0};
    text_printf(&name, NAME_PREFIX "%s", lb->name);
    text_printf(&about, "Kubernetes load balancer %.200s", lb->service_name);
    params_add(&params, name.data, "GroupName");
    params_add(&params, about.data, "GroupDescription");
    params_add(&params, lb->vpc, "VpcId");
    params_add(&params, "security-group", "TagSpecification.1.ResourceType");
    params_tags(&params, &lb->tags, "TagSpecification.1.Tag");
    enum keelson_status status =
        api_call(lb->aws, lb->call, SERVICE_EC2, "CreateSecurityGroup", &params, &reply);
    if (status == KEELSON_ALREADY_EXISTS)
        return judge_taken(lb, name.data);
    if (status == KEELSON_OK)
        *ret = mem_str(xml_text(reply.root, "groupId"));
    return status;
}

static bool manages_nodes(const struct lb *lb)
{
    return !lb->options.manage_backend_rules || strcmp(lb->options.manage_backend_rules, "true") == 0;
}

enum keelson_status lb_ensure_security_group(struct lb *lb, char **ret)
{
    struct groups all = {0};
    struct texts wanted = {0};
    const struct texts none = {0};
    enum keelson_status status = read_groups(lb, &all);
    const struct group *own = status == KEELSON_OK ? find_own(lb, &all) : NULL;
    char *id = own ? mem_str(own->id) : NULL;
    if (status == KEELSON_OK && !own)
        status = create(lb, &id);
    else if (own)
        status = sync_tags(lb, own);
    front_rules(lb, &wanted);
    if (status == KEELSON_OK)
        status = lb_sync_rules(lb, id, own ? &own->rules : &none, &wanted, FRONT_REMEDY);
    if (status == KEELSON_OK && manages_nodes(lb))
        status = sync_nodes(lb, &all, id, true);
    if (status == KEELSON_OK)
        *ret = id;
    else
        free(id);
    texts_done(&wanted);
    groups_done(&all);
    return status;
}

enum keelson_status lb_remove_security_group(struct lb *lb)
{
    struct groups all = {0};
    _cleanup_text_ struct text params = {0};
    enum keelson_status status = read_groups(lb, &all);
    const struct group *own = status == KEELSON_OK ? find_own(lb, &all) : NULL;
    if (own) {
        status = sync_nodes(lb, &all, own->id, false);
        params_add(&params, own->id, "GroupId");
        if (status == KEELSON_OK)
            status = api_change(lb->aws, lb->call, SERVICE_EC2, "DeleteSecurityGroup", &params);
        if (status == KEELSON_NOT_FOUND)
            status = KEELSON_OK;
        if (status == KEELSON_CONFLICT) { /* in use until the load balancer's interfaces are gone, which takes
                                             minutes */
            aws_host->retry_after(lb->call, 15000);
            status = KEELSON_PENDING;
        }
    }
    groups_done(&all);
    return status;
}
