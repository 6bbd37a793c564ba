/* SPDX-License-Identifier: Apache-2.0 */
/* Address families and addresses of a service (upstream's Service REST allocators in effect and words). */
#include "core/apiserver/service-allocate.h"

#include "core/api/object.h"
#include "core/base/memory.h"

bool service_is_type(const struct json *service, const char *type)
{
    return !strcmp(json_string_or(json_at(service, "spec.type"), "ClusterIP"), type);
}

bool service_is_headless(const struct json *service)
{
    return slice_is(json_slice(json_at(service, "spec.clusterIP")), "None") ||
           slice_is(json_slice(json_at(service, "spec.clusterIPs[0]")), "None");
}

bool service_needs_address(const struct json *service)
{
    return service && !service_is_type(service, "ExternalName") && !service_is_headless(service);
}

static int invalid(const struct json *service, const char *field, struct slice value, const char *why,
                   struct error *err)
{
    error_add_cause(err, "FieldValueInvalid", field, "Invalid value: \"%.*s\": %s", SLICE_ARG(value), why);
    return error_set_invalid(err, "", "Service", object_name(service));
}

/* clusterIP and clusterIPs[0] are one value that may be given by either. */
static int join_addresses(struct arena *a, struct json *spec, const struct json *service, struct error *err)
{
    struct slice single = json_slice(json_get(spec, "clusterIP"));
    struct json *list = json_get(spec, "clusterIPs");
    if (!json_count(list)) {
        json_remove(spec, "clusterIPs");
        if (single.size)
            json_append(a, json_set_array(a, spec, "clusterIPs"), json_new_slice(a, single));
        return 0;
    }
    struct slice first = json_slice(json_element(list, 0));
    if (!single.size)
        json_set_slice(a, spec, SLICE("clusterIP"), json_new_slice(a, first));
    else if (!slice_equal(single, first))
        return invalid(service, "spec.clusterIPs", first, "first value must match `clusterIP`", err);
    return 0;
}

static bool has_family(const struct json *families, const char *name)
{
    json_for_each (family, families) {
        if (slice_is(json_slice(family), name))
            return true;
    }
    return false;
}

/* Families that the addresses or the request name come first, then the cluster's own, up to what the policy
 * wants. */
static int choose_families(struct service_ranges *s, struct arena *a, struct json *service, struct error *err)
{
    struct json *spec = json_get(service, "spec");
    const char *policy = json_string_at(spec, "ipFamilyPolicy");
    bool headless = service_is_headless(service), selectorless = !json_count(json_get(spec, "selector"));
    bool asked_two =
        json_count(json_get(spec, "ipFamilies")) > 1 || json_count(json_get(spec, "clusterIPs")) > 1;
    bool none_asked = !json_count(json_get(spec, "ipFamilies"));
    if (!policy) {
        policy = asked_two || (headless && selectorless && none_asked) ? "RequireDualStack" : "SingleStack";
        json_set_string(a, spec, "ipFamilyPolicy", policy);
    }
    struct json *families = json_ensure(a, spec, "ipFamilies", JSON_ARRAY);
    json_for_each (address, json_get(spec, "clusterIPs")) {
        int family = family_of_address(json_slice(address));
        if (none_asked && family && !has_family(families, family_name(family)))
            json_append_string(a, families, family_name(family));
    }
    if (!json_count(families))
        json_append_string(a, families, family_name(s->addresses[0].family));
    bool two = strcmp(policy, "SingleStack") != 0;
    for (unsigned i = 0; two && i < s->families; i++) {
        const char *name = family_name(s->addresses[i].family);
        if (json_count(families) < 2 && !has_family(families, name))
            json_append_string(a, families, name);
    }
    if (two && headless && selectorless && json_count(families) < 2)
        json_append_string(a, families, has_family(families, "IPv4") ? "IPv6" : "IPv4");
    if (!two && json_count(families) > 1)
        return invalid(service, "spec.ipFamilyPolicy", slice_of(policy),
                       "may be RequireDualStack or PreferDualStack when multiple IP families are specified",
                       err);
    if (!strcmp(policy, "RequireDualStack") && json_count(families) < 2)
        return invalid(service, "spec.ipFamilyPolicy", slice_of(policy),
                       "Cluster is not configured for dual-stack services", err);
    json_for_each (family, families) {
        if (!range_of_family(s, json_string_or(family, "")) && !(headless && selectorless))
            return invalid(service, "spec.ipFamilies", json_slice(family), "not configured on this cluster",
                           err);
    }
    return 0;
}

