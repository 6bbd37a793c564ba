/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which subnets: those that the annotation names (by ID or by the tag Name), else those of the VPC that bear
 * kubernetes.io/role/elb, or internal-elb for an internal load balancer, else those with the cluster's tag.
 * One in each zone: of several the first by ID, so that it is the same one each time.
 */
#include "plugins/cloud-aws/lb.h"
#include "plugins/cloud-aws/ranges.h"

struct subnet {
    char *id, *zone;
    char range[20]; /* of IPv4 */
    int rank;
    bool has_v6;
};
struct subnets {
    struct lb *lb;
    struct subnet *items;
    size_t count;
    struct texts found; /* of those that the annotation names */
};

static bool is_named_so(struct subnets *s, const char *name)
{
    bool named = texts_has(&s->lb->options.subnets, name);
    if (named)
        texts_add(&s->found, name);
    return named;
}

static bool is_named(struct subnets *s, const struct xml *e)
{
    if (is_named_so(s, xml_text(e, "subnetId")))
        return true;
    xml_for_each (tag, e, "tagSet")
        if (strcmp(xml_text(tag, "key"), "Name") == 0 && is_named_so(s, xml_text(tag, "value")))
            return true;
    return false;
}

static int rank_of(struct subnets *s, const struct xml *e)
{
    const struct lb *lb = s->lb;
    const char *role = lb->internal ? "kubernetes.io/role/internal-elb" : "kubernetes.io/role/elb";
    int rank = 0;
    if (lb->options.subnets.count)
        return is_named(s, e) ? 1 : 0;
    xml_for_each (tag, e, "tagSet") {
        const char *key = xml_text(tag, "key"), *value = xml_text(tag, "value");
        if (strcmp(key, role) == 0 && (strcmp(value, "1") == 0 || !*value))
            rank += 2;
        else if (strcmp(key, lb->aws->cluster_tag) == 0)
            rank += 1;
    }
    return rank;
}

static bool has_v6(const struct xml *e)
{
    xml_for_each (range, e, "ipv6CidrBlockAssociationSet")
        if (strcmp(xml_text(range, "ipv6CidrBlockState/state"), "associated") == 0)
            return true;
    return false;
}

static enum keelson_status take_subnet(void *context, const struct xml *e)
{
    struct subnets *s = context;
    const char *zone = xml_text(e, "availabilityZone"), *id = xml_text(e, "subnetId");
    int rank = rank_of(s, e);
    size_t i = 0;
    if (rank == 0)
        return KEELSON_OK;
    while (i < s->count && strcmp(s->items[i].zone, zone) != 0)
        i++;
    if (i == s->count) {
        s->items = mem_grow(s->items, s->count + 1, sizeof(*s->items));
        s->items[s->count++] = (struct subnet){.id = mem_str(id), .zone = mem_str(zone)};
    } else if (rank > s->items[i].rank || (rank == s->items[i].rank && strcmp(id, s->items[i].id) < 0)) {
        free(s->items[i].id);
        s->items[i].id = mem_str(id);
    } else {
        return KEELSON_OK;
    }
    snprintf(s->items[i].range, sizeof(s->items[i].range), "%s", xml_text(e, "cidrBlock"));
    s->items[i].rank = rank;
    s->items[i].has_v6 = has_v6(e);
    return KEELSON_OK;
}

/* Where some bear the role, those that only bear the cluster's tag are out. */
static void keep_best(struct subnets *s)
{
    int best = 0;
    size_t kept = 0;
    for (size_t i = 0; i < s->count; i++)
        best = s->items[i].rank > best ? s->items[i].rank : best;
    for (size_t i = 0; i < s->count; i++) {
        if (best < 2 || s->items[i].rank >= 2) {
            s->items[kept++] = s->items[i];
            continue;
        }
        free(s->items[i].id);
        free(s->items[i].zone);
    }
    s->count = kept;
}

static int by_zone(const void *a, const void *b)
{
    return strcmp(((const struct subnet *)a)->zone, ((const struct subnet *)b)->zone);
}

