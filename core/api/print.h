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

/* The columns of a custom resource: Name, and those of its definition's additionalPrinterColumns; Age when
 * there are none. */
struct print_custom;
/* columns: the array, or NULL. Error: ERR_INVALID with the field's name, when a path is none. */
int print_custom_new(const struct json *columns, struct print_custom **ret, struct error *err);
void print_custom_columns(const struct print_custom *custom, struct buffer *out);
void print_custom_cells(const struct print_custom *custom, const struct json *object, int64_t now_ns,
                        struct buffer *out);
void print_custom_free(struct print_custom *custom);

#endif
