/* SPDX-License-Identifier: Apache-2.0 */
/* Priority classes, limit ranges, resource quotas, endpoint slices, controller revisions: rules that tie
 * fields together, and what is fixed. */
#include <stdio.h>

#include "core/api/object.h"
#include "core/api/quantity.h"
#include "core/apiserver/strategies.h"
#include "core/base/memory.h"

static unsigned fixed(const struct json *object, const struct json *old, const char *field, struct error *err)
{
    if (!old || json_equal_semantic(json_at(object, field), json_at(old, field)))
        return 0;
    error_add_cause(err, "FieldValueInvalid", field, "Invalid value: \"%s\": field is immutable",
                    json_string_or(json_at(object, field), ""));
    return 1;
}

enum { PRIORITY_USER_MAX = 1000000000 };

static unsigned validate_priority_class(struct registry *g, struct api_request *r, const char *sub,
                                        const struct json *object, const struct json *old, struct error *err)
{
    int64_t value = json_integer_at(object, "value", 0);
    const char *name = object_name(object);
    bool system = !strcmp(name, "system-node-critical") || !strcmp(name, "system-cluster-critical");
    unsigned bad = 0;
    if (!system && !strncmp(name, "system-", 7) && ++bad)
        error_add_cause(
            err, "FieldValueForbidden", "metadata.name",
            "Forbidden: priority class names with 'system-' prefix are reserved for system use only");
    if (!system && value > PRIORITY_USER_MAX && ++bad)
        error_add_cause(err, "FieldValueForbidden", "value",
                        "Forbidden: maximum allowed value of a user defined priority is %d",
                        PRIORITY_USER_MAX);
    if (old && value != json_integer_at(old, "value", 0) && ++bad)
        error_add_cause(err, "FieldValueForbidden", "value", "Forbidden: may not be changed in an update.");
    if (old &&
        !json_equal_semantic(json_get(object, "preemptionPolicy"), json_get(old, "preemptionPolicy")) &&
        ++bad)
        error_add_cause(err, "FieldValueInvalid", "preemptionPolicy", "Invalid value: field is immutable");
    return bad;
}

static bool exceeds(const struct json *a, const struct json *b)
{
    struct quantity x, y;
    return quantity_parse(json_slice(a), &x) && quantity_parse(json_slice(b), &y) &&
           quantity_compare(&x, &y) > 0;
}

/* min ≤ defaultRequest ≤ default ≤ max, of each resource. */
static unsigned validate_limit_range(struct registry *g, struct api_request *r, const char *sub,
                                     const struct json *object, const struct json *old, struct error *err)
{
    static const char *const order[] = {"min", "defaultRequest", "default", "max"};
    unsigned bad = 0, index = 0;
    json_for_each (limit, json_at(object, "spec.limits")) {
        for (size_t low = 0; low < ARRAY_SIZE(order); low++) {
            for (size_t high = low + 1; high < ARRAY_SIZE(order); high++) {
                json_for_each (value, json_get(limit, order[low])) {
                    char where[128];
                    if (!exceeds(value, json_get(json_get(limit, order[high]), value->key)))
                        continue;
                    snprintf(where, sizeof(where), "spec.limits[%u].%s[%.64s]", index, order[low],
                             value->key);
                    error_add_cause(err, "FieldValueInvalid", where,
                                    "Invalid value: \"%s\": %s value %s is greater than %s value %s",
                                    json_string_or(value, ""), order[low], json_string_or(value, ""),
                                    order[high],
                                    json_string_or(json_get(json_get(limit, order[high]), value->key), ""));
                    bad++;
                }
            }
        }
        index++;
    }
    return bad;
}

static unsigned validate_quota(struct registry *g, struct api_request *r, const char *sub,
                               const struct json *object, const struct json *old, struct error *err)
{
    unsigned bad = 0;
    json_for_each (hard, json_at(object, "spec.hard")) {
        struct quantity q;
        char where[128];
        snprintf(where, sizeof(where), "spec.hard[%.90s]", hard->key);
        if (quantity_parse(json_slice(hard), &q) && q.nano < 0 && ++bad)
            error_add_cause(err, "FieldValueInvalid", where,
                            "Invalid value: \"%s\": must be greater than or equal to 0",
                            json_string_or(hard, ""));
    }
    return bad + fixed(object, old, "spec.scopes", err);
}

static unsigned validate_slice(struct registry *g, struct api_request *r, const char *sub,
                               const struct json *object, const struct json *old, struct error *err)
{
    unsigned bad = fixed(object, old, "addressType", err), index = 0;
    if (json_count(json_get(object, "endpoints")) > 1000 && ++bad)
        error_add_cause(err, "FieldValueTooMany", "endpoints", "Too many: %u: must have at most 1000 items",
                        json_count(json_get(object, "endpoints")));
    json_for_each (endpoint, json_get(object, "endpoints")) {
        char where[64];
        uint32_t count = json_count(json_get(endpoint, "addresses"));
        snprintf(where, sizeof(where), "endpoints[%u].addresses", index++);
        if (!count && ++bad)
            error_add_cause(err, "FieldValueRequired", where,
                            "Required value: must contain at least 1 address");
        if (count > 100 && ++bad)
            error_add_cause(err, "FieldValueTooMany", where, "Too many: %u: must have at most 100 items",
                            count);
    }
    return bad;
}

static unsigned validate_revision(struct registry *g, struct api_request *r, const char *sub,
                                  const struct json *object, const struct json *old, struct error *err)
{
    unsigned bad = 0;
    if (json_integer_at(object, "revision", 0) < 0 && ++bad)
        error_add_cause(err, "FieldValueInvalid", "revision",
                        "Invalid value: must be greater than or equal to 0");
    return bad + fixed(object, old, "data", err);
}

const struct strategy strategy_priority_class = {
    .group = "scheduling.k8s.io", .plural = "priorityclasses", .validate = validate_priority_class};
const struct strategy strategy_limit_range = {
    .group = "", .plural = "limitranges", .validate = validate_limit_range, .allow_create_on_update = true};
const struct strategy strategy_quota = {
    .group = "", .plural = "resourcequotas", .validate = validate_quota, .returns_deleted = true};
const struct strategy strategy_endpoint_slice = {
    .group = "discovery.k8s.io", .plural = "endpointslices", .validate = validate_slice, .generation = true};
const struct strategy strategy_controller_revision = {
    .group = "apps", .plural = "controllerrevisions", .validate = validate_revision};
