/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules of a pod's spec that tie fields together (upstream's ValidatePodSpec): names that must be unique or
 * must exist, requests within limits, exactly one kind of handler or volume. What one field says by itself is
 * the schema's.
 */
#ifndef KEELSON_APISERVER_VALIDATE_PODSPEC_H
#define KEELSON_APISERVER_VALIDATE_PODSPEC_H

#include "core/api/json.h"

/* Adds causes to err, returns their number. path: "spec", "spec.template.spec". */
unsigned podspec_validate(const struct json *spec, const char *path, struct error *err);
unsigned podspec_validate_volumes(const struct json *spec, const char *path, struct error *err);

#endif
