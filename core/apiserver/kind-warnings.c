/* SPDX-License-Identifier: Apache-2.0 */
/* Deprecated kinds, and those that are stored and served but not acted on: a row each. */
#include "core/apiserver/kind-warnings.h"

#include "core/base/memory.h"

static const struct deprecation {
    const char *group, *version, *plural, *warning;
} deprecated[] = {
    {"", "v1", "componentstatuses", "v1 ComponentStatus is deprecated in v1.19+"},
    {"", "v1", "endpoints", "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"},
};

static const struct inert {
    const char *group, *plural, *what; /* "… is stored, but in this version of keelson <what>" */
} inert[] = {
    {"", "persistentvolumeclaims", "no volume is bound or provisioned"},
    {"", "persistentvolumes", "no volume is bound or attached"},
    {"admissionregistration.k8s.io", "mutatingadmissionpolicies", "admission policies are not evaluated"},
    {"admissionregistration.k8s.io", "mutatingadmissionpolicybindings",
     "admission policies are not evaluated"},
    {"admissionregistration.k8s.io", "mutatingwebhookconfigurations", "webhooks are not called"},
    {"admissionregistration.k8s.io", "validatingadmissionpolicies", "admission policies are not evaluated"},
    {"admissionregistration.k8s.io", "validatingadmissionpolicybindings",
     "admission policies are not evaluated"},
    {"admissionregistration.k8s.io", "validatingwebhookconfigurations", "webhooks are not called"},
    {"apiextensions.k8s.io", "customresourcedefinitions", "custom resources are not served"},
    {"apiregistration.k8s.io", "apiservices", "other API servers are not aggregated"},
    {"autoscaling", "horizontalpodautoscalers", "nothing is scaled by metrics"},
    {"flowcontrol.apiserver.k8s.io", "flowschemas", "requests are not classified"},
    {"flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations", "requests are not queued by priority"},
    {"resource.k8s.io", "deviceclasses", "devices are not allocated"},
    {"resource.k8s.io", "resourceclaims", "devices are not allocated"},
    {"resource.k8s.io", "resourceclaimtemplates", "devices are not allocated"},
    {"storage.k8s.io", "storageclasses", "no volume is provisioned"},
    {"storage.k8s.io", "volumeattachments", "no volume is attached"},
    {"storagemigration.k8s.io", "storageversionmigrations", "nothing is migrated"},
};

void kind_warnings_add(struct api_request *r)
{
    for (size_t i = 0; i < ARRAY_SIZE(deprecated); i++)
        if (!strcmp(r->plural, deprecated[i].plural) && !strcmp(r->group, deprecated[i].group) &&
            !strcmp(r->version, deprecated[i].version))
            buffer_printf(&r->warnings, "%s\n", deprecated[i].warning);
    if (*r->subresource ||
        (strcmp(r->verb, "create") && strcmp(r->verb, "update") && strcmp(r->verb, "patch")))
        return;
    for (size_t i = 0; i < ARRAY_SIZE(inert); i++)
        if (!strcmp(r->plural, inert[i].plural) && !strcmp(r->group, inert[i].group))
            buffer_printf(&r->warnings, "%s is stored, but in this version of keelson %s\n",
                          r->resource->kind, inert[i].what);
}
