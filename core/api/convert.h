/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One object in another version of its kind. Rows of resource.h that share a storage prefix are versions of
 * one thing; a request's object is converted to the storage row's version on its way in, and back on its way
 * out. Any thread.
 */
#ifndef KEELSON_API_CONVERT_H
#define KEELSON_API_CONVERT_H

#include "core/api/resource.h"

/* Whether an object of the one is the other but for apiVersion: bytes may be relabelled without being parsed.
 */
bool convert_is_relabel(const struct resource *from, const struct resource *to);
/* Changes object in place, apiVersion included. ERR_INTERNAL when the two are not versions of one kind.
 * Nothing is lost on the way there and back. */
int convert_object(struct arena *arena, const struct resource *from, const struct resource *to,
                   struct json *object, struct error *err);

/* The conversions that move fields, one file each. To the version that is stored, and from it. */
void convert_event_to_core(struct arena *arena, struct json *object);
void convert_event_from_core(struct arena *arena, struct json *object);
void convert_autoscaler_to_v2(struct arena *arena, struct json *object);
void convert_autoscaler_to_v1(struct arena *arena, struct json *object);
void convert_device_slice_to_v1(struct arena *arena, struct json *object);
void convert_device_slice_to_v1beta1(struct arena *arena, struct json *object);
void convert_device_claim_to_v1(struct arena *arena, struct json *object);
void convert_device_claim_to_v1beta1(struct arena *arena, struct json *object);

#endif
