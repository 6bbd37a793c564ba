/* SPDX-License-Identifier: Apache-2.0 */
/* The admission steps in upstream's order, and which of them are on. */
#include "core/apiserver/admission.h"

#include "core/apiserver/admission-steps.h"
#include "core/base/memory.h"

static const struct admission_step *const steps[] = {
    &admission_namespace_lifecycle, &admission_service_account, &admission_node_restriction,
    &admission_default_tolerations, &admission_priority,        &admission_limit_ranger,
    &admission_resource_quota,
};
static bool disabled[ARRAY_SIZE(steps)]; /* set once, before requests arrive */

/* Steps of upstream's that keelson does not have yet, but that administrators name in flags: naming them to
 * be switched off is right. */
static int set_steps(const char *names, bool off, struct error *err)
{
    struct slice rest = slice_of(names);
    while (rest.data) {
        struct slice name = slice_trim(slice_cut(&rest, ','));
        bool known = name.size == 0;
        for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
            if (!slice_is(name, steps[i]->name))
                continue;
            known = true;
            disabled[i] = off;
        }
        if (!known && !off)
            return error_set(err, ERR_BAD_REQUEST,
                             "--enable-admission-plugins: \"%.*s\" is not an admission plugin of this server",
                             SLICE_ARG(name));
    }
    return 0;
}

int admission_configure(const char *enable, const char *disable, struct error *err)
{
    return set_steps(disable, true, err) < 0 ? -1 : set_steps(enable, false, err);
}

int admission_mutate(struct admission_attributes *a, struct error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
        if (!disabled[i] && steps[i]->mutate && (steps[i]->operations & (unsigned)a->operation) &&
            steps[i]->mutate(a, err) < 0)
            return -1;
    return 0;
}

int admission_validate(struct admission_attributes *a, struct error *err)
{
    for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
        if (!disabled[i] && steps[i]->validate && (steps[i]->operations & (unsigned)a->operation) &&
            steps[i]->validate(a, err) < 0)
            return -1;
    return 0;
}

int admission_forbid(const struct admission_attributes *a, struct error *err, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    _cleanup_free_ char *why = xvasprintf(fmt, ap);
    va_end(ap);
    const char *dot = *a->resource->group ? "." : "";
    error_set(err, ERR_FORBIDDEN, "%s%s%s \"%s\" is forbidden: %s", a->resource->plural, dot,
              a->resource->group, a->name, why);
    error_set_details(err, a->resource->group, a->resource->plural, a->name);
    return -1;
}

bool admission_is(const struct admission_attributes *a, const char *group, const char *plural)
{
    return strcmp(a->resource->group, group) == 0 && strcmp(a->resource->plural, plural) == 0 &&
           (!a->subresource || !*a->subresource);
}
