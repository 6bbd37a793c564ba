/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The rows of all strategies: those with behaviour stand in files of their own (strategy-*.c), the rest
 * differ from the generic one only in what this table says.
 */
#include "core/apiserver/strategy.h"

#include <stdlib.h>

#include "core/apiserver/strategies.h"
#include "core/base/memory.h"

static const char *const trust_fields[] = {"spec.signerName", NULL};
static const char *const slice_fields[] = {"spec.nodeName", "spec.driver", NULL};

/* clang-format off */
static const struct strategy plain[] = {
    {"apps", "daemonsets", .generation = true},
    {"", "podtemplates", .generation = true, .returns_deleted = true},
    {"discovery.k8s.io", "endpointslices", .generation = true},
    {"", "endpoints", .allow_create_on_update = true},
    {"", "limitranges", .allow_create_on_update = true},
    {"", "resourcequotas", .returns_deleted = true},
    {"networking.k8s.io", "ingresses", .generation = true},
    {"networking.k8s.io", "networkpolicies", .generation = true},
    {"policy", "poddisruptionbudgets", .generation = true, .forbid_unconditional_update = true},
    {"certificates.k8s.io", "clustertrustbundles", .fields = trust_fields, .forbid_unconditional_update = true},
    {"storage.k8s.io", "storageclasses", .returns_deleted = true},
    {"storage.k8s.io", "csidrivers", .generation = true, .forbid_unconditional_update = true},
    {"storage.k8s.io", "csinodes", .forbid_unconditional_update = true},
    {"storage.k8s.io", "volumeattachments", .forbid_unconditional_update = true, .status_on_create = true},
    {"node.k8s.io", "runtimeclasses", .forbid_unconditional_update = true},
    {"apiextensions.k8s.io", "customresourcedefinitions", .generation = true, .forbid_unconditional_update = true},
    {"apiregistration.k8s.io", "apiservices", .forbid_unconditional_update = true},
    {"flowcontrol.apiserver.k8s.io", "flowschemas", .generation = true},
    {"flowcontrol.apiserver.k8s.io", "prioritylevelconfigurations", .generation = true},
    {"admissionregistration.k8s.io", "mutatingwebhookconfigurations", .generation = true},
    {"admissionregistration.k8s.io", "validatingwebhookconfigurations", .generation = true},
    {"admissionregistration.k8s.io", "validatingadmissionpolicies", .generation = true},
    {"admissionregistration.k8s.io", "validatingadmissionpolicybindings", .generation = true},
    {"admissionregistration.k8s.io", "mutatingadmissionpolicies", .generation = true},
    {"admissionregistration.k8s.io", "mutatingadmissionpolicybindings", .generation = true},
    {"resource.k8s.io", "resourceslices", .generation = true, .fields = slice_fields},
    {"resource.k8s.io", "resourceclaims"},
};
/* clang-format on */

static const struct strategy generic;

static const struct strategy *find_in(const struct strategy *const *rows, const struct resource *r)
{
    for (; *rows; rows++) {
        if (!strcmp((*rows)->plural, r->plural) && !strcmp((*rows)->group, r->group))
            return *rows;
    }
    return NULL;
}

/* Asked on every write: rows are few, and most are told apart by a character or two. */
const struct strategy *strategy_find(const struct resource *resource)
{
    const struct strategy *found = find_in(strategies, resource);
    for (size_t i = 0; !found && i < ARRAY_SIZE(plain); i++) {
        if (!strcmp(plain[i].plural, resource->plural) && !strcmp(plain[i].group, resource->group))
            found = &plain[i];
    }
    return found ? found : &generic;
}

int strategy_start(struct registry *g, const struct strategy_config *config, struct error *err)
{
    return service_start(g, config, err);
}