static bool had(const struct json *old, struct slice address)
{
    json_for_each (item, json_at(old, "spec.clusterIPs")) {
        if (slice_equal(json_slice(item), address))
            return true;
    }
    return slice_equal(json_slice(json_at(old, "spec.clusterIP")), address);
}

static int claim_one(struct service_ranges *s, struct api_request *r, const struct json *service,
                     struct slice address, const struct json *old, struct error *err)
{
    int family = family_of_address(address);
    struct address_range *range = family ? range_of_family(s, family_name(family)) : NULL;
    uint32_t number;
    if (had(old, address))
        return 0;
    if (!family)
        return invalid(service, "spec.clusterIPs", address,
                       "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)", err);
    if (!range || !range_number(range, address, &number))
        return invalid(service, "spec.clusterIPs", address,
                       arena_printf(&r->arena,
                                    "failed to allocate IP %.*s: the provided IP (%.*s) is not in the valid "
                                    "range. The range of valid IPs is %s",
                                    SLICE_ARG(address), SLICE_ARG(address),
                                    range ? range->text : s->addresses[0].text),
                       err);
    if (!allocator_claim(range->allocator, r, number))
        return invalid(service, "spec.clusterIPs", address,
                       arena_printf(&r->arena, "failed to allocate IP %.*s: provided IP is already allocated",
                                    SLICE_ARG(address)),
                       err);
    return 0;
}

static int allocate_one(struct service_ranges *s, struct api_request *r, struct json *list,
                        const char *family, struct error *err)
{
    char text[ADDRESS_TEXT_MAX];
    uint32_t number;
    struct address_range *range = range_of_family(s, family);
    if (!range || !allocator_claim_any(range->allocator, r, &number))
        return error_set(err, ERR_INTERNAL, "failed to allocate a serviceIP: range is full");
    range_address(range, number, text);
    json_append_string(&r->arena, list, text);
    return 0;
}

int service_allocate_addresses(struct service_ranges *s, struct api_request *r, struct json *service,
                               const struct json *old, struct error *err)
{
    struct arena *a = &r->arena;
    struct json *spec = json_ensure(a, service, "spec", JSON_OBJECT);
    if (service_is_type(service, "ExternalName"))
        return 0;
    if (join_addresses(a, spec, service, err) < 0 || choose_families(s, a, service, err) < 0)
        return -1;
    if (service_is_headless(service))
        return 0;
    struct json *list = json_ensure(a, spec, "clusterIPs", JSON_ARRAY);
    json_for_each (address, list) {
        if (claim_one(s, r, service, json_slice(address), old, err) < 0)
            return -1;
    }
    uint32_t index = 0, given = json_count(list);
    json_for_each (family, json_get(spec, "ipFamilies")) {
        if (index++ < given)
            continue;
        if (allocate_one(s, r, list, json_string_or(family, ""), err) < 0)
            return -1;
    }
    json_set_string(a, spec, "clusterIP", json_string_or(json_element(list, 0), ""));
    return 0;
}

void service_settle(struct service_ranges *s, struct api_request *r, bool stored)
{
    for (unsigned i = 0; i < s->families; i++)
        allocator_settle(s->addresses[i].allocator, r, stored);
    allocator_settle(s->ports, r, stored);
}
