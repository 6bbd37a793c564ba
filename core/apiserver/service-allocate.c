/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of a service (upstream's Service REST allocators in effect and words). */
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

int service_invalid(const struct json *service, const char *field, struct slice value, const char *why,
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
        return service_invalid(service, "spec.clusterIPs", first, "first value must match `clusterIP`", err);
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
        return service_invalid(service, "spec.clusterIPs", address,
                               "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)", err);
    if (!range || !range_number(range, address, &number))
        return service_invalid(
            service, "spec.clusterIPs", address,
            arena_printf(&r->arena,
                         "failed to allocate IP %.*s: the provided IP (%.*s) is not in the valid "
                         "range. The range of valid IPs is %s",
                         SLICE_ARG(address), SLICE_ARG(address), range ? range->text : s->addresses[0].text),
            err);
    if (!allocator_claim(range->allocator, r, number))
        return service_invalid(service, "spec.clusterIPs", address,
                               arena_printf(&r->arena,
                                            "failed to allocate IP %.*s: provided IP is already allocated",
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
    if (join_addresses(a, spec, service, err) < 0 || service_choose_families(s, a, service, old, err) < 0)
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
