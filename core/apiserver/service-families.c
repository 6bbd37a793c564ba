/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Address families of a service. It says what it wants in three ways, ipFamilyPolicy, ipFamilies and
 * clusterIPs, of which any may be left out; here they are made one (upstream's rules and words). A service
 * never gets or loses its second family but by its policy.
 */
#include "core/api/object.h"
#include "core/apiserver/service-allocate.h"
#include "core/base/memory.h"

#define NO_ADDRESS "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"

struct choice {
    struct service_ranges *ranges;
    struct arena *arena;
    const struct json *service;
    struct json *spec;
    const struct json *was; /* the spec before; NULL: none, or of an alias */
    struct error *err;
};

static int refuse(struct choice *c, const char *field, struct slice value, const char *why)
{
    return service_invalid(c->service, field, value, why, c->err);
}

/* For its endpoints are somebody else's, who knows what families they have. */
static bool is_selectorless_headless(const struct choice *c)
{
    return service_is_headless(c->service) && !json_count(json_get(c->spec, "selector"));
}

static bool is_policy(const struct json *spec, const char *policy)
{
    return slice_is(json_slice(json_get(spec, "ipFamilyPolicy")), policy);
}

static bool is_single(const struct choice *c)
{
    return is_policy(c->spec, "SingleStack");
}

static bool is_same(const struct choice *c, const char *member)
{
    return json_equal_semantic(json_get(c->spec, member), json_get(c->was, member));
}

static const char *other_family(const char *name)
{
    return strcmp(name, "IPv4") == 0 ? "IPv6" : "IPv4";
}

static void set_policy(struct choice *c)
{
    if (!json_string_at(c->spec, "ipFamilyPolicy"))
        json_set_string(c->arena, c->spec, "ipFamilyPolicy",
                        is_selectorless_headless(c) ? "RequireDualStack" : "SingleStack");
}

/* Each address is one, of the family that stands at its place, and of another than the one before it. */
static int check_addresses(struct choice *c)
{
    const struct json *list = json_get(c->spec, "clusterIPs"), *families = json_get(c->spec, "ipFamilies");
    int before = 0;
    uint32_t i = 0;
    json_for_each (it, list) {
        struct slice text = json_slice(it);
        const char *field = arena_printf(c->arena, "spec.clusterIPs[%u]", i);
        if (slice_is(text, "None"))
            return json_count(list) == 1
                       ? 0
                       : refuse(c, "spec.clusterIPs", text, "'None' must be the first and only value");
        int family = family_of_address(text);
        if (!family)
            return refuse(c, field, text, NO_ADDRESS);
        if (family == before)
            return refuse(c, "spec.clusterIPs", text, "may specify no more than one IP for each IP family");
        const char *other = other_family(family_name(family));
        if (slice_is(json_slice(json_element(families, i)), other))
            return refuse(
                c, field, text,
                arena_printf(c->arena, "expected an %s value as indicated by `ipFamilies[%u]`", other, i));
        before = family;
        i++;
    }
    return 0;
}

/* Of a list that may have two members: SingleStack takes the second away where it is as before, and nothing
 * else does. */
static int release_second(struct choice *c, const char *member, const char *one, const char *many)
{
    struct json *list = json_get(c->spec, member);
    struct slice policy = json_slice(json_get(c->spec, "ipFamilyPolicy"));
    if (!is_single(c) && json_count(list) && json_count(list) < json_count(json_get(c->was, member)))
        return refuse(c, "spec.ipFamilyPolicy", policy,
                      arena_printf(c->arena, "must be 'SingleStack' to release the secondary %s", one));
    if (!is_single(c) || json_count(list) < 2)
        return 0;
    if (!is_same(c, member))
        return refuse(c, "spec.ipFamilyPolicy", policy,
                      arena_printf(c->arena,
                                   "must be 'RequireDualStack' or 'PreferDualStack' when multiple %s are "
                                   "specified",
                                   many));
    json_remove_node(list, list->last);
    return 0;
}

static int infer_from_addresses(struct choice *c)
{
    struct json *families = json_ensure(c->arena, c->spec, "ipFamilies", JSON_ARRAY);
    uint32_t i = 0;
    if (service_is_headless(c->service))
        return 0;
    json_for_each (address, json_get(c->spec, "clusterIPs")) {
        const char *name = family_name(family_of_address(json_slice(address)));
        if (i++ < json_count(families))
            continue;
        if (!range_of_family(c->ranges, name))
            return refuse(c, arena_printf(c->arena, "spec.clusterIPs[%u]", i - 1), json_slice(address),
                          arena_printf(c->arena, "%s is not configured on this cluster", name));
        json_append_string(c->arena, families, name);
    }
    return 0;
}

static int check_configured(struct choice *c)
{
    uint32_t i = 0;
    if (is_policy(c->spec, "RequireDualStack") && c->ranges->families < 2)
        return refuse(c, "spec.ipFamilyPolicy", SLICE("RequireDualStack"),
                      "this cluster is not configured for dual-stack services");
    json_for_each (family, json_get(c->spec, "ipFamilies")) {
        if (!range_of_family(c->ranges, json_string_or(family, "")))
            return refuse(c, arena_printf(c->arena, "spec.ipFamilies[%u]", i), json_slice(family),
                          "not configured on this cluster");
        i++;
    }
    return 0;
}

static void complete(struct choice *c)
{
    struct json *families = json_get(c->spec, "ipFamilies");
    if (!json_count(families))
        json_append_string(c->arena, families, family_name(c->ranges->addresses[0].family));
    if (!is_single(c) && json_count(families) == 1 &&
        (c->ranges->families == 2 || is_selectorless_headless(c)))
        json_append_string(c->arena, families, other_family(json_string_or(families->first, "")));
}

int service_choose_families(struct service_ranges *s, struct arena *a, struct json *service,
                            const struct json *old, struct error *err)
{
    const struct json *was = old && !service_is_type(old, "ExternalName") ? json_get(old, "spec") : NULL;
    struct choice c = {s, a, service, json_get(service, "spec"), was, err};
    const struct json *families = json_get(c.spec, "ipFamilies");
    set_policy(&c);
    /* One that takes what there is stays as it is when the cluster's families change. */
    if (is_policy(was, "PreferDualStack") && is_policy(c.spec, "PreferDualStack") &&
        is_same(&c, "clusterIPs") && is_same(&c, "ipFamilies"))
        return 0;
    if (json_count(families) == 2 && json_equal(families->first, families->last))
        return 0; /* validation says so */
    if (check_addresses(&c) < 0 || release_second(&c, "clusterIPs", "cluster IP", "cluster IPs") < 0 ||
        release_second(&c, "ipFamilies", "IP family", "IP families") < 0 || infer_from_addresses(&c) < 0)
        return -1;
    if (!is_selectorless_headless(&c) && check_configured(&c) < 0)
        return -1;
    complete(&c);
    return 0;
}
