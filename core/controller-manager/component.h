/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's work, as its table calls it. Main thread; metrics: the health server's. */
#ifndef KEELSON_CONTROLLER_MANAGER_COMPONENT_H
#define KEELSON_CONTROLLER_MANAGER_COMPONENT_H

#include "core/base/buffer.h"
#include "core/base/error.h"

int component_start(const void *options, void **ret_component, struct error *err);
void component_stop(void *component);
void component_metrics(void *component, struct buffer *out);

#endif
