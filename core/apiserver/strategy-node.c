/* SPDX-License-Identifier: Apache-2.0 */
/* Nodes: the pod CIDR is given once; what is said at registration, status included, is kept. */
#include "core/api/object.h"
#include "core/apiserver/strategies.h"
#include "core/base/memory.h"

/* What may be set once, and the name that upstream has for it. */
static const struct {
    const char *path, *name;
} fixed[] = {{"spec.podCIDRs", "podCIDR"}, {"spec.providerID", "providerID"}};

static unsigned check_fixed(const struct json *object, const struct json *old, size_t i, struct error *err)
{
    const struct json *was = json_at(old, fixed[i].path), *now = json_at(object, fixed[i].path);
    if (json_is_absent(was) || was->size == 0 || json_equal(was, now))
        return 0;
    error_add_cause(err, "FieldValueForbidden", fixed[i].path,
                    "Forbidden: node updates may not change %s except from \"\" to valid", fixed[i].name);
    return 1;
}

static unsigned validate(struct registry *g, struct api_request *r, const char *sub,
                         const struct json *object, const struct json *old, struct error *err)
{
    unsigned bad = 0;
    for (size_t i = 0; old && i < ARRAY_SIZE(fixed); i++)
        bad += check_fixed(object, old, i, err);
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
