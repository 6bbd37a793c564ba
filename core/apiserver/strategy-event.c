/* SPDX-License-Identifier: Apache-2.0 */
/* Events of both groups: one storage, kept for the event TTL; the namespace must be that of what they are
 * about. */
#include "core/api/object.h"
#include "core/apiserver/strategies.h"

static unsigned validate(struct registry *g, struct api_request *r, const char *sub,
                         const struct json *object, const struct json *old, struct error *err)
{
    const struct json *about = json_get(object, "involvedObject");
    const char *namespace_ =
        json_string_or(json_get(about ? about : json_get(object, "regarding"), "namespace"), "");
    const char *own = object_namespace(object);
    if (*namespace_ ? !strcmp(namespace_, own) : (!strcmp(own, "default") || !strcmp(own, "kube-system")))
        return 0;
    error_add_cause(err, "FieldValueInvalid", about ? "involvedObject.namespace" : "regarding.namespace",
                    "Invalid value: \"%s\": does not match event.namespace", namespace_);
    return 1;
}

static const char *const fields[] = {"involvedObject.kind",
                                     "involvedObject.namespace",
                                     "involvedObject.name",
                                     "involvedObject.uid",
                                     "involvedObject.apiVersion",
                                     "involvedObject.resourceVersion",
                                     "involvedObject.fieldPath",
                                     "reason",
                                     "reportingComponent",
                                     "source=source.component",
                                     "type",
                                     NULL};
const struct strategy strategy_event = {.group = "",
                                        .plural = "events",
                                        .validate = validate,
                                        .fields = fields,
                                        .expires = true,
                                        .allow_create_on_update = true};
const struct strategy strategy_event_v1 = {.group = "events.k8s.io",
                                           .plural = "events",
                                           .validate = validate,
                                           .fields = fields,
                                           .expires = true,
                                           .allow_create_on_update = true};
