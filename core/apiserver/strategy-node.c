/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes: the pod CIDR is given once; what is said at registration, status included, is kept. */
#include "core/api/object.h"
#include "core/apiserver/strategies.h"

/* A value that may be set once. */
static unsigned check_fixed(const struct json *object, const struct json *old, const char *path,
                            struct error *err)
{
    const struct json *was = json_at(old, path), *now = json_at(object, path);
    if (json_is_absent(was) || (json_is(was, JSON_STRING) && !was->size) || json_equal(was, now))
        return 0;
    error_add_cause(err, "FieldValueForbidden", path,
                    "Forbidden: node updates may only change labels, taints, or capacity (or configSource, "
                    "if the DynamicKubeletConfig feature gate is enabled)");
    return 1;
}

static unsigned check_taints(const struct json *taints, struct error *err)
{
    unsigned bad = 0;
    json_for_each (taint, taints) {
        json_for_each (other, taints) {
            if (other == taint)
                break;
            if (slice_equal(json_slice(json_get(other, "key")), json_slice(json_get(taint, "key"))) &&
                slice_equal(json_slice(json_get(other, "effect")), json_slice(json_get(taint, "effect"))) &&
                ++bad)
                error_add_cause(err, "FieldValueDuplicate", "metadata.taints",
                                "Duplicate value: \"%s\": taints must be unique by key and effect pair",
                                json_string_or(json_get(taint, "key"), ""));
        }
    }
    return bad;
}

static unsigned validate(struct registry *g, struct api_request *r, const char *sub,
                         const struct json *object, const struct json *old, struct error *err)
{
    unsigned bad = check_taints(json_at(object, "spec.taints"), err);
    if (old)
        bad += check_fixed(object, old, "spec.podCIDR", err) +
               check_fixed(object, old, "spec.podCIDRs", err) +
               check_fixed(object, old, "spec.providerID", err);
    return bad;
}

static const char *const fields[] = {"spec.unschedulable|false", NULL};
const struct strategy strategy_node = {
    .group = "",
    .plural = "nodes",
    .validate = validate,
    .fields = fields,
    .status_on_create = true,
};
