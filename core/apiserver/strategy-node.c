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

static unsigned validate(struct registry *g, struct api_request *r, const char *sub,
                         const struct json *object, const struct json *old, struct error *err)
{
    unsigned bad = 0;
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
