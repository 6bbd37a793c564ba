/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What all Kubernetes objects have in common: metadata, owner references, conditions; over the JSON document.
 * Paths and words as in the API conventions.
 */
#ifndef KEELSON_API_OBJECT_H
#define KEELSON_API_OBJECT_H

#include "core/api/json.h"

const char *object_name(const struct json *object); /* "" when absent, as all below */
const char *object_namespace(const struct json *object);
const char *object_uid(const struct json *object);
const char *object_resource_version(const struct json *object);
const char *object_kind(const struct json *object);
const char *object_api_version(const struct json *object);
int64_t object_generation(const struct json *object);
/* Seconds are cut off as in metav1.Time; 0 when absent or not a time. */
int64_t object_created_ns(const struct json *object);
bool object_is_deleted(const struct json *object);                         /* has a deletionTimestamp */
const char *object_label(const struct json *object, const char *key);      /* NULL when absent */
const char *object_annotation(const struct json *object, const char *key); /* NULL when absent */
void object_set_label(struct arena *arena, struct json *object, const char *key,
                      const char *value); /* NULL value removes */
void object_set_annotation(struct arena *arena, struct json *object, const char *key, const char *value);
bool object_has_finalizer(const struct json *object, const char *finalizer);
void object_add_finalizer(struct arena *arena, struct json *object, const char *finalizer);
void object_remove_finalizer(struct json *object, const char *finalizer);
/* "namespace/name", or "name"; in the arena. */
char *object_key(struct arena *arena, const struct json *object);

/* A new object with apiVersion, kind and metadata{name, namespace}; namespace may be NULL or "". */
struct json *object_new(struct arena *arena, const char *api_version, const char *kind,
                        const char *namespace_, const char *name);
/* The owner reference with controller: true, or NULL. */
struct json *object_controller(const struct json *object);
bool object_is_controlled_by(const struct json *object, const struct json *owner); /* by uid */
/* {apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true} */
struct json *object_owner_reference(struct arena *arena, const struct json *owner, const char *api_version,
                                    const char *kind);

/* Conditions: a list with key `type`. */
struct json *object_condition(const struct json *object,
                              const char *type); /* in status.conditions; NULL: absent */
bool object_condition_is(const struct json *object, const char *type, const char *status); /* "True" */
/* Sets status, reason, message; lastTransitionTime only when status changed. Returns whether anything but a
 * time changed. */
bool object_set_condition(struct arena *arena, struct json *object, const char *type, const char *status,
                          const char *reason, const char *message);

bool pod_is_ready(const struct json *pod);
bool pod_is_terminal(const struct json *pod); /* phase Succeeded or Failed */
bool pod_is_active(const struct json *pod);   /* neither terminal nor being deleted */

#endif
