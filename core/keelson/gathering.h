/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts that gather for `keelson status` have in common. Main thread. */
#ifndef KEELSON_KEELSON_GATHERING_H
#define KEELSON_KEELSON_GATHERING_H

#include "core/keelson/status.h"

#define HEALTH_TIMEOUT_MS 2000

struct gathering {
    const struct settings *settings;
    struct arena *arena;
    struct json *document, *problems;
};

/* what: a sentence without its stop; advice: what to look at, or to do. Both formatted by the caller. */
void add_problem(const struct gathering *g, const char *what, const char *advice);
/* "see FOLDER/NAME.log" */
const char *see_log(const struct gathering *g, const char *name);

/* The document's clouds[], from cloud-controller-manager: {name, state, nodes, loadBalancers, calls, failed,
 * throttled, meanMilliseconds}; the last five since it started. */
void gather_clouds(const struct gathering *g);

#endif
