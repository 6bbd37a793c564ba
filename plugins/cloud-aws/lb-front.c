/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The load balancer itself. What AWS lets change is changed in place; a zone whose subnet or address is to
 * change is taken out and put back, one after the other, since AWS takes no second subnet in a zone. What
 * cannot change makes a new load balancer, which the Service is told first. The old one has to go before: a
 * name stands once, and a target group serves one load balancer.
 */
#include "plugins/cloud-aws/lb.h"

#define TAG_FIXED "aws.keelson.io/fixed-addresses"

static bool is_fixed(const struct lb *lb)
{
    return lb->options.eip_allocations.count || lb->options.private_addresses.count;
}

static const char *ip_address_type(const struct lb *lb)
{
    return lb->dualstack ? "dualstack" : "ipv4";
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

/* UDP does not keep a client's IPv6 address on its way to IPv6 targets: the load balancer needs a prefix of
 * its own in each subnet. */
static bool needs_nat_prefix(const struct lb *lb)
{
    for (uint32_t i = 0; lb->v6 && i < lb->ports_count; i++)
        if (strstr(lb->ports[i].protocol, "UDP"))
            return true;
    return false;
}

static void params_places(const struct lb *lb, struct text *params, const struct lb_places *places)
{
    if (needs_nat_prefix(lb))
        params_add(params, "on", "EnablePrefixForIpv6SourceNat");
    for (size_t i = 0; i < places->count; i++) {
        const struct lb_place *p = &places->items[i];
        params_add(params, p->subnet, "SubnetMappings.member.%zu.SubnetId", i + 1);
        if (p->allocation)
            params_add(params, p->allocation, "SubnetMappings.member.%zu.AllocationId", i + 1);
        if (p->address)
            params_add(params, p->address, "SubnetMappings.member.%zu.PrivateIPv4Address", i + 1);
    }
}

static enum keelson_status create(struct lb *lb, const struct lb_places *places, const struct texts *groups)
{
    _cleanup_(reply_done) struct reply reply = {0};
    _cleanup_text_ struct text params = {0};
    params_add(&params, lb->name, "Name");
    params_add(&params, "network", "Type");
    params_add(&params, lb->internal ? "internal" : "internet-facing", "Scheme");
    params_add(&params, ip_address_type(lb), "IpAddressType");
    params_places(lb, &params, places);
    params_list(&params, groups, "SecurityGroups");
    lb_params_tags(lb, &params);
    if (is_fixed(lb)) {
        params_add(&params, TAG_FIXED, "Tags.member.%zu.Key", lb->tags.keys.count + 1);
        params_add(&params, "true", "Tags.member.%zu.Value", lb->tags.keys.count + 1);
    }
    enum keelson_status status =
        api_call(lb->aws, lb->call, SERVICE_ELB, "CreateLoadBalancer", &params, &reply);
    const struct xml *e = xml_first(reply.root, "CreateLoadBalancerResult/LoadBalancers");
    if (status != KEELSON_OK)
        return status;
    lb->found.made = true;
    lb->found.arn = mem_str(xml_text(e, "LoadBalancerArn"));
    lb->found.dns_name = mem_str(xml_text(e, "DNSName"));
    lb->found.state = mem_str(xml_text(e, "State/Code"));
    return KEELSON_OK;
}

enum keelson_status lb_delete(struct lb *lb)
{
    _cleanup_text_ struct text params = {0};
    params_add(&params, lb->found.arn, "LoadBalancerArn");
    enum keelson_status status = api_change(lb->aws, lb->call, SERVICE_ELB, "DeleteLoadBalancer", &params);
    lb_found_done(&lb->found);
    return status == KEELSON_NOT_FOUND ? KEELSON_OK : status;
}

static enum keelson_status set(struct lb *lb, const char *action, const struct text *more)
{
    _cleanup_text_ struct text params = {0};
    params_add(&params, lb->found.arn, "LoadBalancerArn");
    text_add_str(&params, text_of(more));
    return api_change(lb->aws, lb->call, SERVICE_ELB, action, &params);
}

/* --- its places --- */

static const struct lb_place *in_zone(const struct lb_places *places, const char *zone)
{
    for (size_t i = 0; i < places->count; i++)
        if (strcmp(places->items[i].zone, zone) == 0)
            return &places->items[i];
    return NULL;
}

static bool is_same(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/* Without a wanted one any will do, but for one that the Service fixed once. */
static bool address_fits(const char *now, const char *wanted, bool released)
{
    return wanted ? is_same(now, wanted) : !(released && now);
}

static bool fits(const struct lb_place *now, const struct lb_place *wanted, bool released)
{
    return is_same(now->subnet, wanted->subnet) &&
           address_fits(now->allocation, wanted->allocation, released) &&
           address_fits(now->address, wanted->address, released);
}

struct difference {
    size_t added, removed, changed; /* zones */
    const char *moved;              /* a fixed address that stands in another zone now */
};

static struct difference difference_of(const struct lb_places *now, const struct lb_places *wanted)
{
    struct difference d = {0};
    for (size_t i = 0; i < wanted->count; i++) {
        const struct lb_place *w = &wanted->items[i], *same = in_zone(now, w->zone);
        d.added += !same;
        d.changed += same && !fits(same, w, wanted->released);
        for (size_t k = 0; k < now->count; k++)
            if (&now->items[k] != same && w->allocation && is_same(now->items[k].allocation, w->allocation))
                d.moved = w->allocation;
    }
    for (size_t i = 0; i < now->count; i++)
        d.removed += !in_zone(wanted, now->items[i].zone);
    return d;
}

static enum keelson_status set_places(struct lb *lb, const struct lb_places *places)
{
    _cleanup_text_ struct text params = {0};
    params_places(lb, &params, places);
    return set(lb, "SetSubnets", &params);
}

/* A zone after the other, while the others serve; those that go, last. */
static enum keelson_status change_zones(struct lb *lb, const struct lb_places *wanted)
{
    const struct lb_places *now = &lb->found.places;
    struct lb_places step = {mem_alloc(now->count + wanted->count, sizeof(*step.items)), 0};
    enum keelson_status status = KEELSON_OK;
    for (size_t i = 0; i < now->count; i++) /* the texts stay theirs */
        step.items[step.count++] = now->items[i];
    for (size_t i = 0; i < wanted->count; i++)
        if (!in_zone(now, wanted->items[i].zone))
            step.items[step.count++] = wanted->items[i];
    if (step.count > now->count)
        status = set_places(lb, &step);
    for (size_t i = 0; status == KEELSON_OK && i < now->count; i++) {
        const struct lb_place *w = in_zone(wanted, now->items[i].zone);
        if (!w || fits(&now->items[i], w, wanted->released))
            continue;
        step.items[i] = step.items[--step.count];
        status = set_places(lb, &step);
        step.items[step.count++] = step.items[i];
        step.items[i] = *w;
        if (status == KEELSON_OK)
            status = set_places(lb, &step);
    }
    free(step.items);
    return status;
}

static enum keelson_status sync_places(struct lb *lb, const struct lb_places *wanted)
{
    const struct difference d = difference_of(&lb->found.places, wanted);
    enum keelson_status status = d.changed ? change_zones(lb, wanted) : KEELSON_OK;
    bool other_zones = d.removed || (d.added && !d.changed);
    bool prefix = !d.changed && needs_nat_prefix(lb) && !lb->found.nat_prefix;
    return status == KEELSON_OK && (other_zones || prefix) ? set_places(lb, wanted) : status;
}

/* --- the whole of it --- */

static bool same_set(const struct texts *a, const struct texts *b)
{
    for (size_t i = 0; i < a->count; i++)
        if (!texts_has(b, a->items[i]))
            return false;
    return a->count == b->count;
}

/* That addresses were fixed is told ahead of it, and taken back behind it. */
static enum keelson_status sync_fixed_places(struct lb *lb, const struct lb_places *places)
{
    struct pairs tags = {0};
    struct texts keys = {0};
    texts_add(&keys, TAG_FIXED);
    pairs_add(&tags, TAG_FIXED, "true");
    enum keelson_status status = KEELSON_OK;
    if (is_fixed(lb) && !pairs_get(&lb->found.tags, TAG_FIXED))
        status = lb_add_tags(lb, lb->found.arn, &tags);
    if (status == KEELSON_OK)
        status = sync_places(lb, places);
    if (status == KEELSON_OK && places->released)
        status = lb_remove_tags(lb, lb->found.arn, &keys);
    texts_done(&keys);
    pairs_done(&tags);
    return status;
}

static enum keelson_status sync_ip_address_type(struct lb *lb)
{
    _cleanup_text_ struct text params = {0};
    params_add(&params, ip_address_type(lb), "IpAddressType");
    return strcmp(lb->found.ip_address_type, ip_address_type(lb)) == 0 ? KEELSON_OK
                                                                       : set(lb, "SetIpAddressType", &params);
}

enum keelson_status lb_narrow_front(struct lb *lb)
{
    return lb->dualstack || lb->found.made ? KEELSON_OK : sync_ip_address_type(lb);
}

static enum keelson_status adjust(struct lb *lb, const struct lb_places *places, const struct texts *groups)
{
    _cleanup_text_ struct text group_params = {0};
    enum keelson_status status = lb->dualstack ? sync_ip_address_type(lb) : KEELSON_OK;
    if (status == KEELSON_OK)
        status = sync_fixed_places(lb, places);
    params_list(&group_params, groups, "SecurityGroups");
    if (status == KEELSON_OK && !same_set(&lb->found.security_groups, groups))
        status = set(lb, "SetSecurityGroups", &group_params);
    return status;
}

/* Why it cannot become what is wanted; "" if it can. */
static void why_anew(const struct lb *lb, const struct lb_places *wanted, struct text *ret)
{
    const struct difference d = difference_of(&lb->found.places, wanted);
    const char *scheme = lb->internal ? "internal" : "internet-facing";
    if (strcmp(lb->found.scheme, scheme) != 0)
        text_printf(ret, "its scheme changes from %s to %s", lb->found.scheme, scheme);
    else if (lb->found.security_groups.count == 0)
        text_add_str(ret, "it was made without a security group, and AWS does not let it have one later");
    else if (d.changed && lb->found.places.count + d.added < 2)
        text_add_str(ret, "the subnet or address of its only zone changes");
    else if (d.changed && d.moved)
        text_printf(ret, "address %s moves to another zone", d.moved);
}

static enum keelson_status sync_attributes(struct lb *lb)
{
    const char *const arn = lb->found.arn;
    const struct lb_bearer bearer = {"LoadBalancer", &arn, 1, arn, lb->found.made ? NULL : &lb->found.tags};
    return lb_sync_attributes(lb, &bearer, &lb->options.attributes);
}

/* Attributes first: a protection that is asked for no more would keep it for ever. */
static enum keelson_status make_room(struct lb *lb, const char *why)
{
    enum keelson_status status = sync_attributes(lb);
    if (status != KEELSON_OK)
        return status;
    aws_host->event(lb->call, KEELSON_LOG_WARNING, "LoadBalancerReplaced",
                    "load balancer %s is made anew, with another name and other addresses, since %s",
                    lb->name, why);
    return lb_delete(lb);
}

enum keelson_status lb_plan_front(struct lb *lb)
{
    enum keelson_status status = lb_choose_places(lb);
    lb->places.released = !is_fixed(lb) && pairs_get(&lb->found.tags, TAG_FIXED);
    return status == KEELSON_OK ? lb_check_allocations(lb) : status;
}

enum keelson_status lb_ensure_front(struct lb *lb, const char *own_group)
{
    struct texts groups = {0};
    _cleanup_text_ struct text why = {0};
    enum keelson_status status = KEELSON_OK;
    all_groups(lb, own_group, &groups);
    if (lb->found.arn)
        why_anew(lb, &lb->places, &why);
    if (why.size)
        status = make_room(lb, why.data);
    if (status == KEELSON_OK)
        status = lb->found.arn ? adjust(lb, &lb->places, &groups) : create(lb, &lb->places, &groups);
    texts_done(&groups);
    return status == KEELSON_OK ? sync_attributes(lb) : status;
}