static enum keelson_status check(const struct lb *lb, const struct subnets *s)
{
    const struct lb_options *o = &lb->options;
    if (s->count == 0)
        return FAIL(lb->call, KEELSON_INVALID, "no subnet of %s %s", lb->vpc,
                    o->subnets.count
                        ? "is what annotation service.beta.kubernetes.io/aws-load-balancer-subnets names"
                        : "bears the tag kubernetes.io/role/elb (internal-elb) or the cluster's");
    for (size_t i = 0; i < o->subnets.count; i++)
        if (!texts_has(&s->found, o->subnets.items[i]))
            return FAIL(lb->call, KEELSON_INVALID,
                        "annotation service.beta.kubernetes.io/aws-load-balancer-subnets: no subnet of %s is "
                        "\"%s\"",
                        lb->vpc, o->subnets.items[i]);
    for (size_t i = 0; lb->dualstack && i < s->count; i++)
        if (!s->items[i].has_v6)
            return FAIL(lb->call, KEELSON_INVALID,
                        "subnet %s has no IPv6 range, which a load balancer of both IP families needs",
                        s->items[i].id);
    if (o->eip_allocations.count && (lb->internal || o->eip_allocations.count != s->count))
        return FAIL(lb->call, KEELSON_INVALID,
                    "annotation service.beta.kubernetes.io/aws-load-balancer-eip-allocations: needs an "
                    "internet-facing load balancer, and one for each of its %zu subnets",
                    s->count);
    if (o->private_addresses.count && (!lb->internal || o->private_addresses.count != s->count))
        return FAIL(
            lb->call, KEELSON_INVALID,
            "annotation service.beta.kubernetes.io/aws-load-balancer-private-ipv4-addresses: needs an "
            "internal load balancer, and one for each of its %zu subnets",
            s->count);
    for (size_t i = 0; i < o->private_addresses.count; i++)
        if (!range_has(s->items[i].range, o->private_addresses.items[i]))
            return FAIL(
                lb->call, KEELSON_INVALID,
                "annotation service.beta.kubernetes.io/aws-load-balancer-private-ipv4-addresses: \"%s\" "
                "is no address of subnet %s (%s)",
                o->private_addresses.items[i], s->items[i].id, s->items[i].range);
    return KEELSON_OK;
}

static char *at(const struct texts *list, size_t i)
{
    return i < list->count ? mem_str(list->items[i]) : NULL;
}

/* All of the VPC; what was got for other Services, too. */
static enum keelson_status read_subnets(struct lb *lb, api_each *each, void *context)
{
    _cleanup_text_ struct text question = {0};
    params_filter_one(&question, 1, "vpc-id", lb->vpc);
    return lb_list(lb, SERVICE_EC2, "DescribeSubnets", &question, "subnetSet", each, context);
}

static enum keelson_status take_ranges(void *context, const struct xml *e)
{
    struct texts *ranges = context;
    texts_add(ranges, xml_text(e, "cidrBlock"));
    xml_for_each (range, e, "ipv6CidrBlockAssociationSet")
        texts_add(ranges, xml_text(range, "ipv6CidrBlock"));
    return KEELSON_OK;
}

enum keelson_status lb_read_ranges(struct lb *lb, struct texts *ret)
{
    return read_subnets(lb, take_ranges, ret);
}

enum keelson_status lb_choose_places(struct lb *lb)
{
    const struct lb_options *o = &lb->options;
    struct lb_places *ret = &lb->places;
    struct subnets s = {.lb = lb};
    enum keelson_status status = read_subnets(lb, take_subnet, &s);
    keep_best(&s);
    if (s.count)
        qsort(s.items, s.count, sizeof(*s.items), by_zone);
    if (status == KEELSON_OK)
        status = check(lb, &s);
    ret->items = mem_alloc(s.count, sizeof(*ret->items));
    ret->count = s.count;
    for (size_t i = 0; i < s.count; i++)
        ret->items[i] =
            (struct lb_place){s.items[i].id, s.items[i].zone, .allocation = at(&o->eip_allocations, i),
                              .address = at(&o->private_addresses, i)};
    free(s.items);
    texts_done(&s.found);
    return status;
}
