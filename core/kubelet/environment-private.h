/* SPDX-License-Identifier: Apache-2.0 */
/* An environment while it is put together; shared by environment.c and environment-services.c. One thread. */
#ifndef KEELSON_KUBELET_ENVIRONMENT_PRIVATE_H
#define KEELSON_KUBELET_ENVIRONMENT_PRIVATE_H

#include "core/base/map.h"
#include "core/kubelet/environment.h"

struct environment {
    struct arena *arena;
    struct environment_variable *variables; /* in the arena */
    size_t count, capacity;
    struct map *places; /* name → 1 + index in variables */
};
/* A later value of a name takes the place of the earlier one. Both texts live in the arena or longer. */
void environment_set(struct environment *e, const char *name, const char *value);
void environment_add_services(struct environment *e, const struct environment_input *input);

#endif
