/* SPDX-License-Identifier: Apache-2.0 */
/* What of a pod may change once it exists. */
#ifndef KEELSON_APISERVER_STRATEGY_POD_H
#define KEELSON_APISERVER_STRATEGY_POD_H

#include "core/api/json.h"

/* Adds causes to err, returns their number. sub: through which the change comes. */
unsigned pod_validate_update(struct arena *arena, const char *sub, const struct json *pod,
                             const struct json *old, struct error *err);

#endif
