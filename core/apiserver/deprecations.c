/* SPDX-License-Identifier: Apache-2.0 */
/* Deprecated APIs, a row each. */
#include "core/apiserver/deprecations.h"

#include "core/base/memory.h"

static const struct deprecation {
    const char *group, *version, *plural, *warning;
} rows[] = {
    {"", "v1", "componentstatuses", "v1 ComponentStatus is deprecated in v1.19+"},
    {"", "v1", "endpoints", "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"},
};

void deprecations_warn(struct api_request *r)
{
    for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
        if (!strcmp(r->plural, rows[i].plural) && !strcmp(r->group, rows[i].group) &&
            !strcmp(r->version, rows[i].version))
            buffer_printf(&r->warnings, "%s\n", rows[i].warning);
}
