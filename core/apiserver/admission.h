/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Admission: may it be so. Built-in steps, a row each in admission.c, one file each (admission-*.c): all
 * mutating ones in upstream's order, then all validating ones. They run on the worker that decides the write,
 * on the parsed object, after authorization and before defaults and validation are done again.
 */
#ifndef KEELSON_APISERVER_ADMISSION_H
#define KEELSON_APISERVER_ADMISSION_H

#include "core/apiserver/registry.h"

enum admission_operation { ADMIT_CREATE = 1, ADMIT_UPDATE = 2, ADMIT_DELETE = 4, ADMIT_CONNECT = 8 };
struct admission_attributes {
    struct registry *registry;
    struct api_request *request;
    enum admission_operation operation;
    const struct resource *resource;
    const char *subresource, *namespace_, *name;
    struct json *object;           /* new; NULL for delete. Mutating steps change it. */
    const struct json *old_object; /* NULL for create */
    bool dry_run;
};
struct admission_step {
    const char *name;                                                 /* upstream's plugin name */
    unsigned operations;                                              /* enum admission_operation, together */
    int (*mutate)(struct admission_attributes *a, struct error *err); /* may be NULL */
    int (*validate)(struct admission_attributes *a, struct error *err); /* may be NULL */
};
/* enable and disable: comma-separated names over the default set. */
int admission_configure(const char *enable, const char *disable, struct error *err);
int admission_mutate(struct admission_attributes *a, struct error *err);
int admission_validate(struct admission_attributes *a, struct error *err);

#endif
