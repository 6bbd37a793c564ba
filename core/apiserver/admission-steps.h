/* SPDX-License-Identifier: Apache-2.0 */
/* The steps, each in its own file, and what they share. Private to admission*.c. */
#ifndef KEELSON_APISERVER_ADMISSION_STEPS_H
#define KEELSON_APISERVER_ADMISSION_STEPS_H

#include "core/apiserver/admission.h"

extern const struct admission_step admission_namespace_lifecycle, admission_service_account,
    admission_default_tolerations, admission_node_restriction, admission_priority, admission_limit_ranger,
    admission_resource_quota;

/* ERR_FORBIDDEN as upstream words it: `pods "x" is forbidden: …`. Returns -1. */
__attribute__((format(printf, 3, 4))) int admission_forbid(const struct admission_attributes *a,
                                                           struct error *err, const char *fmt, ...);
/* Is it this resource itself, and not a subresource of it? */
bool admission_is(const struct admission_attributes *a, const char *group, const char *plural);

#endif
