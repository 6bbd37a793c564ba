/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta.k8s.io/v1 Table: what `kubectl get` shows. A row of columns per kind, and a function per kind that
 * fills the cells. Any thread.
 */
#ifndef KEELSON_API_PRINT_H
#define KEELSON_API_PRINT_H

#include "core/api/resource.h"

/* The columnDefinitions array, as JSON text ("[…]"). */
void print_columns(const struct resource *resource, struct buffer *out);
/* The cells of one object, as a JSON array text; now_ns for ages. */
void print_cells(const struct resource *resource, const struct json *object, int64_t now_ns,
                 struct buffer *out);
/* The same by name, for what is no resource of its own: autoscaling's Scale, meta's Status (group ""). */
void print_columns_of(const char *group, const char *kind, struct buffer *out);
void print_cells_of(const char *group, const char *kind, const struct json *object, int64_t now_ns,
                    struct buffer *out);

#endif
