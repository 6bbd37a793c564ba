/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an object uses of a ResourceQuota ("Resource Quotas": compute, storage and object count quotas,
 * scopes). For admission, which charges, and for the controller, which counts. Any thread.
 */
#ifndef KEELSON_API_QUOTA_H
#define KEELSON_API_QUOTA_H

#include "core/api/pod-resources.h"
#include "core/api/resource.h"

/* Everything that the object uses, by quota resource name ("pods", "requests.cpu", "count/deployments.apps",
 * …). A pod that has ended uses only its count/pods. */
void quota_usage(struct arena *arena, const struct resource *resource, const struct json *object,
                 struct resource_list *out);
/* Do the quota's scopes and scopeSelector let it count this object? */
bool quota_matches(const struct json *quota, const struct resource *resource, const struct json *object);
/* Could the quota's spec.hard name something that objects of this resource use? */
bool quota_covers(const struct json *quota, const struct resource *resource);

#endif
