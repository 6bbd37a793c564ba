/* SPDX-License-Identifier: Apache-2.0 */
/* The two halves of `keelson status`: gathering and printing. Main thread. */
#ifndef KEELSON_KEELSON_STATUS_H
#define KEELSON_KEELSON_STATUS_H

#include "core/api/json.h"
#include "core/keelson/keelson.h"

/* {version, kubernetesVersion, dataDir, running, daemons[], memoryBytes, plugins[], nodes[], clouds[],
 * problems[]}; what
 * `-o json` prints. Members are only ever added. */
struct json *status_gather(const struct settings *s, struct arena *arena);

#endif
