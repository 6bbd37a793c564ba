/* SPDX-License-Identifier: Apache-2.0 */
/* Google's answers, byte by byte: read, compared with what is wanted and with themselves. */
#include <stdint.h>

#include "plugins/cloud-gcp/api.h"
#include "plugins/cloud-gcp/identity.h"
#include "plugins/cloud-gcp/resource.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct gcp g = {.cluster = "kubernetes", .settings = {.project = "p", .region = "r"}};
    _cleanup_document_ json_object *o = document_parse((const char *)data, size);
    char zone[64], instance[256];
    if (!o)
        return 0;
    const char *link = document_text(o, "selfLink");
    if (link && link_part(link, "zones", zone, sizeof(zone)))
        link_last(link);
    const char *reason = document_text(o, "reason");
    if (api_names_instance(reason, document_text(o, "message"), instance, sizeof(instance)))
        link_part(instance, "zones", zone, sizeof(zone));
    api_status(reason, 0);
    char *node = identity_said(o, "node");
    free_text(&node);
    identity_is_ours(&g, o, "uid");
    if (!document_covers(o, o))
        return 0; /* a set that holds null, which nothing is */
    resource_must_replace(&resource_forwarding_rule, o, o);
    return 0;
}
