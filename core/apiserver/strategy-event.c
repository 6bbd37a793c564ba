/* SPDX-License-Identifier: Apache-2.0 */
/* Events of both groups: one storage, kept for the event TTL; the namespace must be that of what they are
 * about. */
#include "core/api/object.h"
#include "core/apiserver/strategies.h"
#include "core/base/memory.h"

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

/* Of the newer group; the older one takes what it always took. */
static unsigned validate_new(const struct json *object, struct error *err)
{
    static const struct {
        const char *field;
        size_t bytes_max;
        bool needed;
    } texts[] = {{"reportingController", 0, true},
                 {"reportingInstance", 128, true},
                 {"action", 128, true},
                 {"reason", 128, true},
                 {"note", 1024, false}};
    struct slice type = json_slice(json_get(object, "type"));
    unsigned bad = 0;
    if (json_is_absent(json_get(object, "eventTime")) && ++bad)
        error_add_cause(err, "FieldValueRequired", "eventTime", "Required value");
    for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
        struct slice text = json_slice(json_get(object, texts[i].field));
        if (!text.size && texts[i].needed && ++bad)
            error_add_cause(err, "FieldValueRequired", texts[i].field, "Required value");
        if (texts[i].bytes_max && text.size > texts[i].bytes_max && ++bad)
            error_add_cause(err, "FieldValueInvalid", texts[i].field,
                            "Invalid value: \"\": can have at most %zu characters", texts[i].bytes_max);
    }
    if (!slice_is(type, "Normal") && !slice_is(type, "Warning") && ++bad)
        error_add_cause(err, "FieldValueInvalid", "type", "Invalid value: \"\": has invalid value: %.*s",
                        SLICE_ARG(type));
    return bad;
}

static unsigned validate_v1(struct registry *g, struct api_request *r, const char *sub,
                            const struct json *object, const struct json *old, struct error *err)
{
    unsigned bad = validate(g, r, sub, object, old, err);
    return bad + (old ? 0 : validate_new(object, err));
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
                                           .validate = validate_v1,
                                           .fields = fields,
                                           .expires = true,
                                           .allow_create_on_update = true};
