/* SPDX-License-Identifier: Apache-2.0 */
/* Attributes, which load balancers, target groups and listeners have alike: read, compared, and only the
 * difference is set. */
#include "plugins/cloud-aws/lb.h"

static const char *value_of(const struct xml *list, const char *key)
{
    for (const struct xml *attribute = list; attribute; attribute = attribute->next)
        if (strcmp(xml_text(attribute, "Key"), key) == 0)
            return xml_text(attribute, "Value");
    return NULL;
}

enum keelson_status lb_sync_attributes(struct lb *lb, const char *whose, const char *arn,
                                       const struct pairs *wanted)
{
    _cleanup_(reply_done) struct reply reply = {0};
    _cleanup_text_ struct text params = {0};
    char action[64], path[96];
    size_t changes = 0;
    if (!wanted->keys.count)
        return KEELSON_OK;
    params_add(&params, arn, "%sArn", whose);
    snprintf(action, sizeof(action), "Describe%sAttributes", whose);
    snprintf(path, sizeof(path), "%sResult/Attributes", action);
    enum keelson_status status = api_call(lb->aws, lb->call, SERVICE_ELB, action, &params, &reply);
    if (status != KEELSON_OK)
        return status;
    for (size_t i = 0; i < wanted->keys.count; i++) {
        const char *now = value_of(xml_first(reply.root, path), wanted->keys.items[i]);
        if (now && strcmp(now, wanted->values.items[i]) == 0)
            continue;
        changes++;
        params_add(&params, wanted->keys.items[i], "Attributes.member.%zu.Key", changes);
        params_add(&params, wanted->values.items[i], "Attributes.member.%zu.Value", changes);
    }
    snprintf(action, sizeof(action), "Modify%sAttributes", whose);
    return changes ? api_change(lb->aws, lb->call, SERVICE_ELB, action, &params) : KEELSON_OK;
}
