/* SPDX-License-Identifier: Apache-2.0 */
/* Steps that creating and updating share: admission, defaults, validation, encoding. Workers. */
#ifndef KEELSON_APISERVER_REGISTRY_DECIDE_H
#define KEELSON_APISERVER_REGISTRY_DECIDE_H

#include "core/apiserver/registry-write.h"

/* One write while it is decided. */
struct decision {
    struct registry *g;
    struct api_request *by;
    struct arena *arena; /* by's */
    const struct resource *r;
    const struct strategy *s;
    const char *namespace_, *name, *sub; /* sub: "" for the resource itself */
};
struct decision decision_of(struct registry *g, struct api_request *by, const struct resource *r,
                            const char *namespace_, const char *name, const char *sub);
int decide_admission(const struct decision *d, enum admission_operation operation, bool mutate,
                     struct json *object, const struct json *old, struct error *err);
/* The schema's rules, metadata's and the strategy's. ERR_INVALID with all causes. */
int decide_validate(const struct decision *d, const struct json *object, const struct json *old,
                    struct error *err);
void decide_finish(const struct decision *d, const struct json *object, const struct json *old, bool stored);
/* In the storage version. */
int decide_encode(const struct decision *d, struct slice key, const struct json *object, struct object **ret,
                  struct error *err);
struct json *decide_parse(const struct decision *d, const struct object *o);
bool resource_has_status(const struct resource *r);

#endif
